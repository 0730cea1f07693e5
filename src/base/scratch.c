#include "base/scratch.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096, PATH_BYTES = 4096 };

/* A file that has so much takes no more blobs. */
static const uint64_t FILE_BYTES = UINT64_C(1) << 30;

typedef struct ScratchFile {
    Scratch *scratch;
    int descriptor;
    uint64_t end;   /* where the next blob goes */
    uint64_t blobs; /* not released */
} ScratchFile;

struct Scratch {
    pthread_mutex_t mutex; /* of everything below, and of the files' numbers */
    char *directory;
    uint64_t limit;
    uint64_t used;
    uint64_t written;
    ScratchFile *current; /* NULL: the next write opens one */
};

static uint64_t
footprint(size_t size)
{
    return ((uint64_t)size + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

Scratch *
scratch_new(const char *directory, uint64_t limit)
{
    Scratch *scratch = MEMORY_NEW(Scratch);

    pthread_mutex_init(&scratch->mutex, NULL);
    scratch->directory = directory != NULL ? memory_copy(directory, strlen(directory) + 1, 1) : NULL;
    scratch->limit = limit != 0 ? limit : UINT64_MAX;
    return scratch;
}

static void
close_file(ScratchFile *file)
{
    close(file->descriptor);
    free(file);
}

void
scratch_destroy(Scratch **self)
{
    Scratch *scratch = *self;

    if (scratch == NULL)
        return;
    if (scratch->current != NULL)
        close_file(scratch->current);
    pthread_mutex_destroy(&scratch->mutex);
    free(scratch->directory);
    free(scratch);
    *self = NULL;
}

/* Make the directory and those above it. */
static Status
make_directory(const char *directory, Error *error)
{
    char path[PATH_BYTES];
    const size_t size = strlen(directory);

    if (size >= sizeof path)
        return error_set(error, STATUS_IO, "the path of the scratch directory is too long");
    memcpy(path, directory, size + 1);
    for (size_t i = 1; i <= size; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        path[i] = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return error_set_errno(error, STATUS_IO, errno, "cannot make the scratch directory %s", path);
        path[i] = i < size ? '/' : '\0';
    }
    return STATUS_OK;
}

/* Some file systems have no files without a name: one is made, and its name taken away at once. */
static int
open_unlinked(const char *directory)
{
    char path[PATH_BYTES];

    if (snprintf(path, sizeof path, "%s/runnel-XXXXXX", directory) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    const int descriptor = mkostemp(path, O_CLOEXEC);
    if (descriptor >= 0)
        unlink(path);
    return descriptor;
}

static int
open_nameless(const char *directory)
{
#ifdef O_TMPFILE
    const int descriptor = open(directory, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

    if (descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return descriptor;
#endif
    return open_unlinked(directory);
}

static Status
open_file(Scratch *scratch, Error *error)
{
    ScratchFile *file;

    TRY(make_directory(scratch->directory, error));
    const int descriptor = open_nameless(scratch->directory);
    if (descriptor < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot write to the scratch directory %s",
                               scratch->directory);
    file = MEMORY_NEW(ScratchFile);
    file->scratch = scratch;
    file->descriptor = descriptor;
    scratch->current = file;
    return STATUS_OK;
}

static Status
reserve_locked(Scratch *scratch, size_t size, ScratchSpan *span, Error *error)
{
    const uint64_t bytes = footprint(size);

    if (scratch->directory == NULL) {
        error_set(error, STATUS_DISK_FULL, "memory is exhausted and there is no scratch directory");
        return error_hint(error, "Set --scratch=DIR, or raise the memory limit.");
    }
    if (bytes > scratch->limit || scratch->used > scratch->limit - bytes) {
        error_set(error, STATUS_DISK_FULL, "the scratch limit of %llu bytes is reached",
                  (unsigned long long)scratch->limit);
        return error_hint(error, "Raise --scratch-limit or the memory limit, or let the query touch less.");
    }
    if (scratch->current == NULL)
        TRY(open_file(scratch, error));
    ScratchFile *file = scratch->current;
    *span = (ScratchSpan){.file = file, .offset = file->end, .size = size};
    file->blobs++;
    file->end += bytes;
    if (file->end >= FILE_BYTES)
        scratch->current = NULL; /* it goes with its last blob */
    scratch->used += bytes;
    return STATUS_OK;
}

static Status
write_all(const ScratchSpan *span, const char *bytes, Error *error)
{
    size_t done = 0;

    while (done < span->size) {
        const ssize_t wrote =
            pwrite(span->file->descriptor, bytes + done, span->size - done, (off_t)(span->offset + done));
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            const int reason = wrote < 0 ? errno : ENOSPC;
            error_set_errno(error, STATUS_IO, reason, "cannot write to the scratch directory %s",
                            span->file->scratch->directory);
            return error_hint(error, "Free space on its disk, name another with --scratch=DIR, or raise the "
                                     "memory limit.");
        }
        done += (size_t)wrote;
    }
    return STATUS_OK;
}

Status
scratch_write(Scratch *scratch, const void *bytes, size_t size, ScratchSpan *span, Error *error)
{
    ScratchSpan made = {0};
    Status status;

    pthread_mutex_lock(&scratch->mutex);
    status = reserve_locked(scratch, size, &made, error);
    pthread_mutex_unlock(&scratch->mutex);
    TRY(status);
    status = write_all(&made, bytes, error);
    if (status != STATUS_OK) {
        scratch_release(&made);
        return status;
    }
    pthread_mutex_lock(&scratch->mutex);
    scratch->written += size;
    pthread_mutex_unlock(&scratch->mutex);
    *span = made;
    return STATUS_OK;
}

Status
scratch_read(const ScratchSpan *span, size_t from, size_t size, void *bytes, Error *error)
{
    size_t done = 0;

    if (from > span->size || size > span->size - from)
        return error_set(error, STATUS_INTERNAL, "read past the end of what was spilled");
    while (done < size) {
        const ssize_t got = pread(span->file->descriptor, (char *)bytes + done, size - done,
                                  (off_t)(span->offset + from + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(error, STATUS_IO, errno, "cannot read what was spilled");
        if (got == 0)
            return error_set(error, STATUS_CORRUPT, "what was spilled is shorter than it was written");
        done += (size_t)got;
    }
    return STATUS_OK;
}

void
scratch_release(ScratchSpan *span)
{
    ScratchFile *file = span->file;

    if (file == NULL)
        return;
    const uint64_t bytes = footprint(span->size);
    Scratch *scratch = file->scratch;
#ifdef FALLOC_FL_PUNCH_HOLE
    /* Where this is not possible the room comes back with the file's last blob. */
    if (bytes > 0)
        (void)!fallocate(file->descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)span->offset,
                         (off_t)bytes);
#endif
    pthread_mutex_lock(&scratch->mutex);
    scratch->used -= bytes;
    const bool last = --file->blobs == 0;
    if (last && scratch->current == file)
        scratch->current = NULL;
    pthread_mutex_unlock(&scratch->mutex);
    if (last)
        close_file(file);
    *span = (ScratchSpan){0};
}

uint64_t
scratch_used(Scratch *scratch)
{
    pthread_mutex_lock(&scratch->mutex);
    const uint64_t used = scratch->used;
    pthread_mutex_unlock(&scratch->mutex);
    return used;
}

uint64_t
scratch_written(Scratch *scratch)
{
    pthread_mutex_lock(&scratch->mutex);
    const uint64_t written = scratch->written;
    pthread_mutex_unlock(&scratch->mutex);
    return written;
}
