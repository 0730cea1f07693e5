/* base/map.h: a hash map from keys of a fixed size (bytes without padding) to pointers, by open addressing.
 *
 * Entries lie densely, in order of insertion until one is removed (the last takes its place), so iteration
 * depends on what was put and removed, never on addresses. Values are the caller's. Not thread-safe. Memory:
 * base/memory.h. */
#ifndef RUNNEL_BASE_MAP_H
#define RUNNEL_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Map {
    size_t key_size;
    size_t count;
    size_t capacity; /* of keys, values and hashes */
    char *keys;
    void **values;
    uint64_t *hashes;
    uint32_t *slots; /* entry + 1, 0: empty; a power of two of them */
    size_t slot_count;
} Map;

void map_init(Map *map, size_t key_size);
void map_destroy(Map *map); /* the values are left alone; the map is empty after and may be used again */
void map_clear(Map *map);

void *map_get(const Map *map, const void *key); /* NULL: none */

/* Set the value of a key, replacing what was there. `value` is not NULL. */
void map_put(Map *map, const void *key, void *value);

/* Remove a key; returns its value, NULL where there was none. */
void *map_remove(Map *map, const void *key);

/* Entry `index` < count. Removing entry i while iterating from count - 1 down to 0 is safe. */
const void *map_key_at(const Map *map, size_t index);
void *map_value_at(const Map *map, size_t index);

#endif
