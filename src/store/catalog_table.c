/* CREATE and DROP of tables. */
#include "base/pack.h"
#include "column/type_codec.h"
#include "store/catalog_bounds.h"
#include "store/catalog_state.h"

#include <string.h>

enum { NAME_MAX_BYTES = 63, COLUMNS_MAX = 4096, PARTITIONS_MAX = 65536 };

static Status
check_name(const char *name, const char *what, Error *error)
{
    if (name == NULL || name[0] == '\0')
        return error_set(error, STATUS_INVALID_NAME, "a %s needs a name", what);
    if (strlen(name) > NAME_MAX_BYTES)
        return error_set(error, STATUS_NAME_TOO_LONG, "%s name \"%.100s\" is longer than %d bytes", what,
                         name, NAME_MAX_BYTES);
    return STATUS_OK;
}

static Status
check_columns(const TableDefinition *definition, Error *error)
{
    if (definition->column_count == 0)
        return error_set(error, STATUS_INVALID_TABLE_DEFINITION, "table \"%s\" has no columns",
                         definition->name);
    if (definition->column_count > COLUMNS_MAX)
        return error_set(error, STATUS_TOO_MANY_COLUMNS, "tables can have at most %d columns", COLUMNS_MAX);
    for (uint32_t i = 0; i < definition->column_count; i++) {
        TRY(check_name(definition->columns[i].name, "column", error));
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(definition->columns[i].name, definition->columns[j].name) == 0)
                return error_set(error, STATUS_DUPLICATE_COLUMN, "column \"%s\" specified more than once",
                                 definition->columns[i].name);
        }
    }
    return STATUS_OK;
}

static Status
check_partition(const TableDefinition *definition, Error *error)
{
    const PartitionSpec *spec = &definition->partition;

    if (spec->kind == PARTITION_NONE)
        return STATUS_OK;
    if (spec->column >= definition->column_count)
        return error_set(error, STATUS_UNDEFINED_COLUMN, "the partition key is no column of \"%s\"",
                         definition->name);
    if (spec->count == 0 || spec->count > PARTITIONS_MAX)
        return error_set(error, STATUS_INVALID_PARAMETER, "a table has between 1 and %d partitions",
                         PARTITIONS_MAX);
    if (spec->kind == PARTITION_RANGE && type_layout(definition->columns[spec->column].type) > LAYOUT_VIEW)
        return error_set(error, STATUS_NOT_SUPPORTED, "cannot partition by range of %s",
                         type_name(definition->columns[spec->column].type.id));
    return STATUS_OK;
}

static Status
check_definition(const TableDefinition *definition, Error *error)
{
    TRY(check_name(definition->name, "table", error));
    TRY(check_columns(definition, error));
    TRY(check_partition(definition, error));
    for (uint32_t i = 0; i < definition->order_count; i++) {
        if (definition->order_columns[i] >= definition->column_count)
            return error_set(error, STATUS_UNDEFINED_COLUMN, "order_by names no column of \"%s\"",
                             definition->name);
    }
    return STATUS_OK;
}

Status
catalog_encode_bounds(const TableInfo *shape, Buffer *out, Error *error)
{
    const PartitionSpec *spec = &shape->partition;

    if (spec->kind != PARTITION_RANGE || spec->bounds == NULL)
        return STATUS_OK;
    return bounds_encode(shape->columns[spec->column].type, spec->bounds, spec->count - 1, out, error);
}

/* Ids count from 1: the ordinals of a new table, which no ALTER has changed yet. */
static TableInfo
shape_of(Arena *arena, const TableDefinition *definition, const void *bounds)
{
    ColumnInfo *columns = ARENA_ARRAY(arena, ColumnInfo, definition->column_count);
    TableInfo shape = {
        .version = 1,
        .schema = definition->schema != NULL ? definition->schema : "public",
        .name = definition->name,
        .column_count = definition->column_count,
        .columns = columns,
        .partition = definition->partition,
        .order_count = definition->order_count,
        .order_columns = definition->order_columns,
    };

    for (uint32_t i = 0; i < definition->column_count; i++) {
        columns[i] = definition->columns[i];
        columns[i].id = i + 1;
    }
    if (bounds != NULL && shape.partition.kind == PARTITION_RANGE)
        shape.partition.bounds = bounds;
    return shape;
}

static Status
insert_table_row(Catalog *catalog, TableInfo *shape, Error *error)
{
    Database *database = &catalog->database;
    sqlite3_stmt *statement = database_statement(database, CATALOG_ADD_TABLE);
    Buffer bounds = {0};

    Status status = catalog_encode_bounds(shape, &bounds, error);
    if (status == STATUS_OK) {
        sqlite3_bind_int64(statement, 1, (sqlite3_int64)shape->version);
        sqlite3_bind_text(statement, 2, shape->schema, -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(statement, 3, shape->name, -1, SQLITE_TRANSIENT);
        sqlite3_bind_int(statement, 4, shape->partition.kind);
        sqlite3_bind_int64(statement, 5, shape->partition.column);
        sqlite3_bind_int64(statement, 6, shape->partition.count);
        if (bounds.size > 0)
            sqlite3_bind_blob(statement, 7, bounds.data, (int)bounds.size, SQLITE_TRANSIENT);
        sqlite3_bind_blob(statement, 8, shape->order_count > 0 ? (const void *)shape->order_columns : "",
                          (int)(shape->order_count * sizeof(uint32_t)), SQLITE_TRANSIENT);
        status = database_run(database, statement, error);
    }
    buffer_destroy(&bounds);
    shape->id = (uint64_t)sqlite3_last_insert_rowid(database->handle);
    return status;
}

Status
catalog_insert_column(Catalog *catalog, const TableInfo *shape, uint32_t ordinal, Error *error)
{
    const ColumnInfo *column = &shape->columns[ordinal];
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_ADD_COLUMN);
    Buffer type = {0};
    msgpack_packer packer = pack_into(&type);

    type_pack(&packer, column->type);
    if (type.failed) {
        buffer_destroy(&type);
        return error_set_memory(error);
    }
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)shape->id);
    sqlite3_bind_int64(statement, 2, ordinal);
    sqlite3_bind_int64(statement, 3, column->id);
    sqlite3_bind_text(statement, 4, column->name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_blob(statement, 5, type.data, (int)type.size, SQLITE_TRANSIENT);
    sqlite3_bind_int(statement, 6, column->not_null);
    if (column->default_text != NULL)
        sqlite3_bind_text(statement, 7, column->default_text, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int(statement, 8, column->in_primary_key);
    const Status status = database_run(&catalog->database, statement, error);
    buffer_destroy(&type);
    return status;
}

Status
catalog_insert_table(Catalog *catalog, Arena *arena, const TableDefinition *definition, const void *bounds,
                     TableInfo *shape, Error *error)
{
    TRY(check_definition(definition, error));
    *shape = shape_of(arena, definition, bounds);

    TableImage *existing = snapshots_find(&catalog->snapshots, shape->schema, shape->name);
    if (existing != NULL) {
        const TableInfo *info = &existing->info;
        table_info_release(&info);
        return error_set(error, STATUS_DUPLICATE_TABLE, "relation \"%s\" already exists", shape->name);
    }
    if (catalog_has_view(catalog, shape->schema, shape->name) ||
        catalog_has_type(catalog, shape->schema, shape->name))
        return error_set(error, STATUS_DUPLICATE_TABLE, "relation \"%s\" already exists", shape->name);
    if (!snapshots_reserve(&catalog->snapshots))
        return error_set_memory(error);
    TRY(insert_table_row(catalog, shape, error));
    for (uint32_t i = 0; i < shape->column_count; i++)
        TRY(catalog_insert_column(catalog, shape, i, error));
    return STATUS_OK;
}

/* In one transaction: the change, and that the query has made it. */
static Status
insert_recorded(Catalog *catalog, const char *query_id, Arena *arena, const TableDefinition *definition,
                TableInfo *shape, bool *created, Error *error)
{
    FormerChange former;

    *created = false;
    TRY(catalog_read_former(catalog, query_id, NULL, &former, error));
    if (former.found)
        return STATUS_OK;
    TRY(catalog_insert_table(catalog, arena, definition, NULL, shape, error));
    *created = true;
    return catalog_record_change(catalog, query_id, &(FormerChange){.table_id = shape->id}, error);
}

static Status
create_table_locked(Catalog *catalog, const char *query_id, Arena *arena, const TableDefinition *definition,
                    bool *created, Error *error)
{
    TableInfo shape;

    TRY(database_begin(&catalog->database, error));
    const Status status = insert_recorded(catalog, query_id, arena, definition, &shape, created, error);
    if (status != STATUS_OK || !*created) {
        database_rollback(&catalog->database);
        return status;
    }
    TRY(database_commit(&catalog->database, error));
    snapshots_publish(&catalog->snapshots, table_image_new(&catalog->snapshots, &shape, NULL, 0));
    return STATUS_OK;
}

Status
catalog_create_table(Catalog *catalog, const char *query_id, const TableDefinition *definition,
                     bool if_not_exists, bool *created, Error *error)
{
    Arena *arena = arena_new(NULL);
    Error failure = {0};

    pthread_mutex_lock(&catalog->write_lock);
    Status status = create_table_locked(catalog, query_id, arena, definition, created, &failure);
    pthread_mutex_unlock(&catalog->write_lock);
    arena_destroy(&arena);
    *created &= status == STATUS_OK;
    if (status == STATUS_DUPLICATE_TABLE && if_not_exists)
        return STATUS_OK;
    return status == STATUS_OK ? STATUS_OK : error_copy(error, &failure);
}

static Status
run_with_table(Catalog *catalog, CatalogStatement id, uint64_t table_id, Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, id);

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)table_id);
    if (id == CATALOG_RETIRE_TABLETS)
        sqlite3_bind_int64(statement, 2, INT64_MAX);
    return database_run(&catalog->database, statement, error);
}

static Status
delete_recorded(Catalog *catalog, const char *query_id, const DropRequest *request, uint64_t id, Arena *arena,
                DependentViews *gone, Error *error)
{
    static const CatalogStatement steps[] = {CATALOG_RETIRE_TABLETS, CATALOG_DROP_TABLETS,
                                             CATALOG_DROP_COLUMNS, CATALOG_DROP_TABLE};

    TRY(catalog_find_dependents(catalog, arena, OBJECT_TABLE, id, gone, error));
    TRY(catalog_check_dependents(request, gone, error));
    TRY(catalog_delete_views(catalog, gone, error));
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        TRY(run_with_table(catalog, steps[i], id, error));
    return catalog_record_change(catalog, query_id, &(FormerChange){.table_id = id}, error);
}

static Status
drop_table_locked(Catalog *catalog, const char *query_id, const DropRequest *request, Arena *arena,
                  DependentViews *gone, Error *error)
{
    const TableInfo *table;
    FormerChange former;

    TRY(catalog_read_former(catalog, query_id, NULL, &former, error));
    if (former.found)
        return STATUS_OK;
    if (catalog_has_view(catalog, request->schema != NULL ? request->schema : "public", request->name)) {
        error_set(error, STATUS_WRONG_OBJECT_TYPE, "\"%s\" is not a table", request->name);
        error_hint(error, "Use DROP VIEW to remove a view.");
        return STATUS_WRONG_OBJECT_TYPE;
    }
    if (catalog_has_type(catalog, request->schema, request->name)) {
        error_set(error, STATUS_WRONG_OBJECT_TYPE, "\"%s\" is not a table", request->name);
        error_hint(error, "Use DROP TYPE to remove a type.");
        return STATUS_WRONG_OBJECT_TYPE;
    }
    if (catalog_find_table(catalog, request->schema, request->name, &table, NULL) != STATUS_OK)
        return error_set(error, STATUS_UNDEFINED_TABLE, "table \"%s\" does not exist", request->name);
    const uint64_t id = table->id;
    table_info_release(&table);

    TRY(database_begin(&catalog->database, error));
    const Status status = delete_recorded(catalog, query_id, request, id, arena, gone, error);
    if (status != STATUS_OK) {
        database_rollback(&catalog->database);
        return status;
    }
    TRY(database_commit(&catalog->database, error));
    snapshots_withdraw(&catalog->snapshots, id);
    catalog_withdraw_views(catalog, gone);
    return STATUS_OK;
}

Status
catalog_drop_table_and_views(Catalog *catalog, const char *query_id, const DropRequest *request, Arena *arena,
                             DependentViews *gone, Error *error)
{
    *gone = (DependentViews){0};
    pthread_mutex_lock(&catalog->write_lock);
    const Status status = drop_table_locked(catalog, query_id, request, arena, gone, error);
    pthread_mutex_unlock(&catalog->write_lock);
    return status;
}

Status
catalog_drop_table(Catalog *catalog, const char *query_id, const char *schema, const char *name,
                   bool if_exists, Error *error)
{
    const DropRequest request = {.schema = schema, .name = name};
    Arena *arena = arena_new(NULL);
    DependentViews gone;
    Error failure = {0};

    const Status status = catalog_drop_table_and_views(catalog, query_id, &request, arena, &gone, &failure);
    arena_destroy(&arena);
    if (status == STATUS_OK || (status == STATUS_UNDEFINED_TABLE && if_exists))
        return STATUS_OK;
    return error_copy(error, &failure);
}
