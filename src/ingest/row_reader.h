/* ingest/row_reader.h: rows of one range of a file, whatever its format: what a reading task and the
 * planner's samples go through. The format is named by source->options->format: "csv", or "generated"
 * (ingest/generate.h), whose ranges are units and whose path is a source.
 *
 * A reader belongs to one thread. Its batches are valid until its next call. */
#ifndef RUNNEL_INGEST_ROW_READER_H
#define RUNNEL_INGEST_ROW_READER_H

#include "ingest/csv.h"

typedef struct RowReader RowReader;

/* As csv_reader_open(), csv_reader_next(), csv_reader_rejects() and csv_reader_bytes(). What `source` points
 * to must outlive the reader. */
Status row_reader_open(const CsvSource *source, Budget *budget, RowReader **reader, Error *error);
Status row_reader_next(RowReader *reader, Batch *batch, Error *error);
const CsvReject *row_reader_rejects(const RowReader *reader, size_t *count);
uint64_t row_reader_bytes(const RowReader *reader);
void row_reader_close(RowReader **self);

#endif
