#include "base/budget.h"

#include <assert.h>

void
budget_init(Budget *budget, Budget *parent, size_t limit)
{
    budget->parent = parent;
    budget->limit = limit;
    atomic_init(&budget->used, 0);
    atomic_init(&budget->peak, 0);
}

static bool
charge_one(Budget *budget, size_t bytes)
{
    size_t used = atomic_load_explicit(&budget->used, memory_order_relaxed);

    do {
        if (bytes > budget->limit || used > budget->limit - bytes)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&budget->used, &used, used + bytes, memory_order_relaxed,
                                                    memory_order_relaxed));

    const size_t now = used + bytes;
    size_t peak = atomic_load_explicit(&budget->peak, memory_order_relaxed);
    while (now > peak && !atomic_compare_exchange_weak_explicit(&budget->peak, &peak, now,
                                                                memory_order_relaxed, memory_order_relaxed))
        ;
    return true;
}

static void
release_one(Budget *budget, size_t bytes)
{
    const size_t before = atomic_fetch_sub_explicit(&budget->used, bytes, memory_order_relaxed);

    assert(before >= bytes);
    (void)before;
}

bool
budget_charge(Budget *budget, size_t bytes)
{
    for (Budget *b = budget; b != NULL; b = b->parent) {
        if (charge_one(b, bytes))
            continue;
        for (Budget *undo = budget; undo != b; undo = undo->parent)
            release_one(undo, bytes);
        return false;
    }
    return true;
}

void
budget_release(Budget *budget, size_t bytes)
{
    for (Budget *b = budget; b != NULL; b = b->parent)
        release_one(b, bytes);
}

size_t
budget_used(const Budget *budget)
{
    return atomic_load_explicit(&budget->used, memory_order_relaxed);
}

size_t
budget_peak(const Budget *budget)
{
    return atomic_load_explicit(&budget->peak, memory_order_relaxed);
}
