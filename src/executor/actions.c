/* What the machines want done: records, grants, attempts on slots. */
#include "executor/state.h"

#include "base/clock.h"
#include "base/memory.h"

#include <string.h>

RunningKey
running_key(QueryId query, uint32_t generation, TaskRef ref)
{
    RunningKey key;

    memset(&key, 0, sizeof key);
    key.query = query;
    key.generation = generation;
    key.ref = ref;
    return key;
}

/* --- chunks, on behalf of the machines
 * ------------------------------------------------------------------------------------------- */

static void
drain_consumer(Executor *executor)
{
    ConsumerAction action;

    while (consumer_next_action(executor->consumer, &action)) {
        switch (action.kind) {
        case CONSUMER_GRANT: {
            Message message = {.type = MESSAGE_GRANT,
                               .query = action.grant.query,
                               .generation = action.grant.generation,
                               .grant = action.grant};
            transport_send(executor->actor.transport, action.peer, &message, NULL);
            break;
        }
        case CONSUMER_INPUT_COMPLETE:
        case CONSUMER_INPUT_RESET:
            attempts_on_input(executor->attempts, action.query, action.generation, action.exchange,
                              action.partition, action.kind == CONSUMER_INPUT_COMPLETE);
            break;
        case CONSUMER_FREE: spilling_free(executor, chunk_of(action.handle)); break;
        default: break; /* roots are not consumed here */
        }
    }
}

static void
send_record(Executor *executor, const ProducerAction *action)
{
    Chunk *chunk = action->record.kind == RECORD_CHUNK ? chunk_of(action->record.handle) : NULL;
    Message message = {.type = MESSAGE_RECORD,
                       .query = action->record.query,
                       .generation = action->record.generation,
                       .record = action->record,
                       .endpoint = action->record.sequence == 1 ? executor->actor.endpoint : ""};

    if (chunk != NULL && chunk->slab == NULL) {
        /* on the disk: as if the socket refused, until it is here */
        spilling_load(executor, action, chunk);
        producer_on_refused(executor->producer, clock_monotonic_us(), action);
    } else if (transport_send(executor->actor.transport, action->peer, &message,
                              chunk != NULL ? chunk->slab : NULL) != SEND_DONE) {
        producer_on_refused(executor->producer, clock_monotonic_us(), action);
    } else if (chunk != NULL && chunk->spilled.file != NULL) {
        slab_release(&chunk->slab); /* the socket has its own reference */
    }
}

static void
drain_producer(Executor *executor, int64_t now)
{
    ProducerAction action;

    while (producer_next_action(executor->producer, now, &action)) {
        switch (action.kind) {
        case PRODUCER_SEND: send_record(executor, &action); break;
        case PRODUCER_SYNC: {
            Message message = {.type = MESSAGE_SYNC,
                               .query = action.sync.query,
                               .generation = action.sync.generation,
                               .sync = action.sync,
                               .endpoint = executor->actor.endpoint};
            transport_send(executor->actor.transport, action.peer, &message, NULL);
            break;
        }
        case PRODUCER_FREE: spilling_free(executor, chunk_of(action.handle)); break;
        case PRODUCER_EVICTED:
            attempts_on_evicted(executor->attempts, action.query, action.generation, action.task);
            break;
        }
    }
}

/* --- attempts
 * -------------------------------------------------------------------------------------------------------- */

static void
collect_input(Executor *executor, const LocalQuery *query, uint32_t generation, TaskRef ref,
              uint32_t exchange, RunningInput *input)
{
    enum { STEP = 256 };
    const bool broadcast = query->graph->exchanges[exchange].kind == EXCHANGE_BROADCAST;
    ConsumerChunk step[STEP];
    size_t capacity = 0;
    size_t task_capacity = 0;

    input->exchange = exchange;
    for (;;) {
        const size_t got = consumer_input_chunks(executor->consumer, query->id, generation, exchange,
                                                 broadcast ? 0 : ref.task, input->count, step, STEP);
        for (size_t i = 0; i < got; i++) {
            MEMORY_GROW(input->chunks, input->count, capacity);
            MEMORY_GROW(input->tasks, input->count, task_capacity);
            input->chunks[input->count] = chunk_reference(chunk_of(step[i].handle));
            input->chunks[input->count]->pinned = true;
            input->tasks[input->count] = step[i].producer_task.task;
            input->count++;
        }
        if (got < STEP)
            return;
    }
}

static void
start_attempt(Executor *executor, const AttemptsAction *action)
{
    LocalQuery *query = map_get(&executor->queries, &action->query);

    if (query == NULL) { /* released since the slot was given: it is free again */
        attempts_on_finished(executor->attempts, action->query, action->generation, action->task, false);
        return;
    }
    const Stage *stage = &query->plan->stages[action->task.stage];
    RunningInput *inputs = stage->input_count > 0 ? MEMORY_ARRAY(RunningInput, stage->input_count) : NULL;
    for (uint32_t i = 0; i < stage->input_count; i++)
        collect_input(executor, query, action->generation, action->task, stage->inputs[i], &inputs[i]);

    Running *running =
        running_new(executor->actor.process, executor->actor.mailbox, executor->instance, query,
                    action->generation, action->task, &executor->environment, inputs, stage->input_count);
    const RunningKey key = running_key(action->query, action->generation, action->task);
    map_put(&executor->running, &key, running);
    executor->alive++;
    running_start(running);
}

static void
stop_attempt(Executor *executor, const AttemptsAction *action)
{
    const RunningKey key = running_key(action->query, action->generation, action->task);
    Running *running = map_get(&executor->running, &key);

    if (running != NULL)
        running_cancel(running);
}

static void
drain_attempts(Executor *executor, int64_t now)
{
    AttemptsAction action;

    while (attempts_next_action(executor->attempts, &action)) {
        switch (action.kind) {
        case ATTEMPTS_START: start_attempt(executor, &action); break;
        case ATTEMPTS_STOP: stop_attempt(executor, &action); break;
        case ATTEMPTS_DROP:
            producer_on_attempt_dropped(executor->producer, now, action.query, action.generation,
                                        action.task);
            break;
        }
    }
}

void
actions_settle(Executor *executor, int64_t now)
{
    Incarnation peer;

    while (transport_next_writable(executor->actor.transport, &peer))
        producer_on_writable(executor->producer, now, peer);
    drain_consumer(executor);
    drain_attempts(executor, now);
    drain_producer(executor, now);
    drain_attempts(executor, now);
}

void
actions_free_chunks(Executor *executor, int64_t now)
{
    drain_consumer(executor);
    drain_producer(executor, now);
}
