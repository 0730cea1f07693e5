/* What becomes of the array that array_agg() makes of a group's values: an array of arrays, percentiles. */
#include "expr/array_kernel.h"
#include "expr/datetime.h"

#include <math.h>

/* The arrays that were gathered have the same dimensions, in each of which there is something. */
static bool
have_same_dimensions(const Vector *lists, uint32_t first, uint32_t count)
{
    for (; lists->layout == LAYOUT_LIST; lists = list_elements(lists)) {
        const ListEntry entry = list_entry(lists, first);
        for (uint32_t i = 1; i < count; i++) {
            if (list_entry(lists, first + i).count != entry.count)
                return false;
        }
        first = entry.offset;
        count = entry.count;
    }
    return true;
}

/* array_agg() of arrays: the arrays become rows of one that has a dimension more. */
static Status
array_of_arrays_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    const ListEntry entry = list_entry(&call->arguments[0], row);
    const Vector *arrays = list_elements(&call->arguments[0]);

    for (uint32_t i = 0; i < entry.count; i++) {
        if (vector_is_null(arrays, entry.offset + i))
            return error_set(call->error, STATUS_NULL_NOT_ALLOWED, "cannot accumulate null arrays");
        if (list_entry(arrays, entry.offset + i).count == 0)
            return error_set(call->error, STATUS_ARRAY_SUBSCRIPT, "cannot accumulate empty arrays");
    }
    for (uint32_t i = 1; i < entry.count; i++) {
        const ListEntry pair[2] = {list_entry(arrays, entry.offset), list_entry(arrays, entry.offset + i)};
        if (pair[0].count != pair[1].count)
            return error_set(call->error, STATUS_ARRAY_SUBSCRIPT,
                             "cannot accumulate arrays of different dimensionality");
    }
    if (!have_same_dimensions(arrays, entry.offset, entry.count))
        return error_set(call->error, STATUS_ARRAY_SUBSCRIPT,
                         "cannot accumulate arrays of different dimensionality");
    return array_append_range(call, 0, row, 0, entry.count, out);
}
ARRAY_KERNEL(array_of_arrays)

/* The values of a group in ascending order; NULLs, which are last, do not count. */
typedef struct Values {
    const Vector *vector;
    uint32_t first;
    uint32_t count;
    bool descending;
} Values;

static Values
values_of(const KernelCall *call, uint32_t row)
{
    const ListEntry entry = list_entry(&call->arguments[0], row);
    Values values = {.vector = list_elements(&call->arguments[0]),
                     .first = entry.offset,
                     .count = entry.count,
                     .descending = ROW_ARGUMENT(call, 2, uint8_t, row) != 0};

    while (values.count > 0 && vector_is_null(values.vector, values.first + values.count - 1))
        values.count--;
    return values;
}

static uint32_t
value_at(const Values *values, uint64_t rank)
{
    return values->first + (uint32_t)(values->descending ? values->count - 1 - rank : rank);
}

typedef Status (*PercentileOf)(KernelCall *call, const Values *values, double fraction, ListBuilder *out);

static Status
append_discrete(KernelCall *call, const Values *values, double fraction, ListBuilder *out)
{
    const uint64_t rank = (uint64_t)ceil(fraction * (double)values->count);

    return list_builder_append(out, values->vector, value_at(values, rank > 0 ? rank - 1 : 0), call->error);
}

static Status
append_between(KernelCall *call, const Values *values, double place, ListBuilder *out)
{
    const double share = place - floor(place);
    const uint32_t low = value_at(values, (uint64_t)floor(place));
    const uint32_t high = value_at(values, (uint64_t)ceil(place));

    if (values->vector->layout == LAYOUT_F64) {
        const double *numbers = vector_values(values->vector);
        const double from = numbers[vector_index(values->vector, low)];
        const double value = from + share * (numbers[vector_index(values->vector, high)] - from);
        return list_builder_append_value(out, &value, call->error);
    }
    const Interval *spans = vector_values(values->vector);
    const Interval from = spans[vector_index(values->vector, low)];
    Interval minus;
    Interval value;
    TRY(datetime_interval_negate(&from, &minus, call->error));
    TRY(datetime_interval_add(&spans[vector_index(values->vector, high)], &minus, &value, call->error));
    TRY(datetime_interval_scale(&value, share, false, &value, call->error));
    TRY(datetime_interval_add(&value, &from, &value, call->error));
    return list_builder_append_value(out, &value, call->error);
}

static Status
append_continuous(KernelCall *call, const Values *values, double fraction, ListBuilder *out)
{
    const double place = fraction * (double)(values->count - 1);

    if (place == floor(place))
        return list_builder_append(out, values->vector, value_at(values, (uint64_t)place), call->error);
    return append_between(call, values, place, out);
}

static Status
percentiles(KernelCall *call, uint32_t row, PercentileOf append, ListBuilder *out)
{
    const Values values = values_of(call, row);
    const ListEntry fractions = list_entry(&call->arguments[1], row);
    const Vector *vector = list_elements(&call->arguments[1]);

    for (uint32_t i = 0; i < fractions.count; i++) {
        const uint32_t at = fractions.offset + i;
        if (vector_is_null(vector, at)) {
            TRY(list_builder_append_null(out, call->error));
            continue;
        }
        const double fraction = ((const double *)vector_values(vector))[vector_index(vector, at)];
        if (!(fraction >= 0 && fraction <= 1))
            return error_set(call->error, STATUS_NUMERIC_RANGE, "percentile value %g is not between 0 and 1",
                             fraction);
        if (values.count > 0)
            TRY(append(call, &values, fraction, out));
    }
    if (values.count == 0)
        row_set_null(call, row);
    return STATUS_OK;
}

static Status
percentiles_disc_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    return percentiles(call, row, append_discrete, out);
}
ARRAY_KERNEL(percentiles_disc)

static Status
percentiles_cont_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    return percentiles(call, row, append_continuous, out);
}
ARRAY_KERNEL(percentiles_cont)
