#include "expr/datetime.h"

#include "expr/text_parts.h"

#include <math.h>

const TimeZone *
datetime_zone(const Session *session)
{
    if (session == NULL || strcmp(session->time_zone, "UTC") == 0)
        return NULL;
    return time_zone_find(session->time_zone, strlen(session->time_zone));
}

Status
datetime_out_of_range(const char *what, Error *error)
{
    return error_set(error, STATUS_DATETIME_OVERFLOW, "%s out of range", what);
}

Status
datetime_from_date(int32_t days, int64_t *timestamp, Error *error)
{
    if (!date_is_finite(days)) {
        *timestamp = days == DATE_INFINITY ? TIMESTAMP_INFINITY : TIMESTAMP_MINUS_INFINITY;
        return STATUS_OK;
    }
    if (days >= TIMESTAMP_END / MICROSECONDS_DAY)
        return error_set(error, STATUS_DATETIME_OVERFLOW, "date out of range for timestamp");
    *timestamp = days * MICROSECONDS_DAY;
    return STATUS_OK;
}

Status
datetime_to_date(int64_t timestamp, int32_t *days, Error *error)
{
    (void)error;
    *days = timestamp == TIMESTAMP_INFINITY         ? DATE_INFINITY
            : timestamp == TIMESTAMP_MINUS_INFINITY ? DATE_MINUS_INFINITY
                                                    : (int32_t)timestamp_days(timestamp);
    return STATUS_OK;
}

static int64_t
add_months(int64_t local, int32_t months)
{
    const int64_t days = timestamp_days(local);
    const CalendarDate date = calendar_date(days);
    const int64_t total = (int64_t)date.year * 12 + date.month - 1 + months;
    const int64_t year = floor_divide(total, 12);
    const int32_t month = (int32_t)(total - year * 12) + 1;
    const int32_t last = month_days(year, month);

    if (year < -4800 || year > 300000)
        return TIMESTAMP_INFINITY;
    return calendar_days(year, month, date.day < last ? date.day : last) * MICROSECONDS_DAY +
           (local - days * MICROSECONDS_DAY);
}

Status
datetime_add(int64_t timestamp, const Interval *interval, const TimeZone *zone, int64_t *result, Error *error)
{
    *result = timestamp;
    if (!timestamp_is_finite(timestamp))
        return STATUS_OK;
    if (interval->months != 0 || interval->days != 0) {
        int64_t local = datetime_to_local(zone, timestamp);
        if (interval->months != 0)
            local = add_months(local, interval->months);
        /* All of the days that timestamps span are more microseconds than an integer holds. */
        const Int128 moved = (Int128)local + (Int128)interval->days * MICROSECONDS_DAY;
        if (local == TIMESTAMP_INFINITY || moved != (int64_t)moved || !timestamp_is_valid((int64_t)moved))
            return datetime_out_of_range("timestamp", error);
        timestamp = datetime_to_utc(zone, (int64_t)moved);
    }
    if (__builtin_add_overflow(timestamp, interval->microseconds, result) || !timestamp_is_valid(*result))
        return datetime_out_of_range("timestamp", error);
    return STATUS_OK;
}

Status
datetime_interval_negate(const Interval *interval, Interval *result, Error *error)
{
    if (interval->months == INT32_MIN || interval->days == INT32_MIN || interval->microseconds == INT64_MIN)
        return datetime_out_of_range("interval", error);
    *result = (Interval){-interval->microseconds, -interval->days, -interval->months};
    return STATUS_OK;
}

Status
datetime_interval_add(const Interval *a, const Interval *b, Interval *result, Error *error)
{
    if (__builtin_add_overflow(a->months, b->months, &result->months) ||
        __builtin_add_overflow(a->days, b->days, &result->days) ||
        __builtin_add_overflow(a->microseconds, b->microseconds, &result->microseconds))
        return datetime_out_of_range("interval", error);
    return STATUS_OK;
}

static double
to_microsecond(double value)
{
    return rint(value * 1e6) / 1e6;
}

/* What is left of the months goes to days of 30, what is left of the days to hours (interval_mul,
 * interval_div). */
Status
datetime_interval_scale(const Interval *interval, double factor, bool divide, Interval *result, Error *error)
{
    const double months = divide ? interval->months / factor : interval->months * factor;
    const double days = divide ? interval->days / factor : interval->days * factor;
    const double time =
        divide ? (double)interval->microseconds / factor : (double)interval->microseconds * factor;

    if (divide && factor == 0)
        return error_set(error, STATUS_DIVISION_BY_ZERO, "division by zero");
    if (!(fabs(months) <= INT32_MAX) || !(fabs(days) <= INT32_MAX))
        return datetime_out_of_range("interval", error);
    result->months = (int32_t)months;
    result->days = (int32_t)days;
    const double more_days = to_microsecond((months - result->months) * 30);
    double seconds = to_microsecond((days - result->days + more_days - (int)more_days) * 86400);
    if (fabs(seconds) >= 86400) {
        result->days += (int)(seconds / 86400);
        seconds -= (int)(seconds / 86400) * 86400;
    }
    if (__builtin_add_overflow(result->days, (int32_t)more_days, &result->days))
        return datetime_out_of_range("interval", error);
    const double microseconds = rint(time + seconds * 1e6);
    if (!(fabs(microseconds) < 0x1p63))
        return datetime_out_of_range("interval", error);
    result->microseconds = (int64_t)microseconds;
    return STATUS_OK;
}

Status
datetime_difference(int64_t a, int64_t b, Interval *result, Error *error)
{
    int64_t difference;

    if (!timestamp_is_finite(a) || !timestamp_is_finite(b))
        return error_set(error, STATUS_DATETIME_OVERFLOW, "cannot subtract infinite timestamps");
    if (__builtin_sub_overflow(a, b, &difference))
        return datetime_out_of_range("interval", error);
    *result = (Interval){.days = (int32_t)(difference / MICROSECONDS_DAY),
                         .microseconds = difference % MICROSECONDS_DAY};
    return STATUS_OK;
}

Status
datetime_age(int64_t a, int64_t b, Interval *result, Error *error)
{
    if (!timestamp_is_finite(a) || !timestamp_is_finite(b))
        return error_set(error, STATUS_DATETIME_OVERFLOW, "cannot subtract infinite timestamps");

    const bool negative = a < b;
    const int64_t late = negative ? b : a;
    const int64_t early = negative ? a : b;
    const CalendarDate x = calendar_date(timestamp_days(late));
    const CalendarDate y = calendar_date(timestamp_days(early));
    int64_t time = timestamp_time(late) - timestamp_time(early);
    int32_t days = x.day - y.day;
    int32_t months = (x.year - y.year) * 12 + x.month - y.month;
    if (time < 0) {
        time += MICROSECONDS_DAY;
        days--;
    }
    while (days < 0) {
        days += month_days(y.year, y.month);
        months--;
    }
    *result = negative ? (Interval){-time, -days, -months} : (Interval){time, days, months};
    return STATUS_OK;
}

static const struct {
    const char *name;
    DateField field;
} field_names[] = {
    {"microseconds", FIELD_MICROSECONDS},
    {"microsecond", FIELD_MICROSECONDS},
    {"us", FIELD_MICROSECONDS},
    {"usec", FIELD_MICROSECONDS},
    {"usecs", FIELD_MICROSECONDS},
    {"usecond", FIELD_MICROSECONDS},
    {"useconds", FIELD_MICROSECONDS},
    {"milliseconds", FIELD_MILLISECONDS},
    {"millisecond", FIELD_MILLISECONDS},
    {"ms", FIELD_MILLISECONDS},
    {"msec", FIELD_MILLISECONDS},
    {"msecs", FIELD_MILLISECONDS},
    {"msecond", FIELD_MILLISECONDS},
    {"mseconds", FIELD_MILLISECONDS},
    {"second", FIELD_SECOND},
    {"seconds", FIELD_SECOND},
    {"s", FIELD_SECOND},
    {"sec", FIELD_SECOND},
    {"secs", FIELD_SECOND},
    {"minute", FIELD_MINUTE},
    {"minutes", FIELD_MINUTE},
    {"min", FIELD_MINUTE},
    {"mins", FIELD_MINUTE},
    {"m", FIELD_MINUTE},
    {"hour", FIELD_HOUR},
    {"hours", FIELD_HOUR},
    {"h", FIELD_HOUR},
    {"hr", FIELD_HOUR},
    {"hrs", FIELD_HOUR},
    {"day", FIELD_DAY},
    {"days", FIELD_DAY},
    {"d", FIELD_DAY},
    {"week", FIELD_WEEK},
    {"weeks", FIELD_WEEK},
    {"w", FIELD_WEEK},
    {"month", FIELD_MONTH},
    {"months", FIELD_MONTH},
    {"mon", FIELD_MONTH},
    {"mons", FIELD_MONTH},
    {"quarter", FIELD_QUARTER},
    {"qtr", FIELD_QUARTER},
    {"year", FIELD_YEAR},
    {"years", FIELD_YEAR},
    {"y", FIELD_YEAR},
    {"yr", FIELD_YEAR},
    {"yrs", FIELD_YEAR},
    {"decade", FIELD_DECADE},
    {"decades", FIELD_DECADE},
    {"dec", FIELD_DECADE},
    {"decs", FIELD_DECADE},
    {"century", FIELD_CENTURY},
    {"centuries", FIELD_CENTURY},
    {"c", FIELD_CENTURY},
    {"cent", FIELD_CENTURY},
    {"millennium", FIELD_MILLENNIUM},
    {"millennia", FIELD_MILLENNIUM},
    {"mil", FIELD_MILLENNIUM},
    {"mils", FIELD_MILLENNIUM},
    {"dow", FIELD_DOW},
    {"isodow", FIELD_ISODOW},
    {"doy", FIELD_DOY},
    {"isoyear", FIELD_ISOYEAR},
    {"epoch", FIELD_EPOCH},
    {"julian", FIELD_JULIAN},
    {"j", FIELD_JULIAN},
    {"jd", FIELD_JULIAN},
    {"timezone", FIELD_TIMEZONE},
    {"timezone_hour", FIELD_TIMEZONE_HOUR},
    {"timezone_minute", FIELD_TIMEZONE_MINUTE},
};

DateField
datetime_field(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof field_names / sizeof *field_names; i++) {
        if (text_equals_keyword(name, size, field_names[i].name))
            return field_names[i].field;
    }
    return FIELD_NONE;
}

bool
datetime_extract_time(DateField field, int64_t time, Int128 *micros)
{
    switch (field) {
    case FIELD_MICROSECONDS: *micros = (Int128)(time % MICROSECONDS_MINUTE) * 1000000; return true;
    case FIELD_MILLISECONDS: *micros = (Int128)(time % MICROSECONDS_MINUTE) * 1000; return true;
    case FIELD_SECOND: *micros = time % MICROSECONDS_MINUTE; return true;
    case FIELD_MINUTE: *micros = time / MICROSECONDS_MINUTE % 60 * 1000000; return true;
    case FIELD_HOUR: *micros = (Int128)(time / MICROSECONDS_HOUR) * 1000000; return true;
    case FIELD_EPOCH: *micros = time; return true;
    default: return false;
    }
}

bool
datetime_extract(DateField field, int64_t local, int32_t offset, Int128 *micros)
{
    const int64_t days = timestamp_days(local);
    const int64_t time = local - days * MICROSECONDS_DAY;

    switch (field) {
    case FIELD_EPOCH:
        *micros = (Int128)local - offset * MICROSECONDS_SECOND + CALENDAR_UNIX_DAYS * MICROSECONDS_DAY;
        return true;
    case FIELD_JULIAN:
        *micros = (Int128)(days + CALENDAR_JULIAN) * 1000000 + time * 1000000 / MICROSECONDS_DAY;
        return true;
    case FIELD_TIMEZONE: *micros = (Int128)offset * 1000000; return true;
    case FIELD_TIMEZONE_HOUR: *micros = (Int128)(offset / 3600) * 1000000; return true;
    case FIELD_TIMEZONE_MINUTE: *micros = (Int128)(offset / 60 % 60) * 1000000; return true;
    case FIELD_NONE: return false;
    default:
        if (field > FIELD_HOUR) {
            *micros = (Int128)datetime_date_field(field, days) * 1000000;
            return true;
        }
        return datetime_extract_time(field, time, micros);
    }
}

bool
datetime_extract_interval(DateField field, const Interval *interval, Int128 *micros)
{
    const int32_t years = interval->months / 12;
    const int64_t time = interval->microseconds;

    switch (field) {
    case FIELD_DAY: *micros = interval->days; break;
    case FIELD_MONTH: *micros = interval->months % 12; break;
    case FIELD_QUARTER: *micros = interval->months % 12 / 3 + 1; break;
    case FIELD_YEAR: *micros = years; break;
    case FIELD_DECADE: *micros = years / 10; break;
    case FIELD_CENTURY: *micros = years / 100; break;
    case FIELD_MILLENNIUM: *micros = years / 1000; break;
    case FIELD_EPOCH: /* a year has 365.25 days here, a month of the rest 30 */
        *micros = (Int128)years * 31557600 * 1000000 +
                  ((Int128)(interval->months % 12) * 30 + interval->days) * MICROSECONDS_DAY + time;
        return true;
    default: return datetime_extract_time(field, time, micros);
    }
    *micros *= 1000000;
    return true;
}

static int64_t
truncate_date(DateField field, int64_t days)
{
    const CalendarDate date = calendar_date(days);
    int64_t year = date.year;

    switch (field) {
    case FIELD_DAY: return days;
    case FIELD_WEEK: return days - (calendar_weekday(days) + 6) % 7;
    case FIELD_MONTH: return days - date.day + 1;
    case FIELD_QUARTER: return calendar_days(date.year, (date.month - 1) / 3 * 3 + 1, 1);
    case FIELD_DECADE: year = floor_divide(year, 10) * 10; break;
    case FIELD_CENTURY: year = floor_divide(year - 1, 100) * 100 + 1; break;
    case FIELD_MILLENNIUM: year = floor_divide(year - 1, 1000) * 1000 + 1; break;
    default: break;
    }
    return calendar_days(year, 1, 1);
}

bool
datetime_truncate(DateField field, int64_t local, int64_t *result)
{
    static const int64_t units[] = {
        1, 1000, MICROSECONDS_SECOND, MICROSECONDS_MINUTE, MICROSECONDS_HOUR, MICROSECONDS_DAY};

    if (field > FIELD_MILLENNIUM)
        return false;
    if (!timestamp_is_finite(local))
        *result = local;
    else if (field <= FIELD_DAY)
        *result = floor_divide(local, units[field]) * units[field];
    else
        *result = truncate_date(field, timestamp_days(local)) * MICROSECONDS_DAY;
    return true;
}

bool
datetime_truncate_interval(DateField field, const Interval *interval, Interval *result)
{
    static const int64_t units[] = {1, 1000, MICROSECONDS_SECOND, MICROSECONDS_MINUTE, MICROSECONDS_HOUR};
    static const int32_t months[] = {1, 3, 12, 120, 1200, 12000};

    *result = *interval;
    if (field <= FIELD_HOUR) {
        result->microseconds -= interval->microseconds % units[field];
        return true;
    }
    result->microseconds = 0;
    if (field == FIELD_DAY)
        return true;
    result->days = 0;
    if (field == FIELD_WEEK || field > FIELD_MILLENNIUM)
        return false;
    result->months -= interval->months % months[field - FIELD_MONTH];
    return true;
}
