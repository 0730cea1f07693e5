#include "base/find_bytes.h"

#include "base/random.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *
find_plainly(const char *text, size_t size, const char *of, size_t of_size)
{
    for (size_t at = 0; at + of_size <= size; at++)
        if (memcmp(text + at, of, of_size) == 0)
            return text + at;
    return NULL;
}

/* Letters of an alphabet of two, so that much is found; in memory of just that size, so that a read beside it
 * is seen. */
static char *
random_text(Random *random, size_t size)
{
    char *text = malloc(size + (size == 0));

    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('a' + random_below(random, 2));
    return text;
}

START_TEST(finds_what_a_plain_loop_finds)
{
    enum { TEXT_MAX = 300, TIMES = 20, OF_MAX = 20 };
    Random random = {(uint64_t)_i};

    for (size_t size = 0; size <= TEXT_MAX; size++) {
        for (int i = 0; i < TIMES; i++) {
            const size_t of_size = random_below(&random, size < OF_MAX ? size + 2 : OF_MAX);
            char *text = random_text(&random, size);
            char *of = random_text(&random, of_size);
            ck_assert_ptr_eq(find_bytes(text, size, of, of_size), find_plainly(text, size, of, of_size));
            free(text);
            free(of);
        }
    }
}
END_TEST

START_TEST(finds_a_text_in_itself)
{
    Random random = {7};

    for (size_t size = 0; size <= 200; size++) {
        char *text = random_text(&random, size);
        ck_assert_ptr_eq(find_bytes(text, size, text, size), text);
        ck_assert(size == 0 || find_bytes(text, size - 1, text, size) == NULL);
        free(text);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("base/find_bytes");
    TCase *tcase = tcase_create("find_bytes");
    SRunner *runner = srunner_create(suite);

    tcase_add_loop_test(tcase, finds_what_a_plain_loop_finds, 0, 20);
    tcase_add_test(tcase, finds_a_text_in_itself);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
