/* Every operator kernel against a slow evaluator that takes one row at a time and computes in 128 bits or
 * long double, over random vectors of all forms, with NULLs, selections and values at the types' limits. */
#include "base/random.h"
#include "expr/function.h"
#include "expr/program.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 100, ENTRIES = 20 };

static Arena *arena;
static Random random_state = {2024};
static const Session session = {.time_zone = "UTC"};

static void
setup(void)
{
    arena = arena_new(NULL);
}

static void
teardown(void)
{
    arena_destroy(&arena);
}

/* What the oracle knows of a value. */
typedef struct Value {
    bool null;
    bool failed;
    Int128 integer; /* integers, booleans, numerics (unscaled) */
    double real;
    StringView string;
} Value;

static Value
load(const Vector *vector, uint32_t row)
{
    const uint32_t index = vector_index(vector, row);
    const void *values = vector_values(vector);
    Value value = {.null = vector_is_null(vector, row)};

    if (value.null)
        return value;
    switch (vector->layout) {
    case LAYOUT_BOOL: value.integer = ((const uint8_t *)values)[index]; break;
    case LAYOUT_I32: value.integer = ((const int32_t *)values)[index]; break;
    case LAYOUT_I64: value.integer = ((const int64_t *)values)[index]; break;
    case LAYOUT_I128: value.integer = ((const Int128 *)values)[index]; break;
    case LAYOUT_F64: value.real = ((const double *)values)[index]; break;
    case LAYOUT_VIEW: value.string = ((const StringView *)values)[index]; break;
    default: ck_abort_msg("layout not known to the oracle");
    }
    return value;
}

/* Small numbers mostly, limits and zero often enough. */
static int64_t
random_integer(int64_t least, int64_t most)
{
    switch (random_below(&random_state, 16)) {
    case 0: return 0;
    case 1: return least;
    case 2: return most;
    case 3: return -1 < least ? least : -1;
    case 4: return (int64_t)((uint64_t)least + random_below(&random_state, (uint64_t)most - (uint64_t)least));
    default: return (int64_t)random_below(&random_state, 200) - (least < 0 ? 100 : 0);
    }
}

static double
random_double(bool narrow)
{
    double value;

    switch (random_below(&random_state, 20)) {
    case 0: value = 0; break;
    case 1: value = -0.0; break;
    case 2: value = NAN; break;
    case 3: value = narrow ? 3e38 : 1e308; break;
    case 4: value = narrow ? 1e-38 : 1e-300; break;
    case 5: value = INFINITY; break;
    default: value = (random_unit(&random_state) - 0.5) * 1000; break;
    }
    return narrow ? (double)(float)value : value;
}

static Int128
random_numeric(Type type)
{
    Int128 limit = 1;
    Int128 value = 0;

    for (uint32_t i = 0; i < type.precision; i++)
        limit *= 10;
    if (random_below(&random_state, 8) == 0)
        return random_below(&random_state, 2) ? limit - 1 : -(limit - 1);
    for (uint32_t i = (uint32_t)random_below(&random_state, (uint64_t)type.precision + 1); i > 0; i--)
        value = value * 10 + (Int128)random_below(&random_state, 10);
    return random_below(&random_state, 2) ? value : -value;
}

static StringView
random_string(void)
{
    static const char *const words[] = {"",
                                        "a",
                                        "ab",
                                        "abc",
                                        "abcd",
                                        "abcde",
                                        "exactly12byt",
                                        "a string past twelve bytes",
                                        "a string past twelve bytez",
                                        "a string past twelve"};
    const char *word = words[random_below(&random_state, sizeof words / sizeof words[0])];

    return string_view(word, strlen(word));
}

static void
random_value(Type type, void *values, uint32_t index)
{
    switch (type.id) {
    case TYPE_BOOL: ((uint8_t *)values)[index] = random_below(&random_state, 2) != 0; break;
    case TYPE_INT2: ((int32_t *)values)[index] = (int32_t)random_integer(INT16_MIN, INT16_MAX); break;
    case TYPE_INT4: ((int32_t *)values)[index] = (int32_t)random_integer(INT32_MIN, INT32_MAX); break;
    case TYPE_INT8: ((int64_t *)values)[index] = random_integer(INT64_MIN, INT64_MAX); break;
    case TYPE_FLOAT4: ((double *)values)[index] = random_double(true); break;
    case TYPE_FLOAT8: ((double *)values)[index] = random_double(false); break;
    case TYPE_TEXT: ((StringView *)values)[index] = random_string(); break;
    default:
        if (type_layout(type) == LAYOUT_I64)
            ((int64_t *)values)[index] = (int64_t)random_numeric(type);
        else
            ((Int128 *)values)[index] = random_numeric(type);
    }
}

static const uint64_t *
random_validity(uint32_t count)
{
    uint64_t *words = ARENA_ARRAY(arena, uint64_t, bits_words(count));

    for (uint32_t i = 0; i < count; i++)
        bits_put(words, i, random_below(&random_state, 5) != 0);
    return words;
}

static Vector
random_vector(Type type, VectorForm vector_form, bool nulls)
{
    const uint32_t count = vector_form == VECTOR_FLAT ? ROWS : vector_form == VECTOR_CONSTANT ? 1 : ENTRIES;
    void *values = arena_alloc_zero(arena, count * 16);
    Vector vector;

    for (uint32_t i = 0; i < count; i++)
        random_value(type, values, i);
    vector = vector_flat(type, values, nulls ? random_validity(count) : NULL);
    vector.form = vector_form;
    if (vector_form != VECTOR_DICTIONARY)
        return vector;

    Dictionary *dictionary = ARENA_NEW(arena, Dictionary);
    uint32_t *codes = ARENA_ARRAY(arena, uint32_t, ROWS);
    vector.form = VECTOR_FLAT;
    *dictionary = (Dictionary){.id = dictionary_next_id(), .count = ENTRIES, .values = vector};
    for (uint32_t row = 0; row < ROWS; row++)
        codes[row] = (uint32_t)random_below(&random_state, ENTRIES);
    vector.form = VECTOR_DICTIONARY;
    vector.data = codes;
    vector.dictionary = dictionary;
    vector.validity = nulls && random_below(&random_state, 2) ? random_validity(ROWS) : NULL;
    return vector;
}

/* --- the oracle
 * ----------------------------------------------------------------------------------------------- */

static Int128
limit_of(TypeId id)
{
    return id == TYPE_INT2 ? INT16_MAX : id == TYPE_INT4 ? INT32_MAX : INT64_MAX;
}

static Value
integer_result(TypeId id, Int128 value)
{
    return (Value){.integer = value, .failed = value > limit_of(id) || value < -limit_of(id) - 1};
}

static Value
oracle_integer(char operation, TypeId id, Int128 a, Int128 b)
{
    switch (operation) {
    case '+': return integer_result(id, a + b);
    case '-': return integer_result(id, a - b);
    case '*': return integer_result(id, a * b);
    case '&': return integer_result(id, a & b);
    case '|': return integer_result(id, a | b);
    case '#': return integer_result(id, a ^ b);
    default: break;
    }
    if (b == 0)
        return (Value){.failed = true};
    return integer_result(id, operation == '/' ? a / b : a % b);
}

static Value
oracle_real(char operation, bool narrow, double a, double b)
{
    double result = operation == '+' ? a + b : operation == '-' ? a - b : operation == '*' ? a * b : a / b;
    Value value = {.real = narrow ? (double)(float)result : result};

    if (operation == '/' && b == 0)
        value.failed = !isnan(a);
    else if (isinf(value.real))
        value.failed = !isinf(a) && (operation == '/' || !isinf(b));
    else if (value.real == 0 && operation == '*')
        value.failed = a != 0 && b != 0;
    else if (value.real == 0 && operation == '/')
        value.failed = a != 0 && !isinf(b);
    return value;
}

/* Numerics small enough for 128 bits: value and scale of both sides, at the scale of the result. */
static Value
oracle_numeric(char operation, Type type, Int128 a, int scale_a, Int128 b, int scale_b)
{
    Value value = {0};

    if (operation == '*') {
        value.integer = a * b;
        return value;
    }
    if (operation == '/') {
        if (b == 0)
            return (Value){.failed = true};
        for (int i = 0; i < type.scale + scale_b - scale_a; i++)
            a *= 10;
        const Int128 twice = a % b * 2;
        const Int128 size = b < 0 ? -b : b;
        value.integer = a / b;
        if (twice >= size || -twice >= size)
            value.integer += (a < 0) == (b < 0) ? 1 : -1;
        return value;
    }
    for (int i = scale_a; i < type.scale; i++)
        a *= 10;
    for (int i = scale_b; i < type.scale; i++)
        b *= 10;
    if (operation == '%' && b == 0)
        return (Value){.failed = true};
    value.integer = operation == '+' ? a + b : operation == '-' ? a - b : a % b;
    return value;
}

static int
oracle_order(Type type, const Value *a, const Value *b)
{
    if (type_is_float(type.id)) {
        if (isnan(a->real) || isnan(b->real))
            return isnan(a->real) - isnan(b->real);
        return (a->real > b->real) - (a->real < b->real);
    }
    if (type.id == TYPE_TEXT) {
        const size_t common = a->string.size < b->string.size ? a->string.size : b->string.size;
        const int order = memcmp(string_view_data(&a->string), string_view_data(&b->string), common);
        return order != 0 ? order : (int)a->string.size - (int)b->string.size;
    }
    return (a->integer > b->integer) - (a->integer < b->integer);
}

static bool
oracle_compare(const char *name, int order)
{
    if (strcmp(name, "=") == 0)
        return order == 0;
    if (strcmp(name, "<>") == 0)
        return order != 0;
    if (strcmp(name, "<") == 0)
        return order < 0;
    if (strcmp(name, "<=") == 0)
        return order <= 0;
    return strcmp(name, ">") == 0 ? order > 0 : order >= 0;
}

static Int128
power10(int exponent)
{
    Int128 power = 1;

    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* Numbers of two scales: what stands before the point decides, then what stands behind it. */
static int
oracle_order_scaled(Int128 a, int scale_a, Int128 b, int scale_b)
{
    const int scale = scale_a > scale_b ? scale_a : scale_b;
    const Int128 whole_a = a / power10(scale_a);
    const Int128 whole_b = b / power10(scale_b);
    const Int128 rest_a = a % power10(scale_a) * power10(scale - scale_a);
    const Int128 rest_b = b % power10(scale_b) * power10(scale - scale_b);

    if (whole_a != whole_b)
        return whole_a < whole_b ? -1 : 1;
    return (rest_a > rest_b) - (rest_a < rest_b);
}

static Value
oracle(const char *name, Type result, const Vector *left, const Vector *right, uint32_t row)
{
    const Type type = left->type;
    Value a = load(left, row);
    Value b = load(right, row);

    if (strncmp(name, "is_", 3) == 0) {
        const bool distinct = a.null != b.null || (!a.null && oracle_order(type, &a, &b) != 0);
        return (Value){.integer = distinct == (strcmp(name, "is_distinct_from") == 0)};
    }
    if (a.null || b.null)
        return (Value){.null = true};
    if (result.id == TYPE_BOOL) {
        const int order = type.id == TYPE_NUMERIC
                              ? oracle_order_scaled(a.integer, type.scale, b.integer, right->type.scale)
                              : oracle_order(type, &a, &b);
        return (Value){.integer = oracle_compare(name, order)};
    }
    if (type_is_integer(type.id))
        return oracle_integer(name[0], result.id, a.integer, b.integer);
    if (type_is_float(type.id))
        return oracle_real(name[0], type.id == TYPE_FLOAT4, a.real, b.real);
    return oracle_numeric(name[0], result, a.integer, type.scale, b.integer, right->type.scale);
}

/* --- the comparison
 * ------------------------------------------------------------------------------------------- */

static Expr *
operator_expr(const char *name, Type left, Type right)
{
    Type types[] = {left, right};
    Expr *arguments[] = {expr_column(arena, left, 0), expr_column(arena, right, 1)};
    Type result;
    const Function *function;
    Error error = {0};

    ck_assert_msg(function_resolve(name, 2, types, &function, &result, &error) == STATUS_OK, "%s",
                  error.message);
    for (int i = 0; i < 2; i++) {
        bool needed;
        const Function *cast = function_find_cast(arguments[i]->type, types[i], CAST_IMPLICIT, &needed);
        if (needed)
            arguments[i] = expr_call(arena, cast, types[i], 1, &arguments[i]);
    }
    return expr_call(arena, function, result, 2, arguments);
}

static void
check_row(const char *name, const Vector *result, uint32_t row, const Value *expected)
{
    const Value got = load(result, row);

    ck_assert_msg(got.null == expected->null, "%s: row %u is %s", name, row, got.null ? "NULL" : "not NULL");
    if (got.null)
        return;
    if (type_is_float(result->type.id))
        ck_assert_msg(got.real == expected->real || (isnan(got.real) && isnan(expected->real)),
                      "%s: row %u: %g, not %g", name, row, got.real, expected->real);
    else
        ck_assert_msg(got.integer == expected->integer, "%s: row %u: %lld, not %lld", name, row,
                      (long long)got.integer, (long long)expected->integer);
}

static bool
expect_failure(const char *name, Type result, const Vector *columns, const Batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        const Value value = oracle(name, result, &columns[0], &columns[1], batch_row(batch, i));
        if (value.failed)
            return true;
    }
    return false;
}

/* Run over the batch; then over the rows that do not fail, for those to be compared. */
static void
check_batch(const char *name, const Expr *expr, Program *program, Vector *columns, const uint32_t *selection,
            uint32_t count)
{
    Batch batch = {
        .rows = ROWS, .count = count, .selection = selection, .column_count = 2, .columns = columns};
    uint32_t *good = ARENA_ARRAY(arena, uint32_t, ROWS);
    uint32_t good_count = 0;
    Vector result;
    Error error = {0};

    if (expect_failure(name, expr->type, columns, &batch)) {
        const Status status = program_evaluate(program, &batch, &result, &error);
        ck_assert_msg(status == STATUS_NUMERIC_RANGE || status == STATUS_DIVISION_BY_ZERO, "%s did not fail",
                      name);
        for (uint32_t i = 0; i < count; i++) {
            good[good_count] = batch_row(&batch, i);
            good_count += !oracle(name, expr->type, &columns[0], &columns[1], good[good_count]).failed;
        }
        batch.selection = good;
        batch.count = good_count;
    }
    error_clear(&error);
    ck_assert_msg(program_evaluate(program, &batch, &result, &error) == STATUS_OK, "%s: %s", name,
                  error.message);
    for (uint32_t i = 0; i < batch.count; i++) {
        const uint32_t row = batch_row(&batch, i);
        const Value expected = oracle(name, expr->type, &columns[0], &columns[1], row);
        check_row(name, &result, row, &expected);
    }
}

static uint32_t
random_selection(uint32_t *rows, uint64_t one_in)
{
    uint32_t count = 0;

    for (uint32_t row = 0; row < ROWS; row++) {
        rows[count] = row;
        count += random_below(&random_state, one_in) == 0;
    }
    return count;
}

static void
check_filter(const char *name, const Expr *expr, Program *program, Vector *columns, const uint32_t *selection,
             uint32_t count)
{
    const Batch batch = {
        .rows = ROWS, .count = count, .selection = selection, .column_count = 2, .columns = columns};
    uint32_t passed[ROWS];
    uint32_t passed_count;
    uint32_t n = 0;
    Error error = {0};

    ck_assert_int_eq(program_filter(program, &batch, passed, &passed_count, &error), STATUS_OK);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = batch_row(&batch, i);
        const Value expected = oracle(name, expr->type, &columns[0], &columns[1], row);
        if (expected.null || expected.integer == 0)
            continue;
        ck_assert_uint_lt(n, passed_count);
        ck_assert_uint_eq(passed[n++], row);
    }
    ck_assert_uint_eq(passed_count, n);
}

static void
check_operator(const char *name, Type left, Type right)
{
    const Expr *expr = operator_expr(name, left, right);
    Program *program;
    uint32_t selection[ROWS];
    Error error = {0};

    ck_assert_int_eq(program_new(&expr, 1, &session, NULL, &program, &error), STATUS_OK);
    for (int shape = 0; shape < 9 * 2; shape++) {
        const bool nulls = shape / 9 % 2 == 1;
        Vector columns[] = {random_vector(left, (VectorForm)(shape % 3), nulls),
                            random_vector(right, (VectorForm)(shape / 3 % 3), nulls)};
        check_batch(name, expr, program, columns, NULL, ROWS);
        for (uint64_t one_in = 2; one_in <= 20; one_in *= 10) {
            const uint32_t count = random_selection(selection, one_in);
            check_batch(name, expr, program, columns, selection, count);
            if (expr->type.id == TYPE_BOOL)
                check_filter(name, expr, program, columns, selection, count);
        }
        if (expr->type.id == TYPE_BOOL)
            check_filter(name, expr, program, columns, NULL, ROWS);
    }
    program_destroy(&program);
}

static const char *const comparisons[] = {
    "=", "<>", "<", "<=", ">", ">=", "is_distinct_from", "is_not_distinct_from"};
static const char *const arithmetic[] = {"+", "-", "*", "/", "%", "&", "|", "#"};

START_TEST(comparisons_agree_with_the_oracle)
{
    const Type types[] = {type_of(TYPE_BOOL), type_of(TYPE_INT2),   type_of(TYPE_INT4),
                          type_of(TYPE_INT8), type_of(TYPE_FLOAT4), type_of(TYPE_FLOAT8),
                          type_of(TYPE_TEXT), type_numeric(10, 2),  type_numeric(30, 4)};

    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++)
        check_operator(comparisons[_i], types[t], types[t]);
}
END_TEST

START_TEST(comparisons_of_two_scales_agree_with_the_oracle)
{
    if (comparisons[_i][0] == 'i')
        return; /* the oracle brings only ordinary comparisons to one scale */
    check_operator(comparisons[_i], type_numeric(10, 2), type_numeric(8, 5));
    check_operator(comparisons[_i], type_numeric(10, 2), type_numeric(30, 4));
    check_operator(comparisons[_i], type_numeric(20, 0), type_numeric(20, 20));
}
END_TEST

START_TEST(integer_arithmetic_agrees_with_the_oracle)
{
    check_operator(arithmetic[_i], type_of(TYPE_INT2), type_of(TYPE_INT2));
    check_operator(arithmetic[_i], type_of(TYPE_INT4), type_of(TYPE_INT4));
    check_operator(arithmetic[_i], type_of(TYPE_INT8), type_of(TYPE_INT8));
    check_operator(arithmetic[_i], type_of(TYPE_INT4), type_of(TYPE_INT8));
    check_operator(arithmetic[_i], type_of(TYPE_INT2), type_of(TYPE_INT4));
}
END_TEST

START_TEST(real_arithmetic_agrees_with_the_oracle)
{
    check_operator(arithmetic[_i], type_of(TYPE_FLOAT4), type_of(TYPE_FLOAT4));
    check_operator(arithmetic[_i], type_of(TYPE_FLOAT8), type_of(TYPE_FLOAT8));
}
END_TEST

START_TEST(numeric_arithmetic_agrees_with_the_oracle)
{
    check_operator(arithmetic[_i], type_numeric(8, 2), type_numeric(7, 3));
    check_operator(arithmetic[_i], type_numeric(15, 2), type_numeric(4, 2));
    check_operator(arithmetic[_i], type_numeric(12, 2), type_numeric(10, 0));
    check_operator(arithmetic[_i], type_numeric(17, 2), type_numeric(18, 0));
    if (arithmetic[_i][0] != '/')
        check_operator(arithmetic[_i], type_numeric(25, 2), type_numeric(10, 4));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("kernels");
    TCase *tests = tcase_create("kernels");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, comparisons_agree_with_the_oracle, 0, 8);
    tcase_add_loop_test(tests, comparisons_of_two_scales_agree_with_the_oracle, 0, 8);
    tcase_add_loop_test(tests, integer_arithmetic_agrees_with_the_oracle, 0, 8);
    tcase_add_loop_test(tests, real_arithmetic_agrees_with_the_oracle, 0, 4);
    tcase_add_loop_test(tests, numeric_arithmetic_agrees_with_the_oracle, 0, 5);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
