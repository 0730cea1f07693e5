/* EXPLAIN (…). */
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
