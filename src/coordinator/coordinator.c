#include "coordinator/state.h"

#include "base/clock.h"
#include "base/memory.h"
#include "coordinator/counts.h"
#include "coordinator/detached.h"
#include "coordinator/history.h"
#include "coordinator/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FAN_IN = 64,
    HISTORY = 1000,
    SWEEP_US = 5000000,
    STRAYS_US = 5000000,
    WAIT_FOR_NODES_US = 10000000,
    WAITING_US = 50000,
    PAUSE_US = 200000
};

static const int64_t RESULT_EXPIRY_US = INT64_C(86400000000);
static const uint64_t RESULT_BYTES_MAX = UINT64_C(1) << 30;

void
coordinator_post(Coordinator *coordinator, SessionLetterKind kind, QueryId query)
{
    SessionLetter *letter = MEMORY_NEW(SessionLetter);

    letter->kind = kind;
    letter->query = query;
    mailbox_post(coordinator->mailbox, &letter->letter);
}

/* --- messages
 * ----------------------------------------------------------------------------------------------------------
 */

static void
on_heartbeat(Coordinator *coordinator, const Message *message, int64_t now)
{
    Message seen = {.type = MESSAGE_HEARTBEAT_SEEN};

    if (!membership_on_heartbeat(coordinator->membership, now, message->sender, message->epoch))
        return;
    scheduler_on_report(coordinator->scheduler, now, message->sender, &message->report);
    metrics_note_usage(&coordinator->metrics, message->sender, &message->usage);
    transport_reply(coordinator->transport, message->sender, &seen);
}

static void
on_member_message(Coordinator *coordinator, const Message *message, int64_t now)
{
    QuerySession *session = statement_of_run(coordinator, message->query);

    switch (message->type) {
    case MESSAGE_TASK_DONE:
        if (session != NULL && session->state == SESSION_RUNNING)
            counts_add_done(session, message);
        scheduler_on_task_done(coordinator->scheduler, now, message->sender, message->query,
                               message->generation, message->task);
        break;
    case MESSAGE_TASK_RUNNING:
        if (session != NULL && session->state == SESSION_RUNNING)
            counts_add_running(session, message);
        break;
    case MESSAGE_TASK_FAILED:
        scheduler_on_task_failed(coordinator->scheduler, now, message->sender, message->query,
                                 message->generation, message->task, &message->error);
        break;
    case MESSAGE_COMPLETE:
        scheduler_on_root_complete(coordinator->scheduler, now, message->query, message->generation);
        break;
    case MESSAGE_ROOT_FAILED:
        scheduler_on_root_failed(coordinator->scheduler, now, message->query, &message->error);
        break;
    case MESSAGE_SUBMIT: statement_submit(coordinator, message, now); break;
    case MESSAGE_CANCEL:
        statement_cancel(coordinator, map_get(&coordinator->sessions, &message->query), now);
        break;
    case MESSAGE_ASK: answer_ask(coordinator, message, now); break;
    case MESSAGE_DRAIN: membership_on_drain(coordinator->membership, now, message->sender); break;
    default: break;
    }
}

static void
on_message(Coordinator *coordinator, const Message *message, int64_t now)
{
    switch (message->type) {
    case MESSAGE_HELLO: membership_on_hello(coordinator->membership, now, &message->node); return;
    case MESSAGE_PROBED:
        membership_on_probed(coordinator->membership, now, message->sender, message->number);
        return;
    case MESSAGE_HEARTBEAT: on_heartbeat(coordinator, message, now); return;
    case MESSAGE_BYE: membership_on_bye(coordinator->membership, now, message->sender); return;
    default: break;
    }
    if (membership_on_heartbeat(coordinator->membership, now, message->sender, message->epoch))
        on_member_message(coordinator, message, now);
}

/* --- the loop
 * ------------------------------------------------------------------------------------------------------------
 */

static void
read_letters(Coordinator *coordinator, int64_t now)
{
    for (Letter *letter = mailbox_take(coordinator->mailbox), *next; letter != NULL; letter = next) {
        SessionLetter *mine = (SessionLetter *)letter;
        QuerySession *session = map_get(&coordinator->sessions, &mine->query);
        next = letter->next;
        switch (mine->kind) {
        case SESSION_RECORDED:
            coordinator->jobs--;
            detached_recorded(coordinator, session);
            break;
        case COORDINATOR_HISTORY_WRITTEN:
            coordinator->jobs--;
            history_written(coordinator);
            break;
        case SESSION_PLANNED:
            coordinator->jobs--;
            statement_planned(coordinator, session, now);
            break;
        case SESSION_COMMITTED:
            coordinator->jobs--;
            statement_committed(coordinator, session);
            break;
        case COORDINATOR_SWEPT:
            coordinator->jobs--;
            coordinator->sweeping = false;
            for (uint32_t i = 0; i < coordinator->found_count; i++)
                compacting_want(coordinator, coordinator->found_tables[i]);
            break;
        case COORDINATOR_STOP: coordinator->stopping = true; break;
        }
        free(mine);
    }
}

static void
run_sweep(PoolJob *job)
{
    Coordinator *coordinator = (Coordinator *)((char *)job - offsetof(Coordinator, sweep_job));
    const QueryId none = {0, 0};

    history_trim(coordinator);
    sweep_garbage(coordinator->catalog, coordinator->process->store, coordinator->process->cache);
    if (coordinator->sweep_strays)
        sweep_strays(coordinator->catalog, coordinator->process->store);
    coordinator->found_count = compaction_find_tables(coordinator->catalog, coordinator->config.compact_at,
                                                      coordinator->found_tables, COMPACTION_TABLES_MAX);
    coordinator_post(coordinator, COORDINATOR_SWEPT, none);
}

/* Files that no snapshot and no reader names any more. */
static void
sweep(Coordinator *coordinator, int64_t now)
{
    if (now < coordinator->next_sweep || coordinator->process->store == NULL)
        return;
    coordinator->next_sweep = now + SWEEP_US;
    if (coordinator->sweeping)
        return;
    /* A node that was away, and came back, may have written for a load that had ended. */
    coordinator->sweep_strays = coordinator->last_ready > coordinator->strays_swept;
    coordinator->strays_swept = now - STRAYS_US;
    coordinator->sweeping = true;
    coordinator->jobs++;
    coordinator->sweep_job.run = run_sweep;
    pool_submit(coordinator->process->pool, &coordinator->sweep_job);
}

static int64_t
next_wait(const Coordinator *coordinator, int64_t now)
{
    int64_t deadline = coordinator->next_sweep;

    if (membership_next_deadline(coordinator->membership) < deadline)
        deadline = membership_next_deadline(coordinator->membership);
    if (scheduler_next_deadline(coordinator->scheduler) < deadline)
        deadline = scheduler_next_deadline(coordinator->scheduler);
    if (coordinator->history.count > 0 && !coordinator->history.writing &&
        coordinator->history.next_write < deadline)
        deadline = coordinator->history.next_write;
    if (history_ask_deadline(coordinator) < deadline)
        deadline = history_ask_deadline(coordinator);
    if (compacting_deadline(coordinator) < deadline)
        deadline = compacting_deadline(coordinator);
    if (coordinator->waiting > 0 && deadline > now + WAITING_US)
        deadline = now + WAITING_US;
    return deadline <= now ? 0 : deadline - now;
}

/* Longer than the loop ever takes: the process was stopped, or the machine slept. */
static void
notice_pause(Coordinator *coordinator, int64_t expected, int64_t now)
{
    if (now - expected > PAUSE_US)
        membership_on_pause(coordinator->membership, now - expected);
}

static void *
run_coordinator(void *argument)
{
    Coordinator *coordinator = argument;
    Received received;
    int64_t expected = clock_monotonic_us();

    while (!coordinator->stopping || coordinator->jobs > 0) {
        int64_t now = clock_monotonic_us();
        notice_pause(coordinator, expected, now);
        expected = now;
        read_letters(coordinator, now);
        while (transport_receive(coordinator->transport, &received)) {
            on_message(coordinator, &received.message, now);
            nodes_settle(coordinator, now);
        }
        if (now >= membership_next_deadline(coordinator->membership))
            membership_on_tick(coordinator->membership, now);
        if (now >= scheduler_next_deadline(coordinator->scheduler))
            scheduler_on_tick(coordinator->scheduler, now);
        nodes_settle(coordinator, now);
        if (coordinator->waiting > 0) {
            statement_settle_waiting(coordinator, now);
            nodes_settle(coordinator, now);
        }
        compacting_settle(coordinator, now);
        sweep(coordinator, now);
        history_write(coordinator, now);
        history_settle_asks(coordinator, now);
        const int64_t wait = next_wait(coordinator, clock_monotonic_us());
        expected += wait;
        if (!coordinator->stopping || coordinator->jobs > 0)
            transport_wait(coordinator->transport, mailbox_descriptor(coordinator->mailbox), wait);
    }
    history_finish(coordinator);
    /* What short lives would never come to. */
    if (coordinator->process->store != NULL)
        sweep_garbage(coordinator->catalog, coordinator->process->store, coordinator->process->cache);
    return NULL;
}

/* --- start and stop
 * ------------------------------------------------------------------------------------------------------ */

static void
coordinator_free(Coordinator *coordinator)
{
    for (size_t i = 0; i < coordinator->sessions.count; i++)
        session_destroy(map_value_at(&coordinator->sessions, i));
    map_destroy(&coordinator->sessions);
    metrics_destroy(&coordinator->metrics);
    front_stop(&coordinator->receiver);
    transport_destroy(&coordinator->transport);
    membership_destroy(&coordinator->membership);
    scheduler_destroy(&coordinator->scheduler);
    mailbox_destroy(&coordinator->mailbox);
    catalog_close(&coordinator->catalog);
    pthread_cond_destroy(&coordinator->changed);
    pthread_mutex_destroy(&coordinator->lock);
    free(coordinator->ended);
    free(coordinator);
}

static Status
open_sockets(Coordinator *coordinator, Error *error)
{
    static _Atomic(uint32_t) count;
    char actual[NODE_ENDPOINT_SIZE];

    coordinator->transport = transport_new(coordinator->process->context, transport_draw_incarnation());
    transport_set_epoch(coordinator->transport, catalog_epoch(coordinator->catalog));
    snprintf(coordinator->inproc, sizeof coordinator->inproc, "inproc://%s/coordinator-%u",
             transport_process_token(), atomic_fetch_add(&count, 1));
    TRY(transport_bind_control(coordinator->transport, coordinator->inproc, actual, sizeof actual, error));
    if (coordinator->config.bind == NULL) {
        snprintf(coordinator->endpoint, sizeof coordinator->endpoint, "%s", coordinator->inproc);
        return STATUS_OK;
    }
    return transport_bind_control(coordinator->transport, coordinator->config.bind, coordinator->endpoint,
                                  sizeof coordinator->endpoint, error);
}

static void
make_machines(Coordinator *coordinator)
{
    MembershipConfig membership;
    SchedulerConfig scheduler;

    membership_config_default(&membership);
    scheduler_config_default(&scheduler);
    membership.epoch = catalog_epoch(coordinator->catalog);
    membership.protocol = WIRE_PROTOCOL;
    if (coordinator->config.forget_after_us > 0)
        membership.forget_after = coordinator->config.forget_after_us;
    if (coordinator->config.lost_after_us > 0)
        membership.lost_after = coordinator->config.lost_after_us;
    scheduler.unavailable_after = WAIT_FOR_NODES_US;
    coordinator->membership = membership_new(&membership);
    coordinator->scheduler = scheduler_new(&scheduler);
}

/* Where no other process can join, and nothing can be written, what is there can be read still. */
static Status
open_catalog(const CoordinatorConfig *config, Catalog **catalog, Error *error)
{
    const Status status = catalog_open(config->catalog, catalog, error);

    if (config->bind != NULL || (status != STATUS_DISK_FULL && status != STATUS_FILE_ACCESS))
        return status;
    return catalog_open_to_read(config->catalog, catalog, NULL) == STATUS_OK ? STATUS_OK : status;
}

Status
coordinator_start(Process *process, const CoordinatorConfig *config, Coordinator **made, Error *error)
{
    Coordinator *coordinator = MEMORY_NEW(Coordinator);
    Status status;

    coordinator->process = process;
    coordinator->config = *config;
    if (coordinator->config.fan_in == 0)
        coordinator->config.fan_in = FAN_IN;
    if (coordinator->config.history == 0)
        coordinator->config.history = HISTORY;
    if (coordinator->config.result_expiry_us == 0)
        coordinator->config.result_expiry_us = RESULT_EXPIRY_US;
    if (coordinator->config.result_bytes_max == 0)
        coordinator->config.result_bytes_max = RESULT_BYTES_MAX;
    if (coordinator->config.compact_at == 0)
        coordinator->config.compact_at = COMPACT_AT;
    coordinator->ended = MEMORY_ARRAY(QueryId, coordinator->config.history);
    map_init(&coordinator->sessions, sizeof(QueryId));
    metrics_init(&coordinator->metrics);
    pthread_mutex_init(&coordinator->lock, NULL);
    pthread_cond_init(&coordinator->changed, NULL);
    coordinator->next_sweep = clock_monotonic_us() + SWEEP_US;
    coordinator->mailbox = mailbox_new();
    if (coordinator->mailbox == NULL) {
        status = error_set(error, STATUS_IO, "no file descriptor left");
        goto failed;
    }
    TRY_GOTO(open_catalog(config, &coordinator->catalog, error), failed);
    TRY_GOTO(open_sockets(coordinator, error), failed);
    TRY_GOTO(history_restore(coordinator, error), failed);
    make_machines(coordinator);
    if (pthread_create(&coordinator->thread, NULL, run_coordinator, coordinator) != 0) {
        status = error_set(error, STATUS_IO, "cannot start a thread");
        goto failed;
    }
    *made = coordinator;
    return STATUS_OK;

failed:
    coordinator_free(coordinator);
    return status;
}

const char *
coordinator_endpoint(const Coordinator *coordinator)
{
    return coordinator->endpoint;
}

const char *
coordinator_inproc_endpoint(const Coordinator *coordinator)
{
    return coordinator->inproc;
}

Status
coordinator_set_contact(Coordinator *coordinator, const char *contact, Error *error)
{
    return catalog_set_contact(coordinator->catalog, contact, error);
}

Status
coordinator_wait_ready(Coordinator *coordinator, uint32_t workers, uint32_t reducers, int64_t timeout_us,
                       Error *error)
{
    const int64_t wall = clock_wall_us() + timeout_us;
    const struct timespec until = {.tv_sec = wall / 1000000, .tv_nsec = wall % 1000000 * 1000};

    pthread_mutex_lock(&coordinator->lock);
    while ((coordinator->ready_workers < workers || coordinator->ready_reducers < reducers) &&
           pthread_cond_timedwait(&coordinator->changed, &coordinator->lock, &until) == 0)
        ;
    const bool ready = coordinator->ready_workers >= workers && coordinator->ready_reducers >= reducers;
    pthread_mutex_unlock(&coordinator->lock);
    if (!ready)
        return error_set(error, STATUS_UNAVAILABLE, "workers and reducers did not become ready");
    return STATUS_OK;
}

void
coordinator_stop(Coordinator **self)
{
    Coordinator *coordinator = *self;
    const QueryId none = {0, 0};

    if (coordinator == NULL)
        return;
    coordinator_post(coordinator, COORDINATOR_STOP, none);
    pthread_join(coordinator->thread, NULL);
    coordinator_free(coordinator);
    *self = NULL;
}
