/* The items of a collection: in segments of an arena, of which none is ever copied. */
#include "expr/collection.h"

#include "expr/aggregate_parts.h"

#include <string.h>

enum { SEGMENT_LEAST = 64, SEGMENT_MOST = 64 << 10, STRING_MOST = 1 << 30 };

struct CollectionSegment {
    CollectionSegment *next;
    uint64_t used;
    uint64_t room;
    char bytes[];
};

/* An item's head; key, value and separator follow. Items are not aligned, and stand in one segment. */
typedef struct Head {
    uint32_t key;
    uint32_t value;
    uint32_t separator;
} Head;

_Static_assert(sizeof(Head) == COLLECTION_HEAD, "an item is found by its key");

/* A segment at the end with room for `size` bytes more. */
static Status
reserve(Collection *collection, uint64_t size, uint64_t room, Arena *arena, Error *error)
{
    CollectionSegment *last = collection->last;

    if (last != NULL && last->room - last->used >= size)
        return STATUS_OK;
    if (room < size)
        room = size;
    CollectionSegment *made = arena_alloc_aligned(arena, sizeof *made + room, 8);
    if (made == NULL)
        return error_set_memory(error);
    made->next = NULL;
    made->used = 0;
    made->room = room;
    if (last != NULL)
        last->next = made;
    else
        collection->first = made;
    collection->last = made;
    return STATUS_OK;
}

static uint64_t
next_room(const Collection *collection)
{
    const uint64_t room = collection->last == NULL ? SEGMENT_LEAST : collection->last->room * 2;

    if (room < SEGMENT_LEAST)
        return SEGMENT_LEAST;
    return room < SEGMENT_MOST ? room : SEGMENT_MOST;
}

static inline char *
put(char *at, const void *bytes, uint64_t size)
{
    if (size > 0)
        memcpy(at, bytes, size);
    return at + size;
}

Status
collection_add(Collection *collection, const CollectionItem *item, Arena *arena, Error *error)
{
    const Head head = {item->key_size, item->value_size, item->separator_size};
    const uint64_t size = sizeof head + (uint64_t)head.key + head.value + head.separator;

    TRY(reserve(collection, size, next_room(collection), arena, error));
    char *at = collection->last->bytes + collection->last->used;
    at = put(at, &head, sizeof head);
    at = put(at, item->key, head.key);
    at = put(at, item->value, head.value);
    put(at, item->separator, head.separator);
    collection->last->used += size;
    collection->count++;
    collection->bytes += (uint64_t)head.value + head.separator;
    collection->keyed |= head.key > 0;
    return STATUS_OK;
}

const char *
collection_read(const char *at, CollectionItem *item)
{
    Head head;

    memcpy(&head, at, sizeof head);
    item->key = at + sizeof head;
    item->key_size = head.key;
    item->value = item->key + head.key;
    item->value_size = head.value;
    item->separator = item->value + head.value;
    item->separator_size = head.separator;
    return item->separator + head.separator;
}

bool
collection_next(const Collection *collection, CollectionCursor *cursor, CollectionItem *item)
{
    if (cursor->segment == NULL) {
        cursor->segment = collection->first;
        cursor->at = cursor->segment != NULL ? cursor->segment->bytes : NULL;
    }
    while (cursor->segment != NULL && cursor->at == cursor->segment->bytes + cursor->segment->used) {
        if (cursor->segment->next == NULL)
            return false;
        cursor->segment = cursor->segment->next;
        cursor->at = cursor->segment->bytes;
    }
    if (cursor->segment == NULL)
        return false;
    cursor->at = collection_read(cursor->at, item);
    return true;
}

void
collection_forget(Collection *collection)
{
    collection->first = collection->last = NULL;
}

/* ---- partials ---- */

/* What a partial begins with; the items that were not taken out follow. Without any it is empty. */
typedef struct PartialHead {
    double fraction;
    uint64_t descending;
    uint64_t count;
    uint64_t bytes;
} PartialHead;

uint32_t
collection_partials(const Type *arguments, Type *partials)
{
    (void)arguments;
    partials[0] = type_of(TYPE_BYTEA);
    return 1;
}

/* Whether whole items stand there, and what they are. */
static bool
check_items(const char *at, const char *end, const PartialHead *stated, uint64_t *keyed)
{
    uint64_t count = 0;
    uint64_t bytes = 0;

    for (; at < end; count++) {
        Head head;
        if ((size_t)(end - at) < sizeof head)
            return false;
        memcpy(&head, at, sizeof head);
        const uint64_t size = (uint64_t)head.key + head.value + head.separator;
        at += sizeof head;
        if ((uint64_t)(end - at) < size)
            return false;
        at += size;
        bytes += (uint64_t)head.value + head.separator;
        *keyed |= head.key > 0;
    }
    return count <= stated->count && bytes <= stated->bytes;
}

static Status
merge_partial(Collection *collection, const char *bytes, size_t size, Arena *arena, Error *error)
{
    PartialHead head;

    if (size < sizeof head)
        return error_set(error, STATUS_PROTOCOL, "a partial collection has %zu bytes", size);
    memcpy(&head, bytes, sizeof head);
    bytes += sizeof head;
    size -= sizeof head;
    if (!check_items(bytes, bytes + size, &head, &collection->keyed))
        return error_set(error, STATUS_PROTOCOL, "a partial collection is damaged");
    if (size > 0) {
        TRY(reserve(collection, size, next_room(collection), arena, error));
        put(collection->last->bytes + collection->last->used, bytes, size);
        collection->last->used += size;
    }
    collection->fraction = head.fraction;
    collection->descending = head.descending;
    collection->count += head.count;
    collection->bytes += head.bytes;
    return STATUS_OK;
}

Status
collection_merge(AggregateUpdate *update)
{
    for (uint32_t i = 0; i < update->count; i++) {
        const StringView *view = partial_view(&update->arguments[0], update_row(update, i));
        if (view->size > 0)
            TRY(merge_partial(update_state(update, i), string_view_data(view), view->size, update->arena,
                              update->error));
    }
    return STATUS_OK;
}

static Status
emit_partial(const AggregateOutput *output, const Collection *collection, StringView *view)
{
    const PartialHead head = {collection->fraction, collection->descending, collection->count,
                              collection->bytes};
    uint64_t size = sizeof head;

    for (const CollectionSegment *s = collection->first; s != NULL; s = s->next)
        size += s->used;
    if (size > STRING_MOST)
        return error_set(output->error, STATUS_OUT_OF_MEMORY, "%s: a group's values take more than 1 GiB",
                         output->aggregate->name);
    char *bytes = arena_alloc_aligned(output->arena, size, 1);
    if (bytes == NULL)
        return error_set_memory(output->error);
    char *at = put(bytes, &head, sizeof head);
    for (const CollectionSegment *s = collection->first; s != NULL; s = s->next)
        at = put(at, s->bytes, s->used);
    *view = string_view(bytes, (uint32_t)size);
    return STATUS_OK;
}

Status
collection_emit(AggregateOutput *output)
{
    void *data;

    TRY(output_column(output, 0, type_of(TYPE_BYTEA), &data, NULL));
    for (uint32_t i = 0; i < output->count; i++) {
        const Collection *collection = output_state(output, i);
        StringView *view = &((StringView *)data)[i];
        *view = string_view("", 0);
        if (collection->count > 0)
            TRY(emit_partial(output, collection, view));
    }
    return STATUS_OK;
}
