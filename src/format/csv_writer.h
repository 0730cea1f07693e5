/* format/csv_writer.h: rows as CSV (RFC 4180): NULL is an unquoted empty field, the empty string "". Lines
 * end in LF. */
#ifndef RUNNEL_FORMAT_CSV_WRITER_H
#define RUNNEL_FORMAT_CSV_WRITER_H

#include "base/buffer.h"
#include "column/batch.h"
#include "expr/session.h"

/* How a file is written that is not for the REST interface. */
typedef struct CsvStyle {
    char delimiter;
    char quote;
    const char *null_text; /* stands for NULL; a value of that text is quoted */
} CsvStyle;

void csv_write_styled_names(const CsvStyle *style, const char *const *names, uint32_t count, Buffer *out);
/* As COPY … WITH (FORMAT csv) writes it, so that it reads back the same. */
void csv_write_styled_row(const CsvStyle *style, const Vector *columns, uint32_t column_count, uint32_t row,
                          const Session *session, Buffer *out);

/* A field as it must stand: quoted where it is empty or holds the delimiter, a quote or a line end. */
void csv_write_field(const char *text, size_t size, char delimiter, Buffer *out);
void csv_write_names(const char *const *names, uint32_t count, char delimiter, Buffer *out);
void csv_write_row(const Vector *columns, uint32_t column_count, uint32_t row, char delimiter,
                   const Session *session, Buffer *out);

#endif
