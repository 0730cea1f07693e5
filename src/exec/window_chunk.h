/* exec/window_chunk.h: whole partitions of rows in order, and where partitions and peers begin and end. */
#ifndef RUNNEL_EXEC_WINDOW_CHUNK_H
#define RUNNEL_EXEC_WINDOW_CHUNK_H

#include "column/builder.h"
#include "plan/plan.h"

typedef struct WindowChunk {
    const RowBuilder *builder; /* of the rows */
    uint32_t rows;
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

/* Find the boundaries of the rows in `builder`. `peers`: those of peers, too. */
Status window_chunk_begin(WindowChunk *chunk, const RowBuilder *builder, const PlanWindow *window, bool peers,
                          Error *error);

/* Whether two rows are in different partitions. */
bool window_rows_differ(const Vector *a, uint32_t row_a, const Vector *b, uint32_t row_b);

#endif
