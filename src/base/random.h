/* base/random.h: random numbers from a seed, for simulations, generators and tests (SplitMix64: Steele, Lea
 * and Flood 2014). Not for secrets. */
#ifndef RUNNEL_BASE_RANDOM_H
#define RUNNEL_BASE_RANDOM_H

#include <stdint.h>

typedef struct Random {
    uint64_t state;
} Random;

static inline uint64_t
random_next(Random *random)
{
    uint64_t z = (random->state += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Uniform in [0, bound); bound > 0. */
static inline uint64_t
random_below(Random *random, uint64_t bound)
{
    return (uint64_t)(((unsigned __int128)random_next(random) * bound) >> 64);
}

/* Uniform in [0, 1). */
static inline double
random_unit(Random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

#endif
