/* base/budget.h: a limit on bytes, in a chain: process > query > task.
 *
 * A charge counts against the budget and all its parents, or against none. Thread-safe. */
#ifndef RUNNEL_BASE_BUDGET_H
#define RUNNEL_BASE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Budget {
    struct Budget *parent; /* NULL at the top; must outlive this one */
    size_t limit;          /* bytes; SIZE_MAX: none */
    size_t floor;          /* charges up to so many bytes are never refused, by parents neither */
    _Atomic(size_t) used;
    _Atomic(size_t) peak;
} Budget;

void budget_init(Budget *budget, Budget *parent, size_t limit);

/* A part of a parent's budget that can count on `floor` bytes, whatever others hold: for what is bounded by
 * itself and must go on where memory is exhausted (SIZE_MAX), and for what could not even begin to spill.
 * Parents may come to be used past their limits by it, which others notice. */
void budget_init_floor(Budget *budget, Budget *parent, size_t floor);

/* Reserve `bytes`; false, with nothing charged, where that would exceed this budget or a parent's.
 * A NULL budget accepts everything. */
bool budget_charge(Budget *budget, size_t bytes);

void budget_release(Budget *budget, size_t bytes);
size_t budget_used(const Budget *budget);
size_t budget_peak(const Budget *budget);

#endif
