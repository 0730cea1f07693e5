/* Doubles as text and back.
 *
 * Output: Giulietti, "The Schubfach way to render doubles" (2020). Like PostgreSQL, the bounds of the
 * rounding interval never count as inside it. Input: an exact quick way for few digits, else Lemire, "Number
 * parsing at a gigabyte per second" (2021), else strtod. */
#include "expr/power10.h"
#include "expr/text_parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct ShortDecimal {
    uint64_t digits;
    int exponent; /* value = digits * 10^exponent */
} ShortDecimal;

/* floor(log10(2^e)), floor(log10(3/4 * 2^e)), floor(log2(10^e)) for the exponents of doubles. */
static inline int
log10_pow2(int e)
{
    return (e * 1262611) >> 22;
}

static inline int
log10_three_quarters_pow2(int e)
{
    return (e * 1262611 - 524031) >> 22;
}

static inline int
log2_pow10(int e)
{
    return (e * 1741647) >> 19;
}

/* The upper 64 bits of the 192-bit product, with every bit below folded into the lowest. */
static inline uint64_t
round_to_odd(Power10 g, uint64_t cp)
{
    const UInt128 x = (UInt128)g.low * cp;
    const UInt128 y = (UInt128)g.high * cp + (uint64_t)(x >> 64);

    return (uint64_t)(y >> 64) | ((uint64_t)y > 1);
}

/* 10^k, rounded up where it is not exact. */
static inline Power10
power10_up(int k)
{
    Power10 g = power10_table[k - POWER10_FIRST];

    if (k < 0 || k > POWER10_EXACT_LAST) {
        g.low++;
        g.high += g.low == 0;
    }
    return g;
}

/* The shortest decimal strictly within the rounding interval of c * 2^q, the closest among those. */
static ShortDecimal
shortest_decimal(uint64_t c, int q, bool irregular)
{
    const int k = irregular ? log10_three_quarters_pow2(q) : log10_pow2(q);
    const int h = q + log2_pow10(-k) + 1;
    const Power10 g = power10_up(-k);
    const uint64_t lower = round_to_odd(g, (4 * c - (irregular ? 1 : 2)) << h) + 1;
    const uint64_t middle = round_to_odd(g, (4 * c) << h);
    const uint64_t upper = round_to_odd(g, (4 * c + 2) << h) - 1;
    const uint64_t s = middle / 4;

    if (s >= 10) {
        const uint64_t tens = s / 10;
        const bool down = lower <= 40 * tens;
        const bool up = 40 * tens + 40 <= upper;
        if (down != up)
            return (ShortDecimal){tens + up, k + 1};
    }
    const bool down = lower <= 4 * s;
    const bool up = 4 * s + 4 <= upper;
    if (down != up)
        return (ShortDecimal){s + up, k};
    const uint64_t half = 4 * s + 2;
    return (ShortDecimal){s + (middle > half || (middle == half && (s & 1) != 0)), k};
}

static inline ShortDecimal
trim_zeros(ShortDecimal decimal)
{
    while (decimal.digits % 100 == 0) {
        decimal.digits /= 100;
        decimal.exponent += 2;
    }
    if (decimal.digits % 10 == 0) {
        decimal.digits /= 10;
        decimal.exponent++;
    }
    return decimal;
}

/* As PostgreSQL lays it out: fixed where the first digit's exponent is in [-4, fixed_below), else 1.5e+20. */
static char *
layout_decimal(char *out, ShortDecimal decimal, int fixed_below)
{
    char digits[24];
    const int count = (int)(text_put_digits(digits, decimal.digits, 1) - digits);
    const int first = count + decimal.exponent - 1;

    if (first < -4 || first >= fixed_below) {
        *out++ = digits[0];
        if (count > 1) {
            *out++ = '.';
            memcpy(out, digits + 1, (size_t)count - 1);
            out += count - 1;
        }
        *out++ = 'e';
        *out++ = first < 0 ? '-' : '+';
        return text_put_digits(out, (uint64_t)abs(first), 2);
    }
    if (first < 0) {
        memcpy(out, "0.0000", 6);
        out += 1 - first;
        memcpy(out, digits, (size_t)count);
        return out + count;
    }
    if (decimal.exponent >= 0) {
        memcpy(out, digits, (size_t)count);
        memset(out + count, '0', (size_t)decimal.exponent);
        return out + count + decimal.exponent;
    }
    memcpy(out, digits, (size_t)first + 1);
    out += first + 1;
    *out++ = '.';
    memcpy(out, digits + first + 1, (size_t)(count - first - 1));
    return out + (count - first - 1);
}

static size_t
put_word(char *out, const char *word)
{
    const size_t size = strlen(word);

    memcpy(out, word, size);
    return size;
}

size_t
text_format_double(double value, char *out)
{
    uint64_t bits;
    char *at = out;

    if (isnan(value))
        return put_word(out, "NaN");
    if (isinf(value))
        return put_word(out, value > 0 ? "Infinity" : "-Infinity");
    memcpy(&bits, &value, sizeof bits);
    if (bits >> 63 != 0)
        *at++ = '-';

    const uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    const int exponent = (int)(bits >> 52 & 0x7FF);
    const double magnitude = fabs(value);
    if (magnitude < 1e15 && magnitude == (double)(uint64_t)magnitude) {
        at = text_put_digits(at, (uint64_t)magnitude, 1);
        return (size_t)(at - out);
    }
    const ShortDecimal decimal =
        exponent == 0
            ? shortest_decimal(fraction, -1074, false)
            : shortest_decimal(fraction | UINT64_C(1) << 52, exponent - 1075, fraction == 0 && exponent > 1);
    return (size_t)(layout_decimal(at, trim_zeros(decimal), 15) - out);
}

size_t
text_format_float(float value, char *out)
{
    uint32_t bits;
    char *at = out;

    if (isnan(value))
        return put_word(out, "NaN");
    if (isinf(value))
        return put_word(out, value > 0 ? "Infinity" : "-Infinity");
    memcpy(&bits, &value, sizeof bits);
    if (bits >> 31 != 0)
        *at++ = '-';

    const uint32_t fraction = bits & ((1U << 23) - 1);
    const int exponent = (int)(bits >> 23 & 0xFF);
    if (fraction == 0 && exponent == 0) {
        *at++ = '0';
        return (size_t)(at - out);
    }
    const ShortDecimal decimal =
        exponent == 0 ? shortest_decimal(fraction, -149, false)
                      : shortest_decimal(fraction | 1U << 23, exponent - 150, fraction == 0 && exponent > 1);
    return (size_t)(layout_decimal(at, trim_zeros(decimal), 6) - out);
}

/* The number w * 10^q as a double (Lemire 2021, algorithm 1). False where it is not certain, or not normal.
 */
static bool
double_from_decimal(uint64_t w, int64_t q, double *value)
{
    if (q < POWER10_FIRST || q > 308 || w == 0)
        return false;

    const int zeros = __builtin_clzll(w);
    const Power10 power = power10_table[q - POWER10_FIRST];
    const uint64_t high = power.high;
    const uint64_t low = power.low + (q < 0);
    w <<= zeros;
    UInt128 product = (UInt128)w * high + (q < 0 && low == 0 ? w : 0);
    if (((uint64_t)(product >> 64) & 0x1FF) == 0x1FF)
        product += (uint64_t)((UInt128)w * low >> 64);
    const uint64_t top = (uint64_t)(product >> 64);
    const uint64_t rest = (uint64_t)product;
    if (rest == UINT64_MAX && (q < -27 || q > POWER10_EXACT_LAST))
        return false;

    const int upper = (int)(top >> 63);
    const int shift = upper + 64 - 52 - 3;
    uint64_t mantissa = top >> shift;
    int64_t exponent = ((217706 * q) >> 16) + 63 + upper - zeros + 1023;
    if (exponent <= 0)
        return false;
    if (rest <= 1 && q >= -4 && q <= 23 && (mantissa & 3) == 1 && mantissa << shift == top)
        mantissa &= ~UINT64_C(1); /* exactly half way: to even */
    mantissa = (mantissa + (mantissa & 1)) >> 1;
    if (mantissa >= UINT64_C(2) << 52) {
        mantissa = UINT64_C(1) << 52;
        exponent++;
    }
    if (exponent >= 0x7FF)
        return false;
    const uint64_t bits = (mantissa & ((UINT64_C(1) << 52) - 1)) | (uint64_t)exponent << 52;
    memcpy(value, &bits, sizeof bits);
    return true;
}

/* The plain form of a number: [sign] digits [. digits] [e exponent]. */
typedef struct PlainNumber {
    bool negative;
    bool many; /* more digits than `mantissa` holds */
    uint64_t mantissa;
    int64_t exponent;
} PlainNumber;

static const char *
scan_digits(const char *at, const char *end, PlainNumber *number, int *significant)
{
    for (; at < end && text_is_digit(*at); at++) {
        if (*significant >= 19) {
            number->many = true;
            continue;
        }
        number->mantissa = number->mantissa * 10 + (uint64_t)(*at - '0');
        *significant += number->mantissa != 0;
    }
    return at;
}

static bool
scan_plain(const char *text, size_t size, PlainNumber *number)
{
    const char *at = text;
    const char *end = text + size;
    int significant = 0;

    *number = (PlainNumber){0};
    if (at < end && (*at == '-' || *at == '+'))
        number->negative = *at++ == '-';
    const char *start = at;
    at = scan_digits(at, end, number, &significant);
    int64_t count = at - start;
    if (at < end && *at == '.') {
        const char *point = ++at;
        at = scan_digits(at, end, number, &significant);
        number->exponent = -(at - point);
        count += at - point;
    }
    if (count == 0)
        return false;
    if (at < end && (*at == 'e' || *at == 'E')) {
        const bool negative = at + 1 < end && at[1] == '-';
        int64_t exponent = 0;
        at += 1 + (at + 1 < end && (at[1] == '-' || at[1] == '+'));
        const char *digits = at;
        for (; at < end && text_is_digit(*at); at++)
            exponent = exponent < 100000 ? exponent * 10 + (*at - '0') : exponent;
        if (at == digits)
            return false;
        number->exponent += negative ? -exponent : exponent;
    }
    return at == end;
}

static bool
parse_quickly(const char *text, size_t size, double *value)
{
    static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                          1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                          1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    PlainNumber number;
    double magnitude;

    if (!scan_plain(text, size, &number) || number.many)
        return false;
    if (number.mantissa <= UINT64_C(1) << 53 && number.exponent >= -22 && number.exponent <= 22) {
        magnitude = (double)number.mantissa;
        magnitude = number.exponent < 0 ? magnitude / exact_powers[-number.exponent]
                                        : magnitude * exact_powers[number.exponent];
    } else if (number.mantissa == 0) {
        magnitude = 0;
    } else if (!double_from_decimal(number.mantissa, number.exponent, &magnitude)) {
        return false;
    }
    *value = number.negative ? -magnitude : magnitude;
    return true;
}

enum { NUMBER_ON_STACK = 128 };

static Status
out_of_range(const char *type, const char *text, size_t size, Error *error)
{
    return error_set(error, STATUS_NUMERIC_RANGE, "\"%.*s\" is out of range for type %s",
                     (int)(size < 400 ? size : 400), text, type);
}

/* Whatever strtod takes, as PostgreSQL does: hexadecimal, words, any length. `single`: round once, to a
 * float. */
static Status
parse_slowly(const char *text, size_t size, bool single, double *value, Error *error)
{
    const char *type = single ? "real" : "double precision";
    char stack[NUMBER_ON_STACK];
    char *copy = size < sizeof stack ? stack : malloc(size + 1);
    char *end;
    Status status = STATUS_OK;

    if (copy == NULL)
        return error_set_memory(error);
    memcpy(copy, text, size);
    copy[size] = '\0';
    errno = 0;
    *value = single ? (double)strtof(copy, &end) : strtod(copy, &end);
    if (size == 0 || end != copy + size || text_is_space(copy[0]))
        status = text_bad_syntax(type, text, size, error);
    else if (errno == ERANGE && (*value == 0 || isinf(*value)))
        status = out_of_range(type, text, size, error);
    if (copy != stack)
        free(copy);
    return status;
}

Status
text_parse_double(const char *text, size_t size, double *value, Error *error)
{
    if (parse_quickly(text, size, value))
        return STATUS_OK;

    const char *trimmed = text;
    size_t length = size;
    text_trim(&trimmed, &length);
    if (length != size && parse_quickly(trimmed, length, value))
        return STATUS_OK;
    if (length == 0)
        return text_bad_syntax("double precision", text, size, error);
    return parse_slowly(trimmed, length, false, value, error);
}

Status
text_parse_float(const char *text, size_t size, float *value, Error *error)
{
    static const float exact_powers[] = {1e0F, 1e1F, 1e2F, 1e3F, 1e4F, 1e5F, 1e6F, 1e7F, 1e8F, 1e9F, 1e10F};
    PlainNumber number;

    if (scan_plain(text, size, &number) && !number.many && number.mantissa <= 1U << 24 &&
        number.exponent >= -10 && number.exponent <= 10) {
        const float whole = (float)number.mantissa;
        const float magnitude = number.exponent < 0 ? whole / exact_powers[-number.exponent]
                                                    : whole * exact_powers[number.exponent];
        *value = number.negative ? -magnitude : magnitude;
        return STATUS_OK;
    }

    const char *trimmed = text;
    size_t length = size;
    double wide;
    text_trim(&trimmed, &length);
    if (length == 0)
        return text_bad_syntax("real", text, size, error);
    TRY(parse_slowly(trimmed, length, true, &wide, error));
    *value = (float)wide;
    return STATUS_OK;
}
