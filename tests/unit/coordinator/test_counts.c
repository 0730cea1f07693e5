/* What attempts have done counts once a task, whatever the order of reports, retries and ends. */
#include "coordinator/counts.h"

#include "base/memory.h"

#include <check.h>
#include <stdlib.h>

static StageTask tasks[2] = {{.cost = 1000}, {.cost = 1000}};
static Stage stages[2] = {{.task_count = 2, .tasks = tasks, .leaf = true}, {.id = 1, .task_count = 1}};
static StagedPlan plan = {.stage_count = 2, .stages = stages, .node_count = 4};

static void
report(QuerySession *session, bool done, uint32_t generation, TaskRef ref, uint64_t rows)
{
    const NodeCount count = {
        .node = 1 + ref.stage, .rows_in = rows, .bytes = 10 * rows, .blocks_read = !ref.stage};
    const Message message = {.type = done ? MESSAGE_TASK_DONE : MESSAGE_TASK_RUNNING,
                             .generation = generation,
                             .task = ref,
                             .counts = &count,
                             .count_count = 1};

    if (done)
        counts_add_done(session, &message);
    else
        counts_add_running(session, &message);
}

START_TEST(counts_each_task_once)
{
    QuerySession session = {.plan = &plan};

    report(&session, false, 1, (TaskRef){0, 0, 0}, 100);
    report(&session, false, 1, (TaskRef){0, 0, 0}, 250);
    report(&session, false, 1, (TaskRef){0, 1, 0}, 500);
    ck_assert_uint_eq(counts_rows_scanned(&session), 750);
    ck_assert_uint_eq(counts_bytes_scanned(&session), 7500);
    ck_assert_double_eq_tol(counts_running_part(&session), 0.75, 1e-9);

    /* Another attempt takes the place of the one that was lost; that one's words come too late. */
    report(&session, false, 1, (TaskRef){0, 0, 1}, 20);
    report(&session, false, 1, (TaskRef){0, 0, 0}, 300);
    ck_assert_uint_eq(counts_rows_scanned(&session), 520);

    /* The first that is done counts, and nothing after it. */
    report(&session, true, 1, (TaskRef){0, 0, 1}, 1000);
    report(&session, true, 1, (TaskRef){0, 0, 0}, 1000);
    report(&session, false, 1, (TaskRef){0, 0, 2}, 1);
    ck_assert_uint_eq(counts_rows_scanned(&session), 1500);
    ck_assert_uint_eq(counts_total(&session), 2);

    /* A new generation, though its attempts are numbered anew. */
    report(&session, false, 2, (TaskRef){0, 1, 0}, 5);
    report(&session, false, 1, (TaskRef){0, 1, 7}, 900);
    ck_assert_uint_eq(counts_rows_scanned(&session), 1005);
    report(&session, true, 2, (TaskRef){0, 1, 0}, 1000);
    ck_assert(!counts_are_complete(&session));
    report(&session, true, 2, (TaskRef){1, 0, 0}, 7); /* no scan */
    ck_assert(counts_are_complete(&session));
    ck_assert_uint_eq(counts_rows_scanned(&session), 2000);

    counts_settle(&session);
    ck_assert_uint_eq(counts_total(&session), 0);
    ck_assert_uint_eq(counts_rows_scanned(&session), 2000);
}
END_TEST

START_TEST(drops_what_the_plan_does_not_have)
{
    QuerySession session = {.plan = &plan};

    report(&session, false, 1, (TaskRef){2, 0, 0}, 1);
    report(&session, true, 1, (TaskRef){0, 2, 0}, 1);
    const NodeCount count = {.node = 5, .rows_in = 1};
    const Message message = {.type = MESSAGE_TASK_DONE, .counts = &count, .count_count = 1};
    counts_add_done(&session, &message);
    ck_assert_uint_eq(counts_total(&session), 0);
    counts_drop(&session);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("counts");
    TCase *cases = tcase_create("counts");

    tcase_add_test(cases, counts_each_task_once);
    tcase_add_test(cases, drops_what_the_plan_does_not_have);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
