#include "column/codec.h"

#include "base/unpack.h"
#include "column/codec_format.h"
#include "column/type_codec.h"

typedef struct Decoder {
    const uint8_t *start;
    Unpack head;    /* at the columns' descriptions */
    Unpack buffers; /* at the next buffer's pad */
    uint64_t buffers_left;
    Arena *arena;
    Error *error;
} Decoder;

static Status
malformed(Decoder *decoder, const char *what)
{
    return error_set(decoder->error, STATUS_PROTOCOL, "malformed chunk: %s", what);
}

/* The next buffer, of any size. */
static Status
next_buffer(Decoder *decoder, const void **bytes, size_t *size)
{
    if (decoder->buffers_left == 0)
        return malformed(decoder, "a buffer is missing");
    decoder->buffers_left--;

    size_t pad;
    unpack_binary(&decoder->buffers, &pad);
    *bytes = unpack_binary(&decoder->buffers, size);
    if (decoder->buffers.failed)
        return malformed(decoder, "a buffer is cut short");
    if (((const uint8_t *)*bytes - decoder->start) % CHUNK_ALIGNMENT != 0)
        return malformed(decoder, "a buffer is not aligned");
    return STATUS_OK;
}

/* The next buffer, of `size` bytes, at an address for values of any layout. */
static Status
next_values(Decoder *decoder, uint64_t size, const void **values)
{
    size_t have;

    TRY(next_buffer(decoder, values, &have));
    if (have != size)
        return malformed(decoder, "a buffer has the wrong size");
    if ((uintptr_t)*values % 16 == 0)
        return STATUS_OK;
    void *copy = arena_alloc(decoder->arena, have);
    if (copy == NULL)
        return error_set_memory(decoder->error);
    *values = memcpy(copy, *values, have);
    return STATUS_OK;
}

static Status
check_bools(Decoder *decoder, const uint8_t *values, uint64_t count)
{
    uint8_t seen = 0;

    for (uint64_t i = 0; i < count; i++)
        seen |= values[i];
    return seen > 1 ? malformed(decoder, "a boolean is neither true nor false") : STATUS_OK;
}

static Status
decode_strings(Decoder *decoder, uint64_t rows, Vector *column)
{
    const void *sizes_buffer;
    const void *heap;
    size_t heap_size;

    TRY(next_values(decoder, rows * sizeof(uint32_t), &sizes_buffer));
    TRY(next_buffer(decoder, &heap, &heap_size));
    StringView *views = arena_alloc(decoder->arena, rows * sizeof(StringView));
    if (views == NULL)
        return error_set_memory(decoder->error);

    const uint32_t *sizes = sizes_buffer;
    const char *at = heap;
    const char *end = at + heap_size;
    for (uint64_t i = 0; i < rows; i++) {
        if (sizes[i] > (size_t)(end - at))
            return malformed(decoder, "strings exceed their bytes");
        if (sizes[i] != 0 && column->validity != NULL && !bits_get(column->validity, i))
            return malformed(decoder, "a NULL has bytes");
        views[i] = string_view(at, sizes[i]);
        at += sizes[i];
    }
    if (at != end)
        return malformed(decoder, "there are more bytes than strings");
    column->data = views;
    return STATUS_OK;
}

static Status
decode_constant(Decoder *decoder, ChunkForm form, Vector *column)
{
    const void *value = NULL;
    size_t size = layout_width(column->layout);
    StringView view;

    if (column->layout == LAYOUT_VIEW && form == CHUNK_CONSTANT) {
        TRY(next_buffer(decoder, &value, &size));
        view = string_view(value, size);
        value = &view;
    } else if (form == CHUNK_CONSTANT) {
        TRY(next_values(decoder, size, &value));
        if (column->layout == LAYOUT_BOOL)
            TRY(check_bools(decoder, value, 1));
    }
    *column = vector_constant(decoder->arena, column->type, value);
    if (column->data == NULL || (value == NULL && column->validity == NULL))
        return error_set_memory(decoder->error);
    return STATUS_OK;
}

static Status decode_column(Decoder *decoder, uint64_t rows, const Type *expected, int depth, Vector *column);

static Status
decode_lists(Decoder *decoder, uint64_t rows, uint32_t elements, int depth, Vector *column)
{
    TRY(next_values(decoder, rows * sizeof(ListEntry), &column->data));
    const ListEntry *entries = column->data;
    for (uint64_t i = 0; i < rows; i++) {
        if ((uint64_t)entries[i].offset + entries[i].count > elements)
            return malformed(decoder, "an array exceeds its elements");
    }
    Vector *children = ARENA_NEW(decoder->arena, Vector);
    if (children == NULL)
        return error_set_memory(decoder->error);
    column->children = children;
    return decode_column(decoder, elements, &column->type.nested->types[0], depth + 1, children);
}

static Status
decode_flat(Decoder *decoder, uint64_t rows, bool nullable, uint32_t elements, int depth, Vector *column)
{
    if (nullable) {
        const void *validity;
        TRY(next_values(decoder, bits_words(rows) * sizeof(uint64_t), &validity));
        column->validity = validity;
    }
    switch (column->layout) {
    case LAYOUT_VIEW: return decode_strings(decoder, rows, column);
    case LAYOUT_LIST: return decode_lists(decoder, rows, elements, depth, column);
    default: break;
    }
    TRY(next_values(decoder, rows * layout_width(column->layout), &column->data));
    if (column->layout == LAYOUT_BOOL)
        return check_bools(decoder, column->data, rows);
    return STATUS_OK;
}

static Status
decode_column(Decoder *decoder, uint64_t rows, const Type *expected, int depth, Vector *column)
{
    Unpack *head = &decoder->head;
    const uint32_t items = unpack_array(head);
    const Type type = type_unpack(head, decoder->arena);
    const uint64_t form = unpack_uint(head);
    const bool nullable = unpack_bool(head);
    const uint32_t elements = unpack_below(head, UINT64_C(1) << 32);
    const uint32_t children = unpack_array(head);
    uint32_t wanted = 0;

    if (head->failed || items != 5 || form >= CHUNK_FORM_COUNT || depth > TYPE_DEPTH_MAX)
        return malformed(decoder, "a column is not described");
    if (expected != NULL && !type_equal(type, *expected))
        return malformed(decoder, "a column has another type");
    if (form == CHUNK_FLAT && type.id == TYPE_LIST)
        wanted = type.nested->count;
    if (children != wanted || (form != CHUNK_FLAT && nullable) ||
        (form == CHUNK_CONSTANT && type.id == TYPE_LIST))
        return malformed(decoder, "a column is described wrongly");
    *column = vector_flat(expected != NULL ? *expected : type, NULL, NULL);
    if (form != CHUNK_FLAT)
        return decode_constant(decoder, (ChunkForm)form, column);
    return decode_flat(decoder, rows, nullable, elements, depth, column);
}

Status
chunk_decode(const void *bytes, size_t size, uint32_t column_count, const Type *types, Arena *arena,
             uint64_t *rows, Vector *columns, Error *error)
{
    Decoder decoder = {.start = bytes, .head = unpack_from(bytes, size), .arena = arena, .error = error};

    const uint32_t items = unpack_array(&decoder.head);
    const uint64_t version = unpack_uint(&decoder.head);
    if (!decoder.head.failed && version != CHUNK_VERSION)
        return malformed(&decoder, "unknown version");
    *rows = unpack_uint(&decoder.head);
    if (decoder.head.failed || items < CHUNK_HEAD_ITEMS || items % 2 != CHUNK_HEAD_ITEMS % 2 ||
        *rows > UINT32_MAX)
        return malformed(&decoder, "no head");

    decoder.buffers = decoder.head;
    decoder.buffers_left = (items - CHUNK_HEAD_ITEMS) / 2;
    unpack_skip(&decoder.buffers);
    if (unpack_array(&decoder.head) != column_count || decoder.head.failed)
        return malformed(&decoder, "another number of columns");
    for (uint32_t i = 0; i < column_count; i++)
        TRY(decode_column(&decoder, *rows, types != NULL ? &types[i] : NULL, 0, &columns[i]));
    if (decoder.buffers_left != 0 || decoder.buffers.failed || decoder.buffers.at != decoder.buffers.end)
        return malformed(&decoder, "bytes are left over");
    return STATUS_OK;
}
