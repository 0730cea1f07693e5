/* Files that leave the store: COPY TO. */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, BLOCK_BYTES = 64 << 10 };

static Status
copy_bytes(int from, int to, const char *target, Error *error)
{
    char block[BLOCK_BYTES];

    for (;;) {
        const ssize_t got = read(from, block, sizeof block);
        if (got == 0)
            return STATUS_OK;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(error, STATUS_IO, errno, "cannot read what is to be %s", target);
        for (ssize_t done = 0; done < got;) {
            const ssize_t put = write(to, block + done, (size_t)(got - done));
            if (put < 0 && errno != EINTR)
                return error_set_errno(error, STATUS_IO, errno, "cannot write %s", target);
            done += put > 0 ? put : 0;
        }
    }
}

/* To another file system: under a name beside the target, which then becomes the target. */
static Status
copy_over(const char *absolute, const char *target, Error *error)
{
    char part[PATH_BYTES];
    Status status;

    const int length = snprintf(part, sizeof part, "%s.%d.part", target, (int)getpid());
    if (length < 0 || (size_t)length >= sizeof part)
        return error_set(error, STATUS_NAME_TOO_LONG, "the path %.100s… is too long", target);
    const int from = open(absolute, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open %s", absolute);
    const int to = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (to < 0) {
        status = error_set_errno(error, STATUS_IO, errno, "cannot write %s", target);
        close(from);
        return status;
    }
    status = copy_bytes(from, to, target, error);
    if (status == STATUS_OK && fsync(to) != 0)
        status = error_set_errno(error, STATUS_IO, errno, "cannot write %s", target);
    if (close(to) != 0 && status == STATUS_OK)
        status = error_set_errno(error, STATUS_IO, errno, "cannot write %s", target);
    close(from);
    if (status == STATUS_OK && rename(part, target) != 0)
        status = error_set_errno(error, STATUS_IO, errno, "cannot write %s", target);
    if (status != STATUS_OK)
        unlink(part);
    else
        unlink(absolute);
    return status;
}

Status
store_take_out(Store *store, const char *path, const char *target, Error *error)
{
    char absolute[PATH_BYTES];
    char place[PATH_BYTES];

    TRY(store_create_path(store, path, absolute, sizeof absolute, error));
    if (target[0] == '/')
        snprintf(place, sizeof place, "%s", target);
    else
        TRY(store_create_path(store, target, place, sizeof place, error));
    if (rename(absolute, place) == 0)
        return STATUS_OK;
    if (errno != EXDEV)
        return error_set_errno(error, STATUS_IO, errno, "cannot write %s", target);
    return copy_over(absolute, place, error);
}
