/* column/profile.h: how the values of a column of a table are spread, merged from its tablets' sketches: what
 * the planner's estimates rest on. */
#ifndef RUNNEL_COLUMN_PROFILE_H
#define RUNNEL_COLUMN_PROFILE_H

#include "column/sketch.h"

enum { PROFILE_COMMON_MAX = 32, PROFILE_BOUNDS_MAX = 65 };

/* Shares are of the non-NULL rows. */
struct ColumnProfile {
    double width;          /* average bytes of a value */
    uint32_t common_count; /* greatest share first */
    const ColumnBound *common;
    const double *shares;
    double other_share;   /* of all rows whose value is not common */
    uint32_t bound_count; /* 0, or at least 2: ascending; between two of them lie equally many other rows */
    const ColumnBound *bounds;
};

/* Merge the sketches of a table's column into merged->profile, in `arena`, and its distinct values into
 * merged->distinct. `merged` is what statistics_merge() made of `parts`. Where a part that has values came
 * without a sketch, or with a damaged one, there is no profile. Of very many parts some are looked at for the
 * common values and the bounds. */
void profile_merge(Arena *arena, Layout layout, const ColumnStatistics *const *parts, size_t count,
                   ColumnStatistics *merged);

#endif
