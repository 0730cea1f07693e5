/* exec/sorter.h: rows in a total order: in memory, or, where that is out, in sorted runs on disk that are
 * merged as they are read. For SORT, and for operators that need their input in an order.
 *
 *     sorter_add() …, sorter_finish() until done, sorter_next() until end
 *
 * The order is that of exec/sort_key.h: keys, then all other columns. */
#ifndef RUNNEL_EXEC_SORTER_H
#define RUNNEL_EXEC_SORTER_H

#include "exec/operator.h"

typedef struct Sorter Sorter;

/* On behalf of `owner`, whose budgets and counters it uses. `columns` and `keys` must outlive it. */
Status sorter_new(Operator *owner, uint32_t column_count, const PlanColumn *columns, uint32_t key_count,
                  const SortKey *keys, Sorter **made, Error *error);
void sorter_destroy(Sorter **self);

/* Copies the batch's rows. OUT_OF_MEMORY only where nothing can be spilled. */
Status sorter_add(Sorter *sorter, const Batch *batch, Error *error);
/* After the last add, again and again until *done: a bounded step each time. */
Status sorter_finish(Sorter *sorter, bool *done, Error *error);

/* The first rows are not wanted: before the first sorter_next(). */
void sorter_skip(Sorter *sorter, uint64_t rows);
/* The next rows, at most the context's batch_rows, valid until the next call. A batch may be empty before
 * *end, which says that there are no more. */
Status sorter_next(Sorter *sorter, Batch *batch, bool *end, Error *error);

#endif
