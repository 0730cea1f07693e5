/* coordinator/history.h: what is told of statements after they have ended, and after this process has.
 * The actor's thread, but for what the jobs do. */
#ifndef RUNNEL_COORDINATOR_HISTORY_H
#define RUNNEL_COORDINATOR_HISTORY_H

#include "coordinator/state.h"

enum { HISTORY_TREES_KEPT = 100 };

/* Statements of former lives of the coordinator become sessions: those that have ended, and those that are to
 * be run again, which wait for nodes. Before the actor's thread starts. */
Status history_restore(Coordinator *coordinator, Error *error);

/* A statement that nobody waits for, as the catalog keeps it until it has ended. Texts belong to the
 * session. */
void history_entry_of_document(const QuerySession *session, char id[ID_TEXT_SIZE], HistoryEntry *entry);

/* A session has ended, and is not settled yet: it will be written with others. */
void history_note(Coordinator *coordinator, QuerySession *session);

/* Call answer_about() for it when the statement has ended; where it is to be `durable`, when that is written,
 * which is done then at once. */
void history_await_end(Coordinator *coordinator, Incarnation asker, uint64_t number, QueryId query,
                       bool durable, int64_t now);
void history_settle_asks(Coordinator *coordinator, int64_t now);
/* When one of them is to be answered whatever has become of it; INT64_MAX: there is none. */
int64_t history_ask_deadline(const Coordinator *coordinator);

/* Hand what was noted to a job, where it is time; `now` may be INT64_MAX. */
void history_write(Coordinator *coordinator, int64_t now);
void history_written(Coordinator *coordinator);

/* In a job: forget what is too old. */
void history_trim(Coordinator *coordinator);

/* Write what was noted, here: nothing else runs any more. */
void history_finish(Coordinator *coordinator);

#endif
