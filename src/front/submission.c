/* What is asked of the coordinator: said again until it answers, whichever coordinator that is. */
#include "front/state.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { RESUBMIT_US = 1000000, ASK_AGAIN_US = 5000000, EXPIRY_US = 100000, GIVE_UP_US = 30000000 };

void
submission_send(Front *front, FrontQuery *query, int64_t now)
{
    Message message = {.type = MESSAGE_SUBMIT,
                       .query = query->id,
                       .generation = (uint32_t)query->operation,
                       .number = query->resubmitted,
                       .payload = query->document,
                       .payload_size = query->document_size};

    if (query->submitted == 0)
        query->submitted = now;
    query->next_submit = now + (query->acknowledged ? ASK_AGAIN_US : RESUBMIT_US);
    if (front->actor.member.joined)
        transport_send_control(front->actor.transport, &message);
}

void
submission_cancel(Front *front, FrontQuery *query)
{
    query->cancelled = true;
    front_send_of_query(front, MESSAGE_CANCEL, query, 0, NULL);
}

/* What was said to the coordinator, or its answer, may have gone with a connection: it knows a query that
 * comes again. */
void
submission_repeat_late(Front *front, int64_t now)
{
    for (size_t i = 0; i < front->queries.count; i++) {
        FrontQuery *query = map_value_at(&front->queries, i);
        if (now < query->next_submit || delivery_is_ended(query))
            continue;
        if (!query->expected)
            submission_send(front, query, now);
        if (query->cancelled)
            front_send_of_query(front, MESSAGE_CANCEL, query, 0, NULL);
        if (query->completed)
            front_send_of_query(front, MESSAGE_COMPLETE, query, query->completed_generation, NULL);
        query->next_submit = now + (query->acknowledged ? ASK_AGAIN_US : RESUBMIT_US);
    }
}

/* Nobody is there to run or to end what was submitted. */
static void
give_up(Front *front, int64_t now)
{
    const Member *member = &front->actor.member;

    for (size_t i = 0; !member->joined && i < front->queries.count; i++) {
        FrontQuery *query = map_value_at(&front->queries, i);
        const int64_t since = query->submitted > member->last_heard ? query->submitted : member->last_heard;
        Error error = {0};
        if (query->expected || delivery_is_ended(query) || now - since < GIVE_UP_US)
            continue;
        error_set(&error, STATUS_UNAVAILABLE, "the coordinator has not answered for %d s",
                  GIVE_UP_US / 1000000);
        error_hint(&error, query->acknowledged ? "what the statement was to change may have been changed"
                                               : "send the statement again");
        delivery_give_up(query, &error);
    }
}

/* Nothing of the query is left at other processes, or counts there. */
static void
start_over(Front *front, FrontQuery *query, int64_t now)
{
    Error error = {0};

    if (query->cancelled) {
        error_set(&error, STATUS_CANCELLED, "canceling statement due to user request");
        delivery_fail(query, &error);
        return;
    }
    if (!delivery_take_back(query))
        return;
    query->acknowledged = false;
    query->planned = false;
    query->completed = false;
    submission_send(front, query, now);
}

static void
ask_all_again(Front *front)
{
    for (size_t i = 0; i < front->questions.count; i++) {
        const FrontQuestion *question = map_value_at(&front->questions, i);
        Message message = {.type = MESSAGE_ASK,
                           .number = question->number,
                           .payload = question->document,
                           .payload_size = strlen(question->document)};
        transport_send_control(front->actor.transport, &message);
    }
}

/* What no client has seen yet starts again under its id: a write that was committed is found done. */
void
submission_repeat_all(Front *front, int64_t now)
{
    for (size_t i = 0; i < front->queries.count; i++) {
        FrontQuery *query = map_value_at(&front->queries, i);
        if (query->expected || delivery_is_ended(query))
            continue;
        query->resubmitted = true;
        start_over(front, query, now);
    }
    ask_all_again(front);
}

/* The coordinator took this process for lost and ended the query, without an effect. Its name stands on
 * tombstones: it starts over under another. */
void
submission_renew(Front *front, FrontQuery *query, int64_t now)
{
    const Incarnation drawn = transport_draw_incarnation();

    if (query->expected || delivery_is_ended(query))
        return;
    consumer_on_release(front->consumer, now, query->id);
    delivery_drain(front);
    map_remove(&front->queries, &query->id);
    pthread_mutex_lock(&query->lock);
    query->id = (QueryId){drawn.high, drawn.low};
    pthread_mutex_unlock(&query->lock);
    map_put(&front->queries, &query->id, query);
    start_over(front, query, now);
}

/* --- questions
 * ----------------------------------------------------------------------------------------------------------
 */

void
submission_ask(Front *front, FrontQuestion *question)
{
    Message message = {.type = MESSAGE_ASK,
                       .number = question->number = ++front->last_question,
                       .payload = question->document,
                       .payload_size = strlen(question->document)};

    map_put(&front->questions, &question->number, question);
    transport_send_control(front->actor.transport, &message);
}

/* Gives up the question, which is nobody's any more where its asker has gone. `status` 0: no answer. */
static void
answer_question(FrontQuestion *question, uint32_t status, const char *body, size_t size)
{
    pthread_mutex_lock(&question->lock);
    question->answered = true;
    question->status = status;
    question->size = size;
    if (status != 0)
        question->body = memory_alloc_zero(1, size + 1);
    if (size > 0)
        memcpy(question->body, body, size);
    free(question->document);
    question->document = NULL;
    const bool abandoned = question->abandoned;
    pthread_cond_broadcast(&question->changed);
    if (question->wake != NULL)
        question->wake(question->wake_context);
    pthread_mutex_unlock(&question->lock);
    if (abandoned)
        front_question_free(question);
}

void
submission_answered(Front *front, const Message *message)
{
    FrontQuestion *question = map_remove(&front->questions, &message->number);

    if (question != NULL)
        answer_question(question, message->status, message->payload, message->payload_size);
}

void
submission_expire(Front *front, int64_t now)
{
    if (now < front->next_expiry)
        return;
    front->next_expiry = now == INT64_MAX ? 0 : now + EXPIRY_US;
    if (now != INT64_MAX)
        give_up(front, now);
    for (size_t i = front->questions.count; i > 0; i--) {
        FrontQuestion *question = map_value_at(&front->questions, i - 1);
        if (now < question->deadline)
            continue;
        map_remove(&front->questions, &question->number);
        answer_question(question, 0, NULL, 0);
    }
}
