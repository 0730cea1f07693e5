/* FROM: relations, subqueries, WITH queries and VALUES as scopes of named columns. */
#include "sql/bind.h"

#include <string.h>

static Status
raise_undefined(Binder *binder, const char *schema, const char *name, int32_t position)
{
    const BindContext *context = binder->context;
    const char *const *names = NULL;

    error_set_at(binder->error, STATUS_UNDEFINED_TABLE, position, "relation \"%s%s%s\" does not exist",
                 schema == NULL ? "" : schema, schema == NULL ? "" : ".", name);
    if (context->relation_names == NULL)
        return STATUS_UNDEFINED_TABLE;
    const size_t count = context->relation_names(context->lookup, binder->arena, &names);
    const char *nearest = name_nearest(name, count, names);
    if (nearest != NULL)
        error_hint(binder->error, "Perhaps you meant the table \"%s\".", nearest);
    return STATUS_UNDEFINED_TABLE;
}

Status
bind_relation(Binder *binder, const char *schema, const char *name, int32_t position, Relation *relation)
{
    const BindContext *context = binder->context;
    Error error = {0};

    *relation = (Relation){0};
    const Status status = context->find_relation(context->lookup, schema, name, relation, &error);
    if (status == STATUS_UNDEFINED_TABLE)
        return raise_undefined(binder, schema, name, position);
    if (status != STATUS_OK)
        return bind_at(binder, error_copy(binder->error, &error), position);
    return STATUS_OK;
}

/* Each table once. */
static void
note_table(Binder *binder, const TableInfo *table)
{
    for (uint32_t i = 0; i < binder->table_count; i++) {
        if (binder->tables[i] == table)
            return;
    }
    const TableInfo **grown = ARENA_ARRAY(binder->arena, const TableInfo *, binder->table_count + 1);
    if (binder->table_count > 0)
        memcpy(grown, binder->tables, binder->table_count * sizeof *grown);
    grown[binder->table_count++] = table;
    binder->tables = grown;
}

Status
bind_target(Binder *binder, const char *schema, const char *name, int32_t position, const TableInfo **table)
{
    Relation relation;

    TRY(bind_relation(binder, schema, name, position, &relation));
    if (relation.table == NULL)
        return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, position, "\"%s\" is not a table", name);
    note_table(binder, relation.table);
    *table = relation.table;
    return STATUS_OK;
}

static PlanNode *
scan_node(Binder *binder, const TableInfo *table)
{
    const uint32_t count = table->column_count;
    PlanColumn *columns = ARENA_ARRAY(binder->arena, PlanColumn, count);
    uint32_t *ids = ARENA_ARRAY(binder->arena, uint32_t, count);
    uint32_t *output = ARENA_ARRAY(binder->arena, uint32_t, count);

    for (uint32_t i = 0; i < count; i++) {
        columns[i] = (PlanColumn){table->columns[i].name, table->columns[i].type};
        ids[i] = table->columns[i].id;
        output[i] = i;
    }
    PlanNode *node = plan_node_new(binder->arena, PLAN_SCAN, count, columns, 0, NULL);
    node->scan = (PlanScan){.table = table,
                            .table_name = table->name,
                            .read_count = count,
                            .read_columns = columns,
                            .read_ids = ids,
                            .output_count = count,
                            .output = output};
    return node;
}

/* A scope of one table with the node's columns, some of them renamed. */
static Status
scope_of_node(Binder *binder, const AstFrom *ast, PlanNode *node, const char *alias,
              uint32_t inner_alias_count, const char *const *inner_aliases, Scope *scope)
{
    const uint32_t count = node->column_count;
    ScopeTable *table = ARENA_NEW(binder->arena, ScopeTable);

    if (ast->column_alias_count > count || inner_alias_count > count)
        return error_set_at(binder->error, STATUS_INVALID_COLUMN_REFERENCE, ast->position,
                            "table \"%s\" has %u columns available but %u columns specified", alias, count,
                            ast->column_alias_count > count ? ast->column_alias_count : inner_alias_count);
    *table = (ScopeTable){.alias = alias,
                          .mark = NO_MARK,
                          .column_count = count,
                          .columns = ARENA_ARRAY(binder->arena, ScopeColumn, count)};
    for (uint32_t i = 0; i < count; i++) {
        const char *name = i < inner_alias_count ? inner_aliases[i] : node->columns[i].name;
        table->columns[i] = (ScopeColumn){.table = alias,
                                          .name = i < ast->column_alias_count ? ast->column_aliases[i] : name,
                                          .type = node->columns[i].type,
                                          .index = i};
    }
    *scope = (Scope){
        .node = node, .table_count = 1, .tables = table, .column_count = count, .columns = table->columns};
    return STATUS_OK;
}

void
bind_target_scope(Binder *binder, const AstFrom *ast, const TableInfo *table, PlanNode *node, Scope *scope)
{
    const char *alias = ast->alias == NULL ? table->name : ast->alias;
    ScopeTable *made = ARENA_NEW(binder->arena, ScopeTable);

    *made = (ScopeTable){.schema = ast->alias == NULL ? table->schema : NULL,
                         .alias = alias,
                         .name = table->name,
                         .mark = NO_MARK,
                         .row_type = table->name,
                         .column_count = table->column_count,
                         .columns = ARENA_ARRAY(binder->arena, ScopeColumn, table->column_count)};
    for (uint32_t i = 0; i < table->column_count; i++)
        made->columns[i] = (ScopeColumn){
            .table = alias, .name = table->columns[i].name, .type = table->columns[i].type, .index = i};
    *scope = (Scope){.node = node,
                     .table_count = 1,
                     .tables = made,
                     .column_count = made->column_count,
                     .columns = made->columns};
}

static Status
bind_named(Binder *binder, const AstFrom *ast, Scope *scope)
{
    const char *alias = ast->alias == NULL ? ast->name : ast->alias;
    const CteScope *cte = ast->schema == NULL ? bind_find_cte(binder, ast->name) : NULL;
    Relation relation;
    PlanNode *node;

    if (cte != NULL) {
        const AstCte *query = bind_cte_of(cte);
        TRY(bind_cte_reference(binder, cte, ast->position, &node));
        TRY(scope_of_node(binder, ast, node, alias, query->column_alias_count, query->column_aliases, scope));
        scope->tables[0].name = ast->name;
        for (uint32_t i = bind_unlisted_columns(cte); i > 0; i--)
            scope->columns[scope->column_count - i].unlisted = true;
        return STATUS_OK;
    }
    TRY(bind_relation(binder, ast->schema, ast->name, ast->position, &relation));
    if (relation.table != NULL) {
        note_table(binder, relation.table);
        bind_note_use(binder, OBJECT_TABLE, relation.table->id);
    }
    if (relation.view_sql != NULL)
        TRY(bind_view(binder, &relation, ast->name, ast->position, &relation.rows));
    node = relation.table != NULL ? scan_node(binder, relation.table) : relation.rows;
    TRY(scope_of_node(binder, ast, node, alias, 0, NULL, scope));
    scope->tables[0].name = ast->name;
    scope->tables[0].row_type = ast->name;
    scope->tables[0].base = relation.table;
    if (ast->alias == NULL)
        scope->tables[0].schema = ast->schema != NULL      ? ast->schema
                                  : relation.table != NULL ? relation.table->schema
                                                           : NULL;
    return STATUS_OK;
}

static Status
bind_from_subquery(Binder *binder, const AstFrom *ast, Scope *scope)
{
    const OuterRows *rows = binder->outer;
    PlanNode *node;

    if (!ast->lateral)
        binder->outer = binder->around_query;
    const Status status = bind_select(binder, ast->select, 0, NULL, &node);
    binder->outer = rows;
    TRY(status);
    return scope_of_node(binder, ast, node, ast->alias == NULL ? "unnamed_subquery" : ast->alias, 0, NULL,
                         scope);
}

/* A function that gives one value is a table of one row: its column, or the fields of a record. */
static Status
bind_one_value(Binder *binder, const AstFrom *ast, Scope *scope)
{
    const Scope nothing = {.node = bind_one_row(binder)};
    SubqueryList subqueries = {0};
    const ExprPlace place = {.clause = "functions in FROM", .scope = &nothing, .subqueries = &subqueries};
    const char *name = ast->alias != NULL ? ast->alias : bind_output_name(ast->call);
    Outputs outputs = {0};
    PlanNode *node = nothing.node;
    Expr *value;

    TRY(bind_expr(binder, &place, ast->call, &value));
    TRY(bind_known(binder, &value));
    if (ast->definition_count > 0)
        return error_set_at(binder->error, STATUS_SYNTAX, ast->position,
                            "a column definition list is only allowed for functions returning \"record\"");
    TRY(bind_attach(binder, &subqueries, &node, &value));
    if (value->type.id == TYPE_STRUCT)
        TRY(bind_fields(binder, value, ast->position, &outputs));
    else
        bind_add_output(binder, &outputs, name, value, false);
    if (ast->ordinality)
        bind_add_output(binder, &outputs, "ordinality",
                        expr_constant(binder->arena, type_of(TYPE_INT8), &(int64_t){1}), false);
    node = bind_project_outputs(binder, &outputs, node);
    TRY(scope_of_node(binder, ast, node, name, 0, NULL, scope));
    scope->tables[0].scalar = node->column_count == 1 && value->type.id != TYPE_STRUCT;
    return STATUS_OK;
}

static Status
bind_from_function(Binder *binder, const AstFrom *ast, Scope *scope)
{
    PlanNode *node;
    Type row;

    if (ast->call == NULL)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "not supported yet: several functions in ROWS FROM");
    if (ast->name == NULL || (!bind_gives_rows(ast->name) && strcmp(ast->name, "generate_series") != 0))
        return bind_one_value(binder, ast, scope);

    if (!bind_is_plain_series(ast)) {
        TRY(bind_set_rows(binder, ast, &node, &row));
        TRY(scope_of_node(binder, ast, node, ast->alias == NULL ? ast->name : ast->alias, 0, NULL, scope));
        scope->tables[0].scalar = node->column_count == 1 && row.id != TYPE_STRUCT;
        scope->tables[0].row_type = row.id == TYPE_STRUCT ? row.nested->name : NULL;
        return STATUS_OK;
    }
    if (ast->definition_count > 0)
        return error_set_at(binder->error, STATUS_SYNTAX, ast->position,
                            "a column definition list is only allowed for functions returning \"record\"");
    const char *alias = ast->alias == NULL ? ast->name : ast->alias;
    TRY(bind_series(binder, ast->call, alias, &node));
    return scope_of_node(binder, ast, node, alias, 0, NULL, scope);
}

Status
bind_from_item(Binder *binder, const AstFrom *ast, Scope *scope)
{
    switch (ast->kind) {
    case AST_FROM_RELATION: return bind_named(binder, ast, scope);
    case AST_FROM_SUBQUERY: return bind_from_subquery(binder, ast, scope);
    case AST_FROM_JOIN: return bind_join(binder, ast, scope);
    case AST_FROM_FUNCTION: return bind_from_function(binder, ast, scope);
    default:
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position, "not supported yet: %s",
                            ast->name);
    }
}

bool
bind_is_lateral(const AstFrom *ast)
{
    if (ast->kind == AST_FROM_JOIN)
        return bind_is_lateral(ast->left) || bind_is_lateral(ast->right);
    if (ast->kind == AST_FROM_FUNCTION)
        return ast->call != NULL &&
               (ast_refers_to_column(ast->call, &(int32_t){0}) || ast_asks_query(ast->call));
    return ast->kind == AST_FROM_SUBQUERY && ast->lateral;
}

/* The right operand of a join: LATERAL subqueries in it see the left one. */
Status
bind_right_item(Binder *binder, const Scope *left, JoinKind kind, const AstFrom *ast, Scope *scope)
{
    const ExprPlace place = {.clause = "FROM clause of their own query level", .scope = left};
    const OuterRows rows = {.place = &place,
                            .depth = binder->depth,
                            .out_of_reach = kind == JOIN_RIGHT || kind == JOIN_FULL,
                            .next = binder->outer};

    if (!bind_is_lateral(ast))
        return bind_from_item(binder, ast, scope);
    binder->outer = &rows;
    binder->depth += !rows.out_of_reach;
    const Status status = bind_from_item(binder, ast, scope);
    binder->depth -= !rows.out_of_reach;
    binder->outer = rows.next;
    return status;
}

Status
bind_from(Binder *binder, const AstSelect *ast, Scope *scope)
{
    if (ast->from_count == 0) {
        *scope = (Scope){.node = bind_one_row(binder)};
        return STATUS_OK;
    }
    TRY(bind_from_item(binder, ast->from[0], scope));
    for (uint32_t i = 1; i < ast->from_count; i++) {
        const Scope left = *scope;
        Scope right;
        TRY(bind_right_item(binder, &left, JOIN_CROSS, ast->from[i], &right));
        TRY(bind_cross_join(binder, &left, &right, ast->from[i], scope));
    }
    return STATUS_OK;
}
