/* exec/window.h: the operator of WINDOW, whose parts share it: window.c and, for partitions that memory does
 * not hold, window_large.c. */
#ifndef RUNNEL_EXEC_WINDOW_H
#define RUNNEL_EXEC_WINDOW_H

#include "exec/window_call.h"

typedef struct WindowLarge WindowLarge;

typedef struct Window {
    Operator base;
    Budget budget; /* of rows and what is derived from them: part of the task's */
    const PlanNode *node;
    uint32_t input_count;
    Type *types; /* of the input */
    RowBuilder *rows;
    WindowChunk chunk;
    bool peers;
    WindowCall **calls;
    FrameCursor **cursors; /* by call; calls of the same frame share one; NULL: no frame */
    bool *slides; /* by call: where the partition is on disk, it looks at no more than a part of it */
    bool spills;  /* each call can do with the partition on disk, and there is a disk */
    bool begun;   /* the rows kept are a chunk that is being emitted */
    uint32_t next;
    WindowLarge *large; /* the partition that rows are added to, or that is emitted, from disk */
    Arena *arena;       /* of the batch that is emitted */
    Vector *slice;
    Vector *output;
} Window;

enum {
    WINDOW_CHUNK_ROWS = 1 << 15,
    WINDOW_FLOOR_BYTES = 1 << 20 /* so much a window may hold, whatever other windows of its task do */
};

/* The budget of the window that a call belongs to. */
static inline Budget *
window_budget(const Operator *operator)
{
    return &((Window *)operator)->budget;
}

/* Results of rows [next, next + count) of the chunk, and the rows themselves, into `output`. */
Status window_fill_batch(Window *self, uint32_t count, Error *error);
/* Whether rows are in different partitions. */
bool window_are_apart(const Window *self, const Vector *a, uint32_t row_a, const Vector *b, uint32_t row_b);
/* Whether an earlier call has the same cursor. */
bool window_shares_cursor(const Window *self, uint32_t index);

/* window_large.c: a partition on disk. Rows are added to it, from `picks` of the batch. */
Status window_large_new(Window *self, Error *error);
void window_large_destroy(Window *self);
Status window_large_add(Window *self, const Batch *batch, const uint32_t *picks, uint32_t count,
                        Error *error);
/* How many of the batch's first rows are of it. */
uint32_t window_large_takes(const Window *self, const Batch *batch);
/* Emit a batch or so of its rows; *done: it is gone. */
Status window_large_step(Window *self, bool *done, bool *enough, Error *error);
/* What a streamed call is given for the rows that are in the chunk. */
const WindowChunk *window_large_places(const Window *self);

#endif
