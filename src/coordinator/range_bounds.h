/* coordinator/range_bounds.h: how range partitions that nobody gave bounds get them: by the first rows that
 * are written to the table, so that each partition gets as many.
 *
 * A load reads some rows of its files. Another statement runs twice: first for a sample of its rows (a
 * SESSION_SAMPLE, whose rows the coordinator takes), then, planned anew, to write them. */
#ifndef RUNNEL_COORDINATOR_RANGE_BOUNDS_H
#define RUNNEL_COORDINATOR_RANGE_BOUNDS_H

#include "column/builder.h"
#include "coordinator/session.h"

/* `partitions` - 1 values from the first column of `rows`, in the session's arena, as PartitionSpec.bounds.
 * INVALID_PARAMETER: all are NULL. */
Status range_bounds_pick(QuerySession *session, const RowBuilder *rows, uint32_t partitions,
                         const void **bounds, Error *error);

/* The session becomes a SESSION_SAMPLE for column `key` of `rows`, which are not optimised yet. */
Status range_bounds_sample(QuerySession *session, PlanNode *rows, uint32_t key, Error *error);

/* In a job of the pool, when that has run: take the sample from the session's receiver, and set the session's
 * range_bounds; *empty where there were no rows. */
Status range_bounds_take(QuerySession *session, Type type, uint32_t partitions, bool *empty, Error *error);

#endif
