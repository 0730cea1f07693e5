/* Which statement it is, and what is common to all of them. */
#include "sql/bind.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { NOTICES_MAX = 100 };

void
bind_notice(Binder *binder, const char *format, ...)
{
    char text[512];
    va_list arguments;

    if (binder->notice_count == NOTICES_MAX)
        return;
    if (binder->notices == NULL)
        binder->notices = ARENA_ARRAY(binder->arena, const char *, NOTICES_MAX);
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    binder->notices[binder->notice_count++] = arena_copy_string(binder->arena, text);
}

Status
bind_at(Binder *binder, Status status, int32_t position)
{
    if (status != STATUS_OK && binder->error != NULL && binder->error->sql_position == 0)
        binder->error->sql_position = position;
    return status;
}

static Status
bind_select_statement(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    statement->command = "SELECT";
    return bind_select(binder, ast->select, 0, NULL, &statement->plan);
}

static Status
bind_drop(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    static const char *const commands[] = {
        [OBJECT_TABLE] = "DROP TABLE", [OBJECT_VIEW] = "DROP VIEW", [OBJECT_TYPE] = "DROP TYPE"};

    (void)binder;
    statement->command = commands[ast->object];
    statement->object = ast->object;
    statement->cascade = ast->cascade;
    statement->if_exists = ast->if_exists;
    statement->name_count = ast->name_count;
    statement->names = ast->names;
    return STATUS_OK;
}

static Status
bind_rename_type(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    QualifiedName *name = ARENA_NEW(binder->arena, QualifiedName);

    *name = (QualifiedName){ast->relation.schema, ast->relation.name, 0};
    statement->command = "ALTER TYPE";
    statement->name_count = 1;
    statement->names = name;
    statement->new_name = ast->value;
    return STATUS_OK;
}

static Status
bind_truncate(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    const TableInfo *table;

    statement->command = "TRUNCATE TABLE";
    statement->name_count = ast->name_count;
    statement->names = ast->names;
    for (uint32_t i = 0; i < ast->name_count; i++)
        TRY(bind_target(binder, ast->names[i].schema, ast->names[i].name, ast->names[i].position, &table));
    return STATUS_OK;
}

static Status
bind_setting(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    char *name = arena_copy_string(binder->arena, ast->setting == NULL ? "" : ast->setting);

    for (char *c = name; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    statement->command = ast->kind == STATEMENT_SET ? "SET" : "SHOW";
    statement->setting = (BoundSetting){.name = name, .value = ast->value};
    return STATUS_OK;
}

typedef Status (*StatementBinder)(Binder *binder, const AstStatement *ast, BoundStatement *statement);

static const StatementBinder statement_binders[] = {
    [STATEMENT_SELECT] = bind_select_statement,
    [STATEMENT_INSERT] = bind_insert,
    [STATEMENT_DELETE] = bind_delete,
    [STATEMENT_UPDATE] = bind_update,
    [STATEMENT_CREATE_TABLE] = bind_create_table,
    [STATEMENT_CREATE_TABLE_AS] = bind_create_table_as,
    [STATEMENT_CREATE_VIEW] = bind_create_view,
    [STATEMENT_CREATE_TYPE] = bind_create_type,
    [STATEMENT_RENAME_TYPE] = bind_rename_type,
    [STATEMENT_DROP] = bind_drop,
    [STATEMENT_ALTER_TABLE] = bind_alter,
    [STATEMENT_UPKEEP] = bind_upkeep,
    [STATEMENT_TRUNCATE] = bind_truncate,
    [STATEMENT_COPY_FROM] = bind_copy,
    [STATEMENT_COPY_TO] = bind_copy_to,
    [STATEMENT_EXPLAIN] = bind_explain,
    [STATEMENT_SET] = bind_setting,
    [STATEMENT_SHOW] = bind_setting,
};

Status
bind_statement(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    statement->kind = ast->kind;
    return statement_binders[ast->kind](binder, ast, statement);
}

Status
sql_bind(const BindContext *context, const ParseTree *tree, BoundStatement **statement, Error *error)
{
    Error local = {0}; /* the binder looks into its error */
    const Binder fresh = {
        .context = context, .arena = context->arena, .error = error == NULL ? &local : error};
    Binder binder = fresh;

    *statement = ARENA_NEW(context->arena, BoundStatement);
    Status status = bind_statement(&binder, tree->statement, *statement);
    if (status == STATUS_OK && binder.wants_marks) {
        binder = fresh;
        binder.marks = true;
        **statement = (BoundStatement){0};
        status = bind_statement(&binder, tree->statement, *statement);
    }
    (*statement)->notice_count = binder.notice_count;
    (*statement)->notices = binder.notices;
    (*statement)->table_count = binder.table_count;
    (*statement)->tables = binder.tables;
    return status;
}
