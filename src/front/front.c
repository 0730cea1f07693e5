#include "front/state.h"

#include "base/clock.h"
#include "base/memory.h"
#include "flow/scheduler.h"
#include "runtime/graph.h"

#include <stdlib.h>
#include <string.h>

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
        front_send_of_query(front, MESSAGE_ROOT_FAILED, query, message->generation, &error);
        return;
    }
    query->planned = true;
    pthread_mutex_lock(&query->lock);
    query->plan = plan;
    query->row_limit = plan->root_limit;
    pthread_mutex_unlock(&query->lock);
    consumer_on_plan(front->consumer, message->query, graph, true);
}

/* Rows of a result are taken even where the process's memory is full: a window bounds them, and what fills it
 * may be the query's own, until its last row is here. */
static Chunk *
take_payload(Front *front, Received *received)
{
    Process *process = front->actor.process;
    Chunk *chunk = chunk_from_frame(&received->payload_frame, &process->outgoing);

    return chunk != NULL ? chunk : chunk_from_frame(&received->payload_frame, &process->transit);
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
        chunk = take_payload(front, received);
        if (chunk == NULL)
            return; /* the system has no memory now: the producer asks again */
        record.handle = chunk_handle(chunk);
    }
    if (!consumer_on_record(front->consumer, now, message->sender, &record) && chunk != NULL)
        chunk_release(chunk);
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
on_ended(Front *front, FrontQuery *query, const Message *message, int64_t now)
{
    query->acknowledged = true;
    if (message->number == QUERY_UNKNOWN)
        submission_renew(front, query, now);
    else
        delivery_end(query, message);
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
            on_ended(front, query, message, now);
        break;
    case MESSAGE_ANSWER: submission_answered(front, message); break;
    default: break;
    }
}

static void
make_consumer(Front *front)
{
    ConsumerConfig config;

    consumer_config_default(&config);
    front->instance++;
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
    delivery_drain(front);
    consumer_destroy(&front->consumer);
}

static void
on_member_event(Front *front, MemberEvent event, int64_t now)
{
    switch (event) {
    case MEMBER_JOINED:
        actor_tell_joined(&front->actor, false);
        submission_repeat_all(front, now);
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
    if (!delivery_is_ended(query))
        front_send_of_query(front, MESSAGE_CANCEL, query, 0, NULL);
    map_remove(&front->queries, &query->id);
    consumer_on_release(front->consumer, now, query->id);
    delivery_drain(front);
    front_query_free(query);
}

static void
give_credit(Front *front, const FrontLetter *letter, int64_t now)
{
    if (letter->credit.instance == front->instance)
        consumer_on_delivered(front->consumer, now, letter->query->id, letter->credit.generation,
                              letter->credit.cost);
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
                submission_send(front, mine->query, now);
            break;
        case FRONT_LETTER_DELIVERED: give_credit(front, mine, now); break;
        case FRONT_LETTER_CANCEL: submission_cancel(front, mine->query); break;
        case FRONT_LETTER_CLOSE: close_query(front, mine->query, now); break;
        case FRONT_LETTER_ASK: submission_ask(front, mine->question); break;
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
    NodeUsage usage;
    process_usage(front->actor.process, &usage);
    member_beat(&front->actor.member, now, 0, &report, &usage);
    arena_reset(front->actor.scratch);
    submission_repeat_late(front, now);
}

static void
fail_what_is_left(Front *front)
{
    Error error = {0};

    error_set(&error, STATUS_UNAVAILABLE, "the front is shutting down");
    for (size_t i = 0; i < front->queries.count; i++)
        delivery_fail(map_value_at(&front->queries, i), &error);
}

static void *
run_front(void *argument)
{
    Front *front = argument;

    while (!front->stopping) {
        int64_t now = clock_monotonic_us();
        read_letters(front, now);
        read_messages(front, now);
        delivery_drain(front);
        if (member_on_tick(&front->actor.member, now))
            beat(front, now);
        submission_expire(front, now);
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
    submission_expire(front, INT64_MAX);
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
    front_post(front, FRONT_LETTER_STOP, NULL, NULL);
    pthread_join(front->actor.thread, NULL);
    front_free(front);
    *self = NULL;
}

void
front_process_usage(const Front *front, NodeUsage *usage)
{
    process_usage(front->actor.process, usage);
}
