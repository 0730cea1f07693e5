/* plan/distribute.h: the state of cutting a plan into stages; private to the distribute_*.c files.
 *
 * The plan is taken apart bottom up. What is open at any time is a Piece: the top of a stage that is not cut
 * yet, to which operators can be added. Cutting it makes it a stage and opens the piece that consumes it. */
#ifndef RUNNEL_PLAN_DISTRIBUTE_H
#define RUNNEL_PLAN_DISTRIBUTE_H

#include "plan/stage.h"

typedef struct Piece {
    PlanNode *node;
    PlanNode *source; /* of a leaf stage: what its tasks read; NULL in a reduce stage */
    uint32_t
        more_count; /* further leaves, in the order of plan_source_count(): branches of a SET_OPERATION */
    PlanNode **more;
    double groups;  /* leaf: each task keeps a large state of so many groups, so make few; 0: it streams */
    bool has_tasks; /* leaf: task_count and tasks are set */
    uint32_t task_count;
    StageTask *tasks;
    /* Rows that are equal in these columns are in one partition, by the hash of them (0 columns: not known).
     */
    uint32_t hash_count;
    const uint32_t *hash_columns;
} Piece;

typedef struct SharedStage SharedStage;

typedef struct Distribution {
    Arena *arena;
    const Session *session;
    const ClusterShape *shape;
    StagedPlan *plan;
    uint32_t stage_capacity;
    uint32_t exchange_capacity;
    SharedStage *shared; /* WITH queries that have their stage */
    Error *error;
} Distribution;

/* Take a subplan apart. `at_root`: nothing above changes which rows there are, so a LIMIT may be left to the
 * root. */
Status distribute_node(Distribution *d, const PlanNode *node, bool at_root, Piece *piece);

Status distribute_aggregate(Distribution *d, const PlanNode *node, Piece *piece);
Status distribute_join(Distribution *d, const PlanNode *node, Piece *piece);
Status distribute_union(Distribution *d, const PlanNode *node, Piece *piece);
Status distribute_shared(Distribution *d, const PlanNode *node, Piece *piece);
Status distribute_recursive(Distribution *d, const PlanNode *node, Piece *piece);
Status distribute_sort(Distribution *d, const PlanNode *node, Piece *piece);
Status distribute_top_n(Distribution *d, const PlanNode *node, Piece *piece);
Status distribute_partition_top(Distribution *d, const PlanNode *node, Piece *piece);
Status distribute_windows(Distribution *d, const PlanNode *node, Piece *piece);
Status distribute_limit(Distribution *d, const PlanNode *node, bool at_root, Piece *piece);

/* distribute_window.c: rows that agree in the keys come to one task, if they do not yet; without keys, or few
 * rows: all of them do. */
Status distribute_by_keys(Distribution *d, Piece *piece, uint32_t key_count, uint32_t *keys);

/* A copy of a node over another child. */
PlanNode *distribute_copy(Distribution *d, const PlanNode *node, PlanNode *child);

/* Put an operator on top that gives column i of its output from its input's column source(context, i)
 * (UINT32_MAX: computed): what is known of the piece's partitions is carried over. */
void distribute_carry_partitions(Distribution *d, Piece *piece, uint32_t column_count,
                                 uint32_t (*source)(const PlanNode *node, uint32_t column),
                                 const PlanNode *node);

/* One task holds all rows. */
bool distribute_is_single(const Piece *piece);

/* distribute_tasks.c: split what a leaf piece reads into tasks, unless that is done. */
void distribute_make_tasks(Distribution *d, Piece *piece);

/* distribute_stage.c: end the piece's stage with an exchange, of which only form, keys and partitions are
 * set; the piece becomes the consumer's. */
Status distribute_cut(Distribution *d, Piece *piece, const PlanExchange *exchange);

/* One more exchange of a stage that is cut already; `root` is its plan. */
Status distribute_add_output(Distribution *d, uint32_t stage, PlanNode *root, const PlanExchange *exchange,
                             Piece *piece);

/* How many partitions many groups are merged in, for all reducers to have some. */
uint32_t distribute_merge_partitions(const ClusterShape *shape, double groups);

/* Bring all rows to one task, by levels of `combine` (a node to repeat over each level's input; NULL: rows as
 * they are) where there are more producers than one task may merge. */
Status distribute_gather(Distribution *d, Piece *piece, const PlanNode *combine);

/* The last cut: to the process that asked. */
Status distribute_finish(Distribution *d, Piece *piece);

#endif
