/* UNION, INTERSECT and EXCEPT of two bound queries.
 *
 * UNION ALL is a SET_OPERATION, UNION a DISTINCT over one. INTERSECT and EXCEPT group the rows of both sides
 * and count how often each stands in either: the counts say whether a row is in the result, and, with ALL,
 * how often. */
#include "sql/bind.h"

#include <string.h>

static const char *const operation_names[] = {"", "UNION", "INTERSECT", "EXCEPT"};

static Expr *
operand_column(Binder *binder, const SetOperand *operand, uint32_t column)
{
    if (operand->literals[column] != NULL)
        return operand->literals[column];
    Expr *expr = expr_column(binder->arena, operand->node->columns[column].type, column);
    expr->position = operand->positions[column];
    return expr;
}

/* The types that the columns of both settle on, with what each side gives for them. */
static Status
settle_columns(Binder *binder, const AstSelect *ast, const SetOperand *left, const SetOperand *right,
               Expr **from_left, Expr **from_right)
{
    const char *name = operation_names[ast->set_operation];
    const bool as_they_are = ast->set_operation == AST_SET_UNION && ast->all;
    Type type;

    for (uint32_t i = 0; i < left->node->column_count; i++) {
        Expr *both[] = {operand_column(binder, left, i), operand_column(binder, right, i)};
        TRY(bind_own_forms(binder, 2, both));
        TRY(bind_common_type(binder, name, 2, both, &type));
        if (!as_they_are)
            TRY(bind_check_equality(binder, type, both[0]->position));
        for (uint32_t side = 0; side < 2; side++) {
            Expr **coerced = side == 0 ? &from_left[i] : &from_right[i];
            const int32_t position = both[side]->position;
            TRY(bind_at(binder, bind_coerce(binder, both[side], type, CAST_IMPLICIT, coerced), position));
        }
    }
    return STATUS_OK;
}

static const char **
column_names(Binder *binder, const PlanNode *node, uint32_t room)
{
    const char **names = ARENA_ARRAY(binder->arena, const char *, node->column_count + room);

    for (uint32_t i = 0; i < node->column_count; i++)
        names[i] = node->columns[i].name;
    return names;
}

static void
add_branches(const PlanNode *node, PlanNode **branches, uint32_t *count)
{
    if (node->kind != PLAN_SET_OPERATION) {
        branches[(*count)++] = (PlanNode *)node;
        return;
    }
    memcpy(branches + *count, node->children, node->child_count * sizeof *branches);
    *count += node->child_count;
}

/* Rows of both, as they are; unions of unions become one. */
static PlanNode *
union_all(Binder *binder, PlanNode *left, PlanNode *right)
{
    PlanNode **branches = ARENA_ARRAY(binder->arena, PlanNode *, left->child_count + right->child_count + 2);
    uint32_t count = 0;

    add_branches(left, branches, &count);
    add_branches(right, branches, &count);
    return plan_node_new(binder->arena, PLAN_SET_OPERATION, left->column_count, left->columns, count,
                         branches);
}

static PlanNode *
without_distinct(PlanNode *node)
{
    return node->kind == PLAN_DISTINCT ? node->children[0] : node;
}

static PlanNode *
distinct_union(Binder *binder, PlanNode *left, PlanNode *right)
{
    PlanNode *all = union_all(binder, without_distinct(left), without_distinct(right));

    return plan_node_new(binder->arena, PLAN_DISTINCT, all->column_count, all->columns, 1, &all);
}

/* The rows with two columns of marks, of which the side's own is set. */
static PlanNode *
mark_side(Binder *binder, PlanNode *node, uint32_t side)
{
    const uint32_t count = node->column_count;
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, count + 2);
    const char **names = column_names(binder, node, 2);
    const bool set = true;

    for (uint32_t i = 0; i < count; i++)
        exprs[i] = expr_column(binder->arena, node->columns[i].type, i);
    for (uint32_t mark = 0; mark < 2; mark++) {
        names[count + mark] = mark == 0 ? "in_left" : "in_right";
        exprs[count + mark] = mark == side ? expr_constant(binder->arena, type_of(TYPE_BOOL), &set)
                                           : expr_null(binder->arena, type_of(TYPE_BOOL));
    }
    return bind_project_node(binder, node, count + 2, exprs, names);
}

/* Each different row once, with how often it stands on either side. */
static Status
count_sides(Binder *binder, PlanNode *left, PlanNode *right, PlanNode **counted)
{
    PlanNode *rows = union_all(binder, mark_side(binder, left, 0), mark_side(binder, right, 1));
    const uint32_t count = left->column_count;
    Grouping grouping = {.count = count, .keys = ARENA_ARRAY(binder->arena, Expr *, count)};
    AggregateList sides = {.count = 2, .items = ARENA_ARRAY(binder->arena, BoundAggregate, 2)};

    for (uint32_t i = 0; i < count; i++)
        grouping.keys[i] = expr_column(binder->arena, rows->columns[i].type, i);
    for (uint32_t side = 0; side < 2; side++) {
        BoundAggregate *aggregate = &sides.items[side];
        Type type = type_of(TYPE_BOOL);
        TRY(aggregate_resolve("count", 1, &type, &aggregate->aggregate, &aggregate->type, binder->error));
        aggregate->argument_count = 1;
        aggregate->arguments[0] = expr_column(binder->arena, type, count + side);
    }
    *counted = rows;
    return bind_aggregate_node(binder, counted, &grouping, &sides);
}

static Status
compare_with_zero(Binder *binder, const char *operator, const PlanNode * counted, uint32_t column,
                  Expr **expr)
{
    const int64_t zero = 0;
    Expr *operands[] = {expr_column(binder->arena, counted->columns[column].type, column),
                        expr_constant(binder->arena, type_of(TYPE_INT8), &zero)};

    return bind_operator(binder, operator, 0, 2, operands, expr);
}

/* Rows that are on the left, and on the right or (EXCEPT) not there. */
static Status
filter_sides(Binder *binder, bool except, PlanNode *counted, PlanNode **node)
{
    const uint32_t left = counted->column_count - 2;
    Expr *conditions[2];

    TRY(compare_with_zero(binder, ">", counted, left, &conditions[0]));
    TRY(compare_with_zero(binder, except ? "=" : ">", counted, left + 1, &conditions[1]));
    *node = bind_filter_node(binder, counted, expr_conjunction(binder->arena, 2, conditions));
    return STATUS_OK;
}

/* How often ALL gives a row: the smaller of the counts, or what the left has more (less than none: none). */
static Status
times_expr(Binder *binder, bool except, const PlanNode *counted, Expr **times)
{
    const uint32_t left = counted->column_count - 2;
    Expr *counts[] = {expr_column(binder->arena, counted->columns[left].type, left),
                      expr_column(binder->arena, counted->columns[left + 1].type, left + 1)};
    Expr *arms[3];

    if (except)
        return bind_operator(binder, "-", 0, 2, counts, times);
    TRY(bind_operator(binder, "<", 0, 2, counts, &arms[0]));
    arms[1] = counts[0];
    arms[2] = counts[1];
    *times = expr_form(binder->arena, EXPR_CASE, counts[0]->type, 3, arms);
    return STATUS_OK;
}

/* The node's columns up to `count`, then `last` where it is given. */
static PlanNode *
first_columns(Binder *binder, PlanNode *node, uint32_t count, Expr *last)
{
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, count + 1);
    const char **names = column_names(binder, node, 1);

    for (uint32_t i = 0; i < count; i++)
        exprs[i] = expr_column(binder->arena, node->columns[i].type, i);
    exprs[count] = last;
    names[count] = "times";
    return bind_project_node(binder, node, count + (last != NULL), exprs, names);
}

static Status
intersect_or_except(Binder *binder, const AstSelect *ast, PlanNode *left, PlanNode *right, PlanNode **node)
{
    const bool except = ast->set_operation == AST_SET_EXCEPT;
    PlanNode *counted;
    Expr *times;

    TRY(count_sides(binder, left, right, &counted));
    if (!ast->all) {
        TRY(filter_sides(binder, except, counted, node));
        *node = first_columns(binder, *node, left->column_count, NULL);
        return STATUS_OK;
    }
    TRY(times_expr(binder, except, counted, &times));
    PlanNode *rows = first_columns(binder, counted, left->column_count, times);
    *node = plan_node_new(binder->arena, PLAN_REPEAT, left->column_count, rows->columns, 1, &rows);
    return STATUS_OK;
}

static Status
check_widths(Binder *binder, const char *name, const SetOperand *left, const SetOperand *right)
{
    if (left->node->column_count == right->node->column_count)
        return STATUS_OK;
    return error_set_at(binder->error, STATUS_SYNTAX, right->positions[0],
                        "each %s query must have the same number of columns", name);
}

Status
bind_settle_operands(Binder *binder, const AstSelect *ast, SetOperand *left, SetOperand *right)
{
    const char *name = operation_names[ast->set_operation];
    const uint32_t count = left->node->column_count;
    const char **names = column_names(binder, left->node, 0);
    Expr **from_left = ARENA_ARRAY(binder->arena, Expr *, count);
    Expr **from_right = ARENA_ARRAY(binder->arena, Expr *, count);

    TRY(check_widths(binder, name, left, right));
    if (count == 0)
        return error_set(binder->error, STATUS_NOT_SUPPORTED, "not supported yet: %s without columns", name);
    TRY(settle_columns(binder, ast, left, right, from_left, from_right));
    left->node = bind_project_node(binder, left->node, count, from_left, names);
    right->node = bind_project_node(binder, right->node, count, from_right, names);
    return STATUS_OK;
}

Status
bind_set_combine(Binder *binder, const AstSelect *ast, SetOperand *left, SetOperand *right, SetOperand *made)
{
    TRY(bind_settle_operands(binder, ast, left, right));
    *made = (SetOperand){.literals = ARENA_ARRAY(binder->arena, Expr *, left->node->column_count),
                         .positions = left->positions};
    if (ast->set_operation != AST_SET_UNION)
        return intersect_or_except(binder, ast, left->node, right->node, &made->node);
    made->node = (ast->all ? union_all : distinct_union)(binder, left->node, right->node);
    return STATUS_OK;
}

Status
bind_set_operation(Binder *binder, const AstSelect *ast, SetOperand *made)
{
    const char *barrier = binder->recursion_barrier;
    SetOperand left;
    SetOperand right;

    if (ast->set_operation == AST_SET_INTERSECT)
        binder->recursion_barrier = "within INTERSECT";
    TRY(bind_set_operand(binder, ast->left, &left));
    if (ast->set_operation == AST_SET_EXCEPT)
        binder->recursion_barrier = "within EXCEPT";
    TRY(bind_set_operand(binder, ast->right, &right));
    binder->recursion_barrier = barrier;
    return bind_set_combine(binder, ast, &left, &right, made);
}
