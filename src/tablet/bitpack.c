#include "tablet/bitpack.h"

#include "base/kernels.h"

#include <string.h>

/* Widths up to 32 stand in 32 lanes of 32 bits, greater ones in 16 lanes of 64. */

#define B_NAME  unpack_32_to_32
#define B_LANE  uint32_t
#define B_BITS  32
#define B_LANES 32
#define B_OUT   uint32_t
#include "tablet/bitpack_tmpl.h"
#define B_NAME  unpack_32_to_64
#define B_LANE  uint32_t
#define B_BITS  32
#define B_LANES 32
#define B_OUT   uint64_t
#include "tablet/bitpack_tmpl.h"
#define B_NAME  unpack_64_to_32
#define B_LANE  uint64_t
#define B_BITS  64
#define B_LANES 16
#define B_OUT   uint32_t
#include "tablet/bitpack_tmpl.h"
#define B_NAME  unpack_64_to_64
#define B_LANE  uint64_t
#define B_BITS  64
#define B_LANES 16
#define B_OUT   uint64_t
#include "tablet/bitpack_tmpl.h"

void
bitpack_unpack_u64(const void *packed, unsigned width, uint64_t base, uint64_t *out)
{
    if (width == 0) {
        for (unsigned i = 0; i < BITPACK_GROUP; i++)
            out[i] = base;
    } else if (width <= 32) {
        unpack_32_to_64(packed, width, base, out);
    } else {
        unpack_64_to_64(packed, width, base, out);
    }
}

void
bitpack_unpack_u32(const void *packed, unsigned width, uint32_t base, uint32_t *out)
{
    if (width == 0) {
        for (unsigned i = 0; i < BITPACK_GROUP; i++)
            out[i] = base;
    } else if (width <= 32) {
        unpack_32_to_32(packed, width, base, out);
    } else {
        unpack_64_to_32(packed, width, base, out);
    }
}

static void
pack_32(const uint64_t *in, unsigned width, uint32_t *out)
{
    for (unsigned i = 0; i < BITPACK_GROUP; i++) {
        const unsigned bit = i / 32 * width;
        uint32_t *word = out + bit / 32 * 32 + i % 32;
        const uint64_t shifted = in[i] << bit % 32;
        word[0] |= (uint32_t)shifted;
        if (bit % 32 + width > 32)
            word[32] |= (uint32_t)(shifted >> 32);
    }
}

static void
pack_64(const uint64_t *in, unsigned width, uint64_t *out)
{
    for (unsigned i = 0; i < BITPACK_GROUP; i++) {
        const unsigned bit = i / 16 * width;
        uint64_t *word = out + bit / 64 * 16 + i % 16;
        word[0] |= in[i] << bit % 64;
        if (bit % 64 + width > 64)
            word[16] |= in[i] >> (64 - bit % 64);
    }
}

void
bitpack_pack(const uint64_t *in, unsigned width, void *out)
{
    memset(out, 0, bitpack_bytes(width));
    if (width > 32)
        pack_64(in, width, out);
    else if (width > 0)
        pack_32(in, width, out);
}

uint64_t
bitpack_get(const void *packed, unsigned width, unsigned index)
{
    if (width == 0)
        return 0;

    const unsigned lanes = width <= 32 ? 32 : 16;
    const unsigned bits = BITPACK_GROUP / lanes;
    const unsigned bit = index / lanes * width;
    const unsigned shift = bit % bits;
    const size_t word = bit / bits * lanes + index % lanes;
    uint64_t value;

    if (lanes == 32)
        value = ((const uint32_t *)packed)[word] >> shift;
    else
        value = ((const uint64_t *)packed)[word] >> shift;
    if (shift + width > bits) {
        const uint64_t high =
            lanes == 32 ? ((const uint32_t *)packed)[word + lanes] : ((const uint64_t *)packed)[word + lanes];
        value |= high << (bits - shift);
    }
    return value & (~UINT64_C(0) >> (64 - width));
}
