/* INSERT: the rows, cast to the table's columns and in their order. */
#include "sql/bind.h"

#include <string.h>

static int64_t
find_column(const TableInfo *table, const char *name)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i].name, name) == 0)
            return i;
    }
    return -1;
}

static Status
raise_no_column(Binder *binder, const TableInfo *table, const QualifiedName *name)
{
    const char **names = ARENA_ARRAY(binder->arena, const char *, table->column_count);

    for (uint32_t i = 0; i < table->column_count; i++)
        names[i] = table->columns[i].name;
    error_set_at(binder->error, STATUS_UNDEFINED_COLUMN, name->position,
                 "column \"%s\" of relation \"%s\" does not exist", name->name, table->name);
    const char *nearest = name_nearest(name->name, table->column_count, names);
    if (nearest != NULL)
        error_hint(binder->error, "Perhaps you meant the column \"%s\".", nearest);
    return STATUS_UNDEFINED_COLUMN;
}

Status
bind_target_columns(Binder *binder, const TableInfo *table, const AstStatement *ast, uint32_t *count,
                    uint32_t **ordinals)
{
    bool *used = ARENA_ARRAY(binder->arena, bool, table->column_count);

    *count = ast->target_count > 0 ? ast->target_count : table->column_count;
    *ordinals = ARENA_ARRAY(binder->arena, uint32_t, *count);
    for (uint32_t i = 0; i < *count; i++) {
        const int64_t column = ast->target_count > 0 ? find_column(table, ast->targets[i].name) : i;
        if (column < 0)
            return raise_no_column(binder, table, &ast->targets[i]);
        if (used[column])
            return error_set_at(binder->error, STATUS_DUPLICATE_COLUMN, ast->targets[i].position,
                                "column \"%s\" specified more than once", ast->targets[i].name);
        used[column] = true;
        (*ordinals)[i] = (uint32_t)column;
    }
    return STATUS_OK;
}

/* What an INSERT writes to: columns[i] takes the i-th value of a row. */
typedef struct InsertTarget {
    const TableInfo *table;
    uint32_t count;
    uint32_t *columns;
    bool listed; /* the statement names its columns */
} InsertTarget;

/* More values than columns never; fewer only where no columns are named (the rest has its defaults). */
static Status
check_width(Binder *binder, const InsertTarget *target, uint32_t width, int32_t extra_position,
            const AstStatement *ast)
{
    if (width > target->count)
        return error_set_at(binder->error, STATUS_SYNTAX, extra_position,
                            "INSERT has more expressions than target columns");
    if (width < target->count && target->listed)
        return error_set_at(binder->error, STATUS_SYNTAX, ast->targets[width].position,
                            "INSERT has more target columns than expressions");
    return STATUS_OK;
}

Status
bind_target_column(Binder *binder, const TableInfo *table, const QualifiedName *name, uint32_t *column)
{
    const int64_t found = find_column(table, name->name);

    if (found < 0)
        return raise_no_column(binder, table, name);
    *column = (uint32_t)found;
    return STATUS_OK;
}

/* A record without a name becomes any composite type that it fits. */
static bool
is_row_of(Type value, Type column)
{
    return value.id == TYPE_STRUCT && column.id == TYPE_STRUCT && value.nested->name == NULL;
}

static Status
assign(Binder *binder, const ColumnInfo *column, Expr *value, const char *what, Expr **assigned)
{
    bool needed;

    if (!bind_is_unknown(value) && !is_row_of(value->type, column->type) &&
        function_find_cast(value->type, column->type, CAST_ASSIGNMENT, &needed) == NULL &&
        !type_equal(value->type, column->type)) {
        error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, bind_start(value),
                     "column \"%s\" is of type %s but %s is of type %s", column->name,
                     bind_type_name(binder, column->type), what, bind_type_name(binder, value->type));
        return error_hint(binder->error, "You will need to rewrite or cast the expression.");
    }
    return bind_coerce(binder, value, column->type, CAST_ASSIGNMENT, assigned);
}

Status
bind_assignment(Binder *binder, const ColumnInfo *column, Expr *value, Expr **assigned)
{
    return assign(binder, column, value, "expression", assigned);
}

Status
bind_default_assignment(Binder *binder, const ColumnInfo *column, Expr *value, Expr **assigned)
{
    return assign(binder, column, value, "default expression", assigned);
}

static const char *const *
table_names(Binder *binder, const TableInfo *table)
{
    const char **names = ARENA_ARRAY(binder->arena, const char *, table->column_count);

    for (uint32_t i = 0; i < table->column_count; i++)
        names[i] = table->columns[i].name;
    return names;
}

static Expr **
copy_row(Binder *binder, const TableInfo *table, Expr *const *row)
{
    Expr **copy = ARENA_ARRAY(binder->arena, Expr *, table->column_count);

    for (uint32_t i = 0; i < table->column_count; i++)
        copy[i] = expr_copy(binder->arena, row[i]);
    return copy;
}

static Status
bind_insert_row(Binder *binder, const InsertTarget *target, SubqueryList *subqueries, bool alone,
                const AstExpr *const *values, uint32_t count, Expr **row)
{
    const ExprPlace place = {.clause = "VALUES", .subqueries = subqueries, .takes_sets = alone};

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t column = target->columns[i];
        Expr *value;
        if (values[i]->kind == AST_DEFAULT) /* which stands there already */
            continue;
        TRY(bind_expr(binder, &place, values[i], &value));
        TRY(bind_assignment(binder, &target->table->columns[column], value, &row[column]));
    }
    return STATUS_OK;
}

/* The rows of set-returning functions in a single row of VALUES, which is as good as a SELECT. */
static Status
expand_row(Binder *binder, const InsertTarget *target, SubqueryList *subqueries, Expr **row, PlanNode **plan)
{
    const uint32_t count = target->table->column_count;

    *plan = bind_one_row(binder);
    TRY(bind_attach_all(binder, subqueries, plan, count, row));
    TRY(bind_expand_sets(binder, plan, count, row));
    *plan = bind_project_node(binder, *plan, count, row, table_names(binder, target->table));
    return STATUS_OK;
}

static bool
has_sets(uint32_t count, Expr *const *row)
{
    for (uint32_t i = 0; i < count; i++) {
        if (bind_has_set(row[i]))
            return true;
    }
    return false;
}

/* Each row's values take the columns' types one by one, as in PostgreSQL. */
static Status
bind_insert_values(Binder *binder, const AstStatement *ast, const InsertTarget *target, PlanNode **plan)
{
    const AstSelect *select = ast->select;
    Expr ***rows = ARENA_ARRAY(binder->arena, Expr **, select->row_count);
    SubqueryList subqueries = {0};
    Expr **defaults;

    TRY(bind_default_row(binder, target->table, &defaults));
    for (uint32_t r = 0; r < select->row_count; r++) {
        const uint32_t width = select->row_widths[r];
        if (width != select->row_width)
            return error_set_at(binder->error, STATUS_SYNTAX, width > 0 ? select->rows[r][0]->position : 0,
                                "VALUES lists must all be the same length");
        TRY(check_width(binder, target, width,
                        width > target->count ? select->rows[r][target->count]->position : 0, ast));
        rows[r] = copy_row(binder, target->table, defaults);
        TRY(bind_insert_row(binder, target, &subqueries, select->row_count == 1, select->rows[r], width,
                            rows[r]));
    }
    if (select->row_count == 1 && has_sets(target->table->column_count, rows[0]))
        return expand_row(binder, target, &subqueries, rows[0], plan);
    return bind_rows_node(binder, &subqueries, select->row_count, target->table->column_count, rows,
                          table_names(binder, target->table), plan);
}

static Status
bind_insert_select(Binder *binder, const AstStatement *ast, const InsertTarget *target, PlanNode **plan)
{
    const AstSelect *select = ast->select;
    Type *wanted = ARENA_ARRAY(binder->arena, Type, target->count);
    Expr **exprs;
    PlanNode *rows;

    TRY(bind_default_row(binder, target->table, &exprs));
    for (uint32_t i = 0; i < target->count; i++)
        wanted[i] = target->table->columns[target->columns[i]].type;
    TRY(bind_select(binder, select, target->count, wanted, &rows));
    const bool extra = rows->column_count > target->count && target->count < select->target_count;
    const int32_t position = extra ? select->targets[target->count].position : 0;
    TRY(check_width(binder, target, rows->column_count, position, ast));
    for (uint32_t i = 0; i < rows->column_count; i++) {
        Expr *value = expr_column(binder->arena, rows->columns[i].type, i);
        value->position = i < select->target_count ? select->targets[i].position : 0;
        TRY(bind_assignment(binder, &target->table->columns[target->columns[i]], value,
                            &exprs[target->columns[i]]));
    }
    *plan = bind_project_node(binder, rows, target->table->column_count, exprs,
                              table_names(binder, target->table));
    return STATUS_OK;
}

/* VALUES alone, without anything that makes it a query. */
static bool
is_plain_values(const AstSelect *select)
{
    return select->row_count > 0 && select->sort_count == 0 && select->limit == NULL &&
           select->offset == NULL && select->cte_count == 0;
}

static Status
bind_rows(Binder *binder, const AstStatement *ast, const InsertTarget *target, PlanNode **plan)
{
    if (ast->select == NULL) { /* DEFAULT VALUES */
        Expr ***rows = ARENA_ARRAY(binder->arena, Expr **, 1);
        TRY(bind_default_row(binder, target->table, &rows[0]));
        *plan = bind_values_node(binder, 1, target->table->column_count, rows,
                                 table_names(binder, target->table));
        return STATUS_OK;
    }
    if (is_plain_values(ast->select))
        return bind_insert_values(binder, ast, target, plan);
    return bind_insert_select(binder, ast, target, plan);
}

Status
bind_insert(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    InsertTarget target = {.listed = ast->target_count > 0};

    statement->command = "INSERT";
    if (ast->with != NULL)
        TRY(bind_ctes(binder, ast->with));
    TRY(bind_target(binder, ast->relation.schema, ast->relation.name, ast->relation.position, &target.table));
    statement->target = target.table;
    TRY(bind_target_columns(binder, target.table, ast, &target.count, &target.columns));
    TRY(bind_rows(binder, ast, &target, &statement->plan));
    if (ast->returning_count > 0) {
        Scope scope;
        bind_target_scope(binder, ast->target, target.table, statement->plan, &scope);
        TRY(bind_returning(binder, ast, &scope, target.table->column_count, -1, statement));
    }
    return STATUS_OK;
}
