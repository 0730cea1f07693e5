/* expr/numeric.h: numerics as scaled integers: powers of ten, rescaling, comparison across scales. */
#ifndef RUNNEL_EXPR_NUMERIC_H
#define RUNNEL_EXPR_NUMERIC_H

#include "column/type.h"
#include "column/value.h"

/* 10^exponent, 0 <= exponent <= 38. */
Int128 numeric_power10(int exponent);

/* value * 10^(to - from), rounded half away from zero where digits go; false where |result| reaches 10^38. */
bool numeric_rescale(Int128 value, int from, int to, Int128 *result);

/* value / 10^digits, rounded half away from zero. */
Int128 numeric_round_digits(Int128 value, int digits);

/* The order of a * 10^-scale_a and b * 10^-scale_b. */
int numeric_compare(Int128 a, int scale_a, Int128 b, int scale_b);

/* dividend * 10^shift / divisor, rounded half away from zero; divisor not 0. False where |result| reaches
 * 10^38. */
bool numeric_divide(Int128 dividend, int shift, Int128 divisor, Int128 *result);

/* The nearest double. */
double numeric_to_double(Int128 value, int scale);

/* A double's value at a scale, taking its 15 (float: 6) significant decimal digits as PostgreSQL does. False
 * where |result| reaches 10^38. The value must be finite. */
bool numeric_from_double(double value, int digits, int scale, Int128 *result);

/* A value of a numeric in either layout. */
static inline Int128
numeric_load(Layout layout, const void *values, uint32_t index)
{
    return layout == LAYOUT_I64 ? ((const int64_t *)values)[index] : ((const Int128 *)values)[index];
}

static inline void
numeric_store(Layout layout, void *values, uint32_t index, Int128 value)
{
    if (layout == LAYOUT_I64)
        ((int64_t *)values)[index] = (int64_t)value;
    else
        ((Int128 *)values)[index] = value;
}

#endif
