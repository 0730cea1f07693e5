#include "column/vector.h"

#include "base/hash.h"
#include "column/gather.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>

uint64_t
dictionary_next_id(void)
{
    static _Atomic(uint64_t) last;

    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

/* The elements of arrays that have none. */
static const Vector *
no_elements(Arena *arena, Type list)
{
    Vector *elements = list.nested == NULL ? NULL : arena_alloc_zero(arena, 2 * sizeof *elements);

    if (elements == NULL)
        return NULL;
    *elements = vector_flat(list.nested->types[0], elements + 1, NULL);
    if (elements->layout == LAYOUT_LIST)
        elements->children = no_elements(arena, elements->type);
    return elements;
}

Vector
vector_constant(Arena *arena, Type type, const void *value)
{
    Vector vector = vector_flat(type, NULL, NULL);
    const size_t width = layout_width(vector.layout) < 16 ? 16 : layout_width(vector.layout);
    void *data = arena_alloc_zero(arena, width);

    vector.form = VECTOR_CONSTANT;
    if (value == NULL)
        vector.validity = arena_alloc_zero(arena, sizeof(uint64_t));
    else if (data != NULL)
        memcpy(data, value, layout_width(vector.layout));
    vector.data = data;
    if (vector.layout == LAYOUT_LIST)
        vector.children = no_elements(arena, type);
    return vector;
}

/* Flat validity of a non-flat vector; NULL where nothing is NULL. */
static Status
flatten_validity(const Vector *vector, uint32_t rows, Arena *arena, const uint64_t **validity, Error *error)
{
    *validity = NULL;
    if (vector_has_no_nulls(vector))
        return STATUS_OK;

    uint64_t *words = arena_alloc_zero(arena, bits_words(rows) * sizeof(uint64_t));
    if (words == NULL)
        return error_set_memory(error);
    for (uint32_t row = 0; row < rows; row++)
        bits_put(words, row, !vector_is_null(vector, row));
    *validity = words;
    return STATUS_OK;
}

Status
vector_flatten(const Vector *vector, uint32_t rows, Arena *arena, Vector *flat, Error *error)
{
    if (vector->form == VECTOR_FLAT) {
        *flat = *vector;
        return STATUS_OK;
    }

    const uint64_t *validity;
    TRY(flatten_validity(vector, rows, arena, &validity, error));
    void *data = arena_alloc(arena, (size_t)rows * layout_width(vector->layout));
    if (data == NULL)
        return error_set_memory(error);

    const uint32_t *codes = vector->form == VECTOR_DICTIONARY ? vector->data : NULL;
    const void *values = vector_values(vector);
    if (codes != NULL)
        gather_values(layout_width(vector->layout), data, values, codes, NULL, rows);
    else
        gather_constant(layout_width(vector->layout), data, values, rows);
    *flat = vector_flat(vector->type, data, validity);
    flat->children =
        vector->form == VECTOR_DICTIONARY ? vector->dictionary->values.children : vector->children;
    return STATUS_OK;
}

static int
compare_doubles(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a > b) - (a < b);
}

#define COMPARE_AS(CType)                                                                                    \
    {                                                                                                        \
        const CType x = ((const CType *)values_a)[index_a];                                                  \
        const CType y = ((const CType *)values_b)[index_b];                                                  \
        return (x > y) - (x < y);                                                                            \
    }

/* The children that the indices of vector_index() count in. */
static const Vector *
value_children(const Vector *vector)
{
    return vector->form == VECTOR_DICTIONARY ? vector->dictionary->values.children : vector->children;
}

static int
compare_lists(const Vector *a, const ListEntry *x, const Vector *b, const ListEntry *y)
{
    const Vector *child_a = value_children(a);
    const Vector *child_b = value_children(b);
    const uint32_t common = x->count < y->count ? x->count : y->count;

    for (uint32_t i = 0; i < common; i++) {
        const bool null_a = vector_is_null(child_a, x->offset + i);
        const bool null_b = vector_is_null(child_b, y->offset + i);
        int order = null_a - null_b;
        if (!null_a && !null_b)
            order = vector_compare(child_a, x->offset + i, child_b, y->offset + i);
        if (order != 0)
            return order;
    }
    return (x->count > y->count) - (x->count < y->count);
}

int
vector_compare(const Vector *a, uint32_t row_a, const Vector *b, uint32_t row_b)
{
    const void *values_a = vector_values(a);
    const void *values_b = vector_values(b);
    const uint32_t index_a = vector_index(a, row_a);
    const uint32_t index_b = vector_index(b, row_b);

    assert(a->layout == b->layout);
    switch (a->layout) {
    case LAYOUT_BOOL: COMPARE_AS(uint8_t)
    case LAYOUT_I32: COMPARE_AS(int32_t)
    case LAYOUT_I64: COMPARE_AS(int64_t)
    case LAYOUT_I128: COMPARE_AS(Int128)
    case LAYOUT_F64:
        return compare_doubles(((const double *)values_a)[index_a], ((const double *)values_b)[index_b]);
    case LAYOUT_VIEW:
        return string_view_compare(&((const StringView *)values_a)[index_a],
                                   &((const StringView *)values_b)[index_b]);
    case LAYOUT_INTERVAL: {
        const Int128 x = interval_order(&((const Interval *)values_a)[index_a]);
        const Int128 y = interval_order(&((const Interval *)values_b)[index_b]);
        return (x > y) - (x < y);
    }
    default:
        return compare_lists(a, &((const ListEntry *)values_a)[index_a], b,
                             &((const ListEntry *)values_b)[index_b]);
    }
}

/* One value's hash; integers of every width hash as their 64-bit value where they fit it. */
static uint64_t
hash_i128(Int128 value)
{
    if (value == (int64_t)value)
        return hash_u64((uint64_t)(int64_t)value);
    return hash_combine(hash_u64((uint64_t)(value >> 64)), hash_u64((uint64_t)value));
}

static uint64_t
hash_double(double value)
{
    uint64_t bits;

    if (isnan(value))
        value = NAN;
    if (value == 0)
        value = 0; /* -0 as well */
    memcpy(&bits, &value, sizeof bits);
    return isnan(value) ? hash_u64(UINT64_C(0x7FF8000000000000)) : hash_u64(bits);
}

static uint64_t hash_row(const Vector *vector, uint32_t row);

static uint64_t
hash_list(const Vector *vector, uint32_t index)
{
    const ListEntry *entry = &((const ListEntry *)vector_values(vector))[index];
    const Vector *elements = value_children(vector);
    uint64_t hash = hash_u64(entry->count); /* so that an empty list is not a NULL one */

    for (uint32_t i = 0; i < entry->count; i++)
        hash = hash_combine(hash, hash_row(elements, entry->offset + i));
    return hash;
}

static uint64_t
hash_value(const Vector *vector, uint32_t index)
{
    const void *values = vector_values(vector);

    switch (vector->layout) {
    case LAYOUT_BOOL: return hash_u64(((const uint8_t *)values)[index]);
    case LAYOUT_I32: return hash_u64((uint64_t)(int64_t)((const int32_t *)values)[index]);
    case LAYOUT_I64: return hash_u64((uint64_t)((const int64_t *)values)[index]);
    case LAYOUT_I128: return hash_i128(((const Int128 *)values)[index]);
    case LAYOUT_F64: return hash_double(((const double *)values)[index]);
    case LAYOUT_VIEW: {
        const StringView *view = &((const StringView *)values)[index];
        return hash_bytes(string_view_data(view), view->size);
    }
    case LAYOUT_INTERVAL: return hash_i128(interval_order(&((const Interval *)values)[index]));
    default: return hash_list(vector, index);
    }
}

static uint64_t
hash_row(const Vector *vector, uint32_t row)
{
    return vector_is_null(vector, row) ? HASH_NULL : hash_value(vector, vector_index(vector, row));
}

/* The common case, integers without NULLs, apart: the compiler vectorises it. */
static bool
hash_flat_integers(const Vector *vector, const uint32_t *selection, uint32_t count, bool combine,
                   uint64_t *hashes)
{
    if (vector->form != VECTOR_FLAT || vector->validity != NULL || selection != NULL)
        return false;
    if (vector->layout == LAYOUT_I64) {
        const int64_t *values = vector->data;
        for (uint32_t i = 0; i < count; i++) {
            const uint64_t hash = hash_u64((uint64_t)values[i]);
            hashes[i] = combine ? hash_combine(hashes[i], hash) : hash;
        }
        return true;
    }
    if (vector->layout == LAYOUT_I32) {
        const int32_t *values = vector->data;
        for (uint32_t i = 0; i < count; i++) {
            const uint64_t hash = hash_u64((uint64_t)(int64_t)values[i]);
            hashes[i] = combine ? hash_combine(hashes[i], hash) : hash;
        }
        return true;
    }
    return false;
}

void
vector_hash(const Vector *vector, const uint32_t *selection, uint32_t count, bool combine, uint64_t *hashes)
{
    if (hash_flat_integers(vector, selection, count, combine, hashes))
        return;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t hash = hash_row(vector, selection != NULL ? selection[i] : i);
        hashes[i] = combine ? hash_combine(hashes[i], hash) : hash;
    }
}
