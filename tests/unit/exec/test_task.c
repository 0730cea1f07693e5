/* Tasks of small hand-made plans, run stage by stage against exchanges in memory. */
#include "support.h"

#include "exec/query_shared.h"

#include <pthread.h>
#include <stdio.h>

enum { EXCHANGES = 4, PARTITIONS = 4, CHUNKS = 4096, USERS = 20, EVENTS = 500 };

typedef struct Sent {
    Slab *chunk;
    uint32_t exchange;
    uint32_t partition;
    uint32_t task;
} Sent;

/* A cluster of one process: what tasks sent stays here. */
typedef struct World {
    Surroundings s;
    Exchange exchanges[EXCHANGES];
    Stage stages[EXCHANGES];
    QueryShared *shared;
    pthread_mutex_t mutex;
    Sent sent[CHUNKS];
    size_t sent_count;
} World;

typedef struct Ticket {
    World *world;
    uint32_t stage;
    uint32_t task;
} Ticket;

static Status
world_send(void *context, uint32_t exchange, uint32_t partition, Slab *chunk, uint64_t rows, Error *error)
{
    Ticket *ticket = context;
    World *world = ticket->world;

    (void)error;
    ck_assert_uint_gt(rows, 0);
    pthread_mutex_lock(&world->mutex);
    ck_assert_uint_lt(world->sent_count, CHUNKS);
    world->sent[world->sent_count++] =
        (Sent){.chunk = chunk, .exchange = exchange, .partition = partition, .task = ticket->task};
    pthread_mutex_unlock(&world->mutex);
    return STATUS_OK;
}

static Status
world_visit(void *context, uint32_t exchange,
            Status (*visit)(void *visitor, const InputChunk *chunk, Error *error), void *visitor,
            Error *error)
{
    Ticket *ticket = context;
    World *world = ticket->world;
    const ExchangeForm form = world->exchanges[exchange].node->exchange.form;
    const bool whole = form == EXCHANGE_FORM_BROADCAST || form == EXCHANGE_FORM_GATHER;

    for (size_t i = 0; i < world->sent_count; i++) {
        const Sent *sent = &world->sent[i];
        const InputChunk chunk = {.bytes = sent->chunk->data, .size = sent->chunk->size, .task = sent->task};
        if (sent->exchange == exchange && sent->partition == (whole ? 0 : ticket->task))
            TRY(visit(visitor, &chunk, error));
    }
    return STATUS_OK;
}

static void
world_init(World *world, uint32_t batch_rows)
{
    memset(world, 0, sizeof *world);
    surroundings_init(&world->s, batch_rows);
    world->s.plan.stages = world->stages;
    world->s.plan.exchanges = world->exchanges;
    world->s.plan.exchange_count = EXCHANGES;
    pthread_mutex_init(&world->mutex, NULL);
    world->shared = query_shared_new(&world->s.budget);
    world->s.environment.shared = world->shared;
    world->s.environment.chunk_bytes = 300;
    world->s.environment.send = world_send;
    world->s.environment.visit_input = world_visit;
}

static void
world_destroy(World *world)
{
    for (size_t i = 0; i < world->sent_count; i++)
        slab_release(&world->sent[i].chunk);
    query_shared_destroy(&world->shared);
    pthread_mutex_destroy(&world->mutex);
    surroundings_destroy(&world->s);
}

/* Run a task to its end, in slices as short as they can be. */
static Status
run_task(Ticket *ticket, Error *error)
{
    TaskEnvironment environment = ticket->world->s.environment;
    Task *task = NULL;
    bool done = false;
    Status status;

    environment.context = ticket;
    status = task_new(&ticket->world->s.plan, ticket->stage, ticket->task, 0, &environment, &task, error);
    while (status == STATUS_OK && !done)
        status = task_step(task, 0, &done, error);
    task_destroy(&task);
    return status;
}

static void
run_stage(World *world, uint32_t stage)
{
    for (uint32_t task = 0; task < world->stages[stage].task_count; task++) {
        Ticket ticket = {.world = world, .stage = stage, .task = task};
        Error error = {0};
        support_assert_ok(run_task(&ticket, &error), &error);
    }
}

/* The rows that came out of an exchange, as texts. */
static void
collect(World *world, uint32_t exchange, SupportRows *rows)
{
    Collector collector;
    Feed *feed;
    Error error = {0};
    bool exhausted = false;
    Ticket ticket = {.world = world};

    collector_init(&collector, &world->s);
    world->s.environment.context = &ticket;
    for (ticket.task = 0; ticket.task < PARTITIONS; ticket.task++) {
        const ExchangeForm form = world->exchanges[exchange].node->exchange.form;
        if (ticket.task > 0 && form == EXCHANGE_FORM_GATHER)
            break;
        support_assert_ok(
            exchange_feed_new(&world->s.context, world->exchanges[exchange].node, &feed, &error), &error);
        feed->base.downstream = &collector.base;
        for (exhausted = false; !exhausted;)
            support_assert_ok(feed->step(feed, &exhausted, &error), &error);
        feed->base.class->destroy(&feed->base);
    }
    world->s.environment.context = NULL;
    *rows = collector.rows;
    support_rows_sort(rows);
}

/* ---- plans ---- */

static const SupportColumn columns[2] = {{.type = {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
                                         {.type = {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}}};

/* Rows (i % domain, "row i"). */
static PlanNode *
values_node(World *world, uint32_t row_count, int64_t domain)
{
    Arena *arena = world->s.arena;
    PlanNode *node =
        support_node(&world->s, PLAN_VALUES, 2, support_plan_columns(&world->s, columns, 2), 0, NULL);

    node->values.row_count = row_count;
    node->values.rows = ARENA_ARRAY(arena, Expr **, row_count + 1);
    for (uint32_t i = 0; i < row_count; i++) {
        const int64_t key = i % domain;
        node->values.rows[i] = ARENA_ARRAY(arena, Expr *, 2);
        node->values.rows[i][0] = expr_constant(arena, columns[0].type, &key);
        node->values.rows[i][1] = expr_text(arena, arena_format(arena, "row %u", i));
    }
    return node;
}

static PlanNode *
cut(World *world, uint32_t id, PlanNode *root, uint32_t tasks, ExchangeForm form)
{
    PlanNode *node = support_node(&world->s, PLAN_EXCHANGE, root->column_count, root->columns, 1, &root);
    uint32_t *keys = ARENA_ARRAY(world->s.arena, uint32_t, 1);

    node->id = 2 + id;
    node->exchange = (PlanExchange){.id = id,
                                    .form = form,
                                    .key_count = 1,
                                    .keys = keys,
                                    .hash_column = -1,
                                    .partition_count = PARTITIONS};
    world->exchanges[id] = (Exchange){.id = id, .node = node};
    world->stages[id] = (Stage){.id = id, .root = root, .task_count = tasks, .output = id};
    world->s.plan.stage_count = id + 1;
    return node;
}

static PlanNode *
join_node(World *world, PlanNode *probe, PlanNode *build)
{
    static const uint32_t key = 0;
    static const uint32_t output[3] = {0, 1, 3};
    PlanNode *children[2] = {probe, build};
    const SupportColumn joined[3] = {columns[0], columns[1], columns[1]};
    PlanNode *node =
        support_node(&world->s, PLAN_HASH_JOIN, 3, support_plan_columns(&world->s, joined, 3), 2, children);

    node->id = 9;
    node->join = (PlanJoin){.kind = JOIN_INNER,
                            .key_count = 1,
                            .left_keys = &key,
                            .right_keys = &key,
                            .output_count = 3,
                            .output = output};
    return node;
}

static void
expect_join(SupportRows *expected, uint32_t copies)
{
    char text[100];

    for (uint32_t i = 0; i < EVENTS * copies; i++) {
        const uint32_t row = i % EVENTS;
        snprintf(text, sizeof text, "%u|row %u|row %u", row % (2 * USERS), row, row % (2 * USERS));
        if (row % (2 * USERS) < USERS)
            support_rows_add(expected, text);
    }
    support_rows_sort(expected);
}

/* Events hashed to partitions, joined with users that every task has. */
static void
plan_join(World *world)
{
    PlanNode *users = cut(world, 0, values_node(world, USERS, USERS), 1, EXCHANGE_FORM_BROADCAST);
    PlanNode *events = cut(world, 1, values_node(world, EVENTS, 2 * USERS), 1, EXCHANGE_FORM_HASH);

    cut(world, 2, join_node(world, events, users), PARTITIONS, EXCHANGE_FORM_GATHER);
}

/* ---- tests ---- */

START_TEST(test_exchanges_keep_rows)
{
    static const ExchangeForm forms[] = {EXCHANGE_FORM_HASH, EXCHANGE_FORM_GATHER, EXCHANGE_FORM_BY_TASK,
                                         EXCHANGE_FORM_RANGE};
    static const int64_t bounds[PARTITIONS - 1] = {2, 5, 9};
    World world;
    SupportRows rows;
    SupportRows expected = {0};
    char text[100];

    world_init(&world, 1 + (uint32_t)_i * 30);
    PlanNode *node = cut(&world, 0, values_node(&world, 300, 11), 3, forms[_i]);
    node->exchange.bounds = bounds;
    run_stage(&world, 0);
    for (uint32_t i = 0; i < 300; i++) {
        snprintf(text, sizeof text, "%u|row %u", i % 11, i);
        support_rows_add(&expected, text);
    }
    support_rows_sort(&expected);
    collect(&world, 0, &rows);
    support_rows_assert_equal(&rows, &expected); /* of three tasks only the first gives the values */
    ck_assert_uint_gt(world.sent_count, 2);      /* small chunks: several */
    ck_assert_uint_eq(atomic_load(&world.s.counters[2].rows_in), 300);
    ck_assert_uint_eq(atomic_load(&world.s.counters[1].rows_out), 300);
    support_rows_clear(&rows);
    support_rows_clear(&expected);
    world_destroy(&world);
}
END_TEST

/* Memory that a builder keeps from earlier chunks does not make later ones short. */
START_TEST(test_chunks_are_full)
{
    enum { VALUES = 4000, CHUNK = 4096, ROW = sizeof(int64_t) + sizeof(StringView) };
    World world;

    world_init(&world, 16);
    world.s.environment.chunk_bytes = CHUNK;
    cut(&world, 0, values_node(&world, VALUES, 11), 1, EXCHANGE_FORM_HASH);
    run_stage(&world, 0);
    ck_assert_uint_le(world.sent_count, (size_t)VALUES * ROW / CHUNK + PARTITIONS);
    world_destroy(&world);
}
END_TEST

START_TEST(test_range_partitions)
{
    static const int64_t bounds[PARTITIONS - 1] = {2, 5, 9};
    World world;

    world_init(&world, 0);
    PlanNode *node = cut(&world, 0, values_node(&world, 300, 11), 1, EXCHANGE_FORM_RANGE);
    node->exchange.bounds = bounds;
    run_stage(&world, 0);
    for (uint32_t p = 0; p < PARTITIONS; p++) {
        Ticket ticket = {.world = &world, .task = p};
        Collector collector;
        Feed *feed;
        Error error = {0};
        bool exhausted = false;
        collector_init(&collector, &world.s);
        world.s.environment.context = &ticket;
        support_assert_ok(exchange_feed_new(&world.s.context, node, &feed, &error), &error);
        feed->base.downstream = &collector.base;
        while (!exhausted)
            support_assert_ok(feed->step(feed, &exhausted, &error), &error);
        ck_assert_uint_gt(collector.rows.count, 0);
        for (size_t i = 0; i < collector.rows.count; i++) {
            const long key = strtol(collector.rows.rows[i], NULL, 10);
            ck_assert(p == 0 || key >= bounds[p - 1]);
            ck_assert(p == PARTITIONS - 1 || key < bounds[p]);
        }
        feed->base.class->destroy(&feed->base);
        support_rows_clear(&collector.rows);
    }
    world_destroy(&world);
}
END_TEST

START_TEST(test_broadcast_join)
{
    World world;
    SupportRows rows;
    SupportRows expected = {0};

    world_init(&world, 1 + (uint32_t)_i * 40);
    plan_join(&world);
    for (uint32_t stage = 0; stage < 3; stage++)
        run_stage(&world, stage);
    collect(&world, 2, &rows);
    expect_join(&expected, 1);
    support_rows_assert_equal(&rows, &expected);
    support_rows_clear(&rows);
    support_rows_clear(&expected);
    world_destroy(&world);
}
END_TEST

static void *
run_ticket(void *argument)
{
    Error error = {0};

    support_assert_ok(run_task(argument, &error), &error);
    return NULL;
}

/* All tasks at once: one makes the build, the others wait for it. */
START_TEST(test_build_is_shared)
{
    World world;
    SupportRows rows;
    SupportRows expected = {0};
    pthread_t threads[PARTITIONS];
    Ticket tickets[PARTITIONS];

    world_init(&world, 7);
    plan_join(&world);
    run_stage(&world, 0);
    run_stage(&world, 1);
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        tickets[i] = (Ticket){.world = &world, .stage = 2, .task = i};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_ticket, &tickets[i]), 0);
    }
    for (uint32_t i = 0; i < PARTITIONS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(atomic_load(&world.s.counters[9].rows_in), USERS + EVENTS); /* the build came in once */
    collect(&world, 2, &rows);
    expect_join(&expected, 1);
    support_rows_assert_equal(&rows, &expected);
    support_rows_clear(&rows);
    support_rows_clear(&expected);
    world_destroy(&world);
}
END_TEST

/* The task that was making the build goes away: others are not stuck. */
START_TEST(test_build_is_abandoned)
{
    World world;
    SupportRows rows;
    SupportRows expected = {0};
    Ticket ticket = {.world = &world, .stage = 2};
    Task *task;
    Error error = {0};
    bool done;

    world_init(&world, 3);
    plan_join(&world);
    run_stage(&world, 0);
    run_stage(&world, 1);
    TaskEnvironment environment = world.s.environment;
    environment.context = &ticket;
    support_assert_ok(task_new(&world.s.plan, 2, 0, 0, &environment, &task, &error), &error);
    for (int i = 0; i < 5; i++)
        support_assert_ok(task_step(task, 0, &done, &error), &error);

    Task *other;
    support_assert_ok(task_new(&world.s.plan, 2, 1, 0, &environment, &other, &error), &error);
    for (int i = 0; i < 3; i++) {
        support_assert_ok(task_step(other, 0, &done, &error), &error);
        ck_assert(!done);
    }
    task_destroy(&task);
    task_destroy(&other);
    run_stage(&world, 2);
    collect(&world, 2, &rows);
    expect_join(&expected, 1);
    support_rows_assert_equal(&rows, &expected);
    support_rows_clear(&rows);
    support_rows_clear(&expected);
    world_destroy(&world);
}
END_TEST

/* UNION ALL of two branches under a LIMIT, to two exchanges. */
START_TEST(test_union_and_tee)
{
    World world;
    SupportRows rows;

    world_init(&world, 16);
    PlanNode *branches[2] = {values_node(&world, 30, 5), values_node(&world, 30, 5)};
    PlanNode *all = support_node(&world.s, PLAN_SET_OPERATION, 2, branches[0]->columns, 2, branches);
    PlanNode *limit = support_node(&world.s, PLAN_LIMIT, 2, branches[0]->columns, 1, &all);
    limit->limit = (PlanLimit){.limit = 50, .offset = 5};
    uint32_t extra = 1;
    cut(&world, 1, limit, 1, EXCHANGE_FORM_HASH);
    cut(&world, 0, limit, 1, EXCHANGE_FORM_GATHER);
    world.stages[0].extra_output_count = 1;
    world.stages[0].extra_outputs = &extra;
    run_stage(&world, 0);
    for (uint32_t exchange = 0; exchange < 2; exchange++) {
        collect(&world, exchange, &rows);
        ck_assert_uint_eq(rows.count, 50);
        support_rows_clear(&rows);
    }
    world_destroy(&world);
}
END_TEST

START_TEST(test_cancelled_task)
{
    World world;
    Error error = {0};
    Ticket ticket = {.world = &world, .stage = 2};

    world_init(&world, 8);
    plan_join(&world);
    run_stage(&world, 0);
    run_stage(&world, 1);
    atomic_store(&world.s.cancelled, true);
    ck_assert_int_eq(run_task(&ticket, &error), STATUS_CANCELLED);
    ck_assert_str_eq(status_sqlstate(error.code), "57014");
    world_destroy(&world);
}
END_TEST

/* Damaged input ends in an error or in rows, never in a crash. */
START_TEST(test_hostile_chunks)
{
    Random random = {.state = (uint64_t)_i};
    uint32_t refused = 0;

    for (int i = 0; i < 60; i++) {
        World world;
        Error error = {0};
        Ticket ticket = {.world = &world, .stage = 2, .task = (uint32_t)random_below(&random, PARTITIONS)};
        world_init(&world, 0);
        plan_join(&world);
        run_stage(&world, 0);
        run_stage(&world, 1);
        for (int hit = 0; hit < 3; hit++) {
            Slab *chunk = world.sent[random_below(&random, world.sent_count)].chunk;
            if (random_below(&random, 3) == 0)
                chunk->size = random_below(&random, chunk->size);
            else if (chunk->size > 0)
                chunk->data[random_below(&random, chunk->size < 80 ? chunk->size : 80)] ^=
                    (char)(1 + random_below(&random, 255));
        }
        const Status status = run_task(&ticket, &error);
        refused += status != STATUS_OK;
        if (status != STATUS_OK)
            ck_assert_int_eq(error.code, status);
        world_destroy(&world);
    }
    ck_assert_uint_gt(refused, 0);
}
END_TEST

/* However little memory there is, a task of few rows has its floors, ends well, and gives all of it back. */
START_TEST(test_little_memory)
{
    for (size_t limit = 1; limit < 200000; limit = limit * 5 / 4 + 1) {
        World world;
        Error error = {0};
        Ticket ticket = {.world = &world, .stage = 2};
        world_init(&world, 64);
        plan_join(&world);
        run_stage(&world, 0);
        run_stage(&world, 1);
        world.s.budget.limit = budget_used(&world.s.budget) + limit;
        ck_assert_int_eq(run_task(&ticket, &error), STATUS_OK);
        world_destroy(&world);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("exec/task");
    TCase *tcase = tcase_create("task");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, test_exchanges_keep_rows, 0, 4);
    tcase_add_test(tcase, test_chunks_are_full);
    tcase_add_test(tcase, test_range_partitions);
    tcase_add_loop_test(tcase, test_broadcast_join, 0, 3);
    tcase_add_test(tcase, test_build_is_shared);
    tcase_add_test(tcase, test_build_is_abandoned);
    tcase_add_test(tcase, test_union_and_tee);
    tcase_add_test(tcase, test_cancelled_task);
    tcase_add_loop_test(tcase, test_hostile_chunks, 0, 4);
    tcase_add_test(tcase, test_little_memory);
    suite_add_tcase(suite, tcase);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
