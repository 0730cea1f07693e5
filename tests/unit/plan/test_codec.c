/* Plans as bytes: what is written reads back the same, and damaged bytes end as an error. */
#include "planned.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *const queries[] = {
    "SELECT 1 + 1, 'a text that is longer than twelve bytes', NULL::numeric(10,2), true",
    "SELECT user_id, count(*), sum(value) FROM events WHERE event_type = 'click' GROUP BY user_id ORDER BY 2 "
    "DESC LIMIT 10",
    "SELECT u.country, count(*), avg(e.value) FROM events e, users u WHERE e.user_id = u.user_id AND e.value "
    "> 0.5 "
    "AND u.country IN ('de', 'fr') GROUP BY u.country ORDER BY 1",
    "SELECT event_type, count(DISTINCT user_id), count(*) FROM events WHERE user_id < 35000 GROUP BY "
    "event_type",
    "SELECT CASE WHEN day > '2001-02-03' THEN amount * 2 ELSE coalesce(amount, 1) END FROM dates LIMIT 3 "
    "OFFSET 1",
    "SELECT event_type, user_id, count(*), GROUPING(user_id) FROM events GROUP BY ROLLUP (event_type, "
    "user_id)",
    "WITH RECURSIVE r AS (SELECT user_id FROM users UNION SELECT e.user_id + 1 FROM r, events e WHERE "
    "e.user_id = "
    "r.user_id) SELECT * FROM r",
    "WITH w AS (SELECT event_type, count(*) AS n FROM events GROUP BY 1) SELECT * FROM w x JOIN w y ON x.n = "
    "y.n",
    "SELECT rank() OVER w, sum(value) FILTER (WHERE user_id > 5) OVER (w RANGE BETWEEN 1.5 PRECEDING AND "
    "UNBOUNDED FOLLOWING EXCLUDE TIES), lag(event_type, 2, 'x') OVER (ORDER BY timestamp, user_id), "
    "nth_value(user_id, user_id::int) OVER (PARTITION BY event_type ORDER BY value GROUPS 3 PRECEDING) "
    "FROM events WINDOW w AS (PARTITION BY user_id ORDER BY value)",
    "SELECT DISTINCT ON (event_type) event_type, value FROM events ORDER BY event_type DESC, value",
    "SELECT user_id, event_type FROM events INTERSECT ALL SELECT user_id, name FROM users",
    "SELECT value FROM events UNION ALL SELECT 1 UNION ALL SELECT max(value) FROM events LIMIT 5",
    "SELECT e.value FROM events e LEFT JOIN users u ON e.user_id < u.user_id OR u.name > 'a'",
};

enum { QUERY_COUNT = sizeof queries / sizeof *queries, FLIPS = 4000 };

static void
encode(Planned *planned, const char *sql, Buffer *bytes)
{
    const ClusterShape shape = {
        .workers = 2, .worker_slots = 4, .reducers = 2, .reducer_slots = 4, .fan_in = 3};

    planned_stage(planned, 10, &shape, sql);
    ck_assert_msg(planned->status == STATUS_OK, "%s: %s", sql, planned->error.message);
    ck_assert_int_eq(plan_encode(planned->staged, bytes, &planned->error), STATUS_OK);
}

START_TEST(plans_come_back)
{
    Planned planned;
    Buffer bytes = {0};
    Buffer again = {0};
    Buffer text = {0};
    StagedPlan *read;

    encode(&planned, queries[_i], &bytes);
    Arena *arena = arena_new(NULL);
    const Status status = plan_decode(arena, bytes.data, bytes.size, &read, &planned.error);
    ck_assert_msg(status == STATUS_OK, "%s: %s", queries[_i], planned.error.message);
    plan_format(read->root, &text);
    ck_assert_str_eq(buffer_text(&text), buffer_text(&planned.text));
    ck_assert_int_eq(plan_encode(read, &again, &planned.error), STATUS_OK);
    ck_assert_uint_eq(again.size, bytes.size);
    ck_assert_mem_eq(again.data, bytes.data, bytes.size);
    arena_destroy(&arena);
    buffer_destroy(&bytes);
    buffer_destroy(&again);
    buffer_destroy(&text);
    planned_destroy(&planned);
}
END_TEST

START_TEST(every_prefix_is_refused)
{
    Planned planned;
    Buffer bytes = {0};

    encode(&planned, queries[_i], &bytes);
    for (size_t size = 0; size < bytes.size; size++) {
        Error error = {0};
        StagedPlan *read;
        Arena *arena = arena_new(NULL);
        char *prefix = malloc(size + 1); /* so that reading past it is seen */
        memcpy(prefix, bytes.data, size);
        ck_assert_int_eq(plan_decode(arena, prefix, size, &read, &error), STATUS_PROTOCOL);
        free(prefix);
        arena_destroy(&arena);
    }
    buffer_destroy(&bytes);
    planned_destroy(&planned);
}
END_TEST

/* What passes the checks must be fit for use: formatted, encoded. */
static void
use(const StagedPlan *plan)
{
    Buffer text = {0};
    Error error = {0};

    plan_format(plan->root, &text);
    buffer_clear(&text);
    plan_encode(plan, &text, &error);
    buffer_destroy(&text);
}

START_TEST(damage_is_found_or_harmless)
{
    Planned planned;
    Buffer bytes = {0};
    uint32_t refused = 0;
    uint64_t random = 88172645463325252u + (uint64_t)_i;

    encode(&planned, queries[_i], &bytes);
    for (int i = 0; i < FLIPS; i++) {
        Error error = {0};
        StagedPlan *read;
        Arena *arena = arena_new(NULL);
        char *damaged = malloc(bytes.size);
        memcpy(damaged, bytes.data, bytes.size);
        for (int flips = 1 + i % 3; flips > 0; flips--) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            damaged[random % bytes.size] ^= (char)(1 << (random >> 32 & 7));
        }
        const Status status = plan_decode(arena, damaged, bytes.size, &read, &error);
        ck_assert(status == STATUS_OK || status == STATUS_PROTOCOL);
        if (status == STATUS_OK)
            use(read);
        refused += status != STATUS_OK;
        free(damaged);
        arena_destroy(&arena);
    }
    ck_assert_uint_gt(refused, FLIPS / 4);
    buffer_destroy(&bytes);
    planned_destroy(&planned);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("codec");
    TCase *codec = tcase_create("codec");

    tcase_set_timeout(codec, 60);
    tcase_add_loop_test(codec, plans_come_back, 0, QUERY_COUNT);
    tcase_add_loop_test(codec, every_prefix_is_refused, 0, QUERY_COUNT);
    tcase_add_loop_test(codec, damage_is_found_or_harmless, 0, QUERY_COUNT);
    suite_add_tcase(suite, codec);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
