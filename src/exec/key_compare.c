#include "exec/key_compare.h"

bool
key_rows_equal(const Vector *stored, uint32_t stored_row, const Vector *probe, uint32_t row)
{
    const bool null_a = vector_is_null(stored, stored_row);
    const bool null_b = vector_is_null(probe, row);

    if (null_a || null_b)
        return null_a && null_b;
    return vector_compare(stored, stored_row, probe, row) == 0;
}

/* Flat values, or values by code, without NULLs: the loop that matters. */
#define MISMATCHES_AS(CType, DIFFER)                                                                         \
    do {                                                                                                     \
        const CType *a = stored->data;                                                                       \
        const CType *b = vector_values(probe);                                                               \
        for (uint32_t i = 0; i < count; i++) {                                                               \
            const uint32_t row = selection != NULL ? selection[i] : i;                                       \
            const uint32_t value = codes != NULL ? codes[row] : row;                                         \
            mismatches[found] = i;                                                                           \
            found += stored_rows[i] != UINT32_MAX && DIFFER(a[stored_rows[i]], b[value]);                    \
        }                                                                                                    \
        return found;                                                                                        \
    } while (0)

#define VALUES_DIFFER(a, b) ((a) != (b))
#define VIEWS_DIFFER(a, b)  (!string_view_equal(&(a), &(b)))

static uint32_t
find_generic(const Vector *stored, const uint32_t *stored_rows, const Vector *probe,
             const uint32_t *selection, uint32_t count, uint32_t *mismatches)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = selection != NULL ? selection[i] : i;
        if (stored_rows[i] == UINT32_MAX || key_rows_equal(stored, stored_rows[i], probe, row))
            continue;
        mismatches[found++] = i;
    }
    return found;
}

uint32_t
key_find_mismatches(const Vector *stored, const uint32_t *stored_rows, const Vector *probe,
                    const uint32_t *selection, uint32_t count, uint32_t *mismatches)
{
    const uint32_t *codes = probe->form == VECTOR_DICTIONARY ? probe->data : NULL;
    uint32_t found = 0;

    if (probe->form != VECTOR_CONSTANT && vector_has_no_nulls(probe) && stored->validity == NULL)
        switch (stored->layout) {
        case LAYOUT_I32: MISMATCHES_AS(int32_t, VALUES_DIFFER);
        case LAYOUT_I64: MISMATCHES_AS(int64_t, VALUES_DIFFER);
        case LAYOUT_I128: MISMATCHES_AS(Int128, VALUES_DIFFER);
        case LAYOUT_VIEW: MISMATCHES_AS(StringView, VIEWS_DIFFER);
        default: break;
        }
    return find_generic(stored, stored_rows, probe, selection, count, mismatches);
}
