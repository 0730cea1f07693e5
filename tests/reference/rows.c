#include "rows.h"

#include <stdlib.h>
#include <string.h>

static Vector copy_values(Arena *arena, const Vector *vector, const uint32_t *rows, uint32_t count);

static const Vector *
children_of(const Vector *vector)
{
    return vector->form == VECTOR_DICTIONARY ? vector->dictionary->values.children : vector->children;
}

/* The elements of all lists one behind another, and where each list has its own. */
static void
copy_lists(Arena *arena, const Vector *vector, const uint32_t *rows, uint32_t count, Vector *copy)
{
    const ListEntry *from = vector_values(vector);
    ListEntry *to = (ListEntry *)copy->data;
    uint32_t total = 0;

    for (uint32_t i = 0; i < count; i++)
        if (!vector_is_null(vector, rows[i]))
            total += from[vector_index(vector, rows[i])].count;
    uint32_t *elements = ARENA_ARRAY(arena, uint32_t, total + 1);
    total = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (vector_is_null(vector, rows[i]))
            continue;
        const ListEntry entry = from[vector_index(vector, rows[i])];
        to[i] = (ListEntry){total, entry.count};
        for (uint32_t j = 0; j < entry.count; j++)
            elements[total++] = entry.offset + j;
    }
    Vector *child = ARENA_NEW(arena, Vector);
    *child = copy_values(arena, children_of(vector), elements, total);
    copy->children = child;
}

static void
copy_view(Arena *arena, const StringView *from, StringView *to)
{
    *to = string_view(arena_copy_bytes(arena, string_view_data(from), from->size), from->size);
}

static Vector
copy_values(Arena *arena, const Vector *vector, const uint32_t *rows, uint32_t count)
{
    const size_t width = layout_width(vector->layout);
    char *data = arena_alloc_zero(arena, width * (count + 1));
    uint64_t *validity = arena_alloc_zero(arena, sizeof(uint64_t) * (bits_words(count) + 1));
    Vector copy = vector_flat(vector->type, data, validity);

    for (uint32_t i = 0; i < count; i++) {
        const bool null = vector_is_null(vector, rows[i]);
        bits_put(validity, i, !null);
        const char *from = (const char *)vector_values(vector) + vector_index(vector, rows[i]) * width;
        if (!null && vector->layout == LAYOUT_VIEW)
            copy_view(arena, (const StringView *)from, (StringView *)data + i);
        else if (!null)
            memcpy(data + i * width, from, width);
    }
    if (vector->layout == LAYOUT_LIST)
        copy_lists(arena, vector, rows, count, &copy);
    return copy;
}

Value
value_copy(Arena *arena, const Vector *vector, uint32_t row)
{
    Value value = copy_values(arena, vector, &row, 1);

    value.form = VECTOR_CONSTANT;
    return value;
}

Value
value_null(Arena *arena, Type type)
{
    return vector_constant(arena, type, NULL);
}

Value
value_bool(Arena *arena, bool value)
{
    const uint8_t byte = value;

    return vector_constant(arena, type_of(TYPE_BOOL), &byte);
}

Value
value_int8(Arena *arena, int64_t value)
{
    return vector_constant(arena, type_of(TYPE_INT8), &value);
}

Value
value_float8(Arena *arena, double value)
{
    return vector_constant(arena, type_of(TYPE_FLOAT8), &value);
}

bool
value_is_null(const Value *value)
{
    return vector_is_null(value, 0);
}

bool
value_is_true(const Value *value)
{
    return !value_is_null(value) && *(const uint8_t *)value->data != 0;
}

int64_t
value_integer(const Value *value)
{
    return value->layout == LAYOUT_I32 ? *(const int32_t *)value->data : *(const int64_t *)value->data;
}

bool
value_equal(const Value *a, const Value *b)
{
    if (value_is_null(a) || value_is_null(b))
        return value_is_null(a) && value_is_null(b);
    return vector_compare(a, 0, b, 0) == 0;
}

int
value_compare(const Value *a, const Value *b, bool descending, bool nulls_first)
{
    const bool null_a = value_is_null(a);
    const bool null_b = value_is_null(b);

    if (null_a || null_b)
        return nulls_first ? null_b - null_a : null_a - null_b;
    const int order = vector_compare(a, 0, b, 0);
    return descending ? -order : order;
}

void
rows_add(Arena *arena, Rows *rows, const Value *row)
{
    if (rows->count == rows->capacity) {
        const uint32_t capacity = rows->capacity * 2 + 8;
        const Value **items = ARENA_ARRAY(arena, const Value *, capacity);
        if (rows->count > 0)
            memcpy(items, rows->items, rows->count * sizeof *items);
        rows->items = items;
        rows->capacity = capacity;
    }
    rows->items[rows->count++] = row;
}

const Value *
row_concatenate(Arena *arena, const Value *left, uint32_t left_width, const Value *right,
                uint32_t right_width)
{
    Value *row = ARENA_ARRAY(arena, Value, left_width + right_width + 1);

    if (left_width > 0)
        memcpy(row, left, left_width * sizeof *row);
    if (right_width > 0)
        memcpy(row + left_width, right, right_width * sizeof *row);
    return row;
}

bool
row_equal(const Value *a, const Value *b, uint32_t width)
{
    for (uint32_t i = 0; i < width; i++)
        if (!value_equal(&a[i], &b[i]))
            return false;
    return true;
}
