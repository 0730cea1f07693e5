/* Rows of values, (a, b), where they are compared. */
#include "sql/bind.h"

#include <string.h>

static Status
compare_pair(Binder *binder, const char *name, int32_t position, Expr *left, Expr *right, Expr **expr)
{
    Expr *sides[2] = {left, right};

    return bind_operator(binder, name, position, 2, sides, expr);
}

/* a = c AND b = d; a <> c OR b <> d. */
static Status
compare_all(Binder *binder, const char *name, int32_t position, uint32_t count, Expr **left, Expr **right,
            Expr **expr)
{
    const ExprKind form = strcmp(name, "=") == 0 ? EXPR_AND : EXPR_OR;
    Expr **pairs = ARENA_ARRAY(binder->arena, Expr *, count);

    for (uint32_t i = 0; i < count; i++)
        TRY(compare_pair(binder, name, position, left[i], right[i], &pairs[i]));
    *expr = expr_form(binder->arena, form, type_of(TYPE_BOOL), count, pairs);
    (*expr)->position = position;
    return STATUS_OK;
}

/* The first pair that differs decides: CASE WHEN a <> c OR a IS NULL OR c IS NULL THEN a < c … ELSE the last
 * pair. */
static Status
compare_in_order(Binder *binder, const char *name, int32_t position, uint32_t count, Expr **left,
                 Expr **right, Expr **expr)
{
    Expr **arms = ARENA_ARRAY(binder->arena, Expr *, 2 * (size_t)count);
    const char strict[2] = {name[0], '\0'};
    uint32_t arm_count = 0;

    for (uint32_t i = 0; i < count; i++) {
        Expr *sides[2] = {left[i], right[i]};
        const bool last = i + 1 == count;
        TRY(compare_pair(binder, last ? name : strict, position, sides[0], sides[1],
                         &arms[arm_count + !last]));
        if (last)
            break;
        TRY(bind_duplicate(binder, left[i], &sides[0]));
        TRY(bind_duplicate(binder, right[i], &sides[1]));
        TRY(compare_pair(binder, "=", position, sides[0], sides[1], &arms[arm_count]));
        TRY(bind_resolved_call(binder, "is_not_true", position, 1, &arms[arm_count], &arms[arm_count]));
        arm_count += 2;
    }
    *expr = expr_form(binder->arena, EXPR_CASE, type_of(TYPE_BOOL), arm_count + 1, arms);
    (*expr)->position = position;
    return STATUS_OK;
}

Status
bind_row_comparison(Binder *binder, const char *name, int32_t position, uint32_t count, Expr **left,
                    Expr **right, Expr **expr)
{
    static const char *const orders[] = {"<", "<=", ">", ">="};

    if (count == 1)
        return compare_pair(binder, name, position, left[0], right[0], expr);
    if (strcmp(name, "=") == 0 || strcmp(name, "<>") == 0)
        return compare_all(binder, name, position, count, left, right, expr);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        if (strcmp(name, orders[i]) == 0)
            return compare_in_order(binder, name, position, count, left, right, expr);
    }
    error_set_at(binder->error, STATUS_NOT_SUPPORTED, position,
                 "could not determine interpretation of row comparison operator %s", name);
    return error_hint(binder->error,
                      "Row comparison operators must be associated with btree operator families.");
}

static Status
raise_unequal(Binder *binder, int32_t position)
{
    return error_set_at(binder->error, STATUS_SYNTAX, position,
                        "unequal number of entries in row expressions");
}

/* (a, b) op (c, d), (a, b) op (SELECT c, d …) */
Status
bind_row_operator(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const AstExpr *other = ast->arguments[1];
    uint32_t count;
    uint32_t other_count;
    Expr **left;
    Expr **right;

    TRY(bind_row(binder, place, ast->arguments[0], &count, &left));
    if (count == 0)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "cannot compare rows of zero length");
    if (other->kind == AST_SUBQUERY && other->quantifier == AST_SCALAR) {
        right = ARENA_ARRAY(binder->arena, Expr *, count);
        TRY(bind_scalar_columns(binder, place, other, count, right));
    } else {
        TRY(bind_row(binder, place, other, &other_count, &right));
        if (other->kind != AST_ROW || other_count != count)
            return raise_unequal(binder, ast->position);
    }
    return bind_row_comparison(binder, ast->text, ast->position, count, left, right, expr);
}

/* (a, b) IN ((1, 2), (3, 4)) */
Status
bind_row_in(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    Expr **arms = ARENA_ARRAY(binder->arena, Expr *, ast->count);
    uint32_t count;
    uint32_t other_count;
    Expr **left;
    Expr **right;

    TRY(bind_row(binder, place, ast->arguments[0], &count, &left));
    for (uint32_t i = 1; i < ast->count; i++) {
        TRY(bind_row(binder, place, ast->arguments[i], &other_count, &right));
        if (ast->arguments[i]->kind != AST_ROW || other_count != count)
            return raise_unequal(binder, ast->position);
        for (uint32_t c = 0; c < count && i > 1; c++)
            TRY(bind_duplicate(binder, left[c], &left[c]));
        TRY(bind_row_comparison(binder, "=", ast->position, count, left, right, &arms[i - 1]));
    }
    *expr = ast->count == 2 ? arms[0]
                            : expr_form(binder->arena, EXPR_OR, type_of(TYPE_BOOL), ast->count - 1, arms);
    (*expr)->position = ast->position;
    return STATUS_OK;
}

/* (a, b) IS NULL: all of them are; (a, b) IS NOT NULL: none of them is. */
Status
bind_row_null(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    uint32_t count;
    Expr **values;

    TRY(bind_row(binder, place, ast->arguments[0], &count, &values));
    for (uint32_t i = 0; i < count; i++)
        TRY(bind_resolved_call(binder, ast->text, ast->position, 1, &values[i], &values[i]));
    *expr = count == 0   ? expr_bool(binder->arena, true)
            : count == 1 ? values[0]
                         : expr_form(binder->arena, EXPR_AND, type_of(TYPE_BOOL), count, values);
    (*expr)->position = ast->position;
    return STATUS_OK;
}

/* (a, b) IS DISTINCT FROM (c, d): one of the pairs is. */
Status
bind_row_distinct(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    uint32_t count;
    uint32_t other_count;
    Expr **left;
    Expr **right;

    TRY(bind_row(binder, place, ast->arguments[0], &count, &left));
    TRY(bind_row(binder, place, ast->arguments[1], &other_count, &right));
    if (ast->arguments[0]->kind != ast->arguments[1]->kind || other_count != count || count == 0)
        return raise_unequal(binder, ast->position);
    for (uint32_t i = 0; i < count; i++) {
        Expr *pair[2] = {left[i], right[i]};
        TRY(bind_distinct_pair(binder, ast->flag, ast->position, pair, &left[i]));
    }
    *expr = count == 1
                ? left[0]
                : expr_form(binder->arena, ast->flag ? EXPR_AND : EXPR_OR, type_of(TYPE_BOOL), count, left);
    (*expr)->position = ast->position;
    return STATUS_OK;
}

static Status
compare_written(Binder *binder, const ExprPlace *place, const char *name, int32_t position,
                const AstExpr *left, const AstExpr *right, Expr **expr)
{
    const AstExpr *sides[2] = {left, right};
    const AstExpr comparison = {
        .kind = AST_OPERATOR, .position = position, .text = name, .count = 2, .arguments = sides};

    return bind_row_operator(binder, place, &comparison, expr);
}

Status
bind_row_equal(Binder *binder, const ExprPlace *place, const AstExpr *left, const AstExpr *right, Expr **expr)
{
    return compare_written(binder, place, "=", right->position, left, right, expr);
}

/* (a, b) >= low AND (a, b) <= high */
static Status
bind_row_range(Binder *binder, const ExprPlace *place, const AstExpr *ast, const AstExpr *low,
               const AstExpr *high, Expr **expr)
{
    Expr *arms[2];

    TRY(compare_written(binder, place, ">=", ast->position, ast->arguments[0], low, &arms[0]));
    TRY(compare_written(binder, place, "<=", ast->position, ast->arguments[0], high, &arms[1]));
    *expr = expr_form(binder->arena, EXPR_AND, type_of(TYPE_BOOL), 2, arms);
    (*expr)->position = ast->position;
    return STATUS_OK;
}

Status
bind_row_between(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    Expr *ranges[2];

    TRY(bind_row_range(binder, place, ast, ast->arguments[1], ast->arguments[2], &ranges[0]));
    *expr = ranges[0];
    if (ast->kind != AST_BETWEEN_SYMMETRIC)
        return STATUS_OK;
    TRY(bind_row_range(binder, place, ast, ast->arguments[2], ast->arguments[1], &ranges[1]));
    *expr = expr_form(binder->arena, EXPR_OR, type_of(TYPE_BOOL), 2, ranges);
    (*expr)->position = ast->position;
    return STATUS_OK;
}
