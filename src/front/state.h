/* front/state.h: what the front's actor (front.c) and its clients' side (query.c) share. Private to this
 * folder. */
#ifndef RUNNEL_FRONT_STATE_H
#define RUNNEL_FRONT_STATE_H

#include "base/map.h"
#include "front/front.h"
#include "runtime/actor.h"

typedef struct GivenChunk {
    struct GivenChunk *next;
    Chunk *chunk;
    uint64_t cost;
    uint32_t generation;
} GivenChunk;

struct FrontQuery {
    Front *front;
    QueryId id;
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
    bool offered; /* a chunk reached the client */
    int64_t next_submit;
    uint64_t rows_given;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
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

/* A waiting front_ask(). */
typedef struct Question {
    uint64_t number;
    char *document; /* until it is sent */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool answered;
    bool abandoned; /* the asker has gone: the I/O thread frees it */
    uint32_t status;
    char *body;
    size_t size;
} Question;

typedef struct FrontLetter {
    Letter letter;
    FrontLetterKind kind;
    FrontQuery *query;
    Question *question;
    uint64_t cost;
    uint32_t generation;
} FrontLetter;

struct Front {
    Actor actor;
    Consumer *consumer;
    Map queries;   /* QueryId → FrontQuery */
    Map questions; /* uint64_t → Question */
    uint64_t last_question;
    bool stopping;

    Incarnation incarnation; /* under the actor's lock */
};

/* A letter to the actor; any thread. */
void front_post(Front *front, FrontLetterKind kind, FrontQuery *query, Question *question, uint64_t cost,
                uint32_t generation);
void front_query_free(FrontQuery *query);

#endif
