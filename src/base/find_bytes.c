#include "base/find_bytes.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

enum { BLOCK = sizeof(__m128i), SHORT_TEXT = 4 * BLOCK, FEW = BLOCK / 2 };

/* Bit i is set where byte i of the text is the sought text's first (last) one. */
typedef struct Places {
    uint64_t first;
    uint64_t last;
} Places;

static inline Places
places_in_block(__m128i block, __m128i first, __m128i last)
{
    return (Places){(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, first)),
                    (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, last))};
}

/* A text of half a block to a whole one; behind its end stands anything. */
static inline __m128i
load_part(const char *text, size_t size)
{
    uint64_t low;
    uint64_t high;

    if (size == BLOCK)
        return _mm_loadu_si128((const __m128i *)text);
    memcpy(&low, text, sizeof low);
    memcpy(&high, text + size - sizeof high, sizeof high);
    high >>= 8 * (BLOCK - size) % 64;
    return _mm_set_epi64x((int64_t)high, (int64_t)low);
}

/* The last block overlaps the one before where the text is no whole number of them. */
static inline Places
find_places(const char *text, size_t size, char first_byte, char last_byte)
{
    const __m128i first = _mm_set1_epi8(first_byte);
    const __m128i last = _mm_set1_epi8(last_byte);
    Places places = {0, 0};

    if (size <= BLOCK)
        return places_in_block(load_part(text, size), first, last);
    for (size_t at = 0; at < size; at += BLOCK) {
        const size_t from = at + BLOCK <= size ? at : size - BLOCK;
        const __m128i block = _mm_loadu_si128((const __m128i *)(text + from));
        const Places more = places_in_block(block, first, last);
        places.first |= more.first << from;
        places.last |= more.last << from;
    }
    return places;
}

/* A text of 8 to 64 bytes. */
static const char *
find_in_short(const char *text, size_t size, const char *of, size_t of_size)
{
    const Places places = find_places(text, size, of[0], of[of_size - 1]);
    const uint64_t possible = UINT64_MAX >> (SHORT_TEXT - 1 - (size - of_size));

    for (uint64_t left = places.first & places.last >> (of_size - 1) & possible; left != 0;
         left &= left - 1) {
        const char *at = text + __builtin_ctzll(left);
        if (of_size <= 2 || memcmp(at, of, of_size) == 0)
            return at;
    }
    return NULL;
}
#else
enum { FEW = 65 };
#endif

static const char *
find_in_few(const char *text, size_t size, const char *of, size_t of_size)
{
    for (const char *at = text, *end = text + size; (size_t)(end - at) >= of_size; at++)
        if (at[0] == of[0] && at[of_size - 1] == of[of_size - 1] && memcmp(at, of, of_size) == 0)
            return at;
    return NULL;
}

const char *
find_bytes(const char *text, size_t size, const char *of, size_t of_size)
{
    if (size < of_size)
        return NULL;
    if (of_size == 0)
        return text;
#ifdef __SSE2__
    if (size >= FEW && size <= SHORT_TEXT)
        return find_in_short(text, size, of, of_size);
#endif
    if (size < FEW)
        return find_in_few(text, size, of, of_size);
    return memmem(text, size, of, of_size);
}
