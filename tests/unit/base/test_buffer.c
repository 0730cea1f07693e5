/* Buffer: growth, limit, failure that is checked once. */
#include "base/buffer.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(grows_and_gives_its_text)
{
    Buffer buffer = {0};

    ck_assert_str_eq(buffer_text(&buffer), "");
    for (int i = 0; i < 1000; i++)
        buffer_append_format(&buffer, "%d,", i);
    buffer_append_char(&buffer, '!');
    ck_assert_uint_eq(buffer.size, 10 * 2 + 90 * 3 + 900 * 4 + 1);
    ck_assert(strncmp(buffer_text(&buffer), "0,1,2,", 6) == 0);
    ck_assert_str_eq(buffer_text(&buffer) + buffer.size - 5, "999,!");

    size_t size;
    char *taken = buffer_take(&buffer, &size);
    ck_assert_uint_eq(size, 3891);
    ck_assert_uint_eq(buffer.size, 0);
    free(taken);
    buffer_destroy(&buffer);
}
END_TEST

START_TEST(stops_at_its_limit_and_stays_failed)
{
    Buffer buffer = {.limit = 10};

    buffer_append(&buffer, "12345678", 8);
    buffer_append(&buffer, "90123", 5);
    ck_assert(buffer.failed);
    buffer_append(&buffer, "9", 1);
    ck_assert_uint_eq(buffer.size, 8);
    ck_assert_str_eq(buffer_text(&buffer), "");
    buffer_clear(&buffer);
    buffer_append(&buffer, "1234567890", 10);
    ck_assert(!buffer.failed);
    ck_assert(!buffer_reserve(&buffer, SIZE_MAX - 4));
    buffer_destroy(&buffer);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("buffer");
    TCase *cases = tcase_create("buffer");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_add_test(cases, grows_and_gives_its_text);
    tcase_add_test(cases, stops_at_its_limit_and_stays_failed);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
