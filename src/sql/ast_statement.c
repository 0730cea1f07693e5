/* Statements of libpg_query's tree → AstStatement: a table of statement kinds, one reader each. */
#include "sql/ast_read.h"

#include <string.h>

static const QualifiedName *
read_relations(const AstReader *reader, const JsonNode *list, uint32_t *count)
{
    QualifiedName *names = ARENA_ARRAY(reader->arena, QualifiedName, json_count(reader->json, list) + 1);

    *count = 0;
    for (const JsonNode *node = json_first(reader->json, list); node != NULL;
         node = json_next(reader->json, node)) {
        const AstRelation relation = read_relation(reader, read_body(reader, node));
        names[(*count)++] = (QualifiedName){relation.schema, relation.name, relation.position};
    }
    return names;
}

/* Lists of dotted names, as DROP has them: without positions. */
static const QualifiedName *
read_dotted_names(const AstReader *reader, const JsonNode *list, uint32_t *count)
{
    QualifiedName *names = ARENA_ARRAY(reader->arena, QualifiedName, json_count(reader->json, list) + 1);

    *count = 0;
    for (const JsonNode *node = json_first(reader->json, list); node != NULL;
         node = json_next(reader->json, node)) {
        uint32_t parts;
        const char *const *path =
            read_names(reader, read_field(reader, read_body(reader, node), "items"), &parts);
        if (parts > 0)
            names[(*count)++] = (QualifiedName){parts > 1 ? path[parts - 2] : NULL, path[parts - 1], 0};
    }
    return names;
}

/* A list of ResTarget or String as names. */
const QualifiedName *
read_column_names(const AstReader *reader, const JsonNode *list, uint32_t *count)
{
    QualifiedName *names = ARENA_ARRAY(reader->arena, QualifiedName, json_count(reader->json, list) + 1);

    *count = 0;
    for (const JsonNode *node = json_first(reader->json, list); node != NULL;
         node = json_next(reader->json, node)) {
        const JsonNode *body = read_body(reader, node);
        const char *text = read_text(reader, body, "name");
        if (text == NULL)
            text = read_name_node(reader, node);
        names[(*count)++] = (QualifiedName){NULL, text == NULL ? "" : text, read_position(reader, body)};
    }
    return names;
}

static void
read_option_value(AstReader *reader, const JsonNode *argument, AstOption *option)
{
    const JsonNode *body = read_body(reader, argument);

    if (body == NULL)
        return;
    if (json_key_is(reader->json, body, "Integer")) {
        const int64_t value = json_integer(reader->json, read_field(reader, body, "ival"));
        option->value = arena_format(reader->arena, "%lld", (long long)value);
        option->is_number = true;
    } else if (json_key_is(reader->json, body, "Float")) {
        option->value = read_text(reader, body, "fval");
        option->is_number = true;
    } else if (json_key_is(reader->json, body, "Boolean")) {
        option->value = read_flag(reader, body, "boolval") ? "true" : "false";
    } else if (json_key_is(reader->json, body, "TypeName")) {
        option->value = read_type(reader, body)->name;
    } else if (json_key_is(reader->json, body, "List")) {
        option->list = read_names(reader, read_field(reader, body, "items"), &option->list_count);
    } else {
        option->value = read_name_node(reader, argument);
        if (option->value == NULL)
            option->value = "";
    }
}

void
read_options(AstReader *reader, const JsonNode *list, AstStatement *statement)
{
    AstOption *options = ARENA_ARRAY(reader->arena, AstOption, json_count(reader->json, list) + 1);

    for (const JsonNode *node = json_first(reader->json, list); node != NULL;
         node = json_next(reader->json, node)) {
        const JsonNode *body = read_body(reader, node);
        AstOption *option = &options[statement->option_count++];
        option->name = read_text(reader, body, "defname");
        option->position = read_position(reader, body);
        read_option_value(reader, read_field(reader, body, "arg"), option);
    }
    statement->options = options;
}

/* WITH before a statement that is no SELECT. */
const AstSelect *
read_with(AstReader *reader, const JsonNode *body)
{
    AstSelect *with = ARENA_NEW(reader->arena, AstSelect);

    if (read_field(reader, body, "withClause") == NULL)
        return NULL;
    read_ctes(reader, body, with);
    return with;
}

static void
refuse_conflict(AstReader *reader, const JsonNode *conflict)
{
    read_refuse(reader, STATUS_NOT_SUPPORTED, read_position(reader, read_body(reader, conflict)),
                "ON CONFLICT is not supported: uniqueness is not enforced, so that no row conflicts");
    error_hint(reader->error, "INSERT … SELECT … WHERE NOT EXISTS (…) leaves out rows that are there.");
}

static void
read_insert(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    const JsonNode *conflict = read_field(reader, body, "onConflictClause");

    statement->kind = STATEMENT_INSERT;
    statement->with = read_with(reader, body);
    statement->relation = read_relation(reader, read_field(reader, body, "relation"));
    statement->targets =
        read_column_names(reader, read_field(reader, body, "cols"), &statement->target_count);
    if (read_field(reader, body, "selectStmt") != NULL)
        statement->select = read_select(reader, read_body(reader, read_field(reader, body, "selectStmt")));
    if (conflict != NULL)
        refuse_conflict(reader, conflict);
    statement->target = read_from_target(reader, read_field(reader, body, "relation"));
    statement->returning =
        read_targets(reader, read_field(reader, body, "returningList"), &statement->returning_count);
}

static AstConstraint
read_constraint(AstReader *reader, const JsonNode *body)
{
    const char *kind = read_text(reader, body, "contype");
    AstConstraint constraint = {.position = read_position(reader, body)};

    constraint.kind = kind != NULL && strncmp(kind, "CONSTR_", 7) == 0 ? kind + 7 : "";
    if (strcmp(constraint.kind, "DEFAULT") == 0) {
        constraint.expr = read_expr(reader, read_field(reader, body, "raw_expr"));
        constraint.text = read_default_text(reader, body);
    }
    constraint.keys = read_names(reader, read_field(reader, body, "keys"), &constraint.key_count);
    return constraint;
}

AstColumn
read_table_column(AstReader *reader, const JsonNode *body)
{
    const JsonNode *list = read_field(reader, body, "constraints");
    AstConstraint *constraints =
        ARENA_ARRAY(reader->arena, AstConstraint, json_count(reader->json, list) + 1);
    AstColumn column = {.name = read_text(reader, body, "colname"),
                        .position = read_position(reader, body),
                        .type = read_type(reader, read_field(reader, body, "typeName")),
                        .constraints = constraints};

    for (const JsonNode *node = json_first(reader->json, list); node != NULL;
         node = json_next(reader->json, node))
        constraints[column.constraint_count++] = read_constraint(reader, read_body(reader, node));
    if (read_field(reader, body, "collClause") != NULL)
        column.unsupported = "COLLATE";
    return column;
}

/* LIKE t: of what INCLUDING and EXCLUDING choose, tables here have defaults only. */
static const AstRelation *
read_like(AstReader *reader, const JsonNode *body)
{
    AstRelation *like = ARENA_NEW(reader->arena, AstRelation);

    *like = read_relation(reader, read_field(reader, body, "relation"));
    return like;
}

static bool
likes_defaults(const AstReader *reader, const JsonNode *body)
{
    enum { INCLUDING_DEFAULTS = 1 << 3 }; /* PostgreSQL 15's TableLikeOption */

    return (json_integer(reader->json, read_field(reader, body, "options")) & INCLUDING_DEFAULTS) != 0;
}

static void
read_table_elements(AstReader *reader, const JsonNode *list, AstStatement *statement)
{
    const uint32_t count = json_count(reader->json, list);
    AstColumn *columns = ARENA_ARRAY(reader->arena, AstColumn, count + 1);
    AstConstraint *constraints = ARENA_ARRAY(reader->arena, AstConstraint, count + 1);

    for (const JsonNode *node = json_first(reader->json, list); node != NULL && reader->status == STATUS_OK;
         node = json_next(reader->json, node)) {
        const JsonNode *body = read_body(reader, node);
        if (json_key_is(reader->json, body, "ColumnDef"))
            columns[statement->column_count++] = read_table_column(reader, body);
        else if (json_key_is(reader->json, body, "Constraint"))
            constraints[statement->constraint_count++] = read_constraint(reader, body);
        else
            columns[statement->column_count++] =
                (AstColumn){.like = read_like(reader, body), .like_defaults = likes_defaults(reader, body)};
    }
    statement->columns = columns;
    statement->constraints = constraints;
}

static void
read_partition(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    const JsonNode *list = read_field(reader, body, "partParams");
    const JsonNode *first = read_body(reader, json_first(reader->json, list));

    if (body == NULL)
        return;
    statement->partition = (AstPartition){.strategy = read_text(reader, body, "strategy"),
                                          .position = read_position(reader, body),
                                          .column_count = json_count(reader->json, list),
                                          .column = read_text(reader, first, "name"),
                                          .column_position = read_position(reader, first)};
}

static void
refuse_temporary(AstReader *reader, const AstRelation *relation)
{
    if (relation->temporary)
        read_refuse(reader, STATUS_NOT_SUPPORTED, relation->position, "temporary tables are not supported");
}

static void
read_create(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    statement->kind = STATEMENT_CREATE_TABLE;
    statement->relation = read_relation(reader, read_field(reader, body, "relation"));
    statement->if_exists = read_flag(reader, body, "if_not_exists");
    refuse_temporary(reader, &statement->relation);
    if (read_field(reader, body, "inhRelations") != NULL)
        read_refuse(reader, STATUS_NOT_SUPPORTED, statement->relation.position,
                    "INHERITS and PARTITION OF are not supported");
    if (read_field(reader, body, "ofTypename") != NULL)
        read_refuse(reader, STATUS_NOT_SUPPORTED, statement->relation.position,
                    "typed tables are not supported");
    read_table_elements(reader, read_field(reader, body, "tableElts"), statement);
    read_partition(reader, read_field(reader, body, "partspec"), statement);
    read_options(reader, read_field(reader, body, "options"), statement);
}

/* The table that a query is written into. */
static void
read_into(AstReader *reader, const JsonNode *into, AstStatement *statement)
{
    statement->kind = STATEMENT_CREATE_TABLE_AS;
    statement->relation = read_relation(reader, read_field(reader, into, "rel"));
    statement->targets =
        read_column_names(reader, read_field(reader, into, "colNames"), &statement->target_count);
    statement->no_data = read_flag(reader, into, "skipData");
    refuse_temporary(reader, &statement->relation);
    read_options(reader, read_field(reader, into, "options"), statement);
}

/* SELECT … INTO t is CREATE TABLE t AS; of a set operation the first SELECT may say so. */
static void
read_select_statement(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    const JsonNode *first = body;

    for (const JsonNode *left = body; left != NULL; left = read_field(reader, left, "larg"))
        first = left;
    reader->into = read_field(reader, first, "intoClause");
    statement->kind = STATEMENT_SELECT;
    if (reader->into != NULL)
        read_into(reader, reader->into, statement);
    statement->select = read_select(reader, body);
}

static void
read_create_as(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    const JsonNode *into = read_field(reader, body, "into");
    const JsonNode *query = read_field(reader, body, "query");

    read_into(reader, into, statement);
    statement->if_exists = read_flag(reader, body, "if_not_exists");
    if (!read_is(reader, query, "SelectStmt") ||
        !json_string_is(reader->json, read_field(reader, body, "objtype"), "OBJECT_TABLE"))
        read_refuse(reader, STATUS_NOT_SUPPORTED, statement->relation.position,
                    "CREATE TABLE AS takes a SELECT only");
    else
        statement->select = read_select(reader, read_body(reader, query));
}

static void
read_create_view(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    const JsonNode *query = read_field(reader, body, "query");
    const JsonNode *check = read_field(reader, body, "withCheckOption");

    statement->kind = STATEMENT_CREATE_VIEW;
    statement->relation = read_relation(reader, read_field(reader, body, "view"));
    statement->targets =
        read_column_names(reader, read_field(reader, body, "aliases"), &statement->target_count);
    statement->replace = read_flag(reader, body, "replace");
    statement->text = arena_copy_string(reader->arena, reader->source->text);
    if (statement->relation.temporary)
        read_refuse(reader, STATUS_NOT_SUPPORTED, statement->relation.position,
                    "temporary views are not supported");
    if (read_field(reader, body, "options") != NULL ||
        (check != NULL && !json_string_is(reader->json, check, "NO_CHECK_OPTION")))
        read_refuse(reader, STATUS_NOT_SUPPORTED, statement->relation.position,
                    "options of views are not supported");
    if (!read_is(reader, query, "SelectStmt"))
        read_refuse(reader, STATUS_NOT_SUPPORTED, statement->relation.position, "a view takes a SELECT only");
    else
        statement->select = read_select(reader, read_body(reader, query));
}

/* The columns among an index's keys; expressions are no names. */
static void
read_index_keys(AstReader *reader, const JsonNode *list, AstStatement *statement)
{
    QualifiedName *names = ARENA_ARRAY(reader->arena, QualifiedName, json_count(reader->json, list) + 1);

    for (const JsonNode *node = json_first(reader->json, list); node != NULL;
         node = json_next(reader->json, node)) {
        const char *name = read_text(reader, read_body(reader, node), "name");
        if (name != NULL)
            names[statement->target_count++] = (QualifiedName){NULL, name, 0};
    }
    statement->targets = names;
}

static void
read_create_index(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    statement->kind = STATEMENT_UPKEEP;
    statement->command = "CREATE INDEX";
    statement->relation = read_relation(reader, read_field(reader, body, "relation"));
    statement->unique = read_flag(reader, body, "unique");
    read_index_keys(reader, read_field(reader, body, "indexParams"), statement);
}

static void
read_reindex(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    statement->kind = STATEMENT_UPKEEP;
    statement->command = "REINDEX";
    if (json_string_is(reader->json, read_field(reader, body, "kind"), "REINDEX_OBJECT_TABLE"))
        statement->relation = read_relation(reader, read_field(reader, body, "relation"));
}

/* Of one relation its columns, too. */
static void
read_vacuum(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    const JsonNode *list = read_field(reader, body, "rels");
    const JsonNode *first = read_body(reader, json_first(reader->json, list));
    QualifiedName *names = ARENA_ARRAY(reader->arena, QualifiedName, json_count(reader->json, list) + 1);

    statement->kind = STATEMENT_UPKEEP;
    statement->command = read_flag(reader, body, "is_vacuumcmd") ? "VACUUM" : "ANALYZE";
    for (const JsonNode *node = json_first(reader->json, list); node != NULL;
         node = json_next(reader->json, node)) {
        const AstRelation relation =
            read_relation(reader, read_field(reader, read_body(reader, node), "relation"));
        names[statement->name_count++] = (QualifiedName){relation.schema, relation.name, relation.position};
    }
    statement->names = names;
    if (statement->name_count == 1)
        statement->targets =
            read_column_names(reader, read_field(reader, first, "va_cols"), &statement->target_count);
}

static void
read_create_type(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    statement->kind = STATEMENT_CREATE_TYPE;
    statement->relation = read_relation(reader, read_field(reader, body, "typevar"));
    read_table_elements(reader, read_field(reader, body, "coldeflist"), statement);
}

static void
read_type_names(AstReader *reader, const JsonNode *list, AstStatement *statement)
{
    QualifiedName *names = ARENA_ARRAY(reader->arena, QualifiedName, json_count(reader->json, list) + 1);

    for (const JsonNode *node = json_first(reader->json, list); node != NULL;
         node = json_next(reader->json, node)) {
        const AstType *type = read_type(reader, read_body(reader, node));
        names[statement->name_count++] = (QualifiedName){type->schema, type->name, type->position};
    }
    statement->names = names;
}

static void
read_drop(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    const JsonNode *type = read_field(reader, body, "removeType");

    if (json_string_is(reader->json, type, "OBJECT_INDEX")) {
        statement->kind = STATEMENT_UPKEEP;
        statement->command = "DROP INDEX";
        return;
    }
    statement->kind = STATEMENT_DROP;
    statement->object = json_string_is(reader->json, type, "OBJECT_VIEW")   ? OBJECT_VIEW
                        : json_string_is(reader->json, type, "OBJECT_TYPE") ? OBJECT_TYPE
                                                                            : OBJECT_TABLE;
    statement->cascade = json_string_is(reader->json, read_field(reader, body, "behavior"), "DROP_CASCADE");
    if (statement->object == OBJECT_TABLE && !json_string_is(reader->json, type, "OBJECT_TABLE"))
        read_refuse(reader, STATUS_NOT_SUPPORTED, 1, "only tables, views and types can be dropped");
    statement->if_exists = read_flag(reader, body, "missing_ok");
    if (statement->object == OBJECT_TYPE)
        read_type_names(reader, read_field(reader, body, "objects"), statement);
    else
        statement->names =
            read_dotted_names(reader, read_field(reader, body, "objects"), &statement->name_count);
}

static void
read_truncate(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    statement->kind = STATEMENT_TRUNCATE;
    statement->names = read_relations(reader, read_field(reader, body, "relations"), &statement->name_count);
}

static void
read_explain(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    statement->kind = STATEMENT_EXPLAIN;
    read_options(reader, read_field(reader, body, "options"), statement);
    statement->inner = read_statement(reader, read_field(reader, body, "query"));
}

static const char *
setting_text(const AstReader *reader, const AstExpr *value)
{
    while (value->kind == AST_CAST)
        value = value->arguments[0];
    switch (value->kind) {
    case AST_INTEGER: return arena_format(reader->arena, "%lld", (long long)value->integer);
    case AST_BOOLEAN: return value->flag ? "true" : "false";
    case AST_COLUMN: return value->names[0];
    case AST_DECIMAL:
    case AST_STRING: return value->text;
    default: return NULL;
    }
}

static void
read_set(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    const JsonNode *kind = read_field(reader, body, "kind");
    uint32_t count;
    const AstExpr *const *values = read_exprs(reader, read_field(reader, body, "args"), &count);

    statement->kind = STATEMENT_SET;
    statement->setting = read_text(reader, body, "name");
    if (json_string_is(reader->json, kind, "VAR_SET_VALUE") && reader->status == STATUS_OK) {
        statement->value = count == 1 ? setting_text(reader, values[0]) : NULL;
        if (statement->value == NULL)
            read_refuse(reader, STATUS_INVALID_PARAMETER, 1, "SET %s takes one value", statement->setting);
    } else if (!json_string_is(reader->json, kind, "VAR_SET_DEFAULT") &&
               !json_string_is(reader->json, kind, "VAR_RESET")) {
        read_refuse(reader, STATUS_NOT_SUPPORTED, 1, "this form of SET is not supported");
    }
}

static void
read_show(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    statement->kind = STATEMENT_SHOW;
    statement->setting = read_text(reader, body, "name");
}

static void
read_transaction(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    (void)body;
    (void)statement;
    read_refuse(reader, STATUS_NOT_SUPPORTED, 1, "transactions are not supported");
    error_hint(reader->error, "Each statement is a transaction of its own.");
}

typedef struct StatementReader {
    const char *kind;
    void (*read)(AstReader *reader, const JsonNode *body, AstStatement *statement);
} StatementReader;

static const StatementReader statement_readers[] = {
    {"SelectStmt", read_select_statement},
    {"InsertStmt", read_insert},
    {"DeleteStmt", read_change},
    {"UpdateStmt", read_change},
    {"CreateStmt", read_create},
    {"CreateTableAsStmt", read_create_as},
    {"ViewStmt", read_create_view},
    {"CompositeTypeStmt", read_create_type},
    {"IndexStmt", read_create_index},
    {"ReindexStmt", read_reindex},
    {"VacuumStmt", read_vacuum},
    {"DropStmt", read_drop},
    {"AlterTableStmt", read_alter_table},
    {"RenameStmt", read_rename},
    {"TruncateStmt", read_truncate},
    {"ExplainStmt", read_explain},
    {"CopyStmt", read_copy},
    {"VariableSetStmt", read_set},
    {"VariableShowStmt", read_show},
    {"TransactionStmt", read_transaction},
};

/* "AlterTableStmt" → "ALTER TABLE": for the message only. */
static const char *
statement_words(const AstReader *reader, const JsonNode *body)
{
    const char *kind = reader->json->text + body->key;
    uint32_t size = body->key_size;
    Buffer words = {0};

    if (size > 4 && memcmp(kind + size - 4, "Stmt", 4) == 0)
        size -= 4;
    for (uint32_t i = 0; i < size; i++) {
        const bool upper = kind[i] >= 'A' && kind[i] <= 'Z';
        if (upper && i > 0)
            buffer_append_char(&words, ' ');
        buffer_append_char(&words, upper ? kind[i] : (char)(kind[i] - 'a' + 'A'));
    }
    const char *text = arena_copy_string(reader->arena, buffer_text(&words));
    buffer_destroy(&words);
    return text;
}

const AstStatement *
read_statement(AstReader *reader, const JsonNode *node)
{
    AstStatement *statement = ARENA_NEW(reader->arena, AstStatement);
    const JsonNode *body = read_body(reader, node);

    if (!read_enter(reader, 0))
        return statement;
    for (size_t i = 0; i < sizeof statement_readers / sizeof statement_readers[0]; i++) {
        if (json_key_is(reader->json, body, statement_readers[i].kind)) {
            statement_readers[i].read(reader, body, statement);
            read_leave(reader);
            return statement;
        }
    }
    read_refuse(reader, STATUS_NOT_SUPPORTED, 1, "%s is not supported", statement_words(reader, body));
    read_leave(reader);
    return statement;
}
