/* tablet/source.h: where a tablet's bytes come from: a file, an object, another node, memory.
 *
 * Reading is by value (`pread`), so that a failing disk is an error and not a signal. */
#ifndef RUNNEL_TABLET_SOURCE_H
#define RUNNEL_TABLET_SOURCE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct Source Source;

typedef struct SourceClass {
    /* Read exactly `size` bytes at `offset`; fewer is an error (CORRUPT: truncated). Thread-safe. */
    Status (*read_at)(Source *source, uint64_t offset, void *bytes, size_t size, Error *error);
    void (*destroy)(Source *source);
} SourceClass;

struct Source {
    const SourceClass *class;
    uint64_t size;    /* in bytes, fixed: what the source names never changes */
    const char *name; /* for errors */
};

/* A local file. UNDEFINED_FILE, FILE_ACCESS, IO. */
Status source_open_file(const char *path, Source **source, Error *error);

/* Borrowed memory, for tests and `runnel tablet`. */
Source *source_from_memory(const void *bytes, size_t size, const char *name);

static inline void
source_close(Source **self)
{
    if (*self != NULL)
        (*self)->class->destroy(*self);
    *self = NULL;
}

#endif
