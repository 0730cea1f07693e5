/* exec/window_chunk.h: whole partitions of rows in order, and where partitions and peers begin and end.
 *
 * Of a partition that is on disk a chunk holds a part. Two chunks then describe the same rows: one counts
 * them as if they were a partition of their own, for functions that look at no others; the other one has
 * numbers within the whole partition (`base`, `store`). */
#ifndef RUNNEL_EXEC_WINDOW_CHUNK_H
#define RUNNEL_EXEC_WINDOW_CHUNK_H

#include "column/builder.h"
#include "exec/window_store.h"
#include "plan/plan.h"

typedef struct WindowChunk {
    const RowBuilder *builder; /* of the rows */
    uint32_t rows;
    const WindowStore *store; /* the partition, where numbers are of all of it; else NULL */
    const Vector *head;       /* the same: the columns of its first row */
    uint32_t base;            /* the number of the first row; columns and arrays begin with it */
    uint32_t column_count;
    Vector *columns; /* whole and flat */
    Arena *arena;    /* of what is derived from the rows; reset with the next chunk */
    /* By row: the rows of its partition are [start, end). */
    uint32_t *partition_start;
    uint32_t *partition_end;
    /* The same of its peers, and the number of its group of peers in the chunk; NULL where nobody asks. */
    uint32_t *peer_start;
    uint32_t *peer_end;
    uint32_t *group;
    uint32_t *group_start; /* by group; one more at the end */
} WindowChunk;

/* Find the boundaries of the first `rows` rows in `builder`. `peers`: those of peers, too. */
Status window_chunk_begin(WindowChunk *chunk, const RowBuilder *builder, uint32_t rows,
                          const PlanWindow *window, bool peers, Error *error);

/* Whether two rows are in different partitions. */
bool window_rows_differ(const Vector *a, uint32_t row_a, const Vector *b, uint32_t row_b);

#endif
