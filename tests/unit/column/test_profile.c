#include "column/profile.h"

#include "base/hash.h"
#include "base/random.h"

#include <check.h>
#include <stdlib.h>

static ColumnBound
integer(Int128 value)
{
    return (ColumnBound){.known = true, .exact = true, .integer = value};
}

/* A part with values [first, first + rows) once each, and a common value in half as many further rows. */
static ColumnStatistics
make_part(Arena *arena, int64_t first, uint32_t rows, int64_t common)
{
    ColumnSketch sketch = {.width = 8, .common_count = 1, .bound_count = 5};
    DistinctSketch distinct = {{0}};
    Buffer out = {0};

    for (int64_t i = 0; i < rows; i++)
        distinct_add(&distinct, hash_u64((uint64_t)(first + i)));
    distinct_fold(&distinct, sketch.registers);
    sketch.common[0] = (CommonValue){integer(common), rows / 2.0};
    for (uint32_t i = 0; i < 5; i++)
        sketch.bounds[i] = integer(first + (int64_t)(rows - 1) * i / 4);
    sketch_encode(&sketch, LAYOUT_I64, &out);
    ck_assert(!out.failed);
    const ColumnStatistics part = {.rows = rows + rows / 2,
                                   .distinct = rows,
                                   .min = integer(first),
                                   .max = integer(first + rows - 1),
                                   .sketch = arena_copy_bytes(arena, out.data, out.size),
                                   .sketch_size = (uint32_t)out.size};
    buffer_destroy(&out);
    return part;
}

static ColumnStatistics
merge(Arena *arena, const ColumnStatistics *parts, size_t count)
{
    const ColumnStatistics *pointers[1000];

    for (size_t i = 0; i < count; i++)
        pointers[i] = &parts[i];
    ColumnStatistics merged = statistics_merge(LAYOUT_I64, pointers, count);
    profile_merge(arena, LAYOUT_I64, pointers, count, &merged);
    return merged;
}

START_TEST(folded_registers_estimate_alike)
{
    for (uint64_t count = 1; count <= 1000000; count *= 10) {
        DistinctSketch sketch = {{0}};
        uint8_t folded[DISTINCT_FOLDED];
        for (uint64_t i = 0; i < count; i++)
            distinct_add(&sketch, hash_u64(i * 7919));
        distinct_fold(&sketch, folded);
        const double estimate = (double)distinct_estimate_folded(folded);
        ck_assert_msg(estimate > (double)count * 0.85 - 1 && estimate < (double)count * 1.15 + 1,
                      "%g for %llu", estimate, (unsigned long long)count);
    }
}
END_TEST

/* The same values in every part: their number stays, where adding would give ten times as many. */
START_TEST(repeated_values_count_once)
{
    Arena *arena = arena_new(NULL);
    ColumnStatistics parts[10];

    for (int i = 0; i < 10; i++)
        parts[i] = make_part(arena, 1000, 20000, 1234);
    const ColumnStatistics merged = merge(arena, parts, 10);
    ck_assert_ptr_nonnull(merged.profile);
    ck_assert_msg(merged.distinct >= 20000 && merged.distinct < 23500, "%llu",
                  (unsigned long long)merged.distinct);
    ck_assert_uint_eq(merged.profile->common_count, 1);
    ck_assert(merged.profile->common[0].integer == 1234);
    ck_assert_double_eq_tol(merged.profile->shares[0], 1.0 / 3, 1e-9);
    ck_assert_double_eq_tol(merged.profile->other_share, 2.0 / 3, 1e-9);
    ck_assert_double_eq_tol(merged.profile->width, 8, 1e-9);
    arena_destroy(&arena);
}
END_TEST

/* Parts one behind the other make one even row of bounds; of very many, some are looked at. */
START_TEST(bounds_follow_the_values)
{
    static const size_t counts[] = {1, 3, 40, 900};
    Arena *arena = arena_new(NULL);
    ColumnStatistics *parts = ARENA_ARRAY(arena, ColumnStatistics, 900);

    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        for (size_t i = 0; i < counts[c]; i++)
            parts[i] = make_part(arena, (int64_t)i * 1000, 1000, -5);
        const ColumnStatistics merged = merge(arena, parts, counts[c]);
        const ColumnProfile *profile = merged.profile;
        ck_assert_ptr_nonnull(profile);
        ck_assert_uint_ge(profile->bound_count, 2);
        ck_assert_uint_eq(merged.distinct, counts[c] * 1000);
        for (uint32_t i = 0; i < profile->bound_count; i++) {
            const double place = (double)profile->bounds[i].integer / ((double)counts[c] * 1000);
            ck_assert_double_eq_tol(place, (double)i / (profile->bound_count - 1), 0.15);
        }
    }
    arena_destroy(&arena);
}
END_TEST

START_TEST(a_part_without_a_sketch_leaves_no_profile)
{
    Arena *arena = arena_new(NULL);
    ColumnStatistics parts[2] = {make_part(arena, 0, 100, 3), make_part(arena, 0, 100, 3)};

    parts[1].sketch = NULL;
    ck_assert_ptr_null(merge(arena, parts, 2).profile);
    parts[1].rows = 0; /* nothing is missing of what has no values */
    ck_assert_ptr_nonnull(merge(arena, parts, 2).profile);
    arena_destroy(&arena);
}
END_TEST

/* Every cut and many changed bytes end as CORRUPT or as some sketch, never outside the input. */
START_TEST(damage_is_an_error)
{
    Arena *arena = arena_new(NULL);
    const ColumnStatistics part = make_part(arena, -100, 1000, INT64_MAX);
    Random random = {7};
    ColumnSketch sketch;

    for (uint32_t size = 0; size < part.sketch_size; size++) {
        char *copy = malloc(size + 1);
        Error error = {0};
        memcpy(copy, part.sketch, size);
        ck_assert_int_eq(sketch_decode(copy, size, LAYOUT_I64, &sketch, &error), STATUS_CORRUPT);
        free(copy);
    }
    for (int i = 0; i < 20000; i++) {
        char *copy = malloc(part.sketch_size);
        Error error = {0};
        memcpy(copy, part.sketch, part.sketch_size);
        copy[random_below(&random, part.sketch_size)] = (char)random_next(&random);
        if (sketch_decode(copy, part.sketch_size, (Layout)random_below(&random, 6), &sketch, &error) !=
            STATUS_OK)
            ck_assert_int_eq(error.code, STATUS_CORRUPT);
        free(copy);
    }
    arena_destroy(&arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("profile");
    TCase *tcase = tcase_create("profile");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, folded_registers_estimate_alike);
    tcase_add_test(tcase, repeated_values_count_once);
    tcase_add_test(tcase, bounds_follow_the_values);
    tcase_add_test(tcase, a_part_without_a_sketch_leaves_no_profile);
    tcase_add_test(tcase, damage_is_an_error);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
