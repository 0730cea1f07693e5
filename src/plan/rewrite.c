/* What rules have in common: going over nodes and expressions, conjuncts, renumbering of columns. */
#include "plan/rule.h"
#include "plan/walk.h"

#include <string.h>

Status
rewrite_nodes(Rewrite *rewrite, PlanNode **root, Status (*visit)(Rewrite *rewrite, PlanNode **node))
{
    for (uint32_t i = 0; i < (*root)->child_count; i++)
        TRY(rewrite_nodes(rewrite, &(*root)->children[i], visit));
    return visit(rewrite, root);
}

typedef struct ExpressionVisit {
    Rewrite *rewrite;
    Status (*visit)(Rewrite *rewrite, Expr **expr);
} ExpressionVisit;

static Status
visit_expression(void *context, Expr **expr)
{
    const ExpressionVisit *visit = context;

    return visit->visit(visit->rewrite, expr);
}

Status
rewrite_expressions(Rewrite *rewrite, PlanNode *node, Status (*visit)(Rewrite *rewrite, Expr **expr))
{
    ExpressionVisit context = {rewrite, visit};

    return plan_visit_expressions(node, visit_expression, &context);
}

void
conjuncts_add(Rewrite *rewrite, Conjuncts *list, Expr *conjunct)
{
    if (conjunct->kind == EXPR_AND) {
        for (uint32_t i = 0; i < conjunct->argument_count; i++)
            conjuncts_add(rewrite, list, conjunct->arguments[i]);
        return;
    }
    if ((list->count & (list->count + 1)) == 0) { /* full at 0, 1, 3, 7, … */
        Expr **items = ARENA_ARRAY(rewrite->arena, Expr *, list->count * 2 + 1);
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
    }
    list->items[list->count++] = conjunct;
}

PlanNode *
conjuncts_filter(Rewrite *rewrite, const Conjuncts *list, PlanNode *node)
{
    if (list->count == 0)
        return node;
    PlanNode *filter =
        plan_node_new(rewrite->arena, PLAN_FILTER, node->column_count, node->columns, 1, &node);
    filter->filter.conjunct_count = list->count;
    filter->filter.conjuncts = list->items;
    return filter;
}

bool
columns_are_within(const Expr *expr, uint32_t first, uint32_t end)
{
    if (expr->kind == EXPR_COLUMN)
        return expr->column >= first && expr->column < end;
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (!columns_are_within(expr->arguments[i], first, end))
            return false;
    }
    return true;
}

static void
map_column(Expr *column, void *map)
{
    column->column = ((const uint32_t *)map)[column->column];
}

Expr *
columns_renumbered(Rewrite *rewrite, const Expr *expr, const uint32_t *map)
{
    Expr *copy = expr_copy(rewrite->arena, expr);

    expr_visit_columns(copy, map_column, (void *)map);
    return copy;
}

static void
lower_column(Expr *column, void *by)
{
    column->column -= *(const uint32_t *)by;
}

Expr *
columns_lowered(Rewrite *rewrite, const Expr *expr, uint32_t by)
{
    Expr *copy = expr_copy(rewrite->arena, expr);

    expr_visit_columns(copy, lower_column, &by);
    return copy;
}
