/* DISTINCT over all columns is a GROUP BY without aggregates. */
#include "plan/rule.h"

static Status
group_instead(Rewrite *rewrite, PlanNode **slot)
{
    PlanNode *node = *slot;

    if (node->kind != PLAN_DISTINCT)
        return STATUS_OK;
    PlanNode *group =
        plan_node_new(rewrite->arena, PLAN_AGGREGATE, node->column_count, node->columns, 1, node->children);
    group->aggregate.key_count = node->column_count;
    group->aggregate.keys = ARENA_ARRAY(rewrite->arena, uint32_t, node->column_count);
    for (uint32_t i = 0; i < node->column_count; i++)
        group->aggregate.keys[i] = i;
    *slot = group;
    rewrite->changed = true;
    return STATUS_OK;
}

Status
rule_distinct(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, group_instead);
}
