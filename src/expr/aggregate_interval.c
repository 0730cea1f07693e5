/* sum and avg of intervals: the three parts apart, in integers. */
#include "expr/aggregate_parts.h"
#include "expr/calendar.h"

#include <math.h>

typedef struct IntervalSum {
    int64_t months;
    int64_t days;
    uint64_t low; /* microseconds, 128 bits */
    int64_t high;
    int64_t count;
} IntervalSum;

static inline void
add_microseconds(IntervalSum *sum, Int128 value)
{
    const UInt128 total = ((UInt128)(uint64_t)sum->high << 64 | sum->low) + (UInt128)value;

    sum->low = (uint64_t)total;
    sum->high = (int64_t)(total >> 64);
}

static inline bool
add_interval(IntervalSum *sum, Interval value)
{
    sum->months += value.months;
    sum->days += value.days;
    add_microseconds(sum, value.microseconds);
    sum->count++;
    return true;
}

#define A_NAME                      interval_update
#define A_CTYPE                     Interval
#define A_STATE                     IntervalSum
#define A_ADD(state, value, update) add_interval(state, value)
#include "expr/aggregate_update_tmpl.h"

static bool
interval_result(const Type *arguments, Type *result)
{
    *result = arguments[0];
    return true;
}

static uint32_t
interval_partials(const Type *arguments, Type *partials)
{
    (void)arguments;
    partials[0] = type_of(TYPE_INT8);
    partials[1] = type_of(TYPE_INT8);
    partials[2] = type_of(TYPE_NUMERIC);
    partials[3] = type_of(TYPE_INT8);
    return 4;
}

static Status
interval_merge(AggregateUpdate *update)
{
    const Vector *columns = update->arguments;

    for (uint32_t i = 0; i < update->count; i++) {
        IntervalSum *sum = update_state(update, i);
        const uint32_t row = update_row(update, i);
        sum->months += partial_i64(&columns[0], row);
        sum->days += partial_i64(&columns[1], row);
        add_microseconds(sum, ((const Int128 *)vector_values(&columns[2]))[vector_index(&columns[2], row)]);
        sum->count += partial_i64(&columns[3], row);
    }
    return STATUS_OK;
}

static Status
interval_emit(AggregateOutput *output)
{
    void *columns[4];
    Type types[4];

    interval_partials(output->argument_types, types);
    for (uint32_t c = 0; c < 4; c++)
        TRY(output_column(output, c, types[c], &columns[c], NULL));
    for (uint32_t i = 0; i < output->count; i++) {
        const IntervalSum *sum = output_state(output, i);
        ((int64_t *)columns[0])[i] = sum->months;
        ((int64_t *)columns[1])[i] = sum->days;
        ((Int128 *)columns[2])[i] = (Int128)((UInt128)(uint64_t)sum->high << 64 | sum->low);
        ((int64_t *)columns[3])[i] = sum->count;
    }
    return STATUS_OK;
}

static bool
whole_interval(const IntervalSum *sum, Interval *value)
{
    const Int128 microseconds = (Int128)((UInt128)(uint64_t)sum->high << 64 | sum->low);

    *value = (Interval){(int64_t)microseconds, (int32_t)sum->days, (int32_t)sum->months};
    return value->months == sum->months && value->days == sum->days && value->microseconds == microseconds;
}

/* PostgreSQL's interval_div: what is left of months goes to days, what is left of days to the time. */
static void
divide_interval(Interval *value, double factor)
{
    const int32_t months = value->months;
    const int32_t days = value->days;

    value->months = (int32_t)((double)months / factor);
    value->days = (int32_t)((double)days / factor);
    double day_rest = ((double)months / factor - value->months) * 30;
    day_rest = rint(day_rest * 1e6) / 1e6;
    double second_rest = ((double)days / factor - value->days + day_rest - (int)day_rest) * 86400;
    second_rest = rint(second_rest * 1e6) / 1e6;
    if (fabs(second_rest) >= 86400) {
        value->days += (int)(second_rest / 86400);
        second_rest -= (int)(second_rest / 86400) * 86400;
    }
    value->days += (int32_t)day_rest;
    value->microseconds =
        (int64_t)rint((double)value->microseconds / factor + second_rest * (double)MICROSECONDS_SECOND);
}

static Status
interval_finish(AggregateOutput *output, bool divided)
{
    void *data;
    uint64_t *validity;

    TRY(output_column(output, 0, output->type, &data, &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        const IntervalSum *sum = output_state(output, i);
        Interval *value = &((Interval *)data)[i];
        if (!whole_interval(sum, value))
            return error_set(output->error, STATUS_DATETIME_OVERFLOW, "interval out of range");
        if (divided && sum->count > 0)
            divide_interval(value, (double)sum->count);
        bits_put(validity, i, sum->count > 0);
    }
    return STATUS_OK;
}

static Status
interval_finish_sum(AggregateOutput *output)
{
    return interval_finish(output, false);
}

static Status
interval_finish_avg(AggregateOutput *output)
{
    return interval_finish(output, true);
}

#define INTERVAL(name_, finish_, description_)                                                               \
    {                                                                                                        \
        .name = name_, .argument_count = 1, .arguments = {TYPE_INTERVAL}, .state_size = sizeof(IntervalSum), \
        .result_type = interval_result, .partial_types = interval_partials, .update = interval_update,       \
        .merge = interval_merge, .emit = interval_emit, .finish = finish_, .description = description_       \
    }

const Aggregate aggregates_interval[] = {
    INTERVAL("sum", interval_finish_sum, "the sum"),
    INTERVAL("avg", interval_finish_avg, "the average"),
};
const uint32_t aggregates_interval_count = sizeof aggregates_interval / sizeof aggregates_interval[0];
