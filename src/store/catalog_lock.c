#include "store/catalog_lock.h"

#include "store/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_TEXT = 1024 };

static void
lock_path(const char *directory, char *path, size_t size)
{
    snprintf(path, size, "%s/lock", directory);
}

/* The file's text, NUL-terminated; empty where it cannot be read. */
static void
read_lock_text(int file, char *text, size_t size)
{
    const ssize_t got = pread(file, text, size - 1, 0);

    text[got > 0 ? (size_t)got : 0] = '\0';
}

static long
owner_of(const char *text)
{
    long pid = 0;

    return sscanf(text, "pid %ld", &pid) == 1 ? pid : 0;
}

/* What stands after "contact " on its line; empty where there is none. */
static void
contact_of(const char *text, char *contact, size_t size)
{
    const char *line = strstr(text, "\ncontact ");

    contact[0] = '\0';
    if (line == NULL)
        return;
    line += strlen("\ncontact ");
    snprintf(contact, size, "%.*s", (int)strcspn(line, "\n"), line);
}

static Status
write_lock_text(int lock, const char *contact, Error *error)
{
    char text[LOCK_TEXT];

    int size = snprintf(text, sizeof text, "pid %ld\n", (long)getpid());
    if (contact != NULL)
        size += snprintf(text + size, sizeof text - (size_t)size, "contact %s\n", contact);
    if ((size_t)size >= sizeof text)
        return error_set(error, STATUS_INVALID_PARAMETER, "contact of %zu bytes is too long",
                         strlen(contact));
    /* Longer text first, then the cut: a reader between the two sees a whole first line at least. */
    if (pwrite(lock, text, (size_t)size, 0) != size || ftruncate(lock, size) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot write the catalog's lock file");
    return STATUS_OK;
}

static Status
refuse(const char *directory, int file, Error *error)
{
    char text[LOCK_TEXT];
    char contact[LOCK_TEXT];

    read_lock_text(file, text, sizeof text);
    contact_of(text, contact, sizeof contact);
    error_set(error, STATUS_UNAVAILABLE, "%s is in use by process %ld%s%s", directory, owner_of(text),
              contact[0] != '\0' ? ", which can be reached at " : "", contact);
    error_hint(error, "send the query to that process, or stop it");
    return STATUS_UNAVAILABLE;
}

/* Whoever looks for the owner's contact holds the lock for an instant, so one refusal says little. */
static bool
try_lock(int file)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

    for (int attempt = 0; attempt < 5; attempt++) {
        if (flock(file, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return false;
        nanosleep(&pause, NULL);
    }
    errno = EWOULDBLOCK;
    return false;
}

Status
catalog_lock_take(const char *directory, int *lock, Error *error)
{
    char path[4096];

    lock_path(directory, path, sizeof path);
    const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open %s", path);

    Status status;
    if (!try_lock(file))
        status = errno == EWOULDBLOCK ? refuse(directory, file, error)
                                      : error_set_errno(error, STATUS_IO, errno, "cannot lock %s", path);
    else
        status = write_lock_text(file, NULL, error);
    if (status != STATUS_OK) {
        close(file);
        return status;
    }
    *lock = file;
    return STATUS_OK;
}

Status
catalog_lock_take_to_read(const char *directory, int *lock, Error *error)
{
    char path[4096];

    lock_path(directory, path, sizeof path);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno == ENOENT ? STATUS_OK : error_set_errno(error, STATUS_IO, errno, "cannot open %s", path);
    if (!try_lock(file)) {
        const Status status = refuse(directory, file, error);
        close(file);
        return status;
    }
    *lock = file;
    return STATUS_OK;
}

void
catalog_lock_release(int *lock)
{
    if (*lock >= 0)
        close(*lock);
    *lock = -1;
}

Status
catalog_lock_set_contact(int lock, const char *contact, Error *error)
{
    if (strpbrk(contact, "\r\n") != NULL)
        return error_set(error, STATUS_INVALID_PARAMETER, "a contact is one line");
    return write_lock_text(lock, contact, error);
}

Status
catalog_read_contact(const char *directory, char *contact, size_t size, bool *owned, Error *error)
{
    char path[4096];
    char text[LOCK_TEXT];

    contact[0] = '\0';
    *owned = false;
    lock_path(directory, path, sizeof path);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return STATUS_OK;
    if (file < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open %s", path);
    if (flock(file, LOCK_SH | LOCK_NB) != 0) {
        *owned = true;
        read_lock_text(file, text, sizeof text);
        contact_of(text, contact, size);
    }
    close(file);
    return STATUS_OK;
}
