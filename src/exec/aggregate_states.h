/* exec/aggregate_states.h: the states of all groups of an aggregation, row-wise: one stride a group, in which
 * each call has its place, or shares it with a call that keeps the same. States begin as zeroes. What
 * outgrows a state is in the arena. */
#ifndef RUNNEL_EXEC_AGGREGATE_STATES_H
#define RUNNEL_EXEC_AGGREGATE_STATES_H

#include "column/batch.h"
#include "plan/plan.h"

typedef struct AggregateStates {
    uint32_t call_count;
    const PlanAggregateCall *calls;
    size_t *offsets; /* of each call in a stride */
    bool *shared; /* the call's state is that of an earlier one, which keeps it: sum and avg of one column */
    uint32_t partial_count; /* columns of all calls together */
    size_t stride;
    char *memory;
    uint64_t capacity; /* groups that there is room for */
    Budget *budget;
    Arena *arena;
} AggregateStates;

Status aggregate_states_init(AggregateStates *states, const PlanAggregate *plan, Budget *budget,
                             Error *error);
/* What hangs off the states is charged to another budget; before there are any. */
Status aggregate_states_charge(AggregateStates *states, Budget *budget, Error *error);
void aggregate_states_destroy(AggregateStates *states);

/* Room for `groups` states, new ones zero. */
Status aggregate_states_reserve(AggregateStates *states, uint64_t groups, Error *error);
/* The first `groups` states are zero again, and the arena is empty. */
void aggregate_states_clear(AggregateStates *states, uint64_t groups);
/* No states any more, and their memory given back. */
void aggregate_states_release(AggregateStates *states);
size_t aggregate_states_bytes(const AggregateStates *states);

/* The groups' states are going to be updated or merged: fetch them, where they do not fit the cache. */
void aggregate_states_prefetch(const AggregateStates *states, const uint32_t *groups, uint32_t count);

/* Take the batch's rows, the i-th one into state groups[i] (NULL: all into the first). */
Status aggregate_states_update(AggregateStates *states, const Batch *batch, const uint32_t *groups,
                               Error *error);
/* Take partials: the calls' partial columns begin at column `first`. */
Status aggregate_states_merge(AggregateStates *states, const Batch *batch, uint32_t first,
                              const uint32_t *groups, Error *error);

/* The partial columns (partial_count of them) or results (one a call) of `count` states. */
Status aggregate_states_emit(const AggregateStates *states, const uint32_t *groups, uint32_t count,
                             Arena *arena, Vector *columns, Error *error);
Status aggregate_states_finish(const AggregateStates *states, const uint32_t *groups, uint32_t count,
                               Arena *arena, Vector *columns, Error *error);
/* What the aggregate's emit() or finish() is called with for one call. */
AggregateOutput aggregate_states_output(const AggregateStates *states, uint32_t index, const uint32_t *groups,
                                        uint32_t count, Arena *arena, Vector *columns, Error *error);

#endif
