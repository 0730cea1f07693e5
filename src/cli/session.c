#include "cli/session.h"

#include "base/clock.h"
#include "base/memory.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/statements.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
print_tree(runnel_connection *connection, runnel_result *result)
{
    cJSON *tree = cJSON_Parse(runnel_result_tree(result));
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "id"));
    char path[128];
    char *body = NULL;
    size_t size;

    if (id != NULL) {
        snprintf(path, sizeof path, "/query/%s/tree?format=text", id);
        if (runnel_get(connection, path, &body, &size) == RUNNEL_OK)
            fwrite(body, 1, size, stderr);
    }
    free(body);
    cJSON_Delete(tree);
}

static void
print_command(runnel_result *result, FILE *out)
{
    const char *command = runnel_result_command(result);

    if (strcmp(command, "INSERT") == 0)
        fprintf(out, "INSERT 0 %lld\n", (long long)runnel_result_row_count(result));
    else if (strcmp(command, "CREATE TABLE AS") == 0)
        fprintf(out, "SELECT %lld\n", (long long)runnel_result_row_count(result));
    else if (strcmp(command, "COPY") == 0 || strcmp(command, "LOAD") == 0 || strcmp(command, "DELETE") == 0 ||
             strcmp(command, "UPDATE") == 0)
        fprintf(out, "%s %lld\n", command, (long long)runnel_result_row_count(result));
    else
        fprintf(out, "%s\n", command);
}

static bool
is_table(OutputFormat format)
{
    return format == OUTPUT_TABLE || format == OUTPUT_EXPANDED;
}

/* What a statement gives. */
static int
print_result(SqlSession *session, const char *sql, runnel_result *result, ProgressBar *bar)
{
    const bool no_rows = runnel_result_column_count(result) == 0 && !runnel_result_next(result) &&
                         runnel_result_error(result) == NULL &&
                         strcmp(runnel_result_command(result), "SELECT") != 0;
    const bool printed = no_rows || output_print(result, session->format, session->out);
    const int reason = errno;

    progress_bar_end(bar);
    if (no_rows) {
        print_command(result, is_table(session->format) ? session->out : stderr);
        fflush(session->out);
    } else if (runnel_result_error(result) != NULL) {
        command_print_error(runnel_result_error(result), sql);
    } else if (!printed) {
        fprintf(stderr, "runnel sql: output: %s\n", strerror(reason));
    }
    return printed ? EXIT_DONE : EXIT_FAILED;
}

static int
run_statement(SqlSession *session, const char *sql)
{
    const int64_t start = clock_monotonic_us();
    runnel_result *result = NULL;
    ProgressBar bar;

    progress_bar_start(&bar, session->connection);
    const runnel_status status = runnel_query_with(session->connection, sql, &session->query, &result);
    if (status != RUNNEL_OK) {
        progress_bar_end(&bar);
        command_print_error(runnel_connection_error(session->connection), sql);
        return command_exit(status);
    }
    progress_bar_give_way(&bar);
    const int exit_status = print_result(session, sql, result, &bar);
    if (session->tree && exit_status == EXIT_DONE)
        print_tree(session->connection, result);
    if (session->timing)
        fprintf(stderr, "Time: %.3f ms\n", (double)(clock_monotonic_us() - start) / 1000);
    runnel_result_close(result);
    return exit_status;
}

int
session_run_statement(SqlSession *session, const char *sql)
{
    Interrupt *interrupt = session->interruptible ? interrupt_watch(session->connection) : NULL;
    const int status = run_statement(session, sql);

    interrupt_end(&interrupt);
    return status;
}

int
session_run_whole(SqlSession *session, const char *text, size_t size, size_t *done)
{
    size_t at = 0;
    size_t start;
    size_t length;
    bool ended;
    int status = EXIT_DONE;

    *done = 0;
    while (status == EXIT_DONE && statement_next(text, size, &at, &start, &length, &ended) && ended) {
        char *statement = memory_alloc_zero(1, length + 1);
        memcpy(statement, text + start, length);
        status = session_run_statement(session, statement);
        free(statement);
        *done = at;
    }
    return status;
}

int
session_run_text(SqlSession *session, const char *text, size_t size)
{
    size_t at = 0;
    size_t start;
    size_t length;
    bool ended;

    while (statement_next(text, size, &at, &start, &length, &ended)) {
        char *statement = memory_alloc_zero(1, length + 1);
        memcpy(statement, text + start, length);
        const int status = session_run_statement(session, statement);
        free(statement);
        if (status != EXIT_DONE)
            return status;
    }
    return EXIT_DONE;
}

/* Statements from a stream run as soon as they are whole, so that a pipe can be talked to. */
static int
run_stream(SqlSession *session, FILE *in, const char *name)
{
    char *text = NULL;
    size_t size = 0;
    size_t capacity = 0;
    char *line = NULL;
    size_t line_capacity = 0;
    int status = EXIT_DONE;

    for (ssize_t got; status == EXIT_DONE && (got = getline(&line, &line_capacity, in)) > 0;) {
        if (size + (size_t)got + 1 > capacity) {
            capacity = 2 * (size + (size_t)got + 1);
            text = memory_resize(text, capacity, 1);
        }
        memcpy(text + size, line, (size_t)got);
        size += (size_t)got;
        if (memchr(line, ';', (size_t)got) == NULL)
            continue;
        size_t done;
        status = session_run_whole(session, text, size, &done);
        memmove(text, text + done, size - done);
        size -= done;
    }
    if (status == EXIT_DONE && ferror(in)) {
        fprintf(stderr, "runnel sql: cannot read %s: %s\n", name, strerror(errno));
        status = EXIT_FAILED;
    }
    if (status == EXIT_DONE && size > 0)
        status = session_run_text(session, text, size);
    free(text);
    free(line);
    return status;
}

int
session_run_file(SqlSession *session, const char *path)
{
    if (strcmp(path, "-") == 0)
        return run_stream(session, stdin, "standard input");
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        fprintf(stderr, "runnel sql: cannot open %s: %s\n", path, strerror(errno));
        return EXIT_FAILED;
    }
    const int status = run_stream(session, file, path);
    fclose(file);
    return status;
}
