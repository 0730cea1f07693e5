#include "expr/truth.h"

#include "expr/kernel.h"

#include <string.h>

KERNEL_CLONES static void
load_plain(const uint8_t *restrict values, uint32_t rows, uint8_t *restrict ranks)
{
    for (uint32_t i = 0; i < rows; i++)
        ranks[i] = (uint8_t)((values[i] & 1) << 1);
}

void
truth_load_ranks(const Vector *vector, uint32_t rows, uint8_t *ranks)
{
    const uint8_t *values = vector_values(vector);

    if (vector->form == VECTOR_CONSTANT) {
        memset(ranks, vector_is_null(vector, 0) ? RANK_NULL : values[0] != 0 ? RANK_TRUE : RANK_FALSE, rows);
        return;
    }
    if (vector->form == VECTOR_FLAT && vector->validity == NULL) {
        load_plain(values, rows, ranks);
        return;
    }
    for (uint32_t row = 0; row < rows; row++) {
        const uint8_t rank = (uint8_t)((values[vector_index(vector, row)] & 1) << 1);
        ranks[row] = vector_is_null(vector, row) ? RANK_NULL : rank;
    }
}

KERNEL_CLONES void
truth_and(uint8_t *restrict ranks, const uint8_t *restrict others, uint32_t rows)
{
    for (uint32_t i = 0; i < rows; i++)
        ranks[i] = ranks[i] < others[i] ? ranks[i] : others[i];
}

KERNEL_CLONES void
truth_or(uint8_t *restrict ranks, const uint8_t *restrict others, uint32_t rows)
{
    for (uint32_t i = 0; i < rows; i++)
        ranks[i] = ranks[i] > others[i] ? ranks[i] : others[i];
}

/* Values of the ranks; nonzero where one of them is NULL. */
KERNEL_CLONES static uint8_t
store_values(const uint8_t *restrict ranks, uint32_t rows, uint8_t *restrict values)
{
    uint8_t seen = 0;

    for (uint32_t i = 0; i < rows; i++) {
        values[i] = ranks[i] >> 1;
        seen |= ranks[i] & RANK_NULL;
    }
    return seen;
}

bool
truth_store_ranks(const uint8_t *ranks, uint32_t rows, uint8_t *values, uint64_t *validity)
{
    if (store_values(ranks, rows, values) == 0)
        return false;
    for (uint32_t i = 0; i < rows; i++)
        bits_put(validity, i, ranks[i] != RANK_NULL);
    return true;
}

/* The four forms of the two sides, in loops of their own. */
#define CHOOSE(name, CType)                                                                                  \
    KERNEL_CLONES static void name(const uint8_t *restrict ranks, const CType *then, bool one_then,          \
                                   const CType *otherwise, bool one_otherwise, uint32_t rows,                \
                                   CType *restrict result)                                                   \
    {                                                                                                        \
        const CType x = *then;                                                                               \
        const CType y = *otherwise;                                                                          \
        if (one_then && one_otherwise) {                                                                     \
            for (uint32_t i = 0; i < rows; i++)                                                              \
                result[i] = ranks[i] == RANK_TRUE ? x : y;                                                   \
        } else if (one_then) {                                                                               \
            for (uint32_t i = 0; i < rows; i++)                                                              \
                result[i] = ranks[i] == RANK_TRUE ? x : otherwise[i];                                        \
        } else if (one_otherwise) {                                                                          \
            for (uint32_t i = 0; i < rows; i++)                                                              \
                result[i] = ranks[i] == RANK_TRUE ? then[i] : y;                                             \
        } else {                                                                                             \
            for (uint32_t i = 0; i < rows; i++)                                                              \
                result[i] = ranks[i] == RANK_TRUE ? then[i] : otherwise[i];                                  \
        }                                                                                                    \
    }

CHOOSE(choose_1, uint8_t)
CHOOSE(choose_4, uint32_t)
CHOOSE(choose_8, uint64_t)
CHOOSE(choose_16, UInt128)

static bool
is_plain(const Vector *vector)
{
    return vector->form != VECTOR_DICTIONARY && vector->validity == NULL;
}

bool
truth_choose(const uint8_t *ranks, const Vector *then, const Vector *otherwise, uint32_t rows, void *result)
{
    const bool one_then = then->form == VECTOR_CONSTANT;
    const bool one_otherwise = otherwise->form == VECTOR_CONSTANT;

    if (!is_plain(then) || !is_plain(otherwise))
        return false;
    switch (layout_width(then->layout)) {
    case 1: choose_1(ranks, then->data, one_then, otherwise->data, one_otherwise, rows, result); break;
    case 4: choose_4(ranks, then->data, one_then, otherwise->data, one_otherwise, rows, result); break;
    case 8: choose_8(ranks, then->data, one_then, otherwise->data, one_otherwise, rows, result); break;
    default: choose_16(ranks, then->data, one_then, otherwise->data, one_otherwise, rows, result); break;
    }
    return true;
}
