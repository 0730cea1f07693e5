/* Aggregates that are array_agg() and a function of the array it makes: array_agg() of arrays, whose
 * dimensions must be the same, and percentiles of several fractions. (Those of JSON are in bind_json.c.) */
#include "sql/bind.h"

#include <string.h>

Status
bind_gathered_arrays(Binder *binder, const AstExpr *ast, Expr **expr)
{
    const Type type = (*expr)->type;
    const bool gathers = strcmp(ast->text, "array_agg") == 0 && !ast->flag;

    if (!gathers || type.id != TYPE_LIST || type.nested->types[0].id != TYPE_LIST)
        return STATUS_OK;
    return bind_resolved_call(binder, "array_of_arrays", ast->position, 1, expr, expr);
}

/* The fractions of percentile_…(ARRAY[…]) WITHIN GROUP; *fractions is NULL where there is but one. */
static Status
bind_fractions(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **fractions)
{
    const bool percentile =
        strcmp(ast->text, "percentile_cont") == 0 || strcmp(ast->text, "percentile_disc") == 0;
    const ExprPlace constant = {.clause = place->clause};

    *fractions = NULL;
    if (!percentile || !ast->call->within_group || ast->call->over != NULL || ast->count != 1 ||
        ast->call->sort_count != 1 || ast->call->distinct)
        return STATUS_OK;
    const AstExpr *written = ast->arguments[0];
    if (written->kind != AST_ARRAY && written->kind != AST_CAST)
        return STATUS_OK;
    TRY(bind_expr(binder, &constant, written, fractions));
    if ((*fractions)->type.id != TYPE_LIST) {
        *fractions = NULL;
        return STATUS_OK;
    }
    if ((*fractions)->type.nested->types[0].id == TYPE_LIST)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "not supported yet: %s of fractions in several dimensions", ast->text);
    return bind_coerce(binder, *fractions, type_list(type_of(TYPE_FLOAT8)), CAST_IMPLICIT, fractions);
}

/* array_agg(x) of what the group is ordered by: it has its own order. */
static Status
gather_ordered(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **values)
{
    const AstExpr **arguments = ARENA_ARRAY(binder->arena, const AstExpr *, 1);
    AstExpr *gather = ARENA_NEW(binder->arena, AstExpr);
    AstCall *call = ARENA_NEW(binder->arena, AstCall);

    arguments[0] = ast->call->sorts[0].expr;
    *call = (AstCall){.filter = ast->call->filter};
    *gather = *ast;
    gather->text = "array_agg";
    gather->arguments = arguments;
    gather->call = call;
    return bind_call(binder, place, gather, values);
}

Status
bind_percentiles(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const bool continuous = strcmp(ast->text, "percentile_cont") == 0;
    Expr *arguments[3];

    *expr = NULL;
    TRY(bind_fractions(binder, place, ast, &arguments[1]));
    if (arguments[1] == NULL)
        return STATUS_OK;
    TRY(gather_ordered(binder, place, ast, &arguments[0]));
    if (continuous && arguments[0]->type.nested->types[0].id != TYPE_INTERVAL)
        TRY(bind_coerce(binder, arguments[0], type_list(type_of(TYPE_FLOAT8)), CAST_IMPLICIT, &arguments[0]));
    arguments[2] = expr_bool(binder->arena, ast->call->sorts[0].descending);
    return bind_resolved_call(binder, continuous ? "percentiles_cont" : "percentiles_disc", ast->position, 3,
                              arguments, expr);
}
