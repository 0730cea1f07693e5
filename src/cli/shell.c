#include "cli/shell.h"

#include "base/buffer.h"
#include "cli/shell_command.h"
#include "cli/shell_completion.h"
#include "cli/shell_line.h"
#include "cli/statements.h"

#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* SIGINT is blocked from before the first thread on: statements await it with interrupt.h, and the line
 * editor lets it through while it reads. */
static void
block_interrupts(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

static bool
is_blank(const Buffer *text)
{
    size_t at = 0;
    size_t start;
    size_t length;
    bool ended;

    return !statement_next(text->data, text->size, &at, &start, &length, &ended);
}

/* Whole statements of `text` run, the rest stays; after an error what follows on the same line goes, too. */
static void
run_input(SqlSession *session, ShellLine *line, Buffer *text)
{
    size_t done;
    size_t at = 0;
    size_t start;
    size_t length;
    bool ended;

    if (!statement_next(text->data, text->size, &at, &start, &length, &ended)) {
        buffer_clear(text);
        return;
    }
    if (!ended)
        return;
    shell_line_remember(line, text->data, text->size);
    if (session_run_whole(session, text->data, text->size, &done) != EXIT_DONE)
        done = text->size;
    memmove(text->data, text->data + done, text->size - done);
    text->size -= done;
    if (is_blank(text))
        buffer_clear(text);
}

static void
run_command(SqlSession *session, ShellLine *line, const char *command, bool *leave)
{
    shell_line_remember(line, command, strlen(command));
    shell_command_run(session, command, leave);
}

static void
converse(SqlSession *session, ShellLine *line)
{
    Buffer text = {0};
    bool leave = false;

    while (!leave) {
        const char *read;
        switch (shell_line_read(line, text.size > 0, &read)) {
        case SHELL_LINE_INTERRUPTED: buffer_clear(&text); break;
        case SHELL_LINE_END: leave = true; break;
        case SHELL_LINE_READ:
            if (text.size == 0 && read[strspn(read, " \t")] == '\\') {
                run_command(session, line, read + strspn(read, " \t"), &leave);
            } else {
                buffer_append(&text, read, strlen(read));
                run_input(session, line, &text);
            }
            break;
        }
    }
    buffer_destroy(&text);
}

/* A front that is not there is told at once, not after the first statement. */
static int
greet(SqlSession *session)
{
    char *health = NULL;
    size_t size;
    const runnel_status status = runnel_get(session->connection, "/health", &health, &size);

    free(health);
    if (status == RUNNEL_UNREACHABLE) {
        command_print_error(runnel_connection_error(session->connection), NULL);
        return EXIT_UNREACHABLE;
    }
    printf("runnel %s. Statements end with ;  \\? tells the commands, \\q leaves.\n", runnel_version());
    return EXIT_DONE;
}

int
shell_run(const CommandTarget *target, SqlSession *session)
{
    setlocale(LC_CTYPE, "");
    if (MB_CUR_MAX == 1)
        setlocale(LC_CTYPE, "C.UTF-8");
    block_interrupts();
    session->interruptible = true;
    int status = command_connect(target, &session->connection);
    if (status == EXIT_DONE)
        status = greet(session);
    if (status == EXIT_DONE) {
        ShellCompletion *completion = shell_completion_new(session->connection);
        ShellLine *line = shell_line_new(completion);
        converse(session, line);
        shell_line_destroy(&line);
        shell_completion_destroy(&completion);
    }
    if (session->out != stdout)
        fclose(session->out);
    runnel_close(session->connection);
    return status;
}
