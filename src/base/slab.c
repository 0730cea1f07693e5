#include "base/slab.h"

#include <stdlib.h>

enum { ALIGNMENT = 64 };

static size_t
footprint(size_t capacity)
{
    return ALIGNMENT + ((capacity + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1));
}

_Static_assert(sizeof(Slab) <= ALIGNMENT, "the header takes one aligned unit before the data");

Slab *
slab_new(Budget *budget, size_t capacity)
{
    const size_t bytes = footprint(capacity);

    if (bytes < capacity || !budget_charge(budget, bytes))
        return NULL;
    Slab *slab = aligned_alloc(ALIGNMENT, bytes);
    if (slab == NULL) {
        budget_release(budget, bytes);
        return NULL;
    }
    atomic_init(&slab->references, 1);
    slab->budget = budget;
    slab->capacity = capacity;
    slab->size = capacity;
    slab->data = (char *)slab + ALIGNMENT;
    return slab;
}

Slab *
slab_reference(Slab *slab)
{
    atomic_fetch_add_explicit(&slab->references, 1, memory_order_relaxed);
    return slab;
}

void
slab_release(Slab **self)
{
    Slab *slab = *self;

    *self = NULL;
    if (slab == NULL || atomic_fetch_sub_explicit(&slab->references, 1, memory_order_acq_rel) != 1)
        return;
    budget_release(slab->budget, footprint(slab->capacity));
    free(slab);
}

bool
slab_move(Slab *slab, Budget *budget)
{
    const size_t bytes = footprint(slab->capacity);

    /* Released first: both budgets may share a parent that has no room for it twice. */
    budget_release(slab->budget, bytes);
    if (budget_charge(budget, bytes)) {
        slab->budget = budget;
        return true;
    }
    if (!budget_charge(slab->budget, bytes))
        slab->budget = NULL; /* someone took the room meanwhile: the slab goes on uncharged */
    return false;
}
