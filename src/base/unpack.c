#include "base/unpack.h"

#include <string.h>

/* msgpack specification, "Formats". */
enum {
    FIXMAP = 0x80,
    FIXARRAY = 0x90,
    FIXSTR = 0xa0,
    NIL = 0xc0,
    FALSE_ = 0xc2,
    TRUE_ = 0xc3,
    BIN8 = 0xc4,
    BIN16 = 0xc5,
    BIN32 = 0xc6,
    EXT8 = 0xc7,
    FLOAT32 = 0xca,
    FLOAT64 = 0xcb,
    UINT8 = 0xcc,
    UINT16 = 0xcd,
    UINT32 = 0xce,
    UINT64 = 0xcf,
    INT8 = 0xd0,
    INT16 = 0xd1,
    INT32 = 0xd2,
    INT64 = 0xd3,
    STR8 = 0xd9,
    STR16 = 0xda,
    STR32 = 0xdb,
    ARRAY16 = 0xdc,
    ARRAY32 = 0xdd,
    MAP16 = 0xde,
    NEGATIVE = 0xe0,
    FIXEXT1 = 0xd4
};

static uint64_t
fail(Unpack *unpack)
{
    unpack->failed = true;
    unpack->at = unpack->end;
    return 0;
}

static uint8_t
take_byte(Unpack *unpack)
{
    if (unpack->at == unpack->end)
        return (uint8_t)fail(unpack);
    return *unpack->at++;
}

static uint64_t
take_big_endian(Unpack *unpack, unsigned width)
{
    uint64_t value = 0;

    if ((size_t)(unpack->end - unpack->at) < width)
        return fail(unpack);
    for (unsigned i = 0; i < width; i++)
        value = value << 8 | unpack->at[i];
    unpack->at += width;
    return value;
}

static const void *
take_bytes(Unpack *unpack, uint64_t count, size_t *size)
{
    const void *bytes = unpack->at;

    *size = 0;
    if (unpack->failed || count > (uint64_t)(unpack->end - unpack->at)) {
        fail(unpack);
        return "";
    }
    unpack->at += count;
    *size = (size_t)count;
    return bytes;
}

uint32_t
unpack_array(Unpack *unpack)
{
    const uint8_t tag = take_byte(unpack);
    uint64_t count;

    if ((tag & 0xf0) == FIXARRAY)
        count = tag & 0x0f;
    else if (tag == ARRAY16)
        count = take_big_endian(unpack, 2);
    else if (tag == ARRAY32)
        count = take_big_endian(unpack, 4);
    else
        return (uint32_t)fail(unpack);
    if (count > (uint64_t)(unpack->end - unpack->at))
        return (uint32_t)fail(unpack);
    return (uint32_t)count;
}

uint64_t
unpack_uint(Unpack *unpack)
{
    const uint8_t tag = take_byte(unpack);

    if (tag < 0x80)
        return unpack->failed ? 0 : tag;
    switch (tag) {
    case UINT8: return take_big_endian(unpack, 1);
    case UINT16: return take_big_endian(unpack, 2);
    case UINT32: return take_big_endian(unpack, 4);
    case UINT64: return take_big_endian(unpack, 8);
    default: return fail(unpack);
    }
}

int64_t
unpack_int(Unpack *unpack)
{
    const uint8_t tag = take_byte(unpack);

    if (unpack->failed)
        return 0;
    if (tag < 0x80 || tag >= 0xe0)
        return (int8_t)tag;
    switch (tag) {
    case INT8: return (int8_t)take_big_endian(unpack, 1);
    case INT16: return (int16_t)take_big_endian(unpack, 2);
    case INT32: return (int32_t)take_big_endian(unpack, 4);
    case INT64: return (int64_t)take_big_endian(unpack, 8);
    case UINT8: return (int64_t)take_big_endian(unpack, 1);
    case UINT16: return (int64_t)take_big_endian(unpack, 2);
    case UINT32: return (int64_t)take_big_endian(unpack, 4);
    case UINT64: {
        const uint64_t value = take_big_endian(unpack, 8);
        return value <= INT64_MAX ? (int64_t)value : (int64_t)fail(unpack);
    }
    default: return (int64_t)fail(unpack);
    }
}

double
unpack_double(Unpack *unpack)
{
    if (take_byte(unpack) != FLOAT64)
        return (double)fail(unpack);
    const uint64_t bits = take_big_endian(unpack, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

bool
unpack_bool(Unpack *unpack)
{
    const uint8_t tag = take_byte(unpack);

    if (tag != TRUE_ && tag != FALSE_)
        fail(unpack);
    return !unpack->failed && tag == TRUE_;
}

bool
unpack_nil(Unpack *unpack)
{
    if (unpack->at == unpack->end || *unpack->at != NIL)
        return false;
    unpack->at++;
    return true;
}

const char *
unpack_string(Unpack *unpack, size_t *size)
{
    const uint8_t tag = take_byte(unpack);
    uint64_t count = 0;

    if ((tag & 0xe0) == FIXSTR)
        count = tag & 0x1f;
    else if (tag == STR8)
        count = take_big_endian(unpack, 1);
    else if (tag == STR16)
        count = take_big_endian(unpack, 2);
    else if (tag == STR32)
        count = take_big_endian(unpack, 4);
    else
        fail(unpack);
    return take_bytes(unpack, count, size);
}

const void *
unpack_binary(Unpack *unpack, size_t *size)
{
    const uint8_t tag = take_byte(unpack);
    uint64_t count = 0;

    if (tag == BIN8)
        count = take_big_endian(unpack, 1);
    else if (tag == BIN16)
        count = take_big_endian(unpack, 2);
    else if (tag == BIN32)
        count = take_big_endian(unpack, 4);
    else
        fail(unpack);
    return take_bytes(unpack, count, size);
}

uint32_t
unpack_below(Unpack *unpack, uint64_t bound)
{
    const uint64_t value = unpack_uint(unpack);

    if (value >= bound || value > UINT32_MAX)
        return (uint32_t)fail(unpack);
    return (uint32_t)value;
}

static void
skip_bytes(Unpack *unpack, uint64_t count)
{
    size_t size;

    take_bytes(unpack, count, &size);
}

/* Past one value's own bytes; the number of values inside it, which follow. */
static uint64_t
skip_one(Unpack *unpack)
{
    const uint8_t tag = take_byte(unpack);

    if (tag < FIXMAP || tag >= NEGATIVE || tag == NIL || tag == FALSE_ || tag == TRUE_)
        return 0;
    if (tag < FIXARRAY)
        return 2 * (uint64_t)(tag & 0x0f);
    if (tag < FIXSTR)
        return tag & 0x0f;
    if (tag < NIL)
        skip_bytes(unpack, tag & 0x1f);
    else if (tag >= BIN8 && tag <= BIN32)
        skip_bytes(unpack, take_big_endian(unpack, 1u << (tag - BIN8)));
    else if (tag >= EXT8 && tag < FLOAT32)
        skip_bytes(unpack, take_big_endian(unpack, 1u << (tag - EXT8)) + 1);
    else if (tag == FLOAT32 || tag == FLOAT64)
        skip_bytes(unpack, tag == FLOAT32 ? 4 : 8);
    else if (tag >= UINT8 && tag < FIXEXT1)
        skip_bytes(unpack, UINT64_C(1) << (tag - UINT8) % 4);
    else if (tag >= FIXEXT1 && tag < STR8)
        skip_bytes(unpack, (UINT64_C(1) << (tag - FIXEXT1)) + 1);
    else if (tag >= STR8 && tag < ARRAY16)
        skip_bytes(unpack, take_big_endian(unpack, 1u << (tag - STR8)));
    else if (tag >= ARRAY16)
        return take_big_endian(unpack, tag % 2 == 0 ? 2 : 4) * (tag < MAP16 ? 1 : 2);
    else
        fail(unpack);
    return 0;
}

void
unpack_skip(Unpack *unpack)
{
    uint64_t pending = 1; /* a count instead of recursion: depth costs nothing */

    while (pending > 0 && !unpack->failed) {
        pending += skip_one(unpack) - 1;
        if (pending > (uint64_t)(unpack->end - unpack->at))
            fail(unpack);
    }
}
