#include "tablet/cache.h"

#include "base/hash.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHARDS_MAX = 16,
    SHARD_BYTES_LEAST = 8 << 20, /* a smaller share would not hold a scan's working set */
    BUCKETS_FIRST = 64,
    GHOSTS = 4096,
    SMALL_SHARE = 10, /* the small queue's part of the bytes: one in ten */
    USES_MAX = 3
};

typedef enum EntryState { ENTRY_LOADING, ENTRY_READY, ENTRY_FAILED } EntryState;
typedef enum QueueName { QUEUE_SMALL, QUEUE_MAIN, QUEUE_COUNT } QueueName;

struct BlockEntry {
    BlockKey key;
    uint64_t hash;
    EntryState state;
    bool forgotten; /* no longer in the table: freed with its last pin */
    uint32_t pins;
    uint32_t uses; /* since it was last considered, at most USES_MAX */
    QueueName queue;
    void *content;
    size_t size;
    BlockEntry *chain; /* in its bucket */
    BlockEntry *older; /* in its queue */
    BlockEntry *newer;
};

typedef struct Queue {
    BlockEntry *oldest;
    BlockEntry *newest;
    size_t bytes;
    size_t count;
} Queue;

typedef struct Shard {
    pthread_mutex_t lock;
    pthread_cond_t loaded;
    size_t limit;
    BlockEntry **buckets;
    size_t bucket_count;
    size_t entry_count;
    Queue queues[QUEUE_COUNT];
    uint64_t ghosts[GHOSTS]; /* hashes lately dropped from the small queue, by their low bits */
    BlockCacheCounters counters;
} Shard;

struct BlockCache {
    uint32_t shard_count;
    Shard shards[];
};

static uint64_t
key_hash(BlockKey key)
{
    return hash_combine(hash_u64(key.tablet), hash_u64((uint64_t)key.column << 32 | key.part));
}

static bool
key_equal(BlockKey a, BlockKey b)
{
    return a.tablet == b.tablet && a.column == b.column && a.part == b.part;
}

static Shard *
shard_of(BlockCache *cache, uint64_t hash)
{
    return &cache->shards[(hash >> 32) % cache->shard_count];
}

BlockCache *
block_cache_new(size_t limit_bytes)
{
    size_t shards = limit_bytes / SHARD_BYTES_LEAST;

    shards = shards < 1 ? 1 : shards > SHARDS_MAX ? SHARDS_MAX : shards;
    BlockCache *cache = calloc(1, sizeof *cache + shards * sizeof(Shard));
    if (cache == NULL)
        return NULL;
    for (; cache->shard_count < shards; cache->shard_count++) {
        Shard *shard = &cache->shards[cache->shard_count];
        shard->buckets = calloc(BUCKETS_FIRST, sizeof *shard->buckets);
        if (shard->buckets == NULL) {
            block_cache_destroy(&cache);
            return NULL;
        }
        shard->bucket_count = BUCKETS_FIRST;
        shard->limit = limit_bytes / shards;
        pthread_mutex_init(&shard->lock, NULL);
        pthread_cond_init(&shard->loaded, NULL);
    }
    return cache;
}

static void
entry_free(BlockEntry *entry)
{
    free(entry->content);
    free(entry);
}

void
block_cache_destroy(BlockCache **self)
{
    BlockCache *cache = *self;

    if (cache == NULL)
        return;
    for (uint32_t i = 0; i < cache->shard_count; i++) {
        Shard *shard = &cache->shards[i];
        for (size_t j = 0; j < shard->bucket_count; j++) {
            for (BlockEntry *entry = shard->buckets[j], *next; entry != NULL; entry = next) {
                assert(entry->pins == 0);
                next = entry->chain;
                entry_free(entry);
            }
        }
        free(shard->buckets);
        pthread_cond_destroy(&shard->loaded);
        pthread_mutex_destroy(&shard->lock);
    }
    free(cache);
    *self = NULL;
}

void
block_cache_counters(BlockCache *cache, BlockCacheCounters *counters)
{
    *counters = (BlockCacheCounters){0};
    for (uint32_t i = 0; i < cache->shard_count; i++) {
        Shard *shard = &cache->shards[i];
        pthread_mutex_lock(&shard->lock);
        counters->hits += shard->counters.hits;
        counters->misses += shard->counters.misses;
        counters->evictions += shard->counters.evictions;
        counters->bytes += shard->queues[QUEUE_SMALL].bytes + shard->queues[QUEUE_MAIN].bytes;
        pthread_mutex_unlock(&shard->lock);
    }
}

static void
queue_push(Shard *shard, QueueName name, BlockEntry *entry)
{
    Queue *queue = &shard->queues[name];

    entry->queue = name;
    entry->older = queue->newest;
    entry->newer = NULL;
    if (queue->newest != NULL)
        queue->newest->newer = entry;
    else
        queue->oldest = entry;
    queue->newest = entry;
    queue->bytes += entry->size;
    queue->count++;
}

static void
queue_remove(Shard *shard, BlockEntry *entry)
{
    Queue *queue = &shard->queues[entry->queue];

    if (entry->older != NULL)
        entry->older->newer = entry->newer;
    else
        queue->oldest = entry->newer;
    if (entry->newer != NULL)
        entry->newer->older = entry->older;
    else
        queue->newest = entry->older;
    queue->bytes -= entry->size;
    queue->count--;
}

static BlockEntry **
table_place(Shard *shard, BlockKey key, uint64_t hash)
{
    BlockEntry **place = &shard->buckets[hash % shard->bucket_count];

    while (*place != NULL && !key_equal((*place)->key, key))
        place = &(*place)->chain;
    return place;
}

/* Where memory is out the table just stays dense. */
static void
table_grow(Shard *shard)
{
    const size_t grown = shard->bucket_count * 2;
    BlockEntry **buckets = calloc(grown, sizeof *buckets);

    if (buckets == NULL)
        return;
    for (size_t i = 0; i < shard->bucket_count; i++) {
        for (BlockEntry *entry = shard->buckets[i], *next; entry != NULL; entry = next) {
            next = entry->chain;
            entry->chain = buckets[entry->hash % grown];
            buckets[entry->hash % grown] = entry;
        }
    }
    free(shard->buckets);
    shard->buckets = buckets;
    shard->bucket_count = grown;
}

static void
table_remove(Shard *shard, BlockEntry *entry)
{
    *table_place(shard, entry->key, entry->hash) = entry->chain;
    shard->entry_count--;
}

static void
drop(Shard *shard, BlockEntry *entry)
{
    if (entry->queue == QUEUE_SMALL)
        shard->ghosts[entry->hash % GHOSTS] = entry->hash;
    queue_remove(shard, entry);
    table_remove(shard, entry);
    shard->counters.evictions++;
    entry_free(entry);
}

/* Consider the oldest entry of a queue: drop it, or give it another round. */
static void
consider_oldest(Shard *shard, QueueName name)
{
    BlockEntry *entry = shard->queues[name].oldest;

    if (entry->pins == 0 && entry->uses == 0) {
        drop(shard, entry);
        return;
    }
    queue_remove(shard, entry);
    if (entry->uses > 0 && name == QUEUE_MAIN)
        entry->uses--;
    else if (entry->uses > 0)
        entry->uses = 0;
    queue_push(shard, name == QUEUE_SMALL && entry->pins > 0 ? QUEUE_SMALL : QUEUE_MAIN, entry);
}

/* Drop entries until the shard is within its limit, or all that is left is pinned. */
static void
shrink(Shard *shard)
{
    Queue *small = &shard->queues[QUEUE_SMALL];
    Queue *main = &shard->queues[QUEUE_MAIN];
    size_t rounds = (small->count + main->count) * (USES_MAX + 2);

    while (small->bytes + main->bytes > shard->limit && rounds-- > 0) {
        const bool from_small =
            small->count > 0 && (main->count == 0 || small->bytes > shard->limit / SMALL_SHARE);
        consider_oldest(shard, from_small ? QUEUE_SMALL : QUEUE_MAIN);
    }
}

static BlockEntry *
insert_loading(Shard *shard, BlockKey key, uint64_t hash)
{
    BlockEntry *entry = calloc(1, sizeof *entry);

    if (entry == NULL)
        return NULL;
    entry->key = key;
    entry->hash = hash;
    entry->pins = 1;
    if (shard->entry_count >= shard->bucket_count)
        table_grow(shard);
    entry->chain = shard->buckets[hash % shard->bucket_count];
    shard->buckets[hash % shard->bucket_count] = entry;
    shard->entry_count++;
    return entry;
}

/* Load without the lock, then publish. On failure the entry leaves the table; who waits for it tries again.
 */
static Status
load_entry(Shard *shard, BlockEntry *entry, BlockLoader load, void *context, Error *error)
{
    pthread_mutex_unlock(&shard->lock);
    const Status status = load(context, &entry->content, &entry->size, error);
    pthread_mutex_lock(&shard->lock);
    if (status != STATUS_OK) {
        entry->state = ENTRY_FAILED;
        table_remove(shard, entry);
        if (--entry->pins == 0)
            entry_free(entry);
    } else {
        const bool known = shard->ghosts[entry->hash % GHOSTS] == entry->hash;
        entry->state = ENTRY_READY;
        queue_push(shard, known ? QUEUE_MAIN : QUEUE_SMALL, entry);
        shrink(shard);
    }
    pthread_cond_broadcast(&shard->loaded);
    return status;
}

/* Pin an entry that is there; waits while it is being loaded. False where that failed. */
static bool
pin(Shard *shard, BlockEntry *entry)
{
    entry->pins++;
    while (entry->state == ENTRY_LOADING)
        pthread_cond_wait(&shard->loaded, &shard->lock);
    if (entry->state == ENTRY_READY) {
        entry->uses += entry->uses < USES_MAX;
        return true;
    }
    if (--entry->pins == 0)
        entry_free(entry);
    return false;
}

Status
block_cache_acquire(BlockCache *cache, BlockKey key, BlockLoader load, void *context, BlockEntry **entry,
                    Error *error)
{
    const uint64_t hash = key_hash(key);
    Shard *shard = shard_of(cache, hash);
    Status status = STATUS_OK;
    BlockEntry *found;

    pthread_mutex_lock(&shard->lock);
    do {
        found = *table_place(shard, key, hash);
    } while (found != NULL && !pin(shard, found));
    if (found != NULL) {
        shard->counters.hits++;
    } else {
        shard->counters.misses++;
        found = insert_loading(shard, key, hash);
        status = found == NULL ? error_set_memory(error) : load_entry(shard, found, load, context, error);
    }
    pthread_mutex_unlock(&shard->lock);
    *entry = status == STATUS_OK ? found : NULL;
    return status;
}

void
block_cache_release(BlockCache *cache, BlockEntry **self)
{
    BlockEntry *entry = *self;

    *self = NULL;
    if (entry == NULL)
        return;
    Shard *shard = shard_of(cache, entry->hash);
    pthread_mutex_lock(&shard->lock);
    entry->pins--;
    if (entry->forgotten && entry->pins == 0)
        entry_free(entry);
    else if (entry->pins == 0)
        shrink(shard);
    pthread_mutex_unlock(&shard->lock);
}

/* Take every entry of the tablet out of one bucket. Those being loaded or pinned go when they are let go. */
static void
forget_in_bucket(Shard *shard, BlockEntry **place, uint64_t tablet_key)
{
    while (*place != NULL) {
        BlockEntry *entry = *place;
        if (entry->key.tablet != tablet_key || entry->state != ENTRY_READY) {
            place = &entry->chain;
            continue;
        }
        *place = entry->chain;
        shard->entry_count--;
        queue_remove(shard, entry);
        entry->forgotten = true;
        if (entry->pins == 0)
            entry_free(entry);
    }
}

void
block_cache_forget(BlockCache *cache, uint64_t tablet_key)
{
    for (uint32_t i = 0; i < cache->shard_count; i++) {
        Shard *shard = &cache->shards[i];
        pthread_mutex_lock(&shard->lock);
        for (size_t j = 0; j < shard->bucket_count; j++)
            forget_in_bucket(shard, &shard->buckets[j], tablet_key);
        pthread_mutex_unlock(&shard->lock);
    }
}

const void *
block_entry_content(const BlockEntry *entry)
{
    return entry->content;
}

size_t
block_entry_size(const BlockEntry *entry)
{
    return entry->size;
}
