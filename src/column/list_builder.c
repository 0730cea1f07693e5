#include "column/list_builder.h"

enum { ROOM_LEAST = 64 }; /* values: a word of validity */

Status
list_builder_init(ListBuilder *builder, Arena *arena, Type element, Error *error)
{
    *builder = (ListBuilder){.arena = arena, .vector = vector_flat(element, NULL, NULL)};
    if (element.id != TYPE_LIST)
        return STATUS_OK;
    builder->nested = arena_alloc(arena, sizeof *builder->nested);
    if (builder->nested == NULL)
        return error_set_memory(error);
    return list_builder_init(builder->nested, arena, element.nested->types[0], error);
}

/* Room for one value more. */
static Status
grow(ListBuilder *builder, Error *error)
{
    const size_t width = layout_width(builder->vector.layout);

    if (builder->count < builder->capacity)
        return STATUS_OK;
    if (builder->capacity > UINT32_MAX / 2)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "too many array elements in one operation");
    const uint32_t capacity = builder->capacity == 0 ? ROOM_LEAST : builder->capacity * 2;
    void *data = arena_alloc_aligned(builder->arena, capacity * width, 16);
    uint64_t *validity = arena_alloc(builder->arena, bits_words(capacity) * sizeof *validity);
    if (data == NULL || validity == NULL)
        return error_set_memory(error);
    memset(validity, 0xFF, bits_words(capacity) * sizeof *validity);
    if (builder->count > 0) {
        memcpy(data, builder->vector.data, builder->count * width);
        memcpy(validity, builder->validity, bits_words(builder->count) * sizeof *validity);
    }
    builder->vector.data = data;
    if (builder->vector.validity != NULL)
        builder->vector.validity = validity;
    builder->validity = validity;
    builder->capacity = capacity;
    return STATUS_OK;
}

Status
list_builder_append_value(ListBuilder *builder, const void *value, Error *error)
{
    const size_t width = layout_width(builder->vector.layout);

    TRY(grow(builder, error));
    memcpy((char *)builder->vector.data + builder->count * width, value, width);
    bits_set(builder->validity, builder->count);
    builder->count++;
    return STATUS_OK;
}

Status
list_builder_append_null(ListBuilder *builder, Error *error)
{
    const size_t width = layout_width(builder->vector.layout);

    TRY(grow(builder, error));
    memset((char *)builder->vector.data + builder->count * width, 0, width);
    bits_clear(builder->validity, builder->count);
    builder->vector.validity = builder->validity;
    builder->count++;
    return STATUS_OK;
}

Status
list_builder_append(ListBuilder *builder, const Vector *from, uint32_t row, Error *error)
{
    const size_t width = layout_width(builder->vector.layout);

    if (vector_is_null(from, row))
        return list_builder_append_null(builder, error);
    if (builder->nested == NULL)
        return list_builder_append_value(
            builder, (const char *)vector_values(from) + vector_index(from, row) * width, error);
    ListEntry entry;
    TRY(list_builder_copy(builder->nested, from, row, &entry, error));
    return list_builder_append_value(builder, &entry, error);
}

Status
list_builder_copy(ListBuilder *builder, const Vector *lists, uint32_t row, ListEntry *entry, Error *error)
{
    const ListEntry from = list_entry(lists, row);
    const Vector *elements = list_elements(lists);

    *entry = (ListEntry){.offset = builder->count, .count = from.count};
    for (uint32_t i = 0; i < from.count; i++)
        TRY(list_builder_append(builder, elements, from.offset + i, error));
    return STATUS_OK;
}

Status
list_builder_append_list(ListBuilder *builder, uint32_t first, Error *error)
{
    const ListEntry entry = {.offset = first, .count = builder->nested->count - first};

    return list_builder_append_value(builder, &entry, error);
}

const Vector *
list_builder_vector(ListBuilder *builder)
{
    static const _Alignas(16) char nothing[16];

    if (builder->vector.data == NULL)
        builder->vector.data = nothing;
    if (builder->nested != NULL)
        builder->vector.children = list_builder_vector(builder->nested);
    return &builder->vector;
}
