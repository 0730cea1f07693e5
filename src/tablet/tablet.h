/* tablet/tablet.h: reading a tablet, an immutable columnar file (format: tablet/README.md).
 *
 * A TabletReader is immutable after opening and shared by threads; decoding state lives in ColumnCursors. */
#ifndef RUNNEL_TABLET_TABLET_H
#define RUNNEL_TABLET_TABLET_H

#include "column/batch.h"
#include "column/statistics.h"
#include "tablet/cache.h"
#include "tablet/source.h"

enum { TABLET_ROWS = 1 << 20, TABLET_BLOCK_ROWS = 1 << 14 };

typedef struct TabletReader TabletReader;

typedef struct TabletColumn {
    uint32_t id; /* the table's column id */
    const char *name;
    Type type;
    ColumnStatistics statistics;
} TabletColumn;

/* Takes the source in every case. Reads and checks footer and magic; CORRUPT, NOT_SUPPORTED (unknown
 * feature). `key` names the tablet in the cache: unique among tablets of this process (its catalog id). */
Status tablet_open(Source *source, uint64_t key, BlockCache *cache, TabletReader **tablet, Error *error);
void tablet_close(TabletReader **self);

uint64_t tablet_rows(const TabletReader *tablet);
uint32_t tablet_column_count(const TabletReader *tablet);
const TabletColumn *tablet_column(const TabletReader *tablet, uint32_t ordinal);
int32_t tablet_find_column(const TabletReader *tablet, uint32_t column_id); /* ordinal, or -1 */

uint32_t tablet_block_count(const TabletReader *tablet);
uint32_t tablet_block_rows(const TabletReader *tablet, uint32_t block); /* rows of that block */
/* Of one column in one block: bounds, NULLs. Lives as long as the reader. */
const ColumnStatistics *tablet_block_statistics(const TabletReader *tablet, uint32_t ordinal, uint32_t block);

/* Bytes of a column in the file, for planning and people. */
uint64_t tablet_column_bytes(const TabletReader *tablet, uint32_t ordinal);

/* A cursor decodes one column for one task; not thread-safe. It pins the block it is in (and the column's
 * dictionary) in the cache until it moves on or is destroyed. */
typedef struct ColumnCursor ColumnCursor;

Status column_cursor_new(TabletReader *tablet, uint32_t ordinal, Budget *budget, ColumnCursor **cursor,
                         Error *error);
void column_cursor_destroy(ColumnCursor **self);

/* Decode rows [first, first + count) of `block` (count <= BATCH_ROWS, within the block) into `vector`: FLAT,
 * CONSTANT, or DICTIONARY, whichever the encoding gives cheapest. With a selection (row numbers relative to
 * `first`) only those rows' values need be right: a cursor skips work where few are selected. Valid until the
 * cursor's next call. */
Status column_cursor_read(ColumnCursor *cursor, uint32_t block, uint32_t first, uint32_t count,
                          const uint32_t *selection, uint32_t selected, Vector *vector, Error *error);

uint64_t column_cursor_bytes(const ColumnCursor *cursor); /* encoded bytes touched so far */

/* Read every block of every column and check every checksum and decoded statistic: `runnel tablet --verify`.
 */
Status tablet_verify(TabletReader *tablet, Error *error);

/* What is in the file, for people: columns, blocks, encodings, sizes, statistics. */
void tablet_describe(const TabletReader *tablet, bool blocks, Buffer *out);

#endif
