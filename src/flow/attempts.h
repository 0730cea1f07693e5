/* flow/attempts.h: an executor's task attempts: which wait for inputs, which for a slot, which run.
 *
 * A pure state machine, one a process (its worker and reducer roles share it). After each event drain the
 * actions. The shell runs ATTEMPTS_START in its pool, polls its own cancel flags on ATTEMPTS_STOP, and always
 * ends a started attempt by attempts_on_finished(). Memory: base/memory.h.
 *
 *   WAITING --inputs complete--> QUEUED --slot--> RUNNING --finished ok--> DONE --dropped / evicted--> (gone)
 *      any --cancel / release / restart--> (gone), after the running task has stopped */
#ifndef RUNNEL_FLOW_ATTEMPTS_H
#define RUNNEL_FLOW_ATTEMPTS_H

#include "flow/graph.h"
#include "flow/ids.h"
#include "flow/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum AttemptsActionKind {
    ATTEMPTS_START, /* run the task: its inputs are complete, a slot is taken */
    ATTEMPTS_STOP,  /* a running task is not wanted: cancel it; its slot is free when attempts_on_finished()
                       comes */
    ATTEMPTS_DROP   /* the attempt is gone: producer_on_attempt_dropped() */
} AttemptsActionKind;

typedef struct AttemptsAction {
    AttemptsActionKind kind;
    QueryId query;
    uint32_t generation;
    TaskRef task;
} AttemptsAction;

/* Tasks that run beyond the slots, each of a query that has no slot. */
enum { ATTEMPTS_GUESTS_MAX = 32 };

typedef struct Attempts Attempts;

Attempts *attempts_new(uint32_t slots);
void attempts_destroy(Attempts **self);

/* PLAN. `graph` is copied. Known and released queries: no effect, false. */
bool attempts_on_plan(Attempts *attempts, QueryId query, const StageGraph *graph);
/* ROUTES, before consumer_on_routes(), whose actions belong to the new generation already: one higher than
 * known drops every attempt of older ones. */
void attempts_on_routes(Attempts *attempts, QueryId query, uint32_t generation, uint32_t version);
/* TASK. False, with nothing done, where the query is unknown or released, the generation another, the routes
 * here older than the task relies on, or the reference out of the graph's range: as the attempt is not listed
 * in reports, the coordinator sends another. A repeated one has no effect. */
bool attempts_on_task(Attempts *attempts, QueryId query, uint32_t generation, uint32_t routes_version,
                      TaskRef task);
/* CANCEL_TASK. */
void attempts_on_cancel(Attempts *attempts, QueryId query, uint32_t generation, TaskRef task);
/* CONSUMER_INPUT_COMPLETE; `complete` false: it was reset (CONSUMER_INPUT_RESET) and is awaited again. */
void attempts_on_input(Attempts *attempts, QueryId query, uint32_t generation, uint32_t exchange,
                       uint32_t partition, bool complete);
/* A started attempt has ended. Two attempts of a task never run at the same time in a process; when one is
 * done the task's own partition inputs count as consumed (consumer_close_input() them). True: it was still
 * wanted: report TASK_DONE or TASK_FAILED (`done` tells which) and, where done, call producer_on_task_done().
 * False: it had been stopped, its outputs are to be dropped (DROP is queued). */
bool attempts_on_finished(Attempts *attempts, QueryId query, uint32_t generation, TaskRef task, bool done);
/* PRODUCER_EVICTED: the outputs of a done attempt are gone. */
void attempts_on_evicted(Attempts *attempts, QueryId query, uint32_t generation, TaskRef task);
/* RELEASE: running tasks are stopped, a tombstone stays (the last 4096 are kept). */
void attempts_on_release(Attempts *attempts, QueryId query);

bool attempts_next_action(Attempts *attempts, AttemptsAction *action);

/* For reports: query `index` < count, with what it holds; `held` lives until the next call. */
size_t attempts_query_count(const Attempts *attempts);
void attempts_query_at(Attempts *attempts, size_t index, QueryId *query, uint32_t *generation,
                       const HeldAttempt **held, size_t *held_count);
uint32_t attempts_busy(const Attempts *attempts);                          /* slots in use */
const StageGraph *attempts_graph(const Attempts *attempts, QueryId query); /* NULL: unknown */

#endif
