/* store/catalog_bounds.h: the bounds of range partitions: one array of values of a column's layout. */
#ifndef RUNNEL_STORE_CATALOG_BOUNDS_H
#define RUNNEL_STORE_CATALOG_BOUNDS_H

#include "column/type.h"

/* As msgpack. NOT_SUPPORTED for intervals and nested types, which cannot be partitioned by range. */
Status bounds_encode(Type type, const void *bounds, uint32_t count, Buffer *out, Error *error);

/* The inverse, in `arena`. CORRUPT where the bytes are not `count` values of the type's layout. */
Status bounds_decode(Arena *arena, Type type, const void *bytes, size_t size, uint32_t count,
                     const void **bounds, Error *error);

/* A copy that shares nothing. */
const void *bounds_copy(Arena *arena, Type type, const void *bounds, uint32_t count);

bool bounds_equal(Type type, const void *a, const void *b, uint32_t count);

#endif
