/* column/sketch.h: how the values of one column of one tablet are spread: small, and to be merged with those
 * of other tablets (column/profile.h).
 *
 * It holds HyperLogLog registers of the values' hashes, the common values with their estimated rows, and
 * bounds that cut the other values into ranges of equally many rows. Values are ColumnBounds (always known);
 * texts longer than SKETCH_TEXT_BYTES are cut and then not exact: never a common value. */
#ifndef RUNNEL_COLUMN_SKETCH_H
#define RUNNEL_COLUMN_SKETCH_H

#include "column/distinct.h"
#include "column/statistics.h"

enum { SKETCH_COMMON_MAX = 16, SKETCH_BOUNDS_MAX = 33, SKETCH_TEXT_BYTES = 32 };

typedef struct CommonValue {
    ColumnBound value;
    double rows;
} CommonValue;

typedef struct ColumnSketch {
    uint8_t registers[DISTINCT_FOLDED];
    double width;          /* average bytes of a non-NULL value */
    uint32_t common_count; /* most rows first */
    CommonValue common[SKETCH_COMMON_MAX];
    uint32_t bound_count; /* ascending; 0, or at least 2 */
    ColumnBound bounds[SKETCH_BOUNDS_MAX];
} ColumnSketch;

/* As msgpack, some hundred bytes; check out->failed. */
void sketch_encode(const ColumnSketch *sketch, Layout layout, Buffer *out);

/* Bytes that are not exactly a sketch of that layout are CORRUPT. Texts point into `bytes`. */
Status sketch_decode(const void *bytes, size_t size, Layout layout, ColumnSketch *sketch, Error *error);

#endif
