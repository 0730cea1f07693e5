/* ALTER TABLE in the catalog: ids of columns, what statements under way meet, what outlives the process. */
#include "store/catalog.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char directory[64];

static void
make_directory(void)
{
    strcpy(directory, "/tmp/runnel-alter-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void
remove_directory(void)
{
    static const char *const files[] = {"catalog.db", "catalog.db-wal", "catalog.db-shm", "lock"};
    char path[128];

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        unlink(path);
    }
    rmdir(directory);
}

static Catalog *
open_catalog(void)
{
    Catalog *catalog = NULL;
    Error error = {0};

    ck_assert_msg(catalog_open(directory, &catalog, &error) == STATUS_OK, "%s", error.message);
    return catalog;
}

static const TableInfo *
find(Catalog *catalog, const char *name)
{
    const TableInfo *table;
    Error error = {0};

    ck_assert_msg(catalog_find_table(catalog, NULL, name, &table, &error) == STATUS_OK, "%s", error.message);
    return table;
}

static void
create_table(Catalog *catalog, const char *name)
{
    ColumnInfo columns[] = {{.name = "a", .type = {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
                            {.name = "b", .type = {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}}};
    const TableDefinition definition = {.name = name, .column_count = 2, .columns = columns};
    bool created;

    ck_assert_int_eq(catalog_create_table(catalog, NULL, &definition, false, &created, NULL), STATUS_OK);
}

/* 100 rows: `a` is `value`, `b` is NULL. */
static Status
commit_rows(Catalog *catalog, uint64_t table_id, uint64_t shape, Int128 value)
{
    const ColumnStatistics columns[] = {{.rows = 100,
                                         .min = {.known = true, .exact = true, .integer = value},
                                         .max = {.known = true, .exact = true, .integer = value}},
                                        {.rows = 100, .nulls = 100}};
    NewTablet tablet = {.path = "t", .rows = 100, .bytes = 10, .partition = -1, .columns = columns};
    CommitRequest request = {.epoch = catalog_epoch(catalog),
                             .table_id = table_id,
                             .shape = shape,
                             .tablet_count = 1,
                             .tablets = &tablet};
    CommitResult result;

    ck_assert_int_eq(catalog_begin_load(catalog, &request.load, NULL), STATUS_OK);
    return catalog_commit(catalog, &request, &result, NULL);
}

/* The columns of `table` without the first, and a new one of `name` behind them. */
static Status
replace_first(Catalog *catalog, const TableInfo *table, const char *query_id, const char *name)
{
    ColumnInfo columns[2] = {table->columns[1], table->columns[1]};
    const TableAlteration alteration = {.table_id = table->id,
                                        .shape = table->shape,
                                        .name = table->name,
                                        .column_count = 2,
                                        .columns = columns};

    columns[1].id = 0;
    columns[1].name = name;
    return catalog_alter_table(catalog, query_id, &alteration, NULL);
}

static Status
rename_table(Catalog *catalog, const TableInfo *table, const char *name)
{
    const TableAlteration alteration = {.table_id = table->id,
                                        .shape = table->shape,
                                        .name = name,
                                        .column_count = table->column_count,
                                        .columns = table->columns};

    return catalog_alter_table(catalog, NULL, &alteration, NULL);
}

static void
check_altered(Catalog *catalog)
{
    const TableInfo *table = find(catalog, "t");

    ck_assert_uint_eq(table->column_count, 2);
    ck_assert_str_eq(table->columns[0].name, "b");
    ck_assert_uint_eq(table->columns[0].id, 2);
    ck_assert_str_eq(table->columns[1].name, "a");
    ck_assert_uint_eq(table->columns[1].id, 3);
    ck_assert_uint_eq(table->rows, 100);
    ck_assert_uint_eq(table->statistics[1].nulls, 100);
    ck_assert(!table->tablets[0].columns[1].min.known);
    table_info_release(&table);
}

START_TEST(an_id_is_never_given_twice)
{
    Catalog *catalog = open_catalog();

    create_table(catalog, "t");
    const TableInfo *empty = find(catalog, "t");
    ck_assert_int_eq(commit_rows(catalog, empty->id, empty->shape, 7), STATUS_OK);
    table_info_release(&empty);
    const TableInfo *before = find(catalog, "t");
    ck_assert_int_eq(replace_first(catalog, before, "q", "a"), STATUS_OK);
    check_altered(catalog);
    ck_assert_uint_eq(before->columns[0].id, 1); /* a pinned snapshot does not change */
    ck_assert(before->tablets[0].columns[0].min.integer == 7);
    ck_assert_int_eq(replace_first(catalog, before, "q", "a"), STATUS_OK); /* done already */
    ck_assert_int_eq(replace_first(catalog, before, NULL, "a"), STATUS_SERIALIZATION);
    const uint64_t shape = before->shape;
    table_info_release(&before);
    catalog_close(&catalog);

    catalog = open_catalog();
    check_altered(catalog);
    const TableInfo *reopened = find(catalog, "t");
    ck_assert(reopened->shape != shape);
    ck_assert_int_eq(replace_first(catalog, reopened, NULL, "c"), STATUS_OK);
    table_info_release(&reopened);
    reopened = find(catalog, "t");
    ck_assert_uint_eq(reopened->columns[1].id, 4);
    table_info_release(&reopened);
    catalog_close(&catalog);
}
END_TEST

START_TEST(rows_of_another_shape_are_refused)
{
    Catalog *catalog = open_catalog();

    create_table(catalog, "t");
    const TableInfo *table = find(catalog, "t");
    ck_assert_int_eq(replace_first(catalog, table, NULL, "c"), STATUS_OK);
    ck_assert_int_eq(commit_rows(catalog, table->id, table->shape, 1), STATUS_SERIALIZATION);
    table_info_release(&table);
    table = find(catalog, "t");
    ck_assert_uint_eq(table->rows, 0);
    ck_assert_int_eq(rename_table(catalog, table, "u"), STATUS_OK);
    ck_assert_int_eq(commit_rows(catalog, table->id, table->shape, 1), STATUS_OK); /* a name is no shape */
    table_info_release(&table);
    catalog_close(&catalog);
}
END_TEST

START_TEST(names_stay_unique)
{
    Catalog *catalog = open_catalog();
    const TableInfo *table, *gone;

    create_table(catalog, "t");
    create_table(catalog, "u");
    table = find(catalog, "t");
    ck_assert_int_eq(rename_table(catalog, table, "u"), STATUS_DUPLICATE_TABLE);
    ck_assert_int_eq(rename_table(catalog, table, "v"), STATUS_OK);
    ck_assert_int_eq(catalog_find_table(catalog, NULL, "t", &gone, NULL), STATUS_UNDEFINED_TABLE);
    table_info_release(&table);
    create_table(catalog, "t");
    catalog_close(&catalog);
    catalog = open_catalog();
    table = find(catalog, "v");
    ck_assert_int_eq(catalog_drop_table(catalog, NULL, NULL, "v", false, NULL), STATUS_OK);
    ck_assert_int_eq(rename_table(catalog, table, "w"), STATUS_UNDEFINED_TABLE);
    table_info_release(&table);
    catalog_close(&catalog);
}
END_TEST

START_TEST(nulls_refuse_not_null)
{
    Catalog *catalog = open_catalog();
    ColumnInfo columns[2];

    create_table(catalog, "t");
    const TableInfo *table = find(catalog, "t");
    ck_assert_int_eq(commit_rows(catalog, table->id, 0, 1), STATUS_OK);
    TableAlteration alteration = {
        .table_id = table->id, .shape = table->shape, .name = "t", .column_count = 2, .columns = columns};
    memcpy(columns, table->columns, sizeof columns);
    columns[1].not_null = true;
    ck_assert_int_eq(catalog_alter_table(catalog, NULL, &alteration, NULL), STATUS_NOT_NULL_VIOLATION);
    columns[1].not_null = false;
    columns[0].not_null = true;
    ck_assert_int_eq(catalog_alter_table(catalog, NULL, &alteration, NULL), STATUS_OK);
    ck_assert_int_eq(commit_rows(catalog, table->id, table->shape, 1), STATUS_SERIALIZATION);
    table_info_release(&table);
    catalog_close(&catalog);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("catalog_alter");
    TCase *cases = tcase_create("catalog_alter");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, make_directory, remove_directory);
    tcase_add_test(cases, an_id_is_never_given_twice);
    tcase_add_test(cases, rows_of_another_shape_are_refused);
    tcase_add_test(cases, names_stay_unique);
    tcase_add_test(cases, nulls_refuse_not_null);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
