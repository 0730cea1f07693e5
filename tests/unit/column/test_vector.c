/* Vectors: compare, hash and flatten agree over all forms and layouts. */
#include "column/vector.h"

#include "base/hash.h"
#include "samples.h"

#include <math.h>
#include <stdlib.h>

static Arena *arena;

static void
setup(void)
{
    arena = arena_new(NULL);
}

static void
teardown(void)
{
    arena_destroy(&arena);
}

START_TEST(flatten_keeps_values_and_hashes)
{
    enum { ROWS = 150 };
    Random random = {(uint64_t)_i};
    Type types[SAMPLE_COLUMNS];

    sample_types(arena, types);
    for (int i = 0; i < SAMPLE_COLUMNS; i++) {
        const Vector vector = sample_vector(types[i], ROWS, arena, &random);
        Vector flat;
        uint64_t hashes[ROWS];
        uint64_t flat_hashes[ROWS];
        Error error = {0};
        ck_assert_int_eq(vector_flatten(&vector, ROWS, arena, &flat, &error), STATUS_OK);
        ck_assert_int_eq(flat.form, VECTOR_FLAT);
        vector_hash(&vector, NULL, ROWS, false, hashes);
        vector_hash(&flat, NULL, ROWS, false, flat_hashes);
        for (uint32_t row = 0; row < ROWS; row++) {
            assert_same_value(&vector, row, &flat, row);
            ck_assert_uint_eq(hashes[row], flat_hashes[row]);
            if (vector_is_null(&vector, row))
                ck_assert_uint_eq(hashes[row], HASH_NULL);
        }
    }
}
END_TEST

START_TEST(order_is_antisymmetric_and_equal_values_hash_alike)
{
    enum { ROWS = 40 };
    Random random = {(uint64_t)_i};
    Type types[SAMPLE_COLUMNS];

    sample_types(arena, types);
    for (int i = 0; i < SAMPLE_COLUMNS; i++) {
        const Vector a = sample_vector(types[i], ROWS, arena, &random);
        uint64_t hashes[ROWS];
        vector_hash(&a, NULL, ROWS, false, hashes);
        for (uint32_t x = 0; x < ROWS; x++) {
            for (uint32_t y = 0; y < ROWS; y++) {
                if (vector_is_null(&a, x) || vector_is_null(&a, y))
                    continue;
                const int order = vector_compare(&a, x, &a, y);
                const int back = vector_compare(&a, y, &a, x);
                ck_assert_int_eq(order > 0, back < 0);
                ck_assert_int_eq(order == 0, back == 0);
                ck_assert_int_eq(order == 0, hashes[x] == hashes[y]);
            }
        }
    }
}
END_TEST

START_TEST(doubles_order_as_postgresql_has_them)
{
    const double ascending[] = {-INFINITY, -1, -0.0, 1e-300, 2, INFINITY, NAN};
    const double zeroes[] = {0.0, -0.0, NAN, -NAN};
    const Vector a = vector_flat(type_of(TYPE_FLOAT8), ascending, NULL);
    const Vector b = vector_flat(type_of(TYPE_FLOAT8), zeroes, NULL);
    uint64_t hashes[4];

    for (uint32_t i = 0; i + 1 < 7; i++)
        ck_assert_int_lt(vector_compare(&a, i, &a, i + 1), 0);
    ck_assert_int_eq(vector_compare(&b, 0, &b, 1), 0);
    ck_assert_int_eq(vector_compare(&b, 2, &b, 3), 0);
    vector_hash(&b, NULL, 4, false, hashes);
    ck_assert_uint_eq(hashes[0], hashes[1]);
    ck_assert_uint_eq(hashes[2], hashes[3]);
    ck_assert_uint_ne(hashes[0], hashes[2]);
}
END_TEST

START_TEST(integers_of_all_widths_hash_alike)
{
    const int32_t i32[] = {0, -1, 7, INT32_MIN};
    const int64_t i64[] = {0, -1, 7, INT32_MIN};
    const Int128 i128[] = {0, -1, 7, INT32_MIN};
    const Vector vectors[] = {vector_flat(type_of(TYPE_INT4), i32, NULL),
                              vector_flat(type_of(TYPE_INT8), i64, NULL),
                              vector_flat(type_of(TYPE_NUMERIC), i128, NULL)};
    uint64_t hashes[3][4];

    for (int i = 0; i < 3; i++)
        vector_hash(&vectors[i], NULL, 4, false, hashes[i]);
    ck_assert_mem_eq(hashes[0], hashes[1], sizeof hashes[0]);
    ck_assert_mem_eq(hashes[0], hashes[2], sizeof hashes[0]);
}
END_TEST

START_TEST(hashes_follow_the_selection_and_combine)
{
    const int64_t values[] = {10, 20, 30, 40};
    const uint32_t selection[] = {3, 1};
    const Vector vector = vector_flat(type_of(TYPE_INT8), values, NULL);
    uint64_t hashes[2];

    vector_hash(&vector, selection, 2, false, hashes);
    ck_assert_uint_eq(hashes[0], hash_u64(40));
    ck_assert_uint_eq(hashes[1], hash_u64(20));
    vector_hash(&vector, selection, 2, true, hashes);
    ck_assert_uint_eq(hashes[0], hash_combine(hash_u64(40), hash_u64(40)));
}
END_TEST

START_TEST(strings_compare_by_bytes)
{
    const char *texts[] = {"", "a", "ab", "abcdefghijkl", "abcdefghijklm", "abcdefghijkm", "b", "\xff"};
    StringView views[8];
    const Vector vector = vector_flat(type_of(TYPE_TEXT), views, NULL);

    for (int i = 0; i < 8; i++)
        views[i] = string_view(texts[i], strlen(texts[i]));
    for (uint32_t i = 0; i < 8; i++) {
        for (uint32_t j = 0; j < 8; j++) {
            const int order = vector_compare(&vector, i, &vector, j);
            ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
            ck_assert_int_eq(string_view_equal(&views[i], &views[j]), i == j);
        }
    }
}
END_TEST

START_TEST(intervals_are_equal_where_their_lengths_are)
{
    const Interval values[] = {
        {.months = 1}, {.days = 30}, {.microseconds = INT64_C(30) * 86400000000}, {.days = 31}};
    const Vector vector = vector_flat(type_of(TYPE_INTERVAL), values, NULL);
    uint64_t hashes[4];

    vector_hash(&vector, NULL, 4, false, hashes);
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_int_eq(vector_compare(&vector, i, &vector, 0), 0);
        ck_assert_uint_eq(hashes[i], hashes[0]);
    }
    ck_assert_int_lt(vector_compare(&vector, 0, &vector, 3), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("vector");
    TCase *cases = tcase_create("vector");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, flatten_keeps_values_and_hashes, 0, 10);
    tcase_add_loop_test(cases, order_is_antisymmetric_and_equal_values_hash_alike, 0, 10);
    tcase_add_test(cases, doubles_order_as_postgresql_has_them);
    tcase_add_test(cases, integers_of_all_widths_hash_alike);
    tcase_add_test(cases, hashes_follow_the_selection_and_combine);
    tcase_add_test(cases, strings_compare_by_bytes);
    tcase_add_test(cases, intervals_are_equal_where_their_lengths_are);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
