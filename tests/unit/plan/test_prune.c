/* What statistics rule out: conditions are bound from SQL and tested against statistics made here. */
#include "expr/function.h"
#include "plan/prune.h"
#include "planned.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ColumnStatistics *
one_for_all(void *context, uint32_t column)
{
    (void)column;
    return context;
}

/* Whether rows with these statistics (of the one column that the condition names) may match. */
static bool
matches(const char *table, const char *condition, ColumnStatistics statistics)
{
    Planned planned;
    char sql[512];

    snprintf(sql, sizeof sql, "SELECT 1 FROM %s WHERE %s", table, condition);
    planned_optimize(&planned, 1, sql);
    ck_assert_msg(planned.status == STATUS_OK, "%s: %s", sql, planned.error.message);
    const PlanNode *scan = planned.optimized;
    while (scan->child_count > 0)
        scan = scan->children[0];
    ck_assert_msg(scan->kind == PLAN_SCAN, "%s", sql);
    const bool may =
        prune_may_match_all(scan->scan.filters, scan->scan.filter_count, one_for_all, &statistics);
    planned_destroy(&planned);
    return may;
}

static ColumnStatistics
integers(Int128 min, Int128 max, uint64_t nulls)
{
    return (ColumnStatistics){.rows = 100,
                              .nulls = nulls,
                              .min = {.known = nulls < 100, .exact = true, .integer = min},
                              .max = {.known = nulls < 100, .exact = true, .integer = max}};
}

START_TEST(integers_compare)
{
    const ColumnStatistics ten_to_twenty = integers(10, 20, 0);
    const struct {
        const char *condition;
        bool may;
    } cases[] = {
        {"user_id = 9", false},
        {"user_id = 10", true},
        {"user_id = 20", true},
        {"user_id = 21", false},
        {"user_id < 10", false},
        {"user_id <= 10", true},
        {"user_id > 20", false},
        {"user_id >= 20", true},
        {"user_id <> 15", true},
        {"20 < user_id", false},
        {"10 >= user_id", true},
        {"user_id BETWEEN 1 AND 9", false},
        {"user_id BETWEEN 1 AND 10", true},
        {"user_id IN (1, 2, 30)", false},
        {"user_id IN (1, 15)", true},
        {"user_id < 5 OR user_id > 30", false},
        {"user_id < 5 OR user_id > 15", true},
        {"user_id IS NULL", false},
        {"user_id IS NOT NULL", true},
        {"user_id + 1 < 5", true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(matches("events", cases[i].condition, ten_to_twenty) == cases[i].may, "%s",
                      cases[i].condition);
}
END_TEST

START_TEST(nulls_match_nothing_but_is_null)
{
    const ColumnStatistics only_nulls = integers(0, 0, 100);
    const ColumnStatistics some_nulls = integers(10, 20, 1);

    ck_assert(!matches("events", "user_id = 5", only_nulls));
    ck_assert(!matches("events", "user_id <> 5", only_nulls));
    ck_assert(!matches("events", "user_id IN (5, 6)", only_nulls));
    ck_assert(!matches("events", "user_id IS NOT NULL", only_nulls));
    ck_assert(matches("events", "user_id IS NULL", only_nulls));
    ck_assert(matches("events", "user_id IS NULL", some_nulls));
    ck_assert(!matches("events", "user_id = 5", some_nulls));
}
END_TEST

START_TEST(one_value_does_not_differ_from_itself)
{
    ColumnStatistics one = integers(7, 7, 0);

    ck_assert(!matches("events", "user_id <> 7", one));
    ck_assert(matches("events", "user_id <> 8", one));
    one.max.exact = false;
    ck_assert(matches("events", "user_id <> 7", one));
}
END_TEST

START_TEST(unknown_statistics_rule_out_nothing)
{
    const ColumnStatistics absent = {0};
    const ColumnStatistics unbounded = {.rows = 100};

    ck_assert(matches("events", "user_id = 5", absent));
    ck_assert(matches("events", "user_id IS NULL", absent));
    ck_assert(matches("events", "user_id = 5", unbounded));
}
END_TEST

static ColumnStatistics
texts(const char *min, const char *max)
{
    return (ColumnStatistics){.rows = 100,
                              .min = {.known = true, .text = {min, (uint32_t)strlen(min)}},
                              .max = {.known = true, .text = {max, (uint32_t)strlen(max)}}};
}

START_TEST(truncated_strings_are_outer_bounds)
{
    /* The true values may run from "banana" to "mango juice": the bounds are cut. */
    const ColumnStatistics cut = texts("ban", "manh");

    ck_assert(matches("events", "event_type = 'banana'", cut));
    ck_assert(matches("events", "event_type = 'mango juice'", cut));
    ck_assert(matches("events", "event_type >= 'mango'", cut));
    ck_assert(matches("events", "event_type <> 'ban'", texts("ban", "ban")));
    ck_assert(!matches("events", "event_type < 'ban'", cut));
    ck_assert(!matches("events", "event_type = 'apple'", cut));
    ck_assert(!matches("events", "event_type > 'manh'", cut));
}
END_TEST

START_TEST(reals_know_nan)
{
    ColumnStatistics reals = {.rows = 100,
                              .min = {.known = true, .exact = true, .real = -1},
                              .max = {.known = true, .exact = true, .real = 1}};

    ck_assert(!matches("events", "value > 1", reals));
    ck_assert(!matches("events", "value = 'NaN'", reals));
    ck_assert(!matches("events", "value < -1", reals));
    ck_assert(matches("events", "value < 'NaN'", reals));
    reals.has_nan = true; /* which is above all numbers, and equal to itself */
    ck_assert(matches("events", "value > 1", reals));
    ck_assert(matches("events", "value = 'NaN'", reals));
    ck_assert(!matches("events", "value < -1", reals));
}
END_TEST

START_TEST(casts_that_keep_order_are_seen_through)
{
    ck_assert(!matches("dates", "code > 5000000000", integers(1, 9, 0)));
    ck_assert(matches("dates", "code < 5000000000", integers(1, 9, 0)));
    ck_assert(!matches("dates", "amount > 99.995", integers(100, 9999, 0)));
    ck_assert(matches("dates", "amount > 99.985", integers(100, 9999, 0)));
    ck_assert(!matches("dates", "amount = 100", integers(100, 9999, 0)));
}
END_TEST

START_TEST(booleans_are_bounds_too)
{
    ck_assert(!matches("dates", "flag", integers(0, 0, 0)));
    ck_assert(matches("dates", "NOT flag", integers(0, 0, 0)));
    ck_assert(!matches("dates", "NOT flag", integers(1, 1, 0)));
    ck_assert(matches("dates", "flag", integers(0, 1, 0)));
}
END_TEST

/* LIKE by hand: its function need not be in the registry for this. */
static bool
like_matches(const char *pattern, ColumnStatistics statistics)
{
    static const Function like = {.name = "~~", .argument_count = 2};
    Arena *arena = arena_new(NULL);
    Expr *arguments[] = {expr_column(arena, type_of(TYPE_TEXT), 0), expr_text(arena, pattern)};
    const Expr *call = expr_call(arena, &like, type_of(TYPE_BOOL), 2, arguments);
    const bool may = prune_may_match(call, one_for_all, &statistics);

    arena_destroy(&arena);
    return may;
}

START_TEST(dates_as_timestamps)
{
    static const Function cast = {.name = "cast", .argument_count = 1};
    static const Function less = {.name = "<", .argument_count = 2};
    const int64_t day = INT64_C(86400000000);
    ColumnStatistics days = integers(10, 20, 0);

    for (int64_t later = 0; later < 2; later++) {
        Arena *arena = arena_new(NULL);
        const int64_t limit = 10 * day + later;
        Expr *column = expr_column(arena, type_of(TYPE_DATE), 0);
        Expr *arguments[] = {expr_call(arena, &cast, type_of(TYPE_TIMESTAMP), 1, &column),
                             expr_constant(arena, type_of(TYPE_TIMESTAMP), &limit)};
        const Expr *call = expr_call(arena, &less, type_of(TYPE_BOOL), 2, arguments);
        ck_assert_int_eq(prune_may_match(call, one_for_all, &days), later);
        arena_destroy(&arena);
    }
}
END_TEST

START_TEST(prefixes_of_like)
{
    const ColumnStatistics fruits = texts("banana", "mango");

    ck_assert(like_matches("b%", fruits));
    ck_assert(like_matches("mango%", fruits));
    ck_assert(like_matches("%x", fruits));
    ck_assert(like_matches("ba_a%", fruits));
    ck_assert(!like_matches("a%", fruits));
    ck_assert(!like_matches("mangp%", fruits));
    ck_assert(!like_matches("z", fruits));
    ck_assert(!like_matches("apple of every day%", fruits));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("prune");
    TCase *prune = tcase_create("prune");

    tcase_add_test(prune, integers_compare);
    tcase_add_test(prune, nulls_match_nothing_but_is_null);
    tcase_add_test(prune, one_value_does_not_differ_from_itself);
    tcase_add_test(prune, unknown_statistics_rule_out_nothing);
    tcase_add_test(prune, truncated_strings_are_outer_bounds);
    tcase_add_test(prune, reals_know_nan);
    tcase_add_test(prune, casts_that_keep_order_are_seen_through);
    tcase_add_test(prune, booleans_are_bounds_too);
    tcase_add_test(prune, dates_as_timestamps);
    tcase_add_test(prune, prefixes_of_like);
    suite_add_tcase(suite, prune);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
