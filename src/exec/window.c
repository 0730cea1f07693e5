/* WINDOW: over rows in the order of partition and order keys, which a SORT below has made, adds the results
 * of its functions.
 *
 * Rows are kept until some tens of thousand make up whole partitions (a chunk); their functions are then
 * evaluated a column and a batch at a time. Only a partition larger than a chunk needs more memory; where
 * there is none, it goes to the disk (window_large.c). */
#include "exec/window.h"

#include "exec/gather.h"
#include "exec/operators.h"
#include "expr/datetime.h"

#include <stdlib.h>

/* ---- output ---- */

/* The chunk is the first `rows` rows. */
static Status
begin_chunk(Window *self, uint32_t rows, Error *error)
{
    TRY(window_chunk_begin(&self->chunk, self->rows, rows, &self->node->window, self->peers, error));
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

bool
window_shares_cursor(const Window *self, uint32_t index)
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
        const bool streamed = self->large != NULL && !self->slides[i];
        const WindowBatch batch = {.chunk = streamed ? window_large_places(self) : &self->chunk,
                                   .frames = self->cursors[i],
                                   .first = self->next,
                                   .count = count,
                                   .arena = self->arena};
        const bool moved = self->large != NULL && self->slides[i]; /* the chunk has all of its frames */
        if (self->cursors[i] != NULL && !moved && !window_shares_cursor(self, i))
            TRY(frame_cursor_next(self->cursors[i], batch.chunk, self->next, count, error));
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

Status
window_fill_batch(Window *self, uint32_t count, Error *error)
{
    arena_reset(self->arena);
    TRY(slice_rows(self, count, error));
    return evaluate_calls(self, count, error);
}

static Status
emit_some(Window *self, bool *done, bool *enough, Error *error)
{
    const uint32_t left = self->chunk.rows - self->next;
    const uint32_t most = self->base.context->batch_rows;
    const uint32_t count = left < most ? left : most;

    TRY(window_fill_batch(self, count, error));
    const Batch batch = {
        .rows = count, .count = count, .column_count = self->node->column_count, .columns = self->output};
    TRY(operator_emit(&self->base, &batch, enough, error));
    self->next += count;
    *done = *enough || self->next == self->chunk.rows;
    return STATUS_OK;
}

static Status
emit_chunk(Window *self, uint32_t rows, bool *enough, Error *error)
{
    bool done = rows == 0;

    if (!done)
        TRY(begin_chunk(self, rows, error));
    while (!done)
        TRY(emit_some(self, &done, enough, error));
    end_chunk(self);
    return STATUS_OK;
}

/* ---- input ---- */

bool
window_are_apart(const Window *self, const Vector *a, uint32_t row_a, const Vector *b, uint32_t row_b)
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
        if (window_are_apart(self, batch->columns, batch_row(batch, i), batch->columns,
                             batch_row(batch, i - 1)))
            return i;
    }
    *closes = false;
    if (kept == 0)
        return 0;
    for (uint32_t i = 0; i < self->input_count; i++)
        self->slice[i] = row_builder_column(self->rows, i);
    *closes = window_are_apart(self, batch->columns, batch_row(batch, 0), self->slice, kept - 1);
    return 0;
}

/* Where the last partition of the rows kept begins. */
static uint32_t
last_partition(Window *self)
{
    uint32_t row = (uint32_t)row_builder_rows(self->rows);

    for (uint32_t i = 0; i < self->input_count; i++)
        self->slice[i] = row_builder_column(self->rows, i);
    while (row-- > 1) {
        if (window_are_apart(self, self->slice, row, self->slice, row - 1))
            return row;
    }
    return 0;
}

static Status
empty_memory(Window *self, Error *error)
{
    row_builder_destroy(&self->rows);
    self->rows = row_builder_new(&self->budget, self->input_count, self->types);
    return self->rows != NULL ? STATUS_OK : error_set_memory(error);
}

/* The last of the partitions that are kept goes to the disk, and the others are emitted. */
static Status
spill_partition(Window *self, bool *enough, Error *error)
{
    const uint32_t rows = (uint32_t)row_builder_rows(self->rows);
    const uint32_t start = last_partition(self);
    uint32_t picks[BATCH_ROWS];

    TRY(window_large_new(self, error));
    for (uint32_t first = start; first < rows; first += BATCH_ROWS) {
        const uint32_t count = rows - first < BATCH_ROWS ? rows - first : BATCH_ROWS;
        const Batch batch = {
            .rows = rows, .count = rows, .column_count = self->input_count, .columns = self->slice};
        for (uint32_t i = 0; i < count; i++)
            picks[i] = first + i;
        TRY(operator_check_cancelled(&self->base, error));
        TRY(window_large_add(self, &batch, picks, count, error));
    }
    WindowLarge *large = self->large;
    self->large = NULL; /* the others are in memory */
    const Status status = emit_chunk(self, start, enough, error);
    self->large = large;
    return status == STATUS_OK ? empty_memory(self, error) : status;
}

/* Keep rows [first, end) of the batch: in memory, as long as there is some. */
static Status
append(Window *self, const Batch *batch, uint32_t first, uint32_t end, bool *enough, Error *error)
{
    uint32_t picks[BATCH_ROWS];
    Error refused = {0};

    if (first == end)
        return STATUS_OK;
    for (uint32_t i = first; i < end; i++)
        picks[i - first] = batch_row(batch, i);
    const Status status = row_builder_append(self->rows, batch, picks, end - first, &refused);
    operator_note_memory(&self->base, row_builder_bytes(self->rows));
    if (status == STATUS_OK)
        return self->spills && spill_is_due(&self->base, row_builder_bytes(self->rows))
                   ? spill_partition(self, enough, error)
                   : STATUS_OK;
    if (status != STATUS_OUT_OF_MEMORY || !self->spills || row_builder_rows(self->rows) == 0)
        return error_copy(error, &refused);
    TRY(spill_partition(self, enough, error));
    const Batch rest = {.rows = batch->rows,
                        .count = end - first,
                        .selection = picks,
                        .column_count = batch->column_count,
                        .columns = batch->columns};
    return *enough ? STATUS_OK : self->base.class->push(&self->base, &rest, enough, error);
}

/* Rows that come after those of the partition on disk end it. */
static Status
push_large(Window *self, const Batch *batch, bool *enough, Error *error)
{
    const uint32_t taken = window_large_takes(self, batch);
    uint32_t rows[BATCH_ROWS];
    bool done = false;

    for (uint32_t i = 0; i < batch->count; i++)
        rows[i] = batch_row(batch, i);
    TRY(window_large_add(self, batch, rows, taken, error));
    if (taken == batch->count)
        return STATUS_OK;
    while (!done)
        TRY(window_large_step(self, &done, enough, error));
    Batch rest = *batch;
    rest.selection = rows + taken;
    rest.count = batch->count - taken;
    return *enough ? STATUS_OK : self->base.class->push(&self->base, &rest, enough, error);
}

static Status
push_rest(Window *self, const Batch *batch, uint32_t first, bool *enough, Error *error)
{
    uint32_t rows[BATCH_ROWS];
    Batch rest = *batch;

    for (uint32_t i = first; i < batch->count; i++)
        rows[i - first] = batch_row(batch, i);
    rest.selection = rows;
    rest.count = batch->count - first;
    if (self->large != NULL)
        return push_large(self, &rest, enough, error);
    return append(self, &rest, 0, rest.count, enough, error);
}

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Window *self = (Window *)base;

    if (self->large != NULL)
        return push_large(self, batch, enough, error);
    const uint64_t rows = row_builder_rows(self->rows) + batch->count;
    bool closes = false;

    if (rows >= UINT32_MAX)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "a task cannot hold more than %u rows of a partition",
                         UINT32_MAX);
    if (rows < WINDOW_CHUNK_ROWS)
        return append(self, batch, 0, batch->count, enough, error);
    const uint32_t closed = rows_to_close(self, batch, &closes);
    if (!closes)
        return append(self, batch, 0, batch->count, enough, error);
    TRY(append(self, batch, 0, closed, enough, error));
    if (*enough)
        return STATUS_OK;
    if (self->large == NULL)
        TRY(emit_chunk(self, (uint32_t)row_builder_rows(self->rows), enough, error));
    return *enough ? STATUS_OK : push_rest(self, batch, closed, enough, error);
}

/* Begin with what is left in memory, or, where its functions need more than that, on disk. */
static Status
begin_last(Window *self, bool *done, Error *error)
{
    const Status status = begin_chunk(self, (uint32_t)row_builder_rows(self->rows), error);

    if (status != STATUS_OUT_OF_MEMORY || !self->spills)
        return status;
    *error = (Error){0};
    for (uint32_t i = 0; i < self->node->window.call_count; i++) {
        if (self->calls[i]->class->end != NULL)
            self->calls[i]->class->end(self->calls[i]);
    }
    return spill_partition(self, done, error);
}

static Status
finish(Operator *base, bool *done, Error *error)
{
    Window *self = (Window *)base;
    bool enough = false;

    if (self->large != NULL)
        return window_large_step(self, done, &enough, error);
    *done = row_builder_rows(self->rows) == 0;
    if (*done)
        return STATUS_OK;
    if (!self->begun)
        return begin_last(self, done, error);
    return emit_some(self, done, &enough, error);
}

static void
destroy(Operator *base)
{
    Window *self = (Window *)base;
    const uint32_t count = self->node->window.call_count;

    for (uint32_t i = 0; self->cursors != NULL && i < count; i++) {
        if (!window_shares_cursor(self, i))
            free(self->cursors[i]);
    }
    for (uint32_t i = 0; self->calls != NULL && i < count; i++) {
        if (self->calls[i] != NULL)
            self->calls[i]->class->destroy(self->calls[i]);
    }
    window_large_destroy(self);
    row_builder_destroy(&self->rows);
    arena_destroy(&self->chunk.arena);
    arena_destroy(&self->arena);
    free(self->chunk.columns);
    free(self->cursors);
    free(self->slides);
    free(self->calls);
    free(self->types);
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
        if (self->cursors[i] != NULL && self->slides[i] == self->slides[index] &&
            is_same_frame(&window->calls[i].frame, &window->calls[index].frame))
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
    self->slides[index] = !window_call_streams(plan, window->order_count > 0);
    self->spills = self->spills && (!self->slides[index] || window_call_slides(plan));
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
    Budget *budget = &self->budget;

    self->types = calloc(self->input_count + 1, sizeof(Type));
    if (self->types == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < self->input_count; i++)
        self->types[i] = node->columns[i].type;
    self->rows = row_builder_new(budget, self->input_count, self->types);
    self->chunk.columns = calloc(self->input_count + 1, sizeof(Vector));
    self->chunk.column_count = self->input_count;
    self->chunk.arena = arena_new(budget);
    self->arena = arena_new(self->base.context->values);
    self->slice = calloc(self->input_count + 1, sizeof(Vector));
    self->output = calloc(node->column_count + 1, sizeof(Vector));
    self->calls = calloc(node->window.call_count + 1, sizeof(WindowCall *));
    self->cursors = calloc(node->window.call_count + 1, sizeof(FrameCursor *));
    self->slides = calloc(node->window.call_count + 1, sizeof(bool));
    self->spills = self->base.context->environment->scratch != NULL;
    if (self->rows == NULL || self->chunk.columns == NULL || self->chunk.arena == NULL ||
        self->arena == NULL || self->slice == NULL || self->output == NULL || self->calls == NULL ||
        self->cursors == NULL || self->slides == NULL)
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
    budget_init_floor(&self->budget, context->budget, WINDOW_FLOOR_BYTES);
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
