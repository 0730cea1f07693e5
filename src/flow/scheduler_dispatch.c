/* When tasks run: quotas, fair turns, retries, backups; and what follows from the end of an attempt. */
#include "flow/attempts.h"
#include "flow/scheduler_state.h"

#include <stdlib.h>
#include <string.h>

uint32_t
task_number(const Stage *stage, const Task *task)
{
    return (uint32_t)(task - stage->tasks);
}

Attempt *
attempt_find(const Task *task, uint32_t number)
{
    for (Attempt *attempt = task->attempts; attempt != NULL; attempt = attempt->next) {
        if (attempt->number == number)
            return attempt;
    }
    return NULL;
}

bool
task_is_kept(const Task *task)
{
    for (const Attempt *attempt = task->attempts; attempt != NULL; attempt = attempt->next) {
        if (attempt->state == ATTEMPT_DONE &&
            (task->elected == NO_ATTEMPT || task->elected == attempt->number))
            return true;
    }
    return false;
}

static void
enter_quota(SchedulerNode *node, uint32_t depth)
{
    if (depth >= node->busy_count) {
        node->busy = memory_resize(node->busy, depth + 1, sizeof(*node->busy));
        memset(node->busy + node->busy_count, 0, (depth + 1 - node->busy_count) * sizeof(*node->busy));
        node->busy_count = depth + 1;
    }
    node->busy[depth]++;
}

static uint32_t
busy_at(const SchedulerNode *node, uint32_t depth)
{
    return depth < node->busy_count ? node->busy[depth] : 0;
}

static void
leave_quota(const Attempt *attempt)
{
    if (attempt->stage->spec->kind != STAGE_LEAF || attempt->state == ATTEMPT_DONE)
        return;
    attempt->member->node->busy[attempt->stage->depth]--;
    attempt->member->under_way--;
}

void
attempt_remove(Attempt *attempt)
{
    leave_quota(attempt);
    for (Attempt **link = &attempt->task->attempts; *link != NULL; link = &(*link)->next) {
        if (*link != attempt)
            continue;
        *link = attempt->next;
        break;
    }
    if (attempt->before == NULL)
        attempt->member->attempts = attempt->after;
    else
        attempt->before->after = attempt->after;
    if (attempt->after != NULL)
        attempt->after->before = attempt->before;
    free(attempt);
}

static Attempt *
attempt_new(Stage *stage, Task *task, Member *member, int64_t now)
{
    Attempt *attempt = MEMORY_NEW(Attempt);

    attempt->member = member;
    attempt->stage = stage;
    attempt->task = task;
    attempt->number = task->next_attempt++;
    attempt->state = ATTEMPT_QUEUED;
    attempt->sent_at = now;
    attempt->next = task->attempts;
    task->attempts = attempt;
    attempt->after = member->attempts;
    if (member->attempts != NULL)
        member->attempts->before = attempt;
    member->attempts = attempt;
    if (stage->spec->kind == STAGE_LEAF) {
        enter_quota(member->node, stage->depth);
        member->under_way++;
    }
    return attempt;
}

/* The version of the routes by which the node takes the stage's broadcasts. */
static uint32_t
join_takers(SchedulerQuery *query, Stage *stage, Incarnation node)
{
    for (size_t i = 0; i < stage->taker_count; i++) {
        if (incarnation_equal(stage->takers[i].incarnation, node))
            return stage->takers[i].version;
    }
    MEMORY_GROW(stage->takers, stage->taker_count, stage->taker_capacity);
    stage->takers[stage->taker_count++] = (Taker){node, query_touch_routes(query)};
    return query->routes_version;
}

static void
count_member(SchedulerQuery *query, Member *member, StageKind kind)
{
    bool *flag = kind == STAGE_LEAF ? &member->leaf : &member->reduce;

    if (*flag)
        return;
    *flag = true;
    if (kind == STAGE_LEAF)
        query->workers++;
    else
        query->reducers++;
}

void
dispatch_send(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Stage *stage, uint32_t number,
              SchedulerNode *node)
{
    Task *task = &stage->tasks[number];
    Member *member = query_member(query, node);
    uint32_t version = stage->spec->kind == STAGE_REDUCE ? task->route_version : query->generation_version;

    if (stage->takes_broadcast) {
        const uint32_t taken = join_takers(query, stage, node->incarnation);

        version = taken > version ? taken : version;
    }

    const Attempt *attempt = attempt_new(stage, task, member, now);
    PendingAction *action = scheduler_defer(scheduler, SCHEDULER_SEND_TASK, query->id, node->incarnation);

    action->generation = query->generation;
    action->routes_version = version;
    action->task = (TaskRef){stage->index, number, attempt->number};
    task->state = TASK_ACTIVE;
    task->last_node = node->incarnation;
    query->attempts++;
    if (attempt->number > 0)
        query->retries++;
    count_member(query, member, stage->spec->kind);
}

void
task_pending(Scheduler *scheduler, SchedulerQuery *query, Stage *stage, uint32_t number)
{
    stage->tasks[number].state = TASK_PENDING;
    stage->pending++;
    if (stage->spec->kind == STAGE_LEAF)
        place_leaf(scheduler, query, stage, number);
}

static void
delay_task(const Scheduler *scheduler, int64_t now, SchedulerQuery *query, Stage *stage, uint32_t number)
{
    Task *task = &stage->tasks[number];
    const uint32_t doublings = task->failures < 20 ? task->failures : 20;
    int64_t pause = scheduler->config.retry_delay << doublings;

    if (pause > scheduler->config.retry_delay_max)
        pause = scheduler->config.retry_delay_max;
    task->failures++;
    task->state = TASK_DELAYED;
    MEMORY_GROW(query->delayed, query->delayed_count, query->delayed_capacity);
    query->delayed[query->delayed_count++] = (Delayed){stage->index, number, now + pause};
}

void
dispatch_delayed(Scheduler *scheduler, int64_t now, SchedulerQuery *query)
{
    for (size_t i = query->delayed_count; i-- > 0;) {
        const Delayed delayed = query->delayed[i];
        Stage *stage = &query->stages[delayed.stage];

        if (delayed.until > now)
            continue;
        query->delayed[i] = query->delayed[--query->delayed_count];
        if (stage->tasks[delayed.task].state == TASK_DELAYED)
            task_pending(scheduler, query, stage, delayed.task);
    }
}

void
attempt_lost(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Attempt *attempt, bool failed)
{
    Stage *stage = attempt->stage;
    Task *task = attempt->task;
    const bool kept = task_is_kept(task);

    attempt_remove(attempt);
    if (task->state == TASK_DONE && kept && !task_is_kept(task))
        stage->unkept++;
    if (task->state != TASK_ACTIVE || task->attempts != NULL)
        return;
    if (failed)
        delay_task(scheduler, now, query, stage, task_number(stage, task));
    else
        task_pending(scheduler, query, stage, task_number(stage, task));
}

void
attempt_cancel(Scheduler *scheduler, SchedulerQuery *query, Attempt *attempt)
{
    PendingAction *action =
        scheduler_defer(scheduler, SCHEDULER_SEND_CANCEL, query->id, attempt->member->node->incarnation);

    action->generation = query->generation;
    action->task =
        (TaskRef){attempt->stage->index, task_number(attempt->stage, attempt->task), attempt->number};
    attempt_remove(attempt);
}

static void
elect(SchedulerQuery *query, Stage *stage, Task *task, uint32_t number)
{
    task->elected = number;
    MEMORY_GROW(query->elections, query->election_count, query->election_capacity);
    query->elections[query->election_count++] = (Election){stage->index, task_number(stage, task), number};
    query->dirty = true;
}

static void
cancel_others(Scheduler *scheduler, SchedulerQuery *query, const Task *task, const Attempt *winner)
{
    for (Attempt *attempt = task->attempts, *next = NULL; attempt != NULL; attempt = next) {
        next = attempt->next;
        if (attempt != winner)
            attempt_cancel(scheduler, query, attempt);
    }
}

void
attempt_done(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Attempt *attempt)
{
    Stage *stage = attempt->stage;
    Task *task = attempt->task;

    if (attempt->state == ATTEMPT_DONE)
        return;
    leave_quota(attempt);
    attempt->state = ATTEMPT_DONE;
    if (task->state == TASK_DONE) { /* it came second */
        attempt_cancel(scheduler, query, attempt);
        return;
    }
    task->state = TASK_DONE;
    task->inputs_spent = true;
    task->failures = 0;
    stage->done++;
    stage->run_time += now - attempt->sent_at;
    stage->run_count++;
    if (stage->elected)
        elect(query, stage, task, attempt->number);
    cancel_others(scheduler, query, task, attempt);
}

void
task_again(Scheduler *scheduler, SchedulerQuery *query, Stage *stage, uint32_t number)
{
    stage->done--;
    stage->unkept--;
    task_pending(scheduler, query, stage, number);
}

/* Leaves that take a broadcast are sent when those that make it are done, so that they do not wait in the
 * quota. */
static bool
is_open(const SchedulerQuery *query, const Stage *stage)
{
    for (uint32_t i = 0; stage->takes_broadcast && i < stage->producer_count; i++) {
        const Stage *producer = &query->stages[stage->producers[i]];

        if (producer->done < producer->spec->task_count)
            return false;
    }
    return true;
}

/* A query that has no task there gets one beyond the quota: the executor runs it beside those of others. */
static bool
has_room(const Scheduler *scheduler, const SchedulerQuery *query, const Stage *stage,
         const SchedulerNode *node)
{
    const Member *member = map_get(&query->members, &node->incarnation);
    const bool has_none = member == NULL || member->under_way == 0;
    const uint32_t quota = node->slots + scheduler->config.queue_depth + (has_none ? ATTEMPTS_GUESTS_MAX : 0);

    if (!node_may_run(node, STAGE_LEAF) || busy_at(node, stage->depth) >= quota)
        return false;
    return member == NULL || member->undelivered < scheduler->config.undelivered_limit;
}

static uint32_t
queued_for(const Stage *stage, uint32_t index)
{
    return index < stage->queue_count ? stage->queues[index].count : 0;
}

/* The longest queue that an idle worker may take from: its owner cannot take more itself soon. 0: none. */
static uint32_t
find_victim(const Scheduler *scheduler, const SchedulerQuery *query, const Stage *stage)
{
    uint32_t victim = 0;

    for (size_t i = 0; i < scheduler->nodes.count; i++) {
        const SchedulerNode *node = map_value_at(&scheduler->nodes, i);
        const Member *member = map_get(&query->members, &node->incarnation);
        const bool paused = node->use != NODE_USE_READY ||
                            (member != NULL && member->undelivered >= scheduler->config.undelivered_limit);
        const uint32_t count = queued_for(stage, node->index);

        if (count == 0 || (!paused && count < scheduler->config.yield_bound * node->slots))
            continue;
        if (victim == 0 || count > queued_for(stage, victim))
            victim = node->index;
    }
    return victim;
}

/* Send one task of the stage to a worker with room: first to one that prefers it. */
static bool
dispatch_from(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Stage *stage)
{
    const size_t count = scheduler->nodes.count;
    SchedulerNode *idle = NULL;

    for (size_t i = 0; i < count; i++) {
        SchedulerNode *node = map_value_at(&scheduler->nodes, (stage->cursor + i) % count);

        if (!has_room(scheduler, query, stage, node))
            continue;
        if (queued_for(stage, node->index) > 0) {
            stage->cursor = (uint32_t)((stage->cursor + i + 1) % count);
            stage->pending--;
            dispatch_send(scheduler, now, query, stage, queue_take(stage, node->index), node);
            return true;
        }
        if (idle == NULL)
            idle = node;
    }

    const uint32_t victim = idle == NULL ? 0 : find_victim(scheduler, query, stage);

    if (victim == 0)
        return false;
    stage->pending--;
    dispatch_send(scheduler, now, query, stage, queue_take(stage, victim), idle);
    return true;
}

static bool
dispatch_one(Scheduler *scheduler, int64_t now, SchedulerQuery *query)
{
    for (uint32_t i = 0; i < query->graph->stage_count; i++) {
        Stage *stage = &query->stages[i];

        if (stage->spec->kind == STAGE_LEAF && stage->pending > 0 && is_open(query, stage) &&
            dispatch_from(scheduler, now, query, stage))
            return true;
    }
    return false;
}

void
dispatch_all(Scheduler *scheduler, int64_t now)
{
    const size_t count = scheduler->queries.count;
    size_t idle = 0;

    for (size_t i = 0; i < count; i++) {
        SchedulerQuery *query = map_value_at(&scheduler->queries, i);

        for (uint32_t s = 0; s < query->graph->stage_count; s++) {
            if (query->stages[s].spec->kind == STAGE_REDUCE && query->stages[s].pending > 0)
                place_reduce(scheduler, now, query, &query->stages[s]);
        }
    }
    while (idle < count) {
        SchedulerQuery *query = map_value_at(&scheduler->queries, scheduler->turn++ % count);

        idle = dispatch_one(scheduler, now, query) ? 0 : idle + 1;
    }
}

/* The root may have committed to an attempt: withdrawing it because its backup won would fail the query. */
static bool
feeds_root(const SchedulerQuery *query, const Stage *stage)
{
    return query->graph->exchanges[query->graph->root_exchange].producer == stage->index;
}

static SchedulerNode *
node_for_backup(const Scheduler *scheduler, const SchedulerQuery *query, const Stage *stage,
                const SchedulerNode *slow)
{
    for (size_t i = 0; i < scheduler->nodes.count; i++) {
        SchedulerNode *node = map_value_at(&scheduler->nodes, i);

        if (node != slow && has_room(scheduler, query, stage, node))
            return node;
    }
    return NULL;
}

static void
back_up_stage(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Stage *stage)
{
    int64_t limit = scheduler->config.backup_after;

    if (stage->run_count > 0 && 3 * stage->run_time / stage->run_count > limit)
        limit = 3 * stage->run_time / stage->run_count;
    for (uint32_t i = 0; i < stage->spec->task_count; i++) {
        const Task *task = &stage->tasks[i];

        if (task->state != TASK_ACTIVE || task->attempts->next != NULL ||
            now - task->attempts->sent_at < limit)
            continue;

        SchedulerNode *node = node_for_backup(scheduler, query, stage, task->attempts->member->node);

        if (node == NULL)
            return;
        dispatch_send(scheduler, now, query, stage, i, node);
    }
}

void
dispatch_backups(Scheduler *scheduler, int64_t now, SchedulerQuery *query)
{
    if (!scheduler->config.backups || now < query->backup_check)
        return;
    query->backup_check = now + scheduler->config.backup_after / 4;
    for (uint32_t i = 0; i < query->graph->stage_count; i++) {
        Stage *stage = &query->stages[i];
        const uint32_t count = stage->spec->task_count;

        if (stage->spec->kind == STAGE_LEAF && !stage->elected && !feeds_root(query, stage) &&
            stage->pending == 0 && is_open(query, stage) && stage->done < count &&
            stage->done >= count - count / 4)
            back_up_stage(scheduler, now, query, stage);
    }
}
