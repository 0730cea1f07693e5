#include "flow/producer.h"

#include "flow/producer_state.h"

#include <stdlib.h>

void
producer_config_default(ProducerConfig *config)
{
    *config = (ProducerConfig){
        .initial_window = 256 * 1024, .sync_after = 20000, .sync_max = 1000000, .step_bytes = 1024 * 1024};
}

Producer *
producer_new(const ProducerConfig *config)
{
    Producer *producer = MEMORY_NEW(Producer);

    producer->config = *config;
    producer->deadline = INT64_MAX;
    map_init(&producer->queries, sizeof(QueryId));
    map_init(&producer->peers, sizeof(Incarnation));
    tombstones_init(&producer->tombstones);
    return producer;
}

static ProducerQuery *
find_query(const Producer *producer, QueryId id)
{
    return map_get(&producer->queries, &id);
}

static void
push_free(Producer *producer, uint64_t handle)
{
    *FIFO_PUSH(producer->actions) = (ProducerAction){.kind = PRODUCER_FREE, .handle = handle};
}

static void
free_attempt(KeptAttempt *attempt)
{
    free(attempt->outputs);
    free(attempt->chunks);
    free(attempt);
}

void
attempt_unlog(KeptAttempt *attempt)
{
    attempt->logged--;
    if (attempt->logged == 0 && attempt->query == NULL)
        free_attempt(attempt);
}

static void
leave_age(Producer *producer, KeptAttempt *attempt)
{
    if (!attempt->done)
        return;
    if (attempt->older == NULL)
        producer->oldest = attempt->newer;
    else
        attempt->older->newer = attempt->newer;
    if (attempt->newer == NULL)
        producer->newest = attempt->older;
    else
        attempt->newer->older = attempt->older;
}

static void
join_age(Producer *producer, KeptAttempt *attempt)
{
    attempt->older = producer->newest;
    if (producer->newest == NULL)
        producer->oldest = attempt;
    else
        producer->newest->newer = attempt;
    producer->newest = attempt;
}

/* Take an attempt out of its query and free its chunks; it lives on while a log names it. */
static void
remove_attempt(Producer *producer, KeptAttempt *attempt)
{
    leave_age(producer, attempt);
    for (size_t i = 0; i < attempt->chunk_count; i++)
        push_free(producer, attempt->chunks[i].handle);
    producer->kept_bytes -= attempt->bytes;
    map_remove(&attempt->query->attempts, &attempt->ref);
    attempt->query = NULL;
    if (attempt->logged == 0)
        free_attempt(attempt);
}

static void
clear_routes(ProducerQuery *query)
{
    for (uint32_t i = 0; i < query->graph->exchange_count; i++) {
        free(query->routes[i].slots);
        query->routes[i] = (RouteSet){0};
    }
}

/* Drop everything of the generation. Attempts first: the logs then free those that they name. */
static void
clear_query(Producer *producer, ProducerQuery *query)
{
    for (size_t i = query->attempts.count; i-- > 0;)
        remove_attempt(producer, map_value_at(&query->attempts, i));
    for (size_t i = query->channels.count; i-- > 0;)
        channel_destroy(producer, map_value_at(&query->channels, i));
    clear_routes(query);
}

static void
destroy_query(Producer *producer, ProducerQuery *query)
{
    clear_query(producer, query);
    map_destroy(&query->attempts);
    map_destroy(&query->channels);
    free(query->routes);
    free(query->output_base);
    free(query->output_count);
    free(query->lost);
    graph_destroy(&query->graph);
    free(query);
}

void
producer_destroy(Producer **self)
{
    Producer *producer = *self;

    if (producer == NULL)
        return;
    for (size_t i = producer->queries.count; i-- > 0;)
        destroy_query(producer, map_value_at(&producer->queries, i));
    map_destroy(&producer->queries);
    map_destroy(&producer->peers);
    tombstones_destroy(&producer->tombstones);
    FIFO_DESTROY(producer->actions);
    free(producer);
    *self = NULL;
}

static void
lay_out_outputs(ProducerQuery *query)
{
    const StageGraph *graph = query->graph;

    query->output_base = MEMORY_ARRAY(uint32_t, graph->exchange_count);
    query->output_count = MEMORY_ARRAY(uint32_t, graph->stage_count);
    for (uint32_t i = 0; i < graph->exchange_count; i++) {
        const ExchangeSpec *exchange = &graph->exchanges[i];

        query->output_base[i] = query->output_count[exchange->producer];
        query->output_count[exchange->producer] += exchange->partition_count;
    }
}

bool
producer_on_plan(Producer *producer, QueryId id, const StageGraph *graph)
{
    if (find_query(producer, id) != NULL || tombstones_has(&producer->tombstones, id))
        return false;

    ProducerQuery *query = MEMORY_NEW(ProducerQuery);

    query->id = id;
    query->graph = graph_copy(graph);
    query->routes = MEMORY_ARRAY(RouteSet, graph->exchange_count);
    lay_out_outputs(query);
    map_init(&query->attempts, sizeof(TaskRef));
    map_init(&query->channels, sizeof(Incarnation) + sizeof(uint64_t));
    map_put(&producer->queries, &query->id, query);
    return true;
}

static void
log_record(Producer *producer, int64_t now, KeptAttempt *attempt, uint32_t exchange, const RouteSlot *route,
           LogEntry entry)
{
    Channel *channel = channel_get(producer, attempt->query, exchange, route->consumer);

    entry.attempt = attempt;
    entry.route_version = route->version;
    channel_append(producer, now, channel, &entry);
}

/* Queue a record of a partition to all who consume it. */
static void
route_record(Producer *producer, int64_t now, KeptAttempt *attempt, uint32_t exchange, LogEntry entry)
{
    const RouteSet *routes = &attempt->query->routes[exchange];
    const bool broadcast = attempt->query->graph->exchanges[exchange].kind == EXCHANGE_BROADCAST;
    const size_t first = broadcast ? 0 : entry.partition;
    const size_t end = broadcast ? routes->count : first + 1;

    for (size_t i = first; i < end && i < routes->count; i++) {
        if (!incarnation_is_none(routes->slots[i].consumer))
            log_record(producer, now, attempt, exchange, &routes->slots[i], entry);
    }
}

/* All that is kept of one output, to one consumer, from the start. */
static void
feed_output(Producer *producer, int64_t now, KeptAttempt *attempt, uint32_t exchange, uint32_t partition,
            const RouteSlot *route)
{
    const Output *output = &attempt->outputs[attempt->query->output_base[exchange] + partition];
    uint32_t number = 0;

    if (output->count > 0) {
        for (uint32_t chunk = output->first; chunk != NO_CHUNK; chunk = attempt->chunks[chunk].next)
            log_record(producer, now, attempt, exchange, route,
                       (LogEntry){.partition = partition, .what = chunk, .number = number++});
    }
    if (attempt->done)
        log_record(producer, now, attempt, exchange, route,
                   (LogEntry){.partition = partition, .what = LOG_CLOSE});
}

static void
feed_route(Producer *producer, int64_t now, ProducerQuery *query, uint32_t exchange, uint32_t partition,
           const RouteSlot *route)
{
    const StageGraph *graph = query->graph;

    for (size_t i = 0; i < query->attempts.count; i++) {
        KeptAttempt *attempt = map_value_at(&query->attempts, i);

        if (attempt->ref.stage == graph->exchanges[exchange].producer &&
            graph_task_feeds(graph, exchange, attempt->ref.task, partition))
            feed_output(producer, now, attempt, exchange, partition, route);
    }
}

static bool
is_lost(const ProducerQuery *query, Incarnation incarnation)
{
    for (size_t i = 0; i < query->lost_count; i++) {
        if (incarnation_equal(query->lost[i], incarnation))
            return true;
    }
    return false;
}

static void
lose_consumer(Producer *producer, ProducerQuery *query, Incarnation incarnation)
{
    if (is_lost(query, incarnation))
        return;
    MEMORY_GROW(query->lost, query->lost_count, query->lost_capacity);
    query->lost[query->lost_count++] = incarnation;
    for (size_t i = query->channels.count; i-- > 0;) {
        Channel *channel = map_value_at(&query->channels, i);

        if (incarnation_equal(channel->peer->incarnation, incarnation))
            channel_destroy(producer, channel);
    }
    for (uint32_t i = 0; i < query->graph->exchange_count; i++) {
        RouteSet *routes = &query->routes[i];

        for (size_t s = 0; s < routes->count; s++) {
            if (incarnation_equal(routes->slots[s].consumer, incarnation))
                routes->slots[s].consumer = (Incarnation){0, 0};
        }
    }
}

static RouteSlot *
broadcast_slot(RouteSet *routes, Incarnation consumer)
{
    for (size_t i = 0; i < routes->count; i++) {
        if (incarnation_equal(routes->slots[i].consumer, consumer))
            return &routes->slots[i];
    }
    MEMORY_GROW(routes->slots, routes->count, routes->capacity);
    routes->slots[routes->count] = (RouteSlot){{0, 0}, 0};
    return &routes->slots[routes->count++];
}

static RouteSlot *
route_slot(ProducerQuery *query, const Route *route)
{
    const ExchangeSpec *exchange = &query->graph->exchanges[route->exchange];
    RouteSet *routes = &query->routes[route->exchange];

    if (exchange->kind == EXCHANGE_BROADCAST)
        return broadcast_slot(routes, route->consumer);
    if (routes->slots == NULL) {
        routes->slots = MEMORY_ARRAY(RouteSlot, exchange->partition_count);
        routes->count = exchange->partition_count;
    }
    return &routes->slots[route->partition];
}

static void
apply_route(Producer *producer, int64_t now, ProducerQuery *query, const Route *route)
{
    if (route->exchange >= query->graph->exchange_count ||
        route->partition >= query->graph->exchanges[route->exchange].partition_count ||
        incarnation_is_none(route->consumer) || is_lost(query, route->consumer))
        return;

    RouteSlot *slot = route_slot(query, route);

    if (route->version <= slot->version)
        return;
    *slot = (RouteSlot){route->consumer, route->version};
    feed_route(producer, now, query, route->exchange, route->partition, slot);
}

bool
producer_on_routes(Producer *producer, int64_t now, QueryId id, const Routes *routes)
{
    ProducerQuery *query = find_query(producer, id);

    if (query == NULL || routes->generation < query->generation)
        return false;
    if (routes->generation > query->generation) {
        clear_query(producer, query);
        query->generation = routes->generation;
        query->routes_version = 0;
    }
    if (routes->version <= query->routes_version)
        return false;
    query->routes_version = routes->version;
    for (size_t i = 0; i < routes->lost_count; i++)
        lose_consumer(producer, query, routes->lost[i]);
    for (size_t i = 0; i < routes->count; i++)
        apply_route(producer, now, query, &routes->entries[i]);
    return true;
}

static KeptAttempt *
find_attempt(const Producer *producer, QueryId id, uint32_t generation, TaskRef ref)
{
    const ProducerQuery *query = find_query(producer, id);

    return query == NULL || query->generation != generation ? NULL : map_get(&query->attempts, &ref);
}

/* The attempt, made on first use; NULL where the query does not want it. */
static KeptAttempt *
get_attempt(Producer *producer, QueryId id, uint32_t generation, TaskRef ref)
{
    ProducerQuery *query = find_query(producer, id);

    if (query == NULL || query->generation != generation)
        return NULL;
    if (ref.stage >= query->graph->stage_count || ref.task >= query->graph->stages[ref.stage].task_count)
        return NULL;

    KeptAttempt *attempt = map_get(&query->attempts, &ref);

    if (attempt == NULL) {
        attempt = MEMORY_NEW(KeptAttempt);
        attempt->query = query;
        attempt->ref = ref;
        attempt->outputs = MEMORY_ARRAY(Output, query->output_count[ref.stage]);
        map_put(&query->attempts, &attempt->ref, attempt);
    }
    return attempt;
}

static uint32_t
add_chunk(KeptAttempt *attempt, Output *output, const KeptChunk *chunk)
{
    const uint32_t index = (uint32_t)attempt->chunk_count;

    MEMORY_GROW(attempt->chunks, attempt->chunk_count, attempt->chunk_capacity);
    attempt->chunks[attempt->chunk_count++] = *chunk;
    if (output->count == 0)
        output->first = index;
    else
        attempt->chunks[output->last].next = index;
    output->last = index;
    output->count++;
    output->rows += chunk->rows;
    attempt->bytes += chunk->size;
    return index;
}

bool
producer_on_chunk(Producer *producer, int64_t now, QueryId id, uint32_t generation, TaskRef ref,
                  uint32_t exchange, uint32_t partition, uint64_t handle, uint32_t size, uint64_t rows)
{
    KeptAttempt *attempt = get_attempt(producer, id, generation, ref);

    if (attempt == NULL || attempt->done || exchange >= attempt->query->graph->exchange_count)
        return false;

    const ExchangeSpec *spec = &attempt->query->graph->exchanges[exchange];

    if (spec->producer != ref.stage || partition >= spec->partition_count ||
        !graph_task_feeds(attempt->query->graph, exchange, ref.task, partition))
        return false;

    Output *output = &attempt->outputs[attempt->query->output_base[exchange] + partition];
    const uint32_t number = output->count;
    const uint32_t chunk = add_chunk(attempt, output, &(KeptChunk){handle, rows, size, NO_CHUNK});

    producer->kept_bytes += size;
    route_record(producer, now, attempt, exchange,
                 (LogEntry){.partition = partition, .what = chunk, .number = number});
    return true;
}

bool
producer_on_task_done(Producer *producer, int64_t now, QueryId id, uint32_t generation, TaskRef ref)
{
    KeptAttempt *attempt = get_attempt(producer, id, generation, ref);

    if (attempt == NULL || attempt->done)
        return false;
    attempt->done = true;
    join_age(producer, attempt);

    const StageGraph *graph = attempt->query->graph;

    for (uint32_t i = 0; i < graph->exchange_count; i++) {
        if (graph->exchanges[i].producer != ref.stage)
            continue;
        for (uint32_t p = 0; p < graph->exchanges[i].partition_count; p++) {
            if (graph_task_feeds(graph, i, ref.task, p))
                route_record(producer, now, attempt, i, (LogEntry){.partition = p, .what = LOG_CLOSE});
        }
    }
    return true;
}

void
producer_on_attempt_dropped(Producer *producer, int64_t now, QueryId id, uint32_t generation, TaskRef ref)
{
    KeptAttempt *attempt = find_attempt(producer, id, generation, ref);

    if (attempt == NULL)
        return;

    const ProducerQuery *query = attempt->query;

    for (uint32_t i = 0; i < query->graph->exchange_count; i++) {
        if (query->graph->exchanges[i].producer != ref.stage)
            continue;
        for (uint32_t p = 0; p < query->graph->exchanges[i].partition_count; p++) {
            if (attempt->outputs[query->output_base[i] + p].count > 0)
                route_record(producer, now, attempt, i, (LogEntry){.partition = p, .what = LOG_ABORT});
        }
    }
    remove_attempt(producer, attempt);
}

void
producer_on_release(Producer *producer, QueryId id)
{
    ProducerQuery *query = find_query(producer, id);

    tombstones_add(&producer->tombstones, id);
    if (query == NULL)
        return;
    map_remove(&producer->queries, &id);
    destroy_query(producer, query);
}

/* Whether every partition has somebody who consumes it: outputs that wait for a route must not be evicted. */
static bool
is_routed(const KeptAttempt *attempt)
{
    const StageGraph *graph = attempt->query->graph;

    for (uint32_t i = 0; i < graph->exchange_count; i++) {
        const RouteSet *routes = &attempt->query->routes[i];

        if (graph->exchanges[i].producer != attempt->ref.stage)
            continue;
        if (routes->count == 0)
            return false;
        for (size_t s = 0; s < routes->count; s++) {
            if (incarnation_is_none(routes->slots[s].consumer) &&
                graph->exchanges[i].kind != EXCHANGE_BROADCAST)
                return false;
        }
    }
    return true;
}

uint64_t
producer_evict(Producer *producer, uint64_t bytes)
{
    uint64_t freed = 0;
    KeptAttempt *newer = NULL;

    for (KeptAttempt *attempt = producer->oldest; attempt != NULL && freed < bytes; attempt = newer) {
        newer = attempt->newer;
        if (attempt->logged > 0 || attempt->bytes == 0 || !is_routed(attempt))
            continue;
        *FIFO_PUSH(producer->actions) = (ProducerAction){.kind = PRODUCER_EVICTED,
                                                         .query = attempt->query->id,
                                                         .generation = attempt->query->generation,
                                                         .task = attempt->ref};
        freed += attempt->bytes;
        remove_attempt(producer, attempt);
    }
    return freed;
}

uint32_t
producer_routes_version(const Producer *producer, QueryId id, uint32_t *generation)
{
    const ProducerQuery *query = find_query(producer, id);

    if (generation != NULL)
        *generation = query == NULL ? 0 : query->generation;
    return query == NULL ? 0 : query->routes_version;
}

uint64_t
producer_undelivered(const Producer *producer, QueryId id)
{
    const ProducerQuery *query = find_query(producer, id);

    return query == NULL ? 0 : query->undelivered;
}

uint64_t
producer_kept_bytes(const Producer *producer)
{
    return producer->kept_bytes;
}

size_t
producer_query_count(const Producer *producer)
{
    return producer->queries.count;
}

bool
producer_keeps(const Producer *producer, QueryId id, uint32_t generation, TaskRef ref)
{
    const KeptAttempt *attempt = find_attempt(producer, id, generation, ref);

    return attempt != NULL && attempt->done;
}
