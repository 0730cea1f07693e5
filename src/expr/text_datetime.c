/* Dates and times as text, ISO style. */
#include "expr/calendar.h"
#include "expr/text_parts.h"
#include "expr/time_zone.h"

#include <string.h>

static char *
put_pair(char *out, uint32_t value)
{
    out[0] = (char)('0' + value / 10);
    out[1] = (char)('0' + value % 10);
    return out + 2;
}

static char *
put_date(char *out, CalendarDate date)
{
    const int32_t year = date.year > 0 ? date.year : 1 - date.year;

    if (year < 10000) {
        out = put_pair(out, (uint32_t)year / 100);
        out = put_pair(out, (uint32_t)year % 100);
    } else {
        out = text_put_digits(out, (uint64_t)year, 4);
    }
    *out++ = '-';
    out = put_pair(out, (uint32_t)date.month);
    *out++ = '-';
    return put_pair(out, (uint32_t)date.day);
}

static char *
put_time(char *out, int64_t microseconds)
{
    const uint64_t whole = (uint64_t)microseconds / 1000000;
    const uint32_t seconds = (uint32_t)whole;

    out = put_pair(out, seconds / 3600);
    *out++ = ':';
    out = put_pair(out, seconds / 60 % 60);
    *out++ = ':';
    out = put_pair(out, seconds % 60);
    return text_put_fraction(out, (uint32_t)((uint64_t)microseconds - whole * 1000000));
}

static char *
put_word(char *out, const char *word)
{
    const size_t size = strlen(word);

    memcpy(out, word, size);
    return out + size;
}

size_t
text_format_date(int32_t days, char *out)
{
    if (!date_is_finite(days))
        return (size_t)(put_word(out, days == DATE_INFINITY ? "infinity" : "-infinity") - out);

    const CalendarDate date = calendar_date(days);
    char *at = put_date(out, date);
    if (date.year <= 0)
        at = put_word(at, " BC");
    return (size_t)(at - out);
}

size_t
text_format_time(int64_t microseconds, char *out)
{
    return (size_t)(put_time(out, microseconds) - out);
}

/* `zone` may be NULL: no offset. `microseconds` is local time where there is one. */
static size_t
format_timestamp(int64_t microseconds, const int32_t *offset, char *out)
{
    const int64_t days = timestamp_days(microseconds);
    const CalendarDate date = calendar_date(days);
    char *at = put_date(out, date);

    *at++ = ' ';
    at = put_time(at, microseconds - days * MICROSECONDS_DAY);
    if (offset != NULL)
        at = time_zone_put_offset(at, *offset);
    if (date.year <= 0)
        at = put_word(at, " BC");
    return (size_t)(at - out);
}

size_t
text_format_timestamp(int64_t microseconds, char *out)
{
    if (!timestamp_is_finite(microseconds))
        return (size_t)(put_word(out, microseconds == TIMESTAMP_INFINITY ? "infinity" : "-infinity") - out);
    return format_timestamp(microseconds, NULL, out);
}

size_t
text_format_timestamptz(int64_t microseconds, const Session *session, char *out)
{
    if (!timestamp_is_finite(microseconds))
        return text_format_timestamp(microseconds, out);

    const TimeZone *zone =
        session == NULL ? NULL : time_zone_find(session->time_zone, strlen(session->time_zone));
    const int32_t offset = zone == NULL ? 0 : time_zone_offset(zone, microseconds);
    return format_timestamp(microseconds + offset * MICROSECONDS_SECOND, &offset, out);
}
