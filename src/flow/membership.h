/* flow/membership.h: who is there. The coordinator's view of all processes, by incarnation.
 *
 * A pure state machine: events in, actions out, time (microseconds, monotonic) passed in. After each event,
 * drain the actions. One thread. Memory: base/memory.h. */
#ifndef RUNNEL_FLOW_MEMBERSHIP_H
#define RUNNEL_FLOW_MEMBERSHIP_H

#include "flow/ids.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NODE_ENDPOINT_SIZE 256

/* What a node does; a process may do several (bits). */
typedef enum NodeRole { NODE_WORKER = 1, NODE_REDUCER = 2, NODE_FRONT = 4, NODE_COORDINATOR = 8 } NodeRole;

typedef enum NodeState {
    NODE_JOINING, /* said HELLO, not welcomed yet: lasts only within one step */
    NODE_PROBING, /* welcomed; a PROBE to its inbox has not come back */
    NODE_READY,
    NODE_SUSPECT,  /* ready, but heartbeats are late; given nothing new */
    NODE_DRAINING, /* finishes what it has */
    NODE_LOST,     /* silent too long; final for the incarnation; counts as missing until forgotten */
    NODE_LEFT      /* said BYE or was refused: forgotten within the step */
} NodeState;

typedef struct NodeInfo {
    Incarnation incarnation;
    uint32_t roles; /* NodeRole bits */
    uint32_t slots;
    uint32_t protocol;                 /* version that it speaks */
    char endpoint[NODE_ENDPOINT_SIZE]; /* of its inbox, as advertised */
    char name[64];                     /* for people: "worker-3" */
} NodeInfo;

/* What a process holds and has done since it started; roles of one process tell the same, with the same
 * `process`. Sizes in bytes. */
#define NODE_USAGE_LIST(X)                                                                                   \
    X(process)    /* a random number */                                                                      \
    X(started_us) /* wall clock, µs since 1970 */                                                           \
    X(resident_bytes)                                                                                        \
    X(memory_used) /* of queries */                                                                          \
    X(memory_limit)                                                                                          \
    X(cache_bytes) /* of the block cache */                                                                  \
    X(cache_hits)                                                                                            \
    X(cache_misses)                                                                                          \
    X(cache_evictions)                                                                                       \
    X(scratch_used)    /* of the scratch directory, now */                                                   \
    X(scratch_written) /* since the start */

typedef struct NodeUsage {
#define X(name) uint64_t name;
    NODE_USAGE_LIST(X)
#undef X
} NodeUsage;

typedef struct MembershipConfig {
    uint64_t epoch;
    uint32_t protocol;          /* the only version accepted */
    int64_t heartbeat_interval; /* what nodes are told at WELCOME; default 100 ms */
    int64_t suspect_after;      /* default 400 ms */
    int64_t lost_after;         /* default 1 s */
    int64_t probe_interval;     /* a probe is repeated; default 200 ms */
    int64_t probe_timeout;      /* then the node is refused; default 5 s */
    int64_t drain_timeout;      /* a drain ends at the latest; default 60 s */
    int64_t forget_after;       /* default 5 min */
} MembershipConfig;

void membership_config_default(MembershipConfig *config); /* epoch 1, protocol 1 */

typedef enum MembershipActionKind {
    MEMBERSHIP_WELCOME, /* send WELCOME(epoch, heartbeat interval) */
    MEMBERSHIP_PROBE,   /* send PROBE(nonce) to the node's inbox; it answers over control */
    MEMBERSHIP_REFUSE,  /* send REFUSE(reason): the node ends, or corrects its options */
    MEMBERSHIP_REJOIN,  /* the sender is unknown or lost here: tell it to start over as a new incarnation */
    MEMBERSHIP_READY, /* tell the scheduler: the node may be given tasks (also: it recovered, or undrained) */
    MEMBERSHIP_SUSPECT,  /* tell the scheduler: nothing new for it */
    MEMBERSHIP_DRAINING, /* tell the scheduler */
    MEMBERSHIP_LOST,     /* tell the scheduler and the transport (close its sockets) */
    MEMBERSHIP_LEFT,     /* the same after BYE or a finished drain; the node knows, and is forgotten */
    MEMBERSHIP_DRAINED,  /* send DRAINED: the node may say BYE and end */
    MEMBERSHIP_FORGOTTEN /* a lost node no longer counts as missing */
} MembershipActionKind;

typedef enum RefuseReason { REFUSE_NONE, REFUSE_PROTOCOL, REFUSE_UNREACHABLE, REFUSE_INVALID } RefuseReason;

typedef struct MembershipAction {
    MembershipActionKind kind;
    NodeInfo node; /* REJOIN of an unknown node: only the incarnation */
    uint64_t nonce;
    RefuseReason reason;
} MembershipAction;

typedef struct Membership Membership;

Membership *membership_new(const MembershipConfig *config);
void membership_destroy(Membership **self);

/* HELLO; repeated ones are answered by WELCOME again. A new incarnation at the endpoint of an old one that is
 * not lost replaces it (LOST for the old). */
void membership_on_hello(Membership *membership, int64_t now, const NodeInfo *info);
/* The PROBE came back. */
void membership_on_probed(Membership *membership, int64_t now, Incarnation node, uint64_t nonce);
/* A heartbeat, or any other message of the node. False: not a live member, drop the message (REJOIN is
 * queued, at most one a probe interval and node). Heartbeats of another epoch are the shell's to drop; REJOIN
 * answers them. */
bool membership_on_heartbeat(Membership *membership, int64_t now, Incarnation node, uint64_t epoch);
/* A socket monitor saw the connection go: the node becomes suspect at once, a heartbeat clears it. */
void membership_on_disconnected(Membership *membership, int64_t now, Incarnation node);
void membership_on_bye(Membership *membership, int64_t now, Incarnation node);
void membership_on_drain(Membership *membership, int64_t now, Incarnation node);
void membership_on_undrain(Membership *membership, int64_t now, Incarnation node);
/* The scheduler says that nobody needs the node's outputs (SCHEDULER_NODE_IDLE). */
void membership_on_idle(Membership *membership, int64_t now, Incarnation node);
void membership_on_tick(Membership *membership, int64_t now);
/* This process did not run for so long (it was stopped, or the machine slept): nobody else was silent. Before
 * the next event. */
void membership_on_pause(Membership *membership, int64_t pause);

/* When on_tick must be called at the latest; INT64_MAX: never. */
int64_t membership_next_deadline(const Membership *membership);

/* Take the oldest action; false: none. */
bool membership_next_action(Membership *membership, MembershipAction *action);

/* The members, for status and for endpoints: index < count, in no particular but a stable order. */
size_t membership_count(const Membership *membership);
const NodeInfo *membership_at(const Membership *membership, size_t index, NodeState *state,
                              int64_t *last_seen);
const NodeInfo *membership_find(const Membership *membership, Incarnation node,
                                NodeState *state); /* NULL: unknown */

#endif
