/* base/slab.h: a reference-counted buffer, for bytes that may reach the wire or outlive their task.
 * Thread-safe.
 *
 * Charged to its budget until the last reference is dropped, from whichever thread (libzmq drops them on its
 * own). */
#ifndef RUNNEL_BASE_SLAB_H
#define RUNNEL_BASE_SLAB_H

#include "base/budget.h"

#include <stddef.h>

typedef struct Slab {
    _Atomic(uint32_t) references;
    Budget *budget;  /* may be NULL; must outlive the slab */
    size_t capacity; /* bytes at data, as charged */
    size_t size;     /* bytes in use; the creator's to set */
    char *data;      /* 64-byte aligned */
} Slab;

/* One reference, the caller's; size = capacity. NULL where the budget or the system refuses. */
Slab *slab_new(Budget *budget, size_t capacity);
Slab *slab_reference(Slab *slab);
void slab_release(Slab **self); /* NULL-safe */

/* Charge the slab to another budget from now on; false, with nothing changed, where that refuses. Only while
 * the caller holds the one reference. */
bool slab_move(Slab *slab, Budget *budget);

#endif
