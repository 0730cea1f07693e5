/* Random vectors of every layout and form, for tests of what reads them. */
#ifndef RUNNEL_TESTS_COLUMN_SAMPLES_H
#define RUNNEL_TESTS_COLUMN_SAMPLES_H

#include "base/random.h"
#include "column/batch.h"

#include <check.h>

/* A list of lists of text. */
static inline Type
sample_nested_type(Arena *arena)
{
    NestedType *texts = ARENA_NEW(arena, NestedType);
    texts->count = 1;
    texts->types = ARENA_ARRAY(arena, Type, 1);
    texts->types[0] = type_of(TYPE_TEXT);
    NestedType *lists = ARENA_NEW(arena, NestedType);
    lists->count = 1;
    lists->types = ARENA_ARRAY(arena, Type, 1);
    lists->types[0] = type_of(TYPE_LIST);
    lists->types[0].nested = texts;
    Type type = type_of(TYPE_LIST);
    type.nested = lists;
    return type;
}

static inline StringView
sample_string(Arena *arena, Random *random)
{
    const size_t size = random_below(random, 3) == 0 ? random_below(random, 60) : random_below(random, 13);
    char *bytes = arena_alloc(arena, size + 1);

    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)('a' + random_below(random, 26));
    return string_view(bytes, size);
}

static inline void
sample_value(Layout layout, Arena *arena, Random *random, void *values, uint32_t row)
{
    const uint64_t bits = random_next(random) >> random_below(random, 64);

    switch (layout) {
    case LAYOUT_BOOL: ((uint8_t *)values)[row] = bits & 1; break;
    case LAYOUT_I32: ((int32_t *)values)[row] = (int32_t)bits; break;
    case LAYOUT_I64: ((int64_t *)values)[row] = (int64_t)bits; break;
    case LAYOUT_I128: ((Int128 *)values)[row] = (Int128)(int64_t)bits * (int64_t)random_next(random); break;
    case LAYOUT_F64: ((double *)values)[row] = (double)(int64_t)bits / 100; break;
    case LAYOUT_VIEW: ((StringView *)values)[row] = sample_string(arena, random); break;
    default:
        ((Interval *)values)[row] = (Interval){(int64_t)bits, (int32_t)bits, (int32_t)(bits >> 8)};
        break;
    }
}

/* FLAT; with NULLs one time in three rows where `nulls`. */
static inline Vector
sample_flat(Type type, bool nulls, uint32_t rows, Arena *arena, Random *random)
{
    Vector vector = vector_flat(type, arena_alloc_zero(arena, (rows + 1) * 16), NULL);
    uint64_t *validity = arena_alloc_zero(arena, (bits_words(rows) + 1) * sizeof *validity);
    void *data = (void *)vector.data;
    uint32_t elements = 0;

    for (uint32_t row = 0; row < rows; row++) {
        const bool valid = !nulls || random_below(random, 3) != 0;
        bits_put(validity, row, valid);
        if (vector.layout == LAYOUT_LIST) {
            /* NULL lists carry nonsense within bounds, as they may. */
            ListEntry *entry = &((ListEntry *)data)[row];
            *entry = (ListEntry){.offset = elements, .count = (uint32_t)random_below(random, 4)};
            elements += entry->count;
        } else if (valid) {
            sample_value(vector.layout, arena, random, data, row);
        }
    }
    if (nulls)
        vector.validity = validity;
    if (type.nested == NULL)
        return vector;
    Vector *children = ARENA_NEW(arena, Vector);
    *children = sample_flat(type.nested->types[0], nulls, elements, arena, random);
    vector.children = children;
    return vector;
}

static inline Vector
sample_dictionary(Type type, bool nulls, uint32_t rows, Arena *arena, Random *random)
{
    Dictionary *dictionary = ARENA_NEW(arena, Dictionary);
    uint32_t *codes = arena_alloc(arena, (rows + 1) * sizeof *codes);
    uint64_t *validity = arena_alloc_zero(arena, (bits_words(rows) + 1) * sizeof *validity);

    dictionary->id = dictionary_next_id();
    dictionary->count = 1 + (uint32_t)random_below(random, 20);
    dictionary->values = sample_flat(type, nulls, dictionary->count, arena, random);
    for (uint32_t row = 0; row < rows; row++) {
        codes[row] = (uint32_t)random_below(random, dictionary->count);
        bits_put(validity, row, random_below(random, 5) != 0);
    }
    Vector vector = vector_flat(type, codes, nulls ? validity : NULL);
    vector.form = VECTOR_DICTIONARY;
    vector.dictionary = dictionary;
    return vector;
}

static inline Vector
sample_constant(Type type, bool null, Arena *arena, Random *random)
{
    if (null)
        return vector_constant(arena, type, NULL);
    Vector vector = sample_flat(type, false, 1, arena, random);
    vector.form = VECTOR_CONSTANT;
    return vector;
}

static inline Vector
sample_vector(Type type, uint32_t rows, Arena *arena, Random *random)
{
    const bool nulls = random_below(random, 2) == 0;

    switch (random_below(random, 3)) {
    case 0: return sample_flat(type, nulls, rows, arena, random);
    case 1: return sample_dictionary(type, nulls, rows, arena, random);
    default: return sample_constant(type, nulls, arena, random);
    }
}

enum { SAMPLE_COLUMNS = 9 };

/* A type of each layout. */
static inline void
sample_types(Arena *arena, Type *types)
{
    const TypeId ids[] = {TYPE_BOOL,   TYPE_INT4, TYPE_INT8,     TYPE_UUID,
                          TYPE_FLOAT8, TYPE_TEXT, TYPE_INTERVAL, TYPE_NUMERIC};

    for (int i = 0; i < 8; i++)
        types[i] = type_of(ids[i]);
    types[8] = sample_nested_type(arena);
}

static inline void
assert_same_value(const Vector *a, uint32_t row_a, const Vector *b, uint32_t row_b)
{
    const bool null = vector_is_null(a, row_a);

    ck_assert_int_eq(null, vector_is_null(b, row_b));
    if (!null)
        ck_assert_int_eq(vector_compare(a, row_a, b, row_b), 0);
}

#endif
