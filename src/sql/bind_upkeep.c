/* Statements that other engines need and Runnel does not: accepted, so that scripts made for those run. No
 * index is kept: scans are narrowed by the statistics that tablets have of every column; those are made when
 * tablets are written, and small tablets are put together without being asked. */
#include "sql/bind.h"

#include <string.h>

static Status
check_key(Binder *binder, const TableInfo *table, int32_t position, const char *key)
{
    const char **names = ARENA_ARRAY(binder->arena, const char *, table->column_count);

    for (uint32_t i = 0; i < table->column_count; i++) {
        names[i] = table->columns[i].name;
        if (strcmp(names[i], key) == 0)
            return STATUS_OK;
    }
    error_set_at(binder->error, STATUS_UNDEFINED_COLUMN, position, "column \"%s\" does not exist", key);
    const char *nearest = name_nearest(key, table->column_count, names);
    if (nearest != NULL)
        error_hint(binder->error, "Perhaps you meant the column \"%s\".", nearest);
    return STATUS_UNDEFINED_COLUMN;
}

static void
note_index(Binder *binder, const AstStatement *ast)
{
    bind_notice(binder, "%s does nothing: no indexes are kept, statistics of every column narrow the scans%s",
                ast->command, ast->unique ? "; uniqueness is not enforced" : "");
}

static Status
bind_names(Binder *binder, const AstStatement *ast)
{
    for (uint32_t i = 0; i < ast->name_count; i++) {
        const QualifiedName *name = &ast->names[i];
        const TableInfo *table;
        TRY(bind_target(binder, name->schema, name->name, name->position, &table));
        for (uint32_t k = 0; k < ast->target_count; k++)
            TRY(check_key(binder, table, name->position, ast->targets[k].name));
    }
    bind_notice(binder, "%s does nothing: statistics are kept, and tablets put together, all the time",
                ast->command);
    return STATUS_OK;
}

Status
bind_upkeep(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    const TableInfo *table = NULL;

    statement->command = ast->command;
    if (strcmp(ast->command, "ANALYZE") == 0 || strcmp(ast->command, "VACUUM") == 0)
        return bind_names(binder, ast);
    if (ast->relation.name != NULL)
        TRY(bind_target(binder, ast->relation.schema, ast->relation.name, ast->relation.position, &table));
    for (uint32_t i = 0; table != NULL && i < ast->target_count; i++)
        TRY(check_key(binder, table, ast->relation.position, ast->targets[i].name));
    note_index(binder, ast);
    return STATUS_OK;
}
