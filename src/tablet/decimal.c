#include "tablet/decimal.h"

#include "base/kernels.h"
#include "tablet/bitpack.h"

#include <math.h>
#include <string.h>

enum { SAMPLES = 256, EXCEPTION_BITS = 80 };

static const double powers[DECIMAL_EXPONENT_MAX + 1] = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

/* Digits beyond this are not exact as doubles. */
static const double digits_max = 9007199254740992.0; /* 2^53 */

static bool
digits_of(double value, int exponent, int64_t *digits)
{
    const double scaled = value * powers[exponent];
    double back;
    uint64_t bits;
    uint64_t wanted;

    if (!(fabs(scaled) < digits_max))
        return false;
    const double rounded = nearbyint(scaled);
    back = rounded / powers[exponent];
    memcpy(&bits, &back, sizeof bits);
    memcpy(&wanted, &value, sizeof wanted);
    *digits = (int64_t)rounded;
    /* -0 comes back as 0 from its integer. */
    return bits == wanted && wanted != UINT64_C(0x8000000000000000);
}

/* Bits a value takes, exceptions included, by a sample. */
static double
sample_cost(const double *values, size_t count, size_t step, int exponent)
{
    size_t exceptions = 0;
    size_t samples = 0;
    int64_t min = INT64_MAX;
    int64_t max = INT64_MIN;

    for (size_t i = 0; i < count; i += step) {
        int64_t digits;
        samples++;
        if (!digits_of(values[i], exponent, &digits)) {
            exceptions++;
            continue;
        }
        min = digits < min ? digits : min;
        max = digits > max ? digits : max;
    }
    if (exceptions == samples)
        return INFINITY;
    return bitpack_width((uint64_t)max - (uint64_t)min) +
           (double)exceptions * EXCEPTION_BITS / (double)samples;
}

int
decimal_choose(const double *values, size_t count)
{
    const size_t step = count <= SAMPLES ? 1 : count / SAMPLES;
    double least = 56; /* above that, the values are better off as they are */
    int best = -1;

    for (int exponent = 0; exponent <= DECIMAL_EXPONENT_MAX; exponent++) {
        const double cost = sample_cost(values, count, step, exponent);
        if (cost < least) {
            least = cost;
            best = exponent;
        }
    }
    return best;
}

size_t
decimal_encode(const double *values, size_t count, int exponent, int64_t *digits, uint32_t *exceptions)
{
    size_t exception_count = 0;
    int64_t last = 0;

    for (size_t i = 0; i < count; i++) {
        if (!digits_of(values[i], exponent, &digits[i])) {
            digits[i] = last;
            exceptions[exception_count++] = (uint32_t)i;
        }
        last = digits[i];
    }
    /* Leading exceptions had nothing before them. */
    if (exception_count > 0 && exception_count < count && exceptions[0] == 0) {
        size_t lead = 0;
        while (lead < exception_count && exceptions[lead] == lead)
            lead++;
        for (size_t i = 0; i < lead; i++)
            digits[i] = digits[lead];
    }
    return exception_count;
}

KERNEL void
decimal_decode(const uint64_t *restrict digits, size_t count, int exponent, double *restrict values)
{
    const double power = powers[exponent];

    for (size_t i = 0; i < count; i++)
        values[i] = (double)(int64_t)digits[i] / power;
}
