/* Composite types: names for the types of records. A column keeps its type whole, so tables never ask for
 * them here; who drops one has to look who else has it. */
#include "base/array.h"
#include "base/pack.h"
#include "column/type_codec.h"
#include "store/catalog_state.h"

#include <stdlib.h>
#include <string.h>

void
catalog_types_destroy(Catalog *catalog)
{
    for (size_t i = 0; i < catalog->type_count; i++)
        arena_destroy(&catalog->types[i].arena);
    free(catalog->types);
}

const StoredType *
catalog_find_stored_type(const Catalog *catalog, const char *schema, const char *name)
{
    if (schema != NULL && strcmp(schema, "public") != 0)
        return NULL;
    for (size_t i = 0; i < catalog->type_count; i++) {
        if (strcmp(catalog->types[i].type.nested->name, name) == 0)
            return &catalog->types[i];
    }
    return NULL;
}

static Status
add_type(Catalog *catalog, const StoredType *type, Error *error)
{
    if (!array_reserve((void **)&catalog->types, &catalog->type_capacity, catalog->type_count + 1,
                       sizeof *catalog->types))
        return error_set_memory(error);
    catalog->types[catalog->type_count++] = *type;
    return STATUS_OK;
}

/* ---- reading ---- */

static Status
read_type(Catalog *catalog, sqlite3_stmt *statement, Error *error)
{
    const void *bytes = sqlite3_column_blob(statement, 1);
    Unpack unpack = unpack_from(bytes, (size_t)sqlite3_column_bytes(statement, 1));
    StoredType stored = {.id = (uint64_t)sqlite3_column_int64(statement, 0), .arena = arena_new(NULL)};

    stored.type = type_unpack(&unpack, stored.arena);
    Status status = STATUS_OK;
    if (!unpack_is_done(&unpack) || stored.type.id != TYPE_STRUCT || stored.type.nested->name == NULL)
        status = error_set(error, STATUS_CORRUPT, "the catalog is damaged: a composite type");
    if (status == STATUS_OK)
        status = add_type(catalog, &stored, error);
    if (status != STATUS_OK)
        arena_destroy(&stored.arena);
    return status;
}

Status
catalog_read_types(Catalog *catalog, Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_LIST_TYPES);
    Status status;
    bool row;

    while ((status = database_step(&catalog->database, statement, &row, error)) == STATUS_OK && row) {
        status = read_type(catalog, statement, error);
        if (status != STATUS_OK)
            break;
    }
    sqlite3_reset(statement);
    return status;
}

Status
catalog_find_type(Catalog *catalog, const char *schema, const char *name, Arena *arena, CompositeInfo *info,
                  Error *error)
{
    pthread_mutex_lock(&catalog->view_lock);
    const StoredType *stored = catalog_find_stored_type(catalog, schema, name);
    if (stored != NULL)
        *info = (CompositeInfo){stored->id, type_copy(arena, stored->type)};
    pthread_mutex_unlock(&catalog->view_lock);
    if (stored != NULL)
        return STATUS_OK;
    return error_set(error, STATUS_UNDEFINED_OBJECT, "type \"%s\" does not exist", name);
}

bool
catalog_has_type(Catalog *catalog, const char *schema, const char *name)
{
    pthread_mutex_lock(&catalog->view_lock);
    const bool found = catalog_find_stored_type(catalog, schema, name) != NULL;
    pthread_mutex_unlock(&catalog->view_lock);
    return found;
}

bool
catalog_has_type_id(const Catalog *catalog, uint64_t id)
{
    for (size_t i = 0; i < catalog->type_count; i++) {
        if (catalog->types[i].id == id)
            return true;
    }
    return false;
}

size_t
catalog_list_types(Catalog *catalog, Arena *arena, const CompositeInfo **infos)
{
    pthread_mutex_lock(&catalog->view_lock);
    const size_t count = catalog->type_count;
    CompositeInfo *list = ARENA_ARRAY(arena, CompositeInfo, count + 1);
    for (size_t i = 0; i < count; i++)
        list[i] = (CompositeInfo){catalog->types[i].id, type_copy(arena, catalog->types[i].type)};
    pthread_mutex_unlock(&catalog->view_lock);
    *infos = list;
    return count;
}

/* ---- CREATE ---- */

Status
catalog_check_free_type(Catalog *catalog, const char *name, Error *error)
{
    const TableInfo *table;
    const bool is_table = catalog_find_table(catalog, NULL, name, &table, NULL) == STATUS_OK;

    if (is_table)
        table_info_release(&table);
    if (!is_table && catalog_find_stored_type(catalog, NULL, name) == NULL &&
        !catalog_has_view(catalog, "public", name))
        return STATUS_OK;
    return error_set(error, STATUS_DUPLICATE_OBJECT, "type \"%s\" already exists", name);
}

Status
catalog_write_type(Catalog *catalog, Type type, uint64_t *id, Error *error)
{
    sqlite3_stmt *statement =
        database_statement(&catalog->database, *id == 0 ? CATALOG_ADD_TYPE : CATALOG_SET_TYPE);
    Buffer bytes = {0};
    msgpack_packer packer = pack_into(&bytes);
    Status status = STATUS_OK;

    type_pack(&packer, type);
    if (bytes.failed)
        TRY_GOTO(error_set_memory(error), done);
    sqlite3_bind_text(statement, 1, type.nested->name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_blob(statement, 2, bytes.data, (int)bytes.size, SQLITE_TRANSIENT);
    if (*id != 0)
        sqlite3_bind_int64(statement, 3, (sqlite3_int64)*id);
    TRY_GOTO(database_run(&catalog->database, statement, error), done);
    if (*id == 0)
        *id = (uint64_t)sqlite3_last_insert_rowid(catalog->database.handle);
done:
    buffer_destroy(&bytes);
    return status;
}

static Status
create_recorded(Catalog *catalog, const char *query_id, Type type, uint64_t *id, bool *done, Error *error)
{
    FormerChange former;

    TRY(catalog_read_former(catalog, query_id, NULL, &former, error));
    *done = former.found;
    if (former.found)
        return STATUS_OK;
    TRY(catalog_check_free_type(catalog, type.nested->name, error));
    TRY(catalog_write_type(catalog, type, id, error));
    return catalog_record_change(catalog, query_id, &(FormerChange){.table_id = 0}, error);
}

static Status
create_locked(Catalog *catalog, const char *query_id, Type type, Error *error)
{
    StoredType stored = {0};
    bool done = false;

    TRY(database_begin(&catalog->database, error));
    Status status = create_recorded(catalog, query_id, type, &stored.id, &done, error);
    if (status != STATUS_OK || done) {
        database_rollback(&catalog->database);
        return status;
    }
    TRY(database_commit(&catalog->database, error));
    stored.arena = arena_new(NULL);
    stored.type = type_copy(stored.arena, type);
    pthread_mutex_lock(&catalog->view_lock);
    status = add_type(catalog, &stored, error);
    pthread_mutex_unlock(&catalog->view_lock);
    if (status != STATUS_OK)
        arena_destroy(&stored.arena);
    return status;
}

Status
catalog_create_type(Catalog *catalog, const char *query_id, Type type, Error *error)
{
    pthread_mutex_lock(&catalog->write_lock);
    const Status status = create_locked(catalog, query_id, type, error);
    pthread_mutex_unlock(&catalog->write_lock);
    return status;
}

/* ---- DROP ---- */

/* A DROP TYPE under way. */
typedef struct TypeDrop {
    Catalog *catalog;
    Arena *arena;
    const DropRequest *request;
    uint64_t id;
    DependentViews views;
    DependentObjects objects; /* all that goes with it */
    uint32_t alter_count;     /* tables that lose columns */
    Alter **alters;
} TypeDrop;

bool
catalog_type_mentions(Type type, const char *name)
{
    if (type.nested == NULL)
        return false;
    if (type.id == TYPE_STRUCT && type.nested->name != NULL && strcmp(type.nested->name, name) == 0)
        return true;
    for (uint32_t i = 0; i < type.nested->count; i++) {
        if (catalog_type_mentions(type.nested->types[i], name))
            return true;
    }
    return false;
}

static void
note_object(TypeDrop *drop, const char *text)
{
    const char **texts = ARENA_ARRAY(drop->arena, const char *, drop->objects.count + 1);

    for (uint32_t i = 0; i < drop->objects.count; i++)
        texts[i] = drop->objects.texts[i];
    texts[drop->objects.count++] = text;
    drop->objects.texts = texts;
}

/* The table without the columns that have the type; NULL: none has it. */
static TableAlteration *
without_columns(TypeDrop *drop, const TableInfo *table)
{
    TableAlteration *alteration = ARENA_NEW(drop->arena, TableAlteration);
    ColumnInfo *kept = ARENA_ARRAY(drop->arena, ColumnInfo, table->column_count);

    *alteration =
        (TableAlteration){.table_id = table->id, .shape = table->shape, .name = table->name, .columns = kept};
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (!catalog_type_mentions(table->columns[i].type, drop->request->name))
            kept[alteration->column_count++] = table->columns[i];
        else
            note_object(drop, arena_format(drop->arena, "column %s of table %s", table->columns[i].name,
                                           table->name));
    }
    return alteration->column_count == table->column_count ? NULL : alteration;
}

static Status
take_columns(TypeDrop *drop, const TableInfo *table, Error *error)
{
    const TableAlteration *alteration = without_columns(drop, table);

    if (alteration == NULL || !drop->request->cascade)
        return STATUS_OK;
    if (alteration->column_count == 0)
        return error_set(error, STATUS_INVALID_TABLE_DEFINITION,
                         "cannot drop all columns of table \"%s\": a table must have at least one column",
                         table->name);
    return catalog_begin_alteration(drop->catalog, drop->arena, alteration,
                                    &drop->alters[drop->alter_count++], error);
}

static Status
take_tables(TypeDrop *drop, Error *error)
{
    const TableInfo **tables;
    Status status = STATUS_OK;
    size_t count;

    TRY(catalog_list_tables(drop->catalog, &tables, &count, error));
    drop->alters = ARENA_ARRAY(drop->arena, Alter *, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (status == STATUS_OK)
            status = take_columns(drop, tables[i], error);
        table_info_release(&tables[i]);
    }
    free(tables);
    return status;
}

static Status
check_types(TypeDrop *drop, Error *error)
{
    const char *name = drop->request->name;

    for (size_t i = 0; i < drop->catalog->type_count; i++) {
        const char *other = drop->catalog->types[i].type.nested->name;
        if (drop->catalog->types[i].id == drop->id ||
            !catalog_type_mentions(drop->catalog->types[i].type, name))
            continue;
        if (drop->request->cascade)
            return error_set(error, STATUS_NOT_SUPPORTED,
                             "not supported yet: DROP TYPE %s CASCADE while type %s is made of it", name,
                             other);
        note_object(drop, arena_format(drop->arena, "type %s", other));
    }
    return STATUS_OK;
}

static Status
check_objects(const TypeDrop *drop, Error *error)
{
    if (drop->objects.count == 0 || drop->request->cascade)
        return STATUS_OK;
    error_set(error, STATUS_DEPENDENT_OBJECTS, "cannot drop type %s because other objects depend on it",
              drop->request->name);
    error_hint(error, "%s depends on type %s. Use DROP ... CASCADE to drop the dependent objects too.",
               drop->objects.texts[0], drop->request->name);
    return STATUS_DEPENDENT_OBJECTS;
}

static Status
drop_recorded(TypeDrop *drop, const char *query_id, Error *error)
{
    Database *database = &drop->catalog->database;
    sqlite3_stmt *statement = database_statement(database, CATALOG_DROP_TYPE);

    TRY(catalog_find_dependents(drop->catalog, drop->arena, OBJECT_TYPE, drop->id, &drop->views, error));
    TRY(catalog_delete_views(drop->catalog, &drop->views, error));
    TRY(take_tables(drop, error));
    TRY(check_types(drop, error));
    for (uint32_t i = 0; i < drop->views.count; i++)
        note_object(drop, arena_format(drop->arena, "view %s", drop->views.names[i]));
    TRY(check_objects(drop, error));
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)drop->id);
    TRY(database_run(database, statement, error));
    return catalog_record_change(drop->catalog, query_id, &(FormerChange){.table_id = 0}, error);
}

static void
withdraw_type(Catalog *catalog, uint64_t id)
{
    pthread_mutex_lock(&catalog->view_lock);
    for (size_t i = 0; i < catalog->type_count; i++) {
        if (catalog->types[i].id != id)
            continue;
        arena_destroy(&catalog->types[i].arena);
        memmove(&catalog->types[i], &catalog->types[i + 1],
                (catalog->type_count - i - 1) * sizeof *catalog->types);
        catalog->type_count--;
        break;
    }
    pthread_mutex_unlock(&catalog->view_lock);
}

static Status
drop_locked(TypeDrop *drop, const char *query_id, Error *error)
{
    Catalog *catalog = drop->catalog;
    FormerChange former;

    TRY(catalog_read_former(catalog, query_id, NULL, &former, error));
    if (former.found)
        return STATUS_OK;
    const StoredType *stored = catalog_find_stored_type(catalog, drop->request->schema, drop->request->name);
    if (stored == NULL)
        return error_set(error, STATUS_UNDEFINED_OBJECT, "type \"%s\" does not exist", drop->request->name);
    drop->id = stored->id;
    TRY(database_begin(&catalog->database, error));
    Status status = drop_recorded(drop, query_id, error);
    if (status == STATUS_OK)
        status = database_commit(&catalog->database, error);
    else
        database_rollback(&catalog->database);
    for (uint32_t i = 0; i < drop->alter_count; i++)
        catalog_end_alteration(drop->alters[i], status == STATUS_OK);
    if (status == STATUS_OK) {
        withdraw_type(catalog, drop->id);
        catalog_withdraw_views(catalog, &drop->views);
    }
    return status;
}

Status
catalog_drop_type(Catalog *catalog, const char *query_id, const DropRequest *request, Arena *arena,
                  DependentObjects *gone, Error *error)
{
    TypeDrop drop = {.catalog = catalog, .arena = arena, .request = request};

    pthread_mutex_lock(&catalog->write_lock);
    const Status status = drop_locked(&drop, query_id, error);
    pthread_mutex_unlock(&catalog->write_lock);
    *gone = drop.objects;
    return status;
}
