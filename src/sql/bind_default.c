/* DEFAULTs of columns: checked when they are set, kept as text, bound anew by each statement that needs them.
 */
#include "sql/bind.h"

#include <string.h>

/* In a place without columns, parameters and subqueries. */
static Status
bind_value(Binder *binder, const ColumnInfo *column, const AstExpr *ast, Expr **value)
{
    const ExprPlace place = {.clause = "DEFAULT expressions"};
    const BindContext *context = binder->context;
    BindContext bare = *context;
    int32_t position = 0;
    Expr *given;

    if (ast_refers_to_column(ast, &position))
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, position,
                            "cannot use column reference in DEFAULT expression");
    bare.parameter_count = 0;
    binder->context = &bare;
    Status status = bind_expr(binder, &place, ast, &given);
    if (status == STATUS_OK)
        status = bind_default_assignment(binder, column, given, value);
    binder->context = context;
    return status;
}

/* 'x' as PostgreSQL shows it: with the column's type. */
static const char *
shown_text(Binder *binder, const ColumnInfo *column, const AstExpr *ast, const char *text)
{
    const TypeCategory category = type_category(column->type.id);

    if (ast->kind != AST_STRING || text[0] != '\'' ||
        (category != CATEGORY_STRING && category != CATEGORY_DATETIME))
        return text;
    return arena_format(binder->arena, "%s::%s", text, type_name(column->type.id));
}

Status
bind_set_default(Binder *binder, ColumnInfo *column, const AstExpr *ast, const char *text)
{
    Expr *value;

    column->default_text = NULL;
    if (ast == NULL || ast->kind == AST_NULL)
        return STATUS_OK;
    TRY(bind_value(binder, column, ast, &value));
    column->default_text = shown_text(binder, column, ast, text);
    return STATUS_OK;
}

static Status
bind_text(Binder *binder, const ColumnInfo *column, Expr **value)
{
    const char *sql = arena_format(binder->arena, "SELECT %s", column->default_text);
    ParseTree *tree;

    TRY(sql_parse(binder->arena, sql, strlen(sql), &tree, binder->error));
    const AstSelect *select = tree->statement->select;
    if (select == NULL || select->target_count != 1)
        return error_set(binder->error, STATUS_CORRUPT, "the default of column \"%s\" cannot be read",
                         column->name);
    return bind_value(binder, column, select->targets[0].expr, value);
}

Status
bind_default(Binder *binder, const ColumnInfo *column, Expr **value)
{
    Error *error = binder->error;
    Error failure = {0};

    if (column->default_text == NULL) {
        *value = expr_null(binder->arena, column->type);
        return STATUS_OK;
    }
    binder->error = &failure;
    const Status status = bind_text(binder, column, value);
    binder->error = error;
    failure.sql_position = 0; /* it would be one in the default's own text */
    return status == STATUS_OK ? STATUS_OK : error_copy(error, &failure);
}

Status
bind_default_row(Binder *binder, const TableInfo *table, Expr ***row)
{
    *row = ARENA_ARRAY(binder->arena, Expr *, table->column_count);
    for (uint32_t i = 0; i < table->column_count; i++)
        TRY(bind_default(binder, &table->columns[i], &(*row)[i]));
    return STATUS_OK;
}

Status
sql_bind_default(const BindContext *context, const ColumnInfo *column, Expr **value, Error *error)
{
    Error local = {0};
    Binder binder = {.context = context, .arena = context->arena, .error = error == NULL ? &local : error};

    return bind_default(&binder, column, value);
}
