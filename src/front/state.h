/* front/state.h: what the front's actor (front.c) and its clients' side (query.c) share. Private to this
 * folder. */
#ifndef RUNNEL_FRONT_STATE_H
#define RUNNEL_FRONT_STATE_H

#include "base/map.h"
#include "front/front.h"
#include "runtime/actor.h"

/* What a given chunk is worth in credit, and where: a machine of a former incarnation gets none back. */
typedef struct GivenCredit {
    uint64_t instance;
    uint32_t generation;
    uint64_t cost;
} GivenCredit;

typedef struct GivenChunk {
    struct GivenChunk *next;
    Chunk *chunk;
    GivenCredit credit;
} GivenChunk;

struct FrontQuery {
    Front *front;
    bool expected; /* submitted by someone else */
    uint64_t operation;
    char *document;
    size_t document_size;
    void (*wake)(void *context);
    void *wake_context;

    /* The I/O thread's. */
    Arena *arena;
    bool planned;
    bool acknowledged; /* the coordinator has answered: it is asked again more rarely */
    bool completed;    /* COMPLETE was sent */
    uint32_t completed_generation;
    bool offered;      /* a chunk reached the client */
    bool cancelled;    /* not wanted any more */
    bool resubmitted;  /* another coordinator may have it already */
    int64_t submitted; /* when this front said so first; 0: not yet */
    int64_t next_submit;
    uint64_t rows_given;

    pthread_mutex_t lock; /* of what follows; the I/O thread alone writes `id`, and reads it without */
    pthread_cond_t changed;
    QueryId id;
    bool held;  /* the client can forget what it was given */
    bool again; /* and must: FRONT_AGAIN is next */
    StagedPlan *plan;
    GivenChunk *first;
    GivenChunk **last;
    bool all_given; /* no more chunks will come */
    bool ended;     /* the coordinator's ENDED, or a failure here */
    Error error;
    char *summary;
    int64_t row_limit; /* of the root; PLAN_NO_LIMIT */
};

typedef enum FrontLetterKind {
    FRONT_LETTER_SUBMIT,
    FRONT_LETTER_DELIVERED,
    FRONT_LETTER_CANCEL,
    FRONT_LETTER_CLOSE,
    FRONT_LETTER_ASK,
    FRONT_LETTER_STOP
} FrontLetterKind;

struct FrontQuestion {
    Front *front;
    uint64_t number;
    char *document;   /* until it is answered: it is sent again where the coordinator is another one */
    int64_t deadline; /* monotonic: from then on nobody waits for the answer */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    void (*wake)(void *context);
    void *wake_context;
    bool answered;
    bool abandoned;  /* the asker has gone: the I/O thread frees it */
    uint32_t status; /* 0: there was no answer in time */
    char *body;
    size_t size;
};

typedef struct FrontLetter {
    Letter letter;
    FrontLetterKind kind;
    FrontQuery *query;
    FrontQuestion *question;
    GivenCredit credit;
} FrontLetter;

struct Front {
    Actor actor;
    Consumer *consumer;
    Map queries;   /* QueryId → FrontQuery */
    Map questions; /* uint64_t → FrontQuestion */
    uint64_t last_question;
    int64_t next_expiry; /* when questions are looked at for those that are too old */
    uint64_t instance;   /* of the consumer machine: counts incarnations */
    bool stopping;

    Incarnation incarnation; /* under the actor's lock */
};

/* query.c. A letter to the actor; any thread. */
void front_post(Front *front, FrontLetterKind kind, FrontQuery *query, FrontQuestion *question);
void front_query_free(FrontQuery *query);
void front_question_free(FrontQuestion *question);

/* The rest belongs to the actor's thread. delivery.c: what reaches the client. */
void delivery_drain(Front *front); /* what the consumer machine wants done */
void delivery_fail(FrontQuery *query, const Error *error);
void delivery_end(FrontQuery *query, const Message *ended);
bool delivery_is_ended(FrontQuery *query);
/* Nobody is there to end it: it ends well where its rows are all given out, and goes on where some are. */
void delivery_give_up(FrontQuery *query, const Error *error);
/* The query starts over. False: it cannot, and has ended, well or not. */
bool delivery_take_back(FrontQuery *query);
void front_send_of_query(Front *front, MessageType type, const FrontQuery *query, uint32_t generation,
                         const Error *error);

/* submission.c: what is asked of the coordinator, until it answers. */
void submission_send(Front *front, FrontQuery *query, int64_t now);
void submission_cancel(Front *front, FrontQuery *query);
void submission_repeat_late(Front *front, int64_t now);
void submission_repeat_all(Front *front, int64_t now); /* the coordinator is another one */
void submission_renew(Front *front, FrontQuery *query, int64_t now);
void submission_ask(Front *front, FrontQuestion *question);
void submission_answered(Front *front, const Message *answer);
/* Questions whose time is over, INT64_MAX: all; and without a coordinator for 30 s, queries that wait for
 * one. */
void submission_expire(Front *front, int64_t now);

#endif
