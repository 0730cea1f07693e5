/* Bitmaps against an array of flags. */
#include "base/bits.h"
#include "base/random.h"

#include <check.h>
#include <stdlib.h>

START_TEST(bits_do_what_an_array_does)
{
    enum { COUNT = 300 };
    Random random = {1};
    uint64_t words[5] = {0};
    bool flags[COUNT] = {false};

    ck_assert_uint_eq(bits_words(COUNT), 5);
    ck_assert_uint_eq(bits_words(0), 0);
    for (int round = 0; round < 2000; round++) {
        const size_t index = random_below(&random, COUNT);
        const bool value = random_below(&random, 2) == 1;
        switch (random_below(&random, 3)) {
        case 0: bits_put(words, index, flags[index] = value); break;
        case 1:
            bits_set(words, index);
            flags[index] = true;
            break;
        default:
            bits_clear(words, index);
            flags[index] = false;
            break;
        }
        const size_t upto = random_below(&random, COUNT + 1);
        size_t expected = 0;
        for (size_t i = 0; i < upto; i++)
            expected += flags[i];
        ck_assert_uint_eq(bits_count(words, upto), expected);
        ck_assert_int_eq(bits_get(words, index), flags[index]);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("bits");
    TCase *cases = tcase_create("bits");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_add_test(cases, bits_do_what_an_array_does);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
