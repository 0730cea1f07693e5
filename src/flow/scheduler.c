#include "flow/scheduler.h"

#include "flow/scheduler_state.h"

#include <stdlib.h>

void
scheduler_config_default(SchedulerConfig *config)
{
    *config = (SchedulerConfig){.queue_depth = 1,
                                .yield_bound = 1,
                                .unlisted_grace = 500000,
                                .retry_delay = 10000,
                                .retry_delay_max = 1000000,
                                .unavailable_after = 10000000,
                                .keep_ended = 60000000,
                                .undelivered_limit = UINT64_C(256) << 20,
                                .backups = true,
                                .backup_after = 2000000,
                                .max_queries = 256};
}

Scheduler *
scheduler_new(const SchedulerConfig *config)
{
    Scheduler *scheduler = MEMORY_NEW(Scheduler);

    scheduler->config = *config;
    map_init(&scheduler->nodes, sizeof(Incarnation));
    map_init(&scheduler->queries, sizeof(QueryId));
    map_init(&scheduler->ended, sizeof(QueryId));
    return scheduler;
}

static void
node_destroy(SchedulerNode *node)
{
    free(node->busy);
    free(node);
}

void
scheduler_destroy(Scheduler **self)
{
    Scheduler *scheduler = *self;

    if (scheduler == NULL)
        return;
    for (size_t i = 0; i < scheduler->queries.count; i++)
        query_destroy(map_value_at(&scheduler->queries, i));
    for (size_t i = 0; i < scheduler->nodes.count; i++)
        node_destroy(map_value_at(&scheduler->nodes, i));
    for (size_t i = 0; i < scheduler->ended.count; i++)
        free(map_value_at(&scheduler->ended, i));
    map_destroy(&scheduler->queries);
    map_destroy(&scheduler->nodes);
    map_destroy(&scheduler->ended);
    FIFO_DESTROY(scheduler->ended_order);
    FIFO_DESTROY(scheduler->actions);
    FIFO_DESTROY(scheduler->deferred);
    free(scheduler->free_indexes);
    free(scheduler->routes);
    free(scheduler);
    *self = NULL;
}

PendingAction *
scheduler_push(Scheduler *scheduler, SchedulerActionKind kind, QueryId query, Incarnation node)
{
    PendingAction *action = FIFO_PUSH(scheduler->actions);

    *action = (PendingAction){.kind = kind, .query = query, .node = node};
    return action;
}

PendingAction *
scheduler_defer(Scheduler *scheduler, SchedulerActionKind kind, QueryId query, Incarnation node)
{
    PendingAction *action = FIFO_PUSH(scheduler->deferred);

    *action = (PendingAction){.kind = kind, .query = query, .node = node};
    return action;
}

static bool
node_is_needed(const Scheduler *scheduler, const SchedulerNode *node)
{
    for (size_t i = 0; i < scheduler->queries.count; i++) {
        const SchedulerQuery *query = map_value_at(&scheduler->queries, i);
        const Member *member = map_get(&query->members, &node->incarnation);

        if (member != NULL && (member->attempts != NULL || incarnation_equal(query->root, node->incarnation)))
            return true;
    }
    return false;
}

static void
tell_idle(Scheduler *scheduler)
{
    for (size_t i = 0; i < scheduler->nodes.count; i++) {
        SchedulerNode *node = map_value_at(&scheduler->nodes, i);

        if (node->use != NODE_USE_DRAINING || node->idle_told || node_is_needed(scheduler, node))
            continue;
        node->idle_told = true;
        scheduler_push(scheduler, SCHEDULER_NODE_IDLE, (QueryId){0, 0}, node->incarnation);
    }
}

static bool
has_role(const Scheduler *scheduler, StageKind kind)
{
    for (size_t i = 0; i < scheduler->nodes.count; i++) {
        if (node_may_run(map_value_at(&scheduler->nodes, i), kind))
            return true;
    }
    return false;
}

/* Note since when tasks wait for a node of a role that nobody has. */
static void
check_roles(const Scheduler *scheduler, int64_t now, SchedulerQuery *query)
{
    bool missing = false;

    for (uint32_t i = 0; i < query->graph->stage_count && !missing; i++)
        missing = query->stages[i].pending > 0 && !has_role(scheduler, query->stages[i].spec->kind);
    if (!missing)
        query->unavailable_since = INT64_MAX;
    else if (query->unavailable_since == INT64_MAX)
        query->unavailable_since = now;
}

void
scheduler_settle(Scheduler *scheduler, int64_t now)
{
    dispatch_all(scheduler, now);
    for (size_t i = 0; i < scheduler->queries.count; i++) {
        SchedulerQuery *query = map_value_at(&scheduler->queries, i);

        check_roles(scheduler, now, query);
        query_tell_members(scheduler, now, query);
    }
    for (const PendingAction *action = NULL; (action = FIFO_POP(scheduler->deferred)) != NULL;)
        *FIFO_PUSH(scheduler->actions) = *action;
    tell_idle(scheduler);
}

static SchedulerNode *
add_node(Scheduler *scheduler, Incarnation incarnation)
{
    SchedulerNode *node = MEMORY_NEW(SchedulerNode);

    node->incarnation = incarnation;
    node->index = scheduler->free_count > 0 ? scheduler->free_indexes[--scheduler->free_count]
                                            : ++scheduler->index_count;
    map_put(&scheduler->nodes, &node->incarnation, node);
    return node;
}

static void
requeue_all(Scheduler *scheduler, uint32_t index)
{
    for (size_t i = 0; i < scheduler->queries.count; i++)
        place_again(scheduler, map_value_at(&scheduler->queries, i), index);
}

void
scheduler_on_node_ready(Scheduler *scheduler, int64_t now, Incarnation incarnation, uint32_t roles,
                        uint32_t slots)
{
    SchedulerNode *node = node_find(scheduler, incarnation);

    if (node == NULL)
        node = add_node(scheduler, incarnation);
    node->roles = roles;
    node->slots = slots == 0 ? 1 : slots;
    node->use = NODE_USE_READY;
    node->idle_told = false;
    requeue_all(scheduler, 0);
    scheduler_settle(scheduler, now);
}

void
scheduler_on_node_suspect(Scheduler *scheduler, int64_t now, Incarnation incarnation)
{
    SchedulerNode *node = node_find(scheduler, incarnation);

    if (node == NULL || node->use != NODE_USE_READY)
        return;
    node->use = NODE_USE_SUSPECT;
    scheduler_settle(scheduler, now);
}

void
scheduler_on_node_draining(Scheduler *scheduler, int64_t now, Incarnation incarnation)
{
    SchedulerNode *node = node_find(scheduler, incarnation);

    if (node == NULL)
        return;
    node->use = NODE_USE_DRAINING;
    requeue_all(scheduler, node->index);
    scheduler_settle(scheduler, now);
}

void
scheduler_on_node_lost(Scheduler *scheduler, int64_t now, Incarnation incarnation)
{
    SchedulerNode *node = node_find(scheduler, incarnation);
    Error error = {0};

    if (node == NULL)
        return;
    error_set(&error, STATUS_CANCELLED, "the process that asked for the result is gone");
    map_remove(&scheduler->nodes, &incarnation);
    for (size_t i = scheduler->queries.count; i-- > 0;) {
        SchedulerQuery *query = map_value_at(&scheduler->queries, i);
        Member *member = map_get(&query->members, &incarnation);

        if (member != NULL)
            query_lose_member(scheduler, now, query, member);
        if (incarnation_equal(query->root, incarnation))
            query_end(scheduler, now, query, QUERY_CANCELLED, &error);
    }
    requeue_all(scheduler, node->index);
    MEMORY_GROW(scheduler->free_indexes, scheduler->free_count, scheduler->free_capacity);
    scheduler->free_indexes[scheduler->free_count++] = node->index;
    node_destroy(node);
    scheduler_settle(scheduler, now);
}

Status
scheduler_submit(Scheduler *scheduler, int64_t now, QueryId id, const StageGraph *graph, Incarnation root,
                 int64_t deadline, Error *error)
{
    SchedulerNode *node = node_find(scheduler, root);

    if (query_find(scheduler, id) != NULL)
        return STATUS_OK;
    if (map_get(&scheduler->ended, &id) != NULL)
        return error_set(error, STATUS_PROTOCOL, "a query of this id has ended already");
    TRY(graph_validate(graph, error));
    if (scheduler->queries.count >= scheduler->config.max_queries)
        return error_set(error, STATUS_TOO_MANY_QUERIES, "%u queries are running already",
                         scheduler->config.max_queries);
    if (node == NULL)
        return error_set(error, STATUS_UNAVAILABLE, "the process that asks for the result is not a member");
    query_new(scheduler, now, id, graph, node, deadline);
    scheduler_settle(scheduler, now);
    return STATUS_OK;
}

void
scheduler_cancel(Scheduler *scheduler, int64_t now, QueryId id, Status reason, const char *message)
{
    SchedulerQuery *query = query_find(scheduler, id);
    Error error = {0};

    if (query == NULL)
        return;
    error_set(&error, reason, "%s", message);
    query_end(scheduler, now, query, QUERY_CANCELLED, &error);
    scheduler_settle(scheduler, now);
}

/* The attempt that a node speaks of, if we know it and it is there. */
static Attempt *
attempt_of(const Scheduler *scheduler, Incarnation node, QueryId id, uint32_t generation, TaskRef ref)
{
    const SchedulerQuery *query = query_find(scheduler, id);

    if (query == NULL || query->generation != generation || ref.stage >= query->graph->stage_count ||
        ref.task >= query->graph->stages[ref.stage].task_count)
        return NULL;

    Attempt *attempt = attempt_find(&query->stages[ref.stage].tasks[ref.task], ref.attempt);

    if (attempt == NULL || !incarnation_equal(attempt->member->node->incarnation, node))
        return NULL;
    return attempt;
}

void
scheduler_on_task_done(Scheduler *scheduler, int64_t now, Incarnation node, QueryId id, uint32_t generation,
                       TaskRef ref)
{
    Attempt *attempt = attempt_of(scheduler, node, id, generation, ref);

    if (attempt == NULL)
        return;
    attempt_done(scheduler, now, query_find(scheduler, id), attempt);
    scheduler_settle(scheduler, now);
}

void
scheduler_on_task_failed(Scheduler *scheduler, int64_t now, Incarnation node, QueryId id, uint32_t generation,
                         TaskRef ref, const Error *error)
{
    Attempt *attempt = attempt_of(scheduler, node, id, generation, ref);
    SchedulerQuery *query = query_find(scheduler, id);

    if (attempt == NULL)
        return;
    if (error->code == STATUS_PEER_LOST || error->code == STATUS_CANCELLED ||
        attempt->task->state == TASK_DONE)
        attempt_lost(scheduler, now, query, attempt, true);
    else
        query_end(scheduler, now, query, QUERY_FAILED, error);
    scheduler_settle(scheduler, now);
}

void
scheduler_on_root_complete(Scheduler *scheduler, int64_t now, QueryId id, uint32_t generation)
{
    SchedulerQuery *query = query_find(scheduler, id);

    if (query == NULL || query->generation != generation)
        return;
    query_end(scheduler, now, query, QUERY_DONE, NULL);
    scheduler_settle(scheduler, now);
}

void
scheduler_on_root_failed(Scheduler *scheduler, int64_t now, QueryId id, const Error *error)
{
    SchedulerQuery *query = query_find(scheduler, id);

    if (query == NULL)
        return;
    query_end(scheduler, now, query, QUERY_FAILED, error);
    scheduler_settle(scheduler, now);
}

static void
tick_query(Scheduler *scheduler, int64_t now, SchedulerQuery *query)
{
    Error error = {0};

    if (now >= query->deadline) {
        error_set(&error, STATUS_TIMEOUT, "canceling statement due to statement timeout");
        query_end(scheduler, now, query, QUERY_FAILED, &error);
    } else if (query->unavailable_since != INT64_MAX &&
               now - query->unavailable_since >= scheduler->config.unavailable_after) {
        error_set(&error, STATUS_UNAVAILABLE, "no %s is there to run the query",
                  has_role(scheduler, STAGE_LEAF) ? "reducer" : "worker");
        query_end(scheduler, now, query, QUERY_FAILED, &error);
    } else {
        dispatch_delayed(scheduler, now, query);
        dispatch_backups(scheduler, now, query);
    }
}

static void
forget_ended(Scheduler *scheduler, int64_t now)
{
    while (!FIFO_EMPTY(scheduler->ended_order)) {
        const QueryId id = scheduler->ended_order.items[scheduler->ended_order.head];
        Ended *ended = map_get(&scheduler->ended, &id);

        if (ended->until > now)
            return;
        map_remove(&scheduler->ended, &id);
        free(ended);
        (void)FIFO_POP(scheduler->ended_order);
    }
}

void
scheduler_on_tick(Scheduler *scheduler, int64_t now)
{
    for (size_t i = scheduler->queries.count; i-- > 0;)
        tick_query(scheduler, now, map_value_at(&scheduler->queries, i));
    forget_ended(scheduler, now);
    scheduler_settle(scheduler, now);
}

static int64_t
earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t
query_deadline(const Scheduler *scheduler, const SchedulerQuery *query)
{
    int64_t deadline = query->deadline;

    if (query->unavailable_since != INT64_MAX)
        deadline = earlier(deadline, query->unavailable_since + scheduler->config.unavailable_after);
    if (scheduler->config.backups)
        deadline = earlier(deadline, query->backup_check);
    for (size_t i = 0; i < query->delayed_count; i++)
        deadline = earlier(deadline, query->delayed[i].until);
    return deadline;
}

int64_t
scheduler_next_deadline(const Scheduler *scheduler)
{
    int64_t deadline = INT64_MAX;

    for (size_t i = 0; i < scheduler->queries.count; i++)
        deadline = earlier(deadline, query_deadline(scheduler, map_value_at(&scheduler->queries, i)));
    if (!FIFO_EMPTY(scheduler->ended_order)) {
        const Ended *ended =
            map_get(&scheduler->ended, &scheduler->ended_order.items[scheduler->ended_order.head]);

        deadline = earlier(deadline, ended->until);
    }
    return deadline;
}

static void
fill_end(const Scheduler *scheduler, SchedulerAction *action)
{
    const Ended *ended = map_get(&scheduler->ended, &action->query);

    action->state = QUERY_UNKNOWN;
    if (ended == NULL)
        return;
    action->state = ended->progress.state;
    if (action->state == QUERY_FAILED || action->state == QUERY_CANCELLED)
        action->error = &ended->error;
}

static void
fill_routes(Scheduler *scheduler, const SchedulerQuery *query, Routes *routes)
{
    query_collect_routes(scheduler, query);
    *routes = (Routes){.generation = query->generation,
                       .version = query->routes_version,
                       .entries = scheduler->routes,
                       .count = scheduler->route_count,
                       .lost = query->lost,
                       .lost_count = query->lost_count};
}

/* Complete an action; false where its query has ended or started over meanwhile. */
static bool
fill_action(Scheduler *scheduler, const PendingAction *pending, SchedulerAction *action)
{
    const SchedulerQuery *query = query_find(scheduler, pending->query);

    *action = (SchedulerAction){.kind = pending->kind,
                                .query = pending->query,
                                .node = pending->node,
                                .generation = pending->generation,
                                .task = pending->task,
                                .routes_version = pending->routes_version};
    if (pending->kind == SCHEDULER_QUERY_ENDED || pending->kind == SCHEDULER_SEND_RELEASE)
        fill_end(scheduler, action);
    if (pending->kind >= SCHEDULER_SEND_RELEASE)
        return true;
    if (query == NULL || (query->generation != pending->generation && pending->kind != SCHEDULER_SEND_PLAN))
        return false;
    action->graph = query->graph;
    if (pending->kind == SCHEDULER_SEND_ROUTES)
        fill_routes(scheduler, query, &action->routes);
    if (pending->kind == SCHEDULER_SEND_ELECTIONS) {
        action->election_first = pending->election_first;
        action->elections = query->elections + pending->election_first;
        action->election_count = query->election_count - pending->election_first;
    }
    return true;
}

bool
scheduler_next_action(Scheduler *scheduler, int64_t now, SchedulerAction *action)
{
    const PendingAction *pending = NULL;

    (void)now;
    while ((pending = FIFO_POP(scheduler->actions)) != NULL) {
        if (fill_action(scheduler, pending, action))
            return true;
    }
    return false;
}

bool
scheduler_progress(const Scheduler *scheduler, QueryId id, QueryProgress *progress)
{
    const SchedulerQuery *query = query_find(scheduler, id);
    const Ended *ended = map_get(&scheduler->ended, &id);

    *progress = (QueryProgress){.state = QUERY_UNKNOWN};
    if (query != NULL)
        query_progress(query, progress);
    else if (ended != NULL)
        *progress = ended->progress;
    return progress->state != QUERY_UNKNOWN;
}

Incarnation
scheduler_task_node(const Scheduler *scheduler, QueryId id, uint32_t stage, uint32_t task)
{
    const SchedulerQuery *query = query_find(scheduler, id);

    if (query == NULL || stage >= query->graph->stage_count || task >= query->graph->stages[stage].task_count)
        return (Incarnation){0, 0};
    return query->stages[stage].tasks[task].last_node;
}

size_t
scheduler_running_count(const Scheduler *scheduler)
{
    return scheduler->queries.count;
}

uint32_t
scheduler_node_busy(const Scheduler *scheduler, Incarnation incarnation)
{
    const SchedulerNode *node = node_find(scheduler, incarnation);
    uint32_t busy = 0;

    for (size_t i = 0; node != NULL && i < node->busy_count; i++)
        busy += node->busy[i];
    return busy;
}
