#include "expr/text_parts.h"

#include <string.h>

static const char digit_pairs[] = "00010203040506070809"
                                  "10111213141516171819"
                                  "20212223242526272829"
                                  "30313233343536373839"
                                  "40414243444546474849"
                                  "50515253545556575859"
                                  "60616263646566676869"
                                  "70717273747576777879"
                                  "80818283848586878889"
                                  "90919293949596979899";

static inline unsigned
digit_count(uint64_t value)
{
    unsigned count = 1;

    for (;;) {
        if (value < 10)
            return count;
        if (value < 100)
            return count + 1;
        if (value < 1000)
            return count + 2;
        if (value < 10000)
            return count + 3;
        value /= 10000;
        count += 4;
    }
}

/* Write exactly `count` digits ending before `end`. */
static inline void
write_digits(char *end, uint64_t value, unsigned count)
{
    while (count >= 2) {
        end -= 2;
        count -= 2;
        memcpy(end, digit_pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (count == 1)
        end[-1] = (char)('0' + value % 10);
}

char *
text_put_digits(char *out, uint64_t value, int width)
{
    unsigned count = digit_count(value);

    if (count < (unsigned)width)
        count = (unsigned)width;
    write_digits(out + count, value, count);
    return out + count;
}

char *
text_put_fraction(char *out, uint32_t microseconds)
{
    unsigned digits = 6;

    if (microseconds == 0)
        return out;
    while (microseconds % 10 == 0) {
        microseconds /= 10;
        digits--;
    }
    *out++ = '.';
    write_digits(out + digits, microseconds, digits);
    return out + digits;
}

size_t
text_format_int64(int64_t value, char *out)
{
    char *at = out;
    uint64_t magnitude = (uint64_t)value;

    if (value < 0) {
        *at++ = '-';
        magnitude = -magnitude;
    }
    return (size_t)(text_put_digits(at, magnitude, 1) - out);
}

/* All digits of a 128-bit magnitude; returns how many. */
static unsigned
format_magnitude(UInt128 magnitude, char *out)
{
    const uint64_t chunk = UINT64_C(10000000000000000000);
    char *at = out;

    if (magnitude >> 64 == 0)
        return (unsigned)(text_put_digits(out, (uint64_t)magnitude, 1) - out);

    const UInt128 rest = magnitude / chunk;
    if (rest >> 64 == 0) {
        at = text_put_digits(at, (uint64_t)rest, 1);
    } else {
        at = text_put_digits(at, (uint64_t)(rest / chunk), 1);
        at = text_put_digits(at, (uint64_t)(rest % chunk), 19);
    }
    at = text_put_digits(at, (uint64_t)(magnitude % chunk), 19);
    return (unsigned)(at - out);
}

size_t
text_format_numeric(Int128 value, uint8_t scale, char *out)
{
    char digits[48];
    char *at = out;
    UInt128 magnitude = (UInt128)value;

    if (value < 0) {
        *at++ = '-';
        magnitude = -magnitude;
    }
    const unsigned count = format_magnitude(magnitude, digits);
    if (scale == 0) {
        memcpy(at, digits, count);
        return (size_t)(at + count - out);
    }
    if (count > scale) {
        memcpy(at, digits, count - scale);
        at += count - scale;
        *at++ = '.';
        memcpy(at, digits + (count - scale), scale);
        return (size_t)(at + scale - out);
    }
    *at++ = '0';
    *at++ = '.';
    memset(at, '0', scale - count);
    at += scale - count;
    memcpy(at, digits, count);
    return (size_t)(at + count - out);
}

void
text_trim(const char **text, size_t *size)
{
    while (*size > 0 && text_is_space((*text)[0])) {
        (*text)++;
        (*size)--;
    }
    while (*size > 0 && text_is_space((*text)[*size - 1]))
        (*size)--;
}

bool
text_equals_word(const char *text, size_t size, const char *word)
{
    for (size_t i = 0; i < size; i++) {
        if (word[i] == '\0' || text_lower(text[i]) != word[i])
            return false;
    }
    return word[size] == '\0';
}

bool
text_equals_keyword(const char *text, size_t size, const char *word)
{
    enum { LETTERS = 10 };

    if (size < LETTERS)
        return text_equals_word(text, size, word);
    for (size_t i = 0; i < LETTERS; i++) {
        if (word[i] == '\0' || text_lower(text[i]) != word[i])
            return false;
    }
    return true;
}

Status
text_bad_syntax(const char *type, const char *text, size_t size, Error *error)
{
    return error_set(error, STATUS_INVALID_TEXT, "invalid input syntax for type %s: \"%.*s\"", type,
                     (int)(size < 400 ? size : 400), text);
}

static Status
integer_out_of_range(TypeId id, const char *text, size_t size, Error *error)
{
    return error_set(error, STATUS_NUMERIC_RANGE, "value \"%.*s\" is out of range for type %s",
                     (int)(size < 400 ? size : 400), text, type_name(id));
}

/* Sign, digits, nothing else; the common case needs no trimming and no overflow check up to 18 digits. */
Status
text_parse_integer(TypeId id, const char *text, size_t size, int64_t *value, Error *error)
{
    const char *at = text;
    const char *end = text + size;

    while (at < end && text_is_space(*at))
        at++;
    const bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;

    const char *digits = at;
    uint64_t magnitude = 0;
    bool overflow = false;
    while (at < end && text_is_digit(*at) && at - digits < 18)
        magnitude = magnitude * 10 + (uint64_t)(*at++ - '0');
    while (at < end && text_is_digit(*at)) {
        overflow |= __builtin_mul_overflow(magnitude, 10, &magnitude);
        overflow |= __builtin_add_overflow(magnitude, (uint64_t)(*at++ - '0'), &magnitude);
    }
    const bool any = at > digits;
    while (at < end && text_is_space(*at))
        at++;
    if (!any || at != end)
        return text_bad_syntax(type_name(id), text, size, error);

    const uint64_t largest = id == TYPE_INT8 ? INT64_MAX : id == TYPE_INT4 ? INT32_MAX : INT16_MAX;
    if (overflow || magnitude > largest + negative)
        return integer_out_of_range(id, text, size, error);
    *value = (int64_t)(negative ? -magnitude : magnitude);
    return STATUS_OK;
}

/* A decimal number taken apart: its digits are whole[0..whole_size) and fraction[0..fraction_size). */
typedef struct Decimal {
    bool negative;
    const char *whole;
    const char *fraction;
    size_t whole_size;
    size_t fraction_size;
    int64_t exponent;
} Decimal;

static bool
scan_exponent(const char **at, const char *end, int64_t *exponent)
{
    const char *p = *at + 1;
    const bool negative = p < end && *p == '-';
    int64_t value = 0;

    if (p < end && (*p == '-' || *p == '+'))
        p++;
    const char *digits = p;
    for (; p < end && text_is_digit(*p); p++)
        value = value < 100000000 ? value * 10 + (*p - '0') : value;
    if (p == digits)
        return false;
    *exponent = negative ? -value : value;
    *at = p;
    return true;
}

static bool
scan_decimal(const char *text, size_t size, Decimal *decimal)
{
    const char *at = text;
    const char *end = text + size;

    memset(decimal, 0, sizeof *decimal);
    if (at < end && (*at == '-' || *at == '+'))
        decimal->negative = *at++ == '-';
    decimal->whole = at;
    while (at < end && text_is_digit(*at))
        at++;
    decimal->whole_size = (size_t)(at - decimal->whole);
    decimal->fraction = at;
    if (at < end && *at == '.') {
        decimal->fraction = ++at;
        while (at < end && text_is_digit(*at))
            at++;
        decimal->fraction_size = (size_t)(at - decimal->fraction);
    }
    if (decimal->whole_size + decimal->fraction_size == 0)
        return false;
    if (at < end && (*at == 'e' || *at == 'E') && !scan_exponent(&at, end, &decimal->exponent))
        return false;
    return at == end;
}

static inline int
decimal_digit(const Decimal *decimal, size_t index)
{
    return (index < decimal->whole_size ? decimal->whole[index]
                                        : decimal->fraction[index - decimal->whole_size]) -
           '0';
}

static Status
numeric_overflow(Type type, Error *error)
{
    error_set(error, STATUS_NUMERIC_RANGE, "numeric field overflow");
    return error_hint(error,
                      "A field with precision %d, scale %d must round to an absolute value less than %s%d.",
                      type.precision, type.scale, type.precision == type.scale ? "" : "10^",
                      type.precision == type.scale ? 1 : type.precision - type.scale);
}

/* The magnitude scaled by 10^scale, half rounded away from zero. False: over 38 digits. */
static bool
decimal_scale(const Decimal *decimal, uint8_t scale, UInt128 *magnitude)
{
    const size_t count = decimal->whole_size + decimal->fraction_size;
    const int64_t keep = (int64_t)decimal->whole_size + decimal->exponent + scale; /* digits before the cut */
    UInt128 value = 0;
    unsigned significant = 0;

    for (size_t i = 0; i < count && (int64_t)i < keep; i++) {
        const int digit = decimal_digit(decimal, i);
        significant += significant > 0 || digit != 0;
        if (significant > NUMERIC_DIGITS_MAX)
            return false;
        value = value * 10 + (unsigned)digit;
    }
    for (int64_t i = (int64_t)count; i < keep && significant > 0; i++) {
        if (++significant > NUMERIC_DIGITS_MAX)
            return false;
        value *= 10;
    }
    if (keep >= 0 && keep < (int64_t)count)
        value += decimal_digit(decimal, (size_t)keep) >= 5;
    *magnitude = value;
    return true;
}

Status
text_parse_numeric(Type type, const char *text, size_t size, Int128 *value, Error *error)
{
    const char *trimmed = text;
    size_t length = size;
    Decimal decimal;
    UInt128 magnitude;
    UInt128 limit = 1;

    text_trim(&trimmed, &length);
    if (!scan_decimal(trimmed, length, &decimal)) {
        const size_t sign = length > 0 && (trimmed[0] == '-' || trimmed[0] == '+');
        if (text_equals_word(trimmed, length, "nan") ||
            text_equals_word(trimmed + sign, length - sign, "inf") ||
            text_equals_word(trimmed + sign, length - sign, "infinity"))
            return error_set(error, STATUS_NUMERIC_RANGE, "numeric cannot hold \"%.*s\"", (int)length,
                             trimmed);
        return text_bad_syntax("numeric", text, size, error);
    }
    for (unsigned i = 0; i < type.precision; i++)
        limit *= 10;
    if (!decimal_scale(&decimal, type.scale, &magnitude) || magnitude >= limit)
        return numeric_overflow(type, error);
    *value = decimal.negative ? -(Int128)magnitude : (Int128)magnitude;
    return STATUS_OK;
}
