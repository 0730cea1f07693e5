/* ingest/csv.h: CSV files as typed batches.
 *
 * RFC 4180 with PostgreSQL's reading of what it leaves open (COPY … FORMAT csv): a quote anywhere in a field
 * begins or ends quoting, a doubled one inside quotes stands for itself, line ends inside quotes are data.
 * Records end with LF, CRLF or CR. Empty lines are skipped in files of more than one field. Files may be gzip
 * (.gz) or Zstandard (.zst) streams.
 *
 * A reader belongs to one thread. Its batches are valid until its next call. */
#ifndef RUNNEL_INGEST_CSV_H
#define RUNNEL_INGEST_CSV_H

#include "column/batch.h"
#include "expr/session.h"
#include "plan/stage.h"

typedef struct CsvReader CsvReader;

/* A column that the reader gives. */
typedef struct CsvColumn {
    const char *name; /* for messages */
    Type type;
    uint32_t field; /* of the record, from 0; several columns may share one */
} CsvColumn;

/* A record that was set aside. */
typedef struct CsvReject {
    uint64_t line;      /* 1-based line of the file where the record starts */
    uint32_t field;     /* 1-based; 0: the record as a whole */
    const char *column; /* name, or "" */
    const char *reason; /* one sentence */
    const char *text;   /* the start of the record as it stands in the file, at most CSV_REJECT_TEXT bytes */
    size_t text_size;
} CsvReject;

enum { CSV_REJECT_TEXT = 1024, CSV_RECORD_MAX = 64 << 20 };

/* What the reader reads.
 *   path       where the file is (`range->path` made absolute); messages name range->path.
 *   range      must begin and end at record starts, as csv_split() cuts. The range at offset 0 begins with
 * the byte order mark and the header, if there are any. options    header: 1 skips the first record of the
 * file; reject_limit: see csv_reader_rejects(). batch_rows at most so many rows a batch; 0: BATCH_ROWS. */
typedef struct CsvSource {
    const char *path;
    const FileRange *range;
    const FileOptions *options;
    uint32_t field_count;
    uint32_t column_count;
    const CsvColumn *columns;
    const Session *session;
    uint32_t batch_rows;
} CsvSource;

/* What `source` points to must outlive the reader. UNDEFINED_FILE, FILE_ACCESS, IO, OUT_OF_MEMORY. */
Status csv_reader_open(const CsvSource *source, Budget *budget, CsvReader **reader, Error *error);
void csv_reader_close(CsvReader **self);

/* The next rows; batch->rows == 0 at the end. Rows that were set aside are not in the batch's selection, so
 * count may be less than rows, and even 0 before the end. Errors name file, line, column and value:
 * BAD_COPY_FORMAT (number of fields, unterminated quote, NUL byte), INVALID_ENCODING, INVALID_TEXT,
 * NUMERIC_RANGE, DATETIME_FORMAT …; LIMIT_EXCEEDED for a record of more than CSV_RECORD_MAX bytes. */
Status csv_reader_next(CsvReader *reader, Batch *batch, Error *error);

/* With options->reject_limit > 0 so many malformed records are set aside; one more is an error. Valid until
 * the next call. */
const CsvReject *csv_reader_rejects(const CsvReader *reader, size_t *count);

uint64_t
csv_reader_bytes(const CsvReader *reader); /* of the file, taken so far (compressed ones: as stored) */

/* ---- what the planner asks of a file ---- */

/* The shape of a file: its fields with the types that its sample shows. */
typedef struct CsvShape {
    bool has_header;
    uint32_t field_count;
    const char **header; /* the first record's texts where it is the header, else "" */
    const char *
        *names;  /* made of them, else column1, column2 …: lower case, unique, without need of quotes */
    Type *types; /* boolean, bigint, double precision, date, timestamp, timestamptz or text */
} CsvShape;

/* Look at a sample of the file (its first bytes and, where it is not compressed, places further on).
 * options->header: 1 and 0 decide, -1 lets the rule decide: the first record is the header where its fields
 * are among the `table_columns` (`table_column_count` may be 0: CREATE), or where its values cannot be of the
 * types of the records after it. The shape is in `arena`. An empty file: field_count 0. */
Status csv_infer(const char *path, const FileOptions *options, uint32_t table_column_count,
                 const char *const *table_columns, Arena *arena, CsvShape *shape, Error *error);

/* Cut a file into at most `pieces` ranges of whole records, of about equal size and at least `least_bytes`
 * each (0: 1 MiB). Right with quoted line ends: all bytes are classified for quotes, by `threads` threads.
 * Compressed files are one range. ranges (room for `pieces`) refer to `name`. */
Status csv_split(const char *path, const char *name, const FileOptions *options, uint32_t pieces,
                 uint64_t least_bytes, uint32_t threads, FileRange *ranges, uint32_t *count, Error *error);

/* For each of `column_count` table columns the field that a file with a header has for it, by name (exactly,
 * else without regard to case); -1: none. UNDEFINED_COLUMN where a field of the file is no column of the
 * table. */
Status csv_match_header(const CsvShape *shape, uint32_t column_count, const char *const *columns,
                        int32_t *fields, Error *error);

#endif
