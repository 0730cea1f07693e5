/* expr/exact_sum.h: sums of doubles that are exact until they are read, so that neither order nor grouping
 * shows.
 *
 * Most values are multiples of 2^-76 below 2^50: they add up in 128-bit fixed point. What does not fit goes
 * to a superaccumulator over the whole range of doubles, made on demand (Neal 2015, "Fast exact summation
 * using small and large superaccumulators", section 3: 32-bit digits in 64-bit words). Zero bytes are the
 * empty sum. */
#ifndef RUNNEL_EXPR_EXACT_SUM_H
#define RUNNEL_EXPR_EXACT_SUM_H

#include "base/arena.h"
#include "base/error.h"
#include "column/value.h"

enum {
    EXACT_FRACTION_BITS = 76,
    EXACT_DIGITS = 70, /* of 32 bits, the lowest bit being 2^-1074: up to 2^1166 */
    EXACT_LOWEST_BIT = 1074,
    EXACT_WIDE_BYTES = EXACT_DIGITS * 8 + 8
};

/* What was among the values beside finite ones. */
typedef enum ExactFlag { EXACT_NAN = 1, EXACT_INFINITY = 2, EXACT_MINUS_INFINITY = 4 } ExactFlag;

typedef struct ExactWide {
    int64_t digits[EXACT_DIGITS];
    uint32_t additions; /* since carries were propagated */
    uint32_t flags;
} ExactWide;

typedef struct ExactSum {
    uint64_t low; /* the signed 128-bit (high, low) times 2^-76 */
    int64_t high;
    int64_t count;
    ExactWide *wide; /* NULL until something does not fit */
} ExactSum;

/* Add a value that the quick way refused. False: memory is out. Does not count. */
bool exact_add_slowly(ExactSum *sum, double value, Arena *arena);

/* Add `count` values; counts them. */
bool exact_add_block(ExactSum *sum, const double *values, uint32_t count, Arena *arena);

/* Add another sum's parts. `wide` may be NULL. Does not count. */
bool exact_add_fixed(ExactSum *sum, Int128 fixed, Arena *arena);
bool exact_add_wide(ExactSum *sum, const void *wide, size_t size, Arena *arena);

/* The wide part as EXACT_WIDE_BYTES bytes. */
void exact_write_wide(const ExactWide *wide, char *out);

/* A sum as bytes, and such bytes added to a sum, counts too. `*at` is moved behind them; PROTOCOL where they
 * are not whole. */
enum { EXACT_PACKED_MOST = 1 + 24 + EXACT_WIDE_BYTES };
size_t exact_pack(const ExactSum *sum, char *out);
Status exact_unpack(ExactSum *sum, const char **at, const char *end, Arena *arena, Error *error);

/* The sum rounded once, to double or float precision. False: overflow (no infinity was among the values). */
bool exact_round(const ExactSum *sum, bool single, double *value);

uint32_t exact_flags(const ExactSum *sum);

/* The magnitude's digits, lowest first, in units of 2^-1074; true where the sum is negative. */
bool exact_digits(const ExactSum *sum, uint32_t digits[EXACT_DIGITS]);

/* Add the signed 128-bit (high, low); false, with nothing done, where that overflows. */
static inline bool
exact_add_words(ExactSum *sum, int64_t high, uint64_t low)
{
    const uint64_t total = sum->low + low;
    int64_t top;

    /* `high` is far from the ends of its range, so the carry cannot overflow it. */
    if (__builtin_expect(__builtin_add_overflow(sum->high, high + (total < low), &top), 0))
        return false;
    sum->low = total;
    sum->high = top;
    return true;
}

/* Count and add one value. The quick way: value * 2^25 below 2^51 splits at a magic number into a whole part
 * and a rest that is a multiple of 2^-51, both integers in a double's low bits. */
static inline bool
exact_add(ExactSum *sum, double value, Arena *arena)
{
    const double magic = 0x1.8p52;
    const int64_t magic_bits = INT64_C(0x4338000000000000);
    const double scaled = value * 0x1p25;
    const double coarse = scaled + magic;
    const double rest = (scaled - (coarse - magic)) * 0x1p51;
    const double fine = rest + magic;
    int64_t whole;
    int64_t part;

    sum->count++;
    if (__builtin_expect(!(__builtin_fabs(scaled) < 0x1p51) || rest != fine - magic, 0))
        return exact_add_slowly(sum, value, arena);
    memcpy(&whole, &coarse, sizeof whole);
    memcpy(&part, &fine, sizeof part);
    whole -= magic_bits;
    part -= magic_bits;
    const uint64_t low = (uint64_t)whole << 51;
    const uint64_t both = low + (uint64_t)part;
    const int64_t high = (whole >> 13) + (part >> 63) + (both < low);
    return exact_add_words(sum, high, both) || exact_add_slowly(sum, value, arena);
}

#endif
