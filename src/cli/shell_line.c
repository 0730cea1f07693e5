#include "cli/shell_line.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

enum { HISTORY_ENTRIES = 1000, ENTRY_BYTES = 65536, POLL_MS = 200, CONTROL_D = 4 };

struct ShellLine {
    EditLine *editor;
    History *history;
    char *history_path; /* NULL: nowhere */
    ShellCompletion *completion;
    bool goes_on;
    mbstate_t decoding;
};

static volatile sig_atomic_t interrupted;

static void
note_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static void
mask_interrupts(int how)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(how, &signals, NULL);
}

/* --- libedit's questions ------------------------------------------------------------------------------- */

static ShellLine *
line_of(EditLine *editor)
{
    void *data = NULL;

    el_get(editor, EL_CLIENTDATA, &data);
    return data;
}

static char *
prompt(EditLine *editor)
{
    static char first[] = "runnel> ";
    static char next[] = "     -> ";

    return line_of(editor)->goes_on ? next : first;
}

/* A character of the terminal; -1 once Ctrl-C was pressed, which libedit's own reader would try again after.
 * The pause bounds the time that a signal between look and poll goes unnoticed. A Ctrl-D that was typed while
 * a statement ran, with the terminal still cooked, comes as a NUL. */
static int
read_character(EditLine *editor, wchar_t *character)
{
    ShellLine *self = line_of(editor);

    for (;;) {
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
        char byte;
        if (interrupted)
            return -1;
        if (poll(&input, 1, POLL_MS) <= 0)
            continue;
        const ssize_t got = read(STDIN_FILENO, &byte, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return (int)got;
        if (byte == '\0')
            byte = CONTROL_D;
        const size_t used = mbrtowc(character, &byte, 1, &self->decoding);
        if (used == (size_t)-2)
            continue;
        if (used != (size_t)-1)
            return 1;
        memset(&self->decoding, 0, sizeof self->decoding);
    }
}

/* Tab: what all candidates share is put in; where that is nothing they are listed. Looking for them may start
 * threads of an embedded engine, which must not take SIGINT. */
static unsigned char
complete(EditLine *editor, int character)
{
    ShellLine *self = line_of(editor);
    const LineInfo *info = el_line(editor);
    Buffer more = {0};
    unsigned char answer = CC_REFRESH;

    (void)character;
    const size_t size = (size_t)(info->cursor - info->buffer);
    mask_interrupts(SIG_BLOCK);
    const ShellCompletionAnswer found = shell_completion_find(self->completion, info->buffer, size, &more);
    mask_interrupts(SIG_UNBLOCK);
    switch (found) {
    case SHELL_COMPLETION_MORE:
        if (el_insertstr(editor, buffer_text(&more)) < 0)
            answer = CC_ERROR;
        break;
    case SHELL_COMPLETION_CHOICE:
        printf("\n%s\n", buffer_text(&more));
        fflush(stdout);
        answer = CC_REDISPLAY;
        break;
    case SHELL_COMPLETION_NONE: answer = CC_REFRESH_BEEP; break;
    }
    buffer_destroy(&more);
    return answer;
}

/* --- history -------------------------------------------------------------------------------------------- */

/* The folders of `path` are made, for their owner alone. */
static void
make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
}

static char *
find_history(void)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    Buffer path = {0};
    size_t size;

    if (state != NULL && state[0] == '/')
        buffer_append_format(&path, "%s/runnel/history", state);
    else if (home != NULL && home[0] == '/')
        buffer_append_format(&path, "%s/.local/state/runnel/history", home);
    else
        return NULL;
    buffer_append_char(&path, '\0');
    char *text = buffer_take(&path, &size);
    make_folders(text);
    return text;
}

static void
save_history(ShellLine *self)
{
    HistEvent event;

    if (self->history_path == NULL)
        return;
    const int descriptor = open(self->history_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (file == NULL) {
        fprintf(stderr, "runnel sql: cannot write %s: %s\n", self->history_path, strerror(errno));
        if (descriptor >= 0)
            close(descriptor);
        return;
    }
    (void)fchmod(descriptor, 0600);
    history(self->history, &event, H_SAVE_FP, file);
    fclose(file);
}

void
shell_line_remember(ShellLine *self, const char *text, size_t size)
{
    HistEvent event;

    while (size > 0 && strchr(" \t\r\n", text[size - 1]) != NULL)
        size--;
    if (size == 0 || size > ENTRY_BYTES)
        return;
    char *entry = memory_alloc_zero(1, size + 1);
    memcpy(entry, text, size);
    history(self->history, &event, H_ENTER, entry);
    free(entry);
}

/* --- the editor ----------------------------------------------------------------------------------------- */

ShellLine *
shell_line_new(ShellCompletion *completion)
{
    ShellLine *self = MEMORY_NEW(ShellLine);
    HistEvent event;

    self->completion = completion;
    self->history = history_init();
    history(self->history, &event, H_SETSIZE, HISTORY_ENTRIES);
    history(self->history, &event, H_SETUNIQUE, 1);
    self->history_path = find_history();
    if (self->history_path != NULL)
        history(self->history, &event, H_LOAD, self->history_path);
    self->editor = el_init("runnel", stdin, stdout, stderr);
    el_set(self->editor, EL_CLIENTDATA, self);
    el_set(self->editor, EL_EDITOR, "emacs");
    el_set(self->editor, EL_SIGNAL, 1);
    el_set(self->editor, EL_PROMPT, prompt);
    el_set(self->editor, EL_GETCFN, read_character);
    el_set(self->editor, EL_HIST, history, self->history);
    el_set(self->editor, EL_ADDFN, "runnel-complete", "complete a name", complete);
    el_set(self->editor, EL_BIND, "^I", "runnel-complete", NULL);
    el_set(self->editor, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_source(self->editor, NULL);
    return self;
}

void
shell_line_destroy(ShellLine **self)
{
    ShellLine *line = *self;

    if (line == NULL)
        return;
    save_history(line);
    el_end(line->editor);
    history_end(line->history);
    free(line->history_path);
    free(line);
    *self = NULL;
}

/* SIGINT is let through, and noted, or blocked as before. */
static void
allow_interrupts(bool allow)
{
    const struct sigaction action = {.sa_handler = allow ? note_interrupt : SIG_DFL};

    if (!allow)
        mask_interrupts(SIG_BLOCK);
    sigaction(SIGINT, &action, NULL);
    if (allow)
        mask_interrupts(SIG_UNBLOCK);
}

ShellLineEvent
shell_line_read(ShellLine *self, bool goes_on, const char **line)
{
    int count = 0;

    self->goes_on = goes_on;
    interrupted = 0;
    allow_interrupts(true);
    *line = el_gets(self->editor, &count);
    allow_interrupts(false);
    if (interrupted) {
        puts("^C");
        return SHELL_LINE_INTERRUPTED;
    }
    if (*line == NULL || count <= 0) {
        putchar('\n');
        return SHELL_LINE_END;
    }
    return SHELL_LINE_READ;
}
