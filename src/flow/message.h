/* flow/message.h: what the machines tell each other across the network. Plain structs: the shells encode
 * them.
 *
 * Everything is absolute (levels, not edges), so a message that is lost, repeated or late does no harm. Every
 * message also carries sender and destination incarnation and the epoch, which the shell checks before it
 * calls a machine. */
#ifndef RUNNEL_FLOW_MESSAGE_H
#define RUNNEL_FLOW_MESSAGE_H

#include "flow/ids.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who consumes (exchange, partition). Broadcast exchanges have one entry a consuming process, partition 0. */
typedef struct Route {
    uint32_t exchange;
    uint32_t partition;
    uint32_t version; /* of the snapshot in which this entry last changed: > 0; a newer one means "send all
                         again" */
    Incarnation consumer;
} Route;

/* ROUTES, coordinator → every process of the query: the whole truth, replacing older (generation, version). A
 * higher generation than the receiver's restarts the query there. */
typedef struct Routes {
    uint32_t generation;
    uint32_t version;     /* > 0, increasing within a generation */
    const Route *entries; /* by exchange, then partition, then order of joining */
    size_t count;
    const Incarnation *lost; /* processes of this query that are lost, so more will not come */
    size_t lost_count;
} Routes;

/* One winning attempt of an indeterminate stage. A query's elections of a generation form a log: they are
 * numbered from 0, never changed, and replicated to every process (ELECTIONS: generation, first index, list).
 */
typedef struct Election {
    uint32_t stage;
    uint32_t task;
    uint32_t attempt;
} Election;

/* RECORD, producer → consumer, on a channel. */
typedef enum RecordKind {
    RECORD_CHUNK, /* an encoded batch */
    RECORD_CLOSE, /* the end of one (task, attempt, partition): how many chunks and rows there were */
    RECORD_ABORT  /* that attempt will not be closed: forget its chunks */
} RecordKind;

typedef struct Record {
    QueryId query;
    uint32_t generation;
    uint32_t exchange;
    uint64_t sequence;  /* on the channel (query, generation, exchange, producer, consumer), from 1 */
    uint64_t end_bytes; /* the channel's cumulative cost up to and with this record */
    uint64_t wanted;    /* cumulative cost up to and with all that is queued: the limit it would like */
    uint64_t next; /* `end_bytes` of the record after this one: the least limit that helps; 0: none yet */
    RecordKind kind;
    uint32_t partition;
    TaskRef producer_task;
    uint32_t route_version; /* of the route under which it was queued */
    uint32_t chunk;         /* CHUNK: its index; CLOSE: the number of chunks */
    uint64_t rows;          /* CHUNK: in it; CLOSE: in all */
    uint32_t size;          /* CHUNK: bytes of payload; else 0 */
    uint64_t handle;        /* CHUNK: the payload, local to a process (not on the wire) */
} Record;

/* A record's cost in credit: its payload and a fixed share for its header. */
#define RECORD_OVERHEAD 64u
static inline uint64_t
record_cost(uint32_t size)
{
    return (uint64_t)size + RECORD_OVERHEAD;
}

/* SYNC, producer → consumer, after silence: "I have sent up to `sent`; what have you got?" */
typedef struct Sync {
    QueryId query;
    uint32_t generation;
    uint32_t exchange;
    uint64_t sent;   /* last sequence sent, 0: none */
    uint64_t wanted; /* as Record's */
    uint64_t next;   /* `end_bytes` of the first record that was not sent; 0: none */
} Sync;

/* GRANT, consumer → producer: "I have all up to `have`; you may send while the cumulative cost stays within
 * `limit`." */
typedef struct Grant {
    QueryId query;
    uint32_t generation;
    uint32_t exchange;
    uint64_t have;
    uint64_t limit;
    bool resend; /* what was sent after `have` is lost (a gap, or the answer to a SYNC): send it again */
} Grant;

/* REPORT, executor or root's consumer → coordinator, with every heartbeat: what it holds and what it misses.
 */
typedef enum AttemptState {
    ATTEMPT_WAITING, /* for inputs, without a slot */
    ATTEMPT_QUEUED,  /* for a slot */
    ATTEMPT_RUNNING,
    ATTEMPT_DONE /* and its outputs are kept here */
} AttemptState;

typedef struct HeldAttempt {
    TaskRef ref;
    AttemptState state;
} HeldAttempt;

/* Producer tasks of an exchange that some input here still lacks. */
typedef struct MissingTasks {
    uint32_t exchange;
    uint32_t task_count;   /* of the producing stage: bits in `tasks` */
    const uint64_t *tasks; /* bitmap, base/bits.h */
} MissingTasks;

typedef struct QueryReport {
    QueryId query;
    uint32_t generation;
    uint32_t routes_version; /* 0: none received yet, the coordinator then ignores what follows */
    bool root;               /* asked for here: with routes_version 0, it may not have been accepted yet */
    uint32_t elections;      /* length of the log received */
    bool root_complete;      /* the root's consumer: the whole result is here and acknowledged */
    bool root_failed;        /* the root's consumer cannot go on (CONSUMER_FAIL) */
    uint64_t undelivered;    /* bytes of routed outputs that consumers have not acknowledged */
    const HeldAttempt *held;
    size_t held_count;
    const MissingTasks *missing;
    size_t missing_count;
} QueryReport;

typedef struct Report {
    const QueryReport *queries; /* every query that this process knows and that was not released */
    size_t count;
} Report;

#endif
