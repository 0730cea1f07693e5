#include "tablet/file.h"

#include "tablet/format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 20 };

struct TabletFile {
    int fd;
    bool finished;
    uint64_t size; /* with what is buffered */
    size_t used;
    char *path;
    char buffer[BUFFER_BYTES];
};

Status
tablet_file_create(const char *path, TabletFile **file, Error *error)
{
    TabletFile *made = malloc(sizeof *made);
    char *copy = strdup(path);

    if (made == NULL || copy == NULL) {
        free(made);
        free(copy);
        return error_set_memory(error);
    }
    made->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    made->finished = false;
    made->size = 0;
    made->used = 0;
    made->path = copy;
    if (made->fd < 0) {
        const int cause = errno;
        free(made->path);
        free(made);
        return error_set_errno(error, cause == EEXIST ? STATUS_DUPLICATE_OBJECT : STATUS_IO, cause,
                               "cannot create %s", path);
    }
    *file = made;
    return STATUS_OK;
}

static Status
write_all(TabletFile *file, const char *bytes, size_t size, Error *error)
{
    while (size > 0) {
        const ssize_t done = write(file->fd, bytes, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return error_set_errno(error, STATUS_IO, errno, "cannot write %s", file->path);
        bytes += done;
        size -= (size_t)done;
    }
    return STATUS_OK;
}

static Status
flush(TabletFile *file, Error *error)
{
    const size_t used = file->used;

    file->used = 0;
    return write_all(file, file->buffer, used, error);
}

Status
tablet_file_append_bytes(TabletFile *file, const void *bytes, size_t size, Error *error)
{
    file->size += size;
    if (size > BUFFER_BYTES - file->used)
        TRY(flush(file, error));
    if (size > BUFFER_BYTES)
        return write_all(file, bytes, size, error);
    memcpy(file->buffer + file->used, bytes, size);
    file->used += size;
    return STATUS_OK;
}

Status
tablet_file_append(TabletFile *file, const void *bytes, size_t size, uint64_t *offset, Error *error)
{
    static const char zeroes[TABLET_PART_ALIGNMENT];

    TRY(tablet_file_append_bytes(file, zeroes, -file->size % TABLET_PART_ALIGNMENT, error));
    *offset = file->size;
    return tablet_file_append_bytes(file, bytes, size, error);
}

static Status
sync_folder(const char *path, Error *error)
{
    const char *slash = strrchr(path, '/');
    char folder[4096];

    if (slash == NULL)
        snprintf(folder, sizeof folder, ".");
    else
        snprintf(folder, sizeof folder, "%.*s", (int)(slash == path ? 1 : slash - path), path);
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open %s", folder);
    const int result = fsync(fd);
    const int cause = errno;
    close(fd);
    return result == 0 ? STATUS_OK : error_set_errno(error, STATUS_IO, cause, "cannot sync %s", folder);
}

Status
tablet_file_finish(TabletFile *file, uint64_t *bytes, Error *error)
{
    TRY(flush(file, error));
    if (fsync(file->fd) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot sync %s", file->path);
    TRY(sync_folder(file->path, error));
    const int result = close(file->fd);
    file->fd = -1;
    if (result != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot close %s", file->path);
    file->finished = true;
    *bytes = file->size;
    return STATUS_OK;
}

void
tablet_file_destroy(TabletFile **self)
{
    TabletFile *file = *self;

    if (file == NULL)
        return;
    if (file->fd >= 0)
        close(file->fd);
    if (!file->finished)
        unlink(file->path);
    free(file->path);
    free(file);
    *self = NULL;
}
