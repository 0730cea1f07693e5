#include "base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20 };

void
pages_advise_huge(void *memory, size_t bytes)
{
    const uintptr_t first = ((uintptr_t)memory + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
    const uintptr_t end = ((uintptr_t)memory + bytes) & ~(uintptr_t)(HUGE_PAGE - 1);

    if (memory == NULL || bytes < 2 * HUGE_PAGE || first >= end)
        return;
    madvise((void *)first, end - first, MADV_HUGEPAGE); /* a wish: refusal changes nothing */
}
