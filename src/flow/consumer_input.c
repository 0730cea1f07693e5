/* Inputs: chunks staged by attempt; one complete attempt of each producer task counts, the rest is dropped.
 */
#include "flow/consumer_state.h"

#include <stdlib.h>
#include <string.h>

typedef struct InputKey {
    uint32_t exchange;
    uint32_t partition;
} InputKey;

Input *
input_find(const ConsumerQuery *query, uint32_t exchange, uint32_t partition)
{
    const InputKey key = {exchange, partition};

    return map_get(&query->inputs, &key);
}

static void
free_chunk(Consumer *consumer, Input *input, const ConsumerChunk *chunk)
{
    ConsumerAction *action = consumer_push(consumer, CONSUMER_FREE, input->query);

    action->handle = chunk->handle;
    action->size = chunk->size;
    consumer->chunks_held--;
    if (!input->root)
        return;

    const uint64_t cost = record_cost(chunk->size);

    input->query->root_unstored -= cost;
    input->query->root_unoffered -= cost;
}

void
staged_destroy(Consumer *consumer, Input *input, Staged *staged)
{
    for (size_t i = staged->offered; i < staged->count; i++)
        free_chunk(consumer, input, &staged->chunks[i]);
    free(staged->chunks);
    free(staged);
}

static void
clear_feeder(Consumer *consumer, Input *input, Feeder *feeder)
{
    while (feeder->staged != NULL) {
        Staged *staged = feeder->staged;

        feeder->staged = staged->next;
        staged_destroy(consumer, input, staged);
    }
}

static void
clear_input(Consumer *consumer, Input *input)
{
    for (uint32_t i = 0; input->feeders != NULL && i < input->feeder_count; i++)
        clear_feeder(consumer, input, &input->feeders[i]);
    for (size_t i = 0; i < input->chunk_count; i++)
        free_chunk(consumer, input, &input->chunks[i]);
    free(input->feeders);
    free(input->chunks);
    input->feeders = NULL;
    input->chunks = NULL;
    input->chunk_count = 0;
}

void
input_destroy(Consumer *consumer, Input *input)
{
    const InputKey key = {input->exchange, input->partition};

    clear_input(consumer, input);
    map_remove(&input->query->inputs, &key);
    free(input);
}

uint32_t
input_feeder_task(const Input *input, uint32_t feeder)
{
    const ExchangeSpec *exchange = &input->query->graph->exchanges[input->exchange];

    return exchange->kind == EXCHANGE_BY_TASK ? feeder * exchange->partition_count + input->partition
                                              : feeder;
}

/* The feeder of a producer task; NULL where the task has nothing for this partition. */
static Feeder *
feeder_of(const Input *input, uint32_t task)
{
    const StageGraph *graph = input->query->graph;
    const ExchangeSpec *exchange = &graph->exchanges[input->exchange];

    if (!graph_task_feeds(graph, input->exchange, task, input->partition))
        return NULL;
    return &input->feeders[exchange->kind == EXCHANGE_BY_TASK ? task / exchange->partition_count : task];
}

/* Every producer task has its complete attempt here: lay the chunks out in order. */
static void
flatten(Input *input)
{
    size_t count = 0;

    for (uint32_t i = 0; i < input->feeder_count; i++)
        count += input->feeders[i].staged->count;
    input->chunks = MEMORY_ARRAY(ConsumerChunk, count);
    for (uint32_t i = 0; i < input->feeder_count; i++) {
        Staged *staged = input->feeders[i].staged;

        if (staged->count > 0)
            memcpy(input->chunks + input->chunk_count, staged->chunks,
                   staged->count * sizeof(*staged->chunks));
        input->chunk_count += staged->count;
        free(staged->chunks);
        free(staged);
    }
    free(input->feeders);
    input->feeders = NULL;
}

static void
check_complete(Consumer *consumer, Input *input)
{
    if (input->root || input->complete_count < input->feeder_count)
        return;
    flatten(input);
    input->state = INPUT_COMPLETE;

    ConsumerAction *action = consumer_push(consumer, CONSUMER_INPUT_COMPLETE, input->query);

    action->exchange = input->exchange;
    action->partition = input->partition;
}

static void
start_collecting(Consumer *consumer, Input *input)
{
    input->state = INPUT_COLLECTING;
    input->complete_count = 0;
    input->feeders = MEMORY_ARRAY(Feeder, input->feeder_count);
    check_complete(consumer, input);
    if (input->root)
        root_on_progress(consumer, input, NULL, NULL);
}

Input *
input_get(Consumer *consumer, ConsumerQuery *query, uint32_t exchange, uint32_t partition)
{
    const InputKey key = {exchange, partition};
    Input *input = map_get(&query->inputs, &key);

    if (input != NULL)
        return input;
    input = MEMORY_NEW(Input);
    input->query = query;
    input->exchange = exchange;
    input->partition = partition;
    input->root = exchange == query->graph->root_exchange;
    input->feeder_count = graph_feeder_count(query->graph, exchange, partition);
    map_put(&query->inputs, &key, input);
    start_collecting(consumer, input);
    return input;
}

void
input_refresh(Consumer *consumer, Input *input, uint32_t version)
{
    if (version <= input->version)
        return;
    input->version = version;
    if (input->state != INPUT_CLOSED)
        return;

    ConsumerAction *action = consumer_push(consumer, CONSUMER_INPUT_RESET, input->query);

    action->exchange = input->exchange;
    action->partition = input->partition;
    start_collecting(consumer, input);
}

static bool
is_wanted(const Input *input, TaskRef ref)
{
    const ConsumerQuery *query = input->query;
    const uint32_t *elected = query->elected[ref.stage];

    if (!query->is_elected[ref.stage] || elected == NULL || elected[ref.task] == NOT_ELECTED)
        return true;
    return elected[ref.task] == ref.attempt;
}

/* Whether the attempt is the one that counts, being complete. */
static bool
is_chosen(const Input *input, const Staged *staged)
{
    const ConsumerQuery *query = input->query;
    const uint32_t *elected = query->elected[staged->ref.stage];

    if (!staged->closed)
        return false;
    if (!query->is_elected[staged->ref.stage])
        return true;
    return elected != NULL && elected[staged->ref.task] == staged->ref.attempt;
}

static void
choose(Consumer *consumer, Input *input, Feeder *feeder, Staged *chosen)
{
    for (Staged *staged = feeder->staged, *next = NULL; staged != NULL; staged = next) {
        next = staged->next;
        if (staged != chosen)
            staged_destroy(consumer, input, staged);
    }
    chosen->next = NULL;
    feeder->staged = chosen;
    feeder->complete = true;
    input->complete_count++;
    check_complete(consumer, input);
}

static Staged *
find_staged(const Feeder *feeder, TaskRef ref)
{
    for (Staged *staged = feeder->staged; staged != NULL; staged = staged->next) {
        if (task_ref_equal(staged->ref, ref))
            return staged;
    }
    return NULL;
}

static Staged *
get_staged(Feeder *feeder, TaskRef ref, Incarnation producer)
{
    Staged *staged = find_staged(feeder, ref);

    if (staged != NULL)
        return staged;
    staged = MEMORY_NEW(Staged);
    staged->ref = ref;
    staged->producer = producer;
    staged->next = feeder->staged;
    feeder->staged = staged;
    return staged;
}

static void
keep_chunk(Consumer *consumer, Input *input, Staged *staged, const Record *record)
{
    const uint64_t cost = record_cost(record->size);

    MEMORY_GROW(staged->chunks, staged->count, staged->capacity);
    staged->chunks[staged->count++] =
        (ConsumerChunk){record->producer_task, record->chunk, record->size, record->rows, record->handle};
    consumer->chunks_held++;
    if (input->root) {
        input->query->root_unstored += cost;
        input->query->root_unoffered += cost;
    } else {
        input->query->unstored += cost;
        consumer->unstored += cost;
    }
}

/* The attempt's chunks are void: it failed or was withdrawn. One that is complete stays good. */
static void
abort_staged(Consumer *consumer, Input *input, Feeder *feeder, TaskRef ref)
{
    for (Staged **link = &feeder->staged; *link != NULL; link = &(*link)->next) {
        Staged *staged = *link;

        if (!task_ref_equal(staged->ref, ref))
            continue;
        if (staged->closed)
            return;
        if (staged->committed)
            root_fail(consumer, input->query, "a task failed after part of its result had been sent");
        *link = staged->next;
        staged_destroy(consumer, input, staged);
        return;
    }
}

/* A committed attempt leaves no room for another. */
static bool
is_taken(const Feeder *feeder, TaskRef ref)
{
    return feeder->staged != NULL && feeder->staged->committed && !task_ref_equal(feeder->staged->ref, ref);
}

bool
input_on_record(Consumer *consumer, Input *input, Incarnation producer, const Record *record)
{
    const TaskRef ref = record->producer_task;
    Feeder *feeder = input->state == INPUT_COLLECTING ? feeder_of(input, ref.task) : NULL;
    bool kept = false;

    if (feeder == NULL || feeder->complete || !is_wanted(input, ref) || is_taken(feeder, ref) ||
        input->query->failed)
        return false;
    if (record->kind == RECORD_ABORT) {
        abort_staged(consumer, input, feeder, ref);
        return false;
    }

    Staged *staged = get_staged(feeder, ref, producer);

    if (staged->closed || record->chunk != staged->count)
        return false; /* sent again, or the rest of a series whose start went to an input since closed */
    if (record->kind == RECORD_CHUNK) {
        keep_chunk(consumer, input, staged, record);
        kept = true;
    } else {
        staged->closed = true;
        if (is_chosen(input, staged))
            choose(consumer, input, feeder, staged);
    }
    if (input->root)
        root_on_progress(consumer, input, feeder, staged);
    return kept;
}

void
input_on_lost(Consumer *consumer, Input *input, Incarnation producer)
{
    for (uint32_t i = 0; input->state == INPUT_COLLECTING && i < input->feeder_count; i++) {
        Feeder *feeder = &input->feeders[i];

        for (Staged *staged = feeder->staged, *next = NULL; staged != NULL; staged = next) {
            next = staged->next;
            if (incarnation_equal(staged->producer, producer))
                abort_staged(consumer, input, feeder, staged->ref);
        }
    }
}

void
input_on_elected(Consumer *consumer, Input *input, uint32_t task)
{
    Feeder *feeder = input->state == INPUT_COLLECTING ? feeder_of(input, task) : NULL;

    if (feeder == NULL || feeder->complete)
        return;
    for (Staged **link = &feeder->staged; *link != NULL;) {
        Staged *staged = *link;

        if (is_wanted(input, staged->ref)) {
            link = &staged->next;
            continue;
        }
        *link = staged->next;
        staged_destroy(consumer, input, staged);
    }

    Staged *winner = feeder->staged;

    if (winner == NULL)
        return;
    if (is_chosen(input, winner))
        choose(consumer, input, feeder, winner);
    if (input->root)
        root_on_progress(consumer, input, feeder, winner);
}
