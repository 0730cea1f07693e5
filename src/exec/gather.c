#include "exec/gather.h"

#include "column/gather.h"

#include <string.h>

/* What to copy: from row rows[i] (GATHER_NULL only where `with_nulls`) to row at[i], or i. */
typedef struct Picks {
    const uint32_t *rows;
    const uint32_t *at; /* NULL: i */
    uint32_t count;
    uint32_t physical; /* rows of the result */
    bool with_nulls;
} Picks;

#define COPY_AS(CType)                                                                                       \
    for (uint32_t i = 0; i < picks->count; i++)                                                              \
        if (picks->rows[i] != GATHER_NULL)                                                                   \
    ((CType *)out)[picks->at != NULL ? picks->at[i] : i] = ((const CType *)values)[picks->rows[i]]

static void
copy_values(const void *values, size_t width, const Picks *picks, void *out)
{
    if (!picks->with_nulls && picks->at == NULL) {
        gather_values(width, out, values, NULL, picks->rows, picks->count);
        return;
    }
    switch (width) {
    case 1: COPY_AS(uint8_t); break;
    case 4: COPY_AS(uint32_t); break;
    case 8: COPY_AS(uint64_t); break;
    default: COPY_AS(UInt128); break;
    }
}

static Status
gather_validity(const uint64_t *validity, const Picks *picks, Arena *arena, const uint64_t **made,
                Error *error)
{
    *made = NULL;
    if (validity == NULL && !picks->with_nulls)
        return STATUS_OK;

    uint64_t *words = arena_alloc_zero(arena, bits_words(picks->physical) * sizeof(uint64_t));
    if (words == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < picks->count; i++) {
        const uint32_t row = picks->rows[i];
        if (row != GATHER_NULL && (validity == NULL || bits_get(validity, row)))
            bits_set(words, picks->at != NULL ? picks->at[i] : i);
    }
    *made = words;
    return STATUS_OK;
}

/* Whether values of rows that nobody gathered must be made readable: strings have size 0, codes are in range.
 */
static bool
needs_clearing(const Picks *picks)
{
    return picks->with_nulls || picks->at != NULL;
}

/* FLAT values, or the codes of a dictionary. */
static Status
gather_flat(const Vector *source, const Picks *picks, Arena *arena, Vector *out, Error *error)
{
    const size_t width = source->form == VECTOR_DICTIONARY ? sizeof(uint32_t) : layout_width(source->layout);

    *out = *source;
    TRY(gather_validity(source->validity, picks, arena, &out->validity, error));
    void *data = arena_alloc(arena, width * picks->physical);
    if (data == NULL)
        return error_set_memory(error);
    if (needs_clearing(picks))
        memset(data, 0, width * picks->physical);
    copy_values(source->data, width, picks, data);
    out->data = data;
    return STATUS_OK;
}

Status
gather_vector(const Vector *source, const uint32_t *rows, uint32_t count, bool with_nulls, Arena *arena,
              Vector *out, Error *error)
{
    const Picks picks = {.rows = rows, .count = count, .physical = count, .with_nulls = with_nulls};

    if (source->form == VECTOR_CONSTANT && !with_nulls) {
        *out = *source;
        return STATUS_OK;
    }
    if (source->form == VECTOR_CONSTANT)
        return error_set(error, STATUS_INTERNAL, "constants cannot be gathered with NULLs");
    return gather_flat(source, &picks, arena, out, error);
}

Status
gather_vector_at(const Vector *source, const uint32_t *rows, const uint32_t *at, uint32_t count,
                 uint32_t physical, bool with_nulls, Arena *arena, Vector *out, Error *error)
{
    const Picks picks = {
        .rows = rows, .at = at, .count = count, .physical = physical, .with_nulls = with_nulls};

    return gather_flat(source, &picks, arena, out, error);
}

Status
gather_columns(const Vector *columns, uint32_t column_count, const uint32_t *rows, uint32_t count,
               Arena *arena, Vector *out, Error *error)
{
    for (uint32_t i = 0; i < column_count; i++)
        TRY(gather_vector(&columns[i], rows, count, false, arena, &out[i], error));
    return STATUS_OK;
}
