/* column/vector.h: one column of a batch.
 *
 * A vector is a view: it never owns what it points to. It is valid until its producer makes its next batch;
 * who keeps values copies them (column/builder.h). Open on purpose: kernels read the fields.
 *
 * Forms:
 *   FLAT        data: one value a row of the batch; validity: a bit a row.
 *   CONSTANT    data: one value, which all rows have; validity: NULL, or bit 0 clear for NULL.
 *   DICTIONARY  data: uint32_t codes, one a row; validity: a bit a row. A row is NULL where its bit is clear
 * or the entry its code names is NULL. Codes of rows that are NULL or not selected are in range, too.
 *
 * validity == NULL means that no row (no entry) is NULL. Values of NULL rows are arbitrary but readable; a
 * StringView there has size 0. */
#ifndef RUNNEL_COLUMN_VECTOR_H
#define RUNNEL_COLUMN_VECTOR_H

#include "base/arena.h"
#include "base/bits.h"
#include "column/type.h"
#include "column/value.h"

typedef enum VectorForm { VECTOR_FLAT, VECTOR_CONSTANT, VECTOR_DICTIONARY } VectorForm;

struct Dictionary;

typedef struct Vector {
    Type type;
    VectorForm form;
    Layout layout; /* type_layout(type) */
    const uint64_t *validity;
    const void *data;
    const struct Dictionary *dictionary; /* of DICTIONARY; a CONSTANT may name the one its value stands in */
    const struct Vector *children;       /* LIST: one, whose rows are the elements; else NULL */
} Vector;

/* The distinct values of a dictionary vector. */
typedef struct Dictionary {
    uint64_t id;    /* unique in the process: operators cache what they derived from the entries by it */
    uint32_t count; /* entries, at least 1 */
    Vector values;  /* FLAT, `count` rows */
    bool sorted;    /* entries ascend by the type's order and are distinct: codes compare like values */
} Dictionary;

uint64_t dictionary_next_id(void); /* thread-safe */

static inline Vector
vector_flat(Type type, const void *data, const uint64_t *validity)
{
    const Vector vector = {
        .type = type, .form = VECTOR_FLAT, .layout = type_layout(type), .validity = validity, .data = data};

    return vector;
}

/* `value` points to one value of the type's layout; NULL for the NULL value. Where the
 * arena refuses, the vector's data is NULL. */
Vector vector_constant(Arena *arena, Type type, const void *value);

/* The index of the row's value in the value array: the row itself, 0, or the row's code. */
static inline uint32_t
vector_index(const Vector *vector, uint32_t row)
{
    switch (vector->form) {
    case VECTOR_FLAT: return row;
    case VECTOR_CONSTANT: return 0;
    default: return ((const uint32_t *)vector->data)[row];
    }
}

/* The code of a CONSTANT that is not NULL and stands in a dictionary that it names: the distance of its value
 * from the dictionary's first; UINT32_MAX where it does not. */
static inline uint32_t
vector_constant_code(const Vector *vector)
{
    if (vector->form != VECTOR_CONSTANT || vector->dictionary == NULL || vector->validity != NULL)
        return UINT32_MAX;
    const uintptr_t distance = (uintptr_t)vector->data - (uintptr_t)vector->dictionary->values.data;
    const uint64_t code = distance / layout_width(vector->layout);
    return code < vector->dictionary->count ? (uint32_t)code : UINT32_MAX;
}

/* The array that vector_index() indexes: of the layout's C type. */
static inline const void *
vector_values(const Vector *vector)
{
    return vector->form == VECTOR_DICTIONARY ? vector->dictionary->values.data : vector->data;
}

static inline bool
vector_is_null(const Vector *vector, uint32_t row)
{
    if (vector->form == VECTOR_CONSTANT)
        return vector->validity != NULL && (vector->validity[0] & 1) == 0;
    if (vector->validity != NULL && !bits_get(vector->validity, row))
        return true;
    if (vector->form == VECTOR_FLAT || vector->dictionary->values.validity == NULL)
        return false;
    return !bits_get(vector->dictionary->values.validity, ((const uint32_t *)vector->data)[row]);
}

/* True where no row can be NULL, by looking at the pointers only. */
static inline bool
vector_has_no_nulls(const Vector *vector)
{
    return vector->validity == NULL &&
           (vector->form != VECTOR_DICTIONARY || vector->dictionary->values.validity == NULL);
}

/* The same values in FLAT form over `rows` rows, in memory of `arena` (the vector itself where it is flat).
 * String bytes are not copied. OUT_OF_MEMORY where the arena refuses. */
Status vector_flatten(const Vector *vector, uint32_t rows, Arena *arena, Vector *flat, Error *error);

/* Total order of two values of one type (PostgreSQL's btree order; NaN above all, -0 = 0; text by bytes), the
 * first argument's row against the second's; neither may be NULL. Nested values compare element by element.
 */
int vector_compare(const Vector *a, uint32_t row_a, const Vector *b, uint32_t row_b);

/* Hashes of the rows for grouping and joining: equal values have equal hashes whatever the form (and whatever
 * width of integer; -0 and 0, all NaN, numerics of one scale alike); NULL is HASH_NULL.
 * selection: `count` row numbers, or NULL for rows 0..count-1. hashes[i] belongs to the i-th selected row.
 * combine: mix into what hashes[] holds (for the second and later keys) instead of setting it. */
void vector_hash(const Vector *vector, const uint32_t *selection, uint32_t count, bool combine,
                 uint64_t *hashes);

#endif
