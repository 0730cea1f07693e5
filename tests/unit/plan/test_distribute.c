/* Plans cut into stages and tasks. */
#include "planned.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void
stage(Planned *planned, uint32_t tablets, const ClusterShape *shape, const char *sql)
{
    planned_stage(planned, tablets, shape, sql);
    ck_assert_msg(planned->status == STATUS_OK, "%s: %s", sql, planned->error.message);
}

static const PlanNode *
find_node(const PlanNode *node, PlanKind kind)
{
    if (node->kind == kind)
        return node;
    for (uint32_t i = 0; i < node->child_count; i++) {
        const PlanNode *found = find_node(node->children[i], kind);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static bool
feeds(const Stage *stage, uint32_t exchange)
{
    for (uint32_t i = 0; i < stage->extra_output_count; i++) {
        if (stage->extra_outputs[i] == exchange)
            return true;
    }
    return stage->output == exchange;
}

/* Every stage hangs together, whatever the query. */
static void
check_links(const StagedPlan *plan)
{
    for (uint32_t i = 0; i < plan->exchange_count; i++) {
        const Exchange *exchange = &plan->exchanges[i];
        const PlanExchange *node = &exchange->node->exchange;
        ck_assert_uint_eq(exchange->id, i);
        ck_assert_ptr_eq(exchange->node->children[0], plan->stages[exchange->producer].root);
        ck_assert(feeds(&plan->stages[exchange->producer], i));
        ck_assert_int_eq(exchange->consumer == STAGE_ROOT, i == plan->root_exchange);
        if (exchange->consumer == STAGE_ROOT)
            continue;
        ck_assert_uint_gt(exchange->consumer, exchange->producer);
        if (node->form != EXCHANGE_FORM_BROADCAST)
            ck_assert_uint_eq(node->partition_count, plan->stages[exchange->consumer].task_count);
    }
}

/* The tasks of a leaf stage read each kept block of each tablet exactly once. */
static void
check_coverage(const Stage *leaf, uint32_t tablets)
{
    for (uint32_t tablet = 1; tablet <= tablets; tablet++) {
        uint32_t blocks = 0;
        for (uint32_t i = 0; i < leaf->task_count; i++) {
            for (uint32_t j = 0; j < leaf->tasks[i].tablet_count; j++) {
                const TabletRange *range = &leaf->tasks[i].tablets[j];
                if (range->tablet != tablet)
                    continue;
                ck_assert_uint_eq(range->first_block, blocks);
                blocks += range->block_count;
            }
        }
        ck_assert_uint_eq(blocks, (EVENTS_TABLET_ROWS + 16383) / 16384);
    }
}

START_TEST(low_cardinality_is_gathered)
{
    Planned planned;

    stage(&planned, 10, &planned_shape, "SELECT event_type, count(*) FROM events GROUP BY event_type");
    const StagedPlan *plan = planned.staged;
    check_links(plan);
    ck_assert_uint_eq(plan->stage_count, 2);
    ck_assert(plan->stages[0].leaf && !plan->stages[1].leaf);
    ck_assert_uint_ge(plan->stages[0].task_count, planned_shape.worker_slots * 2);
    ck_assert_uint_eq(plan->stages[1].task_count, 1);
    ck_assert_int_eq(plan->exchanges[0].node->exchange.form, EXCHANGE_FORM_GATHER);
    ck_assert_int_eq(plan->stages[1].root->aggregate.phase, AGGREGATE_FINAL);
    check_coverage(&plan->stages[0], 10);
    planned_destroy(&planned);
}
END_TEST

START_TEST(dense_keys_are_partitioned_by_range)
{
    Planned planned;

    stage(&planned, 50, &planned_shape,
          "SELECT user_id, count(*), sum(value) FROM events GROUP BY user_id HAVING "
          "count(*) > 1 ORDER BY 2 DESC LIMIT 10");
    const StagedPlan *plan = planned.staged;
    check_links(plan);
    ck_assert_uint_eq(plan->stage_count, 3);
    ck_assert_uint_le(plan->stages[0].task_count,
                      planned_shape.worker_slots * 2); /* each has many groups to keep */
    check_coverage(&plan->stages[0], 50);
    const PlanExchange *exchange = &plan->exchanges[0].node->exchange;
    ck_assert_int_eq(exchange->form, EXCHANGE_FORM_RANGE);
    ck_assert_uint_ge(exchange->partition_count, planned_shape.reducer_slots * 4);
    ck_assert_uint_eq(plan->stages[1].task_count, exchange->partition_count);
    ck_assert_int_eq(plan->stages[1].root->kind, PLAN_TOP_N); /* after HAVING, before the root */
    ck_assert_int_eq(plan->stages[1].root->children[0]->kind, PLAN_FILTER);
    ck_assert_uint_eq(plan->stages[2].task_count, 1);
    planned_destroy(&planned);
}
END_TEST

START_TEST(task_bounds_tile_the_key_range)
{
    Planned planned;
    int64_t next = 0;

    stage(&planned, 50, &planned_shape, "SELECT user_id, count(*) FROM events GROUP BY user_id");
    const PlanNode *final = planned.staged->stages[1].root;
    while (final->kind != PLAN_AGGREGATE)
        final = final->children[0];
    for (uint32_t task = 0; task < planned.staged->stages[1].task_count; task++) {
        ColumnBound min;
        ColumnBound max;
        plan_task_key_bounds(final, 0, task, &min, &max);
        ck_assert(min.known && max.known);
        ck_assert_int_eq((int64_t)min.integer, next);
        ck_assert_int_le((int64_t)(max.integer - min.integer), 65536);
        next = (int64_t)max.integer + 1;
    }
    ck_assert_int_eq(next, 500000);
    planned_destroy(&planned);
}
END_TEST

/* From the stage's root down to the exchange that it reads. */
static const PlanNode *
first_in_stage(const PlanNode *node, PlanKind kind)
{
    while (node->kind != kind && node->kind != PLAN_EXCHANGE && node->child_count > 0)
        node = node->children[0];
    return node->kind == kind ? node : NULL;
}

/* Windows whose partitions have a key in common meet in one exchange by it, and share what order they can. */
START_TEST(windows_share_exchange_and_sort)
{
    Planned planned;

    stage(&planned, 50, &planned_shape,
          "SELECT row_number() OVER (PARTITION BY user_id ORDER BY value), sum(value) OVER (PARTITION BY "
          "user_id), "
          "max(value) OVER (PARTITION BY event_type, user_id ORDER BY timestamp) FROM events");
    check_links(planned.staged);
    ck_assert_uint_eq(planned.staged->stage_count, 2);
    const PlanExchange *exchange = &planned.staged->exchanges[0].node->exchange;
    ck_assert_int_eq(exchange->form, EXCHANGE_FORM_HASH);
    ck_assert_uint_eq(exchange->key_count, 1);
    ck_assert_uint_gt(exchange->partition_count, 1);
    const PlanNode *node = first_in_stage(planned.staged->stages[1].root, PLAN_WINDOW);
    ck_assert_int_eq(node->children[0]->kind, PLAN_WINDOW); /* by user_id alone: sorted already */
    ck_assert_int_eq(node->children[0]->children[0]->kind, PLAN_SORT);
    node = node->children[0]->children[0]->children[0];
    ck_assert_int_eq(node->kind, PLAN_WINDOW);
    ck_assert_int_eq(node->children[0]->kind, PLAN_SORT);
    ck_assert_uint_eq(node->children[0]->sort.key_count, 3);
    ck_assert_uint_eq(node->children[0]->sort.keys[0].column, exchange->keys[0]);
    ck_assert_int_eq(node->children[0]->children[0]->kind, PLAN_EXCHANGE);
    planned_destroy(&planned);
}
END_TEST

START_TEST(windows_without_partitions_are_gathered)
{
    Planned planned;

    stage(&planned, 50, &planned_shape, "SELECT row_number() OVER (ORDER BY value) FROM events");
    ck_assert_int_eq(planned.staged->exchanges[0].node->exchange.form, EXCHANGE_FORM_GATHER);
    ck_assert_uint_eq(planned.staged->stages[1].task_count, 1);
    planned_destroy(&planned);
    stage(&planned, 50, &planned_shape, "SELECT sum(value) OVER () FROM events");
    ck_assert_ptr_null(first_in_stage(planned.staged->stages[1].root, PLAN_SORT));
    planned_destroy(&planned);
}
END_TEST

START_TEST(first_rows_are_cut_on_both_sides)
{
    Planned planned;

    stage(&planned, 50, &planned_shape,
          "SELECT DISTINCT ON (user_id) user_id, value FROM events ORDER BY user_id, value");
    check_links(planned.staged);
    const PlanNode *before = first_in_stage(planned.staged->stages[0].root, PLAN_PARTITION_TOP);
    const PlanNode *after = first_in_stage(planned.staged->stages[1].root, PLAN_PARTITION_TOP);
    ck_assert_int_eq(planned.staged->exchanges[0].node->exchange.form, EXCHANGE_FORM_HASH);
    ck_assert(before->partition_top.partial && !after->partition_top.partial);
    planned_destroy(&planned);
}
END_TEST

START_TEST(other_keys_are_hashed)
{
    Planned planned;

    stage(&planned, 50, &planned_shape,
          "SELECT user_id, event_type, count(*) FROM events GROUP BY user_id, event_type");
    const PlanExchange *exchange = &planned.staged->exchanges[0].node->exchange;
    ck_assert_int_eq(exchange->form, EXCHANGE_FORM_HASH);
    ck_assert_int_eq(exchange->hash_column, 2);
    ck_assert_uint_eq(exchange->partition_count % planned_shape.reducer_slots, 0);
    /* Rows go straight to the root: nothing is left to be merged. */
    ck_assert_uint_eq(planned.staged->stage_count, 2);
    check_links(planned.staged);
    planned_destroy(&planned);
}
END_TEST

START_TEST(fan_in_makes_levels)
{
    ClusterShape shape = planned_shape;
    Planned planned;

    shape.fan_in = 2;
    stage(&planned, 4, &shape, "SELECT event_type, sum(value) FROM events GROUP BY event_type");
    const StagedPlan *plan = planned.staged;
    check_links(plan);
    ck_assert_uint_eq(plan->stage_count, 4); /* 8 tasks, 4, 2, 1 */
    ck_assert_uint_eq(plan->stages[0].task_count, 8);
    ck_assert_uint_eq(plan->stages[1].task_count, 4);
    ck_assert_uint_eq(plan->stages[2].task_count, 2);
    ck_assert_uint_eq(plan->stages[3].task_count, 1);
    ck_assert_int_eq(plan->exchanges[0].node->exchange.form, EXCHANGE_FORM_BY_TASK);
    ck_assert_int_eq(plan->stages[1].root->aggregate.phase, AGGREGATE_COMBINE);
    ck_assert_int_eq(plan->stages[3].root->aggregate.phase, AGGREGATE_FINAL);
    planned_destroy(&planned);
    stage(&planned, 4, &shape, "SELECT value FROM events ORDER BY value LIMIT 3 OFFSET 2");
    plan = planned.staged;
    ck_assert_uint_eq(plan->stage_count, 4);
    ck_assert_uint_eq(plan->stages[1].root->sort.limit, 5);
    ck_assert_uint_eq(plan->stages[1].root->sort.offset, 0);
    planned_destroy(&planned);
}
END_TEST

START_TEST(joins_broadcast_their_build_side)
{
    Planned planned;

    stage(&planned, 10, &planned_shape,
          "SELECT e.value, u.name FROM users u JOIN events e ON u.user_id = e.user_id");
    const StagedPlan *plan = planned.staged;
    check_links(plan);
    ck_assert_uint_eq(plan->stage_count, 2);
    const PlanNode *join = find_node(plan->root, PLAN_HASH_JOIN);
    ck_assert_str_eq(join->children[0]->scan.table_name, "events"); /* the larger side probes */
    ck_assert_int_eq(join->children[1]->exchange.form, EXCHANGE_FORM_BROADCAST);
    ck_assert(plan->stages[1].leaf);
    ck_assert(join->join.build_min.known);
    planned_destroy(&planned);
    stage(&planned, 10, &planned_shape,
          "SELECT e.value, u.name FROM events e FULL JOIN users u ON u.user_id = e.user_id");
    join = find_node(planned.staged->root, PLAN_HASH_JOIN);
    for (int side = 0; side < 2; side++) { /* one task sees all probes of a key */
        ck_assert_int_eq(join->children[side]->exchange.form, EXCHANGE_FORM_HASH);
        ck_assert_uint_gt(join->children[side]->exchange.partition_count, 1);
        ck_assert_uint_eq(join->children[side]->exchange.heavy_count, 1); /* NULLs are spread */
        ck_assert(!join->children[side]->exchange.heavy_everywhere);
    }
    check_links(planned.staged);
    planned_destroy(&planned);
}
END_TEST

START_TEST(joins_shuffle_where_it_costs_less)
{
    Planned planned;
    ClusterShape many = {.workers = 50, .worker_slots = 200, .reducers = 50, .reducer_slots = 200};

    stage(&planned, 100, &many,
          "SELECT a.value, b.value FROM events a JOIN events b ON a.\"timestamp\" = b.\"timestamp\"");
    check_links(planned.staged);
    const PlanNode *join = find_node(planned.staged->root, PLAN_HASH_JOIN);
    ck_assert_int_eq(join->children[0]->exchange.form, EXCHANGE_FORM_HASH);
    ck_assert_int_eq(join->children[1]->exchange.form, EXCHANGE_FORM_HASH);
    planned_destroy(&planned);
}
END_TEST

/* What is partitioned by a key already is neither joined nor grouped by it over another exchange. */
START_TEST(partitions_are_used_again)
{
    Planned planned;
    ClusterShape shuffled = planned_shape;

    shuffled.joins = JOINS_SHUFFLE;
    stage(&planned, 10, &shuffled,
          "SELECT a.user_id, count(*) FROM events a JOIN events b ON a.user_id = b.user_id "
          "JOIN users u ON u.user_id = a.user_id GROUP BY a.user_id");
    check_links(planned.staged);
    ck_assert_uint_eq(planned.staged->stage_count, 4); /* three scans, and the rest */
    const PlanNode *aggregate = find_node(planned.staged->root, PLAN_AGGREGATE);
    ck_assert_int_eq(aggregate->aggregate.phase, AGGREGATE_SINGLE);
    planned_destroy(&planned);
    stage(&planned, 10, &shuffled,
          "SELECT a.user_id, count(*) FROM events a LEFT JOIN users u ON a.user_id = u.user_id GROUP BY 1");
    aggregate = find_node(planned.staged->root, PLAN_AGGREGATE);
    ck_assert_int_eq(aggregate->aggregate.phase, AGGREGATE_FINAL); /* NULL keys are spread */
    planned_destroy(&planned);
}
END_TEST

START_TEST(limits)
{
    Planned planned;

    stage(&planned, 10, &planned_shape, "SELECT value FROM events LIMIT 7");
    ck_assert_uint_eq(planned.staged->stage_count, 1);
    ck_assert_int_eq(planned.staged->root_limit, 7);
    ck_assert(!planned.staged->stages[0].indeterminate); /* the root takes any seven */
    planned_destroy(&planned);
    stage(&planned, 10, &planned_shape, "SELECT value FROM events LIMIT 7 OFFSET 3");
    ck_assert_uint_eq(planned.staged->stage_count, 2);
    ck_assert_int_eq(planned.staged->root_limit, PLAN_NO_LIMIT);
    ck_assert_int_eq(planned.staged->stages[0].root->limit.limit, 10);
    ck_assert_int_eq(planned.staged->stages[1].root->limit.offset, 3);
    planned_destroy(&planned);
    stage(&planned, 10, &planned_shape, "SELECT sum(value) FROM (SELECT value FROM events LIMIT 7) t");
    ck_assert(planned.staged->stages[0].indeterminate); /* which seven matters now */
    planned_destroy(&planned);
    stage(&planned, 10, &planned_shape,
          "SELECT sum(value) FROM (SELECT value FROM events ORDER BY value LIMIT 7) t");
    ck_assert(!planned.staged->stages[0].indeterminate);
    planned_destroy(&planned);
}
END_TEST

START_TEST(tablets_are_pruned)
{
    Planned planned;

    stage(&planned, 10, &planned_shape, "SELECT value FROM events WHERE user_id BETWEEN 25000 AND 34999");
    const PlanNode *scan = find_node(planned.staged->root, PLAN_SCAN);
    ck_assert_uint_eq(planned.staged->tablets_total, 10);
    ck_assert_uint_eq(planned.staged->tablets_pruned, 8);
    ck_assert_uint_eq(scan->scan.partition_count, 5);
    ck_assert_uint_eq(scan->scan.pruned_partition_count, 3);
    planned_destroy(&planned);
    stage(&planned, 10, &planned_shape, "SELECT count(value) FROM events WHERE user_id < 0");
    ck_assert_uint_eq(planned.staged->stages[0].task_count, 0);
    ck_assert_uint_eq(planned.staged->stages[1].task_count, 1); /* still one row */
    planned_destroy(&planned);
}
END_TEST

START_TEST(no_table_needs_one_task)
{
    Planned planned;

    stage(&planned, 1, &planned_shape, "SELECT 1 + 1");
    ck_assert_uint_eq(planned.staged->stage_count, 1);
    ck_assert_uint_eq(planned.staged->stages[0].task_count, 1);
    planned_destroy(&planned);
    stage(&planned, 1, &planned_shape, "SELECT sum(x) FROM (VALUES (1), (2)) t(x)");
    ck_assert_uint_eq(planned.staged->stage_count, 1);
    ck_assert_int_eq(find_node(planned.staged->root, PLAN_AGGREGATE)->aggregate.phase, AGGREGATE_SINGLE);
    planned_destroy(&planned);
}
END_TEST

START_TEST(tasks_stay_few_and_large_enough)
{
    ClusterShape shape = planned_shape;
    Planned planned;

    shape.worker_slots = 1;
    stage(&planned, 400, &shape, "SELECT event_type, count(*) FROM events GROUP BY event_type");
    ck_assert_uint_le(planned.staged->stages[0].task_count, 80); /* whole tablets: about 64 */
    check_coverage(&planned.staged->stages[0], 400);
    planned_destroy(&planned);
    shape.worker_slots = 1000;
    stage(&planned, 3, &shape, "SELECT event_type, count(*) FROM events GROUP BY event_type");
    ck_assert_uint_le(planned.staged->stages[0].task_count, 6);
    check_coverage(&planned.staged->stages[0], 3);
    planned_destroy(&planned);
}
END_TEST

START_TEST(unions_of_tables_are_one_stage)
{
    Planned planned;

    stage(&planned, 10, &planned_shape,
          "SELECT sum(user_id) FROM (SELECT user_id FROM events UNION ALL SELECT user_id FROM users) t");
    const StagedPlan *plan = planned.staged;
    check_links(plan);
    ck_assert_uint_eq(plan->stage_count, 2);
    const Stage *leaf = &plan->stages[0];
    const uint32_t events = leaf->task_count - 1; /* users are one tablet */
    ck_assert_uint_gt(events, 1);
    for (uint32_t i = 0; i < leaf->task_count; i++)
        ck_assert_uint_eq(leaf->tasks[i].source, i < events ? 0 : 1);
    ck_assert_int_eq(leaf->root->kind, PLAN_AGGREGATE);
    ck_assert_int_eq(leaf->root->children[0]->kind, PLAN_SET_OPERATION);
    planned_destroy(&planned);
    stage(&planned, 10, &planned_shape, "SELECT 1 UNION ALL SELECT 2");
    ck_assert_uint_eq(planned.staged->stages[0].task_count, 1); /* constants need but one task */
    ck_assert_uint_eq(planned.staged->stages[0].tasks[0].source, STAGE_ALL_SOURCES);
    planned_destroy(&planned);
}
END_TEST

START_TEST(shared_queries_run_once)
{
    Planned planned;

    stage(&planned, 10, &planned_shape,
          "WITH w AS (SELECT event_type, count(*) AS n FROM events GROUP BY event_type) "
          "SELECT * FROM w x JOIN w y ON x.n = y.n JOIN w z ON z.n = y.n");
    const StagedPlan *plan = planned.staged;
    check_links(plan);
    uint32_t outputs = 0;
    uint32_t leaves = 0;
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        leaves += plan->stages[i].leaf;
        outputs += plan->stages[i].extra_output_count;
    }
    ck_assert_uint_eq(leaves, 1);
    ck_assert_uint_eq(outputs, 2); /* besides the first reference's */
    planned_destroy(&planned);
    stage(&planned, 10, &planned_shape,
          "WITH w AS (SELECT event_type, count(*) FROM events GROUP BY event_type) SELECT * FROM w");
    ck_assert_uint_eq(planned.staged->stage_count, 2); /* nothing to share */
    planned_destroy(&planned);
}
END_TEST

START_TEST(recursion_is_one_task)
{
    Planned planned;

    stage(&planned, 10, &planned_shape,
          "WITH RECURSIVE r AS (SELECT user_id FROM users UNION SELECT e.user_id + 1 FROM r JOIN events e ON "
          "e.user_id = r.user_id) SELECT count(*) FROM r");
    const StagedPlan *plan = planned.staged;
    check_links(plan);
    const Stage *last = &plan->stages[plan->stage_count - 1];
    ck_assert_uint_eq(last->task_count, 1);
    const PlanNode *recursive = find_node(last->root, PLAN_RECURSIVE);
    ck_assert_int_eq(recursive->children[0]->exchange.form, EXCHANGE_FORM_GATHER);
    ck_assert_ptr_nonnull(find_node(recursive->children[1], PLAN_WORKING));
    planned_destroy(&planned);
}
END_TEST

START_TEST(unions_of_exchanges_have_equal_partitions)
{
    Planned planned;

    stage(&planned, 10, &planned_shape,
          "SELECT value, count(*) FROM events GROUP BY value UNION ALL SELECT 1, count(value) FROM events");
    check_links(planned.staged);
    const PlanNode *all = find_node(planned.staged->root, PLAN_SET_OPERATION);
    ck_assert_uint_eq(all->child_count, 2);
    planned_destroy(&planned);
    stage(&planned, 10, &planned_shape, "SELECT max(value) FROM events UNION ALL SELECT value FROM events");
    check_links(planned.staged); /* the single row does not make one task of all */
    ck_assert_uint_gt(planned.staged->stages[planned.staged->stage_count - 1].task_count, 1);
    planned_destroy(&planned);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("distribute");
    TCase *cuts = tcase_create("cuts");

    tcase_add_test(cuts, low_cardinality_is_gathered);
    tcase_add_test(cuts, dense_keys_are_partitioned_by_range);
    tcase_add_test(cuts, task_bounds_tile_the_key_range);
    tcase_add_test(cuts, other_keys_are_hashed);
    tcase_add_test(cuts, windows_share_exchange_and_sort);
    tcase_add_test(cuts, windows_without_partitions_are_gathered);
    tcase_add_test(cuts, first_rows_are_cut_on_both_sides);
    tcase_add_test(cuts, fan_in_makes_levels);
    tcase_add_test(cuts, joins_broadcast_their_build_side);
    tcase_add_test(cuts, joins_shuffle_where_it_costs_less);
    tcase_add_test(cuts, partitions_are_used_again);
    tcase_add_test(cuts, limits);
    tcase_add_test(cuts, tablets_are_pruned);
    tcase_add_test(cuts, no_table_needs_one_task);
    tcase_add_test(cuts, unions_of_tables_are_one_stage);
    tcase_add_test(cuts, shared_queries_run_once);
    tcase_add_test(cuts, recursion_is_one_task);
    tcase_add_test(cuts, unions_of_exchanges_have_equal_partitions);
    tcase_add_test(cuts, tasks_stay_few_and_large_enough);
    suite_add_tcase(suite, cuts);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
