/* tablet/bitpack.h: groups of 1,024 integers at a fixed number of bits each, laid out for vector registers.
 */
#ifndef RUNNEL_TABLET_BITPACK_H
#define RUNNEL_TABLET_BITPACK_H

#include <stddef.h>
#include <stdint.h>

enum { BITPACK_GROUP = 1024, BITPACK_UNIT = BITPACK_GROUP / 8 };

/* Bytes of a packed group: `width` (0..64) units of 128. */
static inline size_t
bitpack_bytes(unsigned width)
{
    return (size_t)width * BITPACK_UNIT;
}

/* The bits that `value` needs. */
static inline unsigned
bitpack_width(uint64_t value)
{
    return value == 0 ? 0 : 64 - (unsigned)__builtin_clzll(value);
}

/* `in`: BITPACK_GROUP values below 2^width. `out`: bitpack_bytes(width), 8-byte aligned. */
void bitpack_pack(const uint64_t *in, unsigned width, void *out);

/* out[i] = base + the i-th value, in the arithmetic of the output's type. `packed` is 8-byte aligned. */
void bitpack_unpack_u64(const void *packed, unsigned width, uint64_t base, uint64_t *out);
void bitpack_unpack_u32(const void *packed, unsigned width, uint32_t base, uint32_t *out);

/* The value at `index` of a group alone. */
uint64_t bitpack_get(const void *packed, unsigned width, unsigned index);

#endif
