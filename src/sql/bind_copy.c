/* COPY table FROM, COPY table or query TO: the rows, and how their file is written. */
#include "sql/bind.h"

#include <string.h>
#include <strings.h>

static Status
bind_character(Binder *binder, const AstOption *option, char *character)
{
    const char *value = option->value == NULL ? "" : option->value;

    if (strlen(value) != 1 || *value == '\n' || *value == '\r' || (unsigned char)*value >= 0x80)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, option->position,
                            "COPY %s must be a single one-byte character", option->name);
    *character = *value;
    return STATUS_OK;
}

static Status
bind_copy_format(Binder *binder, const AstOption *option, BoundCopy *copy)
{
    static const char *const formats[] = {"csv", "ndjson", "parquet"};
    const char *format = option->value == NULL ? "" : option->value;

    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcasecmp(format, formats[i]) == 0) {
            copy->options.format = formats[i];
            return STATUS_OK;
        }
    }
    error_set_at(binder->error, STATUS_INVALID_PARAMETER, option->position,
                 "COPY format \"%s\" not recognized", format);
    return error_hint(binder->error, "Formats are csv, ndjson and parquet.");
}

/* Options of PostgreSQL's that are not there, and what is none. */
static Status
refuse_option(Binder *binder, const AstOption *option)
{
    static const char *const names[] = {"escape", "force_quote", "force_null", "force_not_null", "freeze"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(option->name, names[i]) == 0)
            return error_set_at(binder->error, STATUS_NOT_SUPPORTED, option->position,
                                "COPY option \"%s\" is not supported", option->name);
    }
    return error_set_at(binder->error, STATUS_SYNTAX, option->position, "option \"%s\" not recognized",
                        option->name);
}

static Status
bind_copy_option(Binder *binder, const AstOption *option, BoundCopy *copy)
{
    bool header;

    if (strcmp(option->name, "format") == 0)
        return bind_copy_format(binder, option, copy);
    if (strcmp(option->name, "delimiter") == 0)
        return bind_character(binder, option, &copy->options.delimiter);
    if (strcmp(option->name, "quote") == 0)
        return bind_character(binder, option, &copy->options.quote);
    if (strcmp(option->name, "null") == 0) {
        copy->options.null_text = option->value == NULL ? "" : option->value;
        return STATUS_OK;
    }
    if (strcmp(option->name, "header") == 0) {
        TRY(bind_option_boolean(binder, option, &header));
        copy->header_given = true;
        copy->options.header = header;
        return STATUS_OK;
    }
    if (strcmp(option->name, "encoding") == 0) {
        if (option->value != NULL &&
            (strcasecmp(option->value, "utf8") == 0 || strcasecmp(option->value, "utf-8") == 0))
            return STATUS_OK;
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, option->position, "files must be UTF-8");
    }
    return refuse_option(binder, option);
}

static Status
bind_copy_options(Binder *binder, const AstStatement *ast, BoundCopy *copy)
{
    const FileOptions *options = &copy->options;

    copy->path = ast->path;
    for (uint32_t i = 0; i < ast->option_count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(ast->options[i].name, ast->options[j].name) == 0)
                return error_set_at(binder->error, STATUS_SYNTAX, ast->options[i].position,
                                    "conflicting or redundant options");
        }
        TRY(bind_copy_option(binder, &ast->options[i], copy));
    }
    if ((options->delimiter != 0 ? options->delimiter : ',') == (options->quote != 0 ? options->quote : '"'))
        return error_set(binder->error, STATUS_INVALID_PARAMETER,
                         "COPY delimiter and quote must be different");
    const char *null_text = options->null_text != NULL ? options->null_text : "";
    if (strchr(null_text, options->delimiter != 0 ? options->delimiter : ',') != NULL)
        return error_set(binder->error, STATUS_INVALID_PARAMETER,
                         "COPY delimiter must not appear in the NULL specification");
    if (strpbrk(null_text, "\r\n") != NULL)
        return error_set(binder->error, STATUS_INVALID_PARAMETER,
                         "COPY null representation cannot use newline or carriage return");
    return STATUS_OK;
}

Status
bind_copy(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    BoundCopy *copy = &statement->copy;
    uint32_t *columns;

    statement->command = "COPY";
    TRY(bind_target(binder, ast->relation.schema, ast->relation.name, ast->relation.position,
                    &statement->target));
    TRY(bind_copy_options(binder, ast, copy));
    TRY(bind_target_columns(binder, statement->target, ast, &copy->column_count, &columns));
    copy->columns = columns;
    copy->listed = ast->target_count > 0;
    return STATUS_OK;
}

/* SELECT columns FROM table: the table alone, whatever WITH queries are called. */
static Status
bind_copied_table(Binder *binder, const AstStatement *ast, PlanNode **plan)
{
    const AstFrom from = {.kind = AST_FROM_RELATION,
                          .position = ast->relation.position,
                          .schema = ast->relation.schema,
                          .name = ast->relation.name};
    const TableInfo *table;
    uint32_t count;
    uint32_t *columns;
    Scope scope = {0};

    TRY(bind_target(binder, ast->relation.schema, ast->relation.name, ast->relation.position, &table));
    TRY(bind_from_item(binder, &from, &scope));
    if (scope.node->kind == PLAN_SCAN)
        table = scope.node->scan.table; /* the snapshot that is read */
    TRY(bind_target_columns(binder, table, ast, &count, &columns));
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, count);
    const char **names = ARENA_ARRAY(binder->arena, const char *, count);
    for (uint32_t i = 0; i < count; i++) {
        exprs[i] = expr_column(binder->arena, table->columns[columns[i]].type, columns[i]);
        names[i] = table->columns[columns[i]].name;
    }
    *plan = bind_project_node(binder, scope.node, count, exprs, names);
    return STATUS_OK;
}

static bool
has_suffix(const char *text, const char *suffix)
{
    const size_t size = strlen(text);
    const size_t end = strlen(suffix);

    return size >= end && strcasecmp(text + size - end, suffix) == 0;
}

/* What is written: as asked for, else as the file's name says. */
static Status
settle_format(Binder *binder, BoundCopy *copy)
{
    static const char *const compressed[] = {".gz", ".zst", ".bz2", ".xz"};
    FileOptions *options = &copy->options;

    for (size_t i = 0; i < sizeof compressed / sizeof compressed[0]; i++) {
        if (has_suffix(copy->path, compressed[i]))
            return error_set(binder->error, STATUS_NOT_SUPPORTED,
                             "COPY … TO does not write compressed files (\"%s\")", copy->path);
    }
    if (options->format == NULL && (has_suffix(copy->path, ".ndjson") || has_suffix(copy->path, ".jsonl")))
        options->format = "ndjson";
    else if (options->format == NULL)
        options->format = has_suffix(copy->path, ".parquet") ? "parquet" : "csv";
    if (strcmp(options->format, "parquet") == 0) {
        error_set(binder->error, STATUS_NOT_SUPPORTED, "COPY … TO in the format parquet is not supported");
        return error_hint(binder->error, "Formats that can be written are csv and ndjson.");
    }
    if (options->delimiter == 0 && has_suffix(copy->path, ".tsv"))
        options->delimiter = '\t';
    return STATUS_OK;
}

static bool
is_taken(const char *const *names, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

/* An object's members differ: repeated names get _1, _2. */
static PlanNode *
with_different_names(Binder *binder, PlanNode *rows)
{
    const uint32_t count = rows->column_count;
    const char **names = ARENA_ARRAY(binder->arena, const char *, count);
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, count);

    for (uint32_t i = 0; i < count; i++) {
        exprs[i] = expr_column(binder->arena, rows->columns[i].type, i);
        names[i] = rows->columns[i].name;
        for (uint32_t n = 1; is_taken(names, i, names[i]); n++)
            names[i] = arena_format(binder->arena, "%s_%u", rows->columns[i].name, n);
    }
    return bind_project_node(binder, rows, count, exprs, names);
}

Status
bind_copy_to(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    statement->command = "COPY";
    TRY(bind_copy_options(binder, ast, &statement->copy));
    TRY(settle_format(binder, &statement->copy));
    if (ast->select != NULL)
        TRY(bind_select(binder, ast->select, 0, NULL, &statement->plan));
    else
        TRY(bind_copied_table(binder, ast, &statement->plan));
    if (strcmp(statement->copy.options.format, "ndjson") == 0)
        statement->plan = with_different_names(binder, statement->plan);
    return STATUS_OK;
}
