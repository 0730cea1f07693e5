/* What other processes say of queries: to the machines. */
#include "executor/state.h"

#include "base/log.h"

static void
on_plan(Executor *executor, const Message *message)
{
    LocalQuery *query;
    Error error = {0};

    if (map_get(&executor->queries, &message->query) != NULL)
        return;
    if (local_query_new(executor->actor.process, message->query, message->payload, message->payload_size,
                        &query, &error) != STATUS_OK) {
        Message failed = {.type = MESSAGE_ROOT_FAILED, .query = message->query, .error = error};
        log_line(LOG_ERROR, executor->actor.name, "plan refused: %s", error.message);
        transport_send_control(executor->actor.transport, &failed);
        return;
    }
    if (!attempts_on_plan(executor->attempts, message->query, query->graph)) {
        local_query_release(query);
        return;
    }
    producer_on_plan(executor->producer, message->query, query->graph);
    consumer_on_plan(executor->consumer, message->query, query->graph, false);
    map_put(&executor->queries, &message->query, query);
}

static void
on_routes(Executor *executor, const Message *message, int64_t now)
{
    for (size_t i = 0; i < message->address_count; i++)
        transport_set_peer(executor->actor.transport, message->addresses[i].incarnation,
                           message->addresses[i].endpoint);
    for (size_t i = 0; i < message->routes.lost_count; i++)
        transport_drop_peer(executor->actor.transport, message->routes.lost[i]);
    producer_on_routes(executor->producer, now, message->query, &message->routes);
    attempts_on_routes(executor->attempts, message->query, message->routes.generation,
                       message->routes.version);
    consumer_on_routes(executor->consumer, now, message->query, &message->routes);
}

static void
on_record(Executor *executor, Received *received, int64_t now)
{
    Message *message = &received->message;
    Record record = message->record;
    Process *process = executor->actor.process;
    const LocalQuery *query = map_get(&executor->queries, &message->query);
    const Budget *budget = query != NULL ? &query->budget : NULL;
    Chunk *chunk = NULL;

    if (message->endpoint[0] != '\0')
        transport_set_peer(executor->actor.transport, message->sender, message->endpoint);
    if (record.size != message->payload_size)
        return;
    if (record.kind == RECORD_CHUNK) {
        chunk = chunk_from_frame(&received->payload_frame, &process->outgoing);
        if (chunk == NULL)
            chunk = chunk_from_frame(&received->payload_frame, &process->transit);
        if (chunk == NULL)
            return; /* the system has no memory now: the producer asks again */
        record.handle = chunk_handle(chunk);
    }
    if (!consumer_on_record(executor->consumer, now, message->sender, &record)) {
        if (chunk != NULL)
            chunk_release(chunk);
    } else if (chunk != NULL && process_is_pressed(process, budget)) {
        spilling_store(executor, message, chunk, record_cost(record.size));
    } else if (chunk != NULL) {
        consumer_on_stored(executor->consumer, now, message->query, message->generation,
                           record_cost(record.size));
    }
}

void
messages_release(Executor *executor, QueryId id, int64_t now)
{
    LocalQuery *query = map_remove(&executor->queries, &id);

    attempts_on_release(executor->attempts, id);
    producer_on_release(executor->producer, id);
    consumer_on_release(executor->consumer, now, id);
    if (query != NULL)
        local_query_release(query);
}

void
messages_handle(Executor *executor, Received *received, int64_t now)
{
    Message *message = &received->message;

    switch (message->type) {
    case MESSAGE_PLAN: on_plan(executor, message); break;
    case MESSAGE_ROUTES: on_routes(executor, message, now); break;
    case MESSAGE_ELECTIONS:
        consumer_on_elections(executor->consumer, now, message->query, message->generation,
                              message->election_first, message->elections, message->election_count);
        break;
    case MESSAGE_TASK:
        attempts_on_task(executor->attempts, message->query, message->generation, message->status,
                         message->task);
        break;
    case MESSAGE_CANCEL_TASK:
        attempts_on_cancel(executor->attempts, message->query, message->generation, message->task);
        break;
    case MESSAGE_RELEASE: messages_release(executor, message->query, now); break;
    case MESSAGE_RECORD: on_record(executor, received, now); break;
    case MESSAGE_SYNC:
        transport_set_peer(executor->actor.transport, message->sender, message->endpoint);
        consumer_on_sync(executor->consumer, now, message->sender, &message->sync);
        break;
    case MESSAGE_GRANT:
        producer_on_grant(executor->producer, now, message->sender, &message->grant);
        letters_note_undelivered(executor, message->grant.query);
        break;
    default: break;
    }
}
