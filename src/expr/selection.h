/* expr/selection.h: truth values into selections. */
#ifndef RUNNEL_EXPR_SELECTION_H
#define RUNNEL_EXPR_SELECTION_H

#include "column/vector.h"

enum { TRUTH_FALSE = 0, TRUTH_TRUE = 1, TRUTH_NULL = 2 };

/* The truth of each selected row of a boolean vector of any form: truth[i] belongs to the i-th selected row.
 */
void selection_load_truth(const Vector *vector, const uint32_t *rows, uint32_t count, uint8_t *truth);

/* The selected rows where the boolean vector is true, into out[] (room for `count`; may be `rows` itself).
 * Returns how many. */
uint32_t selection_of_true(const Vector *vector, const uint32_t *rows, uint32_t count, uint32_t *out);

/* The selected rows whose truth is (equal) or is not (!equal) `wanted`, into out[] (may be `rows` itself). */
uint32_t selection_by_truth(const uint8_t *truth, uint8_t wanted, bool equal, const uint32_t *rows,
                            uint32_t count, uint32_t *out);

/* The selected rows whose bit is set. */
uint32_t selection_of_bits(const uint64_t *bits, const uint32_t *rows, uint32_t count, uint32_t *out);

#endif
