/* exec/task.h: running one attempt of one task of a stage, in resumable steps.
 *
 * A Task builds the operators of its stage's plan and drives them: leaf tasks from tablets, files or values;
 * others from staged input. It belongs to one thread at a time. What it sends goes through its environment,
 * in chunks (column/codec.h). It never waits for a peer: all its inputs are complete before it starts. */
#ifndef RUNNEL_EXEC_TASK_H
#define RUNNEL_EXEC_TASK_H

#include "base/scratch.h"
#include "base/slab.h"
#include "plan/stage.h"
#include "store/store.h"

#include <stdatomic.h>

/* Counters of one plan node in one task: the same for progress, metrics, tree and EXPLAIN ANALYZE. Written by
 * the task's thread, read by others at any time. */
typedef struct NodeCounters {
    _Atomic(uint64_t) rows_in;
    _Atomic(uint64_t) rows_out;
    _Atomic(uint64_t) bytes;        /* scans: encoded bytes read; exchanges: bytes sent */
    _Atomic(uint64_t) time_ns;      /* own time, without the operators it pushes into */
    _Atomic(uint64_t) memory_bytes; /* peak held */
    _Atomic(uint64_t) blocks_read;  /* scans */
    _Atomic(uint64_t) blocks_pruned;
    _Atomic(uint64_t) spilled_bytes; /* written to the scratch directory */
} NodeCounters;

/* A staged chunk: bytes that live until the task ends. */
typedef struct InputChunk {
    const void *bytes; /* NULL: they are in `spilled` */
    size_t size;
    const ScratchSpan *spilled;
    uint32_t task; /* of the producing stage */
} InputChunk;

/* What is shared by all tasks of a query in a process: the join builds of broadcast exchanges, dictionaries.
 * Made by the executor when the plan arrives, freed after its last task. Thread-safe. */
typedef struct QueryShared QueryShared;

QueryShared *query_shared_new(Budget *budget);
void query_shared_destroy(QueryShared **self);

/* The task's outer world; implemented by the executor (and by tests). Calls come from the task's thread. */
typedef struct TaskEnvironment {
    Budget *budget; /* the query's, in this process */
    Budget
        *sending; /* of chunks that are being made, until send() takes them; never refuses; outlives them */
    TabletPool *tablets;
    Store *store;     /* to write tablets and to read files */
    Scratch *scratch; /* for what memory does not hold; NULL: there is none */
    QueryShared *shared;
    const atomic_bool *cancelled; /* set from outside: the task ends with CANCELLED at its next step */
    NodeCounters *counters;       /* indexed by node id: plan->node_count + 1 of them */
    uint32_t batch_rows;          /* tests make batches small; 0: BATCH_ROWS */
    size_t chunk_bytes;           /* exchanges gather so much before sending; 0: 512 KiB */

    /* A chunk for a partition of an exchange. The callee takes the reference. */
    Status (*send)(void *context, uint32_t exchange, uint32_t partition, Slab *chunk, uint64_t rows,
                   Error *error);
    /* The complete input of this task from an exchange (of the task's partition, or the broadcast one), in
     * any order: calls `visit` for each chunk. */
    Status (*visit_input)(void *context, uint32_t exchange,
                          Status (*visit)(void *visitor, const InputChunk *chunk, Error *error),
                          void *visitor, Error *error);
    void *context;
} TaskEnvironment;

typedef struct Task Task;

Status task_new(const StagedPlan *plan, uint32_t stage, uint32_t task, uint32_t attempt,
                const TaskEnvironment *environment, Task **made, Error *error);

/* Run for about `slice_us` microseconds. *done: everything is sent. Cancelled: STATUS_CANCELLED. After an
 * error the task can only be destroyed. */
Status task_step(Task *task, int64_t slice_us, bool *done, Error *error);
void task_destroy(Task **self);

#endif
