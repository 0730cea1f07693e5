/* plan/stage.h: a plan cut at its exchanges into stages, and each stage's work into tasks: what is shipped to
 * nodes. */
#ifndef RUNNEL_PLAN_STAGE_H
#define RUNNEL_PLAN_STAGE_H

#include "plan/plan.h"

/* What the planner may count on; taken from membership when the query is planned. */
typedef enum JoinDistribution { JOINS_BY_COST, JOINS_BROADCAST, JOINS_SHUFFLE } JoinDistribution;

typedef struct ClusterShape {
    uint32_t workers;
    uint32_t worker_slots; /* in all workers together */
    uint32_t reducers;
    uint32_t reducer_slots;
    uint32_t
        fan_in; /* the most producers that one task merges; more get a level of combiners. 0: any number */
    JoinDistribution joins; /* other than by cost: where the kind of join allows it */
    uint64_t memory_limit;  /* of the query, in each process; 0: unknown */
} ClusterShape;

/* Rows of a tablet: blocks [first_block, first_block + block_count). */
typedef struct TabletRange {
    uint64_t tablet; /* catalog id: the key in caches */
    const char *path;
    int32_t partition;
    uint32_t first_block;
    uint32_t block_count;
    uint32_t deletions_size; /* of the range's rows (tablet/deletions.h); 0: none is deleted */
    const void *deletions;
} TabletRange;

#define STAGE_ALL_SOURCES UINT32_MAX

typedef struct StageTask {
    uint32_t source; /* which leaf below the stage's SET_OPERATIONs it reads, from the left
                        (plan_source_count()); STAGE_ALL_SOURCES: all of them (VALUES) */
    uint32_t tablet_count;
    const TabletRange *tablets;
    uint32_t file_count;
    const FileRange *files;
    double cost;       /* relative: rows to read */
    uint64_t affinity; /* hash of what it reads; 0: none */
} StageTask;

typedef struct Stage {
    uint32_t id; /* index */
    PlanNode *root;
    bool leaf; /* map stage: its tasks read tablets, files or values; else task p merges partition p */
    bool indeterminate;
    uint32_t task_count;
    StageTask *tasks; /* leaf stages: one a task; else NULL */
    uint32_t input_count;
    uint32_t *inputs; /* exchange ids that its plan reads */
    uint32_t output;  /* exchange id that it feeds; several consumers: see `extra_outputs` */
    uint32_t extra_output_count;
    uint32_t *extra_outputs;
} Stage;

#define STAGE_ROOT UINT32_MAX /* as a consumer: the process that asked; as in flow/graph.h */

typedef struct Exchange {
    uint32_t id;       /* index */
    PlanNode *node;    /* PLAN_EXCHANGE; for the root's: a GATHER node of no stage */
    uint32_t producer; /* stage */
    uint32_t consumer; /* stage, or STAGE_ROOT: the process that asked */
} Exchange;

typedef struct StagedPlan {
    Session session;
    PlanNode *root; /* the whole plan, for the tree; its exchanges are the cuts */
    uint32_t stage_count;
    Stage *stages;
    uint32_t exchange_count;
    Exchange *exchanges;
    uint32_t root_exchange; /* its columns are the result's */
    uint64_t memory_limit;  /* bytes a process may use for the query; 0: the process's default */
    uint64_t tablets_total; /* of the tables scanned, before pruning */
    uint64_t tablets_pruned;
    uint32_t node_count; /* node ids are 1..node_count */
    int64_t root_limit;  /* the root's consumer stops after so many rows; PLAN_NO_LIMIT */
} StagedPlan;

/* Optimise a bound plan: named rules in order, each a function from plan to plan. `rules_fired` (may be NULL)
 * gets their names, a line each. */
Status plan_optimize(Arena *arena, PlanNode *bound, const Session *session, PlanNode **optimized,
                     Buffer *rules_fired, Error *error);

/* Split aggregates, top-n and limits into what runs before and after exchanges, choose broadcast or shuffle,
 * cut into stages, prune tablets and make tasks. */
Status plan_distribute(Arena *arena, PlanNode *optimized, const Session *session, const ClusterShape *shape,
                       StagedPlan **staged, Error *error);

/* What bounds an aggregate's key in one task of its stage: the node's bounds, narrowed to the task's
 * partition where a RANGE exchange on that key feeds it. */
void plan_task_key_bounds(const PlanNode *aggregate, uint32_t key, uint32_t task, ColumnBound *min,
                          ColumnBound *max);

/* The plan as bytes (msgpack), for PLAN messages. */
Status plan_encode(const StagedPlan *plan, Buffer *out, Error *error);
/* Every index and size is checked: hostile bytes end as PROTOCOL. The plan lives in `arena` and does not
 * refer to `bytes` after. */
Status plan_decode(Arena *arena, const void *bytes, size_t size, StagedPlan **plan, Error *error);

#endif
