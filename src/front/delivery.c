/* From the root's input to the client: chunks in, ends out. */
#include "front/state.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* With the query's lock held, which is released: so that front_query_detach() can wait for a wake-up to end.
 */
static void
wake_client(FrontQuery *query)
{
    pthread_cond_broadcast(&query->changed);
    if (query->wake != NULL)
        query->wake(query->wake_context);
    pthread_mutex_unlock(&query->lock);
}

void
delivery_fail(FrontQuery *query, const Error *error)
{
    pthread_mutex_lock(&query->lock);
    if (!query->ended) {
        query->ended = true;
        error_copy(&query->error, error);
    }
    wake_client(query);
}

void
delivery_end(FrontQuery *query, const Message *ended)
{
    pthread_mutex_lock(&query->lock);
    if (!query->ended) {
        query->ended = true;
        query->all_given = true;
        query->error = ended->error;
        query->summary = memory_alloc_zero(1, ended->payload_size + 1);
        if (ended->payload_size > 0)
            memcpy(query->summary, ended->payload, ended->payload_size);
    }
    wake_client(query);
}

bool
delivery_is_ended(FrontQuery *query)
{
    pthread_mutex_lock(&query->lock);
    const bool ended = query->ended;
    pthread_mutex_unlock(&query->lock);
    return ended;
}

/* --- starting over
 * ------------------------------------------------------------------------------------------------------ */

static void
drop_given(FrontQuery *query)
{
    for (GivenChunk *given = query->first, *next; given != NULL; given = next) {
        next = given->next;
        chunk_release(given->chunk);
        free(given);
    }
    query->first = NULL;
    query->last = &query->first;
}

/* What the client has, it keeps: all of it is a result without statistics, a part of it none. */
static void
end_as_given(FrontQuery *query)
{
    Error error = {0};

    if (!query->all_given) {
        error_set(&error, STATUS_PEER_LOST, "the coordinator was lost while rows were being sent");
        error_hint(&error, "send the query again");
    }
    query->ended = true;
    error_copy(&query->error, &error);
}

void
delivery_give_up(FrontQuery *query, const Error *error)
{
    pthread_mutex_lock(&query->lock);
    const bool goes_on = query->offered && !query->held && !query->all_given;
    if (!query->ended && !goes_on) {
        query->ended = true;
        if (!query->all_given)
            error_copy(&query->error, error);
    }
    wake_client(query);
}

bool
delivery_take_back(FrontQuery *query)
{
    bool possible = true;

    pthread_mutex_lock(&query->lock);
    if (query->offered && query->held) {
        drop_given(query);
        query->again = true;
    } else if (query->offered) {
        end_as_given(query);
        possible = false;
    }
    if (possible) {
        query->offered = false;
        query->all_given = false;
        query->rows_given = 0;
    }
    wake_client(query);
    return possible;
}

/* --- what the machine wants done
 * -------------------------------------------------------------------------------------------- */

void
front_send_of_query(Front *front, MessageType type, const FrontQuery *query, uint32_t generation,
                    const Error *error)
{
    Message message = {.type = type, .query = query->id, .generation = generation};

    if (error != NULL)
        message.error = *error;
    transport_send_control(front->actor.transport, &message);
}

/* The client has, or will be given, all that the result holds. */
static void
complete_query(Front *front, FrontQuery *query, uint32_t generation)
{
    if (query->completed)
        return;
    query->completed = true;
    query->completed_generation = generation;
    pthread_mutex_lock(&query->lock);
    query->all_given = true;
    if (query->expected)
        query->ended = true;
    wake_client(query);
    front_send_of_query(front, MESSAGE_COMPLETE, query, generation, NULL);
}

static void
give_chunk(Front *front, FrontQuery *query, const ConsumerAction *action)
{
    GivenChunk *given = MEMORY_NEW(GivenChunk);

    given->chunk = chunk_of(action->handle);
    given->credit = (GivenCredit){front->instance, action->generation, record_cost(action->size)};
    query->offered = true;
    query->rows_given += action->rows;
    pthread_mutex_lock(&query->lock);
    *query->last = given;
    query->last = &given->next;
    wake_client(query);
}

static bool
reached_limit(const FrontQuery *query)
{
    return query->row_limit != PLAN_NO_LIMIT && query->rows_given >= (uint64_t)query->row_limit;
}

static void
deliver(Front *front, FrontQuery *query, const ConsumerAction *action)
{
    const bool wanted = query != NULL && !query->completed;

    if (wanted)
        give_chunk(front, query, action);
    else
        chunk_release(chunk_of(action->handle));
    if (!wanted || query->expected) /* an expected query's few rows are taken together at the end */
        consumer_on_delivered(front->consumer, clock_monotonic_us(), action->query, action->generation,
                              record_cost(action->size));
    if (wanted && reached_limit(query))
        complete_query(front, query, action->generation);
}

static void
send_grant(Front *front, const ConsumerAction *action)
{
    Message message = {.type = MESSAGE_GRANT,
                       .query = action->grant.query,
                       .generation = action->grant.generation,
                       .grant = action->grant};

    transport_send(front->actor.transport, action->peer, &message, NULL);
}

void
delivery_drain(Front *front)
{
    ConsumerAction action;

    while (consumer_next_action(front->consumer, &action)) {
        FrontQuery *query = map_get(&front->queries, &action.query);
        switch (action.kind) {
        case CONSUMER_GRANT: send_grant(front, &action); break;
        case CONSUMER_DELIVER: deliver(front, query, &action); break;
        case CONSUMER_ROOT_COMPLETE:
            if (query != NULL)
                complete_query(front, query, action.generation);
            break;
        case CONSUMER_FREE: chunk_release(chunk_of(action.handle)); break;
        case CONSUMER_FAIL: {
            Error error = {0};
            error_set(&error, action.status, "%s", action.message);
            if (query != NULL)
                front_send_of_query(front, MESSAGE_ROOT_FAILED, query, action.generation, &error);
            break;
        }
        default: break;
        }
    }
}
