/* Text read by a template of dates and times (to_date, to_timestamp). */
#include "expr/calendar.h"
#include "expr/template.h"
#include "expr/utf8.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

typedef struct Reading {
    const char *at; /* NUL-terminated */
    const TemplateNode *node;
    bool fixed;  /* FX: characters stand where the template has them */
    int skipped; /* spaces and separators beyond those of the template */
    Error *error;

    /* What was read; 0 where it was not. */
    TemplateCalendar calendar;
    bool twelve;
    int hour, minute, second, seconds, weekday, day, day_of_year, month, ms, us, year, bc, pm, week, century,
        julian;
    int month_week, year_digits, zone_sign, zone_hour, zone_minute;
} Reading;

static const char *
name_of(const Reading *reading)
{
    return reading->node->keyword->text;
}

/* Once given, a field keeps its value. */
static Status
set_value(Reading *reading, int *field, int value)
{
    if (field == NULL)
        return STATUS_OK;
    if (*field != 0 && *field != value)
        return error_set(reading->error, STATUS_DATETIME_FORMAT,
                         "conflicting values for \"%s\" field in formatting string", name_of(reading));
    *field = value;
    return STATUS_OK;
}

static Status
bad_value(const Reading *reading, const char *text, size_t size)
{
    return error_set(reading->error, STATUS_DATETIME_FORMAT, "invalid value \"%.*s\" for \"%s\"", (int)size,
                     text, name_of(reading));
}

/* Whether digits may go on as far as they do: nothing that could be a digit follows in the template. */
static bool
ends_with_digits(const TemplateNode *node)
{
    if ((node->flags & (TEMPLATE_ORDINAL | TEMPLATE_ORDINAL_UP)) != 0)
        return true;
    node++;
    if (node->kind == TEMPLATE_END)
        return true;
    if (node->kind == TEMPLATE_FIELD)
        return !node->keyword->digits;
    return !(node->size == 1 && isdigit((unsigned char)node->character[0]));
}

/* A signed whole number of at most `most` characters; its end, or `text` where there is none. */
static const char *
scan_integer(const char *text, size_t most, int64_t *value)
{
    size_t at = 0;
    int64_t number = 0;

    while (at < most && isspace((unsigned char)text[at]))
        at++;
    const bool negative = at < most && text[at] == '-';
    at += at < most && (text[at] == '-' || text[at] == '+');
    const size_t digits = at;
    for (; at < most && isdigit((unsigned char)text[at]); at++)
        number = number > INT_MAX ? number : number * 10 + (text[at] - '0');
    *value = negative ? -number : number;
    return at == digits ? text : text + at;
}

/* A number of `length` characters, or as long as it is. *used: the characters read. */
static Status
read_number(Reading *reading, size_t length, int *field, int *used)
{
    const char *start = reading->at;
    int64_t value = 0;

    while (isspace((unsigned char)*reading->at))
        reading->at++;
    const size_t have = strnlen(reading->at, length);
    if ((reading->node->flags & TEMPLATE_FILL) != 0 || ends_with_digits(reading->node)) {
        const char *end = scan_integer(start, strlen(start), &value);
        if (end == start)
            return bad_value(reading, reading->at, have);
        reading->at = end;
    } else {
        if (have < length)
            return error_set(reading->error, STATUS_DATETIME_FORMAT,
                             "source string too short for \"%s\" formatting field", name_of(reading));
        const char *end = scan_integer(reading->at, length, &value);
        if (end != reading->at + length)
            return bad_value(reading, reading->at, have);
        reading->at = end;
    }
    if (value > INT_MAX || value < INT_MIN)
        return error_set(reading->error, STATUS_DATETIME_OVERFLOW,
                         "value for \"%s\" in source string is out of range", name_of(reading));
    *used = (int)(reading->at - start);
    return set_value(reading, field, (int)value);
}

static Status
read_field_number(Reading *reading, size_t length, int *field)
{
    int used;

    return read_number(reading, length, field, &used);
}

/* One of the names, any case: its index. */
static Status
read_name(Reading *reading, const char *const *names, size_t count, size_t length, int *index)
{
    for (size_t i = 0; i < count; i++) {
        const size_t size = length != 0 ? length : strlen(names[i]);
        if (strncasecmp(reading->at, names[i], size) != 0)
            continue;
        reading->at += size;
        *index = (int)i;
        return STATUS_OK;
    }
    return bad_value(reading, reading->at, strcspn(reading->at, " "));
}

static const char *const month_names[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};
static const char *const day_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};
/* Longer numerals stand before those they begin with. */
static const char *const roman_names[] = {"XII", "XI", "X",  "IX",  "VIII", "VII",
                                          "VI",  "V",  "IV", "III", "II",   "I"};

static Status
read_pair(Reading *reading, const char *const names[4], int *field)
{
    const bool dotted = name_of(reading)[1] == '.';
    int index;

    TRY(read_name(reading, names + (dotted ? 2 : 0), 2, 0, &index));
    return set_value(reading, field, index);
}

/* A year of fewer than four digits is the one nearest to 2020. */
static int
near_2020(int year)
{
    if (year < 70)
        return year + 2000;
    if (year < 100)
        return year + 1900;
    if (year < 520)
        return year + 2000;
    return year < 1000 ? year + 1000 : year;
}

static Status
read_year(Reading *reading)
{
    const size_t length = strlen(name_of(reading));
    int value = 0;
    int used;

    TRY(read_number(reading, length, &value, &used));
    if (length < 4 && used < 4)
        value = near_2020(value);
    reading->year_digits = (int)length;
    return set_value(reading, &reading->year, value);
}

/* Y,YYY */
static Status
read_grouped_year(Reading *reading)
{
    int64_t thousands;
    int64_t rest;
    const char *comma = scan_integer(reading->at, strlen(reading->at), &thousands);

    if (comma == reading->at || *comma != ',' || !isdigit((unsigned char)comma[1]))
        return error_set(reading->error, STATUS_DATETIME_FORMAT, "invalid input string for \"Y,YYY\"");
    reading->at = scan_integer(comma + 1, strnlen(comma + 1, 3), &rest);
    reading->year_digits = 4;
    if (thousands > INT_MAX / 1000 - 1)
        return error_set(reading->error, STATUS_DATETIME_OVERFLOW,
                         "value for \"Y,YYY\" in source string is out of range");
    return set_value(reading, &reading->year, (int)(thousands * 1000 + rest));
}

/* Digits behind the decimal point, so many at most: "25" is .25. */
static Status
read_fraction(Reading *reading, int places, int full, int *field)
{
    int value = 0;
    int used;

    TRY(read_number(reading, (size_t)places, &value, &used));
    for (; used < full; used++)
        value = value > INT_MAX / 10 ? value : value * 10;
    return set_value(reading, field, value);
}

static Status
read_zone_hour(Reading *reading)
{
    const char c = *reading->at;

    if (c == '+' || c == '-' || c == ' ') {
        reading->zone_sign = c == '-' ? -1 : 1;
        reading->at++;
    } else {
        reading->zone_sign = reading->skipped > 0 && reading->at[-1] == '-' ? -1 : 1;
    }
    return read_field_number(reading, 2, &reading->zone_hour);
}

static Status
read_weekday(Reading *reading, size_t length)
{
    int index;

    TRY(read_name(reading, day_names, 7, length, &index));
    return set_value(reading, &reading->weekday, index + 1);
}

static Status
read_month(Reading *reading, size_t length)
{
    int index;

    TRY(read_name(reading, month_names, 12, length, &index));
    return set_value(reading, &reading->month, index + 1);
}

static Status
read_roman(Reading *reading)
{
    int index;

    TRY(read_name(reading, roman_names, 12, 0, &index));
    return set_value(reading, &reading->month, 12 - index);
}

static Status
read_iso_weekday(Reading *reading)
{
    int value = 0;

    TRY(read_field_number(reading, 1, &value));
    return set_value(reading, &reading->weekday, value % 7 + 1);
}

static Status
read_time_field(Reading *reading)
{
    static const char *const halves[] = {"am", "pm", "a.m.", "p.m."};
    static const char *const eras[] = {"ad", "bc", "a.d.", "b.c."};
    const int places = name_of(reading)[2] - '0';

    switch (reading->node->keyword->field) {
    case DT_FX: reading->fixed = true; return STATUS_OK;
    case DT_AM: reading->twelve = true; return read_pair(reading, halves, &reading->pm);
    case DT_AD: return read_pair(reading, eras, &reading->bc);
    case DT_HH12: reading->twelve = true; return read_field_number(reading, 2, &reading->hour);
    case DT_HH24: return read_field_number(reading, 2, &reading->hour);
    case DT_MI: return read_field_number(reading, 2, &reading->minute);
    case DT_SS: return read_field_number(reading, 2, &reading->second);
    case DT_MS: return read_fraction(reading, 3, 3, &reading->ms);
    case DT_US: return read_fraction(reading, 6, 6, &reading->us);
    case DT_FF: return read_fraction(reading, places, 6, &reading->us);
    case DT_SSSS: return read_field_number(reading, strlen(name_of(reading)), &reading->seconds);
    case DT_TZH: return read_zone_hour(reading);
    case DT_TZM:
        reading->zone_sign = reading->zone_sign == 0 ? 1 : reading->zone_sign;
        return read_field_number(reading, 2, &reading->zone_minute);
    default:
        return error_set(reading->error, STATUS_NOT_SUPPORTED,
                         "formatting field \"%s\" is only supported in to_char", name_of(reading));
    }
}

static Status
read_field(Reading *reading)
{
    const size_t length = strlen(name_of(reading));

    switch (reading->node->keyword->field) {
    case DT_MONTH: return read_month(reading, 0);
    case DT_MON: return read_month(reading, 3);
    case DT_MM: return read_field_number(reading, 2, &reading->month);
    case DT_DAY: return read_weekday(reading, 0);
    case DT_DY: return read_weekday(reading, 3);
    case DT_DDD:
    case DT_IDDD: return read_field_number(reading, 3, &reading->day_of_year);
    case DT_DD: return read_field_number(reading, 2, &reading->day);
    case DT_D: return read_field_number(reading, 1, &reading->weekday);
    case DT_ID: return read_iso_weekday(reading);
    case DT_WW:
    case DT_IW: return read_field_number(reading, 2, &reading->week);
    case DT_Q: return read_field_number(reading, 1, NULL);
    case DT_CC: return read_field_number(reading, 2, &reading->century);
    case DT_Y_YYY: return read_grouped_year(reading);
    case DT_YYYY:
    case DT_YYY:
    case DT_YY:
    case DT_Y:
    case DT_IYYY:
    case DT_IYY:
    case DT_IY:
    case DT_I: return read_year(reading);
    case DT_RM: return read_roman(reading);
    case DT_W: return read_field_number(reading, length, &reading->month_week);
    case DT_J: return read_field_number(reading, length, &reading->julian);
    default: return read_time_field(reading);
    }
}

static void
skip_spaces(Reading *reading)
{
    while (isspace((unsigned char)*reading->at)) {
        reading->at++;
        reading->skipped++;
    }
}

static void
skip_character(Reading *reading)
{
    if (*reading->at != '\0')
        reading->at += utf8_size(reading->at, strlen(reading->at));
}

static bool
is_separator(char c)
{
    return c > 0x20 && c < 0x7F && !isalnum((unsigned char)c);
}

/* A character of the template that is no field takes one of the text, whichever it is. */
static void
read_literal(Reading *reading)
{
    if (reading->fixed) {
        skip_character(reading);
        return;
    }
    if (reading->node->kind == TEMPLATE_TEXT) {
        if (reading->skipped > 0)
            reading->skipped--;
        else
            skip_character(reading);
        return;
    }
    reading->skipped--;
    if (isspace((unsigned char)*reading->at) || is_separator(*reading->at)) {
        reading->at++;
        reading->skipped++;
    }
}

static Status
check_calendar(Reading *reading)
{
    const TemplateCalendar own = reading->node->keyword->calendar;

    if (own == CALENDAR_ANY)
        return STATUS_OK;
    if (reading->calendar != CALENDAR_ANY && reading->calendar != own) {
        error_set(reading->error, STATUS_DATETIME_FORMAT, "invalid combination of date conventions");
        return error_hint(reading->error,
                          "Do not mix Gregorian and ISO week date conventions in a formatting "
                          "template.");
    }
    reading->calendar = own;
    return STATUS_OK;
}

static Status
read_all(Reading *reading, const Template *template)
{
    for (reading->node = template->nodes; reading->node->kind != TEMPLATE_END && *reading->at != '\0';
         reading->node++) {
        const bool field = reading->node->kind == TEMPLATE_FIELD;
        if (!reading->fixed && !(field && reading->node->keyword->field == DT_FX) &&
            (field || reading->node == template->nodes))
            skip_spaces(reading);
        if (!field) {
            read_literal(reading);
            continue;
        }
        TRY(check_calendar(reading));
        TRY(read_field(reading));
        if ((reading->node->flags & (TEMPLATE_ORDINAL | TEMPLATE_ORDINAL_UP)) != 0) {
            skip_character(reading);
            skip_character(reading);
        }
        if (!reading->fixed) {
            reading->skipped = 0;
            skip_spaces(reading);
        }
    }
    return STATUS_OK;
}

/* The fields put together. */
typedef struct Moment {
    int64_t year;
    int64_t month, day;
    int64_t hour, minute, second, microsecond;
    bool has_year, has_month, has_day;
} Moment;

static void
set_days(Moment *moment, int64_t days)
{
    const CalendarDate date = calendar_date(days);

    moment->year = date.year;
    moment->month = date.month;
    moment->day = date.day;
    moment->has_year = moment->has_month = moment->has_day = true;
}

static Status
settle_time(const Reading *reading, Moment *moment)
{
    moment->hour = reading->seconds / 3600;
    moment->minute = reading->seconds % 3600 / 60;
    moment->second = reading->seconds % 60;
    moment->second = reading->second != 0 ? reading->second : moment->second;
    moment->minute = reading->minute != 0 ? reading->minute : moment->minute;
    moment->hour = reading->hour != 0 ? reading->hour : moment->hour;
    moment->microsecond = (int64_t)reading->ms * 1000 + reading->us;
    if (!reading->twelve)
        return STATUS_OK;
    if (moment->hour < 1 || moment->hour > 12) {
        error_set(reading->error, STATUS_DATETIME_FORMAT, "hour \"%d\" is invalid for the 12-hour clock",
                  (int)moment->hour);
        return error_hint(reading->error, "Use the 24-hour clock, or give an hour between 1 and 12.");
    }
    if (reading->pm != 0 && moment->hour < 12)
        moment->hour += 12;
    else if (reading->pm == 0 && moment->hour == 12)
        moment->hour = 0;
    return STATUS_OK;
}

static void
settle_year(const Reading *reading, Moment *moment)
{
    const int64_t century = reading->bc != 0 ? -(int64_t)reading->century : reading->century;

    moment->has_year = reading->year != 0 || century != 0;
    if (reading->year != 0 && century != 0 && reading->year_digits <= 2) {
        const int64_t rest = reading->year % 100;
        if (rest != 0)
            moment->year = century >= 0 ? (century - 1) * 100 + rest : (century + 1) * 100 - rest + 1;
        else
            moment->year = century * 100 + (century < 0);
    } else if (reading->year != 0) {
        moment->year = reading->bc != 0 ? -(int64_t)reading->year : reading->year;
        moment->year += moment->year < 0;
    } else if (century != 0) {
        moment->year = century > 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
    }
}

/* The month and the day of a day of the year. */
static void
split_day_of_year(Moment *moment, int64_t day_of_year)
{
    const bool leap = year_is_leap(moment->year);
    int64_t before = 0;
    int32_t month = 1;

    while (month <= 12 && day_of_year > before + month_days(leap ? 2000 : 2001, month))
        before += month_days(leap ? 2000 : 2001, month++);
    if (moment->month <= 1)
        moment->month = month;
    if (moment->day <= 1)
        moment->day = day_of_year - before;
    moment->has_month = moment->has_day = true;
}

static bool
is_year_in_range(int64_t year)
{
    return year > -4800 && year < 5880000;
}

static Status
settle_date(const Reading *reading, Moment *moment)
{
    int64_t day_of_year = reading->day_of_year;
    int64_t day = reading->day;

    settle_year(reading, moment);
    if (!is_year_in_range(moment->year))
        return STATUS_OK; /* refused by its range */
    if (reading->julian != 0)
        set_days(moment, (int64_t)reading->julian - CALENDAR_JULIAN);
    if (reading->week != 0 && reading->calendar == CALENDAR_ISO) {
        const int64_t monday = calendar_iso_year_start(moment->year) + ((int64_t)reading->week - 1) * 7;
        const int64_t offset = reading->weekday == 0 ? 0 : reading->weekday > 1 ? reading->weekday - 2 : 6;
        set_days(moment, monday + offset);
    } else if (reading->week != 0) {
        day_of_year = ((int64_t)reading->week - 1) * 7 + 1;
    }
    if (reading->month_week != 0)
        day = ((int64_t)reading->month_week - 1) * 7 + 1;
    if (day != 0) {
        moment->day = day;
        moment->has_day = true;
    }
    if (reading->month != 0) {
        moment->month = reading->month;
        moment->has_month = true;
    }
    if (day_of_year == 0 || (moment->month > 1 && moment->day > 1))
        return STATUS_OK;
    if (moment->year == 0 && reading->bc == 0)
        return error_set(reading->error, STATUS_DATETIME_FORMAT,
                         "cannot calculate day of year without year information");
    if (reading->calendar == CALENDAR_ISO)
        set_days(moment, calendar_iso_year_start(moment->year) + day_of_year - 1);
    else
        split_day_of_year(moment, day_of_year);
    return STATUS_OK;
}

static bool
is_valid(const Moment *moment)
{
    if (moment->has_month && (moment->month < 1 || moment->month > 12))
        return false;
    if (moment->has_day && (moment->day < 1 || moment->day > 31))
        return false;
    if (moment->has_year && moment->has_month && moment->has_day &&
        moment->day > month_days(moment->year, (int32_t)moment->month))
        return false;
    return moment->hour >= 0 && moment->hour < 24 && moment->minute >= 0 && moment->minute < 60 &&
           moment->second >= 0 && moment->second < 60 && moment->microsecond >= 0 &&
           moment->microsecond < MICROSECONDS_SECOND;
}

static Status
settle_zone(const Reading *reading, const char *text, ParsedTime *parsed)
{
    if (reading->zone_sign == 0)
        return STATUS_OK;
    if (reading->zone_hour < 0 || reading->zone_hour > 15 || reading->zone_minute < 0 ||
        reading->zone_minute > 59)
        return error_set(reading->error, STATUS_ZONE_DISPLACEMENT,
                         "time zone displacement out of range: \"%.100s\"", text);
    parsed->has_offset = true;
    parsed->timestamp -=
        reading->zone_sign * (reading->zone_hour * INT64_C(60) + reading->zone_minute) * MICROSECONDS_MINUTE;
    return STATUS_OK;
}

static Status
settle(const Reading *reading, const char *text, bool date_only, ParsedTime *parsed)
{
    Moment moment = {.month = 1, .day = 1};

    TRY(settle_time(reading, &moment));
    TRY(settle_date(reading, &moment));
    if (!is_valid(&moment))
        return error_set(reading->error, STATUS_DATETIME_OVERFLOW,
                         "date/time field value out of range: \"%.100s\"", text);
    const int64_t days = is_year_in_range(moment.year)
                             ? calendar_days(moment.year, (int32_t)moment.month, (int32_t)moment.day)
                             : INT64_MAX;
    if (days < DATE_FIRST || days >= DATE_END)
        return error_set(reading->error, STATUS_DATETIME_OVERFLOW, "%s out of range: \"%.100s\"",
                         date_only ? "date" : "timestamp", text);
    *parsed = (ParsedTime){.days = (int32_t)days};
    if (date_only)
        return STATUS_OK;
    if (days >= TIMESTAMP_END / MICROSECONDS_DAY)
        return error_set(reading->error, STATUS_DATETIME_OVERFLOW, "timestamp out of range: \"%.100s\"",
                         text);
    parsed->timestamp = days * MICROSECONDS_DAY + moment.hour * MICROSECONDS_HOUR +
                        moment.minute * MICROSECONDS_MINUTE + moment.second * MICROSECONDS_SECOND +
                        moment.microsecond;
    return settle_zone(reading, text, parsed);
}

Status
parse_datetime(const Template *template, const char *text, size_t size, bool date_only, Arena *arena,
               ParsedTime *parsed, Error *error)
{
    char *copy = arena_alloc_aligned(arena, size + 1, 1);
    Reading reading = {.at = copy, .error = error};

    if (copy == NULL)
        return error_set_memory(error);
    memcpy(copy, text, size);
    copy[size] = '\0';
    TRY(read_all(&reading, template));
    return settle(&reading, copy, date_only, parsed);
}
