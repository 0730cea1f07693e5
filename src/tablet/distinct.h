/* tablet/distinct.h: how many distinct values there are, estimated from their hashes.
 *
 * HyperLogLog with 4,096 registers (Flajolet, Fusy, Gandouet and Meunier 2007; small counts by linear
 * counting): about 1.6 % standard error. */
#ifndef RUNNEL_TABLET_DISTINCT_H
#define RUNNEL_TABLET_DISTINCT_H

#include <stddef.h>
#include <stdint.h>

enum { DISTINCT_BITS = 12, DISTINCT_REGISTERS = 1 << DISTINCT_BITS };

/* Zero-initialise. */
typedef struct DistinctSketch {
    uint8_t registers[DISTINCT_REGISTERS];
} DistinctSketch;

static inline void
distinct_add(DistinctSketch *sketch, uint64_t hash)
{
    const uint64_t rest = hash << DISTINCT_BITS | UINT64_C(1) << (DISTINCT_BITS - 1);
    const uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1);
    uint8_t *place = &sketch->registers[hash >> (64 - DISTINCT_BITS)];

    if (rank > *place)
        *place = rank;
}

uint64_t distinct_estimate(const DistinctSketch *sketch);

#endif
