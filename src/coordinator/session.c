#include "coordinator/session.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { INSTANCES_MAX = 65536 };

QuerySession *
session_new(QueryId id, Incarnation front, FrontOperation operation, const char *document, size_t size)
{
    QuerySession *session = MEMORY_NEW(QuerySession);

    session->id = id;
    session->run = id;
    session->front = front;
    session->operation = operation;
    session->document = memory_alloc_zero(1, size + 1);
    memcpy(session->document, document, size);
    session->row_count = -1;
    session->command = "";
    session->submitted_us = clock_monotonic_us();
    session->started_wall_us = clock_wall_us();
    session->arena = arena_new(NULL);
    return session;
}

static void
free_task_flags(QuerySession *session)
{
    for (uint32_t i = 0; session->task_done != NULL && i < session->plan->stage_count; i++)
        free(session->task_done[i]);
    free(session->task_done);
    session->task_done = NULL;
}

void
session_settle(QuerySession *session)
{
    if (session->arena == NULL)
        return;
    free_task_flags(session);
    for (size_t i = 0; i < session->pinned_count; i++)
        table_info_release(&session->pinned[i]);
    free(session->pinned);
    session->pinned = NULL;
    session->pinned_count = 0;
    front_query_close(&session->receiver);
    buffer_destroy(&session->encoded);
    buffer_destroy(&session->rules);
    free(session->instances);
    session->instances = NULL;
    session->instance_count = 0;
    session->instance_capacity = 0;
    session->statement = NULL;
    session->plan = NULL;
    session->graph = NULL;
    session->bound = NULL;
    arena_destroy(&session->arena);
    free(session->document);
    session->document = NULL;
}

const char *
session_tree_format(size_t index)
{
    static const char *const formats[SESSION_TREE_FORMATS] = {"json", "dot", "text"};

    return index < SESSION_TREE_FORMATS ? formats[index] : NULL;
}

void
session_forget_trees(QuerySession *session)
{
    for (size_t i = 0; i < SESSION_TREE_FORMATS; i++) {
        free(session->trees[i]);
        session->trees[i] = NULL;
    }
}

void
session_destroy(QuerySession *session)
{
    session_settle(session);
    free(session->sql);
    free(session->summary);
    free(session->rejects);
    session_forget_trees(session);
    free(session);
}

void
session_drop_counts(QuerySession *session)
{
    free_task_flags(session);
    session->instance_count = 0;
}

static bool
first_of_task(QuerySession *session, TaskRef ref)
{
    const StagedPlan *plan = session->plan;

    if (plan == NULL || ref.stage >= plan->stage_count || ref.task >= plan->stages[ref.stage].task_count)
        return false;
    if (session->task_done == NULL)
        session->task_done = MEMORY_ARRAY(uint8_t *, plan->stage_count);
    if (session->task_done[ref.stage] == NULL)
        session->task_done[ref.stage] = MEMORY_ARRAY(uint8_t, plan->stages[ref.stage].task_count);
    const bool first = session->task_done[ref.stage][ref.task] == 0;
    session->task_done[ref.stage][ref.task] = 1;
    return first;
}

void
session_add_counts(QuerySession *session, const Message *done)
{
    if (!first_of_task(session, done->task))
        return;
    for (size_t i = 0; i < done->count_count && session->instance_count < INSTANCES_MAX; i++) {
        if (done->counts[i].node > session->plan->node_count)
            continue;
        MEMORY_GROW(session->instances, session->instance_count, session->instance_capacity);
        session->instances[session->instance_count++] =
            (SessionInstance){.count = done->counts[i], .task = done->task.task, .executor = done->sender};
    }
}

/* Scans are the nodes that read blocks. */
static bool
is_scan(const SessionInstance *instance)
{
    return instance->count.blocks_read > 0 || instance->count.blocks_pruned > 0;
}

uint64_t
session_rows_scanned(const QuerySession *session)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < session->instance_count; i++)
        if (is_scan(&session->instances[i]))
            rows += session->instances[i].count.rows_in;
    return rows;
}

uint64_t
session_bytes_scanned(const QuerySession *session)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < session->instance_count; i++)
        if (is_scan(&session->instances[i]))
            bytes += session->instances[i].count.bytes;
    return bytes;
}
