/* What simulated tasks compute: leaves make tokens, the others pass on what they get. A determinate task
 * sends a token to the partition that its hash names; an indeterminate one to a partition that depends on the
 * attempt too, so that consumers of different attempts lose tokens or count them twice. */
#include "world.h"

#include "base/hash.h"
#include "base/memory.h"

#include <stdlib.h>

uint64_t
token_of(uint32_t stage, uint32_t task, uint32_t number)
{
    return (uint64_t)stage << 56 | (uint64_t)task << 16 | number;
}

SimulatedQuery *
query_of(World *world, QueryId id)
{
    for (int i = 0; i < world->query_count; i++) {
        for (int n = 0; n < world->queries[i].name_count; n++)
            if (query_id_equal(world->queries[i].names[n], id))
                return &world->queries[i];
    }
    return NULL;
}

uint64_t
payload_new(World *world, Process *self, const uint64_t *tokens, uint32_t count)
{
    Payload *payload = memory_alloc_zero(1, sizeof(Payload) + count * sizeof(uint64_t));

    payload->handle = ++world->next_handle;
    payload->count = count;
    for (uint32_t i = 0; i < count; i++)
        payload->tokens[i] = tokens[i];
    map_put(&self->payloads, &payload->handle, payload);
    return payload->handle;
}

void
payload_free(World *world, Process *self, uint64_t handle)
{
    Payload *payload = map_remove(&self->payloads, &handle);

    if (payload == NULL)
        fail(world, "process %d: handle %lu freed twice", self->index, (unsigned long)handle);
    free(payload);
}

static void
add_token(Job *job, size_t *capacity, uint64_t token)
{
    MEMORY_GROW(job->tokens, job->count, *capacity);
    job->tokens[job->count++] = token;
}

static size_t
read_input(World *world, Process *self, Job *job, uint32_t exchange, uint32_t partition, size_t *capacity,
           bool keep)
{
    ConsumerChunk chunks[3]; /* few, so that reading in parts is exercised */
    size_t first = 0;
    size_t tokens = 0;

    for (size_t got = 0; (got = consumer_input_chunks(self->consumer, job->query, job->generation, exchange,
                                                      partition, first, chunks, 3)) > 0;
         first += got) {
        for (size_t i = 0; i < got; i++) {
            const Payload *payload = map_get(&self->payloads, &chunks[i].handle);

            if (payload == NULL) {
                fail(world, "process %d: an input's chunk is gone", self->index);
                return tokens;
            }
            tokens += payload->count;
            for (uint32_t t = 0; keep && t < payload->count; t++)
                add_token(job, capacity, payload->tokens[t]);
        }
    }
    return tokens;
}

/* All tokens that leaves make below a stage, broadcasts not counted. */
static size_t
expected_tokens(const StageGraph *graph, uint32_t stage)
{
    size_t count = 0;
    bool fed = false;

    for (uint32_t i = 0; i < graph->exchange_count; i++) {
        if (graph->exchanges[i].consumer != stage || graph->exchanges[i].kind == EXCHANGE_BROADCAST)
            continue;
        count += expected_tokens(graph, graph->exchanges[i].producer);
        fed = true;
    }
    return fed ? count : (size_t)graph->stages[stage].task_count * TOKENS_PER_TASK;
}

bool
task_begin(World *world, Process *self, Job *job)
{
    const StageGraph *graph = query_of(world, job->query)->graph;
    size_t capacity = 0;
    bool fed = false;

    for (uint32_t i = 0; i < graph->exchange_count; i++) {
        const ExchangeSpec *exchange = &graph->exchanges[i];
        const bool broadcast = exchange->kind == EXCHANGE_BROADCAST;
        const uint32_t partition = broadcast ? 0 : job->task.task;

        if (exchange->consumer != job->task.stage)
            continue;
        if (!consumer_input_complete(self->consumer, job->query, job->generation, i, partition)) {
            fail(world, "process %d: task %u.%u started without its input", self->index, job->task.stage,
                 job->task.task);
            return false;
        }

        const size_t got = read_input(world, self, job, i, partition, &capacity, !broadcast);

        fed |= !broadcast;
        if (broadcast && got != expected_tokens(graph, exchange->producer))
            fail(world, "process %d: a broadcast of %zu tokens came as %zu", self->index,
                 expected_tokens(graph, exchange->producer), got);
    }
    for (uint32_t n = 0; !fed && n < TOKENS_PER_TASK; n++)
        add_token(job, &capacity, token_of(job->task.stage, job->task.task, n));
    return !world->failed;
}

static uint32_t
partition_of(const StageGraph *graph, const Job *job, uint32_t exchange, uint64_t token)
{
    const ExchangeSpec *spec = &graph->exchanges[exchange];
    uint64_t key = hash_u64(token + 1);

    if (spec->kind == EXCHANGE_BY_TASK)
        return job->task.task % spec->partition_count;
    if (graph->stages[job->task.stage].indeterminate)
        key = hash_u64(key + job->task.attempt);
    return (uint32_t)(key % spec->partition_count);
}

/* One in twenty is larger than every window and budget. */
static uint32_t
record_size(World *world)
{
    return pick(world, 20) == 0 ? 20000 + (uint32_t)pick(world, 20000) : 100 + (uint32_t)pick(world, 1900);
}

static void
write_tokens(World *world, Process *self, const Job *job, size_t count)
{
    const StageGraph *graph = query_of(world, job->query)->graph;

    for (uint32_t i = 0; i < graph->exchange_count; i++) {
        if (graph->exchanges[i].producer != job->task.stage)
            continue;
        for (size_t t = job->next; t < job->next + count; t++) {
            const uint32_t partition = partition_of(graph, job, i, job->tokens[t]);
            const uint64_t handle = payload_new(world, self, &job->tokens[t], 1);
            const uint32_t size = record_size(world);

            if (!producer_on_chunk(self->producer, world->now, job->query, job->generation, job->task, i,
                                   partition, handle, size, 1))
                payload_free(world, self, handle);
        }
    }
}

void
task_write_some(World *world, Process *self, Job *job, bool all)
{
    const size_t left = job->count - job->next;
    const size_t count = all || left == 0 ? left : pick(world, left + 1);

    write_tokens(world, self, job, count);
    job->next += count;
}

static int
compare_tokens(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void
collect_expected(const StageGraph *graph, uint32_t stage, uint64_t *tokens, size_t *count)
{
    bool fed = false;

    for (uint32_t i = 0; i < graph->exchange_count; i++) {
        if (graph->exchanges[i].consumer != stage || graph->exchanges[i].kind == EXCHANGE_BROADCAST)
            continue;
        collect_expected(graph, graph->exchanges[i].producer, tokens, count);
        fed = true;
    }
    for (uint32_t t = 0; !fed && t < graph->stages[stage].task_count; t++) {
        for (uint32_t n = 0; n < TOKENS_PER_TASK; n++)
            tokens[(*count)++] = token_of(stage, t, n);
    }
}

void
result_check(World *world, const SimulatedQuery *query)
{
    const uint32_t last = query->graph->exchanges[query->graph->root_exchange].producer;
    const size_t total = expected_tokens(query->graph, last);
    uint64_t *expected = MEMORY_ARRAY(uint64_t, total);
    size_t count = 0;

    collect_expected(query->graph, last, expected, &count);
    qsort(expected, count, sizeof(*expected), compare_tokens);
    if (query->delivered_count > 0)
        qsort(query->delivered, query->delivered_count, sizeof(*query->delivered), compare_tokens);
    if (count != query->delivered_count)
        fail(world, "query %016lx: %zu tokens of %zu were delivered", (unsigned long)query->id.low,
             query->delivered_count, count);
    for (size_t i = 0; i < count && !world->failed; i++) {
        if (expected[i] != query->delivered[i])
            fail(world, "query %016lx: token %lx is wrong (expected %lx)", (unsigned long)query->id.low,
                 (unsigned long)query->delivered[i], (unsigned long)expected[i]);
    }
    free(expected);
}

typedef struct Drawing {
    StageSpec stages[8];
    ExchangeSpec exchanges[8];
    StageGraph graph;
} Drawing;

static uint32_t
draw_stage(World *world, Drawing *drawing, StageKind kind, uint32_t tasks)
{
    const uint32_t index = drawing->graph.stage_count++;

    drawing->stages[index] =
        (StageSpec){.kind = kind, .task_count = tasks, .indeterminate = chance(world, 200)};
    return index;
}

static void
draw_exchange(Drawing *drawing, ExchangeKind kind, uint32_t producer, uint32_t consumer, uint32_t partitions)
{
    drawing->exchanges[drawing->graph.exchange_count++] =
        (ExchangeSpec){kind, producer, consumer, partitions};
}

StageGraph *
graph_draw(World *world)
{
    Drawing drawing = {0};
    uint32_t last = 0;

    drawing.graph.stages = drawing.stages;
    drawing.graph.exchanges = drawing.exchanges;
    if (chance(world, 400)) { /* a broadcast into the leaves */
        const uint32_t build = draw_stage(world, &drawing, STAGE_LEAF, 1 + (uint32_t)pick(world, 3));

        last = draw_stage(world, &drawing, STAGE_LEAF, 1 + (uint32_t)pick(world, 12));
        draw_exchange(&drawing, EXCHANGE_BROADCAST, build, last, 1);
    } else {
        last = draw_stage(world, &drawing, STAGE_LEAF, (uint32_t)pick(world, 16));
    }
    if (chance(world, 400)) { /* a level of combiners */
        const uint32_t tasks = 1 + (uint32_t)pick(world, 3);
        const uint32_t next = draw_stage(world, &drawing, STAGE_REDUCE, tasks);

        draw_exchange(&drawing, EXCHANGE_BY_TASK, last, next, tasks);
        last = next;
    }
    if (chance(world, 750)) { /* a shuffle */
        const uint32_t tasks = 1 + (uint32_t)pick(world, 5);
        const uint32_t next = draw_stage(world, &drawing, STAGE_REDUCE, tasks);

        draw_exchange(&drawing, EXCHANGE_HASH, last, next, tasks);
        last = next;
    }
    if (chance(world, 500)) {
        const uint32_t next = draw_stage(world, &drawing, STAGE_REDUCE, 1);

        draw_exchange(&drawing, EXCHANGE_GATHER, last, next, 1);
        last = next;
    }
    drawing.graph.root_exchange = drawing.graph.exchange_count;
    draw_exchange(&drawing, EXCHANGE_GATHER, last, STAGE_ROOT, 1);
    return graph_copy(&drawing.graph);
}
