/* exec/key_compare.h: equality of keys, many rows at a time; NULL equals NULL. */
#ifndef RUNNEL_EXEC_KEY_COMPARE_H
#define RUNNEL_EXEC_KEY_COMPARE_H

#include "column/vector.h"

/* Append to `mismatches` those i < count (of the candidates, or all where `candidates` is NULL) for which row
 * stored_rows[i] of `stored` (FLAT) differs from row selection[i] (or i) of `probe`; returns their number.
 * Rows with stored_rows[i] == UINT32_MAX are left out. */
uint32_t key_find_mismatches(const Vector *stored, const uint32_t *stored_rows, const Vector *probe,
                             const uint32_t *selection, uint32_t count, uint32_t *mismatches);

bool key_rows_equal(const Vector *stored, uint32_t stored_row, const Vector *probe, uint32_t row);

#endif
