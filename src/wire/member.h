/* wire/member.h: a node's side of membership: it joins by HELLO, answers probes, beats, and notices that the
 * coordinator has changed. The coordinator's side is flow/membership.h.
 *
 *   JOINING --WELCOME--> MEMBER --silence--> JOINING (same incarnation)
 *      any --WELCOME of another epoch / REJOIN--> MEMBER_RESET: drop all queries, be a new incarnation, join
 * again any --REFUSE--> MEMBER_REFUSED */
#ifndef RUNNEL_WIRE_MEMBER_H
#define RUNNEL_WIRE_MEMBER_H

#include "wire/transport.h"

typedef enum MemberEvent {
    MEMBER_NOTHING, /* not a message of membership: the actor's to handle */
    MEMBER_HANDLED,
    MEMBER_JOINED,  /* welcomed */
    MEMBER_RESET,   /* the actor must forget every query; its incarnation is new already */
    MEMBER_REFUSED, /* `error` says why */
    MEMBER_DRAINED  /* the actor may say BYE and end */
} MemberEvent;

typedef struct Member {
    Transport *transport;
    NodeInfo info;
    bool joined;
    uint64_t epoch;
    int64_t interval;  /* of heartbeats, µs */
    int64_t next_beat; /* or HELLO */
    int64_t last_heard;
    Error error;
} Member;

void member_init(Member *member, Transport *transport, const NodeInfo *info);

/* Handle a message if it is one of membership. Messages of another epoch than the member's are to be dropped
 * by the caller: member_accepts(). */
MemberEvent member_on_message(Member *member, int64_t now, const Message *message);
bool member_accepts(const Member *member, const Message *message);

/* True where a heartbeat is due: the actor makes its report and calls member_beat(). Sends HELLO by itself.
 */
bool member_on_tick(Member *member, int64_t now);
void member_beat(Member *member, int64_t now, uint32_t busy, const Report *report, const NodeUsage *usage);
int64_t member_next_deadline(const Member *member);

#endif
