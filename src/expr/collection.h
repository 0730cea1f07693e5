/* expr/collection.h: the states of aggregates that keep all their values (string_agg, array_agg,
 * percentile_*, mode): items of bytes in whatever order they come, and what is made of them in order.
 *
 * The order is that of the items' keys, then values, then separators, each by memcmp, so that a result does
 * not depend on which came first. A state sorts its items at the end by itself; where they are too many, its
 * owner takes them out (collection_next(), collection_forget()), has them sorted elsewhere, and gives those
 * that are needed back in order to a Gathering. A state whose items were taken out still counts them, and
 * travels and merges like any other. */
#ifndef RUNNEL_EXPR_COLLECTION_H
#define RUNNEL_EXPR_COLLECTION_H

#include "base/buffer.h"
#include "column/list_builder.h"
#include "expr/aggregate.h"

typedef struct CollectionSegment CollectionSegment;

/* Zeroes are the empty one. */
typedef struct Collection {
    CollectionSegment *first;
    CollectionSegment *last;
    uint64_t count;  /* of all items, taken out or not */
    uint64_t bytes;  /* of the values and separators of all of them */
    uint64_t keyed;  /* whether an item has a key */
    double fraction; /* of percentiles */
    uint64_t descending;
} Collection;

/* Its bytes are the state's, or whoever's gives it. */
typedef struct CollectionItem {
    const char *key;
    const char *value;
    const char *separator;
    uint32_t key_size;
    uint32_t value_size;
    uint32_t separator_size;
} CollectionItem;

/* ---- items ---- */

enum { COLLECTION_HEAD = 3 * sizeof(uint32_t) }; /* of an item in memory */

/* Memory is the arena's. */
Status collection_add(Collection *collection, const CollectionItem *item, Arena *arena, Error *error);

/* A place among the items: zeroes are the first. */
typedef struct CollectionCursor {
    const CollectionSegment *segment;
    const char *at;
} CollectionCursor;

/* The item at the cursor, which moves on; false: there is none. */
bool collection_next(const Collection *collection, CollectionCursor *cursor, CollectionItem *item);
/* The items are kept elsewhere from here on. Their memory stays the arena's. */
void collection_forget(Collection *collection);

/* `merge` and `emit` of such aggregates. */
uint32_t collection_partials(const Type *arguments, Type *partials);
Status collection_merge(AggregateUpdate *update);
Status collection_emit(AggregateOutput *output);

/* The item that stands at `at` in a state's memory, and what is behind it. */
const char *collection_read(const char *at, CollectionItem *item);
/* Where an item stands that collection_next() gave. */
static inline const char *
collection_place(const CollectionItem *item)
{
    return item->key - COLLECTION_HEAD;
}

/* ---- results ---- */

/* What is made of the items of one state, given in order. */
typedef struct Gathering {
    const struct CollectionClass *class;
    AggregateOutput *output;
    const Collection *collection;
    uint32_t index; /* of the result */
    void *data;     /* of the results */
    ListBuilder *elements;
    uint64_t first; /* the items that are needed: [first, end) of the order */
    uint64_t end;
    uint64_t taken;
    _Alignas(16) char values[32]; /* of the two items that a percentile is between */
    char *text;
    uint64_t size;
    uint64_t run;
    uint64_t most;
    Buffer last; /* keys */
    Buffer best;
} Gathering;

typedef struct CollectionClass {
    void (*choose)(Gathering *gathering);  /* first and end; NULL: all of them */
    Status (*begin)(Gathering *gathering); /* NULL: there is nothing to do */
    Status (*take)(Gathering *gathering, const CollectionItem *item);
    Status (*end)(Gathering *gathering); /* NULL: likewise */
} CollectionClass;

/* `finish` of such aggregates. */
Status collection_finish(AggregateOutput *output);
/* Bytes that collection_finish() needs for that state, beyond the state and the result. */
uint64_t collection_sort_bytes(const Collection *collection);

/* The result of output->groups[0], or of the first state, alone: begun, given the items [first, end), ended.
 * Zeroed before, and destroyed at the end whatever happened. Without items the result is NULL, and none are
 * needed. */
Status gathering_begin(Gathering *gathering, AggregateOutput *output);
Status gathering_take(Gathering *gathering, const CollectionItem *item);
Status gathering_end(Gathering *gathering);
void gathering_destroy(Gathering *gathering);

#endif
