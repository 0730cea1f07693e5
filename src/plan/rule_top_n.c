/* LIMIT over SORT keeps the first rows only, and so does LIMIT over a projection of a SORT. */
#include "plan/rule.h"

static PlanNode *
top_n(Rewrite *rewrite, const PlanNode *limit, PlanNode *sort)
{
    PlanNode *node =
        plan_node_new(rewrite->arena, PLAN_TOP_N, sort->column_count, sort->columns, 1, sort->children);

    node->sort = sort->sort;
    node->sort.limit = (uint64_t)limit->limit.limit;
    node->sort.offset = (uint64_t)limit->limit.offset;
    rewrite->changed = true;
    return node;
}

static Status
combine(Rewrite *rewrite, PlanNode **slot)
{
    const PlanNode *limit = *slot;

    if (limit->kind != PLAN_LIMIT || limit->limit.limit == PLAN_NO_LIMIT)
        return STATUS_OK;
    PlanNode *child = limit->children[0];
    if (child->kind == PLAN_SORT) {
        *slot = top_n(rewrite, limit, child);
    } else if (child->kind == PLAN_PROJECT && child->children[0]->kind == PLAN_SORT) {
        child->children[0] = top_n(rewrite, limit, child->children[0]);
        *slot = child;
    }
    return STATUS_OK;
}

Status
rule_top_n(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, combine);
}
