/* Plan nodes that several parts of the binder make. */
#include "sql/bind.h"

#include <string.h>

static bool
is_identity(const PlanNode *input, uint32_t count, Expr **exprs, const char *const *names)
{
    if (count != input->column_count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (exprs[i]->kind != EXPR_COLUMN || exprs[i]->column != i ||
            !type_equal(exprs[i]->type, input->columns[i].type) ||
            strcmp(names[i], input->columns[i].name) != 0)
            return false;
    }
    return true;
}

PlanNode *
bind_project_node(Binder *binder, PlanNode *input, uint32_t count, Expr **exprs, const char *const *names)
{
    if (is_identity(input, count, exprs, names))
        return input;

    PlanColumn *columns = ARENA_ARRAY(binder->arena, PlanColumn, count);
    for (uint32_t i = 0; i < count; i++)
        columns[i] = (PlanColumn){names[i], exprs[i]->type};
    PlanNode *node = plan_node_new(binder->arena, PLAN_PROJECT, count, columns, 1, &input);
    node->project.expressions = exprs;
    return node;
}

void
bind_split_conjuncts(Binder *binder, Expr *condition, uint32_t *count, Expr ***conjuncts)
{
    const bool is_and = condition->kind == EXPR_AND;

    *count = is_and ? condition->argument_count : 1;
    *conjuncts = ARENA_ARRAY(binder->arena, Expr *, *count);
    memcpy(*conjuncts, is_and ? condition->arguments : &condition, *count * sizeof **conjuncts);
}

PlanNode *
bind_filter_node(Binder *binder, PlanNode *input, Expr *condition)
{
    PlanNode *node =
        plan_node_new(binder->arena, PLAN_FILTER, input->column_count, input->columns, 1, &input);

    bind_split_conjuncts(binder, condition, &node->filter.conjunct_count, &node->filter.conjuncts);
    return node;
}

PlanNode *
bind_values_node(Binder *binder, uint32_t rows, uint32_t columns, Expr ***values, const char *const *names)
{
    PlanColumn *plan_columns = ARENA_ARRAY(binder->arena, PlanColumn, columns);

    for (uint32_t i = 0; i < columns; i++)
        plan_columns[i] = (PlanColumn){names[i], values[0][i]->type};
    PlanNode *node = plan_node_new(binder->arena, PLAN_VALUES, columns, plan_columns, 0, NULL);
    node->values.row_count = rows;
    node->values.rows = values;
    return node;
}

PlanNode *
bind_project_outputs(Binder *binder, const Outputs *outputs, PlanNode *input)
{
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, outputs->count + 1);
    const char **names = ARENA_ARRAY(binder->arena, const char *, outputs->count + 1);

    for (uint32_t i = 0; i < outputs->count; i++) {
        exprs[i] = outputs->items[i].expr;
        names[i] = outputs->items[i].name;
    }
    return bind_project_node(binder, input, outputs->count, exprs, names);
}

PlanNode *
bind_one_row(Binder *binder)
{
    Expr ***rows = ARENA_ARRAY(binder->arena, Expr **, 1);

    rows[0] = ARENA_ARRAY(binder->arena, Expr *, 1);
    return bind_values_node(binder, 1, 0, rows, NULL);
}

/* Rows beside one row that their subqueries stand beside. */
Status
bind_rows_node(Binder *binder, SubqueryList *list, uint32_t rows, uint32_t columns, Expr ***values,
               const char *const *names, PlanNode **node)
{
    *node = bind_values_node(binder, rows, columns, values, names);
    if (list->count == 0)
        return STATUS_OK;
    PlanNode *input = bind_one_row(binder);
    for (uint32_t r = 0; r < rows; r++)
        TRY(bind_attach_all(binder, list, &input, columns, values[r]));
    *node = plan_node_new(binder->arena, PLAN_EXPAND, columns, (*node)->columns, 1, &input);
    (*node)->expand.set_count = rows;
    (*node)->expand.sets = values;
    return STATUS_OK;
}
