/* Programs: lazy forms, dictionaries, constants, filters, errors under selections; expectations by hand. */
#include "base/random.h"
#include "expr/function.h"
#include "expr/program.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static Arena *arena;
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

/* An operator over arguments cast as resolution wants them. */
static Expr *
call(const char *name, uint32_t count, Expr *const *given)
{
    Expr *arguments[FUNCTION_ARGUMENTS_MAX];
    Type types[FUNCTION_ARGUMENTS_MAX];
    Type result;
    const Function *function;
    Error error = {0};

    for (uint32_t i = 0; i < count; i++)
        types[i] = given[i]->type;
    ck_assert_msg(function_resolve(name, count, types, &function, &result, &error) == STATUS_OK, "%s",
                  error.message);
    for (uint32_t i = 0; i < count; i++) {
        bool needed;
        const Function *cast = function_find_cast(given[i]->type, types[i], CAST_IMPLICIT, &needed);
        arguments[i] = needed ? expr_call(arena, cast, types[i], 1, &given[i]) : given[i];
    }
    return expr_call(arena, function, result, count, arguments);
}

static Expr *
call2(const char *name, Expr *a, Expr *b)
{
    Expr *arguments[] = {a, b};

    return call(name, 2, arguments);
}

static Expr *
int4(int32_t value)
{
    return expr_constant(arena, type_of(TYPE_INT4), &value);
}

static Expr *
form(ExprKind kind, Type type, uint32_t count, Expr *const *arguments)
{
    return expr_form(arena, kind, type, count, arguments);
}

static Vector
int4_column(const int32_t *values, const uint64_t *validity)
{
    return vector_flat(type_of(TYPE_INT4), values, validity);
}

static StringView
text(const char *value)
{
    return string_view(value, strlen(value));
}

static Program *
new_program(const Expr *const *expressions, uint32_t count)
{
    Program *program;
    Error error = {0};

    ck_assert_msg(program_new(expressions, count, &session, NULL, &program, &error) == STATUS_OK, "%s",
                  error.message);
    return program;
}

/* Three-valued: 0, 1, 2 for NULL. */
static int
truth(const Vector *vector, uint32_t row)
{
    if (vector_is_null(vector, row))
        return 2;
    return ((const uint8_t *)vector_values(vector))[vector_index(vector, row)];
}

/* A truth value from a number, by a call that may fail: then the form must be lazy. */
static Expr *
fragile_truth(uint32_t column)
{
    return call2("=", call2("/", expr_column(arena, type_of(TYPE_INT4), column), int4(1)), int4(1));
}

static void
check_connective(ExprKind kind, bool lazily, const int expected[9])
{
    uint8_t values[2][9];
    int32_t numbers[2][9];
    uint64_t validity[2] = {0, 0};
    Vector columns[2];
    Vector result;
    Error error = {0};

    for (uint32_t row = 0; row < 9; row++) {
        const uint32_t states[2] = {row / 3, row % 3};
        for (uint32_t c = 0; c < 2; c++) {
            values[c][row] = states[c] == 1;
            numbers[c][row] = states[c] == 1;
            bits_put(&validity[c], row, states[c] != 2);
        }
    }
    for (uint32_t c = 0; c < 2; c++)
        columns[c] = lazily ? int4_column(numbers[c], &validity[c])
                            : vector_flat(type_of(TYPE_BOOL), values[c], &validity[c]);

    Expr *arguments[2];
    for (uint32_t c = 0; c < 2; c++)
        arguments[c] = lazily ? fragile_truth(c) : expr_column(arena, type_of(TYPE_BOOL), c);
    const Expr *expr = form(kind, type_of(TYPE_BOOL), 2, arguments);
    Program *program = new_program(&expr, 1);
    const Batch batch = {.rows = 9, .count = 9, .column_count = 2, .columns = columns};
    ck_assert_int_eq(program_evaluate(program, &batch, &result, &error), STATUS_OK);
    for (uint32_t row = 0; row < 9; row++)
        ck_assert_int_eq(truth(&result, row), expected[row]);

    uint32_t selection[9];
    uint32_t count;
    ck_assert_int_eq(program_filter(program, &batch, selection, &count, &error), STATUS_OK);
    uint32_t n = 0;
    for (uint32_t row = 0; row < 9; row++) {
        if (expected[row] == 1)
            ck_assert_uint_eq(selection[n++], row);
    }
    ck_assert_uint_eq(count, n);
    program_destroy(&program);
}

START_TEST(connectives_are_three_valued)
{
    /* rows: F F, F T, F N, T F, T T, T N, N F, N T, N N */
    check_connective(EXPR_AND, _i == 1, (const int[]){0, 0, 0, 0, 1, 2, 0, 2, 2});
    check_connective(EXPR_OR, _i == 1, (const int[]){0, 1, 2, 1, 1, 1, 2, 1, 2});
}
END_TEST

/* 10 / a where a <> 0, in each lazy form: the division must never see the zero. */
START_TEST(lazy_arms_do_not_fail_for_other_rows)
{
    const int32_t values[] = {5, 0, 2};
    Vector column = int4_column(values, NULL);
    const Batch batch = {.rows = 3, .count = 3, .column_count = 1, .columns = &column};
    Expr *a = expr_column(arena, type_of(TYPE_INT4), 0);
    Expr *quotient = call2("/", int4(10), a);
    Expr *nonzero = call2("<>", a, int4(0));
    Expr *conjuncts[] = {nonzero, call2(">", quotient, int4(3))};
    Expr *arms[] = {nonzero, quotient, int4(-1)};
    const Expr *expressions[] = {form(EXPR_CASE, type_of(TYPE_INT4), 3, arms),
                                 form(EXPR_AND, type_of(TYPE_BOOL), 2, conjuncts)};
    Program *program = new_program(expressions, 2);
    Vector results[2];
    Error error = {0};

    ck_assert_int_eq(program_evaluate(program, &batch, results, &error), STATUS_OK);
    const int32_t *chosen = results[0].data;
    ck_assert_int_eq(chosen[0], 2);
    ck_assert_int_eq(chosen[1], -1);
    ck_assert_int_eq(chosen[2], 5);
    ck_assert_int_eq(truth(&results[1], 0), 0);
    ck_assert_int_eq(truth(&results[1], 1), 0);
    ck_assert_int_eq(truth(&results[1], 2), 1);
    program_destroy(&program);
}
END_TEST

/* CASE WHEN a < b THEN a ELSE b, with and without NULLs and constants, chosen vector by vector or row by row.
 */
START_TEST(cases_choose_row_by_row)
{
    enum { ROWS = 130 };
    const bool nulls = _i & 1;
    const bool constant = _i & 2;
    const bool lazily = _i & 4;
    const bool wide = _i & 8;
    Random random = {(uint64_t)_i};
    int32_t values[2][ROWS];
    uint64_t validity[2][3] = {{0}};
    Vector columns[2];

    for (uint32_t c = 0; c < 2; c++) {
        for (uint32_t row = 0; row < ROWS; row++) {
            values[c][row] = (int32_t)random_below(&random, 20);
            bits_put(validity[c], row, random_below(&random, 4) != 0);
        }
        columns[c] = int4_column(values[c], nulls ? validity[c] : NULL);
    }

    const Type type = type_of(wide ? TYPE_INT8 : TYPE_INT4);
    Expr *a = expr_column(arena, type_of(TYPE_INT4), 0);
    Expr *b = constant ? int4(7) : expr_column(arena, type_of(TYPE_INT4), 1);
    Expr *then = lazily ? call2("+", a, int4(0)) : a;
    Expr *arms[] = {call2("<", a, b), then, b};
    bool needed;
    const Function *cast = function_find_cast(type_of(TYPE_INT4), type_of(TYPE_INT8), CAST_EXPLICIT, &needed);
    for (uint32_t i = 1; wide && i < 3; i++)
        arms[i] = expr_call(arena, cast, type, 1, &arms[i]);

    const Expr *expr = form(EXPR_CASE, type, 3, arms);
    Program *program = new_program(&expr, 1);
    const Batch batch = {.rows = ROWS, .count = ROWS, .column_count = 2, .columns = columns};
    Vector result;
    Error error = {0};
    ck_assert_int_eq(program_evaluate(program, &batch, &result, &error), STATUS_OK);
    for (uint32_t row = 0; row < ROWS; row++) {
        const int32_t right = constant ? 7 : values[1][row];
        const bool left_null = vector_is_null(&columns[0], row);
        const bool right_null = !constant && vector_is_null(&columns[1], row);
        const bool takes = !left_null && !right_null && values[0][row] < right;
        const int64_t got = wide ? ((const int64_t *)result.data)[row] : ((const int32_t *)result.data)[row];
        ck_assert_int_eq(vector_is_null(&result, row), takes ? left_null : right_null);
        if (!vector_is_null(&result, row))
            ck_assert_int_eq(got, takes ? values[0][row] : right);
    }
    program_destroy(&program);
}
END_TEST

START_TEST(errors_carry_the_position_of_their_call)
{
    const int32_t values[] = {5, 0, 2};
    const uint32_t good[] = {0, 2};
    Vector column = int4_column(values, NULL);
    Batch batch = {.rows = 3, .count = 3, .column_count = 1, .columns = &column};
    Expr *quotient = call2("/", int4(10), expr_column(arena, type_of(TYPE_INT4), 0));
    const Expr *expr = call2("+", quotient, int4(1));
    Vector result;
    Error error = {0};

    quotient->position = 42;
    Program *program = new_program(&expr, 1);
    ck_assert_int_eq(program_evaluate(program, &batch, &result, &error), STATUS_DIVISION_BY_ZERO);
    ck_assert_str_eq(error.message, "division by zero");
    ck_assert_int_eq(error.sql_position, 42);

    error_clear(&error);
    batch.selection = good;
    batch.count = 2;
    ck_assert_int_eq(program_evaluate(program, &batch, &result, &error), STATUS_OK);
    ck_assert_int_eq(((const int32_t *)result.data)[0], 3);
    ck_assert_int_eq(((const int32_t *)result.data)[2], 6);
    program_destroy(&program);
}
END_TEST

START_TEST(null_rows_do_not_fail)
{
    const int32_t values[] = {5, 0};
    const uint64_t validity = 1;
    Vector column = int4_column(values, &validity);
    const Batch batch = {.rows = 2, .count = 2, .column_count = 1, .columns = &column};
    const Expr *expr = call2("/", int4(10), expr_column(arena, type_of(TYPE_INT4), 0));
    Program *program = new_program(&expr, 1);
    Vector result;
    Error error = {0};

    ck_assert_int_eq(program_evaluate(program, &batch, &result, &error), STATUS_OK);
    ck_assert(!vector_is_null(&result, 0));
    ck_assert(vector_is_null(&result, 1));
    program_destroy(&program);
}
END_TEST

START_TEST(coalesce_takes_the_first_value)
{
    const int32_t first[] = {1, 0, 0};
    const int32_t second[] = {0, 2, 0};
    const uint64_t first_validity = 1;
    const uint64_t second_validity = 2;
    Vector columns[] = {int4_column(first, &first_validity), int4_column(second, &second_validity)};
    const Batch batch = {.rows = 3, .count = 3, .column_count = 2, .columns = columns};
    Expr *b = expr_column(arena, type_of(TYPE_INT4), 1);
    /* 10 / b fails for row 0, where the first argument is there */
    Expr *arguments[] = {expr_column(arena, type_of(TYPE_INT4), 0), call2("/", int4(10), b)};
    Expr *all[] = {arguments[0], arguments[1], int4(7)};
    const Expr *expressions[] = {form(EXPR_COALESCE, type_of(TYPE_INT4), 2, arguments),
                                 form(EXPR_COALESCE, type_of(TYPE_INT4), 3, all)};
    Program *program = new_program(expressions, 2);
    Vector results[2];
    Error error = {0};

    ck_assert_int_eq(program_evaluate(program, &batch, results, &error), STATUS_OK);
    ck_assert_int_eq(((const int32_t *)results[0].data)[0], 1);
    ck_assert_int_eq(((const int32_t *)results[0].data)[1], 5);
    ck_assert(vector_is_null(&results[0], 2));
    ck_assert_int_eq(((const int32_t *)results[1].data)[2], 7);
    ck_assert(!vector_is_null(&results[1], 2));
    program_destroy(&program);
}
END_TEST

/* A dictionary of numbers as text, one of which is none; only rows that use it fail. */
START_TEST(dictionary_entries_fail_only_when_used)
{
    const StringView entries[] = {text("12"), text("x"), text("7"), text("")};
    Dictionary dictionary = {
        .id = dictionary_next_id(), .count = 3, .values = vector_flat(type_of(TYPE_TEXT), entries, NULL)};
    const uint32_t codes[] = {0, 2, 1, 0};
    const uint32_t good[] = {0, 1, 3};
    Vector column = {.type = type_of(TYPE_TEXT),
                     .form = VECTOR_DICTIONARY,
                     .layout = LAYOUT_VIEW,
                     .data = codes,
                     .dictionary = &dictionary};
    Batch batch = {.rows = 4, .count = 3, .selection = good, .column_count = 1, .columns = &column};
    Expr *argument = expr_column(arena, type_of(TYPE_TEXT), 0);
    bool needed;
    const Function *cast = function_find_cast(type_of(TYPE_TEXT), type_of(TYPE_INT4), CAST_EXPLICIT, &needed);
    const Expr *expr = expr_call(arena, cast, type_of(TYPE_INT4), 1, &argument);
    Program *program = new_program(&expr, 1);
    Vector result;
    Error error = {0};

    for (int round = 0; round < 2; round++) {
        ck_assert_int_eq(program_evaluate(program, &batch, &result, &error), STATUS_OK);
        for (uint32_t i = 0; i < 3; i++) {
            const int32_t value = ((const int32_t *)vector_values(&result))[vector_index(&result, good[i])];
            ck_assert_int_eq(value, codes[good[i]] == 0 ? 12 : 7);
        }
    }
    batch.selection = NULL;
    batch.count = 4;
    ck_assert_int_eq(program_evaluate(program, &batch, &result, &error), STATUS_INVALID_TEXT);
    program_destroy(&program);
}
END_TEST

START_TEST(dictionary_filters_and_results)
{
    const StringView entries[] = {text("apple"), text("a pear that is longer"), text("plum")};
    Dictionary dictionary = {
        .id = dictionary_next_id(), .count = 3, .values = vector_flat(type_of(TYPE_TEXT), entries, NULL)};
    const uint32_t codes[] = {0, 1, 2, 1, 0};
    const uint64_t validity = 0x17; /* row 3 is NULL */
    Vector column = {.type = type_of(TYPE_TEXT),
                     .form = VECTOR_DICTIONARY,
                     .layout = LAYOUT_VIEW,
                     .data = codes,
                     .validity = &validity,
                     .dictionary = &dictionary};
    const Batch batch = {.rows = 5, .count = 5, .column_count = 1, .columns = &column};
    const Expr *expr = call2("<>", expr_column(arena, type_of(TYPE_TEXT), 0), expr_text(arena, "plum"));
    Program *program = new_program(&expr, 1);
    uint32_t selection[5];
    uint32_t count;
    Vector result;
    Error error = {0};

    ck_assert_int_eq(program_filter(program, &batch, selection, &count, &error), STATUS_OK);
    ck_assert_uint_eq(count, 3);
    ck_assert_uint_eq(selection[0], 0);
    ck_assert_uint_eq(selection[1], 1);
    ck_assert_uint_eq(selection[2], 4);
    ck_assert_int_eq(program_evaluate(program, &batch, &result, &error), STATUS_OK);
    ck_assert_int_eq(result.form, VECTOR_DICTIONARY);
    ck_assert_int_eq(truth(&result, 2), 0);
    ck_assert_int_eq(truth(&result, 3), 2);
    program_destroy(&program);
}
END_TEST

START_TEST(constants_stay_constants)
{
    Vector column = vector_constant(arena, type_of(TYPE_INT4), &(int32_t){20});
    const Batch batch = {.rows = 100, .count = 100, .column_count = 1, .columns = &column};
    const Expr *expr = call2("*", expr_column(arena, type_of(TYPE_INT4), 0), int4(3));
    Program *program = new_program(&expr, 1);
    Vector result;
    Error error = {0};

    ck_assert_int_eq(program_evaluate(program, &batch, &result, &error), STATUS_OK);
    ck_assert_int_eq(result.form, VECTOR_CONSTANT);
    ck_assert_int_eq(*(const int32_t *)result.data, 60);
    program_destroy(&program);
}
END_TEST

/* IN over types and set sizes against a search through the list. */
START_TEST(membership_agrees_with_a_search)
{
    enum { ROWS = 500 };
    Random random = {7};
    int64_t values[ROWS];

    for (int round = 0; round < 40; round++) {
        const uint64_t range = round % 2 == 0 ? 50 : UINT64_MAX;
        const uint32_t items = 1 + (uint32_t)random_below(&random, 30);
        const bool null = round % 5 == 0;
        Expr *arguments[40] = {expr_column(arena, type_of(TYPE_INT8), 0)};
        int64_t list[32];
        for (uint32_t i = 0; i < items; i++) {
            list[i] = (int64_t)random_below(&random, range) - 10;
            arguments[i + 1] = expr_constant(arena, type_of(TYPE_INT8), &list[i]);
        }
        if (null)
            arguments[items + 1] = expr_null(arena, type_of(TYPE_INT8));
        for (uint32_t row = 0; row < ROWS; row++)
            values[row] = row % 3 == 0 ? list[row % items] : (int64_t)random_below(&random, range) - 10;

        Vector column = vector_flat(type_of(TYPE_INT8), values, NULL);
        const Batch batch = {.rows = ROWS, .count = ROWS, .column_count = 1, .columns = &column};
        const Expr *expr = form(EXPR_IN, type_of(TYPE_BOOL), items + 1 + null, arguments);
        Program *program = new_program(&expr, 1);
        Vector result;
        Error error = {0};
        ck_assert_int_eq(program_evaluate(program, &batch, &result, &error), STATUS_OK);
        for (uint32_t row = 0; row < ROWS; row++) {
            bool found = false;
            for (uint32_t i = 0; i < items; i++)
                found |= list[i] == values[row];
            ck_assert_int_eq(truth(&result, row), found ? 1 : null ? 2 : 0);
        }
        program_destroy(&program);
    }
}
END_TEST

START_TEST(membership_of_strings_and_doubles)
{
    const StringView words[] = {text("a"), text("a string of some length"), text("b"), text("")};
    const double numbers[] = {0.0, -0.0, 1.5, 2.0};
    const double zero = 0;
    const double half = 1.5;
    Vector columns[] = {vector_flat(type_of(TYPE_TEXT), words, NULL),
                        vector_flat(type_of(TYPE_FLOAT8), numbers, NULL)};
    const Batch batch = {.rows = 4, .count = 4, .column_count = 2, .columns = columns};
    Expr *in_words[] = {expr_column(arena, type_of(TYPE_TEXT), 0),
                        expr_text(arena, "a string of some length"), expr_text(arena, "")};
    Expr *in_numbers[] = {expr_column(arena, type_of(TYPE_FLOAT8), 1),
                          expr_constant(arena, type_of(TYPE_FLOAT8), &zero),
                          expr_constant(arena, type_of(TYPE_FLOAT8), &half)};
    const Expr *expressions[] = {form(EXPR_IN, type_of(TYPE_BOOL), 3, in_words),
                                 form(EXPR_IN, type_of(TYPE_BOOL), 3, in_numbers)};
    Program *program = new_program(expressions, 2);
    const int expected[2][4] = {{0, 1, 0, 1}, {1, 1, 1, 0}};
    Vector results[2];
    Error error = {0};

    ck_assert_int_eq(program_evaluate(program, &batch, results, &error), STATUS_OK);
    for (uint32_t row = 0; row < 4; row++) {
        ck_assert_int_eq(truth(&results[0], row), expected[0][row]);
        ck_assert_int_eq(truth(&results[1], row), expected[1][row]);
    }
    program_destroy(&program);
}
END_TEST

START_TEST(common_subexpressions_of_arms_are_not_used_outside)
{
    const int32_t values[] = {1, 2, 3, 4};
    Vector column = int4_column(values, NULL);
    const Batch batch = {.rows = 4, .count = 4, .column_count = 1, .columns = &column};
    Expr *a = expr_column(arena, type_of(TYPE_INT4), 0);
    Expr *twice = call2("*", a, int4(2));
    Expr *arms[] = {call2("<", a, int4(3)), twice, int4(0)};
    /* `twice` is first computed for two rows only, then needed for all */
    const Expr *expressions[] = {form(EXPR_CASE, type_of(TYPE_INT4), 3, arms), call2("+", twice, int4(1))};
    Program *program = new_program(expressions, 2);
    Vector results[2];
    Error error = {0};

    ck_assert_int_eq(program_evaluate(program, &batch, results, &error), STATUS_OK);
    for (uint32_t row = 0; row < 4; row++) {
        ck_assert_int_eq(((const int32_t *)results[0].data)[row], row < 2 ? values[row] * 2 : 0);
        ck_assert_int_eq(((const int32_t *)results[1].data)[row], values[row] * 2 + 1);
    }
    program_destroy(&program);
}
END_TEST

/* The same AND as a whole conjunct and within another: the first is filtered arm by arm and has no value. */
START_TEST(filters_share_no_conjunction)
{
    const int32_t values[] = {1, 2, 3, 4};
    Vector column = int4_column(values, NULL);
    const Batch batch = {.rows = 4, .count = 4, .column_count = 1, .columns = &column};
    Expr *a = expr_column(arena, type_of(TYPE_INT4), 0);
    Expr *both[] = {call2(">", a, int4(1)), call2("<", a, int4(4))};
    Expr *inside = form(EXPR_AND, type_of(TYPE_BOOL), 2, both);
    Expr *either[] = {inside, call2("=", a, int4(9))};
    const Expr *expressions[] = {inside, form(EXPR_OR, type_of(TYPE_BOOL), 2, either), inside};
    Program *program = new_program(expressions, 3);
    uint32_t selection[4];
    uint32_t count;
    Error error = {0};

    ck_assert_int_eq(program_filter(program, &batch, selection, &count, &error), STATUS_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(selection[0], 1);
    ck_assert_uint_eq(selection[1], 2);
    program_destroy(&program);
}
END_TEST

START_TEST(folding_gives_constants)
{
    const Expr *sum = call2("+", int4(40), int4(2));
    const Expr *zero = call2("/", int4(40), int4(0));
    Expr *constant;
    Error error = {0};

    ck_assert_int_eq(program_fold(arena, sum, &session, &constant, &error), STATUS_OK);
    ck_assert_int_eq(constant->kind, EXPR_CONSTANT);
    ck_assert_int_eq(*(const int32_t *)constant->value, 42);
    ck_assert_int_eq(program_fold(arena, zero, &session, &constant, &error), STATUS_DIVISION_BY_ZERO);
}
END_TEST

START_TEST(a_budget_bounds_registers)
{
    const int32_t values[] = {1};
    Vector column = int4_column(values, NULL);
    const Batch batch = {.rows = 1, .count = 1, .column_count = 1, .columns = &column};
    Expr *a = expr_column(arena, type_of(TYPE_INT4), 0);
    const Expr *expr = call2("+", a, int4(1));
    Program *program;
    Budget budget;
    Vector result;
    Error error = {0};

    budget_init(&budget, NULL, 1000);
    ck_assert_int_eq(program_new(&expr, 1, &session, &budget, &program, &error), STATUS_OK);
    ck_assert_int_eq(program_evaluate(program, &batch, &result, &error), STATUS_OUT_OF_MEMORY);
    program_destroy(&program);
    ck_assert_uint_eq(budget_used(&budget), 0);
}
END_TEST

START_TEST(an_empty_selection_runs_nothing)
{
    const int32_t values[] = {0};
    Vector column = int4_column(values, NULL);
    const Batch batch = {
        .rows = 1, .count = 0, .selection = (const uint32_t[]){0}, .column_count = 1, .columns = &column};
    const Expr *expressions[] = {call2("/", int4(1), int4(0)),
                                 call2("/", int4(1), expr_column(arena, type_of(TYPE_INT4), 0))};
    Program *program = new_program(expressions, 2);
    Vector results[2];
    Error error = {0};

    ck_assert_int_eq(program_evaluate(program, &batch, results, &error), STATUS_OK);
    program_destroy(&program);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("program");
    TCase *tests = tcase_create("program");
    SRunner *runner = srunner_create(suite);

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, connectives_are_three_valued, 0, 2);
    tcase_add_loop_test(tests, cases_choose_row_by_row, 0, 16);
    tcase_add_test(tests, lazy_arms_do_not_fail_for_other_rows);
    tcase_add_test(tests, errors_carry_the_position_of_their_call);
    tcase_add_test(tests, null_rows_do_not_fail);
    tcase_add_test(tests, coalesce_takes_the_first_value);
    tcase_add_test(tests, dictionary_entries_fail_only_when_used);
    tcase_add_test(tests, dictionary_filters_and_results);
    tcase_add_test(tests, constants_stay_constants);
    tcase_add_test(tests, membership_agrees_with_a_search);
    tcase_add_test(tests, membership_of_strings_and_doubles);
    tcase_add_test(tests, common_subexpressions_of_arms_are_not_used_outside);
    tcase_add_test(tests, filters_share_no_conjunction);
    tcase_add_test(tests, folding_gives_constants);
    tcase_add_test(tests, a_budget_bounds_registers);
    tcase_add_test(tests, an_empty_selection_runs_nothing);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
