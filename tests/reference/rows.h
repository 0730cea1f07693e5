/* tests/reference/rows.h: values, and rows of the reference evaluator, as simple as can be: a value is a
 * CONSTANT vector, a row an array of them. All of it is in the statement's arena. */
#ifndef RUNNEL_TESTS_REFERENCE_ROWS_H
#define RUNNEL_TESTS_REFERENCE_ROWS_H

#include "base/arena.h"
#include "column/vector.h"

typedef Vector Value;

typedef struct Rows {
    uint32_t width;
    uint32_t count, capacity;
    const Value **items;
} Rows;

/* Row `row` of the vector, all of it copied. */
Value value_copy(Arena *arena, const Vector *vector, uint32_t row);
Value value_null(Arena *arena, Type type);
Value value_bool(Arena *arena, bool value);
Value value_int8(Arena *arena, int64_t value);
Value value_float8(Arena *arena, double value);

bool value_is_null(const Value *value);
bool value_is_true(const Value *value);           /* of a boolean; NULL is not */
int64_t value_integer(const Value *value);        /* of an integer that is not NULL */
bool value_equal(const Value *a, const Value *b); /* NULLs equal each other: IS NOT DISTINCT FROM */
/* As ORDER BY has it. */
int value_compare(const Value *a, const Value *b, bool descending, bool nulls_first);

/* `row` is kept, not copied. */
void rows_add(Arena *arena, Rows *rows, const Value *row);
/* A row of both, one behind the other. */
const Value *row_concatenate(Arena *arena, const Value *left, uint32_t left_width, const Value *right,
                             uint32_t right_width);
bool row_equal(const Value *a, const Value *b, uint32_t width);

#endif
