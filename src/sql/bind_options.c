/* EXPLAIN (…) and COPY … WITH (…). */
#include "sql/bind.h"

#include <string.h>
#include <strings.h>

Status
bind_option_boolean(Binder *binder, const AstOption *option, bool *value)
{
    static const char *const yes[] = {"true", "on", "1", "yes"};
    static const char *const no[] = {"false", "off", "0", "no"};

    *value = true;
    if (option->value == NULL)
        return STATUS_OK;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (strcasecmp(option->value, yes[i]) == 0)
            return STATUS_OK;
        if (strcasecmp(option->value, no[i]) == 0) {
            *value = false;
            return STATUS_OK;
        }
    }
    return error_set_at(binder->error, STATUS_SYNTAX, option->position, "%s requires a Boolean value",
                        option->name);
}

static Status
bind_explain_format(Binder *binder, const AstOption *option, bool *json)
{
    const char *format = option->value == NULL ? "" : option->value;

    *json = strcasecmp(format, "json") == 0;
    if (*json || strcasecmp(format, "text") == 0)
        return STATUS_OK;
    return error_set_at(binder->error, STATUS_INVALID_PARAMETER, option->position,
                        "unrecognized value for EXPLAIN option \"format\": \"%s\"", format);
}

static Status
bind_explain_option(Binder *binder, const AstOption *option, BoundExplain *explain)
{
    static const char *const ignored[] = {"costs", "settings", "buffers", "wal", "timing", "summary"};
    bool unused;

    if (strcmp(option->name, "analyze") == 0)
        return bind_option_boolean(binder, option, &explain->analyze);
    if (strcmp(option->name, "verbose") == 0)
        return bind_option_boolean(binder, option, &explain->verbose);
    if (strcmp(option->name, "format") == 0)
        return bind_explain_format(binder, option, &explain->json);
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
        if (strcmp(option->name, ignored[i]) != 0)
            continue;
        bind_notice(binder, "EXPLAIN option \"%s\" has no effect", option->name);
        return bind_option_boolean(binder, option, &unused);
    }
    return error_set_at(binder->error, STATUS_SYNTAX, option->position, "unrecognized EXPLAIN option \"%s\"",
                        option->name);
}

Status
bind_explain(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    statement->command = "EXPLAIN";
    for (uint32_t i = 0; i < ast->option_count; i++)
        TRY(bind_explain_option(binder, &ast->options[i], &statement->explain));
    statement->explain.statement = ARENA_NEW(binder->arena, BoundStatement);
    return bind_statement(binder, ast->inner, statement->explain.statement);
}

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
    return error_set_at(binder->error, STATUS_SYNTAX, option->position, "option \"%s\" not recognized",
                        option->name);
}

Status
bind_copy(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    BoundCopy *copy = &statement->copy;
    uint32_t *columns;

    statement->command = "COPY";
    TRY(bind_target(binder, ast->relation.schema, ast->relation.name, ast->relation.position,
                    &statement->target));
    copy->path = ast->path;
    for (uint32_t i = 0; i < ast->option_count; i++)
        TRY(bind_copy_option(binder, &ast->options[i], copy));
    TRY(bind_target_columns(binder, statement->target, ast, &copy->column_count, &columns));
    copy->columns = columns;
    return STATUS_OK;
}
