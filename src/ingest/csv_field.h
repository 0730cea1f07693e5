/* ingest/csv_field.h: a field's value out of its text: quotes taken away, NULL told from the empty string. */
#ifndef RUNNEL_INGEST_CSV_FIELD_H
#define RUNNEL_INGEST_CSV_FIELD_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>

typedef struct CsvField {
    const char *text;
    size_t size;
    bool is_null;
} CsvField;

/* `text` and `size`: the field as it stands in the file. `null_text` NULL: only an unquoted empty field is
 * NULL; else only an unquoted field that equals it. The result points into `text`, or into `arena` where a
 * quote stood inside. */
Status csv_field_read(const char *text, size_t size, char quote, const char *null_text, Arena *arena,
                      CsvField *field, Error *error);

#endif
