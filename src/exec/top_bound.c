#include "exec/top_bound.h"

#include "base/kernels.h"

#include <string.h>

bool
top_bound_takes(Layout layout)
{
    return layout == LAYOUT_I32 || layout == LAYOUT_I64 || layout == LAYOUT_F64;
}

static inline uint64_t
integer_key(int64_t value)
{
    return (uint64_t)value ^ UINT64_C(1) << 63;
}

static inline uint64_t
double_key(double value)
{
    uint64_t bits;

    value += 0.0; /* -0 as 0 */
    memcpy(&bits, &value, sizeof bits);
    bits ^= (uint64_t)((int64_t)bits >> 63) | UINT64_C(1) << 63;
    return value != value ? UINT64_MAX : bits;
}

static inline __attribute__((always_inline)) uint64_t
value_key(Layout layout, const void *values, uint32_t index)
{
    switch (layout) {
    case LAYOUT_I32: return integer_key(((const int32_t *)values)[index]);
    case LAYOUT_I64: return integer_key(((const int64_t *)values)[index]);
    default: return double_key(((const double *)values)[index]);
    }
}

static uint64_t
key_at(const Vector *column, uint32_t row)
{
    return value_key(column->layout, vector_values(column), vector_index(column, row));
}

void
top_bound_lower(TopBound *bound, const SortKey *key, const Vector *column, uint32_t row)
{
    if (vector_is_null(column, row))
        return;
    const uint64_t ascending = key_at(column, row);
    const uint64_t value = key->descending ? ~ascending : ascending;
    uint64_t known = atomic_load_explicit(&bound->key, memory_order_relaxed);

    while (value < known && !atomic_compare_exchange_weak_explicit(
                                &bound->key, &known, value, memory_order_relaxed, memory_order_relaxed))
        continue;
}

static bool
first_key(const SortKey *key, Layout layout, const ColumnStatistics *statistics, uint64_t *first)
{
    const ColumnBound *best = key->descending ? &statistics->max : &statistics->min;

    if (!best->known || (key->descending && statistics->has_nan))
        return false;
    const uint64_t ascending =
        layout == LAYOUT_F64 ? double_key(best->real) : integer_key((int64_t)best->integer);
    *first = key->descending ? ~ascending : ascending;
    return true;
}

bool
top_bound_may_match(uint64_t bound, const SortKey *key, Layout layout, const ColumnStatistics *statistics)
{
    uint64_t first = 0;

    if (statistics == NULL || (key->nulls_first && statistics->nulls > 0))
        return true;
    return !first_key(key, layout, statistics, &first) || first <= bound;
}

/* Nearly always no row of a run counts, which wide compares tell. */
enum { RUN_ROWS = 64 };

static inline __attribute__((always_inline)) uint32_t
select_flat(Layout layout, const void *values, uint32_t count, uint64_t flip, uint64_t bound,
            uint32_t *selection)
{
    uint32_t selected = 0;

    for (uint32_t first = 0; first < count; first += RUN_ROWS) {
        const uint32_t end = count - first < RUN_ROWS ? count : first + RUN_ROWS;
        uint64_t any = 0;
        for (uint32_t i = first; i < end; i++)
            any |= (value_key(layout, values, i) ^ flip) <= bound;
        for (uint32_t i = first; any != 0 && i < end; i++) {
            selection[selected] = i;
            selected += (value_key(layout, values, i) ^ flip) <= bound;
        }
    }
    return selected;
}

KERNEL static uint32_t
select_doubles(const void *values, uint32_t count, uint64_t flip, uint64_t bound, uint32_t *selection)
{
    return select_flat(LAYOUT_F64, values, count, flip, bound, selection);
}

KERNEL static uint32_t
select_bigints(const void *values, uint32_t count, uint64_t flip, uint64_t bound, uint32_t *selection)
{
    return select_flat(LAYOUT_I64, values, count, flip, bound, selection);
}

KERNEL static uint32_t
select_integers(const void *values, uint32_t count, uint64_t flip, uint64_t bound, uint32_t *selection)
{
    return select_flat(LAYOUT_I32, values, count, flip, bound, selection);
}

uint32_t
top_bound_select(uint64_t bound, const SortKey *key, const Vector *column, const Batch *batch,
                 uint32_t *selection)
{
    const uint64_t flip = key->descending ? UINT64_MAX : 0;
    uint32_t count = 0;

    if (column->form == VECTOR_FLAT && column->validity == NULL && batch->selection == NULL) {
        if (column->layout == LAYOUT_F64)
            return select_doubles(column->data, batch->count, flip, bound, selection);
        if (column->layout == LAYOUT_I64)
            return select_bigints(column->data, batch->count, flip, bound, selection);
        return select_integers(column->data, batch->count, flip, bound, selection);
    }
    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t row = batch_row(batch, i);
        selection[count] = row;
        count += vector_is_null(column, row) ? key->nulls_first : (key_at(column, row) ^ flip) <= bound;
    }
    return count;
}
