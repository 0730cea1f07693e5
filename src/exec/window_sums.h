/* exec/window_sums.h: aggregates whose states only add up (count, sum, avg), by prefix sums: what a range of
 * rows adds is the difference of two of them. Exact, since partials are integers: sums of doubles are in
 * 128-bit fixed point as long as every value fits. */
#ifndef RUNNEL_EXEC_WINDOW_SUMS_H
#define RUNNEL_EXEC_WINDOW_SUMS_H

#include "exec/aggregate_states.h"
#include "exec/operator.h"
#include "exec/window_frame.h"

typedef struct WindowSums {
    const Operator *operator;
    const PlanAggregate *plan; /* one call */
    AggregateStates rows;      /* states of single rows */
    Arena *batch_arena;
    Arena *chunk_arena;
    uint32_t partial_count;
    Type partial_types[AGGREGATE_PARTIALS_MAX];
    Int128 *sums;                            /* of the rows before; NULL where there are counts only */
    int64_t *counts[AGGREGATE_PARTIALS_MAX]; /* the same of the partial columns that are counts */
} WindowSums;

bool window_sums_can(const Aggregate *aggregate);

Status window_sums_init(WindowSums *sums, const Operator *operator, const PlanAggregate * plan, Error *error);
void window_sums_destroy(WindowSums *sums);

/* *fits is false where a value does not fit the fixed point: another way must be taken. */
Status window_sums_build(WindowSums *sums, const WindowChunk *chunk, bool *fits, Error *error);
void window_sums_clear(WindowSums *sums);

/* Take the rows of frames into states 0 .. count - 1, which are empty. */
Status window_sums_query(WindowSums *sums, const WindowChunk *chunk, const FrameCursor *frames,
                         uint32_t first, uint32_t count, AggregateStates *states, Error *error);

#endif
