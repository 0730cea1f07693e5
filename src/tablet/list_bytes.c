#include "tablet/list_bytes.h"

#include "column/list_builder.h"

#define HAS_NULLS (UINT32_C(1) << 31)

static void
append_u32(Buffer *out, uint32_t value)
{
    buffer_append(out, &value, sizeof value);
}

static bool
has_nulls(const Vector *elements, ListEntry entry)
{
    for (uint32_t i = 0; i < entry.count; i++) {
        if (vector_is_null(elements, entry.offset + i))
            return true;
    }
    return false;
}

static void
append_validity(const Vector *elements, ListEntry entry, Buffer *out)
{
    for (uint32_t first = 0; first < entry.count; first += 8) {
        unsigned byte = 0;
        for (uint32_t i = first; i < entry.count && i < first + 8; i++)
            byte |= (unsigned)!vector_is_null(elements, entry.offset + i) << (i - first);
        buffer_append_char(out, (char)byte);
    }
}

static void append_list(const Vector *lists, uint32_t row, Buffer *out);

static void
append_element(const Vector *elements, uint32_t row, Buffer *out)
{
    const size_t width = layout_width(elements->layout);
    const char *value = (const char *)vector_values(elements) + vector_index(elements, row) * width;

    if (elements->layout == LAYOUT_VIEW) {
        const StringView *view = (const StringView *)value;
        append_u32(out, view->size);
        buffer_append(out, string_view_data(view), view->size);
    } else if (elements->layout == LAYOUT_LIST) {
        const size_t before = out->size;
        append_u32(out, 0);
        append_list(elements, row, out);
        const uint32_t size = (uint32_t)(out->size - before - sizeof size);
        if (!out->failed)
            memcpy(out->data + before, &size, sizeof size);
    } else {
        buffer_append(out, value, width);
    }
}

static void
append_list(const Vector *lists, uint32_t row, Buffer *out)
{
    const ListEntry entry = list_entry(lists, row);
    const Vector *elements = list_elements(lists);
    const bool nulls = has_nulls(elements, entry);

    append_u32(out, entry.count | (nulls ? HAS_NULLS : 0));
    if (nulls)
        append_validity(elements, entry, out);
    for (uint32_t i = 0; i < entry.count; i++) {
        if (!vector_is_null(elements, entry.offset + i))
            append_element(elements, entry.offset + i, out);
    }
}

static Status
pack_row(const Vector *lists, uint32_t row, Arena *arena, Buffer *bytes, StringView *view, Error *error)
{
    const char *copy;

    *view = (StringView){.size = 0};
    if (vector_is_null(lists, row))
        return STATUS_OK;
    buffer_clear(bytes);
    append_list(lists, row, bytes);
    if (bytes->failed)
        return error_set_memory(error);
    if (list_entry(lists, row).count >= HAS_NULLS || bytes->size > INT32_MAX)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "an array takes more than 2 GiB");
    copy = arena_copy_bytes(arena, bytes->data, bytes->size);
    if (copy == NULL)
        return error_set_memory(error);
    *view = string_view(copy, bytes->size);
    return STATUS_OK;
}

Status
list_bytes_pack(const Vector *lists, uint64_t rows, Arena *arena, Vector *packed, Error *error)
{
    StringView *views = arena_alloc(arena, (rows + 1) * sizeof *views);
    Buffer bytes = {0};
    Status status = views == NULL ? error_set_memory(error) : STATUS_OK;

    for (uint64_t row = 0; row < rows && status == STATUS_OK; row++)
        status = pack_row(lists, (uint32_t)row, arena, &bytes, &views[row], error);
    buffer_destroy(&bytes);
    *packed = vector_flat(type_of(TYPE_BYTEA), views, lists->validity);
    return status;
}

typedef struct Unpacking {
    const char *at;
    const char *end;
    Error *error;
} Unpacking;

static Status
corrupt(const Unpacking *from)
{
    return error_set(from->error, STATUS_CORRUPT, "an array's bytes are damaged");
}

static Status
take(Unpacking *from, size_t size, const char **bytes)
{
    if ((size_t)(from->end - from->at) < size)
        return corrupt(from);
    *bytes = from->at;
    from->at += size;
    return STATUS_OK;
}

static Status
take_u32(Unpacking *from, uint32_t *value)
{
    const char *bytes = NULL; /* compilers do not see that corrupt() never gives OK */

    TRY(take(from, sizeof *value, &bytes));
    memcpy(value, bytes, sizeof *value);
    return STATUS_OK;
}

static Status unpack_list(Unpacking *from, ListBuilder *elements);

static Status
unpack_element(Unpacking *from, ListBuilder *elements)
{
    const Layout layout = elements->vector.layout;
    _Alignas(16) char value[16];
    const char *bytes = NULL;
    uint32_t size;

    if (layout != LAYOUT_VIEW && layout != LAYOUT_LIST) {
        TRY(take(from, layout_width(layout), &bytes));
        memcpy(value, bytes, layout_width(layout));
        if (layout == LAYOUT_BOOL && (unsigned char)value[0] > 1)
            return corrupt(from);
        return list_builder_append_value(elements, value, from->error);
    }
    TRY(take_u32(from, &size));
    TRY(take(from, size, &bytes));
    if (layout == LAYOUT_VIEW) {
        const StringView view = string_view(bytes, size);
        return list_builder_append_value(elements, &view, from->error);
    }
    Unpacking inner = {bytes, bytes + size, from->error};
    const uint32_t first = elements->nested->count;
    TRY(unpack_list(&inner, elements->nested));
    return list_builder_append_list(elements, first, from->error);
}

/* All bytes are one array. */
static Status
unpack_list(Unpacking *from, ListBuilder *elements)
{
    const char *validity = NULL;
    uint32_t count;

    TRY(take_u32(from, &count));
    const bool nulls = (count & HAS_NULLS) != 0;
    count &= ~HAS_NULLS;
    if (nulls)
        TRY(take(from, ((size_t)count + 7) / 8, &validity));
    for (uint32_t i = 0; i < count; i++) {
        if (nulls && ((unsigned char)validity[i / 8] >> (i % 8) & 1) == 0)
            TRY(list_builder_append_null(elements, from->error));
        else
            TRY(unpack_element(from, elements));
    }
    return from->at == from->end ? STATUS_OK : corrupt(from);
}

static Status
unpack_row(const Vector *packed, uint32_t row, ListBuilder *elements, ListEntry *entry, Error *error)
{
    const StringView *view = &((const StringView *)vector_values(packed))[vector_index(packed, row)];
    Unpacking from = {string_view_data(view), string_view_data(view) + view->size, error};

    entry->offset = elements->count;
    TRY(unpack_list(&from, elements));
    entry->count = elements->count - entry->offset;
    return STATUS_OK;
}

Status
list_bytes_unpack(const Vector *packed, Type type, uint32_t count, const uint32_t *selection,
                  uint32_t selected, Arena *arena, Vector *lists, Error *error)
{
    const bool constant = packed->form == VECTOR_CONSTANT;
    const uint32_t rows = constant ? 1 : selection != NULL ? selected : count;
    ListEntry *entries = arena_alloc_zero(arena, (count + 1) * sizeof *entries);
    ListBuilder *elements = arena_alloc(arena, sizeof *elements);

    if (entries == NULL || elements == NULL)
        return error_set_memory(error);
    TRY(list_builder_init(elements, arena, type.nested->types[0], error));
    for (uint32_t i = 0; i < rows; i++) {
        const uint32_t row = !constant && selection != NULL ? selection[i] : i;
        if (!vector_is_null(packed, row))
            TRY(unpack_row(packed, row, elements, &entries[row], error));
    }
    *lists = vector_flat(type, entries, packed->validity);
    lists->form = packed->form;
    lists->children = list_builder_vector(elements);
    return STATUS_OK;
}
