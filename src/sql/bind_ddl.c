/* CREATE TABLE and CREATE TABLE AS: columns, constraints, partitioning and order. */
#include "sql/bind.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PARTITIONS_DEFAULT = 4, PARTITIONS_MAX = 4096, ORDER_COLUMNS_MAX = 16 };

static int64_t
find_column(const TableDefinition *definition, const char *name)
{
    for (uint32_t i = 0; i < definition->column_count; i++) {
        if (strcmp(definition->columns[i].name, name) == 0)
            return i;
    }
    return -1;
}

static Status
check_columns(Binder *binder, const TableDefinition *definition, const int32_t *positions)
{
    if (definition->column_count == 0)
        return error_set(binder->error, STATUS_INVALID_TABLE_DEFINITION,
                         "a table must have at least one column");
    if (definition->column_count > SQL_COLUMNS_MAX)
        return error_set(binder->error, STATUS_TOO_MANY_COLUMNS, "tables can have at most %d columns",
                         (int)SQL_COLUMNS_MAX);
    for (uint32_t i = 0; i < definition->column_count; i++) {
        if (find_column(definition, definition->columns[i].name) < (int64_t)i)
            return error_set_at(binder->error, STATUS_DUPLICATE_COLUMN, positions == NULL ? 0 : positions[i],
                                "column \"%s\" specified more than once", definition->columns[i].name);
    }
    return STATUS_OK;
}

static Status
refuse_constraint(Binder *binder, const AstConstraint *constraint)
{
    if (strcmp(constraint->kind, "IDENTITY") == 0 || strcmp(constraint->kind, "GENERATED") == 0)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, constraint->position,
                            "%s columns are not supported: no column is computed by the table",
                            strcmp(constraint->kind, "IDENTITY") == 0 ? "identity" : "generated");
    return error_set_at(binder->error, STATUS_NOT_SUPPORTED, constraint->position,
                        "%s constraints are not supported",
                        strcmp(constraint->kind, "FOREIGN") == 0 ? "FOREIGN KEY" : constraint->kind);
}

static Status
bind_column_constraint(Binder *binder, const AstColumn *ast, const AstConstraint *constraint,
                       ColumnInfo *column)
{
    if (strcmp(constraint->kind, "NOTNULL") == 0) {
        column->not_null = true;
    } else if (strcmp(constraint->kind, "PRIMARY") == 0) {
        column->not_null = true;
        column->in_primary_key = true;
        bind_notice(binder, "PRIMARY KEY on \"%s\" is recorded as NOT NULL; uniqueness is not enforced",
                    ast->name);
    } else if (strcmp(constraint->kind, "UNIQUE") == 0) {
        bind_notice(binder, "UNIQUE on \"%s\" is not enforced", ast->name);
    } else if (strcmp(constraint->kind, "DEFAULT") == 0) {
        return bind_set_default(binder, column, constraint->expr, constraint->text);
    } else if (strcmp(constraint->kind, "NULL") != 0) {
        return refuse_constraint(binder, constraint);
    }
    return STATUS_OK;
}

static bool
is_serial(const char *type)
{
    static const char *const names[] = {"serial",  "smallserial", "bigserial",
                                        "serial2", "serial4",     "serial8"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(type, names[i]) == 0)
            return true;
    }
    return false;
}

Status
bind_column_definition(Binder *binder, const AstColumn *ast, ColumnInfo *column)
{
    NamedType named;

    if (ast->unsupported != NULL)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position, "%s is not supported",
                            ast->unsupported);
    if (is_serial(ast->type->name))
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->type->position,
                            "type %s is not supported: there are no sequences", ast->type->name);
    TRY(bind_type(binder, ast->type, &named));
    *column = (ColumnInfo){.name = ast->name, .type = named.type};
    for (uint32_t i = 0; i < ast->constraint_count; i++)
        TRY(bind_column_constraint(binder, ast, &ast->constraints[i], column));
    return STATUS_OK;
}

/* PRIMARY KEY (a, b), UNIQUE (a). */
static Status
bind_table_constraint(Binder *binder, const AstConstraint *constraint, TableDefinition *definition)
{
    const bool primary = strcmp(constraint->kind, "PRIMARY") == 0;

    if (!primary && strcmp(constraint->kind, "UNIQUE") != 0)
        return refuse_constraint(binder, constraint);
    for (uint32_t i = 0; i < constraint->key_count; i++) {
        const int64_t column = find_column(definition, constraint->keys[i]);
        if (column < 0)
            return error_set_at(binder->error, STATUS_UNDEFINED_COLUMN, constraint->position,
                                "column \"%s\" named in key does not exist", constraint->keys[i]);
        definition->columns[column].not_null |= primary;
        definition->columns[column].in_primary_key |= primary;
    }
    bind_notice(binder, primary ? "PRIMARY KEY is recorded as NOT NULL; uniqueness is not enforced"
                                : "UNIQUE is not enforced");
    return STATUS_OK;
}

static bool
can_partition(Type type, PartitionKind kind)
{
    const TypeCategory category = type_category(type.id);

    return category != CATEGORY_NESTED && (kind == PARTITION_HASH || type.id != TYPE_INTERVAL);
}

static Status
set_partition(Binder *binder, const char *strategy, const char *column_name, int32_t position,
              TableDefinition *definition)
{
    const PartitionKind kind = strcasecmp(strategy, "hash") == 0    ? PARTITION_HASH
                               : strcasecmp(strategy, "range") == 0 ? PARTITION_RANGE
                                                                    : PARTITION_NONE;
    const int64_t column = find_column(definition, column_name);

    if (kind == PARTITION_NONE)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, position,
                            "partitioning by %s is not supported: use HASH or RANGE", strategy);
    if (column < 0)
        return error_set_at(binder->error, STATUS_UNDEFINED_COLUMN, position,
                            "column \"%s\" named in partition key does not exist", column_name);
    if (!can_partition(definition->columns[column].type, kind))
        return error_set_at(binder->error, STATUS_INVALID_OBJECT_DEFINITION, position,
                            "a table cannot be partitioned by a column of type %s",
                            bind_type_name(binder, definition->columns[column].type));
    definition->partition.kind = kind;
    definition->partition.column = (uint32_t)column;
    return STATUS_OK;
}

static Status
bind_partition_clause(Binder *binder, const AstPartition *ast, TableDefinition *definition)
{
    if (ast->strategy == NULL)
        return STATUS_OK;
    if (ast->column_count != 1 || ast->column == NULL)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "a table can be partitioned by one column only");
    return set_partition(binder, ast->strategy, ast->column, ast->column_position, definition);
}

/* The next name of a list, folded to lower case unless quoted; NULL at the end. */
static char *
next_name(Binder *binder, const char **at)
{
    const char *begin;
    char *name;

    *at += strspn(*at, " \t\n,");
    if (**at == '\0')
        return NULL;
    if (**at == '"') {
        begin = ++*at;
        *at += strcspn(*at, "\"");
        name = arena_copy_bytes(binder->arena, begin, (size_t)(*at - begin));
        *at += **at == '"';
        return name;
    }
    begin = *at;
    *at += strcspn(*at, " \t\n,()");
    name = arena_copy_bytes(binder->arena, begin, (size_t)(*at - begin));
    for (char *c = name; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return name;
}

/* partition_by = 'hash(user_id)' */
static Status
bind_partition_option(Binder *binder, const AstOption *option, TableDefinition *definition)
{
    const char *at = option->value == NULL ? "" : option->value;
    const char *strategy = next_name(binder, &at);

    at += strspn(at, " ");
    if (strategy == NULL || *at != '(')
        goto malformed;
    at++;
    const char *column = next_name(binder, &at);
    at += strspn(at, " ");
    if (column == NULL || *at != ')' || at[1 + strspn(at + 1, " ")] != '\0')
        goto malformed;
    if (definition->partition.kind != PARTITION_NONE)
        return error_set_at(binder->error, STATUS_INVALID_TABLE_DEFINITION, option->position,
                            "the table is partitioned twice: by PARTITION BY and by \"partition_by\"");
    return set_partition(binder, strategy, column, option->position, definition);

malformed:
    error_set_at(binder->error, STATUS_INVALID_PARAMETER, option->position,
                 "invalid value for \"partition_by\": \"%s\"", option->value == NULL ? "" : option->value);
    return error_hint(binder->error, "Write it as 'hash(column)' or 'range(column)'.");
}

static Status
bind_partitions_option(Binder *binder, const AstOption *option, TableDefinition *definition)
{
    char *end = NULL;
    const long count = option->value == NULL ? 0 : strtol(option->value, &end, 10);

    if (end == NULL || *end != '\0' || count < 1 || count > PARTITIONS_MAX)
        return error_set_at(binder->error, STATUS_INVALID_PARAMETER, option->position,
                            "\"partitions\" must be a number from 1 to %d", (int)PARTITIONS_MAX);
    definition->partition.count = (uint32_t)count;
    return STATUS_OK;
}

static Status
bind_order_option(Binder *binder, const AstOption *option, TableDefinition *definition)
{
    uint32_t *columns = ARENA_ARRAY(binder->arena, uint32_t, ORDER_COLUMNS_MAX);
    const char *at = option->value == NULL ? "" : option->value;
    const char *name;

    while ((name = next_name(binder, &at)) != NULL) {
        const int64_t column = find_column(definition, name);
        if (*name == '\0')
            return error_set_at(binder->error, STATUS_INVALID_PARAMETER, option->position,
                                "invalid value for \"order_by\": \"%s\"", option->value);
        if (column < 0)
            return error_set_at(binder->error, STATUS_UNDEFINED_COLUMN, option->position,
                                "column \"%s\" named in \"order_by\" does not exist", name);
        if (definition->order_count == ORDER_COLUMNS_MAX)
            return error_set_at(binder->error, STATUS_LIMIT_EXCEEDED, option->position,
                                "\"order_by\" can have at most %d columns", (int)ORDER_COLUMNS_MAX);
        columns[definition->order_count++] = (uint32_t)column;
    }
    definition->order_columns = columns;
    return STATUS_OK;
}

static Status
bind_table_option(Binder *binder, const AstOption *option, TableDefinition *definition)
{
    static const char *const names[] = {"partitions", "partition_by", "order_by"};

    if (strcmp(option->name, names[0]) == 0)
        return bind_partitions_option(binder, option, definition);
    if (strcmp(option->name, names[1]) == 0)
        return bind_partition_option(binder, option, definition);
    if (strcmp(option->name, names[2]) == 0)
        return bind_order_option(binder, option, definition);
    error_set_at(binder->error, STATUS_INVALID_PARAMETER, option->position, "unrecognized parameter \"%s\"",
                 option->name);
    const char *nearest = name_nearest(option->name, sizeof names / sizeof names[0], names);
    if (nearest != NULL)
        error_hint(binder->error, "Perhaps you meant \"%s\".", nearest);
    return STATUS_INVALID_PARAMETER;
}

static Status
bind_storage(Binder *binder, const AstStatement *ast, TableDefinition *definition)
{
    TRY(bind_partition_clause(binder, &ast->partition, definition));
    for (uint32_t i = 0; i < ast->option_count; i++)
        TRY(bind_table_option(binder, &ast->options[i], definition));
    PartitionSpec *partition = &definition->partition;
    if (partition->kind == PARTITION_NONE && partition->count > 1) {
        error_set(binder->error, STATUS_INVALID_TABLE_DEFINITION,
                  "\"partitions\" needs a column to partition by");
        return error_hint(binder->error, "Add PARTITION BY HASH (column) or partition_by = 'hash(column)'.");
    }
    if (partition->kind == PARTITION_NONE)
        partition->count = 0;
    else if (partition->count == 0)
        partition->count = PARTITIONS_DEFAULT;
    return STATUS_OK;
}

/* A table or view of that name: an error, or with IF NOT EXISTS a notice. */
static Status
check_absent(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    const BindContext *context = binder->context;
    Relation relation = {0};
    Error absent = {0};
    const Status status =
        context->find_relation(context->lookup, ast->relation.schema, ast->relation.name, &relation, &absent);

    if (status == STATUS_UNDEFINED_TABLE)
        return STATUS_OK;
    if (status != STATUS_OK && status != STATUS_WRONG_OBJECT_TYPE) /* which a composite type is */
        return bind_at(binder, error_copy(binder->error, &absent), ast->relation.position);
    if (!ast->if_exists)
        return error_set(binder->error, STATUS_DUPLICATE_TABLE, "relation \"%s\" already exists",
                         ast->relation.name);
    statement->exists = true;
    bind_notice(binder, "relation \"%s\" already exists, skipping", ast->relation.name);
    return STATUS_OK;
}

static Status
begin_definition(Binder *binder, const AstStatement *ast, BoundStatement *statement,
                 TableDefinition **definition)
{
    *definition = ARENA_NEW(binder->arena, TableDefinition);
    (*definition)->name = ast->relation.name;
    statement->definition = *definition;
    statement->target_schema = ast->relation.schema;
    statement->if_not_exists = ast->if_exists;
    if (ast->relation.schema != NULL && strcmp(ast->relation.schema, "public") != 0)
        return error_set_at(binder->error, STATUS_UNDEFINED_SCHEMA, ast->relation.position,
                            "schema \"%s\" does not exist", ast->relation.schema);
    return check_absent(binder, ast, statement);
}

/* NULL and NOT NULL of one column. */
static Status
check_nullability(Binder *binder, const AstStatement *ast, const AstColumn *column)
{
    const AstConstraint *first = NULL;

    for (uint32_t i = 0; i < column->constraint_count; i++) {
        const AstConstraint *constraint = &column->constraints[i];
        if (strcmp(constraint->kind, "NOTNULL") != 0 && strcmp(constraint->kind, "NULL") != 0)
            continue;
        if (first != NULL && strcmp(first->kind, constraint->kind) != 0)
            return error_set_at(binder->error, STATUS_SYNTAX, constraint->position,
                                "conflicting NULL/NOT NULL declarations for column \"%s\" of table \"%s\"",
                                column->name, ast->relation.name);
        first = constraint;
    }
    return STATUS_OK;
}

static Status
check_defaults(Binder *binder, const AstStatement *ast, const AstColumn *column)
{
    bool found = false;

    for (uint32_t i = 0; i < column->constraint_count; i++) {
        if (strcmp(column->constraints[i].kind, "DEFAULT") != 0)
            continue;
        if (found)
            return error_set_at(binder->error, STATUS_SYNTAX, column->constraints[i].position,
                                "multiple default values specified for column \"%s\" of table \"%s\"",
                                column->name, ast->relation.name);
        found = true;
    }
    return STATUS_OK;
}

static uint32_t
count_primary_keys(const AstConstraint *constraints, uint32_t count, int32_t *last)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(constraints[i].kind, "PRIMARY") == 0) {
            *last = constraints[i].position;
            found++;
        }
    }
    return found;
}

static Status
check_primary_keys(Binder *binder, const AstStatement *ast)
{
    int32_t last = 0;
    uint32_t found = 0;

    for (uint32_t i = 0; i <= ast->column_count && found < 2; i++) {
        if (i < ast->column_count) {
            TRY(check_nullability(binder, ast, &ast->columns[i]));
            TRY(check_defaults(binder, ast, &ast->columns[i]));
        }
        found += i < ast->column_count ? count_primary_keys(ast->columns[i].constraints,
                                                            ast->columns[i].constraint_count, &last)
                                       : count_primary_keys(ast->constraints, ast->constraint_count, &last);
    }
    if (found < 2)
        return STATUS_OK;
    return error_set_at(binder->error, STATUS_INVALID_TABLE_DEFINITION, last,
                        "multiple primary keys for table \"%s\" are not allowed", ast->relation.name);
}

/* The tables that LIKE names, one a column of the statement or NULL, and how many columns the table gets. */
static Status
bind_likes(Binder *binder, const AstStatement *ast, const TableInfo **likes, uint32_t *count)
{
    *count = 0;
    for (uint32_t i = 0; i < ast->column_count; i++) {
        const AstRelation *like = ast->columns[i].like;
        if (like != NULL)
            TRY(bind_target(binder, like->schema, like->name, like->position, &likes[i]));
        *count += like != NULL ? likes[i]->column_count : 1;
    }
    return STATUS_OK;
}

static void
copy_columns(Binder *binder, const TableInfo *table, bool defaults, TableDefinition *definition)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        const ColumnInfo *column = &table->columns[i];
        definition->columns[definition->column_count++] =
            (ColumnInfo){.name = arena_copy_string(binder->arena, column->name),
                         .type = column->type,
                         .not_null = column->not_null,
                         .default_text = defaults && column->default_text != NULL
                                             ? arena_copy_string(binder->arena, column->default_text)
                                             : NULL};
    }
}

Status
bind_create_table(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    const TableInfo **likes = ARENA_ARRAY(binder->arena, const TableInfo *, ast->column_count);
    TableDefinition *definition;
    uint32_t count;

    statement->command = "CREATE TABLE";
    TRY(begin_definition(binder, ast, statement, &definition));
    TRY(bind_likes(binder, ast, likes, &count));
    int32_t *positions = ARENA_ARRAY(binder->arena, int32_t, count);
    definition->columns = ARENA_ARRAY(binder->arena, ColumnInfo, count);
    for (uint32_t i = 0; i < ast->column_count; i++) {
        if (likes[i] != NULL) {
            copy_columns(binder, likes[i], ast->columns[i].like_defaults, definition);
            continue;
        }
        positions[definition->column_count] = ast->columns[i].position;
        TRY(bind_column_definition(binder, &ast->columns[i], &definition->columns[definition->column_count]));
        definition->column_count++;
    }
    TRY(check_columns(binder, definition, positions));
    TRY(check_primary_keys(binder, ast));
    for (uint32_t i = 0; i < ast->constraint_count; i++)
        TRY(bind_table_constraint(binder, &ast->constraints[i], definition));
    return bind_storage(binder, ast, definition);
}

/* Records without a name have no type that a column could have. */
static Status
check_storable(Binder *binder, const char *name, Type type)
{
    while (type.id == TYPE_LIST)
        type = type.nested->types[0];
    if (type.id != TYPE_STRUCT || type.nested->name != NULL)
        return STATUS_OK;
    return error_set(binder->error, STATUS_INVALID_TABLE_DEFINITION, "column \"%s\" has pseudo-type record",
                     name);
}

/* The query's columns under the names that CREATE TABLE t (a, b) AS gives them. */
static Status
name_columns(Binder *binder, const AstStatement *ast, const PlanNode *rows, TableDefinition *definition)
{
    if (ast->target_count > rows->column_count)
        return error_set(binder->error, STATUS_SYNTAX, "too many column names were specified");
    definition->column_count = rows->column_count;
    definition->columns = ARENA_ARRAY(binder->arena, ColumnInfo, rows->column_count);
    for (uint32_t i = 0; i < rows->column_count; i++)
        definition->columns[i] =
            (ColumnInfo){.name = i < ast->target_count ? ast->targets[i].name : rows->columns[i].name,
                         .type = rows->columns[i].type};
    for (uint32_t i = 0; i < rows->column_count; i++)
        TRY(check_storable(binder, definition->columns[i].name, definition->columns[i].type));
    return check_columns(binder, definition, NULL);
}

Status
bind_create_table_as(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    TableDefinition *definition;

    statement->command = "CREATE TABLE AS";
    TRY(begin_definition(binder, ast, statement, &definition));
    TRY(bind_select(binder, ast->select, 0, NULL, &statement->plan));
    if (ast->no_data) {
        PlanNode *rows = statement->plan;
        statement->plan =
            plan_node_new(binder->arena, PLAN_LIMIT, rows->column_count, rows->columns, 1, &rows);
    }
    TRY(name_columns(binder, ast, statement->plan, definition));
    return bind_storage(binder, ast, definition);
}
