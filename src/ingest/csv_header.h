/* ingest/csv_header.h: names of columns from a header, and a header against the columns of a table. */
#ifndef RUNNEL_INGEST_CSV_HEADER_H
#define RUNNEL_INGEST_CSV_HEADER_H

#include "ingest/csv.h"
#include "ingest/csv_field.h"

/* Whether each field of a first record is the name of one of the columns, case aside. */
bool csv_header_names_columns(const CsvField *fields, uint32_t count, uint32_t column_count,
                              const char *const *columns);

/* shape->header and shape->names from the first record's fields (which is a header where shape->has_header).
 */
void csv_header_set_names(Arena *arena, const CsvField *fields, CsvShape *shape);

/* DUPLICATE_COLUMN where two fields of the header are the same. */
Status csv_header_check(const CsvShape *shape, const char *path, Error *error);

#endif
