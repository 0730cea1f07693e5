/* flow/consumer.h: what a process receives: channels, staging by attempt, credit. For executors (inputs of
 * reduce tasks and broadcasts), fronts and the coordinator (the root's input).
 *
 * A pure state machine, one a process; time (microseconds) passed in. Chunks are opaque handles: the shell
 * owns the bytes, in memory or spilled. After each event drain the actions. Memory: base/memory.h.
 *
 * An executor takes an input whole, once it is complete. The root's input is delivered attempt by attempt as
 * they complete; where a result is larger than root_commit_bytes the machine commits to attempts that are
 * still incomplete and delivers them chunk by chunk (from then on losing one of them fails the query). */
#ifndef RUNNEL_FLOW_CONSUMER_H
#define RUNNEL_FLOW_CONSUMER_H

#include "base/error.h"
#include "flow/graph.h"
#include "flow/ids.h"
#include "flow/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ConsumerConfig {
    uint64_t inbox_budget;   /* cost granted and not stored yet, over all channels but the roots'; default 64
  MiB.   Beyond it come only the initial windows of channels */
    uint64_t initial_window; /* as ProducerConfig's */
    uint64_t channel_window; /* most that one channel is granted at a time, unless its next record needs more;
                                default 4 MiB */
    /* Most that one root's input is granted and holds undelivered; outside the budget, so that a slow client
     * holds up nobody else: whoever admits queries bounds their number. Default 8 MiB, at least
     * root_commit_bytes. */
    uint64_t root_window;
    uint64_t root_commit_bytes; /* bytes of an undelivered root input that make it commit; default 1 MiB */
} ConsumerConfig;

void consumer_config_default(ConsumerConfig *config);

typedef enum ConsumerActionKind {
    CONSUMER_GRANT,          /* GRANT to `peer` */
    CONSUMER_INPUT_COMPLETE, /* (exchange, partition): consumer_input_chunks() gives it; broadcasts: partition
                                0 */
    CONSUMER_INPUT_RESET,    /* (exchange, partition) had been closed and is collected anew */
    CONSUMER_DELIVER, /* root: hand this chunk to the client, in this order; then consumer_on_delivered() */
    CONSUMER_ROOT_COMPLETE, /* root: everything was delivered: report COMPLETE(query, generation) */
    CONSUMER_FREE,          /* the handle is not needed */
    CONSUMER_FAIL /* root: cannot go on: a committed attempt is lost, or a restart after the first delivery */
} ConsumerActionKind;

typedef struct ConsumerAction {
    ConsumerActionKind kind;
    Incarnation peer;
    Grant grant;
    QueryId query;
    uint32_t generation;
    uint32_t exchange;
    uint32_t partition;
    TaskRef task;    /* DELIVER: of the producer */
    uint32_t chunk;  /* DELIVER */
    uint64_t handle; /* DELIVER, FREE */
    uint32_t size;
    uint64_t rows;
    Status status;       /* FAIL */
    const char *message; /* FAIL: static text */
} ConsumerAction;

typedef struct ConsumerChunk {
    TaskRef producer_task;
    uint32_t chunk;
    uint32_t size;
    uint64_t rows;
    uint64_t handle;
} ConsumerChunk;

typedef struct Consumer Consumer;

/* `self` is the incarnation by which routes name this process. */
Consumer *consumer_new(const ConsumerConfig *config, Incarnation self);
/* Handles that are still held are not offered any more: the shell frees them with its staging. */
void consumer_destroy(Consumer **self);

/* PLAN; or, at the root, once the query is submitted and its graph known. `graph` is copied. `root`: this
 * process consumes the root's input. False: known or released, no effect; a process that already knows the
 * query as executor may call it again with root = true. */
bool consumer_on_plan(Consumer *consumer, QueryId query, const StageGraph *graph, bool root);
/* ROUTES: which inputs are collected here, and which producers are lost. A higher generation starts over. */
bool consumer_on_routes(Consumer *consumer, int64_t now, QueryId query, const Routes *routes);
/* ELECTIONS; a list that does not join on to what is known is dropped (the report says so, it comes again).
 */
void consumer_on_elections(Consumer *consumer, int64_t now, QueryId query, uint32_t generation,
                           uint32_t first, const Election *elections, size_t count);

/* A RECORD from a producer. True: the chunk is kept, its handle is the machine's until FREE (or DELIVER), and
 * consumer_on_stored() must be called once the bytes lie where they do not count as inbox (staging memory,
 * disk). False: the handle stays the caller's, to free. Records of unknown queries are dropped: the producer
 * asks again. */
bool consumer_on_record(Consumer *consumer, int64_t now, Incarnation producer, const Record *record);
/* `cost` (record_cost()) of a kept chunk of an executor's input does not count as inbox any more: at once
 * where staged in memory. Root inputs: never, consumer_on_delivered() counts. Safe after release. */
void consumer_on_stored(Consumer *consumer, int64_t now, QueryId query, uint32_t generation, uint64_t cost);
/* The client took a delivered chunk: the handle is the caller's (from DELIVER on), its credit is free. */
void consumer_on_delivered(Consumer *consumer, int64_t now, QueryId query, uint32_t generation,
                           uint64_t cost);
void consumer_on_sync(Consumer *consumer, int64_t now, Incarnation producer, const Sync *sync);

/* A complete input's chunks, ordered by producer task, then chunk: up to `capacity` of them from number
 * `first` on; returns how many were written. 0 where the input is not complete. */
size_t consumer_input_chunks(Consumer *consumer, QueryId query, uint32_t generation, uint32_t exchange,
                             uint32_t partition, size_t first, ConsumerChunk *chunks, size_t capacity);
bool consumer_input_complete(const Consumer *consumer, QueryId query, uint32_t generation, uint32_t exchange,
                             uint32_t partition);
/* The task that consumed the input is done: its chunks are freed (FREE is queued). Not for broadcasts: they
 * live until release. Not after a failure: the next attempt reads them again. */
void consumer_close_input(Consumer *consumer, QueryId query, uint32_t generation, uint32_t exchange,
                          uint32_t partition);
/* RELEASE (or the client went): frees everything, leaves a tombstone (the last 4096 are kept). */
void consumer_on_release(Consumer *consumer, int64_t now, QueryId query);

bool consumer_next_action(Consumer *consumer, ConsumerAction *action);

/* For reports. */
typedef struct ConsumerReport {
    bool root; /* consumer_on_plan()'s */
    uint32_t generation;
    uint32_t routes_version;
    uint32_t elections;
    bool root_failed;            /* CONSUMER_FAIL was said */
    bool root_complete;          /* all offered and delivered */
    const MissingTasks *missing; /* one an exchange with incomplete inputs here; lives until the next call */
    size_t missing_count;
} ConsumerReport;

size_t consumer_query_count(const Consumer *consumer);
QueryId consumer_query_at(const Consumer *consumer, size_t index);
bool consumer_report(Consumer *consumer, QueryId query, ConsumerReport *report); /* false: unknown */
/* Cost granted (or received) and not stored yet, and chunks kept: for metrics and tests. */
uint64_t consumer_inbox_used(const Consumer *consumer);
size_t consumer_chunks_held(const Consumer *consumer);

#endif
