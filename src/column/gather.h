/* column/gather.h: copy picked values of any width into an array of their own. */
#ifndef RUNNEL_COLUMN_GATHER_H
#define RUNNEL_COLUMN_GATHER_H

#include <stddef.h>
#include <stdint.h>

/* to[i] = values[codes[rows[i]]] for i < count, values of `width` bytes (1, 4, 8 or 16); where `codes` or
 * `rows` is NULL, that step is left out. */
void gather_values(size_t width, void *to, const void *values, const uint32_t *codes, const uint32_t *rows,
                   size_t count);

/* to[i] = *value. */
void gather_constant(size_t width, void *to, const void *value, size_t count);

#endif
