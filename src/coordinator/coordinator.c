#include "coordinator/coordinator.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "coordinator/documents.h"
#include "coordinator/planning.h"
#include "coordinator/sweep.h"
#include "coordinator/write.h"
#include "wire/transport.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAN_IN = 64, HISTORY = 1000, TREES_KEPT = 100, SWEEP_US = 5000000, WAIT_FOR_NODES_US = 10000000 };

struct Coordinator {
    Process          *process;
    CoordinatorConfig config;
    char              endpoint[2 * NODE_ENDPOINT_SIZE];
    char              inproc[NODE_ENDPOINT_SIZE]; /* for the receiver of writes */
    Catalog          *catalog;
    Transport        *transport;
    Membership       *membership;
    Scheduler        *scheduler;
    Mailbox          *mailbox;
    Map               sessions; /* QueryId → QuerySession */
    QueryId          *ended;    /* ring of the history, oldest first */
    uint32_t          ended_first, ended_count;
    Front            *receiver; /* takes the rows of writes; made at the first one */
    size_t            jobs;     /* with the pool */
    int64_t           next_sweep;
    PoolJob           sweep_job;
    bool              sweeping;
    bool              stopping;

    pthread_t       thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t  changed;
    uint32_t        ready_workers;
    uint32_t        ready_reducers;
};

static void
post(Coordinator *coordinator, SessionLetterKind kind, QueryId query)
{
    SessionLetter *letter = MEMORY_NEW(SessionLetter);

    letter->kind = kind;
    letter->query = query;
    mailbox_post(coordinator->mailbox, &letter->letter);
}

/* The first half of EXPLAIN ANALYZE runs under a name of its own, made of the query's. */
static QueryId
other_run(QueryId id)
{
    return (QueryId){id.high, ~id.low};
}

/* The session whose run the machines call `run`. */
static QuerySession *
session_of_run(Coordinator *coordinator, QueryId run)
{
    QuerySession *session = map_get(&coordinator->sessions, &run);

    if (session == NULL) {
        const QueryId id = other_run(run);
        session = map_get(&coordinator->sessions, &id);
    }
    return session != NULL && query_id_equal(session->run, run) ? session : NULL;
}

/* --- the history --------------------------------------------------------------------------------------------------- */

static void
remember(Coordinator *coordinator, QueryId id)
{
    const uint32_t capacity = coordinator->config.history;

    if (coordinator->ended_count == capacity) {
        QuerySession *oldest = map_remove(&coordinator->sessions, &coordinator->ended[coordinator->ended_first]);
        if (oldest != NULL)
            session_destroy(oldest);
        coordinator->ended_first = (coordinator->ended_first + 1) % capacity;
        coordinator->ended_count--;
    }
    coordinator->ended[(coordinator->ended_first + coordinator->ended_count++) % capacity] = id;
    if (coordinator->ended_count > TREES_KEPT) {
        const uint32_t at = (coordinator->ended_first + coordinator->ended_count - 1 - TREES_KEPT) % capacity;
        QuerySession  *old = map_get(&coordinator->sessions, &coordinator->ended[at]);
        if (old != NULL)
            session_forget_trees(old);
    }
}

static void
send_ended(Coordinator *coordinator, const QuerySession *session)
{
    Message message = {.type = MESSAGE_ENDED,
                       .query = session->id,
                       .number = session->error.code == STATUS_OK ? QUERY_DONE : QUERY_FAILED,
                       .error = session->error,
                       .payload = session->summary,
                       .payload_size = session->summary != NULL ? strlen(session->summary) : 0};

    transport_reply(coordinator->transport, session->front, &message);
}

static void
end_session(Coordinator *coordinator, QuerySession *session)
{
    scheduler_progress(coordinator->scheduler, session->run, &session->progress);
    session->state = SESSION_ENDED;
    session->elapsed_us = clock_monotonic_us() - session->submitted_us;
    session->summary = document_summary(session, coordinator->membership);
    send_ended(coordinator, session);
    session_settle(session);
    remember(coordinator, session->id);
}

static void
fail_session(Coordinator *coordinator, QuerySession *session, const Error *error)
{
    error_copy(&session->error, error);
    if (session->kind == SESSION_WRITE && session->load != 0)
        catalog_abandon_load(coordinator->catalog, session->load, NULL);
    end_session(coordinator, session);
}

/* --- jobs of the pool ------------------------------------------------------------------------------------------------ */

static QuerySession *
session_of(PoolJob *job)
{
    return (QuerySession *)((char *)job - offsetof(QuerySession, job));
}

static void
run_planning(PoolJob *job)
{
    QuerySession *session = session_of(job);
    Coordinator  *coordinator = session->coordinator;

    planning_plan(session, coordinator->catalog, coordinator->process->store);
    post(coordinator, SESSION_PLANNED, session->id);
}

static void
run_commit(PoolJob *job)
{
    QuerySession *session = session_of(job);
    Coordinator  *coordinator = session->coordinator;

    write_commit(session, coordinator->catalog, &session->error);
    post(coordinator, SESSION_COMMITTED, session->id);
}

static void
submit_job(Coordinator *coordinator, QuerySession *session, void (*run)(PoolJob *job))
{
    coordinator->jobs++;
    session->job.run = run;
    pool_submit(coordinator->process->pool, &session->job);
}

/* --- from SUBMIT to RUNNING ------------------------------------------------------------------------------------------ */

static void
read_shape(const Coordinator *coordinator, ClusterShape *shape)
{
    *shape = (ClusterShape){.fan_in = coordinator->config.fan_in};
    for (size_t i = 0; i < membership_count(coordinator->membership); i++) {
        NodeState       state;
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

static void
on_submit(Coordinator *coordinator, const Message *message)
{
    QuerySession *session = map_get(&coordinator->sessions, &message->query);

    if (session != NULL) { /* submitted again: the answer was lost, or is still to come */
        session->front = message->sender;
        if (session->state == SESSION_ENDED)
            send_ended(coordinator, session);
        return;
    }
    session = session_new(message->query, message->sender,
                          message->generation == FRONT_LOAD ? FRONT_LOAD : FRONT_QUERY, message->payload,
                          message->payload_size);
    session->coordinator = coordinator;
    read_shape(coordinator, &session->shape);
    map_put(&coordinator->sessions, &session->id, session);
    submit_job(coordinator, session, run_planning);
}

/* The front that takes what write tasks say, in this process. */
static Status
open_receiver(Coordinator *coordinator, Error *error)
{
    static _Atomic(uint32_t) count;
    char                     bind[NODE_ENDPOINT_SIZE];

    if (coordinator->receiver != NULL)
        return STATUS_OK;
    snprintf(bind, sizeof bind, "inproc://%s/receiver-%u", transport_process_token(), atomic_fetch_add(&count, 1));
    const FrontConfig config = {.name = "coordinator", .join = coordinator->inproc, .bind = bind};
    return front_start(coordinator->process, &config, &coordinator->receiver, error);
}

static void
run_session(Coordinator *coordinator, QuerySession *session, int64_t now)
{
    Incarnation root = session->front;
    Error       error = {0};
    Status      status = STATUS_OK;

    if (session->kind == SESSION_ANALYZE)
        session->run = other_run(session->id);
    if (session->kind != SESSION_READ) {
        session->receiver = front_expect(coordinator->receiver, session->run, NULL, NULL);
        root = front_incarnation(coordinator->receiver);
    }
    const int64_t deadline = session->timeout_us > 0 ? session->submitted_us + session->timeout_us : INT64_MAX;
    status = scheduler_submit(coordinator->scheduler, now, session->run, session->graph, root, deadline, &error);
    if (status != STATUS_OK) {
        fail_session(coordinator, session, &error);
        return;
    }
    session->state = SESSION_RUNNING;
}

static bool
receiver_is_ready(const Coordinator *coordinator)
{
    NodeState state;

    return coordinator->receiver != NULL &&
           membership_find(coordinator->membership, front_incarnation(coordinator->receiver), &state) != NULL &&
           state == NODE_READY;
}

static void
on_planned(Coordinator *coordinator, QuerySession *session, int64_t now)
{
    Error error = {0};

    if (session->error.code != STATUS_OK || session->cancelled) {
        if (session->cancelled)
            error_set(&error, STATUS_CANCELLED, "canceling statement due to user request");
        fail_session(coordinator, session, &error);
        return;
    }
    if (session->kind == SESSION_DONE) {
        end_session(coordinator, session);
        return;
    }
    if (session->kind != SESSION_READ) {
        if (open_receiver(coordinator, &error) != STATUS_OK) {
            fail_session(coordinator, session, &error);
            return;
        }
        if (!receiver_is_ready(coordinator)) { /* it is joining: run as soon as it has (membership's READY) */
            session->state = SESSION_PLANNING;
            session->waits_for_receiver = true;
            return;
        }
    }
    run_session(coordinator, session, now);
}

static void
run_waiting(Coordinator *coordinator, int64_t now)
{
    if (!receiver_is_ready(coordinator))
        return;
    for (size_t i = 0; i < coordinator->sessions.count; i++) {
        QuerySession *session = map_value_at(&coordinator->sessions, i);
        if (!session->waits_for_receiver)
            continue;
        session->waits_for_receiver = false;
        run_session(coordinator, session, now);
    }
}

/* --- the end of a query ---------------------------------------------------------------------------------------------- */

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
    if (document_explain(session, coordinator->membership, &error) != STATUS_OK) {
        fail_session(coordinator, session, &error);
        return;
    }
    session->kind = SESSION_READ;
    session->run = session->id;
    run_session(coordinator, session, now);
}

static void
on_query_ended(Coordinator *coordinator, const SchedulerAction *action)
{
    QuerySession *session = session_of_run(coordinator, action->query);
    Error         error = {0};

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
    if (session->kind == SESSION_WRITE) {
        session->state = SESSION_COMMITTING;
        submit_job(coordinator, session, run_commit);
    } else if (session->kind == SESSION_ANALYZE) {
        explain_analyzed(coordinator, session, clock_monotonic_us());
    } else {
        end_session(coordinator, session);
    }
}

/* --- the machines' actions ------------------------------------------------------------------------------------------- */

static void
send_plan(Coordinator *coordinator, const SchedulerAction *action)
{
    const QuerySession *session = session_of_run(coordinator, action->query);
    Message             message = {.type = MESSAGE_PLAN, .query = action->query};

    if (session == NULL)
        return;
    message.payload = session->encoded.data;
    message.payload_size = session->encoded.size;
    transport_send(coordinator->transport, action->node, &message, NULL);
}

static void
send_routes(Coordinator *coordinator, const SchedulerAction *action)
{
    Message      message = {.type = MESSAGE_ROUTES,
                            .query = action->query,
                            .generation = action->routes.generation,
                            .routes = action->routes};
    PeerAddress *addresses = MEMORY_ARRAY(PeerAddress, action->routes.count + 1);
    Map          seen;

    map_init(&seen, sizeof(Incarnation));
    for (size_t i = 0; i < action->routes.count; i++) {
        const Incarnation consumer = action->routes.entries[i].consumer;
        const NodeInfo   *info = membership_find(coordinator->membership, consumer, NULL);
        if (info == NULL || map_get(&seen, &consumer) != NULL)
            continue;
        map_put(&seen, &consumer, addresses);
        addresses[message.address_count++] = (PeerAddress){consumer, info->endpoint};
    }
    message.addresses = addresses;
    transport_send(coordinator->transport, action->node, &message, NULL);
    map_destroy(&seen);
    free(addresses);
}

static void
send_of_task(Coordinator *coordinator, MessageType type, const SchedulerAction *action)
{
    Message message = {.type = type,
                       .query = action->query,
                       .generation = action->generation,
                       .task = action->task,
                       .status = action->routes_version,
                       .elections = action->elections,
                       .election_first = action->election_first,
                       .election_count = action->election_count};

    transport_send(coordinator->transport, action->node, &message, NULL);
}

static void
drain_scheduler(Coordinator *coordinator, int64_t now)
{
    SchedulerAction action;

    while (scheduler_next_action(coordinator->scheduler, now, &action)) {
        switch (action.kind) {
        case SCHEDULER_SEND_PLAN: send_plan(coordinator, &action); break;
        case SCHEDULER_SEND_ROUTES: send_routes(coordinator, &action); break;
        case SCHEDULER_SEND_ELECTIONS: send_of_task(coordinator, MESSAGE_ELECTIONS, &action); break;
        case SCHEDULER_SEND_TASK: send_of_task(coordinator, MESSAGE_TASK, &action); break;
        case SCHEDULER_SEND_CANCEL: send_of_task(coordinator, MESSAGE_CANCEL_TASK, &action); break;
        case SCHEDULER_SEND_RELEASE: send_of_task(coordinator, MESSAGE_RELEASE, &action); break;
        case SCHEDULER_QUERY_ENDED: on_query_ended(coordinator, &action); break;
        case SCHEDULER_NODE_IDLE: membership_on_idle(coordinator->membership, now, action.node); break;
        }
    }
}

static void
refuse(Coordinator *coordinator, const MembershipAction *action)
{
    Message message = {.type = MESSAGE_REFUSE, .number = action->reason};

    switch (action->reason) {
    case REFUSE_PROTOCOL:
        error_set(&message.error, STATUS_PROTOCOL, "the coordinator speaks another version of the protocol");
        error_hint(&message.error, "run the same version of runnel everywhere");
        break;
    case REFUSE_UNREACHABLE:
        error_set(&message.error, STATUS_CONNECTION, "the coordinator cannot reach this node at %s",
                  action->node.endpoint);
        error_hint(&message.error, "set --advertise to an endpoint that the coordinator can connect to");
        break;
    default: error_set(&message.error, STATUS_PROTOCOL, "the node's description is not valid"); break;
    }
    transport_reply(coordinator->transport, action->node.incarnation, &message);
}

/* A front that is gone takes its queries with it. */
static void
cancel_queries_of(Coordinator *coordinator, Incarnation front, int64_t now)
{
    for (size_t i = 0; i < coordinator->sessions.count; i++) {
        QuerySession *session = map_value_at(&coordinator->sessions, i);
        if (session->state == SESSION_ENDED || !incarnation_equal(session->front, front))
            continue;
        session->cancelled = true;
        if (session->state == SESSION_RUNNING)
            scheduler_cancel(coordinator->scheduler, now, session->run, STATUS_CANCELLED, "the client has gone");
    }
}

static void
count_ready(Coordinator *coordinator)
{
    uint32_t workers = 0;
    uint32_t reducers = 0;

    for (size_t i = 0; i < membership_count(coordinator->membership); i++) {
        NodeState       state;
        const NodeInfo *info = membership_at(coordinator->membership, i, &state, NULL);
        workers += state == NODE_READY && (info->roles & NODE_WORKER) != 0;
        reducers += state == NODE_READY && (info->roles & NODE_REDUCER) != 0;
    }
    pthread_mutex_lock(&coordinator->lock);
    coordinator->ready_workers = workers;
    coordinator->ready_reducers = reducers;
    pthread_cond_broadcast(&coordinator->changed);
    pthread_mutex_unlock(&coordinator->lock);
}

static void
on_membership_action(Coordinator *coordinator, const MembershipAction *action, int64_t now)
{
    const Incarnation node = action->node.incarnation;
    Message           message = {.type = MESSAGE_WELCOME};

    switch (action->kind) {
    case MEMBERSHIP_WELCOME:
        message.number = 100000;
        transport_reply(coordinator->transport, node, &message);
        break;
    case MEMBERSHIP_PROBE:
        message.type = MESSAGE_PROBE;
        message.number = action->nonce;
        transport_set_peer(coordinator->transport, node, action->node.endpoint);
        transport_send(coordinator->transport, node, &message, NULL);
        break;
    case MEMBERSHIP_REFUSE: refuse(coordinator, action); break;
    case MEMBERSHIP_REJOIN:
        message.type = MESSAGE_REJOIN;
        transport_reply(coordinator->transport, node, &message);
        break;
    case MEMBERSHIP_READY:
        scheduler_on_node_ready(coordinator->scheduler, now, node, action->node.roles, action->node.slots);
        count_ready(coordinator);
        run_waiting(coordinator, now);
        break;
    case MEMBERSHIP_SUSPECT: scheduler_on_node_suspect(coordinator->scheduler, now, node); break;
    case MEMBERSHIP_DRAINING: scheduler_on_node_draining(coordinator->scheduler, now, node); break;
    case MEMBERSHIP_LOST:
    case MEMBERSHIP_LEFT:
        log_line(LOG_INFO, "coordinator", "%s %s", action->node.name,
                 action->kind == MEMBERSHIP_LOST ? "is lost" : "has left");
        scheduler_on_node_lost(coordinator->scheduler, now, node);
        cancel_queries_of(coordinator, node, now);
        transport_drop_peer(coordinator->transport, node);
        count_ready(coordinator);
        break;
    case MEMBERSHIP_DRAINED:
        message.type = MESSAGE_DRAINED;
        transport_reply(coordinator->transport, node, &message);
        break;
    case MEMBERSHIP_FORGOTTEN: break;
    }
}

static void
settle_machines(Coordinator *coordinator, int64_t now)
{
    MembershipAction action;

    while (membership_next_action(coordinator->membership, &action))
        on_membership_action(coordinator, &action, now);
    drain_scheduler(coordinator, now);
    while (membership_next_action(coordinator->membership, &action)) /* a drained node may go */
        on_membership_action(coordinator, &action, now);
}

/* --- documents ------------------------------------------------------------------------------------------------------- */

static cJSON *
not_found(uint32_t *status, const char *what)
{
    Error error = {0};

    *status = 404;
    error_set(&error, STATUS_UNDEFINED_OBJECT, "no such %s", what);
    cJSON *problem = document_problem(&error);
    cJSON_ReplaceItemInObjectCaseSensitive(problem, "status", cJSON_CreateNumber(404));
    return problem;
}

static cJSON *
list_tables(Coordinator *coordinator)
{
    cJSON            *tables = cJSON_CreateArray();
    const TableInfo **infos;
    size_t            count;

    if (catalog_list_tables(coordinator->catalog, &infos, &count, NULL) != STATUS_OK)
        return tables;
    for (size_t i = 0; i < count; i++) {
        cJSON_AddItemToArray(tables, document_table(infos[i]));
        table_info_release(&infos[i]);
    }
    free(infos);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToObject(object, "tables", tables);
    return object;
}

static cJSON *
answer_table(Coordinator *coordinator, const char *name, uint32_t *status)
{
    const TableInfo *table;

    if (catalog_find_table(coordinator->catalog, NULL, name, &table, NULL) != STATUS_OK)
        return not_found(status, "table");
    cJSON *object = document_table(table);
    table_info_release(&table);
    return object;
}

static cJSON *
list_queries(Coordinator *coordinator, const cJSON *ask)
{
    const cJSON *limit_item = cJSON_GetObjectItemCaseSensitive(ask, "limit");
    const char  *state = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(ask, "state"));
    const double limit = cJSON_IsNumber(limit_item) ? limit_item->valuedouble : 100;
    cJSON       *list = cJSON_CreateArray();

    for (size_t i = coordinator->sessions.count; i > 0; i--) { /* running ones; newest are last */
        const QuerySession *session = map_value_at(&coordinator->sessions, i - 1);
        if (session->state != SESSION_ENDED && cJSON_GetArraySize(list) < limit &&
            (state == NULL || strcmp(state, document_state_name(session)) == 0))
            cJSON_AddItemToArray(list, document_query(session));
    }
    for (uint32_t i = coordinator->ended_count; i > 0; i--) {
        const uint32_t      at = (coordinator->ended_first + i - 1) % coordinator->config.history;
        const QuerySession *session = map_get(&coordinator->sessions, &coordinator->ended[at]);
        if (session != NULL && cJSON_GetArraySize(list) < limit &&
            (state == NULL || strcmp(state, document_state_name(session)) == 0))
            cJSON_AddItemToArray(list, document_query(session));
    }
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToObject(object, "queries", list);
    return object;
}

static QuerySession *
find_session(Coordinator *coordinator, const char *text)
{
    QueryId id;

    return query_id_parse(text, &id) ? map_get(&coordinator->sessions, &id) : NULL;
}

/* "/query/ID" or "/query/ID/tree". */
static char *
answer_query(Coordinator *coordinator, const char *path, const cJSON *ask, uint32_t *status)
{
    char          id[ID_TEXT_SIZE];
    const size_t  length = strcspn(path, "/");
    QuerySession *session = NULL;
    cJSON        *object = NULL;

    if (length == ID_TEXT_SIZE - 1) {
        memcpy(id, path, length);
        id[length] = '\0';
        session = find_session(coordinator, id);
    }
    if (session != NULL && session->state == SESSION_RUNNING)
        scheduler_progress(coordinator->scheduler, session->run, &session->progress);
    if (session == NULL) {
        object = not_found(status, "query");
    } else if (strcmp(path + length, "/tree") == 0) {
        const char *format = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(ask, "format"));
        char       *tree = session->state == SESSION_PLANNING
                               ? NULL
                               : document_tree(session, coordinator->membership, format != NULL ? format : "json");
        if (tree != NULL)
            return tree;
        object = not_found(status, "tree");
    } else {
        object = document_query(session);
    }
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

static void
cancel_session(Coordinator *coordinator, QuerySession *session, int64_t now)
{
    if (session == NULL || session->state == SESSION_ENDED)
        return;
    session->cancelled = true;
    if (session->state != SESSION_RUNNING)
        return;
    scheduler_cancel(coordinator->scheduler, now, session->run, STATUS_CANCELLED,
                     "canceling statement due to user request");
    settle_machines(coordinator, now);
}

static char *
answer(Coordinator *coordinator, const char *document, size_t size, uint32_t *status, int64_t now)
{
    cJSON      *ask = cJSON_ParseWithLength(document, size);
    const char *path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(ask, "get"));
    cJSON      *object = NULL;
    char       *text = NULL;

    *status = 200;
    const char *cancel = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(ask, "cancel"));
    if (cancel != NULL && strncmp(cancel, "/query/", 7) == 0) {
        cancel_session(coordinator, find_session(coordinator, cancel + 7), now);
        text = answer_query(coordinator, cancel + 7, ask, status);
    } else if (path == NULL)
        object = not_found(status, "document");
    else if (strcmp(path, "/health") == 0)
        object = document_health(coordinator->membership, coordinator->scheduler, catalog_epoch(coordinator->catalog),
                                 now, status);
    else if (strcmp(path, "/tables") == 0)
        object = list_tables(coordinator);
    else if (strncmp(path, "/tables/", 8) == 0)
        object = answer_table(coordinator, path + 8, status);
    else if (strcmp(path, "/query") == 0)
        object = list_queries(coordinator, ask);
    else if (strncmp(path, "/query/", 7) == 0)
        text = answer_query(coordinator, path + 7, ask, status);
    else
        object = not_found(status, "document");
    if (text == NULL)
        text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    cJSON_Delete(ask);
    return text;
}

static void
on_ask(Coordinator *coordinator, const Message *message, int64_t now)
{
    Message reply = {.type = MESSAGE_ANSWER, .number = message->number};
    char   *text = answer(coordinator, message->payload, message->payload_size, &reply.status, now);

    reply.payload = text;
    reply.payload_size = strlen(text);
    transport_reply(coordinator->transport, message->sender, &reply);
    free(text);
}

/* --- messages ---------------------------------------------------------------------------------------------------------- */

static void
on_heartbeat(Coordinator *coordinator, const Message *message, int64_t now)
{
    Message seen = {.type = MESSAGE_HEARTBEAT_SEEN};

    if (!membership_on_heartbeat(coordinator->membership, now, message->sender, message->epoch))
        return;
    scheduler_on_report(coordinator->scheduler, now, message->sender, &message->report);
    transport_reply(coordinator->transport, message->sender, &seen);
}

static void
on_member_message(Coordinator *coordinator, const Message *message, int64_t now)
{
    QuerySession *session = session_of_run(coordinator, message->query);

    switch (message->type) {
    case MESSAGE_TASK_DONE:
        if (session != NULL && session->state == SESSION_RUNNING)
            session_add_counts(session, message);
        scheduler_on_task_done(coordinator->scheduler, now, message->sender, message->query, message->generation,
                               message->task);
        break;
    case MESSAGE_TASK_FAILED:
        scheduler_on_task_failed(coordinator->scheduler, now, message->sender, message->query, message->generation,
                                 message->task, &message->error);
        break;
    case MESSAGE_COMPLETE:
        scheduler_on_root_complete(coordinator->scheduler, now, message->query, message->generation);
        break;
    case MESSAGE_ROOT_FAILED:
        scheduler_on_root_failed(coordinator->scheduler, now, message->query, &message->error);
        break;
    case MESSAGE_SUBMIT: on_submit(coordinator, message); break;
    case MESSAGE_CANCEL: cancel_session(coordinator, map_get(&coordinator->sessions, &message->query), now); break;
    case MESSAGE_ASK: on_ask(coordinator, message, now); break;
    case MESSAGE_DRAIN: membership_on_drain(coordinator->membership, now, message->sender); break;
    default: break;
    }
}

static void
on_message(Coordinator *coordinator, const Message *message, int64_t now)
{
    switch (message->type) {
    case MESSAGE_HELLO: membership_on_hello(coordinator->membership, now, &message->node); return;
    case MESSAGE_PROBED: membership_on_probed(coordinator->membership, now, message->sender, message->number); return;
    case MESSAGE_HEARTBEAT: on_heartbeat(coordinator, message, now); return;
    case MESSAGE_BYE: membership_on_bye(coordinator->membership, now, message->sender); return;
    default: break;
    }
    if (membership_on_heartbeat(coordinator->membership, now, message->sender, message->epoch))
        on_member_message(coordinator, message, now);
}

/* --- the loop ------------------------------------------------------------------------------------------------------------ */

static void
on_committed(Coordinator *coordinator, QuerySession *session)
{
    Error none = {0};

    if (session->error.code != STATUS_OK)
        fail_session(coordinator, session, &none);
    else
        end_session(coordinator, session);
}

static void
read_letters(Coordinator *coordinator, int64_t now)
{
    for (Letter *letter = mailbox_take(coordinator->mailbox), *next; letter != NULL; letter = next) {
        SessionLetter *mine = (SessionLetter *)letter;
        QuerySession  *session = map_get(&coordinator->sessions, &mine->query);
        next = letter->next;
        switch (mine->kind) {
        case SESSION_PLANNED:
            coordinator->jobs--;
            on_planned(coordinator, session, now);
            break;
        case SESSION_COMMITTED:
            coordinator->jobs--;
            on_committed(coordinator, session);
            break;
        case COORDINATOR_SWEPT:
            coordinator->jobs--;
            coordinator->sweeping = false;
            break;
        case COORDINATOR_STOP: coordinator->stopping = true; break;
        }
        free(mine);
    }
}

static void
run_sweep(PoolJob *job)
{
    Coordinator *coordinator = (Coordinator *)((char *)job - offsetof(Coordinator, sweep_job));
    const QueryId none = {0, 0};

    sweep_garbage(coordinator->catalog, coordinator->process->store, coordinator->process->cache);
    post(coordinator, COORDINATOR_SWEPT, none);
}

/* Files that no snapshot and no reader names any more. */
static void
sweep(Coordinator *coordinator, int64_t now)
{
    if (now < coordinator->next_sweep || coordinator->process->store == NULL)
        return;
    coordinator->next_sweep = now + SWEEP_US;
    if (coordinator->sweeping)
        return;
    coordinator->sweeping = true;
    coordinator->jobs++;
    coordinator->sweep_job.run = run_sweep;
    pool_submit(coordinator->process->pool, &coordinator->sweep_job);
}

static int64_t
next_wait(const Coordinator *coordinator, int64_t now)
{
    int64_t deadline = coordinator->next_sweep;

    if (membership_next_deadline(coordinator->membership) < deadline)
        deadline = membership_next_deadline(coordinator->membership);
    if (scheduler_next_deadline(coordinator->scheduler) < deadline)
        deadline = scheduler_next_deadline(coordinator->scheduler);
    return deadline <= now ? 0 : deadline - now;
}

static void *
run_coordinator(void *argument)
{
    Coordinator *coordinator = argument;
    Received     received;

    while (!coordinator->stopping || coordinator->jobs > 0) {
        int64_t now = clock_monotonic_us();
        read_letters(coordinator, now);
        while (transport_receive(coordinator->transport, &received)) {
            on_message(coordinator, &received.message, now);
            settle_machines(coordinator, now);
        }
        if (now >= membership_next_deadline(coordinator->membership))
            membership_on_tick(coordinator->membership, now);
        if (now >= scheduler_next_deadline(coordinator->scheduler))
            scheduler_on_tick(coordinator->scheduler, now);
        settle_machines(coordinator, now);
        sweep(coordinator, now);
        now = clock_monotonic_us();
        if (!coordinator->stopping || coordinator->jobs > 0)
            transport_wait(coordinator->transport, mailbox_descriptor(coordinator->mailbox), next_wait(coordinator, now));
    }
    return NULL;
}

/* --- start and stop ------------------------------------------------------------------------------------------------------ */

static void
coordinator_free(Coordinator *coordinator)
{
    for (size_t i = 0; i < coordinator->sessions.count; i++)
        session_destroy(map_value_at(&coordinator->sessions, i));
    map_destroy(&coordinator->sessions);
    front_stop(&coordinator->receiver);
    transport_destroy(&coordinator->transport);
    membership_destroy(&coordinator->membership);
    scheduler_destroy(&coordinator->scheduler);
    mailbox_destroy(&coordinator->mailbox);
    catalog_close(&coordinator->catalog);
    pthread_cond_destroy(&coordinator->changed);
    pthread_mutex_destroy(&coordinator->lock);
    free(coordinator->ended);
    free(coordinator);
}

static Status
open_sockets(Coordinator *coordinator, Error *error)
{
    static _Atomic(uint32_t) count;
    char                     actual[NODE_ENDPOINT_SIZE];

    coordinator->transport = transport_new(coordinator->process->context, transport_draw_incarnation());
    transport_set_epoch(coordinator->transport, catalog_epoch(coordinator->catalog));
    snprintf(coordinator->inproc, sizeof coordinator->inproc, "inproc://%s/coordinator-%u", transport_process_token(),
             atomic_fetch_add(&count, 1));
    TRY(transport_bind_control(coordinator->transport, coordinator->inproc, actual, sizeof actual, error));
    if (coordinator->config.bind == NULL) {
        snprintf(coordinator->endpoint, sizeof coordinator->endpoint, "%s", coordinator->inproc);
        return STATUS_OK;
    }
    return transport_bind_control(coordinator->transport, coordinator->config.bind, coordinator->endpoint,
                                  sizeof coordinator->endpoint, error);
}

static void
make_machines(Coordinator *coordinator)
{
    MembershipConfig membership;
    SchedulerConfig  scheduler;

    membership_config_default(&membership);
    scheduler_config_default(&scheduler);
    membership.epoch = catalog_epoch(coordinator->catalog);
    membership.protocol = WIRE_PROTOCOL;
    if (coordinator->config.forget_after_us > 0)
        membership.forget_after = coordinator->config.forget_after_us;
    if (coordinator->config.lost_after_us > 0)
        membership.lost_after = coordinator->config.lost_after_us;
    scheduler.unavailable_after = WAIT_FOR_NODES_US;
    coordinator->membership = membership_new(&membership);
    coordinator->scheduler = scheduler_new(&scheduler);
}

Status
coordinator_start(Process *process, const CoordinatorConfig *config, Coordinator **made, Error *error)
{
    Coordinator *coordinator = MEMORY_NEW(Coordinator);
    Status       status;

    coordinator->process = process;
    coordinator->config = *config;
    if (coordinator->config.fan_in == 0)
        coordinator->config.fan_in = FAN_IN;
    if (coordinator->config.history == 0)
        coordinator->config.history = HISTORY;
    coordinator->ended = MEMORY_ARRAY(QueryId, coordinator->config.history);
    map_init(&coordinator->sessions, sizeof(QueryId));
    pthread_mutex_init(&coordinator->lock, NULL);
    pthread_cond_init(&coordinator->changed, NULL);
    coordinator->next_sweep = clock_monotonic_us() + SWEEP_US;
    coordinator->mailbox = mailbox_new();
    if (coordinator->mailbox == NULL) {
        status = error_set(error, STATUS_IO, "no file descriptor left");
        goto failed;
    }
    TRY_GOTO(catalog_open(config->catalog, &coordinator->catalog, error), failed);
    TRY_GOTO(open_sockets(coordinator, error), failed);
    make_machines(coordinator);
    if (pthread_create(&coordinator->thread, NULL, run_coordinator, coordinator) != 0) {
        status = error_set(error, STATUS_IO, "cannot start a thread");
        goto failed;
    }
    *made = coordinator;
    return STATUS_OK;

failed:
    coordinator_free(coordinator);
    return status;
}

const char *
coordinator_endpoint(const Coordinator *coordinator)
{
    return coordinator->endpoint;
}

const char *
coordinator_inproc_endpoint(const Coordinator *coordinator)
{
    return coordinator->inproc;
}

Status
coordinator_set_contact(Coordinator *coordinator, const char *contact, Error *error)
{
    return catalog_set_contact(coordinator->catalog, contact, error);
}

Status
coordinator_wait_ready(Coordinator *coordinator, uint32_t workers, uint32_t reducers, int64_t timeout_us, Error *error)
{
    const int64_t         wall = clock_wall_us() + timeout_us;
    const struct timespec until = {.tv_sec = wall / 1000000, .tv_nsec = wall % 1000000 * 1000};

    pthread_mutex_lock(&coordinator->lock);
    while ((coordinator->ready_workers < workers || coordinator->ready_reducers < reducers) &&
           pthread_cond_timedwait(&coordinator->changed, &coordinator->lock, &until) == 0)
        ;
    const bool ready = coordinator->ready_workers >= workers && coordinator->ready_reducers >= reducers;
    pthread_mutex_unlock(&coordinator->lock);
    if (!ready)
        return error_set(error, STATUS_UNAVAILABLE, "workers and reducers did not become ready");
    return STATUS_OK;
}

void
coordinator_stop(Coordinator **self)
{
    Coordinator *coordinator = *self;
    const QueryId none = {0, 0};

    if (coordinator == NULL)
        return;
    post(coordinator, COORDINATOR_STOP, none);
    pthread_join(coordinator->thread, NULL);
    coordinator_free(coordinator);
    *self = NULL;
}
