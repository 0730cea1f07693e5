/* cli/session.h: statements on one connection, and how their results are shown: what `runnel sql` with texts,
 * files and pipes and its prompt share. */
#ifndef RUNNEL_CLI_SESSION_H
#define RUNNEL_CLI_SESSION_H

#include "cli/command.h"
#include "cli/output.h"

#include <stdio.h>

typedef struct SqlSession {
    runnel_connection *connection;
    OutputFormat format;
    bool tree;
    bool timing;
    bool interruptible; /* the caller has SIGINT blocked in all threads: it cancels the running statement */
    FILE *out;
    runnel_query_options query;
} SqlSession;

/* Each runs statements in turn, stops at the first that fails, after a message, and returns an exit status.
 */
int session_run_statement(SqlSession *session, const char *sql);
int session_run_text(SqlSession *session, const char *text, size_t size);
int session_run_file(SqlSession *session, const char *path); /* "-" is standard input */

/* Run the whole statements at the beginning of `text`; *done is where the rest, which has not ended, starts.
 */
int session_run_whole(SqlSession *session, const char *text, size_t size, size_t *done);

#endif
