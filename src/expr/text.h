/* expr/text.h: values as text and back, exactly as PostgreSQL 15's input and output functions have them.
 *
 * character(n) values are kept without trailing spaces; output pads them. */
#ifndef RUNNEL_EXPR_TEXT_H
#define RUNNEL_EXPR_TEXT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "column/vector.h"
#include "expr/session.h"

/* Append the row's value as PostgreSQL's text ("t"/"f" for booleans; shortest round-trip doubles; timestamps
 * in ISO style). The row must not be NULL. `session` gives the time zone for timestamptz. */
void text_format_value(const Vector *vector, uint32_t row, const Session *session, Buffer *out);
/* The same as a cast to text has it: "true" and "false", a character(n) without its blanks. */
void text_format_cast(const Vector *vector, uint32_t row, const Session *session, Buffer *out);

/* Parse `size` bytes at `text` as a value of `type` into `value` (room for 16 bytes; string bytes are NOT
 * copied: views point into `text`, or into `arena` where unescaping was needed). INVALID_TEXT,
 * DATETIME_FORMAT, NUMERIC_RANGE … with PostgreSQL's message. Whitespace around numbers and dates is allowed
 * as there. */
Status text_parse_value(Type type, const char *text, size_t size, const Session *session, Arena *arena,
                        void *value, Error *error);

/* The building blocks, also used by the JSON and CSV writers. Return the length written; `out` has room
 * for 64. */
size_t text_format_int64(int64_t value, char *out);
size_t text_format_numeric(Int128 value, uint8_t scale, char *out);
size_t text_format_double(double value, char *out); /* shortest that reads back; "Infinity", "NaN" */
size_t text_format_float(float value, char *out);
size_t text_format_date(int32_t days, char *out);
size_t text_format_timestamp(int64_t microseconds, char *out);
size_t text_format_time(int64_t microseconds, char *out);
size_t text_format_timestamptz(int64_t microseconds, const Session *session, char *out);
size_t text_format_interval(const Interval *interval, char *out);

/* A UUID is its 16 bytes as a big-endian number with the topmost bit flipped: signed order is byte order. */
size_t text_format_uuid(Int128 value, char *out);
/* "\\x0123…": out has room for 2 + 2 * size. */
size_t text_format_bytea(const char *bytes, size_t size, char *out);

#endif
