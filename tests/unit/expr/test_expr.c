/* Expression trees: equality, copies, substitution, and how they read. */
#include "expr/expr.h"
#include "expr/function.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static Arena *arena;

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

static Expr *
call(const char *name, uint32_t count, Expr *const *arguments)
{
    Type types[2];
    Type result;
    const Function *function;
    Error error = {0};

    for (uint32_t i = 0; i < count; i++)
        types[i] = arguments[i]->type;
    ck_assert_msg(function_resolve(name, count, types, &function, &result, &error) == STATUS_OK, "%s",
                  error.message);
    return expr_call(arena, function, result, count, arguments);
}

static Expr *
call1(const char *name, Expr *a)
{
    return call(name, 1, &a);
}

static Expr *
call2(const char *name, Expr *a, Expr *b)
{
    Expr *arguments[] = {a, b};

    return call(name, 2, arguments);
}

static Expr *
column(uint32_t index)
{
    return expr_column(arena, type_of(TYPE_INT4), index);
}

static Expr *
int4(int32_t value)
{
    return expr_constant(arena, type_of(TYPE_INT4), &value);
}

static void
check_format(const Expr *expr, const char *expected)
{
    static const char *const names[] = {"a", "b", "s"};
    Buffer out;

    buffer_init(&out);
    expr_format(expr, names, &out);
    ck_assert_str_eq(buffer_text(&out), expected);
    buffer_destroy(&out);
}

START_TEST(operators_are_written_between_with_few_parentheses)
{
    Expr *a = column(0);
    Expr *b = column(1);

    check_format(call2("*", call2("+", a, b), int4(2)), "(a + b) * 2");
    check_format(call2("+", call2("*", a, b), int4(2)), "a * b + 2");
    check_format(call2("-", a, call2("-", b, int4(1))), "a - (b - 1)");
    check_format(call2("-", call2("-", a, b), int4(1)), "a - b - 1");
    check_format(call2("<=", a, call2("+", b, int4(1))), "a <= b + 1");
    check_format(call1("-", a), "-a");
    check_format(call1("abs", call2("-", a, b)), "abs(a - b)");
    check_format(call1("is_null", call2("=", a, b)), "a = b IS NULL");
}
END_TEST

START_TEST(logic_reads_as_sql)
{
    Expr *a = column(0);
    Expr *b = column(1);
    Expr *either[] = {call2("=", a, int4(1)), call2("=", b, int4(2))};
    Expr *disjunction = expr_form(arena, EXPR_OR, type_of(TYPE_BOOL), 2, either);
    Expr *both[] = {disjunction, call1("is_not_null", a)};
    Expr *conjunction = expr_conjunction(arena, 2, both);
    Expr *in[] = {a, int4(1), int4(2)};
    Expr *arms[] = {either[0], b, int4(0)};

    check_format(conjunction, "(a = 1 OR b = 2) AND a IS NOT NULL");
    check_format(call1("not", conjunction), "NOT ((a = 1 OR b = 2) AND a IS NOT NULL)");
    check_format(expr_form(arena, EXPR_IN, type_of(TYPE_BOOL), 3, in), "a IN (1, 2)");
    check_format(expr_form(arena, EXPR_CASE, type_of(TYPE_INT4), 3, arms),
                 "CASE WHEN a = 1 THEN b ELSE 0 END");
    check_format(expr_form(arena, EXPR_COALESCE, type_of(TYPE_INT4), 2, in), "COALESCE(a, 1)");
}
END_TEST

START_TEST(constants_and_casts_read_as_sql)
{
    bool needed;
    const Type numeric = type_numeric(10, 2);
    const Function *cast = function_find_cast(type_of(TYPE_INT4), numeric, CAST_EXPLICIT, &needed);
    Expr *a = column(0);
    const int32_t date = 9132;

    check_format(expr_text(arena, "it's"), "'it''s'");
    check_format(expr_null(arena, type_of(TYPE_INT4)), "NULL");
    check_format(expr_bool(arena, true), "true");
    check_format(expr_constant(arena, type_of(TYPE_DATE), &date), "'2025-01-01'::date");
    check_format(expr_call(arena, cast, numeric, 1, &a), "a::numeric(10,2)");
    Expr *sum = call2("+", a, int4(1));
    check_format(expr_call(arena, cast, numeric, 1, &sum), "(a + 1)::numeric(10,2)");
}
END_TEST

START_TEST(equality_is_of_structure)
{
    Expr *one = call2("+", column(0), int4(1));
    Expr *same = call2("+", column(0), int4(1));

    same->position = 7;
    ck_assert(expr_equal(one, same));
    ck_assert(!expr_equal(one, call2("+", column(1), int4(1))));
    ck_assert(!expr_equal(one, call2("+", column(0), int4(2))));
    ck_assert(!expr_equal(one, call2("-", column(0), int4(1))));
    ck_assert(!expr_equal(expr_null(arena, type_of(TYPE_INT4)), int4(0)));
    ck_assert(
        expr_equal(expr_text(arena, "a text of some length"), expr_text(arena, "a text of some length")));
}
END_TEST

static void
add_ten(Expr *reference, void *context)
{
    reference->column += 10;
    ++*(int *)context;
}

START_TEST(copies_are_private)
{
    Expr *original = call2("+", column(0), column(1));
    Expr *copy = expr_copy(arena, original);
    int visited = 0;

    expr_visit_columns(copy, add_ten, &visited);
    ck_assert_int_eq(visited, 2);
    ck_assert_uint_eq(original->arguments[1]->column, 1);
    ck_assert_uint_eq(copy->arguments[1]->column, 11);
}
END_TEST

START_TEST(columns_are_substituted)
{
    Expr *replacements[] = {int4(5), call2("*", column(0), int4(2))};

    check_format(expr_substitute(arena, call2("+", column(0), column(1)), replacements), "5 + a * 2");
}
END_TEST

START_TEST(what_can_fail_is_known)
{
    ck_assert(expr_can_fail(call2("/", column(0), column(1))));
    ck_assert(expr_can_fail(call2("=", call2("/", column(0), column(1)), int4(1))));
    ck_assert(!expr_can_fail(call2("=", column(0), column(1))));
    ck_assert(!expr_is_volatile(call2("/", column(0), column(1))));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("expr");
    TCase *tests = tcase_create("expr");
    SRunner *runner = srunner_create(suite);

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, operators_are_written_between_with_few_parentheses);
    tcase_add_test(tests, logic_reads_as_sql);
    tcase_add_test(tests, constants_and_casts_read_as_sql);
    tcase_add_test(tests, equality_is_of_structure);
    tcase_add_test(tests, copies_are_private);
    tcase_add_test(tests, columns_are_substituted);
    tcase_add_test(tests, what_can_fail_is_known);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
