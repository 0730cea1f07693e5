#include "flow/attempts.h"

#include <check.h>
#include <stdlib.h>

static const QueryId one = {1, 1};
static const QueryId two = {1, 2};
static const QueryId three = {1, 3};

static StageSpec stages[2] = {{.kind = STAGE_LEAF, .task_count = 4}, {.kind = STAGE_REDUCE, .task_count = 2}};
static ExchangeSpec exchanges[2] = {{EXCHANGE_HASH, 0, 1, 2}, {EXCHANGE_GATHER, 1, STAGE_ROOT, 1}};
static const StageGraph graph = {stages, exchanges, 2, 2, 1};

static Attempts *attempts;
static AttemptsAction action;

static void
set_up(void)
{
    attempts = attempts_new(1);
    attempts_on_plan(attempts, one, &graph);
    attempts_on_routes(attempts, one, 1, 1);
    attempts_on_plan(attempts, two, &graph);
    attempts_on_routes(attempts, two, 1, 1);
}

static void
tear_down(void)
{
    attempts_destroy(&attempts);
}

static void
expect(AttemptsActionKind kind, QueryId query, uint32_t stage, uint32_t task, uint32_t attempt)
{
    const TaskRef ref = {stage, task, attempt};

    ck_assert(attempts_next_action(attempts, &action));
    ck_assert_int_eq(action.kind, kind);
    ck_assert(query_id_equal(action.query, query));
    ck_assert(task_ref_equal(action.task, ref));
}

static void
expect_nothing(void)
{
    ck_assert(!attempts_next_action(attempts, &action));
}

START_TEST(tasks_wait_for_a_slot)
{
    attempts_on_task(attempts, one, 1, 1, (TaskRef){0, 0, 0});
    attempts_on_task(attempts, one, 1, 1, (TaskRef){0, 1, 0});
    expect(ATTEMPTS_START, one, 0, 0, 0);
    expect_nothing();
    ck_assert(attempts_on_finished(attempts, one, 1, (TaskRef){0, 0, 0}, true));
    expect(ATTEMPTS_START, one, 0, 1, 0);
    expect_nothing();
}
END_TEST

START_TEST(a_query_that_holds_no_slot_is_a_guest)
{
    attempts_on_task(attempts, one, 1, 1, (TaskRef){0, 0, 0});
    attempts_on_task(attempts, one, 1, 1, (TaskRef){0, 1, 0});
    expect(ATTEMPTS_START, one, 0, 0, 0);
    attempts_on_task(attempts, two, 1, 1, (TaskRef){0, 0, 0});
    attempts_on_task(attempts, two, 1, 1, (TaskRef){0, 1, 0});
    expect(ATTEMPTS_START, two, 0, 0, 0);
    expect_nothing();
    ck_assert_uint_eq(attempts_busy(attempts), 2);
    attempts_on_plan(attempts, three, &graph);
    attempts_on_routes(attempts, three, 1, 1);
    attempts_on_task(attempts, three, 1, 1, (TaskRef){0, 0, 0});
    expect(ATTEMPTS_START, three, 0, 0, 0);
    ck_assert(attempts_on_finished(attempts, two, 1, (TaskRef){0, 0, 0}, true));
    expect(ATTEMPTS_START, two, 0, 1, 0);
    expect_nothing();
    ck_assert_uint_eq(attempts_busy(attempts), 3);
}
END_TEST

START_TEST(a_reduce_task_waits_without_a_slot)
{
    attempts_on_task(attempts, one, 1, 1, (TaskRef){1, 1, 0});
    expect_nothing();
    ck_assert_uint_eq(attempts_busy(attempts), 0);
    attempts_on_input(attempts, one, 1, 0, 0, true); /* another's */
    expect_nothing();
    attempts_on_input(attempts, one, 1, 0, 1, true);
    expect(ATTEMPTS_START, one, 1, 1, 0);
    ck_assert(attempts_on_finished(attempts, one, 1, (TaskRef){1, 1, 0}, true));
    attempts_on_task(attempts, one, 1, 1, (TaskRef){1, 1, 1}); /* the input is spent */
    expect_nothing();
}
END_TEST

START_TEST(a_stopped_attempt_holds_its_slot_until_it_ends)
{
    attempts_on_task(attempts, one, 1, 1, (TaskRef){0, 0, 0});
    expect(ATTEMPTS_START, one, 0, 0, 0);
    attempts_on_task(attempts, two, 1, 1, (TaskRef){0, 0, 0});
    attempts_on_task(attempts, two, 1, 1, (TaskRef){0, 1, 0});
    expect(ATTEMPTS_START, two, 0, 0, 0);
    attempts_on_release(attempts, one);
    expect(ATTEMPTS_STOP, one, 0, 0, 0);
    ck_assert(attempts_on_finished(attempts, two, 1, (TaskRef){0, 0, 0}, true));
    expect(ATTEMPTS_START, two, 0, 1, 0); /* as a guest */
    expect_nothing();
    ck_assert_uint_eq(attempts_busy(attempts), 2);
    ck_assert(!attempts_on_finished(attempts, one, 1, (TaskRef){0, 0, 0}, true));
    expect(ATTEMPTS_DROP, one, 0, 0, 0);
    ck_assert(!attempts_on_plan(attempts, one, &graph)); /* a tombstone */
    ck_assert(!attempts_on_task(attempts, one, 1, 1, (TaskRef){0, 0, 0}));
}
END_TEST

START_TEST(a_new_generation_drops_the_old)
{
    attempts_on_task(attempts, one, 1, 1, (TaskRef){0, 0, 0});
    expect(ATTEMPTS_START, one, 0, 0, 0);
    attempts_on_routes(attempts, one, 2, 2);
    expect(ATTEMPTS_STOP, one, 0, 0, 0);
    ck_assert(!attempts_on_task(attempts, one, 1, 1, (TaskRef){0, 0, 1}));
    ck_assert(!attempts_on_task(attempts, one, 2, 3, (TaskRef){0, 0, 1})); /* relies on routes to come */
    ck_assert(attempts_on_task(attempts, one, 2, 2, (TaskRef){0, 0, 1}));
    expect_nothing(); /* never two attempts of a task */
    ck_assert(!attempts_on_finished(attempts, one, 1, (TaskRef){0, 0, 0}, true));
    expect(ATTEMPTS_DROP, one, 0, 0, 0);
    expect(ATTEMPTS_START, one, 0, 0, 1);
}
END_TEST

START_TEST(reports_list_what_is_held)
{
    QueryId query = {0, 0};
    uint32_t generation = 0;
    const HeldAttempt *held = NULL;
    size_t count = 0;

    attempts_on_task(attempts, one, 1, 1, (TaskRef){0, 0, 0});
    attempts_on_task(attempts, one, 1, 1, (TaskRef){0, 1, 0});
    attempts_on_task(attempts, one, 1, 1, (TaskRef){1, 0, 0});
    attempts_on_finished(attempts, one, 1, (TaskRef){0, 0, 0}, true);
    attempts_query_at(attempts, 0, &query, &generation, &held, &count);
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(held[0].state, ATTEMPT_DONE);
    ck_assert_int_eq(held[1].state, ATTEMPT_RUNNING);
    ck_assert_int_eq(held[2].state, ATTEMPT_WAITING);
    attempts_on_evicted(attempts, one, 1, (TaskRef){0, 0, 0});
    attempts_query_at(attempts, 0, &query, &generation, &held, &count);
    ck_assert_uint_eq(count, 2);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("attempts");
    TCase *cases = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, tasks_wait_for_a_slot);
    tcase_add_test(cases, a_query_that_holds_no_slot_is_a_guest);
    tcase_add_test(cases, a_reduce_task_waits_without_a_slot);
    tcase_add_test(cases, a_stopped_attempt_holds_its_slot_until_it_ends);
    tcase_add_test(cases, a_new_generation_drops_the_old);
    tcase_add_test(cases, reports_list_what_is_held);
    srunner_run_all(runner, CK_ENV);

    const int failures = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
