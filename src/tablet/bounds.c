#include "tablet/bounds.h"

#include "tablet/format.h"

#include <math.h>

static bool
is_valid(const Vector *column, uint64_t row)
{
    return column->validity == NULL || bits_get(column->validity, row);
}

static Int128
integer_at(const Vector *column, uint64_t row)
{
    switch (column->layout) {
    case LAYOUT_BOOL: return ((const uint8_t *)column->data)[row];
    case LAYOUT_I32: return ((const int32_t *)column->data)[row];
    case LAYOUT_I64: return ((const int64_t *)column->data)[row];
    default: return ((const Int128 *)column->data)[row];
    }
}

static void
collect_integers(const Vector *column, uint64_t first, uint32_t rows, ColumnStatistics *statistics)
{
    ColumnBound *min = &statistics->min;
    ColumnBound *max = &statistics->max;

    for (uint64_t row = first; row < first + rows; row++) {
        if (!is_valid(column, row))
            continue;
        const Int128 value = integer_at(column, row);
        if (!min->known || value < min->integer)
            *min = (ColumnBound){.known = true, .exact = true, .integer = value};
        if (!max->known || value > max->integer)
            *max = (ColumnBound){.known = true, .exact = true, .integer = value};
    }
}

static void
collect_reals(const Vector *column, uint64_t first, uint32_t rows, ColumnStatistics *statistics)
{
    ColumnBound *min = &statistics->min;
    ColumnBound *max = &statistics->max;

    for (uint64_t row = first; row < first + rows; row++) {
        if (!is_valid(column, row))
            continue;
        const double value = ((const double *)column->data)[row];
        if (isnan(value)) {
            statistics->has_nan = true;
            continue;
        }
        if (!min->known || value < min->real)
            *min = (ColumnBound){.known = true, .exact = true, .real = value};
        if (!max->known || value > max->real)
            *max = (ColumnBound){.known = true, .exact = true, .real = value};
    }
}

/* A prefix of the least text is at most it; of the greatest, the prefix with its last byte raised is above
 * it. */
static Status
text_bound(const StringView *text, bool is_max, Arena *arena, ColumnBound *bound, Error *error)
{
    const uint32_t size = text->size <= TABLET_TEXT_BOUND_BYTES ? text->size : TABLET_TEXT_BOUND_BYTES;
    char *copy = arena_copy_bytes(arena, string_view_data(text), size);

    if (copy == NULL)
        return error_set_memory(error);
    *bound = (ColumnBound){.known = true, .exact = size == text->size, .text = {.data = copy, .size = size}};
    if (!is_max || bound->exact)
        return STATUS_OK;
    while (bound->text.size > 0 && (uint8_t)copy[bound->text.size - 1] == UINT8_MAX)
        bound->text.size--;
    if (bound->text.size == 0)
        bound->known = false;
    else
        copy[bound->text.size - 1]++;
    return STATUS_OK;
}

static Status
collect_texts(const Vector *column, uint64_t first, uint32_t rows, Arena *arena, ColumnStatistics *statistics,
              Error *error)
{
    const StringView *views = column->data;
    const StringView *min = NULL;
    const StringView *max = NULL;

    for (uint64_t row = first; row < first + rows; row++) {
        if (!is_valid(column, row))
            continue;
        if (min == NULL || string_view_compare(&views[row], min) < 0)
            min = &views[row];
        if (max == NULL || string_view_compare(&views[row], max) > 0)
            max = &views[row];
    }
    if (min == NULL)
        return STATUS_OK;
    TRY(text_bound(min, false, arena, &statistics->min, error));
    return text_bound(max, true, arena, &statistics->max, error);
}

Status
bounds_collect(const Vector *column, uint64_t first, uint32_t rows, Arena *arena,
               ColumnStatistics *statistics, Error *error)
{
    *statistics = (ColumnStatistics){.rows = rows};
    if (column->validity != NULL)
        statistics->nulls = rows - bits_count(column->validity + first / 64, rows);
    switch (column->layout) {
    case LAYOUT_BOOL:
    case LAYOUT_I32:
    case LAYOUT_I64:
    case LAYOUT_I128: collect_integers(column, first, rows, statistics); return STATUS_OK;
    case LAYOUT_F64: collect_reals(column, first, rows, statistics); return STATUS_OK;
    case LAYOUT_VIEW: return collect_texts(column, first, rows, arena, statistics, error);
    default: return STATUS_OK;
    }
}
