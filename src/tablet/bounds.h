/* tablet/bounds.h: statistics of rows, as a block has them. */
#ifndef RUNNEL_TABLET_BOUNDS_H
#define RUNNEL_TABLET_BOUNDS_H

#include "column/statistics.h"

/* Rows, NULLs, bounds and NaN of rows [first, first + rows) of a FLAT column; `first` is a multiple of 64.
 * `distinct` is left at 0. Texts are in `arena`. */
Status bounds_collect(const Vector *column, uint64_t first, uint32_t rows, Arena *arena,
                      ColumnStatistics *statistics, Error *error);

#endif
