/* Functions that look a value up in another row: lag, lead, first_value, last_value, nth_value. Each row is
 * given the number of the row that it looks at; the values are gathered at once. */
#include "column/list_builder.h"
#include "exec/gather.h"
#include "exec/window_call.h"

#include <stdlib.h>

typedef struct WindowValue {
    WindowCall base;
    WindowPages *pages; /* of a partition on disk */
    RowBuilder *found;  /* values of the batch from there */
} WindowValue;

/* The function's number for a row; false: it is NULL. */
static bool
number_at(const WindowCall *self, const WindowChunk *chunk, uint32_t row, int64_t *number)
{
    *number = self->plan->constant;
    if (self->plan->number == WINDOW_NO_COLUMN)
        return true;
    const Vector *column = &chunk->columns[self->plan->number];
    if (vector_is_null(column, row))
        return false;
    *number = ((const int32_t *)column->data)[row];
    return true;
}

/* Rows before or after; `beyond` lists rows of the batch whose other row is not in the partition. */
static uint32_t
find_neighbours(const WindowCall *self, const WindowBatch *batch, uint32_t *rows, uint32_t *beyond)
{
    const WindowChunk *chunk = batch->chunk;
    const bool back = self->plan->function == WINDOW_LAG;
    uint32_t beyond_count = 0;
    int64_t distance;

    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t row = batch->first + i;
        rows[i] = GATHER_NULL;
        if (!number_at(self, chunk, row, &distance))
            continue;
        const int64_t here = (int64_t)chunk->base + row;
        const int64_t other = back ? here - distance : here + distance;
        if (other >= chunk->partition_start[row] && other < chunk->partition_end[row])
            rows[i] = (uint32_t)other;
        else
            beyond[beyond_count++] = i;
    }
    return beyond_count;
}

/* The n-th row of the ranges, from 1; GATHER_NULL where there are fewer. */
static uint32_t
nth_row(const RowRange *ranges, uint32_t count, int64_t n)
{
    for (uint32_t i = 0; i < count; i++) {
        const int64_t rows = ranges[i].end - ranges[i].start;
        if (n <= rows)
            return ranges[i].start + (uint32_t)(n - 1);
        n -= rows;
    }
    return GATHER_NULL;
}

static Status
find_in_frames(const WindowCall *self, const WindowBatch *batch, uint32_t *rows, Error *error)
{
    const WindowFunction function = self->plan->function;
    RowRange ranges[FRAME_RANGES_MAX];

    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t count = frame_cursor_ranges(batch->frames, batch->chunk, batch->first, i, ranges);
        int64_t n = 1;
        rows[i] = GATHER_NULL;
        if (function == WINDOW_NTH_VALUE) {
            if (!number_at(self, batch->chunk, batch->first + i, &n))
                continue;
            if (n <= 0)
                return error_set(error, STATUS_NTH_VALUE, "argument of nth_value must be greater than zero");
        }
        if (function == WINDOW_LAST_VALUE)
            rows[i] = count == 0 ? GATHER_NULL : ranges[count - 1].end - 1;
        else
            rows[i] = nth_row(ranges, count, n);
    }
    return STATUS_OK;
}

/* Arrays of two columns in one: the elements of both are put together anew. */
static Status
join_elements(const WindowBatch *batch, const Vector *fallback, const uint32_t *beyond, uint32_t beyond_count,
              Vector *out, Error *error)
{
    ListBuilder *elements = arena_alloc(batch->arena, sizeof *elements);
    ListEntry *entries = (ListEntry *)out->data;
    ListEntry entry;

    if (elements == NULL)
        return error_set_memory(error);
    TRY(list_builder_init(elements, batch->arena, out->type.nested->types[0], error));
    for (uint32_t i = 0; i < batch->count; i++) {
        if (vector_is_null(out, i))
            continue;
        TRY(list_builder_copy(elements, out, i, &entry, error));
        entries[i] = entry;
    }
    for (uint32_t i = 0; i < beyond_count; i++) {
        if (vector_is_null(fallback, batch->first + beyond[i]))
            continue;
        TRY(list_builder_copy(elements, fallback, batch->first + beyond[i], &entries[beyond[i]], error));
        bits_set((uint64_t *)out->validity, beyond[i]);
    }
    out->children = list_builder_vector(elements);
    return STATUS_OK;
}

/* Put what stands in for rows beyond the partition into the gathered vector, which is the batch's own. */
static Status
put_fallbacks(const WindowCall *self, const WindowBatch *batch, const uint32_t *beyond, uint32_t beyond_count,
              Vector *out, Error *error)
{
    const Vector *fallback = &batch->chunk->columns[self->plan->fallback];
    const size_t width = layout_width(out->layout);

    if (fallback->layout == out->layout && out->layout == LAYOUT_LIST)
        return join_elements(batch, fallback, beyond, beyond_count, out, error);
    if (fallback->layout != out->layout || width == 0)
        return error_set(error, STATUS_NOT_SUPPORTED, "a default of type %s is not supported here",
                         type_name(self->plan->type.id));
    for (uint32_t i = 0; i < beyond_count; i++) {
        const uint32_t row = batch->first + beyond[i];
        if (vector_is_null(fallback, row))
            continue;
        memcpy((char *)out->data + beyond[i] * width, (const char *)fallback->data + row * width, width);
        bits_set((uint64_t *)out->validity, beyond[i]);
    }
    return STATUS_OK;
}

/* Fetch the rows from `first` on that are in one part of the store, and say where they are in `found`: at[i]
 * of rows[i]. Returns the row after them. */
static Status
fetch_some(WindowValue *self, const uint32_t *rows, uint32_t count, uint32_t *first, uint32_t *at,
           Error *error)
{
    uint32_t picks[BATCH_ROWS];
    uint32_t picked = 0;
    uint32_t i = *first;
    uint32_t next = (uint32_t)row_builder_rows(self->found);
    uint32_t last = GATHER_NULL;

    TRY(window_pages_seek(self->pages, rows[i], error));
    const WindowPages *pages = self->pages;
    for (; i < count && (rows[i] == GATHER_NULL || (rows[i] >= pages->start && rows[i] < pages->end)); i++) {
        at[i] = GATHER_NULL;
        if (rows[i] == GATHER_NULL)
            continue;
        if (rows[i] != last) {
            picks[picked++] = rows[i] - pages->start;
            next++;
        }
        last = rows[i];
        at[i] = next - 1;
    }
    *first = i;
    Vector column = pages->columns[self->base.plan->value];
    const Batch batch = {
        .rows = pages->end - pages->start, .count = picked, .column_count = 1, .columns = &column};
    return row_builder_append(self->found, &batch, picks, picked, error);
}

/* As gather_vector(), with rows of the partition on disk. */
static Status
gather_stored(WindowValue *self, const WindowBatch *batch, const uint32_t *rows, Vector *out, Error *error)
{
    uint32_t at[BATCH_ROWS];
    uint32_t i = 0;

    row_builder_clear(self->found);
    while (i < batch->count) {
        if (rows[i] == GATHER_NULL)
            at[i++] = GATHER_NULL;
        else
            TRY(fetch_some(self, rows, batch->count, &i, at, error));
    }
    const Vector found = row_builder_rows(self->found) > 0 ? row_builder_column(self->found, 0)
                                                           : batch->chunk->columns[self->base.plan->value];
    return gather_vector(&found, at, batch->count, true, batch->arena, out, error);
}

static Status
gather_values(WindowCall *self, const WindowBatch *batch, const uint32_t *rows, Vector *out, Error *error)
{
    if (batch->chunk->store != NULL)
        return gather_stored((WindowValue *)self, batch, rows, out, error);
    return gather_vector(&batch->chunk->columns[self->plan->value], rows, batch->count, true, batch->arena,
                         out, error);
}

static Status
evaluate(WindowCall *self, const WindowBatch *batch, Vector *out, Error *error)
{
    const bool neighbours = self->plan->function == WINDOW_LAG || self->plan->function == WINDOW_LEAD;
    uint32_t *rows = arena_alloc(batch->arena, batch->count * sizeof(uint32_t));
    uint32_t beyond[BATCH_ROWS];
    uint32_t beyond_count = 0;

    if (rows == NULL)
        return error_set_memory(error);
    if (neighbours)
        beyond_count = find_neighbours(self, batch, rows, beyond);
    else
        TRY(find_in_frames(self, batch, rows, error));
    TRY(gather_values(self, batch, rows, out, error));
    if (beyond_count > 0 && self->plan->fallback != WINDOW_NO_COLUMN)
        TRY(put_fallbacks(self, batch, beyond, beyond_count, out, error));
    out->type = self->plan->type;
    return STATUS_OK;
}

static Status
begin(WindowCall *base, const WindowChunk *chunk, Error *error)
{
    WindowValue *self = (WindowValue *)base;

    if (chunk->store == NULL)
        return STATUS_OK;
    TRY(window_pages_new(chunk->store, &self->pages, error));
    self->found =
        row_builder_new(base->operator->context->in_hand, 1, &chunk->columns[base->plan->value].type);
    return self->found != NULL ? STATUS_OK : error_set_memory(error);
}

static void
end(WindowCall *base)
{
    WindowValue *self = (WindowValue *)base;

    window_pages_destroy(&self->pages);
    row_builder_destroy(&self->found);
}

static void
destroy(WindowCall *base)
{
    end(base);
    free(base);
}

static const WindowCallClass value_class = {
    .begin = begin, .evaluate = evaluate, .end = end, .destroy = destroy};

Status
window_value_new(const Operator *operator, const PlanWindowCall * plan, WindowCall **made, Error *error)
{
    WindowValue *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    self->base = (WindowCall){.class = &value_class, .plan = plan, .operator= operator};
    *made = &self->base;
    return STATUS_OK;
}
