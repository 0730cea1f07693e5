/* Producer and consumer against each other, without a network between them. */
#include "flow/consumer.h"
#include "flow/producer.h"

#include <check.h>
#include <stdlib.h>

#define MS INT64_C(1000)

static const QueryId query = {1, 1};
static const Incarnation sender = {1, 10};
static const Incarnation receiver = {1, 20};

static StageSpec stages[2];
static ExchangeSpec exchanges[2];
static const StageGraph graph = {stages, exchanges, 2, 2, 1};

static Producer *producer;
static Consumer *consumer;
static ProducerAction sent;
static ConsumerAction got;

static void
set_up_with(uint64_t window)
{
    ProducerConfig producer_config;
    ConsumerConfig consumer_config;

    stages[0] = (StageSpec){.kind = STAGE_LEAF, .task_count = 2};
    stages[1] = (StageSpec){.kind = STAGE_REDUCE, .task_count = 1};
    exchanges[0] = (ExchangeSpec){EXCHANGE_HASH, 0, 1, 1};
    exchanges[1] = (ExchangeSpec){EXCHANGE_GATHER, 1, STAGE_ROOT, 1};
    producer_config_default(&producer_config);
    consumer_config_default(&consumer_config);
    producer_config.initial_window = consumer_config.initial_window = window;
    consumer_config.channel_window = 2000;
    consumer_config.inbox_budget = 4000;
    producer = producer_new(&producer_config);
    consumer = consumer_new(&consumer_config, receiver);
}

static void
give_plan_and_routes(uint32_t generation, uint32_t version, Incarnation to)
{
    const Route entry = {0, 0, version, to};
    const Routes routes = {.generation = generation, .version = version, .entries = &entry, .count = 1};

    producer_on_plan(producer, query, &graph);
    consumer_on_plan(consumer, query, &graph, false);
    producer_on_routes(producer, 0, query, &routes);
    consumer_on_routes(consumer, 0, query, &routes);
}

static void
set_up(void)
{
    set_up_with(100000);
    give_plan_and_routes(1, 1, receiver);
}

static void
tear_down(void)
{
    producer_destroy(&producer);
    consumer_destroy(&consumer);
}

static bool
write_chunk(uint32_t task, uint32_t attempt, uint64_t handle, uint32_t size)
{
    return producer_on_chunk(producer, 0, query, 1, (TaskRef){0, task, attempt}, 0, 0, handle, size, 1);
}

static void
end_task(uint32_t task, uint32_t attempt)
{
    ck_assert(producer_on_task_done(producer, 0, query, 1, (TaskRef){0, task, attempt}));
}

static bool
next_send(void)
{
    while (producer_next_action(producer, 0, &sent)) {
        if (sent.kind == PRODUCER_SEND)
            return true;
    }
    return false;
}

static bool
receive(void)
{
    return consumer_on_record(consumer, 0, sender, &sent.record);
}

static size_t
send_all(void)
{
    size_t kept = 0;

    while (next_send())
        kept += receive() ? 1 : 0;
    return kept;
}

static bool
next_of(ConsumerActionKind kind)
{
    while (consumer_next_action(consumer, &got)) {
        if (got.kind == kind)
            return true;
    }
    return false;
}

START_TEST(an_input_is_complete_with_one_attempt_of_each_task)
{
    ConsumerChunk chunks[4];

    write_chunk(1, 0, 11, 10);
    write_chunk(0, 0, 12, 10);
    write_chunk(0, 0, 13, 10);
    end_task(0, 0);
    write_chunk(0, 1, 14, 10); /* a second attempt: dropped */
    end_task(0, 1);
    ck_assert_uint_eq(send_all(), 3);
    ck_assert(!next_of(CONSUMER_INPUT_COMPLETE));
    end_task(1, 0);
    ck_assert_uint_eq(send_all(), 0);
    ck_assert(next_of(CONSUMER_INPUT_COMPLETE));
    ck_assert_uint_eq(consumer_input_chunks(consumer, query, 1, 0, 0, 0, chunks, 4), 3);
    ck_assert_uint_eq(chunks[0].handle, 12);
    ck_assert_uint_eq(chunks[1].handle, 13);
    ck_assert_uint_eq(chunks[2].handle, 11);
    consumer_close_input(consumer, query, 1, 0, 0);
    ck_assert_uint_eq(consumer_chunks_held(consumer), 0);
}
END_TEST

START_TEST(a_gap_is_answered_by_a_resend)
{
    write_chunk(0, 0, 1, 10);
    write_chunk(0, 0, 2, 10);
    write_chunk(0, 0, 3, 10);
    ck_assert(next_send());
    ck_assert(receive());
    ck_assert(next_send()); /* lost */
    ck_assert(next_send());
    ck_assert(!receive());
    ck_assert(next_of(CONSUMER_GRANT));
    ck_assert(got.grant.resend);
    ck_assert_uint_eq(got.grant.have, 1);
    producer_on_grant(producer, 0, receiver, &got.grant);
    ck_assert(next_send());
    ck_assert_uint_eq(sent.record.sequence, 2);
    ck_assert(receive());
    ck_assert(!receive()); /* repeated by the network */
    ck_assert(next_send());
    ck_assert(receive());
}
END_TEST

START_TEST(silence_is_asked_about_with_back_off)
{
    write_chunk(0, 0, 1, 10);
    ck_assert(next_send()); /* lost */
    ck_assert_int_eq(producer_next_deadline(producer), 20 * MS);
    producer_on_tick(producer, 20 * MS);
    ck_assert(producer_next_action(producer, 20 * MS, &sent));
    ck_assert_int_eq(sent.kind, PRODUCER_SYNC);
    ck_assert_uint_eq(sent.sync.sent, 1);
    ck_assert_int_eq(producer_next_deadline(producer), 60 * MS);
    consumer_on_sync(consumer, 0, sender, &sent.sync);
    ck_assert(next_of(CONSUMER_GRANT));
    ck_assert(got.grant.resend);
    producer_on_grant(producer, 21 * MS, receiver, &got.grant);
    ck_assert(next_send());
    ck_assert(receive());
}
END_TEST

START_TEST(a_refused_record_is_offered_again)
{
    write_chunk(0, 0, 1, 10);
    ck_assert(next_send());
    producer_on_refused(producer, 0, &sent);
    ck_assert(!next_send());
    producer_on_writable(producer, 0, receiver);
    ck_assert(next_send());
    ck_assert_uint_eq(sent.record.sequence, 1);
}
END_TEST

START_TEST(credit_bounds_what_is_on_its_way)
{
    uint64_t out = 0;

    tear_down();
    set_up_with(500);
    give_plan_and_routes(1, 1, receiver);
    for (uint64_t i = 1; i <= 20; i++)
        write_chunk(0, 0, i, 900);
    ck_assert(!next_send()); /* the first does not fit the window: it asks */
    ck_assert_int_eq(sent.kind, PRODUCER_SYNC);
    consumer_on_sync(consumer, 0, sender, &sent.sync);
    for (int rounds = 0; rounds < 40 && next_of(CONSUMER_GRANT); rounds++) {
        producer_on_grant(producer, 0, receiver, &got.grant);
        while (next_send()) {
            ck_assert(receive());
            ck_assert_uint_le(consumer_inbox_used(consumer), 4000 + 500);
            consumer_on_stored(consumer, 0, query, 1, record_cost(sent.record.size));
            out++;
        }
    }
    ck_assert_uint_eq(out, 20);
    ck_assert_uint_eq(consumer_inbox_used(consumer), 0);
}
END_TEST

START_TEST(a_new_consumer_gets_all_from_the_start)
{
    const Incarnation other = {1, 30};
    const Route entry = {0, 0, 2, other};
    const Routes routes = {
        .generation = 1, .version = 2, .entries = &entry, .count = 1, .lost = &receiver, .lost_count = 1};

    write_chunk(0, 0, 1, 10);
    end_task(0, 0);
    send_all();
    producer_on_routes(producer, 0, query, &routes);
    ck_assert(next_send());
    ck_assert(incarnation_equal(sent.peer, other));
    ck_assert_uint_eq(sent.record.sequence, 1);
    ck_assert_int_eq(sent.record.kind, RECORD_CHUNK);
    ck_assert(next_send());
    ck_assert_int_eq(sent.record.kind, RECORD_CLOSE);
    ck_assert_uint_eq(sent.record.chunk, 1);
}
END_TEST

START_TEST(only_what_was_delivered_is_evicted)
{
    Grant grant = {.query = query, .generation = 1, .exchange = 0, .have = 2, .limit = 0};

    write_chunk(0, 0, 1, 10);
    end_task(0, 0);
    write_chunk(1, 0, 2, 10);
    send_all();
    ck_assert_uint_eq(producer_evict(producer, 100), 0);
    producer_on_grant(producer, 0, receiver, &grant);
    ck_assert_uint_eq(producer_evict(producer, 100), 10);
    ck_assert(!producer_keeps(producer, query, 1, (TaskRef){0, 0, 0}));
    ck_assert(producer_next_action(producer, 0, &sent));
    ck_assert_int_eq(sent.kind, PRODUCER_EVICTED);
    ck_assert(producer_next_action(producer, 0, &sent));
    ck_assert_int_eq(sent.kind, PRODUCER_FREE);
}
END_TEST

START_TEST(a_new_generation_forgets_the_old)
{
    write_chunk(0, 0, 1, 10);
    send_all();
    ck_assert_uint_eq(consumer_chunks_held(consumer), 1);
    write_chunk(0, 0, 2, 10);
    ck_assert(next_send());
    give_plan_and_routes(2, 2, receiver);
    ck_assert_uint_eq(consumer_chunks_held(consumer), 0);
    ck_assert(!receive());                /* of generation 1 */
    ck_assert(!write_chunk(0, 0, 3, 10)); /* likewise */
    ck_assert_uint_eq(producer_kept_bytes(producer), 0);
}
END_TEST

START_TEST(an_indeterminate_input_waits_for_the_election)
{
    const Election elections[2] = {{0, 0, 1}, {0, 1, 0}};

    tear_down();
    set_up_with(100000);
    stages[0].indeterminate = true;
    give_plan_and_routes(1, 1, receiver);
    for (uint32_t attempt = 0; attempt < 2; attempt++) {
        write_chunk(0, attempt, 1 + attempt, 10);
        end_task(0, attempt);
    }
    end_task(1, 0);
    ck_assert_uint_eq(send_all(), 2);
    consumer_on_elections(consumer, 0, query, 1, 1, elections + 1, 1); /* does not join on */
    consumer_on_elections(consumer, 0, query, 1, 0, elections, 1);
    ck_assert(!next_of(CONSUMER_INPUT_COMPLETE));
    consumer_on_elections(consumer, 0, query, 1, 0, elections, 2);
    ck_assert(next_of(CONSUMER_INPUT_COMPLETE));

    ConsumerChunk chunk;

    ck_assert_uint_eq(consumer_input_chunks(consumer, query, 1, 0, 0, 0, &chunk, 1), 1);
    ck_assert_uint_eq(chunk.handle, 2);
}
END_TEST

START_TEST(a_released_query_leaves_a_tombstone)
{
    write_chunk(0, 0, 1, 10);
    ck_assert(next_send());
    producer_on_release(producer, query);
    consumer_on_release(consumer, 0, query);
    ck_assert(!receive());
    ck_assert(!producer_on_plan(producer, query, &graph));
    ck_assert(!consumer_on_plan(consumer, query, &graph, false));
    ck_assert_uint_eq(producer_kept_bytes(producer), 0);
    ck_assert_uint_eq(consumer_inbox_used(consumer), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("channels");
    TCase *cases = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, an_input_is_complete_with_one_attempt_of_each_task);
    tcase_add_test(cases, a_gap_is_answered_by_a_resend);
    tcase_add_test(cases, silence_is_asked_about_with_back_off);
    tcase_add_test(cases, a_refused_record_is_offered_again);
    tcase_add_test(cases, credit_bounds_what_is_on_its_way);
    tcase_add_test(cases, a_new_consumer_gets_all_from_the_start);
    tcase_add_test(cases, only_what_was_delivered_is_evicted);
    tcase_add_test(cases, a_new_generation_forgets_the_old);
    tcase_add_test(cases, an_indeterminate_input_waits_for_the_election);
    tcase_add_test(cases, a_released_query_leaves_a_tombstone);
    srunner_run_all(runner, CK_ENV);

    const int failures = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
