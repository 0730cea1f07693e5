/* ORDER BY over the result's columns, and DISTINCT ON. */
#include "sql/bind.h"

#include <string.h>

enum { KEYS_MAX = 1664 };

void
bind_add_output(Binder *binder, Outputs *outputs, const char *name, Expr *expr, bool hidden)
{
    if (outputs->count == outputs->capacity) {
        OutputColumn *grown = ARENA_ARRAY(binder->arena, OutputColumn, outputs->capacity * 2 + 8);
        if (outputs->count > 0)
            memcpy(grown, outputs->items, outputs->count * sizeof *grown);
        outputs->items = grown;
        outputs->capacity = outputs->capacity * 2 + 8;
    }
    outputs->items[outputs->count++] = (OutputColumn){.name = name, .expr = expr, .hidden = hidden};
}

/* A bare name is a column of the result first. */
static Status
find_by_name(Binder *binder, const AstExpr *ast, const char *clause, const Outputs *outputs, int64_t *column)
{
    *column = -1;
    if (ast->kind != AST_COLUMN || ast->name_count != 1)
        return STATUS_OK;
    for (uint32_t i = 0; i < outputs->count; i++) {
        if (outputs->items[i].hidden || strcmp(outputs->items[i].name, ast->names[0]) != 0)
            continue;
        if (*column >= 0 && !expr_equal(outputs->items[*column].expr, outputs->items[i].expr))
            return error_set_at(binder->error, STATUS_AMBIGUOUS_COLUMN, ast->position,
                                "%s \"%s\" is ambiguous", clause, ast->names[0]);
        if (*column < 0)
            *column = i;
    }
    return STATUS_OK;
}

static uint32_t
visible_count(const Outputs *outputs)
{
    uint32_t count = 0;

    while (count < outputs->count && !outputs->items[count].hidden)
        count++;
    return count;
}

/* The output that is that expression, or their count. */
static uint32_t
find_equal(const Outputs *outputs, const Expr *expr)
{
    uint32_t column = 0;

    while (column < outputs->count && !expr_equal(outputs->items[column].expr, expr))
        column++;
    return column;
}

/* Any other expression: an output that is the same, or a hidden one. */
static Status
find_by_expr(Binder *binder, const AstSelect *select, const AstExpr *ast, const ExprPlace *place,
             Outputs *outputs, int64_t *column)
{
    Expr *expr;

    TRY(bind_expr(binder, place, ast, &expr));
    TRY(bind_known(binder, &expr));
    *column = find_equal(outputs, expr);
    if (*column < outputs->count)
        return STATUS_OK;
    if (select->set_operation != AST_SET_NONE) {
        error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast_start(ast),
                     "invalid UNION/INTERSECT/EXCEPT ORDER BY clause");
        return error_hint(binder->error,
                          "Only result column names can be used, not expressions or functions. "
                          "Add the expression/function to every SELECT, or move the UNION into "
                          "a FROM clause.");
    }
    if (select->distinct && select->distinct_on_count == 0)
        return error_set_at(binder->error, STATUS_INVALID_COLUMN_REFERENCE, ast_start(ast),
                            "for SELECT DISTINCT, ORDER BY expressions must appear in select list");
    bind_add_output(binder, outputs, bind_output_name(ast), expr, true);
    return STATUS_OK;
}

static Status
find_column(Binder *binder, const AstSelect *select, const AstExpr *ast, const ExprPlace *place,
            Outputs *outputs, int64_t *column)
{
    if (ast->kind == AST_INTEGER) {
        if (ast->integer < 1 || ast->integer > (int64_t)visible_count(outputs))
            return error_set_at(binder->error, STATUS_INVALID_COLUMN_REFERENCE, ast->position,
                                "%s position %lld is not in select list", place->clause,
                                (long long)ast->integer);
        *column = ast->integer - 1;
        return STATUS_OK;
    }
    if (ast->kind == AST_DECIMAL || ast->kind == AST_STRING || ast->kind == AST_BOOLEAN)
        return error_set_at(binder->error, STATUS_SYNTAX, ast->position, "non-integer constant in %s",
                            place->clause);
    TRY(find_by_name(binder, ast, place->clause, outputs, column));
    if (*column >= 0)
        return STATUS_OK;
    return find_by_expr(binder, select, ast, place, outputs, column);
}

Status
bind_sort_operator(Binder *binder, const AstSort *sort)
{
    if (sort->misused == NULL)
        return STATUS_OK;
    error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, sort->expr->position,
                 "operator %s is not a valid ordering operator", sort->misused);
    return error_hint(binder->error,
                      "Ordering operators must be \"<\" or \">\" members of btree operator families.");
}

static Status
find_sort_column(Binder *binder, const AstSelect *select, const AstSort *sort, const ExprPlace *place,
                 Outputs *outputs, int64_t *column)
{
    TRY(bind_sort_operator(binder, sort));
    return find_column(binder, select, sort->expr, place, outputs, column);
}

/* What does not sort as it stands is sorted by a hidden column made of it. */
static Status
take_sort_value(Binder *binder, const AstSelect *select, const AstExpr *ast, Outputs *outputs,
                int64_t *column)
{
    const bool fixed = select->distinct && select->distinct_on_count == 0;
    Expr *value = outputs->items[*column].expr;

    TRY(bind_sort_value(binder, ast->position, &value));
    if (value == outputs->items[*column].expr)
        return STATUS_OK;
    if (fixed || select->set_operation != AST_SET_NONE || select->row_count > 0) {
        error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                     "not supported yet: the order of jsonb after DISTINCT, set operations and VALUES");
        return error_hint(binder->error, "Order a query around this one.");
    }
    *column = find_equal(outputs, value);
    if (*column == outputs->count)
        bind_add_output(binder, outputs, bind_output_name(ast), value, true);
    return STATUS_OK;
}

Status
bind_order(Binder *binder, const AstSelect *ast, const ExprPlace *place, Outputs *outputs, SortKey *keys)
{
    if (ast->sort_count > KEYS_MAX)
        return error_set_at(binder->error, STATUS_TOO_MANY_COLUMNS, ast->sorts[KEYS_MAX].expr->position,
                            "ORDER BY can have at most %d expressions", (int)KEYS_MAX);
    for (uint32_t i = 0; i < ast->sort_count; i++) {
        const AstSort *sort = &ast->sorts[i];
        int64_t column = -1;
        TRY(find_sort_column(binder, ast, sort, place, outputs, &column));
        TRY(take_sort_value(binder, ast, sort->expr, outputs, &column));
        keys[i] = (SortKey){(uint32_t)column, sort->descending, sort->nulls_first};
    }
    return STATUS_OK;
}

static bool
has_column(const uint32_t *columns, uint32_t count, uint32_t column)
{
    for (uint32_t i = 0; i < count; i++) {
        if (columns[i] == column)
            return true;
    }
    return false;
}

static bool
has_key(const SortKey *keys, uint32_t count, uint32_t column)
{
    for (uint32_t i = 0; i < count; i++) {
        if (keys[i].column == column)
            return true;
    }
    return false;
}

/* Sort keys that are no keys of DISTINCT ON come behind those that are, and behind all of them. */
static bool
match_initially(const AstSelect *ast, const SortKey *keys, const uint32_t *columns)
{
    bool others = false;

    for (uint32_t i = 0; i < ast->sort_count; i++) {
        const bool is_key = has_column(columns, ast->distinct_on_count, keys[i].column);
        if (is_key && others)
            return false;
        others = others || !is_key;
    }
    for (uint32_t i = 0; others && i < ast->distinct_on_count; i++) {
        if (!has_key(keys, ast->sort_count, columns[i]))
            return false;
    }
    return true;
}

Status
bind_distinct_on(Binder *binder, const AstSelect *ast, const ExprPlace *place, Outputs *outputs,
                 const SortKey *keys, uint32_t **columns)
{
    ExprPlace inner = *place;

    inner.clause = "DISTINCT ON";
    *columns = ARENA_ARRAY(binder->arena, uint32_t, ast->distinct_on_count + 1);
    if (ast->distinct_on_count > KEYS_MAX)
        return error_set_at(binder->error, STATUS_TOO_MANY_COLUMNS, ast->distinct_on[0]->position,
                            "DISTINCT ON can have at most %d expressions", (int)KEYS_MAX);
    for (uint32_t i = 0; i < ast->distinct_on_count; i++) {
        int64_t column = -1;
        TRY(find_column(binder, ast, ast->distinct_on[i], &inner, outputs, &column));
        TRY(bind_check_equality(binder, outputs->items[column].expr->type, ast->distinct_on[i]->position));
        TRY(take_sort_value(binder, ast, ast->distinct_on[i], outputs, &column));
        (*columns)[i] = (uint32_t)column;
    }
    if (!match_initially(ast, keys, *columns))
        return error_set_at(binder->error, STATUS_INVALID_COLUMN_REFERENCE, ast->distinct_on[0]->position,
                            "SELECT DISTINCT ON expressions must match initial ORDER BY expressions");
    return STATUS_OK;
}
