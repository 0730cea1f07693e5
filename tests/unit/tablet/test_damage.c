/* Damaged tablets: whatever a byte is changed to and wherever a file ends, every read ends in an error that
 * names the place, or in the right data. */
#include "tables.h"

#include "base/hash.h"
#include "tablet/format.h"

static Arena *arena;
static TableColumn columns[TABLE_COLUMNS];
static char *file;
static size_t file_size;
static uint64_t expected[TABLE_COLUMNS];

static Status read_all(char *bytes, size_t size, uint64_t *sums, Error *error);

static void
setup(void)
{
    const TabletWriterOptions options = {.block_rows = 1024};
    TabletSummary summary;
    char path[256];
    Error error = {0};

    arena = arena_new(NULL);
    table_columns(columns);
    table_temporary_path(path, sizeof path, "damage");
    RowBuilder *rows = table_fill(columns, TABLE_COLUMNS, 2500, 9);
    ck_assert_int_eq(table_write(rows, columns, &options, path, arena, &summary, &error), STATUS_OK);
    row_builder_destroy(&rows);
    file = table_slurp(path, &file_size);
    unlink(path);
    ck_assert_int_eq(read_all(file, file_size, expected, &error), STATUS_OK);
}

static void
teardown(void)
{
    free(file);
    arena_destroy(&arena);
}

/* A hash of all of a column's values, each read. */
static Status
read_column(TabletReader *tablet, uint32_t ordinal, uint64_t *sum, Error *error)
{
    ColumnCursor *cursor = NULL;
    Status status = column_cursor_new(tablet, ordinal, NULL, &cursor, error);

    *sum = 0;
    for (uint32_t block = 0; status == STATUS_OK && block < tablet_block_count(tablet); block++) {
        const uint32_t total = tablet_block_rows(tablet, block);
        for (uint32_t first = 0; first < total && status == STATUS_OK; first += BATCH_ROWS) {
            const uint32_t count = total - first < BATCH_ROWS ? total - first : BATCH_ROWS;
            uint64_t hashes[BATCH_ROWS];
            Vector vector;
            status = column_cursor_read(cursor, block, first, count, NULL, 0, &vector, error);
            if (status != STATUS_OK)
                break;
            vector_hash(&vector, NULL, count, false, hashes);
            for (uint32_t i = 0; i < count; i++)
                *sum = hash_combine(*sum, hashes[i]);
        }
    }
    column_cursor_destroy(&cursor);
    return status;
}

/* Read every column, also after one failed; the first error. */
static Status
read_all(char *bytes, size_t size, uint64_t *sums, Error *error)
{
    BlockCache *cache = block_cache_new(8 << 20);
    TabletReader *tablet = NULL;
    Buffer text = {0};

    Status status = tablet_open(source_from_memory(bytes, size, "damaged.tablet"), 1, cache, &tablet, error);
    if (status == STATUS_OK) {
        for (uint32_t i = 0; i < tablet_column_count(tablet) && i < TABLE_COLUMNS; i++) {
            Error own = {0};
            sums[i] = 0;
            if (read_column(tablet, i, &sums[i], &own) != STATUS_OK)
                status = error_copy(error, &own);
        }
        tablet_describe(tablet, true, &text);
    }
    buffer_destroy(&text);
    tablet_close(&tablet);
    block_cache_destroy(&cache);
    return status;
}

static bool
is_refusal(const Error *error)
{
    return (error->code == STATUS_CORRUPT || error->code == STATUS_NOT_SUPPORTED) &&
           strstr(error->message, "damaged.tablet") != NULL;
}

START_TEST(a_changed_byte_is_found)
{
    Random random = {(uint64_t)_i};

    for (int round = 0; round < 100; round++) {
        const size_t at = random_below(&random, file_size);
        const char old = file[at];
        uint64_t sums[TABLE_COLUMNS];
        Error error = {0};
        file[at] = (char)(old ^ (1 << random_below(&random, 8)));
        if (read_all(file, file_size, sums, &error) == STATUS_OK)
            ck_assert_mem_eq(sums, expected, sizeof sums); /* between parts */
        else
            ck_assert_msg(is_refusal(&error), "at %zu: %s", at, error.message);
        file[at] = old;
    }
}
END_TEST

START_TEST(a_truncated_file_is_refused)
{
    Random random = {(uint64_t)_i};

    for (int round = 0; round < 200; round++) {
        const size_t size = round < 80 ? (size_t)round : random_below(&random, file_size);
        char *copy = malloc(size + 1);
        uint64_t sums[TABLE_COLUMNS];
        Error error = {0};
        memcpy(copy, file, size);
        copy = realloc(copy, size > 0 ? size : 1);
        ck_assert_int_eq(read_all(copy, size, sums, &error), STATUS_CORRUPT);
        ck_assert_msg(is_refusal(&error), "%s", error.message);
        free(copy);
    }
}
END_TEST

static TabletTail *
tail_of(char *bytes, size_t size)
{
    return (TabletTail *)(void *)(bytes + size - sizeof(TabletTail));
}

/* Who means harm sets the checksums right. */
static void
forge_footer(char *bytes, size_t size)
{
    TabletTail tail;

    memcpy(&tail, tail_of(bytes, size), sizeof tail);
    tail.footer_checksum = hash_bytes(bytes + size - sizeof tail - tail.footer_size, tail.footer_size);
    memcpy(tail_of(bytes, size), &tail, sizeof tail);
}

START_TEST(a_forged_footer_never_leads_out)
{
    Random random = {(uint64_t)_i};
    TabletTail tail;

    memcpy(&tail, tail_of(file, file_size), sizeof tail);
    for (int round = 0; round < 150; round++) {
        const size_t at = file_size - sizeof tail - 1 - random_below(&random, tail.footer_size);
        const char old = file[at];
        uint64_t sums[TABLE_COLUMNS];
        Error error = {0};
        file[at] = (char)random_next(&random);
        forge_footer(file, file_size);
        read_all(file, file_size, sums, &error); /* ends; a sanitizer watches */
        file[at] = old;
    }
}
END_TEST

/* Change bytes inside parts, and make their checksums in the footer right. */
static void
forge_part(char *bytes, size_t size, TabletFooter *footer, Random *random)
{
    const uint32_t ordinal = (uint32_t)random_below(random, footer->column_count);
    TabletColumnFooter *column = &footer->columns[ordinal];
    TabletPart *part = &column->blocks[random_below(random, footer->block_count)];

    if (column->dictionary_count > 0 && random_below(random, 4) == 0)
        part = &column->dictionary;
    for (uint64_t i = 1 + random_below(random, 4); i > 0; i--) {
        const uint64_t most = random_below(random, 2) == 0 && part->stored > 48 ? 48 : part->stored;
        const uint64_t at = part->offset + random_below(random, most);
        ck_assert_uint_lt(at, size);
        bytes[at] = (char)random_next(random);
    }
    part->checksum = hash_bytes(bytes + part->offset, part->stored);
}

START_TEST(forged_parts_never_lead_out)
{
    Random random = {(uint64_t)_i};
    TabletTail tail;
    uint32_t refused = 0;

    memcpy(&tail, tail_of(file, file_size), sizeof tail);
    const size_t data = file_size - sizeof tail - tail.footer_size;
    for (int round = 0; round < 150; round++) {
        Arena *own = arena_new(NULL);
        TabletFooter footer;
        Buffer forged = {0};
        uint64_t sums[TABLE_COLUMNS];
        Error error = {0};
        ck_assert_int_eq(footer_unpack(file + data, tail.footer_size, data, own, &footer, &error), STATUS_OK);
        buffer_append(&forged, file, data);
        for (int i = 0; i < 8; i++)
            forge_part(forged.data, data, &footer, &random);
        footer_pack(&footer, &forged);
        TabletTail forged_tail = tail;
        forged_tail.footer_size = (uint32_t)(forged.size - data);
        forged_tail.footer_checksum = hash_bytes(forged.data + data, forged.size - data);
        buffer_append(&forged, &forged_tail, sizeof forged_tail);
        refused += read_all(forged.data, forged.size, sums, &error) != STATUS_OK;
        buffer_destroy(&forged);
        arena_destroy(&own);
    }
    ck_assert_uint_gt(refused, 50);
}
END_TEST

START_TEST(unknown_versions_and_features_are_refused)
{
    uint64_t sums[TABLE_COLUMNS];
    Error error = {0};
    TabletTail tail;

    memcpy(&tail, tail_of(file, file_size), sizeof tail);
    tail.version = 99;
    memcpy(tail_of(file, file_size), &tail, sizeof tail);
    ck_assert_int_eq(read_all(file, file_size, sums, &error), STATUS_NOT_SUPPORTED);
    error_clear(&error);
    tail.version = TABLET_VERSION;
    tail.features = 1 << 7;
    memcpy(tail_of(file, file_size), &tail, sizeof tail);
    ck_assert_int_eq(read_all(file, file_size, sums, &error), STATUS_NOT_SUPPORTED);
}
END_TEST

START_TEST(verify_finds_statistics_that_lie)
{
    BlockCache *cache = block_cache_new(8 << 20);
    Arena *own = arena_new(NULL);
    TabletReader *tablet = NULL;
    TabletFooter footer;
    Buffer forged = {0};
    TabletTail tail;
    Error error = {0};

    memcpy(&tail, tail_of(file, file_size), sizeof tail);
    const size_t data = file_size - sizeof tail - tail.footer_size;
    ck_assert_int_eq(footer_unpack(file + data, tail.footer_size, data, own, &footer, &error), STATUS_OK);
    footer.columns[0].block_statistics[1].max.integer++;
    buffer_append(&forged, file, data);
    footer_pack(&footer, &forged);
    tail.footer_size = (uint32_t)(forged.size - data);
    tail.footer_checksum = hash_bytes(forged.data + data, forged.size - data);
    buffer_append(&forged, &tail, sizeof tail);
    ck_assert_int_eq(
        tablet_open(source_from_memory(forged.data, forged.size, "x"), 1, cache, &tablet, &error), STATUS_OK);
    ck_assert_int_eq(tablet_verify(tablet, &error), STATUS_CORRUPT);
    ck_assert_ptr_nonnull(strstr(error.message, "column \"user\", block 1"));
    tablet_close(&tablet);
    buffer_destroy(&forged);
    arena_destroy(&own);
    block_cache_destroy(&cache);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("damage");
    TCase *cases = tcase_create("damage");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_set_timeout(cases, 180);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, a_changed_byte_is_found, 0, 2);
    tcase_add_test(cases, a_truncated_file_is_refused);
    tcase_add_loop_test(cases, a_forged_footer_never_leads_out, 0, 2);
    tcase_add_loop_test(cases, forged_parts_never_lead_out, 0, 2);
    tcase_add_test(cases, unknown_versions_and_features_are_refused);
    tcase_add_test(cases, verify_finds_statistics_that_lie);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
