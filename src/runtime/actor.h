/* runtime/actor.h: what every member of a cluster is made of: sockets, its side of membership, a mailbox, a
 * thread, and the news of whether it has joined. Executors and fronts embed one. */
#ifndef RUNNEL_RUNTIME_ACTOR_H
#define RUNNEL_RUNTIME_ACTOR_H

#include "flow/consumer.h"
#include "runtime/mailbox.h"
#include "runtime/process.h"
#include "wire/member.h"

#include <pthread.h>

typedef struct ActorConfig {
    const char *name; /* for people; NULL: `role`, host and process id */
    const char *role; /* "front"; NULL: not part of the name */
    uint32_t roles;   /* NodeRole bits */
    uint32_t slots;
    const char *join;      /* the coordinator's control endpoint */
    const char *bind;      /* inbox endpoints, separated by blanks */
    const char *advertise; /* NULL: what was bound */
} ActorConfig;

typedef struct Actor {
    Process *process;
    const char *join; /* the caller's */
    char name[64];
    char endpoint[NODE_ENDPOINT_SIZE]; /* as advertised */
    Transport *transport;
    Member member;
    Mailbox *mailbox;
    Arena *scratch; /* of one report or message */

    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool joined;
    bool refused;
    Error refusal;
} Actor;

/* Bind and connect; no thread yet. On failure actor_close() is still due. */
Status actor_open(Actor *actor, Process *process, const ActorConfig *config, Error *error);
void actor_close(Actor *actor); /* the thread has ended */

/* From the actor's thread: MEMBER_JOINED or MEMBER_REFUSED happened. */
void actor_tell_joined(Actor *actor, bool refused);
/* From any other: wait for that. */
Status actor_wait_joined(Actor *actor, int64_t timeout_us, Error *error);

/* A moment of the wall clock so far from now, for pthread_cond_timedwait(). */
struct timespec actor_deadline(int64_t timeout_us);

/* What the consumer machine says of a query, as a part of the report; lists are copied to `arena`. */
void actor_report_consumer(Arena *arena, const ConsumerReport *consumer, QueryReport *report);

#endif
