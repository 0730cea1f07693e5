/* Values as text and back. The table's expectations are what PostgreSQL 15.18 answered to the same input; a
 * refusal is expected as its SQLSTATE. */
#include "base/random.h"
#include "expr/calendar.h"
#include "expr/text.h"
#include "expr/time_zone.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct TextCase {
    TypeId type;
    uint8_t precision, scale;
    const char *zone;
    const char *input;
    const char *expected; /* text, or "!" and the SQLSTATE */
} TextCase;

static const TextCase cases[] = {
#include "text_cases.h"
};

START_TEST(test_table)
{
    Arena *arena = arena_new(NULL);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const TextCase *c = &cases[i];
        const Type type = c->type == TYPE_NUMERIC ? type_numeric(c->precision, c->scale) : type_of(c->type);
        Session session = {0};
        Error error = {0};
        Buffer out = {0};
        _Alignas(16) char value[16];

        snprintf(session.time_zone, sizeof session.time_zone, "%s", c->zone);
        /* An exact copy on the heap: a reader that goes too far is found. */
        const size_t size = strlen(c->input);
        char *input = malloc(size + 1);
        memcpy(input, c->input, size);
        char *exact = realloc(input, size > 0 ? size : 1);
        const Status status = text_parse_value(type, exact, size, &session, arena, value, &error);
        if (status != STATUS_OK) {
            buffer_append_char(&out, '!');
            buffer_append_string(&out, status_sqlstate(status));
        } else {
            const Vector vector = vector_flat(type, value, NULL);
            text_format_value(&vector, 0, &session, &out);
        }
        ck_assert_msg(strcmp(buffer_text(&out), c->expected) == 0, "%s '%s' in %s: %s, not %s",
                      type_name(c->type), c->input, c->zone, buffer_text(&out), c->expected);
        buffer_destroy(&out);
        free(exact);
    }
    arena_destroy(&arena);
}
END_TEST

START_TEST(test_messages)
{
    static const struct {
        TypeId type;
        const char *input;
        const char *message;
    } rows[] = {
        {TYPE_INT8, "abc", "invalid input syntax for type bigint: \"abc\""},
        {TYPE_INT8, "", "invalid input syntax for type bigint: \"\""},
        {TYPE_INT4, "2147483648", "value \"2147483648\" is out of range for type integer"},
        {TYPE_INT2, "40000", "value \"40000\" is out of range for type smallint"},
        {TYPE_FLOAT8, "1e400", "\"1e400\" is out of range for type double precision"},
        {TYPE_FLOAT8, "x", "invalid input syntax for type double precision: \"x\""},
        {TYPE_FLOAT4, "1e40", "\"1e40\" is out of range for type real"},
        {TYPE_NUMERIC, "1x", "invalid input syntax for type numeric: \"1x\""},
        {TYPE_NUMERIC, "1e38", "numeric field overflow"},
        {TYPE_BOOL, "maybe", "invalid input syntax for type boolean: \"maybe\""},
        {TYPE_DATE, "2025-02-30", "date/time field value out of range: \"2025-02-30\""},
        {TYPE_DATE, "x", "invalid input syntax for type date: \"x\""},
        {TYPE_DATE, "5874898-01-01", "date out of range: \"5874898-01-01\""},
        {TYPE_TIMESTAMP, "no", "invalid input syntax for type timestamp: \"no\""},
        {TYPE_TIMESTAMP, "300000-01-01", "timestamp out of range: \"300000-01-01\""},
        {TYPE_TIMESTAMPTZ, "no", "invalid input syntax for type timestamp with time zone: \"no\""},
        {TYPE_TIME, "no", "invalid input syntax for type time: \"no\""},
        {TYPE_INTERVAL, "1 foo", "invalid input syntax for type interval: \"1 foo\""},
        {TYPE_UUID, "1", "invalid input syntax for type uuid: \"1\""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Error error = {0};
        _Alignas(16) char value[16];
        ck_assert_int_ne(text_parse_value(type_of(rows[i].type), rows[i].input, strlen(rows[i].input), NULL,
                                          NULL, value, &error),
                         STATUS_OK);
        ck_assert_str_eq(error.message, rows[i].message);
    }
}
END_TEST

/* Every double reads back as itself, and no decimal of one digit less does. */
START_TEST(test_double_round_trip)
{
    Random random = {42};

    for (int i = 0; i < 200000; i++) {
        const uint64_t bits = random_next(&random);
        char text[64];
        double value;
        double back;

        memcpy(&value, &bits, sizeof value);
        if (i % 2 == 0)
            value = floor(random_unit(&random) * 1e9) / (i % 3 == 0 ? 100 : 1e6);
        if (!isfinite(value))
            continue;
        const size_t size = text_format_double(value, text);
        ck_assert_uint_lt(size, 32);
        ck_assert_int_eq(text_parse_value(type_of(TYPE_FLOAT8), text, size, NULL, NULL, &back, NULL),
                         STATUS_OK);
        text[size] = '\0';
        ck_assert_msg(back == value, "%.17g came back as %.17g from %s", value, back, text);
        ck_assert_msg(strtod(text, NULL) == value, "%s is not %.17g", text, value);

        int digits = 0;
        for (const char *at = text; *at != '\0' && *at != 'e'; at++)
            digits += (*at >= '0' && *at <= '9') && (digits > 0 || *at != '0');
        if (digits > 1 && strpbrk(text, "e.") != NULL) {
            char shorter[64];
            snprintf(shorter, sizeof shorter, "%.*e", digits - 2, value);
            const double beyond = strtold(shorter, NULL) > (long double)value ? INFINITY : -INFINITY;
            const long double half = ((long double)value + (long double)nextafter(value, beyond)) / 2;
            /* As in PostgreSQL, half way to the neighbour is not this value. */
            ck_assert_msg(strtod(shorter, NULL) != value || strtold(shorter, NULL) == half,
                          "%s is shorter than %s", shorter, text);
        }
    }
}
END_TEST

START_TEST(test_parse_double_like_strtod)
{
    Random random = {7};

    for (int i = 0; i < 200000; i++) {
        char text[64];
        double value;
        const int exponent = (int)random_below(&random, 640) - 330;
        const int size =
            snprintf(text, sizeof text, "%llu%s%lluE%d",
                     (unsigned long long)(random_next(&random) >> random_below(&random, 64)),
                     i % 2 ? "." : "", (unsigned long long)random_below(&random, 1000000), exponent);
        const double expected = strtod(text, NULL);
        const Status status =
            text_parse_value(type_of(TYPE_FLOAT8), text, (size_t)size, NULL, NULL, &value, NULL);
        if (isinf(expected) || status != STATUS_OK) {
            ck_assert_int_eq(status, STATUS_NUMERIC_RANGE);
            ck_assert(isinf(expected) || expected == 0);
        } else {
            ck_assert_msg(value == expected, "%s: %.17g, not %.17g", text, value, expected);
        }
    }
}
END_TEST

/* The calendar against counting days one by one. */
START_TEST(test_calendar)
{
    CalendarDate date = {-4713, 11, 24};

    for (int64_t days = DATE_FIRST; days < 1200000; days++) {
        const CalendarDate got = calendar_date(days);
        ck_assert_msg(got.year == date.year && got.month == date.month && got.day == date.day,
                      "day %lld is %d-%d-%d", (long long)days, got.year, got.month, got.day);
        ck_assert_int_eq(calendar_days(date.year, date.month, date.day), days);
        if (++date.day > month_days(date.year, date.month)) {
            date.day = 1;
            if (++date.month > 12) {
                date.month = 1;
                date.year++;
            }
        }
    }
    ck_assert_int_eq(calendar_weekday(0), 6);
    ck_assert_int_eq(calendar_weekday(1), 0);
    ck_assert_int_eq(calendar_weekday(-1), 5);
    ck_assert_int_eq(calendar_date(DATE_END - 1).year, 5874897);
}
END_TEST

START_TEST(test_zones)
{
    const TimeZone *berlin = time_zone_find("europe/BERLIN", 13);
    const TimeZone *fixed = time_zone_find("+05:30", 6);

    ck_assert_ptr_nonnull(berlin);
    ck_assert_ptr_eq(berlin, time_zone_find("Europe/Berlin", 13));
    ck_assert_int_eq(time_zone_offset(berlin, 0), 3600);
    const int64_t july_2050 = calendar_days(2050, 7, 1) * MICROSECONDS_DAY;
    ck_assert_int_eq(time_zone_offset(berlin, july_2050), 7200);
    ck_assert_str_eq(time_zone_abbreviation(berlin, july_2050), "CEST");
    ck_assert_int_eq(time_zone_offset(fixed, 0), -19800); /* west of Greenwich, as POSIX has it */
    ck_assert_ptr_null(time_zone_find("../etc/passwd", 13));
    ck_assert_ptr_null(time_zone_find("/etc/passwd", 11));
    ck_assert_ptr_null(time_zone_find("Nowhere/Land", 12));
    ck_assert_ptr_null(time_zone_find("", 0));
}
END_TEST

/* Arrays and records, as array_out and record_out write them. */
START_TEST(test_nested)
{
    Type text_type = type_of(TYPE_TEXT);
    const NestedType list = {.count = 1, .types = &text_type};
    Type list_type = {.id = TYPE_LIST, .length = TYPE_NO_LENGTH, .nested = &list};
    StringView views[] = {string_view("a", 1),    string_view("b c", 3), string_view("", 0),
                          string_view("NULL", 4), string_view("q\"", 2), string_view("", 0)};
    const uint64_t validity = 0x1F;
    const Vector elements = vector_flat(text_type, views, &validity);
    const ListEntry entry = {0, 6};
    Vector vector = vector_flat(list_type, &entry, NULL);
    Buffer out = {0};

    vector.children = &elements;
    text_format_value(&vector, 0, NULL, &out);
    ck_assert_str_eq(buffer_text(&out), "{a,\"b c\",\"\",\"NULL\",\"q\\\"\",NULL}");

    buffer_destroy(&out);
}
END_TEST

START_TEST(test_lengths)
{
    Type type = type_of(TYPE_BPCHAR);
    StringView view;
    Error error = {0};
    Buffer out = {0};

    type.length = 3;
    ck_assert_int_eq(text_parse_value(type, "\xc3\xa4 ", 3, NULL, NULL, &view, &error), STATUS_OK);
    ck_assert_uint_eq(view.size, 2);
    const Vector vector = vector_flat(type, &view, NULL);
    text_format_value(&vector, 0, NULL, &out);
    ck_assert_str_eq(buffer_text(&out), "\xc3\xa4  ");
    ck_assert_int_eq(text_parse_value(type, "abcd", 4, NULL, NULL, &view, &error), STATUS_STRING_TRUNCATION);
    ck_assert_str_eq(error.message, "value too long for type character(3)");
    type = type_of(TYPE_VARCHAR);
    type.length = 2;
    ck_assert_int_eq(text_parse_value(type, "ab  ", 4, NULL, NULL, &view, NULL), STATUS_OK);
    ck_assert_uint_eq(view.size, 2);
    buffer_destroy(&out);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("text");
    TCase *tcase = tcase_create("text");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, test_table);
    tcase_add_test(tcase, test_messages);
    tcase_add_test(tcase, test_double_round_trip);
    tcase_add_test(tcase, test_parse_double_like_strtod);
    tcase_add_test(tcase, test_calendar);
    tcase_add_test(tcase, test_zones);
    tcase_add_test(tcase, test_nested);
    tcase_add_test(tcase, test_lengths);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
