/* Arena, budget and slab: where memory comes from and what it is charged to. */
#include "base/arena.h"
#include "base/slab.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(budget_charges_all_parents_or_none)
{
    Budget top;
    Budget child;

    budget_init(&top, NULL, 100);
    budget_init(&child, &top, 1000);
    ck_assert(budget_charge(&child, 60));
    ck_assert(!budget_charge(&child, 60));
    ck_assert_uint_eq(budget_used(&child), 60);
    ck_assert_uint_eq(budget_used(&top), 60);
    budget_release(&child, 60);
    ck_assert_uint_eq(budget_used(&top), 0);
    ck_assert_uint_eq(budget_peak(&top), 60);
    ck_assert(budget_charge(NULL, SIZE_MAX));
}
END_TEST

START_TEST(budget_with_a_floor_is_served_past_its_parents)
{
    Budget process, sure, other;

    budget_init(&process, NULL, 1000);
    budget_init_floor(&sure, &process, 300);
    budget_init(&other, &process, SIZE_MAX);
    ck_assert(budget_charge(&other, 900));
    ck_assert(budget_charge(&sure, 250));
    ck_assert_uint_eq(budget_used(&process), 1150);
    ck_assert(!budget_charge(&sure, 60));
    ck_assert(!budget_charge(&other, 1));
    budget_release(&other, 900);
    ck_assert(budget_charge(&sure, 700));
    ck_assert(!budget_charge(&sure, 100));
    budget_release(&sure, 950);
    ck_assert_uint_eq(budget_used(&process), 0);
}
END_TEST

START_TEST(budget_refuses_sums_that_wrap)
{
    Budget budget;

    budget_init(&budget, NULL, SIZE_MAX);
    ck_assert(budget_charge(&budget, SIZE_MAX - 10));
    ck_assert(!budget_charge(&budget, 100));
    ck_assert_uint_eq(budget_used(&budget), SIZE_MAX - 10);
}
END_TEST

START_TEST(arena_pieces_are_aligned_and_apart)
{
    Arena *arena = arena_new(NULL);
    char *pieces[200];

    for (size_t i = 0; i < 200; i++) {
        const size_t alignment = (size_t)1 << (i % 13);
        pieces[i] = arena_alloc_aligned(arena, i * 7, alignment);
        ck_assert_uint_eq((uintptr_t)pieces[i] % alignment, 0);
        memset(pieces[i], (int)i, i * 7);
    }
    for (size_t i = 0; i < 200; i++) {
        for (size_t j = 0; j < i * 7; j++)
            ck_assert_uint_eq((unsigned char)pieces[i][j], i);
    }
    ck_assert_str_eq(arena_format(arena, "%d-%s", 7, "x"), "7-x");
    arena_destroy(&arena);
    ck_assert_ptr_null(arena);
}
END_TEST

START_TEST(arena_stops_at_its_budget_and_gives_it_back)
{
    Budget budget;

    budget_init(&budget, NULL, 100000);
    Arena *arena = arena_new(&budget);
    ck_assert_ptr_null(arena_alloc(arena, 200000));
    size_t got = 0;
    while (arena_alloc(arena, 1000) != NULL)
        got += 1000;
    ck_assert_uint_ge(got, 50000);
    ck_assert_uint_le(budget_used(&budget), 100000);
    ck_assert_uint_eq(budget_used(&budget), arena_bytes(arena));
    arena_reset(arena);
    ck_assert_ptr_nonnull(arena_alloc(arena, 1000));
    arena_destroy(&arena);
    ck_assert_uint_eq(budget_used(&budget), 0);
}
END_TEST

START_TEST(slab_is_aligned_and_charged_until_the_last_reference)
{
    Budget budget;

    budget_init(&budget, NULL, 10000);
    Slab *slab = slab_new(&budget, 1000);
    ck_assert_uint_eq((uintptr_t)slab->data % 64, 0);
    ck_assert_uint_ge(budget_used(&budget), 1000);
    Slab *other = slab_reference(slab);
    slab_release(&slab);
    ck_assert_ptr_null(slab);
    ck_assert_uint_ge(budget_used(&budget), 1000);
    slab_release(&other);
    slab_release(&other);
    ck_assert_uint_eq(budget_used(&budget), 0);
    ck_assert_ptr_null(slab_new(&budget, 20000));
    ck_assert_ptr_null(slab_new(NULL, SIZE_MAX));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("memory");
    TCase *cases = tcase_create("memory");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_add_test(cases, budget_charges_all_parents_or_none);
    tcase_add_test(cases, budget_with_a_floor_is_served_past_its_parents);
    tcase_add_test(cases, budget_refuses_sums_that_wrap);
    tcase_add_test(cases, arena_pieces_are_aligned_and_apart);
    tcase_add_test(cases, arena_stops_at_its_budget_and_gives_it_back);
    tcase_add_test(cases, slab_is_aligned_and_charged_until_the_last_reference);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
