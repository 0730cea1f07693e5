#include "tablet/distinct.h"

#include <math.h>

uint64_t
distinct_estimate(const DistinctSketch *sketch)
{
    const double registers = DISTINCT_REGISTERS;
    double sum = 0;
    int empty = 0;

    for (int i = 0; i < DISTINCT_REGISTERS; i++) {
        sum += ldexp(1, -sketch->registers[i]);
        empty += sketch->registers[i] == 0;
    }
    double estimate = 0.7213 / (1 + 1.079 / registers) * registers * registers / sum;
    if (estimate <= 2.5 * registers && empty > 0)
        estimate = registers * log(registers / empty);
    return (uint64_t)llround(estimate);
}
