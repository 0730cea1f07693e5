/* Chunks: what goes in comes out, at any alignment; what nobody encoded ends in an error. */
#include "column/codec.h"

#include "base/unpack.h"
#include "samples.h"

#include <stdlib.h>

enum { ROWS = 130 };

static Arena *arena;
static Type types[SAMPLE_COLUMNS];
static RowBuilder *builder;

static void
setup(void)
{
    Random random = {11};
    Vector columns[SAMPLE_COLUMNS];
    Error error = {0};

    arena = arena_new(NULL);
    sample_types(arena, types);
    builder = row_builder_new(NULL, SAMPLE_COLUMNS, types);
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < SAMPLE_COLUMNS; j++)
            columns[j] = sample_vector(types[j], ROWS, arena, &random);
        const Batch batch = {.rows = ROWS, .count = ROWS, .column_count = SAMPLE_COLUMNS, .columns = columns};
        ck_assert_int_eq(row_builder_append(builder, &batch, NULL, 0, &error), STATUS_OK);
    }
}

static void
teardown(void)
{
    row_builder_destroy(&builder);
    arena_destroy(&arena);
}

static Slab *
encode(uint64_t first, uint64_t count)
{
    Slab *chunk = NULL;
    Error error = {0};

    ck_assert_int_eq(chunk_encode(builder, first, count, NULL, &chunk, &error), STATUS_OK);
    return chunk;
}

static void
assert_rows(const Vector *columns, uint64_t first, uint64_t count)
{
    for (uint32_t i = 0; i < SAMPLE_COLUMNS; i++) {
        const Vector expected = row_builder_column(builder, i);
        for (uint32_t row = 0; row < count; row++)
            assert_same_value(&columns[i], row, &expected, (uint32_t)first + row);
    }
}

START_TEST(rows_come_back)
{
    const uint64_t ranges[][2] = {{0, 4 * ROWS}, {0, 0}, {3, 1}, {ROWS, ROWS}, {61, 200}, {4 * ROWS, 0}};
    const uint64_t first = ranges[_i][0];
    const uint64_t count = ranges[_i][1];
    Slab *chunk = encode(first, count);
    Vector columns[SAMPLE_COLUMNS];
    uint64_t rows;
    Error error = {0};

    ck_assert_int_eq(
        chunk_decode(chunk->data, chunk->size, SAMPLE_COLUMNS, types, arena, &rows, columns, &error),
        STATUS_OK);
    ck_assert_uint_eq(rows, count);
    assert_rows(columns, first, count);
    slab_release(&chunk);
}
END_TEST

START_TEST(any_alignment_will_do)
{
    Slab *chunk = encode(0, 2 * ROWS);
    char *moved = malloc(chunk->size + 16);
    Vector columns[SAMPLE_COLUMNS];
    uint64_t rows;
    Error error = {0};

    memcpy(moved + _i, chunk->data, chunk->size);
    ck_assert_int_eq(
        chunk_decode(moved + _i, chunk->size, SAMPLE_COLUMNS, NULL, arena, &rows, columns, &error),
        STATUS_OK);
    for (int i = 0; i < SAMPLE_COLUMNS; i++)
        ck_assert(type_equal(columns[i].type, types[i]));
    assert_rows(columns, 0, 2 * ROWS);
    free(moved);
    slab_release(&chunk);
}
END_TEST

START_TEST(fixed_width_values_are_not_copied)
{
    Slab *chunk = encode(0, 4 * ROWS);
    Vector columns[SAMPLE_COLUMNS];
    uint64_t rows;
    Error error = {0};

    ck_assert_int_eq(
        chunk_decode(chunk->data, chunk->size, SAMPLE_COLUMNS, types, arena, &rows, columns, &error),
        STATUS_OK);
    for (int i = 0; i < SAMPLE_COLUMNS; i++) {
        const char *data = columns[i].data;
        if (columns[i].form == VECTOR_FLAT && columns[i].layout != LAYOUT_VIEW)
            ck_assert(data >= chunk->data && data < chunk->data + chunk->size && (uintptr_t)data % 64 == 0);
    }
    slab_release(&chunk);
}
END_TEST

START_TEST(slices_are_their_rows)
{
    Slab *chunk = encode(0, 4 * ROWS);
    Vector columns[SAMPLE_COLUMNS];
    Vector slice[SAMPLE_COLUMNS];
    Batch batch;
    uint64_t rows;
    Error error = {0};

    ck_assert_int_eq(
        chunk_decode(chunk->data, chunk->size, SAMPLE_COLUMNS, types, arena, &rows, columns, &error),
        STATUS_OK);
    for (uint64_t first = 0; first < rows; first += 64) {
        const uint32_t count = rows - first < 64 ? (uint32_t)(rows - first) : 64;
        chunk_slice(columns, SAMPLE_COLUMNS, first, count, slice, &batch);
        assert_rows(batch.columns, first, count);
    }
    slab_release(&chunk);
}
END_TEST

START_TEST(constants_stay_constant)
{
    Arena *own = arena_new(NULL);
    const Type two[] = {type_of(TYPE_INT8), type_of(TYPE_TEXT)};
    int64_t numbers[ROWS];
    StringView texts[ROWS];
    Vector columns[2] = {vector_flat(two[0], numbers, NULL), vector_flat(two[1], texts, NULL)};
    Error error = {0};
    uint64_t rows;
    Slab *chunk = NULL;

    for (int i = 0; i < ROWS; i++) {
        numbers[i] = 42;
        texts[i] = string_view("same", 4);
    }
    const Batch batch = {.rows = ROWS, .count = ROWS, .column_count = 2, .columns = columns};
    RowBuilder *same = row_builder_new(NULL, 2, two);
    ck_assert_int_eq(row_builder_append(same, &batch, NULL, 0, &error), STATUS_OK);
    ck_assert_int_eq(chunk_encode(same, 0, ROWS, NULL, &chunk, &error), STATUS_OK);
    ck_assert_uint_lt(chunk->size, 300);
    ck_assert_int_eq(chunk_decode(chunk->data, chunk->size, 2, two, own, &rows, columns, &error), STATUS_OK);
    ck_assert_int_eq(columns[0].form, VECTOR_CONSTANT);
    ck_assert_int_eq(columns[1].form, VECTOR_CONSTANT);
    ck_assert_int_eq(*(const int64_t *)columns[0].data, 42);
    slab_release(&chunk);
    row_builder_destroy(&same);
    arena_destroy(&own);
}
END_TEST

START_TEST(other_types_and_counts_are_refused)
{
    Slab *chunk = encode(0, ROWS);
    Vector columns[SAMPLE_COLUMNS + 1];
    Type others[SAMPLE_COLUMNS];
    uint64_t rows;
    Error error = {0};

    memcpy(others, types, sizeof others);
    others[2] = type_of(TYPE_TIMESTAMP);
    ck_assert_int_eq(
        chunk_decode(chunk->data, chunk->size, SAMPLE_COLUMNS, others, arena, &rows, columns, &error),
        STATUS_PROTOCOL);
    error_clear(&error);
    ck_assert_int_eq(
        chunk_decode(chunk->data, chunk->size, SAMPLE_COLUMNS + 1, NULL, arena, &rows, columns, &error),
        STATUS_PROTOCOL);
    slab_release(&chunk);
}
END_TEST

/* Read everything that a decoded chunk gives, so that a sanitizer sees what leads out of it. */
static uint64_t
read_all(const Vector *columns, uint64_t rows)
{
    uint64_t sum = 0;
    uint64_t hash;

    for (uint32_t i = 0; i < SAMPLE_COLUMNS; i++) {
        for (uint32_t row = 0; row < rows; row += columns[i].form == VECTOR_CONSTANT ? (uint32_t)rows : 1) {
            vector_hash(&columns[i], &row, 1, false, &hash);
            sum += hash;
        }
    }
    return sum;
}

/* In memory of its own, so that its end is seen. */
static Status
decode_copy(const char *bytes, size_t size, Vector *columns)
{
    Error error = {0};
    uint64_t rows;
    char *copy = aligned_alloc(16, (size + 15) / 16 * 16);

    memcpy(copy + (16 - size % 16) % 16, bytes, size);
    const Status status = chunk_decode(copy + (16 - size % 16) % 16, size, SAMPLE_COLUMNS, types, arena,
                                       &rows, columns, &error);
    if (status == STATUS_OK)
        read_all(columns, rows);
    else
        ck_assert_int_eq(status, STATUS_PROTOCOL);
    free(copy);
    return status;
}

START_TEST(truncated_chunks_are_refused)
{
    Slab *chunk = encode(0, 70);
    Vector columns[SAMPLE_COLUMNS];

    for (size_t size = 0; size < chunk->size; size++)
        ck_assert_int_eq(decode_copy(chunk->data, size, columns), STATUS_PROTOCOL);
    ck_assert_int_eq(decode_copy(chunk->data, chunk->size, columns), STATUS_OK);
    slab_release(&chunk);
}
END_TEST

START_TEST(damaged_chunks_never_lead_out)
{
    Slab *chunk = encode(0, 70);
    Vector columns[SAMPLE_COLUMNS];
    Random random = {3};
    uint32_t refused = 0;

    for (int round = 0; round < 20000; round++) {
        /* mostly in the head, where the structure is */
        const size_t at = random_below(&random, random_below(&random, 3) == 0 ? chunk->size : 400);
        const char old = chunk->data[at];
        chunk->data[at] = (char)random_next(&random);
        refused += decode_copy(chunk->data, chunk->size, columns) != STATUS_OK;
        chunk->data[at] = old;
        if (round % 64 == 0) {
            arena_destroy(&arena);
            arena = arena_new(NULL);
            sample_types(arena, types);
        }
    }
    ck_assert_uint_gt(refused, 1000);
    slab_release(&chunk);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("codec");
    TCase *cases = tcase_create("codec");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, rows_come_back, 0, 6);
    tcase_add_loop_test(cases, any_alignment_will_do, 0, 16);
    tcase_add_test(cases, fixed_width_values_are_not_copied);
    tcase_add_test(cases, slices_are_their_rows);
    tcase_add_test(cases, constants_stay_constant);
    tcase_add_test(cases, other_types_and_counts_are_refused);
    tcase_add_test(cases, truncated_chunks_are_refused);
    tcase_add_test(cases, damaged_chunks_never_lead_out);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
