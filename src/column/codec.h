/* column/codec.h: a batch as bytes, for wire, kept outputs and spill files: one format from exchange to disk.
 *
 * A chunk is one msgpack array [version, rows, [column …], pad, bin, pad, bin, …]: buffers are `bin` objects
 * padded so that each starts at a multiple of 64 bytes from the chunk's start (column/codec_format.h).
 * Columns are written flat (those that are constant as constants); strings as sizes and one heap. Decoding
 * makes views into the chunk: no copy where the chunk itself is 16-byte aligned (string views are made anew:
 * they hold pointers). */
#ifndef RUNNEL_COLUMN_CODEC_H
#define RUNNEL_COLUMN_CODEC_H

#include "base/slab.h"
#include "column/batch.h"
#include "column/builder.h"

/* Encode rows [first, first + count) of a builder into a new slab charged to `budget`. */
Status chunk_encode(const RowBuilder *rows, uint64_t first, uint64_t count, Budget *budget, Slab **chunk,
                    Error *error);

/* Columns of a chunk: `*rows` rows (may exceed BATCH_ROWS) as FLAT or CONSTANT vectors in `arena`, pointing
 * into `bytes`, which must outlive them. Every size and offset is checked: bytes that a hostile or damaged
 * peer sent end as STATUS_PROTOCOL, and at most UINT32_MAX rows are accepted. The types must equal `types`
 * (column_count of them), where that is not NULL. */
Status chunk_decode(const void *bytes, size_t size, uint32_t column_count, const Type *types, Arena *arena,
                    uint64_t *rows, Vector *columns, Error *error);

/* A batch of rows [first, first+count) of decoded columns. `first` a multiple of 64. `slice` is the caller's
 * array. A record's fields are cut in memory of the decoded columns: one thread at a time, one slice at a
 * time. */
void chunk_slice(const Vector *columns, uint32_t column_count, uint64_t first, uint32_t count, Vector *slice,
                 Batch *batch);

#endif
