/* The registry: indices, names, and PostgreSQL's resolution of calls, casts and common types. */
#include "expr/registry.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(indices_round_trip)
{
    ck_assert_uint_gt(function_count(), 0);
    for (uint32_t i = 0; i < function_count(); i++)
        ck_assert_uint_eq(function_index(function_at(i)), i);
    ck_assert_ptr_null(function_at(function_count()));
}
END_TEST

START_TEST(every_row_is_complete)
{
    for (uint32_t i = 0; i < function_count(); i++) {
        const Function *row = function_at(i);
        uint32_t named;
        ck_assert_ptr_nonnull(row->name);
        ck_assert_ptr_nonnull(row->kernel);
        ck_assert_ptr_nonnull(row->description);
        ck_assert_uint_le(row->argument_count, FUNCTION_ARGUMENTS_MAX);
        ck_assert(function_name_exists(row->name));
        registry_named(row->name, &named);
        if (strcmp(row->name, REGISTRY_CAST) != 0)
            ck_assert_msg(named <= 256, "resolution holds 256 candidates, %s has %u rows", row->name, named);
    }
}
END_TEST

START_TEST(names_find_their_rows)
{
    uint32_t count;

    registry_named("no_such_function", &count);
    ck_assert_uint_eq(count, 0);
    const Function *const *rows = registry_named("not", &count);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(rows[0]->name, "not");
}
END_TEST

START_TEST(unknown_functions_say_so)
{
    Type arguments[] = {type_of(TYPE_INT4)};
    Type result;
    const Function *function;
    Error error = {0};

    ck_assert_int_eq(function_resolve("foo", 1, arguments, &function, &result, &error),
                     STATUS_UNDEFINED_FUNCTION);
    ck_assert_str_eq(error.message, "function foo(integer) does not exist");
    ck_assert_str_eq(error.hint,
                     "No function matches the given name and argument types. You might need to add "
                     "explicit type casts.");
}
END_TEST

START_TEST(polymorphic_functions_take_the_common_type)
{
    Type arguments[] = {type_of(TYPE_UNKNOWN), type_of(TYPE_DATE)};
    Type result;
    const Function *function;
    Error error = {0};

    ck_assert_int_eq(function_resolve("nullif", 2, arguments, &function, &result, &error), STATUS_OK);
    ck_assert_int_eq(result.id, TYPE_DATE);
    ck_assert_int_eq(arguments[0].id, TYPE_DATE);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("registry");
    TCase *tests = tcase_create("registry");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(tests, indices_round_trip);
    tcase_add_test(tests, every_row_is_complete);
    tcase_add_test(tests, names_find_their_rows);
    tcase_add_test(tests, unknown_functions_say_so);
    tcase_add_test(tests, polymorphic_functions_take_the_common_type);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
