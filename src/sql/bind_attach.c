/* Subqueries beside the rows that they are asked for: DEPENDENT_JOINs, whose left columns keep their numbers.
 */
#include "sql/bind.h"

#include <string.h>

static bool
is_placeholder(const Expr *expr)
{
    return expr->kind == EXPR_COLUMN && expr->column >= SUBQUERY_BASE && expr->column < AGGREGATE_BASE;
}

bool
bind_has_subquery(const Expr *expr)
{
    if (is_placeholder(expr))
        return true;
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (bind_has_subquery(expr->arguments[i]))
            return true;
    }
    return false;
}

/* The right side's columns stand behind the left ones. */
static void
place_result(Expr *column, void *context)
{
    if (column->column >= RESULT_BASE && column->column < SUBQUERY_BASE)
        column->column = *(const uint32_t *)context + (column->column - RESULT_BASE);
}

static Expr *
join_condition(Binder *binder, const BoundSubquery *subquery, uint32_t left_width)
{
    Expr *conjuncts[2];
    uint32_t count = 0;

    if (subquery->guard != NULL)
        conjuncts[count++] = subquery->guard;
    if (subquery->condition != NULL)
        conjuncts[count++] = subquery->condition;
    if (count == 0)
        return NULL;
    Expr *condition = expr_copy(binder->arena, expr_conjunction(binder->arena, count, conjuncts));
    expr_visit_columns(condition, place_result, &left_width);
    return condition;
}

static PlanNode *
dependent_join(Binder *binder, const BoundSubquery *subquery, PlanNode *left)
{
    const uint32_t width = left->column_count + subquery->column_count;
    const uint32_t right_width = subquery->plan->column_count;
    const bool mark = subquery->kind == JOIN_MARK;
    PlanColumn *columns = ARENA_ARRAY(binder->arena, PlanColumn, width);
    uint32_t *output = ARENA_ARRAY(binder->arena, uint32_t, width);
    PlanNode *children[2] = {left, subquery->plan};

    for (uint32_t i = 0; i < width; i++) {
        const uint32_t right = i - left->column_count;
        const bool is_left = i < left->column_count;
        output[i] = !is_left && mark ? left->column_count + right_width : i;
        columns[i] = is_left ? left->columns[i]
                     : mark  ? (PlanColumn){"mark", type_of(TYPE_BOOL)}
                             : subquery->plan->columns[right];
    }
    PlanNode *node = plan_node_new(binder->arena, PLAN_DEPENDENT_JOIN, width, columns, 2, children);
    node->join = (PlanJoin){.kind = subquery->kind,
                            .residual = join_condition(binder, subquery, left->column_count),
                            .output_count = width,
                            .output = output};
    return node;
}

static Status
attach_one(Binder *binder, SubqueryList *list, PlanNode **node, BoundSubquery *subquery)
{
    if (subquery->attached)
        return STATUS_OK;
    if (subquery->condition != NULL)
        TRY(bind_attach(binder, list, node, &subquery->condition));
    if (subquery->guard != NULL)
        TRY(bind_attach(binder, list, node, &subquery->guard));
    subquery->attached = true;
    subquery->attached_at = (*node)->column_count;
    *node = dependent_join(binder, subquery, *node);
    return STATUS_OK;
}

Status
bind_attach(Binder *binder, SubqueryList *list, PlanNode **node, Expr **expr)
{
    if (!bind_has_subquery(*expr))
        return STATUS_OK;

    Expr *copy = ARENA_NEW(binder->arena, Expr);
    *copy = **expr;
    if (is_placeholder(*expr)) {
        BoundSubquery *subquery = bind_find_subquery(list, copy->column);
        if (subquery == NULL)
            return error_set_at(binder->error, STATUS_NOT_SUPPORTED, copy->position,
                                "not supported yet: a subquery in an argument of an outer query's aggregate");
        TRY(attach_one(binder, list, node, subquery));
        copy->column = subquery->attached_at + (copy->column - subquery->first);
    }
    if (copy->argument_count > 0)
        copy->arguments = ARENA_ARRAY(binder->arena, Expr *, copy->argument_count);
    for (uint32_t i = 0; i < copy->argument_count; i++) {
        copy->arguments[i] = (*expr)->arguments[i];
        TRY(bind_attach(binder, list, node, &copy->arguments[i]));
    }
    *expr = copy;
    return STATUS_OK;
}

Status
bind_attach_all(Binder *binder, SubqueryList *list, PlanNode **node, uint32_t count, Expr **exprs)
{
    for (uint32_t i = 0; i < count; i++)
        TRY(bind_attach(binder, list, node, &exprs[i]));
    return STATUS_OK;
}

Status
bind_attach_filter(Binder *binder, SubqueryList *list, PlanNode **node, uint32_t count, Expr **conditions)
{
    Expr **plain = ARENA_ARRAY(binder->arena, Expr *, count);
    uint32_t plain_count = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (!bind_has_subquery(conditions[i]))
            plain[plain_count++] = conditions[i];
    }
    if (plain_count > 0)
        *node = bind_filter_node(binder, *node, expr_conjunction(binder->arena, plain_count, plain));
    for (uint32_t i = 0; i < count; i++) {
        if (!bind_has_subquery(conditions[i]))
            continue;
        Expr *condition = conditions[i];
        TRY(bind_attach(binder, list, node, &condition));
        *node = bind_filter_node(binder, *node, condition);
    }
    return STATUS_OK;
}
