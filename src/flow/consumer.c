#include "flow/consumer.h"

#include "base/bits.h"
#include "flow/consumer_state.h"

#include <stdlib.h>
#include <string.h>

void
consumer_config_default(ConsumerConfig *config)
{
    *config = (ConsumerConfig){.inbox_budget = UINT64_C(64) << 20,
                               .initial_window = UINT64_C(256) << 10,
                               .channel_window = UINT64_C(4) << 20,
                               .root_window = UINT64_C(8) << 20,
                               .root_commit_bytes = UINT64_C(1) << 20};
}

static void
at_least(uint64_t *value, uint64_t bound)
{
    if (*value < bound)
        *value = bound;
}

Consumer *
consumer_new(const ConsumerConfig *config, Incarnation self)
{
    Consumer *consumer = MEMORY_NEW(Consumer);

    consumer->config = *config;
    at_least(&consumer->config.root_window, config->root_commit_bytes);
    consumer->self = self;
    map_init(&consumer->queries, sizeof(QueryId));
    tombstones_init(&consumer->tombstones);
    return consumer;
}

ConsumerAction *
consumer_push(Consumer *consumer, ConsumerActionKind kind, const ConsumerQuery *query)
{
    ConsumerAction *action = FIFO_PUSH(consumer->actions);

    *action = (ConsumerAction){.kind = kind, .query = query->id, .generation = query->generation};
    return action;
}

static ConsumerQuery *
find_query(const Consumer *consumer, QueryId id)
{
    return map_get(&consumer->queries, &id);
}

static void
clear_elections(ConsumerQuery *query)
{
    for (uint32_t i = 0; i < query->graph->stage_count; i++) {
        free(query->elected[i]);
        query->elected[i] = NULL;
    }
    query->elections = 0;
}

/* Drop everything of the generation, with the credit that its chunks hold. */
static void
clear_query(Consumer *consumer, ConsumerQuery *query)
{
    for (size_t i = query->inputs.count; i-- > 0;)
        input_destroy(consumer, map_value_at(&query->inputs, i));
    for (size_t i = query->channels.count; i-- > 0;)
        inbound_destroy(consumer, map_value_at(&query->channels, i));
    clear_elections(query);
    consumer->unstored -= query->unstored;
    query->unstored = 0;
    query->root_unstored = 0;
    query->root_offered = 0;
}

static void
destroy_query(Consumer *consumer, ConsumerQuery *query)
{
    clear_query(consumer, query);
    map_destroy(&query->inputs);
    map_destroy(&query->channels);
    free(query->elected);
    free(query->is_elected);
    free(query->lost);
    graph_destroy(&query->graph);
    free(query);
}

void
consumer_destroy(Consumer **self)
{
    Consumer *consumer = *self;

    if (consumer == NULL)
        return;
    for (size_t i = consumer->queries.count; i-- > 0;)
        destroy_query(consumer, map_value_at(&consumer->queries, i));
    map_destroy(&consumer->queries);
    tombstones_destroy(&consumer->tombstones);
    for (size_t i = 0; i < consumer->missing_capacity; i++)
        free(consumer->missing_bits[i]);
    free(consumer->missing_bits);
    free(consumer->missing);
    free(consumer->early);
    FIFO_DESTROY(consumer->actions);
    free(consumer);
    *self = NULL;
}

bool
consumer_on_plan(Consumer *consumer, QueryId id, const StageGraph *graph, bool root)
{
    ConsumerQuery *query = find_query(consumer, id);

    if (tombstones_has(&consumer->tombstones, id))
        return false;
    if (query != NULL) {
        query->root |= root;
        return false;
    }
    query = MEMORY_NEW(ConsumerQuery);
    query->id = id;
    query->graph = graph_copy(graph);
    query->root = root;
    query->elected = MEMORY_ARRAY(uint32_t *, graph->stage_count);
    query->is_elected = MEMORY_ARRAY(bool, graph->stage_count);
    for (uint32_t i = 0; i < graph->stage_count; i++)
        query->is_elected[i] = graph_stage_elected(graph, i);
    map_init(&query->inputs, 2 * sizeof(uint32_t));
    map_init(&query->channels, sizeof(Incarnation) + sizeof(uint64_t));
    map_put(&consumer->queries, &query->id, query);
    return true;
}

bool
consumer_query_lost(const ConsumerQuery *query, Incarnation producer)
{
    for (size_t i = 0; i < query->lost_count; i++) {
        if (incarnation_equal(query->lost[i], producer))
            return true;
    }
    return false;
}

static void
lose_producer(Consumer *consumer, ConsumerQuery *query, Incarnation producer)
{
    if (consumer_query_lost(query, producer))
        return;
    MEMORY_GROW(query->lost, query->lost_count, query->lost_capacity);
    query->lost[query->lost_count++] = producer;
    for (size_t i = query->channels.count; i-- > 0;) {
        InboundChannel *channel = map_value_at(&query->channels, i);

        if (incarnation_equal(channel->producer, producer))
            inbound_destroy(consumer, channel);
    }
    for (size_t i = 0; i < query->inputs.count; i++)
        input_on_lost(consumer, map_value_at(&query->inputs, i), producer);
}

static void
restart(Consumer *consumer, ConsumerQuery *query, uint32_t generation)
{
    const bool begun = query->root_started;

    clear_query(consumer, query);
    query->generation = generation;
    query->routes_version = 0;
    if (begun)
        root_fail(consumer, query, "the query had to start over after part of its result had been sent");
}

static void
apply_route(Consumer *consumer, ConsumerQuery *query, const Route *route, uint32_t version)
{
    if (!incarnation_equal(route->consumer, consumer->self) ||
        route->exchange >= query->graph->exchange_count ||
        route->partition >= query->graph->exchanges[route->exchange].partition_count)
        return;
    if (route->exchange == query->graph->root_exchange && !query->root)
        return;

    Input *input = input_get(consumer, query, route->exchange, route->partition);

    input->seen = version;
    input_refresh(consumer, input, route->version);
}

/* Inputs that went to another process are of no use here. */
static void
sweep_inputs(Consumer *consumer, ConsumerQuery *query, uint32_t version)
{
    for (size_t i = query->inputs.count; i-- > 0;) {
        Input *input = map_value_at(&query->inputs, i);

        if (input->seen < version && input->version <= version)
            input_destroy(consumer, input);
    }
}

static void
answer_early(Consumer *consumer, ConsumerQuery *query)
{
    for (size_t i = consumer->early_count; i-- > 0;) {
        const EarlyVoice voice = consumer->early[i];

        if (!query_id_equal(voice.query, query->id) || voice.generation > query->generation)
            continue;
        consumer->early[i] = consumer->early[--consumer->early_count];
        consumer->early_next = consumer->early_count;
        if (voice.generation == query->generation && voice.exchange < query->graph->exchange_count &&
            !consumer_query_lost(query, voice.producer))
            inbound_grant(consumer, inbound_get(consumer, query, voice.exchange, voice.producer), true);
    }
}

bool
consumer_on_routes(Consumer *consumer, int64_t now, QueryId id, const Routes *routes)
{
    ConsumerQuery *query = find_query(consumer, id);

    (void)now;
    if (query == NULL || routes->generation < query->generation)
        return false;
    if (routes->generation > query->generation)
        restart(consumer, query, routes->generation);
    if (routes->version <= query->routes_version)
        return false;
    query->routes_version = routes->version;
    for (size_t i = 0; i < routes->lost_count; i++)
        lose_producer(consumer, query, routes->lost[i]);
    for (size_t i = 0; i < routes->count; i++)
        apply_route(consumer, query, &routes->entries[i], routes->version);
    sweep_inputs(consumer, query, routes->version);
    answer_early(consumer, query);
    inbound_serve(consumer);
    return true;
}

static void
apply_election(Consumer *consumer, ConsumerQuery *query, const Election *election)
{
    const StageGraph *graph = query->graph;

    if (election->stage >= graph->stage_count || election->task >= graph->stages[election->stage].task_count)
        return;

    uint32_t **elected = &query->elected[election->stage];
    const uint32_t task_count = graph->stages[election->stage].task_count;

    if (*elected == NULL) {
        *elected = MEMORY_ARRAY(uint32_t, task_count);
        memset(*elected, 0xff, task_count * sizeof(**elected)); /* NOT_ELECTED */
    }
    (*elected)[election->task] = election->attempt;
    for (size_t i = 0; i < query->inputs.count; i++) {
        Input *input = map_value_at(&query->inputs, i);

        if (graph->exchanges[input->exchange].producer == election->stage)
            input_on_elected(consumer, input, election->task);
    }
}

void
consumer_on_elections(Consumer *consumer, int64_t now, QueryId id, uint32_t generation, uint32_t first,
                      const Election *elections, size_t count)
{
    ConsumerQuery *query = find_query(consumer, id);

    (void)now;
    if (query == NULL || query->generation != generation || first > query->elections)
        return;
    for (size_t i = query->elections - first; i < count; i++) {
        apply_election(consumer, query, &elections[i]);
        query->elections++;
    }
    inbound_serve(consumer);
}

static Input *
input_of(const Consumer *consumer, QueryId id, uint32_t generation, uint32_t exchange, uint32_t partition)
{
    const ConsumerQuery *query = find_query(consumer, id);

    return query == NULL || query->generation != generation ? NULL : input_find(query, exchange, partition);
}

bool
consumer_input_complete(const Consumer *consumer, QueryId id, uint32_t generation, uint32_t exchange,
                        uint32_t partition)
{
    const Input *input = input_of(consumer, id, generation, exchange, partition);

    return input != NULL && input->state == INPUT_COMPLETE;
}

size_t
consumer_input_chunks(Consumer *consumer, QueryId id, uint32_t generation, uint32_t exchange,
                      uint32_t partition, size_t first, ConsumerChunk *chunks, size_t capacity)
{
    const Input *input = input_of(consumer, id, generation, exchange, partition);

    if (input == NULL || input->state != INPUT_COMPLETE || first >= input->chunk_count)
        return 0;

    const size_t left = input->chunk_count - first;
    const size_t count = left < capacity ? left : capacity;

    memcpy(chunks, input->chunks + first, count * sizeof(*chunks));
    return count;
}

void
consumer_close_input(Consumer *consumer, QueryId id, uint32_t generation, uint32_t exchange,
                     uint32_t partition)
{
    Input *input = input_of(consumer, id, generation, exchange, partition);

    if (input == NULL || input->state != INPUT_COMPLETE)
        return;
    for (size_t i = 0; i < input->chunk_count; i++) {
        consumer_push(consumer, CONSUMER_FREE, input->query)->handle = input->chunks[i].handle;
        consumer->chunks_held--;
    }
    free(input->chunks);
    input->chunks = NULL;
    input->chunk_count = 0;
    input->state = INPUT_CLOSED;
}

void
consumer_on_release(Consumer *consumer, int64_t now, QueryId id)
{
    ConsumerQuery *query = find_query(consumer, id);

    (void)now;
    tombstones_add(&consumer->tombstones, id);
    if (query == NULL)
        return;
    map_remove(&consumer->queries, &id);
    destroy_query(consumer, query);
    inbound_serve(consumer);
}

bool
consumer_next_action(Consumer *consumer, ConsumerAction *action)
{
    const ConsumerAction *next = FIFO_POP(consumer->actions);

    if (next == NULL)
        return false;
    *action = *next;
    return true;
}

size_t
consumer_query_count(const Consumer *consumer)
{
    return consumer->queries.count;
}

QueryId
consumer_query_at(const Consumer *consumer, size_t index)
{
    return ((const ConsumerQuery *)map_value_at(&consumer->queries, index))->id;
}

static uint64_t *
missing_bits(Consumer *consumer, const ConsumerQuery *query, uint32_t exchange)
{
    const uint32_t tasks = query->graph->stages[query->graph->exchanges[exchange].producer].task_count;

    for (size_t i = 0; i < consumer->missing_count; i++) {
        if (consumer->missing[i].exchange == exchange)
            return consumer->missing_bits[i];
    }
    if (consumer->missing_count == consumer->missing_capacity) {
        const size_t capacity = consumer->missing_capacity + 8;

        consumer->missing = memory_resize(consumer->missing, capacity, sizeof(*consumer->missing));
        consumer->missing_bits = memory_resize(consumer->missing_bits, capacity, sizeof(uint64_t *));
        for (size_t i = consumer->missing_capacity; i < capacity; i++)
            consumer->missing_bits[i] = NULL;
        consumer->missing_capacity = capacity;
    }

    const size_t index = consumer->missing_count++;

    free(consumer->missing_bits[index]);
    consumer->missing_bits[index] = MEMORY_ARRAY(uint64_t, bits_words(tasks));
    consumer->missing[index] = (MissingTasks){exchange, tasks, consumer->missing_bits[index]};
    return consumer->missing_bits[index];
}

static void
collect_missing(Consumer *consumer, const ConsumerQuery *query, const Input *input)
{
    if (input->state != INPUT_COLLECTING || input->complete_count == input->feeder_count)
        return;

    uint64_t *bits = missing_bits(consumer, query, input->exchange);

    for (uint32_t i = 0; i < input->feeder_count; i++) {
        if (!input->feeders[i].complete)
            bits_set(bits, input_feeder_task(input, i));
    }
}

bool
consumer_report(Consumer *consumer, QueryId id, ConsumerReport *report)
{
    const ConsumerQuery *query = find_query(consumer, id);

    if (query == NULL)
        return false;
    consumer->missing_count = 0;
    for (size_t i = 0; i < query->inputs.count; i++)
        collect_missing(consumer, query, map_value_at(&query->inputs, i));
    *report = (ConsumerReport){.root = query->root,
                               .generation = query->generation,
                               .routes_version = query->routes_version,
                               .elections = query->elections,
                               .root_failed = query->failed,
                               .root_complete = query->root_announced,
                               .missing = consumer->missing,
                               .missing_count = consumer->missing_count};
    return true;
}

uint64_t
consumer_inbox_used(const Consumer *consumer)
{
    return consumer->granted + consumer->unstored;
}

size_t
consumer_chunks_held(const Consumer *consumer)
{
    return consumer->chunks_held;
}
