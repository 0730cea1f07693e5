/* flow/producer.h: the outputs of a process's tasks, kept until release, and the channels that carry them to
 * consumers under credit.
 *
 * A pure state machine, one a process; time (microseconds) passed in. Chunks are opaque 64-bit handles with
 * sizes: the shell owns the bytes, and frees them on PRODUCER_FREE. After each event drain the actions.
 * Memory: base/memory.h. */
#ifndef RUNNEL_FLOW_PRODUCER_H
#define RUNNEL_FLOW_PRODUCER_H

#include "flow/graph.h"
#include "flow/ids.h"
#include "flow/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ProducerConfig {
    uint64_t initial_window; /* cost that may be sent on a new channel before any grant; the same number on
                                all nodes (ConsumerConfig.initial_window); default 256 KiB */
    int64_t sync_after; /* silence after which a channel with unacknowledged or stuck records asks; default 20
                           ms */
    int64_t sync_max;   /* the back-off's bound; default 1 s */
    uint32_t step_bytes; /* cost sent to one consumer before the next one's turn; default 1 MiB */
} ProducerConfig;

void producer_config_default(ProducerConfig *config);

typedef enum ProducerActionKind {
    PRODUCER_SEND,   /* RECORD to `peer`, with the chunk's bytes; where the socket refuses,
                        producer_on_refused() at once */
    PRODUCER_SYNC,   /* SYNC to `peer`; may be dropped where the socket refuses */
    PRODUCER_FREE,   /* the handle is not needed any more (bytes given to a socket live on by reference) */
    PRODUCER_EVICTED /* by producer_evict(): tell attempts_on_evicted() */
} ProducerActionKind;

typedef struct ProducerAction {
    ProducerActionKind kind;
    Incarnation peer;
    Record record;   /* SEND */
    Sync sync;       /* SYNC */
    uint64_t handle; /* FREE */
    QueryId query;   /* EVICTED */
    uint32_t generation;
    TaskRef task;
} ProducerAction;

typedef struct Producer Producer;

Producer *producer_new(const ProducerConfig *config);
/* Handles that are still held are not offered any more: the shell frees them with its store. */
void producer_destroy(Producer **self);

/* PLAN; `graph` is copied. False: known or released, no effect. */
bool producer_on_plan(Producer *producer, QueryId query, const StageGraph *graph);
/* ROUTES: a higher generation drops everything of older ones; entries that are new or newer get all kept
 * outputs from the start; consumers that are not named any more get nothing more. False: query unknown or
 * released, or old news. */
bool producer_on_routes(Producer *producer, int64_t now, QueryId query, const Routes *routes);

/* A running attempt wrote a chunk of a partition of one of its stage's exchanges. True: kept, the handle is
 * the machine's until FREE. False (query gone, old generation, attempt dropped or out of range): the handle
 * stays the caller's. */
bool producer_on_chunk(Producer *producer, int64_t now, QueryId query, uint32_t generation, TaskRef task,
                       uint32_t exchange, uint32_t partition, uint64_t handle, uint32_t size, uint64_t rows);
/* The attempt ended well: its partitions are closed, empty ones too. False as above. */
bool producer_on_task_done(Producer *producer, int64_t now, QueryId query, uint32_t generation, TaskRef task);
/* The attempt failed or is not wanted: its outputs are freed, consumers are told to forget what they got. */
void producer_on_attempt_dropped(Producer *producer, int64_t now, QueryId query, uint32_t generation,
                                 TaskRef task);

void producer_on_grant(Producer *producer, int64_t now, Incarnation consumer, const Grant *grant);
/* The SEND action just returned was refused (EAGAIN): it will be offered again, after nothing else for that
 * peer until producer_on_writable(), or the next tick. */
void producer_on_refused(Producer *producer, int64_t now, const ProducerAction *action);
void producer_on_writable(Producer *producer, int64_t now, Incarnation peer);
/* The connection to a peer was lost and is there again: ask it at once what it has. Optional. */
void producer_on_reconnected(Producer *producer, int64_t now, Incarnation peer);
/* RELEASE: frees everything, leaves a tombstone (the last 4096 are kept). */
void producer_on_release(Producer *producer, QueryId query);
void producer_on_tick(Producer *producer, int64_t now);

/* Give up outputs of done attempts whose every record is acknowledged, oldest first, until `bytes` are freed
 * or none is left. They are not kept any more: EVICTED and FREE are queued. Returns the bytes freed. */
uint64_t producer_evict(Producer *producer, uint64_t bytes);

int64_t producer_next_deadline(const Producer *producer);
bool producer_next_action(Producer *producer, int64_t now, ProducerAction *action);

/* For reports: 0 where unknown. */
uint32_t producer_routes_version(const Producer *producer, QueryId query, uint32_t *generation);
uint64_t producer_undelivered(const Producer *producer,
                              QueryId query);           /* payload bytes, routed, not acknowledged */
uint64_t producer_kept_bytes(const Producer *producer); /* payload bytes in all */
size_t producer_query_count(const Producer *producer);
/* Whether the outputs of a done attempt are kept here. */
bool producer_keeps(const Producer *producer, QueryId query, uint32_t generation, TaskRef task);

#endif
