/* Rows as CSV and JSON text. */
#include "expr/record.h"
#include "format/csv_writer.h"
#include "format/json_writer.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static const Session utc = {.time_zone = "UTC"};

static void
check_value(Type type, const void *value, const char *json, const char *csv)
{
    Arena *arena = arena_new(NULL);
    const Vector vector = vector_constant(arena, type, value);
    Buffer out = {0};

    json_write_value(&vector, 0, &utc, &out);
    ck_assert_str_eq(buffer_text(&out), json);
    buffer_clear(&out);
    csv_write_row(&vector, 1, 0, ',', &utc, &out);
    ck_assert_uint_gt(out.size, 0);
    out.size--;
    ck_assert_str_eq(buffer_text(&out), csv);
    buffer_destroy(&out);
    arena_destroy(&arena);
}

static void
check_text(const char *text, size_t size, const char *json, const char *csv)
{
    const StringView view = string_view(text, size);

    check_value(type_of(TYPE_TEXT), &view, json, csv);
}

START_TEST(values_have_their_form)
{
    check_value(type_of(TYPE_INT8), &(int64_t){INT64_MIN}, "-9223372036854775808", "-9223372036854775808");
    check_value(type_of(TYPE_INT2), &(int32_t){-7}, "-7", "-7");
    check_value(type_of(TYPE_BOOL), &(uint8_t){1}, "true", "true");
    check_value(type_of(TYPE_BOOL), &(uint8_t){0}, "false", "false");
    check_value(type_of(TYPE_FLOAT8), &(double){0.1}, "0.1", "0.1");
    check_value(type_of(TYPE_FLOAT8), &(double){1e300}, "1e+300", "1e+300");
    check_value(type_of(TYPE_FLOAT8), &(double){NAN}, "\"NaN\"", "NaN");
    check_value(type_of(TYPE_FLOAT8), &(double){-INFINITY}, "\"-Infinity\"", "-Infinity");
    check_value(type_numeric(12, 2), &(int64_t){-5}, "-0.05", "-0.05");
    const Int128 wide = (Int128)INT64_MAX * 1000000000 + 7;
    check_value(type_numeric(38, 2), &wide, "92233720368547758070000000.07", "92233720368547758070000000.07");
    check_value(type_of(TYPE_DATE), &(int32_t){9162}, "\"2025-01-31\"", "2025-01-31");
    check_value(type_of(TYPE_TIMESTAMP), &(int64_t){INT64_C(9162) * 86400000000 + INT64_C(49500123456)},
                "\"2025-01-31 13:45:00.123456\"", "2025-01-31 13:45:00.123456");
    check_value(type_of(TYPE_TIMESTAMPTZ), &(int64_t){0}, "\"2000-01-01 00:00:00+00\"",
                "2000-01-01 00:00:00+00");
    check_value(type_of(TYPE_INT8), NULL, "null", "");
}
END_TEST

START_TEST(text_is_escaped)
{
    check_text("", 0, "\"\"", "\"\"");
    check_text("plain", 5, "\"plain\"", "plain");
    check_text("a\"b\\c", 5, "\"a\\\"b\\\\c\"", "\"a\"\"b\\c\"");
    check_text("a,b", 3, "\"a,b\"", "\"a,b\"");
    check_text("l1\nl2\r\t", 7, "\"l1\\nl2\\r\\t\"", "\"l1\nl2\r\t\"");
    check_text("\x01\x1f", 2, "\"\\u0001\\u001f\"", "\x01\x1f");
    check_text("\xC3\xA9\xF0\x9F\x98\x80", 6, "\"\xC3\xA9\xF0\x9F\x98\x80\"", "\xC3\xA9\xF0\x9F\x98\x80");
    check_text("a\xFFz", 3, "\"a\xEF\xBF\xBDz\"", "a\xFFz");
    check_text("\xE2\x82", 2, "\"\xEF\xBF\xBD\xEF\xBF\xBD\"", "\xE2\x82");
    check_text("\xED\xA0\x80 a surrogate", 15, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD a surrogate\"",
               "\xED\xA0\x80 a surrogate");
}
END_TEST

START_TEST(rows_are_arrays_or_objects)
{
    static const char *const names[] = {"a", "q\"b"};
    Arena *arena = arena_new(NULL);
    const StringView view = string_view("x", 1);
    const Vector columns[] = {vector_constant(arena, type_of(TYPE_INT8), &(int64_t){1}),
                              vector_constant(arena, type_of(TYPE_TEXT), &view)};
    Buffer out = {0};

    json_write_row(columns, 2, NULL, 0, &utc, &out);
    json_write_row(columns, 2, names, 0, &utc, &out);
    csv_write_names(names, 2, ';', &out);
    csv_write_row(columns, 2, 0, ';', &utc, &out);
    ck_assert_str_eq(buffer_text(&out), "[1,\"x\"]{\"a\":1,\"q\\\"b\":\"x\"}a;\"q\"\"b\"\n1;x\n");
    buffer_destroy(&out);
    arena_destroy(&arena);
}
END_TEST

START_TEST(nested_values_are_arrays_and_objects)
{
    Arena *arena = arena_new(NULL);
    Type element = type_of(TYPE_INT8);
    const NestedType list_of = {.count = 1, .types = &element};
    const Type list = {.id = TYPE_LIST, .length = TYPE_NO_LENGTH, .nested = &list_of};
    const int64_t numbers[] = {1, 2, 3};
    const uint64_t valid = 5;
    const Vector child = vector_flat(element, numbers, &valid);
    const ListEntry entries[] = {{0, 3}, {3, 0}};
    Vector lists = vector_flat(list, entries, NULL);
    Type record = type_record(arena, NULL, 2);
    Buffer out = {0};
    Buffer bytes = {0};
    StringView views[2];

    lists.children = &child;
    record.nested->names[0] = "n";
    record.nested->names[1] = "l";
    record.nested->types[0] = element;
    record.nested->types[1] = list;
    const Vector fields[] = {child, lists};
    for (uint32_t row = 0; row < 2; row++) {
        buffer_clear(&bytes);
        record_append(2, fields, row, &bytes);
        views[row] = string_view(arena_copy_bytes(arena, bytes.data, bytes.size), bytes.size);
    }
    const Vector records = vector_flat(record, views, NULL);
    json_write_value(&records, 0, &utc, &out);
    json_write_value(&records, 1, &utc, &out);
    ck_assert_str_eq(buffer_text(&out), "{\"n\":1,\"l\":[1,null,3]}{\"n\":null,\"l\":[]}");
    buffer_destroy(&bytes);
    buffer_destroy(&out);
    arena_destroy(&arena);
}
END_TEST

/* A delimiter that numbers are written with. */
START_TEST(strange_delimiters_are_quoted)
{
    Arena *arena = arena_new(NULL);
    const double value = 1.5;
    const Vector vector = vector_constant(arena, type_of(TYPE_FLOAT8), &value);
    Buffer out = {0};

    csv_write_row(&vector, 1, 0, '.', &utc, &out);
    ck_assert_str_eq(buffer_text(&out), "\"1.5\"\n");
    buffer_destroy(&out);
    arena_destroy(&arena);
}
END_TEST

/* A buffer at its limit fails and says so; it never writes past it. */
START_TEST(a_full_buffer_is_told)
{
    Arena *arena = arena_new(NULL);
    const StringView view = string_view("0123456789abcdef\n", 17);
    const Vector vector = vector_constant(arena, type_of(TYPE_TEXT), &view);

    for (size_t limit = 1; limit < 20; limit++) {
        Buffer out = {.limit = limit};
        json_write_value(&vector, 0, &utc, &out);
        ck_assert(out.failed && out.size <= limit);
        buffer_destroy(&out);
    }
    arena_destroy(&arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("writers");
    TCase *cases = tcase_create("writers");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(cases, values_have_their_form);
    tcase_add_test(cases, text_is_escaped);
    tcase_add_test(cases, rows_are_arrays_or_objects);
    tcase_add_test(cases, nested_values_are_arrays_and_objects);
    tcase_add_test(cases, strange_delimiters_are_quoted);
    tcase_add_test(cases, a_full_buffer_is_told);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
