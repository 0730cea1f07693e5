/* Statements → plans: as text, and by structure where the text does not show it. */
#include "bound.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct Planned {
    const char *sql;
    const char *columns; /* names and types; PostgreSQL's, but for numeric's digits */
    const char *plan;
} Planned;

static const Planned planned[] = {
    {"SELECT user_id, count(*), sum(value) FROM events WHERE event_type = 'click' AND value > 1 GROUP BY "
     "user_id HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT 10",
     "user_id bigint, count bigint, sum double precision",
     "limit 10\n"
     "  sort: by count DESC, user_id\n"
     "    filter [count > 1]\n"
     "      final_aggregate: count(*), sum(value) by user_id\n"
     "        filter [event_type = 'click' AND value > 1]\n"
     "          scan events\n"},
    {"SELECT e.user_id, avg(value) AS a FROM events e JOIN users u ON e.user_id = u.user_id WHERE country = "
     "'DE' GROUP BY e.user_id ORDER BY a",
     "user_id bigint, a double precision",
     "sort: by a\n"
     "  project: user_id, avg AS a\n"
     "    final_aggregate: avg(value) by user_id\n"
     "      filter [country = 'DE']\n"
     "        hash_join: inner join on user_id = user_id\n"
     "          scan events\n"
     "          scan users\n"},
    {"SELECT country, count(DISTINCT user_id) FILTER (WHERE name = 'a') FROM users GROUP BY 1",
     "country text, count bigint",
     "final_aggregate: count(DISTINCT user_id) FILTER (WHERE name = 'a') by country\n"
     "  project: country, user_id, name = 'a' AS expr3\n"
     "    scan users\n"},
    {"SELECT x, y + 1 FROM (VALUES (1, 2.5), (3, 4)) v(x, y) ORDER BY y", "x integer, ?column? numeric(12,1)",
     "project: x, ?column?\n"
     "  sort: by y\n"
     "    project: column1 AS x, column2 + 1.0 AS ?column?, column2 AS y\n"
     "      values: 2 rows\n"},
    {"WITH a AS (SELECT user_id u FROM events), b(z) AS (SELECT u FROM a) SELECT * FROM b, a",
     "z bigint, u bigint",
     "project: u AS z, u\n"
     "  nested_loop_join: cross join\n"
     "    values: shared\n"
     "      values: shared\n"
     "        project: user_id AS u\n"
     "          scan events\n"
     "    values: shared\n"},
    {"SELECT * FROM events NATURAL JOIN users",
     "user_id bigint, event_type text, timestamp timestamp without time zone, value double precision, name "
     "text, country text",
     "project: user_id, event_type, timestamp, value, name, country\n"
     "  hash_join: inner join on user_id = user_id\n"
     "    scan events\n"
     "    scan users\n"},
    {"SELECT user_id FROM events FULL JOIN users USING (user_id)", "user_id bigint",
     "project: user_id\n"
     "  project: user_id, event_type, timestamp, value, user_id, name, country, COALESCE(user_id, user_id) "
     "AS user_id\n"
     "    hash_join: full join on user_id = user_id\n"
     "      scan events\n"
     "      scan users\n"},
    {"SELECT name, value FROM events LEFT JOIN users ON events.user_id = users.user_id + 1 AND name = 'x'",
     "name text, value double precision",
     "project: name, value\n"
     "  hash_join: left join on user_id = key1 [name = 'x']\n"
     "    scan events\n"
     "    project: user_id, name, country, user_id + 1 AS key1\n"
     "      scan users\n"},
    {"SELECT name FROM users JOIN events ON events.value > 1", "name text",
     "project: name\n"
     "  nested_loop_join: inner join [value > 1]\n"
     "    scan users\n"
     "    scan events\n"},
    {"SELECT DISTINCT country FROM users ORDER BY country LIMIT 5 OFFSET 2", "country text",
     "limit 5 offset 2\n"
     "  sort: by country\n"
     "    distinct\n"
     "      project: country\n"
     "        scan users\n"},
    {"SELECT sum(value) / count(*) + 1 FROM events GROUP BY user_id, event_type ORDER BY max(value)",
     "?column? double precision",
     "project: ?column?\n"
     "  sort: by max\n"
     "    project: sum / count::double precision + 1 AS ?column?, max\n"
     "      final_aggregate: sum(value), count(*), max(value) by user_id, event_type\n"
     "        scan events\n"},
    {"SELECT i4 + 1, count(*) FROM numbers GROUP BY i4 + 1", "?column? integer, count bigint",
     "project: expr1 AS ?column?, count\n"
     "  final_aggregate: count(*) by i4 + 1\n"
     "    project: i4 + 1 AS expr1\n"
     "      scan numbers\n"},
    {"SELECT value + 1 AS v, sum(value + 1) FROM events GROUP BY v",
     "v double precision, sum double precision",
     "project: expr1 AS v, sum\n"
     "  final_aggregate: sum(value + 1) by value + 1\n"
     "    project: value + 1 AS expr1\n"
     "      scan events\n"},
    {"SELECT 1 FROM numbers WHERE i4 IN (1, 2) AND n IN (1, 2.5) AND i4 NOT IN (i8, 3)", "?column? integer",
     "project: 1 AS ?column?\n"
     "  filter [i4 IN (1, 2) AND n IN (1.00, 2.50) AND NOT (i4::bigint = i8 OR i4::bigint = 3)]\n"
     "    scan numbers\n"},
    {"SELECT CASE i4 WHEN 1 THEN 'a' ELSE t END FROM numbers WHERE i8 BETWEEN i4 AND 7", "t text",
     "project: CASE WHEN i4 = 1 THEN 'a' ELSE t END AS t\n"
     "  filter [i8 >= i4::bigint AND i8 <= 7]\n"
     "    scan numbers\n"},
    {"SELECT current_date, timestamp '2020-02-29 12:00', interval '3' day, '007'::int FROM users",
     "current_date date, timestamp timestamp without time zone, interval interval day, int4 integer",
     "project: '2000-01-01'::date AS current_date, '2020-02-29 12:00:00'::timestamp without time zone AS "
     "timestamp, '3 days'::interval day AS interval, 7 AS int4\n"
     "  scan users\n"},
    {"SELECT count(*) FROM system.nodes", "count bigint",
     "final_aggregate: count(*)\n"
     "  values: 1 rows\n"},
    {"INSERT INTO users (country, user_id) SELECT event_type, 1 FROM events",
     "user_id bigint, name text, country text",
     "project: ?column?::bigint AS user_id, NULL AS name, event_type AS country\n"
     "  project: event_type, 1 AS ?column?\n"
     "    scan events\n"},
    {"INSERT INTO users VALUES (1, 'a', 'b'), ('2', NULL, DEFAULT)",
     "user_id bigint, name text, country text", "values: 2 rows\n"},
    {"INSERT INTO users SELECT 1, 'x', NULL", "user_id bigint, name text, country text",
     "project: ?column?::bigint AS user_id, ?column? AS name, ?column? AS country\n"
     "  project: 1 AS ?column?, 'x' AS ?column?, NULL AS ?column?\n"
     "    values: 1 rows\n"},
    {"CREATE TABLE x AS SELECT user_id, count(*) AS n FROM events GROUP BY 1", "user_id bigint, n bigint",
     "project: user_id, count AS n\n"
     "  final_aggregate: count(*) by user_id\n"
     "    scan events\n"},
};

static void
format_columns(const PlanNode *plan, Buffer *out)
{
    for (uint32_t i = 0; i < plan->column_count; i++) {
        buffer_append_format(out, "%s%s ", i > 0 ? ", " : "", plan->columns[i].name);
        type_format(plan->columns[i].type, out);
    }
}

START_TEST(test_planned)
{
    const Planned *p = &planned[_i];
    Buffer columns = {0};
    Bound bound;

    bound_make(&bound, p->sql);
    ck_assert_msg(bound.status == STATUS_OK, "%s: %s", p->sql, bound.error.message);
    format_columns(bound.statement->plan, &columns);
    ck_assert_str_eq(buffer_text(&columns), p->columns);
    ck_assert_str_eq(bound.plan, p->plan);
    buffer_destroy(&columns);
    bound_destroy(&bound);
}
END_TEST

/* A computed key widens the left child: the residual's and the output's right columns move with it. */
START_TEST(test_join_columns)
{
    Bound bound;

    bound_make(
        &bound,
        "SELECT * FROM events e LEFT JOIN users u ON u.user_id = e.user_id + 1 AND u.name = e.event_type");
    const PlanNode *node = bound.statement->plan;
    ck_assert_int_eq(node->kind, PLAN_HASH_JOIN);
    ck_assert_int_eq(node->join.kind, JOIN_LEFT);
    ck_assert_uint_eq(node->join.key_count, 2);
    ck_assert_uint_eq(node->join.left_keys[0], 4);
    ck_assert_uint_eq(node->join.right_keys[0], 0);
    ck_assert_uint_eq(node->join.left_keys[1], 1);
    ck_assert_uint_eq(node->join.right_keys[1], 1);
    ck_assert_ptr_null(node->join.residual);
    ck_assert_uint_eq(node->children[0]->column_count, 5);
    ck_assert_uint_eq(node->column_count, 7);
    ck_assert_uint_eq(node->join.output[3], 3);
    ck_assert_uint_eq(node->join.output[4], 5);
    bound_destroy(&bound);

    bound_make(&bound,
               "SELECT * FROM events e LEFT JOIN users u ON u.user_id = e.user_id + 1 AND u.name > 'x'");
    node = bound.statement->plan;
    ck_assert_uint_eq(node->join.residual->arguments[0]->column, 6);
    bound_destroy(&bound);
}
END_TEST

/* Keys of different types meet in the wider one. */
START_TEST(test_join_key_types)
{
    Bound bound;

    bound_make(&bound, "SELECT 1 FROM numbers a JOIN users u ON a.i4 = u.user_id");
    const PlanNode *join = bound.statement->plan->children[0];
    ck_assert_int_eq(join->kind, PLAN_HASH_JOIN);
    for (uint32_t i = 0; i < 2; i++) {
        const uint32_t key = (i == 0 ? join->join.left_keys : join->join.right_keys)[0];
        ck_assert_int_eq(join->children[i]->columns[key].type.id, TYPE_INT8);
    }
    bound_destroy(&bound);
}
END_TEST

START_TEST(test_null_order)
{
    static const bool nulls_first[] = {false, true, true, false};
    Bound bound;

    bound_make(&bound,
               "SELECT i2, i4, i8, f8 FROM numbers ORDER BY 1, 2 DESC, 3 NULLS FIRST, 4 DESC NULLS LAST");
    for (uint32_t i = 0; i < 4; i++) {
        const SortKey *key = &bound.statement->plan->sort.keys[i];
        ck_assert_uint_eq(key->column, i);
        ck_assert_int_eq(key->descending, i % 2);
        ck_assert_int_eq(key->nulls_first, nulls_first[i]);
    }
    bound_destroy(&bound);
}
END_TEST

START_TEST(test_limits)
{
    Bound bound;

    bound_make(&bound, "SELECT 1 FROM users LIMIT 2 * 3 OFFSET '4'");
    ck_assert_int_eq(bound.statement->plan->limit.limit, 6);
    ck_assert_int_eq(bound.statement->plan->limit.offset, 4);
    bound_destroy(&bound);
    bound_make(&bound, "SELECT user_id, name, country FROM users LIMIT NULL OFFSET NULL");
    ck_assert_int_eq(bound.statement->plan->kind, PLAN_SCAN);
    bound_destroy(&bound);
    bound_make(&bound, "SELECT 1 LIMIT 1 - 2");
    ck_assert_int_eq(bound.status, STATUS_INVALID_ROW_COUNT);
    bound_destroy(&bound);
    bound_make(&bound, "SELECT 1 OFFSET -1");
    ck_assert_int_eq(bound.status, STATUS_INVALID_ROW_OFFSET);
    bound_destroy(&bound);
}
END_TEST

START_TEST(test_create)
{
    Bound bound;

    bound_make(&bound, "CREATE TABLE IF NOT EXISTS x (a INT PRIMARY KEY, b DOUBLE, c STRING NOT NULL, d "
                       "DECIMAL(10,2), e NUMERIC, "
                       "f VARCHAR(9), g TIMESTAMPTZ, h BIGINT[], UNIQUE (b)) PARTITION BY RANGE (a) "
                       "WITH (partitions = 5, order_by = 'c, A')");
    ck_assert_msg(bound.status == STATUS_OK, "%s", bound.error.message);
    const TableDefinition *definition = bound.statement->definition;
    ck_assert_str_eq(bound.statement->command, "CREATE TABLE");
    ck_assert(bound.statement->if_not_exists && !bound.statement->exists);
    ck_assert_str_eq(definition->name, "x");
    ck_assert_uint_eq(definition->column_count, 8);
    ck_assert(definition->columns[0].not_null && !definition->columns[1].not_null &&
              definition->columns[2].not_null);
    ck_assert_int_eq(definition->columns[1].type.id, TYPE_FLOAT8);
    ck_assert_int_eq(definition->columns[2].type.id, TYPE_TEXT);
    ck_assert(type_equal(definition->columns[3].type, type_numeric(10, 2)));
    ck_assert(type_equal(definition->columns[4].type, type_numeric(38, 6)));
    ck_assert_int_eq(definition->columns[5].type.length, 9);
    ck_assert_int_eq(definition->columns[7].type.nested->types[0].id, TYPE_INT8);
    ck_assert_int_eq(definition->partition.kind, PARTITION_RANGE);
    ck_assert_uint_eq(definition->partition.column, 0);
    ck_assert_uint_eq(definition->partition.count, 5);
    ck_assert_uint_eq(definition->order_count, 2);
    ck_assert_uint_eq(definition->order_columns[0], 2);
    ck_assert_uint_eq(definition->order_columns[1], 0);
    ck_assert_uint_eq(bound.statement->notice_count, 2);
    bound_destroy(&bound);

    bound_make(&bound,
               "CREATE TABLE x WITH (partition_by = 'HASH( user_id )', partitions = 3) AS TABLE users");
    ck_assert_msg(bound.status == STATUS_OK, "%s", bound.error.message);
    ck_assert_int_eq(bound.statement->definition->partition.kind, PARTITION_HASH);
    ck_assert_uint_eq(bound.statement->definition->partition.count, 3);
    ck_assert_uint_eq(bound.statement->table_count, 1);
    ck_assert_ptr_eq(bound.statement->tables[0], &bound_users);
    bound_destroy(&bound);
}
END_TEST

START_TEST(test_create_existing)
{
    Bound bound;

    bound_make(&bound, "CREATE TABLE users (a int)");
    ck_assert_int_eq(bound.status, STATUS_DUPLICATE_TABLE);
    bound_destroy(&bound);
    bound_make(&bound, "CREATE TABLE IF NOT EXISTS users AS SELECT 1 AS a");
    ck_assert_int_eq(bound.status, STATUS_OK);
    ck_assert(bound.statement->exists);
    ck_assert_uint_eq(bound.statement->notice_count, 1);
    bound_destroy(&bound);
}
END_TEST

START_TEST(test_bad_options)
{
    static const char *const sql[] = {
        "CREATE TABLE x (a int) WITH (partitions = 5)",
        "CREATE TABLE x (a int) PARTITION BY HASH (a) WITH (partitions = -5)",
        "CREATE TABLE x (a int) PARTITION BY HASH (a) WITH (partitions = 'many')",
        "CREATE TABLE x (a int) PARTITION BY HASH (a) WITH (partition_by = 'hash(a)')",
        "CREATE TABLE x (a int) PARTITION BY LIST (a)",
        "CREATE TABLE x (a int) PARTITION BY HASH (a, a)",
        "CREATE TABLE x (a int) WITH (partition_by = 'hash')",
        "CREATE TABLE x (a int) WITH (partition_by = 'hash(a) b')",
        "CREATE TABLE x (a int) WITH (partition_by = 'hash(b)')",
        "CREATE TABLE x (a int) WITH (order_by = 'b')",
        "CREATE TABLE x (a int) WITH (order_by = '(a)')",
        "CREATE TABLE x (a int) WITH (fillfactor = 70)",
        "CREATE TABLE x (a int CHECK (a > 1))",
        "CREATE TABLE x (a int DEFAULT b)",
        "CREATE TABLE x (a int DEFAULT $1)",
        "CREATE TABLE x (a int DEFAULT true)",
        "CREATE TABLE x (a int GENERATED ALWAYS AS IDENTITY)",
        "CREATE TABLE x (a int GENERATED ALWAYS AS (1) STORED)",
        "CREATE TABLE x (a serial)",
        "CREATE TEMP TABLE x (a int)",
        "COPY events FROM '/x' WITH (FORMAT nope)",
        "COPY events FROM '/x' WITH (DELIMITER 'ab')",
        "COPY events FROM STDIN",
        "COPY events TO STDOUT",
        "COPY events TO '/x.gz'",
        "COPY events TO '/x' WITH (FORMAT parquet)",
        "COPY events TO '/x' WITH (QUOTE ',')",
    };

    for (size_t i = 0; i < sizeof sql / sizeof sql[0]; i++) {
        Bound bound;
        bound_make(&bound, sql[i]);
        ck_assert_msg(bound.status != STATUS_OK && bound.status != STATUS_INTERNAL, "%s", sql[i]);
        bound_destroy(&bound);
    }
}
END_TEST

START_TEST(test_insert_types)
{
    Bound bound;

    bound_make(&bound, "INSERT INTO numbers (v, n, i2) VALUES ('x', 1, 2), (NULL, '2.555', '3')");
    ck_assert_msg(bound.status == STATUS_OK, "%s", bound.error.message);
    const PlanNode *plan = bound.statement->plan;
    ck_assert_ptr_eq(bound.statement->target, &bound_numbers);
    ck_assert_uint_eq(plan->column_count, bound_numbers.column_count);
    for (uint32_t r = 0; r < 2; r++) {
        for (uint32_t c = 0; c < plan->column_count; c++)
            ck_assert(type_equal(plan->values.rows[r][c]->type, bound_numbers.columns[c].type));
    }
    ck_assert_int_eq(*(const int64_t *)plan->values.rows[0][4]->value, 100);
    ck_assert_int_eq(*(const int64_t *)plan->values.rows[1][4]->value, 256);
    ck_assert_ptr_null(plan->values.rows[1][7]->value);
    bound_destroy(&bound);
}
END_TEST

START_TEST(test_other_statements)
{
    Bound bound;

    bound_make(
        &bound,
        "COPY events (value, user_id) FROM '/x.csv' WITH (FORMAT csv, HEADER, DELIMITER ';', NULL '-')");
    const BoundCopy *copy = &bound.statement->copy;
    ck_assert_int_eq(bound.statement->kind, STATEMENT_COPY_FROM);
    ck_assert_str_eq(copy->path, "/x.csv");
    ck_assert_str_eq(copy->options.format, "csv");
    ck_assert(copy->header_given && copy->options.header == 1 && copy->options.delimiter == ';');
    ck_assert_str_eq(copy->options.null_text, "-");
    ck_assert_uint_eq(copy->column_count, 2);
    ck_assert_uint_eq(copy->columns[0], 3);
    ck_assert_uint_eq(copy->columns[1], 0);
    bound_destroy(&bound);

    bound_make(&bound, "EXPLAIN (ANALYZE, FORMAT JSON) SELECT 1");
    ck_assert(bound.statement->explain.analyze && bound.statement->explain.json &&
              !bound.statement->explain.verbose);
    ck_assert_int_eq(bound.statement->explain.statement->kind, STATEMENT_SELECT);
    ck_assert_ptr_nonnull(bound.statement->explain.statement->plan);
    bound_destroy(&bound);

    bound_make(&bound, "DROP TABLE IF EXISTS a, public.b");
    ck_assert(bound.statement->if_exists && bound.statement->name_count == 2);
    ck_assert_ptr_null(bound.statement->names[0].schema);
    ck_assert_str_eq(bound.statement->names[1].schema, "public");
    ck_assert_str_eq(bound.statement->names[1].name, "b");
    bound_destroy(&bound);

    bound_make(&bound, "SET TimeZone = 'Europe/Berlin'");
    ck_assert_str_eq(bound.statement->setting.name, "timezone");
    ck_assert_str_eq(bound.statement->setting.value, "Europe/Berlin");
    bound_destroy(&bound);
}
END_TEST

START_TEST(test_output_names)
{
    Bound bound;
    Buffer columns = {0};

    bound_make(&bound, "SELECT 1, 'x', i4, numbers.i4 AS z, i4 + 1, i4::text, 1::text, CASE WHEN b THEN 1 "
                       "END, coalesce(i4, 1), "
                       "nullif(i4, 1), greatest(1, i4), count(*) OVER_, true, date '2020-01-01', (i4), CASE "
                       "WHEN b THEN 1 ELSE "
                       "i8 END FROM numbers GROUP BY i4, b, i8");
    ck_assert_msg(bound.status == STATUS_OK, "%s", bound.error.message);
    for (uint32_t i = 0; i < bound.statement->plan->column_count; i++)
        buffer_append_format(&columns, "%s ", bound.statement->plan->columns[i].name);
    ck_assert_str_eq(
        buffer_text(&columns),
        "?column? ?column? i4 z ?column? i4 text case coalesce nullif greatest over_ ?column? date i4 i8 ");
    buffer_destroy(&columns);
    bound_destroy(&bound);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("bind");
    TCase *tests = tcase_create("plans");

    tcase_add_loop_test(tests, test_planned, 0, sizeof planned / sizeof planned[0]);
    tcase_add_test(tests, test_join_columns);
    tcase_add_test(tests, test_join_key_types);
    tcase_add_test(tests, test_null_order);
    tcase_add_test(tests, test_limits);
    tcase_add_test(tests, test_create);
    tcase_add_test(tests, test_create_existing);
    tcase_add_test(tests, test_bad_options);
    tcase_add_test(tests, test_insert_types);
    tcase_add_test(tests, test_other_statements);
    tcase_add_test(tests, test_output_names);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
