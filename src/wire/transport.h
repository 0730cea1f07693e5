/* wire/transport.h: one actor's sockets: its inbox (PULL), a PUSH to each peer's inbox, and one control
 * socket: a DEALER at members, a ROUTER at the coordinator.
 *
 * Owned by the actor's thread. Nothing here blocks: what a socket refuses is either returned to the caller
 * (records, which the producer machine offers again) or queued, in order, up to a bound (everything else; see
 * README.md). Every message is checked for epoch-independent things here: well-formed, and meant for this
 * incarnation. */
#ifndef RUNNEL_WIRE_TRANSPORT_H
#define RUNNEL_WIRE_TRANSPORT_H

#include "base/slab.h"
#include "wire/message.h"

#include <zmq.h>

typedef struct Transport Transport;

typedef struct TransportCounters {
    uint64_t received;
    uint64_t malformed;   /* not a message of ours */
    uint64_t misdirected; /* for another incarnation */
    uint64_t overflowed;  /* control messages dropped: the peer's queue was full */
} TransportCounters;

/* `context` is a ZeroMQ context, which outlives the transport. */
Transport *transport_new(void *context, Incarnation self);
void transport_destroy(Transport **self); /* closes everything, LINGER 0, after a last attempt to send */

Incarnation transport_self(const Transport *transport);
/* After a REJOIN: messages from now on carry the new incarnation. */
void transport_set_self(Transport *transport, Incarnation self);
void transport_set_epoch(Transport *transport, uint64_t epoch);

/* Bind the inbox to one more endpoint ("tcp://127.0.0.1:0" finds a free port; missing ipc folders are an
 * error). `actual` gets the endpoint bound. */
Status transport_bind_inbox(Transport *transport, const char *endpoint, char *actual, size_t actual_size,
                            Error *error);
/* The same for each endpoint of a list separated by blanks; `all` gets what was bound, in the same order. */
Status transport_bind_inboxes(Transport *transport, const char *list, char *all, size_t size, Error *error);
/* The coordinator: bind the ROUTER. May be called several times. */
Status transport_bind_control(Transport *transport, const char *endpoint, char *actual, size_t actual_size,
                              Error *error);
/* Members: connect the DEALER to the coordinator. */
Status transport_connect_control(Transport *transport, const char *endpoint, Error *error);

/* Peers by incarnation. `endpoint` may list alternatives, separated by blanks: the first that this process
 * can reach is taken (inproc ones carry the process's token). The socket is made at the first message to it.
 */
void transport_set_peer(Transport *transport, Incarnation peer, const char *endpoint);
void transport_drop_peer(Transport *transport, Incarnation peer);

typedef enum SendResult { SEND_DONE, SEND_REFUSED, SEND_UNKNOWN } SendResult;

/* To a peer's inbox. sender, destination and epoch are filled in here. RECORDs that the socket refuses are
 * SEND_REFUSED (nothing was sent); other messages are queued then. `chunk`: the payload of a RECORD, by
 * reference (NULL: message->payload is copied). */
SendResult transport_send(Transport *transport, Incarnation peer, Message *message, Slab *chunk);

/* Over control: members to the coordinator (queued where the socket refuses). */
void transport_send_control(Transport *transport, Message *message);
/* The coordinator to a member, by the identity that its last message came with. */
SendResult transport_reply(Transport *transport, Incarnation member, Message *message);

/* A received message; its pointers live until transport_release() or the next transport_receive(). */
typedef struct Received {
    Message message;
    bool control;            /* came over the control socket */
    zmq_msg_t payload_frame; /* RECORD: may be kept by zmq_msg_move() */
} Received;

/* The next waiting message from inbox or control; false: none. Malformed and misdirected ones are counted and
 * skipped. */
bool transport_receive(Transport *transport, Received *received);

/* Sleep until a message, `descriptor` is readable, a refused peer is writable, or `timeout_us` (< 0: none)
 * has passed. */
void transport_wait(Transport *transport, int descriptor, int64_t timeout_us);

/* A peer that refused a record and is writable again; false: none (more). */
bool transport_next_writable(Transport *transport, Incarnation *peer);

const TransportCounters *transport_counters(const Transport *transport);

/* A token of this process, the same in all its transports: part of inproc endpoints. */
const char *transport_process_token(void);
Incarnation transport_draw_incarnation(void); /* from the system's random numbers */

#endif
