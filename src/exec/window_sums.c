#include "exec/window_sums.h"

#include "exec/window.h"

enum { COLUMN_LOW, COLUMN_HIGH, COLUMN_COUNT }; /* partial columns of AGGREGATE_ADDS_SUM */

bool
window_sums_can(const Aggregate *aggregate)
{
    return aggregate->adds != AGGREGATE_ADDS_NOT;
}

static bool
has_sum(const WindowSums *sums)
{
    return sums->plan->calls[0].aggregate->adds == AGGREGATE_ADDS_SUM;
}

Status
window_sums_init(WindowSums *sums, const Operator *operator, const PlanAggregate * plan, Error *error)
{
    const PlanAggregateCall *call = &plan->calls[0];
    Budget *budget = operator->context->values;

    *sums = (WindowSums){.operator= operator, .plan = plan };
    sums->partial_count = call->aggregate->partial_types(call->argument_types, sums->partial_types);
    TRY(aggregate_states_init(&sums->rows, plan, budget, error));
    TRY(aggregate_states_reserve(&sums->rows, BATCH_ROWS, error));
    sums->batch_arena = arena_new(budget);
    sums->chunk_arena = arena_new(window_budget(operator));
    return sums->batch_arena != NULL && sums->chunk_arena != NULL ? STATUS_OK : error_set_memory(error);
}

void
window_sums_clear(WindowSums *sums)
{
    sums->sums = NULL;
    if (sums->chunk_arena != NULL)
        arena_reset(sums->chunk_arena);
}

void
window_sums_destroy(WindowSums *sums)
{
    aggregate_states_destroy(&sums->rows);
    arena_destroy(&sums->batch_arena);
    arena_destroy(&sums->chunk_arena);
}

static Status
allocate(WindowSums *sums, uint32_t rows, Error *error)
{
    const uint32_t first = has_sum(sums) ? COLUMN_COUNT : 0;
    const uint32_t end = has_sum(sums) ? COLUMN_COUNT + 1 : sums->partial_count;

    arena_reset(sums->chunk_arena);
    for (uint32_t i = first; i < end; i++) {
        sums->counts[i] = arena_alloc(sums->chunk_arena, ((size_t)rows + 1) * sizeof(int64_t));
        if (sums->counts[i] == NULL)
            return error_set_memory(error);
        sums->counts[i][0] = 0;
    }
    if (!has_sum(sums))
        return STATUS_OK;
    sums->sums = arena_alloc(sums->chunk_arena, ((size_t)rows + 1) * sizeof(Int128));
    if (sums->sums == NULL)
        return error_set_memory(error);
    sums->sums[0] = 0;
    return STATUS_OK;
}

/* Whether columns behind the sum and the count say that a value does not fit. */
static bool
has_more(const WindowSums *sums, const Vector *partials, uint32_t count)
{
    for (uint32_t c = COLUMN_COUNT + 1; c < sums->partial_count; c++) {
        if (partials[c].layout == LAYOUT_VIEW) {
            if (partials[c].validity == NULL || bits_count(partials[c].validity, count) > 0)
                return true;
            continue;
        }
        for (uint32_t i = 0; i < count; i++) {
            if (((const int64_t *)partials[c].data)[i] != 0)
                return true;
        }
    }
    return false;
}

static bool
add_sums(WindowSums *sums, const Vector *partials, uint32_t first, uint32_t count)
{
    const uint64_t *low = partials[COLUMN_LOW].data;
    const int64_t *high = partials[COLUMN_HIGH].data;
    Int128 *out = sums->sums + first;
    const Int128 most = (Int128)1 << 124; /* differences must fit, too */
    bool overflow = false;

    for (uint32_t i = 0; i < count; i++) {
        const Int128 value = (Int128)((UInt128)(uint64_t)high[i] << 64 | low[i]);
        overflow |= __builtin_add_overflow(out[i], value, &out[i + 1]);
        overflow |= out[i + 1] > most || out[i + 1] < -most;
    }
    return !overflow && !has_more(sums, partials, count);
}

static void
add_counts(int64_t *out, const int64_t *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        out[i + 1] = out[i] + values[i];
}

static Status
add_batch(WindowSums *sums, const Batch *batch, uint32_t first, bool *fits, Error *error)
{
    uint32_t groups[BATCH_ROWS];
    Vector partials[AGGREGATE_PARTIALS_MAX];

    for (uint32_t i = 0; i < batch->count; i++)
        groups[i] = i;
    aggregate_states_clear(&sums->rows, batch->count);
    TRY(aggregate_states_update(&sums->rows, batch, groups, error));
    TRY(aggregate_states_emit(&sums->rows, NULL, batch->count, sums->batch_arena, partials, error));
    if (has_sum(sums)) {
        add_counts(sums->counts[COLUMN_COUNT] + first, partials[COLUMN_COUNT].data, batch->count);
        *fits = add_sums(sums, partials, first, batch->count);
        return STATUS_OK;
    }
    for (uint32_t c = 0; c < sums->partial_count; c++)
        add_counts(sums->counts[c] + first, partials[c].data, batch->count);
    return STATUS_OK;
}

Status
window_sums_build(WindowSums *sums, const WindowChunk *chunk, bool *fits, Error *error)
{
    *fits = true;
    TRY(allocate(sums, chunk->rows, error));
    for (uint32_t first = 0; first < chunk->rows && *fits; first += BATCH_ROWS) {
        const uint32_t left = chunk->rows - first;
        Batch batch;
        arena_reset(sums->batch_arena);
        Vector *columns = ARENA_ARRAY(sums->batch_arena, Vector, chunk->column_count + 1);
        if (columns == NULL)
            return error_set_memory(error);
        row_builder_batch(chunk->builder, first, left < BATCH_ROWS ? left : BATCH_ROWS, columns, &batch);
        TRY(add_batch(sums, &batch, first, fits, error));
        TRY(operator_check_cancelled(sums->operator, error));
    }
    return STATUS_OK;
}

static void
find_counts(const int64_t *before, const WindowChunk *chunk, const FrameCursor *frames, uint32_t first,
            uint32_t count, int64_t *out)
{
    RowRange ranges[FRAME_RANGES_MAX];

    if (frames->frame->exclusion == FRAME_EXCLUDE_NOTHING) {
        for (uint32_t i = 0; i < count; i++)
            out[i] = before[frames->end[i]] - before[frames->start[i]];
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t range_count = frame_cursor_ranges(frames, chunk, first, i, ranges);
        out[i] = 0;
        for (uint32_t r = 0; r < range_count; r++)
            out[i] += before[ranges[r].end] - before[ranges[r].start];
    }
}

static void
find_sums(const Int128 *before, const WindowChunk *chunk, const FrameCursor *frames, uint32_t first,
          uint32_t count, uint64_t *low, int64_t *high)
{
    RowRange ranges[FRAME_RANGES_MAX];

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t range_count = frame_cursor_ranges(frames, chunk, first, i, ranges);
        UInt128 sum = 0;
        for (uint32_t r = 0; r < range_count; r++)
            sum += (UInt128)before[ranges[r].end] - (UInt128)before[ranges[r].start];
        low[i] = (uint64_t)sum;
        high[i] = (int64_t)(sum >> 64);
    }
}

/* Columns of partials, zero and NULL where nothing else is put. */
static bool
make_partials(WindowSums *sums, uint32_t count, Vector *partials)
{
    for (uint32_t c = 0; c < sums->partial_count; c++) {
        const size_t width = layout_width(type_layout(sums->partial_types[c]));
        void *data = arena_alloc_zero(sums->batch_arena, count * width);
        uint64_t *none = arena_alloc_zero(sums->batch_arena, bits_words(count) * sizeof(uint64_t));
        if (data == NULL || none == NULL)
            return false;
        const bool is_view = type_layout(sums->partial_types[c]) == LAYOUT_VIEW;
        partials[c] = vector_flat(sums->partial_types[c], data, is_view ? none : NULL);
    }
    return true;
}

Status
window_sums_query(WindowSums *sums, const WindowChunk *chunk, const FrameCursor *frames, uint32_t first,
                  uint32_t count, AggregateStates *states, Error *error)
{
    uint32_t groups[BATCH_ROWS];
    Vector partials[AGGREGATE_PARTIALS_MAX];
    const Batch batch = {
        .rows = count, .count = count, .column_count = sums->partial_count, .columns = partials};

    arena_reset(sums->batch_arena);
    if (!make_partials(sums, count, partials))
        return error_set_memory(error);
    if (has_sum(sums))
        find_sums(sums->sums, chunk, frames, first, count, (uint64_t *)partials[COLUMN_LOW].data,
                  (int64_t *)partials[COLUMN_HIGH].data);
    for (uint32_t c = has_sum(sums) ? COLUMN_COUNT : 0;
         c < (has_sum(sums) ? COLUMN_COUNT + 1 : sums->partial_count); c++)
        find_counts(sums->counts[c], chunk, frames, first, count, (int64_t *)partials[c].data);
    for (uint32_t i = 0; i < count; i++)
        groups[i] = i;
    return aggregate_states_merge(states, &batch, 0, groups, error);
}
