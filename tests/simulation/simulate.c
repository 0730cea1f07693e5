/* A seeded simulator of the distributed part: the real state machines against a network that delays, reorders
 * (between pairs), repeats and loses, and processes that die and come back. Checked in every world: every
 * query ends; a result has every token once; nothing is freed twice, used after or left behind; credit stays
 * in bounds; slots come free.
 *
 *   simulate                   the seeds of `make check`
 *   simulate --seeds A..B      others (`--trace` prints what happens) */
#include "world.h"

#include "base/clock.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_SEEDS 2500
#define PATIENCE    (60000 * MS) /* after the last fault */
#define FAULT_PAUSE (150 * MS)

static void
draw_processes(World *world)
{
    const int workers = 1 + (int)pick(world, 4);
    const int reducers = 1 + (int)pick(world, 3);

    world->process_count = 2 + workers + reducers;
    for (int i = 0; i < world->process_count; i++) {
        Process *process = &world->processes[i];

        process->index = i;
        process->slots = 1 + (uint32_t)pick(world, 3);
        process->roles = i == FRONT        ? NODE_FRONT
                         : i < 2 + workers ? (chance(world, 100) ? NODE_WORKER | NODE_REDUCER : NODE_WORKER)
                                           : NODE_REDUCER;
    }
    for (int i = 0; i < world->process_count; i++)
        process_start(world, i);
}

static void
draw_query(World *world, SimulatedQuery *query)
{
    const int64_t at = (int64_t)pick(world, 500 * MS);

    query->id = (QueryId){random_next(&world->random) | 1, random_next(&world->random)};
    query->names[query->name_count++] = query->id;
    query->graph = graph_draw(world);
    query->write = chance(world, 300);
    query->held = chance(world, 700);
    query->poisoned = chance(world, 50);
    query->poison_stage = (uint32_t)pick(world, query->graph->stage_count);
    query->poisoned &= query->graph->stages[query->poison_stage].task_count > 0;
    query->cancel = chance(world, 80);
    world_push(world, at, EVENT_SUBMIT, FRONT)->query = query->id;
    if (query->cancel)
        world_push(world, at + (int64_t)pick(world, 300 * MS), EVENT_CANCEL, COORDINATOR)->query = query->id;
}

static void
draw_world(World *world, uint64_t seed, bool trace)
{
    static const unsigned losses[] = {0, 0, 5, 30};
    static const unsigned others[] = {0, 20, 150};

    *world = (World){.seed = seed, .random = {seed * 7919 + 1}, .trace = trace};
    world->faults_until = chance(world, 200) ? 0 : (int64_t)(300 + pick(world, 3000)) * MS;
    world->loss = losses[pick(world, 4)];
    world->duplication = others[pick(world, 3)];
    world->refusal = others[pick(world, 3)];
    draw_processes(world);
    world->query_count = 1 + (int)pick(world, QUERIES_MAX);
    for (int i = 0; i < world->query_count; i++)
        draw_query(world, &world->queries[i]);
    world_push(world, (int64_t)pick(world, FAULT_PAUSE), EVENT_FAULT, COORDINATOR);
}

static int
pick_victim(World *world)
{
    const uint64_t draw = pick(world, 1000);

    return draw < 10    ? FRONT
           : draw < 160 ? COORDINATOR
                        : 2 + (int)pick(world, (uint64_t)world->process_count - 2);
}

static void
kill_some(World *world)
{
    const int victim = pick_victim(world);
    const int64_t pause = (int64_t)pick(world, 1500 * MS);

    if (!world->processes[victim].alive)
        return;
    process_kill(world, victim);
    world_push(world, world->now + pause, EVENT_RESTART, victim);
}

static void
evict_some(World *world)
{
    Process *process = &world->processes[2 + (int)pick(world, (uint64_t)world->process_count - 2)];

    if (!process->alive)
        return;
    producer_evict(process->producer, 1 + pick(world, 8000));
    process_pump(world, process);
}

static void
cut_some(World *world)
{
    const int a = (int)pick(world, (uint64_t)world->process_count);
    const int b = (int)pick(world, (uint64_t)world->process_count);
    const int64_t length = chance(world, 300) ? 1500 * MS : (int64_t)pick(world, 200 * MS);

    note(world, "the link of %d and %d is cut", a, b);
    link_cut(world, a, b, world->now + length);
}

static void
drain_some(World *world)
{
    Process *coordinator = &world->processes[COORDINATOR];
    const Process *process = &world->processes[2 + (int)pick(world, (uint64_t)world->process_count - 2)];

    if (!coordinator->alive)
        return;
    if (chance(world, 500))
        membership_on_drain(coordinator->membership, world->now, process->incarnation);
    else
        membership_on_undrain(coordinator->membership, world->now, process->incarnation);
    process_pump(world, coordinator);
}

static void
undrain_all(World *world)
{
    Process *coordinator = &world->processes[COORDINATOR];

    for (int i = 0; i < world->process_count; i++) {
        const NodeInfo *info = NULL;
        NodeState state = NODE_READY;

        if (!world->processes[i].alive || !coordinator->alive)
            continue;
        info = membership_find(coordinator->membership, world->processes[i].incarnation, &state);
        membership_on_undrain(coordinator->membership, world->now, world->processes[i].incarnation);
        if (info == NULL || state != NODE_DRAINING)
            continue;
        membership_find(coordinator->membership, world->processes[i].incarnation, &state);
        if (state == NODE_DRAINING) { /* drained already: it leaves and comes anew */
            membership_on_bye(coordinator->membership, world->now, world->processes[i].incarnation);
            process_kill(world, i);
            process_start(world, i);
        }
    }
    if (coordinator->alive)
        process_pump(world, coordinator);
}

static void
do_fault(World *world)
{
    if (world->now >= world->faults_until) {
        undrain_all(world);
        return;
    }
    switch (pick(world, 6)) {
    case 0: kill_some(world); break;
    case 1:
    case 2: evict_some(world); break;
    case 3: cut_some(world); break;
    case 4: drain_some(world); break;
    default: break;
    }
    world_push(world, world->now + (int64_t)pick(world, FAULT_PAUSE), EVENT_FAULT, COORDINATOR);
}

static void
on_event(World *world, const Event *event)
{
    Process *coordinator = &world->processes[COORDINATOR];

    switch (event->kind) {
    case EVENT_FAULT: do_fault(world); return;
    case EVENT_RESTART:
        if (!world->processes[event->process].alive)
            process_start(world, event->process);
        return;
    case EVENT_CANCEL:
        if (!coordinator->alive)
            return;
        scheduler_cancel(coordinator->scheduler, world->now, event->query, STATUS_CANCELLED, "by the user");
        process_pump(world, coordinator);
        return;
    default: process_on_event(world, event);
    }
}

static bool
is_quiet(const Process *process)
{
    if (!process->alive || !process->welcome || process->job_count > 0 || process->payloads.count > 0)
        return false;
    if (process->producer == NULL)
        return process->index == COORDINATOR || consumer_query_count(process->consumer) == 0;
    return producer_query_count(process->producer) == 0 && attempts_query_count(process->attempts) == 0 &&
           consumer_query_count(process->consumer) == 0;
}

/* Every query is over, and nobody remembers anything of it. */
static bool
is_over(const World *world)
{
    if (world->now < world->faults_until)
        return false;
    for (int i = 0; i < world->query_count; i++) {
        const SimulatedQuery *query = &world->queries[i];

        if (!query->ended && !(query->abandoned && world->now > world->faults_until + 3000 * MS))
            return false;
    }
    for (int i = 0; i < world->process_count; i++) {
        if (!is_quiet(&world->processes[i]))
            return false;
    }
    return scheduler_running_count(world->processes[COORDINATOR].scheduler) == 0;
}

static void
check_end_of(World *world, const SimulatedQuery *query)
{
    const bool faults = world->faults_until > 0;

    if (query->state == QUERY_DONE && query->poisoned)
        fail(world, "a query with an error in a task was done");
    if (query->state == QUERY_FAILED && query->status == STATUS_DIVISION_BY_ZERO && !query->poisoned)
        fail(world, "a query failed with another's error");
    if (query->state == QUERY_FAILED && query->status != STATUS_DIVISION_BY_ZERO &&
        (query->status != STATUS_PEER_LOST || !faults))
        fail(world, "a query failed without cause: status %d", (int)query->status);
    if (query->state == QUERY_CANCELLED && !query->cancel && !query->abandoned && !faults)
        fail(world, "a query was cancelled by nobody");
}

static void
check_leftovers(World *world)
{
    const Process *coordinator = &world->processes[COORDINATOR];

    for (int i = 2; i < world->process_count && !world->failed; i++) {
        const Process *process = &world->processes[i];

        if (consumer_inbox_used(process->consumer) != 0 || consumer_chunks_held(process->consumer) != 0)
            fail(world, "process %d holds %" PRIu64 " bytes of credit and %zu chunks for ever", i,
                 consumer_inbox_used(process->consumer), consumer_chunks_held(process->consumer));
        if (producer_kept_bytes(process->producer) != 0 || attempts_busy(process->attempts) != 0)
            fail(world, "process %d keeps outputs or a slot for ever", i);
        if (scheduler_node_busy(coordinator->scheduler, process->incarnation) != 0)
            fail(world, "the scheduler believes that process %d is busy for ever", i);
    }
}

static void
describe_query(const World *world, const SimulatedQuery *query)
{
    const StageGraph *graph = query->graph;
    QueryProgress progress;

    if (!world->processes[COORDINATOR].alive)
        return;
    scheduler_progress(world->processes[COORDINATOR].scheduler, query->id, &progress);
    note(world, "query %016" PRIx64 ": state %d, generation %u, %u of %u tasks done, %zu tokens delivered",
         query->id.low, (int)progress.state, progress.generation, progress.tasks_done, progress.tasks_total,
         query->delivered_count);
    for (uint32_t i = 0; i < graph->stage_count; i++)
        note(world, "  stage %u: %s, %u tasks%s", i, graph->stages[i].kind == STAGE_LEAF ? "leaf" : "reduce",
             graph->stages[i].task_count, graph->stages[i].indeterminate ? ", indeterminate" : "");
    for (uint32_t i = 0; i < graph->exchange_count; i++)
        note(world, "  exchange %u: kind %d, %u to %d, %u partitions", i, (int)graph->exchanges[i].kind,
             graph->exchanges[i].producer, (int)graph->exchanges[i].consumer,
             graph->exchanges[i].partition_count);
}

static void
describe_process(const World *world, const Process *process)
{
    static const char *const states[] = {"waiting", "queued", "running", "done"};

    if (!process->alive || process->consumer == NULL)
        return;
    for (size_t i = 0; i < consumer_query_count(process->consumer); i++) {
        const QueryId id = consumer_query_at(process->consumer, i);
        ConsumerReport report;

        consumer_report(process->consumer, id, &report);
        note(world,
             "process %d, query %016" PRIx64 ": generation %u, routes %u, %" PRIu64 " bytes of credit out",
             process->index, id.low, report.generation, report.routes_version,
             consumer_inbox_used(process->consumer));
        for (size_t m = 0; m < report.missing_count; m++)
            note(world, "  misses of exchange %u: %016" PRIx64, report.missing[m].exchange,
                 report.missing[m].tasks[0]);
    }
    for (size_t i = 0; process->attempts != NULL && i < attempts_query_count(process->attempts); i++) {
        QueryId id = {0, 0};
        uint32_t generation = 0;
        const HeldAttempt *held = NULL;
        size_t count = 0;

        attempts_query_at(process->attempts, i, &id, &generation, &held, &count);
        for (size_t h = 0; h < count; h++)
            note(world, "  %u.%u/%u %s", held[h].ref.stage, held[h].ref.task, held[h].ref.attempt,
                 states[held[h].state]);
    }
}

static void
explain_stall(World *world)
{
    for (int i = 0; i < world->process_count; i++)
        describe_process(world, &world->processes[i]);
    for (int i = 0; i < world->query_count; i++) {
        const SimulatedQuery *query = &world->queries[i];

        describe_query(world, query);

        if (!query->ended && !query->abandoned)
            fail(world, "query %016" PRIx64 " does not end", query->id.low);
    }
    for (int i = 0; i < world->process_count; i++) {
        const Process *process = &world->processes[i];

        if (!is_quiet(process))
            fail(world, "process %d (alive %d) does not come to rest: %zu jobs, %zu payloads, %zu queries", i,
                 process->alive, process->job_count, process->payloads.count,
                 process->alive ? consumer_query_count(process->consumer) : 0);
    }
    fail(world, "the world does not come to rest");
}

static void
destroy_world(World *world)
{
    for (size_t i = 0; i < world->heap_count; i++) {
        if (world->heap[i].kind == EVENT_MESSAGE)
            message_free(world->heap[i].message);
    }
    free(world->heap);
    for (int i = 0; i < world->process_count; i++) {
        if (world->processes[i].alive)
            process_kill(world, i);
    }
    for (int i = 0; i < world->query_count; i++) {
        graph_destroy(&world->queries[i].graph);
        free(world->queries[i].delivered);
    }
}

static bool
run_world(World *world, uint64_t seed, bool trace)
{
    Event event;

    draw_world(world, seed, trace);
    while (!world->failed && !is_over(world) && world_pop(world, &event)) {
        if (world->now > world->faults_until + PATIENCE) {
            if (event.kind == EVENT_MESSAGE)
                message_free(event.message);
            explain_stall(world);
            break;
        }
        on_event(world, &event);
    }
    for (int i = 0; i < world->query_count && !world->failed; i++) {
        if (world->queries[i].ended)
            check_end_of(world, &world->queries[i]);
    }
    if (!world->failed)
        check_leftovers(world);
    if (world->failed)
        printf("seed %" PRIu64 " fails after %.3f s: %s\n", seed, (double)world->now / 1e6, world->failure);
    destroy_world(world);
    return !world->failed;
}

typedef struct Summary {
    uint64_t worlds;
    uint64_t failures;
    uint64_t events;
    uint64_t restarts;
    uint64_t retries;
    uint64_t epochs;
    uint64_t taken_back;
    uint64_t found_done;
    uint64_t done;
    uint64_t failed;
    uint64_t cancelled;
} Summary;

static void
add_world(Summary *summary, const World *world)
{
    summary->worlds++;
    summary->events += world->events;
    summary->restarts += world->restarts;
    summary->retries += world->retries;
    summary->epochs += world->epoch - 1;
    summary->taken_back += world->taken_back;
    summary->found_done += world->found_done;
    for (int i = 0; i < world->query_count; i++) {
        const SimulatedQuery *query = &world->queries[i];

        summary->done += query->ended && query->state == QUERY_DONE;
        summary->failed += query->ended && query->state == QUERY_FAILED;
        summary->cancelled += query->ended && query->state == QUERY_CANCELLED;
    }
}

static bool
parse_seeds(const char *text, uint64_t *first, uint64_t *last)
{
    return sscanf(text, "%" SCNu64 "..%" SCNu64, first, last) == 2 && *first <= *last;
}

int
main(int argc, char **argv)
{
    static World world;
    Summary summary = {0};
    uint64_t first = 1;
    uint64_t last = CHECK_SEEDS;
    bool trace = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--trace") == 0) {
            trace = true;
        } else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc &&
                   parse_seeds(argv[i + 1], &first, &last)) {
            i++;
        } else {
            fprintf(stderr, "usage: simulate [--seeds A..B] [--trace]\n");
            return 2;
        }
    }

    const int64_t began = clock_monotonic_us();

    for (uint64_t seed = first; seed <= last && summary.failures < 5; seed++) {
        const bool good = run_world(&world, seed, trace);

        add_world(&summary, &world);
        if (good)
            continue;
        summary.failures++;
        if (!trace && summary.failures == 1)
            run_world(&world, seed, true);
    }
    printf("%" PRIu64 " worlds, %" PRIu64 " events, %.1f s; queries: %" PRIu64 " done, %" PRIu64
           " failed, %" PRIu64 " cancelled; %" PRIu64 " retries, %" PRIu64 " restarts; %" PRIu64
           " coordinators lost, %" PRIu64 " results taken back, %" PRIu64 " writes found done; %" PRIu64
           " failures\n",
           summary.worlds, summary.events, (double)(clock_monotonic_us() - began) / 1e6, summary.done,
           summary.failed, summary.cancelled, summary.retries, summary.restarts, summary.epochs,
           summary.taken_back, summary.found_done, summary.failures);
    return summary.failures == 0 ? 0 : 1;
}
