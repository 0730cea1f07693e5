#include "flow/scheduler.h"

#include <check.h>
#include <stdlib.h>

#define MS INT64_C(1000)

static const QueryId query = {1, 1};
static const Incarnation front = {9, 1};
static const Incarnation workers[2] = {{1, 1}, {1, 2}};
static const Incarnation reducers[2] = {{2, 1}, {2, 2}};

static StageSpec stages[2];
static ExchangeSpec exchanges[2];
static const StageGraph graph = {stages, exchanges, 2, 2, 1};

static Scheduler *scheduler;
static SchedulerAction action;
static SchedulerAction tasks[64]; /* SEND_TASK actions of the last drain */
static size_t task_count;
static size_t counts[SCHEDULER_NODE_IDLE + 1];
static SchedulerAction ended;

static void
set_up(void)
{
    SchedulerConfig config;

    scheduler_config_default(&config);
    scheduler = scheduler_new(&config);
    stages[0] = (StageSpec){.kind = STAGE_LEAF, .task_count = 8};
    stages[1] = (StageSpec){.kind = STAGE_REDUCE, .task_count = 2};
    exchanges[0] = (ExchangeSpec){EXCHANGE_HASH, 0, 1, 2};
    exchanges[1] = (ExchangeSpec){EXCHANGE_GATHER, 1, STAGE_ROOT, 1};
    scheduler_on_node_ready(scheduler, 0, front, 4, 1);
    for (int i = 0; i < 2; i++) {
        scheduler_on_node_ready(scheduler, 0, workers[i], 1, 1);
        scheduler_on_node_ready(scheduler, 0, reducers[i], 2, 1);
    }
}

static void
tear_down(void)
{
    scheduler_destroy(&scheduler);
}

static void
drain(void)
{
    task_count = 0;
    for (size_t i = 0; i <= SCHEDULER_NODE_IDLE; i++)
        counts[i] = 0;
    while (scheduler_next_action(scheduler, 0, &action)) {
        counts[action.kind]++;
        if (action.kind == SCHEDULER_SEND_TASK)
            tasks[task_count++] = action;
        if (action.kind == SCHEDULER_QUERY_ENDED)
            ended = action;
    }
}

static void
submit(void)
{
    ck_assert_int_eq(scheduler_submit(scheduler, 0, query, &graph, front, INT64_MAX, NULL), STATUS_OK);
    drain();
}

static void
finish(const SchedulerAction *task)
{
    scheduler_on_task_done(scheduler, 0, task->node, query, task->generation, task->task);
}

/* Run the query's leaves to their end; returns the attempts that were sent. */
static size_t
finish_leaves(SchedulerAction *sent)
{
    size_t count = 0;

    while (task_count > 0) {
        SchedulerAction now[64];
        const size_t now_count = task_count;

        for (size_t i = 0; i < now_count; i++)
            now[i] = tasks[i];
        for (size_t i = 0; i < now_count; i++) {
            sent[count++] = now[i];
            if (now[i].task.stage == 0)
                finish(&now[i]);
        }
        drain();
    }
    return count;
}

START_TEST(workers_get_slots_and_one_more)
{
    submit();
    ck_assert_uint_eq(counts[SCHEDULER_SEND_PLAN], 5);
    ck_assert_uint_eq(counts[SCHEDULER_SEND_ROUTES], 5);
    ck_assert_uint_eq(task_count, 2 + 2 * 2);
    ck_assert_uint_eq(scheduler_node_busy(scheduler, workers[0]), 2);
    ck_assert_uint_eq(scheduler_node_busy(scheduler, workers[1]), 2);
}
END_TEST

START_TEST(a_query_with_nothing_there_gets_one_more)
{
    static const QueryId other = {1, 2};
    size_t leaves = 0;

    submit();
    ck_assert_int_eq(scheduler_submit(scheduler, 0, other, &graph, front, INT64_MAX, NULL), STATUS_OK);
    drain();
    for (size_t i = 0; i < task_count; i++)
        leaves += tasks[i].task.stage == 0;
    ck_assert_uint_eq(leaves, 2); /* one at each worker */
    ck_assert_uint_eq(scheduler_node_busy(scheduler, workers[0]), 3);
    ck_assert_uint_eq(scheduler_node_busy(scheduler, workers[1]), 3);
}
END_TEST

START_TEST(a_query_runs_to_its_end)
{
    SchedulerAction sent[64];
    QueryProgress progress;

    submit();
    ck_assert_uint_eq(finish_leaves(sent), 10);
    scheduler_progress(scheduler, query, &progress);
    ck_assert_uint_eq(progress.tasks_done, 8);
    ck_assert_uint_eq(progress.tasks_total, 10);
    ck_assert_uint_eq(progress.retries, 0);
    scheduler_on_root_complete(scheduler, 0, query, 1);
    drain();
    ck_assert_uint_eq(counts[SCHEDULER_QUERY_ENDED], 1);
    ck_assert_uint_eq(counts[SCHEDULER_SEND_RELEASE], 5);
    ck_assert_int_eq(ended.state, QUERY_DONE);
    ck_assert_uint_eq(scheduler_running_count(scheduler), 0);
    ck_assert_int_eq(scheduler_submit(scheduler, 0, query, &graph, front, INT64_MAX, NULL), STATUS_PROTOCOL);
}
END_TEST

START_TEST(an_error_of_a_task_fails_the_query)
{
    Error error = {0};

    error_set(&error, STATUS_DIVISION_BY_ZERO, "division by zero");
    submit();
    scheduler_on_task_failed(scheduler, 0, tasks[0].node, query, 1, tasks[0].task, &error);
    drain();
    ck_assert_int_eq(ended.state, QUERY_FAILED);
    ck_assert_int_eq(ended.error->code, STATUS_DIVISION_BY_ZERO);
    ck_assert_uint_eq(scheduler_node_busy(scheduler, workers[0]), 0);
}
END_TEST

START_TEST(a_lost_attempt_is_tried_again_after_a_pause)
{
    SchedulerAction sent[64];
    Error error = {0};
    bool again = false;

    error_set(&error, STATUS_PEER_LOST, "lost");
    submit();

    const SchedulerAction lost = tasks[--task_count];

    ck_assert_uint_eq(lost.task.stage, 0);
    scheduler_on_task_failed(scheduler, 0, lost.node, query, 1, lost.task, &error);
    ck_assert_int_eq(scheduler_next_deadline(scheduler), 10 * MS);
    finish_leaves(sent);
    ck_assert_uint_eq(task_count, 0);
    scheduler_on_tick(scheduler, 10 * MS);
    drain();
    for (size_t i = 0; i < task_count; i++)
        again |= tasks[i].task.task == lost.task.task && tasks[i].task.attempt == 1;
    ck_assert(again);
}
END_TEST

START_TEST(the_loss_of_a_reducer_moves_its_partitions)
{
    SchedulerAction sent[64];

    submit();
    finish_leaves(sent);
    scheduler_on_node_lost(scheduler, 0, reducers[0]);
    drain();
    ck_assert_uint_eq(task_count, 1);
    ck_assert_uint_eq(tasks[0].task.stage, 1);
    ck_assert_uint_eq(tasks[0].task.attempt, 1);
    ck_assert(incarnation_equal(tasks[0].node, reducers[1]));
    ck_assert_uint_eq(counts[SCHEDULER_SEND_ROUTES], 4);
    ck_assert_uint_eq(tasks[0].routes_version, 2);
}
END_TEST

START_TEST(lost_outputs_are_made_again_when_they_are_missed)
{
    SchedulerAction sent[64];
    uint64_t bits = 0xff;
    const MissingTasks missing = {0, 8, &bits};

    submit();
    finish_leaves(sent);
    scheduler_on_node_lost(scheduler, 0, workers[0]);
    drain();
    ck_assert_uint_eq(task_count, 0); /* nobody misses them yet */

    HeldAttempt held[2];
    size_t held_count = 0;

    for (size_t i = 0; i < 2; i++) {
        if (incarnation_equal(sent[i].node, reducers[0]))
            held[held_count++] = (HeldAttempt){sent[i].task, ATTEMPT_WAITING};
    }

    const QueryReport own = {.query = query,
                             .generation = 1,
                             .routes_version = 2,
                             .held = held,
                             .held_count = held_count,
                             .missing = &missing,
                             .missing_count = 1};
    const Report report = {&own, 1};

    scheduler_on_report(scheduler, 0, reducers[0], &report);
    drain();
    ck_assert_uint_eq(task_count, 2); /* the one worker's quota */
    ck_assert_uint_eq(tasks[0].task.attempt, 1);
    ck_assert(incarnation_equal(tasks[0].node, workers[1]));
}
END_TEST

START_TEST(an_unlisted_attempt_is_sent_again)
{
    const QueryReport own = {.query = query, .generation = 1, .routes_version = 1};
    const Report report = {&own, 1};

    submit();
    scheduler_on_report(scheduler, 100 * MS, workers[0], &report);
    ck_assert_uint_eq(scheduler_node_busy(scheduler, workers[0]), 2); /* may be on its way */
    scheduler_on_report(scheduler, 500 * MS, workers[0], &report);
    scheduler_on_tick(scheduler, 600 * MS);
    drain();
    ck_assert_uint_gt(task_count, 0);
}
END_TEST

START_TEST(without_a_role_the_query_ends_as_unavailable)
{
    for (int i = 0; i < 2; i++)
        scheduler_on_node_lost(scheduler, 0, reducers[i]);
    submit();
    ck_assert_int_eq(scheduler_next_deadline(scheduler), 2000 * MS); /* backups are looked for */
    scheduler_on_tick(scheduler, 9999 * MS);
    drain();
    ck_assert_uint_eq(counts[SCHEDULER_QUERY_ENDED], 0);
    scheduler_on_tick(scheduler, 10000 * MS);
    drain();
    ck_assert_int_eq(ended.state, QUERY_FAILED);
    ck_assert_int_eq(ended.error->code, STATUS_UNAVAILABLE);
}
END_TEST

START_TEST(the_loss_of_an_elected_output_starts_over)
{
    SchedulerAction sent[64];
    uint64_t bits = 0xff;
    const MissingTasks missing = {0, 8, &bits};
    const QueryReport own = {
        .query = query, .generation = 1, .routes_version = 2, .missing = &missing, .missing_count = 1};
    const Report report = {&own, 1};
    QueryProgress progress;

    stages[0].indeterminate = true;
    submit();
    finish_leaves(sent);
    scheduler_on_node_lost(scheduler, 0, workers[0]);
    scheduler_on_report(scheduler, 0, reducers[0], &report);
    drain();
    scheduler_progress(scheduler, query, &progress);
    ck_assert_uint_eq(progress.generation, 2);
    ck_assert_uint_eq(progress.tasks_done, 0);
    ck_assert_uint_eq(tasks[0].generation, 2);
    ck_assert_uint_gt(tasks[0].task.attempt, 0);
}
END_TEST

START_TEST(a_drained_node_is_idle_when_its_queries_are_over)
{
    submit();
    scheduler_on_node_draining(scheduler, 0, workers[0]);
    drain();
    ck_assert_uint_eq(counts[SCHEDULER_NODE_IDLE], 0);
    scheduler_cancel(scheduler, 0, query, STATUS_CANCELLED, "by the user");
    drain();
    ck_assert_uint_eq(counts[SCHEDULER_NODE_IDLE], 1);
    ck_assert_int_eq(ended.state, QUERY_CANCELLED);
}
END_TEST

START_TEST(many_tasks_are_no_trouble)
{
    SchedulerAction sent = {0};
    size_t done = 0;

    stages[0].task_count = 10000;
    stages[1].task_count = 64;
    exchanges[0].partition_count = 64;
    ck_assert_int_eq(scheduler_submit(scheduler, 0, query, &graph, front, INT64_MAX, NULL), STATUS_OK);
    while (scheduler_next_action(scheduler, 0, &sent)) {
        if (sent.kind != SCHEDULER_SEND_TASK || sent.task.stage != 0)
            continue;
        scheduler_on_task_done(scheduler, 0, sent.node, query, 1, sent.task);
        done++;
    }
    ck_assert_uint_eq(done, 10000);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("scheduler");
    TCase *cases = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, workers_get_slots_and_one_more);
    tcase_add_test(cases, a_query_with_nothing_there_gets_one_more);
    tcase_add_test(cases, a_query_runs_to_its_end);
    tcase_add_test(cases, an_error_of_a_task_fails_the_query);
    tcase_add_test(cases, a_lost_attempt_is_tried_again_after_a_pause);
    tcase_add_test(cases, the_loss_of_a_reducer_moves_its_partitions);
    tcase_add_test(cases, lost_outputs_are_made_again_when_they_are_missed);
    tcase_add_test(cases, an_unlisted_attempt_is_sent_again);
    tcase_add_test(cases, without_a_role_the_query_ends_as_unavailable);
    tcase_add_test(cases, the_loss_of_an_elected_output_starts_over);
    tcase_add_test(cases, a_drained_node_is_idle_when_its_queries_are_over);
    tcase_add_test(cases, many_tasks_are_no_trouble);
    srunner_run_all(runner, CK_ENV);

    const int failures = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
