/* From the database into memory, when a catalog is opened. */
#include "base/array.h"
#include "base/unpack.h"
#include "column/sketch.h"
#include "column/type_codec.h"
#include "store/catalog_bounds.h"
#include "store/catalog_state.h"
#include "tablet/deletions.h"

#include <stdlib.h>
#include <string.h>

static const char *
text_of(Arena *arena, sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);

    return arena_copy_string(arena, text != NULL ? text : "");
}

static Status
damaged(const TableInfo *table, const char *what, Error *error)
{
    return error_set(error, STATUS_CORRUPT, "the catalog is damaged: %s of table %s", what, table->name);
}

static Status
read_column(Arena *arena, sqlite3_stmt *statement, const TableInfo *table, ColumnInfo *column, Error *error)
{
    const void *bytes = sqlite3_column_blob(statement, 2);
    Unpack unpack = unpack_from(bytes, (size_t)sqlite3_column_bytes(statement, 2));

    column->id = (uint32_t)sqlite3_column_int64(statement, 0);
    column->name = text_of(arena, statement, 1);
    column->type = type_unpack(&unpack, arena);
    column->not_null = sqlite3_column_int(statement, 3) != 0;
    column->default_text =
        sqlite3_column_type(statement, 4) == SQLITE_NULL ? NULL : text_of(arena, statement, 4);
    column->in_primary_key = sqlite3_column_int(statement, 5) != 0;
    return unpack_is_done(&unpack) ? STATUS_OK : damaged(table, "a column's type", error);
}

static Status
read_columns(Catalog *catalog, Arena *arena, TableInfo *table, Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_LIST_COLUMNS);
    ColumnInfo *columns = NULL;
    size_t capacity = 0;
    Status status;
    bool row;

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)table->id);
    for (;;) {
        TRY_GOTO(database_step(&catalog->database, statement, &row, error), done);
        if (!row)
            break;
        if (!array_reserve((void **)&columns, &capacity, table->column_count + 1, sizeof *columns))
            TRY_GOTO(error_set_memory(error), done);
        TRY_GOTO(read_column(arena, statement, table, &columns[table->column_count], error), done);
        table->column_count++;
    }
    table->columns = arena_copy_aligned(arena, columns, table->column_count * sizeof *columns);
done:
    sqlite3_reset(statement);
    free(columns);
    return status;
}

static Status
read_order(Arena *arena, sqlite3_stmt *statement, int column, TableInfo *table, Error *error)
{
    const size_t bytes = (size_t)sqlite3_column_bytes(statement, column);

    if (bytes % sizeof(uint32_t) != 0)
        return damaged(table, "the order", error);
    table->order_count = (uint32_t)(bytes / sizeof(uint32_t));
    table->order_columns = arena_copy_aligned(arena, sqlite3_column_blob(statement, column), bytes);
    return STATUS_OK;
}

/* Columns are known here: bounds are of the partition column's type. */
static Status
read_partition(Arena *arena, sqlite3_stmt *statement, TableInfo *table, Error *error)
{
    PartitionSpec *spec = &table->partition;

    spec->kind = (PartitionKind)sqlite3_column_int(statement, 4);
    spec->column = (uint32_t)sqlite3_column_int64(statement, 5);
    spec->count = (uint32_t)sqlite3_column_int64(statement, 6);
    if (spec->kind > PARTITION_RANGE ||
        (spec->kind != PARTITION_NONE && spec->column >= table->column_count) ||
        (spec->kind == PARTITION_RANGE && spec->count == 0))
        return damaged(table, "the partitions", error);
    for (uint32_t i = 0; i < table->order_count; i++) {
        if (table->order_columns[i] >= table->column_count)
            return damaged(table, "the order", error);
    }
    if (sqlite3_column_type(statement, 7) == SQLITE_NULL)
        return STATUS_OK;
    return bounds_decode(arena, table->columns[spec->column].type, sqlite3_column_blob(statement, 7),
                         (size_t)sqlite3_column_bytes(statement, 7), spec->count - 1, &spec->bounds, error);
}

static Status
check_sketches(const TableInfo *table, const ColumnStatistics *columns, Error *error)
{
    ColumnSketch sketch;

    for (uint32_t i = 0; i < table->column_count; i++)
        if (columns[i].sketch != NULL)
            TRY(sketch_decode(columns[i].sketch, columns[i].sketch_size, type_layout(table->columns[i].type),
                              &sketch, error));
    return STATUS_OK;
}

/* As many rows as the catalog has counted, all of them in the tablet, some of them left. */
static Status
check_deletions(const TableInfo *table, const TabletInfo *tablet, Error *error)
{
    DeletionSet set = {0};
    Status status = STATUS_OK;

    if (tablet->deletions_size > 0)
        status = deletion_set_decode(&set, tablet->id, tablet->deletions, tablet->deletions_size,
                                     tablet->rows, NULL);
    if (status != STATUS_OK || deletion_set_rows(&set) != tablet->deleted ||
        (tablet->deleted > 0 && tablet->deleted >= tablet->rows))
        status = status == STATUS_OUT_OF_MEMORY ? error_set_memory(error)
                                                : damaged(table, "a tablet's deletions", error);
    deletion_set_destroy(&set);
    return status;
}

static Status
read_tablet(sqlite3_stmt *statement, const TableInfo *table, TabletImage **made, Error *error)
{
    Arena *arena = arena_new(NULL);
    ColumnStatistics *columns = ARENA_ARRAY(arena, ColumnStatistics, table->column_count);
    const TabletInfo info = {
        .id = (uint64_t)sqlite3_column_int64(statement, 0),
        .path = text_of(arena, statement, 1),
        .rows = (uint64_t)sqlite3_column_int64(statement, 2),
        .bytes = (uint64_t)sqlite3_column_int64(statement, 3),
        .partition = sqlite3_column_int(statement, 4),
        .columns = columns,
        .deleted = (uint64_t)sqlite3_column_int64(statement, 6),
        .deletions = sqlite3_column_blob(statement, 7),
        .deletions_size = (size_t)sqlite3_column_bytes(statement, 7),
    };
    const void *bytes = sqlite3_column_blob(statement, 5);
    const size_t size = (size_t)sqlite3_column_bytes(statement, 5);

    Status status = statistics_decode(arena, bytes, size, table->column_count, columns, error);
    if (status == STATUS_OK)
        status = check_sketches(table, columns, error);
    if (status == STATUS_OK)
        status = check_deletions(table, &info, error);
    if (status == STATUS_OK)
        *made = tablet_image_new(&info, table->column_count);
    arena_destroy(&arena);
    return status;
}

static Status
read_tablets(Catalog *catalog, const TableInfo *table, Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_LIST_TABLETS);
    TabletImage **tablets = NULL;
    size_t capacity = 0;
    uint32_t count = 0;
    Status status;
    bool row;

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)table->id);
    for (;;) {
        TRY_GOTO(database_step(&catalog->database, statement, &row, error), failed);
        if (!row)
            break;
        if (!array_reserve((void **)&tablets, &capacity, count + 1, sizeof *tablets))
            TRY_GOTO(error_set_memory(error), failed);
        TRY_GOTO(read_tablet(statement, table, &tablets[count], error), failed);
        count++;
    }
    if (!snapshots_reserve(&catalog->snapshots))
        TRY_GOTO(error_set_memory(error), failed);
    snapshots_publish(&catalog->snapshots, table_image_new(&catalog->snapshots, table, tablets, count));
    free(tablets);
    return STATUS_OK;

failed:
    sqlite3_reset(statement);
    for (uint32_t i = 0; i < count; i++)
        tablet_image_release(tablets[i]);
    free(tablets);
    return status;
}

static Status
read_table(Catalog *catalog, Arena *arena, sqlite3_stmt *statement, Error *error)
{
    TableInfo table = {
        .id = (uint64_t)sqlite3_column_int64(statement, 0),
        .version = (uint64_t)sqlite3_column_int64(statement, 1),
        .schema = text_of(arena, statement, 2),
        .name = text_of(arena, statement, 3),
    };

    TRY(read_columns(catalog, arena, &table, error));
    TRY(read_order(arena, statement, 8, &table, error));
    TRY(read_partition(arena, statement, &table, error));
    return read_tablets(catalog, &table, error);
}

Status
catalog_read_image(Catalog *catalog, Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_LIST_TABLES);
    Arena *arena = arena_new(NULL);
    Status status;
    bool row;

    for (;;) {
        status = database_step(&catalog->database, statement, &row, error);
        if (status != STATUS_OK || !row)
            break;
        status = read_table(catalog, arena, statement, error);
        if (status != STATUS_OK)
            break;
        arena_reset(arena);
    }
    sqlite3_reset(statement);
    arena_destroy(&arena);
    return status;
}
