/* WRITE and SCAN over real tablets in a directory of their own. */
#include "support.h"

#include "expr/function.h"
#include "store/store.h"

#include <stdio.h>
#include <unistd.h>

enum { ROWS = 40000, COLUMNS = 3 };

typedef struct World {
    Surroundings s;
    char root[64];
    Store *store;
    BlockCache *cache;
} World;

static const SupportColumn columns[COLUMNS] = {{.type = {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
                                               {.type = {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                               {.type = {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}}};
static const uint32_t column_ids[COLUMNS] = {1, 2, 3};
static const bool not_null[COLUMNS] = {true, false, false};

static void
world_init(World *world, uint32_t batch_rows)
{
    Error error = {0};

    surroundings_init(&world->s, batch_rows);
    snprintf(world->root, sizeof world->root, "/tmp/runnel-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(world->root));
    support_assert_ok(store_open(world->root, &world->store, &error), &error);
    world->cache = block_cache_new(16 << 20);
    world->s.environment.store = world->store;
    world->s.environment.tablets = tablet_pool_new(world->store, world->cache);
}

static void
world_destroy(World *world)
{
    char command[100];

    tablet_pool_destroy(&world->s.environment.tablets);
    block_cache_destroy(&world->cache);
    store_close(&world->store);
    snprintf(command, sizeof command, "rm -r %s", world->root);
    ck_assert_int_eq(system(command), 0);
    surroundings_destroy(&world->s);
}

static Status
count_file(void *context, const char *path, uint64_t bytes, Error *error)
{
    (void)path;
    (void)error;
    ck_assert_uint_gt(bytes, 0);
    ++*(uint32_t *)context;
    return STATUS_OK;
}

static uint32_t
file_count(World *world)
{
    uint32_t count = 0;
    Error error = {0};

    support_assert_ok(store_list(world->store, "tables", count_file, &count, &error), &error);
    return count;
}

static Operator *
make_write(World *world, uint32_t tablet_rows)
{
    const PlanColumn *names = support_plan_columns(&world->s, columns, COLUMNS);
    PlanNode *child = support_node(&world->s, PLAN_VALUES, COLUMNS, names, 0, NULL);
    PlanNode *node = support_node(&world->s, PLAN_WRITE, 5, names, 1, &child);
    Operator *operator;
    Error error = {0};

    node->write = (PlanWrite){.load = 7,
                              .prefix = "tables/events-3",
                              .column_ids = column_ids,
                              .not_null = not_null,
                              .tablet_rows = tablet_rows};
    support_assert_ok(write_new(&world->s.context, node, &operator, & error), &error);
    return operator;
}

/* Rows (i, "name i % 10", NULL where i % 7 == 0 else i % 100). */
static Batch
make_batch(uint32_t first, uint32_t count, Arena *arena)
{
    Batch batch = {.rows = count, .count = count, .column_count = COLUMNS};
    int64_t *keys = arena_alloc(arena, count * sizeof *keys);
    StringView *names = arena_alloc(arena, count * sizeof *names);
    int64_t *values = arena_alloc(arena, count * sizeof *values);
    uint64_t *validity = arena_alloc_zero(arena, bits_words(count) * sizeof *validity);

    for (uint32_t i = 0; i < count; i++) {
        const char *name = arena_format(arena, "name %u", (first + i) % 10);
        keys[i] = first + i;
        names[i] = string_view(name, strlen(name));
        values[i] = (first + i) % 100;
        bits_put(validity, i, (first + i) % 7 != 0);
    }
    batch.columns = arena_alloc(arena, COLUMNS * sizeof(Vector));
    batch.columns[0] = vector_flat(columns[0].type, keys, NULL);
    batch.columns[1] = vector_flat(columns[1].type, names, NULL);
    batch.columns[2] = vector_flat(columns[2].type, values, validity);
    return batch;
}

static void
push_rows(World *world, Operator *write)
{
    Error error = {0};
    bool enough = false;

    for (uint32_t first = 0; first < ROWS; first += BATCH_ROWS) {
        const Batch batch =
            make_batch(first, ROWS - first < BATCH_ROWS ? ROWS - first : BATCH_ROWS, world->s.arena);
        support_assert_ok(write->class->push(write, &batch, &enough, &error), &error);
    }
}

/* The tablets that were written, as the work of a scan. */
static StageTask
write_rows(World *world)
{
    Collector collector;
    Error error = {0};
    Operator *write = make_write(world, 25000);

    collector_init(&collector, &world->s);
    write->downstream = &collector.base;
    push_rows(world, write);
    support_assert_ok(support_finish(write, &error), &error);
    world->s.context.complete = true;
    write->class->destroy(write);
    ck_assert_uint_eq(collector.rows.count, 2);
    TabletRange *ranges = ARENA_ARRAY(world->s.arena, TabletRange, 2);
    for (uint32_t i = 0; i < 2; i++) {
        char *row = collector.rows.rows[i];
        ck_assert_str_eq(strtok(strchr(row, '|') + 1, "|"), i == 0 ? "25000" : "15000");
        *strchr(row, '|') = '\0';
        ranges[i] = (TabletRange){
            .tablet = i + 1, .path = arena_copy_string(world->s.arena, row), .block_count = i == 0 ? 2 : 1};
    }
    support_rows_clear(&collector.rows);
    return (StageTask){.tablet_count = 2, .tablets = ranges};
}

static Expr *
compare(Arena *arena, const char *name, uint32_t column, int64_t value)
{
    Type types[2] = {type_of(TYPE_INT8), type_of(TYPE_INT8)};
    Expr *arguments[2] = {expr_column(arena, types[0], column), expr_constant(arena, types[1], &value)};
    const struct Function *function;
    Type result;
    Error error = {0};

    support_assert_ok(function_resolve(name, 2, types, &function, &result, &error), &error);
    return expr_call(arena, function, result, 2, arguments);
}

/* Scan the columns `output` under the filters. */
static void
scan(World *world, const StageTask *work, uint32_t filter_count, Expr **filters, uint32_t output_count,
     const uint32_t *output, SupportRows *rows)
{
    const PlanColumn *names = support_plan_columns(&world->s, columns, COLUMNS);
    PlanNode *node = support_node(&world->s, PLAN_SCAN, output_count, names, 0, NULL);
    Collector collector;
    Feed *feed;
    Error error = {0};

    node->scan = (PlanScan){.table_name = "events",
                            .read_count = COLUMNS,
                            .read_columns = names,
                            .read_ids = column_ids,
                            .filter_count = filter_count,
                            .filters = filters,
                            .output_count = output_count,
                            .output = output};
    collector_init(&collector, &world->s);
    support_assert_ok(scan_feed_new(&world->s.context, node, work, NULL, 0, &feed, &error), &error);
    feed->base.downstream = &collector.base;
    for (bool exhausted = false; !exhausted;)
        support_assert_ok(feed->step(feed, &exhausted, &error), &error);
    feed->base.class->destroy(&feed->base);
    *rows = collector.rows;
}

START_TEST(test_scan_reads_what_was_written)
{
    static const uint32_t output[3] = {2, 0, 1};
    World world;
    SupportRows rows;
    SupportRows expected = {0};
    char text[100];

    world_init(&world, _i == 0 ? 0 : 100);
    const StageTask work = write_rows(&world);
    scan(&world, &work, 0, NULL, 3, output, &rows);
    for (uint32_t i = 0; i < ROWS; i++) {
        if (i % 7 == 0)
            snprintf(text, sizeof text, "NULL|%u|name %u", i, i % 10);
        else
            snprintf(text, sizeof text, "%u|%u|name %u", i % 100, i, i % 10);
        support_rows_add(&expected, text);
    }
    support_rows_assert_equal(&rows, &expected);
    support_rows_clear(&rows);
    support_rows_clear(&expected);
    scan(&world, &work, 0, NULL, 0, NULL, &rows); /* count(*): no columns at all */
    ck_assert_uint_eq(rows.count, ROWS);
    support_rows_clear(&rows);
    world_destroy(&world);
}
END_TEST

/* The first 20 rows by a key, of the scan of `work`; with a bound where the context shares one. */
static void
scan_top(World *world, const StageTask *work, SortKey key, SupportRows *rows)
{
    static const uint32_t output[COLUMNS] = {0, 1, 2};
    const PlanColumn *names = support_plan_columns(&world->s, columns, COLUMNS);
    PlanNode *node = support_node(&world->s, PLAN_SCAN, COLUMNS, names, 0, NULL);
    PlanNode *top = support_node(&world->s, PLAN_TOP_N, COLUMNS, names, 1, &node);
    Collector collector;
    Operator *operator;
    Feed *feed;
    Error error = {0};

    node->id = 1;
    top->id = 2;
    node->scan = (PlanScan){.table_name = "events",
                            .read_count = COLUMNS,
                            .read_columns = names,
                            .read_ids = column_ids,
                            .output_count = COLUMNS,
                            .output = output};
    top->sort = (PlanSort){.key_count = 1, .keys = &key, .limit = 20};
    collector_init(&collector, &world->s);
    support_assert_ok(top_n_new(&world->s.context, top, &operator, & error), &error);
    support_assert_ok(
        scan_feed_new(&world->s.context, node, work, top, top->sort.keys[0].column, &feed, &error), &error);
    operator->downstream = & collector.base;
    feed->base.downstream = operator;
    for (bool exhausted = false; !exhausted;)
        support_assert_ok(feed->step(feed, &exhausted, &error), &error);
    support_assert_ok(support_finish(operator, & error), &error);
    feed->base.class->destroy(&feed->base);
    operator->class->destroy(operator);
    *rows = collector.rows;
}

/* Every key and direction: what the bound leaves out is never missed. */
START_TEST(test_bound_of_top_n_misses_nothing)
{
    const SortKey key = {.column = _i & 1 ? 2 : 0, .descending = _i & 2, .nulls_first = _i & 4};
    World world;
    SupportRows rows;
    SupportRows expected;

    world_init(&world, 300);
    const StageTask work = write_rows(&world);
    scan_top(&world, &work, key, &expected);
    ck_assert_uint_eq(expected.count, 20);
    world.s.environment.shared = query_shared_new(&world.s.budget);
    scan_top(&world, &work, key, &rows);
    support_rows_assert_equal(&rows, &expected);
    support_rows_clear(&rows);
    support_rows_clear(&expected);
    query_shared_destroy(&world.s.environment.shared);
    world_destroy(&world);
}
END_TEST

/* The least keys are in the first tablet: the second one's block is not read. */
START_TEST(test_bound_of_top_n_prunes)
{
    World world;
    SupportRows rows;

    world_init(&world, 0);
    const StageTask work = write_rows(&world);
    world.s.environment.shared = query_shared_new(&world.s.budget);
    scan_top(&world, &work, (SortKey){.column = 0}, &rows);
    ck_assert_uint_eq(rows.count, 20);
    ck_assert_uint_eq(atomic_load(&world.s.counters[1].blocks_read), 1);
    ck_assert_uint_eq(atomic_load(&world.s.counters[1].blocks_pruned), 2);
    support_rows_clear(&rows);
    query_shared_destroy(&world.s.environment.shared);
    world_destroy(&world);
}
END_TEST

START_TEST(test_scan_filters_and_prunes)
{
    static const uint32_t output[2] = {0, 1};
    World world;
    SupportRows rows;
    SupportRows expected = {0};
    char text[100];

    world_init(&world, _i == 0 ? 0 : 77);
    const StageTask work = write_rows(&world);
    Expr *filters[2] = {compare(world.s.arena, ">=", 0, 26000), compare(world.s.arena, "<", 2, 10)};
    scan(&world, &work, 2, filters, 2, output, &rows);
    for (uint32_t i = 26000; i < ROWS; i++)
        if (i % 7 != 0 && i % 100 < 10) {
            snprintf(text, sizeof text, "%u|name %u", i, i % 10);
            support_rows_add(&expected, text);
        }
    support_rows_assert_equal(&rows, &expected);
    ck_assert_uint_eq(atomic_load(&world.s.counters[1].blocks_pruned), 2); /* both of the first tablet */
    ck_assert_uint_eq(atomic_load(&world.s.counters[1].blocks_read), 1);
    ck_assert_uint_eq(atomic_load(&world.s.counters[1].rows_in), 15000);
    ck_assert_uint_gt(atomic_load(&world.s.counters[1].bytes), 0);
    support_rows_clear(&rows);
    support_rows_clear(&expected);
    world_destroy(&world);
}
END_TEST

START_TEST(test_write_refuses_null)
{
    World world;
    Error error = {0};
    bool enough = false;
    const uint64_t none = 0;

    world_init(&world, 0);
    Operator *write = make_write(&world, 0);
    Batch batch = make_batch(0, 10, world.s.arena);
    batch.columns[0].validity = &none;
    ck_assert_int_eq(write->class->push(write, &batch, &enough, &error), STATUS_NOT_NULL_VIOLATION);
    ck_assert_str_eq(error.message,
                     "null value in column \"c0\" of relation \"events\" violates not-null constraint");
    ck_assert_str_eq(status_sqlstate(error.code), "23502");
    write->class->destroy(write);
    world_destroy(&world);
}
END_TEST

/* Files of a task that does not end well are removed with it. */
START_TEST(test_failed_write_leaves_nothing)
{
    World world;

    world_init(&world, 0);
    Operator *write = make_write(&world, 10000);
    push_rows(&world, write);
    ck_assert_uint_ge(file_count(&world), 3);
    write->class->destroy(write);
    ck_assert_uint_eq(file_count(&world), 0);
    world_destroy(&world);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("exec/tablets");
    TCase *tcase = tcase_create("tablets");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, test_scan_reads_what_was_written, 0, 2);
    tcase_add_loop_test(tcase, test_scan_filters_and_prunes, 0, 2);
    tcase_add_loop_test(tcase, test_bound_of_top_n_misses_nothing, 0, 8);
    tcase_add_test(tcase, test_bound_of_top_n_prunes);
    tcase_add_test(tcase, test_write_refuses_null);
    tcase_add_test(tcase, test_failed_write_leaves_nothing);
    suite_add_tcase(suite, tcase);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
