/* ALTER TABLE of libpg_query's tree → AstStatement. */
#include "sql/ast_read.h"

#include <string.h>

static const struct {
    const char *subtype;
    AlterKind kind;
} kinds[] = {
    {"AT_AddColumn", ALTER_ADD_COLUMN},    {"AT_DropColumn", ALTER_DROP_COLUMN},
    {"AT_SetNotNull", ALTER_SET_NOT_NULL}, {"AT_DropNotNull", ALTER_DROP_NOT_NULL},
    {"AT_ColumnDefault", ALTER_DEFAULT},
};

enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

static void
read_column_change(AstReader *reader, const JsonNode *body, int32_t position, uint32_t *defaults,
                   AstAlter *alter)
{
    const JsonNode *subtype = read_field(reader, body, "subtype");
    size_t kind = 0;

    while (kind < KIND_COUNT && !json_string_is(reader->json, subtype, kinds[kind].subtype))
        kind++;
    if (kind == KIND_COUNT) {
        read_refuse(reader, STATUS_NOT_SUPPORTED, position, "this form of ALTER TABLE is not supported");
        error_hint(reader->error,
                   "columns can be added, dropped, renamed, have a default or none, and be NOT NULL or not");
        return;
    }
    *alter = (AstAlter){.kind = kinds[kind].kind,
                        .name = read_text(reader, body, "name"),
                        .lenient = read_flag(reader, body, "missing_ok")};
    if (alter->kind == ALTER_ADD_COLUMN) {
        alter->column = read_table_column(reader, read_body(reader, read_field(reader, body, "def")));
        alter->name = alter->column.name;
    }
    if (alter->kind == ALTER_DEFAULT && read_field(reader, body, "def") != NULL) {
        alter->expr = read_expr(reader, read_field(reader, body, "def"));
        alter->text = read_set_default_text(reader, (*defaults)++);
    }
}

void
read_alter_table(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    const JsonNode *list = read_field(reader, body, "cmds");
    AstAlter *alters = ARENA_ARRAY(reader->arena, AstAlter, json_count(reader->json, list) + 1);
    uint32_t defaults = 0;

    statement->kind = STATEMENT_ALTER_TABLE;
    statement->relation = read_relation(reader, read_field(reader, body, "relation"));
    statement->if_exists = read_flag(reader, body, "missing_ok");
    if (!json_string_is(reader->json, read_field(reader, body, "objtype"), "OBJECT_TABLE"))
        read_refuse(reader, STATUS_NOT_SUPPORTED, statement->relation.position, "only tables can be altered");
    for (const JsonNode *node = json_first(reader->json, list); node != NULL && reader->status == STATUS_OK;
         node = json_next(reader->json, node))
        read_column_change(reader, read_body(reader, node), statement->relation.position, &defaults,
                           &alters[statement->alter_count++]);
    statement->alters = alters;
}

static void
read_rename_type(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    const JsonNode *list = read_body(reader, read_field(reader, body, "object"));
    uint32_t count;
    const char *const *names = read_names(reader, read_field(reader, list, "items"), &count);

    statement->kind = STATEMENT_RENAME_TYPE;
    statement->relation.schema = count > 1 ? names[count - 2] : NULL;
    statement->relation.name = count > 0 ? names[count - 1] : "";
    statement->value = read_text(reader, body, "newname");
}

void
read_rename(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    const JsonNode *type = read_field(reader, body, "renameType");
    const bool column = json_string_is(reader->json, type, "OBJECT_COLUMN");
    AstAlter *alter = ARENA_NEW(reader->arena, AstAlter);

    if (json_string_is(reader->json, type, "OBJECT_TYPE")) {
        read_rename_type(reader, body, statement);
        return;
    }
    statement->kind = STATEMENT_ALTER_TABLE;
    statement->if_exists = read_flag(reader, body, "missing_ok");
    if (!column && !json_string_is(reader->json, type, "OBJECT_TABLE")) {
        read_refuse(reader, STATUS_NOT_SUPPORTED, 1, "only tables, their columns and types can be renamed");
        return;
    }
    statement->relation = read_relation(reader, read_field(reader, body, "relation"));
    *alter = (AstAlter){.kind = column ? ALTER_RENAME_COLUMN : ALTER_RENAME_TABLE,
                        .name = read_text(reader, body, "subname"),
                        .new_name = read_text(reader, body, "newname")};
    statement->alter_count = 1;
    statement->alters = alter;
}
