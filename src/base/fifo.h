/* base/fifo.h: a queue of values in an array that grows: struct { T *items; size_t head, count, capacity; },
 * all zero at first. Made for queues that are drained often: room at the front is used again when the queue
 * is empty. */
#ifndef RUNNEL_BASE_FIFO_H
#define RUNNEL_BASE_FIFO_H

#include "base/memory.h"

#include <stddef.h>
#include <stdlib.h>

#define FIFO(Type)                                                                                           \
    struct {                                                                                                 \
        Type *items;                                                                                         \
        size_t head;                                                                                         \
        size_t count;                                                                                        \
        size_t capacity;                                                                                     \
    }

/* A pointer to a new, uninitialised item at the end; valid until the next push. */
#define FIFO_PUSH(fifo)                                                                                      \
    (__extension__({                                                                                         \
        if ((fifo).head == (fifo).count)                                                                     \
            (fifo).head = (fifo).count = 0;                                                                  \
        MEMORY_GROW((fifo).items, (fifo).count, (fifo).capacity);                                            \
        &(fifo).items[(fifo).count++];                                                                       \
    }))

/* Take the first item out: a pointer to it, valid until the next push; NULL where empty. */
#define FIFO_POP(fifo) ((fifo).head == (fifo).count ? NULL : &(fifo).items[(fifo).head++])

#define FIFO_EMPTY(fifo) ((fifo).head == (fifo).count)

#define FIFO_DESTROY(fifo)                                                                                   \
    do {                                                                                                     \
        free((fifo).items);                                                                                  \
        (fifo).items = NULL;                                                                                 \
        (fifo).head = (fifo).count = (fifo).capacity = 0;                                                    \
    } while (0)

#endif
