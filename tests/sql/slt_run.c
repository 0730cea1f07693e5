#include "slt_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A value as the files have it: NULL, (empty), and no character that would end a line or a column. */
static void
add_value(SltList *values, const char *text, size_t size)
{
    if (text == NULL) {
        slt_list_add(values, "NULL", 4);
        return;
    }
    if (size == 0) {
        slt_list_add(values, "(empty)", 7);
        return;
    }
    char *escaped = malloc(size * 4 + 1);
    size_t length = 0;
    if (escaped == NULL)
        abort();
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7f)
            length += (size_t)sprintf(escaped + length, "\\x%02x", c);
        else
            escaped[length++] = (char)c;
    }
    slt_list_add(values, escaped, length);
    free(escaped);
}

void
slt_outcome_free(SltOutcome *outcome)
{
    slt_list_free(&outcome->values);
}

/* --- Runnel
 * ----------------------------------------------------------------------------------------------------------------
 */

static char
letter_of(const char *type)
{
    static const char *const reals[] = {"numeric", "real", "double precision"};

    if (strcmp(type, "boolean") == 0)
        return 'B';
    if (type[0] != '\0' && type[strlen(type) - 1] == ']')
        return 'T';
    if (strcmp(type, "smallint") == 0 || strcmp(type, "integer") == 0 || strcmp(type, "bigint") == 0)
        return 'I';
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        if (strncmp(type, reals[i], strlen(reals[i])) == 0)
            return 'R';
    return 'T';
}

static void
fail(SltOutcome *outcome, const runnel_error *error)
{
    outcome->failed = true;
    snprintf(outcome->refusal.sqlstate, sizeof outcome->refusal.sqlstate, "%s", runnel_error_sqlstate(error));
    outcome->refusal.position = runnel_error_position(error);
    snprintf(outcome->message, sizeof outcome->message, "%s", runnel_error_message(error));
}

void
slt_run_runnel(runnel_connection *connection, const char *sql, uint64_t memory_limit, SltOutcome *outcome)
{
    const runnel_query_options options = {.memory_limit = memory_limit};
    runnel_result *result = NULL;

    *outcome = (SltOutcome){0};
    if (runnel_query_with(connection, sql, &options, &result) != RUNNEL_OK) {
        fail(outcome, runnel_connection_error(connection));
        return;
    }
    outcome->columns = runnel_result_column_count(result);
    for (size_t i = 0; i < outcome->columns && i < sizeof outcome->types - 1; i++)
        outcome->types[i] = letter_of(runnel_result_column_type(result, i));
    while (runnel_result_next(result)) {
        for (size_t i = 0; i < outcome->columns; i++) {
            size_t size = 0;
            const char *text = runnel_result_is_null(result, i) ? NULL : runnel_result_text(result, i, &size);
            add_value(&outcome->values, text, size);
        }
    }
    if (runnel_result_error(result) != NULL)
        fail(outcome, runnel_result_error(result));
    else
        outcome->affected = runnel_result_row_count(result);
    runnel_result_close(result);
}

/* --- psql
 * ------------------------------------------------------------------------------------------------------------------
 */

static char *
read_all(FILE *in)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    char block[4096];

    rewind(in);
    for (size_t got; (got = fread(block, 1, sizeof block, in)) > 0;)
        fwrite(block, 1, got, out);
    fclose(out);
    fclose(in);
    return text;
}

static void
become_psql(const char *command, const char *sql, bool terse, bool quiet, FILE *out, FILE *error)
{
    char *const fixed[] = {"-X", quiet ? "-q" : "-X",
                           "-A", "-t",
                           "-F", "\x1f",
                           "-R", "\x1e",
                           "-P", "null=\x01",
                           "-v", terse ? "VERBOSITY=terse" : "VERBOSITY=verbose",
                           "-v", "ON_ERROR_STOP=1",
                           "-c"};
    char *arguments[64];
    size_t count = 0;

    for (char *word = strtok(strdup(command), " "); word != NULL && count < 32; word = strtok(NULL, " "))
        arguments[count++] = word;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        arguments[count++] = fixed[i];
    arguments[count++] = strdup(sql);
    arguments[count] = NULL;
    setenv("PGOPTIONS",
           "-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c client_min_messages=error", 1);
    setenv("PGCLIENTENCODING", "UTF8", 1);
    dup2(fileno(out), STDOUT_FILENO);
    dup2(fileno(error), STDERR_FILENO);
    execvp(arguments[0], arguments);
    _exit(127);
}

/* Rows: values end at a unit separator, rows at a record separator, the last one at a newline. */
static void
split_rows(char *text, const char *types, SltOutcome *outcome)
{
    const size_t size = strlen(text);
    const size_t columns = strlen(types);
    size_t start = 0;

    outcome->columns = columns;
    for (size_t i = 0; i < size; i++) {
        const bool last = i + 1 == size;
        if (text[i] != '\x1f' && text[i] != '\x1e' && !last)
            continue;
        const char *value = text + start;
        size_t length = i - start;
        const bool boolean = columns > 0 && types[outcome->values.count % columns] == 'B';
        if (length == 1 && *value == '\x01')
            add_value(&outcome->values, NULL, 0);
        else if (boolean)
            add_value(&outcome->values, *value == 't' ? "true" : "false", *value == 't' ? 4 : 5);
        else
            add_value(&outcome->values, value, length);
        start = i + 1;
    }
}

/* Returns the exit status; rows and messages are malloc memory. */
static int
run_psql(const char *command, const char *sql, bool terse, bool quiet, char **rows, char **messages)
{
    FILE *out = tmpfile(), *error = tmpfile();
    int status = 0;

    const pid_t child = fork();
    if (child == 0)
        become_psql(command, sql, terse, quiet, out, error);
    waitpid(child, &status, 0);
    *rows = read_all(out);
    *messages = read_all(error);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Where a refused statement is at fault: only terse messages say it, as `… at character N`. */
static int32_t
find_position(const char *command, const char *sql)
{
    static const char words[] = " at character ";
    char *rows, *messages;
    int32_t position = 0;

    run_psql(command, sql, true, true, &rows, &messages);
    for (const char *at = messages; (at = strstr(at, words)) != NULL; at += sizeof words - 1)
        position = (int32_t)strtol(at + sizeof words - 1, NULL, 10);
    free(rows);
    free(messages);
    return position;
}

void
slt_run_psql(const char *command, const char *sql, const char *types, bool counted, SltOutcome *outcome)
{
    char *rows, *messages;

    *outcome = (SltOutcome){0};
    const int status = run_psql(command, sql, false, !counted, &rows, &messages);
    const char *found = strstr(messages, "ERROR:  ");
    if (found != NULL && strlen(found) > 15) {
        outcome->failed = true;
        memcpy(outcome->refusal.sqlstate, found + 8, 5);
        outcome->refusal.position = find_position(command, sql);
        snprintf(outcome->message, sizeof outcome->message, "%.*s", (int)strcspn(found + 15, "\n"),
                 found + 15);
    } else if (status != 0) {
        outcome->failed = true;
        snprintf(outcome->message, sizeof outcome->message, "psql: %.400s", messages);
    } else if (counted) {
        const char *number = strrchr(rows, ' '); /* "INSERT 0 3" */
        outcome->affected = number != NULL ? strtoll(number, NULL, 10) : -1;
    } else {
        split_rows(rows, types, outcome);
    }
    free(rows);
    free(messages);
}
