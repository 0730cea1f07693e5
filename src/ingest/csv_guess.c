#include "ingest/csv_guess.h"

#include "expr/text.h"
#include "ingest/csv_value.h"

#include <strings.h>

/* In the order of preference. */
static const TypeId candidates[] = {TYPE_BOOL, TYPE_INT8,      TYPE_FLOAT8,
                                    TYPE_DATE, TYPE_TIMESTAMP, TYPE_TIMESTAMPTZ};

enum { CANDIDATES = sizeof candidates / sizeof candidates[0] };

CsvGuess
csv_guess_any(void)
{
    return (1u << CANDIDATES) - 1;
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
parses(TypeId id, const char *text, size_t size)
{
    const Session session = {.time_zone = "UTC"};
    Arena *arena = arena_new(NULL);
    Int128 value;

    const Status status = text_parse_value(type_of(id), text, size, &session, arena, &value, NULL);
    arena_destroy(&arena);
    return status == STATUS_OK;
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

static bool
is_of(TypeId id, const char *text, size_t size)
{
    switch (id) {
    case TYPE_BOOL: return is_bool(text, size);
    case TYPE_INT8:
    case TYPE_FLOAT8: return is_number(id, text, size);
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
    return guess;
}

Type
csv_guess_type(CsvGuess guess)
{
    for (unsigned i = 0; i < CANDIDATES; i++) {
        if ((guess >> i & 1) != 0)
            return type_of(candidates[i]);
    }
    return type_of(TYPE_TEXT);
}
