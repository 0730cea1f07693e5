/* Conditions that are always true go; one that is never true leaves no rows to read. */
#include "plan/rule.h"

#include "expr/function.h"

#include <string.h>

/* Whether the expression can never be true, or with `wanted` false, never be false. NULL is neither, so that
 * `NULL AND x` never holds, whatever x is, nor does `NOT (NULL OR x)`. */
static bool
is_never(const Expr *expr, bool wanted)
{
    const bool any =
        (expr->kind == EXPR_AND) == wanted; /* one arm that never is will do; else all are asked */

    if (expr_is_constant(expr))
        return expr->value == NULL || (*(const uint8_t *)expr->value != 0) != wanted;
    if (expr->kind == EXPR_CALL && expr->argument_count == 1 && strcmp(expr->function->name, "not") == 0)
        return is_never(expr->arguments[0], !wanted);
    if (expr->kind != EXPR_AND && expr->kind != EXPR_OR)
        return false;
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (is_never(expr->arguments[i], wanted) == any)
            return any;
    }
    return !any;
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
        never = never || is_never(conjuncts[i], true);
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
