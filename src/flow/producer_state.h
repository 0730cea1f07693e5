/* flow/producer_state.h: the producer's memory, shared by its two files: producer.c (outputs, routes) and
 * producer_channel.c (logs, credit, sending). Not for others. */
#ifndef RUNNEL_FLOW_PRODUCER_STATE_H
#define RUNNEL_FLOW_PRODUCER_STATE_H

#include "base/fifo.h"
#include "base/map.h"
#include "flow/producer.h"
#include "flow/tombstones.h"

#define NO_CHUNK UINT32_MAX

typedef struct KeptChunk {
    uint64_t handle;
    uint64_t rows;
    uint32_t size;
    uint32_t next; /* of the same output, NO_CHUNK at the end */
} KeptChunk;

/* One partition of one exchange. */
typedef struct Output {
    uint32_t first;
    uint32_t last;
    uint32_t count;
    uint64_t rows;
} Output;

typedef struct KeptAttempt {
    struct ProducerQuery *query; /* NULL once dropped: then it lives only while logs name it */
    TaskRef ref;
    bool done;
    uint32_t logged; /* log entries, not acknowledged, that name it */
    Output *outputs; /* partitions of all exchanges out of the stage: ProducerQuery.output_base */
    KeptChunk *chunks;
    size_t chunk_count;
    size_t chunk_capacity;
    uint64_t bytes;
    struct KeptAttempt *older; /* in the order of their ends */
    struct KeptAttempt *newer;
} KeptAttempt;

#define LOG_CLOSE UINT32_MAX
#define LOG_ABORT (UINT32_MAX - 1)

typedef struct LogEntry {
    KeptAttempt *attempt;
    uint64_t end_bytes;
    uint32_t partition;
    uint32_t what;   /* index in attempt->chunks, LOG_CLOSE or LOG_ABORT */
    uint32_t number; /* of the chunk in its output */
    uint32_t route_version;
} LogEntry;

/* Sequence numbers: acknowledged .. have | sent, on their way .. next - 1 | queued .. last. */
typedef struct Channel {
    struct ProducerQuery *query;
    struct Peer *peer;
    uint32_t exchange;
    LogEntry *log; /* log[head] is number have + 1 */
    size_t head;
    size_t end;
    size_t capacity;
    uint64_t have;
    uint64_t next;
    uint64_t queued_bytes; /* end_bytes of the last entry ever */
    uint64_t limit;
    uint64_t turn_bytes; /* sent in this turn */
    bool told;           /* the consumer knows that more credit is wanted */
    bool ready;          /* in the list of those that may send */
    int64_t sync_at;     /* INT64_MAX: nothing to ask */
    int64_t backoff;
    struct Channel *ready_before;
    struct Channel *ready_after;
} Channel;

typedef struct Peer {
    Incarnation incarnation;
    bool blocked;
    int64_t blocked_until;
    Channel **channels;
    size_t count;
    size_t capacity;
} Peer;

typedef struct RouteSlot {
    Incarnation consumer; /* none: nobody, or lost */
    uint32_t version;
} RouteSlot;

/* Routes of one exchange: by partition, or the set of a broadcast. */
typedef struct RouteSet {
    RouteSlot *slots;
    size_t count;
    size_t capacity;
} RouteSet;

typedef struct ProducerQuery {
    QueryId id;
    StageGraph *graph;
    uint32_t generation;
    uint32_t routes_version;
    Map attempts;           /* TaskRef → KeptAttempt */
    Map channels;           /* ChannelKey → Channel */
    RouteSet *routes;       /* an exchange each */
    uint32_t *output_base;  /* an exchange each: where its partitions begin in KeptAttempt.outputs */
    uint32_t *output_count; /* a stage each */
    uint64_t undelivered;
    Incarnation *lost;
    size_t lost_count;
    size_t lost_capacity;
} ProducerQuery;

struct Producer {
    ProducerConfig config;
    Map queries; /* QueryId → ProducerQuery */
    Map peers;   /* Incarnation → Peer; those with channels */
    Tombstones tombstones;
    KeptAttempt *oldest; /* of the done ones */
    KeptAttempt *newest;
    Channel *first_ready;
    Channel *last_ready;
    uint64_t kept_bytes;
    int64_t deadline; /* no timer is due before */
    FIFO(ProducerAction) actions;
};

/* producer_channel.c */

/* The channel to a consumer, made on first use. */
Channel *channel_get(Producer *producer, ProducerQuery *query, uint32_t exchange, Incarnation consumer);
void channel_destroy(Producer *producer, Channel *channel);

/* Queue a record at the channel's end. */
void channel_append(Producer *producer, int64_t now, Channel *channel, const LogEntry *entry);

/* producer.c: an attempt that was dropped is freed once no log names it. */
void attempt_unlog(KeptAttempt *attempt);

#endif
