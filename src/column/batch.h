/* column/batch.h: a set of rows in columns, the unit that operators pass on.
 *
 * A batch is a view, valid until its producer makes the next one; pushing it lends it for the call. */
#ifndef RUNNEL_COLUMN_BATCH_H
#define RUNNEL_COLUMN_BATCH_H

#include "column/vector.h"

enum { BATCH_ROWS = 2048 }; /* the most physical rows that a batch has */

typedef struct Batch {
    uint32_t rows;             /* physical rows of every column, at most BATCH_ROWS */
    uint32_t count;            /* rows that count: of the selection, or `rows` where there is none */
    const uint32_t *selection; /* `count` ascending row numbers, or NULL: all rows */
    uint32_t column_count;
    Vector *columns;
} Batch;

/* The physical row of the i-th row that counts. */
static inline uint32_t
batch_row(const Batch *batch, uint32_t i)
{
    return batch->selection != NULL ? batch->selection[i] : i;
}

#endif
