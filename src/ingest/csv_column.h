/* ingest/csv_column.h: a column of cells as a vector of values. */
#ifndef RUNNEL_INGEST_CSV_COLUMN_H
#define RUNNEL_INGEST_CSV_COLUMN_H

#include "column/vector.h"
#include "expr/session.h"
#include "ingest/csv_records.h"

/* What all columns of a batch share. */
typedef struct CsvBlock {
    const char *text;
    const CsvCell *cells; /* row-major */
    uint32_t field_count;
    uint32_t rows;
    bool quotes; /* there may be quotes in the text */
    bool plain;  /* the text is ASCII without NUL bytes */
    char quote;
    const char *null_text;
    const Session *session;
    Arena *arena; /* for values that do not stand in the text; lives as long as the batch */
} CsvBlock;

/* Called for a cell that is no value of the type; its row's value is then NULL. Returns false to stop. */
typedef bool CsvCellFailure(void *context, uint32_t row, const Error *error);

/* The cells of `field` as `type`. `data` has room for the rows' values, `validity` for their bits. Errors
 * that are not about a cell (OUT_OF_MEMORY) are returned. */
Status csv_column_parse(const CsvBlock *block, uint32_t field, Type type, void *data, uint64_t *validity,
                        CsvCellFailure *failure, void *context, Vector *vector, Error *error);

#endif
