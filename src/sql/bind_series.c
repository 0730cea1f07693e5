/* generate_series(start, stop[, step]) in FROM.
 *
 * A short series is VALUES. A long one counts rows (PlanValues.counted), which a PROJECT turns into values,
 * so that neither plan nor memory grows with it. Arguments are constants: rows of other tables are LATERAL.
 */
#include "expr/datetime.h"
#include "expr/numeric.h"
#include "expr/program.h"
#include "sql/bind.h"

#include <string.h>

enum { SHORT_SERIES = 1000, TIMES_MOST = 100000 };

typedef struct Series {
    Type type;
    Expr *start;
    Expr *stop;
    Expr *step;
    int32_t position;
} Series;

static Status
undefined(Binder *binder, const AstExpr *call)
{
    error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, call->position,
                 "function generate_series does not exist for these arguments");
    return error_hint(binder->error, "It takes two numbers and a step, or two timestamps and an interval.");
}

/* The type of the series by its first two arguments, as PostgreSQL resolves the call. */
static bool
series_type(const Type *types, uint32_t count, TypeId *id)
{
    *id = TYPE_UNKNOWN;
    for (uint32_t i = 0; i < count; i++) {
        switch (types[i].id) {
        case TYPE_UNKNOWN: break;
        case TYPE_INT2:
        case TYPE_INT4: *id = *id == TYPE_UNKNOWN ? TYPE_INT4 : *id; break;
        case TYPE_INT8: *id = *id == TYPE_NUMERIC ? *id : TYPE_INT8; break;
        case TYPE_NUMERIC: *id = TYPE_NUMERIC; break;
        case TYPE_DATE:
        case TYPE_TIMESTAMPTZ: *id = TYPE_TIMESTAMPTZ; break;
        case TYPE_TIMESTAMP: *id = *id == TYPE_TIMESTAMPTZ ? *id : TYPE_TIMESTAMP; break;
        default: return false;
        }
    }
    if (*id == TYPE_UNKNOWN)
        *id = TYPE_INT4;
    return true;
}

static Status
fold(Binder *binder, Expr *expr, Type type, Expr **constant)
{
    const int32_t position = expr->position;

    TRY(bind_coerce(binder, expr, type, CAST_IMPLICIT, &expr));
    TRY(bind_at(binder, program_fold(binder->arena, expr, binder->context->session, constant, binder->error),
                position));
    (*constant)->position = position;
    return STATUS_OK;
}

static uint8_t
larger(uint8_t a, uint8_t b)
{
    return a > b ? a : b;
}

static Status
bind_arguments(Binder *binder, const AstExpr *call, Series *series)
{
    const ExprPlace place = {.clause = "functions in FROM"};
    Expr *arguments[3];
    Type types[3];
    TypeId id;

    if (call->count < 2 || call->count > 3)
        return undefined(binder, call);
    for (uint32_t i = 0; i < call->count; i++) {
        TRY(bind_expr(binder, &place, call->arguments[i], &arguments[i]));
        types[i] = arguments[i]->type;
    }
    const bool interval = call->count == 3 && types[2].id == TYPE_INTERVAL;
    if (!series_type(types, interval ? 2 : call->count, &id))
        return undefined(binder, call);
    const bool times = id == TYPE_TIMESTAMP || id == TYPE_TIMESTAMPTZ;
    if (interval ? !times && types[0].id != TYPE_UNKNOWN
                 : times && (call->count == 2 || types[2].id != TYPE_UNKNOWN))
        return undefined(binder, call);
    if (interval && !times)
        id = TYPE_TIMESTAMPTZ;
    *series = (Series){.type = type_of(id), .position = call->position};
    if (id == TYPE_NUMERIC) {
        uint8_t scale = 0;
        for (uint32_t i = 0; i < call->count; i++)
            scale = larger(scale, types[i].id == TYPE_NUMERIC ? types[i].scale : 0);
        series->type = type_numeric(NUMERIC_DIGITS_MAX, scale);
    }
    TRY(fold(binder, arguments[0], series->type, &series->start));
    TRY(fold(binder, arguments[1], series->type, &series->stop));
    if (call->count == 3)
        return fold(binder, arguments[2], interval || times ? type_of(TYPE_INTERVAL) : series->type,
                    &series->step);
    return fold(binder, bind_integer(binder, 1, call->position), series->type, &series->step);
}

static Int128
number_of(const Expr *constant)
{
    switch (type_layout(constant->type)) {
    case LAYOUT_I32: return *(const int32_t *)constant->value;
    case LAYOUT_I64: return *(const int64_t *)constant->value;
    default: return *(const Int128 *)constant->value;
    }
}

static Status
zero_step(Binder *binder, const Series *series)
{
    return error_set_at(binder->error, STATUS_INVALID_PARAMETER, series->position,
                        "step size cannot equal zero");
}

/* How many values from start to stop; 0 where they lie the other way. */
static uint64_t
count_steps(Int128 start, Int128 stop, Int128 step)
{
    if (step > 0 ? stop < start : stop > start)
        return 0;
    const UInt128 distance = step > 0 ? (UInt128)stop - (UInt128)start : (UInt128)start - (UInt128)stop;
    const UInt128 count = distance / (step > 0 ? (UInt128)step : -(UInt128)step) + 1;
    return count > INT64_MAX ? INT64_MAX : (uint64_t)count;
}

static Expr *
number_value(Binder *binder, Type type, Int128 value)
{
    const int32_t narrow = (int32_t)value;
    const int64_t wide = (int64_t)value;
    const void *bytes = &value;

    if (type_layout(type) == LAYOUT_I32)
        bytes = &narrow;
    else if (type_layout(type) == LAYOUT_I64)
        bytes = &wide;
    return expr_constant(binder->arena, type, bytes);
}

static PlanNode *
values_node(Binder *binder, Type type, uint64_t count, Expr **values, const char *name)
{
    PlanColumn *column = ARENA_NEW(binder->arena, PlanColumn);
    Expr ***rows = ARENA_ARRAY(binder->arena, Expr **, count + 1);

    *column = (PlanColumn){name, type};
    for (uint64_t i = 0; i < count; i++) {
        rows[i] = ARENA_ARRAY(binder->arena, Expr *, 1);
        rows[i][0] = values[i];
    }
    PlanNode *node = plan_node_new(binder->arena, PLAN_VALUES, 1, column, 0, NULL);
    node->values = (PlanValues){.row_count = (uint32_t)count, .rows = rows};
    return node;
}

/* Rows 0, 1, 2 … as a bigint. */
static PlanNode *
counted_node(Binder *binder, uint64_t count, const char *name)
{
    const int64_t zero = 0;
    Expr *first = expr_constant(binder->arena, type_of(TYPE_INT8), &zero);
    PlanNode *node = values_node(binder, type_of(TYPE_INT8), 1, &first, name);

    node->values.counted = count;
    return node;
}

/* start + number * step, of the type that all three are given. */
static Status
project_steps(Binder *binder, const Series *series, Type type, Expr *start, Expr *factor, Expr *step,
              PlanNode **node)
{
    const char **names = ARENA_ARRAY(binder->arena, const char *, 1);
    Expr **values = ARENA_ARRAY(binder->arena, Expr *, 1);
    Expr *operands[2] = {factor, step};
    Expr *value;

    TRY(bind_operator(binder, "*", series->position, 2, operands, &value));
    operands[0] = start;
    operands[1] = value;
    TRY(bind_operator(binder, "+", series->position, 2, operands, &value));
    TRY(bind_coerce(binder, value, type, CAST_EXPLICIT, &value));
    names[0] = (*node)->columns[0].name;
    values[0] = value;
    *node = bind_project_node(binder, *node, 1, values, names);
    return STATUS_OK;
}

static Status
number_series(Binder *binder, const Series *series, const char *name, PlanNode **node)
{
    const Int128 start = number_of(series->start);
    const Int128 step = number_of(series->step);

    if (step == 0)
        return zero_step(binder, series);
    const uint64_t count = count_steps(start, number_of(series->stop), step);
    if (count <= SHORT_SERIES) {
        Expr *values[SHORT_SERIES];
        for (uint64_t i = 0; i < count; i++)
            values[i] = number_value(binder, series->type, start + (Int128)i * step);
        *node = values_node(binder, series->type, count, values, name);
        return STATUS_OK;
    }
    const Type wide = series->type.id == TYPE_NUMERIC ? series->type : type_of(TYPE_INT8);
    Expr *first;
    Expr *distance;
    *node = counted_node(binder, count, name);
    TRY(bind_coerce(binder, series->start, wide, CAST_EXPLICIT, &first));
    TRY(bind_coerce(binder, series->step, wide, CAST_EXPLICIT, &distance));
    if (wide.id == TYPE_NUMERIC) /* of few digits, so that the product has room */
        TRY(bind_coerce(binder, distance, type_numeric(NUMERIC_DIGITS_MAX - 19, wide.scale), CAST_EXPLICIT,
                        &distance));
    return project_steps(binder, series, series->type, first,
                         expr_column(binder->arena, type_of(TYPE_INT8), 0), distance, node);
}

static int64_t
time_of(const Expr *constant)
{
    return *(const int64_t *)constant->value;
}

/* One by one, as PostgreSQL adds: the day of a month is clamped for good. *count is TIMES_MOST + 1 where
 * there are more than that. */
static Status
list_times(Binder *binder, const Series *series, bool ascending, Expr **values, uint32_t *count)
{
    const Interval *step = series->step->value;
    const TimeZone *zone =
        series->type.id == TYPE_TIMESTAMPTZ ? datetime_zone(binder->context->session) : NULL;
    const int64_t stop = time_of(series->stop);
    int64_t time = time_of(series->start);

    for (*count = 0; ascending ? time <= stop : time >= stop;) {
        if (*count == TIMES_MOST) {
            ++*count;
            return STATUS_OK;
        }
        values[(*count)++] = expr_constant(binder->arena, series->type, &time);
        const int64_t before = time;
        TRY(bind_at(binder, datetime_add(time, step, zone, &time, binder->error), series->position));
        if (time == before) /* infinite: it would not end */
            break;
    }
    return STATUS_OK;
}

static Status
time_series(Binder *binder, const Series *series, const char *name, PlanNode **node)
{
    const Interval *step = series->step->value;
    const Int128 order = interval_order(step);
    Expr **values;
    uint32_t count;

    if (order == 0)
        return zero_step(binder, series);
    if (!timestamp_is_finite(time_of(series->start)) || !timestamp_is_finite(time_of(series->stop)))
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, series->position,
                            "not supported yet: generate_series to infinity");
    const int64_t micros = step->days * MICROSECONDS_DAY + step->microseconds;
    const bool even = step->months == 0 && (step->days == 0 || series->type.id == TYPE_TIMESTAMP ||
                                            datetime_zone(binder->context->session) == NULL);
    const uint64_t steps =
        even ? count_steps(time_of(series->start), time_of(series->stop), micros) : TIMES_MOST;
    if (steps <= SHORT_SERIES || !even) {
        values = ARENA_ARRAY(binder->arena, Expr *, TIMES_MOST + 1);
        TRY(list_times(binder, series, order > 0, values, &count));
        if (count > TIMES_MOST)
            return error_set_at(binder->error, STATUS_LIMIT_EXCEEDED, series->position,
                                "generate_series by months or days has more than %d values", (int)TIMES_MOST);
        *node = values_node(binder, series->type, count, values, name);
        return STATUS_OK;
    }
    const Interval flat = {.microseconds = micros};
    Expr *factor;
    *node = counted_node(binder, steps, name);
    TRY(bind_coerce(binder, expr_column(binder->arena, type_of(TYPE_INT8), 0), type_of(TYPE_FLOAT8),
                    CAST_EXPLICIT, &factor));
    return project_steps(binder, series, series->type, series->start, factor,
                         expr_constant(binder->arena, type_of(TYPE_INTERVAL), &flat), node);
}

Status
bind_series(Binder *binder, const AstExpr *call, const char *name, PlanNode **node)
{
    Series series;

    TRY(bind_arguments(binder, call, &series));
    if (series.start->value == NULL || series.stop->value == NULL || series.step->value == NULL) {
        *node = values_node(binder, series.type, 0, NULL, name);
        return STATUS_OK;
    }
    if (series.type.id == TYPE_TIMESTAMP || series.type.id == TYPE_TIMESTAMPTZ)
        return time_series(binder, &series, name, node);
    return number_series(binder, &series, name, node);
}
