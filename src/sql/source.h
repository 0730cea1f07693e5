/* sql/source.h: the statement's text: checked, and positions in it. */
#ifndef RUNNEL_SQL_SOURCE_H
#define RUNNEL_SQL_SOURCE_H

#include "base/arena.h"
#include "base/error.h"

typedef struct Source {
    const char *text; /* NUL-terminated copy */
    size_t size;
    uint32_t *marks; /* characters before each 256th byte; NULL where all is ASCII */
} Source;

/* Size, encoding and NULs checked; the copy is in `arena`. */
Status source_make(Arena *arena, const char *text, size_t size, Source *source, Error *error);

/* The 1-based character at a 0-based byte offset; 0 where the offset is none (negative or past the end). */
int32_t source_position(const Source *source, int64_t offset);

#endif
