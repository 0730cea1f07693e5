/* Reconciliation: what a process says that it holds and misses, against what the scheduler believes. */
#include "base/bits.h"
#include "flow/scheduler_state.h"

static bool
is_overdue(const Scheduler *scheduler, int64_t now, int64_t sent_at)
{
    return now - sent_at >= scheduler->config.unlisted_grace;
}

/* Messages to this process were lost: tell it again what it does not know. */
static void
repeat_messages(const Scheduler *scheduler, int64_t now, SchedulerQuery *query, Member *member,
                const QueryReport *report)
{
    const bool same = report != NULL && report->generation == query->generation;

    if (!is_overdue(scheduler, now, member->sent_at))
        return;
    if (report == NULL)
        member->plan_sent = false;
    if (!same || report->routes_version < member->routes_sent)
        member->routes_sent = 0;
    if (!same)
        member->elections_sent = 0;
    else if (report->elections < member->elections_sent)
        member->elections_sent = report->elections;
    query->dirty = true;
}

/* An attempt that we do not know of: given up too early, or a message that came late. */
static void
cancel_stranger(Scheduler *scheduler, const SchedulerQuery *query, const Member *member, TaskRef ref)
{
    PendingAction *action =
        scheduler_defer(scheduler, SCHEDULER_SEND_CANCEL, query->id, member->node->incarnation);

    action->generation = query->generation;
    action->task = ref;
}

static void
note_held(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Member *member, const HeldAttempt *held)
{
    const TaskRef ref = held->ref;

    if (ref.stage >= query->graph->stage_count || ref.task >= query->graph->stages[ref.stage].task_count)
        return;

    Attempt *attempt = attempt_find(&query->stages[ref.stage].tasks[ref.task], ref.attempt);

    if (attempt == NULL || attempt->member != member) {
        cancel_stranger(scheduler, query, member, ref);
        return;
    }
    attempt->listed = true;
    attempt->mark = member->mark;
    if (held->state == ATTEMPT_DONE)
        attempt_done(scheduler, now, query, attempt);
    else if (attempt->state != ATTEMPT_DONE)
        attempt->state = held->state;
}

/* What we believe to be there and is not listed is lost, unless it is on its way. */
static void
drop_unlisted(Scheduler *scheduler, int64_t now, SchedulerQuery *query, const Member *member)
{
    for (Attempt *attempt = member->attempts, *after = NULL; attempt != NULL; attempt = after) {
        after = attempt->after;
        if (attempt->mark == member->mark ||
            (!attempt->listed && !is_overdue(scheduler, now, attempt->sent_at)))
            continue;
        attempt->task->inputs_spent = true; /* perhaps it was done, and evicted before we heard of it */
        attempt_lost(scheduler, now, query, attempt, true);
    }
}

/* A consumer misses a task whose outputs nobody holds. False: the query is gone or started over. */
static bool
note_missing_task(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Stage *stage, uint32_t number)
{
    const Task *task = &stage->tasks[number];

    if (task->state != TASK_DONE || task_is_kept(task))
        return true;
    if (task->elected == NO_ATTEMPT) {
        task_again(scheduler, query, stage, number);
        return true;
    }
    query_restart(scheduler, now, query);
    return false;
}

static bool
note_missing(Scheduler *scheduler, int64_t now, SchedulerQuery *query, const MissingTasks *missing)
{
    if (missing->exchange >= query->graph->exchange_count)
        return true;

    Stage *stage = &query->stages[query->graph->exchanges[missing->exchange].producer];

    if (missing->task_count != stage->spec->task_count)
        return true;
    for (size_t word = 0; stage->unkept > 0 && word < bits_words(missing->task_count); word++) {
        for (uint64_t left = missing->tasks[word]; left != 0; left &= left - 1) {
            const size_t number = word * 64 + (size_t)__builtin_ctzll(left);

            if (number < missing->task_count &&
                !note_missing_task(scheduler, now, query, stage, (uint32_t)number))
                return false;
        }
    }
    return true;
}

static void
reconcile(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Member *member, const QueryReport *report)
{
    member->mark++;
    member->undelivered = report->undelivered;
    for (size_t i = 0; i < report->held_count; i++)
        note_held(scheduler, now, query, member, &report->held[i]);
    drop_unlisted(scheduler, now, query, member);
    for (size_t i = 0; i < report->missing_count; i++) {
        if (!note_missing(scheduler, now, query, &report->missing[i]))
            return;
    }
}

/* COMPLETE and FAILED, in case the messages were lost. True: the query has ended. */
static bool
note_root(Scheduler *scheduler, int64_t now, SchedulerQuery *query, const QueryReport *report)
{
    Error error = {0};

    if (report->root_complete) {
        query_end(scheduler, now, query, QUERY_DONE, NULL);
    } else if (report->root_failed) {
        error_set(&error, STATUS_PEER_LOST, "a node was lost after part of the result had been sent");
        query_end(scheduler, now, query, QUERY_FAILED, &error);
    }
    return report->root_complete || report->root_failed;
}

static void
on_query_report(Scheduler *scheduler, int64_t now, SchedulerNode *node, const QueryReport *report)
{
    SchedulerQuery *query = query_find(scheduler, report->query);

    if (report->routes_version == 0 && (query != NULL || report->root))
        return;

    Member *member = query == NULL ? NULL : map_get(&query->members, &node->incarnation);

    if (member == NULL) {
        scheduler_push(scheduler, SCHEDULER_SEND_RELEASE, report->query, node->incarnation);
        return;
    }
    if (report->generation != query->generation)
        return;
    if (incarnation_equal(node->incarnation, query->root) && note_root(scheduler, now, query, report))
        return;
    reconcile(scheduler, now, query, member, report);
}

static const QueryReport *
find_report(const Report *report, QueryId query)
{
    for (size_t i = 0; i < report->count; i++) {
        if (query_id_equal(report->queries[i].query, query))
            return &report->queries[i];
    }
    return NULL;
}

/* Queries in which the process takes part without having heard all of it. */
static void
check_messages(Scheduler *scheduler, int64_t now, const SchedulerNode *node, const Report *report)
{
    for (size_t i = 0; i < scheduler->queries.count; i++) {
        SchedulerQuery *query = map_value_at(&scheduler->queries, i);
        Member *member = map_get(&query->members, &node->incarnation);

        if (member == NULL)
            continue;

        const QueryReport *own = find_report(report, query->id);

        if (own == NULL) {
            member->mark++;
            drop_unlisted(scheduler, now, query, member);
        }
        repeat_messages(scheduler, now, query, member, own);
    }
}

void
scheduler_on_report(Scheduler *scheduler, int64_t now, Incarnation incarnation, const Report *report)
{
    SchedulerNode *node = node_find(scheduler, incarnation);

    if (node == NULL)
        return;
    check_messages(scheduler, now, node, report);
    for (size_t i = 0; i < report->count; i++)
        on_query_report(scheduler, now, node, &report->queries[i]);
    scheduler_settle(scheduler, now);
}
