/* exec/join_build.h: the build side of a join: its rows, and how to find them by key.
 *
 * Filled by one task, then immutable: probed by many threads at once. Equal keys form a group; the rows of
 * group g are rows[starts[g]] … rows[starts[g + 1] - 1], or row g alone where `rows` is NULL (keys are
 * unique). */
#ifndef RUNNEL_EXEC_JOIN_BUILD_H
#define RUNNEL_EXEC_JOIN_BUILD_H

#include "column/builder.h"
#include "exec/group_table.h"
#include "plan/plan.h"

typedef struct JoinBuild {
    const PlanNode *node;
    uint32_t key_count;
    const uint32_t *key_columns;
    const PlanJoin *plan;
    Budget *budget;
    size_t charged;      /* for the arrays here */
    RowBuilder *builder; /* NULL once spilled */
    struct SpillPartitions
        *spilled; /* of all rows, by their keys' hash: there is no table (exec/join_spill.h) */
    uint32_t row_count;
    Vector *columns;   /* whole, FLAT, of row_count rows */
    Vector *keys;      /* those of them that are keys */
    GroupTable *table; /* of the keys; NULL where there are none, and where `direct` serves */
    uint32_t *direct;  /* of a dense integer key: group + 1 of direct_min + i, or 0 */
    int64_t direct_min;
    uint64_t direct_size;
    bool has_bounds; /* of a single integer key: min and max of its values */
    int64_t min, max;
    uint64_t *bloom; /* of the groups' hashes, for scans (join_filter.h); NULL: none */
    uint64_t bloom_mask;
    uint32_t group_count;
    uint32_t *row_groups; /* while completing: group of each row, or GROUP_NONE */
    uint32_t next_row;    /* while completing */
    uint32_t *rows;       /* NULL: unique */
    uint32_t *starts;
    uint32_t *null_rows; /* of a MARK join: rows of which a key that is not null safe is NULL */
    uint32_t null_row_count;
    bool complete;
} JoinBuild;

/* `node` is the join. NULL where the budget refuses. */
JoinBuild *join_build_new(const PlanNode *node, Budget *budget);
void join_build_destroy(JoinBuild **self);

Status join_build_append(JoinBuild *build, const Batch *batch, Error *error);
/* After the last append, until *done: makes the table in steps. */
Status join_build_complete(JoinBuild *build, bool *done, Error *error);
/* groups[i] of the i-th row that counts: whose keys (of the join's left columns) are equal; GROUP_NONE where
 * there is none. */
void join_build_find(const JoinBuild *build, const Vector *keys, const Batch *batch, uint32_t *groups);
/* Give up what join_build_complete() has made; rows stay. */
void join_build_drop_table(JoinBuild *build);
size_t join_build_bytes(const JoinBuild *build);

/* Where a task's join finds its build: the task's own, or shared by all tasks of the query in this process.
 */
typedef struct JoinInput {
    const PlanNode *node;
    bool shared;
    bool claimed;     /* this task fills the shared build */
    JoinBuild *build; /* NULL until it was claimed or is ready */
} JoinInput;

#endif
