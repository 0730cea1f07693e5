/* Aggregates over frames, in the cheapest way that the frame and the aggregate allow:
 *
 *   whole    every row sees its whole partition: a state a partition
 *   sums     states only add up: differences of prefix sums (exec/window_sums.h)
 *   running  frames begin where the partition does: one state that takes rows as the frame's end moves on
 *   tree     a tree of states over blocks of rows (exec/window_tree.h)
 *   rows     the aggregate depends on the order of its rows: each frame anew
 */
#include "column/list_builder.h"
#include "exec/aggregate_states.h"
#include "exec/gather.h"
#include "exec/window_call.h"
#include "exec/window_sums.h"
#include "exec/window_tree.h"

#include <stdlib.h>

typedef enum AggregateWay { WAY_WHOLE, WAY_SUMS, WAY_RUNNING, WAY_TREE, WAY_ROWS } AggregateWay;

typedef struct WindowAggregate {
    WindowCall base;
    PlanAggregate plan; /* the call alone */
    bool whole;
    bool running;
    AggregateWay way;       /* of the chunk */
    AggregateStates states; /* whole: a partition; running, rows: one; else one a row of a batch */
    WindowSums sums;
    WindowTree tree;
    uint32_t partition; /* whole: that of the last row evaluated; running: its first row */
    uint32_t taken;     /* running: the rows before are in the state */
    ListBuilder *lists; /* elements of the batch's results, where they are arrays */
    WindowPages *pages; /* of a partition on disk */
} WindowAggregate;

/* ---- whole partitions ---- */

/* The number of each row's partition in the chunk; `last` is that of the row before. */
static uint32_t
number_partitions(const WindowChunk *chunk, uint32_t first, uint32_t count, uint32_t last, uint32_t *numbers)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = first + i;
        last += row > 0 && chunk->partition_start[row] == row;
        numbers[i] = last;
    }
    return last;
}

static Status
begin_whole(WindowAggregate *self, const WindowChunk *chunk, Error *error)
{
    uint32_t groups[BATCH_ROWS];
    uint32_t last = 0;
    Status status = STATUS_OK;
    Vector *columns = calloc(chunk->column_count + 1, sizeof *columns);

    if (columns == NULL)
        return error_set_memory(error);
    for (uint32_t first = 0; first < chunk->rows; first += BATCH_ROWS) {
        const uint32_t left = chunk->rows - first;
        const uint32_t count = left < BATCH_ROWS ? left : BATCH_ROWS;
        Batch batch;
        row_builder_batch(chunk->builder, first, count, columns, &batch);
        last = number_partitions(chunk, first, count, last, groups);
        TRY_GOTO(aggregate_states_reserve(&self->states, (uint64_t)last + 1, error), done);
        TRY_GOTO(aggregate_states_update(&self->states, &batch, groups, error), done);
        TRY_GOTO(operator_check_cancelled(self->base.operator, error), done);
    }
done:
    free(columns);
    return status;
}

static Status
evaluate_whole(WindowAggregate *self, const WindowBatch *batch, Vector *out, Error *error)
{
    uint32_t numbers[BATCH_ROWS];
    uint32_t partitions[BATCH_ROWS];
    Vector results;

    self->partition = number_partitions(batch->chunk, batch->first, batch->count, self->partition, numbers);
    const uint32_t first = numbers[0];
    for (uint32_t i = first; i <= self->partition; i++)
        partitions[i - first] = i;
    for (uint32_t i = 0; i < batch->count; i++)
        numbers[i] -= first;
    TRY(aggregate_states_finish(&self->states, partitions, self->partition - first + 1, batch->arena,
                                &results, error));
    return gather_vector(&results, numbers, batch->count, false, batch->arena, out, error);
}

/* ---- one state ---- */

static Status
take_stored(WindowAggregate *self, uint32_t start, uint32_t end, Error *error)
{
    uint32_t rows[BATCH_ROWS];

    while (start < end) {
        TRY(window_pages_seek(self->pages, start, error));
        const Batch batch = window_pages_batch(self->pages, start, end, rows);
        TRY(aggregate_states_update(&self->states, &batch, NULL, error));
        start += batch.count;
    }
    return STATUS_OK;
}

/* Take rows [start, end) into the first state. */
static Status
take_rows(WindowAggregate *self, const WindowChunk *chunk, uint32_t start, uint32_t end, Error *error)
{
    uint32_t rows[BATCH_ROWS];

    if (chunk->store != NULL)
        return take_stored(self, start, end, error);
    for (uint32_t first = start; first < end;) {
        const uint32_t count = end - first < BATCH_ROWS ? end - first : BATCH_ROWS;
        const Batch batch = {.rows = chunk->rows,
                             .count = count,
                             .selection = rows,
                             .column_count = chunk->column_count,
                             .columns = chunk->columns};
        for (uint32_t i = 0; i < count; i++)
            rows[i] = first + i;
        TRY(aggregate_states_update(&self->states, &batch, NULL, error));
        first += count;
    }
    return STATUS_OK;
}

/* An empty column for the results of single states. */
static Status
make_column(WindowAggregate *self, const WindowBatch *batch, Vector *out, Error *error)
{
    const size_t width = layout_width(type_layout(self->base.plan->type));
    void *data = arena_alloc_zero(batch->arena, batch->count * width);
    uint64_t *validity = arena_alloc_zero(batch->arena, bits_words(batch->count) * sizeof(uint64_t));

    if (data == NULL || validity == NULL)
        return error_set_memory(error);
    if (width == 0)
        return error_set(error, STATUS_NOT_SUPPORTED, "records are not supported as results of %s here",
                         self->plan.calls[0].aggregate->name);
    *out = vector_flat(self->base.plan->type, data, validity);
    if (out->layout != LAYOUT_LIST)
        return STATUS_OK;
    self->lists = arena_alloc(batch->arena, sizeof *self->lists);
    if (self->lists == NULL)
        return error_set_memory(error);
    TRY(list_builder_init(self->lists, batch->arena, out->type.nested->types[0], error));
    out->children = list_builder_vector(self->lists);
    return STATUS_OK;
}

/* The first state's result into row i. */
static Status
put_result(WindowAggregate *self, const WindowBatch *batch, uint32_t i, Vector *out, Error *error)
{
    const size_t width = layout_width(out->layout);
    Vector result;

    TRY(aggregate_states_finish(&self->states, NULL, 1, batch->arena, &result, error));
    if (vector_is_null(&result, 0))
        return STATUS_OK;
    bits_set((uint64_t *)out->validity, i);
    if (out->layout == LAYOUT_LIST) {
        TRY(list_builder_copy(self->lists, &result, 0, &((ListEntry *)out->data)[i], error));
        out->children = list_builder_vector(self->lists);
        return STATUS_OK;
    }
    memcpy((char *)out->data + i * width, vector_values(&result), width);
    return STATUS_OK;
}

static void
copy_result(uint32_t from, uint32_t to, Vector *out)
{
    const size_t width = layout_width(out->layout);

    memcpy((char *)out->data + to * width, (const char *)out->data + from * width, width);
    if (bits_get(out->validity, from))
        bits_set((uint64_t *)out->validity, to);
}

static Status
evaluate_running(WindowAggregate *self, const WindowBatch *batch, Vector *out, Error *error)
{
    const WindowChunk *chunk = batch->chunk;

    TRY(make_column(self, batch, out, error));
    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t start = chunk->partition_start[batch->first + i];
        const uint32_t end = batch->frames->end[i];
        const bool fresh = start != self->partition || self->taken < start;
        if (!fresh && i > 0 && end == self->taken) {
            copy_result(i - 1, i, out);
            continue;
        }
        if (fresh) {
            aggregate_states_clear(&self->states, 1);
            self->partition = start;
            self->taken = start;
        }
        TRY(take_rows(self, chunk, self->taken, end, error));
        self->taken = end > self->taken ? end : self->taken;
        TRY(put_result(self, batch, i, out, error));
    }
    return STATUS_OK;
}

static Status
evaluate_rows(WindowAggregate *self, const WindowBatch *batch, Vector *out, Error *error)
{
    RowRange ranges[FRAME_RANGES_MAX];

    TRY(make_column(self, batch, out, error));
    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t count = frame_cursor_ranges(batch->frames, batch->chunk, batch->first, i, ranges);
        aggregate_states_clear(&self->states, 1);
        for (uint32_t r = 0; r < count; r++)
            TRY(take_rows(self, batch->chunk, ranges[r].start, ranges[r].end, error));
        TRY(put_result(self, batch, i, out, error));
        TRY(operator_check_cancelled(self->base.operator, error));
    }
    return STATUS_OK;
}

/* ---- a state a row ---- */

static Status
query_tree(WindowAggregate *self, const WindowBatch *batch, Error *error)
{
    RowRange ranges[FRAME_RANGES_MAX * BATCH_ROWS];
    uint32_t slots[FRAME_RANGES_MAX * BATCH_ROWS];
    uint32_t count = 0;

    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t before = count;
        count += frame_cursor_ranges(batch->frames, batch->chunk, batch->first, i, ranges + count);
        for (uint32_t r = before; r < count; r++)
            slots[r] = i;
    }
    return window_tree_query(&self->tree, batch->chunk, ranges, slots, count, &self->states, error);
}

static Status
evaluate_frames(WindowAggregate *self, const WindowBatch *batch, Vector *out, Error *error)
{
    aggregate_states_clear(&self->states, batch->count);
    if (self->way == WAY_SUMS)
        TRY(window_sums_query(&self->sums, batch->chunk, batch->frames, batch->first, batch->count,
                              &self->states, error));
    else
        TRY(query_tree(self, batch, error));
    return aggregate_states_finish(&self->states, NULL, batch->count, batch->arena, out, error);
}

/* ---- the call ---- */

static Status
begin(WindowCall *base, const WindowChunk *chunk, Error *error)
{
    WindowAggregate *self = (WindowAggregate *)base;
    const Aggregate *aggregate = self->plan.calls[0].aggregate;
    bool fits = false;

    self->partition = 0;
    self->taken = 0;
    TRY(aggregate_states_reserve(&self->states, BATCH_ROWS, error));
    aggregate_states_clear(&self->states, BATCH_ROWS);
    if (chunk->store != NULL) {
        self->way = WAY_RUNNING;
        return window_pages_new(chunk->store, &self->pages, error);
    }
    if (self->whole) {
        self->way = WAY_WHOLE;
        return begin_whole(self, chunk, error);
    }
    if (window_sums_can(aggregate))
        TRY(window_sums_build(&self->sums, chunk, &fits, error));
    self->way = fits                         ? WAY_SUMS
                : self->running              ? WAY_RUNNING
                : aggregate->order_dependent ? WAY_ROWS
                                             : WAY_TREE;
    return self->way == WAY_TREE ? window_tree_build(&self->tree, chunk, error) : STATUS_OK;
}

static Status
evaluate(WindowCall *base, const WindowBatch *batch, Vector *out, Error *error)
{
    WindowAggregate *self = (WindowAggregate *)base;

    switch (self->way) {
    case WAY_WHOLE: return evaluate_whole(self, batch, out, error);
    case WAY_RUNNING: return evaluate_running(self, batch, out, error);
    case WAY_ROWS: return evaluate_rows(self, batch, out, error);
    default: return evaluate_frames(self, batch, out, error);
    }
}

static void
end(WindowCall *base)
{
    WindowAggregate *self = (WindowAggregate *)base;

    window_pages_destroy(&self->pages);
    aggregate_states_release(&self->states);
    window_sums_clear(&self->sums);
    window_tree_clear(&self->tree);
}

static void
destroy(WindowCall *base)
{
    WindowAggregate *self = (WindowAggregate *)base;

    window_pages_destroy(&self->pages);
    aggregate_states_destroy(&self->states);
    window_sums_destroy(&self->sums);
    window_tree_destroy(&self->tree);
    free(self);
}

static const WindowCallClass aggregate_class = {
    .begin = begin, .evaluate = evaluate, .end = end, .destroy = destroy};

/* Without order keys all rows of a partition are peers. */
bool
window_frame_sees_whole(const WindowFrame *frame, bool ordered)
{
    return window_frame_is_whole(frame) ||
           (!ordered && frame->mode == FRAME_RANGE && frame->exclusion == FRAME_EXCLUDE_NOTHING &&
            frame->start.kind <= FRAME_CURRENT_ROW && frame->end.kind >= FRAME_CURRENT_ROW);
}

static Status
init(WindowAggregate *self, bool ordered, Error *error)
{
    const WindowFrame *frame = &self->base.plan->frame;
    const Operator *operator= self->base.operator;

    self->plan = (PlanAggregate){.call_count = 1, .calls = (PlanAggregateCall *)&self->base.plan->aggregate};
    self->whole = window_frame_sees_whole(frame, ordered);
    self->running =
        frame->start.kind == FRAME_UNBOUNDED_PRECEDING && frame->exclusion == FRAME_EXCLUDE_NOTHING;
    TRY(aggregate_states_init(&self->states, &self->plan, operator->context->values, error));
    if (window_sums_can(self->plan.calls[0].aggregate) && !self->whole)
        TRY(window_sums_init(&self->sums, operator, & self->plan, error));
    return window_tree_init(&self->tree, operator, & self->plan, error);
}

Status
window_aggregate_new(const Operator *operator, const PlanWindowCall * plan, bool ordered, WindowCall **made,
                     Error *error)
{
    WindowAggregate *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    self->base = (WindowCall){.class = &aggregate_class, .plan = plan, .operator= operator};
    const Status status = init(self, ordered, error);
    if (status != STATUS_OK) {
        destroy(&self->base);
        return status;
    }
    *made = &self->base;
    return STATUS_OK;
}
