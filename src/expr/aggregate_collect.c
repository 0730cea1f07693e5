/* Aggregates that keep all their values: string_agg, array_agg, percentile_cont, percentile_disc, mode.
 *
 * Items (expr/collection.h) have as their key what ORDER BY makes, or the value that WITHIN GROUP orders, and
 * what is made of them takes them in order. */
#include "expr/aggregate_parts.h"
#include "expr/collection.h"
#include "expr/datetime.h"
#include "expr/order_key.h"

#include <math.h>
#include <string.h>

enum { STRING_MOST = 1 << 30 };

static inline void
set_key(CollectionItem *item, const StringView *view)
{
    item->key = string_view_data(view);
    item->key_size = view->size;
}

static inline void
set_value(CollectionItem *item, const StringView *view)
{
    item->value = string_view_data(view);
    item->value_size = view->size;
}

/* string_agg(value, separator[, key]) */
static Status
strings_update(AggregateUpdate *update)
{
    const Vector *arguments = update->arguments;
    const bool keyed = update->aggregate->argument_count > 2;

    for (uint32_t i = 0; i < update->count; i++) {
        const uint32_t row = update_row(update, i);
        CollectionItem item = {0};
        if (vector_is_null(&arguments[0], row))
            continue;
        if (keyed)
            set_key(&item, partial_view(&arguments[2], row));
        set_value(&item, partial_view(&arguments[0], row));
        if (!vector_is_null(&arguments[1], row)) {
            const StringView *separator = partial_view(&arguments[1], row);
            item.separator = string_view_data(separator);
            item.separator_size = separator->size;
        }
        TRY(collection_add(update_state(update, i), &item, update->arena, update->error));
    }
    return STATUS_OK;
}

/* array_agg(value[, key]): a value is a byte that puts NULLs last, then its own bytes. */
static Status
array_update(AggregateUpdate *update)
{
    const Vector *arguments = update->arguments;
    const bool keyed = update->aggregate->argument_count > 1;
    Buffer bytes = {0};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < update->count && status == STATUS_OK; i++) {
        const uint32_t row = update_row(update, i);
        const bool null = vector_is_null(&arguments[0], row);
        CollectionItem item = {0};
        buffer_clear(&bytes);
        buffer_append_char(&bytes, (char)null);
        if (!null)
            order_key_append(&arguments[0], row, true, &bytes);
        if (keyed)
            set_key(&item, partial_view(&arguments[1], row));
        item.value = bytes.data;
        item.value_size = (uint32_t)bytes.size;
        status = bytes.failed ? error_set_memory(update->error)
                              : collection_add(update_state(update, i), &item, update->arena, update->error);
    }
    buffer_destroy(&bytes);
    return status;
}

/* percentile(value, fraction, descending), mode(value, descending) */
static Status
values_update(AggregateUpdate *update)
{
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
        const CollectionItem item = {.key = key.data, .key_size = (uint32_t)key.size};
        status = key.failed ? error_set_memory(update->error)
                            : collection_add(collection, &item, update->arena, update->error);
    }
    buffer_destroy(&key);
    return status;
}

/* ---- results ---- */

/* Room for the values and separators of all items, of which the first one's separator is not used. */
static Status
string_begin(Gathering *gathering)
{
    const uint64_t bytes = gathering->collection->bytes;

    if (bytes > STRING_MOST)
        return error_set(gathering->output->error, STATUS_LIMIT_EXCEEDED,
                         "string_agg: the result is longer than 1 GiB");
    gathering->size = 0;
    gathering->text = arena_alloc_aligned(gathering->output->arena, bytes + 1, 1);
    return gathering->text != NULL ? STATUS_OK : error_set_memory(gathering->output->error);
}

static void
append_text(Gathering *gathering, const char *bytes, uint32_t size)
{
    if (size > 0)
        memcpy(gathering->text + gathering->size, bytes, size);
    gathering->size += size;
}

static Status
string_take(Gathering *gathering, const CollectionItem *item)
{
    const uint64_t left = gathering->collection->bytes - gathering->size;

    if ((uint64_t)item->value_size + item->separator_size > left)
        return error_set(gathering->output->error, STATUS_PROTOCOL, "a collection has other items");
    if (gathering->taken > 0)
        append_text(gathering, item->separator, item->separator_size);
    append_text(gathering, item->value, item->value_size);
    return STATUS_OK;
}

static Status
string_end(Gathering *gathering)
{
    ((StringView *)gathering->data)[gathering->index] =
        string_view(gathering->text, (uint32_t)gathering->size);
    return STATUS_OK;
}

/* The items from `first` to `last`, as the order of WITHIN GROUP has them. */
static void
choose_ranks(Gathering *gathering, uint64_t first, uint64_t last)
{
    const uint64_t count = gathering->collection->count;
    const bool descending = gathering->collection->descending;

    gathering->first = descending ? count - 1 - last : first;
    gathering->end = (descending ? count - 1 - first : last) + 1;
}

/* Write the value of a key, whose bytes may go, into values[index] of the output's type. */
static Status
write_value(const Gathering *gathering, const char *key, uint32_t size, void *values, uint32_t index)
{
    const AggregateOutput *output = gathering->output;

    if (type_layout(output->type) == LAYOUT_VIEW && size > STRING_VIEW_INLINE) {
        key = arena_copy_bytes(output->arena, key, size);
        if (key == NULL)
            return error_set_memory(output->error);
    }
    order_key_read(output->type, key, size, values, index);
    return STATUS_OK;
}

static void
disc_choose(Gathering *gathering)
{
    const Collection *collection = gathering->collection;
    const uint64_t rank = (uint64_t)ceil(collection->fraction * (double)collection->count);

    choose_ranks(gathering, rank > 0 ? rank - 1 : 0, rank > 0 ? rank - 1 : 0);
}

static Status
disc_take(Gathering *gathering, const CollectionItem *item)
{
    return write_value(gathering, item->key, item->key_size, gathering->data, gathering->index);
}

/* The most frequent one; of several the first in the order of WITHIN GROUP. */
static Status
mode_begin(Gathering *gathering)
{
    gathering->run = gathering->most = 0;
    return STATUS_OK;
}

static bool
is_last_key(const Gathering *gathering, const CollectionItem *item)
{
    return gathering->taken > 0 && gathering->last.size == item->key_size &&
           (item->key_size == 0 || memcmp(gathering->last.data, item->key, item->key_size) == 0);
}

static void
copy_key(const char *key, size_t size, Buffer *copy)
{
    buffer_clear(copy);
    buffer_append(copy, key, size);
}

/* A run of equal ones that has ended may be the longest. */
static void
close_run(Gathering *gathering)
{
    if (gathering->run < gathering->most + (gathering->collection->descending == 0))
        return;
    gathering->most = gathering->run;
    copy_key(gathering->last.data, gathering->last.size, &gathering->best);
}

static Status
mode_take(Gathering *gathering, const CollectionItem *item)
{
    if (is_last_key(gathering, item)) {
        gathering->run++;
        return STATUS_OK;
    }
    if (gathering->taken > 0)
        close_run(gathering);
    copy_key(item->key, item->key_size, &gathering->last);
    gathering->run = 1;
    return gathering->last.failed || gathering->best.failed ? error_set_memory(gathering->output->error)
                                                            : STATUS_OK;
}

static Status
mode_end(Gathering *gathering)
{
    close_run(gathering);
    if (gathering->best.failed)
        return error_set_memory(gathering->output->error);
    return write_value(gathering, gathering->best.data == NULL ? "" : gathering->best.data,
                       (uint32_t)gathering->best.size, gathering->data, gathering->index);
}

/* The value at a share of the way from one to the other. */
static Status
between(const Gathering *gathering, uint32_t low, uint32_t high, double share)
{
    const AggregateOutput *output = gathering->output;

    if (output->type.id == TYPE_FLOAT8) {
        const double *values = (const double *)gathering->values;
        ((double *)gathering->data)[gathering->index] = values[low] + share * (values[high] - values[low]);
        return STATUS_OK;
    }
    const Interval *values = (const Interval *)gathering->values;
    Interval minus;
    Interval difference;
    Interval part;
    TRY(datetime_interval_negate(&values[low], &minus, output->error));
    TRY(datetime_interval_add(&values[high], &minus, &difference, output->error));
    TRY(datetime_interval_scale(&difference, share, false, &part, output->error));
    return datetime_interval_add(&part, &values[low], &((Interval *)gathering->data)[gathering->index],
                                 output->error);
}

static double
cont_place(const Collection *collection)
{
    return collection->fraction * (double)(collection->count - 1);
}

static void
cont_choose(Gathering *gathering)
{
    const double place = cont_place(gathering->collection);

    choose_ranks(gathering, (uint64_t)floor(place), (uint64_t)ceil(place));
}

static Status
cont_take(Gathering *gathering, const CollectionItem *item)
{
    if (gathering->end - gathering->first == 1)
        return disc_take(gathering, item);
    return write_value(gathering, item->key, item->key_size, gathering->values, (uint32_t)gathering->taken);
}

static Status
cont_end(Gathering *gathering)
{
    const double place = cont_place(gathering->collection);
    const bool descending = gathering->collection->descending;

    if (gathering->end - gathering->first == 1)
        return STATUS_OK;
    return between(gathering, descending ? 1 : 0, descending ? 0 : 1, place - floor(place));
}

/* An array is read from a copy of its key, which ends with the group. */
static Status
append_array(const AggregateOutput *output, const CollectionItem *item, ListBuilder *elements)
{
    const size_t size = item->value_size - 1;
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
append_value(const AggregateOutput *output, const CollectionItem *item, ListBuilder *elements)
{
    const char *bytes = item->value + 1;
    const size_t size = item->value_size - 1;
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
array_begin(Gathering *gathering)
{
    ((ListEntry *)gathering->data)[gathering->index] = (ListEntry){.offset = gathering->elements->count};
    return STATUS_OK;
}

static Status
array_take(Gathering *gathering, const CollectionItem *item)
{
    if (item->value_size == 0)
        return error_set(gathering->output->error, STATUS_PROTOCOL, "a collection has other items");
    return append_value(gathering->output, item, gathering->elements);
}

static Status
array_end(Gathering *gathering)
{
    ListEntry *entry = &((ListEntry *)gathering->data)[gathering->index];

    entry->count = gathering->elements->count - entry->offset;
    return STATUS_OK;
}

static const CollectionClass gather_string = {.begin = string_begin, .take = string_take, .end = string_end};
static const CollectionClass gather_array = {.begin = array_begin, .take = array_take, .end = array_end};
static const CollectionClass gather_disc = {.choose = disc_choose, .take = disc_take};
static const CollectionClass gather_cont = {.choose = cont_choose, .take = cont_take, .end = cont_end};
static const CollectionClass gather_mode = {.begin = mode_begin, .take = mode_take, .end = mode_end};

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

#define COLLECTION(name, count, first, second, third, update, class, description)                            \
    COLLECTION_OF(name, count, first, second, third, update, class, result_same, description)
#define COLLECTION_OF(name_, count_, first, second, third, update_, class_, result_, description_)           \
    {                                                                                                        \
        .name = name_, .argument_count = count_, .arguments = {first, second, third}, .large_state = true,   \
        .state_size = sizeof(Collection), .result_type = result_, .partial_types = collection_partials,      \
        .update = update_, .merge = collection_merge, .emit = collection_emit, .finish = collection_finish,  \
        .collection = &class_, .description = description_                                                   \
    }
#define STRINGS(type, description)                                                                           \
    COLLECTION("string_agg", 2, type, type, TYPE_UNKNOWN, strings_update, gather_string, description),       \
        COLLECTION("string_agg", 3, type, type, TYPE_BYTEA, strings_update, gather_string, description)
#define PERCENTILE(name, type, class, description)                                                           \
    COLLECTION(name, 3, type, TYPE_FLOAT8, TYPE_BOOL, values_update, class, description)

const Aggregate aggregates_collect[] = {
    STRINGS(TYPE_TEXT, "the values with separators between them, in the order of ORDER BY, else their own"),
    STRINGS(TYPE_BYTEA, "the values with separators between them, in the order of ORDER BY, else their own"),
    COLLECTION_OF("array_agg", 1, TYPE_UNKNOWN, TYPE_UNKNOWN, TYPE_UNKNOWN, array_update, gather_array,
                  result_array,
                  "the values as an array, NULLs too, in the order of ORDER BY, else their own"),
    COLLECTION_OF("array_agg", 2, TYPE_UNKNOWN, TYPE_BYTEA, TYPE_UNKNOWN, array_update, gather_array,
                  result_array,
                  "the values as an array, NULLs too, in the order of ORDER BY, else their own"),
    PERCENTILE("percentile_cont", TYPE_FLOAT8, gather_cont,
               "the value at a fraction of the order, between the two next to it (WITHIN GROUP)"),
    PERCENTILE("percentile_cont", TYPE_INTERVAL, gather_cont,
               "the value at a fraction of the order, between the two next to it (WITHIN GROUP)"),
    PERCENTILE("percentile_disc", TYPE_UNKNOWN, gather_disc,
               "the first value at or behind a fraction of the order (WITHIN GROUP)"),
    COLLECTION("mode", 2, TYPE_UNKNOWN, TYPE_BOOL, TYPE_UNKNOWN, values_update, gather_mode,
               "the most frequent value, of several the first (WITHIN GROUP)"),
};
const uint32_t aggregates_collect_count = sizeof aggregates_collect / sizeof aggregates_collect[0];
