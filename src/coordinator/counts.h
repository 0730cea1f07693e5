/* coordinator/counts.h: what attempts did in the nodes of a session's plan. Of each task one attempt counts:
 * the first that is done; until then the newest that runs, so far. For the tree, progress and statistics. */
#ifndef RUNNEL_COORDINATOR_COUNTS_H
#define RUNNEL_COORDINATOR_COUNTS_H

#include "coordinator/session.h"

/* TASK_DONE; of a task that is counted already: dropped. */
void counts_add_done(QuerySession *session, const Message *done);
/* TASK_RUNNING: takes the place of what is known of the task. */
void counts_add_running(QuerySession *session, const Message *running);
/* Every task has been counted as done. A query may end before they come, or without them: LIMIT. */
bool counts_are_complete(const QuerySession *session);
/* Before another plan takes the place of the one that was counted. */
void counts_drop(QuerySession *session);
/* At the session's end: only the sums stay. */
void counts_settle(QuerySession *session);

/* All that count, in no order. */
size_t counts_total(const QuerySession *session);
const SessionInstance *counts_at(const QuerySession *session, size_t index);

uint64_t counts_rows_scanned(const QuerySession *session);
uint64_t counts_bytes_scanned(const QuerySession *session);
/* Tablets that all scans are to read, and those that are read to their end: all, once the session has
 * ended well. */
uint64_t counts_tablets_total(const QuerySession *session);
uint64_t counts_tablets_done(const QuerySession *session);
/* Tasks' worth of work that running leaf tasks have done. */
double counts_running_part(const QuerySession *session);

#endif
