/* The catalog on a real directory: what it keeps, what it refuses, and what a killed process leaves. */
#include "store/catalog.h"
#include "store/history.h"

#include "base/random.h"
#include "tablet/deletions.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[64];

static void
make_directory(void)
{
    strcpy(directory, "/tmp/runnel-catalog-XXXXXX");
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
    const Status status = catalog_open(directory, &catalog, &error);

    ck_assert_msg(status == STATUS_OK, "%s", error.message);
    return catalog;
}

static ColumnInfo events_columns[] = {
    {.name = "user_id", .type = {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}, .not_null = true},
    {.name = "event_type", .type = {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {.name = "price", .type = {.id = TYPE_NUMERIC, .precision = 12, .scale = 2, .length = TYPE_NO_LENGTH}},
};

static TableDefinition
events_definition(const char *name)
{
    const TableDefinition definition = {.name = name, .column_count = 3, .columns = events_columns};

    return definition;
}

static void
create_events(Catalog *catalog, const char *name)
{
    const TableDefinition definition = events_definition(name);
    Error error = {0};
    bool created;

    ck_assert_msg(catalog_create_table(catalog, NULL, &definition, false, &created, &error) == STATUS_OK,
                  "%s", error.message);
    ck_assert(created);
}

static void
tablet_statistics(ColumnStatistics *columns, uint64_t rows, Int128 first)
{
    memset(columns, 0, 3 * sizeof *columns);
    columns[0] =
        (ColumnStatistics){.rows = rows,
                           .distinct = rows,
                           .min = {.known = true, .exact = true, .integer = first},
                           .max = {.known = true, .exact = true, .integer = first + (Int128)rows - 1}};
    columns[1] = (ColumnStatistics){.rows = rows,
                                    .distinct = 2,
                                    .min = {.known = true, .exact = true, .text = {"click", 5}},
                                    .max = {.known = true, .text = {"vif", 3}}};
    columns[2] = (ColumnStatistics){.rows = rows, .nulls = rows};
}

/* One tablet of 100 rows to a table, by a load of its own. */
static Status
commit_one(Catalog *catalog, uint64_t table_id, const char *query_id, Int128 first, bool replace,
           CommitResult *result, Error *error)
{
    ColumnStatistics columns[3];
    char path[64];
    uint64_t load;

    TRY(catalog_begin_load(catalog, &load, error));
    tablet_statistics(columns, 100, first);
    snprintf(path, sizeof path, "tables/events-1/%llu-0-0", (unsigned long long)load);
    const NewTablet tablet = {.path = path, .rows = 100, .bytes = 4096, .partition = -1, .columns = columns};
    const CommitRequest request = {.load = load,
                                   .epoch = catalog_epoch(catalog),
                                   .query_id = query_id,
                                   .table_id = table_id,
                                   .replace = replace,
                                   .tablet_count = 1,
                                   .tablets = &tablet};
    return catalog_commit(catalog, &request, result, error);
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
check_events(Catalog *catalog, uint64_t rows)
{
    const TableInfo *table = find(catalog, "events");

    ck_assert_uint_eq(table->rows, rows);
    ck_assert_uint_eq(table->column_count, 3);
    ck_assert_str_eq(table->columns[1].name, "event_type");
    ck_assert(table->columns[0].not_null && !table->columns[1].not_null);
    ck_assert(type_equal(table->columns[2].type, type_numeric(12, 2)));
    ck_assert_uint_eq(table->columns[2].id, 3);
    ck_assert_uint_eq(table->tablet_count, rows / 100);
    ck_assert_uint_eq(table->bytes, rows / 100 * 4096);
    ck_assert_uint_eq(table->statistics[0].rows, rows);
    ck_assert_uint_eq(table->statistics[2].nulls, rows);
    if (rows > 0) {
        ck_assert(table->statistics[1].max.known && !table->statistics[1].max.exact);
        ck_assert(memcmp(table->statistics[1].max.text.data, "vif", 3) == 0);
    }
    table_info_release(&table);
}

START_TEST(keeps_tables_over_restarts)
{
    Catalog *catalog = open_catalog();
    CommitResult result;
    Error error = {0};

    ck_assert_uint_eq(catalog_epoch(catalog), 1);
    create_events(catalog, "events");
    const TableInfo *before = find(catalog, "events");
    ck_assert_int_eq(commit_one(catalog, before->id, "q1", 1, false, &result, &error), STATUS_OK);
    ck_assert_int_eq(commit_one(catalog, before->id, "q2", 101, false, &result, &error), STATUS_OK);
    ck_assert_uint_eq(before->tablet_count, 0); /* a pinned snapshot does not change */
    table_info_release(&before);
    check_events(catalog, 200);
    catalog_close(&catalog);

    catalog = open_catalog();
    ck_assert_uint_eq(catalog_epoch(catalog), 2);
    check_events(catalog, 200);
    const TableInfo *table = find(catalog, "events");
    ck_assert(table->statistics[0].min.integer == 1 && table->statistics[0].max.integer == 200);
    ck_assert_uint_eq(table->version, 3);
    table_info_release(&table);
    catalog_close(&catalog);
}
END_TEST

START_TEST(refuses_bad_definitions)
{
    Catalog *catalog = open_catalog();
    TableDefinition definition = events_definition("events");
    bool created;

    create_events(catalog, "events");
    Error error = {0};
    ck_assert_int_eq(catalog_create_table(catalog, NULL, &definition, false, &created, &error),
                     STATUS_DUPLICATE_TABLE);
    ck_assert_str_eq(error.message, "relation \"events\" already exists");
    ck_assert_int_eq(catalog_create_table(catalog, NULL, &definition, true, &created, NULL), STATUS_OK);
    ck_assert(!created);

    ColumnInfo twice[] = {events_columns[0], events_columns[0]};
    definition = (TableDefinition){.name = "t", .column_count = 2, .columns = twice};
    ck_assert_int_eq(catalog_create_table(catalog, NULL, &definition, false, &created, NULL),
                     STATUS_DUPLICATE_COLUMN);
    definition.column_count = 0;
    ck_assert_int_eq(catalog_create_table(catalog, NULL, &definition, false, &created, NULL),
                     STATUS_INVALID_TABLE_DEFINITION);
    definition = events_definition("");
    ck_assert_int_eq(catalog_create_table(catalog, NULL, &definition, false, &created, NULL),
                     STATUS_INVALID_NAME);

    const TableInfo *table;
    error_clear(&error);
    ck_assert_int_eq(catalog_find_table(catalog, NULL, "Events", &table, &error), STATUS_UNDEFINED_TABLE);
    ck_assert_str_eq(error.message, "relation \"Events\" does not exist");
    ck_assert_int_eq(catalog_drop_table(catalog, NULL, NULL, "nothing", false, NULL), STATUS_UNDEFINED_TABLE);
    ck_assert_int_eq(catalog_drop_table(catalog, NULL, NULL, "nothing", true, NULL), STATUS_OK);
    catalog_close(&catalog);
}
END_TEST

START_TEST(lists_tables_by_name)
{
    static const char *const names[] = {"m", "a", "z", "Q"};
    static const char *const ordered[] = {"Q", "a", "m", "z"};
    Catalog *catalog = open_catalog();
    const TableInfo **tables;
    size_t count;

    for (int i = 0; i < 4; i++)
        create_events(catalog, names[i]);
    for (int round = 0; round < 2; round++) {
        ck_assert_int_eq(catalog_list_tables(catalog, &tables, &count, NULL), STATUS_OK);
        ck_assert_uint_eq(count, 4);
        for (size_t i = 0; i < count; i++) {
            ck_assert_str_eq(tables[i]->name, ordered[i]);
            table_info_release(&tables[i]);
        }
        free(tables);
        catalog_close(&catalog);
        catalog = open_catalog();
    }
    catalog_close(&catalog);
}
END_TEST

START_TEST(a_query_commits_once)
{
    Catalog *catalog = open_catalog();
    CommitResult result;
    Error error = {0};

    create_events(catalog, "events");
    const TableInfo *table = find(catalog, "events");
    const uint64_t id = table->id;
    table_info_release(&table);
    ck_assert_int_eq(commit_one(catalog, id, "same", 1, false, &result, &error), STATUS_OK);
    ck_assert(!result.repeated && result.rows == 100);
    ck_assert_int_eq(commit_one(catalog, id, "same", 1, false, &result, &error), STATUS_OK);
    ck_assert(result.repeated && result.rows == 100 && result.table_id == id);
    check_events(catalog, 100);

    catalog_close(&catalog);
    catalog = open_catalog();
    ck_assert_int_eq(commit_one(catalog, id, "same", 1, false, &result, &error), STATUS_OK);
    ck_assert(result.repeated && result.rows == 100);
    check_events(catalog, 100);
    catalog_close(&catalog);
}
END_TEST

START_TEST(refuses_stale_commits)
{
    Catalog *catalog = open_catalog();
    CommitResult result;
    CommitRequest request = {0};

    create_events(catalog, "events");
    const TableInfo *table = find(catalog, "events");
    request.table_id = table->id;
    table_info_release(&table);
    ck_assert_int_eq(catalog_begin_load(catalog, &request.load, NULL), STATUS_OK);
    request.epoch = catalog_epoch(catalog) + 1;
    ck_assert_int_eq(catalog_commit(catalog, &request, &result, NULL), STATUS_SERIALIZATION);

    request.epoch = catalog_epoch(catalog);
    ck_assert_int_eq(catalog_abandon_load(catalog, request.load, NULL), STATUS_OK);
    ck_assert_int_eq(catalog_commit(catalog, &request, &result, NULL), STATUS_SERIALIZATION);

    ck_assert_int_eq(catalog_begin_load(catalog, &request.load, NULL), STATUS_OK);
    ck_assert_int_eq(catalog_drop_table(catalog, NULL, NULL, "events", false, NULL), STATUS_OK);
    ck_assert_int_eq(catalog_commit(catalog, &request, &result, NULL), STATUS_UNDEFINED_TABLE);

    /* A load of a process that died may not commit under its successor. */
    create_events(catalog, "events");
    catalog_close(&catalog);
    catalog = open_catalog();
    request.epoch = catalog_epoch(catalog);
    ck_assert_int_eq(catalog_commit(catalog, &request, &result, NULL), STATUS_SERIALIZATION);
    catalog_close(&catalog);
}
END_TEST

/* Delete rows [first, end) of a table's tablet. */
static Status
delete_rows(Catalog *catalog, uint64_t table, uint64_t tablet, uint64_t first, uint64_t end, Error *error)
{
    DeletionSet set = {0};
    CommitRequest request = {.epoch = catalog_epoch(catalog), .table_id = table, .deletions = &set};
    CommitResult result;

    ck_assert_int_eq(catalog_begin_load(catalog, &request.load, NULL), STATUS_OK);
    for (uint64_t row = first; row < end; row++)
        ck_assert_int_eq(deletion_set_add(&set, tablet, row, NULL), STATUS_OK);
    const Status status = catalog_commit(catalog, &request, &result, error);
    if (status == STATUS_OK)
        ck_assert_uint_eq(result.rows, end - first);
    deletion_set_destroy(&set);
    return status;
}

/* First committer wins, row by row; old snapshots stay; tablets without rows go. */
START_TEST(deletes_rows)
{
    Catalog *catalog = open_catalog();
    Error error = {0};
    CommitResult result;

    create_events(catalog, "events");
    const TableInfo *table = find(catalog, "events");
    const uint64_t id = table->id;
    table_info_release(&table);
    ck_assert_int_eq(commit_one(catalog, id, NULL, 0, false, &result, &error), STATUS_OK);
    const TableInfo *before = find(catalog, "events");
    const uint64_t tablet = before->tablets[0].id;
    ck_assert_int_eq(delete_rows(catalog, id, tablet, 10, 20, &error), STATUS_OK);
    ck_assert_int_eq(delete_rows(catalog, id, tablet, 19, 25, &error), STATUS_SERIALIZATION);
    ck_assert_int_eq(delete_rows(catalog, id, tablet + 1, 0, 1, &error), STATUS_SERIALIZATION);
    ck_assert_int_eq(commit_one(catalog, id, NULL, 100, false, &result, &error), STATUS_OK);
    ck_assert_int_eq(delete_rows(catalog, id, tablet, 20, 25, &error), STATUS_OK);
    ck_assert_uint_eq(before->rows, 100);
    ck_assert_uint_eq(before->deleted, 0);
    table_info_release(&before);

    catalog_close(&catalog);
    catalog = open_catalog();
    table = find(catalog, "events");
    ck_assert_uint_eq(table->rows, 185);
    ck_assert_uint_eq(table->deleted, 15);
    ck_assert_uint_eq(table->tablets[0].deleted, 15);
    ck_assert_int_eq(delete_rows(catalog, id, tablet, 24, 26, &error), STATUS_SERIALIZATION);
    ck_assert_int_eq(delete_rows(catalog, id, tablet, 25, 100, &error), STATUS_OK);
    ck_assert_int_eq(delete_rows(catalog, id, tablet, 0, 10, &error), STATUS_OK);
    table_info_release(&table);
    table = find(catalog, "events");
    ck_assert_uint_eq(table->tablet_count, 1);
    ck_assert_uint_eq(table->rows, 100);
    ck_assert_uint_eq(table->deleted, 0);
    table_info_release(&table);
    catalog_close(&catalog);
}
END_TEST

/* Files that may be removed. */
static int
count_files(Catalog *catalog)
{
    CatalogGarbage garbage = {0};
    bool found = true;
    int count = 0;

    for (uint64_t after = 0; found; after = garbage.id) {
        ck_assert_int_eq(catalog_next_garbage(catalog, after, &garbage, &found, NULL), STATUS_OK);
        count += found && garbage.path[0] != '\0';
    }
    return count;
}

/* One tablet of 100 rows in the place of others, as they were in `read`. */
static Status
merge_tablets(Catalog *catalog, const TableInfo *read, uint32_t first, uint32_t count, uint64_t load)
{
    ColumnStatistics columns[3];
    MergedTablet merged[8];
    CommitResult result;
    char path[64];

    tablet_statistics(columns, 100, 0);
    snprintf(path, sizeof path, "tables/events-1/%llu-0-0", (unsigned long long)load);
    for (uint32_t i = 0; i < count; i++)
        merged[i] = (MergedTablet){read->tablets[first + i].id, read->tablets[first + i].deleted};
    const NewTablet tablet = {.path = path, .rows = 100, .bytes = 4096, .partition = -1, .columns = columns};
    const CommitRequest request = {.load = load,
                                   .epoch = catalog_epoch(catalog),
                                   .table_id = read->id,
                                   .shape = read->shape,
                                   .tablet_count = 1,
                                   .tablets = &tablet,
                                   .merged_count = count,
                                   .merged = merged};
    return catalog_commit(catalog, &request, &result, NULL);
}

/* Tablets 1 and 2 of five are one, in their place, also after a restart; old snapshots have them still. */
START_TEST(puts_tablets_together)
{
    Catalog *catalog = open_catalog();
    CommitResult result;
    uint64_t load;

    create_events(catalog, "events");
    const TableInfo *before = find(catalog, "events");
    const uint64_t id = before->id;
    table_info_release(&before);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(commit_one(catalog, id, NULL, 100 * i, false, &result, NULL), STATUS_OK);
    before = find(catalog, "events");
    ck_assert_int_eq(commit_one(catalog, id, NULL, 400, false, &result, NULL), STATUS_OK);
    ck_assert_int_eq(catalog_begin_load(catalog, &load, NULL), STATUS_OK);
    ck_assert_int_eq(merge_tablets(catalog, before, 1, 2, load), STATUS_OK);
    check_events(catalog, 400);
    ck_assert_uint_eq(before->tablet_count, 4);
    ck_assert_int_eq(count_files(catalog), 0); /* `before` may read them */
    const TableInfo *after = find(catalog, "events");
    const uint64_t last = after->tablets[3].id;
    ck_assert_uint_eq(after->tablets[0].id, before->tablets[0].id);
    ck_assert_uint_gt(after->tablets[1].id, last);
    ck_assert_uint_eq(after->tablets[2].id, before->tablets[3].id);

    /* What is no longer there cannot be merged again, nor deleted from; nor what has lost rows since. */
    ck_assert_int_eq(catalog_begin_load(catalog, &load, NULL), STATUS_OK);
    ck_assert_int_eq(merge_tablets(catalog, before, 0, 2, load), STATUS_SERIALIZATION);
    ck_assert_int_eq(delete_rows(catalog, id, before->tablets[1].id, 0, 1, NULL), STATUS_SERIALIZATION);
    ck_assert_int_eq(delete_rows(catalog, id, after->tablets[0].id, 0, 1, NULL), STATUS_OK);
    ck_assert_int_eq(merge_tablets(catalog, after, 0, 2, load), STATUS_SERIALIZATION);
    table_info_release(&before);
    table_info_release(&after);
    ck_assert_int_eq(count_files(catalog), 2);

    catalog_close(&catalog);
    catalog = open_catalog();
    after = find(catalog, "events");
    ck_assert_uint_eq(after->tablet_count, 4);
    ck_assert_uint_gt(after->tablets[1].id, last);
    ck_assert_uint_eq(after->tablets[3].id, last);
    /* What stands in a place hands it on. */
    ck_assert_int_eq(catalog_begin_load(catalog, &load, NULL), STATUS_OK);
    ck_assert_int_eq(merge_tablets(catalog, after, 1, 2, load), STATUS_OK);
    table_info_release(&after);
    catalog_close(&catalog);
    catalog = open_catalog();
    after = find(catalog, "events");
    ck_assert_uint_eq(after->tablet_count, 3);
    ck_assert_uint_eq(after->tablets[2].id, last);
    table_info_release(&after);
    catalog_close(&catalog);
}
END_TEST

START_TEST(remembers_what_a_query_has_done)
{
    Catalog *catalog = open_catalog();
    Arena *arena = arena_new(NULL);
    TableDefinition definition = events_definition("once");
    CommitResult result;
    const char *answer;
    uint64_t rows;
    bool found;
    bool created;

    ck_assert_int_eq(catalog_create_table(catalog, "q1", &definition, false, &created, NULL), STATUS_OK);
    ck_assert(created);
    const TableInfo *table = find(catalog, "once");
    CommitRequest request = {
        .table_id = table->id, .epoch = catalog_epoch(catalog), .query_id = "q2", .answer = "{}"};
    table_info_release(&table);
    ck_assert_int_eq(catalog_begin_load(catalog, &request.load, NULL), STATUS_OK);
    ck_assert_int_eq(catalog_commit(catalog, &request, &result, NULL), STATUS_OK);
    catalog_close(&catalog);

    catalog = open_catalog();
    ck_assert_int_eq(catalog_create_table(catalog, "q1", &definition, false, &created, NULL), STATUS_OK);
    ck_assert(!created);
    ck_assert_int_eq(catalog_find_commit(catalog, "q2", arena, &found, &rows, &answer, NULL), STATUS_OK);
    ck_assert(found && rows == 0 && strcmp(answer, "{}") == 0);
    ck_assert_int_eq(catalog_find_commit(catalog, "q3", arena, &found, &rows, &answer, NULL), STATUS_OK);
    ck_assert(!found);

    /* A drop that is repeated does not touch the table that came after it. */
    ck_assert_int_eq(catalog_drop_table(catalog, "q3", NULL, "once", false, NULL), STATUS_OK);
    create_events(catalog, "once");
    ck_assert_int_eq(catalog_drop_table(catalog, "q3", NULL, "once", false, NULL), STATUS_OK);
    table = find(catalog, "once");
    table_info_release(&table);
    arena_destroy(&arena);
    catalog_close(&catalog);
}
END_TEST

START_TEST(creates_with_bounds_in_one_commit)
{
    static const int64_t bounds[] = {10, 20};
    static const int64_t others[] = {10, 21};
    Catalog *catalog = open_catalog();
    TableDefinition definition = events_definition("made");
    static const uint32_t order[] = {1, 0};
    CommitResult result;
    CommitRequest request = {.create = &definition, .range_bounds = bounds, .epoch = catalog_epoch(catalog)};

    definition.partition = (PartitionSpec){.kind = PARTITION_RANGE, .column = 0, .count = 3};
    definition.order_count = 2;
    definition.order_columns = order;
    ck_assert_int_eq(catalog_begin_load(catalog, &request.load, NULL), STATUS_OK);
    ck_assert_int_eq(catalog_commit(catalog, &request, &result, NULL), STATUS_OK);
    catalog_close(&catalog);
    catalog = open_catalog();
    const TableInfo *table = find(catalog, "made");
    ck_assert_int_eq(table->partition.kind, PARTITION_RANGE);
    ck_assert_uint_eq(table->partition.count, 3);
    ck_assert(memcmp(table->partition.bounds, bounds, sizeof bounds) == 0);
    ck_assert(table->order_count == 2 && table->order_columns[0] == 1);

    request = (CommitRequest){.table_id = table->id, .range_bounds = others, .epoch = catalog_epoch(catalog)};
    table_info_release(&table);
    ck_assert_int_eq(catalog_begin_load(catalog, &request.load, NULL), STATUS_OK);
    ck_assert_int_eq(catalog_commit(catalog, &request, &result, NULL), STATUS_SERIALIZATION);
    request.range_bounds = bounds;
    ck_assert_int_eq(catalog_commit(catalog, &request, &result, NULL), STATUS_OK);
    catalog_close(&catalog);
}
END_TEST

/* The number of pieces that may be removed now, and the last one. */
static int
count_garbage(Catalog *catalog, CatalogGarbage *last)
{
    uint64_t after = 0;
    int count = 0;
    bool found;

    for (;;) {
        CatalogGarbage garbage;
        ck_assert_int_eq(catalog_next_garbage(catalog, after, &garbage, &found, NULL), STATUS_OK);
        if (!found)
            return count;
        after = garbage.id;
        if (garbage.path[0] == '\0')
            continue;
        *last = garbage;
        count++;
    }
}

START_TEST(sweeps_only_what_nobody_reads)
{
    Catalog *catalog = open_catalog();
    CommitResult result;
    CatalogGarbage garbage;
    bool owned;

    create_events(catalog, "events");
    const TableInfo *table = find(catalog, "events");
    ck_assert_int_eq(commit_one(catalog, table->id, NULL, 1, false, &result, NULL), STATUS_OK);
    table_info_release(&table);
    table = find(catalog, "events");
    char path[64];
    snprintf(path, sizeof path, "%s", table->tablets[0].path);
    ck_assert_int_eq(commit_one(catalog, table->id, NULL, 1, true, &result, NULL), STATUS_OK);
    check_events(catalog, 100);
    ck_assert_int_eq(count_garbage(catalog, &garbage), 0); /* `table` still lists it */
    ck_assert_int_eq(catalog_owns_file(catalog, path, &owned, NULL), STATUS_OK);
    ck_assert(owned);
    table_info_release(&table);
    ck_assert_int_eq(count_garbage(catalog, &garbage), 1);
    ck_assert_str_eq(garbage.path, path);
    ck_assert_int_eq(catalog_forget_garbage(catalog, &garbage.id, 1, NULL), STATUS_OK);
    ck_assert_int_eq(catalog_owns_file(catalog, path, &owned, NULL), STATUS_OK);
    ck_assert(!owned);

    table = find(catalog, "events");
    ck_assert_int_eq(catalog_drop_table(catalog, NULL, NULL, "events", false, NULL), STATUS_OK);
    ck_assert_int_eq(count_garbage(catalog, &garbage), 0);
    ck_assert_uint_eq(table->tablets[0].rows, 100);
    table_info_release(&table);
    ck_assert_int_eq(count_garbage(catalog, &garbage), 1);
    catalog_close(&catalog);
}
END_TEST

START_TEST(an_unfinished_load_is_garbage_after_restart)
{
    Catalog *catalog = open_catalog();
    CatalogGarbage garbage;
    uint64_t load;
    bool found;

    ck_assert_int_eq(catalog_begin_load(catalog, &load, NULL), STATUS_OK);
    ck_assert_int_eq(catalog_next_garbage(catalog, 0, &garbage, &found, NULL), STATUS_OK);
    ck_assert(!found);
    catalog_close(&catalog);
    catalog = open_catalog();
    ck_assert_int_eq(catalog_next_garbage(catalog, 0, &garbage, &found, NULL), STATUS_OK);
    ck_assert(found && garbage.load == load && garbage.path[0] == '\0');
    uint64_t next;
    ck_assert_int_eq(catalog_begin_load(catalog, &next, NULL), STATUS_OK);
    ck_assert_uint_gt(next, load);
    catalog_close(&catalog);
}
END_TEST

START_TEST(one_owner_a_directory)
{
    Catalog *catalog = open_catalog();
    Catalog *second = NULL;
    char contact[128];
    char pid[32];
    bool owned;
    Error error = {0};

    ck_assert_int_eq(catalog_open(directory, &second, &error), STATUS_UNAVAILABLE);
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    ck_assert_msg(strstr(error.message, pid) != NULL, "%s", error.message);

    ck_assert_int_eq(catalog_set_contact(catalog, "ipc:///tmp/a.sock", NULL), STATUS_OK);
    ck_assert_int_eq(catalog_read_contact(directory, contact, sizeof contact, &owned, NULL), STATUS_OK);
    ck_assert(owned);
    ck_assert_str_eq(contact, "ipc:///tmp/a.sock");
    error_clear(&error);
    ck_assert_int_eq(catalog_open(directory, &second, &error), STATUS_UNAVAILABLE);
    ck_assert_msg(strstr(error.message, "ipc:///tmp/a.sock") != NULL, "%s", error.message);
    ck_assert_int_eq(catalog_set_contact(catalog, "two\nlines", NULL), STATUS_INVALID_PARAMETER);

    catalog_close(&catalog);
    ck_assert_int_eq(catalog_read_contact(directory, contact, sizeof contact, &owned, NULL), STATUS_OK);
    ck_assert(!owned);
    ck_assert_int_eq(
        catalog_read_contact("/tmp/there-is-no-such-place", contact, sizeof contact, &owned, NULL),
        STATUS_OK);
    ck_assert(!owned);
}
END_TEST

START_TEST(damage_is_told)
{
    char path[128];

    snprintf(path, sizeof path, "%s/catalog.db", directory);
    Catalog *catalog = open_catalog();
    for (int i = 0; i < 50; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%d", i);
        create_events(catalog, name);
    }
    catalog_close(&catalog);

    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    const off_t pages = status.st_size / 4096;
    off_t refused = 0;
    for (off_t page = 0; page < pages; page++) {
        char damage[64];
        char saved[sizeof damage];
        const int file = open(path, O_RDWR);
        ck_assert_int_eq(pread(file, saved, sizeof saved, page * 4096), sizeof saved);
        memset(damage, 0xA5, sizeof damage);
        ck_assert_int_eq(pwrite(file, damage, sizeof damage, page * 4096), sizeof damage);
        Error error = {0};
        catalog = NULL;
        const Status opened = catalog_open(directory, &catalog, &error);
        ck_assert_msg(opened == STATUS_OK || opened == STATUS_CORRUPT, "%s: %s", status_text(opened),
                      error.message);
        ck_assert(page > 0 || opened == STATUS_CORRUPT);
        refused += opened == STATUS_CORRUPT;
        catalog_close(&catalog);
        ck_assert_int_eq(pwrite(file, saved, sizeof saved, page * 4096), sizeof saved);
        close(file);
    }
    ck_assert_int_ge(pages, 10);
    ck_assert_int_ge(refused, pages * 3 / 4);
}
END_TEST

/* A limit on the size of files stands for a full disk: the write fails in the middle. */
START_TEST(a_full_disk_is_told)
{
    Catalog *catalog = open_catalog();
    const struct rlimit limit = {256 << 10, 256 << 10};
    CommitResult result;
    uint64_t rows = 0;

    create_events(catalog, "events");
    const TableInfo *table = find(catalog, "events");
    const uint64_t id = table->id;
    table_info_release(&table);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    Status status = STATUS_OK;
    Error error = {0};
    for (int i = 0; i < 5000 && status == STATUS_OK; i++) {
        status = commit_one(catalog, id, NULL, i, false, &result, &error);
        rows += status == STATUS_OK ? 100 : 0;
    }
    ck_assert_msg(status == STATUS_DISK_FULL, "%s: %s", status_text(status), error.message);
    ck_assert_uint_gt(rows, 0);
    check_events(catalog, rows);
    catalog_close(&catalog);
}
END_TEST

/* Commits until it is killed; each one that returned is told by a byte in the pipe. */
static void
commit_until_killed(int told)
{
    Catalog *catalog = NULL;
    CommitResult result;

    if (catalog_open(directory, &catalog, NULL) != STATUS_OK)
        _exit(1);
    const TableInfo *table = find(catalog, "events");
    for (uint64_t i = 0;; i++) {
        char query[64];
        snprintf(query, sizeof query, "e%llu-%llu", (unsigned long long)catalog_epoch(catalog),
                 (unsigned long long)i);
        if (commit_one(catalog, table->id, query, (Int128)i * 100, false, &result, NULL) != STATUS_OK)
            _exit(2);
        if (write(told, "c", 1) != 1)
            _exit(3);
    }
}

START_TEST(a_killed_process_loses_no_commit)
{
    Random random = {2024};
    uint64_t at_least = 0;
    Catalog *catalog = open_catalog();

    create_events(catalog, "events");
    catalog_close(&catalog);
    for (int round = 0; round < 6; round++) {
        int pipes[2];
        ck_assert_int_eq(pipe(pipes), 0);
        const pid_t child = fork();
        if (child == 0)
            commit_until_killed(pipes[1]);
        close(pipes[1]);
        char byte;
        ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
        at_least++;
        usleep((useconds_t)random_below(&random, 30000));
        kill(child, SIGKILL);
        int status;
        waitpid(child, &status, 0);
        ck_assert(WIFSIGNALED(status));
        while (read(pipes[0], &byte, 1) == 1)
            at_least++;
        close(pipes[0]);

        catalog = open_catalog();
        const TableInfo *table = find(catalog, "events");
        /* One commit a round may be durable without having been told. */
        ck_assert_uint_ge(table->tablet_count, at_least);
        ck_assert_uint_le(table->tablet_count, at_least + 1);
        ck_assert_uint_eq(table->rows, (uint64_t)table->tablet_count * 100);
        at_least = table->tablet_count;
        table_info_release(&table);
        catalog_close(&catalog);
    }
}
END_TEST

typedef struct Shared {
    Catalog *catalog;
    uint64_t table_id;
    _Atomic(int) failures;
} Shared;

static void *
write_and_read(void *argument)
{
    Shared *shared = argument;

    for (int i = 0; i < 20; i++) {
        CommitResult result;
        const TableInfo *table;
        if (commit_one(shared->catalog, shared->table_id, NULL, i, false, &result, NULL) != STATUS_OK)
            shared->failures++;
        if (catalog_find_table(shared->catalog, NULL, "events", &table, NULL) != STATUS_OK) {
            shared->failures++;
            continue;
        }
        uint64_t rows = 0;
        for (uint32_t t = 0; t < table->tablet_count; t++)
            rows += table->tablets[t].rows;
        if (rows != table->rows)
            shared->failures++;
        table_info_release(&table);
    }
    return NULL;
}

START_TEST(threads_commit_side_by_side)
{
    Shared shared = {.catalog = open_catalog()};
    pthread_t threads[4];

    create_events(shared.catalog, "events");
    const TableInfo *table = find(shared.catalog, "events");
    shared.table_id = table->id;
    table_info_release(&table);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_and_read, &shared), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(shared.failures, 0);
    check_events(shared.catalog, 4 * 20 * 100);
    catalog_close(&shared.catalog);
}
END_TEST

static void
create_view(Catalog *catalog, const char *name, const char *sql, bool replace, ObjectKind kind, uint64_t used,
            Status expected)
{
    const ViewUse use = {kind, used};
    const ViewDefinition definition = {
        .name = name, .sql = sql, .replace = replace, .use_count = 1, .uses = &use};

    ck_assert_int_eq(catalog_create_view(catalog, NULL, &definition, NULL), expected);
}

START_TEST(views_are_kept_and_hold_what_they_use)
{
    Catalog *catalog;
    Arena *arena = arena_new(NULL);
    DependentViews gone;
    ViewInfo first;
    ViewInfo second;
    const TableInfo *table;

    ck_assert_int_eq(catalog_open(directory, &catalog, NULL), STATUS_OK);
    create_events(catalog, "events");
    ck_assert_int_eq(catalog_find_table(catalog, NULL, "events", &table, NULL), STATUS_OK);
    const uint64_t id = table->id;
    table_info_release(&table);
    create_view(catalog, "v", "CREATE VIEW v AS SELECT 1", false, OBJECT_TABLE, id, STATUS_OK);
    create_view(catalog, "v", "CREATE VIEW v AS SELECT 2", false, OBJECT_TABLE, id, STATUS_DUPLICATE_TABLE);
    create_view(catalog, "v", "CREATE VIEW v AS SELECT 3", true, OBJECT_TABLE, id, STATUS_OK);
    create_view(catalog, "events", "CREATE VIEW events AS SELECT 1", true, OBJECT_TABLE, id,
                STATUS_DUPLICATE_TABLE);
    create_view(catalog, "w", "CREATE VIEW w AS SELECT 1", false, OBJECT_TABLE, id + 1000,
                STATUS_SERIALIZATION);
    ck_assert_int_eq(catalog_find_view(catalog, NULL, "v", arena, &first, NULL), STATUS_OK);
    create_view(catalog, "w", "CREATE VIEW w AS SELECT 1 FROM v", false, OBJECT_VIEW, first.id, STATUS_OK);
    catalog_close(&catalog);

    ck_assert_int_eq(catalog_open(directory, &catalog, NULL), STATUS_OK);
    ck_assert_int_eq(catalog_find_view(catalog, "public", "v", arena, &second, NULL), STATUS_OK);
    ck_assert_uint_eq(second.id, first.id);
    ck_assert_str_eq(second.sql, "CREATE VIEW v AS SELECT 3");
    ck_assert_int_eq(catalog_drop_table(catalog, NULL, NULL, "events", false, NULL),
                     STATUS_DEPENDENT_OBJECTS);
    ck_assert_int_eq(catalog_drop_table(catalog, NULL, NULL, "v", false, NULL), STATUS_WRONG_OBJECT_TYPE);
    const DropRequest view = {.name = "v", .kind = OBJECT_VIEW};
    ck_assert_int_eq(catalog_drop_view(catalog, NULL, &view, arena, &gone, NULL), STATUS_DEPENDENT_OBJECTS);
    const DropRequest all = {.name = "events", .cascade = true};
    ck_assert_int_eq(catalog_drop_table_and_views(catalog, NULL, &all, arena, &gone, NULL), STATUS_OK);
    ck_assert_uint_eq(gone.count, 2);
    ck_assert_int_eq(catalog_find_view(catalog, NULL, "w", arena, &second, NULL), STATUS_UNDEFINED_TABLE);
    catalog_close(&catalog);
    arena_destroy(&arena);
}
END_TEST

static Type
composite(Arena *arena, const char *name, Type field)
{
    const Type type = type_record(arena, name, 2);

    type.nested->names[0] = "a";
    type.nested->names[1] = "b";
    type.nested->types[0] = type_of(TYPE_INT4);
    type.nested->types[1] = field;
    return type;
}

static Status
drop_type(Catalog *catalog, Arena *arena, const char *name, bool cascade, DependentObjects *gone)
{
    const DropRequest request = {.name = name, .kind = OBJECT_TYPE, .cascade = cascade};

    return catalog_drop_type(catalog, "drop", &request, arena, gone, NULL);
}

static void
create_table_of(Catalog *catalog, const char *name, Type type)
{
    ColumnInfo columns[2] = {{.name = "k", .type = type_of(TYPE_INT8)}, {.name = "c", .type = type}};
    const TableDefinition definition = {.name = name, .column_count = 2, .columns = columns};
    bool created;

    ck_assert_int_eq(catalog_create_table(catalog, NULL, &definition, false, &created, NULL), STATUS_OK);
}

START_TEST(types_are_kept_and_go_with_their_columns)
{
    Arena *arena = arena_new(NULL);
    const Type inner = composite(arena, "inner", type_of(TYPE_TEXT));
    const Type outer = composite(arena, "outer", type_list(inner));
    Catalog *catalog = open_catalog();
    DependentObjects gone;
    CompositeInfo found;
    const TableInfo *table;

    ck_assert_int_eq(catalog_create_type(catalog, "one", inner, NULL), STATUS_OK);
    ck_assert_int_eq(catalog_create_type(catalog, "one", inner, NULL), STATUS_OK); /* the same statement */
    ck_assert_int_eq(catalog_create_type(catalog, "two", inner, NULL), STATUS_DUPLICATE_OBJECT);
    ck_assert_int_eq(catalog_create_type(catalog, NULL, outer, NULL), STATUS_OK);
    create_table_of(catalog, "lists", type_list(outer));
    catalog_close(&catalog);

    catalog = open_catalog();
    ck_assert_int_eq(catalog_find_type(catalog, NULL, "outer", arena, &found, NULL), STATUS_OK);
    ck_assert(type_equal(found.type, outer));
    ck_assert_int_eq(catalog_find_type(catalog, "other", "outer", arena, &found, NULL),
                     STATUS_UNDEFINED_OBJECT);
    ck_assert_int_eq(drop_type(catalog, arena, "inner", false, &gone), STATUS_DEPENDENT_OBJECTS);
    ck_assert_int_eq(drop_type(catalog, arena, "inner", true, &gone), STATUS_NOT_SUPPORTED);
    create_view(catalog, "v", "CREATE VIEW v AS SELECT 1", false, OBJECT_TYPE, found.id, STATUS_OK);
    ck_assert_int_eq(drop_type(catalog, arena, "outer", true, &gone), STATUS_OK);
    ck_assert_uint_eq(gone.count, 2);
    ck_assert_str_eq(gone.texts[0], "column c of table lists");
    catalog_close(&catalog);

    catalog = open_catalog();
    ck_assert_int_eq(catalog_find_type(catalog, NULL, "outer", arena, &found, NULL), STATUS_UNDEFINED_OBJECT);
    ck_assert_int_eq(catalog_find_type(catalog, NULL, "inner", arena, &found, NULL), STATUS_OK);
    ck_assert_int_eq(catalog_find_table(catalog, NULL, "lists", &table, NULL), STATUS_OK);
    ck_assert_uint_eq(table->column_count, 1);
    table_info_release(&table);
    catalog_close(&catalog);
    arena_destroy(&arena);
}
END_TEST

START_TEST(a_renamed_type_has_its_name_everywhere)
{
    Arena *arena = arena_new(NULL);
    const Type inner = composite(arena, "inner", type_of(TYPE_TEXT));
    const Type outer = composite(arena, "outer", type_list(inner));
    const Type other = composite(arena, "other", type_list(inner)); /* as outer is to become */
    Catalog *catalog = open_catalog();
    CompositeInfo found;
    const TableInfo *table;

    other.nested->types[1] = type_list(composite(arena, "other_inner", type_of(TYPE_TEXT)));
    ck_assert_int_eq(catalog_create_type(catalog, NULL, inner, NULL), STATUS_OK);
    ck_assert_int_eq(catalog_create_type(catalog, NULL, outer, NULL), STATUS_OK);
    create_table_of(catalog, "lists", type_list(outer));
    ck_assert_int_eq(catalog_rename_type(catalog, NULL, NULL, "inner", "lists", NULL),
                     STATUS_DUPLICATE_TABLE);
    ck_assert_int_eq(catalog_rename_type(catalog, NULL, NULL, "none", "some", NULL), STATUS_UNDEFINED_OBJECT);
    ck_assert_int_eq(catalog_rename_type(catalog, "one", NULL, "inner", "other_inner", NULL), STATUS_OK);
    ck_assert_int_eq(catalog_rename_type(catalog, "one", NULL, "inner", "other_inner", NULL), STATUS_OK);
    ck_assert_int_eq(catalog_rename_type(catalog, "two", NULL, "outer", "other", NULL), STATUS_OK);
    for (int i = 0; i < 2; i++) { /* in memory, and from the disk */
        ck_assert_int_eq(catalog_find_type(catalog, NULL, "other", arena, &found, NULL), STATUS_OK);
        ck_assert(type_equal(found.type, other));
        ck_assert_int_eq(catalog_find_table(catalog, NULL, "lists", &table, NULL), STATUS_OK);
        ck_assert(type_equal(table->columns[1].type, type_list(other)));
        table_info_release(&table);
        catalog_close(&catalog);
        catalog = open_catalog();
    }
    catalog_close(&catalog);
    arena_destroy(&arena);
}
END_TEST

static void
add_statement(Catalog *catalog, const char *id, int64_t submitted)
{
    const HistoryEntry entry = {.id = id, .submitted_us = submitted, .document = "{}"};
    Error error = {0};

    ck_assert_msg(catalog_history_add(catalog, &entry, &error) == STATUS_OK, "%s", error.message);
}

static void
end_statement(Catalog *catalog, const char *id, int64_t submitted, int64_t expires)
{
    const HistoryEntry entry = {
        .id = id, .submitted_us = submitted, .record = "told", .trees = "trees", .expires_us = expires};
    Error error = {0};

    ck_assert_msg(catalog_history_end(catalog, &entry, 1, &error) == STATUS_OK, "%s", error.message);
}

static void
keep_rows_of(Catalog *catalog, const char *id)
{
    TableDefinition definition = events_definition(id);
    bool created;

    definition.schema = HISTORY_RESULTS_SCHEMA;
    ck_assert_int_eq(catalog_create_table(catalog, NULL, &definition, false, &created, NULL), STATUS_OK);
    ck_assert(created);
}

static bool
has_rows_of(Catalog *catalog, const char *id)
{
    const TableInfo *table;

    if (catalog_find_table(catalog, HISTORY_RESULTS_SCHEMA, id, &table, NULL) != STATUS_OK)
        return false;
    table_info_release(&table);
    return true;
}

START_TEST(a_history_outlives_its_process)
{
    Catalog *catalog = open_catalog();
    Arena *arena = arena_new(NULL);
    const HistoryEntry *entries;
    size_t count;

    add_statement(catalog, "b", 20);
    add_statement(catalog, "a", 10);
    end_statement(catalog, "a", 10, 0);
    add_statement(catalog, "a", 99); /* said again: it has ended */
    catalog_close(&catalog);

    catalog = open_catalog();
    ck_assert_int_eq(catalog_history_read(catalog, arena, &entries, &count, NULL), STATUS_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(entries[0].id, "a");
    ck_assert_int_eq(entries[0].submitted_us, 10);
    ck_assert_ptr_null(entries[0].document);
    ck_assert_str_eq(entries[0].record, "told");
    ck_assert_str_eq(entries[0].trees, "trees");
    ck_assert_str_eq(entries[1].document, "{}");
    ck_assert_ptr_null(entries[1].record);
    arena_destroy(&arena);
    catalog_close(&catalog);
}
END_TEST

START_TEST(rows_go_with_their_statement)
{
    static const char *const ids[] = {"oldest", "expired", "kept", "running", "nobody"};
    Catalog *catalog = open_catalog();
    Arena *arena = arena_new(NULL);
    const HistoryEntry *entries;
    size_t count;

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        keep_rows_of(catalog, ids[i]);
    end_statement(catalog, "oldest", 1, 1000);
    end_statement(catalog, "expired", 2, 500);
    end_statement(catalog, "kept", 3, 1000);
    add_statement(catalog, "running", 0);
    create_events(catalog, "events");
    ck_assert_int_eq(catalog_history_trim(catalog, 2, 1, 500, NULL), STATUS_OK);
    ck_assert(!has_rows_of(catalog, "oldest"));
    ck_assert(!has_rows_of(catalog, "expired"));
    ck_assert(has_rows_of(catalog, "kept"));
    ck_assert(has_rows_of(catalog, "running"));
    ck_assert(!has_rows_of(catalog, "nobody"));

    ck_assert_int_eq(catalog_history_read(catalog, arena, &entries, &count, NULL), STATUS_OK);
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(entries[0].id, "running");
    ck_assert_str_eq(entries[1].id, "expired");
    ck_assert_ptr_null(entries[1].trees);
    ck_assert_ptr_nonnull(entries[2].trees);
    arena_destroy(&arena);
    catalog_close(&catalog);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("catalog");
    TCase *cases = tcase_create("catalog");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, make_directory, remove_directory);
    tcase_add_test(cases, keeps_tables_over_restarts);
    tcase_add_test(cases, refuses_bad_definitions);
    tcase_add_test(cases, lists_tables_by_name);
    tcase_add_test(cases, a_query_commits_once);
    tcase_add_test(cases, refuses_stale_commits);
    tcase_add_test(cases, deletes_rows);
    tcase_add_test(cases, puts_tablets_together);
    tcase_add_test(cases, remembers_what_a_query_has_done);
    tcase_add_test(cases, creates_with_bounds_in_one_commit);
    tcase_add_test(cases, sweeps_only_what_nobody_reads);
    tcase_add_test(cases, an_unfinished_load_is_garbage_after_restart);
    tcase_add_test(cases, one_owner_a_directory);
    tcase_add_test(cases, damage_is_told);
    tcase_add_test(cases, a_full_disk_is_told);
    tcase_add_test(cases, a_killed_process_loses_no_commit);
    tcase_add_test(cases, views_are_kept_and_hold_what_they_use);
    tcase_add_test(cases, types_are_kept_and_go_with_their_columns);
    tcase_add_test(cases, a_renamed_type_has_its_name_everywhere);
    tcase_add_test(cases, threads_commit_side_by_side);
    tcase_add_test(cases, a_history_outlives_its_process);
    tcase_add_test(cases, rows_go_with_their_statement);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
