/* executor/local_query.h: what an executor keeps of a query, from its PLAN to its RELEASE and the end of its
 * last task. */
#ifndef RUNNEL_EXECUTOR_LOCAL_QUERY_H
#define RUNNEL_EXECUTOR_LOCAL_QUERY_H

#include "exec/task.h"
#include "flow/graph.h"
#include "flow/ids.h"
#include "runtime/process.h"

typedef struct LocalQuery {
    _Atomic(uint32_t) references;
    QueryId id;
    Arena *arena;
    StagedPlan *plan;
    StageGraph *graph;
    Budget budget;
    Budget sending; /* part of it: chunks that tasks are making */
    QueryShared *shared;
    _Atomic(uint64_t) undelivered; /* bytes that consumers have not taken yet, as the actor knows it */
} LocalQuery;

/* One reference, the caller's. PROTOCOL where the bytes are no plan. */
Status local_query_new(Process *process, QueryId id, const void *plan, size_t size, LocalQuery **query,
                       Error *error);
LocalQuery *local_query_reference(LocalQuery *query);
void local_query_release(LocalQuery *query); /* any thread */

#endif
