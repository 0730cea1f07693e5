/* flow/consumer_state.h: the consumer's memory, shared by its files: consumer.c (queries, routes, reports),
 * consumer_input.c (staging by attempt), consumer_root.c (delivery to the client) and consumer_channel.c
 * (sequence numbers, credit). Not for others. */
#ifndef RUNNEL_FLOW_CONSUMER_STATE_H
#define RUNNEL_FLOW_CONSUMER_STATE_H

#include "base/fifo.h"
#include "base/map.h"
#include "flow/consumer.h"
#include "flow/tombstones.h"

#define NOT_ELECTED UINT32_MAX

/* What came of one attempt for one input. */
typedef struct Staged {
    TaskRef ref;
    Incarnation producer;
    ConsumerChunk *chunks; /* number i at [i]: they come in order, or again from the start */
    size_t count;
    size_t capacity;
    bool closed;         /* and all its chunks are here */
    bool committed;      /* root: its chunks are offered as they come */
    size_t offered;      /* root: that many were */
    struct Staged *next; /* another attempt of the same task */
} Staged;

/* One producer task of an input. */
typedef struct Feeder {
    Staged *staged;
    bool complete; /* `staged` is the attempt that counts; there is no other (and none at all once flattened)
                    */
} Feeder;

typedef enum InputState { INPUT_COLLECTING, INPUT_COMPLETE, INPUT_CLOSED } InputState;

typedef struct Input {
    struct ConsumerQuery *query;
    uint32_t exchange;
    uint32_t partition;
    uint32_t version; /* of its route */
    uint32_t seen;    /* routes version that named it last */
    InputState state;
    bool root;
    uint32_t feeder_count;
    uint32_t complete_count;
    Feeder *feeders;       /* NULL once complete, but for the root's */
    ConsumerChunk *chunks; /* complete: by producer task, then number */
    size_t chunk_count;
} Input;

typedef struct InboundChannel {
    struct ConsumerQuery *query;
    Incarnation producer;
    uint32_t exchange;
    uint64_t have;
    uint64_t end_bytes; /* cumulative cost up to `have` */
    uint64_t limit;
    uint64_t wanted;
    uint64_t next;    /* where the record that comes next ends; 0: there is none, or it is not known */
    uint64_t granted; /* counted in Consumer.granted: what may still come beyond the initial window */
    uint64_t gap_at;  /* `have` for which a resend was asked because of a gap; UINT64_MAX: none */
    bool waiting;     /* in the list of those that want credit */
    struct InboundChannel *before;
    struct InboundChannel *after;
} InboundChannel;

typedef struct ConsumerQuery {
    QueryId id;
    StageGraph *graph;
    bool root;
    uint32_t generation;
    uint32_t routes_version;
    uint32_t elections;
    uint32_t **elected; /* a stage each: attempt by task or NOT_ELECTED; NULL where none was elected yet */
    bool *is_elected;   /* a stage each */
    Map inputs;         /* (exchange, partition) → Input */
    Map channels;       /* (producer, exchange) → InboundChannel */
    Incarnation *lost;
    size_t lost_count;
    size_t lost_capacity;
    uint64_t unstored;      /* its share of Consumer.unstored */
    uint64_t root_unstored; /* the root's input: kept and not delivered */
    uint64_t root_granted;  /* and what may still come beyond the initial windows */
    uint64_t root_unoffered;
    size_t root_offered; /* chunks offered and not delivered */
    bool root_started;   /* something was offered: no way back */
    bool root_announced;
    bool failed;
} ConsumerQuery;

/* Somebody spoke of a query before its plan and routes were here: answered once they are. */
typedef struct EarlyVoice {
    QueryId query;
    Incarnation producer;
    uint32_t generation;
    uint32_t exchange;
} EarlyVoice;

struct Consumer {
    ConsumerConfig config;
    Incarnation self;
    Map queries; /* QueryId → ConsumerQuery */
    Tombstones tombstones;
    uint64_t granted;
    uint64_t unstored;
    InboundChannel *first_waiting; /* for credit, first come first served */
    InboundChannel *last_waiting;
    EarlyVoice *early; /* the last EARLY_MAX, a ring */
    size_t early_count;
    size_t early_next;
    size_t chunks_held;
    MissingTasks *missing; /* scratch of consumer_report() */
    uint64_t **missing_bits;
    size_t missing_count;
    size_t missing_capacity;
    FIFO(ConsumerAction) actions;
};

#define EARLY_MAX 1024

ConsumerAction *consumer_push(Consumer *consumer, ConsumerActionKind kind, const ConsumerQuery *query);
bool consumer_query_lost(const ConsumerQuery *query, Incarnation producer);

/* consumer_input.c */
Input *input_find(const ConsumerQuery *query, uint32_t exchange, uint32_t partition);
Input *input_get(Consumer *consumer, ConsumerQuery *query, uint32_t exchange, uint32_t partition);
void input_destroy(Consumer *consumer, Input *input); /* takes it out of its query */
/* The route has a newer version: a closed input is collected again. */
void input_refresh(Consumer *consumer, Input *input, uint32_t version);
/* True where the record's chunk is kept. */
bool input_on_record(Consumer *consumer, Input *input, Incarnation producer, const Record *record);
void input_on_lost(Consumer *consumer, Input *input, Incarnation producer);
void input_on_elected(Consumer *consumer, Input *input, uint32_t task);
uint32_t input_feeder_task(const Input *input, uint32_t feeder);
void staged_destroy(Consumer *consumer, Input *input, Staged *staged);

/* consumer_root.c */
void root_on_progress(Consumer *consumer, Input *input, Feeder *feeder,
                      Staged *staged); /* it grew or completed */
void root_fail(Consumer *consumer, ConsumerQuery *query, const char *message);

/* consumer_channel.c */
InboundChannel *inbound_get(Consumer *consumer, ConsumerQuery *query, uint32_t exchange,
                            Incarnation producer);
void inbound_destroy(Consumer *consumer, InboundChannel *channel);
void inbound_grant(Consumer *consumer, InboundChannel *channel, bool resend);
/* Give what credit there is to those who want it. */
void inbound_serve(Consumer *consumer);

#endif
