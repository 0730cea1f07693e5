/* exec/window_frame.h: which rows of its partition each row's frame has. */
#ifndef RUNNEL_EXEC_WINDOW_FRAME_H
#define RUNNEL_EXEC_WINDOW_FRAME_H

#include "exec/window_chunk.h"
#include "expr/time_zone.h"

/* Rows [start, end). */
typedef struct RowRange {
    uint32_t start;
    uint32_t end;
} RowRange;

enum { FRAME_RANGES_MAX = 3 };

/* The frames of a batch of rows of a chunk, before what EXCLUDE takes out; batches are asked for in order. */
typedef struct FrameCursor {
    const WindowFrame *frame;
    const SortKey *key; /* RANGE with distances: the only one */
    const TimeZone *zone;
    uint32_t head; /* RANGE with distances: where the last frame began and ended */
    uint32_t tail;
    uint32_t start[BATCH_ROWS];
    uint32_t end[BATCH_ROWS];
} FrameCursor;

/* Frames of rows [first, first + count): start[i] <= end[i], within the partition. */
Status frame_cursor_next(FrameCursor *cursor, const WindowChunk *chunk, uint32_t first, uint32_t count,
                         Error *error);

/* The i-th row's frame without what is excluded, as ranges in order; returns how many, none of them empty. */
uint32_t frame_cursor_ranges(const FrameCursor *cursor, const WindowChunk *chunk, uint32_t first, uint32_t i,
                             RowRange ranges[FRAME_RANGES_MAX]);

/* window_distance.c: frames that begin or end at a distance from the key's value. */
Status frame_distance_starts(FrameCursor *cursor, const WindowChunk *chunk, uint32_t first, uint32_t count,
                             Error *error);
Status frame_distance_ends(FrameCursor *cursor, const WindowChunk *chunk, uint32_t first, uint32_t count,
                           Error *error);

#endif
