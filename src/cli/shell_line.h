/* cli/shell_line.h: lines from a terminal, edited with libedit, and their history. One at a time a process.
 */
#ifndef RUNNEL_CLI_SHELL_LINE_H
#define RUNNEL_CLI_SHELL_LINE_H

#include "cli/shell_completion.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct ShellLine ShellLine;

typedef enum ShellLineEvent { SHELL_LINE_READ, SHELL_LINE_INTERRUPTED, SHELL_LINE_END } ShellLineEvent;

/* The history comes from $XDG_STATE_HOME/runnel/history (default ~/.local/state), mode 0600, and goes back
 * there at the end; without a place to write it lasts as long as this. `completion` outlives it. */
ShellLine *shell_line_new(ShellCompletion *completion);
void shell_line_destroy(ShellLine **self);

/* Read a line, with another prompt where a statement goes on. *line, with its newline, lives until the next
 * call. SIGINT, which the caller has blocked, is let through: INTERRUPTED. */
ShellLineEvent shell_line_read(ShellLine *self, bool goes_on, const char **line);

/* A statement, of one or many lines, or a command becomes one entry of the history. */
void shell_line_remember(ShellLine *self, const char *text, size_t size);

#endif
