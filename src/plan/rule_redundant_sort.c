/* A SORT whose order nobody above keeps is dropped. */
#include "plan/rule.h"
#include "plan/walk.h"

static bool
depends_on_order(const PlanNode *aggregate)
{
    for (uint32_t i = 0; i < aggregate->aggregate.call_count; i++) {
        if (aggregate->aggregate.calls[i].aggregate->order_dependent)
            return true;
    }
    return false;
}

static bool
forgets_order(const PlanNode *node)
{
    if (node->kind == PLAN_AGGREGATE)
        return !depends_on_order(node);
    return node->kind == PLAN_SORT || node->kind == PLAN_WINDOW || node->kind == PLAN_TOP_N ||
           node->kind == PLAN_PARTITION_TOP || node->kind == PLAN_DISTINCT ||
           node->kind == PLAN_SET_OPERATION || plan_is_join(node);
}

/* Drop sorts at the top of a subplan whose order does not matter. */
static void
drop_sort(Rewrite *rewrite, PlanNode **slot)
{
    while ((*slot)->kind == PLAN_SORT) {
        *slot = (*slot)->children[0];
        rewrite->changed = true;
    }
    if ((*slot)->kind == PLAN_PROJECT || (*slot)->kind == PLAN_FILTER)
        drop_sort(rewrite, &(*slot)->children[0]);
}

static Status
visit(Rewrite *rewrite, PlanNode **slot)
{
    for (uint32_t i = 0; forgets_order(*slot) && i < (*slot)->child_count; i++)
        drop_sort(rewrite, &(*slot)->children[i]);
    return STATUS_OK;
}

Status
rule_redundant_sort(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, visit);
}
