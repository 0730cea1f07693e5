/* The root's input: held back while it is small, so that a restart stays invisible; then delivered attempt by
 * attempt as they complete; and where what is incomplete grows too large, chunk by chunk of attempts that it
 * commits to. */
#include "flow/consumer_state.h"

#include <stdlib.h>

void
root_fail(Consumer *consumer, ConsumerQuery *query, const char *message)
{
    if (query->failed)
        return;
    query->failed = true;

    ConsumerAction *action = consumer_push(consumer, CONSUMER_FAIL, query);

    action->status = STATUS_PEER_LOST;
    action->message = message;
}

static void
offer(Consumer *consumer, Input *input, Staged *staged)
{
    ConsumerQuery *query = input->query;

    for (; staged->offered < staged->count; staged->offered++) {
        const ConsumerChunk *chunk = &staged->chunks[staged->offered];
        ConsumerAction *action = consumer_push(consumer, CONSUMER_DELIVER, query);

        action->exchange = input->exchange;
        action->task = staged->ref;
        action->chunk = chunk->chunk;
        action->handle = chunk->handle;
        action->size = chunk->size;
        action->rows = chunk->rows;
        query->root_unoffered -= record_cost(chunk->size);
        query->root_offered++;
        consumer->chunks_held--;
    }
}

/* The first byte is about to go out. What is complete goes first, by task. */
static void
begin(Consumer *consumer, Input *input)
{
    input->query->root_started = true;
    for (uint32_t i = 0; i < input->feeder_count; i++) {
        if (input->feeders[i].complete && input->feeders[i].staged != NULL)
            offer(consumer, input, input->feeders[i].staged);
    }
}

static bool
is_too_large(const Consumer *consumer, const ConsumerQuery *query)
{
    return query->root_unoffered >= consumer->config.root_commit_bytes;
}

/* Take this attempt of the task and no other, complete or not. */
static void
commit(Consumer *consumer, Input *input, Feeder *feeder, Staged *staged)
{
    for (Staged *other = feeder->staged, *next = NULL; other != NULL; other = next) {
        next = other->next;
        if (other != staged)
            staged_destroy(consumer, input, other);
    }
    feeder->staged = staged;
    staged->next = NULL;
    staged->committed = true;
}

static bool
may_commit(const Input *input, const Staged *staged)
{
    const ConsumerQuery *query = input->query;
    const uint32_t *elected = query->elected[staged->ref.stage];

    if (!query->is_elected[staged->ref.stage])
        return true;
    return elected != NULL && elected[staged->ref.task] == staged->ref.attempt;
}

void
root_on_progress(Consumer *consumer, Input *input, Feeder *feeder, Staged *staged)
{
    ConsumerQuery *query = input->query;
    const bool complete = input->complete_count == input->feeder_count;

    if (query->failed)
        return;
    if (!query->root_started && (complete || is_too_large(consumer, query)))
        begin(consumer, input);
    if (query->root_started && staged != NULL) {
        if (!feeder->complete && !staged->committed && is_too_large(consumer, query) &&
            may_commit(input, staged))
            commit(consumer, input, feeder, staged);
        if (feeder->complete || staged->committed)
            offer(consumer, input, staged);
    }
    if (complete && query->root_offered == 0 && !query->root_announced) {
        query->root_announced = true;
        consumer_push(consumer, CONSUMER_ROOT_COMPLETE, query);
    }
}
