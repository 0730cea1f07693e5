/* What attempts have done counts once a task, whatever the order of reports, retries and ends. */
#include "coordinator/counts.h"

#include "base/memory.h"

#include <check.h>
#include <stdlib.h>

/* The second tablet is read by both tasks. */
static TabletRange first[2] = {{.tablet = 7}, {.tablet = 8}};
static TabletRange second[2] = {{.tablet = 8, .first_block = 4}, {.tablet = 9}};
static StageTask tasks[2] = {{.cost = 1000, .tablet_count = 2, .tablets = first},
                             {.cost = 1000, .tablet_count = 2, .tablets = second}};
static PlanNode scan = {.kind = PLAN_SCAN, .id = 1};
static Stage stages[2] = {{.root = &scan, .task_count = 2, .tasks = tasks, .leaf = true},
                          {.id = 1, .task_count = 1}};
static StagedPlan plan = {
    .tablets_total = 5, .tablets_pruned = 1, .stage_count = 2, .stages = stages, .node_count = 4};

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
    QuerySession session = {.state = SESSION_RUNNING, .plan = &plan};

    report(&session, false, 1, (TaskRef){0, 0, 0}, 100);
    report(&session, false, 1, (TaskRef){0, 0, 0}, 250);
    report(&session, false, 1, (TaskRef){0, 1, 0}, 500);
    ck_assert_uint_eq(counts_rows_scanned(&session), 750);
    ck_assert_uint_eq(counts_bytes_scanned(&session), 7500);
    ck_assert_double_eq_tol(counts_running_part(&session), 0.75, 1e-9);
    ck_assert_uint_eq(counts_tablets_done(&session), 0);

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
    ck_assert_uint_eq(counts_tablets_done(&session), 1);

    /* A new generation, though its attempts are numbered anew. */
    report(&session, false, 2, (TaskRef){0, 1, 0}, 5);
    report(&session, false, 1, (TaskRef){0, 1, 7}, 900);
    ck_assert_uint_eq(counts_rows_scanned(&session), 1005);
    report(&session, true, 2, (TaskRef){0, 1, 0}, 1000);
    ck_assert(!counts_are_complete(&session));
    ck_assert_uint_eq(counts_tablets_done(&session), 3);
    report(&session, true, 2, (TaskRef){1, 0, 0}, 7); /* no scan */
    ck_assert(counts_are_complete(&session));
    ck_assert_uint_eq(counts_rows_scanned(&session), 2000);

    counts_settle(&session);
    session.plan = NULL;
    ck_assert_uint_eq(counts_total(&session), 0);
    ck_assert_uint_eq(counts_rows_scanned(&session), 2000);
    ck_assert_uint_eq(counts_tablets_done(&session), 3);
    ck_assert_uint_eq(counts_tablets_total(&session), 4);
}
END_TEST

/* Of a file the rows that came out of it count, and its bytes are the work. */
START_TEST(counts_files)
{
    PlanNode file = {.kind = PLAN_READ_FILE, .id = 2};
    PlanNode *children[] = {&file};
    PlanNode write = {.kind = PLAN_WRITE, .id = 1, .child_count = 1, .children = children};
    StageTask task = {.cost = 400, .file_count = 1};
    Stage stage = {.root = &write, .task_count = 1, .tasks = &task, .leaf = true};
    StagedPlan load = {.stage_count = 1, .stages = &stage, .node_count = 2};
    QuerySession session = {.state = SESSION_RUNNING, .plan = &load};
    const NodeCount counts[] = {{.node = 1, .rows_in = 10, .bytes = 70},
                                {.node = 2, .rows_out = 10, .bytes = 100}};
    const Message message = {
        .type = MESSAGE_TASK_RUNNING, .generation = 1, .counts = counts, .count_count = 2};

    counts_add_running(&session, &message);
    ck_assert_uint_eq(counts_rows_scanned(&session), 10);
    ck_assert_uint_eq(counts_bytes_scanned(&session), 100);
    ck_assert_double_eq_tol(counts_running_part(&session), 0.25, 1e-9);
    ck_assert_uint_eq(counts_tablets_done(&session), 0);
    counts_drop(&session);
}
END_TEST

START_TEST(drops_what_the_plan_does_not_have)
{
    QuerySession session = {.state = SESSION_RUNNING, .plan = &plan};

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
    tcase_add_test(cases, counts_files);
    tcase_add_test(cases, drops_what_the_plan_does_not_have);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
