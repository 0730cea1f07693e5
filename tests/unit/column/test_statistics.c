#include "column/statistics.h"

#include "base/random.h"

#include <check.h>
#include <stdlib.h>

static ColumnStatistics
integer_part(uint64_t rows, uint64_t distinct, Int128 min, Int128 max)
{
    const ColumnStatistics part = {
        .rows = rows,
        .distinct = distinct,
        .min = {.known = true, .exact = true, .integer = min},
        .max = {.known = true, .exact = true, .integer = max},
    };

    return part;
}

START_TEST(round_trip_keeps_every_field)
{
    ColumnStatistics columns[3] = {integer_part(10, 7, -((Int128)1 << 100), (Int128)1 << 126)};
    columns[0].nulls = 3;
    columns[1].has_nan = true;
    columns[1].min = (ColumnBound){.known = true, .real = -0.5};
    columns[2].max = (ColumnBound){.known = true, .text = {"h\0i", 3}};

    Buffer out = {0};
    Arena *arena = arena_new(NULL);
    Error error = {0};
    statistics_encode(columns, 3, &out);
    ck_assert(!out.failed);

    ColumnStatistics back[3];
    ck_assert_int_eq(statistics_decode(arena, out.data, out.size, 3, back, &error), STATUS_OK);
    ck_assert(back[0].min.integer == columns[0].min.integer && back[0].max.integer == columns[0].max.integer);
    ck_assert(back[0].rows == 10 && back[0].nulls == 3 && back[0].distinct == 7 && back[0].min.exact);
    ck_assert(back[1].has_nan && back[1].min.known && !back[1].min.exact && back[1].min.real == -0.5);
    ck_assert(!back[1].max.known);
    ck_assert(back[2].max.text.size == 3 && memcmp(back[2].max.text.data, "h\0i", 3) == 0);
    arena_destroy(&arena);
    buffer_destroy(&out);
}
END_TEST

/* Every cut and many changed bytes end as CORRUPT or as some statistics, never outside the input. */
START_TEST(damage_is_an_error)
{
    ColumnStatistics columns[2] = {integer_part(10, 7, 1, 2), integer_part(500, 7, 1, 200000)};
    Buffer out = {0};
    Arena *arena = arena_new(NULL);
    Random random = {42};
    ColumnStatistics back[2];
    statistics_encode(columns, 2, &out);

    for (size_t size = 0; size < out.size; size++) {
        char *copy = malloc(size + 1);
        memcpy(copy, out.data, size);
        Error error = {0};
        ck_assert_int_eq(statistics_decode(arena, copy, size, 2, back, &error), STATUS_CORRUPT);
        free(copy);
    }
    for (int i = 0; i < 2000; i++) {
        char *copy = malloc(out.size);
        memcpy(copy, out.data, out.size);
        copy[random_below(&random, out.size)] = (char)random_next(&random);
        Error error = {0};
        const Status status = statistics_decode(arena, copy, out.size, 2, back, &error);
        ck_assert(status == STATUS_OK || status == STATUS_CORRUPT);
        free(copy);
    }
    Error error = {0};
    ck_assert_int_eq(statistics_decode(arena, out.data, out.size, 1, back, &error), STATUS_CORRUPT);
    arena_destroy(&arena);
    buffer_destroy(&out);
}
END_TEST

START_TEST(merge_takes_outer_bounds)
{
    const ColumnStatistics a = integer_part(10, 10, -5, 7);
    const ColumnStatistics b = integer_part(20, 20, 0, 9);
    const ColumnStatistics all_null = {.rows = 4, .nulls = 4};
    const ColumnStatistics *parts[] = {&all_null, &a, &b};
    const ColumnStatistics merged = statistics_merge(LAYOUT_I64, parts, 3);

    ck_assert(merged.rows == 34 && merged.nulls == 4);
    ck_assert(merged.min.known && merged.min.integer == -5 && merged.max.integer == 9);
    ck_assert(merged.distinct <= 15 && merged.distinct >= 10); /* 15 integers fit the bounds */

    const ColumnStatistics unbounded = {.rows = 4, .distinct = 2};
    const ColumnStatistics *more[] = {&a, &unbounded};
    ck_assert(!statistics_merge(LAYOUT_I64, more, 2).min.known);
}
END_TEST

/* A key that rows come in the order of: parts share no values, though each shows few for its rows. */
START_TEST(merge_adds_distinct_of_ranges_apart)
{
    const ColumnStatistics first = integer_part(4000, 1000, 0, 999);
    const ColumnStatistics second = integer_part(4000, 1000, 1000, 1999);
    const ColumnStatistics again = integer_part(4000, 1000, 0, 999);
    const ColumnStatistics *apart[] = {&first, &second};
    const ColumnStatistics *same[] = {&first, &again};

    ck_assert_uint_eq(statistics_merge(LAYOUT_I64, apart, 2).distinct, 2000);
    ck_assert_uint_eq(statistics_merge(LAYOUT_I64, same, 2).distinct, 1000);
}
END_TEST

/* Parts that really draw from a domain: the estimate finds how many distinct values all of them show. */
START_TEST(merge_estimates_distinct)
{
    enum { DOMAIN = 1000, PARTS = 5, ROWS = 700 };
    Random random = {7};
    bool seen[DOMAIN] = {false};
    ColumnStatistics parts[PARTS];
    const ColumnStatistics *pointers[PARTS];
    uint64_t truth = 0;

    for (int p = 0; p < PARTS; p++) {
        bool seen_here[DOMAIN] = {false};
        parts[p] = (ColumnStatistics){.rows = ROWS};
        pointers[p] = &parts[p];
        for (int i = 0; i < ROWS; i++) {
            const uint64_t value = random_below(&random, DOMAIN);
            parts[p].distinct += !seen_here[value];
            truth += !seen[value];
            seen_here[value] = seen[value] = true;
        }
    }
    const uint64_t estimate = statistics_merge(LAYOUT_VIEW, pointers, PARTS).distinct;
    ck_assert_msg(estimate > truth * 9 / 10 && estimate < truth * 11 / 10, "%lu, in truth %lu",
                  (unsigned long)estimate, (unsigned long)truth);

    const ColumnStatistics few = {.rows = 1000, .distinct = 3};
    const ColumnStatistics unique = {.rows = 1000, .distinct = 1000};
    const ColumnStatistics *low[] = {&few, &few};
    const ColumnStatistics *high[] = {&unique, &unique};
    ck_assert_uint_eq(statistics_merge(LAYOUT_VIEW, low, 2).distinct, 3);
    ck_assert_uint_ge(statistics_merge(LAYOUT_VIEW, high, 2).distinct, 1990);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("statistics");
    TCase *cases = tcase_create("statistics");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(cases, round_trip_keeps_every_field);
    tcase_add_test(cases, damage_is_an_error);
    tcase_add_test(cases, merge_takes_outer_bounds);
    tcase_add_test(cases, merge_estimates_distinct);
    tcase_add_test(cases, merge_adds_distinct_of_ranges_apart);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
