/* exec/spill.h: rows on disk, for operators that outgrow their memory.
 *
 * A Spill takes batches, gathers them and writes them to the scratch directory in chunks (column/codec.h); a
 * SpillReader gives them back in their order. SpillPartitions are SPILL_FANOUT of them, rows apart by hash.
 * One thread writes a Spill; once closed it does not change, and many may read it.
 *
 * What is in hand (a chunk's worth of rows a Spill, a chunk a reader) is charged to the in_hand budget
 * (exec/operator.h), which is never refused: spilling is what is done where nothing is left. */
#ifndef RUNNEL_EXEC_SPILL_H
#define RUNNEL_EXEC_SPILL_H

#include "column/builder.h"
#include "exec/operator.h"

enum {
    SPILL_FANOUT = 16,
    SPILL_FLOOR_BYTES = 512 << 10, /* so much an operator that spills may hold, whatever the others do */
    SPILL_LEVELS = 8               /* of partitions of partitions: SPILL_FANOUT ** SPILL_LEVELS parts */
};

typedef struct Spill {
    Scratch *scratch;
    NodeCounters *counters; /* of the node that spills */
    Budget *in_hand;
    size_t chunk_bytes;
    uint32_t column_count;
    Type *types;
    RowBuilder *rows; /* not written yet; NULL once closed */
    ScratchSpan *chunks;
    size_t chunk_count;
    size_t chunk_capacity;
    uint64_t row_count;
} Spill;

/* For rows of `types` (copied). NULL where the system has no memory. */
Spill *spill_new(const Operator *operator, uint32_t column_count, const Type *types);
void spill_destroy(Spill **self);

/* As row_builder_append(). DISK_FULL where the scratch directory's limit or its disk is reached. */
Status spill_append(Spill *spill, const Batch *batch, const uint32_t *picks, uint32_t pick_count,
                    Error *error);
/* Everything is written; nothing more is appended. */
Status spill_close(Spill *spill, Error *error);

typedef struct SpillReader {
    Spill *spill;
    bool consume;
    uint32_t batch_rows;
    size_t next_chunk;
    Slab *chunk;
    Arena *arena; /* of the decoded chunk */
    Budget *in_hand;
    uint64_t rows; /* of the decoded chunk */
    uint64_t next_row;
    Vector *columns; /* of the decoded chunk, whole: FLAT or CONSTANT */
    Vector *slice;
    uint32_t first; /* in the slice: rows that were given already */
    Batch sliced;
    uint32_t selection[64];
} SpillReader;

/* Of a closed spill. `consume`: chunks leave the disk as they have been read (nobody else reads them). */
Status spill_reader_new(const Operator *operator, Spill * spill, bool consume, SpillReader **made,
                        Error *error);
void spill_reader_destroy(SpillReader **self);

/* Decode the next chunk whole, into `columns` and `rows`; *end: there is none. */
Status spill_read_chunk(SpillReader *reader, bool *end, Error *error);
/* The next rows, at most batch_rows of them, valid until the next call; *end: there are none. */
Status spill_read_batch(SpillReader *reader, Batch *batch, bool *end, Error *error);

/* Rows apart by hash: a level is another way to part, so that what shares a part of one is spread over all of
 * the next. */
typedef struct SpillPartitions {
    uint32_t level;
    Spill *parts[SPILL_FANOUT]; /* whoever takes one leaves NULL */
} SpillPartitions;

SpillPartitions *spill_partitions_new(const Operator *operator, uint32_t column_count, const Type *types,
                                      uint32_t level);
void spill_partitions_destroy(SpillPartitions **self);
/* hashes[i] is of the i-th row that counts. */
Status spill_partitions_append(SpillPartitions *partitions, const Batch *batch, const uint64_t *hashes,
                               Error *error);
Status spill_partitions_close(SpillPartitions *partitions, Error *error);

/* Whether the query or the process is near the end of its memory and `held`, what the operator could spill,
 * is a good part of it. */
bool spill_is_due(const Operator *operator, size_t held);

#endif
