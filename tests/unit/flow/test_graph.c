#include "flow/graph.h"
#include "flow/ids.h"
#include "flow/tombstones.h"

#include <check.h>
#include <stdlib.h>

static StageSpec stages[3];
static ExchangeSpec exchanges[3];
static StageGraph graph;

static void
make_graph(void)
{
    stages[0] = (StageSpec){.kind = STAGE_LEAF, .task_count = 7};
    stages[1] = (StageSpec){.kind = STAGE_REDUCE, .task_count = 3};
    stages[2] = (StageSpec){.kind = STAGE_REDUCE, .task_count = 1};
    exchanges[0] = (ExchangeSpec){EXCHANGE_BY_TASK, 0, 1, 3};
    exchanges[1] = (ExchangeSpec){EXCHANGE_GATHER, 1, 2, 1};
    exchanges[2] = (ExchangeSpec){EXCHANGE_GATHER, 2, STAGE_ROOT, 1};
    graph = (StageGraph){stages, exchanges, 3, 3, 2};
}

START_TEST(a_good_graph_is_accepted)
{
    uint32_t depths[3];

    make_graph();
    ck_assert_int_eq(graph_validate(&graph, NULL), STATUS_OK);
    graph_depths(&graph, depths);
    ck_assert_uint_eq(depths[0], 0);
    ck_assert_uint_eq(depths[1], 1);
    ck_assert_uint_eq(depths[2], 2);
}
END_TEST

START_TEST(bad_graphs_are_refused)
{
    make_graph();
    exchanges[0].partition_count = 4; /* the consumer has three tasks */
    ck_assert_int_eq(graph_validate(&graph, NULL), STATUS_INTERNAL);
    make_graph();
    exchanges[1] = (ExchangeSpec){EXCHANGE_HASH, 2, 1, 3}; /* 1 → 2 is gone, 2 → 1 is there */
    exchanges[0] = (ExchangeSpec){EXCHANGE_GATHER, 1, 2, 1};
    ck_assert_int_eq(graph_validate(&graph, NULL), STATUS_INTERNAL);
    make_graph();
    graph.root_exchange = 1;
    ck_assert_int_eq(graph_validate(&graph, NULL), STATUS_INTERNAL);
    make_graph();
    exchanges[1].producer = 9;
    ck_assert_int_eq(graph_validate(&graph, NULL), STATUS_INTERNAL);
    make_graph();
    stages[1].kind = STAGE_LEAF; /* fed by something else than a broadcast */
    ck_assert_int_eq(graph_validate(&graph, NULL), STATUS_INTERNAL);
}
END_TEST

START_TEST(by_task_feeds_one_partition)
{
    make_graph();
    for (uint32_t p = 0; p < 3; p++) {
        uint32_t feeders = 0;

        for (uint32_t t = 0; t < 7; t++)
            feeders += graph_task_feeds(&graph, 0, t, p) ? 1 : 0;
        ck_assert_uint_eq(feeders, graph_feeder_count(&graph, 0, p));
        ck_assert_uint_eq(feeders, p == 0 ? 3 : 2);
    }
}
END_TEST

START_TEST(only_what_several_read_is_elected)
{
    make_graph();
    stages[0].indeterminate = true;
    stages[2].indeterminate = true;
    ck_assert(graph_stage_elected(&graph, 0));
    ck_assert(!graph_stage_elected(&graph, 1));
    ck_assert(!graph_stage_elected(&graph, 2)); /* the root takes one attempt anyway */
}
END_TEST

START_TEST(copies_are_deep)
{
    uint32_t costs[7] = {1, 2, 3, 4, 5, 6, 7};

    make_graph();
    stages[0].costs = costs;

    StageGraph *copy = graph_copy(&graph);

    costs[6] = 70;
    ck_assert_uint_eq(copy->stages[0].costs[6], 7);
    ck_assert_ptr_null(copy->stages[0].affinities);
    graph_destroy(&copy);
    ck_assert_ptr_null(copy);
}
END_TEST

START_TEST(ids_have_a_text_form)
{
    const QueryId id = {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)};
    QueryId parsed = {0, 0};
    char text[ID_TEXT_SIZE];

    query_id_format(id, text);
    ck_assert_str_eq(text, "0123456789abcdeffedcba9876543210");
    ck_assert(query_id_parse("0123456789ABCDEFfedcba9876543210", &parsed));
    ck_assert(query_id_equal(id, parsed));
    ck_assert(!query_id_parse("0123456789abcdeffedcba987654321", &parsed));
    ck_assert(!query_id_parse("0123456789abcdeffedcba98765432100", &parsed));
    ck_assert(!query_id_parse("0123456789abcdeffedcba987654321g", &parsed));
    ck_assert(!query_id_parse("00000000000000000000000000000000", &parsed));
    ck_assert(query_id_equal(id, parsed));
}
END_TEST

START_TEST(old_tombstones_give_way)
{
    Tombstones tombstones;

    tombstones_init(&tombstones);
    for (uint64_t i = 1; i <= TOMBSTONES_MAX + 10; i++)
        tombstones_add(&tombstones, (QueryId){1, i});
    ck_assert(!tombstones_has(&tombstones, (QueryId){1, 10}));
    ck_assert(tombstones_has(&tombstones, (QueryId){1, 11}));
    ck_assert(tombstones_has(&tombstones, (QueryId){1, TOMBSTONES_MAX + 10}));
    tombstones_destroy(&tombstones);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("graph");
    TCase *cases = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_add_test(cases, a_good_graph_is_accepted);
    tcase_add_test(cases, bad_graphs_are_refused);
    tcase_add_test(cases, by_task_feeds_one_partition);
    tcase_add_test(cases, only_what_several_read_is_elected);
    tcase_add_test(cases, copies_are_deep);
    tcase_add_test(cases, ids_have_a_text_form);
    tcase_add_test(cases, old_tombstones_give_way);
    srunner_run_all(runner, CK_ENV);

    const int failures = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
