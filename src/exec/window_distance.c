/* RANGE frames that begin or end at a distance from the key's value: PostgreSQL's in_range functions.
 *
 * Bounds only move forward from row to row of a partition, so that each row is tested about once. */
#include "exec/window_frame.h"
#include "expr/datetime.h"
#include "expr/numeric.h"

#include <math.h>

/* The value that a frame reaches to, as the key's values are compared. */
typedef struct Limit {
    Int128 whole;
    double real;
    bool always; /* doubles: every value is within */
    bool is_nan;
} Limit;

/* How to get from a row's value to its limit and from there to the rows within. */
typedef struct Reach {
    const Vector *key;
    const Expr *distance;
    const TimeZone *zone;
    bool subtract;
    bool at_most; /* rows within are not above the limit; else not below */
    bool nulls_first;
} Reach;

static Int128
saturated(Int128 base, Int128 distance, bool subtract)
{
    const Int128 greatest = (Int128)(~(UInt128)0 >> 1);
    Int128 sum;

    if (subtract ? __builtin_sub_overflow(base, distance, &sum)
                 : __builtin_add_overflow(base, distance, &sum))
        return subtract ? -greatest - 1 : greatest;
    return sum;
}

/* A date or timestamp as a timestamp. */
static Status
timestamp_at(const Vector *key, uint32_t row, int64_t *timestamp, Error *error)
{
    if (key->type.id != TYPE_DATE) {
        *timestamp = ((const int64_t *)key->data)[row];
        return STATUS_OK;
    }
    const int32_t days = ((const int32_t *)key->data)[row];
    if (days == DATE_INFINITY || days == DATE_MINUS_INFINITY) {
        *timestamp = days == DATE_INFINITY ? TIMESTAMP_INFINITY : TIMESTAMP_MINUS_INFINITY;
        return STATUS_OK;
    }
    return datetime_from_date(days, timestamp, error);
}

static Status
timestamp_limit(const Reach *reach, uint32_t row, Limit *limit, Error *error)
{
    Interval distance = *(const Interval *)reach->distance->value;
    int64_t base;
    int64_t sum;

    TRY(timestamp_at(reach->key, row, &base, error));
    sum = base;
    if (reach->subtract)
        TRY(datetime_interval_negate(&distance, &distance, error));
    if (timestamp_is_finite(base))
        TRY(datetime_add(base, &distance, reach->key->type.id == TYPE_TIMESTAMPTZ ? reach->zone : NULL, &sum,
                         error));
    limit->whole = sum;
    return STATUS_OK;
}

static void
real_limit(const Reach *reach, uint32_t row, Limit *limit)
{
    const double base = ((const double *)reach->key->data)[row];
    const double distance = *(const double *)reach->distance->value;

    limit->is_nan = isnan(base);
    limit->always = isinf(distance) && isinf(base) && (reach->subtract ? base > 0 : base < 0);
    limit->real = reach->subtract ? base - distance : base + distance;
}

static Status
find_limit(const Reach *reach, uint32_t row, Limit *limit, Error *error)
{
    const Vector *key = reach->key;
    const void *distance = reach->distance->value;

    switch (key->type.id) {
    case TYPE_DATE:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ: return timestamp_limit(reach, row, limit, error);
    case TYPE_FLOAT4:
    case TYPE_FLOAT8: real_limit(reach, row, limit); return STATUS_OK;
    case TYPE_INTERVAL:
        limit->whole = saturated(interval_order(&((const Interval *)key->data)[row]),
                                 interval_order(distance), reach->subtract);
        return STATUS_OK;
    case TYPE_TIME:
        limit->whole = saturated(((const int64_t *)key->data)[row],
                                 ((const Interval *)distance)->microseconds, reach->subtract);
        return STATUS_OK;
    case TYPE_NUMERIC:
        limit->whole =
            saturated(numeric_load(key->layout, key->data, row), *(const Int128 *)distance, reach->subtract);
        return STATUS_OK;
    default:
        limit->whole = saturated(key->layout == LAYOUT_I32 ? ((const int32_t *)key->data)[row]
                                                           : ((const int64_t *)key->data)[row],
                                 *(const int64_t *)distance, reach->subtract);
        return STATUS_OK;
    }
}

static Status
whole_at(const Vector *key, uint32_t row, Int128 *whole, Error *error)
{
    int64_t timestamp;

    if (key->type.id == TYPE_DATE) {
        TRY(timestamp_at(key, row, &timestamp, error));
        *whole = timestamp;
    } else if (key->layout == LAYOUT_INTERVAL) {
        *whole = interval_order(&((const Interval *)key->data)[row]);
    } else if (key->layout == LAYOUT_I32) {
        *whole = ((const int32_t *)key->data)[row];
    } else {
        *whole = numeric_load(key->layout, key->data, row);
    }
    return STATUS_OK;
}

static bool
real_is_within(const Reach *reach, const Limit *limit, uint32_t row)
{
    const double value = ((const double *)reach->key->data)[row];

    if (isnan(value))
        return limit->is_nan || !reach->at_most;
    if (limit->is_nan)
        return reach->at_most;
    return limit->always || (reach->at_most ? value <= limit->real : value >= limit->real);
}

static Status
is_within(const Reach *reach, const Limit *limit, uint32_t row, bool *within, Error *error)
{
    Int128 value;

    if (reach->key->layout == LAYOUT_F64) {
        *within = real_is_within(reach, limit, row);
        return STATUS_OK;
    }
    TRY(whole_at(reach->key, row, &value, error));
    *within = reach->at_most ? value <= limit->whole : value >= limit->whole;
    return STATUS_OK;
}

static Reach
reach_of(const FrameCursor *cursor, const WindowChunk *chunk, const FrameBound *bound, bool at_end)
{
    const bool turned = cursor->key->descending;

    return (Reach){.key = &chunk->columns[cursor->key->column],
                   .distance = bound->distance,
                   .zone = cursor->zone,
                   .subtract = (bound->kind == FRAME_PRECEDING) != turned,
                   .at_most = at_end != turned,
                   .nulls_first = cursor->key->nulls_first};
}

/* Whether a frame that begins at the limit of `row` begins after `head`, one of both being NULL. */
static bool
null_is_before(const Reach *reach, uint32_t head, uint32_t row)
{
    const bool null_head = vector_is_null(reach->key, head);
    const bool null_row = vector_is_null(reach->key, row);

    return reach->nulls_first ? null_head && !null_row : !null_head && null_row;
}

/* Whether a frame that ends at the limit of `row` goes on with `tail`, one of both being NULL. */
static bool
null_is_within(const Reach *reach, uint32_t tail, uint32_t row)
{
    return vector_is_null(reach->key, reach->nulls_first ? tail : row);
}

/* Move the bound on while rows are before the frame (start) or in it (end). */
static Status
advance(const Reach *reach, bool at_end, uint32_t row, uint32_t partition_end, uint32_t *at, Error *error)
{
    const bool null_row = vector_is_null(reach->key, row);
    Limit limit = {0};

    if (*at < partition_end && !null_row)
        TRY(find_limit(reach, row, &limit, error));
    for (; *at < partition_end; ++*at) {
        bool within;
        if (null_row || vector_is_null(reach->key, *at))
            within = at_end ? null_is_within(reach, *at, row) : !null_is_before(reach, *at, row);
        else
            TRY(is_within(reach, &limit, *at, &within, error));
        if (within != at_end)
            return STATUS_OK;
    }
    return STATUS_OK;
}

Status
frame_distance_starts(FrameCursor *cursor, const WindowChunk *chunk, uint32_t first, uint32_t count,
                      Error *error)
{
    const Reach reach = reach_of(cursor, chunk, &cursor->frame->start, false);

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = first + i;
        if (chunk->partition_start[row] == row)
            cursor->head = row;
        TRY(advance(&reach, false, row, chunk->partition_end[row], &cursor->head, error));
        cursor->start[i] = cursor->head;
    }
    return STATUS_OK;
}

Status
frame_distance_ends(FrameCursor *cursor, const WindowChunk *chunk, uint32_t first, uint32_t count,
                    Error *error)
{
    const Reach reach = reach_of(cursor, chunk, &cursor->frame->end, true);

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = first + i;
        if (chunk->partition_start[row] == row)
            cursor->tail = row;
        TRY(advance(&reach, true, row, chunk->partition_end[row], &cursor->tail, error));
        cursor->end[i] = cursor->tail;
    }
    return STATUS_OK;
}
