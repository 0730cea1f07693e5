#include "coordinator/counts.h"

#include "base/memory.h"

#include <stdlib.h>

enum { INSTANCES_MAX = 65536 };

/* The flag of a task that is done; NULL: there is no such task. */
static uint8_t *
done_flag(QuerySession *session, TaskRef ref)
{
    const StagedPlan *plan = session->plan;

    if (plan == NULL || ref.stage >= plan->stage_count || ref.task >= plan->stages[ref.stage].task_count)
        return NULL;
    if (session->task_done == NULL)
        session->task_done = MEMORY_ARRAY(uint8_t *, plan->stage_count);
    if (session->task_done[ref.stage] == NULL)
        session->task_done[ref.stage] = MEMORY_ARRAY(uint8_t, plan->stages[ref.stage].task_count);
    return &session->task_done[ref.stage][ref.task];
}

static void
append(const QuerySession *session, InstanceList *list, const Message *message)
{
    for (size_t i = 0; i < message->count_count && list->count < INSTANCES_MAX; i++) {
        if (message->counts[i].node > session->plan->node_count)
            continue;
        MEMORY_GROW(list->items, list->count, list->capacity);
        list->items[list->count++] = (SessionInstance){.count = message->counts[i],
                                                       .ref = message->task,
                                                       .generation = message->generation,
                                                       .executor = message->sender};
    }
}

static bool
is_of_task(const SessionInstance *instance, TaskRef ref)
{
    return instance->ref.stage == ref.stage && instance->ref.task == ref.task;
}

/* What runs, or ran where it is lost now, of a task. */
static void
remove_running(QuerySession *session, TaskRef ref)
{
    InstanceList *list = &session->running;

    for (size_t i = list->count; i-- > 0;)
        if (is_of_task(&list->items[i], ref))
            list->items[i] = list->items[--list->count];
}

static bool
is_newer_known(const QuerySession *session, const Message *message)
{
    for (size_t i = 0; i < session->running.count; i++) {
        const SessionInstance *known = &session->running.items[i];
        if (is_of_task(known, message->task))
            return known->generation > message->generation ||
                   (known->generation == message->generation && known->ref.attempt > message->task.attempt);
    }
    return false;
}

void
counts_add_done(QuerySession *session, const Message *done)
{
    uint8_t *flag = done_flag(session, done->task);

    if (flag == NULL || *flag != 0)
        return;
    *flag = 1;
    session->done_count++;
    remove_running(session, done->task);
    append(session, &session->done, done);
}

void
counts_add_running(QuerySession *session, const Message *running)
{
    const uint8_t *flag = done_flag(session, running->task);

    if (flag == NULL || *flag != 0 || is_newer_known(session, running))
        return;
    remove_running(session, running->task);
    append(session, &session->running, running);
}

static void
free_list(InstanceList *list)
{
    free(list->items);
    *list = (InstanceList){0};
}

void
counts_drop(QuerySession *session)
{
    for (uint32_t i = 0; session->task_done != NULL && i < session->plan->stage_count; i++)
        free(session->task_done[i]);
    free(session->task_done);
    session->task_done = NULL;
    session->done_count = 0;
    free_list(&session->done);
    free_list(&session->running);
}

void
counts_settle(QuerySession *session)
{
    session->rows_scanned = counts_rows_scanned(session);
    session->bytes_scanned = counts_bytes_scanned(session);
    session->tablets_done = counts_tablets_done(session);
    session->tablets_total = counts_tablets_total(session);
    counts_drop(session);
}

bool
counts_are_complete(const QuerySession *session)
{
    uint64_t tasks = 0;

    for (uint32_t i = 0; i < session->plan->stage_count; i++)
        tasks += session->plan->stages[i].task_count;
    return session->done_count == tasks;
}

size_t
counts_total(const QuerySession *session)
{
    return session->done.count + session->running.count;
}

const SessionInstance *
counts_at(const QuerySession *session, size_t index)
{
    return index < session->done.count ? &session->done.items[index]
                                       : &session->running.items[index - session->done.count];
}

/* The scan or file that the instance counts, in its stage; NULL: it counts another node. */
static const PlanNode *
find_source(const PlanNode *node, uint32_t id)
{
    const PlanNode *found = NULL;

    if (node->id == id)
        return node->kind == PLAN_SCAN || node->kind == PLAN_READ_FILE ? node : NULL;
    for (uint32_t i = 0; node->kind != PLAN_EXCHANGE && found == NULL && i < node->child_count; i++)
        found = find_source(node->children[i], id);
    return found;
}

static const PlanNode *
source_of(const QuerySession *session, const SessionInstance *instance)
{
    const Stage *stage = &session->plan->stages[instance->ref.stage];

    return stage->tasks != NULL ? find_source(stage->root, instance->count.node) : NULL;
}

uint64_t
counts_rows_scanned(const QuerySession *session)
{
    uint64_t rows = session->rows_scanned;

    for (size_t i = 0; i < counts_total(session); i++) {
        const SessionInstance *instance = counts_at(session, i);
        const PlanNode *source = source_of(session, instance);
        if (source != NULL)
            rows += source->kind == PLAN_SCAN ? instance->count.rows_in : instance->count.rows_out;
    }
    return rows;
}

uint64_t
counts_bytes_scanned(const QuerySession *session)
{
    uint64_t bytes = session->bytes_scanned;

    for (size_t i = 0; i < counts_total(session); i++)
        if (source_of(session, counts_at(session, i)) != NULL)
            bytes += counts_at(session, i)->count.bytes;
    return bytes;
}

/* The ranges of a tablet follow each other through a stage's tasks. */
static uint64_t
tablets_done_of(const Stage *stage, const uint8_t *task_done)
{
    uint64_t tablet = 0;
    uint64_t done = 0;
    bool whole = false;

    for (uint32_t t = 0; t < stage->task_count; t++)
        for (uint32_t r = 0; r < stage->tasks[t].tablet_count; r++) {
            const uint64_t next = stage->tasks[t].tablets[r].tablet;
            if (next != tablet) {
                done += whole;
                tablet = next;
                whole = true;
            }
            whole &= task_done[t] != 0;
        }
    return done + whole;
}

/* While a session is planned its plan is a job's. */
static const StagedPlan *
plan_of(const QuerySession *session)
{
    return session->state > SESSION_PLANNING ? session->plan : NULL;
}

uint64_t
counts_tablets_total(const QuerySession *session)
{
    const StagedPlan *plan = plan_of(session);

    return plan != NULL ? plan->tablets_total - plan->tablets_pruned : session->tablets_total;
}

uint64_t
counts_tablets_done(const QuerySession *session)
{
    const StagedPlan *plan = plan_of(session);
    uint64_t done = 0;

    if (plan == NULL)
        return session->tablets_done;
    if (session->state == SESSION_ENDED && session->error.code == STATUS_OK)
        return counts_tablets_total(session); /* LIMIT: without the rest */
    for (uint32_t i = 0; session->task_done != NULL && i < plan->stage_count; i++)
        if (plan->stages[i].tasks != NULL && session->task_done[i] != NULL)
            done += tablets_done_of(&plan->stages[i], session->task_done[i]);
    return done;
}

/* A task's cost is its rows, or its files' bytes. */
double
counts_running_part(const QuerySession *session)
{
    double part = 0;

    for (size_t i = 0; i < session->running.count; i++) {
        const SessionInstance *instance = &session->running.items[i];
        const PlanNode *source = source_of(session, instance);
        if (source == NULL)
            continue;
        const double cost = session->plan->stages[instance->ref.stage].tasks[instance->ref.task].cost;
        const double read =
            (double)(source->kind == PLAN_SCAN ? instance->count.rows_in : instance->count.bytes);
        part += cost <= 0 ? 0 : read < cost ? read / cost : 1;
    }
    return part;
}
