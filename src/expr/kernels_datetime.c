/* Operators, casts and constructors of dates, times, timestamps and intervals. */
#include "expr/kernels_datetime.h"

#include "expr/datetime.h"
#include "expr/row_kernel.h"
#include "expr/text.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#define ROW(name) static inline Status name##_row(KernelCall *call, uint32_t row)

static Status
shift_date(int32_t date, int64_t days, int32_t *result, Error *error)
{
    *result = date;
    if (!date_is_finite(date))
        return STATUS_OK;
    if (date + days < DATE_FIRST || date + days >= DATE_END)
        return datetime_out_of_range("date", error);
    *result = (int32_t)(date + days);
    return STATUS_OK;
}

ROW(date_plus_days)
{
    return shift_date(ROW_ARGUMENT(call, 0, int32_t, row), ROW_ARGUMENT(call, 1, int32_t, row),
                      &ROW_RESULT(call, int32_t, row), call->error);
}
ROW_KERNEL(date_plus_days)

ROW(days_plus_date)
{
    return shift_date(ROW_ARGUMENT(call, 1, int32_t, row), ROW_ARGUMENT(call, 0, int32_t, row),
                      &ROW_RESULT(call, int32_t, row), call->error);
}
ROW_KERNEL(days_plus_date)

ROW(date_minus_days)
{
    return shift_date(ROW_ARGUMENT(call, 0, int32_t, row), -(int64_t)ROW_ARGUMENT(call, 1, int32_t, row),
                      &ROW_RESULT(call, int32_t, row), call->error);
}
ROW_KERNEL(date_minus_days)

ROW(date_minus_date)
{
    const int32_t a = ROW_ARGUMENT(call, 0, int32_t, row);
    const int32_t b = ROW_ARGUMENT(call, 1, int32_t, row);

    if (!date_is_finite(a) || !date_is_finite(b))
        return error_set(call->error, STATUS_DATETIME_OVERFLOW, "cannot subtract infinite dates");
    ROW_RESULT(call, int32_t, row) = (int32_t)((uint32_t)a - (uint32_t)b);
    return STATUS_OK;
}
ROW_KERNEL(date_minus_date)

/* timestamp ± interval; the timestamp may be given as a date. */
static inline Status
add_row(KernelCall *call, uint32_t row, int64_t timestamp, Interval interval, bool minus,
        const TimeZone *zone)
{
    if (minus)
        TRY(datetime_interval_negate(&interval, &interval, call->error));
    return datetime_add(timestamp, &interval, zone, &ROW_RESULT(call, int64_t, row), call->error);
}

static inline Status
add_date_row(KernelCall *call, uint32_t row, int32_t date, Interval interval, bool minus)
{
    int64_t timestamp;

    TRY(datetime_from_date(date, &timestamp, call->error));
    return add_row(call, row, timestamp, interval, minus, NULL);
}

ROW(date_plus_interval)
{
    return add_date_row(call, row, ROW_ARGUMENT(call, 0, int32_t, row), ROW_ARGUMENT(call, 1, Interval, row),
                        false);
}
ROW_KERNEL(date_plus_interval)

ROW(interval_plus_date)
{
    return add_date_row(call, row, ROW_ARGUMENT(call, 1, int32_t, row), ROW_ARGUMENT(call, 0, Interval, row),
                        false);
}
ROW_KERNEL(interval_plus_date)

ROW(date_minus_interval)
{
    return add_date_row(call, row, ROW_ARGUMENT(call, 0, int32_t, row), ROW_ARGUMENT(call, 1, Interval, row),
                        true);
}
ROW_KERNEL(date_minus_interval)

ROW(date_plus_time)
{
    const Interval time = {.microseconds = ROW_ARGUMENT(call, 1, int64_t, row)};

    return add_date_row(call, row, ROW_ARGUMENT(call, 0, int32_t, row), time, false);
}
ROW_KERNEL(date_plus_time)

ROW(time_plus_date)
{
    const Interval time = {.microseconds = ROW_ARGUMENT(call, 0, int64_t, row)};

    return add_date_row(call, row, ROW_ARGUMENT(call, 1, int32_t, row), time, false);
}
ROW_KERNEL(time_plus_date)

ROW(timestamp_plus_interval)
{
    return add_row(call, row, ROW_ARGUMENT(call, 0, int64_t, row), ROW_ARGUMENT(call, 1, Interval, row),
                   false, NULL);
}
ROW_KERNEL(timestamp_plus_interval)

ROW(interval_plus_timestamp)
{
    return add_row(call, row, ROW_ARGUMENT(call, 1, int64_t, row), ROW_ARGUMENT(call, 0, Interval, row),
                   false, NULL);
}
ROW_KERNEL(interval_plus_timestamp)

ROW(timestamp_minus_interval)
{
    return add_row(call, row, ROW_ARGUMENT(call, 0, int64_t, row), ROW_ARGUMENT(call, 1, Interval, row), true,
                   NULL);
}
ROW_KERNEL(timestamp_minus_interval)

ROW(timestamptz_plus_interval)
{
    return add_row(call, row, ROW_ARGUMENT(call, 0, int64_t, row), ROW_ARGUMENT(call, 1, Interval, row),
                   false, datetime_zone(call->session));
}
ROW_KERNEL(timestamptz_plus_interval)

ROW(interval_plus_timestamptz)
{
    return add_row(call, row, ROW_ARGUMENT(call, 1, int64_t, row), ROW_ARGUMENT(call, 0, Interval, row),
                   false, datetime_zone(call->session));
}
ROW_KERNEL(interval_plus_timestamptz)

ROW(timestamptz_minus_interval)
{
    return add_row(call, row, ROW_ARGUMENT(call, 0, int64_t, row), ROW_ARGUMENT(call, 1, Interval, row), true,
                   datetime_zone(call->session));
}
ROW_KERNEL(timestamptz_minus_interval)

ROW(timestamp_minus_timestamp)
{
    return datetime_difference(ROW_ARGUMENT(call, 0, int64_t, row), ROW_ARGUMENT(call, 1, int64_t, row),
                               &ROW_RESULT(call, Interval, row), call->error);
}
ROW_KERNEL(timestamp_minus_timestamp)

static inline int64_t
wrap_time(int64_t microseconds)
{
    return timestamp_time(microseconds);
}

ROW(time_plus_interval)
{
    ROW_RESULT(call, int64_t, row) =
        wrap_time(ROW_ARGUMENT(call, 0, int64_t, row) +
                  ROW_ARGUMENT(call, 1, Interval, row).microseconds % MICROSECONDS_DAY);
    return STATUS_OK;
}
ROW_KERNEL(time_plus_interval)

ROW(interval_plus_time)
{
    ROW_RESULT(call, int64_t, row) =
        wrap_time(ROW_ARGUMENT(call, 1, int64_t, row) +
                  ROW_ARGUMENT(call, 0, Interval, row).microseconds % MICROSECONDS_DAY);
    return STATUS_OK;
}
ROW_KERNEL(interval_plus_time)

ROW(time_minus_interval)
{
    ROW_RESULT(call, int64_t, row) =
        wrap_time(ROW_ARGUMENT(call, 0, int64_t, row) -
                  ROW_ARGUMENT(call, 1, Interval, row).microseconds % MICROSECONDS_DAY);
    return STATUS_OK;
}
ROW_KERNEL(time_minus_interval)

ROW(time_minus_time)
{
    ROW_RESULT(call, Interval, row) =
        (Interval){.microseconds = ROW_ARGUMENT(call, 0, int64_t, row) - ROW_ARGUMENT(call, 1, int64_t, row)};
    return STATUS_OK;
}
ROW_KERNEL(time_minus_time)

ROW(interval_plus_interval)
{
    return datetime_interval_add(&ROW_ARGUMENT(call, 0, Interval, row), &ROW_ARGUMENT(call, 1, Interval, row),
                                 &ROW_RESULT(call, Interval, row), call->error);
}
ROW_KERNEL(interval_plus_interval)

ROW(interval_minus_interval)
{
    Interval negated;

    TRY(datetime_interval_negate(&ROW_ARGUMENT(call, 1, Interval, row), &negated, call->error));
    return datetime_interval_add(&ROW_ARGUMENT(call, 0, Interval, row), &negated,
                                 &ROW_RESULT(call, Interval, row), call->error);
}
ROW_KERNEL(interval_minus_interval)

ROW(interval_negate)
{
    return datetime_interval_negate(&ROW_ARGUMENT(call, 0, Interval, row), &ROW_RESULT(call, Interval, row),
                                    call->error);
}
ROW_KERNEL(interval_negate)

ROW(interval_times)
{
    return datetime_interval_scale(&ROW_ARGUMENT(call, 0, Interval, row), ROW_ARGUMENT(call, 1, double, row),
                                   false, &ROW_RESULT(call, Interval, row), call->error);
}
ROW_KERNEL(interval_times)

ROW(times_interval)
{
    return datetime_interval_scale(&ROW_ARGUMENT(call, 1, Interval, row), ROW_ARGUMENT(call, 0, double, row),
                                   false, &ROW_RESULT(call, Interval, row), call->error);
}
ROW_KERNEL(times_interval)

ROW(interval_divide)
{
    return datetime_interval_scale(&ROW_ARGUMENT(call, 0, Interval, row), ROW_ARGUMENT(call, 1, double, row),
                                   true, &ROW_RESULT(call, Interval, row), call->error);
}
ROW_KERNEL(interval_divide)

ROW(date_to_timestamp)
{
    return datetime_from_date(ROW_ARGUMENT(call, 0, int32_t, row), &ROW_RESULT(call, int64_t, row),
                              call->error);
}
ROW_KERNEL(date_to_timestamp)

ROW(timestamp_to_date)
{
    return datetime_to_date(ROW_ARGUMENT(call, 0, int64_t, row), &ROW_RESULT(call, int32_t, row),
                            call->error);
}
ROW_KERNEL(timestamp_to_date)

static int64_t
local_time(const KernelCall *call, int64_t utc)
{
    return timestamp_is_finite(utc) ? datetime_to_local(datetime_zone(call->session), utc) : utc;
}

static int64_t
universal_time(const KernelCall *call, int64_t local)
{
    return timestamp_is_finite(local) ? datetime_to_utc(datetime_zone(call->session), local) : local;
}

ROW(date_to_timestamptz)
{
    int64_t local;

    TRY(datetime_from_date(ROW_ARGUMENT(call, 0, int32_t, row), &local, call->error));
    ROW_RESULT(call, int64_t, row) = universal_time(call, local);
    return STATUS_OK;
}
ROW_KERNEL(date_to_timestamptz)

ROW(timestamptz_to_date)
{
    return datetime_to_date(local_time(call, ROW_ARGUMENT(call, 0, int64_t, row)),
                            &ROW_RESULT(call, int32_t, row), call->error);
}
ROW_KERNEL(timestamptz_to_date)

ROW(timestamp_to_timestamptz)
{
    ROW_RESULT(call, int64_t, row) = universal_time(call, ROW_ARGUMENT(call, 0, int64_t, row));
    return STATUS_OK;
}
ROW_KERNEL(timestamp_to_timestamptz)

ROW(timestamptz_to_timestamp)
{
    ROW_RESULT(call, int64_t, row) = local_time(call, ROW_ARGUMENT(call, 0, int64_t, row));
    return STATUS_OK;
}
ROW_KERNEL(timestamptz_to_timestamp)

static Status
time_of(KernelCall *call, uint32_t row, int64_t local)
{
    if (!timestamp_is_finite(local))
        row_set_null(call, row);
    else
        ROW_RESULT(call, int64_t, row) = timestamp_time(local);
    return STATUS_OK;
}

ROW(timestamp_to_time)
{
    return time_of(call, row, ROW_ARGUMENT(call, 0, int64_t, row));
}
ROW_KERNEL(timestamp_to_time)

ROW(timestamptz_to_time)
{
    return time_of(call, row, local_time(call, ROW_ARGUMENT(call, 0, int64_t, row)));
}
ROW_KERNEL(timestamptz_to_time)

ROW(time_to_interval)
{
    ROW_RESULT(call, Interval, row) = (Interval){.microseconds = ROW_ARGUMENT(call, 0, int64_t, row)};
    return STATUS_OK;
}
ROW_KERNEL(time_to_interval)

ROW(interval_to_time)
{
    ROW_RESULT(call, int64_t, row) = timestamp_time(ROW_ARGUMENT(call, 0, Interval, row).microseconds);
    return STATUS_OK;
}
ROW_KERNEL(interval_to_time)

ROW(date_is_finite)
{
    ROW_RESULT(call, uint8_t, row) = date_is_finite(ROW_ARGUMENT(call, 0, int32_t, row));
    return STATUS_OK;
}
ROW_KERNEL(date_is_finite)

ROW(timestamp_is_finite)
{
    ROW_RESULT(call, uint8_t, row) = timestamp_is_finite(ROW_ARGUMENT(call, 0, int64_t, row));
    return STATUS_OK;
}
ROW_KERNEL(timestamp_is_finite)

ROW(interval_is_finite)
{
    ROW_RESULT(call, uint8_t, row) = 1;
    return STATUS_OK;
}
ROW_KERNEL(interval_is_finite)

static Status
date_of_parts(int32_t year, int32_t month, int32_t day, int64_t *days, Error *error)
{
    const int64_t astronomical = year < 0 ? (int64_t)year + 1 : year;

    if (year == 0 || month < 1 || month > 12 || day < 1 || astronomical < -4713 || astronomical > 5874897 ||
        day > month_days(astronomical, month))
        return error_set(error, STATUS_DATETIME_OVERFLOW, "date field value out of range: %d-%02d-%02d", year,
                         month, day);
    *days = calendar_days(astronomical, month, day);
    return STATUS_OK;
}

static Status
time_of_parts(int32_t hour, int32_t minute, double second, int64_t *time, Error *error)
{
    if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || !(second >= 0 && second <= 60) ||
        (hour == 24 && (minute > 0 || second > 0)))
        return error_set(error, STATUS_DATETIME_OVERFLOW, "time field value out of range: %d:%02d:%02g", hour,
                         minute, second);
    *time = hour * MICROSECONDS_HOUR + minute * MICROSECONDS_MINUTE + (int64_t)rint(second * 1e6);
    return STATUS_OK;
}

ROW(make_date)
{
    int64_t days;

    TRY(date_of_parts(ROW_ARGUMENT(call, 0, int32_t, row), ROW_ARGUMENT(call, 1, int32_t, row),
                      ROW_ARGUMENT(call, 2, int32_t, row), &days, call->error));
    ROW_RESULT(call, int32_t, row) = (int32_t)days;
    return STATUS_OK;
}
ROW_KERNEL(make_date)

ROW(make_time)
{
    return time_of_parts(ROW_ARGUMENT(call, 0, int32_t, row), ROW_ARGUMENT(call, 1, int32_t, row),
                         ROW_ARGUMENT(call, 2, double, row), &ROW_RESULT(call, int64_t, row), call->error);
}
ROW_KERNEL(make_time)

ROW(make_timestamp)
{
    int64_t days;
    int64_t time = 0;

    TRY(date_of_parts(ROW_ARGUMENT(call, 0, int32_t, row), ROW_ARGUMENT(call, 1, int32_t, row),
                      ROW_ARGUMENT(call, 2, int32_t, row), &days, call->error));
    TRY(time_of_parts(ROW_ARGUMENT(call, 3, int32_t, row), ROW_ARGUMENT(call, 4, int32_t, row),
                      ROW_ARGUMENT(call, 5, double, row), &time, call->error));
    if (days >= TIMESTAMP_END / MICROSECONDS_DAY)
        return datetime_out_of_range("timestamp", call->error);
    ROW_RESULT(call, int64_t, row) = days * MICROSECONDS_DAY + time;
    return STATUS_OK;
}
ROW_KERNEL(make_timestamp)

static Status
find_zone(KernelCall *call, const char *bytes, const StringView *name, const TimeZone **zone)
{
    *zone = time_zone_find(bytes, name->size);
    if (*zone == NULL)
        return error_set(call->error, STATUS_TIME_ZONE, "time zone \"%.*s\" not recognized", (int)name->size,
                         string_view_data(name));
    return STATUS_OK;
}

/* A bare offset counts east of Greenwich here, as nowhere else. */
static Status
eastern_zone(KernelCall *call, const StringView *name, const TimeZone **zone)
{
    const char *bytes = string_view_data(name);
    char turned[64];

    if (name->size > 1 && name->size < sizeof turned && (bytes[0] == '+' || bytes[0] == '-')) {
        memcpy(turned, bytes, name->size);
        turned[0] = bytes[0] == '+' ? '-' : '+';
        bytes = turned;
    }
    return find_zone(call, bytes, name, zone);
}

/* Local time in the zone that is named, or in the session's. */
ROW(make_timestamptz)
{
    const TimeZone *zone = datetime_zone(call->session);

    TRY(make_timestamp_row(call, row));
    if (call->argument_count > 6) {
        TRY(eastern_zone(call, &ROW_ARGUMENT(call, 6, StringView, row), &zone));
    }
    ROW_RESULT(call, int64_t, row) = datetime_to_utc(zone, ROW_RESULT(call, int64_t, row));
    return STATUS_OK;
}
ROW_KERNEL(make_timestamptz)

/* years, months, weeks, days, hours, minutes, seconds; those not given are 0. */
ROW(make_interval)
{
    int64_t parts[6] = {0};
    double seconds = 0;

    for (uint32_t i = 0; i < call->argument_count && i < 6; i++)
        parts[i] = ROW_ARGUMENT(call, i, int32_t, row);
    if (call->argument_count > 6)
        seconds = ROW_ARGUMENT(call, 6, double, row);
    const int64_t months = parts[0] * 12 + parts[1];
    const int64_t days = parts[2] * 7 + parts[3];
    if (months != (int32_t)months || days != (int32_t)days || !(fabs(seconds) < 9e12))
        return datetime_out_of_range("interval", call->error);
    ROW_RESULT(call, Interval, row) = (Interval){
        parts[4] * MICROSECONDS_HOUR + parts[5] * MICROSECONDS_MINUTE + (int64_t)rint(seconds * 1e6),
        (int32_t)days, (int32_t)months};
    return STATUS_OK;
}
ROW_KERNEL(make_interval)

ROW(age)
{
    return datetime_age(ROW_ARGUMENT(call, 0, int64_t, row), ROW_ARGUMENT(call, 1, int64_t, row),
                        &ROW_RESULT(call, Interval, row), call->error);
}
ROW_KERNEL(age)

/* Of instants: counted on the local calendar; to midnight of the current day where there is one argument. */
ROW(age_zoned)
{
    const int64_t last = ROW_ARGUMENT(call, call->argument_count - 1, int64_t, row);
    int64_t first = timestamp_days(local_time(call, call->session->now)) * MICROSECONDS_DAY;

    if (call->argument_count > 1)
        first = local_time(call, ROW_ARGUMENT(call, 0, int64_t, row));
    return datetime_age(first, local_time(call, last), &ROW_RESULT(call, Interval, row), call->error);
}
ROW_KERNEL(age_zoned)

ROW(age_today)
{
    const int64_t today = timestamp_days(local_time(call, call->session->now)) * MICROSECONDS_DAY;

    return datetime_age(today, ROW_ARGUMENT(call, 0, int64_t, row), &ROW_RESULT(call, Interval, row),
                        call->error);
}
ROW_KERNEL(age_today)

/* Carry whole units of `from` into `to`; both then have one sign. */
static void
carry_hours(Interval *interval)
{
    interval->days += (int32_t)(interval->microseconds / MICROSECONDS_DAY);
    interval->microseconds %= MICROSECONDS_DAY;
    if (interval->days > 0 && interval->microseconds < 0) {
        interval->microseconds += MICROSECONDS_DAY;
        interval->days--;
    } else if (interval->days < 0 && interval->microseconds > 0) {
        interval->microseconds -= MICROSECONDS_DAY;
        interval->days++;
    }
}

static void
carry_days(Interval *interval)
{
    interval->months += interval->days / 30;
    interval->days %= 30;
    if (interval->months > 0 && interval->days < 0) {
        interval->days += 30;
        interval->months--;
    } else if (interval->months < 0 && interval->days > 0) {
        interval->days -= 30;
        interval->months++;
    }
}

ROW(justify_hours)
{
    ROW_RESULT(call, Interval, row) = ROW_ARGUMENT(call, 0, Interval, row);
    carry_hours(&ROW_RESULT(call, Interval, row));
    return STATUS_OK;
}
ROW_KERNEL(justify_hours)

ROW(justify_days)
{
    ROW_RESULT(call, Interval, row) = ROW_ARGUMENT(call, 0, Interval, row);
    carry_days(&ROW_RESULT(call, Interval, row));
    return STATUS_OK;
}
ROW_KERNEL(justify_days)

ROW(justify_interval)
{
    Interval *value = &ROW_RESULT(call, Interval, row);

    *value = ROW_ARGUMENT(call, 0, Interval, row);
    value->days += (int32_t)(value->microseconds / MICROSECONDS_DAY);
    value->microseconds %= MICROSECONDS_DAY;
    value->months += value->days / 30;
    value->days %= 30;
    if (value->months > 0 && (value->days < 0 || (value->days == 0 && value->microseconds < 0))) {
        value->days += 30;
        value->months--;
    } else if (value->months < 0 && (value->days > 0 || (value->days == 0 && value->microseconds > 0))) {
        value->days -= 30;
        value->months++;
    }
    if (value->days > 0 && value->microseconds < 0) {
        value->microseconds += MICROSECONDS_DAY;
        value->days--;
    } else if (value->days < 0 && value->microseconds > 0) {
        value->microseconds -= MICROSECONDS_DAY;
        value->days++;
    }
    return STATUS_OK;
}
ROW_KERNEL(justify_interval)

ROW(to_timestamp)
{
    const double seconds = ROW_ARGUMENT(call, 0, double, row);
    int64_t *result = &ROW_RESULT(call, int64_t, row);

    if (isinf(seconds)) {
        *result = seconds > 0 ? TIMESTAMP_INFINITY : TIMESTAMP_MINUS_INFINITY;
        return STATUS_OK;
    }
    if (!(fabs(seconds) < 9.3e12))
        return error_set(call->error, STATUS_DATETIME_OVERFLOW, "timestamp out of range: \"%g\"", seconds);
    *result = (int64_t)rint((seconds - CALENDAR_UNIX_DAYS * 86400.0) * 1e6);
    if (!timestamp_is_valid(*result))
        return error_set(call->error, STATUS_DATETIME_OVERFLOW, "timestamp out of range: \"%g\"", seconds);
    return STATUS_OK;
}
ROW_KERNEL(to_timestamp)

static Status
named_zone(KernelCall *call, uint32_t row, const TimeZone **zone)
{
    const StringView name = ROW_ARGUMENT(call, 0, StringView, row);

    return find_zone(call, string_view_data(&name), &name, zone);
}

ROW(timezone_timestamp)
{
    const int64_t local = ROW_ARGUMENT(call, 1, int64_t, row);
    const TimeZone *zone;

    TRY(named_zone(call, row, &zone));
    ROW_RESULT(call, int64_t, row) = timestamp_is_finite(local) ? time_zone_to_utc(zone, local) : local;
    return STATUS_OK;
}
ROW_KERNEL(timezone_timestamp)

ROW(timezone_timestamptz)
{
    const int64_t utc = ROW_ARGUMENT(call, 1, int64_t, row);
    const TimeZone *zone;

    TRY(named_zone(call, row, &zone));
    ROW_RESULT(call, int64_t, row) = timestamp_is_finite(utc) ? datetime_to_local(zone, utc) : utc;
    return STATUS_OK;
}
ROW_KERNEL(timezone_timestamptz)

/* AT TIME ZONE with an interval: the offset east of Greenwich. */
ROW(timezone_interval)
{
    const Interval *offset = &ROW_ARGUMENT(call, 0, Interval, row);
    const int64_t value = ROW_ARGUMENT(call, 1, int64_t, row);
    char text[64];

    if (offset->months != 0 || offset->days != 0) {
        const size_t size = text_format_interval(offset, text);
        return error_set(call->error, STATUS_TIME_ZONE,
                         "interval time zone \"%.*s\" must not include months or days", (int)size, text);
    }
    const int64_t shift = offset->microseconds / MICROSECONDS_SECOND * MICROSECONDS_SECOND;
    int64_t result = value;
    if (timestamp_is_finite(value) &&
        (__builtin_add_overflow(value, call->type.id == TYPE_TIMESTAMP ? shift : -shift, &result) ||
         !timestamp_is_valid(result)))
        return datetime_out_of_range("timestamp", call->error);
    ROW_RESULT(call, int64_t, row) = result;
    return STATUS_OK;
}
ROW_KERNEL(timezone_interval)

static int64_t
time_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * MICROSECONDS_SECOND + now.tv_nsec / 1000 -
           CALENDAR_UNIX_DAYS * MICROSECONDS_DAY;
}

ROW(clock_timestamp)
{
    ROW_RESULT(call, int64_t, row) = time_now();
    return STATUS_OK;
}
ROW_KERNEL(clock_timestamp)

/* "Sun Nov 22 18:30:21.123456 2026 UTC" */
ROW(timeofday)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const TimeZone *zone = datetime_zone(call->session);
    const int64_t now = time_now();
    const int64_t local = datetime_to_local(zone, now);
    const CalendarDate date = calendar_date(timestamp_days(local));
    const int64_t time = timestamp_time(local);
    char text[80];

    const int size = snprintf(text, sizeof text, "%s %s %02d %02d:%02d:%02d.%06d %04d %s",
                              days[calendar_weekday(timestamp_days(local))], months[date.month - 1], date.day,
                              (int)(time / MICROSECONDS_HOUR), (int)(time / MICROSECONDS_MINUTE % 60),
                              (int)(time / MICROSECONDS_SECOND % 60), (int)(time % MICROSECONDS_SECOND),
                              date.year, zone == NULL ? "UTC" : time_zone_abbreviation(zone, now));
    return row_copy_view(call, row, text, (size_t)size);
}
ROW_KERNEL(timeofday)

ROW(date_bin)
{
    const Interval stride = ROW_ARGUMENT(call, 0, Interval, row);
    const int64_t timestamp = ROW_ARGUMENT(call, 1, int64_t, row);
    const int64_t origin = ROW_ARGUMENT(call, 2, int64_t, row);
    const Int128 step = (Int128)stride.days * MICROSECONDS_DAY + stride.microseconds;

    if (stride.months != 0)
        return error_set(call->error, STATUS_NOT_SUPPORTED,
                         "timestamps cannot be binned into intervals containing months or years");
    if (step <= 0 || step != (int64_t)step)
        return error_set(call->error, STATUS_DATETIME_OVERFLOW, "stride must be greater than zero");
    if (!timestamp_is_finite(timestamp)) {
        ROW_RESULT(call, int64_t, row) = timestamp;
        return STATUS_OK;
    }
    const Int128 bins = ((Int128)timestamp - origin) / step;
    const Int128 start = origin + bins * step;
    ROW_RESULT(call, int64_t, row) = (int64_t)(start > timestamp ? start - step : start);
    return STATUS_OK;
}
ROW_KERNEL(date_bin)

ROW(now)
{
    ROW_RESULT(call, int64_t, row) = call->session->now;
    return STATUS_OK;
}
ROW_KERNEL(now)

ROW(current_date)
{
    return datetime_to_date(local_time(call, call->session->now), &ROW_RESULT(call, int32_t, row),
                            call->error);
}
ROW_KERNEL(current_date)

ROW(local_timestamp)
{
    ROW_RESULT(call, int64_t, row) = local_time(call, call->session->now);
    return STATUS_OK;
}
ROW_KERNEL(local_timestamp)
