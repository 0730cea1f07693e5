/* DELETE and UPDATE: the numbers of the rows that go, and what stands in their place. */
#include "plan/row_id.h"
#include "sql/bind.h"

#include <string.h>

/* A change while it is bound. */
typedef struct Change {
    const AstStatement *ast;
    const TableInfo *table;
    uint32_t row_id; /* column of the scope's node */
    Scope scope;
    SubqueryList subqueries;
    Expr **parts; /* SET (a, b) = (SELECT …): the columns of the subquery that is assigned just now */
} Change;

/* One more column: no name refers to it, and * does not stand for it. */
static uint32_t
add_row_id(Binder *binder, PlanNode *node)
{
    const uint32_t count = node->column_count;
    PlanColumn *columns = ARENA_ARRAY(binder->arena, PlanColumn, count + 1);
    uint32_t *ids = ARENA_ARRAY(binder->arena, uint32_t, count + 1);
    uint32_t *output = ARENA_ARRAY(binder->arena, uint32_t, count + 1);

    memcpy(columns, node->columns, count * sizeof *columns);
    memcpy(ids, node->scan.read_ids, count * sizeof *ids);
    memcpy(output, node->scan.output, count * sizeof *output);
    columns[count] = (PlanColumn){"row", type_of(TYPE_INT8)};
    ids[count] = ROW_ID_COLUMN;
    output[count] = count;
    node->columns = columns;
    node->column_count = count + 1;
    node->scan.read_columns = columns;
    node->scan.read_ids = ids;
    node->scan.read_count = count + 1;
    node->scan.output = output;
    node->scan.output_count = count + 1;
    return count;
}

/* The table itself, whatever WITH queries are called. */
static Status
bind_changed_table(Binder *binder, Change *change)
{
    const AstRelation *relation = &change->ast->relation;
    const CteScope *visible = binder->ctes;

    TRY(bind_target(binder, relation->schema, relation->name, relation->position, &change->table));
    binder->ctes = NULL;
    const Status status = bind_from_item(binder, change->ast->select->from[0], &change->scope);
    binder->ctes = visible;
    TRY(status);
    PlanNode *node = change->scope.node;
    if (node->kind != PLAN_SCAN)
        return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, relation->position,
                            "\"%s\" is not a table", relation->name);
    change->table = node->scan.table; /* the snapshot that is read */
    change->row_id = add_row_id(binder, node);
    return STATUS_OK;
}

static Status
bind_changed_rows(Binder *binder, Change *change)
{
    const AstSelect *select = change->ast->select;
    const ExprPlace place = {.clause = "WHERE", .scope = &change->scope, .subqueries = &change->subqueries};
    uint32_t count;
    Expr **conditions;

    TRY(bind_changed_table(binder, change));
    for (uint32_t i = 1; i < select->from_count; i++) {
        const Scope left = change->scope;
        Scope right;
        TRY(bind_right_item(binder, &left, JOIN_CROSS, select->from[i], &right));
        TRY(bind_cross_join(binder, &left, &right, select->from[i], &change->scope));
    }
    if (select->where == NULL)
        return STATUS_OK;
    TRY(bind_conditions(binder, &place, select->where, "WHERE", &count, &conditions));
    return bind_attach_filter(binder, &change->subqueries, &change->scope.node, count, conditions);
}

static Expr *
row_id_of(Binder *binder, const Change *change)
{
    return expr_column(binder->arena, type_of(TYPE_INT8), change->row_id);
}

/* The first of several rows that FROM gives for one row of the table: which one is as good as any other. */
static PlanNode *
one_a_row(Binder *binder, PlanNode *node)
{
    PlanNode *first =
        plan_node_new(binder->arena, PLAN_PARTITION_TOP, node->column_count, node->columns, 1, &node);

    first->partition_top = (PlanPartitionTop){
        .partition_count = 1, .partition = ARENA_ARRAY(binder->arena, uint32_t, 1), .limit = 1};
    first->partition_top.partition[0] = node->column_count - 1;
    return first;
}

/* ---- RETURNING ---- */

/* Columns of the rows that names may refer to. */
static uint32_t
named_width(const Scope *scope)
{
    uint32_t width = 0;

    for (uint32_t t = 0; t < scope->table_count; t++) {
        const uint32_t mark = scope->tables[t].mark;
        width = mark != NO_MARK && mark + 1 > width ? mark + 1 : width;
        for (uint32_t i = 0; i < scope->tables[t].column_count; i++) {
            const uint32_t index = scope->tables[t].columns[i].index;
            width = index + 1 > width ? index + 1 : width;
        }
    }
    for (uint32_t i = 0; i < scope->column_count; i++)
        width = scope->columns[i].index + 1 > width ? scope->columns[i].index + 1 : width;
    return width;
}

static ScopeColumn *
move_columns(Binder *binder, const ScopeColumn *columns, uint32_t count, uint32_t row_id)
{
    ScopeColumn *moved = ARENA_ARRAY(binder->arena, ScopeColumn, count);

    for (uint32_t i = 0; i < count; i++) {
        moved[i] = columns[i];
        moved[i].index -= columns[i].index > row_id;
    }
    return moved;
}

/* The same names for rows in which the row's number stands last. */
static Scope
scope_without_number(Binder *binder, const Change *change, PlanNode *node)
{
    const Scope *scope = &change->scope;
    Scope made = *scope;

    made.node = node;
    made.columns = move_columns(binder, scope->columns, scope->column_count, change->row_id);
    made.tables = ARENA_ARRAY(binder->arena, ScopeTable, scope->table_count);
    for (uint32_t t = 0; t < scope->table_count; t++) {
        made.tables[t] = scope->tables[t];
        if (made.tables[t].mark != NO_MARK)
            made.tables[t].mark -= made.tables[t].mark > change->row_id;
        made.tables[t].columns =
            move_columns(binder, scope->tables[t].columns, scope->tables[t].column_count, change->row_id);
    }
    return made;
}

/* Rows of the table's `values`, of what USING and FROM have beside them, and of the row's number: one for
 * each number. */
static Status
bind_returned(Binder *binder, Change *change, Expr **values, uint32_t kept, BoundStatement *statement)
{
    const uint32_t count = change->table->column_count;
    const uint32_t named = named_width(&change->scope);
    const uint32_t width = named > count ? named : count + 1;
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, width);
    const char **names = ARENA_ARRAY(binder->arena, const char *, width);

    for (uint32_t i = 0; i + 1 < width; i++) {
        const uint32_t column = i < count ? i : i + 1;
        exprs[i] = i < count && values != NULL
                       ? values[i]
                       : expr_column(binder->arena, change->scope.node->columns[column].type, column);
        names[i] = change->scope.node->columns[column].name;
    }
    exprs[width - 1] = row_id_of(binder, change);
    names[width - 1] = "row";
    PlanNode *node = bind_project_node(binder, change->scope.node, width, exprs, names);
    if (change->ast->select->from_count > 1)
        node = one_a_row(binder, node);
    const Scope scope = scope_without_number(binder, change, node);
    return bind_returning(binder, change->ast, &scope, kept, width - 1, statement);
}

/* ---- DELETE ---- */

Status
bind_delete(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    static const char *const names[] = {"row"};
    Change change = {.ast = ast};
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, 1);

    statement->command = "DELETE";
    if (ast->with != NULL)
        TRY(bind_ctes(binder, ast->with));
    TRY(bind_changed_rows(binder, &change));
    statement->target = change.table;
    if (ast->returning_count > 0) {
        TRY(bind_returned(binder, &change, NULL, 0, statement));
    } else {
        exprs[0] = row_id_of(binder, &change);
        statement->plan = bind_project_node(binder, change.scope.node, 1, exprs, names);
    }
    return STATUS_OK;
}

/* ---- UPDATE ---- */

/* The columns of the subquery, or of a row with t.* in it, once for all targets that they are assigned to. */
static Status
bind_set_part(Binder *binder, Change *change, const ExprPlace *place, const AstTarget *target, Expr **value)
{
    uint32_t count = target->part_count;

    if (target->part == 1 && target->expr->kind == AST_ROW) {
        TRY(bind_row(binder, place, target->expr, &count, &change->parts));
    } else if (target->part == 1) {
        change->parts = ARENA_ARRAY(binder->arena, Expr *, target->part_count);
        TRY(bind_scalar_columns(binder, place, target->expr, target->part_count, change->parts));
    }
    if (count != target->part_count)
        return error_set_at(binder->error, STATUS_SYNTAX, target->position,
                            "number of columns does not match number of values");
    *value = change->parts[target->part - 1];
    return STATUS_OK;
}

/* A column is set once, or part by part. */
typedef enum ColumnSet { SET_NOT, SET_WHOLE, SET_PARTS } ColumnSet;

static Status
note_set(Binder *binder, const AstTarget *target, ColumnSet *set)
{
    const ColumnSet now = target->field_count > 0 || target->indirect ? SET_PARTS : SET_WHOLE;

    if (target->indirect && target->subscript == NULL)
        return error_set_at(
            binder->error, STATUS_NOT_SUPPORTED, target->position,
            "not supported yet: assignments to slices, and to elements of several dimensions");
    if (*set != SET_NOT && (*set == SET_WHOLE || now == SET_WHOLE))
        return error_set_at(binder->error, STATUS_SYNTAX, target->position,
                            "multiple assignments to same column \"%s\"", target->name);
    if (now == SET_PARTS && target->expr->kind == AST_DEFAULT)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, target->position,
                            "cannot set a subfield to DEFAULT");
    *set = now;
    return STATUS_OK;
}

/* SET a[n] = value is the array with another element. */
static Status
bind_set_element(Binder *binder, const ExprPlace *place, const AstTarget *target, Expr *array, Expr *value,
                 Expr **made)
{
    Expr *arguments[3] = {array, value};

    if (array->type.id != TYPE_LIST || array->type.nested->types[0].id == TYPE_LIST)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, target->position,
                            "not supported yet: assignments to parts of a value of type %s",
                            bind_type_name(binder, array->type));
    const Type element = array->type.nested->types[0];
    const Status status = bind_coerce(binder, value, element, CAST_ASSIGNMENT, &arguments[1]);
    if (status == STATUS_CANNOT_COERCE) {
        error_clear(binder->error);
        return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, target->position,
                            "subscripted assignment to \"%s\" requires type %s but expression is of type %s",
                            target->name, bind_type_name(binder, element),
                            bind_type_name(binder, value->type));
    }
    TRY(status);
    TRY(bind_expr(binder, place, target->subscript, &arguments[2]));
    TRY(bind_coerce(binder, arguments[2], type_of(TYPE_INT4), CAST_ASSIGNMENT, &arguments[2]));
    return bind_resolved_call(binder, "array_set", target->position, 3, arguments, made);
}

static Status
bind_set_item(Binder *binder, Change *change, const AstTarget *target, ColumnSet *set, Expr **values)
{
    const ExprPlace place = {.clause = "UPDATE", .scope = &change->scope, .subqueries = &change->subqueries};
    const QualifiedName name = {NULL, target->name, target->position};
    uint32_t column;
    Expr *value;

    TRY(bind_target_column(binder, change->table, &name, &column));
    TRY(note_set(binder, target, &set[column]));
    if (target->expr->kind == AST_DEFAULT)
        return bind_default(binder, &change->table->columns[column], &values[column]);
    if (target->part > 0)
        TRY(bind_set_part(binder, change, &place, target, &value));
    else
        TRY(bind_expr(binder, &place, target->expr, &value));
    if (target->subscript != NULL)
        return bind_set_element(binder, &place, target, values[column], value, &values[column]);
    if (target->field_count > 0)
        return bind_set_field(binder, values[column], target, value, &values[column]);
    return bind_assignment(binder, &change->table->columns[column], value, &values[column]);
}

/* The table's columns, as they are or as SET has them, and the row's number. */
static Status
bind_new_rows(Binder *binder, Change *change, BoundStatement *statement)
{
    const uint32_t count = change->table->column_count;
    const AstSelect *select = change->ast->select;
    Expr **values = ARENA_ARRAY(binder->arena, Expr *, count + 1);
    const char **names = ARENA_ARRAY(binder->arena, const char *, count + 1);
    ColumnSet *set = ARENA_ARRAY(binder->arena, ColumnSet, count);

    for (uint32_t i = 0; i < count; i++) {
        values[i] = expr_column(binder->arena, change->table->columns[i].type, i);
        names[i] = change->table->columns[i].name;
    }
    values[count] = row_id_of(binder, change);
    names[count] = "row";
    for (uint32_t i = 0; i < select->target_count; i++)
        TRY(bind_set_item(binder, change, &select->targets[i], set, values));
    TRY(bind_attach_all(binder, &change->subqueries, &change->scope.node, count, values));
    if (change->ast->returning_count > 0)
        return bind_returned(binder, change, values, count, statement);
    statement->plan = bind_project_node(binder, change->scope.node, count + 1, values, names);
    if (select->from_count > 1)
        statement->plan = one_a_row(binder, statement->plan);
    return STATUS_OK;
}

Status
bind_update(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    Change change = {.ast = ast};

    statement->command = "UPDATE";
    if (ast->with != NULL)
        TRY(bind_ctes(binder, ast->with));
    TRY(bind_changed_rows(binder, &change));
    TRY(bind_new_rows(binder, &change, statement));
    statement->target = change.table;
    return STATUS_OK;
}
