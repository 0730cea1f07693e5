/* The life of a query: its tasks at the start, the processes that take part, what they are told, restarts,
 * the end. */
#include "flow/scheduler_state.h"

#include <stdlib.h>
#include <string.h>

/* A query that lost elected outputs so often does not get anywhere. */
#define RESTARTS_MAX 16

SchedulerQuery *
query_find(const Scheduler *scheduler, QueryId id)
{
    return map_get(&scheduler->queries, &id);
}

static void
link_stages(SchedulerQuery *query)
{
    const StageGraph *graph = query->graph;

    for (uint32_t i = 0; i < graph->exchange_count; i++) {
        const ExchangeSpec *exchange = &graph->exchanges[i];

        if (exchange->consumer == STAGE_ROOT)
            continue;
        Stage *consumer = &query->stages[exchange->consumer];
        consumer->takes_broadcast |= exchange->kind == EXCHANGE_BROADCAST;
        consumer->producers =
            memory_resize(consumer->producers, consumer->producer_count + 1, sizeof(*consumer->producers));
        consumer->producers[consumer->producer_count++] = exchange->producer;
    }
}

static void
init_stages(SchedulerQuery *query)
{
    const StageGraph *graph = query->graph;
    uint32_t *depths = MEMORY_ARRAY(uint32_t, graph->stage_count);

    graph_depths(graph, depths);
    query->stages = MEMORY_ARRAY(Stage, graph->stage_count);
    for (uint32_t i = 0; i < graph->stage_count; i++) {
        Stage *stage = &query->stages[i];

        stage->spec = &graph->stages[i];
        stage->index = i;
        stage->depth = depths[i];
        stage->elected = graph_stage_elected(graph, i);
        stage->tasks = MEMORY_ARRAY(Task, stage->spec->task_count);
    }
    free(depths);
    link_stages(query);
}

/* All tasks to the state in which none has run in this generation. Attempt numbers go on. */
static void
reset_stage(Stage *stage)
{
    for (uint32_t i = 0; i < stage->spec->task_count; i++) {
        Task *task = &stage->tasks[i];

        task->state = TASK_PENDING;
        task->elected = NO_ATTEMPT;
        task->inputs_spent = false;
        task->place = NULL;
    }
    for (size_t i = 0; i < stage->queue_count; i++)
        stage->queues[i] = (TaskQueue){NO_TASK, NO_TASK, 0};
    stage->done = 0;
    stage->unkept = 0;
    stage->pending = 0;
    stage->taker_count = 0;
}

static void
start_tasks(Scheduler *scheduler, SchedulerQuery *query)
{
    for (uint32_t s = 0; s < query->graph->stage_count; s++) {
        Stage *stage = &query->stages[s];

        reset_stage(stage);
        for (uint32_t i = 0; i < stage->spec->task_count; i++)
            task_pending(scheduler, query, stage, i);
    }
}

SchedulerQuery *
query_new(Scheduler *scheduler, int64_t now, QueryId id, const StageGraph *graph, SchedulerNode *root,
          int64_t deadline)
{
    SchedulerQuery *query = MEMORY_NEW(SchedulerQuery);

    query->id = id;
    query->graph = graph_copy(graph);
    query->root = root->incarnation;
    query->deadline = deadline;
    query->generation = 1;
    query->unavailable_since = INT64_MAX;
    query->backup_check = now + scheduler->config.backup_after;
    map_init(&query->members, sizeof(Incarnation));
    map_put(&scheduler->queries, &query->id, query);
    init_stages(query);
    query->generation_version = query_touch_routes(query);
    query_member(query, root);
    start_tasks(scheduler, query);
    return query;
}

static void
remove_attempts(SchedulerQuery *query)
{
    for (size_t i = 0; i < query->members.count; i++) {
        Member *member = map_value_at(&query->members, i);

        while (member->attempts != NULL)
            attempt_remove(member->attempts);
    }
}

void
query_destroy(SchedulerQuery *query)
{
    remove_attempts(query);
    for (size_t i = 0; i < query->members.count; i++)
        free(map_value_at(&query->members, i));
    map_destroy(&query->members);
    for (uint32_t i = 0; i < query->graph->stage_count; i++) {
        free(query->stages[i].tasks);
        free(query->stages[i].producers);
        free(query->stages[i].queues);
        free(query->stages[i].takers);
    }
    free(query->stages);
    free(query->lost);
    free(query->elections);
    free(query->delayed);
    graph_destroy(&query->graph);
    free(query);
}

void
query_progress(const SchedulerQuery *query, QueryProgress *progress)
{
    *progress = (QueryProgress){.state = QUERY_RUNNING,
                                .generation = query->generation,
                                .attempts = query->attempts,
                                .retries = query->retries,
                                .workers = query->workers,
                                .reducers = query->reducers};
    for (uint32_t i = 0; i < query->graph->stage_count; i++) {
        progress->tasks_done += query->stages[i].done;
        progress->tasks_total += query->stages[i].spec->task_count;
    }
}

static void
remember_end(Scheduler *scheduler, int64_t now, const SchedulerQuery *query, QueryState state,
             const Error *error)
{
    Ended *ended = MEMORY_NEW(Ended);

    ended->id = query->id;
    ended->until = now + scheduler->config.keep_ended;
    query_progress(query, &ended->progress);
    ended->progress.state = state;
    if (error != NULL)
        ended->error = *error;
    map_put(&scheduler->ended, &ended->id, ended);
    *FIFO_PUSH(scheduler->ended_order) = query->id;
}

void
query_end(Scheduler *scheduler, int64_t now, SchedulerQuery *query, QueryState state, const Error *error)
{
    remember_end(scheduler, now, query, state, error);
    scheduler_push(scheduler, SCHEDULER_QUERY_ENDED, query->id, query->root);
    for (size_t i = 0; i < query->members.count; i++) {
        const Member *member = map_value_at(&query->members, i);

        scheduler_push(scheduler, SCHEDULER_SEND_RELEASE, query->id, member->node->incarnation);
    }
    map_remove(&scheduler->queries, &query->id);
    query_destroy(query);
}

bool
query_restart(Scheduler *scheduler, int64_t now, SchedulerQuery *query)
{
    if (++query->restarts > RESTARTS_MAX) {
        Error error = {0};

        error_set(&error, STATUS_PEER_LOST, "the query had to start over %u times", RESTARTS_MAX);
        query_end(scheduler, now, query, QUERY_FAILED, &error);
        return false;
    }
    remove_attempts(query);
    query->generation++;
    query->generation_version = query_touch_routes(query);
    query->election_count = 0;
    query->delayed_count = 0;
    for (size_t i = 0; i < query->members.count; i++) {
        Member *member = map_value_at(&query->members, i);

        member->elections_sent = 0;
        member->undelivered = 0;
    }
    start_tasks(scheduler, query);
    return true;
}

Member *
query_member(SchedulerQuery *query, SchedulerNode *node)
{
    Member *member = map_get(&query->members, &node->incarnation);

    if (member != NULL)
        return member;
    member = MEMORY_NEW(Member);
    member->node = node;
    map_put(&query->members, &node->incarnation, member);
    query->dirty = true;
    return member;
}

static void
lose_place(Stage *stage, const Member *member)
{
    if (stage->spec->kind != STAGE_REDUCE)
        return;
    for (uint32_t i = 0; i < stage->spec->task_count; i++) {
        if (stage->tasks[i].place == member)
            stage->tasks[i].place = NULL;
    }
}

static void
lose_taker(Stage *stage, Incarnation incarnation)
{
    for (size_t i = 0; i < stage->taker_count; i++) {
        if (!incarnation_equal(stage->takers[i].incarnation, incarnation))
            continue;
        memmove(&stage->takers[i], &stage->takers[i + 1],
                (stage->taker_count - i - 1) * sizeof(*stage->takers));
        stage->taker_count--;
        return;
    }
}

void
query_lose_member(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Member *member)
{
    const Incarnation incarnation = member->node->incarnation;

    for (uint32_t i = 0; i < query->graph->stage_count; i++) {
        lose_place(&query->stages[i], member);
        lose_taker(&query->stages[i], incarnation);
    }
    while (member->attempts != NULL)
        attempt_lost(scheduler, now, query, member->attempts, false);
    MEMORY_GROW(query->lost, query->lost_count, query->lost_capacity);
    query->lost[query->lost_count++] = incarnation;
    query_touch_routes(query);
    map_remove(&query->members, &incarnation);
    free(member);
}

uint32_t
query_touch_routes(SchedulerQuery *query)
{
    if (!query->routes_touched) {
        query->routes_touched = true;
        query->routes_version++;
    }
    query->dirty = true;
    return query->routes_version;
}

static void
tell_member(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Member *member)
{
    const Incarnation node = member->node->incarnation;

    if (!member->plan_sent) {
        scheduler_push(scheduler, SCHEDULER_SEND_PLAN, query->id, node)->generation = query->generation;
        member->plan_sent = true;
        member->sent_at = now;
    }
    if (member->routes_sent < query->routes_version) {
        scheduler_push(scheduler, SCHEDULER_SEND_ROUTES, query->id, node)->generation = query->generation;
        member->routes_sent = query->routes_version;
        member->sent_at = now;
    }
    if (member->elections_sent < query->election_count) {
        PendingAction *action = scheduler_push(scheduler, SCHEDULER_SEND_ELECTIONS, query->id, node);

        action->generation = query->generation;
        action->election_first = member->elections_sent;
        member->elections_sent = (uint32_t)query->election_count;
        member->sent_at = now;
    }
}

void
query_tell_members(Scheduler *scheduler, int64_t now, SchedulerQuery *query)
{
    if (!query->dirty)
        return;
    for (size_t i = 0; i < query->members.count; i++)
        tell_member(scheduler, now, query, map_value_at(&query->members, i));
    query->dirty = false;
    query->routes_touched = false;
}

static void
add_route(Scheduler *scheduler, uint32_t exchange, uint32_t partition, uint32_t version, Incarnation consumer)
{
    MEMORY_GROW(scheduler->routes, scheduler->route_count, scheduler->route_capacity);
    scheduler->routes[scheduler->route_count++] = (Route){exchange, partition, version, consumer};
}

static void
collect_exchange(Scheduler *scheduler, const SchedulerQuery *query, uint32_t index)
{
    const ExchangeSpec *exchange = &query->graph->exchanges[index];

    if (exchange->consumer == STAGE_ROOT) {
        add_route(scheduler, index, 0, query->generation_version, query->root);
        return;
    }

    const Stage *stage = &query->stages[exchange->consumer];

    if (exchange->kind == EXCHANGE_BROADCAST) {
        for (size_t i = 0; i < stage->taker_count; i++)
            add_route(scheduler, index, 0, stage->takers[i].version, stage->takers[i].incarnation);
        return;
    }
    for (uint32_t i = 0; i < exchange->partition_count; i++) {
        const Task *task = &stage->tasks[i];

        if (task->place != NULL)
            add_route(scheduler, index, i, task->route_version, task->place->node->incarnation);
    }
}

void
query_collect_routes(Scheduler *scheduler, const SchedulerQuery *query)
{
    scheduler->route_count = 0;
    for (uint32_t i = 0; i < query->graph->exchange_count; i++)
        collect_exchange(scheduler, query, i);
}
