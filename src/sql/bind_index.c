/* CREATE INDEX, DROP INDEX, REINDEX: accepted, so that scripts made for other engines run. No index is kept:
 * scans are narrowed by the statistics that tablets have of every column. */
#include "sql/bind.h"

#include <string.h>

static Status
check_key(Binder *binder, const TableInfo *table, const AstStatement *ast, const char *key)
{
    const char **names = ARENA_ARRAY(binder->arena, const char *, table->column_count);

    for (uint32_t i = 0; i < table->column_count; i++) {
        names[i] = table->columns[i].name;
        if (strcmp(names[i], key) == 0)
            return STATUS_OK;
    }
    error_set_at(binder->error, STATUS_UNDEFINED_COLUMN, ast->relation.position,
                 "column \"%s\" does not exist", key);
    const char *nearest = name_nearest(key, table->column_count, names);
    if (nearest != NULL)
        error_hint(binder->error, "Perhaps you meant the column \"%s\".", nearest);
    return STATUS_UNDEFINED_COLUMN;
}

Status
bind_index(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    const TableInfo *table = NULL;

    statement->command = ast->command;
    if (ast->relation.name != NULL)
        TRY(bind_target(binder, ast->relation.schema, ast->relation.name, ast->relation.position, &table));
    for (uint32_t i = 0; table != NULL && i < ast->target_count; i++)
        TRY(check_key(binder, table, ast, ast->targets[i].name));
    bind_notice(binder, "%s does nothing: no indexes are kept, statistics of every column narrow the scans%s",
                ast->command, ast->unique ? "; uniqueness is not enforced" : "");
    return STATUS_OK;
}
