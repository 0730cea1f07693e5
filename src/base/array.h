/* base/array.h: growth of a heap array {items, count, capacity}. */
#ifndef RUNNEL_BASE_ARRAY_H
#define RUNNEL_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Make room for `needed` items of `item_size` bytes at *items (malloc memory, may be NULL), at least
 * doubling. False, with nothing changed, where memory is out. */
static inline bool
array_reserve(void **items, size_t *capacity, size_t needed, size_t item_size)
{
    if (needed <= *capacity)
        return true;
    size_t grown = *capacity < 8 ? 8 : *capacity * 2;
    if (grown < needed)
        grown = needed;
    if (grown > SIZE_MAX / item_size)
        return false;
    void *moved = realloc(*items, grown * item_size);
    if (moved == NULL)
        return false;
    *items = moved;
    *capacity = grown;
    return true;
}

#endif
