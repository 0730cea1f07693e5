/* Shares of a column's values, from profiles made here. */
#include "plan/spread.h"

#include "column/profile.h"

#include <check.h>
#include <stdlib.h>

enum { BOUNDS = 11 };

static ColumnBound
integer(Int128 value)
{
    return (ColumnBound){.known = true, .exact = true, .integer = value};
}

static ColumnBound
text(const char *value)
{
    return (ColumnBound){.known = true, .exact = true, .text = {value, (uint32_t)strlen(value)}};
}

/* 0..100, where 7 has a half and 50 a tenth of the rows, and most others are below 10. */
static const ColumnBound skewed_bounds[BOUNDS] = {
    {.known = true, .integer = 0},  {.known = true, .integer = 1},  {.known = true, .integer = 2},
    {.known = true, .integer = 3},  {.known = true, .integer = 4},  {.known = true, .integer = 5},
    {.known = true, .integer = 6},  {.known = true, .integer = 8},  {.known = true, .integer = 9},
    {.known = true, .integer = 10}, {.known = true, .integer = 100}};
static const ColumnBound skewed_common[] = {{.known = true, .exact = true, .integer = 7},
                                            {.known = true, .exact = true, .integer = 50}};
static const double skewed_shares[] = {0.5, 0.1};
static const ColumnProfile skewed_profile = {.common_count = 2,
                                             .common = skewed_common,
                                             .shares = skewed_shares,
                                             .other_share = 0.4,
                                             .bound_count = BOUNDS,
                                             .bounds = skewed_bounds};

static ColumnStatistics
skewed(void)
{
    return (ColumnStatistics){
        .rows = 1000, .distinct = 82, .min = integer(0), .max = integer(100), .profile = &skewed_profile};
}

static PruneValue
value_of(Int128 value)
{
    const ColumnBound bound = integer(value);

    return prune_value_of_bound(type_of(TYPE_INT8), &bound);
}

START_TEST(common_values_have_their_own_share)
{
    const ColumnStatistics statistics = skewed();
    const PruneValue common = value_of(7);
    const PruneValue rare = value_of(8);
    const PruneValue outside = value_of(101);
    double share;

    ck_assert(spread_equal(type_of(TYPE_INT8), &statistics, &common, &share));
    ck_assert_double_eq_tol(share, 0.5, 1e-9);
    ck_assert(spread_equal(type_of(TYPE_INT8), &statistics, &rare, &share));
    ck_assert_double_eq_tol(share, 0.4 / 80, 1e-9);
    ck_assert(spread_equal(type_of(TYPE_INT8), &statistics, &outside, &share));
    ck_assert_double_eq_tol(share, 0, 1e-9);
}
END_TEST

START_TEST(ranges_add_common_values_and_others)
{
    const ColumnStatistics statistics = skewed();
    const PruneValue seven = value_of(7);
    const PruneValue wide = value_of(55);
    double share;

    /* six and a half of ten ranges of the others */
    ck_assert(spread_below(type_of(TYPE_INT8), &statistics, &seven, false, &share));
    ck_assert_double_eq_tol(share, 0.4 * 0.65, 1e-9);
    ck_assert(spread_below(type_of(TYPE_INT8), &statistics, &seven, true, &share));
    ck_assert_double_eq_tol(share, 0.5 + 0.4 * 0.65, 1e-9);
    ck_assert(spread_below(type_of(TYPE_INT8), &statistics, &wide, false, &share));
    ck_assert_double_eq_tol(share, 0.6 + 0.4 * 0.95, 1e-9);
}
END_TEST

START_TEST(bounds_alone_are_a_line)
{
    ColumnStatistics statistics = skewed();
    const PruneValue quarter = value_of(25);
    double share;

    statistics.profile = NULL;
    ck_assert(spread_below(type_of(TYPE_INT8), &statistics, &quarter, false, &share));
    ck_assert_double_eq_tol(share, 0.25, 1e-9);
    statistics.min.known = false;
    ck_assert(!spread_below(type_of(TYPE_INT8), &statistics, &quarter, false, &share));
}
END_TEST

START_TEST(texts_lie_between_texts)
{
    const ColumnBound bounds[] = {text("https://a"), text("https://m"), text("https://z")};
    const ColumnProfile profile = {.other_share = 1, .bound_count = 3, .bounds = bounds};
    const ColumnStatistics statistics = {
        .rows = 10, .distinct = 10, .min = bounds[0], .max = bounds[2], .profile = &profile};
    const ColumnBound places[] = {text("https://"), text("https://g"), text("https://zz")};
    const double expected[] = {0, 0.25, 1};

    for (int i = 0; i < 3; i++) {
        const PruneValue value = prune_value_of_bound(type_of(TYPE_TEXT), &places[i]);
        double share;
        ck_assert(spread_below(type_of(TYPE_TEXT), &statistics, &value, false, &share));
        ck_assert_double_eq_tol(share, expected[i], 0.02);
    }
}
END_TEST

/* A boolean column as its own condition. */
START_TEST(conditions_are_tried)
{
    const ColumnBound common[] = {integer(1), integer(0)};
    const double shares[] = {0.9, 0.1};
    const ColumnProfile profile = {.common_count = 2, .common = common, .shares = shares};
    ColumnStatistics statistics = {.rows = 10, .distinct = 2, .profile = &profile};
    const Expr condition = {.kind = EXPR_COLUMN, .type = type_of(TYPE_BOOL), .column = 3};
    double share;

    ck_assert(spread_tried(type_of(TYPE_BOOL), &statistics, &condition, 3, &share));
    ck_assert_double_eq_tol(share, 0.9, 1e-9);
    statistics.profile = NULL;
    ck_assert(!spread_tried(type_of(TYPE_BOOL), &statistics, &condition, 3, &share));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("spread");
    TCase *cases = tcase_create("spread");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(cases, common_values_have_their_own_share);
    tcase_add_test(cases, ranges_add_common_values_and_others);
    tcase_add_test(cases, bounds_alone_are_a_line);
    tcase_add_test(cases, texts_lie_between_texts);
    tcase_add_test(cases, conditions_are_tried);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
