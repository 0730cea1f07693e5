/* executor/running.h: an attempt on a slot: its task, its inputs held by reference, its letters to the I/O
 * thread. */
#ifndef RUNNEL_EXECUTOR_RUNNING_H
#define RUNNEL_EXECUTOR_RUNNING_H

#include "executor/local_query.h"
#include "runtime/mailbox.h"
#include "runtime/pool.h"
#include "wire/chunk.h"

typedef enum LetterKind { LETTER_CHUNK, LETTER_FINISHED, LETTER_DISK, LETTER_STOP, LETTER_DRAIN } LetterKind;

typedef struct ExecutorLetter {
    Letter letter;
    LetterKind kind;
} ExecutorLetter;

/* The chunks of one complete input. */
typedef struct RunningInput {
    uint32_t exchange;
    size_t count;
    Chunk **chunks;
    uint32_t *tasks; /* producer task of each */
} RunningInput;

typedef struct Running {
    ExecutorLetter finished; /* posted once, at the end */
    PoolJob job;
    Process *process;
    Mailbox *mailbox;
    uint64_t instance; /* of the executor's state: letters of a former one are stale */
    LocalQuery *query;
    uint32_t generation;
    TaskRef ref;
    atomic_bool cancelled;
    TaskEnvironment environment;
    NodeCounters *counters; /* node_count + 1 of them */
    size_t input_count;
    RunningInput *inputs;
    Task *task; /* the pool thread's */
    Status status;
    Error error;
} Running;

/* A chunk that a running task wrote. */
typedef struct ChunkLetter {
    ExecutorLetter base;
    uint64_t instance;
    QueryId query;
    uint32_t generation;
    TaskRef ref;
    uint32_t exchange;
    uint32_t partition;
    uint64_t rows;
    Chunk *chunk;
} ChunkLetter;

/* Takes a reference of the query; `inputs` (malloc memory, chunks referenced) becomes the attempt's.
 * `template` has the environment's fixed part. */
Running *running_new(Process *process, Mailbox *mailbox, uint64_t instance, LocalQuery *query,
                     uint32_t generation, TaskRef ref, const TaskEnvironment *template, RunningInput *inputs,
                     size_t input_count);
void running_start(Running *running);
void running_cancel(Running *running);
void running_destroy(Running *running); /* after its FINISHED letter */

#endif
