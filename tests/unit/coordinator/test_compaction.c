/* Which tablets are put together: by tiers of size, in the order of their partition, never for ever. */
#include "coordinator/compaction.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { TABLETS_MAX = 2000 };

static TabletInfo tablets[TABLETS_MAX];
static TableInfo table = {.id = 7, .schema = "public", .name = "t", .tablets = tablets};

static void
add(uint64_t rows, uint64_t deleted, int32_t partition)
{
    ck_assert_uint_lt(table.tablet_count, TABLETS_MAX);
    tablets[table.tablet_count++] = (TabletInfo){.rows = rows, .deleted = deleted, .partition = partition};
}

static void
add_many(uint32_t count, uint64_t rows, int32_t partition)
{
    for (uint32_t i = 0; i < count; i++)
        add(rows, 0, partition);
}

static void
clear(void)
{
    table.tablet_count = 0;
}

/* What the commit does. */
static void
merge(const MergedGroup *group)
{
    uint32_t kept = group->first;
    uint32_t merged = 0;

    for (uint32_t i = group->first; i < table.tablet_count; i++) {
        if (tablets[i].partition == group->partition && merged < group->count) {
            if (merged++ == 0)
                tablets[kept++] = (TabletInfo){.rows = group->rows, .partition = group->partition};
        } else {
            tablets[kept++] = tablets[i];
        }
    }
    table.tablet_count = kept;
}

START_TEST(sixteen_of_a_kind)
{
    MergedGroup group;

    add_many(15, 1, -1);
    ck_assert(!compaction_find_group(&table, 16, &group));
    add(1, 0, -1);
    ck_assert(compaction_find_group(&table, 16, &group));
    ck_assert_uint_eq(group.table_id, 7);
    ck_assert_uint_eq(group.first, 0);
    ck_assert_uint_eq(group.count, 16);
    ck_assert_uint_eq(group.rows, 16);
    ck_assert(!compaction_find_group(&table, 17, &group));
    ck_assert(!compaction_find_group(&table, COMPACT_NEVER, &group));
    table.schema = "results";
    ck_assert(!compaction_find_group(&table, 16, &group));
    table.schema = "public";
}
END_TEST

/* One of 1,000 rows is not written again for the sake of 15 of one row each. */
START_TEST(a_large_one_is_left_alone)
{
    MergedGroup group;

    add(1000, 0, -1);
    add_many(15, 1, -1);
    ck_assert(!compaction_find_group(&table, 16, &group));
    add(1, 0, -1);
    ck_assert(compaction_find_group(&table, 16, &group));
    ck_assert_uint_eq(group.first, 1);
    ck_assert_uint_eq(group.count, 16);
    clear();
    add_many(100, 65536, -1);
    ck_assert(!compaction_find_group(&table, 16, &group));
}
END_TEST

START_TEST(partitions_stay_apart)
{
    MergedGroup group;

    for (int i = 0; i < 15; i++) {
        add(1, 0, 0);
        add(1, 0, 1);
    }
    ck_assert(!compaction_find_group(&table, 16, &group));
    add(1, 0, 1);
    ck_assert(compaction_find_group(&table, 16, &group));
    ck_assert_int_eq(group.partition, 1);
    ck_assert_uint_eq(group.first, 1);
    ck_assert_uint_eq(group.count, 16);
    merge(&group);
    ck_assert_uint_eq(table.tablet_count, 16);
    ck_assert_uint_eq(tablets[1].rows, 16);
    ck_assert(!compaction_find_group(&table, 16, &group));
}
END_TEST

START_TEST(rows_that_are_left_count)
{
    MergedGroup group;

    for (int i = 0; i < 16; i++)
        add(1000000, 999990, -1);
    ck_assert(compaction_find_group(&table, 16, &group));
    ck_assert_uint_eq(group.rows, 160);
}
END_TEST

/* However many single rows come: few tablets, each row written again a few times, no group that is found
 * twice. */
START_TEST(stays_small_and_ends)
{
    MergedGroup group;
    uint64_t written = 0;
    uint64_t rows = 0;
    uint32_t most = 0;

    for (int i = 0; i < 100000; i++) {
        add(1, 0, -1);
        while (compaction_find_group(&table, 16, &group)) {
            written += group.rows;
            ck_assert_uint_gt(group.count, 1);
            merge(&group);
        }
        most = table.tablet_count > most ? table.tablet_count : most;
    }
    for (uint32_t i = 0; i < table.tablet_count; i++)
        rows += tablets[i].rows;
    ck_assert_uint_eq(rows, 100000);
    ck_assert_uint_le(most, 80);
    ck_assert_uint_le(written, 500000);
}
END_TEST

/* 2,000 from before there was compaction: a few groups do. */
START_TEST(takes_a_backlog)
{
    MergedGroup group;
    int groups = 0;

    add_many(TABLETS_MAX, 1, -1);
    while (compaction_find_group(&table, 16, &group)) {
        ck_assert_uint_le(group.count, 1024);
        merge(&group);
        groups++;
    }
    ck_assert_int_le(groups, 4);
    ck_assert_uint_le(table.tablet_count, 16);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("compaction");
    TCase *cases = tcase_create("groups");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, clear, NULL);
    tcase_add_test(cases, sixteen_of_a_kind);
    tcase_add_test(cases, a_large_one_is_left_alone);
    tcase_add_test(cases, partitions_stay_apart);
    tcase_add_test(cases, rows_that_are_left_count);
    tcase_add_test(cases, stays_small_and_ends);
    tcase_add_test(cases, takes_a_backlog);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
