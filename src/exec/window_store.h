/* exec/window_store.h: the rows of one partition on disk, written once and read at any place. */
#ifndef RUNNEL_EXEC_WINDOW_STORE_H
#define RUNNEL_EXEC_WINDOW_STORE_H

#include "exec/spill.h"

typedef struct WindowStore {
    const Operator *operator;
    Spill *spill;
    uint32_t rows;
    uint32_t *starts; /* by chunk of the spill: its first row */
    size_t start_room;
} WindowStore;

/* NULL where the system has no memory. */
WindowStore *window_store_new(const Operator *operator, uint32_t column_count, const Type *types);
void window_store_destroy(WindowStore **self);

/* Rows at `picks` of the batch come after those that are there. */
Status window_store_add(WindowStore *store, const Batch *batch, const uint32_t *picks, uint32_t count,
                        Error *error);
/* Nothing more is added, and it can be read. */
Status window_store_close(WindowStore *store, Error *error);

/* A place in a closed store: rows [start, end) of it are in memory, as rows 0 .. of `columns`. */
typedef struct WindowPages {
    const WindowStore *store;
    SpillReader *reader;
    uint32_t start;
    uint32_t end;
    const Vector *columns; /* FLAT or CONSTANT */
} WindowPages;

Status window_pages_new(const WindowStore *store, WindowPages **made, Error *error);
void window_pages_destroy(WindowPages **self);

/* Have the row in memory, which the store has. What was there before is gone, unless it was the same part. */
Status window_pages_seek(WindowPages *pages, uint32_t row, Error *error);
/* The part in memory from `row` on, at most to `end` and as a batch of BATCH_ROWS; `picks` is the caller's.
 */
Batch window_pages_batch(const WindowPages *pages, uint32_t row, uint32_t end, uint32_t picks[BATCH_ROWS]);

#endif
