/* tablet/cache.h: the block cache, one a process: blocks after zstd and checksum, still in their light encoding.
 *
 * Bounded in bytes and scan-resistant; entries are pinned by reference while cursors point into them. Thread-safe. */
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

BlockCache *block_cache_new(size_t limit_bytes);
void        block_cache_destroy(BlockCache **self); /* nothing may be pinned any more */
void        block_cache_counters(BlockCache *cache, BlockCacheCounters *counters);

/* A tablet file was removed: drop its unpinned blocks. */
void block_cache_forget(BlockCache *cache, uint64_t tablet_key);

#endif
