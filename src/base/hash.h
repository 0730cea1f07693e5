/* base/hash.h: hashes of values. Group hashes travel between nodes, so these functions are part of the
 * protocol: the same on every machine, never seeded by chance. */
#ifndef RUNNEL_BASE_HASH_H
#define RUNNEL_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *bytes, size_t size); /* XXH3, 64 bits */

/* A 64-bit mixer: full avalanche (Stafford's variant 13 of the MurmurHash3 finaliser). */
static inline uint64_t
hash_u64(uint64_t value)
{
    value ^= value >> 30;
    value *= UINT64_C(0xbf58476d1ce4e5b9);
    value ^= value >> 27;
    value *= UINT64_C(0x94d049bb133111eb);
    value ^= value >> 31;
    return value;
}

static inline uint64_t
hash_combine(uint64_t seed, uint64_t hash)
{
    return (seed * UINT64_C(0x9E3779B97F4A7C15)) ^ hash;
}

#define HASH_NULL UINT64_C(0x2545F4914F6CDD1D)

#endif
