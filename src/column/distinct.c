#include "column/distinct.h"

#include <math.h>

static uint64_t
estimate(const uint8_t *places, int count)
{
    const double registers = count;
    double sum = 0;
    int empty = 0;

    for (int i = 0; i < count; i++) {
        sum += ldexp(1, -places[i]);
        empty += places[i] == 0;
    }
    double estimate = 0.7213 / (1 + 1.079 / registers) * registers * registers / sum;
    if (estimate <= 2.5 * registers && empty > 0)
        estimate = registers * log(registers / empty);
    return (uint64_t)llround(estimate);
}

uint64_t
distinct_estimate(const DistinctSketch *sketch)
{
    return estimate(sketch->registers, DISTINCT_REGISTERS);
}

uint64_t
distinct_estimate_folded(const uint8_t folded[DISTINCT_FOLDED])
{
    return estimate(folded, DISTINCT_FOLDED);
}

/* The bits that the index loses become the first ones of the rest: where one of them is set, it decides. */
void
distinct_fold(const DistinctSketch *sketch, uint8_t folded[DISTINCT_FOLDED])
{
    enum { LOST = DISTINCT_BITS - DISTINCT_FOLDED_BITS };

    for (unsigned i = 0; i < DISTINCT_FOLDED; i++) {
        folded[i] = 0;
        for (unsigned low = 0; low < 1U << LOST; low++) {
            const uint8_t former = sketch->registers[i << LOST | low];
            const int leading = low == 0 ? LOST + former : __builtin_clz(low) - (32 - LOST) + 1;
            if (former != 0 && leading > folded[i])
                folded[i] = (uint8_t)leading;
        }
    }
}

void
distinct_merge(uint8_t into[DISTINCT_FOLDED], const uint8_t from[DISTINCT_FOLDED])
{
    for (unsigned i = 0; i < DISTINCT_FOLDED; i++)
        into[i] = into[i] > from[i] ? into[i] : from[i];
}
