/* Expressions: one binder function a kind of AST node. */
#include "sql/bind.h"

#include <string.h>

enum { COPIED_MAX = 1000000 };

static Status
bind_integer_expr(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    (void)place;
    *expr = bind_integer(binder, ast->integer, ast->position);
    return STATUS_OK;
}

static Status
bind_decimal_expr(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    (void)place;
    return bind_decimal(binder, ast->text, ast->position, expr);
}

static Status
bind_string_expr(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    (void)place;
    *expr = bind_string(binder, ast->text, strlen(ast->text), ast->position);
    return STATUS_OK;
}

static Status
bind_boolean_expr(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    (void)place;
    *expr = expr_bool(binder->arena, ast->flag);
    (*expr)->position = ast->position;
    return STATUS_OK;
}

static Status
bind_null_expr(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    (void)place;
    *expr = bind_null(binder, ast->position);
    return STATUS_OK;
}

static Status
bind_parameter_expr(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    (void)place;
    return bind_parameter(binder, ast, expr);
}

static Status
bind_session_expr(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    (void)place;
    return bind_session_value(binder, ast, expr);
}

/* t.* as one value is t. */
static Status
bind_star_value(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const ScopeTable *table;

    if (ast->name_count > 0) {
        TRY(bind_whole_row(binder, place, ast, expr));
        return *expr != NULL ? STATUS_OK : bind_qualifier(binder, place->scope, ast, &table);
    }
    return error_set_at(binder->error, STATUS_SYNTAX, ast->position, "\"*\" is not allowed here");
}

static Status
refuse_default(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    (void)place;
    (void)expr;
    return error_set_at(binder->error, STATUS_SYNTAX, ast->position,
                        "DEFAULT is not allowed in this context");
}

static Status
refuse_unsupported(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    (void)place;
    (void)expr;
    return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position, "not supported yet: %s",
                        ast->text);
}

/* Rows that an arm has decided do not ask the arms after it. */
static Status
bind_logic(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const bool is_and = ast->kind == AST_AND;
    Expr **arms = ARENA_ARRAY(binder->arena, Expr *, ast->count);
    ExprPlace arm = *place;

    for (uint32_t i = 0; i < ast->count; i++) {
        TRY(bind_condition(binder, &arm, ast->arguments[i], is_and ? "AND" : "OR", &arms[i]));
        arm.guard = bind_guard(binder, arm.guard, arms[i], is_and ? "is_not_false" : "is_not_true");
    }
    *expr = expr_form(binder->arena, is_and ? EXPR_AND : EXPR_OR, type_of(TYPE_BOOL), ast->count, arms);
    (*expr)->position = ast->position;
    return STATUS_OK;
}

static Status
bind_not(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    Expr *argument;

    TRY(bind_condition(binder, place, ast->arguments[0], "NOT", &argument));
    return bind_resolved_call(binder, "not", ast->position, 1, &argument, expr);
}

/* Text has one order, by bytes: the collations that mean it change nothing. */
static Status
bind_collate(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    static const char *const by_bytes[] = {"C", "POSIX", "ucs_basic", "default"};
    bool known = false;

    TRY(bind_expr(binder, place, ast->arguments[0], expr));
    TRY(bind_known(binder, expr));
    if (!type_is_string((*expr)->type.id))
        return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, ast->position,
                            "collations are not supported by type %s", bind_type_name(binder, (*expr)->type));
    for (size_t i = 0; i < sizeof by_bytes / sizeof by_bytes[0]; i++)
        known |= strcmp(by_bytes[i], ast->text) == 0;
    if (known)
        return STATUS_OK;
    error_set_at(binder->error, STATUS_UNDEFINED_OBJECT, ast->position,
                 "collation \"%s\" for encoding \"UTF8\" does not exist", ast->text);
    return error_hint(binder->error, "Text is ordered by bytes: the collations are \"C\" and \"POSIX\".");
}

static Status
refuse_named(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    (void)place;
    (void)expr;
    return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                        "not supported yet: the named argument \"%s\" here", ast->text);
}

typedef Status (*ExprBinder)(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);

static const ExprBinder expr_binders[] = {
    [AST_INTEGER] = bind_integer_expr,
    [AST_DECIMAL] = bind_decimal_expr,
    [AST_STRING] = bind_string_expr,
    [AST_BOOLEAN] = bind_boolean_expr,
    [AST_NULL] = bind_null_expr,
    [AST_PARAMETER] = bind_parameter_expr,
    [AST_COLUMN] = bind_column,
    [AST_STAR] = bind_star_value,
    [AST_OPERATOR] = bind_operator_expr,
    [AST_AND] = bind_logic,
    [AST_OR] = bind_logic,
    [AST_NOT] = bind_not,
    [AST_IS] = bind_predicate,
    [AST_DISTINCT] = bind_distinct,
    [AST_NULLIF] = bind_nullif,
    [AST_IN] = bind_in,
    [AST_BETWEEN] = bind_between,
    [AST_BETWEEN_SYMMETRIC] = bind_between,
    [AST_CASE] = bind_case,
    [AST_COALESCE] = bind_coalesce,
    [AST_GREATEST] = bind_extreme,
    [AST_LEAST] = bind_extreme,
    [AST_CAST] = bind_cast,
    [AST_COLLATE] = bind_collate,
    [AST_NAMED] = refuse_named,
    [AST_FUNCTION] = bind_call,
    [AST_SESSION_VALUE] = bind_session_expr,
    [AST_SUBQUERY] = bind_subquery,
    [AST_ROW] = bind_row_value,
    [AST_FIELD] = bind_field,
    [AST_ARRAY] = bind_array,
    [AST_SUBSCRIPT] = bind_subscript,
    [AST_QUANTIFIED] = bind_array_quantified,
    [AST_DEFAULT] = refuse_default,
    [AST_GROUPING] = bind_grouping,
    [AST_DIRECT] = bind_direct,
    [AST_GROUPING_SET] = refuse_unsupported,
    [AST_UNSUPPORTED] = refuse_unsupported,
};

Status
bind_expr(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    return expr_binders[ast->kind](binder, place, ast, expr);
}

Status
bind_condition(Binder *binder, const ExprPlace *place, const AstExpr *ast, const char *what, Expr **expr)
{
    TRY(bind_expr(binder, place, ast, expr));
    if (bind_is_unknown(*expr))
        return bind_literal(binder, *expr, type_of(TYPE_BOOL), expr);
    if ((*expr)->type.id != TYPE_BOOL)
        return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, bind_start(*expr),
                            "argument of %s must be type boolean, not type %s", what,
                            bind_type_name(binder, (*expr)->type));
    return STATUS_OK;
}

Status
bind_conditions(Binder *binder, const ExprPlace *place, const AstExpr *ast, const char *what, uint32_t *count,
                Expr ***exprs)
{
    const bool is_and = ast->kind == AST_AND;

    *count = is_and ? ast->count : 1;
    *exprs = ARENA_ARRAY(binder->arena, Expr *, *count);
    for (uint32_t i = 0; i < *count; i++)
        TRY(bind_condition(binder, place, is_and ? ast->arguments[i] : ast, is_and ? "AND" : what,
                           &(*exprs)[i]));
    return STATUS_OK;
}

/* Nodes of the expression, counted no further than `limit`. */
static uint64_t
count_nodes(const Expr *expr, uint64_t limit)
{
    uint64_t count = 1;

    for (uint32_t i = 0; i < expr->argument_count && count < limit; i++)
        count += count_nodes(expr->arguments[i], limit - count);
    return count;
}

Status
bind_duplicate(Binder *binder, const Expr *expr, Expr **copy)
{
    binder->copied += count_nodes(expr, COPIED_MAX);
    if (binder->copied > COPIED_MAX)
        return error_set_at(binder->error, STATUS_TOO_COMPLEX, expr->position, "the expression is too large");
    *copy = expr_copy(binder->arena, expr);
    return STATUS_OK;
}
