/* Deleted rows as bytes and back; bytes that are damaged. */
#include "tablet/deletions.h"

#include "base/hash.h"
#include "base/random.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 20000, TABLET = 7 };

static void
fill(DeletionSet *set, uint32_t step, uint32_t first, uint32_t end)
{
    for (uint32_t row = first; row < end; row += step)
        ck_assert_int_eq(deletion_set_add(set, TABLET, row, NULL), STATUS_OK);
}

static void
check_same(const DeletionSet *a, const DeletionSet *b, uint64_t first, uint64_t end)
{
    const Deletions *left = deletion_set_find(a, TABLET);
    const Deletions *right = deletion_set_find(b, TABLET);

    for (uint64_t row = 0; row < ROWS; row++) {
        const bool wanted = row >= first && row < end && left != NULL && deletions_has(left, row);
        ck_assert_int_eq(right != NULL && deletions_has(right, row), wanted);
    }
}

START_TEST(test_round_trip)
{
    const uint32_t steps[] = {1, 2, 3, 7, 8, 9, 64, 1000, 19999};
    DeletionSet set = {0};
    DeletionSet copy = {0};
    Buffer bytes = {0};

    fill(&set, steps[_i], 0, ROWS);
    deletions_encode(deletion_set_find(&set, TABLET), 0, ROWS, &bytes);
    ck_assert(!bytes.failed);
    ck_assert_uint_le(bytes.size, 13 + ROWS / 8 + 1);
    ck_assert_int_eq(deletion_set_decode(&copy, TABLET, bytes.data, bytes.size, ROWS, NULL), STATUS_OK);
    check_same(&set, &copy, 0, ROWS);
    ck_assert_uint_eq(deletion_set_rows(&set), deletion_set_rows(&copy));
    buffer_destroy(&bytes);
    deletion_set_destroy(&set);
    deletion_set_destroy(&copy);
}
END_TEST

START_TEST(test_range)
{
    const uint32_t steps[] = {1, 5, 500};
    DeletionSet set = {0};
    DeletionSet copy = {0};
    Buffer bytes = {0};

    fill(&set, steps[_i], 0, ROWS);
    deletions_encode(deletion_set_find(&set, TABLET), 4096, 8192, &bytes);
    ck_assert_int_eq(deletion_set_decode(&copy, TABLET, bytes.data, bytes.size, ROWS, NULL), STATUS_OK);
    check_same(&set, &copy, 4096, 8192);
    buffer_destroy(&bytes);
    deletion_set_destroy(&set);
    deletion_set_destroy(&copy);
}
END_TEST

START_TEST(test_merge_counts)
{
    DeletionSet even = {0};
    DeletionSet all = {0};
    uint64_t added;

    fill(&even, 2, 0, 1000);
    fill(&all, 1, 0, 1000);
    ck_assert_int_eq(deletion_set_merge(&even, deletion_set_find(&all, TABLET), &added, NULL), STATUS_OK);
    ck_assert_uint_eq(added, 500);
    ck_assert_int_eq(deletion_set_merge(&even, deletion_set_find(&all, TABLET), &added, NULL), STATUS_OK);
    ck_assert_uint_eq(added, 0);
    ck_assert_uint_eq(deletion_set_rows(&even), 1000);
    deletion_set_destroy(&even);
    deletion_set_destroy(&all);
}
END_TEST

START_TEST(test_many_tablets)
{
    DeletionSet set = {0};

    for (uint64_t tablet = 100; tablet > 0; tablet--)
        ck_assert_int_eq(deletion_set_add(&set, tablet, tablet, NULL), STATUS_OK);
    ck_assert_int_eq(deletion_set_add(&set, 50, 50, NULL), STATUS_OK);
    ck_assert_uint_eq(deletion_set_rows(&set), 100);
    for (uint64_t tablet = 1; tablet <= 100; tablet++)
        ck_assert(deletions_has(deletion_set_find(&set, tablet), tablet));
    ck_assert_ptr_null(deletion_set_find(&set, 101));
    ck_assert_int_eq(deletion_set_add(&set, 1, DELETIONS_ROWS_MAX, NULL), STATUS_CORRUPT);
    deletion_set_destroy(&set);
}
END_TEST

/* Every byte changed, every length cut: refused, and named. */
START_TEST(test_damage)
{
    const uint32_t steps[] = {1, 300};
    DeletionSet set = {0};
    Buffer bytes = {0};
    Error error = {0};

    fill(&set, steps[_i], 0, 2000);
    deletions_encode(deletion_set_find(&set, TABLET), 0, ROWS, &bytes);
    for (size_t i = 0; i < bytes.size; i++) {
        DeletionSet copy = {0};
        bytes.data[i] ^= 0x10;
        ck_assert_int_eq(deletion_set_decode(&copy, TABLET, bytes.data, bytes.size, ROWS, &error),
                         STATUS_CORRUPT);
        ck_assert_str_eq(error.message, "the deletions of tablet 7 are damaged");
        bytes.data[i] ^= 0x10;
        ck_assert_int_eq(deletion_set_decode(&copy, TABLET, bytes.data, i, ROWS, NULL), STATUS_CORRUPT);
        deletion_set_destroy(&copy);
    }
    buffer_destroy(&bytes);
    deletion_set_destroy(&set);
}
END_TEST

/* Bytes that lie with a right checksum: no row beyond the tablet, no other count. */
START_TEST(test_lies)
{
    Random random = {.state = (uint64_t)_i + 1};
    DeletionSet set = {0};
    char bytes[64];

    for (size_t i = 8; i < sizeof bytes; i++)
        bytes[i] = (char)random_next(&random);
    bytes[12] = (char)(_i % 2);
    const uint64_t checksum = hash_bytes(bytes + 8, sizeof bytes - 8);
    memcpy(bytes, &checksum, sizeof checksum);
    ck_assert_int_eq(deletion_set_decode(&set, TABLET, bytes, sizeof bytes, 100, NULL), STATUS_CORRUPT);
    ck_assert_uint_le(deletion_set_rows(&set), 100);
    deletion_set_destroy(&set);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("deletions");
    TCase *test = tcase_create("deletions");

    tcase_add_loop_test(test, test_round_trip, 0, 9);
    tcase_add_loop_test(test, test_range, 0, 3);
    tcase_add_test(test, test_merge_counts);
    tcase_add_test(test, test_many_tablets);
    tcase_add_loop_test(test, test_damage, 0, 2);
    tcase_add_loop_test(test, test_lies, 0, 200);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
