/* generate_series() of a row as an array, for where its bounds come from rows. */
#include "expr/array_kernel.h"
#include "expr/datetime.h"

enum { SERIES_MOST = 1 << 24 };

static Status
raise_zero_step(Error *error)
{
    return error_set(error, STATUS_INVALID_PARAMETER, "step size cannot equal zero");
}

static Status
raise_long_series(Error *error)
{
    return error_set(error, STATUS_LIMIT_EXCEEDED, "generate_series of a row has more than %d values",
                     (int)SERIES_MOST);
}

/* All values of generate_series() for a row; they are an array here. */
static Status
append_series(KernelCall *call, Int128 from, Int128 to, Int128 step, ListBuilder *out)
{
    if (step == 0)
        return raise_zero_step(call->error);
    if ((step > 0 ? to - from : from - to) / (step > 0 ? step : -step) > SERIES_MOST)
        return raise_long_series(call->error);
    for (Int128 value = from; step > 0 ? value <= to : value >= to; value += step) {
        const int64_t wide = (int64_t)value;
        const int32_t narrow = (int32_t)value;
        const void *element = out->vector.layout == LAYOUT_I32   ? (const void *)&narrow
                              : out->vector.layout == LAYOUT_I64 ? (const void *)&wide
                                                                 : (const void *)&value;
        TRY(list_builder_append_value(out, element, call->error));
    }
    return STATUS_OK;
}

static Status
series_i32_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    return append_series(call, ROW_ARGUMENT(call, 0, int32_t, row), ROW_ARGUMENT(call, 1, int32_t, row),
                         call->argument_count > 2 ? ROW_ARGUMENT(call, 2, int32_t, row) : 1, out);
}
ARRAY_KERNEL(series_i32)

static Status
series_i64_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    return append_series(call, ROW_ARGUMENT(call, 0, int64_t, row), ROW_ARGUMENT(call, 1, int64_t, row),
                         call->argument_count > 2 ? ROW_ARGUMENT(call, 2, int64_t, row) : 1, out);
}
ARRAY_KERNEL(series_i64)

/* All of one scale; the step is one where none is given. */
static Status
series_numeric_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    Int128 one = 1;

    for (uint8_t i = 0; i < call->arguments[0].type.scale; i++)
        one *= 10;
    return append_series(call, ROW_ARGUMENT(call, 0, Int128, row), ROW_ARGUMENT(call, 1, Int128, row),
                         call->argument_count > 2 ? ROW_ARGUMENT(call, 2, Int128, row) : one, out);
}
ARRAY_KERNEL(series_numeric)

/* One by one, as PostgreSQL adds: the day of a month is clamped for good. */
static Status
series_time_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    const Interval step = ROW_ARGUMENT(call, 2, Interval, row);
    const int64_t stop = ROW_ARGUMENT(call, 1, int64_t, row);
    const Int128 order = interval_order(&step);
    const TimeZone *zone =
        call->arguments[0].type.id == TYPE_TIMESTAMPTZ ? datetime_zone(call->session) : NULL;
    int64_t time = ROW_ARGUMENT(call, 0, int64_t, row);

    if (order == 0)
        return raise_zero_step(call->error);
    if (!timestamp_is_finite(time) || !timestamp_is_finite(stop))
        return error_set(call->error, STATUS_NOT_SUPPORTED, "not supported yet: generate_series to infinity");
    for (uint32_t count = 0; order > 0 ? time <= stop : time >= stop; count++) {
        if (count > SERIES_MOST)
            return raise_long_series(call->error);
        TRY(list_builder_append_value(out, &time, call->error));
        TRY(datetime_add(time, &step, zone, &time, call->error));
    }
    return STATUS_OK;
}
ARRAY_KERNEL(series_time)
