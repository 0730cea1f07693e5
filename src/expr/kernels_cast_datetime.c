/* Casts among dates, times, timestamps and intervals. Local time and UTC meet by the session's time zone;
 * infinite values stay infinite, and have no time of day. */
#include "expr/calendar.h"
#include "expr/kernel.h"
#include "expr/kernels_cast.h"
#include "expr/time_digits.h"
#include "expr/time_zone.h"

#include <string.h>

static Status
find_zone(const KernelCall *call, const TimeZone **zone)
{
    const char *name = call->session->time_zone;

    *zone = time_zone_find(name, strlen(name));
    if (*zone == NULL)
        return error_set(call->error, STATUS_TIME_ZONE, "time zone \"%s\" not recognized", name);
    return STATUS_OK;
}

static Status
raise_out_of_range(Error *error, const char *what)
{
    return error_set(error, STATUS_DATETIME_OVERFLOW, "%s out of range", what);
}

/* Midnight of a day; false where no timestamp reaches it. */
static inline bool
day_start(int32_t days, int64_t *microseconds)
{
    if (days == DATE_INFINITY || days == DATE_MINUS_INFINITY) {
        *microseconds = days == DATE_INFINITY ? TIMESTAMP_INFINITY : TIMESTAMP_MINUS_INFINITY;
        return true;
    }
    return !__builtin_mul_overflow((int64_t)days, MICROSECONDS_DAY, microseconds) &&
           timestamp_is_valid(*microseconds);
}

static inline int32_t
day_of(int64_t timestamp)
{
    if (!timestamp_is_finite(timestamp))
        return timestamp == TIMESTAMP_INFINITY ? DATE_INFINITY : DATE_MINUS_INFINITY;
    return (int32_t)timestamp_days(timestamp);
}

static inline int64_t
to_local(const TimeZone *zone, int64_t utc)
{
    if (!timestamp_is_finite(utc))
        return utc;
    return utc + time_zone_offset(zone, utc) * MICROSECONDS_SECOND;
}

static int32_t
load_date(const KernelCall *call, uint32_t row)
{
    return ((const int32_t *)call->arguments[0].data)[kernel_index(&call->arguments[0], row)];
}

static int64_t
load_time(const KernelCall *call, uint32_t row)
{
    return ((const int64_t *)call->arguments[0].data)[kernel_index(&call->arguments[0], row)];
}

Status
kernel_cast_date_to_timestamp(KernelCall *call)
{
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        if (!day_start(load_date(call, row), &((int64_t *)call->result)[row]))
            return error_set(call->error, STATUS_DATETIME_OVERFLOW, "date out of range for timestamp");
    }
    return STATUS_OK;
}

/* Local to UTC; what is not finite stays. */
static Status
store_utc(KernelCall *call, const TimeZone *zone, uint32_t row, int64_t local)
{
    const int64_t utc = timestamp_is_finite(local) ? time_zone_to_utc(zone, local) : local;

    if (timestamp_is_finite(local) && !timestamp_is_valid(utc))
        return raise_out_of_range(call->error, "timestamp");
    ((int64_t *)call->result)[row] = utc;
    return STATUS_OK;
}

Status
kernel_cast_date_to_timestamptz(KernelCall *call)
{
    const TimeZone *zone;
    int64_t local;

    TRY(find_zone(call, &zone));
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        if (!day_start(load_date(call, row), &local))
            return error_set(call->error, STATUS_DATETIME_OVERFLOW, "date out of range for timestamp");
        TRY(store_utc(call, zone, row, local));
    }
    return STATUS_OK;
}

Status
kernel_cast_timestamp_to_timestamptz(KernelCall *call)
{
    const TimeZone *zone;

    TRY(find_zone(call, &zone));
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        TRY(store_utc(call, zone, row, load_time(call, row)));
    }
    return STATUS_OK;
}

Status
kernel_cast_timestamptz_to_timestamp(KernelCall *call)
{
    const TimeZone *zone;

    TRY(find_zone(call, &zone));
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const int64_t local = to_local(zone, load_time(call, row));
        if (timestamp_is_finite(local) && !timestamp_is_valid(local))
            return raise_out_of_range(call->error, "timestamp");
        ((int64_t *)call->result)[row] = local;
    }
    return STATUS_OK;
}

Status
kernel_cast_timestamp_to_date(KernelCall *call)
{
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        ((int32_t *)call->result)[row] = day_of(load_time(call, row));
    }
    return STATUS_OK;
}

Status
kernel_cast_timestamptz_to_date(KernelCall *call)
{
    const TimeZone *zone;

    TRY(find_zone(call, &zone));
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        ((int32_t *)call->result)[row] = day_of(to_local(zone, load_time(call, row)));
    }
    return STATUS_OK;
}

/* An infinite timestamp's time of day is NULL. */
static void
store_time_of_day(KernelCall *call, uint32_t row, int64_t local)
{
    ((int64_t *)call->result)[row] = timestamp_is_finite(local) ? timestamp_time(local) : 0;
    if (!timestamp_is_finite(local))
        bits_clear(call->validity, row);
}

Status
kernel_cast_timestamp_to_time(KernelCall *call)
{
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        store_time_of_day(call, row, load_time(call, row));
    }
    return STATUS_OK;
}

Status
kernel_cast_timestamptz_to_time(KernelCall *call)
{
    const TimeZone *zone;

    TRY(find_zone(call, &zone));
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        store_time_of_day(call, row, to_local(zone, load_time(call, row)));
    }
    return STATUS_OK;
}

Status
kernel_cast_time_to_interval(KernelCall *call)
{
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        ((Interval *)call->result)[row] = (Interval){.microseconds = load_time(call, row)};
    }
    return STATUS_OK;
}

/* Days and months do not count; what is left is taken modulo a day. */
Status
kernel_cast_interval_to_time(KernelCall *call)
{
    const Vector *argument = &call->arguments[0];

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const Interval *interval = &((const Interval *)argument->data)[kernel_index(argument, row)];
        ((int64_t *)call->result)[row] = timestamp_time(interval->microseconds);
    }
    return STATUS_OK;
}

Status
kernel_cast_time_to_digits(KernelCall *call)
{
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        int64_t *value = &((int64_t *)call->result)[row];
        *value = load_time(call, row);
        time_digits_fit(call->type, value);
    }
    return STATUS_OK;
}

Status
kernel_cast_interval_to_fields(KernelCall *call)
{
    const Vector *argument = &call->arguments[0];

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        Interval *value = &((Interval *)call->result)[row];
        *value = ((const Interval *)argument->data)[kernel_index(argument, row)];
        time_digits_fit(call->type, value);
    }
    return STATUS_OK;
}
