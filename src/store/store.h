/* store/store.h: the place of tablets, reached by all nodes: a directory today, an object store behind the
 * same interface later. Paths are relative to its root, of the form "tables/<table>/<name>". Thread-safe. */
#ifndef RUNNEL_STORE_STORE_H
#define RUNNEL_STORE_STORE_H

#include "tablet/cache.h"
#include "tablet/source.h"
#include "tablet/tablet.h"

typedef struct Store Store;

Status store_open(const char *root, Store **store, Error *error); /* made where it is missing */
void store_close(Store **self);
const char *store_root(const Store *store);

Status store_open_source(Store *store, const char *path, Source **source, Error *error);

/* The absolute path to create a file at, its folder made; it is visible to readers only once it is whole
 * (writers write there and fsync before a commit names it). INVALID_NAME for a path that leaves the root. */
Status store_create_path(Store *store, const char *path, char *absolute, size_t size, Error *error);
Status store_remove(Store *store, const char *path, Error *error);
/* Remove the folder that the file `path` was in, where it is empty: for files of what nobody writes any more.
 */
void store_remove_folder_of(Store *store, const char *path);

/* A file that was written here gets another name, at once and in place of what had it: one of the store, or
 * an absolute one anywhere. */
Status store_take_out(Store *store, const char *path, const char *target, Error *error);

/* Call `visit` for each file below `prefix`. */
Status store_list(Store *store, const char *prefix,
                  Status (*visit)(void *context, const char *path, uint64_t bytes, Error *error),
                  void *context, Error *error);

/* Open tablet readers, shared: opened once a process and kept while used or recently used. `key` is the
 * tablet's catalog id. */
typedef struct TabletPool TabletPool;

TabletPool *tablet_pool_new(Store *store, BlockCache *cache);
void tablet_pool_destroy(TabletPool **self);
Status tablet_pool_acquire(TabletPool *pool, uint64_t key, const char *path, TabletReader **tablet,
                           Error *error);
void tablet_pool_release(TabletPool *pool, TabletReader *tablet);

#endif
