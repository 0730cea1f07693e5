/* tablet/cache.h: the block cache, one a process: blocks after zstd and checksum, still in their light
 * encoding.
 *
 * Bounded in bytes and scan-resistant; entries are pinned by reference while cursors point into them.
 * Thread-safe.
 *
 * Replacement is S3-FIFO (Yang, Zhang, Qiu, Yue and Rashmi, "FIFO queues are all you need for cache
 * eviction", SOSP 2023): what is new goes through a small queue, and only what was asked for again, or had
 * been dropped from there not long ago, gets into the main one. */
#ifndef RUNNEL_TABLET_CACHE_H
#define RUNNEL_TABLET_CACHE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct BlockCache BlockCache;

typedef struct BlockCacheCounters {
    uint64_t hits;
    uint64_t misses;
    uint64_t evictions;
    uint64_t bytes;
} BlockCacheCounters;

/* NULL where the system has no memory. */
BlockCache *block_cache_new(size_t limit_bytes);
void block_cache_destroy(BlockCache **self); /* nothing may be pinned any more */
void block_cache_counters(BlockCache *cache, BlockCacheCounters *counters);

/* A tablet file was removed: drop its unpinned blocks. */
void block_cache_forget(BlockCache *cache, uint64_t tablet_key);

/* What is cached. `part` numbers what a column has besides its blocks (its dictionary) after them. */
typedef struct BlockKey {
    uint64_t tablet;
    uint32_t column;
    uint32_t part;
} BlockKey;

typedef struct BlockEntry BlockEntry;

/* Makes the content: free() memory of `*size` bytes. Called without locks held, once for concurrent requests
 * of a key. */
typedef Status (*BlockLoader)(void *context, void **content, size_t *size, Error *error);

/* The content of a key, loaded where it is not there, and pinned until block_cache_release(). An entry larger
 * than the whole cache is served, and dropped once it is released. */
Status block_cache_acquire(BlockCache *cache, BlockKey key, BlockLoader load, void *context,
                           BlockEntry **entry, Error *error);
void block_cache_release(BlockCache *cache, BlockEntry **self); /* NULL-safe */

const void *block_entry_content(const BlockEntry *entry);
size_t block_entry_size(const BlockEntry *entry);

#endif
