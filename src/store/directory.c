#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 4096, DEPTH_MAX = 16 };

struct Store {
    char *root; /* absolute, without a slash at its end */
};

/* The entry of a file or folder in the one above it is on the disk. */
static Status
sync_entry(const char *path, Error *error)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_BYTES_MAX];

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

/* Make a folder and those above it, durably: a tablet whose folder a loss of power takes away would be gone,
 * too. `shared`: somebody else may be about to do so for the last one. */
static Status
make_folders(const char *path, bool shared, Error *error)
{
    char part[PATH_BYTES_MAX];

    if (strlen(path) >= sizeof part)
        return error_set(error, STATUS_NAME_TOO_LONG, "the path %.100s… is too long", path);
    for (size_t i = 1;; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        const bool made = mkdir(part, 0755) == 0;
        if (!made && errno != EEXIST)
            return error_set_errno(error, STATUS_IO, errno, "cannot make the folder %s", part);
        if (made || (shared && path[i] == '\0'))
            TRY(sync_entry(part, error));
        if (path[i] == '\0')
            return STATUS_OK;
    }
}

Status
store_open(const char *root, Store **store, Error *error)
{
    struct stat status;

    if (root[0] == '\0')
        return error_set(error, STATUS_INVALID_NAME, "the store has no folder");
    TRY(make_folders(root, false, error));
    char *absolute = realpath(root, NULL);
    if (absolute == NULL)
        return error_set_errno(error, STATUS_IO, errno, "cannot open the store %s", root);
    if (stat(absolute, &status) != 0 || !S_ISDIR(status.st_mode)) {
        free(absolute);
        return error_set(error, STATUS_FILE_ACCESS, "the store %s is not a folder", root);
    }
    Store *made = malloc(sizeof *made);
    if (made == NULL) {
        free(absolute);
        return error_set_memory(error);
    }
    made->root = absolute;
    *store = made;
    return STATUS_OK;
}

void
store_close(Store **self)
{
    if (*self == NULL)
        return;
    free((*self)->root);
    free(*self);
    *self = NULL;
}

const char *
store_root(const Store *store)
{
    return store->root;
}

/* Whether each step of a relative path is a plain name. */
static bool
is_plain_path(const char *path)
{
    if (path[0] == '\0' || path[0] == '/')
        return false;
    for (const char *step = path; step != NULL;) {
        const char *slash = strchr(step, '/');
        const size_t size = slash != NULL ? (size_t)(slash - step) : strlen(step);
        if (size == 0 || strncmp(step, "..", size) == 0) /* empty, "." or ".." */
            return false;
        step = slash != NULL ? slash + 1 : NULL;
    }
    return true;
}

static Status
resolve(const Store *store, const char *path, char *absolute, size_t size, Error *error)
{
    if (!is_plain_path(path))
        return error_set(error, STATUS_INVALID_NAME, "\"%.200s\" is no path within the store", path);
    const int needed = snprintf(absolute, size, "%s/%s", store->root, path);
    if (needed < 0 || (size_t)needed >= size)
        return error_set(error, STATUS_NAME_TOO_LONG, "the path %.100s… is too long", path);
    return STATUS_OK;
}

Status
store_open_source(Store *store, const char *path, Source **source, Error *error)
{
    char absolute[PATH_BYTES_MAX];

    TRY(resolve(store, path, absolute, sizeof absolute, error));
    return source_open_file(absolute, source, error);
}

Status
store_create_path(Store *store, const char *path, char *absolute, size_t size, Error *error)
{
    TRY(resolve(store, path, absolute, size, error));
    char *slash = strrchr(absolute, '/');
    *slash = '\0';
    const Status status = make_folders(absolute, true, error);
    *slash = '/';
    return status;
}

Status
store_remove(Store *store, const char *path, Error *error)
{
    char absolute[PATH_BYTES_MAX];

    TRY(resolve(store, path, absolute, sizeof absolute, error));
    if (unlink(absolute) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot remove %s", absolute);
    return STATUS_OK;
}

void
store_remove_folder_of(Store *store, const char *path)
{
    char absolute[PATH_BYTES_MAX];

    if (strchr(path, '/') == NULL || resolve(store, path, absolute, sizeof absolute, NULL) != STATUS_OK)
        return;
    *strrchr(absolute, '/') = '\0';
    (void)rmdir(absolute);
}

/* A walk through the store's files. `path` grows and shrinks with the depth; `relative` is where the part
 * after the root starts in it. */
typedef struct Walk {
    Status (*visit)(void *context, const char *path, uint64_t bytes, Error *error);
    void *context;
    const char *prefix;
    size_t relative;
    int depth;
    char path[PATH_BYTES_MAX];
} Walk;

/* Whether files below a folder of this name may have the prefix. */
static bool
may_have_prefix(const Walk *walk)
{
    const char *path = walk->path + walk->relative;
    const size_t path_size = strlen(path);
    const size_t prefix_size = strlen(walk->prefix);

    return strncmp(path, walk->prefix, path_size < prefix_size ? path_size : prefix_size) == 0;
}

static Status walk_folder(Walk *walk, size_t size, Error *error);

static Status
walk_entry(Walk *walk, size_t size, Error *error)
{
    struct stat status;

    /* What was removed since the folder was read is not there. */
    if (!may_have_prefix(walk) || lstat(walk->path, &status) != 0)
        return STATUS_OK;
    if (S_ISDIR(status.st_mode))
        return walk_folder(walk, size, error);
    const char *path = walk->path + walk->relative;
    if (!S_ISREG(status.st_mode) || strncmp(path, walk->prefix, strlen(walk->prefix)) != 0)
        return STATUS_OK;
    return walk->visit(walk->context, path, (uint64_t)status.st_size, error);
}

/* `size`: of the folder's path, which stands in walk->path. */
static Status
walk_folder(Walk *walk, size_t size, Error *error)
{
    Status status = STATUS_OK;

    if (walk->depth >= DEPTH_MAX)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "the store's folders are nested too deep: %s",
                         walk->path);
    DIR *folder = opendir(walk->path);
    if (folder == NULL)
        return error_set_errno(error, STATUS_IO, errno, "cannot list %s", walk->path);
    walk->depth++;
    for (const struct dirent *entry; status == STATUS_OK && (entry = readdir(folder)) != NULL;) {
        const size_t name = strlen(entry->d_name);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (size + 1 + name >= sizeof walk->path)
            continue; /* no path of ours */
        walk->path[size] = '/';
        memcpy(walk->path + size + 1, entry->d_name, name + 1);
        status = walk_entry(walk, size + 1 + name, error);
        walk->path[size] = '\0';
    }
    walk->depth--;
    closedir(folder);
    return status;
}

Status
store_list(Store *store, const char *prefix,
           Status (*visit)(void *context, const char *path, uint64_t bytes, Error *error), void *context,
           Error *error)
{
    const size_t size = strlen(store->root);
    Walk walk = {.visit = visit, .context = context, .prefix = prefix, .relative = size + 1};

    if (size + 1 >= sizeof walk.path)
        return error_set(error, STATUS_NAME_TOO_LONG, "the store's path is too long");
    memcpy(walk.path, store->root, size + 1);
    return walk_folder(&walk, size, error);
}
