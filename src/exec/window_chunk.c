#include "exec/window_chunk.h"

bool
window_rows_differ(const Vector *a, uint32_t row_a, const Vector *b, uint32_t row_b)
{
    const bool null_a = vector_is_null(a, row_a);
    const bool null_b = vector_is_null(b, row_b);

    if (null_a || null_b)
        return null_a != null_b;
    return vector_compare(a, row_a, b, row_b) != 0;
}

#define MARK_AS(CType, differs)                                                                              \
    do {                                                                                                     \
        const CType *v = column->data;                                                                       \
        for (uint32_t i = 1; i < rows; i++)                                                                  \
            starts[i] |= (uint8_t)(differs);                                                                 \
    } while (0)

/* Mark the rows that differ from the one before in a column without NULLs. */
static void
mark_values(const Vector *column, uint32_t rows, uint8_t *starts)
{
    switch (column->layout) {
    case LAYOUT_BOOL: MARK_AS(uint8_t, v[i] != v[i - 1]); break;
    case LAYOUT_I32: MARK_AS(int32_t, v[i] != v[i - 1]); break;
    case LAYOUT_I64: MARK_AS(int64_t, v[i] != v[i - 1]); break;
    case LAYOUT_I128: MARK_AS(Int128, v[i] != v[i - 1]); break;
    case LAYOUT_F64: MARK_AS(double, v[i] != v[i - 1] && (v[i] == v[i] || v[i - 1] == v[i - 1])); break;
    case LAYOUT_VIEW: MARK_AS(StringView, !string_view_equal(&v[i], &v[i - 1])); break;
    default:
        for (uint32_t i = 1; i < rows; i++)
            starts[i] |= vector_compare(column, i, column, i - 1) != 0;
        break;
    }
}

static void
mark_column(const Vector *column, uint32_t rows, uint8_t *starts)
{
    if (column->validity == NULL) {
        mark_values(column, rows, starts);
        return;
    }
    for (uint32_t i = 1; i < rows; i++)
        starts[i] |= starts[i] == 0 && window_rows_differ(column, i, column, i - 1);
}

/* From marks to where each row's run begins and ends. */
static void
set_runs(const uint8_t *starts, uint32_t rows, uint32_t *run_start, uint32_t *run_end)
{
    uint32_t start = 0;
    uint32_t end = rows;

    for (uint32_t i = 0; i < rows; i++) {
        start = starts[i] ? i : start;
        run_start[i] = start;
    }
    for (uint32_t i = rows; i-- > 0;) {
        run_end[i] = end;
        end = starts[i] ? i : end;
    }
}

static Status
find_peers(WindowChunk *chunk, const PlanWindow *window, uint8_t *starts, Error *error)
{
    const uint32_t rows = chunk->rows;
    uint32_t groups = 0;

    chunk->peer_start = arena_alloc(chunk->arena, rows * sizeof(uint32_t));
    chunk->peer_end = arena_alloc(chunk->arena, rows * sizeof(uint32_t));
    chunk->group = arena_alloc(chunk->arena, rows * sizeof(uint32_t));
    if (chunk->peer_start == NULL || chunk->peer_end == NULL || chunk->group == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < window->order_count; i++)
        mark_column(&chunk->columns[window->order[i].column], rows, starts);
    set_runs(starts, rows, chunk->peer_start, chunk->peer_end);
    for (uint32_t i = 0; i < rows; i++) {
        groups += starts[i];
        chunk->group[i] = groups - 1;
    }
    chunk->group_start = arena_alloc(chunk->arena, (groups + 1) * sizeof(uint32_t));
    if (chunk->group_start == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < rows; i++) {
        if (starts[i])
            chunk->group_start[chunk->group[i]] = i;
    }
    chunk->group_start[groups] = rows;
    return STATUS_OK;
}

Status
window_chunk_begin(WindowChunk *chunk, const RowBuilder *builder, uint32_t rows, const PlanWindow *window,
                   bool peers, Error *error)
{
    arena_reset(chunk->arena);
    chunk->builder = builder;
    chunk->rows = rows;
    for (uint32_t i = 0; i < chunk->column_count; i++)
        chunk->columns[i] = row_builder_column(builder, i);
    uint8_t *starts = arena_alloc_zero(chunk->arena, rows + 1);
    chunk->partition_start = arena_alloc(chunk->arena, rows * sizeof(uint32_t));
    chunk->partition_end = arena_alloc(chunk->arena, rows * sizeof(uint32_t));
    if (starts == NULL || chunk->partition_start == NULL || chunk->partition_end == NULL)
        return error_set_memory(error);
    starts[0] = 1;
    for (uint32_t i = 0; i < window->partition_count; i++)
        mark_column(&chunk->columns[window->partition[i]], rows, starts);
    set_runs(starts, rows, chunk->partition_start, chunk->partition_end);
    return peers ? find_peers(chunk, window, starts, error) : STATUS_OK;
}
