/* Groups are found by comparing each row with each group; states take their rows one by one. */
#include "evaluator.h"
#include "exec/aggregate_states.h"

#include <string.h>

static bool
is_wanted(const PlanAggregateCall *call, const Value *row)
{
    return call->filter < 0 || value_is_true(&row[call->filter]);
}

/* Whether an earlier row has the same arguments. */
static bool
is_repeated(const PlanAggregateCall *call, const Rows *rows, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++) {
        bool same = is_wanted(call, rows->items[i]);
        for (uint32_t a = 0; same && a < call->argument_count; a++)
            same = value_equal(&rows->items[i][call->arguments[a]], &rows->items[index][call->arguments[a]]);
        if (same)
            return true;
    }
    return false;
}

static Status
take_rows(Evaluator *evaluator, const PlanAggregateCall *call, const Rows *rows, AggregateStates *states)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        const Batch batch = {
            .rows = 1, .count = 1, .column_count = rows->width, .columns = (Vector *)rows->items[i]};
        TRY(evaluator_step(evaluator));
        if (is_wanted(call, rows->items[i]) && !(call->distinct && is_repeated(call, rows, i)))
            TRY(aggregate_states_update(states, &batch, NULL, evaluator->error));
    }
    return STATUS_OK;
}

Status
evaluator_call(Evaluator *evaluator, const PlanAggregateCall *call, const Rows *rows, Value *value)
{
    PlanAggregateCall alone = *call;
    const PlanAggregate plan = {.call_count = 1, .calls = &alone};
    AggregateStates states;
    Vector column;

    alone.distinct = false;
    alone.filter = -1;
    TRY(aggregate_states_init(&states, &plan, NULL, evaluator->error));
    Status status = aggregate_states_reserve(&states, 1, evaluator->error);
    if (status == STATUS_OK)
        status = take_rows(evaluator, call, rows, &states);
    if (status == STATUS_OK)
        status = aggregate_states_finish(&states, NULL, 1, evaluator->arena, &column, evaluator->error);
    if (status == STATUS_OK)
        *value = value_copy(evaluator->arena, &column, 0);
    aggregate_states_destroy(&states);
    return status;
}

/* The group of the row, which may be a new one. */
static Rows *
find_group(Evaluator *evaluator, const PlanAggregate *plan, Rows **groups, uint32_t *count, const Value *row,
           uint32_t width)
{
    for (uint32_t g = 0; g < *count; g++) {
        bool same = true;
        for (uint32_t k = 0; same && k < plan->key_count; k++)
            same = value_equal(&groups[g]->items[0][plan->keys[k]], &row[plan->keys[k]]);
        if (same)
            return groups[g];
    }
    groups[*count] = ARENA_NEW(evaluator->arena, Rows);
    groups[*count]->width = width;
    return groups[(*count)++];
}

static Status
emit_group(Evaluator *evaluator, const PlanAggregate *plan, const Rows *group, Rows *rows)
{
    Value *row = ARENA_ARRAY(evaluator->arena, Value, plan->key_count + plan->call_count + 1);

    for (uint32_t k = 0; k < plan->key_count; k++)
        row[k] = group->items[0][plan->keys[k]];
    for (uint32_t c = 0; c < plan->call_count; c++)
        TRY(evaluator_call(evaluator, &plan->calls[c], group, &row[plan->key_count + c]));
    rows_add(evaluator->arena, rows, row);
    return STATUS_OK;
}

Status
evaluator_aggregate(Evaluator *evaluator, const PlanNode *node, const Around *around, Rows *rows)
{
    const PlanAggregate *plan = &node->aggregate;
    uint32_t count = 0;
    Rows input;

    TRY(evaluator_rows(evaluator, node->children[0], around, &input));
    if (plan->key_count == 0)
        return emit_group(evaluator, plan, &input, rows);
    Rows **groups = ARENA_ARRAY(evaluator->arena, Rows *, input.count + 1);
    for (uint32_t i = 0; i < input.count; i++) {
        Rows *group = find_group(evaluator, plan, groups, &count, input.items[i], input.width);
        TRY(evaluator_step(evaluator));
        rows_add(evaluator->arena, group, input.items[i]);
    }
    for (uint32_t g = 0; g < count; g++)
        TRY(emit_group(evaluator, plan, groups[g], rows));
    return STATUS_OK;
}
