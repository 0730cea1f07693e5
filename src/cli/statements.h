/* cli/statements.h: SQL text cut into its statements, as psql does: at semicolons outside quotes and
 * comments. */
#ifndef RUNNEL_CLI_STATEMENTS_H
#define RUNNEL_CLI_STATEMENTS_H

#include <stdbool.h>
#include <stddef.h>

/* The next statement of text[*at, size): its place without the semicolon, blanks and comments before it
 * skipped; *at moves behind it. False where only blanks and comments are left. *ended tells whether a
 * semicolon closed it. */
bool statement_next(const char *text, size_t size, size_t *at, size_t *start, size_t *length, bool *ended);

#endif
