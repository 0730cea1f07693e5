#include "frame.h"

#include "expr/function.h"

#include <math.h>

/* ---- RANGE: a value against another one moved by a distance ---- */

static Int128
number_of(const Value *value)
{
    switch (value->layout) {
    case LAYOUT_I32: return *(const int32_t *)value->data;
    case LAYOUT_I64: return *(const int64_t *)value->data;
    default: return *(const Int128 *)value->data;
    }
}

static int
order_of(Int128 a, Int128 b)
{
    return (a > b) - (a < b);
}

/* PostgreSQL's in_range(double precision): NaN is above all, and infinitely far from infinity is everything.
 */
static int
compare_moved_doubles(double value, double base, double distance, bool minus)
{
    if (isnan(value) || isnan(base))
        return isnan(value) - isnan(base);
    if (isinf(distance) && isinf(base) && (minus ? base > 0 : base < 0))
        return minus ? 1 : -1;
    const double moved = minus ? base - distance : base + distance;
    return (value > moved) - (value < moved);
}

static Expr *
constant_of(Arena *arena, const Value *value)
{
    return expr_constant(arena, value->type, value->data);
}

static Status
apply(Evaluator *evaluator, const char *name, Expr *left, Expr *right, Expr **result)
{
    Expr *arguments[] = {left, right};
    Type types[] = {left->type, right->type};
    const Function *function;
    Type type;

    TRY(function_resolve(name, 2, types, &function, &type, evaluator->error));
    Expr *call = expr_call(evaluator->arena, function, type, 2, arguments);
    return program_fold(evaluator->arena, call, evaluator->session, result, evaluator->error);
}

static Status
cast_constant(Evaluator *evaluator, Expr *from, TypeId to, Expr **result)
{
    bool needed;
    const Function *cast = function_find_cast(from->type, type_of(to), CAST_EXPLICIT, &needed);
    Expr *call = needed ? expr_call(evaluator->arena, cast, type_of(to), 1, &from) : from;

    return program_fold(evaluator->arena, call, evaluator->session, result, evaluator->error);
}

/* Dates move as timestamps do; a time stops at the ends of its day. */
static Status
compare_moved_times(Evaluator *evaluator, const Value *value, const Value *base, const Expr *distance,
                    bool minus, int *order)
{
    const TypeId id = value->type.id;
    Expr *sides[2] = {constant_of(evaluator->arena, value), constant_of(evaluator->arena, base)};
    Expr *moved;

    if (id == TYPE_TIME) {
        const int64_t step = ((const Interval *)distance->value)->microseconds;
        *order = order_of(number_of(value), number_of(base) + (minus ? -(Int128)step : step));
        return STATUS_OK;
    }
    for (int i = 0; id == TYPE_DATE && i < 2; i++)
        TRY(cast_constant(evaluator, sides[i], TYPE_TIMESTAMP, &sides[i]));
    TRY(apply(evaluator, minus ? "-" : "+", sides[1], (Expr *)distance, &moved));
    const Value a = vector_constant(evaluator->arena, sides[0]->type, sides[0]->value);
    const Value b = vector_constant(evaluator->arena, moved->type, moved->value);
    *order = vector_compare(&a, 0, &b, 0);
    return STATUS_OK;
}

/* How `value` compares to `base` moved by the distance. */
static Status
compare_moved(Evaluator *evaluator, const Value *value, const Value *base, const Expr *distance, bool minus,
              int *order)
{
    const Value by = vector_constant(evaluator->arena, distance->type, distance->value);

    if (value->layout == LAYOUT_F64)
        *order = compare_moved_doubles(*(const double *)value->data, *(const double *)base->data,
                                       *(const double *)by.data, minus);
    else if (distance->type.id == TYPE_INTERVAL)
        return compare_moved_times(evaluator, value, base, distance, minus, order);
    else
        *order = order_of(number_of(value), number_of(base) + (minus ? -number_of(&by) : number_of(&by)));
    return STATUS_OK;
}

/* How the row stands to the bound: negative before it. */
static Status
compare_range(const Partition *partition, const FrameBound *bound, uint32_t current, uint32_t row, int *order)
{
    const SortKey *key = &partition->window->order[0];
    const Value *base = &partition->rows.items[current][key->column];
    const Value *value = &partition->rows.items[row][key->column];
    const bool preceding = bound->kind == FRAME_PRECEDING;

    if (value_is_null(base) || value_is_null(value)) {
        *order = value_compare(value, base, key->descending, key->nulls_first);
        return STATUS_OK;
    }
    TRY(compare_moved(partition->evaluator, value, base, bound->distance, preceding != key->descending,
                      order));
    *order = key->descending ? -*order : *order;
    return STATUS_OK;
}

/* ---- bounds ---- */

/* How the row stands to a bound of the frame: negative before it, positive behind. */
static Status
compare_bound(const Partition *partition, FrameMode mode, const FrameBound *bound, uint32_t current,
              uint32_t row, int *order)
{
    const bool by_row = mode == FRAME_ROWS;
    const Int128 at = by_row ? row : partition->groups[row];
    const Int128 here = by_row ? current : partition->groups[current];

    switch (bound->kind) {
    case FRAME_UNBOUNDED_PRECEDING: *order = 1; return STATUS_OK;
    case FRAME_UNBOUNDED_FOLLOWING: *order = -1; return STATUS_OK;
    case FRAME_CURRENT_ROW: *order = order_of(at, here); return STATUS_OK;
    default: break;
    }
    if (mode == FRAME_RANGE)
        return compare_range(partition, bound, current, row, order);
    *order = order_of(at, here + (bound->kind == FRAME_PRECEDING ? -(Int128)bound->offset : bound->offset));
    return STATUS_OK;
}

static bool
is_excluded(const Partition *partition, FrameExclusion exclusion, uint32_t current, uint32_t row)
{
    const bool peer = partition->groups[row] == partition->groups[current];

    switch (exclusion) {
    case FRAME_EXCLUDE_CURRENT_ROW: return row == current;
    case FRAME_EXCLUDE_GROUP: return peer;
    case FRAME_EXCLUDE_TIES: return peer && row != current;
    default: return false;
    }
}

Status
frame_has(const Partition *partition, const WindowFrame *frame, uint32_t current, uint32_t row, bool *in)
{
    int start;
    int end;

    TRY(evaluator_step(partition->evaluator));
    TRY(compare_bound(partition, frame->mode, &frame->start, current, row, &start));
    TRY(compare_bound(partition, frame->mode, &frame->end, current, row, &end));
    *in = start >= 0 && end <= 0 && !is_excluded(partition, frame->exclusion, current, row);
    return STATUS_OK;
}
