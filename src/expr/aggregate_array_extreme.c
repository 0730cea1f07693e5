/* min and max of arrays. An array is kept as the key that orders it, and read back from it in the end. */
#include "expr/aggregate_parts.h"

#include "column/list_builder.h"
#include "expr/order_key.h"

#include <string.h>

/* No key yet: `key` NULL. */
typedef struct Key {
    char *key;
    uint32_t size;
    uint32_t capacity;
} Key;

static Status
keep(AggregateUpdate *update, Key *state, const char *bytes, size_t size, bool greatest)
{
    if (state->key != NULL) {
        const size_t common = size < state->size ? size : state->size;
        const int order = memcmp(bytes, state->key, common);
        const bool more = order != 0 ? order > 0 : size > state->size;
        if (more != greatest || (order == 0 && size == state->size))
            return STATUS_OK;
    }
    if (size > UINT32_MAX / 2)
        return error_set(update->error, STATUS_OUT_OF_MEMORY, "an array takes more than 2 GiB");
    if (state->key == NULL || size > state->capacity) {
        state->capacity = (uint32_t)(2 * size + 1);
        state->key = arena_alloc_aligned(update->arena, state->capacity, 1);
        if (state->key == NULL)
            return error_set_memory(update->error);
    }
    memcpy(state->key, bytes, size);
    state->size = (uint32_t)size;
    return STATUS_OK;
}

static Status
update_keys(AggregateUpdate *update, bool greatest)
{
    const Vector *arrays = &update->arguments[0];
    Buffer key = {0};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < update->count && status == STATUS_OK; i++) {
        const uint32_t row = update_row(update, i);
        if (vector_is_null(arrays, row))
            continue;
        buffer_clear(&key);
        order_key_append(arrays, row, true, &key);
        status = key.failed ? error_set_memory(update->error)
                            : keep(update, update_state(update, i), key.data, key.size, greatest);
    }
    buffer_destroy(&key);
    return status;
}

static Status
merge_keys(AggregateUpdate *update, bool greatest)
{
    const Vector *keys = &update->arguments[0];

    for (uint32_t i = 0; i < update->count; i++) {
        const uint32_t row = update_row(update, i);
        if (vector_is_null(keys, row))
            continue;
        const StringView *key = partial_view(keys, row);
        TRY(keep(update, update_state(update, i), string_view_data(key), key->size, greatest));
    }
    return STATUS_OK;
}

static Status
min_update(AggregateUpdate *update)
{
    return update_keys(update, false);
}

static Status
max_update(AggregateUpdate *update)
{
    return update_keys(update, true);
}

static Status
min_merge(AggregateUpdate *update)
{
    return merge_keys(update, false);
}

static Status
max_merge(AggregateUpdate *update)
{
    return merge_keys(update, true);
}

static Status
emit_keys(AggregateOutput *output)
{
    uint64_t *validity;
    void *data;

    TRY(output_column(output, 0, type_of(TYPE_BYTEA), &data, &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        const Key *state = output_state(output, i);
        StringView *view = &((StringView *)data)[i];
        *view = string_view("", 0);
        bits_put(validity, i, state->key != NULL);
        if (state->key == NULL)
            continue;
        char *bytes = arena_alloc_aligned(output->arena, state->size, 1);
        if (bytes == NULL)
            return error_set_memory(output->error);
        memcpy(bytes, state->key, state->size);
        *view = string_view(bytes, state->size);
    }
    return STATUS_OK;
}

/* The key's bytes are the group's, which ends before the rows do: a copy is read. */
static Status
read_array(AggregateOutput *output, const Key *state, ListBuilder *elements, ListEntry *entry)
{
    const char *bytes = arena_copy_bytes(output->arena, state->key, state->size);
    const Vector *children = NULL;
    ListEntry own;

    if (bytes == NULL ||
        !order_key_read_part(output->type, bytes, bytes + state->size, output->arena, &own, &children))
        return error_set_memory(output->error);
    *entry = (ListEntry){.offset = elements->count, .count = own.count};
    for (uint32_t i = 0; i < own.count; i++)
        TRY(list_builder_append(elements, children, i, output->error));
    return STATUS_OK;
}

static Status
finish_arrays(AggregateOutput *output)
{
    ListBuilder *elements = arena_alloc(output->arena, sizeof *elements);
    uint64_t *validity;
    void *data;

    if (elements == NULL)
        return error_set_memory(output->error);
    TRY(list_builder_init(elements, output->arena, output->type.nested->types[0], output->error));
    TRY(output_column(output, 0, output->type, &data, &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        const Key *state = output_state(output, i);
        ListEntry *entry = &((ListEntry *)data)[i];
        *entry = (ListEntry){0};
        bits_put(validity, i, state->key != NULL);
        if (state->key != NULL)
            TRY(read_array(output, state, elements, entry));
    }
    output->columns[0].children = list_builder_vector(elements);
    return STATUS_OK;
}

static bool
result_same(const Type *arguments, Type *result)
{
    *result = arguments[0];
    return arguments[0].nested != NULL;
}

static uint32_t
key_partials(const Type *arguments, Type *partials)
{
    (void)arguments;
    partials[0] = type_of(TYPE_BYTEA);
    return 1;
}

#define EXTREME(name_, update_, merge_, description_)                                                        \
    {                                                                                                        \
        .name = name_, .argument_count = 1, .arguments = {TYPE_LIST}, .ignores_duplicates = true,            \
        .state_size = sizeof(Key), .result_type = result_same, .partial_types = key_partials,                \
        .update = update_, .merge = merge_, .emit = emit_keys, .finish = finish_arrays,                      \
        .description = description_                                                                          \
    }

const Aggregate aggregates_array_extreme[] = {
    EXTREME("min", min_update, min_merge, "the least array"),
    EXTREME("max", max_update, max_merge, "the greatest array"),
};
const uint32_t aggregates_array_extreme_count =
    sizeof aggregates_array_extreme / sizeof aggregates_array_extreme[0];
