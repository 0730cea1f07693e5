/* expr/truth.h: three-valued logic and choice over whole vectors, without a branch a row.
 *
 * A rank is a truth value as a number in the order FALSE < NULL < TRUE, in which AND is the minimum and OR
 * the maximum. */
#ifndef RUNNEL_EXPR_TRUTH_H
#define RUNNEL_EXPR_TRUTH_H

#include "column/vector.h"

enum { RANK_FALSE = 0, RANK_NULL = 1, RANK_TRUE = 2 };

/* The ranks of rows 0..rows-1 of a boolean vector of any form. */
void truth_load_ranks(const Vector *vector, uint32_t rows, uint8_t *ranks);

void truth_and(uint8_t *restrict ranks, const uint8_t *restrict others, uint32_t rows);
void truth_or(uint8_t *restrict ranks, const uint8_t *restrict others, uint32_t rows);

/* Ranks into boolean values and validity; true where some row is NULL, else validity is not written. */
bool truth_store_ranks(const uint8_t *ranks, uint32_t rows, uint8_t *values, uint64_t *validity);

/* result[i] = ranks[i] is TRUE ? then[i] : otherwise[i], over FLAT or CONSTANT vectors of one layout without
 * NULLs; false, with nothing done, for others. */
bool truth_choose(const uint8_t *ranks, const Vector *then, const Vector *otherwise, uint32_t rows,
                  void *result);

#endif
