/* coordinator/state.h: what the files of the coordinator's actor share. Private to this folder; all of it
 * belongs to the actor's thread but for what is under `lock`. */
#ifndef RUNNEL_COORDINATOR_STATE_H
#define RUNNEL_COORDINATOR_STATE_H

#include "base/map.h"
#include "coordinator/compaction.h"
#include "coordinator/coordinator.h"
#include "coordinator/metrics.h"
#include "coordinator/session.h"
#include "flow/membership.h"
#include "runtime/mailbox.h"
#include "store/history.h"
#include "wire/transport.h"

#include <pthread.h>

/* Ended statements on their way to the catalog's history. */
typedef struct HistoryBatch {
    Arena *arena; /* of the entries' texts */
    HistoryEntry *entries;
    size_t count;
} HistoryBatch;

/* Who waits for the end of a statement, or for that to be written, and asked what. */
typedef struct HistoryAsk {
    Incarnation asker;
    uint64_t number;
    QueryId query;
    bool durable;
    int64_t until; /* from then on it is answered as it is */
} HistoryAsk;

typedef struct History {
    Arena *arena;
    HistoryEntry *entries; /* noted since the last batch */
    size_t count, capacity;
    int64_t next_write;
    bool writing;            /* a job has `batch` */
    uint64_t noted, written; /* statements that have ended, numbered from 1 */
    HistoryAsk *asks;
    size_t ask_count, ask_capacity;
    size_t durable_asks; /* of those */
    HistoryBatch batch;
    PoolJob job;
} History;

enum { ENDED_READS_MAX = 64 };

struct Coordinator {
    Process *process;
    CoordinatorConfig config;
    char endpoint[2 * NODE_ENDPOINT_SIZE];
    char inproc[NODE_ENDPOINT_SIZE]; /* for the receiver of writes */
    Catalog *catalog;
    Transport *transport;
    Membership *membership;
    Scheduler *scheduler;
    Mailbox *mailbox;
    Map sessions; /* QueryId → QuerySession */
    Metrics metrics;
    QueryId *ended; /* ring of the history, oldest first */
    uint32_t ended_first, ended_count;
    QueryId ended_reads[ENDED_READS_MAX]; /* ring of results that were read: they are no part of it */
    uint64_t ended_read_count;            /* so far */
    History history;
    QueryId rejects_of; /* the load whose rejected rows are kept */
    Front *receiver;    /* takes the rows of writes; made at the first one */
    size_t jobs;        /* with the pool */
    int64_t next_sweep;
    int64_t last_ready; /* when a node became ready last */
    size_t waiting;     /* statements that wait for something */
    PoolJob sweep_job;
    bool sweeping;
    bool sweep_strays;    /* of this sweep */
    int64_t strays_swept; /* nodes that became ready before are done with */
    Compaction compaction;
    uint64_t found_tables[COMPACTION_TABLES_MAX]; /* by the sweep: to be compacted */
    uint32_t found_count;
    bool stopping;

    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    uint32_t ready_workers;
    uint32_t ready_reducers;
    bool compacts; /* or is about to */
};

/* A letter to the actor's own mailbox; any thread. */
void coordinator_post(Coordinator *coordinator, SessionLetterKind kind, QueryId query);

/* statements.c: from SUBMIT to ENDED. */
void statement_submit(Coordinator *coordinator, const Message *message, int64_t now);
/* It is planned: at once, or when what it has to wait for is over. */
void statement_begin(Coordinator *coordinator, QuerySession *session);
void statement_planned(Coordinator *coordinator, QuerySession *session, int64_t now);
/* A detached one is durable, or could not be made so. */
void statement_recorded(Coordinator *coordinator, QuerySession *session);
void statement_wait_for_nodes(Coordinator *coordinator, QuerySession *session, int64_t until);
/* The session takes its place among those that have ended. */
void statement_remember(Coordinator *coordinator, QueryId id);
void statement_committed(Coordinator *coordinator, QuerySession *session);
/* Statements that wait go on where they can. */
void statement_settle_waiting(Coordinator *coordinator, int64_t now);
void statement_ended(Coordinator *coordinator, const SchedulerAction *action);
void statement_cancel(Coordinator *coordinator, QuerySession *session, int64_t now); /* NULL-safe */
QuerySession *statement_of_run(Coordinator *coordinator, QueryId run);

/* compacting.c: when tablets are put together. */
void compacting_want(Coordinator *coordinator, uint64_t table_id);
void compacting_settle(Coordinator *coordinator, int64_t now);
int64_t compacting_deadline(const Coordinator *coordinator);
void compacting_ended(Coordinator *coordinator, const QuerySession *session);
/* Whether the text may be that of a statement that deletes rows by number. */
bool compacting_may_change(const char *document);

/* nodes.c: what the machines want done. */
void nodes_settle(Coordinator *coordinator, int64_t now);

/* exposition.c: all that is counted, in Prometheus' text format. malloc memory. */
char *exposition_render(Coordinator *coordinator);

/* answers.c: documents that fronts ask for. */
void answer_ask(Coordinator *coordinator, const Message *message, int64_t now);
/* The state of a statement, as the answer to what somebody asked. */
void answer_about(Coordinator *coordinator, Incarnation asker, uint64_t number, QueryId query);

#endif
