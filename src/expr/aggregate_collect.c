/* Aggregates that keep all their values: string_agg, array_agg, percentile_cont, percentile_disc, mode.
 *
 * Values are kept as bytes in whatever order they come and sorted at the end: by the key that ORDER BY makes,
 * then by the value itself, so that the result does not depend on which came first. */
#include "column/list_builder.h"
#include "expr/aggregate_parts.h"
#include "expr/datetime.h"
#include "expr/order_key.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STRING_MOST = 1 << 30, ROOM_LEAST = 64 };

typedef struct Collection {
    char *bytes; /* items one after the other */
    uint64_t size;
    uint64_t capacity;
    uint64_t count;
    double fraction; /* of percentiles */
    uint64_t descending;
} Collection;

/* An item's head; key, value and separator follow. Items are not aligned. */
typedef struct Head {
    uint32_t key;
    uint32_t value;
    uint32_t separator;
} Head;

static Status
reserve(Collection *collection, uint64_t size, Arena *arena, Error *error)
{
    if (collection->capacity - collection->size >= size)
        return STATUS_OK;
    uint64_t capacity = collection->capacity < ROOM_LEAST ? ROOM_LEAST : collection->capacity * 2;
    while (capacity - collection->size < size)
        capacity *= 2;
    char *grown = arena_alloc_aligned(arena, capacity, 1);
    if (grown == NULL)
        return error_set_memory(error);
    if (collection->size > 0)
        memcpy(grown, collection->bytes, collection->size);
    collection->bytes = grown;
    collection->capacity = capacity;
    return STATUS_OK;
}

static Status
add_bytes(Collection *collection, const void *bytes, uint64_t size, Arena *arena, Error *error)
{
    TRY(reserve(collection, size, arena, error));
    if (size > 0)
        memcpy(collection->bytes + collection->size, bytes, size);
    collection->size += size;
    return STATUS_OK;
}

static Status
add_view(Collection *collection, const StringView *view, Arena *arena, Error *error)
{
    return add_bytes(collection, string_view_data(view), view->size, arena, error);
}

static Status
add_item(Collection *collection, const StringView *key, const StringView *value, const StringView *separator,
         Arena *arena, Error *error)
{
    const Head head = {key->size, value->size, separator->size};

    TRY(add_bytes(collection, &head, sizeof head, arena, error));
    TRY(add_view(collection, key, arena, error));
    TRY(add_view(collection, value, arena, error));
    TRY(add_view(collection, separator, arena, error));
    collection->count++;
    return STATUS_OK;
}

/* string_agg(value, separator[, key]) */
static Status
strings_update(AggregateUpdate *update)
{
    const StringView none = string_view("", 0);
    const Vector *arguments = update->arguments;
    const bool keyed = update->aggregate->argument_count > 2;

    for (uint32_t i = 0; i < update->count; i++) {
        const uint32_t row = update_row(update, i);
        if (vector_is_null(&arguments[0], row))
            continue;
        TRY(add_item(update_state(update, i), keyed ? partial_view(&arguments[2], row) : &none,
                     partial_view(&arguments[0], row),
                     vector_is_null(&arguments[1], row) ? &none : partial_view(&arguments[1], row),
                     update->arena, update->error));
    }
    return STATUS_OK;
}

/* array_agg(value[, key]): a value is a byte that puts NULLs last, then its own bytes. */
static Status
array_update(AggregateUpdate *update)
{
    const StringView none = string_view("", 0);
    const Vector *arguments = update->arguments;
    const bool keyed = update->aggregate->argument_count > 1;
    Buffer bytes = {0};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < update->count && status == STATUS_OK; i++) {
        const uint32_t row = update_row(update, i);
        const bool null = vector_is_null(&arguments[0], row);
        buffer_clear(&bytes);
        buffer_append_char(&bytes, (char)null);
        if (!null)
            order_key_append(&arguments[0], row, true, &bytes);
        const StringView view = string_view(bytes.data == NULL ? "" : bytes.data, bytes.size);
        status = bytes.failed
                     ? error_set_memory(update->error)
                     : add_item(update_state(update, i), keyed ? partial_view(&arguments[1], row) : &none,
                                &view, &none, update->arena, update->error);
    }
    buffer_destroy(&bytes);
    return status;
}

/* percentile(value, fraction, descending), mode(value, descending) */
static Status
values_update(AggregateUpdate *update)
{
    const StringView none = string_view("", 0);
    const Vector *arguments = update->arguments;
    const uint32_t last = update->aggregate->argument_count - 1;
    const Vector *fractions = last > 1 ? &arguments[1] : NULL;
    Buffer key = {0};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < update->count && status == STATUS_OK; i++) {
        const uint32_t row = update_row(update, i);
        Collection *collection = update_state(update, i);
        if (vector_is_null(&arguments[0], row) || (fractions != NULL && vector_is_null(fractions, row)))
            continue;
        if (fractions != NULL)
            collection->fraction = ((const double *)vector_values(fractions))[vector_index(fractions, row)];
        collection->descending =
            ((const uint8_t *)vector_values(&arguments[last]))[vector_index(&arguments[last], row)];
        if (fractions != NULL && !(collection->fraction >= 0 && collection->fraction <= 1)) {
            status = error_set(update->error, STATUS_NUMERIC_RANGE,
                               "percentile value %g is not between 0 and 1", collection->fraction);
            break;
        }
        buffer_clear(&key);
        order_key_append(&arguments[0], row, true, &key);
        const StringView view = string_view(key.data == NULL ? "" : key.data, key.size);
        status = key.failed ? error_set_memory(update->error)
                            : add_item(collection, &view, &none, &none, update->arena, update->error);
    }
    buffer_destroy(&key);
    return status;
}

/* A partial: fraction, descending, count, then the items; nothing where there are none. */
enum { PARTIAL_HEAD = 24 };

static bool
check_items(const char *at, const char *end, uint64_t count)
{
    for (; count > 0; count--) {
        Head head;
        if ((size_t)(end - at) < sizeof head)
            return false;
        memcpy(&head, at, sizeof head);
        const uint64_t size = (uint64_t)head.key + head.value + head.separator;
        at += sizeof head;
        if ((uint64_t)(end - at) < size)
            return false;
        at += size;
    }
    return at == end;
}

static Status
collection_merge(AggregateUpdate *update)
{
    for (uint32_t i = 0; i < update->count; i++) {
        const StringView *view = partial_view(&update->arguments[0], update_row(update, i));
        Collection *collection = update_state(update, i);
        const char *bytes = string_view_data(view);
        uint64_t count;
        if (view->size == 0)
            continue;
        if (view->size < PARTIAL_HEAD)
            return error_set(update->error, STATUS_PROTOCOL, "a partial collection has %u bytes", view->size);
        memcpy(&count, bytes + 16, sizeof count);
        if (!check_items(bytes + PARTIAL_HEAD, bytes + view->size, count))
            return error_set(update->error, STATUS_PROTOCOL, "a partial collection is damaged");
        memcpy(&collection->fraction, bytes, sizeof(double));
        memcpy(&collection->descending, bytes + 8, sizeof(uint64_t));
        TRY(add_bytes(collection, bytes + PARTIAL_HEAD, view->size - PARTIAL_HEAD, update->arena,
                      update->error));
        collection->count += count;
    }
    return STATUS_OK;
}

static Status
collection_emit(AggregateOutput *output)
{
    void *data;

    TRY(output_column(output, 0, type_of(TYPE_BYTEA), &data, NULL));
    for (uint32_t i = 0; i < output->count; i++) {
        const Collection *collection = output_state(output, i);
        StringView *view = &((StringView *)data)[i];
        *view = string_view("", 0);
        if (collection->count == 0)
            continue;
        if (collection->size > STRING_MOST)
            return error_set(output->error, STATUS_OUT_OF_MEMORY, "%s: a group's values take more than 1 GiB",
                             output->aggregate->name);
        char *bytes = arena_alloc_aligned(output->arena, PARTIAL_HEAD + collection->size, 1);
        if (bytes == NULL)
            return error_set_memory(output->error);
        memcpy(bytes, &collection->fraction, sizeof(double));
        memcpy(bytes + 8, &collection->descending, sizeof(uint64_t));
        memcpy(bytes + 16, &collection->count, sizeof(uint64_t));
        memcpy(bytes + PARTIAL_HEAD, collection->bytes, collection->size);
        *view = string_view(bytes, PARTIAL_HEAD + collection->size);
    }
    return STATUS_OK;
}

typedef struct Item {
    const char *key;
    const char *value;
    const char *separator;
    Head head;
} Item;

static int
compare_bytes(const char *a, size_t a_size, const char *b, size_t b_size)
{
    const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static int
compare_items(const void *left, const void *right)
{
    const Item *a = left;
    const Item *b = right;
    int order = compare_bytes(a->key, a->head.key, b->key, b->head.key);

    if (order == 0)
        order = compare_bytes(a->value, a->head.value, b->value, b->head.value);
    return order != 0 ? order
                      : compare_bytes(a->separator, a->head.separator, b->separator, b->head.separator);
}

/* The items in order, in malloc memory; NULL where there is none to be had. */
static Item *
sort_items(const Collection *collection)
{
    Item *items = malloc(collection->count * sizeof *items);
    const char *at = collection->bytes;

    for (uint64_t i = 0; items != NULL && i < collection->count; i++) {
        memcpy(&items[i].head, at, sizeof(Head));
        items[i].key = at + sizeof(Head);
        items[i].value = items[i].key + items[i].head.key;
        items[i].separator = items[i].value + items[i].head.value;
        at = items[i].separator + items[i].head.separator;
    }
    if (items != NULL)
        qsort(items, collection->count, sizeof *items, compare_items);
    return items;
}

static Status
join_items(const Collection *collection, const Item *items, Arena *arena, StringView *view, Error *error)
{
    uint64_t size = 0;

    for (uint64_t i = 0; i < collection->count; i++)
        size += items[i].head.value + (i > 0 ? items[i].head.separator : 0);
    if (size > STRING_MOST)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "string_agg: the result is longer than 1 GiB");
    char *bytes = arena_alloc_aligned(arena, size + 1, 1);
    if (bytes == NULL)
        return error_set_memory(error);
    char *end = bytes;
    for (uint64_t i = 0; i < collection->count; i++) {
        const uint32_t separator = i > 0 ? items[i].head.separator : 0;
        memcpy(end, items[i].separator, separator);
        memcpy(end + separator, items[i].value, items[i].head.value);
        end += separator + items[i].head.value;
    }
    *view = string_view(bytes, size);
    return STATUS_OK;
}

/* What to make of a group's items, which are one at least, in order. */
typedef Status (*Finisher)(const AggregateOutput *output, const Collection *collection, const Item *items,
                           void *data, uint32_t index);

static Status
finish(AggregateOutput *output, Finisher finisher)
{
    uint64_t *validity;
    void *data;

    TRY(output_column(output, 0, output->type, &data, &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        const Collection *collection = output_state(output, i);
        bits_put(validity, i, collection->count > 0);
        if (collection->count == 0)
            continue;
        Item *items = sort_items(collection);
        const Status status =
            items == NULL ? error_set_memory(output->error) : finisher(output, collection, items, data, i);
        free(items);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static Status
make_string(const AggregateOutput *output, const Collection *collection, const Item *items, void *data,
            uint32_t index)
{
    return join_items(collection, items, output->arena, &((StringView *)data)[index], output->error);
}

/* Item `rank` as the order of WITHIN GROUP has it. */
static const Item *
item_at(const Collection *collection, const Item *items, uint64_t rank)
{
    return &items[collection->descending ? collection->count - 1 - rank : rank];
}

static Status
write_item(const AggregateOutput *output, const Item *item, void *data, uint32_t index)
{
    const char *bytes = item->key;

    if (type_layout(output->type) == LAYOUT_VIEW && item->head.key > STRING_VIEW_INLINE) {
        bytes = arena_copy_bytes(output->arena, item->key, item->head.key);
        if (bytes == NULL)
            return error_set_memory(output->error);
    }
    order_key_read(output->type, bytes, item->head.key, data, index);
    return STATUS_OK;
}

static Status
make_disc(const AggregateOutput *output, const Collection *collection, const Item *items, void *data,
          uint32_t index)
{
    const uint64_t rank = (uint64_t)ceil(collection->fraction * (double)collection->count);

    return write_item(output, item_at(collection, items, rank > 0 ? rank - 1 : 0), data, index);
}

/* The most frequent one; of several the first in order. */
static Status
make_mode(const AggregateOutput *output, const Collection *collection, const Item *items, void *data,
          uint32_t index)
{
    uint64_t best = 0;
    uint64_t most = 0;
    uint64_t run = 0;

    for (uint64_t i = 0; i < collection->count; i++) {
        const Item *item = item_at(collection, items, i);
        const Item *before = i > 0 ? item_at(collection, items, i - 1) : NULL;
        const bool same =
            before != NULL && compare_bytes(item->key, item->head.key, before->key, before->head.key) == 0;
        run = same ? run + 1 : 1;
        if (run > most) {
            most = run;
            best = i;
        }
    }
    return write_item(output, item_at(collection, items, best), data, index);
}

static Status
between(const AggregateOutput *output, const Item *low, const Item *high, double share, void *data,
        uint32_t index)
{
    if (output->type.id == TYPE_FLOAT8) {
        double values[2];
        order_key_read(output->type, low->key, low->head.key, values, 0);
        order_key_read(output->type, high->key, high->head.key, values, 1);
        ((double *)data)[index] = values[0] + share * (values[1] - values[0]);
        return STATUS_OK;
    }
    Interval values[2];
    Interval minus;
    Interval difference;
    Interval part;
    order_key_read(output->type, low->key, low->head.key, values, 0);
    order_key_read(output->type, high->key, high->head.key, values, 1);
    TRY(datetime_interval_negate(&values[0], &minus, output->error));
    TRY(datetime_interval_add(&values[1], &minus, &difference, output->error));
    TRY(datetime_interval_scale(&difference, share, false, &part, output->error));
    return datetime_interval_add(&part, &values[0], &((Interval *)data)[index], output->error);
}

static Status
make_cont(const AggregateOutput *output, const Collection *collection, const Item *items, void *data,
          uint32_t index)
{
    const double place = collection->fraction * (double)(collection->count - 1);
    const uint64_t first = (uint64_t)floor(place);
    const uint64_t second = (uint64_t)ceil(place);
    const Item *low = item_at(collection, items, first);

    if (first == second)
        return write_item(output, low, data, index);
    return between(output, low, item_at(collection, items, second), place - (double)first, data, index);
}

/* An array is read from a copy of its key, which ends with the group. */
static Status
append_array(const AggregateOutput *output, const Item *item, ListBuilder *elements)
{
    const size_t size = item->head.value - 1;
    const char *bytes = arena_copy_bytes(output->arena, item->value + 1, size);
    const Vector *children = NULL;
    ListEntry entry;

    if (bytes == NULL ||
        !order_key_read_part(elements->vector.type, bytes, bytes + size, output->arena, &entry, &children))
        return error_set_memory(output->error);
    const uint32_t first = elements->nested->count;
    for (uint32_t i = 0; i < entry.count; i++)
        TRY(list_builder_append(elements->nested, children, i, output->error));
    return list_builder_append_list(elements, first, output->error);
}

static Status
append_value(const AggregateOutput *output, const Item *item, ListBuilder *elements)
{
    const char *bytes = item->value + 1;
    const size_t size = item->head.value - 1;
    _Alignas(16) char value[16];

    if (item->value[0] != 0)
        return list_builder_append_null(elements, output->error);
    if (elements->nested != NULL)
        return append_array(output, item, elements);
    if (elements->vector.layout == LAYOUT_VIEW && size > STRING_VIEW_INLINE) {
        bytes = arena_copy_bytes(output->arena, bytes, size);
        if (bytes == NULL)
            return error_set_memory(output->error);
    }
    order_key_read(elements->vector.type, bytes, size, value, 0);
    return list_builder_append_value(elements, value, output->error);
}

static Status
make_array(const AggregateOutput *output, const Collection *collection, ListBuilder *elements,
           ListEntry *entry)
{
    Item *items = sort_items(collection);
    Status status = items == NULL ? error_set_memory(output->error) : STATUS_OK;

    *entry = (ListEntry){.offset = elements->count};
    for (uint64_t i = 0; i < collection->count && status == STATUS_OK; i++)
        status = append_value(output, &items[i], elements);
    entry->count = elements->count - entry->offset;
    free(items);
    return status;
}

static Status
finish_array(AggregateOutput *output)
{
    ListBuilder *elements = arena_alloc(output->arena, sizeof *elements);
    uint64_t *validity;
    void *data;

    if (elements == NULL)
        return error_set_memory(output->error);
    TRY(list_builder_init(elements, output->arena, output->type.nested->types[0], output->error));
    TRY(output_column(output, 0, output->type, &data, &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        const Collection *collection = output_state(output, i);
        ListEntry *entry = &((ListEntry *)data)[i];
        *entry = (ListEntry){0};
        bits_put(validity, i, collection->count > 0);
        if (collection->count > 0)
            TRY(make_array(output, collection, elements, entry));
    }
    output->columns[0].children = list_builder_vector(elements);
    return STATUS_OK;
}

#define FINISHER(name)                                                                                       \
    static Status finish_##name(AggregateOutput *output)                                                     \
    {                                                                                                        \
        return finish(output, make_##name);                                                                  \
    }

FINISHER(string)
FINISHER(disc)
FINISHER(mode)
FINISHER(cont)

static bool
result_same(const Type *arguments, Type *result)
{
    *result = arguments[0];
    return arguments[0].id != TYPE_LIST;
}

static bool
result_array(const Type *arguments, Type *result)
{
    if (!type_can_be_element(arguments[0]))
        return false;
    *result = type_list(arguments[0]);
    return true;
}

static uint32_t
collection_partials(const Type *arguments, Type *partials)
{
    (void)arguments;
    partials[0] = type_of(TYPE_BYTEA);
    return 1;
}

#define COLLECTION(name, count, first, second, third, update, finish, description)                           \
    COLLECTION_OF(name, count, first, second, third, update, finish, result_same, description)
#define COLLECTION_OF(name_, count_, first, second, third, update_, finish_, result_, description_)          \
    {                                                                                                        \
        .name = name_, .argument_count = count_, .arguments = {first, second, third}, .large_state = true,   \
        .state_size = sizeof(Collection), .result_type = result_, .partial_types = collection_partials,      \
        .update = update_, .merge = collection_merge, .emit = collection_emit, .finish = finish_,            \
        .description = description_                                                                          \
    }
#define STRINGS(type, description)                                                                           \
    COLLECTION("string_agg", 2, type, type, TYPE_UNKNOWN, strings_update, finish_string, description),       \
        COLLECTION("string_agg", 3, type, type, TYPE_BYTEA, strings_update, finish_string, description)
#define PERCENTILE(name, type, finish, description)                                                          \
    COLLECTION(name, 3, type, TYPE_FLOAT8, TYPE_BOOL, values_update, finish, description)

const Aggregate aggregates_collect[] = {
    STRINGS(TYPE_TEXT, "the values with separators between them, in the order of ORDER BY, else their own"),
    STRINGS(TYPE_BYTEA, "the values with separators between them, in the order of ORDER BY, else their own"),
    COLLECTION_OF("array_agg", 1, TYPE_UNKNOWN, TYPE_UNKNOWN, TYPE_UNKNOWN, array_update, finish_array,
                  result_array,
                  "the values as an array, NULLs too, in the order of ORDER BY, else their own"),
    COLLECTION_OF("array_agg", 2, TYPE_UNKNOWN, TYPE_BYTEA, TYPE_UNKNOWN, array_update, finish_array,
                  result_array,
                  "the values as an array, NULLs too, in the order of ORDER BY, else their own"),
    PERCENTILE("percentile_cont", TYPE_FLOAT8, finish_cont,
               "the value at a fraction of the order, between the two next to it (WITHIN GROUP)"),
    PERCENTILE("percentile_cont", TYPE_INTERVAL, finish_cont,
               "the value at a fraction of the order, between the two next to it (WITHIN GROUP)"),
    PERCENTILE("percentile_disc", TYPE_UNKNOWN, finish_disc,
               "the first value at or behind a fraction of the order (WITHIN GROUP)"),
    COLLECTION("mode", 2, TYPE_UNKNOWN, TYPE_BOOL, TYPE_UNKNOWN, values_update, finish_mode,
               "the most frequent value, of several the first (WITHIN GROUP)"),
};
const uint32_t aggregates_collect_count = sizeof aggregates_collect / sizeof aggregates_collect[0];
