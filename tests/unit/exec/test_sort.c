/* SORT, TOP_N and LIMIT against a slow sort of the same rows. */
#include "support.h"

typedef struct Case {
    uint32_t column_count;
    SupportColumn columns[4];
    uint32_t key_count;
    SortKey keys[3];
    uint64_t limit;
    uint64_t offset;
} Case;

static const TypeId types[] = {TYPE_INT8, TYPE_TEXT, TYPE_FLOAT8,  TYPE_INT4,
                               TYPE_BOOL, TYPE_UUID, TYPE_INTERVAL};

static Case
random_case(Random *random)
{
    Case c = {.column_count = 1 + (uint32_t)random_below(random, 4)};

    for (uint32_t i = 0; i < c.column_count; i++)
        c.columns[i] = (SupportColumn){.type = type_of(types[random_below(random, 7)]),
                                       .domain = 2 + random_below(random, 40),
                                       .nulls = random_below(random, 2) == 0};
    c.key_count = 1 + (uint32_t)random_below(random, c.column_count < 3 ? c.column_count : 3);
    for (uint32_t i = 0; i < c.key_count; i++)
        c.keys[i] = (SortKey){.column = (uint32_t)random_below(random, c.column_count),
                              .descending = random_below(random, 2) == 0,
                              .nulls_first = random_below(random, 2) == 0};
    c.limit = random_below(random, 3) == 0 ? random_below(random, 3) : random_below(random, 300);
    c.offset = random_below(random, 2) == 0 ? 0 : random_below(random, 50);
    return c;
}

/* ---- the oracle: selection sort by a comparison of whole rows ---- */

static int
compare_values(const Vector *column, uint32_t a, uint32_t b, bool descending, bool nulls_first)
{
    const bool null_a = vector_is_null(column, a);
    const bool null_b = vector_is_null(column, b);

    if (null_a && null_b)
        return 0;
    if (null_a)
        return nulls_first ? -1 : 1;
    if (null_b)
        return nulls_first ? 1 : -1;
    const int order = vector_compare(column, a, column, b);
    return descending ? -order : order;
}

static const Case *oracle_case;
static const Vector *oracle_columns;

static int
compare_rows(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;

    for (uint32_t k = 0; k < oracle_case->key_count; k++) {
        const SortKey *key = &oracle_case->keys[k];
        const int order =
            compare_values(&oracle_columns[key->column], a, b, key->descending, key->nulls_first);
        if (order != 0)
            return order;
    }
    for (uint32_t i = 0; i < oracle_case->column_count; i++) {
        const int order = compare_values(&oracle_columns[i], a, b, false, false);
        if (order != 0)
            return order;
    }
    return 0;
}

static void
expect_sorted(const Case *c, const RowBuilder *all, uint64_t offset, uint64_t limit, SupportRows *expected)
{
    const uint32_t count = (uint32_t)row_builder_rows(all);
    uint32_t *rows = malloc((count + 1) * sizeof *rows);
    Vector columns[4];

    for (uint32_t i = 0; i < c->column_count; i++)
        columns[i] = row_builder_column(all, i);
    for (uint32_t i = 0; i < count; i++)
        rows[i] = i;
    oracle_case = c;
    oracle_columns = columns;
    qsort(rows, count, sizeof *rows, compare_rows);
    for (uint64_t i = offset; i < count && i - offset < limit; i++) {
        Buffer text = {0};
        support_format(columns, c->column_count, rows[i], &text);
        support_rows_add(expected, buffer_text(&text));
        buffer_destroy(&text);
    }
    free(rows);
}

/* Push random batches into the operator, and into `all`. */
static void
push_batches(Operator *operator, const Case * c, uint32_t batches, uint32_t rows_most, RowBuilder *all,
             Arena *arena, Random *random)
{
    Error error = {0};
    bool enough = false;

    for (uint32_t i = 0; i < batches; i++) {
        const Batch batch = support_batch(c->columns, c->column_count, rows_most, arena, random);
        support_assert_ok(row_builder_append(all, &batch, NULL, 0, &error), &error);
        if (!enough && batch.count > 0)
            support_assert_ok(operator->class->push(operator, & batch, &enough, &error), &error);
    }
}

typedef Status (*Maker)(OperatorContext *context, const PlanNode *node, Operator **made, Error *error);

static void
run_case(const Case *c, Maker maker, uint64_t offset, uint64_t limit, uint32_t batches, uint32_t rows_most,
         Random *random)
{
    Surroundings s;
    Collector collector;
    Operator *operator;
    Error error = {0};
    SupportRows expected = {0};
    Type column_types[4];

    surroundings_init(&s, 1 + (uint32_t)random_below(random, 100));
    for (uint32_t i = 0; i < c->column_count; i++)
        column_types[i] = c->columns[i].type;
    RowBuilder *all = row_builder_new(NULL, c->column_count, column_types);
    collector_init(&collector, &s);
    PlanNode *node = support_node(&s, PLAN_SORT, c->column_count,
                                  support_plan_columns(&s, c->columns, c->column_count), 0, NULL);
    node->sort =
        (PlanSort){.key_count = c->key_count, .keys = (SortKey *)c->keys, .limit = limit, .offset = offset};
    support_assert_ok(maker(&s.context, node, &operator, & error), &error);
    operator->downstream = & collector.base;
    push_batches(operator, c, batches, rows_most, all, s.arena, random);
    support_assert_ok(support_finish(operator, & error), &error);
    expect_sorted(c, all, offset, limit, &expected);
    support_rows_assert_equal(&collector.rows, &expected);
    ck_assert_uint_le(collector.largest, s.context.batch_rows);
    operator->class->destroy(operator);
    support_rows_clear(&collector.rows);
    support_rows_clear(&expected);
    row_builder_destroy(&all);
    surroundings_destroy(&s);
}

START_TEST(test_sort_matches_oracle)
{
    Random random = {.state = (uint64_t)_i};

    for (int i = 0; i < 40; i++) {
        const Case c = random_case(&random);
        run_case(&c, sort_new, 0, UINT64_MAX, (uint32_t)random_below(&random, 8), 200, &random);
    }
}
END_TEST

START_TEST(test_sort_merges_runs)
{
    Random random = {.state = 7};
    const Case c = {.column_count = 2,
                    .columns = {{.type = type_of(TYPE_INT8), .domain = 100000, .nulls = true},
                                {.type = type_of(TYPE_TEXT), .domain = 50}},
                    .key_count = 1,
                    .keys = {{.column = 0, .descending = true}}};

    run_case(&c, sort_new, 0, UINT64_MAX, 40, BATCH_ROWS, &random);
}
END_TEST

START_TEST(test_top_n_matches_oracle)
{
    Random random = {.state = 1000 + (uint64_t)_i};

    for (int i = 0; i < 40; i++) {
        const Case c = random_case(&random);
        run_case(&c, top_n_new, c.offset, c.limit, (uint32_t)random_below(&random, 8), 300, &random);
    }
}
END_TEST

START_TEST(test_top_n_with_threshold)
{
    Random random = {.state = 9};
    const Case c = {.column_count = 2,
                    .columns = {{.type = type_of(TYPE_INT8), .domain = 1000, .nulls = true},
                                {.type = type_of(TYPE_FLOAT8), .domain = 50}},
                    .key_count = 2,
                    .keys = {{.column = 0, .nulls_first = true}, {.column = 1, .descending = true}}};

    run_case(&c, top_n_new, 5, 100, 30, BATCH_ROWS, &random);
    run_case(&c, top_n_new, 0, 40000, 5, BATCH_ROWS, &random); /* more than is kept sorted all the time */
}
END_TEST

START_TEST(test_limit_and_offset)
{
    Random random = {.state = 77 + (uint64_t)_i};

    for (int i = 0; i < 100; i++) {
        Surroundings s;
        Collector collector;
        Operator *operator;
        Error error = {0};
        SupportRows all = {0};
        bool enough = false;
        const SupportColumn column = {.type = type_of(TYPE_INT4), .domain = 1000};
        const int64_t limit = random_below(&random, 4) == 0 ? -1 : (int64_t)random_below(&random, 80);
        const int64_t offset = (int64_t)random_below(&random, 60);

        surroundings_init(&s, 0);
        collector_init(&collector, &s);
        PlanNode *node = support_node(&s, PLAN_LIMIT, 1, support_plan_columns(&s, &column, 1), 0, NULL);
        node->limit = (PlanLimit){.limit = limit, .offset = offset};
        support_assert_ok(limit_new(&s.context, node, &operator, & error), &error);
        operator->downstream = & collector.base;
        for (int b = 0; b < 6 && !enough; b++) {
            const Batch batch = support_batch(&column, 1, 40, s.arena, &random);
            support_rows_add_batch(&all, &batch);
            support_assert_ok(operator->class->push(operator, & batch, &enough, &error), &error);
        }
        size_t expected = all.count > (size_t)offset ? all.count - (size_t)offset : 0;
        expected = limit >= 0 && expected > (size_t)limit ? (size_t)limit : expected;
        ck_assert_uint_eq(collector.rows.count, expected);
        for (size_t r = 0; r < expected; r++)
            ck_assert_str_eq(collector.rows.rows[r], all.rows[(size_t)offset + r]);
        ck_assert_int_eq(enough, limit >= 0 && expected == (size_t)limit);
        operator->class->destroy(operator);
        support_rows_clear(&collector.rows);
        support_rows_clear(&all);
        surroundings_destroy(&s);
    }
}
END_TEST

START_TEST(test_sort_memory)
{
    Surroundings s;
    Operator *operator;
    Error error = {0};
    bool enough = false;
    Random random = {.state = 5};
    Status status = STATUS_OK;
    const SupportColumn column = {.type = type_of(TYPE_INT8), .domain = 1000};
    SortKey key = {.column = 0};

    surroundings_init(&s, 0);
    s.budget.limit = 200000;
    PlanNode *node = support_node(&s, PLAN_SORT, 1, support_plan_columns(&s, &column, 1), 0, NULL);
    node->sort = (PlanSort){.key_count = 1, .keys = &key};
    support_assert_ok(sort_new(&s.context, node, &operator, & error), &error);
    for (int i = 0; i < 100 && status == STATUS_OK; i++) {
        const Batch batch = support_batch(&column, 1, BATCH_ROWS, s.arena, &random);
        status = operator->class->push(operator, & batch, &enough, &error);
    }
    ck_assert_int_eq(status, STATUS_OUT_OF_MEMORY);
    ck_assert_str_eq(status_sqlstate(error.code), "53200");
    operator->class->destroy(operator);
    surroundings_destroy(&s);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("exec/sort");
    TCase *tcase = tcase_create("sort");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, test_sort_matches_oracle, 0, 5);
    tcase_add_test(tcase, test_sort_merges_runs);
    tcase_add_loop_test(tcase, test_top_n_matches_oracle, 0, 5);
    tcase_add_test(tcase, test_top_n_with_threshold);
    tcase_add_loop_test(tcase, test_limit_and_offset, 0, 2);
    tcase_add_test(tcase, test_sort_memory);
    suite_add_tcase(suite, tcase);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
