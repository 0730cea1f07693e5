/* coordinator/write.h: statements that make tablets: their plans, and the commit of what the tasks wrote. */
#ifndef RUNNEL_COORDINATOR_WRITE_H
#define RUNNEL_COORDINATOR_WRITE_H

#include "coordinator/session.h"
#include "store/store.h"

/* Where rows go: an existing table, or one that the commit creates. */
typedef struct WriteTarget {
    const TableInfo *table;        /* or NULL */
    const TableDefinition *create; /* or NULL */
    uint32_t returned;             /* RETURNING: so many columns behind the target's */
} WriteTarget;

/* Plan the writing of `rows` (of the target's columns, in order). The session becomes a SESSION_WRITE. */
Status write_plan(QuerySession *session, Catalog *catalog, PlanNode *rows, WriteTarget target, Error *error);

/* The same with the partitioning given: what is written first chooses the bounds of range partitions. */
Status write_plan_into(QuerySession *session, Catalog *catalog, PlanNode *rows, WriteTarget target,
                       const PartitionSpec *spec, Error *error);

/* The same for DELETE and UPDATE: the rows' last column numbers the row of the table that goes; of DELETE
 * there is no other one, but what is returned. */
Status write_plan_change(QuerySession *session, Catalog *catalog, PlanNode *rows, WriteTarget target,
                         Error *error);

/* COPY TO: `rows`, which one task gets, become a file below "exports/". */
Status write_plan_file(QuerySession *session, Catalog *catalog, PlanNode *rows, const FileOptions *options,
                       Error *error);

/* Called in a job of the pool, when every task is done: read the tablets' rows from the session's receiver
 * and commit. Of a load, the rows that were set aside come with it. */
Status write_commit(QuerySession *session, Catalog *catalog, Store *store, Error *error);

#endif
