/* ALTER TABLE: other columns, another name. */
#include "store/catalog_state.h"

#include <string.h>

/* An alteration under way. */
struct Alter {
    Catalog *catalog;
    const TableAlteration *wanted;
    Arena *arena;
    TableImage *base;
    TableInfo shape; /* of the snapshot to come */
    uint32_t next_column;
    TabletImage **tablets;
    uint32_t tablet_count;
};

/* The ordinal of a column; UINT32_MAX: there is none. */
static uint32_t
ordinal_of(uint32_t count, const ColumnInfo *columns, uint32_t id)
{
    for (uint32_t i = 0; i < count; i++) {
        if (columns[i].id == id)
            return i;
    }
    return UINT32_MAX;
}

/* ---- what must hold ---- */

static Status
check_base(const Alter *alter, Error *error)
{
    if (alter->base == NULL)
        return error_set(error, STATUS_UNDEFINED_TABLE, "the table was dropped before it was altered");
    if (alter->base->info.shape == alter->wanted->shape)
        return STATUS_OK;
    error_set(error, STATUS_SERIALIZATION, "table \"%s\" was altered by another statement meanwhile",
              alter->base->info.name);
    error_hint(error, "repeat the statement");
    return STATUS_SERIALIZATION;
}

static Status
check_name(const Alter *alter, Error *error)
{
    const TableInfo *base = &alter->base->info;
    const TableInfo *other;

    if (strcmp(base->name, alter->wanted->name) == 0)
        return STATUS_OK;
    const bool taken =
        catalog_find_table(alter->catalog, base->schema, alter->wanted->name, &other, NULL) == STATUS_OK;
    if (taken)
        table_info_release(&other);
    if (!taken && !catalog_has_view(alter->catalog, base->schema, alter->wanted->name) &&
        !catalog_has_type(alter->catalog, base->schema, alter->wanted->name))
        return STATUS_OK;
    return error_set(error, STATUS_DUPLICATE_TABLE, "relation \"%s\" already exists", alter->wanted->name);
}

/* Every column is there still, under its name. */
static bool
keeps_names(const Alter *alter)
{
    const TableInfo *base = &alter->base->info;

    for (uint32_t i = 0; i < base->column_count; i++) {
        const uint32_t now =
            ordinal_of(alter->wanted->column_count, alter->wanted->columns, base->columns[i].id);
        if (now == UINT32_MAX || strcmp(alter->wanted->columns[now].name, base->columns[i].name) != 0)
            return false;
    }
    return strcmp(base->name, alter->wanted->name) == 0;
}

/* A view is a text that names tables and columns. */
static Status
check_views(const Alter *alter, Error *error)
{
    DependentViews views;

    if (keeps_names(alter))
        return STATUS_OK;
    TRY(catalog_find_dependents(alter->catalog, alter->arena, OBJECT_TABLE, alter->wanted->table_id, &views,
                                error));
    if (views.count == 0)
        return STATUS_OK;
    error_set(error, STATUS_DEPENDENT_OBJECTS, "cannot alter table %s because other objects depend on it",
              alter->base->info.name);
    error_hint(error, "view %s depends on table %s. Drop it, and create it again afterwards.", views.names[0],
               alter->base->info.name);
    return STATUS_DEPENDENT_OBJECTS;
}

static Status
check_nulls(const Alter *alter, Error *error)
{
    const TableInfo *base = &alter->base->info;

    for (uint32_t i = 0; i < alter->wanted->column_count; i++) {
        const ColumnInfo *column = &alter->wanted->columns[i];
        const uint32_t before = ordinal_of(base->column_count, base->columns, column->id);
        if (!column->not_null || base->rows == 0 || (before != UINT32_MAX && base->columns[before].not_null))
            continue;
        if (before != UINT32_MAX && base->statistics[before].nulls == 0)
            continue;
        error_set(error, STATUS_NOT_NULL_VIOLATION, "column \"%s\" of relation \"%s\" contains null values",
                  column->name, base->name);
        if (base->deleted > 0 && before != UINT32_MAX)
            error_hint(error, "NULLs of deleted rows count as long as other rows of their tablets are there");
        return STATUS_NOT_NULL_VIOLATION;
    }
    return STATUS_OK;
}

/* Tablets that lack a column give NULLs for it. */
static Status
check_defaults(const Alter *alter, Error *error)
{
    const TableInfo *base = &alter->base->info;

    for (uint32_t i = 0; i < alter->wanted->column_count && base->rows > 0; i++) {
        const ColumnInfo *column = &alter->wanted->columns[i];
        if (column->id != 0 || column->default_text == NULL)
            continue;
        error_set(error, STATUS_NOT_SUPPORTED,
                  "column \"%s\" cannot be added with a default: relation \"%s\" has rows", column->name,
                  base->name);
        error_hint(error, "add the column, then ALTER COLUMN SET DEFAULT, and UPDATE the rows");
        return STATUS_NOT_SUPPORTED;
    }
    return STATUS_OK;
}

/* ---- the shape to come ---- */

static Status
read_next_column(Alter *alter, Error *error)
{
    Database *database = &alter->catalog->database;
    sqlite3_stmt *statement = database_statement(database, CATALOG_GET_NEXT_COLUMN);
    bool row;

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)alter->wanted->table_id);
    TRY(database_step(database, statement, &row, error));
    alter->next_column = row ? (uint32_t)sqlite3_column_int64(statement, 0) : 1;
    sqlite3_reset(statement);
    return STATUS_OK;
}

static void
number_columns(Alter *alter)
{
    const uint32_t count = alter->wanted->column_count;
    ColumnInfo *columns = ARENA_ARRAY(alter->arena, ColumnInfo, count);

    for (uint32_t i = 0; i < count; i++) {
        columns[i] = alter->wanted->columns[i];
        if (columns[i].id == 0)
            columns[i].id = alter->next_column++;
    }
    alter->shape.columns = columns;
    alter->shape.column_count = count;
}

/* Ordinals of the table before become those after; an order goes on without a column that is dropped. */
static void
move_ordinals(Alter *alter)
{
    const TableInfo *base = &alter->base->info;
    uint32_t *order = ARENA_ARRAY(alter->arena, uint32_t, base->order_count);
    uint32_t kept = 0;

    for (uint32_t i = 0; i < base->order_count; i++) {
        order[kept] = ordinal_of(alter->shape.column_count, alter->shape.columns,
                                 base->columns[base->order_columns[i]].id);
        kept += order[kept] != UINT32_MAX;
    }
    alter->shape.order_count = kept;
    alter->shape.order_columns = order;
    if (base->partition.kind != PARTITION_NONE)
        alter->shape.partition.column = ordinal_of(alter->shape.column_count, alter->shape.columns,
                                                   base->columns[base->partition.column].id);
}

static Status
make_shape(Alter *alter, Error *error)
{
    alter->shape = alter->base->info;
    alter->shape.version++;
    alter->shape.name = alter->wanted->name;
    TRY(read_next_column(alter, error));
    number_columns(alter);
    move_ordinals(alter);
    if (alter->shape.partition.kind != PARTITION_NONE && alter->shape.partition.column == UINT32_MAX)
        return error_set(error, STATUS_INVALID_TABLE_DEFINITION, "the partition key cannot be dropped");
    return STATUS_OK;
}

/* ---- writing ---- */

static Status
write_table(const Alter *alter, Error *error)
{
    Database *database = &alter->catalog->database;
    sqlite3_stmt *statement = database_statement(database, CATALOG_ALTER_TABLE);
    const TableInfo *shape = &alter->shape;

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)shape->id);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)shape->version);
    sqlite3_bind_text(statement, 3, shape->name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 4, shape->partition.column);
    sqlite3_bind_blob(statement, 5, shape->order_count > 0 ? (const void *)shape->order_columns : "",
                      (int)(shape->order_count * sizeof(uint32_t)), SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 6, alter->next_column);
    TRY(database_run(database, statement, error));
    statement = database_statement(database, CATALOG_DROP_COLUMNS);
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)shape->id);
    TRY(database_run(database, statement, error));
    for (uint32_t i = 0; i < shape->column_count; i++)
        TRY(catalog_insert_column(alter->catalog, shape, i, error));
    return STATUS_OK;
}

/* In the new order; of a column that the tablet lacks all values are NULL. */
static const ColumnStatistics *
statistics_of(const Alter *alter, const TabletInfo *tablet)
{
    const TableInfo *base = &alter->base->info;
    ColumnStatistics *columns = ARENA_ARRAY(alter->arena, ColumnStatistics, alter->shape.column_count);

    for (uint32_t i = 0; i < alter->shape.column_count; i++) {
        const uint32_t before = ordinal_of(base->column_count, base->columns, alter->shape.columns[i].id);
        if (before == UINT32_MAX)
            columns[i] = (ColumnStatistics){.rows = tablet->rows, .nulls = tablet->rows};
        else
            columns[i] = tablet->columns[before];
    }
    return columns;
}

static Status
write_statistics(const Alter *alter, const TabletInfo *tablet, Error *error)
{
    Database *database = &alter->catalog->database;
    sqlite3_stmt *statement = database_statement(database, CATALOG_SET_STATISTICS);
    Buffer bytes = {0};

    statistics_encode(tablet->columns, alter->shape.column_count, &bytes);
    if (bytes.failed) {
        buffer_destroy(&bytes);
        return error_set_memory(error);
    }
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)tablet->id);
    sqlite3_bind_blob(statement, 2, bytes.data, (int)bytes.size, SQLITE_TRANSIENT);
    const Status status = database_run(database, statement, error);
    buffer_destroy(&bytes);
    return status;
}

static Status
write_tablets(Alter *alter, Error *error)
{
    const TableInfo *base = &alter->base->info;

    alter->tablets = ARENA_ARRAY(alter->arena, TabletImage *, base->tablet_count);
    for (uint32_t i = 0; i < base->tablet_count; i++) {
        TabletInfo tablet = base->tablets[i];
        tablet.columns = statistics_of(alter, &base->tablets[i]);
        TRY(write_statistics(alter, &tablet, error));
        alter->tablets[alter->tablet_count++] = tablet_image_new(&tablet, alter->shape.column_count);
    }
    return STATUS_OK;
}

static Status
write_change(Alter *alter, Error *error)
{
    TRY(check_base(alter, error));
    TRY(check_name(alter, error));
    TRY(check_views(alter, error));
    TRY(check_defaults(alter, error));
    TRY(check_nulls(alter, error));
    TRY(make_shape(alter, error));
    TRY(write_table(alter, error));
    return write_tablets(alter, error);
}

/* *done: it was done before, by the same query. */
static Status
write_alteration(Alter *alter, const char *query_id, bool *done, Error *error)
{
    FormerChange former;

    TRY(catalog_read_former(alter->catalog, query_id, NULL, &former, error));
    *done = former.found;
    if (former.found)
        return STATUS_OK;
    TRY(write_change(alter, error));
    return catalog_record_change(alter->catalog, query_id, &(FormerChange){.table_id = alter->shape.id},
                                 error);
}

void
catalog_end_alteration(Alter *alter, bool durable)
{
    Snapshots *snapshots = &alter->catalog->snapshots;

    if (durable)
        snapshots_rename(snapshots,
                         table_image_new(snapshots, &alter->shape, alter->tablets, alter->tablet_count));
    for (uint32_t i = 0; i < alter->tablet_count && !durable; i++)
        tablet_image_release(alter->tablets[i]);
    if (alter->base != NULL) {
        const TableInfo *base = &alter->base->info;
        table_info_release(&base);
    }
}

Status
catalog_begin_alteration(Catalog *catalog, Arena *arena, const TableAlteration *wanted, Alter **alter,
                         Error *error)
{
    *alter = ARENA_NEW(arena, Alter);
    **alter = (Alter){.catalog = catalog, .wanted = wanted, .arena = arena};
    (*alter)->base = snapshots_find_id(&catalog->snapshots, wanted->table_id);
    return write_change(*alter, error);
}

static Status
alter_locked(Alter *alter, const char *query_id, Error *error)
{
    Database *database = &alter->catalog->database;
    bool done = false;

    TRY(database_begin(database, error));
    alter->base = snapshots_find_id(&alter->catalog->snapshots, alter->wanted->table_id);
    Status status = write_alteration(alter, query_id, &done, error);
    if (status == STATUS_OK)
        status = database_commit(database, error);
    else
        database_rollback(database);
    catalog_end_alteration(alter, status == STATUS_OK && !done);
    return status;
}

Status
catalog_alter_table(Catalog *catalog, const char *query_id, const TableAlteration *alteration, Error *error)
{
    Alter alter = {.catalog = catalog, .wanted = alteration, .arena = arena_new(NULL)};

    pthread_mutex_lock(&catalog->write_lock);
    const Status status = alter_locked(&alter, query_id, error);
    pthread_mutex_unlock(&catalog->write_lock);
    arena_destroy(&alter.arena);
    return status;
}
