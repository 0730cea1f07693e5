#include "ingest/csv_guess.h"

#include "expr/text.h"
#include "ingest/csv_value.h"

#include <string.h>
#include <strings.h>

/* In the order of preference. */
static const TypeId candidates[] = {TYPE_BOOL, TYPE_INT8,      TYPE_NUMERIC,    TYPE_FLOAT8,
                                    TYPE_DATE, TYPE_TIMESTAMP, TYPE_TIMESTAMPTZ};

enum { CANDIDATES = sizeof candidates / sizeof candidates[0] };

/* Beside a bit for each candidate, a guess holds the most digits before and behind the point, and whether a
 * value has some that a double would lose: only then it is NUMERIC. */
enum {
    GUESS_TYPES = (1 << CANDIDATES) - 1,
    GUESS_EXACT = 1 << 7,
    WHOLE_SHIFT = 8,
    SCALE_SHIFT = 16,
    DIGITS_MASK = 0xFF,
    DOUBLE_DIGITS = 15, /* that every double keeps */
    DOUBLE_TEXT = 17    /* that some need */
};

CsvGuess
csv_guess_any(void)
{
    return GUESS_TYPES;
}

bool
csv_guess_keeps(CsvGuess guess, const char *text, size_t size)
{
    return (csv_guess_narrow(guess, text, size) & GUESS_TYPES) == (guess & GUESS_TYPES);
}

static bool
is_bool(const char *text, size_t size)
{
    return (size == 1 && strchr("tfTF", text[0]) != NULL) ||
           (size == 4 && strncasecmp(text, "true", 4) == 0) ||
           (size == 5 && strncasecmp(text, "false", 5) == 0);
}

/* A code like 00123 would lose its zeros as a number. */
static bool
has_leading_zero(const char *text, size_t size)
{
    const size_t sign = size > 0 && (text[0] == '-' || text[0] == '+');

    return size > sign + 1 && text[sign] == '0' && csv_is_digit(text[sign + 1]);
}

static bool
parse(TypeId id, const char *text, size_t size, void *value)
{
    const Session session = {.time_zone = "UTC"};
    Arena *arena = arena_new(NULL);

    const Status status = text_parse_value(type_of(id), text, size, &session, arena, value, NULL);
    arena_destroy(&arena);
    return status == STATUS_OK;
}

static bool
parses(TypeId id, const char *text, size_t size)
{
    Int128 value;

    return parse(id, text, size, &value);
}

static bool
is_number(TypeId id, const char *text, size_t size)
{
    int64_t integer;
    double real;

    if (size == 0 || has_leading_zero(text, size))
        return false;
    if (id == TYPE_INT8 ? csv_read_integer(text, size, &integer) : csv_read_double(text, size, &real))
        return true;
    return parses(id, text, size);
}

/* What follows YYYY-MM-DD HH:MM[:SS[.f]] in ISO's form: nothing, Z, or an offset; -1 where it is not that. */
static int
zone_of(const char *text, size_t size)
{
    size_t at = 16;
    int32_t days;

    if (size < 16 || !csv_read_iso_days(text, &days) || (text[10] != ' ' && text[10] != 'T'))
        return -1;
    for (; at < size && (csv_is_digit(text[at]) || text[at] == ':' || text[at] == '.'); at++)
        ;
    if (at == size)
        return 0;
    return text[at] == 'Z' || text[at] == '+' || text[at] == '-' ? 1 : -1;
}

/* Only ISO forms: "today" or "1/2/3" are better left as text. */
static bool
is_datetime(TypeId id, const char *text, size_t size)
{
    int32_t days;

    if (size == 10)
        return csv_read_iso_days(text, &days);
    if (id == TYPE_DATE || zone_of(text, size) != (id == TYPE_TIMESTAMPTZ))
        return false;
    return parses(id, text, size);
}

/* A number without an exponent: digits before and behind the point that count. */
static bool
count_digits(const char *text, size_t size, uint32_t *whole, uint32_t *scale)
{
    size_t at = size > 0 && (text[0] == '-' || text[0] == '+');
    const size_t start = at;

    *scale = 0;
    for (; at < size && csv_is_digit(text[at]); at++)
        ;
    *whole = (uint32_t)(at - start);
    if (at < size && text[at] == '.')
        for (at++; at < size && csv_is_digit(text[at]); at++)
            (*scale)++;
    return at == size && *whole + *scale > 0;
}

/* The digits from the first to the last that is not 0; SIZE_MAX where there are more than `room`. */
static size_t
significant(const char *text, size_t size, char *digits, size_t room)
{
    size_t count = 0;
    size_t last = 0;

    for (size_t i = 0; i < size && text[i] != 'e'; i++) {
        if (!csv_is_digit(text[i]) || (count == 0 && text[i] == '0'))
            continue;
        if (count < room)
            digits[count] = text[i];
        count++;
        last = text[i] != '0' ? count : last;
    }
    return last <= room ? last : SIZE_MAX;
}

static bool
double_keeps(const char *text, size_t size)
{
    char digits[DOUBLE_TEXT], again[DOUBLE_TEXT], shortest[64];
    double value;

    const size_t count = significant(text, size, digits, DOUBLE_TEXT);
    if (count <= DOUBLE_DIGITS)
        return true;
    if (count == SIZE_MAX || !parse(TYPE_FLOAT8, text, size, &value))
        return false;
    return significant(shortest, text_format_double(value, shortest), again, DOUBLE_TEXT) == count &&
           memcmp(digits, again, count) == 0;
}

static uint32_t
digits_at(CsvGuess guess, unsigned shift)
{
    return guess >> shift & DIGITS_MASK;
}

static bool
is_numeric(const char *text, size_t size)
{
    uint32_t whole;
    uint32_t scale;

    return count_digits(text, size, &whole, &scale) && !has_leading_zero(text, size);
}

static CsvGuess
note_digits(CsvGuess guess, const char *text, size_t size)
{
    uint32_t whole;
    uint32_t scale;

    if (!count_digits(text, size, &whole, &scale))
        return guess;
    whole = whole < DIGITS_MASK ? whole : DIGITS_MASK;
    scale = scale < DIGITS_MASK ? scale : DIGITS_MASK;
    if (whole > digits_at(guess, WHOLE_SHIFT))
        guess = (guess & ~((CsvGuess)DIGITS_MASK << WHOLE_SHIFT)) | whole << WHOLE_SHIFT;
    if (scale > digits_at(guess, SCALE_SHIFT))
        guess = (guess & ~((CsvGuess)DIGITS_MASK << SCALE_SHIFT)) | scale << SCALE_SHIFT;
    return double_keeps(text, size) ? guess : guess | GUESS_EXACT;
}

static bool
is_of(TypeId id, const char *text, size_t size)
{
    switch (id) {
    case TYPE_BOOL: return is_bool(text, size);
    case TYPE_INT8:
    case TYPE_FLOAT8: return is_number(id, text, size);
    case TYPE_NUMERIC: return is_numeric(text, size);
    default: return is_datetime(id, text, size);
    }
}

CsvGuess
csv_guess_narrow(CsvGuess guess, const char *text, size_t size)
{
    for (unsigned i = 0; i < CANDIDATES; i++) {
        if ((guess >> i & 1) != 0 && !is_of(candidates[i], text, size))
            guess &= ~(1u << i);
    }
    if ((guess & GUESS_TYPES) == 0)
        return 0;
    return note_digits(guess, text, size);
}

static bool
is_chosen(CsvGuess guess, TypeId id)
{
    const bool exact = (guess & GUESS_EXACT) != 0;

    if (id == TYPE_NUMERIC)
        return exact && digits_at(guess, WHOLE_SHIFT) + digits_at(guess, SCALE_SHIFT) <= NUMERIC_DIGITS_MAX;
    return id != TYPE_FLOAT8 || !exact;
}

Type
csv_guess_type(CsvGuess guess)
{
    for (unsigned i = 0; i < CANDIDATES; i++) {
        if ((guess >> i & 1) == 0 || !is_chosen(guess, candidates[i]))
            continue;
        return candidates[i] == TYPE_NUMERIC
                   ? type_numeric(NUMERIC_DIGITS_MAX, (uint8_t)digits_at(guess, SCALE_SHIFT))
                   : type_of(candidates[i]);
    }
    return type_of(TYPE_TEXT);
}
