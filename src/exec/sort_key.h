/* exec/sort_key.h: the total order of SORT and TOP_N over rows of flat columns.
 *
 * The first keys are encoded into a 128-bit prefix whose unsigned order is theirs; most comparisons end
 * there. Equal prefixes are compared by the columns that the prefix does not hold whole, then by the
 * remaining columns, ascending. */
#ifndef RUNNEL_EXEC_SORT_KEY_H
#define RUNNEL_EXEC_SORT_KEY_H

#include "column/batch.h"
#include "plan/plan.h"

typedef struct SortItem {
    uint64_t high; /* the prefix */
    uint64_t low;
    uint32_t row;
} SortItem;

typedef struct SortOrder SortOrder;

/* Keys, then the other columns of the node. NULL where memory is out. */
SortOrder *sort_order_new(uint32_t key_count, const SortKey *keys, uint32_t column_count,
                          const PlanColumn *columns);
void sort_order_destroy(SortOrder **self);

/* items[i] for the i-th row that counts; `row` is its physical number plus `base`. */
void sort_order_encode(const SortOrder *order, const Vector *columns, const uint32_t *selection,
                       uint32_t count, uint32_t base, SortItem *items);

/* Sort items by the columns (flat, whole) that their rows index. `scratch` has room for as many items. */
void sort_items(const SortOrder *order, const Vector *columns, SortItem *items, SortItem *scratch,
                size_t count);

/* The order of rows a and b of two sets of columns: below 0 where a comes first, 0 where all is equal. */
int sort_compare_across(const SortOrder *order, const Vector *columns_a, const SortItem *a,
                        const Vector *columns_b, const SortItem *b);

/* A merge of two neighbouring sorted runs [0, middle) and [middle, count) of `from` into `to`, in steps.
 * Start with left = 0, right = middle, out = 0. */
typedef struct SortMerge {
    const SortItem *from;
    SortItem *to;
    size_t middle;
    size_t count;
    size_t left;
    size_t right;
    size_t out;
} SortMerge;

/* Place up to `limit` items more; true once all are. */
bool sort_merge_step(const SortOrder *order, const Vector *columns, SortMerge *merge, size_t limit);

/* Whether the prefix of `a` is above that of `b`, which proves that row to come later. */
static inline bool
sort_prefix_above(const SortItem *a, const SortItem *b)
{
    return a->high > b->high || (a->high == b->high && a->low > b->low);
}

#endif
