/* Headers of messages: what is written is read back, for every type; what is damaged is refused or means
 * something else, but never harms. */
#include "wire/message.h"

#include "base/random.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const Incarnation sender = {0x1122334455667788, 0x99aabbccddeeff00};
static const Incarnation destination = {7, UINT64_MAX};
static const Incarnation third = {UINT64_MAX, 1};

/* Not const: the walk that writes them stores each value again. */
static Route routes[] = {{3, 0, 1, {1, 2}}, {3, UINT32_MAX, 9, {5, 6}}};
static Incarnation lost[] = {{11, 12}, {13, 14}, {15, 16}};
static PeerAddress addresses[] = {{{1, 2}, "tcp://10.0.0.1:7701"}, {{5, 6}, ""}};
static Election elections[] = {{1, 2, 3}, {4, 5, 6}};
static HeldAttempt held[] = {{{1, 2, 3}, ATTEMPT_RUNNING}, {{1, 3, 0}, ATTEMPT_DONE}};
static uint64_t missing_bits[] = {UINT64_MAX, 1};
static MissingTasks missing[] = {{2, 65, missing_bits}, {3, 0, NULL}};
static QueryReport reports[] = {{.query = {1, 2},
                                 .generation = 3,
                                 .routes_version = 4,
                                 .root = true,
                                 .elections = 5,
                                 .root_failed = true,
                                 .undelivered = UINT64_MAX,
                                 .held = held,
                                 .held_count = 2,
                                 .missing = missing,
                                 .missing_count = 2},
                                {.query = {3, 4}}};
static NodeCount counts[] = {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {9, UINT64_MAX, 0, 0, 0, 0, 0, 0, 0}};

/* Every field set that some type has. */
static Message
sample(MessageType type)
{
    Message message = {.type = type,
                       .sender = sender,
                       .destination = destination,
                       .epoch = 42,
                       .query = {0xdead, 0xbeef},
                       .generation = 2,
                       .task = {1, 2, 3},
                       .number = UINT64_MAX - 1,
                       .status = 404,
                       .node = {third, 3, 8, WIRE_PROTOCOL, "tcp://127.0.0.1:7700 inproc://x", "worker-1"},
                       .error = {.code = STATUS_OUT_OF_MEMORY,
                                 .sql_position = 17,
                                 .origin = "worker-3/scan",
                                 .message = "what \xc3\xa9ver",
                                 .hint = "less"},
                       .routes = {2, 5, routes, 2, lost, 3},
                       .addresses = addresses,
                       .address_count = 2,
                       .elections = elections,
                       .election_first = 6,
                       .election_count = 2,
                       .report = {reports, 2},
                       .usage = {.process = UINT64_MAX, .scratch_written = UINT64_MAX - 3},
                       .endpoint = "ipc:///tmp/a",
                       .counts = counts,
                       .count_count = 2};

    message.record = (Record){.exchange = 4,
                              .sequence = 5,
                              .end_bytes = 6,
                              .wanted = 7,
                              .next = 8,
                              .kind = RECORD_ABORT,
                              .partition = 8,
                              .producer_task = {9, 10, 11},
                              .route_version = 12,
                              .chunk = 13,
                              .rows = 14,
                              .size = 15};
    message.sync = (Sync){.exchange = 4, .sent = 5, .wanted = 6, .next = 7};
    message.grant = (Grant){.exchange = 4, .have = 5, .limit = 6, .resend = true};
    return message;
}

static Status
decode(const Buffer *header, Arena *arena, Message *message)
{
    Error error = {0};
    const Status status = message_decode(header->data, header->size, arena, message, &error);

    ck_assert(status == STATUS_OK || error.message[0] != '\0');
    return status;
}

/* A second encoding says all that the first one said, so equal bytes are equal messages. */
START_TEST(every_type_is_read_back)
{
    const Message message = sample((MessageType)_i);
    Arena *arena = arena_new(NULL);
    Buffer first = {0};
    Buffer second = {0};
    Message read;

    message_encode(&message, &first);
    ck_assert(!first.failed);
    ck_assert_int_eq(decode(&first, arena, &read), STATUS_OK);
    ck_assert_int_eq(read.type, message.type);
    ck_assert(incarnation_equal(read.sender, sender));
    ck_assert(incarnation_equal(read.destination, destination));
    ck_assert_uint_eq(read.epoch, 42);
    message_encode(&read, &second);
    ck_assert_uint_eq(first.size, second.size);
    ck_assert_mem_eq(first.data, second.data, first.size);
    buffer_destroy(&first);
    buffer_destroy(&second);
    arena_destroy(&arena);
}
END_TEST

START_TEST(fields_keep_their_values)
{
    Arena *arena = arena_new(NULL);
    Buffer header = {0};
    Message message = sample(MESSAGE_HEARTBEAT);
    Message read;

    message_encode(&message, &header);
    ck_assert_int_eq(decode(&header, arena, &read), STATUS_OK);
    ck_assert_uint_eq(read.number, UINT64_MAX - 1);
    ck_assert_uint_eq(read.report.count, 2);
    ck_assert_uint_eq(read.report.queries[0].held_count, 2);
    ck_assert_int_eq(read.report.queries[0].held[1].state, ATTEMPT_DONE);
    ck_assert_uint_eq(read.report.queries[0].missing[0].tasks[0], UINT64_MAX);
    ck_assert_uint_eq(read.report.queries[0].undelivered, UINT64_MAX);
    ck_assert_uint_eq(read.report.queries[1].held_count, 0);
    ck_assert_uint_eq(read.usage.process, UINT64_MAX);
    ck_assert_uint_eq(read.usage.cache_hits, 0);
    ck_assert_uint_eq(read.usage.scratch_written, UINT64_MAX - 3);

    message = sample(MESSAGE_ROUTES);
    header.size = 0;
    message_encode(&message, &header);
    ck_assert_int_eq(decode(&header, arena, &read), STATUS_OK);
    ck_assert_uint_eq(read.routes.entries[1].partition, UINT32_MAX);
    ck_assert(incarnation_equal(read.routes.lost[2], lost[2]));
    ck_assert_str_eq(read.addresses[0].endpoint, "tcp://10.0.0.1:7701");

    message = sample(MESSAGE_RECORD);
    header.size = 0;
    message_encode(&message, &header);
    ck_assert_int_eq(decode(&header, arena, &read), STATUS_OK);
    ck_assert(query_id_equal(read.record.query, message.query));
    ck_assert_int_eq(read.record.kind, RECORD_ABORT);
    ck_assert_uint_eq(read.record.size, 15);
    ck_assert_str_eq(read.endpoint, "ipc:///tmp/a");

    message = sample(MESSAGE_TASK_FAILED);
    header.size = 0;
    message_encode(&message, &header);
    ck_assert_int_eq(decode(&header, arena, &read), STATUS_OK);
    ck_assert_int_eq(read.error.code, STATUS_OUT_OF_MEMORY);
    ck_assert_int_eq(read.error.sql_position, 17);
    ck_assert_str_eq(read.error.message, message.error.message);
    buffer_destroy(&header);
    arena_destroy(&arena);
}
END_TEST

/* Bytes at the very end of their allocation, so that the sanitizer sees a read behind them. */
static Status
decode_exact(const char *bytes, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);
    Arena *arena = arena_new(NULL);
    Message read;
    Error error = {0};

    if (size > 0)
        memcpy(copy, bytes, size);
    const Status status = message_decode(copy, size, arena, &read, &error);
    ck_assert_msg(status == STATUS_OK || status == STATUS_PROTOCOL, "status %d: %s", (int)status,
                  error.message);
    arena_destroy(&arena);
    free(copy);
    return status;
}

START_TEST(every_cut_is_refused)
{
    const Message message = sample((MessageType)_i);
    Buffer header = {0};

    message_encode(&message, &header);
    for (size_t size = 0; size < header.size; size++)
        ck_assert_int_eq(decode_exact(header.data, size), STATUS_PROTOCOL);
    buffer_append(&header, "\xc0", 1); /* and what follows a whole header */
    ck_assert_int_eq(decode_exact(header.data, header.size), STATUS_PROTOCOL);
    buffer_destroy(&header);
}
END_TEST

START_TEST(every_damaged_byte_is_harmless)
{
    const Message message = sample((MessageType)_i);
    Random random = {(uint64_t)_i + 1};
    Buffer header = {0};

    message_encode(&message, &header);
    for (size_t at = 0; at < header.size; at++) {
        const char kept = header.data[at];

        for (int bit = 0; bit < 8; bit++) {
            header.data[at] = (char)(kept ^ (1 << bit));
            decode_exact(header.data, header.size);
        }
        for (int i = 0; i < 4; i++) { /* the prefixes of long arrays, strings and maps are among these */
            header.data[at] = (char)(0xc0 + random_next(&random) % 0x40);
            decode_exact(header.data, header.size);
        }
        header.data[at] = kept;
    }
    buffer_destroy(&header);
}
END_TEST

START_TEST(noise_is_refused)
{
    Random random = {99};
    char noise[256];

    for (int round = 0; round < 20000; round++) {
        const size_t size = random_next(&random) % sizeof noise;

        for (size_t i = 0; i < size; i++)
            noise[i] = (char)random_next(&random);
        decode_exact(noise, size);
    }
    ck_assert_int_eq(decode_exact("", 0), STATUS_PROTOCOL);
    ck_assert_int_eq(decode_exact("GET / HTTP/1.1\r\n", 16), STATUS_PROTOCOL);
}
END_TEST

START_TEST(types_have_names)
{
    ck_assert_str_eq(message_name(MESSAGE_HELLO), "HELLO");
    ck_assert_str_eq(message_name(MESSAGE_COUNT), "?");
    ck_assert(message_has_payload(MESSAGE_RECORD));
    ck_assert(!message_has_payload(MESSAGE_GRANT));
    ck_assert(!message_has_payload(MESSAGE_COUNT));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("message");
    TCase *cases = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, every_type_is_read_back, 0, MESSAGE_COUNT);
    tcase_add_test(cases, fields_keep_their_values);
    tcase_add_loop_test(cases, every_cut_is_refused, 0, MESSAGE_COUNT);
    tcase_add_loop_test(cases, every_damaged_byte_is_harmless, 0, MESSAGE_COUNT);
    tcase_add_test(cases, noise_is_refused);
    tcase_add_test(cases, types_have_names);
    srunner_run_all(runner, CK_ENV);

    const int failures = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
