/* The items of a collection in order, and giving them to what makes the result of them. */
#include "expr/aggregate_parts.h"
#include "expr/collection.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* An item to sort: the first bytes of what tells it from others decide most comparisons. */
typedef struct Place {
    uint64_t prefix;
    const char *item; /* collection_read() */
} Place;

static uint64_t
prefix_of(const char *bytes, uint32_t size)
{
    uint64_t prefix = 0;

    memcpy(&prefix, bytes, size < sizeof prefix ? size : sizeof prefix);
    return be64toh(prefix);
}

static int
compare_bytes(const char *a, size_t a_size, const char *b, size_t b_size)
{
    const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static int
compare_places(const void *left, const void *right)
{
    const Place *a = left;
    const Place *b = right;
    CollectionItem x;
    CollectionItem y;

    if (a->prefix != b->prefix)
        return a->prefix > b->prefix ? 1 : -1;
    collection_read(a->item, &x);
    collection_read(b->item, &y);
    int order = compare_bytes(x.key, x.key_size, y.key, y.key_size);
    if (order == 0)
        order = compare_bytes(x.value, x.value_size, y.value, y.value_size);
    return order != 0 ? order : compare_bytes(x.separator, x.separator_size, y.separator, y.separator_size);
}

/* The sort has room of its own for as many again. */
uint64_t
collection_sort_bytes(const Collection *collection)
{
    return collection->count * 2 * sizeof(Place);
}

/* Room for places, used by one group after the other: malloc memory. */
typedef struct Places {
    Place *places;
    uint64_t room;
} Places;

static Status
reserve(Places *places, uint64_t count, Error *error)
{
    if (count <= places->room)
        return STATUS_OK;
    free(places->places);
    places->places = malloc(count * sizeof(Place));
    places->room = places->places != NULL ? count : 0;
    return places->places != NULL ? STATUS_OK : error_set_memory(error);
}

/* All items in order. */
static Status
sort_items(const Collection *collection, Places *sorted, Error *error)
{
    CollectionCursor cursor = {0};
    uint64_t count = 0;

    TRY(reserve(sorted, collection->count, error));
    Place *places = sorted->places;
    for (CollectionItem item; count < collection->count && collection_next(collection, &cursor, &item);
         count++) {
        places[count].item = collection_place(&item);
        places[count].prefix =
            collection->keyed ? prefix_of(item.key, item.key_size) : prefix_of(item.value, item.value_size);
    }
    if (count < collection->count)
        return error_set(error, STATUS_PROTOCOL, "a collection lacks items");
    if (count > 1)
        qsort(places, count, sizeof *places, compare_places);
    return STATUS_OK;
}

/* ---- one result ---- */

static Status
begin(Gathering *gathering, const Collection *collection, uint32_t index)
{
    gathering->collection = collection;
    gathering->index = index;
    gathering->first = 0;
    gathering->end = collection->count;
    gathering->taken = 0;
    if (gathering->class->choose != NULL && collection->count > 0)
        gathering->class->choose(gathering);
    return gathering->class->begin != NULL ? gathering->class->begin(gathering) : STATUS_OK;
}

Status
gathering_take(Gathering *gathering, const CollectionItem *item)
{
    TRY(gathering->class->take(gathering, item));
    gathering->taken++;
    return STATUS_OK;
}

Status
gathering_end(Gathering *gathering)
{
    if (gathering->collection->count > 0 && gathering->class->end != NULL)
        TRY(gathering->class->end(gathering));
    if (gathering->elements != NULL)
        gathering->output->columns[0].children = list_builder_vector(gathering->elements);
    return STATUS_OK;
}

void
gathering_destroy(Gathering *gathering)
{
    buffer_destroy(&gathering->last);
    buffer_destroy(&gathering->best);
}

/* Room for all results of the output. */
static Status
prepare(Gathering *gathering, AggregateOutput *output, uint64_t **validity)
{
    gathering->class = output->aggregate->collection;
    gathering->output = output;
    if (output->type.id == TYPE_LIST) {
        gathering->elements = arena_alloc(output->arena, sizeof *gathering->elements);
        if (gathering->elements == NULL)
            return error_set_memory(output->error);
        TRY(list_builder_init(gathering->elements, output->arena, output->type.nested->types[0],
                              output->error));
    }
    TRY(output_column(output, 0, output->type, &gathering->data, validity));
    for (uint32_t i = 0; gathering->elements != NULL && i < output->count; i++)
        ((ListEntry *)gathering->data)[i] = (ListEntry){0};
    return STATUS_OK;
}

Status
gathering_begin(Gathering *gathering, AggregateOutput *output)
{
    const Collection *collection = output_state(output, 0);
    uint64_t *validity;

    TRY(prepare(gathering, output, &validity));
    bits_put(validity, 0, collection->count > 0);
    if (collection->count == 0) {
        gathering->collection = collection;
        return STATUS_OK;
    }
    return begin(gathering, collection, 0);
}

/* ---- all results ---- */

static Status
gather_sorted(Gathering *gathering, const Collection *collection, uint32_t index, Places *sorted)
{
    TRY(sort_items(collection, sorted, gathering->output->error));
    TRY(begin(gathering, collection, index));
    for (uint64_t i = gathering->first; i < gathering->end; i++) {
        CollectionItem item;
        collection_read(sorted->places[i].item, &item);
        TRY(gathering_take(gathering, &item));
    }
    return gathering_end(gathering);
}

Status
collection_finish(AggregateOutput *output)
{
    Gathering gathering = {0};
    Places sorted = {0};
    uint64_t *validity = NULL;
    Status status = prepare(&gathering, output, &validity);

    for (uint32_t i = 0; i < output->count && status == STATUS_OK; i++) {
        const Collection *collection = output_state(output, i);
        bits_put(validity, i, collection->count > 0);
        if (collection->count > 0)
            status = gather_sorted(&gathering, collection, i, &sorted);
    }
    if (status == STATUS_OK && gathering.elements != NULL)
        output->columns[0].children = list_builder_vector(gathering.elements);
    gathering_destroy(&gathering);
    free(sorted.places);
    return status;
}
