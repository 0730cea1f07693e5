/* RowBuilder against the vectors that it was fed. */
#include "column/builder.h"

#include "samples.h"

#include <stdlib.h>

enum { ROWS = 200, APPENDS = 12 };

/* Everything that was appended, to compare with: where each row came from. */
typedef struct Fed {
    Vector columns[APPENDS][SAMPLE_COLUMNS];
    uint32_t batch[APPENDS * ROWS * 2];
    uint32_t row[APPENDS * ROWS * 2];
    uint32_t rows;
} Fed;

static Arena *arena;
static Type types[SAMPLE_COLUMNS];
static Fed fed;

static void
setup(void)
{
    arena = arena_new(NULL);
    sample_types(arena, types);
    fed.rows = 0;
}

static void
teardown(void)
{
    arena_destroy(&arena);
}

static Batch
sample_batch(uint32_t number, Random *random)
{
    for (int i = 0; i < SAMPLE_COLUMNS; i++)
        fed.columns[number][i] = sample_vector(types[i], ROWS, arena, random);
    return (Batch){
        .rows = ROWS, .count = ROWS, .column_count = SAMPLE_COLUMNS, .columns = fed.columns[number]};
}

static uint32_t *
random_rows(uint32_t count, Random *random)
{
    uint32_t *rows = arena_alloc(arena, (count + 1) * sizeof *rows);

    for (uint32_t i = 0; i < count; i++)
        rows[i] = (uint32_t)random_below(random, ROWS);
    return rows;
}

/* Append whole, by selection or by picks; remember which rows. */
static Status
feed(RowBuilder *builder, uint32_t number, Random *random, Error *error)
{
    Batch batch = sample_batch(number, random);
    const uint32_t *rows = NULL;
    uint32_t count = ROWS;
    const uint64_t way = random_below(random, 3);

    if (way != 0) {
        count = (uint32_t)random_below(random, 2 * ROWS);
        rows = random_rows(count, random);
    }
    if (way == 1) {
        batch.selection = rows;
        batch.count = count;
    }
    TRY(row_builder_append(builder, &batch, way == 2 ? rows : NULL, way == 2 ? count : 0, error));
    for (uint32_t i = 0; i < count; i++) {
        fed.batch[fed.rows] = number;
        fed.row[fed.rows++] = rows != NULL ? rows[i] : i;
    }
    return STATUS_OK;
}

static void
assert_holds_what_was_fed(const RowBuilder *builder)
{
    ck_assert_uint_eq(row_builder_rows(builder), fed.rows);
    for (uint32_t column = 0; column < SAMPLE_COLUMNS; column++) {
        const Vector vector = row_builder_column(builder, column);
        ck_assert_int_eq(vector.form, VECTOR_FLAT);
        for (uint32_t row = 0; row < fed.rows; row++)
            assert_same_value(&vector, row, &fed.columns[fed.batch[row]][column], fed.row[row]);
    }
}

START_TEST(keeps_what_was_appended)
{
    Random random = {(uint64_t)_i};
    Budget budget;
    Error error = {0};
    RowBuilder *builder;

    budget_init(&budget, NULL, SIZE_MAX);
    builder = row_builder_new(&budget, SAMPLE_COLUMNS, types);
    ck_assert_uint_eq(row_builder_columns(builder), SAMPLE_COLUMNS);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < APPENDS; i++)
            ck_assert_int_eq(feed(builder, i, &random, &error), STATUS_OK);
        assert_holds_what_was_fed(builder);
        ck_assert_uint_eq(row_builder_bytes(builder), budget_used(&budget));
        ck_assert_uint_gt(row_builder_size(builder), 0);
        row_builder_clear(builder);
        ck_assert_uint_eq(row_builder_size(builder), 0);
        ck_assert_uint_eq(row_builder_bytes(builder), budget_used(&budget));
        fed.rows = 0;
    }
    row_builder_destroy(&builder);
    ck_assert_uint_eq(budget_used(&budget), 0);
}
END_TEST

START_TEST(batches_are_views_of_its_rows)
{
    Random random = {99};
    Error error = {0};
    RowBuilder *builder = row_builder_new(NULL, SAMPLE_COLUMNS, types);
    Vector columns[SAMPLE_COLUMNS];
    Batch batch;

    for (uint32_t i = 0; i < APPENDS; i++)
        ck_assert_int_eq(feed(builder, i, &random, &error), STATUS_OK);
    for (uint32_t first = 0; first < fed.rows; first += 192) {
        const uint32_t count = fed.rows - first < 192 ? fed.rows - first : 192;
        row_builder_batch(builder, first, count, columns, &batch);
        ck_assert_uint_eq(batch.count, count);
        for (uint32_t column = 0; column < SAMPLE_COLUMNS; column++) {
            for (uint32_t i = 0; i < count; i++)
                assert_same_value(&batch.columns[column], i, &fed.columns[fed.batch[first + i]][column],
                                  fed.row[first + i]);
        }
    }
    row_builder_destroy(&builder);
}
END_TEST

START_TEST(a_refusal_leaves_the_rows_as_they_were)
{
    Random random = {5};
    Budget budget;
    RowBuilder *builder;
    uint32_t refused = 0;
    uint32_t accepted = 0;

    budget_init(&budget, NULL, 40000);
    builder = row_builder_new(&budget, SAMPLE_COLUMNS, types);
    for (uint32_t i = 0; i < APPENDS; i++) {
        Error error = {0};
        const Status status = feed(builder, i, &random, &error);
        ck_assert(status == STATUS_OK || status == STATUS_OUT_OF_MEMORY);
        refused += status != STATUS_OK;
        accepted += status == STATUS_OK;
        budget.limit += status != STATUS_OK ? 7000 : 0;
        assert_holds_what_was_fed(builder);
        ck_assert_uint_eq(row_builder_bytes(builder), budget_used(&budget));
    }
    ck_assert_uint_gt(refused, 0);
    ck_assert_uint_gt(accepted, 0);
    row_builder_destroy(&builder);
    ck_assert_uint_eq(budget_used(&budget), 0);
}
END_TEST

START_TEST(null_strings_are_empty)
{
    const uint64_t invalid = 0;
    StringView text = string_view("a string that is long enough", 28);
    const uint32_t codes[] = {0};
    Dictionary dictionary = {.id = 1, .count = 1, .values = vector_flat(type_of(TYPE_TEXT), &text, NULL)};
    Vector vector = vector_flat(type_of(TYPE_TEXT), codes, &invalid);
    const Type type = type_of(TYPE_TEXT);
    Error error = {0};
    RowBuilder *builder = row_builder_new(NULL, 1, &type);

    vector.form = VECTOR_DICTIONARY;
    vector.dictionary = &dictionary;
    const Batch batch = {.rows = 1, .count = 1, .column_count = 1, .columns = &vector};
    ck_assert_int_eq(row_builder_append(builder, &batch, NULL, 0, &error), STATUS_OK);
    const Vector column = row_builder_column(builder, 0);
    ck_assert(vector_is_null(&column, 0));
    ck_assert_uint_eq(((const StringView *)column.data)[0].size, 0);
    row_builder_destroy(&builder);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("builder");
    TCase *cases = tcase_create("builder");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, keeps_what_was_appended, 0, 6);
    tcase_add_test(cases, batches_are_views_of_its_rows);
    tcase_add_test(cases, a_refusal_leaves_the_rows_as_they_were);
    tcase_add_test(cases, null_strings_are_empty);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
