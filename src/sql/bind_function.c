/* Calls of scalar functions. */
#include "expr/program.h"
#include "sql/bind.h"

#include <ctype.h>
#include <string.h>

static bool
are_constants(uint32_t count, Expr *const *exprs)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!expr_is_constant(exprs[i]))
            return false;
    }
    return true;
}

/* Literals that are read as numerics have digits of their own, on which the result's may depend. */
static bool
have_own_forms(uint32_t count, Expr *const *arguments, const Type *types)
{
    for (uint32_t i = 0; i < count; i++) {
        if (bind_has_own_form(arguments[i], types[i]))
            return true;
    }
    return false;
}

Status
bind_resolved_call(Binder *binder, const char *name, int32_t position, uint32_t count, Expr **arguments,
                   Expr **expr)
{
    Type *types = ARENA_ARRAY(binder->arena, Type, count + 1);
    const Function *function;
    Type result;

    for (uint32_t i = 0; i < count; i++)
        types[i] = arguments[i]->type;
    TRY(bind_at(binder, function_resolve(name, count, types, &function, &result, binder->error), position));
    if (have_own_forms(count, arguments, types)) {
        for (uint32_t i = 0; i < count; i++) {
            TRY(bind_own_form(binder, types[i], &arguments[i]));
            types[i] = arguments[i]->type;
        }
        TRY(bind_at(binder, function_resolve(name, count, types, &function, &result, binder->error),
                    position));
    }
    for (uint32_t i = 0; i < count; i++)
        TRY(bind_coerce(binder, arguments[i], types[i], CAST_IMPLICIT, &arguments[i]));
    if (bind_is_jsonb_equality(name, count, types))
        return bind_jsonb_equality(binder, name, position, arguments, expr);
    *expr = expr_call(binder->arena, function, result, count, arguments);
    (*expr)->position = position;
    bind_refine_digits(binder, *expr);
    if ((function->flags & FUNCTION_STABLE) && are_constants(count, arguments)) {
        TRY(bind_at(binder, program_fold(binder->arena, *expr, binder->context->session, expr, binder->error),
                    position));
        (*expr)->position = position;
    }
    return STATUS_OK;
}

/* CURRENT_DATE and its like are casts of the statement's time. */
Status
bind_session_value(Binder *binder, const AstExpr *ast, Expr **expr)
{
    static const struct {
        const char *name;
        TypeId type;
    } values[] = {{"current_date", TYPE_DATE},
                  {"current_timestamp", TYPE_TIMESTAMPTZ},
                  {"localtimestamp", TYPE_TIMESTAMP},
                  {"localtime", TYPE_TIME}};

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (strcmp(values[i].name, ast->text) != 0)
            continue;
        Type type = type_of(values[i].type);
        if (type_has_time_digits(type.id) && ast->integer >= 0)
            type.length = ast->integer < TIME_DIGITS_MAX ? (int32_t)ast->integer : TIME_DIGITS_MAX;
        *expr = expr_constant(binder->arena, type_of(TYPE_TIMESTAMPTZ), &binder->context->session->now);
        (*expr)->position = ast->position;
        return bind_coerce(binder, *expr, type, CAST_EXPLICIT, expr);
    }
    TRY(bind_special_call(binder, ast, 0, NULL, expr));
    if (*expr != NULL)
        return STATUS_OK;
    return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position, "not supported yet: %s",
                        ast->text);
}

static Status
refuse_aggregate_syntax(Binder *binder, const AstExpr *ast)
{
    const AstCall *call = ast->call;
    const char *what = call->distinct         ? "DISTINCT"
                       : call->filter != NULL ? "FILTER"
                       : call->within_group   ? "WITHIN GROUP"
                       : call->sort_count > 0 ? "ORDER BY"
                                              : NULL;

    if (call->star)
        return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, ast->position,
                            "%s(*) specified, but %s is not an aggregate function", ast->text, ast->text);
    if (what != NULL)
        return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, ast->position,
                            "%s specified, but %s is not an aggregate function", what, ast->text);
    return STATUS_OK;
}

/* Names of functions and aggregates that people can call. */
static size_t
callable_names(Binder *binder, const char *const **names)
{
    const uint32_t functions = function_count();
    const uint32_t aggregates = aggregate_count();
    const char **all =
        ARENA_ARRAY(binder->arena, const char *, functions + aggregates + WINDOW_AGGREGATE + 1);
    size_t count = 0;

    for (uint32_t i = 0; i < functions; i++) {
        const char *name = function_at(i)->name;
        if (isalpha((unsigned char)name[0]) && strcmp(name, "cast") != 0)
            all[count++] = name;
    }
    for (uint32_t i = 0; i < aggregates; i++)
        all[count++] = aggregate_at(i)->name;
    for (uint32_t i = 0; i < WINDOW_AGGREGATE; i++)
        all[count++] = window_function_name((WindowFunction)i);
    *names = all;
    return count;
}

static Status
raise_undefined(Binder *binder, const AstExpr *ast, uint32_t count, Expr *const *arguments)
{
    const char *const *names;
    const size_t name_count = callable_names(binder, &names);
    const char *nearest = name_nearest(ast->text, name_count, names);
    Buffer types = {0};

    for (uint32_t i = 0; i < count; i++)
        buffer_append_format(&types, "%s%s", i > 0 ? ", " : "", bind_type_name(binder, arguments[i]->type));
    error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, ast->position, "function %s(%s) does not exist",
                 ast->text, buffer_text(&types));
    buffer_destroy(&types);
    if (nearest != NULL)
        return error_hint(binder->error, "Perhaps you meant the function \"%s\".", nearest);
    return error_hint(
        binder->error,
        "No function matches the given name and argument types. You might need to add explicit type casts.");
}

/* int4(x), date('2020-01-01'): a type's name in a function's place is a cast. */
static Status
bind_cast_call(Binder *binder, const AstExpr *ast, Expr *argument, Expr **expr)
{
    const AstType named = {.name = ast->text, .position = ast->position};
    NamedType type;

    TRY(bind_type(binder, &named, &type));
    return bind_at(binder, bind_coerce(binder, argument, type.type, CAST_EXPLICIT, expr), ast->position);
}

/* Literals are read when all else is settled: what only aggregates may have comes first. */
static Status
resolve_call(Binder *binder, const AstExpr *ast, uint32_t count, Expr **arguments, Expr **expr)
{
    const Status status = bind_resolved_call(binder, ast->text, ast->position, count, arguments, expr);
    const Error literal = *binder->error;

    if (strncmp(status_sqlstate(status), "22", 2) != 0)
        return status;
    error_clear(binder->error);
    TRY(refuse_aggregate_syntax(binder, ast));
    return error_copy(binder->error, &literal);
}

Status
bind_call(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    Expr *arguments[CALL_ARGUMENTS_MAX];

    if (ast->call->unsupported != NULL)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position, "not supported yet: %s",
                            ast->call->unsupported);
    if (ast->call->schema != NULL)
        return error_set_at(binder->error, STATUS_UNDEFINED_SCHEMA, ast->position,
                            "schema \"%s\" does not exist", ast->call->schema);
    if (ast->call->variadic)
        return bind_variadic(binder, place, ast, expr);
    TRY(bind_percentiles(binder, place, ast, expr));
    if (*expr != NULL)
        return STATUS_OK;
    if (bind_is_json_aggregate(ast->text))
        return bind_json_aggregate(binder, place, ast, expr);
    if (bind_is_set_function(ast->text) && ast->call->over == NULL)
        return bind_set_call(binder, place, ast, expr);
    if (bind_is_hypothetical(ast))
        return bind_hypothetical(binder, place, ast, expr);
    if (ast->call->over != NULL || window_function_by_name(ast->text) != WINDOW_FUNCTION_COUNT) {
        TRY(bind_window_call(binder, place, ast, expr));
        return bind_gathered_arrays(binder, ast, expr);
    }
    if (aggregate_name_exists(ast->text)) {
        TRY(bind_aggregate(binder, place, ast, expr));
        return bind_gathered_arrays(binder, ast, expr);
    }
    if (ast->count > CALL_ARGUMENTS_MAX)
        return error_set_at(binder->error, STATUS_LIMIT_EXCEEDED, ast->position,
                            "cannot pass more than %d arguments to a function", (int)CALL_ARGUMENTS_MAX);
    const bool exists = function_name_exists(ast->text) && strcmp(ast->text, "cast") != 0;
    uint32_t count = ast->count;
    TRY(bind_named_arguments(binder, place, ast, &count, arguments));
    if (strcmp(ast->text, "like_escape") == 0 && ast->count == 2 && bind_is_text_literal(arguments[0]) &&
        bind_is_text_literal(arguments[1]))
        return bind_like_escape(binder, arguments[0], arguments[1], expr);
    TRY(bind_special_call(binder, ast, count, arguments, expr));
    if (*expr == NULL && exists)
        TRY(resolve_call(binder, ast, count, arguments, expr));
    if (*expr != NULL)
        return refuse_aggregate_syntax(binder, ast);
    if (ast->count == 1 && bind_type_exists(ast->text))
        return bind_cast_call(binder, ast, arguments[0], expr);
    return raise_undefined(binder, ast, ast->count, arguments);
}
