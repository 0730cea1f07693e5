/* Frames: offsets of rows and groups, and in RANGE distances from the order key's value. */
#include "expr/numeric.h"
#include "expr/program.h"
#include "sql/bind.h"

#include <math.h>
#include <string.h>

static const char *const mode_names[FRAME_MODE_COUNT] = {"ROWS", "RANGE", "GROUPS"};

static bool
is_offset(FrameBoundKind kind)
{
    return kind == FRAME_PRECEDING || kind == FRAME_FOLLOWING;
}

/* The type that distances from a key of that type have; UNKNOWN where there is none. */
static Type
distance_type(Type key)
{
    switch (key.id) {
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8: return type_of(TYPE_INT8);
    case TYPE_FLOAT4:
    case TYPE_FLOAT8: return type_of(TYPE_FLOAT8);
    case TYPE_NUMERIC: return key;
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
    case TYPE_INTERVAL: return type_of(TYPE_INTERVAL);
    default: return type_of(TYPE_UNKNOWN);
    }
}

static Status
raise_distance(Binder *binder, Type key, const Expr *offset)
{
    if (distance_type(key).id == TYPE_UNKNOWN)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, bind_start(offset),
                            "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s",
                            bind_type_name(binder, key));
    error_set_at(
        binder->error, STATUS_NOT_SUPPORTED, bind_start(offset),
        "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s and offset type %s",
        bind_type_name(binder, key), bind_type_name(binder, offset->type));
    return error_hint(binder->error, "Cast the offset value to an appropriate type.");
}

/* A distance at the key's scale: what rows a finer one lets in, `up` tells which way to round. */
static Expr *
scaled_distance(Binder *binder, const Expr *distance, Type key, bool up)
{
    Int128 value = numeric_load(type_layout(distance->type), distance->value, 0);
    const int down = distance->type.scale - key.scale;
    const Type wide = type_numeric(NUMERIC_DIGITS_MAX, key.scale);

    if (down > 0) {
        const Int128 power = numeric_power10(down);
        value = value / power + (up && value % power > 0);
    } else if (!numeric_rescale(value, distance->type.scale, key.scale, &value)) {
        value = numeric_power10(NUMERIC_DIGITS_MAX) - 1; /* beyond every value */
    }
    Expr *scaled = expr_constant(binder->arena, wide, &value);
    scaled->position = distance->position;
    return scaled;
}

static bool
is_negative(const Expr *distance, Type key)
{
    switch (type_layout(distance->type)) {
    case LAYOUT_I64: return *(const int64_t *)distance->value < 0;
    case LAYOUT_I128: return *(const Int128 *)distance->value < 0;
    case LAYOUT_F64: return !(*(const double *)distance->value >= 0);
    case LAYOUT_INTERVAL:
        if (key.id == TYPE_TIME)
            return ((const Interval *)distance->value)->microseconds < 0;
        return interval_order(distance->value) < 0;
    default: return false;
    }
}

static Status
bind_distance(Binder *binder, const BoundWindow *window, Expr *offset, bool up, FrameBound *bound)
{
    const Type key = window->order[0].expr->type;
    const Type wanted = distance_type(key);
    bool needed;
    Type target = wanted;

    if (wanted.id == TYPE_UNKNOWN)
        return raise_distance(binder, key, offset);
    if (wanted.id == TYPE_NUMERIC && offset->type.id == TYPE_NUMERIC)
        target = offset->type;
    else if (wanted.id == TYPE_NUMERIC)
        target = type_numeric(NUMERIC_DIGITS_MAX, bind_is_unknown(offset) ? wanted.scale : 0);
    if (!bind_is_unknown(offset) && function_find_cast(offset->type, target, CAST_IMPLICIT, &needed) == NULL)
        return raise_distance(binder, key, offset);
    TRY(bind_coerce(binder, offset, target, CAST_IMPLICIT, &offset));
    TRY(program_fold(binder->arena, offset, binder->context->session, &offset, binder->error));
    if (is_negative(offset, key))
        return error_set_at(binder->error, STATUS_FRAME_OFFSET, offset->position,
                            "invalid preceding or following size in window function");
    bound->distance = wanted.id == TYPE_NUMERIC ? scaled_distance(binder, offset, key, up) : offset;
    return STATUS_OK;
}

static Status
bind_count(Binder *binder, FrameMode mode, Expr *offset, const char *which, FrameBound *bound)
{
    bool needed;

    if (!bind_is_unknown(offset) &&
        function_find_cast(offset->type, type_of(TYPE_INT8), CAST_ASSIGNMENT, &needed) == NULL)
        return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, bind_start(offset),
                            "argument of %s must be type bigint, not type %s", mode_names[mode],
                            bind_type_name(binder, offset->type));
    TRY(bind_coerce(binder, offset, type_of(TYPE_INT8), CAST_ASSIGNMENT, &offset));
    TRY(program_fold(binder->arena, offset, binder->context->session, &offset, binder->error));
    memcpy(&bound->offset, offset->value, sizeof bound->offset);
    if (bound->offset < 0)
        return error_set_at(binder->error, STATUS_FRAME_OFFSET, offset->position,
                            "frame %s offset must not be negative", which);
    return STATUS_OK;
}

static Status
bind_bound(Binder *binder, const AstWindow *ast, const BoundWindow *window, bool at_start, FrameBound *bound)
{
    const AstFrameBound *written = at_start ? &ast->start : &ast->end;
    const char *which = at_start ? "starting" : "ending";
    const ExprPlace place = {.clause = arena_format(binder->arena, "window %s", mode_names[ast->mode])};
    int32_t position;
    Expr *offset;

    bound->kind = written->kind;
    if (!is_offset(written->kind))
        return STATUS_OK;
    if (ast_refers_to_column(written->offset, &position))
        return error_set_at(binder->error, STATUS_INVALID_COLUMN_REFERENCE, position,
                            "argument of %s must not contain variables", mode_names[ast->mode]);
    TRY(bind_expr(binder, &place, written->offset, &offset));
    if (!bind_is_unknown(offset))
        TRY(bind_at(binder,
                    program_fold(binder->arena, offset, binder->context->session, &offset, binder->error),
                    written->offset->position));
    if (offset->value == NULL)
        return error_set_at(binder->error, STATUS_NULL_NOT_ALLOWED, written->offset->position,
                            "frame %s offset must not be null", which);
    if (ast->mode != FRAME_RANGE)
        return bind_count(binder, ast->mode, offset, which, bound);
    /* before the current row a start that is finer than the key lets in no more, an end no less */
    return bind_distance(binder, window, offset, at_start == (written->kind == FRAME_FOLLOWING), bound);
}

Status
bind_frame(Binder *binder, const AstWindow *ast, BoundWindow *window)
{
    const bool by_offset = is_offset(ast->start.kind) || is_offset(ast->end.kind);

    if (ast->mode == FRAME_RANGE && by_offset && window->order_count != 1)
        return error_set_at(binder->error, STATUS_WINDOWING, ast->position,
                            "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column");
    if (ast->mode == FRAME_GROUPS && window->order_count == 0)
        return error_set_at(binder->error, STATUS_WINDOWING, ast->position,
                            "GROUPS mode requires an ORDER BY clause");
    window->frame.mode = ast->mode;
    window->frame.exclusion = ast->exclusion;
    TRY(bind_bound(binder, ast, window, true, &window->frame.start));
    return bind_bound(binder, ast, window, false, &window->frame.end);
}
