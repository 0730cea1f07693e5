/* The client's side of a front: any thread. */
#include "front/state.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void
front_post(Front *front, FrontLetterKind kind, FrontQuery *query, FrontQuestion *question)
{
    FrontLetter *letter = MEMORY_NEW(FrontLetter);

    letter->kind = kind;
    letter->query = query;
    letter->question = question;
    mailbox_post(front->actor.mailbox, &letter->letter);
}

static void
post_taken(FrontQuery *query, GivenCredit credit)
{
    FrontLetter *letter = MEMORY_NEW(FrontLetter);

    letter->kind = FRONT_LETTER_DELIVERED;
    letter->query = query;
    letter->credit = credit;
    mailbox_post(query->front->actor.mailbox, &letter->letter);
}

void
front_query_free(FrontQuery *query)
{
    for (GivenChunk *given = query->first, *next; given != NULL; given = next) {
        next = given->next;
        chunk_release(given->chunk);
        free(given);
    }
    arena_destroy(&query->arena);
    pthread_cond_destroy(&query->changed);
    pthread_mutex_destroy(&query->lock);
    free(query->summary);
    free(query->document);
    free(query);
}

static FrontQuery *
query_new(Front *front, const QueryId *id, void (*wake)(void *context), void *context)
{
    FrontQuery *query = MEMORY_NEW(FrontQuery);

    query->front = front;
    if (id != NULL) {
        query->id = *id;
    } else {
        const Incarnation drawn = transport_draw_incarnation();
        query->id = (QueryId){drawn.high, drawn.low};
    }
    query->wake = wake;
    query->wake_context = context;
    query->arena = arena_new(NULL);
    query->last = &query->first;
    query->row_limit = PLAN_NO_LIMIT;
    pthread_mutex_init(&query->lock, NULL);
    pthread_cond_init(&query->changed, NULL);
    return query;
}

FrontQuery *
front_submit(Front *front, FrontOperation operation, const char *document, size_t size, const QueryId *id,
             void (*wake)(void *context), void *context)
{
    FrontQuery *query = query_new(front, id, wake, context);

    query->operation = (uint64_t)operation;
    query->document = memory_alloc_zero(1, size + 1);
    memcpy(query->document, document, size);
    query->document_size = size;
    front_post(front, FRONT_LETTER_SUBMIT, query, NULL);
    return query;
}

FrontQuery *
front_expect(Front *front, QueryId id, void (*wake)(void *context), void *context)
{
    FrontQuery *query = query_new(front, &id, wake, context);

    query->expected = true;
    front_post(front, FRONT_LETTER_SUBMIT, query, NULL);
    return query;
}

QueryId
front_query_id(FrontQuery *query)
{
    pthread_mutex_lock(&query->lock);
    const QueryId id = query->id;
    pthread_mutex_unlock(&query->lock);
    return id;
}

void
front_query_hold(FrontQuery *query)
{
    pthread_mutex_lock(&query->lock);
    query->held = true;
    pthread_mutex_unlock(&query->lock);
}

bool
front_query_let_go(FrontQuery *query)
{
    pthread_mutex_lock(&query->lock);
    const bool valid = !query->again;
    query->held = !valid;
    pthread_mutex_unlock(&query->lock);
    return valid;
}

static bool
has_nothing(const FrontQuery *query)
{
    return query->first == NULL && !query->ended && !query->again;
}

bool
front_query_wait(FrontQuery *query, int64_t timeout_us)
{
    const int64_t deadline = clock_monotonic_us() + timeout_us;
    const struct timespec until = {.tv_sec = deadline / 1000000, .tv_nsec = deadline % 1000000 * 1000};
    int result = 0;

    pthread_mutex_lock(&query->lock);
    while (has_nothing(query) && result == 0)
        result = pthread_cond_clockwait(&query->changed, &query->lock, CLOCK_MONOTONIC, &until);
    const bool changed = !has_nothing(query);
    pthread_mutex_unlock(&query->lock);
    return changed;
}

FrontNext
front_query_next(FrontQuery *query, bool wait, Chunk **chunk)
{
    GivenChunk *given = NULL;
    FrontNext next = FRONT_WAIT;

    pthread_mutex_lock(&query->lock);
    while (wait && has_nothing(query))
        pthread_cond_wait(&query->changed, &query->lock);
    if (query->again) {
        next = FRONT_AGAIN;
        query->again = false;
    } else if (query->ended && query->error.code != STATUS_OK) {
        next = FRONT_FAILED;
    } else if (query->first != NULL) {
        next = FRONT_ROWS;
        given = query->first;
        query->first = given->next;
        if (query->first == NULL)
            query->last = &query->first;
    } else if (query->ended) {
        next = FRONT_DONE;
    }
    pthread_mutex_unlock(&query->lock);

    if (given != NULL) {
        *chunk = given->chunk;
        if (!query->expected)
            post_taken(query, given->credit);
        free(given);
    }
    return next;
}

static StagedPlan *
query_plan(FrontQuery *query)
{
    pthread_mutex_lock(&query->lock);
    StagedPlan *plan = query->plan;
    pthread_mutex_unlock(&query->lock);
    return plan;
}

const PlanColumn *
front_query_columns(FrontQuery *query, uint32_t *count)
{
    const StagedPlan *plan = query_plan(query);

    *count = 0;
    if (plan == NULL)
        return NULL;
    const PlanNode *root = plan->exchanges[plan->root_exchange].node;
    *count = root->column_count;
    return root->columns;
}

uint64_t
front_query_row_limit(FrontQuery *query)
{
    const StagedPlan *plan = query_plan(query);

    return plan == NULL || plan->root_limit == PLAN_NO_LIMIT ? UINT64_MAX : (uint64_t)plan->root_limit;
}

const Session *
front_query_session(FrontQuery *query)
{
    const StagedPlan *plan = query_plan(query);

    return plan != NULL ? &plan->session : NULL;
}

bool
front_query_has_rows(FrontQuery *query)
{
    return query_plan(query) != NULL;
}

const char *
front_query_summary(FrontQuery *query)
{
    pthread_mutex_lock(&query->lock);
    const char *summary = query->summary != NULL ? query->summary : "{}";
    pthread_mutex_unlock(&query->lock);
    return summary;
}

const Error *
front_query_error(FrontQuery *query)
{
    return &query->error;
}

void
front_query_cancel(FrontQuery *query)
{
    front_post(query->front, FRONT_LETTER_CANCEL, query, NULL);
}

void
front_query_detach(FrontQuery *query)
{
    pthread_mutex_lock(&query->lock);
    query->wake = NULL;
    pthread_mutex_unlock(&query->lock);
}

void
front_query_close(FrontQuery **self)
{
    if (*self != NULL)
        front_post((*self)->front, FRONT_LETTER_CLOSE, *self, NULL);
    *self = NULL;
}
