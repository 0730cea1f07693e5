#include "expr/exact_sum.h"

#include "expr/kernel.h"

#include <float.h>
#include <math.h>

enum { CARRY_AFTER = 1 << 29 };

static void
propagate(ExactWide *wide)
{
    for (int i = 0; i < EXACT_DIGITS - 1; i++) {
        const int64_t carry = wide->digits[i] >> 32;
        wide->digits[i] &= 0xFFFFFFFF;
        wide->digits[i + 1] += carry;
    }
    wide->additions = 0;
}

/* Add value * 2^(bit - 1074). */
static void
add_at(ExactWide *wide, Int128 value, unsigned bit)
{
    const unsigned digit = bit / 32;
    const Int128 shifted = (Int128)((UInt128)value << bit % 32); /* value has at most 65 bits */

    if (wide->additions++ >= CARRY_AFTER)
        propagate(wide);
    wide->digits[digit] += (uint32_t)shifted;
    wide->digits[digit + 1] += (uint32_t)(shifted >> 32);
    wide->digits[digit + 2] += (int64_t)(shifted >> 64);
}

static void
add_fixed_at(ExactWide *wide, Int128 fixed)
{
    const unsigned bit = EXACT_LOWEST_BIT - EXACT_FRACTION_BITS;

    add_at(wide, (uint64_t)fixed, bit);
    add_at(wide, fixed >> 64, bit + 64);
}

static Int128
fixed_part(const ExactSum *sum)
{
    return (Int128)((UInt128)(uint64_t)sum->high << 64 | sum->low);
}

static bool
make_wide(ExactSum *sum, Arena *arena)
{
    if (sum->wide == NULL)
        sum->wide = arena_alloc_zero(arena, sizeof *sum->wide);
    return sum->wide != NULL;
}

bool
exact_add_fixed(ExactSum *sum, Int128 fixed, Arena *arena)
{
    Int128 fresh;

    if (__builtin_add_overflow(fixed_part(sum), fixed, &fresh)) {
        if (!make_wide(sum, arena))
            return false;
        add_fixed_at(sum->wide, fixed_part(sum));
        fresh = fixed;
    }
    sum->low = (uint64_t)fresh;
    sum->high = (int64_t)(fresh >> 64);
    return true;
}

bool
exact_add_slowly(ExactSum *sum, double value, Arena *arena)
{
    uint64_t bits;

    if (value == 0)
        return true;
    memcpy(&bits, &value, sizeof bits);
    const unsigned exponent = (unsigned)(bits >> 52 & 0x7FF);
    const uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    const uint64_t mantissa = exponent == 0 ? fraction : fraction | UINT64_C(1) << 52;
    const unsigned lowest = 1075 - EXACT_FRACTION_BITS; /* the exponent whose unit is 2^-76 */
    const bool negative = bits >> 63 != 0;

    if (exponent >= lowest && exponent - lowest <= 126 - 53) {
        const Int128 magnitude = (Int128)mantissa << (exponent - lowest);
        return exact_add_fixed(sum, negative ? -magnitude : magnitude, arena);
    }
    if (exponent != 0 && exponent < lowest && (unsigned)__builtin_ctzll(mantissa) >= lowest - exponent) {
        const Int128 magnitude = (Int128)(mantissa >> (lowest - exponent));
        return exact_add_fixed(sum, negative ? -magnitude : magnitude, arena);
    }
    if (!make_wide(sum, arena))
        return false;
    if (exponent == 0x7FF)
        sum->wide->flags |= fraction != 0 ? EXACT_NAN : negative ? EXACT_MINUS_INFINITY : EXACT_INFINITY;
    else
        add_at(sum->wide, negative ? -(Int128)mantissa : (Int128)mantissa, exponent == 0 ? 0 : exponent - 1);
    return true;
}

bool
exact_add_wide(ExactSum *sum, const void *wide, size_t size, Arena *arena)
{
    ExactWide other;

    if (size != EXACT_WIDE_BYTES)
        return true;
    if (!make_wide(sum, arena))
        return false;
    memcpy(other.digits, wide, sizeof other.digits);
    memcpy(&other.flags, (const char *)wide + sizeof other.digits, sizeof other.flags);
    propagate(sum->wide);
    for (int i = 0; i < EXACT_DIGITS; i++)
        sum->wide->digits[i] = (int64_t)((uint64_t)sum->wide->digits[i] + (uint64_t)other.digits[i]);
    propagate(sum->wide);
    sum->wide->flags |= other.flags;
    return true;
}

void
exact_write_wide(const ExactWide *wide, char *out)
{
    ExactWide copy = *wide;

    propagate(&copy);
    memcpy(out, copy.digits, sizeof copy.digits);
    memset(out + sizeof copy.digits, 0, EXACT_WIDE_BYTES - sizeof copy.digits);
    memcpy(out + sizeof copy.digits, &copy.flags, sizeof copy.flags);
}

uint32_t
exact_flags(const ExactSum *sum)
{
    return sum->wide == NULL ? 0 : sum->wide->flags;
}

/* The bits of the largest magnitude: infinities and NaN are above all numbers. */
KERNEL_CLONES static uint64_t
largest_bits(const double *values, uint32_t count)
{
    int64_t largest = 0;

    for (uint32_t i = 0; i < count; i++) {
        int64_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        bits &= INT64_MAX;
        largest = bits > largest ? bits : largest;
    }
    return (uint64_t)largest;
}

/* Split each value into whole multiples of 2^-places and of 2^-(places + 51), and add those up as integers.
 * The magic number puts an integer of up to 51 bits into a double's low bits. False: a value has finer bits.
 */
KERNEL_CLONES static bool
sum_halves(const double *values, uint32_t count, double up, int64_t *high, int64_t *low)
{
    const double magic = 0x1.8p52;
    const double finer = 0x1p51;
    const int64_t magic_bits = INT64_C(0x4338000000000000);
    int64_t highs = 0;
    int64_t lows = 0;
    uint64_t inexact = 0;

    for (uint32_t i = 0; i < count; i++) {
        const double scaled = values[i] * up;
        const double coarse = scaled + magic;
        const double rest = (scaled - (coarse - magic)) * finer;
        const double fine = rest + magic;
        int64_t coarse_bits;
        int64_t fine_bits;
        memcpy(&coarse_bits, &coarse, sizeof coarse_bits);
        memcpy(&fine_bits, &fine, sizeof fine_bits);
        highs += coarse_bits - magic_bits;
        lows += fine_bits - magic_bits;
        inexact |= (uint64_t)(rest != fine - magic);
    }
    *high = highs;
    *low = lows;
    return inexact == 0;
}

enum { BLOCK = 1024, PLACES_MAX = EXACT_FRACTION_BITS - 51 };

/* A block whose values have one scale in common. */
static bool
add_halves(ExactSum *sum, const double *values, uint32_t count, Arena *arena, bool *done)
{
    const int exponent = (int)(largest_bits(values, count) >> 52) - 1023;
    int places = 50 - exponent; /* so that abs(value) * 2^places < 2^51; below 10, sums might overflow */
    int64_t high;
    int64_t low;

    *done = false;
    if (places > PLACES_MAX)
        places = PLACES_MAX;
    if (places < 10 || !sum_halves(values, count, ldexp(1, places), &high, &low))
        return true;
    *done = true;
    const Int128 unit = (Int128)1 << (PLACES_MAX - places);
    sum->count += count;
    return exact_add_fixed(sum, (Int128)high * ((Int128)1 << 51) * unit + (Int128)low * unit, arena);
}

bool
exact_add_block(ExactSum *sum, const double *values, uint32_t count, Arena *arena)
{
    while (count > 0) {
        const uint32_t part = count < BLOCK ? count : BLOCK;
        bool done = false;
        if (part >= 8 && !add_halves(sum, values, part, arena, &done))
            return false;
        for (uint32_t i = 0; !done && i < part; i++) {
            if (!exact_add(sum, values[i], arena))
                return false;
        }
        values += part;
        count -= part;
    }
    return true;
}

bool
exact_digits(const ExactSum *sum, uint32_t digits[EXACT_DIGITS])
{
    ExactWide wide = {.additions = 0};

    if (sum->wide != NULL)
        wide = *sum->wide;
    propagate(&wide);
    add_fixed_at(&wide, fixed_part(sum));
    propagate(&wide);
    const bool negative = wide.digits[EXACT_DIGITS - 1] < 0;
    for (int i = 0; negative && i < EXACT_DIGITS; i++)
        wide.digits[i] = -wide.digits[i];
    propagate(&wide);
    for (int i = 0; i < EXACT_DIGITS; i++)
        digits[i] = (uint32_t)wide.digits[i];
    return negative;
}

/* To 63 bits with the rest folded into the lowest, then one rounding by the conversion. */
static double
round_digits(const uint32_t *digits, bool single)
{
    int top = EXACT_DIGITS - 1;
    UInt128 window = 0;
    bool sticky = false;

    while (top > 0 && digits[top] == 0)
        top--;
    for (int i = 0; i < 3; i++)
        window = window << 32 | (top - i >= 0 ? digits[top - i] : 0);
    for (int i = top - 3; i >= 0 && !sticky; i--)
        sticky = digits[i] != 0;
    if (window == 0)
        return 0;

    int exponent = 32 * (top - 2) - EXACT_LOWEST_BIT;
    while (window >> 63 != 0) {
        sticky |= (window & 1) != 0;
        window >>= 1;
        exponent++;
    }
    const uint64_t mantissa = (uint64_t)window | sticky;
    const double rounded = single ? (double)(float)mantissa : (double)mantissa;
    return ldexp(rounded, exponent);
}

bool
exact_round(const ExactSum *sum, bool single, double *value)
{
    const uint32_t flags = exact_flags(sum);

    if (flags != 0) {
        const bool nan = (flags & EXACT_NAN) != 0 || flags == (EXACT_INFINITY | EXACT_MINUS_INFINITY);
        *value = nan ? NAN : (flags & EXACT_INFINITY) != 0 ? INFINITY : -INFINITY;
        return true;
    }
    if (sum->wide == NULL) {
        const Int128 fixed = fixed_part(sum);
        *value = (single ? (double)(float)fixed : (double)fixed) * 0x1p-76;
        return true;
    }
    uint32_t digits[EXACT_DIGITS];
    const bool negative = exact_digits(sum, digits);
    *value = round_digits(digits, single);
    if (negative)
        *value = -*value;
    return fabs(*value) <= (single ? (double)FLT_MAX : DBL_MAX);
}

enum { FIXED_BYTES = 24 }; /* low, high, count */

/* Whether a wide part follows, the fixed part, the wide one. */
size_t
exact_pack(const ExactSum *sum, char *out)
{
    out[0] = sum->wide != NULL;
    memcpy(out + 1, sum, FIXED_BYTES);
    if (sum->wide == NULL)
        return 1 + FIXED_BYTES;
    exact_write_wide(sum->wide, out + 1 + FIXED_BYTES);
    return EXACT_PACKED_MOST;
}

Status
exact_unpack(ExactSum *sum, const char **at, const char *end, Arena *arena, Error *error)
{
    const char *bytes = *at;
    const size_t left = (size_t)(end - bytes);
    const size_t size = left > 0 && bytes[0] != 0 ? EXACT_PACKED_MOST : 1 + FIXED_BYTES;
    ExactSum other;

    if (left < size)
        return error_set(error, STATUS_PROTOCOL, "a partial sum has %zu bytes", left);
    memcpy(&other, bytes + 1, FIXED_BYTES);
    sum->count += other.count;
    *at += size;
    if (!exact_add_fixed(sum, (Int128)((UInt128)(uint64_t)other.high << 64 | other.low), arena) ||
        (size == EXACT_PACKED_MOST && !exact_add_wide(sum, bytes + 1 + FIXED_BYTES, EXACT_WIDE_BYTES, arena)))
        return error_set_memory(error);
    return STATUS_OK;
}
