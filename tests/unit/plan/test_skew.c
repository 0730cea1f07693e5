/* Which keys of a partitioned join are spread. */
#include "plan/distribute_skew.h"

#include "base/hash.h"
#include "column/profile.h"
#include "store/catalog.h"

#include <check.h>
#include <stdlib.h>

enum { PARTITIONS = 16, SLOTS = 4, PROBE_ROWS = 100000 };

/* A scan of one integer column whose value 7 has that share of the rows. */
typedef struct Side {
    ColumnBound common;
    double share;
    struct ColumnProfile profile;
    ColumnStatistics statistics;
    ColumnInfo column;
    TableInfo table;
    PlanColumn output;
    uint32_t read_id;
    uint32_t first;
    PlanNode scan;
} Side;

static void
side_init(Side *side, double rows, double share)
{
    *side = (Side){.common = {.known = true, .exact = true, .integer = 7}, .share = share, .read_id = 1};
    side->profile = (struct ColumnProfile){.width = 8,
                                           .common_count = 1,
                                           .common = &side->common,
                                           .shares = &side->share,
                                           .other_share = 1 - share};
    side->statistics = (ColumnStatistics){.rows = (uint64_t)rows,
                                          .distinct = 1000,
                                          .min = {.known = true, .integer = 0},
                                          .max = {.known = true, .integer = 999},
                                          .profile = &side->profile};
    side->column = (ColumnInfo){.id = 1, .name = "k", .type = type_of(TYPE_INT8)};
    side->table = (TableInfo){.column_count = 1, .columns = &side->column, .statistics = &side->statistics};
    side->output = (PlanColumn){.name = "k", .type = type_of(TYPE_INT8)};
    side->scan = (PlanNode){.kind = PLAN_SCAN,
                            .column_count = 1,
                            .columns = &side->output,
                            .estimated_rows = rows,
                            .scan = {.table = &side->table,
                                     .read_count = 1,
                                     .read_columns = &side->output,
                                     .read_ids = &side->read_id,
                                     .output_count = 1,
                                     .output = &side->first}};
}

static HeavyKeys
heavy_keys(Arena *arena, JoinKind kind, double probe_share, double build_rows, double build_share)
{
    static uint32_t key = 0;
    Side probe;
    Side build;
    PlanNode *children[] = {&probe.scan, &build.scan};

    side_init(&probe, PROBE_ROWS, probe_share);
    side_init(&build, build_rows, build_share);
    const PlanNode join = {.kind = PLAN_HASH_JOIN,
                           .child_count = 2,
                           .children = children,
                           .join = {.kind = kind, .key_count = 1, .left_keys = &key, .right_keys = &key}};
    return distribute_heavy_keys(arena, &join, 0, PARTITIONS, SLOTS);
}

START_TEST(what_is_too_much_for_a_slot_is_spread)
{
    const int64_t seven = 7;
    Arena *arena = arena_new(NULL);
    uint64_t hash;
    HeavyKeys heavy = heavy_keys(arena, JOIN_INNER, 0.5, 1000, 0.001);
    const Vector value = vector_flat(type_of(TYPE_INT8), &seven, NULL);

    vector_hash(&value, NULL, 1, false, &hash);
    ck_assert_uint_eq(heavy.count, 1);
    ck_assert_uint_eq(heavy.hashes[0], hash);
    heavy = heavy_keys(arena, JOIN_INNER, 0.1, 1000, 0.001); /* less than half of what each of 4 slots has */
    ck_assert_uint_eq(heavy.count, 0);
    arena_destroy(&arena);
}
END_TEST

START_TEST(builds_that_keep_rows_are_not_copied)
{
    static const JoinKind spread[] = {JOIN_INNER, JOIN_LEFT, JOIN_SEMI, JOIN_ANTI, JOIN_SINGLE};
    static const JoinKind kept[] = {JOIN_RIGHT, JOIN_FULL, JOIN_MARK};
    Arena *arena = arena_new(NULL);

    for (size_t i = 0; i < sizeof spread / sizeof *spread; i++)
        ck_assert_uint_eq(heavy_keys(arena, spread[i], 0.5, 1000, 0.001).count, 1);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        ck_assert_uint_eq(heavy_keys(arena, kept[i], 0.5, 1000, 0.001).count, 0);
    arena_destroy(&arena);
}
END_TEST

/* A build of twenty times the probe's rows, half of them of that key, would go to 16 partitions. */
START_TEST(much_of_a_build_is_not_copied)
{
    Arena *arena = arena_new(NULL);

    ck_assert_uint_eq(heavy_keys(arena, JOIN_INNER, 0.5, 20 * PROBE_ROWS, 0.5).count, 0);
    arena_destroy(&arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("skew");
    TCase *cases = tcase_create("skew");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(cases, what_is_too_much_for_a_slot_is_spread);
    tcase_add_test(cases, builds_that_keep_rows_are_not_copied);
    tcase_add_test(cases, much_of_a_build_is_not_copied);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
