#include "executor/local_query.h"

#include "base/memory.h"
#include "runtime/graph.h"

#include <stdlib.h>

Status
local_query_new(Process *process, QueryId id, const void *plan, size_t size, LocalQuery **made, Error *error)
{
    LocalQuery *query = MEMORY_NEW(LocalQuery);
    Status status;

    atomic_init(&query->references, 1);
    atomic_init(&query->undelivered, 0);
    query->id = id;
    query->arena = arena_new(NULL);
    budget_init(&query->budget, &process->memory, process->memory.limit);
    budget_init_floor(&query->sending, &query->budget, SIZE_MAX);
    TRY_GOTO(plan_decode(query->arena, plan, size, &query->plan, error), failed);
    TRY_GOTO(graph_from_plan(query->arena, query->plan, &query->graph, error), failed);
    if (query->plan->memory_limit != 0 && query->plan->memory_limit < process->memory.limit)
        query->budget.limit = query->plan->memory_limit;
    query->shared = query_shared_new(&query->budget);
    *made = query;
    return STATUS_OK;

failed:
    local_query_release(query);
    return status;
}

LocalQuery *
local_query_reference(LocalQuery *query)
{
    atomic_fetch_add_explicit(&query->references, 1, memory_order_relaxed);
    return query;
}

void
local_query_release(LocalQuery *query)
{
    if (atomic_fetch_sub_explicit(&query->references, 1, memory_order_acq_rel) != 1)
        return;
    query_shared_destroy(&query->shared);
    arena_destroy(&query->arena);
    free(query);
}
