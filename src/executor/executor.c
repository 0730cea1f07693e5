#include "executor/executor.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "executor/running.h"
#include "flow/attempts.h"
#include "flow/consumer.h"
#include "flow/producer.h"
#include "runtime/actor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STOP_WAIT_US = 100000 };

/* What names a running attempt; no padding. */
typedef struct RunningKey {
    QueryId query;
    uint32_t generation;
    TaskRef ref;
} RunningKey;

struct Executor {
    Actor actor;
    ExecutorConfig config;
    TaskEnvironment environment; /* the fixed part */

    /* The state of one incarnation. */
    uint64_t instance;
    Attempts *attempts;
    Producer *producer;
    Consumer *consumer;
    Map queries; /* QueryId → LocalQuery */
    Map running; /* RunningKey → Running */

    size_t alive; /* Running objects not destroyed yet, of any instance */
    bool stopping;
    bool draining;
    int64_t drain_deadline;
};

static RunningKey
running_key(QueryId query, uint32_t generation, TaskRef ref)
{
    RunningKey key;

    memset(&key, 0, sizeof key);
    key.query = query;
    key.generation = generation;
    key.ref = ref;
    return key;
}

static void
make_machines(Executor *executor)
{
    ProducerConfig producer;
    ConsumerConfig consumer;

    producer_config_default(&producer);
    consumer_config_default(&consumer);
    executor->attempts = attempts_new(executor->config.slots);
    executor->producer = producer_new(&producer);
    executor->consumer = consumer_new(&consumer, transport_self(executor->actor.transport));
}

/* --- chunks, on behalf of the machines -------------------------------------------------------------------
 */

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
        case CONSUMER_FREE: chunk_release(chunk_of(action.handle)); break;
        default: break; /* roots are not consumed here */
        }
    }
}

static void
send_record(Executor *executor, const ProducerAction *action)
{
    const Chunk *chunk = action->record.kind == RECORD_CHUNK ? chunk_of(action->record.handle) : NULL;
    Message message = {.type = MESSAGE_RECORD,
                       .query = action->record.query,
                       .generation = action->record.generation,
                       .record = action->record,
                       .endpoint = action->record.sequence == 1 ? executor->actor.endpoint : ""};

    if (transport_send(executor->actor.transport, action->peer, &message,
                       chunk != NULL ? chunk->slab : NULL) != SEND_DONE)
        producer_on_refused(executor->producer, clock_monotonic_us(), action);
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
        case PRODUCER_FREE: chunk_release(chunk_of(action.handle)); break;
        case PRODUCER_EVICTED:
            attempts_on_evicted(executor->attempts, action.query, action.generation, action.task);
            break;
        }
    }
}

/* --- running attempts
 * ---------------------------------------------------------------------------------------- */

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

    if (query == NULL)
        return;
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

static void
report_done(Executor *executor, const Running *running)
{
    const uint32_t nodes = running->query->plan->node_count;
    NodeCount *counts = ARENA_ARRAY(executor->actor.scratch, NodeCount, nodes + 1);
    size_t count = 0;

    for (uint32_t id = 1; id <= nodes; id++) {
        NodeCounters *c = &running->counters[id];
        if (c->rows_in == 0 && c->rows_out == 0 && c->time_ns == 0 && c->bytes == 0 && c->blocks_pruned == 0)
            continue;
        counts[count++] = (NodeCount){.node = id,
                                      .rows_in = c->rows_in,
                                      .rows_out = c->rows_out,
                                      .bytes = c->bytes,
                                      .time_ns = c->time_ns,
                                      .memory_bytes = c->memory_bytes,
                                      .blocks_read = c->blocks_read,
                                      .blocks_pruned = c->blocks_pruned};
    }
    Message message = {.type = MESSAGE_TASK_DONE,
                       .query = running->query->id,
                       .generation = running->generation,
                       .task = running->ref,
                       .counts = counts,
                       .count_count = count};
    transport_send_control(executor->actor.transport, &message);
    arena_reset(executor->actor.scratch);
}

static void
report_failed(Executor *executor, Running *running)
{
    Message message = {.type = MESSAGE_TASK_FAILED,
                       .query = running->query->id,
                       .generation = running->generation,
                       .task = running->ref,
                       .error = running->error};

    if (message.error.code == STATUS_OK)
        error_set(&message.error, running->status, "%s", status_text(running->status));
    if (message.error.origin[0] == '\0')
        snprintf(message.error.origin, sizeof message.error.origin, "%.40s/stage-%u", executor->actor.name,
                 running->ref.stage);
    transport_send_control(executor->actor.transport, &message);
}

static void
close_inputs(Executor *executor, const Running *running)
{
    const StageGraph *graph = running->query->graph;

    for (size_t i = 0; i < running->input_count; i++) {
        const uint32_t exchange = running->inputs[i].exchange;
        if (graph->exchanges[exchange].kind != EXCHANGE_BROADCAST)
            consumer_close_input(executor->consumer, running->query->id, running->generation, exchange,
                                 running->ref.task);
    }
}

static void
on_finished(Executor *executor, Running *running, int64_t now)
{
    const bool done = running->status == STATUS_OK;

    executor->alive--;
    if (running->instance == executor->instance) {
        const RunningKey key = running_key(running->query->id, running->generation, running->ref);
        map_remove(&executor->running, &key);
        const bool wanted = attempts_on_finished(executor->attempts, running->query->id, running->generation,
                                                 running->ref, done);
        if (wanted && done) {
            producer_on_task_done(executor->producer, now, running->query->id, running->generation,
                                  running->ref);
            close_inputs(executor, running);
            report_done(executor, running);
        } else if (wanted) {
            report_failed(executor, running);
        }
    }
    running_destroy(running);
}

static void
on_chunk_written(Executor *executor, ChunkLetter *letter, int64_t now)
{
    const bool kept =
        letter->instance == executor->instance &&
        producer_on_chunk(executor->producer, now, letter->query, letter->generation, letter->ref,
                          letter->exchange, letter->partition, chunk_handle(letter->chunk),
                          (uint32_t)letter->chunk->size, letter->rows);

    if (!kept)
        chunk_release(letter->chunk);
    free(letter);
}

/* --- messages
 * -------------------------------------------------------------------------------------------------- */

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
    Chunk *chunk = NULL;

    if (message->endpoint[0] != '\0')
        transport_set_peer(executor->actor.transport, message->sender, message->endpoint);
    if (record.size != message->payload_size)
        return;
    if (record.kind == RECORD_CHUNK) {
        chunk = chunk_from_frame(&received->payload_frame, &executor->actor.process->outgoing);
        if (chunk == NULL) {
            Message failed = {
                .type = MESSAGE_ROOT_FAILED, .query = message->query, .generation = message->generation};
            error_set_memory(&failed.error);
            transport_send_control(executor->actor.transport, &failed);
            return;
        }
        record.handle = chunk_handle(chunk);
    }
    if (!consumer_on_record(executor->consumer, now, message->sender, &record)) {
        if (chunk != NULL)
            chunk_release(chunk);
    } else if (chunk != NULL) {
        consumer_on_stored(executor->consumer, now, message->query, message->generation,
                           record_cost(record.size));
    }
}

static void
on_release(Executor *executor, QueryId id, int64_t now)
{
    LocalQuery *query = map_remove(&executor->queries, &id);

    attempts_on_release(executor->attempts, id);
    producer_on_release(executor->producer, id);
    consumer_on_release(executor->consumer, now, id);
    if (query != NULL)
        local_query_release(query);
}

static void
on_query_message(Executor *executor, Received *received, int64_t now)
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
    case MESSAGE_RELEASE: on_release(executor, message->query, now); break;
    case MESSAGE_RECORD: on_record(executor, received, now); break;
    case MESSAGE_SYNC:
        transport_set_peer(executor->actor.transport, message->sender, message->endpoint);
        consumer_on_sync(executor->consumer, now, message->sender, &message->sync);
        break;
    case MESSAGE_GRANT: producer_on_grant(executor->producer, now, message->sender, &message->grant); break;
    default: break;
    }
}

/* --- membership
 * ------------------------------------------------------------------------------------------------ */

static void
free_chunk_letter_or_keep(Executor *executor, ExecutorLetter *letter, int64_t now)
{
    if (letter->kind == LETTER_CHUNK)
        on_chunk_written(executor, (ChunkLetter *)letter, now);
    else
        on_finished(executor, (Running *)letter, now);
}

/* Everything of the incarnation that was: queries, outputs, inputs. Running tasks are cancelled and end on
 * their own. */
static void
forget_everything(Executor *executor, int64_t now)
{
    for (size_t i = 0; i < executor->running.count; i++)
        running_cancel(map_value_at(&executor->running, i));
    map_clear(&executor->running);
    for (size_t i = executor->queries.count; i > 0; i--)
        on_release(executor, *(const QueryId *)map_key_at(&executor->queries, i - 1), now);
    drain_consumer(executor);
    drain_producer(executor, now);
    attempts_destroy(&executor->attempts);
    producer_destroy(&executor->producer);
    consumer_destroy(&executor->consumer);
    executor->instance++;
}

static void
on_member_event(Executor *executor, MemberEvent event, int64_t now)
{
    switch (event) {
    case MEMBER_JOINED: actor_tell_joined(&executor->actor, false); break;
    case MEMBER_RESET:
        forget_everything(executor, now);
        make_machines(executor);
        break;
    case MEMBER_REFUSED:
        log_line(LOG_ERROR, executor->actor.name, "refused: %s", executor->actor.member.error.message);
        actor_tell_joined(&executor->actor, true);
        break;
    case MEMBER_DRAINED: executor->stopping = true; break;
    default: break;
    }
}

static QueryReport *
find_report(QueryReport *reports, size_t *count, QueryId query)
{
    for (size_t i = 0; i < *count; i++)
        if (query_id_equal(reports[i].query, query))
            return &reports[i];
    QueryReport *report = &reports[(*count)++];
    memset(report, 0, sizeof *report);
    report->query = query;
    return report;
}

static void
report_held(Executor *executor, QueryReport *reports, size_t *count)
{
    for (size_t i = 0; i < attempts_query_count(executor->attempts); i++) {
        QueryId id;
        uint32_t generation;
        const HeldAttempt *held;
        size_t held_count;
        attempts_query_at(executor->attempts, i, &id, &generation, &held, &held_count);

        QueryReport *report = find_report(reports, count, id);
        HeldAttempt *copy = ARENA_ARRAY(executor->actor.scratch, HeldAttempt, held_count);
        if (held_count > 0)
            memcpy(copy, held, held_count * sizeof *held);
        report->generation = generation;
        report->held = copy;
        report->held_count = held_count;
        report->undelivered = producer_undelivered(executor->producer, id);
    }
}

static void
report_missing(Executor *executor, QueryReport *reports, size_t *count)
{
    for (size_t i = 0; i < consumer_query_count(executor->consumer); i++) {
        const QueryId id = consumer_query_at(executor->consumer, i);
        ConsumerReport consumer;
        if (!consumer_report(executor->consumer, id, &consumer))
            continue;

        QueryReport *report = find_report(reports, count, id);
        uint32_t generation;
        const uint32_t version = producer_routes_version(executor->producer, id, &generation);
        actor_report_consumer(executor->actor.scratch, &consumer, report);
        if (version < report->routes_version)
            report->routes_version = version;
    }
}

static void
beat(Executor *executor, int64_t now)
{
    const size_t most = attempts_query_count(executor->attempts) + consumer_query_count(executor->consumer);
    QueryReport *reports = ARENA_ARRAY(executor->actor.scratch, QueryReport, most);
    size_t count = 0;

    report_held(executor, reports, &count);
    report_missing(executor, reports, &count);
    const Report report = {.queries = reports, .count = count};
    member_beat(&executor->actor.member, now, attempts_busy(executor->attempts), &report);
    arena_reset(executor->actor.scratch);
}

/* --- the loop
 * -------------------------------------------------------------------------------------------------- */

static void
start_drain(Executor *executor, int64_t now)
{
    Message message = {.type = MESSAGE_DRAIN};

    if (executor->draining)
        return;
    executor->draining = true;
    executor->drain_deadline = now + executor->config.drain_timeout_us;
    if (!executor->actor.member.joined)
        executor->stopping = true;
    else
        transport_send_control(executor->actor.transport, &message);
}

static void
read_letters(Executor *executor, int64_t now)
{
    for (Letter *letter = mailbox_take(executor->actor.mailbox), *next; letter != NULL; letter = next) {
        ExecutorLetter *mine = (ExecutorLetter *)letter;
        next = letter->next;
        switch (mine->kind) {
        case LETTER_CHUNK:
        case LETTER_FINISHED: free_chunk_letter_or_keep(executor, mine, now); break;
        case LETTER_STOP:
            executor->stopping = true;
            free(mine);
            break;
        case LETTER_DRAIN:
            start_drain(executor, now);
            free(mine);
            break;
        }
    }
}

static void
read_messages(Executor *executor, int64_t now)
{
    Received received;

    while (transport_receive(executor->actor.transport, &received)) {
        const MemberEvent event = member_on_message(&executor->actor.member, now, &received.message);
        if (event != MEMBER_NOTHING)
            on_member_event(executor, event, now);
        else if (member_accepts(&executor->actor.member, &received.message))
            on_query_message(executor, &received, now);
    }
}

static void
settle(Executor *executor, int64_t now)
{
    Incarnation peer;

    while (transport_next_writable(executor->actor.transport, &peer))
        producer_on_writable(executor->producer, now, peer);
    drain_consumer(executor);
    drain_attempts(executor, now);
    drain_producer(executor, now);
    drain_attempts(executor, now);
}

/* Kept outputs that every consumer has acknowledged go first where chunks take more than half of the memory;
 * what is needed again after all is computed again. */
static void
relieve_memory(Executor *executor)
{
    const size_t bound = executor->actor.process->memory.limit / 2;
    const size_t used = budget_used(&executor->actor.process->outgoing);

    if (used > bound)
        producer_evict(executor->producer, used - bound);
}

static int64_t
next_wait(const Executor *executor, int64_t now)
{
    int64_t deadline = member_next_deadline(&executor->actor.member);

    if (producer_next_deadline(executor->producer) < deadline)
        deadline = producer_next_deadline(executor->producer);
    if (executor->draining && executor->drain_deadline < deadline)
        deadline = executor->drain_deadline;
    return deadline <= now ? 0 : deadline - now;
}

static void
say_bye(Executor *executor)
{
    Message message = {.type = MESSAGE_BYE};

    if (executor->actor.member.joined)
        transport_send_control(executor->actor.transport, &message);
}

static void *
run_executor(void *argument)
{
    Executor *executor = argument;

    while (!executor->stopping) {
        int64_t now = clock_monotonic_us();
        read_letters(executor, now);
        read_messages(executor, now);
        if (now >= producer_next_deadline(executor->producer))
            producer_on_tick(executor->producer, now);
        relieve_memory(executor);
        settle(executor, now);
        if (member_on_tick(&executor->actor.member, now))
            beat(executor, now);
        /* Without a coordinator nobody can say that the drain is over, and no query needs what is here. */
        if (executor->draining && (now >= executor->drain_deadline || !executor->actor.member.joined))
            executor->stopping = true;
        now = clock_monotonic_us();
        if (!executor->stopping)
            transport_wait(executor->actor.transport, mailbox_descriptor(executor->actor.mailbox),
                           next_wait(executor, now));
    }
    say_bye(executor);
    forget_everything(executor, clock_monotonic_us());
    while (executor->alive > 0) { /* cancelled tasks end within their slice */
        transport_wait(executor->actor.transport, mailbox_descriptor(executor->actor.mailbox), STOP_WAIT_US);
        read_letters(executor, clock_monotonic_us());
    }
    transport_destroy(&executor->actor.transport);
    return NULL;
}

/* --- start and stop
 * -------------------------------------------------------------------------------------------- */

static void
executor_free(Executor *executor)
{
    actor_close(&executor->actor);
    attempts_destroy(&executor->attempts);
    producer_destroy(&executor->producer);
    consumer_destroy(&executor->consumer);
    map_destroy(&executor->queries);
    map_destroy(&executor->running);
    free(executor);
}

Status
executor_start(Process *process, const ExecutorConfig *config, Executor **made, Error *error)
{
    Executor *executor = MEMORY_NEW(Executor);
    const ActorConfig actor = {.name = config->name,
                               .roles = config->roles,
                               .slots = config->slots != 0 ? config->slots : process->threads,
                               .join = config->join,
                               .bind = config->bind,
                               .advertise = config->advertise};
    Status status;

    executor->config = *config;
    executor->config.slots = actor.slots;
    map_init(&executor->queries, sizeof(QueryId));
    map_init(&executor->running, sizeof(RunningKey));
    executor->environment = (TaskEnvironment){.tablets = process->tablets,
                                              .store = process->store,
                                              .scratch = config->scratch,
                                              .batch_rows = config->batch_rows,
                                              .chunk_bytes = config->chunk_bytes};
    TRY_GOTO(actor_open(&executor->actor, process, &actor, error), failed);
    make_machines(executor);
    if (pthread_create(&executor->actor.thread, NULL, run_executor, executor) != 0) {
        status = error_set(error, STATUS_IO, "cannot start a thread");
        goto failed;
    }
    *made = executor;
    return STATUS_OK;

failed:
    executor_free(executor);
    return status;
}

Status
executor_wait_joined(Executor *executor, int64_t timeout_us, Error *error)
{
    return actor_wait_joined(&executor->actor, timeout_us, error);
}

const char *
executor_endpoint(const Executor *executor)
{
    return executor->actor.endpoint;
}

void
executor_stop(Executor **self, bool drain)
{
    Executor *executor = *self;

    if (executor == NULL)
        return;
    ExecutorLetter *letter = MEMORY_NEW(ExecutorLetter);
    letter->kind = drain ? LETTER_DRAIN : LETTER_STOP;
    mailbox_post(executor->actor.mailbox, &letter->letter);
    pthread_join(executor->actor.thread, NULL);
    executor_free(executor);
    *self = NULL;
}
