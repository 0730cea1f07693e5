/* tablet/file.h: a file that is written once, from start to end, and is there whole or not at all. */
#ifndef RUNNEL_TABLET_FILE_H
#define RUNNEL_TABLET_FILE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct TabletFile TabletFile;

/* Creates `path`, which must not exist. IO, DISK_FULL, DUPLICATE_OBJECT. */
Status tablet_file_create(const char *path, TabletFile **file, Error *error);

/* Append at a multiple of TABLET_PART_ALIGNMENT; *offset: where. */
Status tablet_file_append(TabletFile *file, const void *bytes, size_t size, uint64_t *offset, Error *error);

/* The same where the file before ends, for files that are no tablets. */
Status tablet_file_append_bytes(TabletFile *file, const void *bytes, size_t size, Error *error);

/* Write what is buffered, sync file and folder. *bytes: the file's size. */
Status tablet_file_finish(TabletFile *file, uint64_t *bytes, Error *error);

/* Removes the file, unless it was finished. */
void tablet_file_destroy(TabletFile **self);

#endif
