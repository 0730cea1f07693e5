/* f(…, VARIADIC array): the array's elements are the arguments. They are known where the array is ARRAY[…] or
 * a literal; concat() and concat_ws() of any array are array_to_string(). */
#include "sql/bind.h"

#include <string.h>

typedef struct VariadicFunction {
    const char *name;
    uint32_t leading; /* arguments before the array */
    TypeId result;    /* of a NULL in place of the array; UNKNOWN: it is as if there were no elements */
} VariadicFunction;

static const VariadicFunction functions[] = {
    {"concat", 0, TYPE_TEXT},
    {"concat_ws", 1, TYPE_TEXT},
    {"format", 1, TYPE_UNKNOWN},
    {"num_nulls", 0, TYPE_INT4},
    {"num_nonnulls", 0, TYPE_INT4},
    {"json_build_array", 0, TYPE_JSON},
    {"json_build_object", 0, TYPE_JSON},
    {"jsonb_build_array", 0, TYPE_JSONB},
    {"jsonb_build_object", 0, TYPE_JSONB},
    {"json_extract_path", 1, TYPE_JSON},
    {"json_extract_path_text", 1, TYPE_TEXT},
    {"jsonb_extract_path", 1, TYPE_JSONB},
    {"jsonb_extract_path_text", 1, TYPE_TEXT},
};

static const VariadicFunction *
find_function(const AstExpr *ast)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (strcmp(functions[i].name, ast->text) == 0 && functions[i].leading + 1 == ast->count)
            return &functions[i];
    }
    return NULL;
}

/* concat and concat_ws of an array that only rows know. */
static Status
join_elements(Binder *binder, const AstExpr *ast, Expr **arguments, Expr **expr)
{
    Expr *joined[2] = {arguments[ast->count - 1]};

    if (strncmp(ast->text, "concat", 6) != 0)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "not supported yet: VARIADIC of %s with an array that is no ARRAY[…]", ast->text);
    if (ast->count == 2)
        joined[1] = arguments[0];
    else
        TRY(bind_literal(binder, bind_string(binder, "", 0, ast->position), type_of(TYPE_TEXT), &joined[1]));
    return bind_resolved_call(binder, "array_to_string", ast->position, 2, joined, expr);
}

Status
bind_variadic(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const VariadicFunction *function = find_function(ast);
    Expr *arguments[CALL_ARGUMENTS_MAX];
    uint32_t count = 0;
    Expr **elements;

    if (function == NULL)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "not supported yet: VARIADIC arguments of %s", ast->text);
    for (uint32_t i = 0; i < ast->count; i++)
        TRY(bind_expr(binder, place, ast->arguments[i], &arguments[i]));
    Expr *array = arguments[function->leading];
    if (array->type.id != TYPE_LIST)
        return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH,
                            ast->arguments[function->leading]->position,
                            "VARIADIC argument must be an array");
    if (expr_is_null_constant(array) && function->result != TYPE_UNKNOWN) {
        *expr = expr_null(binder->arena, type_of(function->result));
        return STATUS_OK;
    }
    if (!expr_is_null_constant(array)) {
        TRY(bind_array_elements(binder, array, &count, &elements));
        if (elements == NULL)
            return join_elements(binder, ast, arguments, expr);
    }
    if (function->leading + count > CALL_ARGUMENTS_MAX)
        return error_set_at(binder->error, STATUS_LIMIT_EXCEEDED, ast->position,
                            "cannot pass more than %d arguments to a function", (int)CALL_ARGUMENTS_MAX);
    if (count > 0)
        memcpy(arguments + function->leading, elements, count * sizeof *elements);
    if (function->leading + count == 0 && function->result == TYPE_TEXT)
        return bind_literal(binder, bind_string(binder, "", 0, ast->position), type_of(TYPE_TEXT), expr);
    return bind_resolved_call(binder, ast->text, ast->position, function->leading + count, arguments, expr);
}
