/* Operators and the predicates that are made of them. */
#include "sql/bind.h"

#include <string.h>

/* What a value is appended as is its cast to text: true, not the t that it is printed as. */
static Status
bind_spelled(Binder *binder, TypeId other, Expr **operand)
{
    if ((*operand)->type.id != TYPE_BOOL || (other != TYPE_TEXT && other != TYPE_UNKNOWN))
        return STATUS_OK;
    return bind_coerce(binder, *operand, type_of(TYPE_TEXT), CAST_EXPLICIT, operand);
}

static Status
bind_concat(Binder *binder, Expr **operands)
{
    const TypeId first = operands[0]->type.id;

    TRY(bind_spelled(binder, operands[1]->type.id, &operands[0]));
    return bind_spelled(binder, first, &operands[1]);
}

Status
bind_operator(Binder *binder, const char *name, int32_t position, uint32_t count, Expr *const *operands,
              Expr **expr)
{
    Expr *arguments[2];

    memcpy(arguments, operands, count * sizeof *arguments);
    if (count == 2 && strcmp(name, "||") == 0) {
        TRY(bind_array_concat(binder, position, arguments, expr));
        if (*expr != NULL)
            return STATUS_OK;
        TRY(bind_concat(binder, arguments));
    }
    if (count == 2 && arguments[0]->type.id == TYPE_STRUCT && arguments[1]->type.id == TYPE_STRUCT)
        TRY(bind_record_operands(binder, position, arguments));
    if (count == 2)
        TRY(bind_blanks(binder, name, &arguments[0]));
    return bind_resolved_call(binder, name, position, count, arguments, expr);
}

Status
bind_operator_expr(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    Expr *operands[2];

    if (ast->count == 2 && ast->arguments[0]->kind == AST_ROW &&
        (ast->arguments[1]->kind == AST_ROW || ast->arguments[1]->kind == AST_SUBQUERY))
        return bind_row_operator(binder, place, ast, expr);
    for (uint32_t i = 0; i < ast->count; i++)
        TRY(bind_expr(binder, place, ast->arguments[i], &operands[i]));
    return bind_operator(binder, ast->text, ast->position, ast->count, operands, expr);
}

static Status
negate(Binder *binder, bool negated, Expr **expr)
{
    if (!negated)
        return STATUS_OK;
    return bind_resolved_call(binder, "not", (*expr)->position, 1, expr, expr);
}

/* "is_true" → "IS TRUE" */
static const char *
predicate_words(Binder *binder, const char *name)
{
    char *words = arena_copy_string(binder->arena, name);

    for (char *c = words; *c != '\0'; c++)
        *c = *c == '_' ? ' ' : (char)(*c - 'a' + 'A');
    return words;
}

Status
bind_predicate(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const bool null_test = strcmp(ast->text, "is_null") == 0 || strcmp(ast->text, "is_not_null") == 0;
    Expr *argument;

    if (null_test && ast->arguments[0]->kind == AST_ROW)
        return bind_row_null(binder, place, ast, expr);
    if (null_test)
        TRY(bind_expr(binder, place, ast->arguments[0], &argument));
    else
        TRY(bind_condition(binder, place, ast->arguments[0], predicate_words(binder, ast->text), &argument));
    const char *name = ast->text;
    if (null_test && argument->type.id == TYPE_STRUCT)
        name = strcmp(name, "is_null") == 0 ? "row_is_null" : "row_is_not_null";
    return bind_resolved_call(binder, name, ast->position, 1, &argument, expr);
}

Status
bind_distinct(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    Expr *operands[2];

    if (ast->arguments[0]->kind == AST_ROW && ast->arguments[1]->kind == AST_ROW)
        return bind_row_distinct(binder, place, ast, expr);
    for (uint32_t i = 0; i < 2; i++)
        TRY(bind_expr(binder, place, ast->arguments[i], &operands[i]));
    return bind_distinct_pair(binder, ast->flag, ast->position, operands, expr);
}

Status
bind_distinct_pair(Binder *binder, bool negated, int32_t position, Expr **operands, Expr **expr)
{
    Type type;

    TRY(bind_own_forms(binder, 2, operands));
    Type types[2] = {operands[0]->type, operands[1]->type};
    if (function_common_type(2, types, &type) && type.id != TYPE_LIST &&
        !function_common_overflows(2, types, type)) {
        for (uint32_t i = 0; i < 2; i++)
            TRY(bind_coerce(binder, operands[i], type, CAST_IMPLICIT, &operands[i]));
    }
    return bind_operator(binder, negated ? "is_not_distinct_from" : "is_distinct_from", position, 2, operands,
                         expr);
}

/* x IN (a, b) as x = a OR x = b, where the items are no constants of one type with x. */
static Status
bind_in_comparisons(Binder *binder, const AstExpr *ast, Expr **operands, Expr **expr)
{
    const uint32_t count = ast->count - 1;
    Expr **arms = ARENA_ARRAY(binder->arena, Expr *, count);

    for (uint32_t i = 0; i < count; i++) {
        Expr *sides[2] = {operands[0], operands[i + 1]};
        if (i > 0)
            TRY(bind_duplicate(binder, operands[0], &sides[0]));
        TRY(bind_operator(binder, "=", ast->position, 2, sides, &arms[i]));
    }
    *expr = count == 1 ? arms[0] : expr_form(binder->arena, EXPR_OR, type_of(TYPE_BOOL), count, arms);
    (*expr)->position = ast->position;
    return STATUS_OK;
}

static bool
are_constants(uint32_t count, Expr *const *exprs)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!expr_is_constant(exprs[i]))
            return false;
    }
    return true;
}

/* Arrays have no type of arrays of them: each is compared for itself. */
static bool
are_alike(uint32_t count, const Type *types)
{
    for (uint32_t i = 1; i < count; i++)
        if (types[i].id != TYPE_UNKNOWN && !type_equal(types[i], types[0]))
            return false;
    return true;
}

Status
bind_in(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    Expr **operands = ARENA_ARRAY(binder->arena, Expr *, ast->count);
    Type *types = ARENA_ARRAY(binder->arena, Type, ast->count);
    Type type;

    if (ast->arguments[0]->kind == AST_ROW) {
        TRY(bind_row_in(binder, place, ast, expr));
        return negate(binder, ast->flag, expr);
    }
    for (uint32_t i = 0; i < ast->count; i++)
        TRY(bind_expr(binder, place, ast->arguments[i], &operands[i]));
    TRY(bind_own_forms(binder, ast->count, operands));
    for (uint32_t i = 0; i < ast->count; i++)
        types[i] = operands[i]->type;
    if (ast->count > 2 && function_common_type(ast->count, types, &type) &&
        (type.id != TYPE_LIST || are_alike(ast->count, types)) &&
        !function_common_overflows(ast->count, types, type)) {
        for (uint32_t i = 0; i < ast->count; i++)
            TRY(bind_coerce(binder, operands[i], type, CAST_IMPLICIT, &operands[i]));
        if (type.id != TYPE_JSONB && are_constants(ast->count - 1, operands + 1)) {
            *expr = expr_form(binder->arena, EXPR_IN, type_of(TYPE_BOOL), ast->count, operands);
            (*expr)->position = ast->position;
            return negate(binder, ast->flag, expr);
        }
    }
    TRY(bind_in_comparisons(binder, ast, operands, expr));
    return negate(binder, ast->flag, expr);
}

/* low <= x AND x <= high, of copies. */
static Status
bind_range(Binder *binder, const AstExpr *ast, Expr *value, Expr *low, Expr *high, bool copies, Expr **expr)
{
    Expr *bounds[2][2] = {{value, low}, {value, high}};
    Expr *arms[2];

    TRY(bind_duplicate(binder, value, &bounds[1][0]));
    if (copies) {
        TRY(bind_duplicate(binder, value, &bounds[0][0]));
        TRY(bind_duplicate(binder, low, &bounds[0][1]));
        TRY(bind_duplicate(binder, high, &bounds[1][1]));
    }
    TRY(bind_operator(binder, ">=", ast->position, 2, bounds[0], &arms[0]));
    TRY(bind_operator(binder, "<=", ast->position, 2, bounds[1], &arms[1]));
    *expr = expr_form(binder->arena, EXPR_AND, type_of(TYPE_BOOL), 2, arms);
    (*expr)->position = ast->position;
    return STATUS_OK;
}

Status
bind_between(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    Expr *operands[3];
    Expr *ranges[2];

    if (ast->arguments[0]->kind == AST_ROW) {
        TRY(bind_row_between(binder, place, ast, expr));
        return negate(binder, ast->flag, expr);
    }
    for (uint32_t i = 0; i < 3; i++)
        TRY(bind_expr(binder, place, ast->arguments[i], &operands[i]));
    TRY(bind_range(binder, ast, operands[0], operands[1], operands[2], false, &ranges[0]));
    *expr = ranges[0];
    if (ast->kind == AST_BETWEEN_SYMMETRIC) {
        TRY(bind_range(binder, ast, operands[0], operands[2], operands[1], true, &ranges[1]));
        *expr = expr_form(binder->arena, EXPR_OR, type_of(TYPE_BOOL), 2, ranges);
        (*expr)->position = ast->position;
    }
    return negate(binder, ast->flag, expr);
}
