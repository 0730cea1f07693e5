#include "executor/state.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>

enum { STOP_WAIT_US = 100000 };

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

/* --- membership
 * ------------------------------------------------------------------------------------------------ */

static void
free_chunk_letter_or_keep(Executor *executor, ExecutorLetter *letter, int64_t now)
{
    if (letter->kind == LETTER_CHUNK)
        letters_on_chunk(executor, (ChunkLetter *)letter, now);
    else
        letters_on_finished(executor, (Running *)letter, now);
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
        messages_release(executor, *(const QueryId *)map_key_at(&executor->queries, i - 1), now);
    actions_free_chunks(executor, now);
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
        case LETTER_DISK: spilling_on_letter(executor, mine, now); break;
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
            messages_handle(executor, &received, now);
    }
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
        actions_settle(executor, now);
        if (member_on_tick(&executor->actor.member, now))
            reports_beat(executor, now);
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
                                              .scratch = process->scratch,
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
