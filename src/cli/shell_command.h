/* cli/shell_command.h: the commands of the prompt that begin with a backslash: a table of them. */
#ifndef RUNNEL_CLI_SHELL_COMMAND_H
#define RUNNEL_CLI_SHELL_COMMAND_H

#include "cli/session.h"

/* Run the command of a line, which begins with its backslash; what it cannot do it says on standard error.
 * *leave becomes true for \q. */
void shell_command_run(SqlSession *session, const char *line, bool *leave);

#endif
