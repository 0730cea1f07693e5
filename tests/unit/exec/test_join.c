/* Hash joins and nested loop joins against two nested loops over rows. */
#include "support.h"

#include "exec/join_build.h"
#include "exec/join_filter.h"
#include "expr/function.h"

enum { COLUMNS = 3 };

typedef struct Case {
    PlanKind kind;
    JoinKind join;
    uint32_t key_count;
    uint32_t keys[2]; /* the same columns on both sides */
    bool null_safe[2];
    bool residual; /* left column 2 < right column 2 */
    SupportColumn left[COLUMNS];
    SupportColumn right[COLUMNS];
    bool unique; /* right column 0 counts up */
} Case;

static const TypeId key_types[] = {TYPE_INT8, TYPE_TEXT, TYPE_INT4, TYPE_FLOAT8, TYPE_UUID, TYPE_DATE};
static const JoinKind kinds[] = {JOIN_INNER, JOIN_LEFT, JOIN_SEMI,  JOIN_ANTI,  JOIN_RIGHT,
                                 JOIN_FULL,  JOIN_MARK, JOIN_CROSS, JOIN_SINGLE};

enum { KEYED_KINDS = 7, LOOP_KINDS = 8 }; /* of them: SINGLE has its own test */

static Case
random_case(Random *random)
{
    Case c = {.kind = PLAN_HASH_JOIN, .join = kinds[random_below(random, KEYED_KINDS)]};

    c.key_count = 1 + (uint32_t)random_below(random, 2);
    c.keys[1] = 1;
    c.null_safe[0] = random_below(random, 4) == 0;
    c.null_safe[1] = random_below(random, 4) == 0;
    c.residual = random_below(random, 3) == 0;
    c.unique = random_below(random, 4) == 0;
    const uint64_t domain = random_below(random, 2) == 0 ? 5 : 500;
    for (uint32_t i = 0; i < COLUMNS; i++) {
        const Type type = type_of(i == 2 ? TYPE_INT8 : key_types[random_below(random, 6)]);
        c.left[i] = (SupportColumn){.type = type, .domain = domain, .nulls = random_below(random, 2) == 0};
        c.right[i] = (SupportColumn){.type = type, .domain = domain, .nulls = random_below(random, 2) == 0};
    }
    if (c.unique)
        c.left[0].type = c.right[0].type = type_of(TYPE_INT8);
    return c;
}

/* ---- the oracle ---- */

typedef enum Truth { TRUTH_FALSE, TRUTH_NULL, TRUTH_TRUE } Truth;

static Truth
lesser(Truth a, Truth b)
{
    return a < b ? a : b;
}

static Truth
key_truth(const Case *c, uint32_t k, const Vector *a, uint32_t l, const Vector *b, uint32_t r)
{
    const bool null_a = vector_is_null(a, l);
    const bool null_b = vector_is_null(b, r);

    if (c->null_safe[k] && (null_a || null_b))
        return null_a && null_b ? TRUTH_TRUE : TRUTH_FALSE;
    if (null_a || null_b)
        return TRUTH_NULL;
    return vector_compare(a, l, b, r) == 0 ? TRUTH_TRUE : TRUTH_FALSE;
}

/* The join's condition in three values. */
static Truth
condition(const Case *c, const Vector *left, uint32_t l, const Vector *right, uint32_t r)
{
    Truth truth = TRUTH_TRUE;

    for (uint32_t k = 0; k < c->key_count; k++)
        truth = lesser(truth, key_truth(c, k, &left[c->keys[k]], l, &right[c->keys[k]], r));
    if (!c->residual)
        return truth;
    if (vector_is_null(&left[2], l) || vector_is_null(&right[2], r))
        return lesser(truth, TRUTH_NULL);
    const bool less = ((const int64_t *)left[2].data)[l] < ((const int64_t *)right[2].data)[r];
    return less ? truth : TRUTH_FALSE;
}

enum { NO_ROW = -1, NO_SIDE = -2 };

/* A row of both sides; NO_ROW stands for NULLs, NO_SIDE for no columns. */
static void
expect_row(SupportRows *expected, const Vector *left, int64_t l, const Vector *right, int64_t r,
           const char *mark)
{
    Buffer text = {0};

    if (l >= 0)
        support_format(left, COLUMNS, (uint32_t)l, &text);
    else
        buffer_append_string(&text, "NULL|NULL|NULL");
    if (r >= 0) {
        buffer_append_char(&text, '|');
        support_format(right, COLUMNS, (uint32_t)r, &text);
    } else if (r == NO_ROW) {
        buffer_append_string(&text, "|NULL|NULL|NULL");
    }
    buffer_append_string(&text, mark);
    support_rows_add(expected, buffer_text(&text));
    buffer_destroy(&text);
}

static bool
gives_pairs(JoinKind kind)
{
    return kind != JOIN_SEMI && kind != JOIN_ANTI && kind != JOIN_MARK;
}

static void
expect_left_row(const Case *c, const Vector *left, uint32_t l, Truth truth, SupportRows *expected)
{
    static const char *const marks[] = {"|f", "|NULL", "|t"};
    const bool matched = truth == TRUTH_TRUE;

    if ((c->join == JOIN_LEFT || c->join == JOIN_FULL || c->join == JOIN_SINGLE) && !matched)
        expect_row(expected, left, l, NULL, NO_ROW, "");
    if ((c->join == JOIN_SEMI && matched) || (c->join == JOIN_ANTI && !matched))
        expect_row(expected, left, l, NULL, NO_SIDE, "");
    if (c->join == JOIN_MARK)
        expect_row(expected, left, l, NULL, NO_SIDE, marks[truth]);
}

/* True where a left row has several matches. */
static bool
expect_joined(const Case *c, const RowBuilder *left_rows, const RowBuilder *right_rows, SupportRows *expected)
{
    Vector left[COLUMNS];
    Vector right[COLUMNS];
    bool *seen = calloc(row_builder_rows(right_rows) + 1, sizeof *seen);
    bool several = false;

    for (uint32_t i = 0; i < COLUMNS; i++) {
        left[i] = row_builder_column(left_rows, i);
        right[i] = row_builder_column(right_rows, i);
    }
    for (uint32_t l = 0; l < row_builder_rows(left_rows); l++) {
        Truth best = TRUTH_FALSE;
        for (uint32_t r = 0; r < row_builder_rows(right_rows); r++) {
            const Truth truth = condition(c, left, l, right, r);
            several = several || (truth == TRUTH_TRUE && best == TRUTH_TRUE);
            best = truth > best ? truth : best;
            if (truth != TRUTH_TRUE)
                continue;
            seen[r] = true;
            if (gives_pairs(c->join))
                expect_row(expected, left, l, right, r, "");
        }
        expect_left_row(c, left, l, best, expected);
    }
    for (uint32_t r = 0; r < row_builder_rows(right_rows); r++)
        if ((c->join == JOIN_RIGHT || c->join == JOIN_FULL) && !seen[r])
            expect_row(expected, NULL, NO_ROW, right, r, "");
    free(seen);
    return several;
}

/* ---- the join ---- */

static Expr *
less_than(Arena *arena, uint32_t left, uint32_t right)
{
    Type types[2] = {type_of(TYPE_INT8), type_of(TYPE_INT8)};
    Expr *arguments[2] = {expr_column(arena, types[0], left), expr_column(arena, types[1], right)};
    const Function *function;
    Type result;
    Error error = {0};

    support_assert_ok(function_resolve("<", 2, types, &function, &result, &error), &error);
    return expr_call(arena, function, result, 2, arguments);
}

static PlanNode *
join_node(Surroundings *s, const Case *c)
{
    PlanNode *children[2] = {
        support_node(s, PLAN_VALUES, COLUMNS, support_plan_columns(s, c->left, COLUMNS), 0, NULL),
        support_node(s, PLAN_VALUES, COLUMNS, support_plan_columns(s, c->right, COLUMNS), 0, NULL)};
    const uint32_t count = gives_pairs(c->join) ? 2 * COLUMNS : COLUMNS + (c->join == JOIN_MARK);
    PlanColumn *columns = ARENA_ARRAY(s->arena, PlanColumn, 2 * COLUMNS);
    uint32_t *output = ARENA_ARRAY(s->arena, uint32_t, 2 * COLUMNS);

    for (uint32_t i = 0; i < 2 * COLUMNS; i++) {
        columns[i] = children[i / COLUMNS]->columns[i % COLUMNS];
        output[i] = i;
    }
    if (c->join == JOIN_MARK) {
        columns[COLUMNS] = (PlanColumn){.name = "mark", .type = type_of(TYPE_BOOL)};
        output[COLUMNS] = 2 * COLUMNS;
    }
    PlanNode *node = support_node(s, c->kind, count, columns, 2, children);
    node->join = (PlanJoin){.kind = c->join,
                            .key_count = c->key_count,
                            .left_keys = c->keys,
                            .right_keys = c->keys,
                            .null_safe = c->null_safe,
                            .residual = c->residual ? less_than(s->arena, 2, COLUMNS + 2) : NULL,
                            .output_count = count,
                            .output = output};
    return node;
}

static void
number_rows(Batch *batch, int64_t *next, Arena *arena)
{
    int64_t *values = arena_alloc(arena, batch->rows * sizeof *values);

    for (uint32_t i = 0; i < batch->rows; i++)
        values[i] = (*next)++;
    batch->columns[0] = vector_flat(type_of(TYPE_INT8), values, NULL);
}

/* What the build tells a scan below leaves every row that finds a match. */
static void
check_filter(const PlanNode *node, const JoinInput *input, const Batch *batch)
{
    JoinFilter filters[JOIN_FILTERS_MAX];
    uint32_t groups[BATCH_ROWS];
    uint32_t selection[BATCH_ROWS];
    const uint32_t count = join_filters_below(node, input, NULL, 0, filters);
    const bool expected =
        node->kind == PLAN_HASH_JOIN && node->join.key_count == 1 && !node->join.null_safe[0] &&
        (node->join.kind == JOIN_INNER || node->join.kind == JOIN_SEMI || node->join.kind == JOIN_RIGHT);

    ck_assert_uint_eq(count, expected);
    if (count == 0)
        return;
    const Vector *key = &batch->columns[node->join.left_keys[0]];
    const uint32_t left = join_filter_select(&filters[0], key, batch, selection);
    uint32_t at = 0;
    ck_assert_uint_eq(filters[0].column, node->join.left_keys[0]);
    join_build_find(input->build, key, batch, groups);
    for (uint32_t i = 0; i < batch->count; i++) {
        const bool kept = at < left && selection[at] == batch_row(batch, i);
        ck_assert(kept || groups[i] == GROUP_NONE);
        if (input->build->direct != NULL)
            ck_assert(!kept || groups[i] != GROUP_NONE);
        at += kept;
    }
    ck_assert_uint_eq(at, left);
}

/* Blocks are left out by the bounds of the build's keys, and all of them where it has none. */
START_TEST(test_filter_blocks)
{
    Random random = {.state = 5};
    Surroundings s;
    Operator *sink;
    Error error = {0};
    bool enough = false;
    const bool plain[2] = {false, false};
    Case c = {.kind = PLAN_HASH_JOIN, .join = JOIN_INNER, .key_count = 1};

    for (uint32_t i = 0; i < COLUMNS; i++)
        c.left[i] = c.right[i] = (SupportColumn){.type = type_of(TYPE_INT8), .domain = 10};
    surroundings_init(&s, 0);
    PlanNode *node = join_node(&s, &c);
    node->join.null_safe = plain;
    JoinInput input = {.node = node, .build = join_build_new(node, &s.budget)};
    const JoinFilter filter = {.input = &input};
    ColumnStatistics block = {
        .rows = 10, .min = {.known = true, .integer = 7}, .max = {.known = true, .integer = 90}};

    support_assert_ok(join_build_sink_new(&s.context, node, &input, &sink, &error), &error);
    ck_assert(!join_filter_may_match(&filter, &block)); /* nothing is in the build */
    const Batch batch = support_batch(c.right, COLUMNS, 500, s.arena, &random);
    support_assert_ok(sink->class->push(sink, &batch, &enough, &error), &error);
    support_assert_ok(support_finish(sink, &error), &error);
    ck_assert(input.build->has_bounds && input.build->min >= -3 && input.build->max <= 6);
    ck_assert(!join_filter_may_match(&filter, &block));
    ck_assert(join_filter_may_match(&filter, NULL));
    block.min.integer = input.build->max;
    ck_assert(join_filter_may_match(&filter, &block));
    block.nulls = 10;
    ck_assert(!join_filter_may_match(&filter, &block));
    sink->class->destroy(sink);
    join_build_destroy(&input.build);
    surroundings_destroy(&s);
}
END_TEST

static void
run_case(const Case *c, uint32_t left_batches, uint32_t right_batches, uint32_t rows_most, Random *random)
{
    Surroundings s;
    Collector collector;
    Operator *sink;
    Operator *join;
    Error error = {0};
    SupportRows expected = {0};
    Type types[COLUMNS];
    bool enough = false;
    int64_t next = -2;
    Status status = STATUS_OK;

    surroundings_init(&s, 1 + (uint32_t)random_below(random, 100));
    collector_init(&collector, &s);
    for (uint32_t i = 0; i < COLUMNS; i++)
        types[i] = c->left[i].type;
    RowBuilder *left = row_builder_new(NULL, COLUMNS, types);
    RowBuilder *right = row_builder_new(NULL, COLUMNS, types);
    PlanNode *node = join_node(&s, c);
    JoinInput input = {.node = node, .build = join_build_new(node, &s.budget)};

    support_assert_ok(join_build_sink_new(&s.context, node, &input, &sink, &error), &error);
    for (uint32_t i = 0; i < right_batches; i++) {
        Batch batch = support_batch(c->right, COLUMNS, rows_most, s.arena, random);
        if (c->unique)
            number_rows(&batch, &next, s.arena);
        support_assert_ok(row_builder_append(right, &batch, NULL, 0, &error), &error);
        support_assert_ok(sink->class->push(sink, &batch, &enough, &error), &error);
    }
    support_assert_ok(support_finish(sink, &error), &error);

    support_assert_ok((c->kind == PLAN_HASH_JOIN ? hash_join_new : nested_loop_join_new)(
                          &s.context, node, &input, &join, &error),
                      &error);
    join->downstream = &collector.base;
    for (uint32_t i = 0; i < left_batches; i++) {
        const Batch batch = support_batch(c->left, COLUMNS, rows_most, s.arena, random);
        support_assert_ok(row_builder_append(left, &batch, NULL, 0, &error), &error);
        check_filter(node, &input, &batch);
        if (status == STATUS_OK)
            status = join->class->push(join, &batch, &enough, &error);
    }
    if (status == STATUS_OK)
        status = support_finish(join, &error);
    if (expect_joined(c, left, right, &expected) && c->join == JOIN_SINGLE) {
        ck_assert_int_eq(status, STATUS_CARDINALITY);
    } else {
        support_assert_ok(status, &error);
        support_rows_sort(&expected);
        support_rows_sort(&collector.rows);
        support_rows_assert_equal(&collector.rows, &expected);
    }

    join->class->destroy(join);
    sink->class->destroy(sink);
    join_build_destroy(&input.build);
    row_builder_destroy(&left);
    row_builder_destroy(&right);
    support_rows_clear(&collector.rows);
    support_rows_clear(&expected);
    surroundings_destroy(&s);
}

START_TEST(test_hash_join)
{
    Random random = {.state = (uint64_t)_i};

    for (int i = 0; i < 60; i++) {
        const Case c = random_case(&random);
        run_case(&c, (uint32_t)random_below(&random, 4), (uint32_t)random_below(&random, 4), 60, &random);
    }
}
END_TEST

START_TEST(test_nested_loop_join)
{
    Random random = {.state = 400 + (uint64_t)_i};
    for (int i = 0; i < 30; i++) {
        Case c = random_case(&random);
        c.kind = PLAN_NESTED_LOOP_JOIN;
        c.key_count = 0;
        c.join = kinds[random_below(&random, LOOP_KINDS)];
        c.residual = c.join != JOIN_CROSS && random_below(&random, 2) == 0;
        run_case(&c, (uint32_t)random_below(&random, 3), (uint32_t)random_below(&random, 3), 40, &random);
    }
}
END_TEST

/* SINGLE is LEFT, unless a row has two matches. */
START_TEST(test_single_join)
{
    Random random = {.state = 700 + (uint64_t)_i};

    for (int i = 0; i < 60; i++) {
        Case c = random_case(&random);
        c.join = JOIN_SINGLE;
        if (random_below(&random, 3) == 0) {
            c.kind = PLAN_NESTED_LOOP_JOIN;
            c.key_count = 0;
        }
        run_case(&c, (uint32_t)random_below(&random, 3), (uint32_t)random_below(&random, 3), 12, &random);
    }
}
END_TEST

/* Keys that are spread too far for an array, and groups of thousands of rows. */
START_TEST(test_large_build)
{
    Random random = {.state = 900};
    Case c = {.kind = PLAN_HASH_JOIN, .join = JOIN_INNER, .key_count = 1};

    for (uint32_t i = 0; i < COLUMNS; i++)
        c.left[i] = c.right[i] = (SupportColumn){.type = type_of(TYPE_INT8), .domain = 30, .nulls = true};
    run_case(&c, 1, 4, 300, &random);
    for (uint32_t i = 0; i < COLUMNS; i++)
        c.left[i].domain = c.right[i].domain = UINT64_C(1) << 40;
    c.unique = true;
    run_case(&c, 2, 4, 700, &random);
}
END_TEST

/* A join whose rows are all rejected still hears of a cancellation. */
START_TEST(test_cancelled)
{
    Random random = {.state = 1};
    Surroundings s;
    Collector collector;
    Operator *sink;
    Operator *join;
    Error error = {0};
    bool enough = false;
    Case c = {.kind = PLAN_NESTED_LOOP_JOIN, .join = JOIN_INNER, .residual = true};

    for (uint32_t i = 0; i < COLUMNS; i++)
        c.left[i] = c.right[i] = (SupportColumn){.type = type_of(TYPE_INT8), .domain = 1};
    surroundings_init(&s, 10);
    collector_init(&collector, &s);
    PlanNode *node = join_node(&s, &c);
    JoinInput input = {.node = node, .build = join_build_new(node, &s.budget)};
    support_assert_ok(join_build_sink_new(&s.context, node, &input, &sink, &error), &error);
    const Batch batch = support_batch(c.left, COLUMNS, 500, s.arena, &random);
    support_assert_ok(sink->class->push(sink, &batch, &enough, &error), &error);
    support_assert_ok(support_finish(sink, &error), &error);
    support_assert_ok(nested_loop_join_new(&s.context, node, &input, &join, &error), &error);
    join->downstream = &collector.base;
    atomic_store(&s.cancelled, true);
    ck_assert_int_eq(join->class->push(join, &batch, &enough, &error), STATUS_CANCELLED);
    join->class->destroy(join);
    sink->class->destroy(sink);
    join_build_destroy(&input.build);
    surroundings_destroy(&s);
}
END_TEST

START_TEST(test_build_memory)
{
    Random random = {.state = 2};
    Surroundings s;
    Operator *sink;
    Error error = {0};
    Status status = STATUS_OK;
    bool enough = false;
    Case c = {.kind = PLAN_HASH_JOIN, .join = JOIN_INNER, .key_count = 1};

    for (uint32_t i = 0; i < COLUMNS; i++)
        c.left[i] = c.right[i] = (SupportColumn){.type = type_of(TYPE_TEXT), .domain = 100000};
    surroundings_init(&s, 0);
    s.budget.limit = 500000;
    PlanNode *node = join_node(&s, &c);
    JoinInput input = {.node = node, .build = join_build_new(node, &s.budget)};
    support_assert_ok(join_build_sink_new(&s.context, node, &input, &sink, &error), &error);
    for (int i = 0; i < 20 && status == STATUS_OK; i++) {
        const Batch batch = support_batch(c.left, COLUMNS, BATCH_ROWS, s.arena, &random);
        status = sink->class->push(sink, &batch, &enough, &error);
    }
    if (status == STATUS_OK)
        status = support_finish(sink, &error);
    ck_assert_int_eq(status, STATUS_OUT_OF_MEMORY);
    sink->class->destroy(sink);
    join_build_destroy(&input.build);
    surroundings_destroy(&s);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("exec/join");
    TCase *tcase = tcase_create("join");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, test_hash_join, 0, 6);
    tcase_add_loop_test(tcase, test_nested_loop_join, 0, 3);
    tcase_add_loop_test(tcase, test_single_join, 0, 3);
    tcase_add_test(tcase, test_large_build);
    tcase_add_test(tcase, test_filter_blocks);
    tcase_add_test(tcase, test_cancelled);
    tcase_add_test(tcase, test_build_memory);
    suite_add_tcase(suite, tcase);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
