/* wire/message.h: what processes say to each other, as structs and as bytes.
 *
 * A message is a multipart ZeroMQ message of a header frame (msgpack: type, sender, destination, epoch, then
 * the type's fields) and, where the type has one, a payload frame (a plan, a chunk, text). README.md has the
 * table of who sends what to whom. */
#ifndef RUNNEL_WIRE_MESSAGE_H
#define RUNNEL_WIRE_MESSAGE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "flow/ids.h"
#include "flow/membership.h"
#include "flow/message.h"

#define WIRE_PROTOCOL 4u /* nodes of other versions are refused at HELLO */

/* type, has a payload frame */
#define MESSAGE_LIST(X)                                                                                      \
    X(HELLO, false)          /* node → coordinator: who I am */                                            \
    X(WELCOME, false)        /* coordinator → node */                                                      \
    X(REFUSE, false)         /* coordinator → node: you cannot join, and why */                            \
    X(REJOIN, false)         /* coordinator → node: unknown here, start over */                            \
    X(PROBE, false)          /* coordinator → node's inbox: can you be reached? */                         \
    X(PROBED, false)         /* node → coordinator */                                                      \
    X(HEARTBEAT, false)      /* node → coordinator: alive, and what I hold and miss */                     \
    X(HEARTBEAT_SEEN, false) /* coordinator → node: so am I */                                             \
    X(BYE, false)            /* node → coordinator: I end */                                               \
    X(DRAIN, false)          /* node → coordinator: give me nothing new */                                 \
    X(DRAINED, false)        /* coordinator → node: nobody needs you any more */                           \
    X(PLAN, true)            /* coordinator → process of a query: the staged plan */                       \
    X(ROUTES, false)         /* coordinator → process of a query */                                        \
    X(ELECTIONS, false)      /* coordinator → process of a query */                                        \
    X(TASK, false)           /* coordinator → executor: run this attempt */                                \
    X(CANCEL_TASK, false)    /* coordinator → executor */                                                  \
    X(RELEASE, false)        /* coordinator → process of a query: drop everything of it */                 \
    X(TASK_DONE, false)      /* executor → coordinator, with the nodes' counters */                        \
    X(TASK_RUNNING, false)   /* executor → coordinator: the same of a running attempt, so far */           \
    X(TASK_FAILED, false)    /* executor → coordinator */                                                  \
    X(RECORD, true)          /* producer → consumer's inbox */                                             \
    X(SYNC, false)           /* producer → consumer's inbox */                                             \
    X(GRANT, false)          /* consumer → producer's inbox */                                             \
    X(SUBMIT, true)          /* front → coordinator: a request document */                                 \
    X(COMPLETE, false)       /* root's consumer → coordinator: I have the whole result */                  \
    X(ROOT_FAILED, false)    /* root's consumer → coordinator: I cannot go on */                           \
    X(CANCEL, false)         /* front → coordinator: the query is not wanted */                            \
    X(ENDED, true)           /* coordinator → front: how the query ended; a document */                    \
    X(ASK, true)             /* front → coordinator: a request for a document */                           \
    X(ANSWER, true)          /* coordinator → front */

typedef enum MessageType {
#define X(name, payload) MESSAGE_##name,
    MESSAGE_LIST(X)
#undef X
        MESSAGE_COUNT
} MessageType;

enum { MESSAGE_HEADER_MAX = 16 << 20, MESSAGE_PAYLOAD_MAX = 256 << 20 };

/* Where a process that is named in ROUTES listens. */
typedef struct PeerAddress {
    Incarnation incarnation;
    const char *endpoint;
} PeerAddress;

/* Counters of one plan node in one attempt. */
typedef struct NodeCount {
    uint32_t node; /* id in the plan */
    uint64_t rows_in;
    uint64_t rows_out;
    uint64_t bytes;
    uint64_t time_ns;
    uint64_t memory_bytes;
    uint64_t blocks_read;
    uint64_t blocks_pruned;
    uint64_t spilled_bytes;
} NodeCount;

/* Open on purpose; fields that a type does not have are zero. Pointers of a decoded message live in the
 * receiver's arena or in its frames. */
typedef struct Message {
    MessageType type;
    Incarnation sender;
    Incarnation destination; /* none: whoever it reaches (HELLO) */
    uint64_t epoch;          /* 0 before WELCOME */

    QueryId query;
    uint32_t generation;
    TaskRef task;
    uint64_t number; /* PROBE, PROBED: nonce; WELCOME: heartbeat interval in µs; REFUSE: reason; ASK, ANSWER:
                        request; ENDED: QueryState (UNKNOWN: submit it anew); HEARTBEAT: busy
                        slots; SUBMIT: 1 where a former coordinator may have it */
    uint32_t status; /* ANSWER: of HTTP; TASK: version of the routes that it relies on */
    NodeInfo node;   /* HELLO */
    Error error;     /* TASK_FAILED, ROOT_FAILED, ENDED, REFUSE */

    Routes routes;
    const PeerAddress *addresses; /* ROUTES: of all consumers named */
    size_t address_count;
    const Election *elections;
    uint32_t election_first;
    size_t election_count;
    Report report;
    NodeUsage usage; /* HEARTBEAT */
    Record record;
    Sync sync;
    Grant grant;
    const char
        *endpoint; /* RECORD (the first of a channel), SYNC: where the sender listens, for the GRANTs; "" */
    const NodeCount *counts; /* TASK_DONE, TASK_RUNNING */
    size_t count_count;

    const void *payload;
    size_t payload_size;
} Message;

const char *message_name(MessageType type);
bool message_has_payload(MessageType type);

/* The header frame's bytes; the payload is the sender's business. */
void message_encode(const Message *message, Buffer *header);

/* PROTOCOL for anything that is not a whole, well-formed header. */
Status message_decode(const void *header, size_t size, Arena *arena, Message *message, Error *error);

#endif
