/* tablet/writer.h: writing a tablet. The writer tries encodings and picks by size and decode cost. Not
 * thread-safe. */
#ifndef RUNNEL_TABLET_WRITER_H
#define RUNNEL_TABLET_WRITER_H

#include "column/batch.h"
#include "column/statistics.h"

typedef struct TabletWriter TabletWriter;

typedef struct TabletColumnSpec {
    uint32_t id; /* the table's column id */
    const char *name;
    Type type;
} TabletColumnSpec;

typedef struct TabletWriterOptions {
    uint32_t rows;       /* the most rows a tablet takes; 0: TABLET_ROWS */
    uint32_t block_rows; /* 0: TABLET_BLOCK_ROWS; a multiple of 64 */
    int compression;     /* zstd level; 0: a default; -1: none */
} TabletWriterOptions;

/* What the catalog keeps of a finished tablet; in `arena` of the finish call. */
typedef struct TabletSummary {
    uint64_t rows;
    uint64_t bytes;
    uint32_t column_count;
    ColumnStatistics *columns;
} TabletSummary;

Status tablet_writer_new(uint32_t column_count, const TabletColumnSpec *columns,
                         const TabletWriterOptions *options, Budget *budget, TabletWriter **writer,
                         Error *error);
void tablet_writer_destroy(TabletWriter **self); /* unfinished work is dropped */

/* Copy the batch's rows in. *taken < batch->count where the tablet is full: finish it and go on with a new
 * one (from the taken-th selected row). OUT_OF_MEMORY leaves the rows taken before, which can be finished. */
Status tablet_writer_append(TabletWriter *writer, const Batch *batch, uint32_t first, uint32_t *taken,
                            Error *error);
uint64_t tablet_writer_rows(const TabletWriter *writer);
size_t tablet_writer_bytes(const TabletWriter *writer); /* of memory */

/* Encode and write to `path` (created, must not exist), fsync'ed before it returns; nothing is left there on
 * error. DISK_FULL, IO. */
Status tablet_writer_finish(TabletWriter *writer, const char *path, Arena *arena, TabletSummary *summary,
                            Error *error);

#endif
