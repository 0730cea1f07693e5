/* ALTER TABLE: its changes, one after the other, on the table's columns. */
#include "sql/bind.h"

#include <string.h>

/* The table as it becomes. */
typedef struct Altering {
    Binder *binder;
    const TableInfo *table;
    const char *name;
    uint32_t count;
    ColumnInfo *columns; /* with room for all that are added */
} Altering;

static uint32_t
find_column(const Altering *altering, const char *name)
{
    uint32_t at = 0;

    while (at < altering->count && strcmp(altering->columns[at].name, name) != 0)
        at++;
    return at;
}

static Status
refuse_missing(const Altering *altering, const char *name)
{
    const char **names = ARENA_ARRAY(altering->binder->arena, const char *, altering->count);

    for (uint32_t i = 0; i < altering->count; i++)
        names[i] = altering->columns[i].name;
    error_set(altering->binder->error, STATUS_UNDEFINED_COLUMN,
              "column \"%s\" of relation \"%s\" does not exist", name, altering->name);
    const char *nearest = name_nearest(name, altering->count, names);
    if (nearest != NULL)
        error_hint(altering->binder->error, "Perhaps you meant the column \"%s\".", nearest);
    return STATUS_UNDEFINED_COLUMN;
}

static Status
refuse_duplicate(const Altering *altering, const char *name)
{
    return error_set(altering->binder->error, STATUS_DUPLICATE_COLUMN,
                     "column \"%s\" of relation \"%s\" already exists", name, altering->name);
}

static Status
add_column(Altering *altering, const AstAlter *alter)
{
    if (find_column(altering, alter->name) < altering->count) {
        if (!alter->lenient)
            return refuse_duplicate(altering, alter->name);
        bind_notice(altering->binder, "column \"%s\" of relation \"%s\" already exists, skipping",
                    alter->name, altering->name);
        return STATUS_OK;
    }
    if (altering->count >= SQL_COLUMNS_MAX)
        return error_set(altering->binder->error, STATUS_TOO_MANY_COLUMNS,
                         "tables can have at most %d columns", (int)SQL_COLUMNS_MAX);
    TRY(bind_column_definition(altering->binder, &alter->column, &altering->columns[altering->count]));
    altering->count++;
    return STATUS_OK;
}

/* What is left of a primary key's columns is none. */
static void
forget_primary_key(Altering *altering)
{
    for (uint32_t i = 0; i < altering->count; i++)
        altering->columns[i].in_primary_key = false;
}

static Status
drop_column(Altering *altering, const AstAlter *alter)
{
    const PartitionSpec *partition = &altering->table->partition;
    const uint32_t at = find_column(altering, alter->name);

    if (at == altering->count) {
        if (!alter->lenient)
            return refuse_missing(altering, alter->name);
        bind_notice(altering->binder, "column \"%s\" of relation \"%s\" does not exist, skipping",
                    alter->name, altering->name);
        return STATUS_OK;
    }
    if (partition->kind != PARTITION_NONE &&
        altering->columns[at].id == altering->table->columns[partition->column].id)
        return error_set(
            altering->binder->error, STATUS_INVALID_TABLE_DEFINITION,
            "cannot drop column \"%s\" because it is part of the partition key of relation \"%s\"",
            alter->name, altering->name);
    if (altering->count == 1)
        return error_set(altering->binder->error, STATUS_NOT_SUPPORTED,
                         "a table keeps at least one column: drop the table");
    if (altering->columns[at].in_primary_key)
        forget_primary_key(altering);
    altering->count--;
    memmove(&altering->columns[at], &altering->columns[at + 1],
            (altering->count - at) * sizeof *altering->columns);
    return STATUS_OK;
}

static Status
rename_column(Altering *altering, const AstAlter *alter)
{
    const uint32_t at = find_column(altering, alter->name);

    if (at == altering->count)
        return refuse_missing(altering, alter->name);
    if (find_column(altering, alter->new_name) < altering->count)
        return refuse_duplicate(altering, alter->new_name);
    altering->columns[at].name = alter->new_name;
    return STATUS_OK;
}

static Status
set_not_null(Altering *altering, const AstAlter *alter)
{
    const uint32_t at = find_column(altering, alter->name);

    if (at == altering->count)
        return refuse_missing(altering, alter->name);
    if (alter->kind == ALTER_DROP_NOT_NULL && altering->columns[at].in_primary_key)
        return error_set(altering->binder->error, STATUS_INVALID_TABLE_DEFINITION,
                         "column \"%s\" is in a primary key", alter->name);
    altering->columns[at].not_null = alter->kind == ALTER_SET_NOT_NULL;
    return STATUS_OK;
}

static Status
set_default(Altering *altering, const AstAlter *alter)
{
    const uint32_t at = find_column(altering, alter->name);

    if (at == altering->count)
        return refuse_missing(altering, alter->name);
    return bind_set_default(altering->binder, &altering->columns[at], alter->expr, alter->text);
}

static Status
apply(Altering *altering, const AstAlter *alter)
{
    switch (alter->kind) {
    case ALTER_ADD_COLUMN: return add_column(altering, alter);
    case ALTER_DROP_COLUMN: return drop_column(altering, alter);
    case ALTER_RENAME_COLUMN: return rename_column(altering, alter);
    case ALTER_DEFAULT: return set_default(altering, alter);
    case ALTER_RENAME_TABLE: altering->name = alter->new_name; return STATUS_OK;
    default: return set_not_null(altering, alter);
    }
}

static bool
is_missing(Binder *binder, const AstStatement *ast)
{
    Relation relation;

    return ast->if_exists &&
           binder->context->find_relation(binder->context->lookup, ast->relation.schema, ast->relation.name,
                                          &relation, NULL) == STATUS_UNDEFINED_TABLE;
}

Status
bind_alter(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    TableAlteration *alteration = ARENA_NEW(binder->arena, TableAlteration);
    Altering altering = {.binder = binder};

    statement->command = "ALTER TABLE";
    if (is_missing(binder, ast)) {
        bind_notice(binder, "relation \"%s\" does not exist, skipping", ast->relation.name);
        return STATUS_OK;
    }
    TRY(bind_target(binder, ast->relation.schema, ast->relation.name, ast->relation.position,
                    &altering.table));
    altering.name = altering.table->name;
    altering.count = altering.table->column_count;
    altering.columns =
        ARENA_ARRAY(binder->arena, ColumnInfo, (size_t)altering.table->column_count + ast->alter_count);
    memcpy(altering.columns, altering.table->columns, altering.count * sizeof *altering.columns);
    for (uint32_t i = 0; i < ast->alter_count; i++)
        TRY(apply(&altering, &ast->alters[i]));
    *alteration = (TableAlteration){.table_id = altering.table->id,
                                    .shape = altering.table->shape,
                                    .name = altering.name,
                                    .column_count = altering.count,
                                    .columns = altering.columns};
    statement->alteration = alteration;
    return STATUS_OK;
}
