#include "ingest/csv_scan.h"

#include "base/kernels.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

KERNEL_INLINE uint64_t
match(const char *block, char byte)
{
    const __m128i wanted = _mm_set1_epi8(byte);
    uint64_t mask = 0;

    for (int i = 0; i < 4; i++) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)) << (16 * i);
    }
    return mask;
}
#else
/* Eight bytes a step: zero bytes of the difference get their top bit, a multiplication gathers those. */
KERNEL_INLINE uint64_t
match(const char *block, char byte)
{
    const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F);
    const uint64_t pattern = UINT64_C(0x0101010101010101) * (unsigned char)byte;
    uint64_t mask = 0;

    for (int i = 0; i < 8; i++) {
        uint64_t word;
        memcpy(&word, block + 8 * i, sizeof word);
        word ^= pattern;
        const uint64_t zero = ~(((word & low) + low) | word | low);
        mask |= ((zero >> 7) * UINT64_C(0x0102040810204080)) >> 56 << (8 * i);
    }
    return mask;
}
#endif

/* Bit i: the parity of bits 0..i. */
KERNEL_INLINE uint64_t
prefix_xor(uint64_t bits)
{
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^= bits << 32;
    return bits;
}

/* Which bytes of the block are inside quotes, the opening quote included; carries over to the next block. */
KERNEL_INLINE uint64_t
quoted_bytes(CsvScan *scan, const char *block, uint64_t valid)
{
    const uint64_t quotes = match(block, scan->quote) & valid;

    if (quotes == 0)
        return scan->inside;
    scan->quotes = true;
    const uint64_t inside = prefix_xor(quotes) ^ scan->inside;
    scan->inside ^= (uint64_t)0 - (uint64_t)(__builtin_popcountll(quotes) & 1);
    return inside;
}

KERNEL_INLINE size_t
append_entries(uint64_t found, uint64_t lines, size_t base, uint32_t *entries, size_t count)
{
    while (found != 0) {
        const unsigned bit = (unsigned)__builtin_ctzll(found);
        entries[count++] = (uint32_t)(base + bit) | (uint32_t)(lines >> bit & 1) << 31;
        found &= found - 1;
    }
    return count;
}

KERNEL size_t
csv_scan_entries(CsvScan *scan, const char *text, size_t end, uint32_t record_limit, uint32_t *entries,
                 size_t count, size_t room)
{
    uint32_t records = scan->records;

    while (scan->at < end && records < record_limit && room - count >= CSV_BLOCK) {
        const char *block = text + scan->at;
        const size_t left = end - scan->at;
        const uint64_t valid = left >= CSV_BLOCK ? ~UINT64_C(0) : (UINT64_C(1) << left) - 1;
        const uint64_t outside = ~quoted_bytes(scan, block, valid) & valid;
        const uint64_t feeds = match(block, '\n') & outside;
        const uint64_t returns = match(block, '\r') & outside;
        const uint64_t lines = feeds | returns;

        count = append_entries(lines | (match(block, scan->delimiter) & outside), lines, scan->at, entries,
                               count);
        records += (uint32_t)__builtin_popcountll(lines & ~(feeds & (returns << 1)));
        scan->at += left < CSV_BLOCK ? left : CSV_BLOCK;
    }
    scan->records = records;
    return count;
}

enum { LANES = 64, LANE_STEPS = 255 };

/* Counts in lanes of bytes, which are added up before they overflow: so the compiler compares a register at a
 * time. */
KERNEL uint64_t
csv_count_byte(const char *text, size_t size, char byte)
{
    uint64_t count = 0;
    size_t at = 0;

    while (size - at >= LANES) {
        uint8_t lanes[LANES] = {0};
        const size_t left = (size - at) / LANES;
        const size_t steps = left < LANE_STEPS ? left : LANE_STEPS;
        for (size_t step = 0; step < steps; step++, at += LANES) {
            for (size_t i = 0; i < LANES; i++)
                lanes[i] = (uint8_t)(lanes[i] + (text[at + i] == byte));
        }
        for (size_t i = 0; i < LANES; i++)
            count += lanes[i];
    }
    for (; at < size; at++)
        count += text[at] == byte;
    return count;
}

KERNEL static uint64_t
count_pairs(const char *text, size_t size)
{
    uint64_t count = 0;

    for (size_t i = 0; i + 1 < size; i++)
        count += (text[i] == '\r') & (text[i + 1] == '\n');
    return count;
}

uint64_t
csv_count_lines(const char *text, size_t size, char next)
{
    uint64_t lines = csv_count_byte(text, size, '\n');
    const uint64_t returns = csv_count_byte(text, size, '\r');

    if (returns > 0)
        lines += returns - count_pairs(text, size) - (text[size - 1] == '\r' && next == '\n');
    return lines;
}

KERNEL bool
csv_is_plain(const char *text, size_t size)
{
    unsigned char high = 0;
    unsigned char zero = 0;

    for (size_t i = 0; i < size; i++) {
        high |= (unsigned char)text[i];
        zero |= text[i] == '\0';
    }
    return high < 0x80 && zero == 0;
}
