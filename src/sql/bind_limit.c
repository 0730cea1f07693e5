/* LIMIT and OFFSET: numbers that are fixed now, or, where they come from rows around the query or from
 * subqueries, conditions on the number of each row. */
#include "expr/program.h"
#include "plan/outer.h"
#include "sql/bind.h"

#include <string.h>

/* Where a column of the query's own rows is named, those of its subqueries included. */
static bool
has_own_column(const SubqueryList *subqueries, const Expr *expr, int32_t *position)
{
    const BoundSubquery *subquery =
        expr->kind == EXPR_COLUMN ? bind_find_subquery(subqueries, expr->column) : NULL;

    if (expr->kind == EXPR_COLUMN && (subquery == NULL || outer_plan_refers(subquery->plan, 1))) {
        *position = expr->position;
        return true;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (has_own_column(subqueries, expr->arguments[i], position))
            return true;
    }
    return false;
}

static Status
bind_bigint(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    int32_t position;
    bool needed;

    TRY(bind_expr(binder, place, ast, expr));
    if (!bind_is_unknown(*expr) &&
        function_find_cast((*expr)->type, type_of(TYPE_INT8), CAST_ASSIGNMENT, &needed) == NULL)
        return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, bind_start(*expr),
                            "argument of %s must be type bigint, not type %s", place->clause,
                            bind_type_name(binder, (*expr)->type));
    if (has_own_column(place->subqueries, *expr, &position))
        return error_set_at(binder->error, STATUS_INVALID_COLUMN_REFERENCE, position,
                            "argument of %s must not contain variables", place->clause);
    return bind_coerce(binder, *expr, type_of(TYPE_INT8), CAST_ASSIGNMENT, expr);
}

/* The number now, or the expression; NULL and nothing written are `fallback`. */
static Status
bind_count(Binder *binder, const Scope *scope, const AstExpr *ast, const char *clause, Status negative,
           BoundLimit *limit, int64_t fallback, int64_t *count, Expr **expr)
{
    const ExprPlace place = {.clause = clause, .scope = scope, .subqueries = &limit->subqueries};

    *count = fallback;
    if (ast == NULL)
        return STATUS_OK;
    TRY(bind_bigint(binder, &place, ast, expr));
    if (outer_expr_refers(*expr, 0) || bind_has_subquery(*expr)) {
        limit->computed = true;
        return STATUS_OK;
    }
    TRY(bind_at(binder, program_fold(binder->arena, *expr, binder->context->session, expr, binder->error),
                ast->position));
    if ((*expr)->value != NULL)
        memcpy(count, (*expr)->value, sizeof *count);
    if ((*expr)->value != NULL && *count < 0)
        return error_set(binder->error, negative, "%s must not be negative", clause);
    return STATUS_OK;
}

Status
bind_limit(Binder *binder, const Scope *scope, const AstSelect *ast, BoundLimit *limit)
{
    if (ast->with_ties && ast->limit != NULL && ast->limit->kind == AST_NULL)
        return error_set(binder->error, STATUS_INVALID_ROW_COUNT,
                         "row count cannot be null in FETCH FIRST ... WITH TIES clause");
    TRY(bind_count(binder, scope, ast->offset, "OFFSET", STATUS_INVALID_ROW_OFFSET, limit, 0,
                   &limit->fixed.offset, &limit->offset));
    TRY(bind_count(binder, scope, ast->limit, "LIMIT", STATUS_INVALID_ROW_COUNT, limit, PLAN_NO_LIMIT,
                   &limit->fixed.limit, &limit->limit));
    if (ast->with_ties && limit->computed)
        return error_set(binder->error, STATUS_NOT_SUPPORTED,
                         "not supported yet: WITH TIES with a number of rows that comes from rows");
    return STATUS_OK;
}

PlanNode *
bind_number_rows(Binder *binder, WindowFunction function, uint32_t key_count, SortKey *keys, PlanNode *node)
{
    PlanColumn *columns = ARENA_ARRAY(binder->arena, PlanColumn, node->column_count + 1);
    PlanWindowCall *call = ARENA_NEW(binder->arena, PlanWindowCall);

    memcpy(columns, node->columns, node->column_count * sizeof *columns);
    columns[node->column_count] = (PlanColumn){"number", type_of(TYPE_INT8)};
    *call = (PlanWindowCall){.function = function,
                             .value = WINDOW_NO_COLUMN,
                             .number = WINDOW_NO_COLUMN,
                             .fallback = WINDOW_NO_COLUMN,
                             .frame = {.end.kind = FRAME_CURRENT_ROW},
                             .type = type_of(TYPE_INT8)};
    PlanNode *numbered = plan_node_new(binder->arena, PLAN_WINDOW, node->column_count + 1, columns, 1, &node);
    numbered->window = (PlanWindow){.order_count = key_count, .order = keys, .call_count = 1, .calls = call};
    return numbered;
}

/* coalesce(checked(number), fallback) */
static Status
checked_number(Binder *binder, Expr *number, const char *check, int64_t fallback, Expr **expr)
{
    Expr *arms[2] = {NULL, expr_constant(binder->arena, type_of(TYPE_INT8), &fallback)};

    if (number == NULL) {
        *expr = arms[1];
        return STATUS_OK;
    }
    TRY(bind_resolved_call(binder, check, number->position, 1, &number, &arms[0]));
    *expr = expr_form(binder->arena, EXPR_COALESCE, type_of(TYPE_INT8), 2, arms);
    return STATUS_OK;
}

/* number > offset and number - offset <= limit, which overflows nowhere. */
Status
bind_limit_computed(Binder *binder, uint32_t key_count, SortKey *keys, BoundLimit *limit, PlanNode **node)
{
    Expr *conditions[2];
    Expr *sides[2];

    if (!limit->computed)
        return STATUS_OK;
    limit->fixed = (PlanLimit){.limit = PLAN_NO_LIMIT};
    *node = bind_number_rows(binder, WINDOW_ROW_NUMBER, key_count, keys, *node);
    Expr *number = expr_column(binder->arena, type_of(TYPE_INT8), (*node)->column_count - 1);
    sides[0] = number;
    TRY(checked_number(binder, limit->offset, "checked_offset", 0, &sides[1]));
    TRY(bind_operator(binder, ">", 0, 2, sides, &conditions[0]));
    sides[0] = expr_copy(binder->arena, number);
    TRY(bind_duplicate(binder, sides[1], &sides[1]));
    TRY(bind_operator(binder, "-", 0, 2, sides, &sides[0]));
    TRY(checked_number(binder, limit->limit, "checked_limit", INT64_MAX, &sides[1]));
    TRY(bind_operator(binder, "<=", 0, 2, sides, &conditions[1]));
    return bind_attach_filter(binder, &limit->subqueries, node, 2, conditions);
}
