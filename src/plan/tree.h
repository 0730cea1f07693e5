/* plan/tree.h: the query tree: a staged plan with what its tasks counted, for people and programs.
 *
 * All forms show the same nodes and counters, from one list (TREE_COUNT_LIST). */
#ifndef RUNNEL_PLAN_TREE_H
#define RUNNEL_PLAN_TREE_H

#include "plan/stage.h"

/* The counters of a node; those of several instances add up. */
#define TREE_COUNT_LIST(X)                                                                                   \
    X(rows_in)                                                                                               \
    X(rows_out)                                                                                              \
    X(bytes)                                                                                                 \
    X(time_ns)                                                                                               \
    X(memory_bytes)                                                                                          \
    X(blocks_read)                                                                                           \
    X(blocks_pruned)                                                                                         \
    X(spilled_bytes)

/* What one task did in one plan node. */
typedef struct TreeInstance {
    const char *node; /* where it ran: "worker-2" */
    uint32_t task;
    uint32_t attempt; /* > 0: it was run again */
#define X(name) uint64_t name;
    TREE_COUNT_LIST(X)
#undef X
} TreeInstance;

typedef struct TreeCounters TreeCounters;

/* Counters of a plan's nodes, by node id, in memory of `arena`. */
TreeCounters *tree_counters_new(Arena *arena, const StagedPlan *plan);
/* The instance is copied, but for the name it points to. Unknown node ids are ignored. */
void tree_counters_add(Arena *arena, TreeCounters *counters, uint32_t node, const TreeInstance *instance);

/* A node's instances, in the order in which they were added; `*total` is their sum. */
uint32_t tree_counters_of(const TreeCounters *counters, uint32_t node, const TreeInstance **instances,
                          TreeInstance *total);

typedef struct TreeQuery {
    const char *id;
    const char *state;
    const StagedPlan *plan;
    const TreeCounters *counters; /* NULL: nothing has run */
} TreeQuery;

/* The document of GET /query/{id}/tree. */
void tree_render_json(const TreeQuery *query, Buffer *out);
/* Graphviz. */
void tree_render_dot(const TreeQuery *query, Buffer *out);
/* A picture, of what tree_render_json() gave; false, with nothing appended, where that is not such a tree. */
bool tree_render_svg(const char *json, Buffer *out);
/* Box characters, a node a line; workers below what they scan, with their partitions. */
void tree_render_text(const TreeQuery *query, Buffer *out);

/* EXPLAIN: PostgreSQL's form of a plan. With counters: what happened, too (ANALYZE). */
void plan_explain_text(const StagedPlan *plan, const TreeCounters *counters, bool verbose, Buffer *out);
void plan_explain_json(const StagedPlan *plan, const TreeCounters *counters, Buffer *out);

#endif
