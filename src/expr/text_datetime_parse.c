/* Text to dates and times: the forms that PostgreSQL takes under DateStyle ISO, MDY.
 *
 * The ISO forms have a way of their own, without tokens. Everything else is cut into fields (date-like,
 * time-like, numbers, words, offsets), which fill a DateTime one by one. */
#include "expr/calendar.h"
#include "expr/text_parts.h"
#include "expr/time_zone.h"

#include <string.h>

typedef enum Special {
    SPECIAL_NONE,
    SPECIAL_INFINITY,
    SPECIAL_MINUS_INFINITY,
    SPECIAL_EPOCH,
    SPECIAL_NOW
} Special;

typedef struct DateTime {
    int64_t year; /* as written; BC is applied at the end */
    int32_t month, day, day_of_year;
    int64_t julian;
    int64_t microseconds; /* of the day */
    int32_t hour;
    int32_t offset;
    int32_t relative_days; /* today, tomorrow, yesterday */
    const TimeZone *zone;
    Special special;
    bool has_year, has_month, has_day, has_day_of_year, has_julian, has_time, has_offset, has_relative;
    bool two_digit_year, bc, ad, am, pm, iso_t, time_only;
} DateTime;

/* Why a text is refused. */
typedef enum Verdict {
    VERDICT_OK,
    VERDICT_SYNTAX,
    VERDICT_RANGE,
    VERDICT_ZONE_RANGE,
    VERDICT_ZONE_NAME,
    VERDICT_BEYOND
} Verdict;

#define CHECK(call)                                                                                          \
    do {                                                                                                     \
        const Verdict check = (call);                                                                        \
        if (check != VERDICT_OK)                                                                             \
            return check;                                                                                    \
    } while (0)

static const char *const month_names[] = {"january",   "february", "march",    "april",
                                          "may",       "june",     "july",     "august",
                                          "september", "october",  "november", "december"};
static const char *const day_names[] = {"sunday",   "monday", "tuesday", "wednesday",
                                        "thursday", "friday", "saturday"};

/* The index of a name given in full or by its first three letters; -1 where there is none. */
static int
find_name(const char *const *names, int count, const char *word, size_t size)
{
    if (size == 4 && count == 12 && text_equals_word(word, size, "sept"))
        return 8;
    for (int i = 0; i < count; i++) {
        if (text_equals_word(word, size, names[i]))
            return i;
        if (size == 3 && text_lower(word[0]) == names[i][0] && text_lower(word[1]) == names[i][1] &&
            text_lower(word[2]) == names[i][2])
            return i;
    }
    return -1;
}

static int64_t
read_number(const char *text, size_t size)
{
    int64_t value = 0;

    for (size_t i = 0; i < size && value < INT64_C(1000000000000); i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

/* ".25" after the seconds, rounded to microseconds (may be 1000000). */
static int64_t
read_fraction(const char *digits, size_t size)
{
    int64_t value = 0;

    for (size_t i = 0; i < 6; i++)
        value = value * 10 + (i < size ? digits[i] - '0' : 0);
    if (size > 6) {
        bool more = false;
        for (size_t i = 7; i < size; i++)
            more |= digits[i] != '0';
        value += digits[6] > '5' || (digits[6] == '5' && (more || (value & 1) != 0));
    }
    return value;
}

/* hh:mm[:ss[.fraction]] */
static Verdict
take_time(DateTime *dt, const char *text, size_t size)
{
    int64_t parts[3] = {0, 0, 0};
    int64_t fraction = 0;
    size_t at = 0;
    int count = 0;

    if (dt->has_time)
        return VERDICT_SYNTAX;
    while (count < 3) {
        const size_t start = at;
        while (at < size && text_is_digit(text[at]))
            at++;
        if (at == start && count < 2)
            return VERDICT_SYNTAX;
        parts[count++] = read_number(text + start, at - start);
        if (at == size || text[at] != ':')
            break;
        at++;
    }
    if (at < size && text[at] == '.') {
        if (count < 3) { /* mm:ss.fraction is read as minutes and seconds */
            parts[2] = parts[1];
            parts[1] = parts[0];
            parts[0] = 0;
        }
        const size_t start = ++at;
        while (at < size && text_is_digit(text[at]))
            at++;
        fraction = read_fraction(text + start, at - start);
    }
    if (at != size)
        return VERDICT_SYNTAX;
    if (parts[0] > 24 || parts[1] > 59 || parts[2] > 60)
        return VERDICT_RANGE;
    dt->hour = (int32_t)parts[0];
    dt->microseconds = parts[0] * MICROSECONDS_HOUR + parts[1] * MICROSECONDS_MINUTE +
                       parts[2] * MICROSECONDS_SECOND + fraction;
    dt->has_time = true;
    return dt->microseconds > MICROSECONDS_DAY ? VERDICT_RANGE : VERDICT_OK;
}

static Verdict
take_year(DateTime *dt, int64_t value, size_t digits)
{
    if (dt->has_year)
        return VERDICT_SYNTAX;
    dt->year = value;
    dt->has_year = true;
    dt->two_digit_year = digits <= 2;
    return VERDICT_OK;
}

/* One number of a date, in the order month, day, year; a long one is the year. */
static Verdict
take_date_number(DateTime *dt, int64_t value, size_t digits, bool year_first)
{
    if (digits >= 3 && !dt->has_year)
        return take_year(dt, value, digits);
    if (!dt->has_month) { /* may turn out to be the day: checked at the end */
        if (value < 1 || value > 31)
            return VERDICT_RANGE;
        dt->month = (int32_t)value;
        dt->has_month = true;
        return VERDICT_OK;
    }
    if (!dt->has_day) {
        /* "Jan-99" style: after a month name a day, unless it cannot be one */
        if (value < 1 || value > 31)
            return VERDICT_RANGE;
        dt->day = (int32_t)value;
        dt->has_day = true;
        return VERDICT_OK;
    }
    if (year_first)
        return VERDICT_SYNTAX;
    return take_year(dt, value, digits);
}

static Verdict
take_month_name(DateTime *dt, int month)
{
    if (dt->has_month && !dt->has_day) { /* "5 Jan": the number was the day */
        dt->day = dt->month;
        dt->has_day = true;
        dt->has_month = false;
    }
    if (dt->has_month)
        return VERDICT_SYNTAX;
    dt->month = month + 1;
    dt->has_month = true;
    return VERDICT_OK;
}

/* "2025-01-05", "1/5/2025", "5-Jan-2025", "2025.045", "20250105T…" has been cut before. */
static Verdict
take_date(DateTime *dt, const char *text, size_t size)
{
    size_t at = 0;
    int parts = 0;
    bool year_first = false;

    /* A month name anywhere settles the month: the numbers around it are day and year. */
    while (at < size) {
        const size_t start = at;
        if (text_is_digit(text[at])) {
            while (at < size && text_is_digit(text[at]))
                at++;
            const size_t digits = at - start;
            if (parts == 0 && digits >= 3)
                year_first = true;
            if (parts == 1 && year_first && at == size && digits == 3) { /* year and day of the year */
                dt->day_of_year = (int32_t)read_number(text + start, digits);
                dt->has_day_of_year = true;
                return VERDICT_OK;
            }
            CHECK(take_date_number(dt, read_number(text + start, digits), digits, year_first));
        } else {
            while (at < size && !text_is_digit(text[at]) && text[at] != '-' && text[at] != '/' &&
                   text[at] != '.')
                at++;
            const int month = find_name(month_names, 12, text + start, at - start);
            if (month < 0)
                return VERDICT_SYNTAX;
            CHECK(take_month_name(dt, month));
        }
        parts++;
        if (at < size) {
            at++;
            if (at == size)
                return VERDICT_SYNTAX;
        }
    }
    return parts >= 2 && parts <= 3 ? VERDICT_OK : VERDICT_SYNTAX;
}

static bool
has_day(const DateTime *dt)
{
    return dt->has_julian || (dt->has_year && (dt->has_day_of_year || (dt->has_month && dt->has_day)));
}

/* Digits alone: YYYYMMDD, YYMMDD, HHMMSS, HHMM after T, a year, a day. */
static Verdict
take_number(DateTime *dt, const char *text, size_t size)
{
    const int64_t value = read_number(text, size);

    if (size > 9)
        return VERDICT_RANGE;
    if ((dt->time_only || has_day(dt)) && !dt->has_time && (size == 6 || size == 4)) {
        if (dt->time_only && dt->has_year && !dt->iso_t)
            return VERDICT_SYNTAX;
        dt->has_time = true;
        const int64_t hms = size == 6 ? value : value * 100;
        if (hms / 10000 > 24 || hms / 100 % 100 > 59 || hms % 100 > 60)
            return VERDICT_RANGE;
        dt->hour = (int32_t)(hms / 10000);
        dt->microseconds = hms / 10000 * MICROSECONDS_HOUR + hms / 100 % 100 * MICROSECONDS_MINUTE +
                           hms % 100 * MICROSECONDS_SECOND;
        return dt->microseconds > MICROSECONDS_DAY ? VERDICT_RANGE : VERDICT_OK;
    }
    if (dt->time_only && !(dt->iso_t && !dt->has_time && size <= 2)) /* no part of a date stands alone */
        return VERDICT_SYNTAX;
    if ((size >= 8 || size == 6) && !dt->has_year && !dt->has_month) {
        CHECK(take_year(dt, value / 10000, size - 4));
        dt->month = (int32_t)(value / 100 % 100);
        dt->day = (int32_t)(value % 100);
        dt->has_month = dt->has_day = true;
        return dt->month >= 1 && dt->month <= 12 && dt->day >= 1 ? VERDICT_OK : VERDICT_RANGE;
    }
    if (size == 3 && dt->has_year && !dt->has_month) {
        dt->day_of_year = (int32_t)value;
        dt->has_day_of_year = true;
        return VERDICT_OK;
    }
    if (dt->iso_t && !dt->has_time && size <= 2) {
        dt->hour = (int32_t)value;
        dt->microseconds = value * MICROSECONDS_HOUR;
        dt->has_time = true;
        return value <= 24 ? VERDICT_OK : VERDICT_RANGE;
    }
    return take_date_number(dt, value, size, false);
}

static Verdict
take_zone(DateTime *dt, const char *word, size_t size)
{
    if (dt->has_offset || dt->zone != NULL)
        return VERDICT_SYNTAX;
    dt->zone = time_zone_find(word, size);
    if (dt->zone == NULL)
        return memchr(word, '/', size) != NULL ? VERDICT_ZONE_NAME : VERDICT_SYNTAX;
    return VERDICT_OK;
}

static Verdict
take_special(DateTime *dt, const char *word, size_t size, bool *taken)
{
    const bool again = dt->special == SPECIAL_INFINITY || dt->special == SPECIAL_MINUS_INFINITY;

    *taken = true;
    if (text_equals_word(word, size, "infinity") || text_equals_word(word, size, "+infinity"))
        dt->special = SPECIAL_INFINITY;
    else if (text_equals_word(word, size, "-infinity"))
        dt->special = SPECIAL_MINUS_INFINITY;
    else if (text_equals_word(word, size, "epoch"))
        dt->special = SPECIAL_EPOCH;
    else if (text_equals_word(word, size, "now"))
        dt->special = SPECIAL_NOW;
    else if (text_equals_word(word, size, "today") || text_equals_word(word, size, "tomorrow") ||
             text_equals_word(word, size, "yesterday")) {
        dt->has_relative = true;
        dt->relative_days = text_lower(word[0]) == 'y' ? -1 : size == 8 ? 1 : 0;
    } else if (text_equals_word(word, size, "allballs")) { /* midnight of UTC */
        dt->has_time = dt->has_offset = true;
    } else {
        *taken = false;
    }
    return *taken && again ? VERDICT_SYNTAX : VERDICT_OK;
}

static size_t
span(const char *text, size_t size, const char *also, bool letters)
{
    size_t at = 0;

    while (at < size) {
        const char c = text[at];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!text_is_digit(c) && !(letters && letter) && (c == '\0' || strchr(also, c) == NULL))
            break;
        at++;
    }
    return at;
}

/* Behind a day, a name with an offset is a zone as POSIX has it: "GMT+8" is eight hours west of Greenwich.
 * Returns the length of that offset, or 0. */
static size_t
posix_offset(const DateTime *dt, const char *text, size_t size)
{
    if (!(dt->has_month && dt->has_day) && !has_day(dt))
        return 0;
    if (size < 2 || (text[0] != '+' && text[0] != '-') || !text_is_digit(text[1]))
        return 0;
    return 1 + span(text + 1, size - 1, ":", false);
}

static Verdict
take_keyword(DateTime *dt, const char *word, size_t size, bool *taken)
{
    CHECK(take_special(dt, word, size, taken));
    if (*taken)
        return VERDICT_OK;
    *taken = true;
    if (text_equals_word(word, size, "am") || text_equals_word(word, size, "pm")) {
        *(text_lower(word[0]) == 'a' ? &dt->am : &dt->pm) = true;
        return VERDICT_OK;
    }
    if (text_equals_word(word, size, "bc") || text_equals_word(word, size, "ad")) {
        *(text_lower(word[0]) == 'b' ? &dt->bc : &dt->ad) = true;
        return VERDICT_OK;
    }
    if (text_equals_word(word, size, "at") || text_equals_word(word, size, "on"))
        return VERDICT_OK;
    if (text_equals_word(word, size, "t")) {
        dt->iso_t = true;
        return VERDICT_OK;
    }
    const int month = find_name(month_names, 12, word, size);
    if (month >= 0)
        return dt->time_only ? VERDICT_SYNTAX : take_month_name(dt, month);
    if (find_name(day_names, 7, word, size) >= 0)
        return dt->time_only ? VERDICT_SYNTAX : VERDICT_OK;
    *taken = false;
    return VERDICT_OK;
}

/* A word of *size of the `left` bytes; a zone's offset is added to it. */
static Verdict
take_word(DateTime *dt, const char *word, size_t *size, size_t left)
{
    bool taken;

    CHECK(take_keyword(dt, word, *size, &taken));
    if (taken)
        return VERDICT_OK;
    *size += posix_offset(dt, word + *size, left - *size);
    return take_zone(dt, word, *size);
}

/* Whether six digits are hours, minutes and seconds: not where they can be a date. */
static bool
is_clock(const DateTime *dt, size_t digits)
{
    return digits == 6 && !dt->has_time && (dt->time_only || has_day(dt));
}

/* A field that begins with a digit; returns its length. */
static size_t
digit_field(const DateTime *dt, const char *text, size_t size)
{
    const size_t digits = span(text, size, "", false);
    if (digits == size)
        return digits;
    if (is_clock(dt, digits)) { /* hhmmss-05, hhmmss.25-05 */
        if (text[digits] == '.')
            return digits + 1 + span(text + digits + 1, size - digits - 1, "", false);
        if (text[digits] == '-')
            return digits;
    }
    if (text[digits] == ':')
        return span(text, size, ":.", false);
    if (text[digits] == '-' || text[digits] == '/' || text[digits] == '.') {
        /* The date ends before a T that a digit follows. */
        const size_t whole = span(text, size, "-/.", true);
        for (size_t i = digits; i + 1 < whole; i++) {
            if (text_lower(text[i]) == 't' && text_is_digit(text[i + 1]) && text_is_digit(text[i - 1]))
                return i;
        }
        return whole;
    }
    return digits;
}

static Verdict
take_offset(DateTime *dt, const char *text, size_t size)
{
    if (dt->has_offset)
        return VERDICT_SYNTAX;
    if (!time_zone_parse_offset(text + 1, size - 1, &dt->offset))
        return VERDICT_ZONE_RANGE;
    if (text[0] == '-')
        dt->offset = -dt->offset;
    dt->has_offset = true;
    return VERDICT_OK;
}

static Verdict
take_digits(DateTime *dt, const char *text, size_t size)
{
    if (memchr(text, ':', size) != NULL)
        return take_time(dt, text, size);
    const size_t digits = span(text, size, "", false);
    if (digits == size)
        return take_number(dt, text, size);
    if (text[digits] == '.' && is_clock(dt, digits)) {
        CHECK(take_number(dt, text, digits)); /* hhmmss.fraction */
        dt->microseconds += read_fraction(text + digits + 1, size - digits - 1);
        return VERDICT_OK;
    }
    if (dt->time_only && dt->has_time) /* beside a time alone a day stands first */
        return VERDICT_SYNTAX;
    return take_date(dt, text, size);
}

static Verdict
take_fields(DateTime *dt, const char *text, size_t size)
{
    size_t at = 0;

    while (at < size) {
        const char *field = text + at;
        const size_t left = size - at;
        const char c = text_lower(*field);
        size_t length = 1;
        if (text_is_space(c) || c == ',') {
            at++;
            continue;
        }
        if (text_is_digit(c)) {
            length = digit_field(dt, field, left);
            CHECK(take_digits(dt, field, length));
        } else if ((c == '+' || c == '-') && left > 1 && text_is_digit(field[1])) {
            length = 1 + span(field + 1, left - 1, ":", false);
            CHECK(take_offset(dt, field, length));
        } else if ((c == 'j') && left > 1 && text_is_digit(field[1])) {
            length = 1 + span(field + 1, left - 1, "", false);
            dt->julian = read_number(field + 1, length - 1);
            dt->has_julian = true;
        } else if (c == 't' && left > 1 && text_is_digit(field[1])) {
            dt->iso_t = true;
        } else if ((c >= 'a' && c <= 'z') || c == '-' || c == '+') {
            length = 1;
            while (length < left && !text_is_space(field[length]) && field[length] != ',' &&
                   field[length] != '.' &&
                   (!text_is_digit(field[length]) || memchr(field, '/', length) != NULL) &&
                   !((field[length] == '+' || field[length] == '-') && memchr(field, '/', length) == NULL))
                length++;
            CHECK(take_word(dt, field, &length, left));
            if (length < left && field[length] == '.')
                length++;
            else if (left - length > 1 && field[length] == '-' && text_is_digit(field[length + 1]) &&
                     dt->has_month && !dt->has_day)
                length++; /* "Jan-05-2025" */
        } else {
            return VERDICT_SYNTAX;
        }
        at += length;
    }
    return VERDICT_OK;
}

/* Days from what was written; checks the parts against each other. */
static Verdict
resolve_date(DateTime *dt, int64_t *days)
{
    if (dt->has_julian) {
        *days = dt->julian - CALENDAR_JULIAN;
        return VERDICT_OK;
    }
    if (!dt->has_year || !(dt->has_day_of_year || (dt->has_month && dt->has_day)))
        return VERDICT_SYNTAX;
    if (dt->bc) {
        if (dt->year < 1)
            return VERDICT_RANGE;
        dt->year = 1 - dt->year;
    } else if (dt->two_digit_year && !dt->ad) {
        dt->year += dt->year < 70 ? 2000 : 1900;
    } else if (dt->year < 1) {
        return VERDICT_RANGE;
    }
    if (dt->year < -4713 || dt->year > 5874898)
        return VERDICT_BEYOND;
    if (dt->has_day_of_year) {
        if (dt->day_of_year < 1 || dt->day_of_year > 365 + year_is_leap(dt->year))
            return VERDICT_RANGE;
        *days = calendar_days(dt->year, 1, 1) + dt->day_of_year - 1;
        return VERDICT_OK;
    }
    if (dt->month > 12 || dt->day > month_days(dt->year, dt->month))
        return VERDICT_RANGE;
    *days = calendar_days(dt->year, dt->month, dt->day);
    return VERDICT_OK;
}

static Verdict
resolve_time(DateTime *dt)
{
    if (!dt->am && !dt->pm)
        return VERDICT_OK;
    if (dt->hour > 12 || !dt->has_time)
        return VERDICT_RANGE;
    if (dt->am && dt->hour == 12)
        dt->microseconds -= 12 * MICROSECONDS_HOUR;
    if (dt->pm && dt->hour != 12)
        dt->microseconds += 12 * MICROSECONDS_HOUR;
    return VERDICT_OK;
}

static Status
refuse(Verdict verdict, const char *type, const char *text, size_t size, Error *error)
{
    const int length = (int)(size < 400 ? size : 400);

    switch (verdict) {
    case VERDICT_RANGE:
        return error_set(error, STATUS_DATETIME_OVERFLOW, "date/time field value out of range: \"%.*s\"",
                         length, text);
    case VERDICT_ZONE_RANGE:
        return error_set(error, STATUS_ZONE_DISPLACEMENT, "time zone displacement out of range: \"%.*s\"",
                         length, text);
    case VERDICT_ZONE_NAME:
        return error_set(error, STATUS_TIME_ZONE, "time zone of \"%.*s\" not recognized", length, text);
    default:
        return error_set(error, STATUS_DATETIME_FORMAT, "invalid input syntax for type %s: \"%.*s\"", type,
                         length, text);
    }
}

static Status
out_of_range(const char *what, const char *text, size_t size, Error *error)
{
    return error_set(error, STATUS_DATETIME_OVERFLOW, "%s out of range: \"%.*s\"", what,
                     (int)(size < 400 ? size : 400), text);
}

static const TimeZone *
session_zone(const Session *session)
{
    return session == NULL ? NULL : time_zone_find(session->time_zone, strlen(session->time_zone));
}

static int64_t
to_utc(const TimeZone *zone, int64_t local)
{
    return zone == NULL ? local : time_zone_to_utc(zone, local);
}

static int64_t
local_now(const Session *session)
{
    const int64_t now = session == NULL ? 0 : session->now;
    const TimeZone *zone = session_zone(session);

    return zone == NULL ? now : now + time_zone_offset(zone, now) * MICROSECONDS_SECOND;
}

/* Everything that is not a plain date and time: *done where `value` is the answer. */
static Status
resolve_special(const DateTime *dt, const Session *session, bool with_zone, int64_t *value, bool *done)
{
    *done = true;
    switch (dt->special) {
    case SPECIAL_INFINITY: *value = TIMESTAMP_INFINITY; break;
    case SPECIAL_MINUS_INFINITY: *value = TIMESTAMP_MINUS_INFINITY; break;
    case SPECIAL_EPOCH: *value = -CALENDAR_UNIX_DAYS * MICROSECONDS_DAY; break;
    case SPECIAL_NOW: *value = with_zone ? (session == NULL ? 0 : session->now) : local_now(session); break;
    default: *done = false; break;
    }
    return STATUS_OK;
}

/* Two digits at `p`, or a number above 99. */
static inline unsigned
pair(const char *p)
{
    const unsigned tens = (unsigned char)(p[0] - '0');
    const unsigned ones = (unsigned char)(p[1] - '0');

    return (tens > 9 || ones > 9) ? 1000 : tens * 10 + ones;
}

/* "YYYY-MM-DD" */
static inline bool
quick_date(const char *p, int64_t *days)
{
    const unsigned century = pair(p);
    const unsigned rest = pair(p + 2);
    const unsigned month = pair(p + 5);
    const unsigned day = pair(p + 8);
    const int32_t year = (int32_t)(century * 100 + rest);

    if ((p[4] != '-') | (p[7] != '-') | (century > 99) | (rest > 99) | (year == 0))
        return false;
    if (month - 1 > 11 || day - 1 > 27) {
        if (month - 1 > 11 || day == 0 || day > (unsigned)month_days(year, (int32_t)month))
            return false;
    }
    *days = calendar_days(year, (int32_t)month, (int32_t)day);
    return true;
}

/* "HH:MM:SS[.fraction]", returning what follows. */
static inline const char *
quick_time(const char *p, const char *end, int64_t *microseconds)
{
    const unsigned hour = pair(p);
    const unsigned minute = pair(p + 3);
    const unsigned second = pair(p + 6);

    if ((p[2] != ':') | (p[5] != ':') | (hour > 23) | (minute > 59) | (second > 59))
        return NULL;
    *microseconds = hour * MICROSECONDS_HOUR + minute * MICROSECONDS_MINUTE + second * MICROSECONDS_SECOND;
    p += 8;
    if (p < end && *p == '.') {
        int64_t fraction = 0;
        int64_t unit = MICROSECONDS_SECOND;
        for (p++; p < end && text_is_digit(*p) && unit > 1; p++) {
            fraction = fraction * 10 + (*p - '0');
            unit /= 10;
        }
        *microseconds += fraction * unit;
    }
    return p;
}

/* "YYYY-MM-DD HH:MM:SS[.f][Z|+HH[:MM]]", the T form too. */
static bool
quick_timestamp(const char *text, size_t size, int64_t *local, const char **rest)
{
    int64_t days;
    int64_t time = 0;

    if (size < 10 || !quick_date(text, &days))
        return false;
    *rest = text + 10;
    if (size > 10) {
        if (size < 19 || (text[10] != ' ' && text[10] != 'T'))
            return false;
        *rest = quick_time(text + 11, text + size, &time);
    }
    *local = days * MICROSECONDS_DAY + time;
    return *rest != NULL;
}

static Verdict
parse_fields(const char *text, size_t size, bool time_only, DateTime *dt)
{
    *dt = (DateTime){.time_only = time_only};
    if (size == 0 || size > 128)
        return VERDICT_SYNTAX;
    CHECK(take_fields(dt, text, size));
    return resolve_time(dt);
}

/* The general way to a local timestamp. */
static Status
parse_local(const char *type, const char *text, size_t size, const Session *session, bool with_zone,
            DateTime *dt, int64_t *value, bool *done, Error *error)
{
    int64_t days;
    Verdict verdict = parse_fields(text, size, false, dt);

    *done = true;
    if (verdict != VERDICT_OK)
        return refuse(verdict, type, text, size, error);
    TRY(resolve_special(dt, session, with_zone, value, done));
    if (*done)
        return STATUS_OK;
    if (dt->has_relative) {
        days = timestamp_days(local_now(session)) + dt->relative_days;
    } else {
        verdict = resolve_date(dt, &days);
        if (verdict == VERDICT_BEYOND)
            return out_of_range(type[0] == 'd' ? "date" : "timestamp", text, size, error);
        if (verdict != VERDICT_OK)
            return refuse(verdict, type, text, size, error);
    }
    if (type[0] == 'd') {
        *value = days;
        return STATUS_OK;
    }
    if (days < DATE_FIRST - 1 || days > TIMESTAMP_END / MICROSECONDS_DAY + 1)
        return out_of_range("timestamp", text, size, error);
    *value = days * MICROSECONDS_DAY + dt->microseconds;
    return STATUS_OK;
}

Status
text_parse_date(const char *text, size_t size, const Session *session, int32_t *days, Error *error)
{
    DateTime dt;
    int64_t value;
    bool special;

    if (size == 10 && quick_date(text, &value)) {
        *days = (int32_t)value;
        return STATUS_OK;
    }
    TRY(parse_local("date", text, size, session, false, &dt, &value, &special, error));
    if (special) {
        *days = value == TIMESTAMP_INFINITY         ? DATE_INFINITY
                : value == TIMESTAMP_MINUS_INFINITY ? DATE_MINUS_INFINITY
                                                    : (int32_t)timestamp_days(value);
        return STATUS_OK;
    }
    if (value < DATE_FIRST || value >= DATE_END)
        return out_of_range("date", text, size, error);
    *days = (int32_t)value;
    return STATUS_OK;
}

Status
text_parse_timestamp(const char *text, size_t size, const Session *session, int64_t *microseconds,
                     Error *error)
{
    const char *rest;
    DateTime dt;
    bool special;

    if (quick_timestamp(text, size, microseconds, &rest) && rest == text + size)
        return STATUS_OK;
    TRY(parse_local("timestamp", text, size, session, false, &dt, microseconds, &special, error));
    if (!special && !timestamp_is_valid(*microseconds))
        return out_of_range("timestamp", text, size, error);
    return STATUS_OK;
}

Status
text_parse_timestamptz(const char *text, size_t size, const Session *session, int64_t *microseconds,
                       Error *error)
{
    const char *rest;
    DateTime dt;
    bool special;

    if (quick_timestamp(text, size, microseconds, &rest)) {
        const size_t left = (size_t)(text + size - rest);
        int32_t offset;
        if (left == 0) {
            *microseconds = to_utc(session_zone(session), *microseconds);
            return STATUS_OK;
        }
        if (left == 1 && *rest == 'Z')
            return STATUS_OK;
        if ((*rest == '+' || *rest == '-') && time_zone_parse_offset(rest + 1, left - 1, &offset)) {
            *microseconds -= (*rest == '-' ? -offset : offset) * MICROSECONDS_SECOND;
            return STATUS_OK;
        }
    }
    TRY(parse_local("timestamp with time zone", text, size, session, true, &dt, microseconds, &special,
                    error));
    if (special)
        return STATUS_OK;
    if (dt.has_offset)
        *microseconds -= dt.offset * MICROSECONDS_SECOND;
    else
        *microseconds = to_utc(dt.zone != NULL ? dt.zone : session_zone(session), *microseconds);
    if (!timestamp_is_valid(*microseconds))
        return out_of_range("timestamp", text, size, error);
    return STATUS_OK;
}

Status
text_parse_time(const char *text, size_t size, const Session *session, int64_t *microseconds, Error *error)
{
    DateTime dt;

    if (size >= 8 && quick_time(text, text + size, microseconds) == text + size)
        return STATUS_OK;
    Verdict verdict = parse_fields(text, size, true, &dt);
    if (verdict == VERDICT_OK && dt.special == SPECIAL_NOW) {
        *microseconds = timestamp_time(local_now(session));
        return STATUS_OK;
    }
    if (verdict == VERDICT_OK && (!dt.has_time || dt.has_relative))
        verdict = VERDICT_SYNTAX;
    if (verdict == VERDICT_OK && !dt.has_day && dt.zone != NULL && !time_zone_is_fixed(dt.zone))
        verdict = VERDICT_SYNTAX; /* which offset would that be? */
    if (verdict != VERDICT_OK || dt.special != SPECIAL_NONE)
        return refuse(verdict == VERDICT_OK ? VERDICT_SYNTAX : verdict, "time", text, size, error);
    *microseconds = dt.microseconds;
    return STATUS_OK;
}
