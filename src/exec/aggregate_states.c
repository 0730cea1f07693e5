#include "exec/aggregate_states.h"

#include "base/pages.h"

#include <stdlib.h>

enum { CAPACITY_LEAST = 1 << 10, STATE_ALIGNMENT = 16, PREFETCH_LEAST = 1 << 19 };

static size_t
align_up(size_t size, size_t alignment)
{
    return (size + alignment - 1) & ~(alignment - 1);
}

/* Whether both calls keep the same state of the same rows. */
static bool
same_state(const PlanAggregateCall *a, const PlanAggregateCall *b)
{
    if (a->aggregate->update != b->aggregate->update || a->aggregate->merge != b->aggregate->merge ||
        a->aggregate->emit != b->aggregate->emit || a->filter != b->filter ||
        a->argument_count != b->argument_count)
        return false;
    for (uint32_t i = 0; i < a->argument_count; i++)
        if (a->arguments[i] != b->arguments[i] || !type_equal(a->argument_types[i], b->argument_types[i]))
            return false;
    return true;
}

/* Give the call its place in the stride. */
static void
place_state(AggregateStates *states, uint32_t index)
{
    const Aggregate *aggregate = states->calls[index].aggregate;

    for (uint32_t i = 0; i < index && !states->shared[index]; i++) {
        states->shared[index] = same_state(&states->calls[i], &states->calls[index]);
        states->offsets[index] = states->offsets[i];
    }
    if (states->shared[index])
        return;
    states->offsets[index] = align_up(states->stride, aggregate->state_aligned ? STATE_ALIGNMENT : 8);
    states->stride = states->offsets[index] + aggregate->state_size;
}

Status
aggregate_states_init(AggregateStates *states, const PlanAggregate *plan, Budget *budget, Error *error)
{
    bool aligned = false;

    *states = (AggregateStates){.call_count = plan->call_count, .calls = plan->calls, .budget = budget};
    states->offsets = calloc(plan->call_count + 1, sizeof(size_t));
    states->shared = calloc(plan->call_count + 1, sizeof(bool));
    states->arena = arena_new(budget);
    if (states->offsets == NULL || states->shared == NULL || states->arena == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < plan->call_count; i++) {
        const PlanAggregateCall *call = &plan->calls[i];
        Type partials[AGGREGATE_PARTIALS_MAX];
        if (call->distinct)
            return error_set(error, STATUS_INTERNAL, "a DISTINCT aggregate came to be executed");
        aligned |= call->aggregate->state_aligned;
        place_state(states, i);
        states->partial_count += call->aggregate->partial_types(call->argument_types, partials);
    }
    states->stride = align_up(states->stride, aligned ? STATE_ALIGNMENT : 8);
    return STATUS_OK;
}

Status
aggregate_states_charge(AggregateStates *states, Budget *budget, Error *error)
{
    arena_destroy(&states->arena);
    states->arena = arena_new(budget);
    return states->arena != NULL ? STATUS_OK : error_set_memory(error);
}

void
aggregate_states_destroy(AggregateStates *states)
{
    budget_release(states->budget, states->capacity * states->stride);
    free(states->memory);
    free(states->offsets);
    free(states->shared);
    arena_destroy(&states->arena);
}

Status
aggregate_states_reserve(AggregateStates *states, uint64_t groups, Error *error)
{
    if (groups <= states->capacity || states->stride == 0)
        return STATUS_OK;

    uint64_t capacity = states->capacity * 2 < CAPACITY_LEAST ? CAPACITY_LEAST : states->capacity * 2;
    if (capacity < groups)
        capacity = groups;
    const size_t more = (capacity - states->capacity) * states->stride;
    if (!budget_charge(states->budget, more))
        return error_set_memory(error);
    const size_t before = states->capacity * states->stride;
    /* calloc() for the first: big ones come zeroed from the system, page by page as they are touched */
    char *memory = before == 0 ? calloc(1, more) : realloc(states->memory, before + more);
    if (memory == NULL) {
        budget_release(states->budget, more);
        return error_set_memory(error);
    }
    pages_advise_huge(memory, before + more);
    if (before != 0)
        memset(memory + before, 0, more);
    states->memory = memory;
    states->capacity = capacity;
    return STATUS_OK;
}

void
aggregate_states_clear(AggregateStates *states, uint64_t groups)
{
    if (states->stride != 0)
        memset(states->memory, 0, (groups < states->capacity ? groups : states->capacity) * states->stride);
    arena_reset(states->arena);
}

void
aggregate_states_release(AggregateStates *states)
{
    budget_release(states->budget, states->capacity * states->stride);
    free(states->memory);
    states->memory = NULL;
    states->capacity = 0;
    arena_reset(states->arena);
}

size_t
aggregate_states_bytes(const AggregateStates *states)
{
    return states->capacity * states->stride + arena_bytes(states->arena);
}

void
aggregate_states_prefetch(const AggregateStates *states, const uint32_t *groups, uint32_t count)
{
    if (states->capacity * states->stride < PREFETCH_LEAST)
        return;
    for (uint32_t i = 0; i < count; i++)
        __builtin_prefetch(states->memory + groups[i] * states->stride, 1);
}

/* Rows where the call's FILTER is true, with their groups. */
static uint32_t
filter_rows(const Vector *filter, const Batch *batch, const uint32_t *groups, uint32_t *rows,
            uint32_t *row_groups)
{
    const uint8_t *values = vector_values(filter);
    uint32_t count = 0;

    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t row = batch_row(batch, i);
        rows[count] = row;
        row_groups[count] = groups != NULL ? groups[i] : 0;
        count += !vector_is_null(filter, row) && values[vector_index(filter, row)] != 0;
    }
    return count;
}

/* The group that all rows belong to, or UINT32_MAX. Where rows are clustered by the key, whole batches are of
 * one group, and kernels for one state are the fastest. */
static uint32_t
common_group(const uint32_t *groups, uint32_t count)
{
    uint32_t differ = 0;

    if (groups == NULL)
        return 0;
    if (count == 0 || groups[count - 1] != groups[0] || groups[count / 2] != groups[0])
        return UINT32_MAX;
    for (uint32_t i = 0; i < count; i++)
        differ |= groups[i] ^ groups[0];
    return differ == 0 ? groups[0] : UINT32_MAX;
}

/* The i-th row goes into the i-th group's state after `memory`; where `groups` is NULL all go to the first.
 */
static Status
update_call(AggregateStates *states, uint32_t index, const Batch *batch, char *memory, const uint32_t *groups,
            Error *error)
{
    const PlanAggregateCall *call = &states->calls[index];
    Vector arguments[AGGREGATE_ARGUMENTS_MAX];
    uint32_t rows[BATCH_ROWS];
    uint32_t row_groups[BATCH_ROWS];
    AggregateUpdate update = {.aggregate = call->aggregate,
                              .argument_types = call->argument_types,
                              .states = memory + states->offsets[index],
                              .stride = states->stride,
                              .groups = groups,
                              .selection = batch->selection,
                              .count = batch->count,
                              .arguments = arguments,
                              .arena = states->arena,
                              .error = error};

    for (uint32_t i = 0; i < call->argument_count; i++)
        arguments[i] = batch->columns[call->arguments[i]];
    if (call->filter >= 0) {
        update.count = filter_rows(&batch->columns[call->filter], batch, groups, rows, row_groups);
        update.selection = rows;
        update.groups = groups != NULL ? row_groups : NULL;
    }
    return update.count == 0 ? STATUS_OK : call->aggregate->update(&update);
}

Status
aggregate_states_update(AggregateStates *states, const Batch *batch, const uint32_t *groups, Error *error)
{
    const uint32_t common = common_group(groups, batch->count);
    char *memory = common == UINT32_MAX ? states->memory : states->memory + common * states->stride;

    for (uint32_t i = 0; i < states->call_count; i++)
        if (!states->shared[i])
            TRY(update_call(states, i, batch, memory, common == UINT32_MAX ? groups : NULL, error));
    return STATUS_OK;
}

Status
aggregate_states_merge(AggregateStates *states, const Batch *batch, uint32_t first, const uint32_t *groups,
                       Error *error)
{
    for (uint32_t i = 0; i < states->call_count; i++) {
        const PlanAggregateCall *call = &states->calls[i];
        Type partials[AGGREGATE_PARTIALS_MAX];
        AggregateUpdate update = {.aggregate = call->aggregate,
                                  .argument_types = call->argument_types,
                                  .states = states->memory + states->offsets[i],
                                  .stride = states->stride,
                                  .groups = groups,
                                  .selection = batch->selection,
                                  .count = batch->count,
                                  .arguments = &batch->columns[first],
                                  .arena = states->arena,
                                  .error = error};
        if (!states->shared[i])
            TRY(call->aggregate->merge(&update));
        first += call->aggregate->partial_types(call->argument_types, partials);
    }
    return STATUS_OK;
}

AggregateOutput
aggregate_states_output(const AggregateStates *states, uint32_t index, const uint32_t *groups, uint32_t count,
                        Arena *arena, Vector *columns, Error *error)
{
    const PlanAggregateCall *call = &states->calls[index];

    return (AggregateOutput){.aggregate = call->aggregate,
                             .argument_types = call->argument_types,
                             .type = call->type,
                             .states = states->memory + states->offsets[index],
                             .stride = states->stride,
                             .groups = groups,
                             .count = count,
                             .arena = arena,
                             .columns = columns,
                             .error = error};
}

Status
aggregate_states_emit(const AggregateStates *states, const uint32_t *groups, uint32_t count, Arena *arena,
                      Vector *columns, Error *error)
{
    for (uint32_t i = 0; i < states->call_count; i++) {
        AggregateOutput output = aggregate_states_output(states, i, groups, count, arena, columns, error);
        Type partials[AGGREGATE_PARTIALS_MAX];
        TRY(output.aggregate->emit(&output));
        columns += output.aggregate->partial_types(output.argument_types, partials);
    }
    return STATUS_OK;
}

Status
aggregate_states_finish(const AggregateStates *states, const uint32_t *groups, uint32_t count, Arena *arena,
                        Vector *columns, Error *error)
{
    for (uint32_t i = 0; i < states->call_count; i++) {
        AggregateOutput output = aggregate_states_output(states, i, groups, count, arena, &columns[i], error);
        TRY(output.aggregate->finish(&output));
    }
    return STATUS_OK;
}
