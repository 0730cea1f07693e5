#include "base/budget.h"

#include <assert.h>

void
budget_init(Budget *budget, Budget *parent, size_t limit)
{
    budget->parent = parent;
    budget->limit = limit;
    budget->floor = 0;
    atomic_init(&budget->used, 0);
    atomic_init(&budget->peak, 0);
}

void
budget_init_floor(Budget *budget, Budget *parent, size_t floor)
{
    budget_init(budget, parent, SIZE_MAX);
    budget->floor = floor;
}

static void
raise_peak(Budget *budget, size_t now)
{
    size_t peak = atomic_load_explicit(&budget->peak, memory_order_relaxed);

    while (now > peak && !atomic_compare_exchange_weak_explicit(&budget->peak, &peak, now,
                                                                memory_order_relaxed, memory_order_relaxed))
        ;
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

    raise_peak(budget, used + bytes);
    return true;
}

static void
force_one(Budget *budget, size_t bytes)
{
    raise_peak(budget, atomic_fetch_add_explicit(&budget->used, bytes, memory_order_relaxed) + bytes);
}

/* Whether the charge is one that is never refused. */
static bool
is_on_floor(const Budget *budget, size_t bytes)
{
    const size_t floor = budget->floor;

    return bytes <= floor && budget_used(budget) <= floor - bytes;
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
    if (budget != NULL && is_on_floor(budget, bytes)) {
        for (Budget *b = budget; b != NULL; b = b->parent)
            force_one(b, bytes);
        return true;
    }
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
