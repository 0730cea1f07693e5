/* expr/datetime.h: arithmetic of dates, timestamps and intervals on single values, as PostgreSQL's
 * timestamp.c defines it. */
#ifndef RUNNEL_EXPR_DATETIME_H
#define RUNNEL_EXPR_DATETIME_H

#include "base/error.h"
#include "column/value.h"
#include "expr/calendar.h"
#include "expr/session.h"
#include "expr/time_zone.h"

/* The session's zone; NULL for UTC or a zone that this machine does not know. */
const TimeZone *datetime_zone(const Session *session);

static inline int64_t
datetime_to_local(const TimeZone *zone, int64_t utc)
{
    return zone == NULL ? utc : utc + time_zone_offset(zone, utc) * MICROSECONDS_SECOND;
}

static inline int64_t
datetime_to_utc(const TimeZone *zone, int64_t local)
{
    return zone == NULL ? local : time_zone_to_utc(zone, local);
}

Status datetime_out_of_range(const char *what, Error *error);
Status datetime_from_date(int32_t days, int64_t *timestamp, Error *error);
Status datetime_to_date(int64_t timestamp, int32_t *days, Error *error);

/* Months first (the day clamped to the month's last), then days, then the time. With a zone, the timestamp is
 * UTC and months and days are counted on the local calendar. */
Status datetime_add(int64_t timestamp, const Interval *interval, const TimeZone *zone, int64_t *result,
                    Error *error);

Status datetime_interval_negate(const Interval *interval, Interval *result, Error *error);
Status datetime_interval_add(const Interval *a, const Interval *b, Interval *result, Error *error);
/* interval * factor, or interval / factor where `divide`. */
Status datetime_interval_scale(const Interval *interval, double factor, bool divide, Interval *result,
                               Error *error);

/* a - b in days and time, and in years, months, days and time (age()). */
Status datetime_difference(int64_t a, int64_t b, Interval *result, Error *error);
Status datetime_age(int64_t a, int64_t b, Interval *result, Error *error);

typedef enum DateField {
    FIELD_MICROSECONDS,
    FIELD_MILLISECONDS,
    FIELD_SECOND,
    FIELD_MINUTE,
    FIELD_HOUR,
    FIELD_DAY,
    FIELD_WEEK,
    FIELD_MONTH,
    FIELD_QUARTER,
    FIELD_YEAR,
    FIELD_DECADE,
    FIELD_CENTURY,
    FIELD_MILLENNIUM,
    FIELD_DOW,
    FIELD_ISODOW,
    FIELD_DOY,
    FIELD_ISOYEAR,
    FIELD_EPOCH,
    FIELD_JULIAN,
    FIELD_TIMEZONE,
    FIELD_TIMEZONE_HOUR,
    FIELD_TIMEZONE_MINUTE,
    FIELD_NONE
} DateField;

/* Years as PostgreSQL counts decades, centuries and millennia; 1 BC is -1. */
static inline int64_t
datetime_count_years(DateField field, int32_t year)
{
    switch (field) {
    case FIELD_DECADE: return floor_divide(year, 10);
    case FIELD_CENTURY: return year > 0 ? (year + 99) / 100 : -((99 - (year - 1)) / 100);
    case FIELD_MILLENNIUM: return year > 0 ? (year + 999) / 1000 : -((999 - (year - 1)) / 1000);
    default: return year > 0 ? year : year - 1;
    }
}

/* A field that depends on the day alone. */
static inline int64_t
datetime_date_field(DateField field, int64_t days)
{
    const CalendarDate date = calendar_date(days);
    int32_t iso_year;

    switch (field) {
    case FIELD_DAY: return date.day;
    case FIELD_MONTH: return date.month;
    case FIELD_QUARTER: return (date.month - 1) / 3 + 1;
    case FIELD_DOW: return calendar_weekday(days);
    case FIELD_ISODOW: return (calendar_weekday(days) + 6) % 7 + 1;
    case FIELD_DOY: return days - calendar_days(date.year, 1, 1) + 1;
    case FIELD_WEEK: return calendar_iso_week(days, &iso_year);
    case FIELD_ISOYEAR: calendar_iso_week(days, &iso_year); return iso_year > 0 ? iso_year : iso_year - 1;
    default: return datetime_count_years(field, date.year);
    }
}

/* By PostgreSQL's names and synonyms ("year", "years", "y", …), any case; FIELD_NONE where unknown. */
DateField datetime_field(const char *name, size_t size);

/* A field times 10^6; false where timestamps have no such field. `offset`: of timestamptz, else 0. The
 * timestamp is local time and finite; epoch is of the UTC time. */
bool datetime_extract(DateField field, int64_t local, int32_t offset, Int128 *micros);
bool datetime_extract_interval(DateField field, const Interval *interval, Int128 *micros);
bool datetime_extract_time(DateField field, int64_t time, Int128 *micros);

/* Rounded down to the field; false where the field cannot be truncated to. */
bool datetime_truncate(DateField field, int64_t local, int64_t *result);
bool datetime_truncate_interval(DateField field, const Interval *interval, Interval *result);

#endif
