/* AGGREGATE in all phases, and DISTINCT, against a list of groups that is searched row by row. */
#include "support.h"

enum { KEYS_MOST = 2, ARGUMENTS = 3, CALLS = 6 };

/* Input columns: keys, then an int8, a text and a bool (for FILTER). */
typedef struct Case {
    uint32_t key_count;
    uint32_t column_count;
    SupportColumn columns[KEYS_MOST + ARGUMENTS];
    bool bounds;       /* of the keys are known … */
    bool wrong_bounds; /* … but too narrow */
    bool dictionaries; /* keys come as dictionaries */
} Case;

static const TypeId key_types[] = {TYPE_INT8, TYPE_INT4, TYPE_BOOL, TYPE_TEXT, TYPE_DATE, TYPE_FLOAT8};

static Case
random_case(Random *random)
{
    Case c = {.key_count = (uint32_t)random_below(random, KEYS_MOST + 1)};
    const uint64_t domain = random_below(random, 3) == 0 ? 2000 : 7;

    for (uint32_t k = 0; k < c.key_count; k++)
        c.columns[k] = (SupportColumn){.type = type_of(key_types[random_below(random, 6)]),
                                       .domain = domain,
                                       .nulls = random_below(random, 2) == 0};
    const uint32_t first = c.key_count;
    c.columns[first] = (SupportColumn){.type = type_of(TYPE_INT8), .domain = 100, .nulls = true};
    c.columns[first + 1] = (SupportColumn){.type = type_of(TYPE_TEXT), .domain = 100, .nulls = true};
    c.columns[first + 2] = (SupportColumn){.type = type_of(TYPE_BOOL), .domain = 2, .nulls = true};
    c.column_count = first + ARGUMENTS;
    c.bounds = random_below(random, 2) == 0;
    c.wrong_bounds = random_below(random, 4) == 0;
    c.dictionaries = random_below(random, 3) == 0;
    return c;
}

/* ---- the oracle ---- */

typedef struct Group {
    char *key;
    int64_t rows;
    int64_t rows_filtered;
    int64_t counted;
    int64_t sum;
    int64_t least;
    char *greatest;
} Group;

typedef struct Oracle {
    Group *groups;
    size_t count;
} Oracle;

static Group *
oracle_group(Oracle *oracle, const char *key)
{
    for (size_t i = 0; i < oracle->count; i++)
        if (strcmp(oracle->groups[i].key, key) == 0)
            return &oracle->groups[i];
    oracle->groups = realloc(oracle->groups, (oracle->count + 1) * sizeof(Group));
    oracle->groups[oracle->count] = (Group){.key = strdup(key)};
    return &oracle->groups[oracle->count++];
}

static void
oracle_take(Oracle *oracle, const Case *c, const Batch *batch, uint32_t row)
{
    const Vector *number = &batch->columns[c->key_count];
    const Vector *text = &batch->columns[c->key_count + 1];
    const Vector *filter = &batch->columns[c->key_count + 2];
    Buffer key = {0};

    support_format(batch->columns, c->key_count, row, &key);
    Group *group = oracle_group(oracle, buffer_text(&key));
    buffer_destroy(&key);
    group->rows++;
    group->rows_filtered += !vector_is_null(filter, row) &&
                            ((const uint8_t *)vector_values(filter))[vector_index(filter, row)] != 0;
    if (!vector_is_null(number, row)) {
        const int64_t value = ((const int64_t *)vector_values(number))[vector_index(number, row)];
        group->least = group->counted == 0 || value < group->least ? value : group->least;
        group->counted++;
        group->sum += value;
    }
    if (!vector_is_null(text, row)) {
        Buffer value = {0};
        support_format(text, 1, row, &value);
        if (group->greatest == NULL || strcmp(buffer_text(&value), group->greatest) > 0) {
            free(group->greatest);
            group->greatest = strdup(buffer_text(&value));
        }
        buffer_destroy(&value);
    }
}

/* count(*), count(*) FILTER, count(number), sum(number), min(number), max(text) */
static void
oracle_rows(const Oracle *oracle, const Case *c, SupportRows *rows)
{
    const Group none = {.key = (char *)""};
    const bool empty = c->key_count == 0 && oracle->count == 0;

    for (size_t i = 0; i < oracle->count + empty; i++) {
        const Group *group = empty ? &none : &oracle->groups[i];
        Buffer text = {0};
        buffer_append_format(&text, "%s%s%ld|%ld|%ld|", group->key, c->key_count > 0 ? "|" : "",
                             (long)group->rows, (long)group->rows_filtered, (long)group->counted);
        if (group->counted > 0)
            buffer_append_format(&text, "%ld|%ld|", (long)group->sum, (long)group->least);
        else
            buffer_append_string(&text, "NULL|NULL|");
        buffer_append_string(&text, group->greatest != NULL ? group->greatest : "NULL");
        support_rows_add(rows, buffer_text(&text));
        buffer_destroy(&text);
    }
}

static void
oracle_destroy(Oracle *oracle)
{
    for (size_t i = 0; i < oracle->count; i++) {
        free(oracle->groups[i].key);
        free(oracle->groups[i].greatest);
    }
    free(oracle->groups);
}

/* ---- plans ---- */

static PlanAggregateCall
make_call(const char *name, int64_t column, Type type, int32_t filter)
{
    PlanAggregateCall call = {.argument_count = column >= 0, .filter = filter};
    Error error = {0};

    call.arguments[0] = column >= 0 ? (uint32_t)column : 0;
    call.argument_types[0] = type;
    support_assert_ok(aggregate_resolve(name, call.argument_count, call.argument_types, &call.aggregate,
                                        &call.type, &error),
                      &error);
    return call;
}

static PlanAggregate
make_plan(Surroundings *s, const Case *c)
{
    PlanAggregate plan = {.key_count = c->key_count, .call_count = CALLS};
    const int32_t first = (int32_t)c->key_count;

    plan.keys = ARENA_ARRAY(s->arena, uint32_t, c->key_count + 1);
    plan.calls = ARENA_ARRAY(s->arena, PlanAggregateCall, CALLS);
    plan.key_min = ARENA_ARRAY(s->arena, ColumnBound, c->key_count + 1);
    plan.key_max = ARENA_ARRAY(s->arena, ColumnBound, c->key_count + 1);
    for (uint32_t k = 0; k < c->key_count; k++) {
        plan.keys[k] = k;
        plan.key_min[k] = (ColumnBound){.known = c->bounds, .integer = -3};
        plan.key_max[k] = (ColumnBound){.known = c->bounds, .integer = c->wrong_bounds ? 1 : 2000};
    }
    plan.calls[0] = make_call("count", -1, type_of(TYPE_INT8), -1);
    plan.calls[1] = make_call("count", -1, type_of(TYPE_INT8), first + 2);
    plan.calls[2] = make_call("count", first, type_of(TYPE_INT8), -1);
    plan.calls[3] = make_call("sum", first, type_of(TYPE_INT8), -1);
    plan.calls[4] = make_call("min", first, type_of(TYPE_INT8), -1);
    plan.calls[5] = make_call("max", first + 1, type_of(TYPE_TEXT), -1);
    return plan;
}

/* Keys, hash, partials; or keys and results. */
static PlanColumn *
output_columns(Surroundings *s, const Case *c, const PlanAggregate *plan, bool partials, uint32_t *count)
{
    PlanColumn *columns = ARENA_ARRAY(s->arena, PlanColumn, KEYS_MOST + 1 + CALLS * AGGREGATE_PARTIALS_MAX);

    *count = 0;
    for (uint32_t k = 0; k < c->key_count; k++)
        columns[(*count)++].type = c->columns[k].type;
    if (partials && c->key_count > 0)
        columns[(*count)++].type = type_of(TYPE_INT8);
    for (uint32_t i = 0; i < CALLS; i++) {
        Type types[AGGREGATE_PARTIALS_MAX] = {plan->calls[i].type};
        const uint32_t parts =
            partials ? plan->calls[i].aggregate->partial_types(plan->calls[i].argument_types, types) : 1;
        for (uint32_t p = 0; p < parts; p++)
            columns[(*count)++].type = types[p];
    }
    return columns;
}

static PlanNode *
phase_node(Surroundings *s, const Case *c, AggregatePhase phase)
{
    const PlanAggregate plan = make_plan(s, c);
    const bool merging = phase == AGGREGATE_COMBINE || phase == AGGREGATE_FINAL;
    const bool partials = phase == AGGREGATE_COMBINE || phase == AGGREGATE_PARTIAL;
    uint32_t input_count = c->column_count;
    uint32_t output_count;
    const PlanColumn *input = merging ? output_columns(s, c, &plan, true, &input_count)
                                      : support_plan_columns(s, c->columns, input_count);
    const PlanColumn *output = output_columns(s, c, &plan, partials, &output_count);
    PlanNode *child = support_node(s, PLAN_VALUES, input_count, input, 0, NULL);
    PlanNode *node = support_node(s, PLAN_AGGREGATE, output_count, output, 1, &child);

    node->aggregate = plan;
    node->aggregate.phase = phase;
    return node;
}

/* ---- a sink that keeps rows for the next phase ---- */

typedef struct Keeper {
    Operator base;
    RowBuilder *rows;
} Keeper;

static Status
keeper_push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    (void)enough;
    return row_builder_append(((Keeper *)base)->rows, batch, NULL, 0, error);
}

static const OperatorClass keeper_class = {.name = "keeper", .push = keeper_push};

static void
keeper_init(Keeper *keeper, Surroundings *s, const PlanNode *node)
{
    Type types[KEYS_MOST + 1 + CALLS * AGGREGATE_PARTIALS_MAX];

    for (uint32_t i = 0; i < node->column_count; i++)
        types[i] = node->columns[i].type;
    operator_init(&keeper->base, &keeper_class, &s->context, 2);
    keeper->rows = row_builder_new(NULL, node->column_count, types);
}

static void
push_kept(const Keeper *keeper, Operator *into)
{
    Vector columns[KEYS_MOST + 1 + CALLS * AGGREGATE_PARTIALS_MAX];
    Error error = {0};
    bool enough = false;

    for (uint64_t first = 0; first < row_builder_rows(keeper->rows); first += 128) {
        const uint64_t left = row_builder_rows(keeper->rows) - first;
        Batch batch;
        row_builder_batch(keeper->rows, first, left < 128 ? (uint32_t)left : 128, columns, &batch);
        support_assert_ok(into->class->push(into, &batch, &enough, &error), &error);
    }
}

static Operator *
make_operator(Surroundings *s, const Case *c, AggregatePhase phase, Operator *downstream)
{
    Operator *operator;
    Error error = {0};

    support_assert_ok(aggregate_new(&s->context, phase_node(s, c, phase), &operator, & error), &error);
    operator->downstream = downstream;
    return operator;
}

static void
end_operator(Operator *operator)
{
    Error error = {0};

    support_assert_ok(support_finish(operator, & error), &error);
    operator->class->destroy(operator);
}

/* ---- the tests ---- */

enum { PARTIALS = 3 };

static Batch
next_batch(const Case *c, Arena *arena, Random *random)
{
    Batch batch = support_batch(c->columns, c->column_count, 150, arena, random);

    for (uint32_t k = 0; c->dictionaries && k < c->key_count; k++)
        batch.columns[k] = support_dictionary(c->columns[k].type, batch.rows, c->columns[k].domain,
                                              c->columns[k].nulls, arena, random);
    return batch;
}

/* The same rows through SINGLE, through three PARTIALs and a FINAL, and with a COMBINE between. */
static void
run_case(const Case *c, uint32_t batches, Random *random)
{
    Surroundings s;
    Collector single;
    Collector merged;
    Collector combined;
    Keeper kept[PARTIALS];
    Keeper kept_combined;
    Operator *operators[PARTIALS];
    Oracle oracle = {0};
    SupportRows expected = {0};
    Error error = {0};
    bool enough = false;

    surroundings_init(&s, 1 + (uint32_t)random_below(random, 64));
    collector_init(&single, &s);
    collector_init(&merged, &s);
    collector_init(&combined, &s);
    Operator *alone = make_operator(&s, c, AGGREGATE_SINGLE, &single.base);
    for (int p = 0; p < PARTIALS; p++) {
        keeper_init(&kept[p], &s, phase_node(&s, c, AGGREGATE_PARTIAL));
        operators[p] = make_operator(&s, c, AGGREGATE_PARTIAL, &kept[p].base);
    }
    for (uint32_t i = 0; i < batches; i++) {
        const Batch batch = next_batch(c, s.arena, random);
        Operator *partial = operators[random_below(random, PARTIALS)];
        for (uint32_t r = 0; r < batch.count; r++)
            oracle_take(&oracle, c, &batch, batch_row(&batch, r));
        if (batch.count == 0)
            continue;
        support_assert_ok(alone->class->push(alone, &batch, &enough, &error), &error);
        support_assert_ok(partial->class->push(partial, &batch, &enough, &error), &error);
    }
    end_operator(alone);
    Operator *final = make_operator(&s, c, AGGREGATE_FINAL, &merged.base);
    keeper_init(&kept_combined, &s, phase_node(&s, c, AGGREGATE_COMBINE));
    Operator *combine = make_operator(&s, c, AGGREGATE_COMBINE, &kept_combined.base);
    for (int p = 0; p < PARTIALS; p++) {
        end_operator(operators[p]);
        push_kept(&kept[p], final);
        push_kept(&kept[p], combine);
        row_builder_destroy(&kept[p].rows);
    }
    end_operator(final);
    end_operator(combine);
    Operator *last = make_operator(&s, c, AGGREGATE_FINAL, &combined.base);
    push_kept(&kept_combined, last);
    end_operator(last);
    row_builder_destroy(&kept_combined.rows);

    oracle_rows(&oracle, c, &expected);
    support_rows_sort(&expected);
    Collector *results[] = {&single, &merged, &combined};
    for (int i = 0; i < 3; i++) {
        support_rows_sort(&results[i]->rows);
        support_rows_assert_equal(&results[i]->rows, &expected);
        ck_assert_uint_le(results[i]->largest, s.context.batch_rows);
        support_rows_clear(&results[i]->rows);
    }
    support_rows_clear(&expected);
    oracle_destroy(&oracle);
    surroundings_destroy(&s);
}

START_TEST(test_phases_agree)
{
    Random random = {.state = (uint64_t)_i};

    for (int i = 0; i < 25; i++) {
        const Case c = random_case(&random);
        run_case(&c, (uint32_t)random_below(&random, 20), &random);
    }
}
END_TEST

/* Nearly every row is a group: partials pass rows through. */
START_TEST(test_partial_gives_up)
{
    Random random = {.state = 60};
    Case c = random_case(&random);

    c.key_count = 1;
    c.dictionaries = false;
    c.columns[0] = (SupportColumn){.type = type_of(TYPE_INT8), .domain = UINT64_C(1) << 40};
    c.columns[1] = (SupportColumn){.type = type_of(TYPE_INT8), .domain = 10};
    c.columns[2] = (SupportColumn){.type = type_of(TYPE_TEXT), .domain = 10};
    c.columns[3] = (SupportColumn){.type = type_of(TYPE_BOOL), .domain = 2};
    c.column_count = 4;
    c.bounds = false;
    run_case(&c, 60, &random);
}
END_TEST

/* A partial that may not keep much sends what it has and goes on; FINAL still gets it right. */
START_TEST(test_partial_flushes)
{
    Random random = {.state = 61};
    Surroundings s;
    Keeper kept;
    Collector merged;
    Oracle oracle = {0};
    SupportRows expected = {0};
    Error error = {0};
    bool enough = false;
    uint64_t sent_early = 0;
    Case c = {.key_count = 1, .column_count = 4};

    c.columns[0] = (SupportColumn){.type = type_of(TYPE_INT8), .domain = 5000};
    c.columns[1] = (SupportColumn){.type = type_of(TYPE_INT8), .domain = 10};
    c.columns[2] = (SupportColumn){.type = type_of(TYPE_TEXT), .domain = 3};
    c.columns[3] = (SupportColumn){.type = type_of(TYPE_BOOL), .domain = 2};
    surroundings_init(&s, 64);
    collector_init(&merged, &s);
    keeper_init(&kept, &s, phase_node(&s, &c, AGGREGATE_PARTIAL));
    Operator *partial = make_operator(&s, &c, AGGREGATE_PARTIAL, &kept.base);
    s.budget.limit = budget_used(&s.budget) + 600000;
    for (int i = 0; i < 100; i++) {
        const Batch batch = support_batch(c.columns, 4, 300, s.arena, &random);
        for (uint32_t r = 0; r < batch.count; r++)
            oracle_take(&oracle, &c, &batch, batch_row(&batch, r));
        if (batch.count > 0)
            support_assert_ok(partial->class->push(partial, &batch, &enough, &error), &error);
    }
    sent_early = row_builder_rows(kept.rows);
    end_operator(partial);
    ck_assert_uint_gt(sent_early, 0);
    s.budget.limit = SIZE_MAX;
    Operator *final = make_operator(&s, &c, AGGREGATE_FINAL, &merged.base);
    push_kept(&kept, final);
    end_operator(final);
    oracle_rows(&oracle, &c, &expected);
    support_rows_sort(&expected);
    support_rows_sort(&merged.rows);
    support_rows_assert_equal(&merged.rows, &expected);
    support_rows_clear(&merged.rows);
    support_rows_clear(&expected);
    row_builder_destroy(&kept.rows);
    oracle_destroy(&oracle);
    surroundings_destroy(&s);
}
END_TEST

START_TEST(test_single_memory)
{
    Random random = {.state = 62};
    Surroundings s;
    Collector collector;
    Error error = {0};
    Status status = STATUS_OK;
    bool enough = false;
    Case c = {.key_count = 1, .column_count = 4};

    for (uint32_t i = 0; i < 4; i++)
        c.columns[i] = (SupportColumn){.type = type_of(TYPE_INT8), .domain = 1000000};
    c.columns[2].type = type_of(TYPE_TEXT);
    c.columns[3] = (SupportColumn){.type = type_of(TYPE_BOOL), .domain = 2};
    surroundings_init(&s, 0);
    collector_init(&collector, &s);
    Operator *single = make_operator(&s, &c, AGGREGATE_SINGLE, &collector.base);
    s.budget.limit = 1000000;
    for (int i = 0; i < 50 && status == STATUS_OK; i++) {
        const Batch batch = support_batch(c.columns, 4, BATCH_ROWS, s.arena, &random);
        status = single->class->push(single, &batch, &enough, &error);
    }
    ck_assert_int_eq(status, STATUS_OUT_OF_MEMORY);
    ck_assert_str_eq(status_sqlstate(error.code), "53200");
    single->class->destroy(single);
    surroundings_destroy(&s);
}
END_TEST

START_TEST(test_distinct)
{
    Random random = {.state = 63 + (uint64_t)_i};

    for (int i = 0; i < 20; i++) {
        Surroundings s;
        Collector collector;
        Operator *operator;
        Error error = {0};
        Oracle oracle = {0};
        SupportRows expected = {0};
        bool enough = false;
        const Case c = random_case(&random);

        surroundings_init(&s, 1 + (uint32_t)random_below(&random, 64));
        collector_init(&collector, &s);
        const PlanColumn *columns = support_plan_columns(&s, c.columns, c.column_count);
        PlanNode *child = support_node(&s, PLAN_VALUES, c.column_count, columns, 0, NULL);
        PlanNode *node = support_node(&s, PLAN_DISTINCT, c.column_count, columns, 1, &child);
        support_assert_ok(distinct_new(&s.context, node, &operator, & error), &error);
        operator->downstream = & collector.base;
        for (int b = 0; b < 8; b++) {
            const Batch batch = support_batch(c.columns, c.column_count, 80, s.arena, &random);
            for (uint32_t r = 0; r < batch.count; r++) {
                Buffer text = {0};
                support_format(batch.columns, c.column_count, batch_row(&batch, r), &text);
                const size_t before = oracle.count;
                oracle_group(&oracle, buffer_text(&text));
                if (oracle.count > before)
                    support_rows_add(&expected, buffer_text(&text));
                buffer_destroy(&text);
            }
            if (batch.count > 0)
                support_assert_ok(operator->class->push(operator, & batch, &enough, &error), &error);
        }
        end_operator(operator);
        support_rows_sort(&expected);
        support_rows_sort(&collector.rows);
        support_rows_assert_equal(&collector.rows, &expected);
        support_rows_clear(&collector.rows);
        support_rows_clear(&expected);
        oracle_destroy(&oracle);
        surroundings_destroy(&s);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("exec/aggregate");
    TCase *tcase = tcase_create("aggregate");

    tcase_set_timeout(tcase, 180);
    tcase_add_loop_test(tcase, test_phases_agree, 0, 8);
    tcase_add_test(tcase, test_partial_gives_up);
    tcase_add_test(tcase, test_partial_flushes);
    tcase_add_test(tcase, test_single_memory);
    tcase_add_loop_test(tcase, test_distinct, 0, 2);
    suite_add_tcase(suite, tcase);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
