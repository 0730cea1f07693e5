/* column/distinct.h: how many distinct values there are, estimated from their hashes.
 *
 * HyperLogLog with 4,096 registers (Flajolet, Fusy, Gandouet and Meunier 2007; small counts by linear
 * counting): about 1.6 % standard error. Folded to 512 registers (4.6 %) it is small enough to be kept for
 * every column of every tablet; folded ones of different rows merge by the greater of each register. */
#ifndef RUNNEL_COLUMN_DISTINCT_H
#define RUNNEL_COLUMN_DISTINCT_H

#include <stddef.h>
#include <stdint.h>

enum {
    DISTINCT_BITS = 12,
    DISTINCT_REGISTERS = 1 << DISTINCT_BITS,
    DISTINCT_FOLDED_BITS = 9,
    DISTINCT_FOLDED = 1 << DISTINCT_FOLDED_BITS,
    DISTINCT_RANK_MAX = 64 - DISTINCT_FOLDED_BITS + 1
};

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

/* The registers that the same hashes would have given with fewer bits of index. */
void distinct_fold(const DistinctSketch *sketch, uint8_t folded[DISTINCT_FOLDED]);
void distinct_merge(uint8_t into[DISTINCT_FOLDED], const uint8_t from[DISTINCT_FOLDED]);
uint64_t distinct_estimate_folded(const uint8_t folded[DISTINCT_FOLDED]);

#endif
