/* cli/shell_completion.h: what a word at the prompt may become: key words, and names of tables and columns.
 */
#ifndef RUNNEL_CLI_SHELL_COMPLETION_H
#define RUNNEL_CLI_SHELL_COMPLETION_H

#include "base/buffer.h"
#include "runnel/runnel.h"

typedef struct ShellCompletion ShellCompletion;

typedef enum ShellCompletionAnswer {
    SHELL_COMPLETION_NONE,
    SHELL_COMPLETION_MORE,  /* text to put in at the cursor */
    SHELL_COMPLETION_CHOICE /* the candidates, for a person to read */
} ShellCompletionAnswer;

ShellCompletion *shell_completion_new(runnel_connection *connection);
void shell_completion_destroy(ShellCompletion **self);

/* For the word at the end of the line's first `size` bytes. Names are asked for anew each time, for two
 * seconds at most; without an answer there are only key words. */
ShellCompletionAnswer shell_completion_find(ShellCompletion *self, const char *line, size_t size,
                                            Buffer *answer);

#endif
