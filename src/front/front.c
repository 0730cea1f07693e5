#include "front/state.h"

#include "base/clock.h"
#include "base/memory.h"
#include "runtime/graph.h"

#include <stdlib.h>
#include <string.h>

enum { RESUBMIT_US = 1000000, ASK_AGAIN_US = 5000000 };

/* --- what reaches the client
 * ---------------------------------------------------------------------------------- */

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

static void
give_chunk(FrontQuery *query, const ConsumerAction *action)
{
    GivenChunk *given = MEMORY_NEW(GivenChunk);

    given->chunk = chunk_of(action->handle);
    given->cost = record_cost(action->size);
    given->generation = action->generation;
    query->offered = true;
    query->rows_given += action->rows;
    pthread_mutex_lock(&query->lock);
    *query->last = given;
    query->last = &given->next;
    wake_client(query);
}

static void
fail_query(FrontQuery *query, const Error *error)
{
    pthread_mutex_lock(&query->lock);
    if (!query->ended) {
        query->ended = true;
        error_copy(&query->error, error);
    }
    wake_client(query);
}

static void
send_of_query(Front *front, MessageType type, const FrontQuery *query, uint32_t generation,
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
    send_of_query(front, MESSAGE_COMPLETE, query, generation, NULL);
}

static bool
reached_limit(const FrontQuery *query)
{
    return query->row_limit != PLAN_NO_LIMIT && query->rows_given >= (uint64_t)query->row_limit;
}

static void
drain_consumer(Front *front)
{
    ConsumerAction action;

    while (consumer_next_action(front->consumer, &action)) {
        FrontQuery *query = map_get(&front->queries, &action.query);
        switch (action.kind) {
        case CONSUMER_GRANT: {
            Message message = {.type = MESSAGE_GRANT,
                               .query = action.grant.query,
                               .generation = action.grant.generation,
                               .grant = action.grant};
            transport_send(front->actor.transport, action.peer, &message, NULL);
            break;
        }
        case CONSUMER_DELIVER:
            if (query == NULL || query->completed) {
                chunk_release(chunk_of(action.handle));
                consumer_on_delivered(front->consumer, clock_monotonic_us(), action.query, action.generation,
                                      record_cost(action.size));
                break;
            }
            give_chunk(query, &action);
            if (query->expected) /* few rows, taken together at the end */
                consumer_on_delivered(front->consumer, clock_monotonic_us(), action.query, action.generation,
                                      record_cost(action.size));
            if (reached_limit(query))
                complete_query(front, query, action.generation);
            break;
        case CONSUMER_ROOT_COMPLETE:
            if (query != NULL)
                complete_query(front, query, action.generation);
            break;
        case CONSUMER_FREE: chunk_release(chunk_of(action.handle)); break;
        case CONSUMER_FAIL: {
            Error error = {0};
            error_set(&error, action.status, "%s", action.message);
            if (query != NULL)
                send_of_query(front, MESSAGE_ROOT_FAILED, query, action.generation, &error);
            break;
        }
        default: break;
        }
    }
}

/* --- messages
 * -------------------------------------------------------------------------------------------------- */

static void
on_plan(Front *front, const Message *message, int64_t now)
{
    FrontQuery *query = map_get(&front->queries, &message->query);
    StagedPlan *plan;
    StageGraph *graph;
    Error error = {0};

    (void)now;
    if (query == NULL || query->planned)
        return;
    query->acknowledged = true;
    if (plan_decode(query->arena, message->payload, message->payload_size, &plan, &error) != STATUS_OK ||
        graph_from_plan(query->arena, plan, &graph, &error) != STATUS_OK) {
        send_of_query(front, MESSAGE_ROOT_FAILED, query, message->generation, &error);
        return;
    }
    query->planned = true;
    pthread_mutex_lock(&query->lock);
    query->plan = plan;
    query->row_limit = plan->root_limit;
    pthread_mutex_unlock(&query->lock);
    consumer_on_plan(front->consumer, message->query, graph, true);
}

static void
on_record(Front *front, Received *received, int64_t now)
{
    Message *message = &received->message;
    Record record = message->record;
    Chunk *chunk = NULL;

    if (message->endpoint[0] != '\0')
        transport_set_peer(front->actor.transport, message->sender, message->endpoint);
    if (record.size != message->payload_size)
        return;
    if (record.kind == RECORD_CHUNK) {
        chunk = chunk_from_frame(&received->payload_frame, &front->actor.process->outgoing);
        if (chunk == NULL)
            return; /* no memory now: the producer asks again */
        record.handle = chunk_handle(chunk);
    }
    if (!consumer_on_record(front->consumer, now, message->sender, &record) && chunk != NULL)
        chunk_release(chunk);
}

static void
on_ended(FrontQuery *query, const Message *message)
{
    query->acknowledged = true;
    pthread_mutex_lock(&query->lock);
    if (!query->ended) {
        query->ended = true;
        query->all_given = true;
        query->error = message->error;
        query->summary = memory_alloc_zero(1, message->payload_size + 1);
        if (message->payload_size > 0)
            memcpy(query->summary, message->payload, message->payload_size);
    }
    wake_client(query);
}

static void
on_answer(Front *front, const Message *message)
{
    Question *question = map_remove(&front->questions, &message->number);

    if (question == NULL)
        return;
    pthread_mutex_lock(&question->lock);
    question->answered = true;
    question->status = message->status;
    question->size = message->payload_size;
    question->body = memory_alloc_zero(1, message->payload_size + 1);
    if (message->payload_size > 0)
        memcpy(question->body, message->payload, message->payload_size);
    const bool abandoned = question->abandoned;
    pthread_cond_broadcast(&question->changed);
    pthread_mutex_unlock(&question->lock);
    if (abandoned) {
        free(question->body);
        free(question);
    }
}

static void
on_routes(Front *front, const Message *message, int64_t now)
{
    for (size_t i = 0; i < message->address_count; i++)
        transport_set_peer(front->actor.transport, message->addresses[i].incarnation,
                           message->addresses[i].endpoint);
    for (size_t i = 0; i < message->routes.lost_count; i++)
        transport_drop_peer(front->actor.transport, message->routes.lost[i]);
    consumer_on_routes(front->consumer, now, message->query, &message->routes);
}

static void
on_query_message(Front *front, Received *received, int64_t now)
{
    Message *message = &received->message;
    FrontQuery *query = map_get(&front->queries, &message->query);

    switch (message->type) {
    case MESSAGE_PLAN: on_plan(front, message, now); break;
    case MESSAGE_ROUTES: on_routes(front, message, now); break;
    case MESSAGE_ELECTIONS:
        consumer_on_elections(front->consumer, now, message->query, message->generation,
                              message->election_first, message->elections, message->election_count);
        break;
    case MESSAGE_RELEASE: consumer_on_release(front->consumer, now, message->query); break;
    case MESSAGE_RECORD: on_record(front, received, now); break;
    case MESSAGE_SYNC:
        transport_set_peer(front->actor.transport, message->sender, message->endpoint);
        consumer_on_sync(front->consumer, now, message->sender, &message->sync);
        break;
    case MESSAGE_ENDED:
        if (query != NULL)
            on_ended(query, message);
        break;
    case MESSAGE_ANSWER: on_answer(front, message); break;
    default: break;
    }
}

/* --- submission
 * -------------------------------------------------------------------------------------------------- */

static void
submit(Front *front, FrontQuery *query, int64_t now)
{
    Message message = {.type = MESSAGE_SUBMIT,
                       .query = query->id,
                       .generation = (uint32_t)query->operation,
                       .payload = query->document,
                       .payload_size = query->document_size};

    query->next_submit = now + (query->acknowledged ? ASK_AGAIN_US : RESUBMIT_US);
    if (front->actor.member.joined)
        transport_send_control(front->actor.transport, &message);
}

static bool
is_ended(FrontQuery *query)
{
    pthread_mutex_lock(&query->lock);
    const bool ended = query->ended;
    pthread_mutex_unlock(&query->lock);
    return ended;
}

/* The coordinator is another one, or has forgotten us: what no client has seen yet starts again under its id.
 */
static void
resubmit_all(Front *front, int64_t now)
{
    for (size_t i = 0; i < front->queries.count; i++) {
        FrontQuery *query = map_value_at(&front->queries, i);
        if (query->expected || is_ended(query))
            continue;
        if (query->offered) {
            Error error = {0};
            error_set(&error, STATUS_PEER_LOST, "the coordinator was lost while rows were being sent");
            error_hint(&error, "send the query again");
            fail_query(query, &error);
            continue;
        }
        query->acknowledged = false;
        query->planned = false;
        query->completed = false;
        submit(front, query, now);
    }
}

static void
make_consumer(Front *front)
{
    ConsumerConfig config;

    consumer_config_default(&config);
    front->consumer = consumer_new(&config, transport_self(front->actor.transport));
    pthread_mutex_lock(&front->actor.lock);
    front->incarnation = transport_self(front->actor.transport);
    pthread_mutex_unlock(&front->actor.lock);
}

/* Chunks that the machine still holds are given back before it goes. */
static void
drop_consumer(Front *front, int64_t now)
{
    for (size_t i = consumer_query_count(front->consumer); i > 0; i--)
        consumer_on_release(front->consumer, now, consumer_query_at(front->consumer, i - 1));
    drain_consumer(front);
    consumer_destroy(&front->consumer);
}

static void
on_member_event(Front *front, MemberEvent event, int64_t now)
{
    switch (event) {
    case MEMBER_JOINED:
        actor_tell_joined(&front->actor, false);
        resubmit_all(front, now);
        break;
    case MEMBER_RESET:
        drop_consumer(front, now);
        make_consumer(front);
        break;
    case MEMBER_REFUSED: actor_tell_joined(&front->actor, true); break;
    default: break;
    }
}

static void
close_query(Front *front, FrontQuery *query, int64_t now)
{
    if (!is_ended(query))
        send_of_query(front, MESSAGE_CANCEL, query, 0, NULL);
    map_remove(&front->queries, &query->id);
    consumer_on_release(front->consumer, now, query->id);
    drain_consumer(front);
    front_query_free(query);
}

static void
ask(Front *front, Question *question)
{
    Message message = {.type = MESSAGE_ASK,
                       .number = question->number = ++front->last_question,
                       .payload = question->document,
                       .payload_size = strlen(question->document)};

    map_put(&front->questions, &question->number, question);
    transport_send_control(front->actor.transport, &message);
    free(question->document);
    question->document = NULL;
}

static void
read_letters(Front *front, int64_t now)
{
    for (Letter *letter = mailbox_take(front->actor.mailbox), *next; letter != NULL; letter = next) {
        FrontLetter *mine = (FrontLetter *)letter;
        next = letter->next;
        switch (mine->kind) {
        case FRONT_LETTER_SUBMIT:
            map_put(&front->queries, &mine->query->id, mine->query);
            if (!mine->query->expected)
                submit(front, mine->query, now);
            break;
        case FRONT_LETTER_DELIVERED:
            consumer_on_delivered(front->consumer, now, mine->query->id, mine->generation, mine->cost);
            break;
        case FRONT_LETTER_CANCEL: send_of_query(front, MESSAGE_CANCEL, mine->query, 0, NULL); break;
        case FRONT_LETTER_CLOSE: close_query(front, mine->query, now); break;
        case FRONT_LETTER_ASK: ask(front, mine->question); break;
        case FRONT_LETTER_STOP: front->stopping = true; break;
        }
        free(mine);
    }
}

static void
read_messages(Front *front, int64_t now)
{
    Received received;

    while (transport_receive(front->actor.transport, &received)) {
        const MemberEvent event = member_on_message(&front->actor.member, now, &received.message);
        if (event != MEMBER_NOTHING)
            on_member_event(front, event, now);
        else if (member_accepts(&front->actor.member, &received.message))
            on_query_message(front, &received, now);
    }
}

/* What was said to the coordinator, or its answer, may have gone with a connection: it knows a query that
 * comes again. */
static void
resubmit_late(Front *front, int64_t now)
{
    for (size_t i = 0; i < front->queries.count; i++) {
        FrontQuery *query = map_value_at(&front->queries, i);
        if (now < query->next_submit || is_ended(query))
            continue;
        if (!query->expected)
            submit(front, query, now);
        if (query->completed)
            send_of_query(front, MESSAGE_COMPLETE, query, query->completed_generation, NULL);
        query->next_submit = now + (query->acknowledged ? ASK_AGAIN_US : RESUBMIT_US);
    }
}

static void
beat(Front *front, int64_t now)
{
    const size_t most = consumer_query_count(front->consumer);
    QueryReport *reports = ARENA_ARRAY(front->actor.scratch, QueryReport, most);
    size_t count = 0;

    for (size_t i = 0; i < most; i++) {
        const QueryId id = consumer_query_at(front->consumer, i);
        ConsumerReport consumer;
        if (!consumer_report(front->consumer, id, &consumer))
            continue;
        reports[count] = (QueryReport){.query = id};
        actor_report_consumer(front->actor.scratch, &consumer, &reports[count++]);
    }
    const Report report = {.queries = reports, .count = count};
    member_beat(&front->actor.member, now, 0, &report);
    arena_reset(front->actor.scratch);
    resubmit_late(front, now);
}

static void
fail_what_is_left(Front *front)
{
    Error error = {0};

    error_set(&error, STATUS_UNAVAILABLE, "the front is shutting down");
    for (size_t i = 0; i < front->queries.count; i++)
        fail_query(map_value_at(&front->queries, i), &error);
}

static void *
run_front(void *argument)
{
    Front *front = argument;

    while (!front->stopping) {
        int64_t now = clock_monotonic_us();
        read_letters(front, now);
        read_messages(front, now);
        drain_consumer(front);
        if (member_on_tick(&front->actor.member, now))
            beat(front, now);
        now = clock_monotonic_us();
        const int64_t wait = member_next_deadline(&front->actor.member) - now;
        if (!front->stopping)
            transport_wait(front->actor.transport, mailbox_descriptor(front->actor.mailbox),
                           wait < 0 ? 0 : wait);
    }
    fail_what_is_left(front);
    Message bye = {.type = MESSAGE_BYE};
    if (front->actor.member.joined)
        transport_send_control(front->actor.transport, &bye);
    drop_consumer(front, clock_monotonic_us());
    read_letters(front, clock_monotonic_us());
    transport_destroy(&front->actor.transport);
    return NULL;
}

/* --- start and stop
 * -------------------------------------------------------------------------------------------- */

static void
front_free(Front *front)
{
    actor_close(&front->actor);
    consumer_destroy(&front->consumer);
    map_destroy(&front->queries);
    map_destroy(&front->questions);
    free(front);
}

Status
front_start(Process *process, const FrontConfig *config, Front **made, Error *error)
{
    Front *front = MEMORY_NEW(Front);
    const ActorConfig actor = {.name = config->name,
                               .role = "front",
                               .roles = NODE_FRONT,
                               .join = config->join,
                               .bind = config->bind,
                               .advertise = config->advertise};
    Status status;

    map_init(&front->queries, sizeof(QueryId));
    map_init(&front->questions, sizeof(uint64_t));
    TRY_GOTO(actor_open(&front->actor, process, &actor, error), failed);
    make_consumer(front);
    if (pthread_create(&front->actor.thread, NULL, run_front, front) != 0) {
        status = error_set(error, STATUS_IO, "cannot start a thread");
        goto failed;
    }
    *made = front;
    return STATUS_OK;

failed:
    front_free(front);
    return status;
}

Status
front_wait_joined(Front *front, int64_t timeout_us, Error *error)
{
    return actor_wait_joined(&front->actor, timeout_us, error);
}

Incarnation
front_incarnation(Front *front)
{
    pthread_mutex_lock(&front->actor.lock);
    const Incarnation incarnation = front->incarnation;
    pthread_mutex_unlock(&front->actor.lock);
    return incarnation;
}

void
front_stop(Front **self)
{
    Front *front = *self;

    if (front == NULL)
        return;
    front_post(front, FRONT_LETTER_STOP, NULL, NULL, 0, 0);
    pthread_join(front->actor.thread, NULL);
    front_free(front);
    *self = NULL;
}
