/* coordinator/statistics_text.h: what statistics know of a column's values, as text for
 * system.column_statistics. */
#ifndef RUNNEL_COORDINATOR_STATISTICS_TEXT_H
#define RUNNEL_COORDINATOR_STATISTICS_TEXT_H

#include "column/profile.h"
#include "column/type.h"

/* In `arena`; NULL where nothing is known. A text that was cut ends in "...". */
const char *statistics_bound_text(Arena *arena, Type type, const ColumnBound *bound);

/* "value: share, ..." of the non-NULL rows, the greatest share first. */
const char *statistics_common_text(Arena *arena, Type type, const ColumnProfile *profile);

/* "value, ...", ascending: between two of them lie equally many rows whose value is not common. */
const char *statistics_bounds_text(Arena *arena, Type type, const ColumnProfile *profile);

#endif
