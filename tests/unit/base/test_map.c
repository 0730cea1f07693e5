#include "base/map.h"
#include "base/random.h"

#include <check.h>
#include <stdlib.h>

#define KEYS 500

/* The map against an array, through random puts and removals. */
START_TEST(it_does_what_an_array_does)
{
    Random random = {42};
    Map map;
    void *expected[KEYS] = {0};
    static char values[KEYS];
    size_t count = 0;

    map_init(&map, sizeof(uint64_t));
    for (int step = 0; step < 20000; step++) {
        const uint64_t key = random_below(&random, KEYS);

        if (random_below(&random, 2) == 0) {
            void *value = &values[random_below(&random, KEYS)];

            count += expected[key] == NULL ? 1 : 0;
            expected[key] = value;
            map_put(&map, &key, value);
        } else {
            count -= expected[key] != NULL ? 1 : 0;
            ck_assert_ptr_eq(map_remove(&map, &key), expected[key]);
            expected[key] = NULL;
        }
        ck_assert_uint_eq(map.count, count);
    }
    for (uint64_t key = 0; key < KEYS; key++)
        ck_assert_ptr_eq(map_get(&map, &key), expected[key]);
    for (size_t i = 0; i < map.count; i++) {
        const uint64_t key = *(const uint64_t *)map_key_at(&map, i);

        ck_assert_ptr_eq(map_value_at(&map, i), expected[key]);
    }
    map_destroy(&map);
    ck_assert_uint_eq(map.count, 0);
}
END_TEST

START_TEST(entries_stay_in_order_of_insertion)
{
    static char value;
    Map map;

    map_init(&map, 16);
    for (uint64_t i = 0; i < 100; i++) {
        const uint64_t key[2] = {i * 7919, ~i};

        map_put(&map, key, &value);
    }
    for (uint64_t i = 0; i < 100; i++)
        ck_assert_uint_eq(*(const uint64_t *)map_key_at(&map, i), i * 7919);
    map_clear(&map);
    ck_assert_ptr_null(map_get(&map, (const uint64_t[2]){0, ~UINT64_C(0)}));
    map_destroy(&map);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("map");
    TCase *cases = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_add_test(cases, it_does_what_an_array_does);
    tcase_add_test(cases, entries_stay_in_order_of_insertion);
    srunner_run_all(runner, CK_ENV);

    const int failures = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
