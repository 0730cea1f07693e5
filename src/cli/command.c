#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utf8proc.h>

int
command_help(const char *usage)
{
    fputs(usage, stdout);
    return EXIT_DONE;
}

int
command_version(void)
{
    printf("runnel %s\n", runnel_version());
    return EXIT_DONE;
}

int
command_wrong_usage(const char *command)
{
    fprintf(stderr, "Try 'runnel %s --help' for more information.\n", command);
    return EXIT_USAGE;
}

bool
command_number(const char *command, const char *option, const char *text, uint64_t least, uint64_t most,
               uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && text[0] != '-' && *value >= least && *value <= most)
        return true;
    fprintf(stderr, "runnel %s: --%s takes a number from %llu to %llu, not '%s'\n", command, option,
            (unsigned long long)least, (unsigned long long)most, text);
    return false;
}

int
command_too_many(const char *command, const char *argument)
{
    fprintf(stderr, "runnel %s: what is '%s'? No argument is expected there\n", command, argument);
    return command_wrong_usage(command);
}

int
command_exit(runnel_status status)
{
    return (int)status;
}

int
command_connect(const CommandTarget *target, runnel_connection **connection)
{
    const char *url = target->url != NULL ? target->url : getenv("RUNNEL_URL");
    runnel_status status;

    *connection = NULL;
    if (target->data != NULL && (target->url != NULL || *target->data == '\0')) {
        fprintf(stderr, *target->data == '\0' ? "runnel: --data needs a directory's name\n"
                                              : "runnel: --data and --url exclude each other\n");
        return EXIT_USAGE;
    }
    if (target->data != NULL)
        status = runnel_open(target->data, NULL, connection);
    else
        status = runnel_connect(url != NULL && *url != '\0' ? url : "http://127.0.0.1:8080", connection);
    if (status == RUNNEL_OK)
        return EXIT_DONE;
    command_print_error(runnel_connection_error(*connection), NULL);
    runnel_close(*connection);
    *connection = NULL;
    return command_exit(status);
}

/* The byte at which the `position`-th character (from 1) starts. */
static size_t
byte_of_character(const char *sql, int position)
{
    size_t at = 0;

    for (int i = 1; i < position && sql[at] != '\0'; i++) {
        at++;
        while (((unsigned char)sql[at] & 0xC0) == 0x80)
            at++;
    }
    return at;
}

/* Columns that the text takes on a terminal; tabs count as one, as they are printed as blanks. */
static int
display_width(const char *text, size_t size)
{
    int width = 0;

    for (size_t at = 0; at < size;) {
        utf8proc_int32_t character;
        const utf8proc_ssize_t step =
            utf8proc_iterate((const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)(size - at), &character);
        if (step <= 0) {
            at++;
            width++;
            continue;
        }
        width += character == '\t' ? 1 : utf8proc_charwidth(character);
        at += (size_t)step;
    }
    return width;
}

/* The line of the SQL with the error, and a caret under the place. Long lines are cut around it. */
static void
print_place(const char *sql, int position)
{
    enum { BEFORE = 60, AFTER = 40 };
    const size_t at = byte_of_character(sql, position);
    size_t start = at;
    size_t end = at + strcspn(sql + at, "\n");
    int line = 1;

    while (start > 0 && sql[start - 1] != '\n')
        start--;
    for (size_t i = 0; i < start; i++)
        line += sql[i] == '\n';
    const bool cut_start = at - start > BEFORE;
    const bool cut_end = end - at > AFTER;
    if (cut_start)
        for (start = at - BEFORE; ((unsigned char)sql[start] & 0xC0) == 0x80;)
            start++;
    if (cut_end)
        for (end = at + AFTER; ((unsigned char)sql[end] & 0xC0) == 0x80;)
            end++;
    const int lead = fprintf(stderr, "LINE %d: %s", line, cut_start ? "..." : "");
    for (size_t i = start; i < end; i++)
        fputc(sql[i] == '\t' ? ' ' : sql[i], stderr);
    fprintf(stderr, "%s\n%*s^\n", cut_end ? "..." : "", lead + display_width(sql + start, at - start), "");
}

void
command_print_error(const runnel_error *error, const char *sql)
{
    const int position = runnel_error_position(error);

    fprintf(stderr, "ERROR:  %s: %s\n", runnel_error_sqlstate(error), runnel_error_message(error));
    if (position > 0 && sql != NULL)
        print_place(sql, position);
    if (*runnel_error_hint(error) != '\0')
        fprintf(stderr, "HINT:  %s\n", runnel_error_hint(error));
}
