/* Forms that choose one of several values: CASE, COALESCE, GREATEST, LEAST, NULLIF. */
#include "sql/bind.h"

#include <string.h>

static Status
refuse_sets(Binder *binder, const char *form, const AstExpr *ast, uint32_t count, Expr *const *exprs)
{
    for (uint32_t i = 0; i < count; i++) {
        if (bind_has_set(exprs[i]))
            return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                                "set-returning functions are not allowed in %s", form);
    }
    return STATUS_OK;
}

/* COALESCE asks for an argument where those before it are NULL. */
static Status
bind_in_turn(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr ***exprs)
{
    ExprPlace turn = *place;

    *exprs = ARENA_ARRAY(binder->arena, Expr *, ast->count + 1);
    for (uint32_t i = 0; i < ast->count; i++) {
        TRY(bind_expr(binder, &turn, ast->arguments[i], &(*exprs)[i]));
        if (!bind_is_unknown((*exprs)[i]))
            turn.guard = bind_guard(binder, turn.guard, (*exprs)[i], "is_null");
    }
    return STATUS_OK;
}

static Status
bind_all(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr ***exprs)
{
    *exprs = ARENA_ARRAY(binder->arena, Expr *, ast->count + 1);
    for (uint32_t i = 0; i < ast->count; i++)
        TRY(bind_expr(binder, place, ast->arguments[i], &(*exprs)[i]));
    return STATUS_OK;
}

/* WHEN's condition: as written, or operand = value in the form with an operand. */
static Status
bind_when(Binder *binder, const ExprPlace *place, const AstExpr *subject, const AstExpr *when, Expr *operand,
          Expr **condition)
{
    Expr *sides[2];

    if (subject != NULL && subject->kind == AST_ROW)
        return bind_row_equal(binder, place, subject, when, condition);
    if (operand == NULL) {
        TRY(bind_condition(binder, place, when, "CASE/WHEN", condition));
        return bind_has_set(*condition)
                   ? error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, when->position,
                                  "argument of CASE/WHEN must not return a set")
                   : STATUS_OK;
    }
    TRY(bind_duplicate(binder, operand, &sides[0]));
    TRY(bind_expr(binder, place, when, &sides[1]));
    return bind_operator(binder, "=", when->position, 2, sides, condition);
}

/* The results in PostgreSQL's order of looking at types: ELSE first. */
static Status
settle_results(Binder *binder, uint32_t arm_count, Expr **arms, Type *type)
{
    const uint32_t count = arm_count / 2 + 1;
    Expr **results = ARENA_ARRAY(binder->arena, Expr *, count);

    results[0] = arms[arm_count];
    for (uint32_t i = 1; i < count; i++)
        results[i] = arms[2 * i - 1];
    TRY(bind_to_common(binder, "CASE", count, results, type));
    arms[arm_count] = results[0];
    for (uint32_t i = 1; i < count; i++)
        arms[2 * i - 1] = results[i];
    return STATUS_OK;
}

Status
bind_case(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const uint32_t arm_count = ast->count - 2; /* when, then, … */
    const AstExpr *otherwise = ast->arguments[ast->count - 1];
    Expr **arms = ARENA_ARRAY(binder->arena, Expr *, arm_count + 1);
    Expr *operand = NULL;
    ExprPlace arm = *place;
    Type type;

    if (ast->arguments[0] != NULL && ast->arguments[0]->kind != AST_ROW) {
        TRY(bind_expr(binder, place, ast->arguments[0], &operand));
        TRY(bind_known(binder, &operand));
    }
    for (uint32_t i = 0; i < arm_count; i += 2) {
        TRY(bind_when(binder, &arm, ast->arguments[0], ast->arguments[i + 1], operand, &arms[i]));
        const Guard *guard = arm.guard;
        arm.guard = bind_guard(binder, guard, arms[i], "is_true");
        TRY(bind_expr(binder, &arm, ast->arguments[i + 2], &arms[i + 1]));
        arm.guard = bind_guard(binder, guard, arms[i], "is_not_true");
    }
    arms[arm_count] = bind_null(binder, ast->position);
    if (otherwise != NULL)
        TRY(bind_expr(binder, &arm, otherwise, &arms[arm_count]));
    TRY(refuse_sets(binder, "CASE", ast, arm_count + 1, arms));
    TRY(settle_results(binder, arm_count, arms, &type));
    *expr = expr_form(binder->arena, EXPR_CASE, type, arm_count + 1, arms);
    (*expr)->position = ast->position;
    return STATUS_OK;
}

Status
bind_coalesce(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    Expr **exprs;
    Type type;

    TRY(bind_in_turn(binder, place, ast, &exprs));
    TRY(refuse_sets(binder, "COALESCE", ast, ast->count, exprs));
    TRY(bind_to_common(binder, "COALESCE", ast->count, exprs, &type));
    *expr = expr_form(binder->arena, EXPR_COALESCE, type, ast->count, exprs);
    (*expr)->position = ast->position;
    return STATUS_OK;
}

Status
bind_extreme(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const bool greatest = ast->kind == AST_GREATEST;
    Expr **exprs;
    Type type;

    TRY(bind_all(binder, place, ast, &exprs));
    TRY(bind_to_common(binder, greatest ? "GREATEST" : "LEAST", ast->count, exprs, &type));
    return bind_resolved_call(binder, greatest ? "greatest" : "least", ast->position, ast->count, exprs,
                              expr);
}

/* Types with an equality across them: neither side is cast for it, and the first value keeps its own. */
static bool
is_comparable_as_is(TypeId first, TypeId second)
{
    const bool times = first == TYPE_DATE || first == TYPE_TIMESTAMP || first == TYPE_TIMESTAMPTZ;
    const bool other_times = second == TYPE_DATE || second == TYPE_TIMESTAMP || second == TYPE_TIMESTAMPTZ;

    return (first == second && first == TYPE_NUMERIC) ||
           (type_is_integer(first) && type_is_integer(second)) ||
           (type_is_float(first) && type_is_float(second)) || (times && other_times);
}

Status
bind_nullif(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const Function *equality; /* must exist: its absence is the error, as in PostgreSQL */
    Type result;
    Expr **exprs;

    TRY(bind_all(binder, place, ast, &exprs));
    Type types[2] = {exprs[0]->type, exprs[1]->type};
    TRY(bind_at(binder, function_resolve("=", 2, types, &equality, &result, binder->error), ast->position));
    const Type first = exprs[0]->type;
    const bool kept = is_comparable_as_is(first.id, exprs[1]->type.id);
    TRY(bind_resolved_call(binder, "nullif", ast->position, 2, exprs, expr));
    return kept ? bind_coerce(binder, *expr, first, CAST_EXPLICIT, expr) : STATUS_OK;
}
