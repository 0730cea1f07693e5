/* Calls of aggregates: collected in the place's list, referred to as columns from AGGREGATE_BASE on. */
#include "sql/bind.h"

#include <string.h>

static bool
is_same(const BoundAggregate *a, const BoundAggregate *b)
{
    if (a->grouping != b->grouping || a->aggregate != b->aggregate ||
        a->argument_count != b->argument_count || a->distinct != b->distinct)
        return false;
    if ((a->filter == NULL) != (b->filter == NULL) ||
        (a->filter != NULL && !expr_equal(a->filter, b->filter)))
        return false;
    for (uint32_t i = 0; i < a->argument_count; i++) {
        if (!expr_equal(a->arguments[i], b->arguments[i]) || expr_is_volatile(a->arguments[i]))
            return false;
    }
    return a->filter == NULL || !expr_is_volatile(a->filter);
}

uint32_t
bind_add_aggregate(Binder *binder, AggregateList *list, const BoundAggregate *aggregate)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (is_same(&list->items[i], aggregate))
            return i;
    }
    if (list->count == list->capacity) {
        BoundAggregate *grown = ARENA_ARRAY(binder->arena, BoundAggregate, list->capacity * 2 + 8);
        if (list->count > 0)
            memcpy(grown, list->items, list->count * sizeof *grown);
        list->items = grown;
        list->capacity = list->capacity * 2 + 8;
    }
    list->items[list->count] = *aggregate;
    return list->count++;
}

static Status
check_place(Binder *binder, const ExprPlace *place, const AstExpr *ast)
{
    if (place->in_aggregate)
        return error_set_at(binder->error, STATUS_GROUPING, ast->position,
                            "aggregate function calls cannot be nested");
    if (place->aggregates == NULL)
        return error_set_at(binder->error, STATUS_GROUPING, ast->position,
                            "aggregate functions are not allowed in %s", place->clause);
    return STATUS_OK;
}

static Status
check_arguments(Binder *binder, const AstExpr *ast)
{
    if (!ast->call->star && ast->count == 0)
        return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, ast->position,
                            "%s(*) must be used to call a parameterless aggregate function", ast->text);
    if (ast->count > AGGREGATE_ARGUMENTS_MAX)
        return error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, ast->position,
                            "aggregate %s does not take %u arguments", ast->text, ast->count);
    return STATUS_OK;
}

static Status
bind_filter(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **filter)
{
    const ExprPlace inner = {.clause = "FILTER", .scope = place->scope};

    *filter = NULL;
    return ast == NULL ? STATUS_OK : bind_condition(binder, &inner, ast, "FILTER", filter);
}

/* Rows that the filter leaves out may hold what the argument cannot be computed of: sum(a / b) FILTER (WHERE
 * b <> 0). */
static Expr *
guard(Binder *binder, const Expr *filter, Expr *argument)
{
    if (filter == NULL || expr_is_volatile(filter) || !expr_can_fail(argument))
        return argument;
    Expr *arms[] = {expr_copy(binder->arena, filter), argument, expr_null(binder->arena, argument->type)};
    return expr_form(binder->arena, EXPR_CASE, argument->type, 3, arms);
}

Status
bind_aggregate_call(Binder *binder, const ExprPlace *inner, const AstExpr *ast, BoundAggregate *bound)
{
    Type types[AGGREGATE_ARGUMENTS_MAX];

    TRY(check_arguments(binder, ast));
    *bound = (BoundAggregate){.argument_count = ast->count, .distinct = ast->call->distinct};
    for (uint32_t i = 0; i < ast->count; i++) {
        TRY(bind_expr(binder, inner, ast->arguments[i], &bound->arguments[i]));
        types[i] = bound->arguments[i]->type;
    }
    TRY(bind_filter(binder, inner, ast->call->filter, &bound->filter));
    TRY(bind_at(
        binder,
        aggregate_resolve(ast->text, ast->count, types, &bound->aggregate, &bound->type, binder->error),
        ast->position));
    for (uint32_t i = 0; i < ast->count; i++) {
        TRY(bind_coerce(binder, bound->arguments[i], types[i], CAST_IMPLICIT, &bound->arguments[i]));
        bound->arguments[i] = guard(binder, bound->filter, bound->arguments[i]);
    }
    bound->distinct = bound->distinct && !bound->aggregate->ignores_duplicates;
    return STATUS_OK;
}

Status
bind_aggregate(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const ExprPlace inner = {.clause = place->clause, .scope = place->scope, .in_aggregate = true};
    BoundAggregate bound;

    TRY(check_place(binder, place, ast));
    TRY(bind_aggregate_call(binder, &inner, ast, &bound));
    *expr = expr_column(binder->arena, bound.type,
                        AGGREGATE_BASE + bind_add_aggregate(binder, place->aggregates, &bound));
    (*expr)->position = ast->position;
    return STATUS_OK;
}
