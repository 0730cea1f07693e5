/* The query tree's renderings. */
#include "plan/tree.h"
#include "planned.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Tree {
    Planned planned;
    TreeCounters *counters;
    TreeQuery query;
    Buffer out;
} Tree;

static const PlanNode *
scan_of(const PlanNode *node)
{
    while (node->kind != PLAN_SCAN)
        node = node->children[0];
    return node;
}

/* A plan whose scan ran on two workers. */
static void
set_up(Tree *tree, const char *sql)
{
    *tree = (Tree){0};
    planned_stage(&tree->planned, 10, &planned_shape, sql);
    ck_assert_int_eq(tree->planned.status, STATUS_OK);
    const StagedPlan *plan = tree->planned.staged;
    const PlanNode *scan = scan_of(plan->root);
    tree->counters = tree_counters_new(tree->planned.arena, plan);
    for (uint32_t task = 0; task < plan->stages[0].task_count; task++) {
        const TreeInstance instance = {.node = task % 2 == 0 ? "worker-1" : "worker-2",
                                       .task = task,
                                       .rows_in = 1000,
                                       .rows_out = 600,
                                       .bytes = 2048,
                                       .time_ns = 1500000};
        tree_counters_add(tree->planned.arena, tree->counters, scan->id, &instance);
    }
    tree->query = (TreeQuery){"0f\"1", "done", plan, tree->counters};
}

static void
tear_down(Tree *tree)
{
    buffer_destroy(&tree->out);
    planned_destroy(&tree->planned);
}

static const char *sql =
    "SELECT event_type, count(*) FROM events WHERE user_id < 35000 AND event_type <> 'a\"b\\' "
    "GROUP BY event_type";

static const cJSON *
deepest(const cJSON *node)
{
    const cJSON *children = cJSON_GetObjectItem(node, "children");

    return cJSON_GetArraySize(children) == 0 ? node : deepest(cJSON_GetArrayItem(children, 0));
}

START_TEST(json_has_the_contracts_members)
{
    static const char *const members[] = {
        "id",       "type",  "label",   "stage",        "predicate", "estimated_rows", "rows_in",
        "rows_out", "bytes", "time_ms", "memory_bytes", "instances", "children"};
    Tree tree;

    set_up(&tree, sql);
    tree_render_json(&tree.query, &tree.out);
    cJSON *json = cJSON_Parse(buffer_text(&tree.out));
    ck_assert_msg(json != NULL, "%s", buffer_text(&tree.out));
    ck_assert_str_eq(cJSON_GetObjectItem(json, "id")->valuestring, "0f\"1");
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(json, "stages")), 2);
    const cJSON *root = cJSON_GetObjectItem(json, "root");
    ck_assert_str_eq(cJSON_GetObjectItem(root, "type")->valuestring, "result");
    const cJSON *scan = deepest(root);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        ck_assert_msg(cJSON_HasObjectItem(scan, members[i]), "%s", members[i]);
    ck_assert_str_eq(cJSON_GetObjectItem(scan, "label")->valuestring, "scan events");
    ck_assert_ptr_nonnull(strstr(cJSON_GetObjectItem(scan, "predicate")->valuestring, "'a\"b\\'"));
    const uint32_t tasks = tree.planned.staged->stages[0].task_count;
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(scan, "instances")), (int)tasks);
    ck_assert_double_eq(cJSON_GetObjectItem(scan, "rows_out")->valuedouble, 600.0 * tasks);
    ck_assert_double_eq(cJSON_GetObjectItem(scan, "time_ms")->valuedouble, 1.5 * tasks);
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(scan, "partitions_pruned")), 1);
    cJSON_Delete(json);
    tear_down(&tree);
}
END_TEST

START_TEST(text_goes_from_root_to_workers)
{
    static const char *const in_order[] = {"query 0f\"1: done\nresult\n",
                                           "└─ exchange gather",
                                           "final_aggregate count(*) by event_type  (stage 1: 1 task)",
                                           "partial_aggregate",
                                           "scan events where",
                                           "├─ worker-1: partitions ",
                                           "├─ worker-2: partitions ",
                                           "└─ pruned: 6 of 10 tablets, partitions 4\n"};
    Tree tree;

    set_up(&tree, sql);
    tree_render_text(&tree.query, &tree.out);
    const char *at = buffer_text(&tree.out);
    for (size_t i = 0; i < sizeof in_order / sizeof *in_order; i++) {
        const char *found = strstr(at, in_order[i]);
        ck_assert_msg(found != NULL, "%s not in\n%s", in_order[i], buffer_text(&tree.out));
        at = found;
    }
    tear_down(&tree);
}
END_TEST

START_TEST(text_shows_tasks_before_anything_ran)
{
    Tree tree;

    set_up(&tree, sql);
    tree.query.counters = NULL;
    tree_render_text(&tree.query, &tree.out);
    ck_assert_ptr_nonnull(strstr(buffer_text(&tree.out), "├─ task 0: partition 0\n"));
    tear_down(&tree);
}
END_TEST

/* Quotes that are not escaped come in pairs, braces match, and each edge joins nodes that are there. */
START_TEST(dot_is_well_formed)
{
    Tree tree;
    int depth = 0;
    bool quoted = false;

    set_up(&tree, sql);
    tree_render_dot(&tree.query, &tree.out);
    const char *text = buffer_text(&tree.out);
    ck_assert_int_eq(strncmp(text, "digraph query {\n", 16), 0);
    for (const char *at = text; *at != '\0'; at++) {
        if (quoted && *at == '\\')
            at++;
        else if (*at == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += (*at == '{') - (*at == '}');
        ck_assert_int_ge(depth, 0);
    }
    ck_assert(!quoted && depth == 0);
    for (uint32_t id = 2; id <= tree.planned.staged->node_count; id++) {
        char node[32];
        snprintf(node, sizeof node, "    n%u [label=", id);
        ck_assert_ptr_nonnull(strstr(text, node));
        snprintf(node, sizeof node, "  n%u -> n", id);
        ck_assert_ptr_nonnull(strstr(text, node));
    }
    tear_down(&tree);
}
END_TEST

START_TEST(svg_escapes_its_texts)
{
    Tree tree;
    Buffer json = {0};

    set_up(&tree,
           "SELECT event_type AS \"<i>&\" FROM events WHERE event_type <> '<b>&\"' AND user_id < 35000");
    tree_render_json(&tree.query, &json);
    ck_assert(tree_render_svg(buffer_text(&json), &tree.out));
    const char *text = buffer_text(&tree.out);
    ck_assert_int_eq(strncmp(text, "<svg xmlns=", 11), 0);
    ck_assert_ptr_nonnull(strstr(text, "&lt;b&gt;&amp;"));
    ck_assert_ptr_null(strstr(text, "<b>"));
    ck_assert_ptr_null(strstr(text, "<i>"));
    ck_assert_ptr_nonnull(strstr(text, "worker-1: "));
    ck_assert_ptr_nonnull(strstr(text, "</svg>\n"));
    buffer_destroy(&json);
    tear_down(&tree);
}
END_TEST

START_TEST(svg_of_no_tree_is_none)
{
    Buffer out = {0};

    ck_assert(!tree_render_svg("", &out));
    ck_assert(!tree_render_svg("{\"root\":3}", &out));
    ck_assert_uint_eq(out.size, 0);
}
END_TEST

START_TEST(explain_reads_like_postgresql)
{
    Tree tree;

    set_up(&tree, sql);
    plan_explain_text(tree.planned.staged, NULL, false, &tree.out);
    const char *text = buffer_text(&tree.out);
    ck_assert_int_eq(strncmp(text, "Result  (rows=", 14), 0);
    ck_assert_ptr_nonnull(strstr(text, "\n  ->  Exchange: gather"));
    ck_assert_ptr_nonnull(strstr(text, "->  Scan events  (rows="));
    ck_assert_ptr_nonnull(strstr(text, "Filter: "));
    ck_assert_ptr_nonnull(strstr(text, "Tablets: 4 of 10"));
    ck_assert_ptr_null(strstr(text, "actual"));
    buffer_clear(&tree.out);
    plan_explain_text(tree.planned.staged, tree.counters, true, &tree.out);
    ck_assert_ptr_nonnull(strstr(buffer_text(&tree.out), "(actual rows=4800 time=12.000 ms tasks=8"));
    ck_assert_ptr_nonnull(strstr(buffer_text(&tree.out), "Output: event_type"));
    buffer_clear(&tree.out);
    plan_explain_json(tree.planned.staged, tree.counters, &tree.out);
    cJSON *json = cJSON_Parse(buffer_text(&tree.out));
    ck_assert(cJSON_IsArray(json));
    ck_assert(cJSON_HasObjectItem(cJSON_GetArrayItem(json, 0), "Plan"));
    cJSON_Delete(json);
    tear_down(&tree);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("tree");
    TCase *tree = tcase_create("tree");

    tcase_add_test(tree, json_has_the_contracts_members);
    tcase_add_test(tree, text_goes_from_root_to_workers);
    tcase_add_test(tree, text_shows_tasks_before_anything_ran);
    tcase_add_test(tree, dot_is_well_formed);
    tcase_add_test(tree, svg_escapes_its_texts);
    tcase_add_test(tree, svg_of_no_tree_is_none);
    tcase_add_test(tree, explain_reads_like_postgresql);
    suite_add_tcase(suite, tree);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
