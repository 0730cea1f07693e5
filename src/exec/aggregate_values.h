/* exec/aggregate_values.h: values of groups that memory does not hold; private to the aggregation.
 *
 * Aggregates that keep all values (expr/collection.h) may be of groups that do not fit. Where memory is out,
 * all items leave for one external sort, by group, call and item, and what is left of the groups for another
 * one, by group. At the end both are read side by side: a group's states are merged, and say how many items
 * each of its calls has, which are the next ones of the other. Keys are of one group where the order does not
 * tell them apart. */
#ifndef RUNNEL_EXEC_AGGREGATE_VALUES_H
#define RUNNEL_EXEC_AGGREGATE_VALUES_H

#include "column/builder.h"
#include "exec/aggregation.h"
#include "exec/sorter.h"

/* Columns of items behind the keys. */
enum { ITEM_CALL, ITEM_KEY, ITEM_VALUE, ITEM_SEPARATOR, ITEM_COLUMNS };

/* Rows of a Sorter, one by one. */
typedef struct SortedRows {
    Sorter *sorter;
    uint32_t column_count;
    PlanColumn *columns;
    SortKey *keys;
    Vector *filling; /* of a batch that is added */
    bool sorted;
    Batch batch; /* that is read */
    uint32_t next;
} SortedRows;

struct AggregateValues {
    SortedRows groups; /* keys, partial columns */
    SortedRows items;  /* keys, ITEM_COLUMNS */
    Arena *arena;      /* of a batch of items on their way to the sorter */
    bool ready;        /* both are sorted: groups are read */
    bool open;         /* a group is being merged, into the first state */
    RowBuilder *keys;  /* of that group: one row */
    Vector *open_keys;
    RowBuilder *results; /* to emit */
    Type *result_types;
    Arena *result_arena;
    Vector *result;
};

/* aggregate_values_read.c: a step of reading groups and emitting results. */
Status aggregate_values_read(Aggregation *self, bool *done, Error *error);

#endif
