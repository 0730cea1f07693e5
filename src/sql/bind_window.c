/* Calls with OVER: collected in the place's list, referred to as columns from WINDOW_BASE on. */
#include "expr/program.h"
#include "sql/bind.h"

#include <string.h>

static Status
check_place(Binder *binder, const ExprPlace *place, const AstExpr *ast)
{
    if (place->in_aggregate)
        return error_set_at(binder->error, STATUS_GROUPING, ast->position,
                            "aggregate function calls cannot contain window function calls");
    if (place->in_window)
        return error_set_at(binder->error, STATUS_WINDOWING, ast->position,
                            "window function calls cannot be nested");
    if (place->windows == NULL)
        return error_set_at(binder->error, STATUS_WINDOWING, ast->position,
                            "window functions are not allowed in %s", place->clause);
    if (ast->call->distinct)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "DISTINCT is not implemented for window functions");
    return STATUS_OK;
}

static Status
raise_undefined(Binder *binder, const AstExpr *ast, Expr *const *arguments)
{
    Buffer types = {0};

    for (uint32_t i = 0; i < ast->count; i++)
        buffer_append_format(&types, "%s%s", i > 0 ? ", " : "", bind_type_name(binder, arguments[i]->type));
    error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, ast->position, "function %s(%s) does not exist",
                 ast->text, buffer_text(&types));
    buffer_destroy(&types);
    return error_hint(
        binder->error,
        "No function matches the given name and argument types. You might need to add explicit type casts.");
}

/* Rows, buckets or a place: an integer, kept apart where it is a constant. */
static Status
bind_number(Binder *binder, const AstExpr *ast, Expr **arguments, uint32_t index, BoundWindowCall *call)
{
    Expr *number = arguments[index];
    bool needed;

    if (!bind_is_unknown(number) &&
        function_find_cast(number->type, type_of(TYPE_INT4), CAST_IMPLICIT, &needed) == NULL)
        return raise_undefined(binder, ast, arguments);
    TRY(bind_coerce(binder, number, type_of(TYPE_INT4), CAST_IMPLICIT, &number));
    if (expr_is_constant(number) && number->value != NULL)
        call->constant = *(const int32_t *)number->value;
    else
        call->number = number;
    return STATUS_OK;
}

/* The value and what stands in for it settle on one type. */
static Status
bind_fallback(Binder *binder, const AstExpr *ast, Expr **arguments, BoundWindowCall *call)
{
    Expr *both[] = {arguments[0], arguments[2]};
    Error *error = binder->error;
    Error mismatch = {0};
    Type type;

    binder->error = &mismatch;
    const Status status = bind_to_common(binder, ast->text, 2, both, &type);
    binder->error = error;
    if (status == STATUS_DATATYPE_MISMATCH)
        return raise_undefined(binder, ast, arguments);
    if (status != STATUS_OK)
        return error_copy(error, &mismatch);
    call->value = both[0];
    call->fallback = both[1];
    return STATUS_OK;
}

/* With arguments these are aggregates: the rank that a row would have. */
static bool
is_hypothetical(WindowFunction function)
{
    return function == WINDOW_RANK || function == WINDOW_DENSE_RANK || function == WINDOW_PERCENT_RANK ||
           function == WINDOW_CUME_DIST;
}

static Status
bind_own_arguments(Binder *binder, const ExprPlace *inner, const AstExpr *ast, BoundWindowCall *call)
{
    enum { ARGUMENTS_MAX = 100 };
    Expr *arguments[ARGUMENTS_MAX];
    uint32_t least;
    uint32_t most;

    if (ast->count > ARGUMENTS_MAX)
        return error_set_at(binder->error, STATUS_LIMIT_EXCEEDED, ast->position,
                            "cannot pass more than %d arguments to a function", (int)ARGUMENTS_MAX);
    for (uint32_t i = 0; i < ast->count; i++)
        TRY(bind_expr(binder, inner, ast->arguments[i], &arguments[i]));
    window_function_arity(call->function, &least, &most);
    if (is_hypothetical(call->function) && ast->count > 0)
        return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, ast->position,
                            "WITHIN GROUP is required for ordered-set aggregate %s", ast->text);
    if (ast->count < least || ast->count > most)
        return raise_undefined(binder, ast, arguments);
    call->constant = 1;
    if (call->function == WINDOW_NTILE)
        return bind_number(binder, ast, arguments, 0, call);
    if (ast->call->over != NULL && (ast->count == 1 || ast->count == 2) && bind_is_unknown(arguments[0]))
        return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, arguments[0]->position,
                            "could not determine polymorphic type because input has type unknown");
    if (ast->count > 0) {
        TRY(bind_known(binder, &arguments[0]));
        call->value = arguments[0];
    }
    if (ast->count > 1)
        TRY(bind_number(binder, ast, arguments, 1, call));
    return ast->count > 2 ? bind_fallback(binder, ast, arguments, call) : STATUS_OK;
}

static Status
bind_own(Binder *binder, const ExprPlace *inner, const AstExpr *ast, BoundWindowCall *call)
{
    if (ast->call->filter != NULL)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "FILTER is not implemented for non-aggregate window functions");
    TRY(bind_own_arguments(binder, inner, ast, call));
    const TypeId result = window_function_result(call->function);
    call->type = result == TYPE_UNKNOWN ? call->value->type : type_of(result);
    return STATUS_OK;
}

static uint32_t
add_call(Binder *binder, WindowList *list, const BoundWindowCall *call)
{
    if (list->call_count == list->call_capacity) {
        BoundWindowCall *grown = ARENA_ARRAY(binder->arena, BoundWindowCall, list->call_capacity * 2 + 8);
        if (list->call_count > 0)
            memcpy(grown, list->calls, list->call_count * sizeof *grown);
        list->calls = grown;
        list->call_capacity = list->call_capacity * 2 + 8;
    }
    list->calls[list->call_count] = *call;
    return list->call_count++;
}

static Status
check_aggregate(Binder *binder, const AstExpr *ast)
{
    if (ast->call->within_group)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "OVER is not supported for ordered-set aggregate %s", ast->text);
    if (ast->call->sort_count > 0)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "aggregate ORDER BY is not implemented for window functions");
    return STATUS_OK;
}

/* string_agg() and array_agg() over a window put values together in the window's order. */
static Status
order_strings(Binder *binder, const AstExpr *ast, BoundWindowCall *call)
{
    const BoundWindow *window = call->window;
    Expr **keys = ARENA_ARRAY(binder->arena, Expr *, window->order_count + 1);
    char *letters = ARENA_ARRAY(binder->arena, char, window->order_count + 1);
    BoundAggregate *bound = &call->aggregate;

    for (uint32_t i = 0; i < window->order_count; i++) {
        keys[i + 1] = window->order[i].expr;
        letters[i] = bind_order_letter(window->order[i].descending, window->order[i].nulls_first);
    }
    TRY(bind_order_key(binder, letters, window->order_count, keys, ast->position,
                       &bound->arguments[bound->argument_count]));
    bound->argument_count++;
    return bind_resolved_aggregate(binder, ast, bound);
}

/* Whether there is such a function comes before whether it may have OVER. */
static Status
bind_without_over(Binder *binder, const ExprPlace *place, const AstExpr *ast)
{
    AstCall call = *ast->call;
    AstExpr bare = *ast;
    Expr *ignored;

    for (uint32_t i = 0; i < ast->count; i++)
        TRY(bind_expr(binder, place, ast->arguments[i], &ignored));
    call.over = NULL;
    bare.call = &call;
    const Status status = bind_call(binder, place, &bare, &ignored);
    if (strncmp(status_sqlstate(status), "22", 2) != 0 && status != STATUS_DATATYPE_MISMATCH)
        return status;
    error_clear(binder->error); /* literals and types are looked at when all else is settled */
    return STATUS_OK;
}

Status
bind_window_call(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const ExprPlace inner = {.clause = place->clause,
                             .scope = place->scope,
                             .aggregates = place->aggregates,
                             .subqueries = place->subqueries,
                             .in_window = true};
    BoundWindowCall call = {.function = window_function_by_name(ast->text)};

    if (ast->call->over != NULL)
        TRY(check_place(binder, place, ast));
    if (call.function != WINDOW_FUNCTION_COUNT) {
        TRY(bind_own(binder, &inner, ast, &call));
        if (ast->call->over == NULL)
            return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, ast->position,
                                "window function %s requires an OVER clause", ast->text);
    } else if (aggregate_name_exists(ast->text)) {
        call.function = WINDOW_AGGREGATE;
        TRY(check_aggregate(binder, ast));
        TRY(bind_aggregate_call(binder, &inner, ast, &call.aggregate));
        call.type = call.aggregate.type;
    } else {
        TRY(bind_without_over(binder, &inner, ast));
        return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, ast->position,
                            "OVER specified, but %s is not a window function nor an aggregate function",
                            ast->text);
    }
    TRY(bind_window(binder, &inner, ast->call->over, place->windows, &call.window));
    if (bind_is_ordered_aggregate(ast->text, ast->count) && call.window->order_count > 0)
        TRY(order_strings(binder, ast, &call));
    *expr = expr_column(binder->arena, call.type, WINDOW_BASE + add_call(binder, place->windows, &call));
    (*expr)->position = ast->position;
    return STATUS_OK;
}
