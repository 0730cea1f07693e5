/* The shells of executors and the front: messages into events, actions into messages. */
#include "world.h"

#include "base/bits.h"
#include "base/hash.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Small, so that credit, commits and evictions matter. */
#define WINDOW       2048
#define USUAL_RECORD 4096
#define BUDGET       16384

int
process_find(const World *world, Incarnation incarnation)
{
    for (int i = 0; i < world->process_count; i++) {
        if (world->processes[i].alive && incarnation_equal(world->processes[i].incarnation, incarnation))
            return i;
    }
    return -1;
}

static void
start_machines(Process *self)
{
    ConsumerConfig consumer = {.inbox_budget = BUDGET,
                               .initial_window = WINDOW,
                               .channel_window = 2 * USUAL_RECORD,
                               .root_window = 3 * USUAL_RECORD,
                               .root_commit_bytes = 2 * USUAL_RECORD};
    ProducerConfig producer = {
        .initial_window = WINDOW, .sync_after = 20 * MS, .sync_max = 500 * MS, .step_bytes = 3000};

    self->consumer = consumer_new(&consumer, self->incarnation);
    if (self->index == COORDINATOR) {
        MembershipConfig membership;
        SchedulerConfig scheduler;

        membership_config_default(&membership);
        membership.epoch = self->epoch;
        scheduler_config_default(&scheduler);
        scheduler.backup_after = 300 * MS;
        scheduler.undelivered_limit = 6000;
        self->membership = membership_new(&membership);
        self->scheduler = scheduler_new(&scheduler);
    } else if (self->index != FRONT) {
        self->attempts = attempts_new(self->slots);
        self->producer = producer_new(&producer);
    }
}

void
process_start(World *world, int index)
{
    Process *self = &world->processes[index];

    self->alive = true;
    self->welcome = index == COORDINATOR;
    self->epoch = index == COORDINATOR ? ++world->epoch : 0;
    self->incarnation = (Incarnation){random_next(&world->random) | 1, random_next(&world->random)};
    self->tick_at = INT64_MAX;
    self->slowness = chance(world, 100) ? 20 : 1;
    map_init(&self->payloads, sizeof(uint64_t));
    map_init(&self->statements, sizeof(QueryId));
    start_machines(self);
    note(world, "process %d starts", index);
    if (index == COORDINATOR)
        return;
    world_push(world, world->now, EVENT_HELLO, index);
    world_push(world, world->now + (int64_t)pick(world, 100 * MS), EVENT_HEARTBEAT, index);
}

/* What an incarnation had. */
static void
end_incarnation(World *world, int index)
{
    Process *self = &world->processes[index];

    self->alive = false;
    coordinator_forget(self);
    attempts_destroy(&self->attempts);
    producer_destroy(&self->producer);
    consumer_destroy(&self->consumer);
    membership_destroy(&self->membership);
    scheduler_destroy(&self->scheduler);
    for (size_t i = 0; i < self->payloads.count; i++)
        free(map_value_at(&self->payloads, i));
    map_destroy(&self->payloads);
    for (size_t i = 0; i < self->job_count; i++)
        free(self->jobs[i].tokens);
    free(self->jobs);
    self->jobs = NULL;
    self->job_count = self->job_capacity = 0;
    self->incarnation = (Incarnation){0, 0};
}

void
process_kill(World *world, int index)
{
    note(world, "process %d dies", index);
    for (int i = 0; index == FRONT && i < world->query_count; i++)
        world->queries[i].abandoned |= !world->queries[i].ended;
    end_incarnation(world, index);
    for (int i = 0; i < world->process_count; i++)
        link_cut(world, index, i, 0);
}

static Message *
to_coordinator(World *world, Process *self, MessageKind kind, QueryId query, uint32_t generation,
               TaskRef task)
{
    Message *message = message_new(world, kind, self, COORDINATOR);

    message->query = query;
    message->generation = generation;
    message->task = task;
    return message;
}

static void
say_hello(World *world, Process *self)
{
    Message *message = message_new(world, MSG_HELLO, self, COORDINATOR);

    message->info = (NodeInfo){
        .incarnation = self->incarnation, .roles = self->roles, .slots = self->slots, .protocol = 1};
    snprintf(message->info.endpoint, sizeof(message->info.endpoint), "sim://%d", self->index);
    message_send(world, message);
}

/* The report, owned by the message. */
static void
add_report(Message *message, const QueryReport *report)
{
    QueryReport *own = &message->reports[message->report_count++];
    MissingTasks *missing = memory_copy(report->missing, report->missing_count, sizeof(MissingTasks));

    *own = *report;
    own->held = memory_copy(report->held, report->held_count, sizeof(HeldAttempt));
    for (size_t i = 0; i < report->missing_count; i++)
        missing[i].tasks = memory_copy(missing[i].tasks, bits_words(missing[i].task_count), sizeof(uint64_t));
    own->missing = missing;
}

static bool
fill_report(Process *self, QueryId id, QueryReport *report)
{
    ConsumerReport consumer;

    if (!consumer_report(self->consumer, id, &consumer))
        return false;
    *report = (QueryReport){.query = id,
                            .generation = consumer.generation,
                            .routes_version = consumer.routes_version,
                            .elections = consumer.elections,
                            .root = consumer.root,
                            .root_complete = consumer.root_complete,
                            .root_failed = consumer.root_failed,
                            .missing = consumer.missing,
                            .missing_count = consumer.missing_count};
    if (self->producer == NULL)
        return true;
    report->undelivered = producer_undelivered(self->producer, id);
    for (size_t i = 0; i < attempts_query_count(self->attempts); i++) {
        QueryId held = {0, 0};
        uint32_t generation = 0;

        attempts_query_at(self->attempts, i, &held, &generation, &report->held, &report->held_count);
        if (query_id_equal(held, id))
            return true;
    }
    report->held_count = 0;
    return true;
}

static void
send_heartbeat(World *world, Process *self)
{
    Message *message = message_new(world, MSG_HEARTBEAT, self, COORDINATOR);
    const size_t count = consumer_query_count(self->consumer);

    message->reports = MEMORY_ARRAY(QueryReport, count);
    for (size_t i = 0; i < count; i++) {
        QueryReport report;

        if (fill_report(self, consumer_query_at(self->consumer, i), &report))
            add_report(message, &report);
    }
    message_send(world, message);
}

static Job *
find_job(Process *self, QueryId query, uint32_t generation, TaskRef task)
{
    for (size_t i = 0; i < self->job_count; i++) {
        Job *job = &self->jobs[i];

        if (query_id_equal(job->query, query) && job->generation == generation &&
            task_ref_equal(job->task, task))
            return job;
    }
    return NULL;
}

static void
schedule_step(World *world, const Process *self, const Job *job)
{
    const int64_t pause = (200 + (int64_t)pick(world, 15 * MS)) * self->slowness;
    Event *event = world_push(world, world->now + pause, EVENT_TASK_STEP, self->index);

    event->query = job->query;
    event->generation = job->generation;
    event->task = job->task;
}

static void
start_job(World *world, Process *self, const AttemptsAction *action)
{
    MEMORY_GROW(self->jobs, self->job_count, self->job_capacity);

    Job *job = &self->jobs[self->job_count++];

    *job = (Job){.query = action->query, .generation = action->generation, .task = action->task};
    job->steps_left = 1 + (uint32_t)pick(world, 3);
    note(world, "process %d runs %u.%u/%u of generation %u", self->index, job->task.stage, job->task.task,
         job->task.attempt, job->generation);
    if (task_begin(world, self, job))
        schedule_step(world, self, job);
}

static void
close_inputs(World *world, Process *self, const Job *job)
{
    const StageGraph *graph = query_of(world, job->query)->graph;

    for (uint32_t i = 0; i < graph->exchange_count; i++) {
        if (graph->exchanges[i].consumer == job->task.stage && graph->exchanges[i].kind != EXCHANGE_BROADCAST)
            consumer_close_input(self->consumer, job->query, job->generation, i, job->task.task);
    }
}

static void
end_job(World *world, Process *self, Job *job, Status status)
{
    const Job ended = *job;
    const bool done = status == STATUS_OK && !ended.stopped;

    free(job->tokens);
    *job = self->jobs[--self->job_count];
    if (!attempts_on_finished(self->attempts, ended.query, ended.generation, ended.task, done))
        return;
    if (done) {
        producer_on_task_done(self->producer, world->now, ended.query, ended.generation, ended.task);
        close_inputs(world, self, &ended);
    }

    Message *message = to_coordinator(world, self, done ? MSG_TASK_DONE : MSG_TASK_FAILED, ended.query,
                                      ended.generation, ended.task);

    message->status = status;
    message_send(world, message);
}

static void
step_job(World *world, Process *self, const Event *event)
{
    Job *job = find_job(self, event->query, event->generation, event->task);
    const SimulatedQuery *query = job == NULL ? NULL : query_of(world, job->query);

    if (job == NULL)
        return;
    if (job->stopped) {
        end_job(world, self, job, STATUS_CANCELLED);
        return;
    }
    if (query->poisoned && query->poison_stage == job->task.stage && query->poison_task == job->task.task) {
        end_job(world, self, job, STATUS_DIVISION_BY_ZERO);
        return;
    }
    if (world->now < world->faults_until && chance(world, 10)) {
        end_job(world, self, job, STATUS_PEER_LOST);
        return;
    }
    task_write_some(world, self, job, job->steps_left == 1);
    if (--job->steps_left == 0)
        end_job(world, self, job, STATUS_OK);
    else
        schedule_step(world, self, job);
}

static bool
pump_attempts(World *world, Process *self)
{
    AttemptsAction action;
    bool any = false;

    while (attempts_next_action(self->attempts, &action)) {
        any = true;
        if (action.kind == ATTEMPTS_START) {
            start_job(world, self, &action);
        } else if (action.kind == ATTEMPTS_STOP) {
            find_job(self, action.query, action.generation, action.task)->stopped = true;
        } else {
            producer_on_attempt_dropped(self->producer, world->now, action.query, action.generation,
                                        action.task);
        }
    }
    return any;
}

static void
send_record(World *world, Process *self, const ProducerAction *action)
{
    const int to = process_find(world, action->peer);

    if (world->now < world->faults_until && chance(world, world->refusal)) {
        producer_on_refused(self->producer, world->now, action);
        world_push(world, world->now + (int64_t)pick(world, 20 * MS), EVENT_WRITABLE, self->index)->peer = to;
        return;
    }
    if (to < 0)
        return;

    Message *message = message_new(world, MSG_RECORD, self, to);

    message->record = action->record;
    if (action->record.kind == RECORD_CHUNK) {
        const Payload *payload = map_get(&self->payloads, &action->record.handle);

        if (payload == NULL) {
            fail(world, "process %d sends a chunk that it freed", self->index);
            message_free(message);
            return;
        }
        message->payload = memory_copy(payload, 1, sizeof(Payload) + payload->count * sizeof(uint64_t));
    }
    message_send(world, message);
}

static bool
pump_producer(World *world, Process *self)
{
    ProducerAction action;
    bool any = false;

    while (producer_next_action(self->producer, world->now, &action)) {
        const int to = action.kind == PRODUCER_SYNC ? process_find(world, action.peer) : -1;

        any = true;
        if (action.kind == PRODUCER_SEND) {
            send_record(world, self, &action);
        } else if (action.kind == PRODUCER_FREE) {
            payload_free(world, self, action.handle);
        } else if (action.kind == PRODUCER_EVICTED) {
            attempts_on_evicted(self->attempts, action.query, action.generation, action.task);
        } else if (to >= 0) {
            Message *message = message_new(world, MSG_SYNC, self, to);

            message->sync = action.sync;
            message_send(world, message);
        }
    }
    return any;
}

/* The client takes the chunk some time later. */
static void
deliver(World *world, Process *self, const ConsumerAction *action)
{
    Event *event = world_push(world, world->now + (int64_t)pick(world, 5 * MS), EVENT_DELIVERED, self->index);
    const Payload *payload = map_get(&self->payloads, &action->handle);
    SimulatedQuery *query = query_of(world, action->query);

    event->query = action->query;
    event->generation = action->generation;
    event->cost = record_cost(action->size);
    event->handle = action->handle;
    for (uint32_t i = 0; i < payload->count; i++) {
        MEMORY_GROW(query->delivered, query->delivered_count, query->delivered_capacity);
        query->delivered[query->delivered_count++] = payload->tokens[i];
    }
}

static void
on_consumer_action(World *world, Process *self, const ConsumerAction *action)
{
    int to = -1;
    Message *message = NULL;

    switch (action->kind) {
    case CONSUMER_GRANT:
        to = process_find(world, action->peer);
        if (to < 0)
            return;
        message = message_new(world, MSG_GRANT, self, to);
        message->grant = action->grant;
        message_send(world, message);
        return;
    case CONSUMER_INPUT_COMPLETE:
    case CONSUMER_INPUT_RESET:
        attempts_on_input(self->attempts, action->query, action->generation, action->exchange,
                          action->partition, action->kind == CONSUMER_INPUT_COMPLETE);
        return;
    case CONSUMER_DELIVER: deliver(world, self, action); return;
    case CONSUMER_FREE: payload_free(world, self, action->handle); return;
    case CONSUMER_ROOT_COMPLETE:
        query_of(world, action->query)->all_given = true;
        message_send(world, to_coordinator(world, self, MSG_COMPLETE, action->query, action->generation,
                                           (TaskRef){0, 0, 0}));
        return;
    case CONSUMER_FAIL:
        note(world, "front: %s", action->message);
        message =
            to_coordinator(world, self, MSG_FAILED, action->query, action->generation, (TaskRef){0, 0, 0});
        message->status = action->status;
        message_send(world, message);
        return;
    }
}

static bool
pump_consumer(World *world, Process *self)
{
    ConsumerAction action;
    bool any = false;
    const uint64_t bound = BUDGET + (uint64_t)WINDOW * PROCESSES_MAX * QUERIES_MAX * 4;

    while (consumer_next_action(self->consumer, &action)) {
        any = true;
        on_consumer_action(world, self, &action);
    }
    if (consumer_inbox_used(self->consumer) > bound)
        fail(world, "process %d: %lu bytes of credit are out", self->index,
             (unsigned long)consumer_inbox_used(self->consumer));
    return any;
}

static void
schedule_tick(World *world, Process *self, int64_t deadline)
{
    if (deadline >= self->tick_at || deadline == INT64_MAX)
        return;
    self->tick_at = deadline < world->now ? world->now : deadline;
    world_push(world, self->tick_at, EVENT_TICK, self->index);
}

void
process_pump(World *world, Process *self)
{
    if (self->index == COORDINATOR) {
        coordinator_pump(world, self);
        return;
    }
    for (bool any = true; any && !world->failed;) {
        any = pump_consumer(world, self);
        if (self->producer == NULL)
            continue;
        any |= pump_attempts(world, self);
        any |= pump_producer(world, self);
    }
    if (self->producer != NULL)
        schedule_tick(world, self, producer_next_deadline(self->producer));
}

static void
on_plan(World *world, Process *self, const Message *message)
{
    const StageGraph *graph = query_of(world, message->query)->graph;

    if (self->producer == NULL)
        return;
    attempts_on_plan(self->attempts, message->query, graph);
    producer_on_plan(self->producer, message->query, graph);
    consumer_on_plan(self->consumer, message->query, graph, false);
}

static void
on_routes(World *world, Process *self, const Message *message)
{
    const Routes *routes = &message->routes;

    if (self->producer != NULL) {
        producer_on_routes(self->producer, world->now, message->query, routes);
        attempts_on_routes(self->attempts, message->query, routes->generation, routes->version);
    }
    consumer_on_routes(self->consumer, world->now, message->query, routes);
}

static void
on_release(World *world, Process *self, const Message *message)
{
    consumer_on_release(self->consumer, world->now, message->query);
    if (self->index == FRONT)
        return;
    attempts_on_release(self->attempts, message->query);
    producer_on_release(self->producer, message->query);
}

static void
on_record(World *world, Process *self, Message *message)
{
    Record *record = &message->record;
    const uint64_t cost = record_cost(record->size);

    if (record->kind == RECORD_CHUNK)
        record->handle = payload_new(world, self, message->payload->tokens, message->payload->count);

    const bool kept = consumer_on_record(self->consumer, world->now, message->sender, record);

    if (record->kind == RECORD_CHUNK && !kept)
        payload_free(world, self, record->handle);
    if (kept && self->index != FRONT)
        consumer_on_stored(self->consumer, world->now, record->query, record->generation, cost);
}

/* Another incarnation of a process that lives on. */
static void
restart(World *world, Process *self)
{
    end_incarnation(world, self->index);
    process_start(world, self->index);
    if (self->index == FRONT)
        front_start_over(world, self);
}

static void
on_welcome(World *world, Process *self, const Message *message)
{
    if (self->epoch != 0 && message->epoch < self->epoch)
        return; /* a coordinator of the past */
    if (self->epoch != 0 && message->epoch != self->epoch) {
        restart(world, self);
        return;
    }
    self->welcome = true;
    self->epoch = message->epoch;
}

static bool
is_membership(MessageKind kind)
{
    return kind == MSG_WELCOME || kind == MSG_PROBE || kind == MSG_REJOIN || kind == MSG_REFUSE;
}

static void
on_message(World *world, Process *self, Message *message)
{
    if (!is_membership(message->kind) && message->epoch != self->epoch)
        return;
    switch (message->kind) {
    case MSG_WELCOME: on_welcome(world, self, message); break;
    case MSG_PROBE: {
        Message *answer = message_new(world, MSG_PROBED, self, COORDINATOR);

        answer->nonce = message->nonce;
        message_send(world, answer);
        break;
    }
    case MSG_REJOIN:
        if (message->epoch >= self->epoch)
            restart(world, self);
        break;
    case MSG_REFUSE: restart(world, self); break;
    case MSG_ENDED: front_on_ended(world, self, message); break;
    case MSG_PLAN: on_plan(world, self, message); break;
    case MSG_ROUTES: on_routes(world, self, message); break;
    case MSG_ELECTIONS:
        consumer_on_elections(self->consumer, world->now, message->query, message->generation,
                              message->version, message->elections, message->election_count);
        break;
    case MSG_TASK:
        attempts_on_task(self->attempts, message->query, message->generation, message->version,
                         message->task);
        break;
    case MSG_CANCEL_TASK:
        attempts_on_cancel(self->attempts, message->query, message->generation, message->task);
        break;
    case MSG_RELEASE: on_release(world, self, message); break;
    case MSG_RECORD: on_record(world, self, message); break;
    case MSG_SYNC: consumer_on_sync(self->consumer, world->now, message->sender, &message->sync); break;
    case MSG_GRANT: producer_on_grant(self->producer, world->now, message->sender, &message->grant); break;
    default: break;
    }
}

static void
receive(World *world, Process *self, const Event *event)
{
    Message *message = event->message;
    const Link *link =
        &world->links[message->from][message->to][message->kind >= MSG_RECORD || message->kind == MSG_PROBE];
    const bool mine =
        incarnation_is_none(message->receiver) || incarnation_equal(message->receiver, self->incarnation);

    if (self->alive && mine && message->link_epoch == link->epoch) {
        if (self->index == COORDINATOR)
            coordinator_on_message(world, self, message);
        else
            on_message(world, self, message);
    }
    message_free(message);
}

static void
on_own_event(World *world, Process *self, const Event *event)
{
    switch (event->kind) {
    case EVENT_TASK_STEP: step_job(world, self, event); break;
    case EVENT_HELLO:
        if (!self->welcome) {
            say_hello(world, self);
            world_push(world, world->now + 200 * MS, EVENT_HELLO, self->index);
        }
        break;
    case EVENT_HEARTBEAT:
        if (self->welcome)
            send_heartbeat(world, self);
        world_push(world, world->now + 100 * MS, EVENT_HEARTBEAT, self->index);
        break;
    case EVENT_TICK:
        self->tick_at = INT64_MAX;
        if (self->producer != NULL)
            producer_on_tick(self->producer, world->now);
        if (self->scheduler != NULL) {
            membership_on_tick(self->membership, world->now);
            scheduler_on_tick(self->scheduler, world->now);
        }
        break;
    case EVENT_SUBMIT: front_submit(world, self, query_of(world, event->query)); break;
    case EVENT_COMMIT: coordinator_commit(world, self, event->query); break;
    case EVENT_DELIVERED:
        payload_free(world, self, event->handle);
        consumer_on_delivered(self->consumer, world->now, event->query, event->generation, event->cost);
        break;
    case EVENT_WRITABLE:
        if (event->peer >= 0)
            producer_on_writable(self->producer, world->now, world->processes[event->peer].incarnation);
        break;
    default: break;
    }
}

void
process_on_event(World *world, const Event *event)
{
    Process *self = &world->processes[event->process];

    if (event->kind == EVENT_MESSAGE)
        receive(world, self, event);
    else if (self->alive && incarnation_equal(event->incarnation, self->incarnation))
        on_own_event(world, self, event);
    if (self->alive && !world->failed)
        process_pump(world, self);
}
