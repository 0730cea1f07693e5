/* Text → AST: what the grammar's tree hides, and text that means harm. */
#include "bound.h"
#include "sql/ast.h"
#include "sql/json.h"
#include "sql/source.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void
check_error(const char *sql, size_t size, const char *sqlstate, int32_t position)
{
    Bound bound;

    bound_make_sized(&bound, sql, size, 0, NULL);
    ck_assert_msg(strcmp(status_sqlstate(bound.status), sqlstate) == 0, "%.100s: %s (%s)", sql,
                  status_sqlstate(bound.status), bound.error.message);
    ck_assert_msg(bound.error.sql_position == position, "%.100s: position %d", sql, bound.error.sql_position);
    bound_destroy(&bound);
}

START_TEST(test_encoding)
{
    check_error("SELECT '\xff'", 10, "22021", 9);
    check_error("SELECT '\xc3'", 10, "22021", 9);
    check_error("SELECT '\xc0\x80'", 11, "22021", 9);
    check_error("SELECT '\xed\xa0\x80'", 12, "22021", 9);
    check_error("SELECT '\xf4\x90\x80\x80'", 13, "22021", 9);
    check_error("SELECT 'é\xf0\x9f'", 13, "22021", 10);
    check_error("SELECT 1\0, 2", 12, "22021", 9);
    check_error("SELECT 'héé', nope", strlen("SELECT 'héé', nope"), "42703", 15);
}
END_TEST

START_TEST(test_statement_count)
{
    check_error("", 0, "42601", 0);
    check_error("  -- nothing\n ; ;", 17, "42601", 0);
    check_error("SELECT 1; SELECT 2", 18, "42601", 11);
    check_error("SELECT 1;", 9, "00000", 0);
    check_error("BEGIN", 5, "0A000", 1);
    check_error("LISTEN x", 8, "0A000", 1);
}
END_TEST

/* libpg_query leaves negative integers out of its tree. */
START_TEST(test_negative_integers)
{
    static const char *const texts[] = {"SELECT -7", "SELECT - /* a /* b */ -5 */ 7", "SELECT -\n -- 5\n 7",
                                        "SELECT -007"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        Bound bound;
        bound_make(&bound, texts[i]);
        const AstExpr *expr = bound.tree->statement->select->targets[0].expr;
        ck_assert_int_eq(expr->kind, AST_INTEGER);
        ck_assert_int_eq(expr->integer, -7);
        bound_destroy(&bound);
    }
}
END_TEST

START_TEST(test_strings)
{
    Bound bound;

    bound_make(&bound, "SELECT E'a\\tb\\n\\x01\"<\\\\u00e9 é', 'it''s'");
    const AstSelect *select = bound.tree->statement->select;
    ck_assert_str_eq(select->targets[0].expr->text, "a\tb\n\x01\"<\\u00e9 é");
    ck_assert_str_eq(select->targets[1].expr->text, "it's");
    bound_destroy(&bound);
}
END_TEST

START_TEST(test_positions)
{
    Arena *arena = arena_new(NULL);
    char text[4000];
    Source source;
    Error error = {0};

    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, i % 6 == 0 ? "é" : "ab", 2);
    ck_assert_int_eq(source_make(arena, text, sizeof text, &source, &error), STATUS_OK);
    int32_t characters = 0;
    for (size_t i = 0; i < sizeof text; i++) {
        if (((unsigned char)text[i] & 0xC0) == 0x80)
            continue;
        ck_assert_int_eq(source_position(&source, (int64_t)i), ++characters);
    }
    ck_assert_int_eq(source_position(&source, -1), 0);
    ck_assert_int_eq(source_position(&source, sizeof text + 1), 0);
    arena_destroy(&arena);
}
END_TEST

START_TEST(test_json)
{
    static const char *const bad[] = {"",     "{",   "[1,", "[1 2]", "{\"a\"}", "{\"a\":}",
                                      "[1]]", "\"a", "tru", "[,1]",  "{1:2}",   "\"\\"};
    const char *good = "{\"a\": [1, {\"b\": \"x\\\"y\"}, true, -12], \"c\": {}}";
    JsonDocument document;
    Error error = {0};

    ck_assert_int_eq(json_read(good, strlen(good), 10, &document, &error), STATUS_OK);
    const JsonNode *list = json_member(&document, json_root(&document), "a");
    ck_assert_uint_eq(json_count(&document, list), 4);
    ck_assert_int_eq(json_integer(&document, json_first(&document, list)), 1);
    Arena *arena = arena_new(NULL);
    const JsonNode *second = json_next(&document, json_first(&document, list));
    ck_assert_str_eq(json_string(&document, json_member(&document, second, "b"), arena), "x\"y");
    ck_assert_uint_eq(json_count(&document, json_member(&document, json_root(&document), "c")), 0);
    arena_destroy(&arena);
    json_destroy(&document);
    ck_assert_int_eq(json_read(good, strlen(good), 2, &document, &error), STATUS_TOO_COMPLEX);
    json_destroy(&document);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_msg(json_read(bad[i], strlen(bad[i]), 10, &document, NULL) == STATUS_INTERNAL, "%s",
                      bad[i]);
        json_destroy(&document);
    }
}
END_TEST

/* prefix, then `piece` and after `middle` `closing`, each `count` times. */
typedef struct Hostile {
    const char *prefix, *piece, *middle, *closing;
    size_t count;
    const char *sqlstate;
} Hostile;

static const Hostile hostile[] = {
    {"SELECT 1", "+1", "", "", 900, "00000"},
    {"SELECT 1", "+1", "", "", 10000, "54001"},
    {"SELECT 1", "+1", "", "", 520000, "54001"},
    {"SELECT 'x'", "||'x'", "", "", 200000, "54001"},
    {"SELECT ", "(", "1", ")", 9000, "00000"},
    {"SELECT ", "(", "1", ")", 10000, "54001"},
    {"SELECT ", "(", "1", ")", 500000, "54001"},
    {"SELECT ", "NOT ", "true", "", 900, "00000"},
    {"SELECT ", "NOT ", "true", "", 200000, "54001"},
    {"SELECT ", "- ", "1", "", 400000, "54001"},
    {"SELECT 1", "::int", "", "", 200000, "54001"},
    {"SELECT 1", " IS NULL", "", "", 120000, "54001"},
    {"SELECT true", " AND true", "", "", 20000, "00000"},
    {"SELECT 1 FROM events WHERE user_id = 1", " OR user_id = 2", "", "", 5000, "00000"},
    {"SELECT 1 FROM events WHERE user_id IN (1", ", 2", "", "", 100000, "42601"}, /* no closing parenthesis */
    {"SELECT 1 FROM events WHERE user_id IN (1", ", 2", ")", "", 100000, "00000"},
    {"SELECT ", "CASE WHEN true THEN ", "1", " END", 5000, "54001"},
    {"SELECT ", "coalesce(", "1", ")", 9000, "54001"},
    {"SELECT 1 FROM events a", " JOIN events ON true", "", "", 50000, "54001"},
    {"SELECT 1 FROM events a", ", numbers", "", "", 50000, "42712"},
    {"SELECT 1", " UNION SELECT 1", "", "", 65000, "54001"},
    {"SELECT * FROM ", "(SELECT * FROM ", "events", ") x", 150, "00000"},
    {"SELECT * FROM ", "(SELECT * FROM ", "events", ") x", 400, "54001"},
    {"SELECT * FROM ", "(SELECT * FROM ", "events", ") x", 50000, "54001"},
    {"SELECT ", "(", "1", " BETWEEN 1 AND 1)::int", 60, "54001"}, /* copies of copies */
    {"SELECT 1", ",1", "", "", 100000, "54011"},
    {"SELECT a", ".a", "", "", 200000, "0A000"},
    {"SELECT a", "[1]", "", "", 200000, "54001"},
    {"SELECT ", "/*", "1", "*/ 1", 1, "00000"},
    {"SELECT ", "/*", "1", "", 500000, "54001"},
    {"SELECT 'x", "x", "'", "", 1048560, "00000"},
    {"SELECT 'x", "x", "'", "", 1048576, "54000"},
    {"VALUES (1)", ",(1)", "", "", 50000, "00000"},
    {"WITH a AS (SELECT 1 x) SELECT 1 FROM a b", " CROSS JOIN a", "", "", 1, "00000"},
};

START_TEST(test_hostile)
{
    const Hostile *h = &hostile[_i];
    Buffer sql = {0};
    Bound bound;

    buffer_append_string(&sql, h->prefix);
    for (size_t i = 0; i < h->count; i++)
        buffer_append_string(&sql, h->piece);
    buffer_append_string(&sql, h->middle);
    for (size_t i = 0; i < h->count; i++)
        buffer_append_string(&sql, h->closing);
    bound_make_sized(&bound, sql.data, sql.size, 0, NULL);
    ck_assert_msg(strcmp(status_sqlstate(bound.status), h->sqlstate) == 0, "%s %s × %zu: %s (%s)", h->prefix,
                  h->piece, h->count, status_sqlstate(bound.status), bound.error.message);
    bound_destroy(&bound);
    buffer_destroy(&sql);
}
END_TEST

/* WITH queries that refer to the one before twice: they are bound once each. */
START_TEST(test_multiplying_queries)
{
    Buffer sql = {0};
    Bound bound;

    buffer_append_string(&sql, "WITH c0 AS (SELECT 1 a)");
    for (int i = 1; i < 60; i++)
        buffer_append_format(&sql, ", c%d AS (SELECT x.a FROM c%d x, c%d y)", i, i - 1, i - 1);
    buffer_append_string(&sql, " SELECT * FROM c59");
    bound_make(&bound, buffer_text(&sql));
    ck_assert_str_eq(status_sqlstate(bound.status), "00000");
    bound_destroy(&bound);
    buffer_destroy(&sql);
}
END_TEST

/* Every prefix of a statement, and every one with a byte changed, ends in an answer or an error of the
 * user's. */
START_TEST(test_damaged_text)
{
    static const char text[] = "WITH w AS (SELECT user_id u, value::numeric(10,2) v FROM events WHERE "
                               "event_type IN ('é', 'b') OR value > -1.5e3) "
                               "SELECT u, count(*) FILTER (WHERE v > 1), CASE u WHEN 1 THEN 'x' ELSE NULL "
                               "END FROM w LEFT JOIN users USING "
                               "(user_id) GROUP BY 1, CASE u WHEN 1 THEN 'x' END HAVING sum(v) > 2 ORDER BY "
                               "2 DESC NULLS LAST LIMIT 3";
    char copy[sizeof text];
    Bound bound;

    for (size_t size = 0; size < sizeof text; size++) {
        bound_make_sized(&bound, text, size, 0, NULL);
        ck_assert_int_ne(bound.status, STATUS_INTERNAL);
        bound_destroy(&bound);
        memcpy(copy, text, sizeof text);
        copy[size] = (char)(copy[size] ^ (1 << size % 8));
        bound_make_sized(&bound, copy, sizeof text - 1, 0, NULL);
        ck_assert_int_ne(bound.status, STATUS_INTERNAL);
        bound_destroy(&bound);
    }
}
END_TEST

static void *
parse_many(void *failures)
{
    for (int i = 0; i < 200; i++) {
        Bound bound;
        bound_make(&bound, i % 3 == 0 ? "SELECT 1 +" : "SELECT user_id FROM events WHERE value > 1");
        *(int *)failures += bound.status != (i % 3 == 0 ? STATUS_SYNTAX : STATUS_OK);
        bound_destroy(&bound);
    }
    return NULL;
}

START_TEST(test_many_threads)
{
    pthread_t threads[4];
    int failures[4] = {0};

    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, parse_many, &failures[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(failures[i], 0);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("parse");
    TCase *plain = tcase_create("plain");
    TCase *heavy = tcase_create("hostile");

    tcase_add_test(plain, test_encoding);
    tcase_add_test(plain, test_statement_count);
    tcase_add_test(plain, test_negative_integers);
    tcase_add_test(plain, test_strings);
    tcase_add_test(plain, test_positions);
    tcase_add_test(plain, test_json);
    tcase_set_timeout(heavy, 120);
    tcase_add_loop_test(heavy, test_hostile, 0, sizeof hostile / sizeof hostile[0]);
    tcase_add_test(heavy, test_multiplying_queries);
    tcase_add_test(heavy, test_damaged_text);
    tcase_add_test(heavy, test_many_threads);
    suite_add_tcase(suite, plain);
    suite_add_tcase(suite, heavy);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
