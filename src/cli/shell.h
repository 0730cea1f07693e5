/* cli/shell.h: the prompt of `runnel sql` on a terminal. */
#ifndef RUNNEL_CLI_SHELL_H
#define RUNNEL_CLI_SHELL_H

#include "cli/session.h"

/* Connect, and read and run statements and commands until \q or the input's end. An exit status. */
int shell_run(const CommandTarget *target, SqlSession *session);

#endif
