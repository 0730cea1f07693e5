/* Subqueries in expressions: bound with the rows around them in sight, and kept in the place's list until the
 * rows that they are asked for are complete. */
#include "plan/property.h"
#include "sql/bind.h"

#include <string.h>

static uint32_t
add_subquery(Binder *binder, SubqueryList *list, BoundSubquery subquery)
{
    if (list->count == list->capacity) {
        BoundSubquery *grown = ARENA_ARRAY(binder->arena, BoundSubquery, list->capacity * 2 + 4);
        if (list->count > 0)
            memcpy(grown, list->items, list->count * sizeof *grown);
        list->items = grown;
        list->capacity = list->capacity * 2 + 4;
    }
    subquery.first = SUBQUERY_BASE + list->column_count;
    list->column_count += subquery.column_count;
    list->items[list->count++] = subquery;
    return subquery.first;
}

BoundSubquery *
bind_find_subquery(const SubqueryList *list, uint32_t column)
{
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        BoundSubquery *subquery = &list->items[i];
        if (column >= subquery->first && column < subquery->first + subquery->column_count)
            return subquery;
    }
    return NULL;
}

const Guard *
bind_guard(Binder *binder, const Guard *outer, Expr *condition, const char *test)
{
    Guard *guard = ARENA_NEW(binder->arena, Guard);

    *guard = (Guard){.condition = condition, .test = test, .outer = outer};
    return guard;
}

/* All guards around the place, as one condition. */
static Status
guarded(Binder *binder, const Guard *guard, Expr **condition)
{
    Expr *tests[2];

    *condition = NULL;
    for (; guard != NULL; guard = guard->outer) {
        Expr *argument = guard->condition;
        TRY(bind_resolved_call(binder, guard->test, 0, 1, &argument, &tests[0]));
        tests[1] = *condition;
        *condition =
            tests[1] == NULL ? tests[0] : expr_form(binder->arena, EXPR_AND, type_of(TYPE_BOOL), 2, tests);
    }
    return STATUS_OK;
}

Status
bind_inner_select(Binder *binder, const ExprPlace *place, const AstExpr *ast, PlanNode **plan)
{
    const OuterRows rows = {.place = place, .depth = binder->depth, .next = binder->outer};

    if (place->subqueries == NULL)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "not supported yet: subqueries in %s", place->clause);
    binder->outer = &rows;
    binder->depth++;
    const char *barrier = binder->recursion_barrier;
    binder->recursion_barrier = "within a subquery";
    const Status status = bind_select(binder, ast->select, 0, NULL, plan);
    binder->recursion_barrier = barrier;
    binder->depth--;
    binder->outer = rows.next;
    return status;
}

/* The error of a second row, too, is only for rows that ask. */
static Status
keep_subquery(Binder *binder, const ExprPlace *place, BoundSubquery subquery, uint32_t *first)
{
    const bool single = subquery.kind != JOIN_SINGLE || plan_has_at_most_one_row(subquery.plan);
    const bool fails = !single || plan_can_fail(subquery.plan) ||
                       (subquery.condition != NULL && expr_can_fail(subquery.condition));

    if (fails)
        TRY(guarded(binder, place->guard, &subquery.guard));
    *first = add_subquery(binder, place->subqueries, subquery);
    return STATUS_OK;
}

static Expr *
result_column(Binder *binder, Type type, uint32_t column, int32_t position)
{
    Expr *expr = expr_column(binder->arena, type, column);

    expr->position = position;
    return expr;
}

static Status
bind_exists(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    BoundSubquery subquery = {.kind = JOIN_MARK, .column_count = 1};
    uint32_t first;

    TRY(bind_inner_select(binder, place, ast, &subquery.plan));
    TRY(keep_subquery(binder, place, subquery, &first));
    Expr *mark = result_column(binder, type_of(TYPE_BOOL), first, ast->position);
    return bind_resolved_call(binder, "is_true", ast->position, 1, &mark, expr);
}

static Status
check_width(Binder *binder, const AstExpr *ast, uint32_t wanted, uint32_t width)
{
    if (width == wanted)
        return STATUS_OK;
    return error_set_at(binder->error, STATUS_SYNTAX, ast->position, "subquery has too %s columns",
                        width > wanted ? "many" : "few");
}

Status
bind_scalar_columns(Binder *binder, const ExprPlace *place, const AstExpr *ast, uint32_t count,
                    Expr **columns)
{
    BoundSubquery subquery = {.kind = JOIN_SINGLE, .column_count = count};
    uint32_t first;

    TRY(bind_inner_select(binder, place, ast, &subquery.plan));
    if (count == 1 && subquery.plan->column_count != 1)
        return error_set_at(binder->error, STATUS_SYNTAX, ast->position,
                            "subquery must return only one column");
    TRY(check_width(binder, ast, count, subquery.plan->column_count));
    TRY(keep_subquery(binder, place, subquery, &first));
    for (uint32_t i = 0; i < count; i++)
        columns[i] = result_column(binder, subquery.plan->columns[i].type, first + i, ast->position);
    return STATUS_OK;
}

/* The operator that gives the opposite of a comparison: x < ALL is NOT x >= ANY. */
static const char *
opposite(const char *name)
{
    static const char *const pairs[][2] = {{"=", "<>"}, {"<", ">="}, {">", "<="}};

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (strcmp(name, pairs[i][0]) == 0)
            return pairs[i][1];
        if (strcmp(name, pairs[i][1]) == 0)
            return pairs[i][0];
    }
    return NULL;
}

/* What is asked of each row: the comparison, or for ALL its opposite. */
static Status
bind_comparison(Binder *binder, const AstExpr *ast, uint32_t count, Expr **left, Expr **right,
                Expr **condition)
{
    const bool all = ast->quantifier == AST_ALL;
    const char *turned = all ? opposite(ast->text) : NULL;

    TRY(bind_row_comparison(binder, turned != NULL ? turned : ast->text, ast->position, count, left, right,
                            condition));
    if ((*condition)->type.id != TYPE_BOOL)
        return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, ast->position,
                            "op ANY/ALL (array) requires operator to yield boolean");
    if (all && turned == NULL)
        return bind_resolved_call(binder, "not", ast->position, 1, condition, condition);
    return STATUS_OK;
}

static Status
bind_quantified(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    BoundSubquery subquery = {.kind = JOIN_MARK, .column_count = 1};
    uint32_t count;
    uint32_t first;
    Expr **left;

    TRY(bind_row(binder, place, ast->arguments[0], &count, &left));
    TRY(bind_inner_select(binder, place, ast, &subquery.plan));
    TRY(check_width(binder, ast, count, subquery.plan->column_count));
    Expr **right = ARENA_ARRAY(binder->arena, Expr *, count);
    for (uint32_t i = 0; i < count; i++)
        right[i] = result_column(binder, subquery.plan->columns[i].type, RESULT_BASE + i, ast->position);
    TRY(bind_comparison(binder, ast, count, left, right, &subquery.condition));
    TRY(keep_subquery(binder, place, subquery, &first));
    *expr = result_column(binder, type_of(TYPE_BOOL), first, ast->position);
    return ast->quantifier == AST_ALL ? bind_resolved_call(binder, "not", ast->position, 1, expr, expr)
                                      : STATUS_OK;
}

Status
bind_subquery(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    switch (ast->quantifier) {
    case AST_EXISTS: return bind_exists(binder, place, ast, expr);
    case AST_SCALAR: return bind_scalar_columns(binder, place, ast, 1, expr);
    case AST_ARRAY_QUERY: return bind_array_query(binder, place, ast, expr);
    default: return bind_quantified(binder, place, ast, expr);
    }
}
