#include "coordinator/state.h"

#include "base/clock.h"
#include "base/memory.h"
#include "coordinator/counts.h"
#include "coordinator/documents.h"
#include "coordinator/history.h"
#include "coordinator/planning.h"
#include "coordinator/results.h"
#include "coordinator/returned.h"
#include "coordinator/system_tables.h"
#include "coordinator/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a restart: nodes that were there come back within so long; and none came for so long. */
enum { COMING_BACK_US = 3000000, SETTLE_US = 250000 };

/* What tasks have done comes on other ways than the end of the query: nobody's answer waits long for it,
 * unless it is what was asked for. */
enum { COUNTS_US = 5000, ANALYZE_COUNTS_US = 500000 };

/* The first half of EXPLAIN ANALYZE, and the sample of what is to be written, run under a name of their own,
 * made of the query's. */
static QueryId
first_run(QueryId id)
{
    return (QueryId){id.high, ~id.low};
}

/* So does a write whose rows are given afterwards, under the query's name: RETURNING. */
static QueryId
write_run(QueryId id)
{
    return (QueryId){~id.high, id.low};
}

/* The session whose run the machines call `run`. */
QuerySession *
statement_of_run(Coordinator *coordinator, QueryId run)
{
    const QueryId ids[] = {run, first_run(run), write_run(run)};

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        QuerySession *session = map_get(&coordinator->sessions, &ids[i]);
        if (session != NULL && query_id_equal(session->run, run))
            return session;
    }
    return NULL;
}

/* --- the history
 * --------------------------------------------------------------------------------------------------- */

static void
forget(Coordinator *coordinator, QueryId id)
{
    QuerySession *session = map_remove(&coordinator->sessions, &id);

    if (session != NULL)
        session_destroy(session);
}

/* Known for a while, as its front may ask again; but however often a result is read, or tablets are
 * compacted, no statement is forgotten for it. */
static void
remember_read(Coordinator *coordinator, QueryId id)
{
    QueryId *place = &coordinator->ended_reads[coordinator->ended_read_count % ENDED_READS_MAX];

    if (coordinator->ended_read_count >= ENDED_READS_MAX)
        forget(coordinator, *place);
    *place = id;
    coordinator->ended_read_count++;
}

void
statement_remember(Coordinator *coordinator, QueryId id)
{
    const uint32_t capacity = coordinator->config.history;

    if (coordinator->ended_count == capacity) {
        forget(coordinator, coordinator->ended[coordinator->ended_first]);
        coordinator->ended_first = (coordinator->ended_first + 1) % capacity;
        coordinator->ended_count--;
    }
    coordinator->ended[(coordinator->ended_first + coordinator->ended_count++) % capacity] = id;
    if (coordinator->ended_count > HISTORY_TREES_KEPT) {
        const uint32_t at =
            (coordinator->ended_first + coordinator->ended_count - 1 - HISTORY_TREES_KEPT) % capacity;
        QuerySession *old = map_get(&coordinator->sessions, &coordinator->ended[at]);
        if (old != NULL)
            session_forget_trees(old);
    }
}

/* A front that was lost has nothing of the result any more: only what was written stays done. */
static QueryState
told_state(const QuerySession *session)
{
    const bool done = session->error.code == STATUS_OK;

    if (session->front_lost && (!done || session->kind == SESSION_READ))
        return QUERY_UNKNOWN;
    return done ? QUERY_DONE : QUERY_FAILED;
}

static void
send_ended(Coordinator *coordinator, const QuerySession *session)
{
    const QuerySession *original = results_original(coordinator, session);
    if (incarnation_is_none(session->front))
        return;
    char *summary =
        document_answer(original != NULL && session->error.code == STATUS_OK ? original : session);
    Message message = {.type = MESSAGE_ENDED,
                       .query = session->id,
                       .number = told_state(session),
                       .error = session->error,
                       .payload = summary,
                       .payload_size = strlen(summary)};

    transport_reply(coordinator->transport, session->front, &message);
    free(summary);
}

/* Rejected rows are kept for one load: a front that lost the answer may ask again. */
static void
keep_rejects_of(Coordinator *coordinator, const QuerySession *session)
{
    QuerySession *former = map_get(&coordinator->sessions, &coordinator->rejects_of);

    if (session->rejects == NULL)
        return;
    if (former != NULL && former != session && former->state == SESSION_ENDED) {
        free(former->rejects);
        former->rejects = NULL;
    }
    coordinator->rejects_of = session->id;
}

static void
end_session(Coordinator *coordinator, QuerySession *session)
{
    scheduler_progress(coordinator->scheduler, session->run, &session->progress);
    session->state = SESSION_ENDED;
    session->elapsed_us =
        session->told_us > 0 ? session->told_us : clock_monotonic_us() - session->submitted_us;
    session->summary = document_summary(session, coordinator->membership);
    if (session->compacts != 0)
        compacting_ended(coordinator, session);
    else
        metrics_note_end(&coordinator->metrics, session);
    send_ended(coordinator, session);
    keep_rejects_of(coordinator, session);
    if (session->compacts == 0)
        history_note(coordinator, session);
    if (session->staged != NULL) /* one unlink: no job for that */
        store_remove(coordinator->process->store, session->staged, NULL);
    session_settle(session);
    if (session->operation == FRONT_RESULT || session->compacts != 0)
        remember_read(coordinator, session->id);
    else
        statement_remember(coordinator, session->id);
}

static void
fail_session(Coordinator *coordinator, QuerySession *session, const Error *error)
{
    error_copy(&session->error, error);
    if (session->load != 0)
        catalog_abandon_load(coordinator->catalog, session->load, NULL);
    end_session(coordinator, session);
}

/* --- jobs of the pool
 * ------------------------------------------------------------------------------------------------ */

static QuerySession *
session_of(PoolJob *job)
{
    return (QuerySession *)((char *)job - offsetof(QuerySession, job));
}

static void
run_planning(PoolJob *job)
{
    QuerySession *session = session_of(job);
    Coordinator *coordinator = session->coordinator;

    if (session->compacts != 0)
        compaction_plan(session, coordinator->catalog, coordinator->config.compact_at, &session->error);
    else
        planning_plan(session, coordinator->catalog, coordinator->process->store);
    coordinator_post(coordinator, SESSION_PLANNED, session->id);
}

static void
run_commit(PoolJob *job)
{
    QuerySession *session = session_of(job);
    Coordinator *coordinator = session->coordinator;

    const Status status =
        write_commit(session, coordinator->catalog, coordinator->process->store, &session->error);
    session->compaction_due =
        status == STATUS_OK && session->compacts == 0 && session->table_id != 0 &&
        compaction_is_due(coordinator->catalog, session->table_id, coordinator->config.compact_at);
    coordinator_post(coordinator, SESSION_COMMITTED, session->id);
}

static void
submit_job(Coordinator *coordinator, QuerySession *session, void (*run)(PoolJob *job))
{
    coordinator->jobs++;
    session->job.run = run;
    pool_submit(coordinator->process->pool, &session->job);
}

/* --- from SUBMIT to RUNNING
 * ------------------------------------------------------------------------------------------ */

static void
read_shape(const Coordinator *coordinator, ClusterShape *shape)
{
    *shape = (ClusterShape){.fan_in = coordinator->config.fan_in, .joins = coordinator->config.joins};
    for (size_t i = 0; i < membership_count(coordinator->membership); i++) {
        NodeState state;
        const NodeInfo *info = membership_at(coordinator->membership, i, &state, NULL);
        if (state != NODE_READY && state != NODE_SUSPECT)
            continue;
        if ((info->roles & NODE_WORKER) != 0) {
            shape->workers++;
            shape->worker_slots += info->slots;
        }
        if ((info->roles & NODE_REDUCER) != 0) {
            shape->reducers++;
            shape->reducer_slots += info->slots;
        }
    }
    /* Nodes may still be on their way; the scheduler waits for them. */
    if (shape->workers == 0)
        shape->workers = shape->worker_slots = 1;
    if (shape->reducers == 0)
        shape->reducers = shape->reducer_slots = 1;
}

/* What system.nodes and system.queries say, which only this thread knows. */
static cJSON *
make_overview(Coordinator *coordinator)
{
    cJSON *overview = cJSON_CreateObject();
    cJSON *queries = cJSON_AddArrayToObject(overview, "queries");
    uint32_t ignored;

    cJSON_AddItemToObject(overview, "health",
                          document_health(coordinator->membership, coordinator->scheduler,
                                          catalog_epoch(coordinator->catalog), clock_monotonic_us(),
                                          &ignored));
    for (size_t i = 0; i < coordinator->sessions.count; i++) {
        const QuerySession *session = map_value_at(&coordinator->sessions, i);
        if (session->operation != FRONT_RESULT)
            cJSON_AddItemToArray(queries, document_query(session));
    }
    return overview;
}

static void
plan_session(Coordinator *coordinator, QuerySession *session)
{
    session->state = SESSION_PLANNING;
    session->result_bytes_max = coordinator->config.result_bytes_max;
    read_shape(coordinator, &session->shape);
    if (session->document != NULL && system_may_be_named(session->document))
        session->overview = make_overview(coordinator);
    submit_job(coordinator, session, run_planning);
}

static void
wait_for(Coordinator *coordinator, QuerySession *session, SessionWait what, int64_t until)
{
    session->waits_for = what;
    session->waits_until = until;
    coordinator->waiting++;
}

void
statement_begin(Coordinator *coordinator, QuerySession *session)
{
    session->changes = session->compacts == 0 && compacting_may_change(session->document);
    if (session->changes && coordinator->compaction.holds)
        wait_for(coordinator, session, SESSION_WAITS_FOR_COMPACTION, INT64_MAX);
    else
        plan_session(coordinator, session);
}

static void
fail_cancelled(Coordinator *coordinator, QuerySession *session)
{
    Error error = {0};

    error_set(&error, STATUS_CANCELLED, "canceling statement due to user request");
    fail_session(coordinator, session, &error);
}

void
statement_recorded(Coordinator *coordinator, QuerySession *session)
{
    Error none = {0};

    if (session->error.code != STATUS_OK)
        fail_session(coordinator, session, &none);
    else if (session->cancelled)
        fail_cancelled(coordinator, session);
    else
        statement_begin(coordinator, session);
}

void
statement_wait_for_nodes(Coordinator *coordinator, QuerySession *session, int64_t until)
{
    wait_for(coordinator, session, SESSION_WAITS_FOR_NODES, until);
}

/* Submitted again: the answer was lost, or is still to come; or its front was lost, and is another now. */
static void
submit_known(Coordinator *coordinator, QuerySession *session, Incarnation front)
{
    if (session->state == SESSION_ENDED && session->error.code == STATUS_OK &&
        !incarnation_equal(session->front, front))
        session->front_lost = true;
    session->front = front;
    if (session->state == SESSION_ENDED)
        send_ended(coordinator, session);
}

static FrontOperation
operation_of(const Message *message)
{
    switch (message->generation) {
    case FRONT_LOAD: return FRONT_LOAD;
    case FRONT_RESULT: return FRONT_RESULT;
    default: return FRONT_QUERY;
    }
}

void
statement_submit(Coordinator *coordinator, const Message *message, int64_t now)
{
    QuerySession *session = map_get(&coordinator->sessions, &message->query);
    Error error = {0};

    if (session != NULL) {
        submit_known(coordinator, session, message->sender);
        return;
    }
    session = session_new(message->query, message->sender, operation_of(message), message->payload,
                          message->payload_size);
    session->coordinator = coordinator;
    map_put(&coordinator->sessions, &session->id, session);
    if (session->operation == FRONT_RESULT && results_check(coordinator, session, &error) != STATUS_OK) {
        fail_session(coordinator, session, &error);
        return;
    }
    if (message->number == 0) {
        statement_begin(coordinator, session);
        return;
    }
    wait_for(coordinator, session, SESSION_WAITS_FOR_NODES, now + COMING_BACK_US);
}

/* Nodes of the former epoch come back one by one; a plan for the first of them alone would be a poor one. */
static bool
are_nodes_back(const Coordinator *coordinator, int64_t now)
{
    return coordinator->ready_workers > 0 && coordinator->ready_reducers > 0 &&
           now >= coordinator->last_ready + SETTLE_US;
}

/* Where the receiver of writes listens: in this process, and beside the control socket for workers of other
 * processes. */
static void
receiver_endpoints(const Coordinator *coordinator, char *bind, size_t size)
{
    static _Atomic(uint32_t) count;
    const char *control = coordinator->config.bind;
    const uint32_t number = atomic_fetch_add(&count, 1);
    int used = snprintf(bind, size, "inproc://%s/receiver-%u", transport_process_token(), number);

    if (control != NULL && strncmp(control, "ipc://", 6) == 0)
        snprintf(bind + used, size - (size_t)used, " %s.receiver", control);
    else if (control != NULL && strncmp(control, "tcp://", 6) == 0)
        snprintf(bind + used, size - (size_t)used, " %.*s:*", (int)(strrchr(control, ':') - control),
                 control);
}

/* The front that takes what write tasks say, in this process. */
static Status
open_receiver(Coordinator *coordinator, Error *error)
{
    char bind[2 * NODE_ENDPOINT_SIZE];

    if (coordinator->receiver != NULL)
        return STATUS_OK;
    receiver_endpoints(coordinator, bind, sizeof bind);
    const FrontConfig config = {.name = "coordinator", .join = coordinator->inproc, .bind = bind};
    return front_start(coordinator->process, &config, &coordinator->receiver, error);
}

static void
run_session(Coordinator *coordinator, QuerySession *session, int64_t now)
{
    Incarnation root = session->front;
    Error error = {0};
    Status status = STATUS_OK;

    if (session->kind == SESSION_ANALYZE || session->kind == SESSION_SAMPLE)
        session->run = first_run(session->id);
    else if (session->kind == SESSION_WRITE && (session->returned != NULL || session->analyzes))
        session->run = write_run(session->id);
    if (session->kind != SESSION_READ) {
        session->receiver = front_expect(coordinator->receiver, session->run, NULL, NULL);
        root = front_incarnation(coordinator->receiver);
    }
    const int64_t deadline =
        session->timeout_us > 0 ? session->submitted_us + session->timeout_us : INT64_MAX;
    status =
        scheduler_submit(coordinator->scheduler, now, session->run, session->graph, root, deadline, &error);
    if (status != STATUS_OK) {
        fail_session(coordinator, session, &error);
        return;
    }
    session->state = SESSION_RUNNING;
}

/* Who takes the rows is a member that can be reached; it may be joining still. */
static bool
is_root_ready(const Coordinator *coordinator, const QuerySession *session)
{
    const Incarnation root =
        session->kind == SESSION_READ ? session->front : front_incarnation(coordinator->receiver);
    NodeState state;

    return membership_find(coordinator->membership, root, &state) != NULL &&
           (state == NODE_READY || state == NODE_SUSPECT);
}

/* As soon as whoever takes its rows is there. */
static void
run_when_ready(Coordinator *coordinator, QuerySession *session, int64_t now)
{
    if (is_root_ready(coordinator, session)) {
        run_session(coordinator, session, now);
        return;
    }
    session->state = SESSION_PLANNING;
    wait_for(coordinator, session, SESSION_WAITS_FOR_ROOT, INT64_MAX);
}

void
statement_planned(Coordinator *coordinator, QuerySession *session, int64_t now)
{
    Error error = {0};

    if (session->error.code != STATUS_OK) {
        fail_session(coordinator, session, &error);
    } else if (session->cancelled) {
        fail_cancelled(coordinator, session);
    } else if (session->kind == SESSION_DONE) {
        end_session(coordinator, session);
    } else if (session->kind != SESSION_READ && open_receiver(coordinator, &error) != STATUS_OK) {
        fail_session(coordinator, session, &error);
    } else {
        run_when_ready(coordinator, session, now);
    }
}

/* --- the end of a query
 * ---------------------------------------------------------------------------------------------- */

static void
drop_rows(QuerySession *session)
{
    Chunk *chunk;

    while (front_query_next(session->receiver, false, &chunk) == FRONT_ROWS)
        chunk_release(chunk);
    front_query_close(&session->receiver);
}

/* EXPLAIN ANALYZE has run: the plan's text, with what happened, is the result: rows of a plan of its own. */
static void
explain_analyzed(Coordinator *coordinator, QuerySession *session, int64_t now)
{
    Error error = {0};

    drop_rows(session);
    session->kind = SESSION_READ;
    session->load = 0; /* of a write: it has ended */
    session->row_count = -1;
    if (document_explain(session, coordinator->membership, coordinator->catalog, &error) != STATUS_OK) {
        fail_session(coordinator, session, &error);
        return;
    }
    session->run = session->id;
    run_when_ready(coordinator, session, now);
}

/* The machines have done what they were to do. */
static void
finish_run(Coordinator *coordinator, QuerySession *session)
{
    if (session->kind == SESSION_WRITE) {
        session->state = SESSION_COMMITTING;
        submit_job(coordinator, session, run_commit);
    } else if (session->kind == SESSION_SAMPLE) {
        counts_drop(session);
        session->run = session->id;
        plan_session(coordinator, session);
    } else if (session->kind == SESSION_ANALYZE) {
        explain_analyzed(coordinator, session, clock_monotonic_us());
    } else {
        end_session(coordinator, session);
    }
}

void
statement_ended(Coordinator *coordinator, const SchedulerAction *action)
{
    QuerySession *session = statement_of_run(coordinator, action->query);
    Error error = {0};

    if (session == NULL || session->state != SESSION_RUNNING)
        return;
    scheduler_progress(coordinator->scheduler, session->run, &session->progress);
    if (action->state != QUERY_DONE) {
        session->cancelled = action->state == QUERY_CANCELLED;
        if (action->error != NULL)
            error = *action->error;
        fail_session(coordinator, session, &error);
        return;
    }
    const bool asked_for = session->kind == SESSION_ANALYZE || session->analyzes;
    if (!counts_are_complete(session))
        wait_for(coordinator, session, SESSION_WAITS_FOR_COUNTS,
                 clock_monotonic_us() + (asked_for ? ANALYZE_COUNTS_US : COUNTS_US));
    else
        finish_run(coordinator, session);
}

/* --- waiting
 * ------------------------------------------------------------------------------------------------------- */

/* What a statement waits for is there, or will not be waited for. */
static bool
is_wait_over(const Coordinator *coordinator, const QuerySession *session, int64_t now)
{
    if (session->cancelled || now >= session->waits_until)
        return true;
    switch (session->waits_for) {
    case SESSION_WAITS_FOR_ROOT: return is_root_ready(coordinator, session);
    case SESSION_WAITS_FOR_COUNTS: return counts_are_complete(session);
    case SESSION_WAITS_FOR_COMPACTION: return !coordinator->compaction.holds;
    default: return are_nodes_back(coordinator, now);
    }
}

void
statement_settle_waiting(Coordinator *coordinator, int64_t now)
{
    for (size_t i = 0; coordinator->waiting > 0 && i < coordinator->sessions.count; i++) {
        QuerySession *session = map_value_at(&coordinator->sessions, i);
        const SessionWait what = session->waits_for;
        if (what == SESSION_WAITS_NOT || !is_wait_over(coordinator, session, now))
            continue;
        session->waits_for = SESSION_WAITS_NOT;
        coordinator->waiting--;
        if (session->cancelled)
            fail_cancelled(coordinator, session);
        else if (what == SESSION_WAITS_FOR_NODES || what == SESSION_WAITS_FOR_COMPACTION)
            statement_begin(coordinator, session);
        else if (what == SESSION_WAITS_FOR_COUNTS)
            finish_run(coordinator, session);
        else
            run_session(coordinator, session, now);
    }
}

/* What was to be done is done and recorded: RETURNING's rows are the result, of a plan of their own. */
static void
give_returned(Coordinator *coordinator, QuerySession *session, int64_t now)
{
    Error error = {0};

    drop_rows(session);
    counts_drop(session);
    session->load = 0; /* it has ended */
    if (returned_plan(session, &error) != STATUS_OK) {
        fail_session(coordinator, session, &error);
        return;
    }
    session->run = session->id;
    run_when_ready(coordinator, session, now);
}

void
statement_committed(Coordinator *coordinator, QuerySession *session)
{
    Error none = {0};

    if (session->compaction_due)
        compacting_want(coordinator, session->table_id);
    if (session->error.code != STATUS_OK)
        fail_session(coordinator, session, &none);
    else if (session->analyzes)
        explain_analyzed(coordinator, session, clock_monotonic_us());
    else if (session->returned != NULL && !session->written_before)
        give_returned(coordinator, session, clock_monotonic_us());
    else
        end_session(coordinator, session);
}

void
statement_cancel(Coordinator *coordinator, QuerySession *session, int64_t now)
{
    if (session == NULL || session->state == SESSION_ENDED)
        return;
    session->cancelled = true;
    if (session->state != SESSION_RUNNING)
        return;
    scheduler_cancel(coordinator->scheduler, now, session->run, STATUS_CANCELLED,
                     "canceling statement due to user request");
}
