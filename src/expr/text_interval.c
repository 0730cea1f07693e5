/* Intervals as text and back: PostgreSQL's verbose style, SQL's, and ISO 8601's durations. */
#include "expr/calendar.h"
#include "expr/text_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *
put_field(char *out, char *start, int32_t value, const char *unit, bool *negative_before)
{
    if (value == 0)
        return out;
    const int length = snprintf(out, 32, "%s%s%d %s%s", out == start ? "" : " ",
                                *negative_before && value > 0 ? "+" : "", value, unit, value == 1 ? "" : "s");
    *negative_before = value < 0;
    return out + length;
}

size_t
text_format_interval(const Interval *interval, char *out)
{
    char *at = out;
    bool negative_before = false;

    at = put_field(at, out, interval->months / 12, "year", &negative_before);
    at = put_field(at, out, interval->months % 12, "mon", &negative_before);
    at = put_field(at, out, interval->days, "day", &negative_before);
    if (at != out && interval->microseconds == 0)
        return (size_t)(at - out);

    const bool negative = interval->microseconds < 0;
    const uint64_t magnitude =
        negative ? -(uint64_t)interval->microseconds : (uint64_t)interval->microseconds;
    if (at != out)
        *at++ = ' ';
    if (negative || negative_before)
        *at++ = negative ? '-' : '+';
    at = text_put_digits(at, magnitude / (uint64_t)MICROSECONDS_HOUR, 2);
    *at++ = ':';
    at = text_put_digits(at, magnitude / (uint64_t)MICROSECONDS_MINUTE % 60, 2);
    *at++ = ':';
    at = text_put_digits(at, magnitude / (uint64_t)MICROSECONDS_SECOND % 60, 2);
    at = text_put_fraction(at, (uint32_t)(magnitude % (uint64_t)MICROSECONDS_SECOND));
    return (size_t)(at - out);
}

typedef enum Unit {
    UNIT_MICROSECOND,
    UNIT_MILLISECOND,
    UNIT_SECOND,
    UNIT_MINUTE,
    UNIT_HOUR,
    UNIT_DAY,
    UNIT_WEEK,
    UNIT_MONTH,
    UNIT_YEAR,
    UNIT_DECADE,
    UNIT_CENTURY,
    UNIT_MILLENNIUM,
    UNIT_NONE
} Unit;

static const struct {
    const char *name;
    Unit unit;
} unit_names[] = {
    {"us", UNIT_MICROSECOND},
    {"usec", UNIT_MICROSECOND},
    {"usecs", UNIT_MICROSECOND},
    {"usecond", UNIT_MICROSECOND},
    {"useconds", UNIT_MICROSECOND},
    {"microsecond", UNIT_MICROSECOND},
    {"microseconds", UNIT_MICROSECOND},
    {"ms", UNIT_MILLISECOND},
    {"msec", UNIT_MILLISECOND},
    {"msecs", UNIT_MILLISECOND},
    {"msecond", UNIT_MILLISECOND},
    {"mseconds", UNIT_MILLISECOND},
    {"millisecond", UNIT_MILLISECOND},
    {"milliseconds", UNIT_MILLISECOND},
    {"s", UNIT_SECOND},
    {"sec", UNIT_SECOND},
    {"secs", UNIT_SECOND},
    {"second", UNIT_SECOND},
    {"seconds", UNIT_SECOND},
    {"m", UNIT_MINUTE},
    {"min", UNIT_MINUTE},
    {"mins", UNIT_MINUTE},
    {"minute", UNIT_MINUTE},
    {"minutes", UNIT_MINUTE},
    {"h", UNIT_HOUR},
    {"hr", UNIT_HOUR},
    {"hrs", UNIT_HOUR},
    {"hour", UNIT_HOUR},
    {"hours", UNIT_HOUR},
    {"d", UNIT_DAY},
    {"day", UNIT_DAY},
    {"days", UNIT_DAY},
    {"w", UNIT_WEEK},
    {"week", UNIT_WEEK},
    {"weeks", UNIT_WEEK},
    {"mon", UNIT_MONTH},
    {"mons", UNIT_MONTH},
    {"month", UNIT_MONTH},
    {"months", UNIT_MONTH},
    {"y", UNIT_YEAR},
    {"yr", UNIT_YEAR},
    {"yrs", UNIT_YEAR},
    {"year", UNIT_YEAR},
    {"years", UNIT_YEAR},
    {"dec", UNIT_DECADE},
    {"decs", UNIT_DECADE},
    {"decade", UNIT_DECADE},
    {"decades", UNIT_DECADE},
    {"c", UNIT_CENTURY},
    {"cent", UNIT_CENTURY},
    {"century", UNIT_CENTURY},
    {"centuries", UNIT_CENTURY},
    {"mil", UNIT_MILLENNIUM},
    {"mils", UNIT_MILLENNIUM},
    {"millennium", UNIT_MILLENNIUM},
    {"millennia", UNIT_MILLENNIUM},
};

/* The sum so far, wide enough that only the end must be checked. */
typedef struct Parts {
    Int128 years, months, days, microseconds;
    uint32_t units;   /* bits of the units seen */
    Unit least;       /* what a number at the end counts */
    bool short_clock; /* m:s, not h:m */
    bool overflow;
} Parts;

typedef struct Amount {
    int64_t whole;
    double fraction; /* of the same sign */
} Amount;

static Unit
find_unit(const char *word, size_t size)
{
    for (size_t i = 0; i < sizeof unit_names / sizeof *unit_names; i++) {
        if (text_equals_keyword(word, size, unit_names[i].name))
            return unit_names[i].unit;
    }
    return UNIT_NONE;
}

static void
add_microseconds(Parts *parts, double fraction, int64_t scale)
{
    const double exact = fraction * (double)scale;
    const int64_t whole = (int64_t)exact;
    const double rest = exact - (double)whole;

    parts->microseconds += whole + (rest > 0.5) - (rest < -0.5);
}

static void
add_days(Parts *parts, double fraction, int days_per_unit)
{
    const double exact = fraction * days_per_unit;
    const int whole = (int)exact;

    parts->days += whole;
    add_microseconds(parts, exact - whole, MICROSECONDS_DAY);
}

/* False where the unit was there before. */
static bool
add_amount(Parts *parts, Amount amount, Unit unit)
{
    static const int64_t lengths[] = {1, 1000, MICROSECONDS_SECOND, MICROSECONDS_MINUTE, MICROSECONDS_HOUR};
    static const int years[] = {1, 10, 100, 1000};

    uint32_t units = 1U << unit;

    if (unit == UNIT_SECOND && amount.fraction != 0)
        units |= 1U << UNIT_MILLISECOND | 1U << UNIT_MICROSECOND;
    if ((parts->units & units) != 0)
        return false;
    parts->units |= units;
    switch (unit) {
    case UNIT_MICROSECOND:
        parts->microseconds += amount.whole;
        add_microseconds(parts, amount.fraction, 1);
        break;
    case UNIT_MILLISECOND:
    case UNIT_SECOND:
    case UNIT_MINUTE:
    case UNIT_HOUR:
        parts->microseconds += (Int128)amount.whole * lengths[unit];
        add_microseconds(parts, amount.fraction, lengths[unit]);
        break;
    case UNIT_DAY:
        parts->days += amount.whole;
        add_microseconds(parts, amount.fraction, MICROSECONDS_DAY);
        break;
    case UNIT_WEEK:
        parts->days += (Int128)amount.whole * 7;
        add_days(parts, amount.fraction, 7);
        break;
    case UNIT_MONTH:
        parts->months += amount.whole;
        add_days(parts, amount.fraction, 30);
        break;
    default:
        parts->years += (Int128)amount.whole * years[unit - UNIT_YEAR];
        parts->months += (int64_t)rint(amount.fraction * 12 * years[unit - UNIT_YEAR]);
        break;
    }
    return true;
}

/* [sign]digits[.digits]; moves *at behind it. */
static bool
scan_amount(const char **at, const char *end, Amount *amount, bool *overflow)
{
    const char *p = *at;
    const bool negative = p < end && *p == '-';
    int64_t whole = 0;
    double fraction = 0;

    if (p < end && (*p == '-' || *p == '+'))
        p++;
    const char *digits = p;
    for (; p < end && text_is_digit(*p); p++) {
        if (__builtin_mul_overflow(whole, 10, &whole) || __builtin_add_overflow(whole, *p - '0', &whole))
            *overflow = true;
    }
    bool any = p > digits;
    if (p < end && *p == '.') {
        char copy[32] = "0.";
        size_t size = 2;
        for (p++; p < end && text_is_digit(*p); p++) {
            any = true;
            if (size < sizeof copy - 1)
                copy[size++] = *p;
        }
        copy[size] = '\0';
        fraction = strtod(copy, NULL);
    }
    *at = p;
    *amount = (Amount){negative ? -whole : whole, negative ? -fraction : fraction};
    return any;
}

/* [sign]h:m[:s[.f]] or m:s.f */
static bool
add_clock(Parts *parts, const char *text, size_t size)
{
    const char *at = text;
    const char *end = text + size;
    const bool negative = *text == '-';
    Amount numbers[3] = {{0}};
    int count = 0;

    if (*at == '-' || *at == '+')
        at++;
    while (count < 3 && at < end) {
        if (!text_is_digit(*at) || !scan_amount(&at, end, &numbers[count], &parts->overflow))
            return false;
        count++;
        if (at == end)
            break;
        if (*at++ != ':')
            return false;
    }
    if (at != end || count < 2 || end[-1] == ':' || numbers[0].fraction != 0)
        return false;
    if (count == 2 && (numbers[1].fraction != 0 || parts->short_clock)) {
        numbers[2] = numbers[1];
        numbers[1] = numbers[0];
        numbers[0] = (Amount){0};
    }
    const uint32_t clock = 1U << UNIT_HOUR | 1U << UNIT_MINUTE | 1U << UNIT_SECOND | 1U << UNIT_MILLISECOND |
                           1U << UNIT_MICROSECOND;
    if ((parts->units & clock) != 0 || numbers[1].fraction != 0)
        return false;
    if (numbers[1].whole > 59 || numbers[2].whole > 60)
        parts->overflow = true;
    Parts sum = {0};
    add_amount(&sum, numbers[0], UNIT_HOUR);
    add_amount(&sum, numbers[1], UNIT_MINUTE);
    add_amount(&sum, numbers[2], UNIT_SECOND);
    parts->microseconds += negative ? -sum.microseconds : sum.microseconds;
    parts->units |= clock;
    return true;
}

/* [sign]years-months */
static bool
add_year_month(Parts *parts, const char *text, size_t size)
{
    const char *at = text;
    const char *end = text + size;
    const bool negative = *text == '-';
    Amount years;
    Amount months;

    if (!scan_amount(&at, end, &years, &parts->overflow) || at == end || *at++ != '-')
        return false;
    if (at == end || !text_is_digit(*at) || !scan_amount(&at, end, &months, &parts->overflow) || at != end)
        return false;
    if (months.whole > 11) {
        parts->overflow = true;
        parts->units |= 1U << UNIT_MONTH;
        return true;
    }
    if (negative)
        months.whole = -months.whole;
    const Int128 together = (Int128)years.whole * 12 + months.whole;
    parts->overflow |= together != (int32_t)together;
    return add_amount(parts, years, UNIT_YEAR) && add_amount(parts, months, UNIT_MONTH);
}

static size_t
field_size(const char *text, const char *end)
{
    const char *at = text;

    if (*at == '-' || *at == '+')
        at++;
    while (at < end && (text_is_digit(*at) || *at == '.' || *at == ':' ||
                        (*at == '-' && at > text && text_is_digit(at[-1]))))
        at++;
    return (size_t)(at - text);
}

static const char *
skip_space(const char *at, const char *end)
{
    while (at < end && text_is_space(*at))
        at++;
    return at;
}

static const char *
skip_word(const char *at, const char *end)
{
    while (at < end && text_lower(*at) >= 'a' && text_lower(*at) <= 'z')
        at++;
    return at;
}

/* Of a number with nothing but a field behind it: before a clock or hours, days. */
static Unit
unit_before(const Parts *parts, const char *field, const char *end)
{
    const size_t size = field_size(field, end);
    const char *word = skip_space(field + size, end);
    const size_t length = (size_t)(skip_word(word, end) - word);

    if (memchr(field, ':', size) != NULL)
        return UNIT_DAY;
    const Unit unit = length > 0 ? find_unit(word, length) : word == end ? parts->least : UNIT_NONE;
    return unit == UNIT_HOUR ? UNIT_DAY : UNIT_NONE;
}

/* A number: its unit is the word after it, or told by the field after it; at the end, seconds. */
static bool
add_number(Parts *parts, const char **at, const char *end)
{
    Amount amount;
    Unit unit = parts->least;

    if (!scan_amount(at, end, &amount, &parts->overflow))
        return false;
    const char *word = skip_space(*at, end);
    const char *after = skip_word(word, end);
    if (after > word && !text_equals_word(word, (size_t)(after - word), "ago")) {
        unit = find_unit(word, (size_t)(after - word));
        *at = after;
    } else if (after == word && word < end) {
        unit = unit_before(parts, word, end);
    }
    return unit != UNIT_NONE && add_amount(parts, amount, unit);
}

static void
negate(Parts *parts)
{
    parts->years = -parts->years;
    parts->months = -parts->months;
    parts->days = -parts->days;
    parts->microseconds = -parts->microseconds;
}

static bool
parse_verbose(const char *at, const char *end, Parts *parts)
{
    while ((at = skip_space(at, end)) < end) {
        if (*at == '@' || *at == ',') {
            at++;
            continue;
        }
        if (text_is_digit(*at) || *at == '.' || *at == '-' || *at == '+') {
            if (*at == '-' || *at == '+') { /* a sign may stand apart */
                const char *next = skip_space(at + 1, end);
                if (next == end || !(text_is_digit(*next) || *next == '.'))
                    return false;
            }
            const size_t size = field_size(at, end);
            if (memchr(at, ':', size) != NULL) {
                if (!add_clock(parts, at, size))
                    return false;
                at += size;
            } else if (size > 1 && memchr(at + 1, '-', size - 1) != NULL) {
                if (!add_year_month(parts, at, size))
                    return false;
                at += size;
            } else if (!add_number(parts, &at, end)) {
                return false;
            }
            continue;
        }
        if (parts->units == 0 || skip_space(at + 3, end) != end || end - at < 3 ||
            !text_equals_word(at, 3, "ago"))
            return false;
        negate(parts);
        return true;
    }
    return parts->units != 0;
}

/* P[n]Y[n]M[n]W[n]DT[n]H[n]M[n]S, or PYYYY-MM-DDThh:mm:ss. */
static bool
parse_iso(const char *at, const char *end, Parts *parts)
{
    bool clock = false;

    for (at++; at < end;) {
        Amount amount;
        if (*at == 'T') {
            if (clock)
                return false;
            clock = true;
            at++;
            continue;
        }
        const char *start = at;
        if (*at == '+' || !scan_amount(&at, end, &amount, &parts->overflow))
            return false;
        if (clock && at < end && *at == ':')
            return add_clock(parts, start, (size_t)(end - start));
        if (!clock && at < end && *at == '-') { /* the alternative form */
            Amount month = {0};
            Amount day = {0};
            at++;
            if (!scan_amount(&at, end, &month, &parts->overflow))
                return false;
            if (at < end && *at == '-') {
                at++;
                if (!scan_amount(&at, end, &day, &parts->overflow))
                    return false;
            }
            add_amount(parts, amount, UNIT_YEAR);
            add_amount(parts, month, UNIT_MONTH);
            add_amount(parts, day, UNIT_DAY);
            continue;
        }
        if (at == end)
            return false;
        const char letter = *at++;
        const Unit unit = letter == 'Y'   ? UNIT_YEAR
                          : letter == 'M' ? (clock ? UNIT_MINUTE : UNIT_MONTH)
                          : letter == 'W' ? UNIT_WEEK
                          : letter == 'D' ? UNIT_DAY
                          : letter == 'H' ? UNIT_HOUR
                          : letter == 'S' ? UNIT_SECOND
                                          : UNIT_NONE;
        if (unit == UNIT_NONE || (clock != (unit <= UNIT_HOUR)) || !add_amount(parts, amount, unit))
            return false;
    }
    return parts->units != 0;
}

static Unit
least_unit(int32_t fields)
{
    if (fields & INTERVAL_SECOND)
        return UNIT_SECOND;
    if (fields & INTERVAL_MINUTE)
        return UNIT_MINUTE;
    if (fields & INTERVAL_HOUR)
        return UNIT_HOUR;
    if (fields & INTERVAL_DAY)
        return UNIT_DAY;
    return fields & INTERVAL_MONTH ? UNIT_MONTH : UNIT_YEAR;
}

Status
text_parse_interval(Type type, const char *text, size_t size, Interval *interval, Error *error)
{
    const char *trimmed = text;
    size_t length = size;
    const int32_t fields = type_interval_fields(type);
    Parts parts = {.least = least_unit(fields), .short_clock = fields == (INTERVAL_MINUTE | INTERVAL_SECOND)};

    text_trim(&trimmed, &length);
    const bool iso = length > 1 && *trimmed == 'P';
    const bool ok = length > 0 && (iso ? parse_iso(trimmed, trimmed + length, &parts)
                                       : parse_verbose(trimmed, trimmed + length, &parts));
    if (!ok)
        return error_set(error, STATUS_DATETIME_FORMAT, "invalid input syntax for type interval: \"%.*s\"",
                         (int)(size < 400 ? size : 400), text);
    if (parts.overflow || parts.years != (int32_t)parts.years || parts.months != (int32_t)parts.months ||
        parts.days != (int32_t)parts.days || parts.microseconds != (int64_t)parts.microseconds)
        return error_set(error, STATUS_INTERVAL_OVERFLOW, "interval field value out of range: \"%.*s\"",
                         (int)(size < 400 ? size : 400), text);
    const Int128 months = parts.years * 12 + parts.months;
    if (months != (int32_t)months) /* each field fits, but not both */
        return error_set(error, STATUS_DATETIME_OVERFLOW, "interval out of range");
    interval->months = (int32_t)months;
    interval->days = (int32_t)parts.days;
    interval->microseconds = (int64_t)parts.microseconds;
    return STATUS_OK;
}
