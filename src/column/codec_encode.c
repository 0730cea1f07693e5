#include "column/codec.h"

#include "base/array.h"
#include "base/pack.h"
#include "column/codec_format.h"
#include "column/slice.h"
#include "column/type_codec.h"

#include <assert.h>

typedef enum PartKind { PART_VALUES, PART_BITS, PART_SIZES, PART_STRINGS, PART_ENTRIES } PartKind;

/* One buffer of the chunk: what it is made from. */
typedef struct Part {
    PartKind kind;
    const void *source; /* the column's first value, or its bitmap */
    uint64_t first;     /* BITS: the bit to start from; ENTRIES: what to take off the offsets */
    uint64_t count;     /* rows */
    size_t size;        /* bytes in the chunk */
} Part;

typedef struct Encoder {
    Part *parts;
    size_t count;
    size_t capacity;
    Buffer columns; /* the head's description of them */
    msgpack_packer packer;
    bool failed;
} Encoder;

/* Word `index` of the bits [first, first + count), those past the end clear. */
static uint64_t
range_word(const uint64_t *words, uint64_t first, uint64_t count, uint64_t index)
{
    const uint64_t from = first + index * 64;
    const uint64_t wanted = count - index * 64 < 64 ? count - index * 64 : 64;
    const unsigned shift = from % 64;
    uint64_t word = words[from / 64] >> shift;

    if (shift != 0 && wanted > 64 - shift)
        word |= words[from / 64 + 1] << (64 - shift);
    return wanted == 64 ? word : word & ((UINT64_C(1) << wanted) - 1);
}

static uint64_t
count_range(const uint64_t *words, uint64_t first, uint64_t count)
{
    uint64_t total = 0;

    for (uint64_t i = 0; i < bits_words(count); i++)
        total += (uint64_t)__builtin_popcountll(range_word(words, first, count, i));
    return total;
}

static void
add_part(Encoder *encoder, PartKind kind, const void *source, uint64_t first, uint64_t count, size_t size)
{
    void *parts = encoder->parts;

    if (!array_reserve(&parts, &encoder->capacity, encoder->count + 1, sizeof(Part))) {
        encoder->failed = true;
        return;
    }
    encoder->parts = parts;
    encoder->parts[encoder->count++] =
        (Part){.kind = kind, .source = source, .first = first, .count = count, .size = size};
}

/* All rows have one value: the bytes of each are those of the next. */
static bool
is_constant(const Vector *column, const char *values, uint64_t count)
{
    const size_t width = layout_width(column->layout);

    if (count < 2 || column->layout == LAYOUT_LIST)
        return false;
    if (column->layout == LAYOUT_VIEW && ((const StringView *)values)->size > STRING_VIEW_INLINE)
        return false;
    return memcmp(values, values + width, (count - 1) * width) == 0;
}

static void
add_strings(Encoder *encoder, const StringView *views, uint64_t count)
{
    size_t bytes = 0;

    for (uint64_t i = 0; i < count; i++)
        bytes += views[i].size;
    add_part(encoder, PART_STRINGS, views, 0, count, bytes);
}

static void plan_column(Encoder *encoder, const Vector *column, uint64_t first, uint64_t count);

static void
plan_flat(Encoder *encoder, const Vector *column, bool nullable, uint64_t first, uint64_t count)
{
    const size_t width = layout_width(column->layout);
    const char *values = (const char *)column->data + first * width;

    if (nullable)
        add_part(encoder, PART_BITS, column->validity, first, count, bits_words(count) * sizeof(uint64_t));
    if (column->layout == LAYOUT_LIST) {
        /* A builder's lists stand in the order of their rows, without gaps. */
        const ListEntry *entries = (const ListEntry *)values;
        const uint64_t from = count == 0 ? 0 : entries[0].offset;
        const uint64_t to = count == 0 ? 0 : (uint64_t)entries[count - 1].offset + entries[count - 1].count;
        add_part(encoder, PART_ENTRIES, values, from, count, count * width);
        msgpack_pack_uint32(&encoder->packer, (uint32_t)(to - from));
        msgpack_pack_array(&encoder->packer, 1);
        plan_column(encoder, &column->children[0], from, to - from);
    } else {
        msgpack_pack_uint32(&encoder->packer, 0);
        msgpack_pack_array(&encoder->packer, 0);
        if (column->layout == LAYOUT_VIEW) {
            add_part(encoder, PART_SIZES, values, 0, count, count * sizeof(uint32_t));
            add_strings(encoder, (const StringView *)values, count);
        } else {
            add_part(encoder, PART_VALUES, values, 0, count, count * width);
        }
    }
}

static void
plan_column(Encoder *encoder, const Vector *column, uint64_t first, uint64_t count)
{
    const uint64_t nulls =
        column->validity == NULL || count == 0 ? 0 : count - count_range(column->validity, first, count);
    const size_t width = layout_width(column->layout);
    const char *values = width == 0 || count == 0 ? NULL : (const char *)column->data + first * width;
    ChunkForm form = CHUNK_FLAT;

    if (count > 0 && nulls == count)
        form = CHUNK_CONSTANT_NULL;
    else if (nulls == 0 && is_constant(column, values, count))
        form = CHUNK_CONSTANT;

    msgpack_pack_array(&encoder->packer, 5);
    type_pack(&encoder->packer, column->type);
    msgpack_pack_uint8(&encoder->packer, (uint8_t)form);
    if (form == CHUNK_FLAT && nulls > 0)
        msgpack_pack_true(&encoder->packer);
    else
        msgpack_pack_false(&encoder->packer);
    if (form == CHUNK_FLAT) {
        plan_flat(encoder, column, nulls > 0, first, count);
        return;
    }
    msgpack_pack_uint32(&encoder->packer, 0);
    msgpack_pack_array(&encoder->packer, 0);
    if (form == CHUNK_CONSTANT && column->layout == LAYOUT_VIEW)
        add_strings(encoder, (const StringView *)values, 1);
    else if (form == CHUNK_CONSTANT)
        add_part(encoder, PART_VALUES, values, 0, 1, width);
}

static void
write_part(const Part *part, char *to)
{
    const StringView *views = part->source;

    switch (part->kind) {
    case PART_VALUES:
        if (part->size > 0)
            memcpy(to, part->source, part->size);
        break;
    case PART_BITS:
        for (uint64_t i = 0; i < bits_words(part->count); i++) {
            const uint64_t word = range_word(part->source, part->first, part->count, i);
            memcpy(to + i * sizeof word, &word, sizeof word);
        }
        break;
    case PART_SIZES:
        for (uint64_t i = 0; i < part->count; i++)
            memcpy(to + i * sizeof(uint32_t), &views[i].size, sizeof(uint32_t));
        break;
    case PART_STRINGS:
        for (uint64_t i = 0; i < part->count; i++) {
            memcpy(to, string_view_data(&views[i]), views[i].size);
            to += views[i].size;
        }
        break;
    case PART_ENTRIES:
        for (uint64_t i = 0; i < part->count; i++) {
            ListEntry entry = ((const ListEntry *)part->source)[i];
            entry.offset -= (uint32_t)part->first;
            memcpy(to + i * sizeof entry, &entry, sizeof entry);
        }
        break;
    }
}

/* Of msgpack's bin for so many bytes. */
static size_t
bin_header(size_t size)
{
    return size <= UINT8_MAX ? 2 : size <= UINT16_MAX ? 3 : 5;
}

/* Zero bytes to stand in a bin between `at` and the header of the next one. */
static size_t
padding(size_t at, size_t size)
{
    return -(at + bin_header(0) + bin_header(size)) % CHUNK_ALIGNMENT;
}

static void
write_bin_header(Buffer *scratch, char *to, size_t size)
{
    msgpack_packer packer = pack_into(scratch);

    buffer_clear(scratch);
    msgpack_pack_bin(&packer, size);
    memcpy(to, scratch->data, scratch->size);
}

static Status
assemble(const Encoder *encoder, Buffer *head, Budget *budget, Slab **chunk, Error *error)
{
    size_t size = head->size;

    for (size_t i = 0; i < encoder->count; i++) {
        if (encoder->parts[i].size > UINT32_MAX)
            return error_set(error, STATUS_LIMIT_EXCEEDED, "a column of a chunk exceeds 4 GiB");
        size += bin_header(0) + padding(size, encoder->parts[i].size) + bin_header(encoder->parts[i].size);
        size += encoder->parts[i].size;
    }
    Slab *slab = slab_new(budget, size);
    if (slab == NULL)
        return error_set_memory(error);

    size_t at = head->size;
    memcpy(slab->data, head->data, head->size);
    for (size_t i = 0; i < encoder->count; i++) {
        const Part *part = &encoder->parts[i];
        const size_t pad = padding(at, part->size);
        write_bin_header(head, slab->data + at, pad);
        memset(slab->data + at + bin_header(0), 0, pad);
        at += bin_header(0) + pad;
        write_bin_header(head, slab->data + at, part->size);
        at += bin_header(part->size);
        write_part(part, slab->data + at);
        at += part->size;
    }
    assert(at == size);
    *chunk = slab;
    return STATUS_OK;
}

Status
chunk_encode(const RowBuilder *rows, uint64_t first, uint64_t count, Budget *budget, Slab **chunk,
             Error *error)
{
    const uint32_t columns = row_builder_columns(rows);
    Encoder encoder = {0};
    Buffer head = {0};
    msgpack_packer packer = pack_into(&head);
    Status status = STATUS_OK;

    assert(first + count <= row_builder_rows(rows));
    encoder.packer = pack_into(&encoder.columns);
    for (uint32_t i = 0; i < columns; i++) {
        const Vector column = row_builder_column(rows, i);
        plan_column(&encoder, &column, first, count);
    }
    msgpack_pack_array(&packer, CHUNK_HEAD_ITEMS + 2 * encoder.count);
    msgpack_pack_uint8(&packer, CHUNK_VERSION);
    msgpack_pack_uint64(&packer, count);
    msgpack_pack_array(&packer, columns);
    buffer_append(&head, encoder.columns.data, encoder.columns.size);
    if (encoder.failed || encoder.columns.failed || head.failed)
        TRY_GOTO(error_set_memory(error), done);
    status = assemble(&encoder, &head, budget, chunk, error);
done:
    free(encoder.parts);
    buffer_destroy(&encoder.columns);
    buffer_destroy(&head);
    return status;
}

void
chunk_slice(const Vector *columns, uint32_t column_count, uint64_t first, uint32_t count, Vector *slice,
            Batch *batch)
{
    for (uint32_t i = 0; i < column_count; i++)
        slice[i] = vector_slice(&columns[i], first);
    *batch = (Batch){.rows = count, .count = count, .column_count = column_count, .columns = slice};
}
