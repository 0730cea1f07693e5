/* VALUES lists, as statements and in FROM. */
#include "sql/bind.h"

#include <string.h>

static Status
check_widths(Binder *binder, const AstSelect *ast)
{
    for (uint32_t r = 0; r < ast->row_count; r++) {
        if (ast->row_widths[r] != ast->row_width)
            return error_set_at(binder->error, STATUS_SYNTAX,
                                ast->row_widths[r] > 0 ? ast->rows[r][0]->position : 0,
                                "VALUES lists must all be the same length");
    }
    return STATUS_OK;
}

/* The values of one column become of one type. */
static Status
settle_column(Binder *binder, uint32_t column, uint32_t row_count, Expr ***rows)
{
    Expr **values = ARENA_ARRAY(binder->arena, Expr *, row_count);
    Type type;

    for (uint32_t r = 0; r < row_count; r++)
        values[r] = rows[r][column];
    TRY(bind_to_common(binder, "VALUES", row_count, values, &type));
    for (uint32_t r = 0; r < row_count; r++)
        rows[r][column] = values[r];
    return STATUS_OK;
}

static Status
bind_rows(Binder *binder, const AstSelect *ast, SubqueryList *subqueries, Expr ***rows)
{
    const ExprPlace place = {.clause = "VALUES", .subqueries = subqueries};

    for (uint32_t r = 0; r < ast->row_count; r++) {
        rows[r] = ARENA_ARRAY(binder->arena, Expr *, ast->row_width);
        for (uint32_t c = 0; c < ast->row_width; c++)
            TRY(bind_expr(binder, &place, ast->rows[r][c], &rows[r][c]));
    }
    for (uint32_t c = 0; c < ast->row_width; c++)
        TRY(settle_column(binder, c, ast->row_count, rows));
    return STATUS_OK;
}

Status
bind_values(Binder *binder, const AstSelect *ast, PlanNode **node)
{
    Expr ***rows = ARENA_ARRAY(binder->arena, Expr **, ast->row_count);
    const char **names = ARENA_ARRAY(binder->arena, const char *, ast->row_width);
    SubqueryList subqueries = {0};

    TRY(check_widths(binder, ast));
    TRY(bind_rows(binder, ast, &subqueries, rows));
    for (uint32_t c = 0; c < ast->row_width; c++)
        names[c] = arena_format(binder->arena, "column%u", c + 1);
    return bind_rows_node(binder, &subqueries, ast->row_count, ast->row_width, rows, names, node);
}
