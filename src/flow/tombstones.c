#include "flow/tombstones.h"

#include "base/memory.h"

#include <stdlib.h>

void
tombstones_init(Tombstones *tombstones)
{
    map_init(&tombstones->set, sizeof(QueryId));
    tombstones->ring = NULL;
    tombstones->capacity = 0;
    tombstones->next = 0;
}

void
tombstones_destroy(Tombstones *tombstones)
{
    map_destroy(&tombstones->set);
    free(tombstones->ring);
    tombstones->ring = NULL;
}

void
tombstones_add(Tombstones *tombstones, QueryId query)
{
    if (tombstones_has(tombstones, query))
        return;
    if (tombstones->set.count == TOMBSTONES_MAX)
        map_remove(&tombstones->set, &tombstones->ring[tombstones->next]);
    else
        MEMORY_GROW(tombstones->ring, tombstones->set.count, tombstones->capacity);
    tombstones->ring[tombstones->next] = query;
    map_put(&tombstones->set, &query, tombstones); /* any value: it is a set */
    tombstones->next = (tombstones->next + 1) % TOMBSTONES_MAX;
}

bool
tombstones_has(const Tombstones *tombstones, QueryId query)
{
    return map_get(&tombstones->set, &query) != NULL;
}
