/* plan/tree_parts.h: what the renderings of a query tree have in common; private to tree_*.c and explain.c.
 */
#ifndef RUNNEL_PLAN_TREE_PARTS_H
#define RUNNEL_PLAN_TREE_PARTS_H

#include "plan/tree.h"

/* The stage that a node runs in, by node id; STAGE_ROOT for what the process that asked does. Memory of
 * `arena`. */
const uint32_t *tree_stages(Arena *arena, const StagedPlan *plan);

/* The partitions that a task of a leaf stage reads: "0, 3"; nothing where the table has none. */
void tree_format_partitions(const StageTask *task, Buffer *out);

/* Text with at most `most` bytes, cut at a character, with an ellipsis where it was cut. */
void tree_format_short(const char *text, size_t most, Buffer *out);

/* 1234567 as "1,234,567". */
void tree_format_count(uint64_t count, Buffer *out);
void tree_format_time(uint64_t time_ns, Buffer *out); /* "1.2 ms" */
void tree_format_bytes(uint64_t bytes, Buffer *out);  /* "3.4 MiB" */

/* One node's instances of one place. */
typedef struct TreePlace {
    const char *name;
    uint32_t tasks;
    uint32_t tablets;   /* of a scan */
    uint32_t retried;   /* tasks whose first attempt is not the one that counts */
    TreeInstance total; /* only its counters */
    Buffer partitions;  /* that a scan's tasks read, or that tasks of reducers are */
} TreePlace;

/* Instances of a node put together by where they ran, in the order of their first task. The caller frees each
 * place's `partitions`. `stage` is the node's. */
uint32_t tree_places(Arena *arena, const TreeQuery *query, const PlanNode *node, const Stage *stage,
                     TreePlace **places);

void tree_json_string(const char *text, Buffer *out);              /* with quotes */
void tree_json_members(const TreeInstance *counters, Buffer *out); /* ,"rows_in":1,… */

#endif
