/* WINDOW: over rows in the order of partition and order keys, which a SORT below has made, adds the results
 * of its functions.
 *
 * Rows are kept until some tens of thousand make up whole partitions (a chunk); their functions are then
 * evaluated a column and a batch at a time. Only a partition larger than a chunk needs more memory. */
#include "exec/gather.h"
#include "exec/operators.h"
#include "exec/window_call.h"
#include "expr/datetime.h"

#include <stdlib.h>

enum { CHUNK_ROWS = 1 << 15 };

typedef struct Window {
    Operator base;
    const PlanNode *node;
    uint32_t input_count;
    RowBuilder *rows;
    WindowChunk chunk;
    bool peers;
    WindowCall **calls;
    FrameCursor **cursors; /* by call; calls of the same frame share one; NULL: no frame */
    bool begun;            /* the rows kept are a chunk that is being emitted */
    uint32_t next;
    Arena *arena; /* of the batch that is emitted */
    Vector *slice;
    Vector *output;
} Window;

/* ---- output ---- */

static Status
begin_chunk(Window *self, Error *error)
{
    TRY(window_chunk_begin(&self->chunk, self->rows, &self->node->window, self->peers, error));
    for (uint32_t i = 0; i < self->node->window.call_count; i++) {
        WindowCall *call = self->calls[i];
        if (call->class->begin != NULL)
            TRY(call->class->begin(call, &self->chunk, error));
    }
    operator_note_memory(&self->base, row_builder_bytes(self->rows) + arena_bytes(self->chunk.arena));
    self->begun = true;
    self->next = 0;
    return STATUS_OK;
}

static void
end_chunk(Window *self)
{
    for (uint32_t i = 0; i < self->node->window.call_count; i++) {
        WindowCall *call = self->calls[i];
        if (call->class->end != NULL)
            call->class->end(call);
    }
    row_builder_clear(self->rows);
    self->begun = false;
}

/* Whether an earlier call has moved the same cursor already. */
static bool
is_moved(const Window *self, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++) {
        if (self->cursors[i] == self->cursors[index])
            return true;
    }
    return false;
}

static Status
evaluate_calls(Window *self, uint32_t count, Error *error)
{
    for (uint32_t i = 0; i < self->node->window.call_count; i++) {
        const WindowBatch batch = {.chunk = &self->chunk,
                                   .frames = self->cursors[i],
                                   .first = self->next,
                                   .count = count,
                                   .arena = self->arena};
        if (self->cursors[i] != NULL && !is_moved(self, i))
            TRY(frame_cursor_next(self->cursors[i], &self->chunk, self->next, count, error));
        TRY(self->calls[i]->class->evaluate(self->calls[i], &batch, &self->output[self->input_count + i],
                                            error));
    }
    return STATUS_OK;
}

/* Rows of the chunk: a view of the builder's where they begin at a word of its bitmaps, else gathered. */
static Status
slice_rows(Window *self, uint32_t count, Error *error)
{
    uint32_t rows[BATCH_ROWS];
    Batch batch;

    if (self->next % 64 == 0) {
        row_builder_batch(self->rows, self->next, count, self->output, &batch);
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < count; i++)
        rows[i] = self->next + i;
    return gather_columns(self->chunk.columns, self->input_count, rows, count, self->arena, self->output,
                          error);
}

static Status
emit_some(Window *self, bool *done, bool *enough, Error *error)
{
    const uint32_t left = self->chunk.rows - self->next;
    const uint32_t most = self->base.context->batch_rows;
    const uint32_t count = left < most ? left : most;

    arena_reset(self->arena);
    TRY(slice_rows(self, count, error));
    TRY(evaluate_calls(self, count, error));
    const Batch batch = {
        .rows = count, .count = count, .column_count = self->node->column_count, .columns = self->output};
    TRY(operator_emit(&self->base, &batch, enough, error));
    self->next += count;
    *done = *enough || self->next == self->chunk.rows;
    return STATUS_OK;
}

static Status
emit_chunk(Window *self, bool *enough, Error *error)
{
    bool done = row_builder_rows(self->rows) == 0;

    if (!done)
        TRY(begin_chunk(self, error));
    while (!done)
        TRY(emit_some(self, &done, enough, error));
    end_chunk(self);
    return STATUS_OK;
}

/* ---- input ---- */

static bool
are_apart(const Window *self, const Vector *a, uint32_t row_a, const Vector *b, uint32_t row_b)
{
    const PlanWindow *window = &self->node->window;

    for (uint32_t i = 0; i < window->partition_count; i++) {
        const uint32_t column = window->partition[i];
        if (window_rows_differ(&a[column], row_a, &b[column], row_b))
            return true;
    }
    return false;
}

/* How many of the batch's rows come before the last partition that begins in it; 0 where none does, or only
 * with the very first row of all. */
static uint32_t
rows_to_close(const Window *self, const Batch *batch, bool *closes)
{
    const uint32_t kept = (uint32_t)row_builder_rows(self->rows);

    *closes = true;
    for (uint32_t i = batch->count - 1; i > 0; i--) {
        if (are_apart(self, batch->columns, batch_row(batch, i), batch->columns, batch_row(batch, i - 1)))
            return i;
    }
    *closes = false;
    if (kept == 0)
        return 0;
    for (uint32_t i = 0; i < self->input_count; i++)
        self->slice[i] = row_builder_column(self->rows, i);
    *closes = are_apart(self, batch->columns, batch_row(batch, 0), self->slice, kept - 1);
    return 0;
}

static Status
append(Window *self, const Batch *batch, uint32_t first, uint32_t end, Error *error)
{
    uint32_t picks[BATCH_ROWS];

    for (uint32_t i = first; i < end; i++)
        picks[i - first] = batch_row(batch, i);
    if (end > first)
        TRY(row_builder_append(self->rows, batch, picks, end - first, error));
    operator_note_memory(&self->base, row_builder_bytes(self->rows));
    return STATUS_OK;
}

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Window *self = (Window *)base;
    const uint64_t rows = row_builder_rows(self->rows) + batch->count;
    bool closes = false;

    if (rows >= UINT32_MAX)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "a task cannot hold more than %u rows of a partition",
                         UINT32_MAX);
    if (rows < CHUNK_ROWS)
        return append(self, batch, 0, batch->count, error);
    const uint32_t closed = rows_to_close(self, batch, &closes);
    TRY(append(self, batch, 0, closed, error));
    if (closes)
        TRY(emit_chunk(self, enough, error));
    return *enough ? STATUS_OK : append(self, batch, closed, batch->count, error);
}

static Status
finish(Operator *base, bool *done, Error *error)
{
    Window *self = (Window *)base;
    bool enough = false;

    *done = row_builder_rows(self->rows) == 0;
    if (*done)
        return STATUS_OK;
    if (!self->begun)
        return begin_chunk(self, error);
    return emit_some(self, done, &enough, error);
}

static void
destroy(Operator *base)
{
    Window *self = (Window *)base;
    const uint32_t count = self->node->window.call_count;

    for (uint32_t i = 0; self->cursors != NULL && i < count; i++) {
        if (!is_moved(self, i))
            free(self->cursors[i]);
    }
    for (uint32_t i = 0; self->calls != NULL && i < count; i++) {
        if (self->calls[i] != NULL)
            self->calls[i]->class->destroy(self->calls[i]);
    }
    row_builder_destroy(&self->rows);
    arena_destroy(&self->chunk.arena);
    arena_destroy(&self->arena);
    free(self->chunk.columns);
    free(self->cursors);
    free(self->calls);
    free(self->slice);
    free(self->output);
    free(self);
}

static const OperatorClass window_class = {
    .name = "window", .push = push, .finish = finish, .destroy = destroy};

/* ---- making ---- */

static bool
is_same_bound(const FrameBound *a, const FrameBound *b)
{
    if (a->kind != b->kind || a->offset != b->offset || (a->distance == NULL) != (b->distance == NULL))
        return false;
    return a->distance == NULL || expr_equal(a->distance, b->distance);
}

static bool
is_same_frame(const WindowFrame *a, const WindowFrame *b)
{
    return a->mode == b->mode && a->exclusion == b->exclusion && is_same_bound(&a->start, &b->start) &&
           is_same_bound(&a->end, &b->end);
}

static FrameCursor *
find_cursor(const Window *self, uint32_t index)
{
    const PlanWindow *window = &self->node->window;

    for (uint32_t i = 0; i < index; i++) {
        if (self->cursors[i] != NULL && is_same_frame(&window->calls[i].frame, &window->calls[index].frame))
            return self->cursors[i];
    }
    FrameCursor *cursor = calloc(1, sizeof *cursor);
    if (cursor == NULL)
        return NULL;
    cursor->frame = &window->calls[index].frame;
    cursor->key = window->order_count > 0 ? &window->order[0] : NULL;
    cursor->zone = datetime_zone(self->base.context->session);
    return cursor;
}

static Status
make_call(Window *self, uint32_t index, Error *error)
{
    const PlanWindow *window = &self->node->window;
    const PlanWindowCall *plan = &window->calls[index];

    self->peers = self->peers || window_call_needs_peers(plan);
    if (window_call_has_frame(plan)) {
        self->cursors[index] = find_cursor(self, index);
        if (self->cursors[index] == NULL)
            return error_set_memory(error);
    }
    if (plan->function == WINDOW_AGGREGATE)
        return window_aggregate_new(&self->base, plan, window->order_count > 0, &self->calls[index], error);
    if (plan->value != WINDOW_NO_COLUMN)
        return window_value_new(&self->base, plan, &self->calls[index], error);
    return window_rank_new(&self->base, plan, &self->calls[index], error);
}

static Status
allocate(Window *self, Error *error)
{
    const PlanNode *node = self->node;
    Budget *budget = self->base.context->budget;
    Type *types = calloc(self->input_count + 1, sizeof *types);

    if (types == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < self->input_count; i++)
        types[i] = node->columns[i].type;
    self->rows = row_builder_new(budget, self->input_count, types);
    free(types);
    self->chunk.columns = calloc(self->input_count + 1, sizeof(Vector));
    self->chunk.column_count = self->input_count;
    self->chunk.arena = arena_new(budget);
    self->arena = arena_new(budget);
    self->slice = calloc(self->input_count + 1, sizeof(Vector));
    self->output = calloc(node->column_count + 1, sizeof(Vector));
    self->calls = calloc(node->window.call_count + 1, sizeof(WindowCall *));
    self->cursors = calloc(node->window.call_count + 1, sizeof(FrameCursor *));
    if (self->rows == NULL || self->chunk.columns == NULL || self->chunk.arena == NULL ||
        self->arena == NULL || self->slice == NULL || self->output == NULL || self->calls == NULL ||
        self->cursors == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < node->window.call_count; i++)
        TRY(make_call(self, i, error));
    return STATUS_OK;
}

Status
window_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error)
{
    Window *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &window_class, context, node->id);
    self->node = node;
    self->input_count = node->children[0]->column_count;
    const Status status = allocate(self, error);
    if (status != STATUS_OK) {
        destroy(&self->base);
        return status;
    }
    *made = &self->base;
    return STATUS_OK;
}
