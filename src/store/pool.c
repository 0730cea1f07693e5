#include "store/store.h"

#include "base/map.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/* Readers without a user that are kept open: a file descriptor and a footer each. */
enum { IDLE_MAX = 256 };

typedef struct PoolEntry {
    uint64_t key;
    TabletReader *tablet; /* NULL while it is being opened, or if that failed */
    uint32_t users;
    bool opening;
    struct PoolEntry *older; /* among the idle ones */
    struct PoolEntry *newer;
} PoolEntry;

struct TabletPool {
    Store *store;
    BlockCache *cache;
    pthread_mutex_t lock;
    pthread_cond_t opened;
    Map by_key;    /* uint64_t → PoolEntry */
    Map by_tablet; /* TabletReader * → PoolEntry */
    size_t idle;
    PoolEntry *oldest;
    PoolEntry *newest;
};

TabletPool *
tablet_pool_new(Store *store, BlockCache *cache)
{
    TabletPool *pool = MEMORY_NEW(TabletPool);

    pool->store = store;
    pool->cache = cache;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->opened, NULL);
    map_init(&pool->by_key, sizeof(uint64_t));
    map_init(&pool->by_tablet, sizeof(TabletReader *));
    return pool;
}

void
tablet_pool_destroy(TabletPool **self)
{
    TabletPool *pool = *self;

    if (pool == NULL)
        return;
    for (size_t i = 0; i < pool->by_key.count; i++) {
        PoolEntry *entry = map_value_at(&pool->by_key, i);
        tablet_close(&entry->tablet);
        free(entry);
    }
    map_destroy(&pool->by_key);
    map_destroy(&pool->by_tablet);
    pthread_cond_destroy(&pool->opened);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
    *self = NULL;
}

static void
idle_push(TabletPool *pool, PoolEntry *entry)
{
    entry->older = pool->newest;
    entry->newer = NULL;
    if (pool->newest != NULL)
        pool->newest->newer = entry;
    else
        pool->oldest = entry;
    pool->newest = entry;
    pool->idle++;
}

static void
idle_remove(TabletPool *pool, PoolEntry *entry)
{
    if (entry->older != NULL)
        entry->older->newer = entry->newer;
    else
        pool->oldest = entry->newer;
    if (entry->newer != NULL)
        entry->newer->older = entry->older;
    else
        pool->newest = entry->older;
    pool->idle--;
}

static void
forget_entry(TabletPool *pool, PoolEntry *entry)
{
    map_remove(&pool->by_key, &entry->key);
    if (entry->tablet != NULL)
        map_remove(&pool->by_tablet, &entry->tablet);
    tablet_close(&entry->tablet);
    free(entry);
}

static Status
open_tablet(TabletPool *pool, uint64_t key, const char *path, TabletReader **tablet, Error *error)
{
    Source *source = NULL;

    TRY(store_open_source(pool->store, path, &source, error));
    return tablet_open(source, key, pool->cache, tablet, error);
}

/* Open without the lock; others who want the same tablet wait for it. */
static Status
open_entry(TabletPool *pool, uint64_t key, const char *path, PoolEntry **opened, Error *error)
{
    PoolEntry *entry = MEMORY_NEW(PoolEntry);

    *entry = (PoolEntry){.key = key, .users = 1, .opening = true};
    map_put(&pool->by_key, &key, entry);
    pthread_mutex_unlock(&pool->lock);
    TabletReader *tablet = NULL;
    const Status status = open_tablet(pool, key, path, &tablet, error);
    pthread_mutex_lock(&pool->lock);
    entry->opening = false;
    if (status == STATUS_OK) {
        entry->tablet = tablet;
        map_put(&pool->by_tablet, &tablet, entry);
        *opened = entry;
    } else {
        forget_entry(pool, entry);
    }
    pthread_cond_broadcast(&pool->opened);
    return status;
}

Status
tablet_pool_acquire(TabletPool *pool, uint64_t key, const char *path, TabletReader **tablet, Error *error)
{
    Status status = STATUS_OK;
    PoolEntry *entry;

    pthread_mutex_lock(&pool->lock);
    /* An entry may be gone when the wait is over, so it is looked up again. */
    while ((entry = map_get(&pool->by_key, &key)) != NULL && entry->opening)
        pthread_cond_wait(&pool->opened, &pool->lock);
    if (entry != NULL) {
        if (entry->users++ == 0)
            idle_remove(pool, entry);
    } else {
        status = open_entry(pool, key, path, &entry, error);
    }
    if (status == STATUS_OK)
        *tablet = entry->tablet;
    pthread_mutex_unlock(&pool->lock);
    return status;
}

void
tablet_pool_release(TabletPool *pool, TabletReader *tablet)
{
    pthread_mutex_lock(&pool->lock);
    PoolEntry *entry = map_get(&pool->by_tablet, &tablet);
    if (entry != NULL && --entry->users == 0) {
        idle_push(pool, entry);
        if (pool->idle > IDLE_MAX) {
            PoolEntry *oldest = pool->oldest;
            idle_remove(pool, oldest);
            forget_entry(pool, oldest);
        }
    }
    pthread_mutex_unlock(&pool->lock);
}
