#include "runtime/graph.h"

static ExchangeKind
exchange_kind(ExchangeForm form)
{
    switch (form) {
    case EXCHANGE_FORM_GATHER: return EXCHANGE_GATHER;
    case EXCHANGE_FORM_BY_TASK: return EXCHANGE_BY_TASK;
    case EXCHANGE_FORM_BROADCAST: return EXCHANGE_BROADCAST;
    default: return EXCHANGE_HASH; /* to the machines a range is as good as a hash */
    }
}

static void
fill_stage(Arena *arena, const Stage *stage, StageSpec *spec)
{
    spec->kind = stage->leaf ? STAGE_LEAF : STAGE_REDUCE;
    spec->indeterminate = stage->indeterminate;
    spec->task_count = stage->task_count;
    if (stage->tasks == NULL)
        return;
    spec->costs = ARENA_ARRAY(arena, uint32_t, stage->task_count);
    spec->affinities = ARENA_ARRAY(arena, uint64_t, stage->task_count);
    for (uint32_t i = 0; i < stage->task_count; i++) {
        const double cost = stage->tasks[i].cost;
        spec->costs[i] = cost < 1 ? 1 : cost > 1e9 ? 1000000000u : (uint32_t)cost;
        spec->affinities[i] = stage->tasks[i].affinity != 0 ? stage->tasks[i].affinity : i;
    }
}

Status
graph_from_plan(Arena *arena, const StagedPlan *plan, StageGraph **made, Error *error)
{
    StageGraph *graph = ARENA_NEW(arena, StageGraph);

    graph->stage_count = plan->stage_count;
    graph->exchange_count = plan->exchange_count;
    graph->root_exchange = plan->root_exchange;
    graph->stages = ARENA_ARRAY(arena, StageSpec, plan->stage_count);
    graph->exchanges = ARENA_ARRAY(arena, ExchangeSpec, plan->exchange_count);
    for (uint32_t i = 0; i < plan->stage_count; i++)
        fill_stage(arena, &plan->stages[i], &graph->stages[i]);
    for (uint32_t i = 0; i < plan->exchange_count; i++) {
        const PlanExchange *exchange = &plan->exchanges[i].node->exchange;
        graph->exchanges[i] = (ExchangeSpec){.kind = exchange_kind(exchange->form),
                                             .producer = plan->exchanges[i].producer,
                                             .consumer = plan->exchanges[i].consumer,
                                             .partition_count = exchange->partition_count};
    }
    *made = graph;
    return graph_validate(graph, error);
}
