#include "expr/json_canonical.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static Status
check_text(const char *text)
{
    return json_check(text, strlen(text), NULL);
}

START_TEST(json_is_told_from_what_is_none)
{
    static const char *const good[] = {
        "null",       " [ ] ", "{}", "[1,-0.5e+3,\"\\u00e9\\\\\",{\"a\":[true]}]", "{\"a\":{},\"b\":[[]]}",
        "\"\\ud800\""};
    static const char *const bad[] = {"",      " ",       "{",      "}",         "[1,]", "{\"a\":1,}",
                                      "{1:2}", "01",      "1.",     "--1",       "1e",   "\"",
                                      "\"\\",  "\"\\u12", "[}",     "[1]]",      "tru",  "truex",
                                      "1 2",   "\"\\q\"", "\"\n\"", "{\"a\" 1}", "\xff"};

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(check_text(good[i]) == STATUS_OK, "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(check_text(bad[i]) == STATUS_INVALID_TEXT, "%s", bad[i]);
    ck_assert_int_eq(json_check("1\0", 2, NULL), STATUS_INVALID_TEXT);
}
END_TEST

START_TEST(depth_is_bounded)
{
    char text[2 * JSON_DEPTH_MAX + 2];

    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    ck_assert_int_eq(json_check(text, 2 * JSON_DEPTH_MAX, NULL), STATUS_OK);
    ck_assert_int_eq(json_check(text, 2 * JSON_DEPTH_MAX - 1, NULL), STATUS_INVALID_TEXT);
    memset(text, '[', sizeof text);
    ck_assert_int_eq(json_check(text, sizeof text, NULL), STATUS_TOO_COMPLEX);
}
END_TEST

static void
assert_slice(JsonSlice slice, const char *text)
{
    ck_assert_uint_eq(slice.size, strlen(text));
    ck_assert(memcmp(slice.data, text, slice.size) == 0);
}

START_TEST(walks_give_members_as_they_are_written)
{
    static const char text[] = " { \"a\" : 1.50 ,\"b\\\"]\":[1, \"}\\\\\"] , \"a\":{\"c\" : 2}} ";
    const JsonSlice document = json_value(text, sizeof text - 1);
    JsonWalk walk;
    JsonSlice key;
    JsonSlice value;

    json_walk_begin(&walk, document);
    ck_assert(json_walk_next(&walk, &key, &value));
    assert_slice(key, "\"a\"");
    assert_slice(value, "1.50");
    ck_assert(json_walk_next(&walk, &key, &value));
    assert_slice(key, "\"b\\\"]\"");
    assert_slice(value, "[1, \"}\\\\\"]");
    ck_assert(json_walk_next(&walk, &key, &value));
    ck_assert(!json_walk_next(&walk, &key, &value));
    ck_assert_uint_eq(json_member_count(document), 3);
    ck_assert(json_find_key(document, "a", 1, &value));
    assert_slice(value, "{\"c\" : 2}");
    ck_assert(json_find_key(document, "b\"]", 3, &value));
    ck_assert(json_find_element(value, -2, &value));
    assert_slice(value, "1");
    ck_assert(!json_find_key(document, "c", 1, &value));
    ck_assert(!json_find_element(document, 0, &value));
}
END_TEST

static void
assert_unescaped(const char *quoted, const char *text)
{
    const JsonSlice slice = {quoted, strlen(quoted)};
    char *out = malloc(slice.size);
    size_t size = 0;

    ck_assert_int_eq(json_unescape(slice, out, &size, NULL), STATUS_OK);
    ck_assert_uint_eq(size, strlen(text));
    ck_assert(memcmp(out, text, size) == 0);
    ck_assert(json_quoted_is(slice, text, size));
    ck_assert(!json_quoted_is(slice, text, size > 0 ? size - 1 : 1));
    free(out);
}

START_TEST(strings_say_what_their_escapes_mean)
{
    char out[16];
    size_t size = 0;

    assert_unescaped("\"\"", "");
    assert_unescaped("\"plain\"", "plain");
    assert_unescaped("\"\\u0041\\u00e9\\u4e2d\\uD83D\\uDE00.\"", "A\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80.");
    assert_unescaped("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
    ck_assert_int_eq(json_unescape((JsonSlice){"\"\\u0000\"", 8}, out, &size, NULL), STATUS_UNTRANSLATABLE);
    ck_assert_int_eq(json_unescape((JsonSlice){"\"\\ude00\"", 8}, out, &size, NULL), STATUS_INVALID_TEXT);
    ck_assert_int_eq(json_unescape((JsonSlice){"\"\\ud83dx\"", 9}, out, &size, NULL), STATUS_INVALID_TEXT);
}
END_TEST

static void
assert_canonical(const char *text, const char *expected)
{
    Arena *arena = arena_new(NULL);
    Buffer out = {0};

    ck_assert_int_eq(json_canonical(text, strlen(text), arena, &out, NULL), STATUS_OK);
    ck_assert_str_eq(buffer_text(&out), expected);
    buffer_destroy(&out);
    arena_destroy(&arena);
}

static Status
refused(const char *text)
{
    Arena *arena = arena_new(NULL);
    Buffer out = {0};
    const Status status = json_canonical(text, strlen(text), arena, &out, NULL);

    buffer_destroy(&out);
    arena_destroy(&arena);
    return status;
}

START_TEST(jsonb_has_one_text)
{
    assert_canonical(" {\"bb\":1,\"a\":[ ],\"\\u0061\":{ }} ", "{\"a\": {}, \"bb\": 1}");
    assert_canonical("[1e3,1.50e1,15e-1,-0.0,0e5,1E-2,\"\\/\\u0001\"]",
                     "[1000, 15.0, 1.5, 0.0, 0, 0.01, \"/\\u0001\"]");
    ck_assert_int_eq(refused("1e401"), STATUS_NUMERIC_RANGE);
}
END_TEST

static bool
contains(const char *whole, const char *part)
{
    return json_contains(json_value(whole, strlen(whole)), json_value(part, strlen(part)));
}

START_TEST(values_are_compared_by_what_they_mean)
{
    ck_assert(json_equal(json_value("[1.0, 2]", 8), json_value("[1, 2.00]", 9)));
    ck_assert(!json_equal(json_value("[1, 2]", 6), json_value("[1]", 3)));
    ck_assert(!json_equal(json_value("10", 2), json_value("1", 1)));
    ck_assert(contains("{\"a\": [1, {\"b\": 2}], \"c\": 3}", "{\"a\": [{\"b\": 2.0}]}"));
    ck_assert(!contains("{\"a\": [1]}", "{\"a\": [1, 2]}"));
    ck_assert(!contains("{\"a\": [1]}", "{\"b\": [1]}"));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("json_scan");
    TCase *all = tcase_create("json_scan");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(all, json_is_told_from_what_is_none);
    tcase_add_test(all, depth_is_bounded);
    tcase_add_test(all, walks_give_members_as_they_are_written);
    tcase_add_test(all, strings_say_what_their_escapes_mean);
    tcase_add_test(all, jsonb_has_one_text);
    tcase_add_test(all, values_are_compared_by_what_they_mean);
    suite_add_tcase(suite, all);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
