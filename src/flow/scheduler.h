/* flow/scheduler.h: the coordinator's decisions for all running queries: where tasks run, who consumes what,
 * what must be run again, when a query ends.
 *
 * A pure state machine: events in, actions out, time (microseconds, monotonic) passed in. After each event
 * (or a batch of them) call scheduler_next_action() until it returns false. One thread. Memory:
 * base/memory.h. */
#ifndef RUNNEL_FLOW_SCHEDULER_H
#define RUNNEL_FLOW_SCHEDULER_H

#include "base/error.h"
#include "flow/graph.h"
#include "flow/ids.h"
#include "flow/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct SchedulerConfig {
    uint32_t queue_depth;   /* q: leaf tasks a worker has beyond its slots; default 1 */
    uint32_t yield_bound;   /* an idle worker takes another's leaf task where that one has at least so many
                               tasks   a slot still to be sent; default 1 */
    int64_t unlisted_grace; /* an attempt or version not in a report so long after it was sent is lost;
                               default 500 ms */
    int64_t retry_delay; /* before the first retry of a task; doubles up to retry_delay_max; default 10 ms */
    int64_t retry_delay_max;    /* default 1 s */
    int64_t unavailable_after;  /* no node of a role that is needed for so long: UNAVAILABLE; default 10 s */
    int64_t keep_ended;         /* outcomes of ended queries are remembered for so long; default 60 s */
    uint64_t undelivered_limit; /* bytes of one query on one worker above which it gets no more leaf tasks of
                                   that query; default 256 MiB */
    bool backups; /* straggler backups for leaf tasks of determinate stages that do not feed the root; default
                     true */
    int64_t backup_after; /* least age of an attempt for which a backup is started; default 2 s */
    uint32_t max_queries; /* running at the same time; more are refused; default 256 */
} SchedulerConfig;

void scheduler_config_default(SchedulerConfig *config);

typedef enum QueryState {
    QUERY_RUNNING,
    QUERY_DONE,
    QUERY_FAILED,
    QUERY_CANCELLED,
    QUERY_UNKNOWN
} QueryState;

typedef struct QueryProgress {
    QueryState state;
    uint32_t generation;
    uint32_t tasks_done;
    uint32_t tasks_total;
    uint32_t attempts; /* dispatched in all */
    uint32_t retries;  /* attempts that were run again, backups and restarts included */
    uint32_t workers;  /* processes that got leaf tasks, reduce tasks */
    uint32_t reducers;
} QueryProgress;

typedef enum SchedulerActionKind {
    /* Messages to `node`; the receiver's incarnation goes into the message. */
    SCHEDULER_SEND_PLAN,   /* PLAN(query, graph, stages): once a (query, node), before anything else of it */
    SCHEDULER_SEND_ROUTES, /* ROUTES(query, routes) */
    SCHEDULER_SEND_ELECTIONS, /* ELECTIONS(query, generation, election_first, elections) */
    SCHEDULER_SEND_TASK,      /* TASK(query, generation, routes_version, task) */
    SCHEDULER_SEND_CANCEL,    /* CANCEL_TASK(query, generation, task): not needed (any more): drop it and its
                                 outputs */
    SCHEDULER_SEND_RELEASE, /* RELEASE(query, state, error): drop everything, keep a tombstone; ends cancelled
                               ones too */
    /* To the shell. */
    SCHEDULER_QUERY_ENDED, /* once a query: answer who asked (state, error); releases are queued already */
    SCHEDULER_NODE_IDLE    /* a draining node holds nothing that anybody needs: membership_on_idle() */
} SchedulerActionKind;

/* Pointers live until the next call of any scheduler function on this scheduler. */
typedef struct SchedulerAction {
    SchedulerActionKind kind;
    QueryId query;
    Incarnation node;
    uint32_t generation;
    TaskRef task;
    uint32_t routes_version; /* SEND_TASK: of the routes that the task relies on */
    Routes routes;
    const Election *elections;
    uint32_t election_first;
    size_t election_count;
    QueryState state;        /* QUERY_ENDED, SEND_RELEASE (QUERY_UNKNOWN: forgotten) */
    const Error *error;      /* with state FAILED and CANCELLED, else NULL */
    const StageGraph *graph; /* SEND_PLAN */
} SchedulerAction;

typedef struct Scheduler Scheduler;

Scheduler *scheduler_new(const SchedulerConfig *config);
void scheduler_destroy(Scheduler **self);

/* Nodes, as membership says (its READY, SUSPECT, DRAINING, LOST, LEFT). Fronts and the coordinator itself
 * count too where they consume roots: give them roles without WORKER and REDUCER. READY may be repeated. */
void scheduler_on_node_ready(Scheduler *scheduler, int64_t now, Incarnation node, uint32_t roles,
                             uint32_t slots);
void scheduler_on_node_suspect(Scheduler *scheduler, int64_t now, Incarnation node);
void scheduler_on_node_draining(Scheduler *scheduler, int64_t now, Incarnation node);
void scheduler_on_node_lost(Scheduler *scheduler, int64_t now, Incarnation node); /* and left */

/* Start a query whose root is consumed by `root` (a node that is ready). `graph` is copied. `deadline`:
 * absolute time of its timeout, INT64_MAX: none. OK for an id that is running already (nothing changes).
 * Errors: INTERNAL (invalid graph), TOO_MANY_QUERIES, UNAVAILABLE (the root's consumer is not known),
 * PROTOCOL (id ended before). */
Status scheduler_submit(Scheduler *scheduler, int64_t now, QueryId query, const StageGraph *graph,
                        Incarnation root, int64_t deadline, Error *error);

/* Cancel, by a user or because the client went; no effect on queries that have ended. */
void scheduler_cancel(Scheduler *scheduler, int64_t now, QueryId query, Status reason, const char *message);

/* TASK_DONE: all outputs are in the node's store. */
void scheduler_on_task_done(Scheduler *scheduler, int64_t now, Incarnation node, QueryId query,
                            uint32_t generation, TaskRef task);
/* TASK_FAILED. An error of code PEER_LOST means that the attempt, not the task, is lost: it is tried again.
 * So does CANCELLED (someone else's cancel of the attempt). All others fail the query with that error. */
void scheduler_on_task_failed(Scheduler *scheduler, int64_t now, Incarnation node, QueryId query,
                              uint32_t generation, TaskRef task, const Error *error);
/* COMPLETE, from the root's consumer: it has everything. Ends the query. Stale generations are ignored. */
void scheduler_on_root_complete(Scheduler *scheduler, int64_t now, QueryId query, uint32_t generation);
/* FAILED, from the root's consumer: it cannot go on (CONSUMER_FAIL). */
void scheduler_on_root_failed(Scheduler *scheduler, int64_t now, QueryId query, const Error *error);
/* The report in a node's heartbeat. */
void scheduler_on_report(Scheduler *scheduler, int64_t now, Incarnation node, const Report *report);
void scheduler_on_tick(Scheduler *scheduler, int64_t now);

int64_t scheduler_next_deadline(const Scheduler *scheduler); /* when on_tick is due; INT64_MAX: never */
bool scheduler_next_action(Scheduler *scheduler, int64_t now, SchedulerAction *action);

/* False (state QUERY_UNKNOWN) for a query that is unknown or forgotten. */
bool scheduler_progress(const Scheduler *scheduler, QueryId query, QueryProgress *progress);
/* Where attempts of a task ran last, for the query tree; no process where it has not been sent. */
Incarnation scheduler_task_node(const Scheduler *scheduler, QueryId query, uint32_t stage, uint32_t task);
size_t scheduler_running_count(const Scheduler *scheduler);
/* Leaf attempts that the scheduler believes to be on a node, for status and tests. */
uint32_t scheduler_node_busy(const Scheduler *scheduler, Incarnation node);

#endif
