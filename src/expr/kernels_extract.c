/* extract, date_part and date_trunc. The field is an argument, or stands in the function's name:
 * extract_year. */
#include "expr/datetime.h"
#include "expr/kernels_datetime.h"
#include "expr/numeric.h"
#include "expr/row_kernel.h"
#include "expr/text_parts.h"

#include <math.h>

enum { NAME_PREFIX = sizeof "extract_" - 1 };

static const TypeId argument_types[] = {TYPE_TIMESTAMP, TYPE_TIMESTAMPTZ, TYPE_DATE, TYPE_TIME,
                                        TYPE_INTERVAL};
typedef enum Source {
    SOURCE_TIMESTAMP,
    SOURCE_TIMESTAMPTZ,
    SOURCE_DATE,
    SOURCE_TIME,
    SOURCE_INTERVAL
} Source;

static Status
unknown_field(const char *name, size_t size, Source source, bool known, Error *error)
{
    return error_set(error, known ? STATUS_NOT_SUPPORTED : STATUS_INVALID_PARAMETER,
                     "unit \"%.*s\" not %s for type %s", (int)(size < 64 ? size : 64), name,
                     known ? "supported" : "recognized", type_name(argument_types[source]));
}

/* One row's field times 10^6. *null: there is none (infinite timestamps). */
static bool
extract_value(const KernelCall *call, Source source, DateField field, uint32_t row, Int128 *micros,
              bool *null)
{
    const uint32_t number = call->argument_count - 1;
    int32_t offset = 0;
    int64_t local = 0;

    *null = false;
    switch (source) {
    case SOURCE_TIME: return datetime_extract_time(field, ROW_ARGUMENT(call, number, int64_t, row), micros);
    case SOURCE_INTERVAL:
        return datetime_extract_interval(field, &ROW_ARGUMENT(call, number, Interval, row), micros);
    case SOURCE_DATE: {
        const int32_t days = ROW_ARGUMENT(call, number, int32_t, row);
        *null = !date_is_finite(days);
        /* date_part() reads a date as its midnight. */
        if ((field <= FIELD_HOUR && call->type.id != TYPE_FLOAT8) || field >= FIELD_TIMEZONE)
            return false;
        *micros = 0;
        return *null || datetime_extract(field, days * MICROSECONDS_DAY, 0, micros);
    }
    default: {
        const int64_t value = ROW_ARGUMENT(call, number, int64_t, row);
        const bool zoned = source == SOURCE_TIMESTAMPTZ;
        local = value;
        *null = !timestamp_is_finite(value);
        if (field >= FIELD_TIMEZONE && !zoned)
            return false;
        if (zoned && !*null && datetime_zone(call->session) != NULL) {
            offset = time_zone_offset(datetime_zone(call->session), value);
            local += offset * MICROSECONDS_SECOND;
        }
        *micros = 0;
        return *null || datetime_extract(field, local, offset, micros);
    }
    }
}

static void
store_value(KernelCall *call, uint32_t row, Int128 micros)
{
    if (call->type.id == TYPE_FLOAT8)
        ROW_RESULT(call, double, row) = numeric_to_double(micros, 6);
    else
        numeric_store(type_layout(call->type), call->result, row,
                      micros / numeric_power10(6 - (call->type.scale < 6 ? call->type.scale : 6)));
}

/* The day with its fraction, at the result's scale. */
static void
store_julian(KernelCall *call, Source source, uint32_t row)
{
    const int64_t value = ROW_ARGUMENT(call, call->argument_count - 1, int64_t, row);
    const int64_t local =
        source == SOURCE_TIMESTAMPTZ ? datetime_to_local(datetime_zone(call->session), value) : value;

    if (call->type.id == TYPE_FLOAT8) {
        ROW_RESULT(call, double, row) = (double)(timestamp_days(local) + CALENDAR_JULIAN) +
                                        (double)timestamp_time(local) / (double)MICROSECONDS_DAY;
        return;
    }
    const Int128 unit = numeric_power10(call->type.scale);
    const Int128 fraction = (timestamp_time(local) * unit + MICROSECONDS_DAY / 2) / MICROSECONDS_DAY;

    numeric_store(type_layout(call->type), call->result, row,
                  (timestamp_days(local) + CALENDAR_JULIAN) * unit + fraction);
}

/* Fields that grow with time are infinite where the timestamp is; the others have no value. */
static void
store_infinite(KernelCall *call, Source source, DateField field, uint32_t row)
{
    const Vector *argument = &call->arguments[call->argument_count - 1];
    const bool grows = (field >= FIELD_YEAR && field <= FIELD_MILLENNIUM) || field == FIELD_ISOYEAR ||
                       field == FIELD_EPOCH || field == FIELD_JULIAN;
    const uint32_t index = kernel_index(argument, row);
    const bool negative = source == SOURCE_DATE ? ((const int32_t *)argument->data)[index] < 0
                                                : ((const int64_t *)argument->data)[index] < 0;

    if (grows && call->type.id == TYPE_FLOAT8)
        ROW_RESULT(call, double, row) = negative ? -INFINITY : INFINITY;
    else
        bits_clear(call->validity, row);
}

static void
name_of_field(const KernelCall *call, uint32_t row, const char **name, size_t *size, StringView *kept)
{
    if (call->argument_count == 1) {
        *name = call->function->name + NAME_PREFIX;
        *size = strlen(*name);
        return;
    }
    *kept = ROW_ARGUMENT(call, 0, StringView, row);
    *name = string_view_data(kept);
    *size = kept->size;
}

/* Whole fields of a day or of the time of day, over a column: one loop each, the field a constant in it. */
KERNEL_INLINE void
whole_rows(KernelCall *call, const bool dates, const DateField field)
{
    const Vector *argument = &call->arguments[call->argument_count - 1];
    int64_t *out = call->result;

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const uint32_t index = kernel_index(argument, row);
        const int64_t local = dates ? 0 : ((const int64_t *)argument->data)[index];
        const int64_t days = dates ? ((const int32_t *)argument->data)[index] : timestamp_days(local);
        const bool finite = dates ? date_is_finite((int32_t)days) : timestamp_is_finite(local);
        if (!finite)
            bits_clear(call->validity, row);
        else if (field == FIELD_HOUR)
            out[row] = (local - days * MICROSECONDS_DAY) / MICROSECONDS_HOUR;
        else if (field == FIELD_MINUTE)
            out[row] = (local - days * MICROSECONDS_DAY) / MICROSECONDS_MINUTE % 60;
        else
            out[row] = datetime_date_field(field, days);
    }
}

#define WHOLE(field)                                                                                         \
    case field:                                                                                              \
        if (dates)                                                                                           \
            whole_rows(call, true, field);                                                                   \
        else                                                                                                 \
            whole_rows(call, false, field);                                                                  \
        return true

/* False where the field is not one of these. */
static bool
extract_whole(KernelCall *call, const bool dates, DateField field)
{
    switch (field) {
        WHOLE(FIELD_YEAR);
        WHOLE(FIELD_MONTH);
        WHOLE(FIELD_DAY);
        WHOLE(FIELD_DOW);
        WHOLE(FIELD_DOY);
        WHOLE(FIELD_WEEK);
        WHOLE(FIELD_QUARTER);
    case FIELD_HOUR:
    case FIELD_MINUTE:
        if (dates)
            return false;
        if (field == FIELD_HOUR)
            whole_rows(call, false, FIELD_HOUR);
        else
            whole_rows(call, false, FIELD_MINUTE);
        return true;
    default: return false;
    }
}

static bool
is_whole_column(const KernelCall *call, Source source)
{
    if (call->argument_count == 2 && call->arguments[0].form != VECTOR_CONSTANT)
        return false;
    if (call->type.id != TYPE_NUMERIC || call->type.scale != 0 || type_layout(call->type) != LAYOUT_I64)
        return false;
    return source == SOURCE_TIMESTAMP || source == SOURCE_DATE ||
           (source == SOURCE_TIMESTAMPTZ && datetime_zone(call->session) == NULL);
}

static Status
extract(KernelCall *call, Source source)
{
    const char *name = NULL;
    StringView kept = {.size = 0};
    size_t size = 0;
    DateField field = FIELD_NONE;
    const bool fixed = call->argument_count == 1 || call->arguments[0].form == VECTOR_CONSTANT;

    if (fixed) {
        name_of_field(call, 0, &name, &size, &kept);
        field = datetime_field(name, size);
    }
    if (is_whole_column(call, source) && extract_whole(call, source == SOURCE_DATE, field))
        return STATUS_OK;
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        Int128 micros;
        bool null;
        if (!bits_get(call->validity, row))
            continue;
        if (!fixed) {
            name_of_field(call, row, &name, &size, &kept);
            field = datetime_field(name, size);
        }
        if (!extract_value(call, source, field, row, &micros, &null))
            return unknown_field(name, size, source, field != FIELD_NONE, call->error);
        if (null)
            store_infinite(call, source, field, row);
        else if (field == FIELD_JULIAN && source != SOURCE_DATE)
            store_julian(call, source, row);
        else
            store_value(call, row, micros);
    }
    return STATUS_OK;
}

#define EXTRACT(suffix, source)                                                                              \
    Status kernel_extract_##suffix(KernelCall *call)                                                         \
    {                                                                                                        \
        return extract(call, source);                                                                        \
    }                                                                                                        \
    Status kernel_date_part_##suffix(KernelCall *call)                                                       \
    {                                                                                                        \
        return extract(call, source);                                                                        \
    }

EXTRACT(timestamp, SOURCE_TIMESTAMP)
EXTRACT(timestamptz, SOURCE_TIMESTAMPTZ)
EXTRACT(date, SOURCE_DATE)
EXTRACT(time, SOURCE_TIME)
EXTRACT(interval, SOURCE_INTERVAL)

static Status
row_field(const KernelCall *call, uint32_t row, Source source, DateField *field)
{
    const StringView *name = &ROW_ARGUMENT(call, 0, StringView, row);

    *field = datetime_field(string_view_data(name), name->size);
    if (*field > FIELD_MILLENNIUM)
        return unknown_field(string_view_data(name), name->size, source,
                             *field >= FIELD_TIMEZONE && *field != FIELD_NONE, call->error);
    return STATUS_OK;
}

static Status
truncate_rows(KernelCall *call, Source source, const TimeZone *session_zone)
{
    DateField field = FIELD_NONE;

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const TimeZone *zone = session_zone;
        int64_t result;
        if (!bits_get(call->validity, row))
            continue;
        if (field == FIELD_NONE || call->arguments[0].form != VECTOR_CONSTANT)
            TRY(row_field(call, row, source, &field));
        if (call->argument_count == 3) {
            const StringView name = ROW_ARGUMENT(call, 2, StringView, row);
            zone = time_zone_find(string_view_data(&name), name.size);
            if (zone == NULL)
                return error_set(call->error, STATUS_TIME_ZONE, "time zone \"%.*s\" not recognized",
                                 (int)name.size, string_view_data(&name));
        }
        const int64_t value = ROW_ARGUMENT(call, 1, int64_t, row);
        const bool zoned = zone != NULL && timestamp_is_finite(value);
        datetime_truncate(field, zoned ? datetime_to_local(zone, value) : value, &result);
        ROW_RESULT(call, int64_t, row) = zoned ? datetime_to_utc(zone, result) : result;
    }
    return STATUS_OK;
}

Status
kernel_trunc_timestamp(KernelCall *call)
{
    return truncate_rows(call, SOURCE_TIMESTAMP, NULL);
}

Status
kernel_trunc_timestamptz(KernelCall *call)
{
    return truncate_rows(call, SOURCE_TIMESTAMPTZ, datetime_zone(call->session));
}

Status
kernel_trunc_timestamptz_zone(KernelCall *call)
{
    return truncate_rows(call, SOURCE_TIMESTAMPTZ, NULL);
}

static inline Status
trunc_interval_row(KernelCall *call, uint32_t row)
{
    const StringView *name = &ROW_ARGUMENT(call, 0, StringView, row);
    DateField field;

    TRY(row_field(call, row, SOURCE_INTERVAL, &field));
    if (!datetime_truncate_interval(field, &ROW_ARGUMENT(call, 1, Interval, row),
                                    &ROW_RESULT(call, Interval, row)))
        return unknown_field(string_view_data(name), name->size, SOURCE_INTERVAL, true, call->error);
    return STATUS_OK;
}
ROW_KERNEL(trunc_interval)
