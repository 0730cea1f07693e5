/* column/statistics.h: what is known of a column's values in a block, a tablet or a table. */
#ifndef RUNNEL_COLUMN_STATISTICS_H
#define RUNNEL_COLUMN_STATISTICS_H

#include "column/vector.h"

/* Bounds of the non-NULL values, by layout: BOOL, I32, I64, I128 in `integer`; F64 in `real` (of the values
 * that are not NaN); VIEW in `text`, perhaps truncated: then min is a prefix that is at most the true
 * minimum, and max is at least the true maximum. INTERVAL and nested columns have no bounds. */
typedef struct ColumnBound {
    bool known;
    bool exact; /* the bound is a value that occurs */
    Int128 integer;
    double real;
    struct {
        const char *data; /* owned by whoever owns the statistics */
        uint32_t size;
    } text;
} ColumnBound;

typedef struct ColumnStatistics {
    uint64_t rows;
    uint64_t nulls;
    uint64_t distinct;     /* estimate of the distinct non-NULL values; 0: unknown */
    bool distinct_adds_up; /* merged of parts whose ranges are apart (not stored) */
    bool has_nan;
    ColumnBound min;
    ColumnBound max;
    const void *sketch; /* of a tablet's column: as encoded by column/sketch.h; NULL: none */
    uint32_t sketch_size;
    const struct ColumnProfile *profile; /* of a table's column: merged sketches; NULL: none (not stored) */
} ColumnStatistics;

typedef struct ColumnProfile ColumnProfile; /* column/profile.h */

/* Append `count` columns' statistics as one msgpack array; check out->failed. */
void statistics_encode(const ColumnStatistics *columns, uint32_t count, Buffer *out);

/* The inverse, into columns[count]. Bytes that are not exactly that are CORRUPT. Texts and sketches are
 * copied into `arena`; statistics from before there were sketches have none. */
Status statistics_decode(Arena *arena, const void *bytes, size_t size, uint32_t count,
                         ColumnStatistics *columns, Error *error);

/* Negative, 0 or positive, as a < b, a = b, a > b, of two known bounds of one layout. */
int column_bound_compare(Layout layout, const ColumnBound *a, const ColumnBound *b);

/* The statistics of the union of disjoint sets of rows (`count` parts of one column, of the given layout).
 * Texts of the result point into those of the parts. `distinct` is estimated as if all parts drew from one
 * uniform domain. */
ColumnStatistics statistics_merge(Layout layout, const ColumnStatistics *const *parts, size_t count);

#endif
