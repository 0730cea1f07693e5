/* column/slice.h: a part of a FLAT column as a vector of its own. */
#ifndef RUNNEL_COLUMN_SLICE_H
#define RUNNEL_COLUMN_SLICE_H

#include "column/vector.h"

/* Rows from `first` on, which is a multiple of 64, of a FLAT vector; a CONSTANT one as it is. */
enum { SLICE_ALIGNMENT = 64 }; /* rows: a slice begins at a word of the validity */

/* The rows of the largest aligned slice that is at most so many rows, but never none. */
static inline uint32_t
slice_rows(uint32_t most)
{
    return most < SLICE_ALIGNMENT ? SLICE_ALIGNMENT : most / SLICE_ALIGNMENT * SLICE_ALIGNMENT;
}

Vector vector_slice(const Vector *vector, uint64_t first);

#endif
