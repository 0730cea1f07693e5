#include "flow/graph.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static Status
validate_stage(const StageGraph *graph, uint32_t index, Error *error)
{
    const StageSpec *stage = &graph->stages[index];

    if (stage->kind != STAGE_LEAF && stage->kind != STAGE_REDUCE)
        return error_set(error, STATUS_INTERNAL, "stage %u has an unknown kind", index);
    if (stage->task_count > GRAPH_TASKS_MAX)
        return error_set(error, STATUS_INTERNAL, "stage %u has too many tasks", index);
    if (stage->kind == STAGE_REDUCE && stage->task_count == 0)
        return error_set(error, STATUS_INTERNAL, "reduce stage %u has no tasks", index);
    return STATUS_OK;
}

static Status
validate_partitions(const StageGraph *graph, uint32_t index, Error *error)
{
    const ExchangeSpec *exchange = &graph->exchanges[index];
    const bool single = exchange->kind == EXCHANGE_GATHER || exchange->kind == EXCHANGE_BROADCAST;

    if (exchange->partition_count == 0 || exchange->partition_count > GRAPH_PARTITIONS_MAX)
        return error_set(error, STATUS_INTERNAL, "exchange %u has a bad number of partitions", index);
    if (single && exchange->partition_count != 1)
        return error_set(error, STATUS_INTERNAL, "exchange %u must have one partition", index);
    if (exchange->consumer == STAGE_ROOT || exchange->kind == EXCHANGE_BROADCAST)
        return STATUS_OK;
    if (graph->stages[exchange->consumer].task_count != exchange->partition_count)
        return error_set(error, STATUS_INTERNAL, "exchange %u does not fit its consumer's tasks", index);
    return STATUS_OK;
}

static Status
validate_exchange(const StageGraph *graph, uint32_t index, Error *error)
{
    const ExchangeSpec *exchange = &graph->exchanges[index];
    const bool root = exchange->consumer == STAGE_ROOT;

    if (exchange->kind > EXCHANGE_BROADCAST || exchange->producer >= graph->stage_count)
        return error_set(error, STATUS_INTERNAL, "exchange %u has a bad kind or producer", index);
    if (!root && exchange->consumer >= graph->stage_count)
        return error_set(error, STATUS_INTERNAL, "exchange %u has a bad consumer", index);
    if (root != (index == graph->root_exchange))
        return error_set(error, STATUS_INTERNAL, "exchange %u: exactly one must lead to the root", index);
    if (root && exchange->kind != EXCHANGE_GATHER)
        return error_set(error, STATUS_INTERNAL, "exchange %u: the root's must be a gather", index);
    if (!root && graph->stages[exchange->consumer].kind == STAGE_LEAF && exchange->kind != EXCHANGE_BROADCAST)
        return error_set(error, STATUS_INTERNAL, "exchange %u: leaves take only broadcasts", index);
    return validate_partitions(graph, index, error);
}

/* One pass of relaxation; true where something grew. */
static bool
deepen(const StageGraph *graph, uint32_t *depths)
{
    bool grew = false;

    for (uint32_t i = 0; i < graph->exchange_count; i++) {
        const ExchangeSpec *exchange = &graph->exchanges[i];

        if (exchange->consumer == STAGE_ROOT)
            continue;
        if (depths[exchange->consumer] <= depths[exchange->producer]) {
            depths[exchange->consumer] = depths[exchange->producer] + 1;
            grew = true;
        }
    }
    return grew;
}

void
graph_depths(const StageGraph *graph, uint32_t *depths)
{
    memset(depths, 0, graph->stage_count * sizeof(*depths));
    for (uint32_t pass = 0; pass <= graph->stage_count && deepen(graph, depths); pass++)
        continue;
}

static Status
validate_acyclic(const StageGraph *graph, Error *error)
{
    uint32_t *depths = MEMORY_ARRAY(uint32_t, graph->stage_count);
    Status status = STATUS_OK;

    graph_depths(graph, depths);
    for (uint32_t i = 0; i < graph->stage_count && status == STATUS_OK; i++) {
        if (depths[i] >= graph->stage_count)
            status = error_set(error, STATUS_INTERNAL, "stage %u is on a cycle", i);
    }
    free(depths);
    return status;
}

Status
graph_validate(const StageGraph *graph, Error *error)
{
    if (graph->stage_count == 0 || graph->stage_count > GRAPH_STAGES_MAX)
        return error_set(error, STATUS_INTERNAL, "bad number of stages: %u", graph->stage_count);
    if (graph->exchange_count == 0 || graph->exchange_count > GRAPH_EXCHANGES_MAX)
        return error_set(error, STATUS_INTERNAL, "bad number of exchanges: %u", graph->exchange_count);
    if (graph->root_exchange >= graph->exchange_count)
        return error_set(error, STATUS_INTERNAL, "no exchange leads to the root");
    for (uint32_t i = 0; i < graph->stage_count; i++)
        TRY(validate_stage(graph, i, error));
    for (uint32_t i = 0; i < graph->exchange_count; i++)
        TRY(validate_exchange(graph, i, error));
    return validate_acyclic(graph, error);
}

StageGraph *
graph_copy(const StageGraph *graph)
{
    StageGraph *copy = memory_copy(graph, 1, sizeof(*graph));

    copy->stages = memory_copy(graph->stages, graph->stage_count, sizeof(*graph->stages));
    copy->exchanges = memory_copy(graph->exchanges, graph->exchange_count, sizeof(*graph->exchanges));
    for (uint32_t i = 0; i < graph->stage_count; i++) {
        StageSpec *stage = &copy->stages[i];

        if (stage->costs != NULL)
            stage->costs = memory_copy(stage->costs, stage->task_count, sizeof(*stage->costs));
        if (stage->affinities != NULL)
            stage->affinities = memory_copy(stage->affinities, stage->task_count, sizeof(*stage->affinities));
    }
    return copy;
}

void
graph_destroy(StageGraph **self)
{
    StageGraph *graph = *self;

    if (graph == NULL)
        return;
    for (uint32_t i = 0; i < graph->stage_count; i++) {
        free(graph->stages[i].costs);
        free(graph->stages[i].affinities);
    }
    free(graph->stages);
    free(graph->exchanges);
    free(graph);
    *self = NULL;
}

bool
graph_task_feeds(const StageGraph *graph, uint32_t exchange, uint32_t task, uint32_t partition)
{
    const ExchangeSpec *spec = &graph->exchanges[exchange];

    return spec->kind != EXCHANGE_BY_TASK || task % spec->partition_count == partition;
}

uint32_t
graph_feeder_count(const StageGraph *graph, uint32_t exchange, uint32_t partition)
{
    const ExchangeSpec *spec = &graph->exchanges[exchange];
    const uint32_t tasks = graph->stages[spec->producer].task_count;

    if (spec->kind != EXCHANGE_BY_TASK)
        return tasks;
    return tasks / spec->partition_count + (partition < tasks % spec->partition_count ? 1 : 0);
}

bool
graph_stage_elected(const StageGraph *graph, uint32_t stage)
{
    if (!graph->stages[stage].indeterminate)
        return false;
    for (uint32_t i = 0; i < graph->exchange_count; i++) {
        if (graph->exchanges[i].producer == stage && graph->exchanges[i].consumer != STAGE_ROOT)
            return true;
    }
    return false;
}
