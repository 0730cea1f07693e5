/* base/memory.h: allocation for small control structures, which end the process (with a line on standard
 * error) where the system has no memory left. Never for data: data goes through a budget. */
#ifndef RUNNEL_BASE_MEMORY_H
#define RUNNEL_BASE_MEMORY_H

#include <stddef.h>

void *memory_alloc_zero(size_t count, size_t size);           /* free() it */
void *memory_resize(void *memory, size_t count, size_t size); /* as realloc(), new bytes not zeroed */
void *memory_copy(const void *bytes, size_t count, size_t size);

#define MEMORY_NEW(Type)          ((Type *)memory_alloc_zero(1, sizeof(Type)))
#define MEMORY_ARRAY(Type, count) ((Type *)memory_alloc_zero((count), sizeof(Type)))

/* Make room for one more item of a heap array {items, count, capacity}, doubling. */
#define MEMORY_GROW(items, count, capacity)                                                                  \
    do {                                                                                                     \
        if ((count) >= (capacity)) {                                                                         \
            (capacity) = (capacity) < 8 ? 8 : (capacity)*2;                                                  \
            (items) = memory_resize((items), (capacity), sizeof(*(items)));                                  \
        }                                                                                                    \
    } while (0)

#endif
