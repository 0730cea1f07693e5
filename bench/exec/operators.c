/* Nanoseconds (of processor time) a row of aggregation and join over rows in memory, one thread, no decoding:
 *   bench/exec/operators [rows] */
#include "exec/operators.h"
#include "base/random.h"
#include "exec/join_build.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { GROUPS = 1000000, NAMES = 5, NODES = 8 };

typedef struct Bench {
    Budget budget;
    NodeCounters counters[NODES];
    Stage stage;
    StagedPlan plan;
    TaskEnvironment environment;
    OperatorContext context;
    uint64_t rows_out;
} Bench;

typedef struct Counter {
    Operator base;
    Bench *bench;
} Counter;

static Status
count_push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    (void)enough;
    (void)error;
    ((Counter *)base)->bench->rows_out += batch->count;
    return STATUS_OK;
}

static const OperatorClass counter_class = {.name = "counter", .push = count_push};

/* Processor time: other work on the machine counts less. */
static int64_t
cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void
bench_init(Bench *bench)
{
    *bench = (Bench){.stage.task_count = 1, .plan.session.time_zone = "UTC"};
    budget_init(&bench->budget, NULL, SIZE_MAX);
    bench->plan.stage_count = 1;
    bench->plan.stages = &bench->stage;
    bench->environment = (TaskEnvironment){.budget = &bench->budget, .counters = bench->counters};
    bench->context = (OperatorContext){.plan = &bench->plan,
                                       .session = &bench->plan.session,
                                       .environment = &bench->environment,
                                       .budget = &bench->budget,
                                       .batch_rows = BATCH_ROWS};
}

static void
check(Status status, const Error *error)
{
    if (status == STATUS_OK)
        return;
    fprintf(stderr, "%s\n", error->message);
    exit(EXIT_FAILURE);
}

/* Push `rows` rows of the columns in batches, then finish; print the time of both. */
static void
run(Bench *bench, Operator *operator, const Vector * columns, uint32_t column_count, uint64_t rows,
    const char *name)
{
    Counter counter = {.bench = bench};
    Vector views[4];
    Error error = {0};
    bool enough = false;
    bool done = operator->class->finish == NULL;

    operator_init(&counter.base, &counter_class, &bench->context, 2);
    operator->downstream = & counter.base;
    bench->rows_out = 0;
    const int64_t start = cpu_ns();
    for (uint64_t first = 0; first < rows; first += BATCH_ROWS) {
        const uint32_t count = rows - first < BATCH_ROWS ? (uint32_t)(rows - first) : BATCH_ROWS;
        const Batch batch = {.rows = count, .count = count, .column_count = column_count, .columns = views};
        for (uint32_t i = 0; i < column_count; i++) {
            const size_t width = columns[i].form == VECTOR_DICTIONARY ? 4 : layout_width(columns[i].layout);
            views[i] = columns[i];
            views[i].data = (const char *)columns[i].data + first * width;
        }
        check(operator->class->push(operator, & batch, &enough, &error), &error);
    }
    const int64_t pushed = cpu_ns();
    while (!done)
        check(operator->class->finish(operator, & done, &error), &error);
    const int64_t end = cpu_ns();
    printf("%-44s %6.2f ns/row  (input %4" PRId64 " ms, end %3" PRId64 " ms, %" PRIu64
           " rows out, %zu MiB)\n",
           name, (double)(end - start) / (double)rows, (pushed - start) / 1000000, (end - pushed) / 1000000,
           bench->rows_out, budget_peak(&bench->budget) >> 20);
    operator->class->destroy(operator);
    atomic_store(&bench->budget.peak, 0);
}

static PlanAggregateCall
call_of(const char *name, uint32_t argument_count, uint32_t column, Type type)
{
    PlanAggregateCall call = {
        .argument_count = argument_count, .arguments = {column}, .argument_types = {type}, .filter = -1};
    Error error = {0};

    check(aggregate_resolve(name, argument_count, call.argument_types, &call.aggregate, &call.type, &error),
          &error);
    return call;
}

static void
bench_aggregate(Bench *bench, AggregatePhase phase, bool bounded, const Vector *columns,
                const PlanColumn *names, uint64_t rows, const char *name)
{
    uint32_t key = 0;
    ColumnBound min = {.known = bounded};
    ColumnBound max = {.known = bounded, .integer = GROUPS - 1};
    PlanAggregateCall calls[2] = {call_of("count", 0, 0, type_of(TYPE_INT8)),
                                  call_of("sum", 1, 1, type_of(TYPE_INT8))};
    PlanNode child = {.kind = PLAN_VALUES, .column_count = 2, .columns = names};
    PlanNode *children[1] = {&child};
    PlanNode node = {
        .kind = PLAN_AGGREGATE, .id = 1, .columns = names, .child_count = 1, .children = children};
    Operator *operator;
    Error error = {0};

    for (uint32_t call_count = 1; call_count <= 2; call_count++) {
        char title[128];
        node.aggregate = (PlanAggregate){.phase = phase,
                                         .key_count = 1,
                                         .keys = &key,
                                         .key_min = &min,
                                         .key_max = &max,
                                         .call_count = call_count,
                                         .calls = calls};
        check(aggregate_new(&bench->context, &node, &operator, & error), &error);
        snprintf(title, sizeof title, "%s, %s", name, call_count == 1 ? "count(*)" : "count(*), sum(int8)");
        run(bench, operator, columns, 2, rows, title);
    }
}

static void
bench_join(Bench *bench, const Vector *probe, const PlanColumn *names, uint64_t rows, int64_t spread,
           const char *name)
{
    const uint32_t key = 0;
    const uint32_t output[3] = {0, 1, 3};
    PlanNode child = {.kind = PLAN_VALUES, .column_count = 2, .columns = names};
    PlanNode *children[2] = {&child, &child};
    PlanNode node = {
        .kind = PLAN_HASH_JOIN, .id = 1, .child_count = 2, .children = children, .column_count = 3};
    int64_t *keys = malloc(GROUPS * sizeof *keys);
    bool done = false;
    Operator *operator;
    Error error = {0};

    node.join = (PlanJoin){.kind = JOIN_INNER,
                           .key_count = 1,
                           .left_keys = &key,
                           .right_keys = &key,
                           .output_count = 3,
                           .output = output};
    JoinInput input = {.node = &node, .build = join_build_new(&node, &bench->budget)};
    const int64_t start = cpu_ns();
    for (int64_t i = 0; i < GROUPS; i++)
        keys[i] = i * spread;
    for (uint32_t first = 0; first < GROUPS; first += BATCH_ROWS) {
        const uint32_t count = GROUPS - first < BATCH_ROWS ? GROUPS - first : BATCH_ROWS;
        Vector columns[2] = {vector_flat(type_of(TYPE_INT8), keys + first, NULL),
                             vector_flat(type_of(TYPE_INT8), keys + first, NULL)};
        const Batch batch = {.rows = count, .count = count, .column_count = 2, .columns = columns};
        check(join_build_append(input.build, &batch, &error), &error);
    }
    while (!done)
        check(join_build_complete(input.build, &done, &error), &error);
    printf("%-44s %6.2f ns/row\n", "  build of 1M rows", (double)(cpu_ns() - start) / GROUPS);
    check(hash_join_new(&bench->context, &node, &input, &operator, & error), &error);
    run(bench, operator, probe, 2, rows, name);
    join_build_destroy(&input.build);
    free(keys);
}

static Vector
names_vector(uint32_t *codes, Dictionary *dictionary, StringView *views, uint64_t rows, Random *random)
{
    static const char *const names[NAMES] = {"view", "click", "purchase", "sign up",
                                             "a longer name than others"};

    for (uint32_t i = 0; i < NAMES; i++)
        views[i] = string_view(names[i], strlen(names[i]));
    for (uint64_t i = 0; i < rows; i++)
        codes[i] = (uint32_t)random_below(random, NAMES);
    *dictionary = (Dictionary){
        .id = dictionary_next_id(), .count = NAMES, .values = vector_flat(type_of(TYPE_TEXT), views, NULL)};
    Vector vector = vector_flat(type_of(TYPE_TEXT), codes, NULL);
    vector.form = VECTOR_DICTIONARY;
    vector.dictionary = dictionary;
    return vector;
}

int
main(int argc, char **argv)
{
    static Bench bench;
    const uint64_t rows = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
    int64_t *keys = malloc(rows * sizeof *keys);
    int64_t *sparse = malloc(rows * sizeof *sparse);
    uint32_t *codes = malloc(rows * sizeof *codes);
    Random random = {.state = 1};
    Dictionary dictionary;
    StringView views[NAMES];

    bench_init(&bench);
    for (uint64_t i = 0; i < rows; i++) {
        keys[i] = (int64_t)random_below(&random, GROUPS);
        sparse[i] = keys[i] * 1000003;
    }
    const Vector key = vector_flat(type_of(TYPE_INT8), keys, NULL);
    const Vector dense_columns[2] = {key, key};
    const Vector sparse_columns[2] = {vector_flat(type_of(TYPE_INT8), sparse, NULL), key};
    const Vector name_columns[2] = {names_vector(codes, &dictionary, views, rows, &random), key};
    const PlanColumn integers[2] = {{.type = type_of(TYPE_INT8)}, {.type = type_of(TYPE_INT8)}};
    const PlanColumn texts[2] = {{.type = type_of(TYPE_TEXT)}, {.type = type_of(TYPE_INT8)}};

    bench_aggregate(&bench, AGGREGATE_SINGLE, true, dense_columns, integers, rows, "1M groups, direct");
    bench_aggregate(&bench, AGGREGATE_SINGLE, false, sparse_columns, integers, rows, "1M groups, hash");
    bench_aggregate(&bench, AGGREGATE_PARTIAL, false, sparse_columns, integers, rows,
                    "1M groups, hash, partial");
    bench_aggregate(&bench, AGGREGATE_SINGLE, false, name_columns, texts, rows, "5 groups, dictionary");
    bench_join(&bench, dense_columns, integers, rows, 1, "probe of 1M dense keys");
    bench_join(&bench, sparse_columns, integers, rows, 1000003, "probe of 1M sparse keys");
    free(keys);
    free(sparse);
    free(codes);
    return EXIT_SUCCESS;
}
