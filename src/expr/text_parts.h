/* expr/text_parts.h: what the files behind text.h share: one parser a type, all over unterminated text.
 *
 * Whitespace around the value is allowed; anything else left over is an error with PostgreSQL's message. */
#ifndef RUNNEL_EXPR_TEXT_PARTS_H
#define RUNNEL_EXPR_TEXT_PARTS_H

#include "expr/text.h"

static inline bool
text_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
text_is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static inline char
text_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Case-insensitive equality of `size` bytes with a lower-case word. */
bool text_equals_word(const char *text, size_t size, const char *word);

/* So for the words of dates and intervals, of which ten letters count: "millenniums" is "millennium". */
bool text_equals_keyword(const char *text, size_t size, const char *word);

/* The text without the whitespace around it. */
void text_trim(const char **text, size_t *size);

/* "invalid input syntax for type T: "…"" */
Status text_bad_syntax(const char *type, const char *text, size_t size, Error *error);

Status text_parse_integer(TypeId id, const char *text, size_t size, int64_t *value, Error *error);
Status text_parse_numeric(Type type, const char *text, size_t size, Int128 *value, Error *error);
Status text_parse_double(const char *text, size_t size, double *value, Error *error);
Status text_parse_float(const char *text, size_t size, float *value, Error *error);
Status text_parse_bool(const char *text, size_t size, bool *value, Error *error);
Status text_parse_date(const char *text, size_t size, const Session *session, int32_t *days, Error *error);
Status text_parse_time(const char *text, size_t size, const Session *session, int64_t *microseconds,
                       Error *error);
Status text_parse_timestamp(const char *text, size_t size, const Session *session, int64_t *microseconds,
                            Error *error);
Status text_parse_timestamptz(const char *text, size_t size, const Session *session, int64_t *microseconds,
                              Error *error);
/* The fields that the type names say what a number without a unit counts, and how m:s is read. */
Status text_parse_interval(Type type, const char *text, size_t size, Interval *interval, Error *error);

/* Append `value` in decimal, at least `width` digits, zeros in front; returns the end. */
char *text_put_digits(char *out, uint64_t value, int width);
/* ".123" without trailing zeros; nothing where microseconds is 0. */
char *text_put_fraction(char *out, uint32_t microseconds);

#endif
