/* A partition that memory does not hold: its rows lie on disk, in order, and where its groups of peers end
 * lies beside them. They come back a chunk at a time, in order, and are evaluated in one of two ways:
 *
 *   streamed   functions that know how to go on from row to row, or that look at a few rows wherever they
 * are: they read the store for themselves, with numbers of the whole partition (`places`) slid       frames
 * that have both ends: the chunk holds all rows of the frames of the rows that are evaluated, and moves on as
 * they do; it grows to twice of what they need */
#include "exec/window.h"

#include <stdlib.h>

enum { STEP_ROWS_LEAST = 64, STEP_ROWS_SHARE = 4096 };

typedef struct CursorMark {
    uint32_t head;
    uint32_t tail;
} CursorMark;

struct WindowLarge {
    WindowStore *rows;
    WindowStore *peer_ends; /* by group of peers: the row after it; NULL: nobody asks */
    RowBuilder *head;       /* the first row */
    RowBuilder *last;       /* the last row added */
    Vector *head_columns;
    Vector *last_columns;
    bool emitting;
    WindowPages *pages;
    WindowPages *peer_pages;
    uint32_t group; /* the group of peers that was looked at last, and its rows */
    uint32_t group_start;
    uint32_t group_end;
    WindowChunk places;
    bool slides; /* some call does */
    bool slide_peers;
    uint32_t keep; /* rows of the chunk before are not needed any more */
    CursorMark *marks;
};

bool
window_call_streams(const PlanWindowCall *plan, bool ordered)
{
    const WindowFrame *frame = &plan->frame;
    const bool start_moves = frame->start.kind == FRAME_PRECEDING || frame->start.kind == FRAME_FOLLOWING;
    const bool end_moves = frame->end.kind == FRAME_PRECEDING || frame->end.kind == FRAME_FOLLOWING;

    if (!window_call_has_frame(plan))
        return true;
    if (plan->function != WINDOW_AGGREGATE)
        return frame->mode == FRAME_ROWS || (!start_moves && !end_moves);
    if (layout_width(type_layout(plan->type)) == 0)
        return false;
    return window_frame_sees_whole(frame, ordered) ||
           (frame->start.kind == FRAME_UNBOUNDED_PRECEDING && frame->exclusion == FRAME_EXCLUDE_NOTHING &&
            (frame->mode == FRAME_ROWS || !end_moves));
}

bool
window_call_slides(const PlanWindowCall *plan)
{
    return plan->frame.start.kind != FRAME_UNBOUNDED_PRECEDING &&
           plan->frame.end.kind != FRAME_UNBOUNDED_FOLLOWING;
}

const WindowChunk *
window_large_places(const Window *self)
{
    return &self->large->places;
}

/* ---- rows on their way to the disk ---- */

static Status
allocate(Window *self, WindowLarge *large)
{
    const OperatorContext *context = self->base.context;
    const Type number = type_of(TYPE_INT8);

    large->rows = window_store_new(&self->base, self->input_count, self->types);
    if (self->peers)
        large->peer_ends = window_store_new(&self->base, 1, &number);
    large->head = row_builder_new(context->in_hand, self->input_count, self->types);
    large->last = row_builder_new(context->in_hand, self->input_count, self->types);
    large->head_columns = calloc(self->input_count + 1, sizeof(Vector));
    large->last_columns = calloc(self->input_count + 1, sizeof(Vector));
    large->marks = calloc(self->node->window.call_count + 1, sizeof(CursorMark));
    large->places.arena = arena_new(&self->budget);
    for (uint32_t i = 0; i < self->node->window.call_count; i++) {
        large->slides |= self->slides[i];
        large->slide_peers |= self->slides[i] && window_call_needs_peers(self->calls[i]->plan);
    }
    const bool made = large->rows != NULL && (large->peer_ends != NULL || !self->peers) &&
                      large->head != NULL && large->last != NULL && large->head_columns != NULL &&
                      large->last_columns != NULL && large->marks != NULL && large->places.arena != NULL;
    return made ? STATUS_OK : STATUS_OUT_OF_MEMORY;
}

Status
window_large_new(Window *self, Error *error)
{
    self->large = calloc(1, sizeof *self->large);
    if (self->large != NULL && allocate(self, self->large) == STATUS_OK)
        return STATUS_OK;
    window_large_destroy(self);
    return error_set_memory(error);
}

void
window_large_destroy(Window *self)
{
    WindowLarge *large = self->large;

    if (large == NULL)
        return;
    window_pages_destroy(&large->pages);
    window_pages_destroy(&large->peer_pages);
    window_store_destroy(&large->rows);
    window_store_destroy(&large->peer_ends);
    row_builder_destroy(&large->head);
    row_builder_destroy(&large->last);
    arena_destroy(&large->places.arena);
    free(large->head_columns);
    free(large->last_columns);
    free(large->marks);
    free(large);
    self->large = NULL;
}

static void
see_columns(const RowBuilder *rows, uint32_t count, Vector *columns)
{
    for (uint32_t i = 0; i < count; i++)
        columns[i] = row_builder_column(rows, i);
}

static Status
keep_row(const Window *self, RowBuilder *rows, Vector *columns, const Batch *batch, uint32_t row,
         Error *error)
{
    row_builder_clear(rows);
    TRY(row_builder_append(rows, batch, &row, 1, error));
    see_columns(rows, self->input_count, columns);
    return STATUS_OK;
}

static bool
are_peers(const Window *self, const Vector *a, uint32_t row_a, const Vector *b, uint32_t row_b)
{
    const PlanWindow *window = &self->node->window;

    for (uint32_t i = 0; i < window->order_count; i++) {
        const uint32_t column = window->order[i].column;
        if (window_rows_differ(&a[column], row_a, &b[column], row_b))
            return false;
    }
    return true;
}

static Status
add_ends(WindowLarge *large, const int64_t *ends, uint32_t count, Error *error)
{
    Vector column = vector_flat(type_of(TYPE_INT8), ends, NULL);
    const Batch batch = {.rows = count, .count = count, .column_count = 1, .columns = &column};
    uint32_t picks[BATCH_ROWS];

    for (uint32_t i = 0; i < count; i++)
        picks[i] = i;
    return window_store_add(large->peer_ends, &batch, picks, count, error);
}

/* Groups of peers end where rows of the batch begin new ones. */
static Status
find_ends(Window *self, const Batch *batch, const uint32_t *picks, uint32_t count, Error *error)
{
    WindowLarge *large = self->large;
    int64_t ends[BATCH_ROWS];
    uint32_t found = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 && large->rows->rows == 0)
            continue;
        const bool goes_on = i == 0 ? are_peers(self, batch->columns, picks[0], large->last_columns, 0)
                                    : are_peers(self, batch->columns, picks[i], batch->columns, picks[i - 1]);
        if (!goes_on)
            ends[found++] = (int64_t)large->rows->rows + i;
    }
    return add_ends(large, ends, found, error);
}

Status
window_large_add(Window *self, const Batch *batch, const uint32_t *picks, uint32_t count, Error *error)
{
    WindowLarge *large = self->large;

    if (count == 0)
        return STATUS_OK;
    if (large->rows->rows == 0)
        TRY(keep_row(self, large->head, large->head_columns, batch, picks[0], error));
    if (self->peers)
        TRY(find_ends(self, batch, picks, count, error));
    TRY(window_store_add(large->rows, batch, picks, count, error));
    return keep_row(self, large->last, large->last_columns, batch, picks[count - 1], error);
}

uint32_t
window_large_takes(const Window *self, const Batch *batch)
{
    const WindowLarge *large = self->large;
    uint32_t i = 0;

    if (large->rows->rows > 0 &&
        window_are_apart(self, batch->columns, batch_row(batch, 0), large->last_columns, 0))
        return 0;
    for (i = 1; i < batch->count; i++) {
        if (window_are_apart(self, batch->columns, batch_row(batch, i), batch->columns,
                             batch_row(batch, i - 1)))
            break;
    }
    return i;
}

/* ---- a chunk of it ---- */

static Status
peer_end_of(WindowLarge *large, uint32_t group, uint32_t *end, Error *error)
{
    TRY(window_pages_seek(large->peer_pages, group, error));
    const Vector *ends = &large->peer_pages->columns[0];
    *end = (uint32_t)((const int64_t *)ends->data)[vector_index(ends, group - large->peer_pages->start)];
    return STATUS_OK;
}

/* Make the group of peers that has the row the one that is looked at. */
static Status
find_group(WindowLarge *large, uint32_t row, Error *error)
{
    while (row < large->group_start) {
        large->group--;
        large->group_end = large->group_start;
        large->group_start = 0;
        if (large->group > 0)
            TRY(peer_end_of(large, large->group - 1, &large->group_start, error));
    }
    while (row >= large->group_end) {
        large->group += large->group_end > 0;
        large->group_start = large->group_end;
        TRY(peer_end_of(large, large->group, &large->group_end, error));
    }
    return STATUS_OK;
}

static Status
place_peers(WindowLarge *large, Error *error)
{
    WindowChunk *places = &large->places;
    const size_t bytes = places->rows * sizeof(uint32_t);

    places->peer_start = arena_alloc(places->arena, bytes);
    places->peer_end = arena_alloc(places->arena, bytes);
    places->group = arena_alloc(places->arena, bytes);
    if (places->peer_start == NULL || places->peer_end == NULL || places->group == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < places->rows; i++) {
        TRY(find_group(large, places->base + i, error));
        places->peer_start[i] = large->group_start;
        places->peer_end[i] = large->group_end;
        places->group[i] = large->group;
    }
    return STATUS_OK;
}

/* What the rows of the chunk are among all of the partition. */
static Status
place_rows(Window *self, Error *error)
{
    WindowLarge *large = self->large;
    WindowChunk *places = &large->places;

    arena_reset(places->arena);
    places->builder = self->rows;
    places->rows = self->chunk.rows;
    places->columns = self->chunk.columns;
    places->column_count = self->chunk.column_count;
    places->store = large->rows;
    places->head = large->head_columns;
    places->partition_start = arena_alloc_zero(places->arena, places->rows * sizeof(uint32_t));
    places->partition_end = arena_alloc(places->arena, places->rows * sizeof(uint32_t));
    if (places->partition_start == NULL || places->partition_end == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < places->rows; i++)
        places->partition_end[i] = large->rows->rows;
    return self->peers ? place_peers(large, error) : STATUS_OK;
}

/* How many rows a chunk takes at once. */
static uint32_t
step_rows(const Window *self)
{
    const Budget *budget = self->base.context->environment->budget;
    const size_t rows = budget != NULL ? budget->limit / STEP_ROWS_SHARE : WINDOW_CHUNK_ROWS;

    if (rows >= WINDOW_CHUNK_ROWS)
        return WINDOW_CHUNK_ROWS;
    return rows < STEP_ROWS_LEAST ? STEP_ROWS_LEAST : (uint32_t)rows;
}

/* Have rows up to `end` in memory; fewer, where it is out and some of them are new. */
static Status
read_rows(Window *self, uint32_t end, uint32_t fresh, Error *error)
{
    WindowLarge *large = self->large;
    uint32_t picks[BATCH_ROWS];

    for (;;) {
        Error first = {0};
        const uint32_t row = large->places.base + (uint32_t)row_builder_rows(self->rows);
        if (row >= end)
            return STATUS_OK;
        TRY(window_pages_seek(large->pages, row, error));
        const Batch batch = window_pages_batch(large->pages, row, end, picks);
        const Status status = row_builder_append(self->rows, &batch, NULL, 0, &first);
        if (status == STATUS_OUT_OF_MEMORY && row > fresh)
            return STATUS_OK;
        if (status != STATUS_OK)
            return error_copy(error, &first);
    }
}

static void
move_cursors(Window *self, uint32_t by)
{
    for (uint32_t i = 0; i < self->node->window.call_count; i++) {
        FrameCursor *cursor = self->cursors[i];
        if (!self->slides[i] || window_shares_cursor(self, i))
            continue;
        cursor->head -= cursor->head < by ? cursor->head : by;
        cursor->tail -= cursor->tail < by ? cursor->tail : by;
    }
}

static Status
begin_slid(Window *self, Error *error)
{
    for (uint32_t i = 0; i < self->node->window.call_count; i++) {
        WindowCall *call = self->calls[i];
        if (self->slides[i] && call->class->begin != NULL)
            TRY(call->class->begin(call, &self->chunk, error));
    }
    return STATUS_OK;
}

static void
end_calls(Window *self, bool all)
{
    for (uint32_t i = 0; i < self->node->window.call_count; i++) {
        WindowCall *call = self->calls[i];
        if ((all || self->slides[i]) && call->class->end != NULL)
            call->class->end(call);
    }
}

/* Move the chunk on: what is needed still is read again, and at least as much after it. */
static Status
load(Window *self, Error *error)
{
    WindowLarge *large = self->large;
    WindowChunk *places = &large->places;
    const uint32_t keep = large->slides ? large->keep : self->next;
    const uint32_t seen = places->base + self->chunk.rows;
    const uint32_t held = self->chunk.rows - keep;
    const uint32_t more = held > step_rows(self) ? held : step_rows(self);
    const uint32_t left = large->rows->rows - seen;

    end_calls(self, false);
    move_cursors(self, keep);
    places->base += keep;
    self->next -= keep;
    large->keep = 0;
    row_builder_clear(self->rows);
    TRY(read_rows(self, seen + (left < more ? left : more), seen, error));
    TRY(window_chunk_begin(&self->chunk, self->rows, (uint32_t)row_builder_rows(self->rows),
                           &self->node->window, large->slide_peers, error));
    TRY(place_rows(self, error));
    operator_note_memory(&self->base, row_builder_bytes(self->rows) + arena_bytes(self->chunk.arena));
    return begin_slid(self, error);
}

static Status
begin(Window *self, Error *error)
{
    WindowLarge *large = self->large;
    const int64_t end = large->rows->rows;

    if (self->peers) {
        TRY(add_ends(large, &end, 1, error));
        TRY(window_store_close(large->peer_ends, error));
        TRY(window_pages_new(large->peer_ends, &large->peer_pages, error));
    }
    TRY(window_store_close(large->rows, error));
    TRY(window_pages_new(large->rows, &large->pages, error));
    row_builder_clear(self->rows);
    self->chunk.rows = 0;
    self->next = 0;
    TRY(load(self, error));
    for (uint32_t i = 0; i < self->node->window.call_count; i++) {
        WindowCall *call = self->calls[i];
        if (!self->slides[i] && call->class->begin != NULL)
            TRY(call->class->begin(call, &large->places, error));
    }
    large->emitting = true;
    return STATUS_OK;
}

/* ---- results ---- */

static void
mark_cursors(Window *self, bool restore)
{
    for (uint32_t i = 0; i < self->node->window.call_count; i++) {
        FrameCursor *cursor = self->cursors[i];
        CursorMark *mark = &self->large->marks[i];
        if (!self->slides[i])
            continue;
        if (restore) {
            cursor->head = mark->head;
            cursor->tail = mark->tail;
        } else {
            *mark = (CursorMark){cursor->head, cursor->tail};
        }
    }
}

/* Find the frames of the next rows; whether the chunk has all of them, and where the first of them begins. */
static Status
find_frames(Window *self, uint32_t count, bool *fits, uint32_t *keep, Error *error)
{
    const WindowChunk *chunk = &self->chunk;
    const uint32_t last = self->next + count - 1;
    const bool complete = self->large->places.base + chunk->rows == self->large->rows->rows;

    *keep = last;
    *fits = true;
    if (self->large->slide_peers) {
        *fits = complete || chunk->peer_end[last] < chunk->rows;
        *keep = chunk->peer_start[last];
    }
    for (uint32_t i = 0; *fits && i < self->node->window.call_count; i++) {
        FrameCursor *cursor = self->cursors[i];
        if (!self->slides[i] || window_shares_cursor(self, i))
            continue;
        TRY(frame_cursor_next(cursor, chunk, self->next, count, error));
        *fits = complete || cursor->end[count - 1] < chunk->rows;
        *keep = cursor->start[count - 1] < *keep ? cursor->start[count - 1] : *keep;
    }
    return STATUS_OK;
}

/* How many rows can be evaluated next: as many of a batch as the chunk has frames of. */
static Status
find_batch(Window *self, uint32_t *count, Error *error)
{
    const uint32_t left = self->chunk.rows - self->next;
    const uint32_t most = self->base.context->batch_rows;
    bool fits = false;

    mark_cursors(self, false);
    for (*count = left < most ? left : most; *count > 0; *count /= 2) {
        uint32_t keep;
        TRY(find_frames(self, *count, &fits, &keep, error));
        if (fits) {
            self->large->keep = keep;
            return STATUS_OK;
        }
        mark_cursors(self, true);
    }
    return STATUS_OK;
}

static Status
emit_some(Window *self, bool *done, bool *enough, Error *error)
{
    WindowLarge *large = self->large;
    uint32_t count;

    TRY(find_batch(self, &count, error));
    if (count == 0) {
        const uint32_t seen = large->places.base + self->chunk.rows;
        TRY(load(self, error));
        return large->places.base + self->chunk.rows > seen ? STATUS_OK : error_set_memory(error);
    }
    TRY(window_fill_batch(self, count, error));
    const Batch batch = {
        .rows = count, .count = count, .column_count = self->node->column_count, .columns = self->output};
    TRY(operator_emit(&self->base, &batch, enough, error));
    self->next += count;
    *done = *enough || large->places.base + self->next == large->rows->rows;
    return STATUS_OK;
}

Status
window_large_step(Window *self, bool *done, bool *enough, Error *error)
{
    *done = false;
    if (!self->large->emitting)
        return begin(self, error);
    TRY(emit_some(self, done, enough, error));
    if (!*done)
        return STATUS_OK;
    end_calls(self, true);
    row_builder_clear(self->rows);
    window_large_destroy(self);
    return STATUS_OK;
}
