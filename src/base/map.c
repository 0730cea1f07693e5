#include "base/map.h"

#include "base/hash.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void
map_init(Map *map, size_t key_size)
{
    *map = (Map){.key_size = key_size};
}

void
map_destroy(Map *map)
{
    free(map->keys);
    free(map->values);
    free(map->hashes);
    free(map->slots);
    map_init(map, map->key_size);
}

void
map_clear(Map *map)
{
    map_destroy(map);
}

static char *
key_of(const Map *map, size_t entry)
{
    return map->keys + entry * map->key_size;
}

/* The slot that holds the key, or the empty one where its search ends. */
static size_t
find_slot(const Map *map, const void *key, uint64_t hash)
{
    const size_t mask = map->slot_count - 1;
    size_t slot = hash & mask;

    while (map->slots[slot] != 0) {
        const size_t entry = map->slots[slot] - 1;

        if (map->hashes[entry] == hash && memcmp(key_of(map, entry), key, map->key_size) == 0)
            break;
        slot = (slot + 1) & mask;
    }
    return slot;
}

static void
rebuild_slots(Map *map, size_t slot_count)
{
    free(map->slots);
    map->slots = memory_alloc_zero(slot_count, sizeof(*map->slots));
    map->slot_count = slot_count;
    for (size_t entry = 0; entry < map->count; entry++) {
        size_t slot = map->hashes[entry] & (slot_count - 1);

        while (map->slots[slot] != 0)
            slot = (slot + 1) & (slot_count - 1);
        map->slots[slot] = (uint32_t)(entry + 1);
    }
}

static void
make_room(Map *map)
{
    if (map->count == map->capacity) {
        const size_t capacity = map->capacity == 0 ? 8 : map->capacity * 2;

        map->keys = memory_resize(map->keys, capacity, map->key_size);
        map->values = memory_resize(map->values, capacity, sizeof(*map->values));
        map->hashes = memory_resize(map->hashes, capacity, sizeof(*map->hashes));
        map->capacity = capacity;
    }
    if ((map->count + 1) * 2 > map->slot_count)
        rebuild_slots(map, map->slot_count == 0 ? 16 : map->slot_count * 2);
}

void *
map_get(const Map *map, const void *key)
{
    if (map->count == 0)
        return NULL;

    const size_t slot = find_slot(map, key, hash_bytes(key, map->key_size));

    return map->slots[slot] == 0 ? NULL : map->values[map->slots[slot] - 1];
}

void
map_put(Map *map, const void *key, void *value)
{
    assert(value != NULL);
    make_room(map);

    const uint64_t hash = hash_bytes(key, map->key_size);
    const size_t slot = find_slot(map, key, hash);

    if (map->slots[slot] != 0) {
        map->values[map->slots[slot] - 1] = value;
        return;
    }
    memcpy(key_of(map, map->count), key, map->key_size);
    map->values[map->count] = value;
    map->hashes[map->count] = hash;
    map->count++;
    map->slots[slot] = (uint32_t)map->count;
}

/* Close the hole at `slot`, so that every search still ends at its key (Knuth, 6.4, algorithm R). */
static void
erase_slot(Map *map, size_t slot)
{
    const size_t mask = map->slot_count - 1;
    size_t hole = slot;

    for (size_t next = (slot + 1) & mask; map->slots[next] != 0; next = (next + 1) & mask) {
        const size_t home = map->hashes[map->slots[next] - 1] & mask;

        if (((next - home) & mask) >= ((next - hole) & mask)) {
            map->slots[hole] = map->slots[next];
            hole = next;
        }
    }
    map->slots[hole] = 0;
}

void *
map_remove(Map *map, const void *key)
{
    if (map->count == 0)
        return NULL;

    const size_t slot = find_slot(map, key, hash_bytes(key, map->key_size));

    if (map->slots[slot] == 0)
        return NULL;

    const size_t entry = map->slots[slot] - 1;
    const size_t last = map->count - 1;
    void *value = map->values[entry];

    erase_slot(map, slot);
    if (entry != last) {
        const size_t moved = find_slot(map, key_of(map, last), map->hashes[last]);

        map->slots[moved] = (uint32_t)(entry + 1);
        memcpy(key_of(map, entry), key_of(map, last), map->key_size);
        map->values[entry] = map->values[last];
        map->hashes[entry] = map->hashes[last];
    }
    map->count--;
    return value;
}

const void *
map_key_at(const Map *map, size_t index)
{
    return key_of(map, index);
}

void *
map_value_at(const Map *map, size_t index)
{
    return map->values[index];
}
