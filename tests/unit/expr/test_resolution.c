/* What calls resolve to, casts by context and common types: as PostgreSQL 15 answers. */
#include "expr/function.h"
#include "expr/program.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* numeric literals as the parser gives them: 1.5 */
#define LITERAL type_numeric(2, 1)
#define NONE    TYPE_COUNT

typedef struct Case {
    const char *name;
    TypeId left;
    TypeId right; /* NONE: one argument */
    TypeId result;
    TypeId left_cast;
    TypeId right_cast;
} Case;

static const Case cases[] = {
    {"+", TYPE_INT2, TYPE_INT2, TYPE_INT2, TYPE_INT2, TYPE_INT2},
    {"+", TYPE_INT2, TYPE_INT4, TYPE_INT4, TYPE_INT4, TYPE_INT4},
    {"+", TYPE_INT4, TYPE_INT8, TYPE_INT8, TYPE_INT8, TYPE_INT8},
    {"+", TYPE_FLOAT4, TYPE_INT4, TYPE_FLOAT8, TYPE_FLOAT4, TYPE_FLOAT8},
    {"+", TYPE_FLOAT4, TYPE_NUMERIC, TYPE_FLOAT8, TYPE_FLOAT4, TYPE_FLOAT8},
    {"*", TYPE_FLOAT4, TYPE_FLOAT8, TYPE_FLOAT8, TYPE_FLOAT4, TYPE_FLOAT8},
    {"*", TYPE_INT8, TYPE_NUMERIC, TYPE_NUMERIC, TYPE_NUMERIC, TYPE_NUMERIC},
    {"+", TYPE_INT4, TYPE_UNKNOWN, TYPE_INT4, TYPE_INT4, TYPE_INT4},
    {"=", TYPE_DATE, TYPE_UNKNOWN, TYPE_BOOL, TYPE_DATE, TYPE_DATE},
    {"=", TYPE_DATE, TYPE_TIMESTAMP, TYPE_BOOL, TYPE_TIMESTAMP, TYPE_TIMESTAMP},
    {"<", TYPE_TIMESTAMP, TYPE_TIMESTAMPTZ, TYPE_BOOL, TYPE_TIMESTAMPTZ, TYPE_TIMESTAMPTZ},
    {"=", TYPE_VARCHAR, TYPE_TEXT, TYPE_BOOL, TYPE_TEXT, TYPE_TEXT},
    {"=", TYPE_VARCHAR, TYPE_VARCHAR, TYPE_BOOL, TYPE_TEXT, TYPE_TEXT},
    {"=", TYPE_VARCHAR, TYPE_UNKNOWN, TYPE_BOOL, TYPE_TEXT, TYPE_TEXT},
    {"=", TYPE_BPCHAR, TYPE_UNKNOWN, TYPE_BOOL, TYPE_BPCHAR, TYPE_BPCHAR},
    {"=", TYPE_UNKNOWN, TYPE_UNKNOWN, TYPE_BOOL, TYPE_TEXT, TYPE_TEXT},
    {"=", TYPE_INT8, TYPE_FLOAT4, TYPE_BOOL, TYPE_FLOAT8, TYPE_FLOAT4},
    {"<<", TYPE_INT8, TYPE_INT4, TYPE_INT8, TYPE_INT8, TYPE_INT4},
    {"abs", TYPE_UNKNOWN, NONE, TYPE_FLOAT8, TYPE_FLOAT8, NONE},
    {"abs", TYPE_INT2, NONE, TYPE_INT2, TYPE_INT2, NONE},
    {"-", TYPE_NUMERIC, NONE, TYPE_NUMERIC, TYPE_NUMERIC, NONE},
    {"is_null", TYPE_DATE, NONE, TYPE_BOOL, TYPE_DATE, NONE},
    {"greatest", TYPE_INT2, TYPE_INT8, TYPE_INT8, TYPE_INT8, TYPE_INT8},
};

static Type
argument(TypeId id)
{
    return id == TYPE_NUMERIC ? LITERAL : type_of(id);
}

START_TEST(calls_resolve_as_in_postgresql)
{
    const Case *c = &cases[_i];
    const uint32_t count = c->right == NONE ? 1 : 2;
    Type arguments[2] = {argument(c->left), c->right == NONE ? LITERAL : argument(c->right)};
    Type result;
    const Function *function;
    Error error = {0};

    ck_assert_msg(function_resolve(c->name, count, arguments, &function, &result, &error) == STATUS_OK, "%s",
                  error.message);
    ck_assert_str_eq(type_name(result.id), type_name(c->result));
    ck_assert_str_eq(type_name(arguments[0].id), type_name(c->left_cast));
    if (count == 2)
        ck_assert_str_eq(type_name(arguments[1].id), type_name(c->right_cast));
}
END_TEST

typedef struct Failure {
    const char *name;
    TypeId left;
    TypeId right;
    Status status;
    const char *message;
    const char *hint;
} Failure;

static const Failure failures[] = {
    {"+", TYPE_TEXT, TYPE_INT4, STATUS_UNDEFINED_FUNCTION, "operator does not exist: text + integer",
     "No operator matches the given name and argument types. You might need to add explicit type casts."},
    {"=", TYPE_INT4, TYPE_TEXT, STATUS_UNDEFINED_FUNCTION, "operator does not exist: integer = text",
     "No operator matches the given name and argument types. You might need to add explicit type casts."},
    {"=", TYPE_INT4, TYPE_BOOL, STATUS_UNDEFINED_FUNCTION, "operator does not exist: integer = boolean",
     "No operator matches the given name and argument types. You might need to add explicit type casts."},
    {"&", TYPE_UNKNOWN, TYPE_UNKNOWN, STATUS_AMBIGUOUS_FUNCTION, "operator is not unique: unknown & unknown",
     "Could not choose a best candidate operator. You might need to add explicit type casts."},
    {"-", TYPE_TEXT, NONE, STATUS_UNDEFINED_FUNCTION, "operator does not exist: - text",
     "No operator matches the given name and argument type. You might need to add an explicit type cast."},
    {"abs", TYPE_TEXT, NONE, STATUS_UNDEFINED_FUNCTION, "function abs(text) does not exist",
     "No function matches the given name and argument types. You might need to add explicit type casts."},
};

START_TEST(failures_speak_as_in_postgresql)
{
    const Failure *f = &failures[_i];
    Type arguments[2] = {type_of(f->left), type_of(f->right == NONE ? TYPE_INT4 : f->right)};
    Type result;
    const Function *function;
    Error error = {0};

    ck_assert_int_eq(
        function_resolve(f->name, f->right == NONE ? 1 : 2, arguments, &function, &result, &error),
        f->status);
    ck_assert_str_eq(error.message, f->message);
    ck_assert_str_eq(error.hint, f->hint);
}
END_TEST

static Type
resolve_numeric(const char *name, Type left, Type right, Type *casts)
{
    Type result;
    const Function *function;
    Error error = {0};

    casts[0] = left;
    casts[1] = right;
    ck_assert_int_eq(function_resolve(name, 2, casts, &function, &result, &error), STATUS_OK);
    return result;
}

START_TEST(numeric_digits_are_exact)
{
    const Type price = type_numeric(15, 2);
    Type casts[2];

    ck_assert(type_equal(resolve_numeric("+", price, type_numeric(4, 3), casts), type_numeric(17, 3)));
    ck_assert(type_equal(casts[0], type_numeric(17, 3)));
    ck_assert(type_equal(resolve_numeric("-", type_of(TYPE_INT4), price, casts), type_numeric(16, 2)));
    ck_assert(type_equal(resolve_numeric("*", price, price, casts), type_numeric(30, 4)));
    ck_assert(type_equal(casts[0], price));
    ck_assert(type_equal(resolve_numeric("*", type_numeric(30, 4), price, casts), type_numeric(38, 6)));
    ck_assert(type_equal(resolve_numeric("/", price, price, casts), type_numeric(38, 16)));
    ck_assert(type_equal(resolve_numeric("/", type_numeric(30, 20), price, casts), type_numeric(38, 20)));
    ck_assert(type_equal(resolve_numeric("%", price, type_numeric(3, 0), casts), type_numeric(15, 2)));
    resolve_numeric("<", price, type_numeric(2, 2), casts);
    ck_assert(type_equal(casts[0], price));
    ck_assert(type_equal(casts[1], price));
}
END_TEST

START_TEST(casts_by_context)
{
    const Type int4 = type_of(TYPE_INT4);
    const Type int8 = type_of(TYPE_INT8);
    const Type text = type_of(TYPE_TEXT);
    Type short_text = type_of(TYPE_VARCHAR);
    bool needed;

    short_text.length = 3;
    ck_assert_ptr_nonnull(function_find_cast(int4, int8, CAST_IMPLICIT, &needed));
    ck_assert(needed);
    ck_assert_ptr_null(function_find_cast(int8, int4, CAST_IMPLICIT, &needed));
    ck_assert_ptr_nonnull(function_find_cast(int8, int4, CAST_ASSIGNMENT, &needed));
    ck_assert_ptr_null(function_find_cast(int4, text, CAST_IMPLICIT, &needed));
    ck_assert_ptr_nonnull(function_find_cast(int4, text, CAST_ASSIGNMENT, &needed));
    ck_assert_ptr_null(function_find_cast(text, int4, CAST_ASSIGNMENT, &needed));
    ck_assert_ptr_nonnull(function_find_cast(text, int4, CAST_EXPLICIT, &needed));
    ck_assert_ptr_nonnull(function_find_cast(type_of(TYPE_UNKNOWN), int4, CAST_IMPLICIT, &needed));
    ck_assert_ptr_null(function_find_cast(type_of(TYPE_BOOL), int8, CAST_EXPLICIT, &needed));
    ck_assert_ptr_null(function_find_cast(type_of(TYPE_BOOL), int4, CAST_ASSIGNMENT, &needed));
    function_find_cast(short_text, text, CAST_IMPLICIT, &needed);
    ck_assert(!needed);
    function_find_cast(type_of(TYPE_INT2), int4, CAST_IMPLICIT, &needed);
    ck_assert(!needed);
    function_find_cast(type_numeric(10, 2), type_numeric(12, 2), CAST_IMPLICIT, &needed);
    ck_assert(!needed);
    function_find_cast(type_of(TYPE_INT2), int4, CAST_EXPLICIT, &needed);
    ck_assert(needed);
    function_find_cast(type_of(TYPE_FLOAT4), type_of(TYPE_FLOAT8), CAST_IMPLICIT, &needed);
    ck_assert(needed);
    function_find_cast(type_numeric(10, 2), type_numeric(20, 2), CAST_IMPLICIT, &needed);
    ck_assert(needed);
    ck_assert_ptr_ne(function_find_cast(text, short_text, CAST_EXPLICIT, &needed),
                     function_find_cast(text, short_text, CAST_ASSIGNMENT, &needed));
    ck_assert(needed);
}
END_TEST

START_TEST(common_types)
{
    const Type numbers[] = {type_of(TYPE_INT2), type_numeric(2, 1), type_of(TYPE_FLOAT4)};
    const Type scales[] = {type_numeric(10, 2), type_numeric(6, 4), type_of(TYPE_INT4)};
    const Type literals[] = {type_of(TYPE_UNKNOWN), type_of(TYPE_UNKNOWN)};
    const Type dates[] = {type_of(TYPE_UNKNOWN), type_of(TYPE_DATE), type_of(TYPE_TIMESTAMPTZ)};
    const Type clash[] = {type_of(TYPE_INT4), type_of(TYPE_TEXT)};
    Type common;

    ck_assert(function_common_type(3, numbers, &common));
    ck_assert_int_eq(common.id, TYPE_FLOAT4);
    ck_assert(function_common_type(3, scales, &common));
    ck_assert(type_equal(common, type_numeric(14, 4)));
    ck_assert(function_common_type(2, literals, &common));
    ck_assert_int_eq(common.id, TYPE_TEXT);
    ck_assert(function_common_type(3, dates, &common));
    ck_assert_int_eq(common.id, TYPE_TIMESTAMPTZ);
    ck_assert(!function_common_type(2, clash, &common));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("resolution");
    TCase *tests = tcase_create("resolution");
    SRunner *runner = srunner_create(suite);

    tcase_add_loop_test(tests, calls_resolve_as_in_postgresql, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_loop_test(tests, failures_speak_as_in_postgresql, 0,
                        (int)(sizeof failures / sizeof failures[0]));
    tcase_add_test(tests, numeric_digits_are_exact);
    tcase_add_test(tests, casts_by_context);
    tcase_add_test(tests, common_types);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
