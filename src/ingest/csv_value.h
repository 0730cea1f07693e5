/* ingest/csv_value.h: the common spellings of values, read fast. What they refuse may still be a value: the
 * caller then asks text_parse_value(), which knows all of PostgreSQL's. */
#ifndef RUNNEL_INGEST_CSV_VALUE_H
#define RUNNEL_INGEST_CSV_VALUE_H

#include "column/type.h"
#include "column/value.h"
#include "expr/calendar.h"

static inline bool
csv_is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* Up to 18 digits, perhaps with a sign. */
static inline bool
csv_read_integer(const char *text, size_t size, int64_t *value)
{
    const bool negative = size > 0 && text[0] == '-';
    uint64_t number = 0; /* of whatever bytes, until they are known to be digits */
    bool digits = true;

    text += negative;
    size -= negative;
    if (size == 0 || size > 18)
        return false;
    for (size_t i = 0; i < size; i++) {
        digits &= csv_is_digit(text[i]);
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    *value = (int64_t)(negative ? -number : number);
    return digits;
}

/* [-]digits[.digits] of at most 18 digits: the number without its point, and how many digits follow that. */
static inline bool
csv_read_decimal(const char *text, size_t size, int64_t *digits, uint32_t *scale)
{
    const bool negative = size > 0 && text[0] == '-';
    uint64_t number = 0;
    size_t point = size;

    text += negative;
    size -= negative;
    point = size;
    if (size == 0 || size > 19)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (csv_is_digit(text[i])) {
            number = number * 10 + (uint64_t)(text[i] - '0');
        } else if (text[i] == '.' && point == size) {
            point = i;
        } else {
            return false;
        }
    }
    if (size == 1 && point == 0)
        return false; /* a lone point */
    if (point == size && size == 19)
        return false; /* 19 digits may not fit */
    *scale = point == size ? 0 : (uint32_t)(size - point - 1);
    *digits = (int64_t)(negative ? -number : number);
    return true;
}

/* Exact where the digits are below 2^53 and the power of ten is a double itself: then one division rounds
 * once. (Clinger, "How to Read Floating Point Numbers Accurately", PLDI 1990.) */
static inline bool
csv_read_double(const char *text, size_t size, double *value)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                    1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
    int64_t digits = 0;
    uint32_t scale;

    if (!csv_read_decimal(text, size, &digits, &scale) || digits == 0 || digits > INT64_C(1) << 53 ||
        digits < -(INT64_C(1) << 53))
        return false; /* 0 may be -0 */
    *value = (double)digits / powers[scale];
    return true;
}

/* value * 10^scale where nothing is to be rounded and the precision holds it. */
static inline bool
csv_read_numeric(Type type, const char *text, size_t size, int64_t *value)
{
    int64_t digits;
    uint32_t scale;

    if (!csv_read_decimal(text, size, &digits, &scale) || scale > type.scale ||
        type.precision > NUMERIC_DIGITS_I64)
        return false;
    for (; scale < type.scale; scale++) {
        if (__builtin_mul_overflow(digits, INT64_C(10), &digits))
            return false;
    }
    int64_t limit = 1;
    for (uint8_t i = 0; i < type.precision; i++)
        limit *= 10;
    *value = digits;
    return digits < limit && digits > -limit;
}

static inline int32_t
csv_two_digits(const char *text, bool *digits)
{
    *digits &= csv_is_digit(text[0]) & csv_is_digit(text[1]);
    return (text[0] - '0') * 10 + (text[1] - '0');
}

/* YYYY-MM-DD, years 1 to 9999. */
static inline bool
csv_read_iso_days(const char *text, int32_t *days)
{
    bool digits = text[4] == '-' && text[7] == '-';
    const int32_t century = csv_two_digits(text, &digits);
    const int32_t year = century * 100 + csv_two_digits(text + 2, &digits);
    const int32_t month = csv_two_digits(text + 5, &digits);
    const int32_t day = csv_two_digits(text + 8, &digits);

    if (!digits || year < 1 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return false;
    *days = (int32_t)calendar_days(year, month, day);
    return true;
}

static inline bool
csv_read_date(const char *text, size_t size, int32_t *days)
{
    return size == 10 && csv_read_iso_days(text, days);
}

/* ".1" to ".123456" as microseconds. */
static inline bool
csv_read_fraction(const char *text, size_t size, int64_t *microseconds)
{
    int64_t fraction = 0;

    if (size < 2 || size > 7 || text[0] != '.')
        return false;
    for (size_t i = 1; i < 7; i++) {
        if (i < size && !csv_is_digit(text[i]))
            return false;
        fraction = fraction * 10 + (i < size ? text[i] - '0' : 0);
    }
    *microseconds = fraction;
    return true;
}

/* YYYY-MM-DD, or YYYY-MM-DD HH:MM:SS[.ffffff] (or T between). */
static inline bool
csv_read_timestamp(const char *text, size_t size, int64_t *microseconds)
{
    int32_t days;
    int64_t fraction = 0;

    if ((size != 10 && size < 19) || !csv_read_iso_days(text, &days))
        return false;
    *microseconds = days * MICROSECONDS_DAY;
    if (size == 10)
        return true;
    bool digits = (text[10] == ' ' || text[10] == 'T') && text[13] == ':' && text[16] == ':';
    const int32_t hours = csv_two_digits(text + 11, &digits);
    const int32_t minutes = csv_two_digits(text + 14, &digits);
    const int32_t seconds = csv_two_digits(text + 17, &digits);
    if (!digits || hours > 23 || minutes > 59 || seconds > 59)
        return false;
    if (size > 19 && !csv_read_fraction(text + 19, size - 19, &fraction))
        return false;
    *microseconds += ((hours * 60 + minutes) * 60 + seconds) * MICROSECONDS_SECOND + fraction;
    return true;
}

/* true, false, t, f in lower case. */
static inline bool
csv_read_bool(const char *text, size_t size, uint8_t *value)
{
    *value = size > 0 && text[0] == 't';
    if (size == 1)
        return text[0] == 't' || text[0] == 'f';
    return (size == 4 && memcmp(text, "true", 4) == 0) || (size == 5 && memcmp(text, "false", 5) == 0);
}

#endif
