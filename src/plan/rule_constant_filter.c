/* Conditions that are always true go; one that is never true leaves no rows to read. */
#include "plan/rule.h"

static bool
is_never_true(const Expr *conjunct)
{
    return expr_is_constant(conjunct) && (conjunct->value == NULL || *(const uint8_t *)conjunct->value == 0);
}

static PlanNode *
no_rows(Rewrite *rewrite, const PlanNode *node)
{
    PlanNode *values = plan_node_new(rewrite->arena, PLAN_VALUES, node->column_count, node->columns, 0, NULL);

    rewrite->changed = true;
    return values;
}

/* Drop the constants among conjuncts; true where one of them is never true. */
static bool
drop_constants(Rewrite *rewrite, Expr **conjuncts, uint32_t *count)
{
    uint32_t kept = 0;
    bool never = false;

    for (uint32_t i = 0; i < *count; i++) {
        never = never || is_never_true(conjuncts[i]);
        if (!expr_is_constant(conjuncts[i]))
            conjuncts[kept++] = conjuncts[i];
    }
    rewrite->changed = rewrite->changed || kept != *count;
    *count = kept;
    return never;
}

/* A limit of nothing needs nothing. */
static bool
is_empty_limit(const PlanNode *node)
{
    return (node->kind == PLAN_LIMIT && node->limit.limit == 0) ||
           (node->kind == PLAN_TOP_N && node->sort.limit == 0) ||
           (node->kind == PLAN_PARTITION_TOP && node->partition_top.limit == 0);
}

static Status
simplify(Rewrite *rewrite, PlanNode **slot)
{
    PlanNode *node = *slot;

    if (node->kind == PLAN_SCAN && drop_constants(rewrite, node->scan.filters, &node->scan.filter_count))
        *slot = no_rows(rewrite, node);
    if (is_empty_limit(node))
        *slot = no_rows(rewrite, node);
    if (node->kind != PLAN_FILTER)
        return STATUS_OK;
    if (drop_constants(rewrite, node->filter.conjuncts, &node->filter.conjunct_count))
        *slot = no_rows(rewrite, node);
    else if (node->filter.conjunct_count == 0)
        *slot = node->children[0];
    return STATUS_OK;
}

Status
rule_constant_filter(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, simplify);
}
