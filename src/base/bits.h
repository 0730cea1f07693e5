/* base/bits.h: bitmaps of 64-bit words, bit i of the map being bit i % 64 of word i / 64. */
#ifndef RUNNEL_BASE_BITS_H
#define RUNNEL_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline size_t
bits_words(size_t count)
{
    return (count + 63) / 64;
}

static inline bool
bits_get(const uint64_t *words, size_t index)
{
    return (words[index / 64] >> (index % 64) & 1) != 0;
}

static inline void
bits_set(uint64_t *words, size_t index)
{
    words[index / 64] |= UINT64_C(1) << (index % 64);
}

static inline void
bits_clear(uint64_t *words, size_t index)
{
    words[index / 64] &= ~(UINT64_C(1) << (index % 64));
}

static inline void
bits_put(uint64_t *words, size_t index, bool value)
{
    const uint64_t mask = UINT64_C(1) << (index % 64);

    words[index / 64] = (words[index / 64] & ~mask) | (value ? mask : 0);
}

/* The number of set bits among the first `count`. */
static inline size_t
bits_count(const uint64_t *words, size_t count)
{
    size_t total = 0;

    for (size_t i = 0; i < count / 64; i++)
        total += (size_t)__builtin_popcountll(words[i]);
    if (count % 64 != 0)
        total += (size_t)__builtin_popcountll(words[count / 64] & ((UINT64_C(1) << (count % 64)) - 1));
    return total;
}

#endif
