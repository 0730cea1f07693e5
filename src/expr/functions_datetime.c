/* Rows of dates, times, timestamps and intervals: operators, casts, fields, constructors. */
#include "expr/kernels_datetime.h"
#include "expr/registry_topics.h"

#define FAILS FUNCTION_CAN_FAIL

#define BINARY(name, left, right, result, kernel, description)                                               \
    {                                                                                                        \
        name, 2, {TYPE_##left, TYPE_##right}, TYPE_##result, NULL, FAILS, kernel_##kernel, description       \
    }
#define UNARY(name, argument, result, flags, kernel, description)                                            \
    {                                                                                                        \
        name, 1, {TYPE_##argument}, TYPE_##result, NULL, flags, kernel_##kernel, description                 \
    }
#define CAST(from, to, flags, kernel) UNARY("cast", from, to, flags, kernel, "cast")
#define STABLE(name, result, kernel, description)                                                            \
    {                                                                                                        \
        name, 0, {TYPE_UNKNOWN}, TYPE_##result, NULL, FUNCTION_STABLE, kernel_##kernel, description          \
    }

static bool
rule_whole(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    (void)arguments;
    *result = type_numeric(18, 0);
    return true;
}

static bool
rule_second(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    (void)arguments;
    *result = type_numeric(8, 6);
    return true;
}

static bool
rule_millisecond(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    (void)arguments;
    *result = type_numeric(8, 3);
    return true;
}

/* What every field fits, where the field is not known when the query is bound. */
static bool
rule_any_field(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    (void)arguments;
    *result = type_numeric(26, 6);
    return true;
}

/* A day and its fraction. */
static bool
rule_julian(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    (void)arguments;
    *result = type_numeric(28, 20);
    return true;
}

#define FIELD(field, type, rule, kernel, flags)                                                              \
    {                                                                                                        \
        "extract_" field, 1, {TYPE_##type}, TYPE_NUMERIC, rule, flags, kernel_extract_##kernel,              \
            "EXTRACT(" field " FROM …)"                                                                    \
    }
#define FIELD_OF_DAY(field)                                                                                  \
    FIELD(field, TIMESTAMP, rule_whole, timestamp, 0),                                                       \
        FIELD(field, TIMESTAMPTZ, rule_whole, timestamptz, 0), FIELD(field, DATE, rule_whole, date, 0)
#define FIELD_OF_TIME(field, rule)                                                                           \
    FIELD(field, TIMESTAMP, rule, timestamp, 0), FIELD(field, TIMESTAMPTZ, rule, timestamptz, 0),            \
        FIELD(field, TIME, rule, time, 0), FIELD(field, INTERVAL, rule, interval, 0)
#define FIELD_OF_BOTH(field) FIELD_OF_DAY(field), FIELD(field, INTERVAL, rule_whole, interval, 0)

#define PART(name, type, result, rule, kernel)                                                               \
    {                                                                                                        \
        name, 2, {TYPE_TEXT, TYPE_##type}, TYPE_##result, rule, FAILS, kernel, "a field by its name"         \
    }
#define PARTS(type, suffix)                                                                                  \
    PART("extract", type, NUMERIC, rule_any_field, kernel_extract_##suffix),                                 \
        PART("date_part", type, FLOAT8, NULL, kernel_date_part_##suffix)

#define TRUNCATE(type, kernel) BINARY("date_trunc", TEXT, type, type, kernel, "rounded down to a field")

#define MAKE_INTERVAL(count)                                                                                 \
    {                                                                                                        \
        "make_interval", count,                                                                              \
            {TYPE_INT4, TYPE_INT4, TYPE_INT4, TYPE_INT4, TYPE_INT4, TYPE_INT4, TYPE_FLOAT8}, TYPE_INTERVAL,  \
            NULL, FAILS, kernel_make_interval,                                                               \
            "an interval of years, months, weeks, days, hours, minutes, seconds"                             \
    }

#define MAKE_TIMESTAMPTZ(count)                                                                              \
    {                                                                                                        \
        "make_timestamptz", count,                                                                           \
            {TYPE_INT4, TYPE_INT4, TYPE_INT4, TYPE_INT4, TYPE_INT4, TYPE_FLOAT8, TYPE_TEXT},                 \
            TYPE_TIMESTAMPTZ, NULL, FAILS, kernel_make_timestamptz,                                          \
            "a timestamp of its parts, in the session's zone or one by its name"                             \
    }

#define OVERLAPS(a, b, c, d)                                                                                 \
    {                                                                                                        \
        "overlaps", 4, {TYPE_##a, TYPE_##b, TYPE_##c, TYPE_##d}, TYPE_BOOL, NULL,                            \
            FAILS | FUNCTION_NOT_STRICT, kernel_overlaps,                                                    \
            "whether two spans of time have a moment in common"                                              \
    }
#define OVERLAPPING(type)                                                                                    \
    OVERLAPS(type, type, type, type), OVERLAPS(type, INTERVAL, type, type),                                  \
        OVERLAPS(type, type, type, INTERVAL), OVERLAPS(type, INTERVAL, type, INTERVAL)

const Function functions_datetime[] = {
    BINARY("+", DATE, INT4, DATE, date_plus_days, "days later"),
    BINARY("+", INT4, DATE, DATE, days_plus_date, "days later"),
    BINARY("-", DATE, INT4, DATE, date_minus_days, "days earlier"),
    BINARY("-", DATE, DATE, INT4, date_minus_date, "days between"),
    BINARY("+", DATE, INTERVAL, TIMESTAMP, date_plus_interval, "an interval later"),
    BINARY("+", INTERVAL, DATE, TIMESTAMP, interval_plus_date, "an interval later"),
    BINARY("-", DATE, INTERVAL, TIMESTAMP, date_minus_interval, "an interval earlier"),
    BINARY("+", DATE, TIME, TIMESTAMP, date_plus_time, "at that time of the day"),
    BINARY("+", TIME, DATE, TIMESTAMP, time_plus_date, "at that time of the day"),
    BINARY("+", TIMESTAMP, INTERVAL, TIMESTAMP, timestamp_plus_interval, "an interval later"),
    BINARY("+", INTERVAL, TIMESTAMP, TIMESTAMP, interval_plus_timestamp, "an interval later"),
    BINARY("-", TIMESTAMP, INTERVAL, TIMESTAMP, timestamp_minus_interval, "an interval earlier"),
    BINARY("-", TIMESTAMP, TIMESTAMP, INTERVAL, timestamp_minus_timestamp, "days and time between"),
    BINARY("+", TIMESTAMPTZ, INTERVAL, TIMESTAMPTZ, timestamptz_plus_interval, "an interval later"),
    BINARY("+", INTERVAL, TIMESTAMPTZ, TIMESTAMPTZ, interval_plus_timestamptz, "an interval later"),
    BINARY("-", TIMESTAMPTZ, INTERVAL, TIMESTAMPTZ, timestamptz_minus_interval, "an interval earlier"),
    BINARY("-", TIMESTAMPTZ, TIMESTAMPTZ, INTERVAL, timestamp_minus_timestamp, "days and time between"),
    BINARY("+", TIME, INTERVAL, TIME, time_plus_interval, "an interval later, modulo a day"),
    BINARY("+", INTERVAL, TIME, TIME, interval_plus_time, "an interval later, modulo a day"),
    BINARY("-", TIME, INTERVAL, TIME, time_minus_interval, "an interval earlier, modulo a day"),
    BINARY("-", TIME, TIME, INTERVAL, time_minus_time, "time between"),
    BINARY("+", INTERVAL, INTERVAL, INTERVAL, interval_plus_interval, "addition"),
    BINARY("-", INTERVAL, INTERVAL, INTERVAL, interval_minus_interval, "subtraction"),
    UNARY("-", INTERVAL, INTERVAL, FAILS, interval_negate, "negation"),
    BINARY("*", INTERVAL, FLOAT8, INTERVAL, interval_times, "multiplication"),
    BINARY("*", FLOAT8, INTERVAL, INTERVAL, times_interval, "multiplication"),
    BINARY("/", INTERVAL, FLOAT8, INTERVAL, interval_divide, "division"),
    CAST(DATE, TIMESTAMP, FAILS | FUNCTION_IMPLICIT, date_to_timestamp),
    CAST(DATE, TIMESTAMPTZ, FAILS | FUNCTION_IMPLICIT, date_to_timestamptz),
    CAST(TIMESTAMP, DATE, FUNCTION_ASSIGNMENT, timestamp_to_date),
    CAST(TIMESTAMPTZ, DATE, FUNCTION_ASSIGNMENT, timestamptz_to_date),
    CAST(TIMESTAMP, TIMESTAMPTZ, FUNCTION_IMPLICIT, timestamp_to_timestamptz),
    CAST(TIMESTAMPTZ, TIMESTAMP, FUNCTION_ASSIGNMENT, timestamptz_to_timestamp),
    CAST(TIMESTAMP, TIME, FUNCTION_ASSIGNMENT, timestamp_to_time),
    CAST(TIMESTAMPTZ, TIME, FUNCTION_ASSIGNMENT, timestamptz_to_time),
    CAST(TIME, INTERVAL, FUNCTION_IMPLICIT, time_to_interval),
    CAST(INTERVAL, TIME, FUNCTION_ASSIGNMENT, interval_to_time),
    FIELD_OF_BOTH("year"),
    FIELD_OF_BOTH("month"),
    FIELD_OF_BOTH("day"),
    FIELD_OF_BOTH("quarter"),
    FIELD_OF_BOTH("decade"),
    FIELD_OF_BOTH("century"),
    FIELD_OF_BOTH("millennium"),
    FIELD_OF_DAY("week"),
    FIELD_OF_DAY("dow"),
    FIELD_OF_DAY("isodow"),
    FIELD_OF_DAY("doy"),
    FIELD_OF_DAY("isoyear"),
    FIELD("julian", DATE, rule_whole, date, 0),
    FIELD("julian", TIMESTAMP, rule_julian, timestamp, 0),
    FIELD("julian", TIMESTAMPTZ, rule_julian, timestamptz, 0),
    FIELD("timezone", TIMESTAMPTZ, rule_whole, timestamptz, 0),
    FIELD("timezone_hour", TIMESTAMPTZ, rule_whole, timestamptz, 0),
    FIELD("timezone_minute", TIMESTAMPTZ, rule_whole, timestamptz, 0),
    FIELD_OF_TIME("hour", rule_whole),
    FIELD_OF_TIME("minute", rule_whole),
    FIELD_OF_TIME("second", rule_second),
    FIELD_OF_TIME("milliseconds", rule_millisecond),
    FIELD_OF_TIME("microseconds", rule_whole),
    FIELD_OF_TIME("epoch", rule_any_field),
    FIELD("epoch", DATE, rule_whole, date, 0),
    PARTS(TIMESTAMP, timestamp),
    PARTS(TIMESTAMPTZ, timestamptz),
    PARTS(DATE, date),
    PARTS(TIME, time),
    PARTS(INTERVAL, interval),
    TRUNCATE(TIMESTAMP, trunc_timestamp),
    TRUNCATE(TIMESTAMPTZ, trunc_timestamptz),
    TRUNCATE(INTERVAL, trunc_interval),
    {"date_trunc",
     3,
     {TYPE_TEXT, TYPE_TIMESTAMPTZ, TYPE_TEXT},
     TYPE_TIMESTAMPTZ,
     NULL,
     FAILS,
     kernel_trunc_timestamptz_zone,
     "rounded down to a field in a time zone"},
    BINARY("age", TIMESTAMP, TIMESTAMP, INTERVAL, age, "years, months, days and time between"),
    BINARY("age", TIMESTAMPTZ, TIMESTAMPTZ, INTERVAL, age_zoned, "years, months, days and time between"),
    UNARY("age", TIMESTAMPTZ, INTERVAL, FAILS | FUNCTION_STABLE, age_zoned,
          "age at midnight of the current day"),
    UNARY("age", TIMESTAMP, INTERVAL, FAILS | FUNCTION_STABLE, age_today,
          "age at midnight of the current day"),
    {"make_date",
     3,
     {TYPE_INT4, TYPE_INT4, TYPE_INT4},
     TYPE_DATE,
     NULL,
     FAILS,
     kernel_make_date,
     "a date of year, month and day"},
    {"make_time",
     3,
     {TYPE_INT4, TYPE_INT4, TYPE_FLOAT8},
     TYPE_TIME,
     NULL,
     FAILS,
     kernel_make_time,
     "a time of hour, minute and seconds"},
    {"make_timestamp",
     6,
     {TYPE_INT4, TYPE_INT4, TYPE_INT4, TYPE_INT4, TYPE_INT4, TYPE_FLOAT8},
     TYPE_TIMESTAMP,
     NULL,
     FAILS,
     kernel_make_timestamp,
     "a timestamp of its parts"},
    MAKE_TIMESTAMPTZ(6),
    MAKE_TIMESTAMPTZ(7),
    MAKE_INTERVAL(0),
    MAKE_INTERVAL(1),
    MAKE_INTERVAL(2),
    MAKE_INTERVAL(3),
    MAKE_INTERVAL(4),
    MAKE_INTERVAL(5),
    MAKE_INTERVAL(6),
    MAKE_INTERVAL(7),
    UNARY("justify_days", INTERVAL, INTERVAL, 0, justify_days, "30 days become a month"),
    UNARY("justify_hours", INTERVAL, INTERVAL, 0, justify_hours, "24 hours become a day"),
    UNARY("justify_interval", INTERVAL, INTERVAL, 0, justify_interval,
          "hours to days, days to months, one sign"),
    UNARY("to_timestamp", FLOAT8, TIMESTAMPTZ, FAILS, to_timestamp, "seconds since 1970"),
    BINARY("timezone", TEXT, TIMESTAMP, TIMESTAMPTZ, timezone_timestamp,
           "local time in a zone (AT TIME ZONE)"),
    BINARY("timezone", TEXT, TIMESTAMPTZ, TIMESTAMP, timezone_timestamptz,
           "local time in a zone (AT TIME ZONE)"),
    BINARY("timezone", INTERVAL, TIMESTAMP, TIMESTAMPTZ, timezone_interval,
           "local time at an offset (AT TIME ZONE)"),
    BINARY("timezone", INTERVAL, TIMESTAMPTZ, TIMESTAMP, timezone_interval,
           "local time at an offset (AT TIME ZONE)"),
    OVERLAPPING(TIMESTAMP),
    OVERLAPPING(TIMESTAMPTZ),
    OVERLAPPING(TIME),
    {"clock_timestamp",
     0,
     {TYPE_UNKNOWN},
     TYPE_TIMESTAMPTZ,
     NULL,
     FUNCTION_VOLATILE,
     kernel_clock_timestamp,
     "the time now, which goes on during the statement"},
    {"timeofday",
     0,
     {TYPE_UNKNOWN},
     TYPE_TEXT,
     NULL,
     FUNCTION_VOLATILE | FAILS,
     kernel_timeofday,
     "the time now, as text"},
    {"date_bin",
     3,
     {TYPE_INTERVAL, TYPE_TIMESTAMP, TYPE_TIMESTAMP},
     TYPE_TIMESTAMP,
     NULL,
     FAILS,
     kernel_date_bin,
     "rounded down to steps from an origin"},
    {"date_bin",
     3,
     {TYPE_INTERVAL, TYPE_TIMESTAMPTZ, TYPE_TIMESTAMPTZ},
     TYPE_TIMESTAMPTZ,
     NULL,
     FAILS,
     kernel_date_bin,
     "rounded down to steps from an origin"},
    UNARY("isfinite", DATE, BOOL, 0, date_is_finite, "whether it is not infinite"),
    UNARY("isfinite", TIMESTAMP, BOOL, 0, timestamp_is_finite, "whether it is not infinite"),
    UNARY("isfinite", TIMESTAMPTZ, BOOL, 0, timestamp_is_finite, "whether it is not infinite"),
    UNARY("isfinite", INTERVAL, BOOL, 0, interval_is_finite, "whether it is not infinite"),
    STABLE("now", TIMESTAMPTZ, now, "the statement's time"),
    STABLE("current_timestamp", TIMESTAMPTZ, now, "the statement's time"),
    STABLE("transaction_timestamp", TIMESTAMPTZ, now, "the statement's time"),
    STABLE("statement_timestamp", TIMESTAMPTZ, now, "the statement's time"),
    STABLE("current_date", DATE, current_date, "the statement's day in the session's zone"),
    STABLE("localtimestamp", TIMESTAMP, local_timestamp, "the statement's local time"),
};
const uint32_t functions_datetime_count = sizeof functions_datetime / sizeof functions_datetime[0];
