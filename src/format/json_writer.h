/* format/json_writer.h: values as JSON, for results that may be large. cJSON would lose 64-bit integers.
 *
 * Integers and numerics are numbers with all their digits; doubles the shortest that reads back, "NaN" and
 * "Infinity" as strings; dates, times and the like PostgreSQL's text as strings; NULL null; lists arrays,
 * records objects. */
#ifndef RUNNEL_FORMAT_JSON_WRITER_H
#define RUNNEL_FORMAT_JSON_WRITER_H

#include "base/buffer.h"
#include "column/batch.h"
#include "expr/session.h"

/* A string with quotes. Bytes that are not UTF-8 become U+FFFD. */
void json_write_string(const char *text, size_t size, Buffer *out);

void json_write_value(const Vector *vector, uint32_t row, const Session *session, Buffer *out);

/* One row: an array of its values, or, with `names`, an object. */
void json_write_row(const Vector *columns, uint32_t column_count, const char *const *names, uint32_t row,
                    const Session *session, Buffer *out);

#endif
