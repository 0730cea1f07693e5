/* Casts, from text to text through the types in between, with PostgreSQL 15's results and errors; then the
 * plain loops of casts against their definition. */
#include "base/random.h"
#include "expr/function.h"
#include "expr/program.h"
#include "expr/text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const Session berlin = {.time_zone = "Europe/Berlin"};

/* clang-format off */
#define PLAIN(name)     {.id = TYPE_##name, .length = TYPE_NO_LENGTH}
#define NUMERIC(p, s)   {.id = TYPE_NUMERIC, .precision = p, .scale = s, .length = TYPE_NO_LENGTH}
#define LENGTH(name, n) {.id = TYPE_##name, .length = n}
/* clang-format on */

typedef struct Case {
    const char *text;
    Type from;
    Type to;
    const char *expected; /* NULL: an error with */
    Status status;
    const char *message;
} Case;

static const Case cases[] = {
    {"2.5", NUMERIC(2, 1), PLAIN(INT4), "3", 0, NULL},
    {"-2.5", NUMERIC(2, 1), PLAIN(INT4), "-3", 0, NULL},
    {"2.5", PLAIN(FLOAT8), PLAIN(INT4), "2", 0, NULL},
    {"3.5", PLAIN(FLOAT8), PLAIN(INT8), "4", 0, NULL},
    {"-2.5", PLAIN(FLOAT4), PLAIN(INT2), "-2", 0, NULL},
    {"32768", PLAIN(INT4), PLAIN(INT2), NULL, STATUS_NUMERIC_RANGE, "smallint out of range"},
    {"3000000000", PLAIN(INT8), PLAIN(INT4), NULL, STATUS_NUMERIC_RANGE, "integer out of range"},
    {"NaN", PLAIN(FLOAT8), PLAIN(INT4), NULL, STATUS_NUMERIC_RANGE, "integer out of range"},
    {"9.3e18", PLAIN(FLOAT8), PLAIN(INT8), NULL, STATUS_NUMERIC_RANGE, "bigint out of range"},
    {"1e40", PLAIN(FLOAT8), PLAIN(FLOAT4), NULL, STATUS_NUMERIC_RANGE, "value out of range: overflow"},
    {"1e-50", PLAIN(FLOAT8), PLAIN(FLOAT4), NULL, STATUS_NUMERIC_RANGE, "value out of range: underflow"},
    {"0.1", PLAIN(FLOAT4), PLAIN(FLOAT8), "0.10000000149011612", 0, NULL},
    {"1e15", PLAIN(FLOAT8), NUMERIC(20, 0), "1000000000000000", 0, NULL},
    {"0.1", PLAIN(FLOAT4), NUMERIC(10, 8), "0.10000000", 0, NULL},
    {"123456789.123456789", PLAIN(FLOAT8), NUMERIC(20, 9), "123456789.123457000", 0, NULL},
    {"1.005", PLAIN(FLOAT8), NUMERIC(10, 2), "1.01", 0, NULL},
    {"99999.5", NUMERIC(6, 1), NUMERIC(5, 0), NULL, STATUS_NUMERIC_RANGE, "numeric field overflow"},
    {"1.5", NUMERIC(2, 1), NUMERIC(2, 2), NULL, STATUS_NUMERIC_RANGE, "numeric field overflow"},
    {"-1.25", NUMERIC(3, 2), NUMERIC(3, 1), "-1.3", 0, NULL},
    {"12345678901234567890.5", NUMERIC(21, 1), NUMERIC(38, 10), "12345678901234567890.5000000000", 0, NULL},
    {"12345678901234567890.5", NUMERIC(21, 1), PLAIN(FLOAT8), "1.2345678901234567e+19", 0, NULL},
    {"0.3", NUMERIC(2, 1), PLAIN(FLOAT8), "0.3", 0, NULL},
    {"7", PLAIN(INT2), NUMERIC(5, 2), "7.00", 0, NULL},
    {"-9223372036854775808", PLAIN(INT8), NUMERIC(38, 2), "-9223372036854775808.00", 0, NULL},
    {"1000", PLAIN(INT4), NUMERIC(5, 2), NULL, STATUS_NUMERIC_RANGE, "numeric field overflow"},
    {"t", PLAIN(BOOL), PLAIN(INT4), "1", 0, NULL},
    {"-7", PLAIN(INT4), PLAIN(BOOL), "true", 0, NULL},
    {"1.50", NUMERIC(3, 2), PLAIN(TEXT), "1.50", 0, NULL},
    {"abcdef", PLAIN(TEXT), LENGTH(VARCHAR, 3), "abc", 0, NULL},
    {"h\xc3\xa4\xc3\x9flich", PLAIN(TEXT), LENGTH(VARCHAR, 2), "h\xc3\xa4", 0, NULL},
    {"12345", PLAIN(INT4), LENGTH(VARCHAR, 2), "12", 0, NULL},
    {"ab   ", PLAIN(TEXT), LENGTH(BPCHAR, 4), "ab", 0, NULL},
    {"a string of more than twelve bytes", PLAIN(TEXT), LENGTH(VARCHAR, 20), "a string of more tha", 0, NULL},
    {"x", PLAIN(TEXT), PLAIN(INT4), NULL, STATUS_INVALID_TEXT,
     "invalid input syntax for type integer: \"x\""},
    {"2024-07-01", PLAIN(DATE), PLAIN(TIMESTAMP), "2024-07-01 00:00:00", 0, NULL},
    {"2024-07-01", PLAIN(DATE), PLAIN(TIMESTAMPTZ), "2024-07-01 00:00:00+02", 0, NULL},
    {"infinity", PLAIN(DATE), PLAIN(TIMESTAMP), "infinity", 0, NULL},
    {"294277-01-01", PLAIN(DATE), PLAIN(TIMESTAMP), NULL, STATUS_DATETIME_OVERFLOW,
     "date out of range for timestamp"},
    {"1999-12-31 23:59:59.5", PLAIN(TIMESTAMP), PLAIN(DATE), "1999-12-31", 0, NULL},
    {"1999-12-31 23:59:59.5", PLAIN(TIMESTAMP), PLAIN(TIME), "23:59:59.5", 0, NULL},
    {"2024-01-15 12:00:00", PLAIN(TIMESTAMP), PLAIN(TIMESTAMPTZ), "2024-01-15 12:00:00+01", 0, NULL},
    {"2024-06-30 22:30:00+00", PLAIN(TIMESTAMPTZ), PLAIN(TIMESTAMP), "2024-07-01 00:30:00", 0, NULL},
    {"2024-06-30 22:30:00+00", PLAIN(TIMESTAMPTZ), PLAIN(DATE), "2024-07-01", 0, NULL},
    {"2024-06-30 22:30:00+00", PLAIN(TIMESTAMPTZ), PLAIN(TIME), "00:30:00", 0, NULL},
    {"01:02:03", PLAIN(TIME), PLAIN(INTERVAL), "01:02:03", 0, NULL},
    {"-1 hours", PLAIN(INTERVAL), PLAIN(TIME), "23:00:00", 0, NULL},
};

static Expr *
cast_to(Arena *arena, Expr *expr, Type type, CastContext context)
{
    bool needed;
    const Function *cast = function_find_cast(expr->type, type, context, &needed);

    if (!needed)
        return expr;
    ck_assert_ptr_nonnull(cast);
    return expr_call(arena, cast, type, 1, &expr);
}

START_TEST(casts_give_what_postgresql_gives)
{
    const Case *c = &cases[_i];
    Arena *arena = arena_new(NULL);
    Type from = c->from;
    Expr *expr = cast_to(arena, expr_text(arena, c->text), from, CAST_EXPLICIT);
    Expr *result;
    Error error = {0};

    expr = cast_to(arena, expr, c->to, CAST_EXPLICIT);
    if (c->expected != NULL)
        expr = cast_to(arena, expr, type_of(TYPE_TEXT), CAST_EXPLICIT);
    const Status status = program_fold(arena, expr, &berlin, &result, &error);
    ck_assert_msg(status == c->status, "%s: %s", c->text, error.message);
    if (c->expected == NULL) {
        ck_assert_str_eq(error.message, c->message);
    } else {
        const StringView *view = result->value;
        ck_assert_str_eq(arena_copy_bytes(arena, string_view_data(view), view->size), c->expected);
    }
    arena_destroy(&arena);
}
END_TEST

static Status
assign(Arena *arena, const char *text, Type to, Expr **result, Error *error)
{
    return program_fold(arena, cast_to(arena, expr_text(arena, text), to, CAST_ASSIGNMENT), &berlin, result,
                        error);
}

START_TEST(assignment_refuses_what_is_too_long)
{
    const Type three = LENGTH(VARCHAR, 3);
    const Type blanks = LENGTH(BPCHAR, 3);
    Arena *arena = arena_new(NULL);
    Expr *result;
    Error error = {0};

    ck_assert_int_eq(assign(arena, "abc  ", three, &result, &error), STATUS_OK);
    ck_assert_uint_eq(((const StringView *)result->value)->size, 3);
    ck_assert_int_eq(assign(arena, "ab   ", blanks, &result, &error), STATUS_OK);
    ck_assert_uint_eq(((const StringView *)result->value)->size, 2);
    ck_assert_int_eq(assign(arena, "abcd", three, &result, &error), STATUS_STRING_TRUNCATION);
    ck_assert_str_eq(error.message, "value too long for type character varying(3)");
    error_clear(&error);
    ck_assert_int_eq(assign(arena, "abcd", blanks, &result, &error), STATUS_STRING_TRUNCATION);
    ck_assert_str_eq(error.message, "value too long for type character(3)");
    arena_destroy(&arena);
}
END_TEST

/* Scaling up in the plain loops, by layouts, against multiplication. */
START_TEST(numeric_scaling_of_columns)
{
    enum { ROWS = 200 };
    static const Type targets[] = {NUMERIC(15, 2), NUMERIC(18, 6), NUMERIC(30, 2), NUMERIC(38, 12)};
    Arena *arena = arena_new(NULL);
    Random random = {5};
    int64_t values[ROWS];

    for (uint32_t row = 0; row < ROWS; row++)
        values[row] = (int64_t)random_below(&random, 2000000) - 1000000;
    for (size_t t = 0; t < sizeof targets / sizeof targets[0]; t++) {
        Vector column = vector_flat(type_numeric(12, 1), values, NULL);
        const Batch batch = {.rows = ROWS, .count = ROWS, .column_count = 1, .columns = &column};
        const Expr *expr = cast_to(arena, expr_column(arena, column.type, 0), targets[t], CAST_EXPLICIT);
        Program *program;
        Vector result;
        Error error = {0};
        Int128 factor = 1;
        for (int i = 1; i < targets[t].scale; i++)
            factor *= 10;
        ck_assert_int_eq(program_new(&expr, 1, &berlin, NULL, &program, &error), STATUS_OK);
        ck_assert_int_eq(program_evaluate(program, &batch, &result, &error), STATUS_OK);
        for (uint32_t row = 0; row < ROWS; row++) {
            const Int128 got = result.layout == LAYOUT_I64 ? ((const int64_t *)result.data)[row]
                                                           : ((const Int128 *)result.data)[row];
            ck_assert(got == values[row] * factor);
        }
        program_destroy(&program);
    }
    arena_destroy(&arena);
}
END_TEST

START_TEST(an_infinite_timestamp_has_no_time)
{
    Arena *arena = arena_new(NULL);
    Expr *stamp = cast_to(arena, expr_text(arena, "infinity"), type_of(TYPE_TIMESTAMP), CAST_EXPLICIT);
    Expr *result;
    Error error = {0};

    ck_assert_int_eq(program_fold(arena, cast_to(arena, stamp, type_of(TYPE_TIME), CAST_EXPLICIT), &berlin,
                                  &result, &error),
                     STATUS_OK);
    ck_assert_ptr_null(result->value);
    arena_destroy(&arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("casts");
    TCase *tests = tcase_create("casts");
    SRunner *runner = srunner_create(suite);

    tcase_add_loop_test(tests, casts_give_what_postgresql_gives, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(tests, assignment_refuses_what_is_too_long);
    tcase_add_test(tests, numeric_scaling_of_columns);
    tcase_add_test(tests, an_infinite_timestamp_has_no_time);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
