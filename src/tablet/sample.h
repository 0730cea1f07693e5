/* tablet/sample.h: how a column's values are spread, from a sample of its rows. */
#ifndef RUNNEL_TABLET_SAMPLE_H
#define RUNNEL_TABLET_SAMPLE_H

#include "base/arena.h"
#include "column/sketch.h"
#include "column/vector.h"

/* Width, common values and bounds of a FLAT column of `rows` rows, some `distinct` different values among
 * those that are not NULL. The rows looked at (at most 2,048) are chosen by their number alone. Texts point
 * into the column or are in `arena`. Nested values and intervals have none. */
void sample_collect(const Vector *column, uint64_t rows, uint64_t distinct, Arena *arena,
                    ColumnSketch *sketch);

#endif
