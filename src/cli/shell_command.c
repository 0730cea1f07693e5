#include "cli/shell_command.h"

#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* `argument` is "" where none was given. */
typedef void CommandFunction(SqlSession *session, const char *argument);

typedef struct Command {
    const char *name;
    const char *argument;
    const char *summary;
    CommandFunction *run; /* NULL: leaves */
} Command;

/* A query about the catalog with the argument, where there is one, as $1. */
static int
ask(SqlSession *session, const char *sql, const char *argument)
{
    const runnel_query_options before = session->query;
    const char *parameters[] = {argument};

    session->query.parameter_count = *argument != '\0';
    session->query.parameters = parameters;
    const int status = session_run_statement(session, sql);
    session->query = before;
    return status;
}

static void
list_relations(SqlSession *session, const char *argument)
{
    (void)argument;
    ask(session,
        "SELECT schema, name, kind, rows, bytes, tablets, partitions, partition_by FROM system.tables "
        "WHERE schema = 'public' ORDER BY schema, name",
        "");
}

static void
list_tables(SqlSession *session, const char *argument)
{
    (void)argument;
    ask(session,
        "SELECT schema, name, kind, rows, bytes, tablets, partitions, partition_by FROM system.tables "
        "WHERE schema = 'public' AND kind = 'table' ORDER BY schema, name",
        "");
}

static void
list_views(SqlSession *session, const char *argument)
{
    (void)argument;
    ask(session,
        "SELECT table_schema AS schema, table_name AS name FROM information_schema.tables "
        "WHERE table_type = 'VIEW' ORDER BY table_schema, table_name",
        "");
}

static void
list_schemas(SqlSession *session, const char *argument)
{
    (void)argument;
    ask(session, "SELECT schema_name AS name FROM information_schema.schemata ORDER BY name", "");
}

/* NAME or SCHEMA.NAME. That nothing is called so is an error with a hint: the query that reads no row of it.
 */
static void
describe(SqlSession *session, const char *argument)
{
    if (*argument == '\0') {
        list_relations(session, "");
        return;
    }
    const size_t size = strlen(argument) + sizeof "SELECT * FROM  LIMIT 0";
    char *look = memory_alloc_zero(1, size);
    snprintf(look, size, "SELECT * FROM %s LIMIT 0", argument);
    runnel_result *result = NULL;
    if (runnel_query(session->connection, look, &result) != RUNNEL_OK) {
        command_print_error(runnel_connection_error(session->connection), NULL);
    } else {
        size_t width = sizeof "Column" - 1;
        for (size_t i = 0; i < runnel_result_column_count(result); i++) {
            const size_t own = strlen(runnel_result_column_name(result, i));
            width = own > width ? own : width;
        }
        fprintf(session->out, " %-*s | Type\n", (int)width, "Column");
        for (size_t i = 0; i < runnel_result_column_count(result); i++)
            fprintf(session->out, " %-*s | %s\n", (int)width, runnel_result_column_name(result, i),
                    runnel_result_column_type(result, i));
    }
    runnel_result_close(result);
    free(look);
}

static void
toggle(bool *value, const char *name, const char *argument)
{
    if (*argument == '\0')
        *value = !*value;
    else if (strcmp(argument, "on") == 0 || strcmp(argument, "off") == 0)
        *value = strcmp(argument, "on") == 0;
    else
        fprintf(stderr, "%s is on or off, not '%s'\n", name, argument);
    printf("%s is %s.\n", name, *value ? "on" : "off");
}

static void
toggle_expanded(SqlSession *session, const char *argument)
{
    bool expanded = session->format == OUTPUT_EXPANDED;

    toggle(&expanded, "Expanded display", argument);
    session->format = expanded ? OUTPUT_EXPANDED : OUTPUT_TABLE;
}

static void
toggle_timing(SqlSession *session, const char *argument)
{
    toggle(&session->timing, "Timing", argument);
}

static void
toggle_tree(SqlSession *session, const char *argument)
{
    toggle(&session->tree, "The query tree", argument);
}

static void
choose_format(SqlSession *session, const char *argument)
{
    if (!output_format_of(argument, &session->format))
        fprintf(stderr, "'%s' is not a format: table, csv, tsv, json, ndjson, markdown\n", argument);
}

static void
run_file(SqlSession *session, const char *argument)
{
    if (*argument == '\0')
        fprintf(stderr, "\\i takes a file's name\n");
    else
        session_run_file(session, argument);
}

static void
redirect(SqlSession *session, const char *argument)
{
    FILE *file = *argument == '\0' ? stdout : fopen(argument, "we");

    if (file == NULL) {
        fprintf(stderr, "cannot write %s: %s\n", argument, strerror(errno));
        return;
    }
    if (session->out != stdout && fclose(session->out) != 0)
        perror("output");
    session->out = file;
}

static void
tell_dialect(SqlSession *session, const char *argument)
{
    (void)session;
    (void)argument;
    puts("The dialect is PostgreSQL's: man 7 runnel-sql tells what there is, with every function; SELECT * "
         "FROM "
         "system.functions lists those.");
}

static void tell_commands(SqlSession *session, const char *argument);

static const Command commands[] = {
    {"d", "[NAME]", "tables and views, or the columns of one", describe},
    {"dt", "", "tables", list_tables},
    {"dv", "", "views", list_views},
    {"dn", "", "schemas", list_schemas},
    {"l", "", "schemas, too: there is one database", list_schemas},
    {"x", "[on|off]", "a line for each value", toggle_expanded},
    {"format", "FORMAT", "table, csv, tsv, json, ndjson or markdown", choose_format},
    {"timing", "[on|off]", "how long statements take", toggle_timing},
    {"tree", "[on|off]", "the query tree after each result", toggle_tree},
    {"i", "FILE", "run the statements of FILE", run_file},
    {"o", "[FILE]", "results go to FILE, or to the terminal again", redirect},
    {"h", "", "where the SQL dialect is described", tell_dialect},
    {"?", "", "these commands", tell_commands},
    {"q", "", "leave (or Ctrl-D)", NULL},
};

static void
tell_commands(SqlSession *session, const char *argument)
{
    (void)session;
    (void)argument;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        printf("  \\%-7s%-9s %s\n", commands[i].name, commands[i].argument, commands[i].summary);
    puts("Ctrl-C cancels the running statement, or forgets what was typed; Tab completes names.");
}

/* The first word behind the backslash, and the rest without blanks and semicolon at its end. */
static void
cut(char *line, char **name, char **argument)
{
    static const char blanks[] = " \t\r\n";
    size_t size = strlen(line);

    while (size > 0 && (strchr(blanks, line[size - 1]) != NULL || line[size - 1] == ';'))
        line[--size] = '\0';
    *name = line + 1;
    *argument = *name + strcspn(*name, blanks);
    if (**argument != '\0')
        *(*argument)++ = '\0';
    *argument += strspn(*argument, blanks);
}

void
shell_command_run(SqlSession *session, const char *line, bool *leave)
{
    char *copy = memory_copy(line, strlen(line) + 1, 1);
    char *name;
    char *argument;
    size_t i = 0;

    cut(copy, &name, &argument);
    while (i < sizeof commands / sizeof *commands && strcmp(commands[i].name, name) != 0)
        i++;
    if (i == sizeof commands / sizeof *commands)
        fprintf(stderr, "There is no command \\%s; \\? lists them.\n", name);
    else if (commands[i].run == NULL)
        *leave = true;
    else
        commands[i].run(session, argument);
    free(copy);
}
