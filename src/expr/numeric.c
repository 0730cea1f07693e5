#include "expr/numeric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define E18 INT64_C(1000000000000000000)

static const int64_t small_powers[19] = {
    INT64_C(1),
    INT64_C(10),
    INT64_C(100),
    INT64_C(1000),
    INT64_C(10000),
    INT64_C(100000),
    INT64_C(1000000),
    INT64_C(10000000),
    INT64_C(100000000),
    INT64_C(1000000000),
    INT64_C(10000000000),
    INT64_C(100000000000),
    INT64_C(1000000000000),
    INT64_C(10000000000000),
    INT64_C(100000000000000),
    INT64_C(1000000000000000),
    INT64_C(10000000000000000),
    INT64_C(100000000000000000),
    E18,
};

Int128
numeric_power10(int exponent)
{
    if (exponent <= 18)
        return small_powers[exponent];
    if (exponent <= 36)
        return (Int128)E18 * small_powers[exponent - 18];
    return (Int128)E18 * E18 * small_powers[exponent - 36];
}

static bool
fits(Int128 value)
{
    const Int128 limit = numeric_power10(NUMERIC_DIGITS_MAX);

    return value < limit && value > -limit;
}

Int128
numeric_round_digits(Int128 value, int digits)
{
    if (digits > NUMERIC_DIGITS_MAX)
        return 0;

    const Int128 divisor = numeric_power10(digits);
    const Int128 quotient = value / divisor;
    const Int128 rest = value % divisor;
    const Int128 magnitude = rest < 0 ? -rest : rest;

    if (magnitude >= divisor - magnitude)
        return quotient + (value < 0 ? -1 : 1);
    return quotient;
}

bool
numeric_rescale(Int128 value, int from, int to, Int128 *result)
{
    if (to < from) {
        *result = numeric_round_digits(value, from - to);
        return true;
    }
    if (to == from || value == 0) {
        *result = value;
        return fits(value);
    }
    if (to - from > NUMERIC_DIGITS_MAX || __builtin_mul_overflow(value, numeric_power10(to - from), result))
        return false;
    return fits(*result);
}

int
numeric_compare(Int128 a, int scale_a, Int128 b, int scale_b)
{
    Int128 scaled;

    if (scale_a > scale_b)
        return -numeric_compare(b, scale_b, a, scale_a);
    /* Beyond 38 digits it is farther from zero than anything of the other scale. */
    if (!numeric_rescale(a, scale_a, scale_b, &scaled))
        return a < 0 ? -1 : 1;
    return (scaled > b) - (scaled < b);
}

/* One decimal digit of rest / divisor, rest < divisor <= 10^38: rest * 10 would not fit, so by doubling and
 * adding. */
static unsigned
next_digit(UInt128 *rest, UInt128 divisor)
{
    static const bool add_after_double[] = {false, true, false}; /* 1 → 2 → 4 + 1 = 5 → 10 */
    const UInt128 once = *rest;
    UInt128 value = once;
    unsigned digit = 0;

    for (int step = 0; step < 3; step++) {
        value *= 2;
        digit *= 2;
        if (value >= divisor) {
            value -= divisor;
            digit++;
        }
        if (!add_after_double[step])
            continue;
        value += once;
        if (value >= divisor) {
            value -= divisor;
            digit++;
        }
    }
    *rest = value;
    return digit;
}

static bool
divide_long(UInt128 dividend, int shift, UInt128 divisor, UInt128 *quotient)
{
    const UInt128 limit = (UInt128)numeric_power10(NUMERIC_DIGITS_MAX);
    UInt128 rest = dividend % divisor;

    *quotient = dividend / divisor;
    for (int i = 0; i < shift; i++) {
        if (*quotient >= limit / 10)
            return false;
        *quotient = *quotient * 10 + next_digit(&rest, divisor);
    }
    if (rest >= divisor - rest)
        ++*quotient;
    return *quotient < limit;
}

bool
numeric_divide(Int128 dividend, int shift, Int128 divisor, Int128 *result)
{
    const bool negative = (dividend < 0) != (divisor < 0);
    const UInt128 limit = (UInt128)numeric_power10(NUMERIC_DIGITS_MAX);
    const UInt128 below = divisor < 0 ? -(UInt128)divisor : (UInt128)divisor;
    UInt128 above = dividend < 0 ? -(UInt128)dividend : (UInt128)dividend;
    UInt128 quotient;

    if (shift <= NUMERIC_DIGITS_MAX &&
        !__builtin_mul_overflow(above, (UInt128)numeric_power10(shift), &quotient)) {
        above = quotient;
        const UInt128 rest = above % below;
        quotient = above / below + (rest >= below - rest);
        if (quotient >= limit)
            return false;
    } else if (!divide_long(above, shift, below, &quotient)) {
        return false;
    }
    *result = negative ? -(Int128)quotient : (Int128)quotient;
    return true;
}

/* All digits, for strtod to round once. */
static double
to_double_by_text(Int128 value, int scale)
{
    char text[64];
    char *end = text + sizeof text - 1;
    char *start = end - 6;

    snprintf(start, 7, "e-%d", scale);
    UInt128 rest = value < 0 ? -(UInt128)value : (UInt128)value;
    do
        *--start = (char)('0' + (int)(rest % 10));
    while ((rest /= 10) != 0);
    if (value < 0)
        *--start = '-';
    return strtod(start, NULL);
}

double
numeric_to_double(Int128 value, int scale)
{
    const Int128 exact = (Int128)1 << 53;

    /* Both exact: one correctly rounded division. 10^22 is the largest exact power of ten. */
    if (value <= exact && value >= -exact && scale <= 22)
        return (double)(int64_t)value / (double)numeric_power10(scale);
    return to_double_by_text(value, scale);
}

bool
numeric_from_double(double value, int digits, int scale, Int128 *result)
{
    char text[40];
    Int128 mantissa = 0;

    /* d.ddde±x: the digits without the point, then the exponent of the last one. */
    snprintf(text, sizeof text, "%.*e", digits - 1, value);
    const char *at = text[0] == '-' ? text + 1 : text;
    for (; *at != 'e'; at++) {
        if (*at != '.')
            mantissa = mantissa * 10 + (*at - '0');
    }
    const int exponent = atoi(at + 1) - (digits - 1);
    if (text[0] == '-')
        mantissa = -mantissa;
    if (mantissa == 0) {
        *result = 0;
        return true;
    }
    return numeric_rescale(mantissa, -exponent, scale, result);
}
