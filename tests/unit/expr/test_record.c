/* Records as bytes: what goes in comes out, bytes order as fields do, damaged bytes end quietly. */
#include "base/random.h"
#include "column/list_builder.h"
#include "expr/record.h"
#include "expr/text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 200, FIELDS = 6 };

static Arena *arena;
static Type inner;
static Type record;

static void
describe(void)
{
    static const TypeId ids[FIELDS] = {TYPE_INT4,   TYPE_TEXT,     TYPE_BYTEA,
                                       TYPE_FLOAT8, TYPE_INTERVAL, TYPE_LIST};
    static const char *const names[FIELDS] = {"a", "b", "c", "d", "e", "f"};

    record = type_record(arena, "item", FIELDS);
    for (uint32_t i = 0; i < FIELDS; i++) {
        record.nested->names[i] = names[i];
        record.nested->types[i] =
            ids[i] == TYPE_LIST ? type_list(type_list(type_of(TYPE_BYTEA))) : type_of(ids[i]);
    }
    inner = type_record(arena, NULL, 2);
    for (uint32_t i = 0; i < 2; i++) {
        inner.nested->names[i] = names[i];
        inner.nested->types[i] = record;
    }
}

/* Bytes with many zeros and 0xFF, which the encoding marks. */
static StringView
random_bytes(Random *random, bool text)
{
    static const char letters[] = {'\0', (char)0xFF, 'a', 'b'};
    const size_t size = random_below(random, 20);
    char *bytes = arena_alloc(arena, size + 1);

    for (size_t i = 0; i < size; i++)
        bytes[i] = letters[text ? 2 + random_below(random, 2) : random_below(random, 4)];
    return string_view(bytes, size);
}

static Vector
random_lists(Type type, uint32_t rows, Random *random)
{
    ListBuilder *builder = arena_alloc(arena, sizeof *builder);

    ck_assert_int_eq(list_builder_init(builder, arena, type, NULL), STATUS_OK);
    for (uint32_t row = 0; row < rows; row++) {
        const uint32_t first = builder->nested->count;
        for (uint64_t lists = random_below(random, 3); lists > 0; lists--) {
            const uint32_t from = builder->nested->nested->count;
            for (uint64_t n = random_below(random, 3); n > 0; n--) {
                const StringView view = random_bytes(random, false);
                ck_assert_int_eq(n == 1 ? list_builder_append_null(builder->nested->nested, NULL)
                                        : list_builder_append_value(builder->nested->nested, &view, NULL),
                                 STATUS_OK);
            }
            ck_assert_int_eq(list_builder_append_list(builder->nested, from, NULL), STATUS_OK);
        }
        ck_assert_int_eq(list_builder_append_list(builder, first, NULL), STATUS_OK);
    }
    return *list_builder_vector(builder);
}

static void
random_fields(Random *random, Vector *fields)
{
    for (uint32_t i = 0; i < FIELDS; i++) {
        const Type type = record.nested->types[i];
        uint64_t *validity = arena_alloc_zero(arena, bits_words(ROWS) * sizeof *validity);
        char *data = arena_alloc_zero(arena, (size_t)ROWS * 16);
        fields[i] = type.id == TYPE_LIST ? random_lists(type, ROWS, random) : vector_flat(type, data, NULL);
        for (uint32_t row = 0; row < ROWS; row++) {
            const int32_t number = (int32_t)random_below(random, 5) - 2;
            bits_put(validity, row, random_below(random, 4) != 0);
            switch (type.id) {
            case TYPE_INT4: ((int32_t *)data)[row] = number; break;
            case TYPE_FLOAT8: ((double *)data)[row] = number / 4.0; break;
            case TYPE_INTERVAL: ((Interval *)data)[row] = (Interval){.days = number, .months = number}; break;
            case TYPE_LIST: break;
            default: ((StringView *)data)[row] = random_bytes(random, type.id == TYPE_TEXT); break;
            }
        }
        fields[i].validity = validity;
    }
}

static StringView
encode(uint32_t count, const Vector *fields, uint32_t row)
{
    Buffer bytes = {0};

    record_append(count, fields, row, &bytes);
    const StringView view = string_view(arena_copy_bytes(arena, buffer_text(&bytes), bytes.size), bytes.size);
    buffer_destroy(&bytes);
    return view;
}

static int
compare_fields(const Vector *fields, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < FIELDS; i++) {
        const bool null_a = vector_is_null(&fields[i], a);
        const bool null_b = vector_is_null(&fields[i], b);
        const int order = null_a || null_b ? null_a - null_b : vector_compare(&fields[i], a, &fields[i], b);
        if (order != 0)
            return order;
    }
    return 0;
}

static int
sign(int order)
{
    return (order > 0) - (order < 0);
}

START_TEST(fields_come_back)
{
    Random random = {.state = (uint64_t)_i + 1};
    Vector fields[FIELDS];
    RecordReader reader;

    random_fields(&random, fields);
    for (uint32_t row = 0; row < ROWS; row++) {
        const StringView view = encode(FIELDS, fields, row);
        record_open(&reader, record, &view, row % 2 == 0 ? arena : NULL);
        for (uint32_t i = 0; i < FIELDS; i++) {
            ck_assert(record_next(&reader));
            ck_assert_int_eq(vector_is_null(&reader.value, 0), vector_is_null(&fields[i], row));
            if (!vector_is_null(&reader.value, 0))
                ck_assert_int_eq(vector_compare(&reader.value, 0, &fields[i], row), 0);
        }
        ck_assert(!record_next(&reader));
        record_close(&reader);
    }
}
END_TEST

START_TEST(bytes_order_as_fields_do)
{
    Random random = {.state = (uint64_t)_i + 1};
    Vector fields[FIELDS];
    StringView views[ROWS];

    random_fields(&random, fields);
    for (uint32_t row = 0; row < ROWS; row++)
        views[row] = encode(FIELDS, fields, row);
    for (uint32_t row = 1; row < ROWS; row++)
        ck_assert_int_eq(sign(string_view_compare(&views[row - 1], &views[row])),
                         sign(compare_fields(fields, row - 1, row)));
}
END_TEST

START_TEST(records_are_fields_of_records)
{
    Random random = {.state = (uint64_t)_i + 1};
    Vector fields[FIELDS];
    StringView views[ROWS];
    RecordReader reader;

    random_fields(&random, fields);
    for (uint32_t row = 0; row < ROWS; row++)
        views[row] = encode(FIELDS, fields, row);
    const Vector records = vector_flat(record, views, NULL);
    const Vector pair[2] = {records, records};
    for (uint32_t row = 0; row < ROWS; row++) {
        const StringView view = encode(2, pair, row);
        record_open(&reader, inner, &view, NULL);
        ck_assert(record_skip(&reader, 1));
        ck_assert(record_next(&reader));
        ck_assert_int_eq(vector_compare(&reader.value, 0, &records, row), 0);
        ck_assert(!record_next(&reader));
        record_close(&reader);
    }
}
END_TEST

/* Cut short or changed: fields are read up to where they make sense. */
START_TEST(damaged_records_end)
{
    Random random = {.state = (uint64_t)_i + 1};
    Vector fields[FIELDS];
    Buffer text = {0};

    random_fields(&random, fields);
    for (uint32_t row = 0; row < ROWS; row++) {
        const StringView whole = encode(FIELDS, fields, row);
        char *bytes = malloc(whole.size);
        memcpy(bytes, string_view_data(&whole), whole.size);
        bytes[random_below(&random, whole.size)] ^= (char)(1 + random_below(&random, 255));
        const StringView changed = string_view(bytes, random_below(&random, whole.size + 1));
        const Vector vector = vector_flat(record, &changed, NULL);
        buffer_clear(&text);
        text_format_value(&vector, 0, NULL, &text);
        ck_assert(text.data[0] == '(' && text.data[text.size - 1] == ')');
        free(bytes);
    }
    buffer_destroy(&text);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("record");
    TCase *tests = tcase_create("record");
    SRunner *runner = srunner_create(suite);

    arena = arena_new(NULL);
    describe();
    tcase_add_loop_test(tests, fields_come_back, 0, 10);
    tcase_add_loop_test(tests, bytes_order_as_fields_do, 0, 10);
    tcase_add_loop_test(tests, records_are_fields_of_records, 0, 10);
    tcase_add_loop_test(tests, damaged_records_end, 0, 20);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    arena_destroy(&arena);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
