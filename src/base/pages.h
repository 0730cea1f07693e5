/* base/pages.h: what big arrays that are read at random ask of the system. */
#ifndef RUNNEL_BASE_PAGES_H
#define RUNNEL_BASE_PAGES_H

#include <stddef.h>

/* Ask for huge pages under so many bytes of heap memory that were just allocated or resized: fewer misses of
 * the address translation. Nothing happens for less than 4 MiB, or where the system does not offer it. */
void pages_advise_huge(void *memory, size_t bytes);

#endif
