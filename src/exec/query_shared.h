/* exec/query_shared.h: what all tasks of a query in a process share. Join builds: the first one to ask fills
 * it, the others come back until it is ready. Bounds of top-n. Thread-safe. */
#ifndef RUNNEL_EXEC_QUERY_SHARED_H
#define RUNNEL_EXEC_QUERY_SHARED_H

#include "exec/join_build.h"
#include "exec/task.h"
#include "exec/top_bound.h"

typedef enum SharedState {
    SHARED_CLAIMED, /* the caller must fill *build, then publish or abandon it */
    SHARED_BUSY,    /* another task is at it: ask again */
    SHARED_READY
} SharedState;

/* Waits at most `wait_us` for another task's build. */
Status query_shared_claim(QueryShared *shared, const PlanNode *node, int64_t wait_us, SharedState *state,
                          JoinBuild **build, Error *error);
void query_shared_publish(QueryShared *shared, const JoinBuild *build);
/* The task failed or was cancelled before the build was whole: it is dropped, and the next to ask starts
 * anew. */
void query_shared_abandon(QueryShared *shared, const JoinBuild *build);

/* The bound of a TOP_N node, the same for all tasks; NULL where memory is out. */
TopBound *query_shared_bound(QueryShared *shared, uint32_t node_id);

#endif
