/* executor/state.h: what the files of the executor's actor share. Private to this folder; all of it belongs
 * to the actor's thread. */
#ifndef RUNNEL_EXECUTOR_STATE_H
#define RUNNEL_EXECUTOR_STATE_H

#include "base/map.h"
#include "executor/executor.h"
#include "executor/running.h"
#include "flow/attempts.h"
#include "flow/consumer.h"
#include "flow/producer.h"
#include "runtime/actor.h"

/* What names a running attempt; no padding. */
typedef struct RunningKey {
    QueryId query;
    uint32_t generation;
    TaskRef ref;
} RunningKey;

struct Executor {
    Actor actor;
    ExecutorConfig config;
    TaskEnvironment environment; /* the fixed part */

    /* The state of one incarnation. */
    uint64_t instance;
    Attempts *attempts;
    Producer *producer;
    Consumer *consumer;
    Map queries; /* QueryId → LocalQuery */
    Map running; /* RunningKey → Running */

    size_t alive; /* Running objects and jobs of spilling that have not ended, of any instance */
    bool stopping;
    bool draining;
    int64_t drain_deadline;
};

/* actions.c: what the machines want done. */
RunningKey running_key(QueryId query, uint32_t generation, TaskRef ref);
void actions_settle(Executor *executor, int64_t now);      /* all of it */
void actions_free_chunks(Executor *executor, int64_t now); /* before the machines go: what they still hold */

/* letters.c: what running attempts say. */
void letters_on_chunk(Executor *executor, ChunkLetter *letter, int64_t now);
void letters_on_finished(Executor *executor, Running *running, int64_t now);
/* Tell the query's tasks how much of what they wrote has not been taken. */
void letters_note_undelivered(Executor *executor, QueryId id);

/* messages.c: what other processes say of queries. */
void messages_handle(Executor *executor, Received *received, int64_t now);
void messages_release(Executor *executor, QueryId id, int64_t now);

/* spilling.c: chunks go to the disk and come back, in jobs of the pool. */
void spilling_store(Executor *executor, const Message *message, Chunk *chunk, uint64_t cost); /* staged */
void spilling_load(Executor *executor, const ProducerAction *action, Chunk *chunk);           /* to be sent */
void spilling_free(Executor *executor, Chunk *chunk);
void spilling_on_letter(Executor *executor, ExecutorLetter *letter, int64_t now);

/* reports.c: what the coordinator is told. */
void reports_beat(Executor *executor, int64_t now);
void reports_done(Executor *executor, const Running *running);
void reports_failed(Executor *executor, Running *running);

#endif
