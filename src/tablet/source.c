#include "tablet/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct FileSource {
    Source base;
    int fd;
    char path[];
} FileSource;

typedef struct MemorySource {
    Source base;
    const char *bytes;
    char name[];
} MemorySource;

/* Whether [offset, offset + size) is in the source. */
static Status
check_range(const Source *source, uint64_t offset, size_t size, Error *error)
{
    if (offset <= source->size && size <= source->size - offset)
        return STATUS_OK;
    return error_set(error, STATUS_CORRUPT, "%s is truncated: %zu bytes wanted at %llu, it has %llu",
                     source->name, size, (unsigned long long)offset, (unsigned long long)source->size);
}

static Status
file_read_at(Source *source, uint64_t offset, void *bytes, size_t size, Error *error)
{
    const FileSource *file = (const FileSource *)source;
    char *to = bytes;

    TRY(check_range(source, offset, size, error));
    while (size > 0) {
        const ssize_t got = pread(file->fd, to, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(error, STATUS_IO, errno, "cannot read %s", source->name);
        if (got == 0)
            return error_set(error, STATUS_CORRUPT, "%s is truncated: it ends at %llu", source->name,
                             (unsigned long long)offset);
        to += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return STATUS_OK;
}

static void
file_destroy(Source *source)
{
    FileSource *file = (FileSource *)source;

    close(file->fd);
    free(file);
}

static const SourceClass file_class = {.read_at = file_read_at, .destroy = file_destroy};

Status
source_open_file(const char *path, Source **source, Error *error)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;

    if (fd < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open %s", path);
    if (fstat(fd, &status) != 0) {
        const int cause = errno;
        close(fd);
        return error_set_errno(error, STATUS_IO, cause, "cannot open %s", path);
    }
    if (!S_ISREG(status.st_mode)) {
        close(fd);
        return error_set(error, STATUS_FILE_ACCESS, "%s is not a file", path);
    }
    FileSource *file = malloc(sizeof *file + strlen(path) + 1);
    if (file == NULL) {
        close(fd);
        return error_set_memory(error);
    }
    strcpy(file->path, path);
    file->base = (Source){.class = &file_class, .size = (uint64_t)status.st_size, .name = file->path};
    file->fd = fd;
    *source = &file->base;
    return STATUS_OK;
}

static Status
memory_read_at(Source *source, uint64_t offset, void *bytes, size_t size, Error *error)
{
    TRY(check_range(source, offset, size, error));
    if (size > 0)
        memcpy(bytes, ((const MemorySource *)source)->bytes + offset, size);
    return STATUS_OK;
}

static void
memory_destroy(Source *source)
{
    free(source);
}

static const SourceClass memory_class = {.read_at = memory_read_at, .destroy = memory_destroy};

Source *
source_from_memory(const void *bytes, size_t size, const char *name)
{
    MemorySource *memory = malloc(sizeof *memory + strlen(name) + 1);

    if (memory == NULL)
        return NULL;
    strcpy(memory->name, name);
    memory->base = (Source){.class = &memory_class, .size = size, .name = memory->name};
    memory->bytes = bytes;
    return &memory->base;
}
