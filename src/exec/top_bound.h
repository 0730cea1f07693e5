/* exec/top_bound.h: what a TOP_N tells the scan below it: rows whose first key comes after the bound are not
 * needed.
 *
 * A key is one number whose unsigned order is that of the sort. The TOP_N lowers the bound whenever it knows
 * as many rows as it needs at or before it; all tasks of the node in a process share it, since what one has
 * found no other needs to better. Thread-safe; a bound read late only lets more rows through. */
#ifndef RUNNEL_EXEC_TOP_BOUND_H
#define RUNNEL_EXEC_TOP_BOUND_H

#include "column/batch.h"
#include "column/statistics.h"
#include "plan/plan.h"

#include <stdatomic.h>

typedef struct TopBound {
    struct TopBound *next; /* in the list of who owns them */
    uint32_t node_id;
    _Atomic(uint64_t) key; /* TOP_BOUND_NONE: not known yet */
} TopBound;

#define TOP_BOUND_NONE UINT64_MAX

/* Whether keys of the layout have such numbers. */
bool top_bound_takes(Layout layout);

/* Lower the bound to the row's key; a NULL says nothing. `column` is FLAT. */
void top_bound_lower(TopBound *bound, const SortKey *key, const Vector *column, uint32_t row);

/* Whether some of the rows that the statistics describe may be needed. */
bool top_bound_may_match(uint64_t bound, const SortKey *key, Layout layout,
                         const ColumnStatistics *statistics);

/* The rows of the batch that may be needed, of the column; returns how many. `selection` may not be the
 * batch's. */
uint32_t top_bound_select(uint64_t bound, const SortKey *key, const Vector *column, const Batch *batch,
                          uint32_t *selection);

#endif
