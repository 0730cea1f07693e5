/* Tablets: what is written is read, for every type and encoding, whole, in part and by selection. */
#include "tablet/tablet.h"

#include "tables.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

static Arena *arena;
static BlockCache *cache;
static TableColumn columns[TABLE_COLUMNS];
static char path[256];

static void
setup(void)
{
    arena = arena_new(NULL);
    cache = block_cache_new(64 << 20);
    table_columns(columns);
    table_temporary_path(path, sizeof path, "tablet");
}

static void
teardown(void)
{
    unlink(path);
    block_cache_destroy(&cache);
    arena_destroy(&arena);
}

static TabletReader *
write_and_open(const RowBuilder *rows, const TabletWriterOptions *options, TabletSummary *summary)
{
    TabletReader *tablet = NULL;
    Source *source = NULL;
    Error error = {0};

    ck_assert_msg(table_write(rows, columns, options, path, arena, summary, &error) == STATUS_OK, "%s",
                  error.message);
    ck_assert_int_eq(source_open_file(path, &source, &error), STATUS_OK);
    ck_assert_msg(tablet_open(source, 1, cache, &tablet, &error) == STATUS_OK, "%s", error.message);
    return tablet;
}

static void
assert_equal(const Vector *found, uint32_t row, const Vector *expected, uint64_t expected_row,
             const char *name)
{
    const bool null = vector_is_null(expected, (uint32_t)expected_row);

    ck_assert_msg(vector_is_null(found, row) == null, "column %s, row %llu: NULL", name,
                  (unsigned long long)expected_row);
    if (null && found->form == VECTOR_FLAT && found->layout == LAYOUT_VIEW)
        ck_assert_uint_eq(((const StringView *)found->data)[row].size, 0);
    if (null)
        return;
    ck_assert_msg(vector_compare(found, row, expected, (uint32_t)expected_row) == 0,
                  "column %s, row %llu differs", name, (unsigned long long)expected_row);
    if (found->layout == LAYOUT_F64) /* to the bit: NaN, -0 */
        ck_assert_mem_eq((const double *)vector_values(found) + vector_index(found, row),
                         (const double *)expected->data + expected_row, 8);
}

/* Read a column in steps of `step` rows from the start of each block; compare all of it. */
static void
assert_column(TabletReader *tablet, uint32_t ordinal, const RowBuilder *rows, uint32_t step)
{
    const Vector expected = row_builder_column(rows, ordinal);
    ColumnCursor *cursor = NULL;
    Error error = {0};
    uint64_t base = 0;

    ck_assert_int_eq(column_cursor_new(tablet, ordinal, NULL, &cursor, &error), STATUS_OK);
    for (uint32_t block = 0; block < tablet_block_count(tablet); block++) {
        const uint32_t total = tablet_block_rows(tablet, block);
        for (uint32_t first = 0; first < total; first += step) {
            const uint32_t count = total - first < step ? total - first : step;
            Vector vector;
            ck_assert_msg(column_cursor_read(cursor, block, first, count, NULL, 0, &vector, &error) ==
                              STATUS_OK,
                          "%s", error.message);
            for (uint32_t i = 0; i < count; i++)
                assert_equal(&vector, i, &expected, base + first + i, columns[ordinal].name);
        }
        base += total;
    }
    column_cursor_destroy(&cursor);
}

typedef struct Variant {
    uint64_t rows;
    uint32_t step;
    TabletWriterOptions options;
} Variant;

static const Variant variants[] = {
    {.rows = 0, .step = 2048},
    {.rows = 1, .step = 2048},
    {.rows = 1000, .step = 7, .options = {.block_rows = 64}},
    {.rows = 5000, .step = 2048, .options = {.block_rows = 1024}},
    {.rows = 20000, .step = 2048},
    {.rows = 20000, .step = 1500},
    {.rows = 20000, .step = 2048, .options = {.compression = -1}},
    {.rows = 70000, .step = 2048, .options = {.block_rows = 1 << 16}},
};

START_TEST(what_is_written_is_read)
{
    const Variant *variant = &variants[_i];
    RowBuilder *rows = table_fill(columns, TABLE_COLUMNS, variant->rows, (uint64_t)_i);
    TabletSummary summary;
    TabletReader *tablet = write_and_open(rows, &variant->options, &summary);
    Error error = {0};

    ck_assert_uint_eq(summary.rows, variant->rows);
    ck_assert_uint_eq(tablet_rows(tablet), variant->rows);
    ck_assert_uint_eq(tablet_column_count(tablet), TABLE_COLUMNS);
    for (uint32_t i = 0; i < TABLE_COLUMNS; i++) {
        ck_assert_int_eq(tablet_find_column(tablet, 100 + i), (int32_t)i);
        ck_assert_str_eq(tablet_column(tablet, i)->name, columns[i].name);
        ck_assert(type_equal(tablet_column(tablet, i)->type, columns[i].type));
        assert_column(tablet, i, rows, variant->step);
    }
    ck_assert_int_eq(tablet_find_column(tablet, 7), -1);
    ck_assert_msg(tablet_verify(tablet, &error) == STATUS_OK, "%s", error.message);
    tablet_close(&tablet);
    row_builder_destroy(&rows);
}
END_TEST

START_TEST(selected_rows_are_right)
{
    RowBuilder *rows = table_fill(columns, TABLE_COLUMNS, 20000, 77);
    TabletSummary summary;
    TabletReader *tablet = write_and_open(rows, NULL, &summary);
    Random random = {5};

    for (uint32_t ordinal = 0; ordinal < TABLE_COLUMNS; ordinal++) {
        const Vector expected = row_builder_column(rows, ordinal);
        ColumnCursor *cursor = NULL;
        Error error = {0};
        ck_assert_int_eq(column_cursor_new(tablet, ordinal, NULL, &cursor, &error), STATUS_OK);
        for (int round = 0; round < 60; round++) {
            const uint32_t block = (uint32_t)random_below(&random, tablet_block_count(tablet));
            const uint32_t total = tablet_block_rows(tablet, block);
            const uint32_t first = (uint32_t)random_below(&random, total);
            const uint32_t most = total - first < BATCH_ROWS ? total - first : BATCH_ROWS;
            const uint32_t count = 1 + (uint32_t)random_below(&random, most);
            const uint64_t density = 1 + random_below(&random, 100);
            uint32_t selection[BATCH_ROWS];
            uint32_t selected = 0;
            Vector vector;
            uint64_t hashes[BATCH_ROWS];
            for (uint32_t i = 0; i < count; i++) {
                if (random_below(&random, density) == 0)
                    selection[selected++] = i;
            }
            ck_assert_int_eq(
                column_cursor_read(cursor, block, first, count, selection, selected, &vector, &error),
                STATUS_OK);
            for (uint32_t i = 0; i < selected; i++)
                assert_equal(&vector, selection[i], &expected,
                             block * TABLET_BLOCK_ROWS + first + selection[i], columns[ordinal].name);
            vector_hash(&vector, NULL, count, false, hashes); /* the others can be read */
        }
        ck_assert_uint_gt(column_cursor_bytes(cursor), 0);
        column_cursor_destroy(&cursor);
    }
    tablet_close(&tablet);
    row_builder_destroy(&rows);
}
END_TEST

START_TEST(statistics_are_true_and_dictionaries_sorted)
{
    RowBuilder *rows = table_fill(columns, TABLE_COLUMNS, 20000, 4);
    TabletSummary summary;
    TabletReader *tablet = write_and_open(rows, NULL, &summary);
    const ColumnStatistics *user = &tablet_column(tablet, 0)->statistics;
    const ColumnStatistics *event = &tablet_column(tablet, 19)->statistics;
    const ColumnStatistics *odd = &tablet_column(tablet, 13)->statistics;
    const Vector nullable = row_builder_column(rows, 19);
    ColumnCursor *cursor = NULL;
    Vector vector;
    Error error = {0};

    ck_assert_uint_eq(user->rows, 20000);
    ck_assert_uint_eq(user->nulls, 0);
    ck_assert(user->min.known && user->min.integer >= 0 && user->max.integer < 1000000);
    ck_assert(user->distinct > 18500 && user->distinct <= 20000);
    ck_assert_uint_eq(event->distinct, 8);
    ck_assert_uint_eq(event->nulls, 20000 - bits_count(nullable.validity, 20000));
    ck_assert(event->min.exact && memcmp(event->min.text.data, "a rather", 8) == 0);
    ck_assert(event->max.exact && event->max.text.size == 4 && memcmp(event->max.text.data, "view", 4) == 0);
    ck_assert(odd->has_nan && isinf(odd->max.real) && isinf(odd->min.real));
    ck_assert_uint_eq(summary.columns[19].distinct, 8);
    const ColumnStatistics *url = tablet_block_statistics(tablet, 20, 1);
    ck_assert(url->min.known && !url->min.exact && !url->max.exact && url->max.text.size == 32);

    ck_assert_int_eq(column_cursor_new(tablet, 18, NULL, &cursor, &error), STATUS_OK);
    ck_assert_int_eq(column_cursor_read(cursor, 0, 0, 2048, NULL, 0, &vector, &error), STATUS_OK);
    ck_assert_int_eq(vector.form, VECTOR_DICTIONARY);
    ck_assert(vector.dictionary->sorted);
    for (uint32_t i = 1; i < vector.dictionary->count; i++)
        ck_assert_int_lt(vector_compare(&vector.dictionary->values, i - 1, &vector.dictionary->values, i), 0);
    const uint64_t id = vector.dictionary->id;
    ck_assert_int_eq(column_cursor_read(cursor, 1, 0, 100, NULL, 0, &vector, &error), STATUS_OK);
    ck_assert_uint_eq(vector.dictionary->id, id);
    column_cursor_destroy(&cursor);
    tablet_close(&tablet);
    row_builder_destroy(&rows);
}
END_TEST

START_TEST(constants_and_plain_values_are_not_copied)
{
    RowBuilder *rows = table_fill(columns, TABLE_COLUMNS, 20000, 4);
    TabletSummary summary;
    TabletReader *tablet = write_and_open(rows, NULL, &summary);
    ColumnCursor *cursor = NULL;
    Vector vector;
    Vector next;
    Error error = {0};

    ck_assert_int_eq(column_cursor_new(tablet, 4, NULL, &cursor, &error), STATUS_OK);
    ck_assert_int_eq(column_cursor_read(cursor, 0, 0, 2048, NULL, 0, &vector, &error), STATUS_OK);
    ck_assert_int_eq(vector.form, VECTOR_CONSTANT);
    column_cursor_destroy(&cursor);

    ck_assert_int_eq(column_cursor_new(tablet, 3, NULL, &cursor, &error), STATUS_OK);
    ck_assert_int_eq(column_cursor_read(cursor, 0, 0, 2048, NULL, 0, &vector, &error), STATUS_OK);
    ck_assert_int_eq(column_cursor_read(cursor, 0, 2048, 2048, NULL, 0, &next, &error), STATUS_OK);
    ck_assert_ptr_eq((const int64_t *)vector.data + 2048, next.data);
    column_cursor_destroy(&cursor);
    tablet_close(&tablet);
    row_builder_destroy(&rows);
}
END_TEST

START_TEST(a_full_tablet_takes_no_more)
{
    const TabletWriterOptions options = {.rows = 3000};
    RowBuilder *rows = table_fill(columns, 1, 4096, 4);
    TabletColumnSpec spec;
    TabletWriter *writer = NULL;
    Vector vector;
    Batch batch;
    Error error = {0};
    uint32_t taken;

    table_specs(columns, 1, &spec);
    ck_assert_int_eq(tablet_writer_new(1, &spec, &options, NULL, &writer, &error), STATUS_OK);
    row_builder_batch(rows, 0, 2048, &vector, &batch);
    ck_assert_int_eq(tablet_writer_append(writer, &batch, 0, &taken, &error), STATUS_OK);
    ck_assert_uint_eq(taken, 2048);
    ck_assert_int_eq(tablet_writer_append(writer, &batch, 0, &taken, &error), STATUS_OK);
    ck_assert_uint_eq(taken, 952);
    ck_assert_int_eq(tablet_writer_append(writer, &batch, 952, &taken, &error), STATUS_OK);
    ck_assert_uint_eq(taken, 952);
    ck_assert_uint_eq(tablet_writer_rows(writer), 3000);
    tablet_writer_destroy(&writer);
    row_builder_destroy(&rows);
}
END_TEST

START_TEST(a_path_that_exists_is_left_alone)
{
    RowBuilder *rows = table_fill(columns, 2, 100, 4);
    TabletSummary summary;
    Error error = {0};
    FILE *file = fopen(path, "w");

    fputs("precious", file);
    fclose(file);
    ck_assert_int_eq(table_write(rows, columns, NULL, path, arena, &summary, &error),
                     STATUS_DUPLICATE_OBJECT);
    ck_assert_int_eq(access(path, F_OK), 0);
    row_builder_destroy(&rows);
}
END_TEST

START_TEST(a_failing_disk_leaves_nothing)
{
    RowBuilder *rows = table_fill(columns, TABLE_COLUMNS, 20000, 4);
    const struct rlimit limit = {.rlim_cur = 100000, .rlim_max = RLIM_INFINITY};
    TabletSummary summary;
    Error error = {0};

    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_ne(table_write(rows, columns, NULL, path, arena, &summary, &error), STATUS_OK);
    ck_assert_int_eq(access(path, F_OK), -1);
    ck_assert_int_eq(errno, ENOENT);
    row_builder_destroy(&rows);
}
END_TEST

START_TEST(descriptions_name_columns_and_encodings)
{
    RowBuilder *rows = table_fill(columns, TABLE_COLUMNS, 20000, 4);
    TabletSummary summary;
    TabletReader *tablet = write_and_open(rows, NULL, &summary);
    Buffer text = {0};

    tablet_describe(tablet, true, &text);
    const char *found = buffer_text(&text);
    ck_assert_ptr_nonnull(strstr(found, "20000 rows in 2 blocks"));
    ck_assert_ptr_nonnull(strstr(found, "\"price\" double precision"));
    ck_assert_ptr_nonnull(strstr(found, "decimal (plain) 2"));
    ck_assert_ptr_nonnull(strstr(found, "dictionary of 8 entries"));
    ck_assert_ptr_nonnull(strstr(found, "block 1: 3616 rows"));
    buffer_destroy(&text);
    tablet_close(&tablet);
    row_builder_destroy(&rows);
}
END_TEST

START_TEST(events_are_small)
{
    /* 20 bits of user, 22.3 of time jitter, 2.6 of event, 15.7 of price: the entropy is 7.6 bytes a row. */
    const TableColumn events[] = {columns[0], columns[18], columns[1], columns[10]};
    RowBuilder *rows = table_fill(events, 4, 200000, 1);
    TabletSummary summary;
    Error error = {0};

    ck_assert_int_eq(table_write(rows, events, NULL, path, arena, &summary, &error), STATUS_OK);
    ck_assert_uint_lt(summary.bytes, 200000 * 8);
    row_builder_destroy(&rows);
}
END_TEST

/* Each stretch of 20,000 rows has every name once: the first ones look as if none came again. */
static void
value_name(Arena *names, Random *random, uint64_t row, void *out)
{
    char text[32];

    (void)random;
    snprintf(text, sizeof text, "name-%llu", (unsigned long long)(row * 7919 % 20000));
    put_text(names, text, out);
}

START_TEST(late_repetition_is_seen)
{
    const TableColumn named[] = {{"name", type_of(TYPE_TEXT), false, value_name},
                                 {"url", type_of(TYPE_TEXT), false, value_url}};
    RowBuilder *rows = table_fill(named, 2, 100000, 1);
    TabletReader *tablet = NULL;
    Source *source = NULL;
    TabletSummary summary;
    Error error = {0};
    Buffer text = {0};

    ck_assert_int_eq(table_write(rows, named, NULL, path, arena, &summary, &error), STATUS_OK);
    ck_assert_int_eq(source_open_file(path, &source, &error), STATUS_OK);
    ck_assert_int_eq(tablet_open(source, 1, cache, &tablet, &error), STATUS_OK);
    tablet_describe(tablet, true, &text);
    ck_assert_ptr_nonnull(strstr(buffer_text(&text), "dictionary of 20000 entries"));
    ck_assert_ptr_null(strstr(buffer_text(&text), "dictionary of 1"));
    buffer_destroy(&text);
    tablet_close(&tablet);
    row_builder_destroy(&rows);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("tablet");
    TCase *cases = tcase_create("tablet");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, what_is_written_is_read, 0, (int)(sizeof variants / sizeof variants[0]));
    tcase_add_test(cases, selected_rows_are_right);
    tcase_add_test(cases, statistics_are_true_and_dictionaries_sorted);
    tcase_add_test(cases, constants_and_plain_values_are_not_copied);
    tcase_add_test(cases, a_full_tablet_takes_no_more);
    tcase_add_test(cases, a_path_that_exists_is_left_alone);
    tcase_add_test(cases, a_failing_disk_leaves_nothing);
    tcase_add_test(cases, descriptions_name_columns_and_encodings);
    tcase_add_test(cases, events_are_small);
    tcase_add_test(cases, late_repetition_is_seen);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
