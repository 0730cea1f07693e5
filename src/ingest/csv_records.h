/* ingest/csv_records.h: from bytes to records of cells, a window of the input at a time. */
#ifndef RUNNEL_INGEST_CSV_RECORDS_H
#define RUNNEL_INGEST_CSV_RECORDS_H

#include "base/budget.h"
#include "ingest/csv_input.h"
#include "ingest/csv_scan.h"

/* A field as it stands in the text, quotes included. */
typedef struct CsvCell {
    uint32_t start;
    uint32_t end;
} CsvCell;

/* Why a record does not have its fields. */
typedef enum CsvFlaw { CSV_FLAW_NONE, CSV_FLAW_FIELDS, CSV_FLAW_UNTERMINATED } CsvFlaw;

/* A record that was passed over. */
typedef struct CsvBadRecord {
    uint32_t start;
    uint32_t end;
    uint32_t fields; /* that it has */
    CsvFlaw flaw;
} CsvBadRecord;

typedef struct CsvRecords {
    CsvInput *input;
    Budget *budget;
    const char *name;
    uint32_t field_count;

    char *window; /* `capacity` + CSV_BLOCK bytes */
    size_t capacity;
    size_t size; /* of the text in it */
    bool at_end;
    uint64_t first_line;    /* of the window's first byte */
    uint32_t counted;       /* so many bytes of the window have been looked at for lines … */
    uint64_t counted_lines; /* … and hold so many */

    CsvScan scan;
    uint32_t *entries;
    size_t entry_room;
    size_t entry_count;
    size_t entry_next;
    size_t record_start;
    bool after_return; /* the record before ended with CR: an LF here belongs to it */

    /* What csv_records_next() made. */
    CsvCell *cells; /* row-major, field_count a row */
    uint32_t row_limit;
    uint32_t rows;
    CsvBadRecord *bad;
    uint32_t bad_count;
} CsvRecords;

enum { CSV_BAD_MAX = 256 }; /* bad records that one call passes over */

/* Takes the input in every case. */
Status csv_records_init(CsvRecords *records, CsvInput *input, const char *name, char delimiter, char quote,
                        uint32_t field_count, uint32_t row_limit, uint64_t first_line, Budget *budget,
                        Error *error);
void csv_records_destroy(CsvRecords *records);

/* Pass over the byte order mark, where the text begins with one. */
Status csv_records_skip_mark(CsvRecords *records, Error *error);

/* Pass over one record, whatever its fields. */
Status csv_records_skip(CsvRecords *records, Error *error);

/* The next records: rows and bad ones, in the order of their places; none of either at the end.
 * `stop_at_bad`: end before the first bad one, unless it is the first of all. Cells and text are valid until
 * the next call. */
Status csv_records_next(CsvRecords *records, bool stop_at_bad, Error *error);

/* The line (1-based, in the file) on which a place in the window, the start of a record, is. Ascending places
 * cost no more than one look at the window. */
uint64_t csv_records_line(CsvRecords *records, uint32_t place);

#endif
