#include "column/sketch.h"

#include "base/pack.h"
#include "base/unpack.h"

#include <math.h>

enum { SKETCH_FIELDS = 4, SPARSE_MAX = DISTINCT_FOLDED / 4, WIDE_BYTES = 16 };

/* ---- values ---- */

static void
pack_value(msgpack_packer *packer, Layout layout, const ColumnBound *value)
{
    if (layout == LAYOUT_F64)
        msgpack_pack_double(packer, value->real);
    else if (layout == LAYOUT_VIEW)
        pack_binary(packer, value->text.data != NULL ? value->text.data : "", value->text.size);
    else if (value->integer == (int64_t)value->integer)
        msgpack_pack_int64(packer, (int64_t)value->integer);
    else
        pack_binary(packer, &value->integer, WIDE_BYTES);
}

static Int128
unpack_integer(Unpack *unpack, Layout layout)
{
    Unpack wide = *unpack;
    size_t size;

    if (layout == LAYOUT_I128) {
        const void *bytes = unpack_binary(&wide, &size);
        if (!wide.failed && size == WIDE_BYTES) {
            Int128 value;
            memcpy(&value, bytes, WIDE_BYTES);
            *unpack = wide;
            return value;
        }
    }
    return unpack_int(unpack);
}

static ColumnBound
unpack_value(Unpack *unpack, Layout layout)
{
    ColumnBound value = {.known = true, .exact = true};
    size_t size;

    if (layout == LAYOUT_F64) {
        value.real = unpack_double(unpack);
        if (isnan(value.real))
            unpack->failed = true;
    } else if (layout == LAYOUT_VIEW) {
        value.text.data = unpack_binary(unpack, &size);
        value.text.size = (uint32_t)size;
        value.exact = size < SKETCH_TEXT_BYTES;
        if (size > SKETCH_TEXT_BYTES)
            unpack->failed = true;
    } else {
        value.integer = unpack_integer(unpack, layout);
    }
    return value;
}

/* ---- registers ---- */

/* All of them, or, where most are zero, the others as pairs of place (u16, little-endian) and rank. */
static void
pack_registers(msgpack_packer *packer, const uint8_t *registers)
{
    uint8_t sparse[SPARSE_MAX * 3];
    size_t size = 0;

    for (unsigned i = 0; i < DISTINCT_FOLDED; i++) {
        if (registers[i] == 0)
            continue;
        if (size == sizeof sparse) {
            pack_binary(packer, registers, DISTINCT_FOLDED);
            return;
        }
        sparse[size++] = (uint8_t)i;
        sparse[size++] = (uint8_t)(i >> 8);
        sparse[size++] = registers[i];
    }
    pack_binary(packer, sparse, size);
}

static void
unpack_registers(Unpack *unpack, uint8_t *registers)
{
    size_t size;
    const uint8_t *bytes = unpack_binary(unpack, &size);

    memset(registers, 0, DISTINCT_FOLDED);
    if (unpack->failed || (size != DISTINCT_FOLDED && (size > SPARSE_MAX * 3 || size % 3 != 0))) {
        unpack->failed = true;
        return;
    }
    if (size == DISTINCT_FOLDED) {
        memcpy(registers, bytes, size);
    } else {
        for (size_t i = 0; i < size; i += 3) {
            const unsigned place = bytes[i] | (unsigned)bytes[i + 1] << 8;
            if (place < DISTINCT_FOLDED)
                registers[place] = bytes[i + 2];
            else
                unpack->failed = true;
        }
    }
    for (unsigned i = 0; i < DISTINCT_FOLDED; i++)
        unpack->failed |= registers[i] > DISTINCT_RANK_MAX;
}

/* ---- the whole ---- */

void
sketch_encode(const ColumnSketch *sketch, Layout layout, Buffer *out)
{
    msgpack_packer packer = pack_into(out);

    msgpack_pack_array(&packer, SKETCH_FIELDS);
    pack_registers(&packer, sketch->registers);
    msgpack_pack_double(&packer, sketch->width);
    msgpack_pack_array(&packer, (size_t)sketch->common_count * 2);
    for (uint32_t i = 0; i < sketch->common_count; i++) {
        pack_value(&packer, layout, &sketch->common[i].value);
        msgpack_pack_double(&packer, sketch->common[i].rows);
    }
    msgpack_pack_array(&packer, sketch->bound_count);
    for (uint32_t i = 0; i < sketch->bound_count; i++)
        pack_value(&packer, layout, &sketch->bounds[i]);
}

static void
unpack_common(Unpack *unpack, Layout layout, ColumnSketch *sketch)
{
    const uint32_t count = unpack_array(unpack);

    if (count > SKETCH_COMMON_MAX * 2 || count % 2 != 0) {
        unpack->failed = true;
        return;
    }
    sketch->common_count = count / 2;
    for (uint32_t i = 0; i < sketch->common_count; i++) {
        CommonValue *common = &sketch->common[i];
        common->value = unpack_value(unpack, layout);
        common->rows = unpack_double(unpack);
        if (!(common->rows >= 0 && common->rows <= 1e18))
            unpack->failed = true;
    }
}

static void
unpack_bounds(Unpack *unpack, Layout layout, ColumnSketch *sketch)
{
    const uint32_t count = unpack_array(unpack);

    if (count > SKETCH_BOUNDS_MAX || count == 1) {
        unpack->failed = true;
        return;
    }
    sketch->bound_count = count;
    for (uint32_t i = 0; i < count; i++) {
        sketch->bounds[i] = unpack_value(unpack, layout);
        if (i > 0 && column_bound_compare(layout, &sketch->bounds[i - 1], &sketch->bounds[i]) > 0)
            unpack->failed = true;
    }
}

Status
sketch_decode(const void *bytes, size_t size, Layout layout, ColumnSketch *sketch, Error *error)
{
    Unpack unpack = unpack_from(bytes, size);

    sketch->common_count = 0;
    sketch->bound_count = 0;
    if (unpack_array(&unpack) != SKETCH_FIELDS)
        unpack.failed = true;
    unpack_registers(&unpack, sketch->registers);
    sketch->width = unpack_double(&unpack);
    if (!(sketch->width >= 0 && sketch->width <= 1e12))
        unpack.failed = true;
    if (!unpack.failed)
        unpack_common(&unpack, layout, sketch);
    if (!unpack.failed)
        unpack_bounds(&unpack, layout, sketch);
    if (!unpack_is_done(&unpack))
        return error_set(error, STATUS_CORRUPT, "statistics are damaged: no sketch of a column");
    return STATUS_OK;
}
