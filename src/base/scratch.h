/* base/scratch.h: a process's room on a local disk, for what memory does not hold. Thread-safe.
 *
 * Blobs are written once and read at offsets. They lie in files without a name (O_TMPFILE, or made and
 * unlinked at once), so that the system takes everything back however the process ends; nothing else in the
 * directory is touched. A file takes blobs up to a bound, and goes when its last one is released; where the
 * file system can, the room of each is given back at once. The directory is made at the first write. */
#ifndef RUNNEL_BASE_SCRATCH_H
#define RUNNEL_BASE_SCRATCH_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Scratch Scratch;
struct ScratchFile;

/* A blob; file NULL: none. Plain data: copies name the same blob, which is released once. */
typedef struct ScratchSpan {
    struct ScratchFile *file;
    uint64_t offset;
    size_t size;
} ScratchSpan;

/* `directory`: NULL: there is none, every write fails. `limit`: bytes; 0: none but the disk's. */
Scratch *scratch_new(const char *directory, uint64_t limit);
void scratch_destroy(Scratch **self); /* every span was released */

/* DISK_FULL, with a hint, where the limit or the disk is reached, or no directory is known. */
Status scratch_write(Scratch *scratch, const void *bytes, size_t size, ScratchSpan *span, Error *error);
/* Bytes [from, from + size) of the blob. */
Status scratch_read(const ScratchSpan *span, size_t from, size_t size, void *bytes, Error *error);
/* NULL-safe in its file; *span is none afterwards. */
void scratch_release(ScratchSpan *span);

uint64_t scratch_used(Scratch *scratch);    /* bytes charged against the limit now */
uint64_t scratch_written(Scratch *scratch); /* bytes written since the start */

#endif
