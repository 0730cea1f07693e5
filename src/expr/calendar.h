/* expr/calendar.h: days and microseconds since 2000-01-01 against the proleptic Gregorian calendar.
 *
 * Dates are int32 days, times int64 microseconds of the day, timestamps int64 microseconds; both epochs are
 * PostgreSQL's. Years are astronomical (0 is 1 BC). Only integer arithmetic, no calls: loops over these
 * inline. */
#ifndef RUNNEL_EXPR_CALENDAR_H
#define RUNNEL_EXPR_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#define MICROSECONDS_SECOND INT64_C(1000000)
#define MICROSECONDS_MINUTE INT64_C(60000000)
#define MICROSECONDS_HOUR   INT64_C(3600000000)
#define MICROSECONDS_DAY    INT64_C(86400000000)

#define DATE_MINUS_INFINITY      INT32_MIN
#define DATE_INFINITY            INT32_MAX
#define TIMESTAMP_MINUS_INFINITY INT64_MIN
#define TIMESTAMP_INFINITY       INT64_MAX

/* The first valid one and the first after the last: 4714-11-24 BC to 5874897 and 294276 AD. */
#define DATE_FIRST      INT32_C(-2451545)
#define DATE_END        INT32_C(2145031949)
#define TIMESTAMP_FIRST INT64_C(-211813488000000000)
#define TIMESTAMP_END   INT64_C(9223371331200000000)

#define CALENDAR_UNIX_DAYS INT32_C(10957)   /* from 1970-01-01 to 2000-01-01 */
#define CALENDAR_JULIAN    INT32_C(2451545) /* the Julian day of 2000-01-01 */

typedef struct CalendarDate {
    int32_t year;
    int32_t month; /* 1..12 */
    int32_t day;   /* 1..31 */
} CalendarDate;

static inline bool
date_is_finite(int32_t days)
{
    return days != DATE_INFINITY && days != DATE_MINUS_INFINITY;
}

static inline bool
timestamp_is_finite(int64_t microseconds)
{
    return microseconds != TIMESTAMP_INFINITY && microseconds != TIMESTAMP_MINUS_INFINITY;
}

static inline bool
timestamp_is_valid(int64_t microseconds)
{
    return microseconds >= TIMESTAMP_FIRST && microseconds < TIMESTAMP_END;
}

static inline int64_t
floor_divide(int64_t a, int64_t b)
{
    const int64_t quotient = a / b;

    return quotient - (quotient * b > a);
}

/* Days of a timestamp, rounded down, and what is left. */
static inline int64_t
timestamp_days(int64_t microseconds)
{
    return floor_divide(microseconds, MICROSECONDS_DAY);
}

static inline int64_t
timestamp_time(int64_t microseconds)
{
    return microseconds - timestamp_days(microseconds) * MICROSECONDS_DAY;
}

static inline bool
year_is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static inline int32_t
month_days(int64_t year, int32_t month)
{
    return month == 2 ? 28 + year_is_leap(year) : 30 + ((month + (month >> 3)) & 1);
}

enum { CALENDAR_ERAS = 16, CALENDAR_ERA_DAYS = 146097, CALENDAR_MARCH_DAYS = 730425 };

/* Neri and Schneider, "Euclidean affine functions and their application to calendar algorithms" (2022). Any
 * day from DATE_FIRST on. */
static inline CalendarDate
calendar_date(int64_t days)
{
    const uint64_t n = (uint64_t)(days + CALENDAR_MARCH_DAYS + (int64_t)CALENDAR_ERAS * CALENDAR_ERA_DAYS);
    const uint64_t n1 = 4 * n + 3;
    const uint64_t century = n1 / 146097;
    const uint32_t n2 = (uint32_t)(n1 % 146097) | 3;
    const uint64_t p2 = UINT64_C(2939745) * n2;
    const uint32_t year_of_century = (uint32_t)(p2 >> 32);
    const uint32_t day_of_year = (uint32_t)p2 / 2939745 / 4;
    const uint32_t n3 = 2141 * day_of_year + 197913;
    const uint32_t month = n3 >> 16;
    const uint32_t day = (n3 & 0xFFFF) / 2141;
    const uint32_t wraps = day_of_year >= 306;

    return (CalendarDate){.year = (int32_t)(century * 100 + year_of_century) - CALENDAR_ERAS * 400 +
                                  (int32_t)wraps,
                          .month = (int32_t)(month - 12 * wraps),
                          .day = (int32_t)day + 1};
}

/* Days since 2000-01-01 of a date; month 1..12. Years from -6000 on. */
static inline int64_t
calendar_days(int64_t year, int32_t month, int32_t day)
{
    const bool wraps = month <= 2;
    const uint64_t y = (uint64_t)(year + CALENDAR_ERAS * 400 - wraps);
    const uint64_t m = (uint64_t)(month + (wraps ? 12 : 0));
    const uint64_t century = y / 100;
    const uint64_t days = 1461 * y / 4 - century + century / 4 + (979 * m - 2919) / 32 + (uint64_t)day - 1;

    return (int64_t)days - CALENDAR_MARCH_DAYS - (int64_t)CALENDAR_ERAS * CALENDAR_ERA_DAYS;
}

/* 0 for Sunday .. 6. */
static inline int32_t
calendar_weekday(int64_t days)
{
    return (int32_t)(((days + 6) % 7 + 7) % 7);
}

/* The Monday that begins the ISO week 1 of the year (the week with January 4). */
static inline int64_t
calendar_iso_year_start(int64_t year)
{
    const int64_t fourth = calendar_days(year, 1, 4);

    return fourth - (calendar_weekday(fourth) + 6) % 7;
}

/* The ISO year and week of a day. */
static inline int32_t
calendar_iso_week(int64_t days, int32_t *iso_year)
{
    int32_t year = calendar_date(days).year;

    if (days >= calendar_iso_year_start((int64_t)year + 1))
        year++;
    else if (days < calendar_iso_year_start(year))
        year--;
    *iso_year = year;
    return (int32_t)((days - calendar_iso_year_start(year)) / 7) + 1;
}

#endif
