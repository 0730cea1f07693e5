/* What the coordinator is told: what is held and missed, how far tasks are, how they ended. */
#include "executor/state.h"

#include <stdio.h>
#include <string.h>

/* The counters of an attempt as they are now, of the nodes that have done something; until `scratch` is
 * reset. */
static Message
counts_of(Executor *executor, MessageType type, const Running *running)
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
                                      .blocks_pruned = c->blocks_pruned,
                                      .spilled_bytes = c->spilled_bytes};
    }
    return (Message){.type = type,
                     .query = running->query->id,
                     .generation = running->generation,
                     .task = running->ref,
                     .counts = counts,
                     .count_count = count};
}

void
reports_done(Executor *executor, const Running *running)
{
    Message message = counts_of(executor, MESSAGE_TASK_DONE, running);

    transport_send_control(executor->actor.transport, &message);
    arena_reset(executor->actor.scratch);
}

/* For people who watch: no more attempts run than there are slots. */
static void
report_running(Executor *executor)
{
    for (size_t i = 0; i < executor->running.count; i++) {
        Message message = counts_of(executor, MESSAGE_TASK_RUNNING, map_value_at(&executor->running, i));
        if (message.count_count > 0)
            transport_send_control(executor->actor.transport, &message);
    }
}

void
reports_failed(Executor *executor, Running *running)
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

void
reports_beat(Executor *executor, int64_t now)
{
    const size_t most = attempts_query_count(executor->attempts) + consumer_query_count(executor->consumer);
    QueryReport *reports = ARENA_ARRAY(executor->actor.scratch, QueryReport, most);
    size_t count = 0;

    report_held(executor, reports, &count);
    report_missing(executor, reports, &count);
    const Report report = {.queries = reports, .count = count};
    NodeUsage usage;
    process_usage(executor->actor.process, &usage);
    member_beat(&executor->actor.member, now, attempts_busy(executor->attempts), &report, &usage);
    report_running(executor);
    arena_reset(executor->actor.scratch);
}
