/* ALTER TYPE … RENAME TO: who has the type has its name, too. */
#include "store/catalog_state.h"

#include <stdlib.h>
#include <string.h>

/* A renaming under way. */
typedef struct TypeRename {
    Catalog *catalog;
    Arena *arena;
    const char *from;
    const char *to;
    uint32_t alter_count; /* tables that have the type */
    Alter **alters;
    StoredType *types; /* all types as they become; an arena where one changes */
} TypeRename;

static Type renamed(Arena *arena, const TypeRename *rename, Type type);

static Type
renamed_record(Arena *arena, const TypeRename *rename, const NestedType *from)
{
    const bool own = from->name != NULL && strcmp(from->name, rename->from) == 0;
    const char *name = own ? rename->to : from->name;
    const Type type = type_record(arena, name == NULL ? NULL : arena_copy_string(arena, name), from->count);

    for (uint32_t i = 0; i < from->count; i++) {
        type.nested->names[i] = arena_copy_string(arena, from->names[i]);
        type.nested->types[i] = renamed(arena, rename, from->types[i]);
    }
    return type;
}

/* A copy with the new name wherever the old one was. */
static Type
renamed(Arena *arena, const TypeRename *rename, Type type)
{
    if (!catalog_type_mentions(type, rename->from))
        return type_copy(arena, type);
    if (type.id == TYPE_STRUCT)
        return renamed_record(arena, rename, type.nested);
    return type_list(renamed(arena, rename, type.nested->types[0]));
}

static Status
refuse_text(const TypeRename *rename, const char *what, const char *name, Error *error)
{
    error_set(error, STATUS_DEPENDENT_OBJECTS, "cannot rename type %s because other objects depend on it",
              rename->from);
    error_hint(error, "%s %s may name it. Drop that, and set it again afterwards.", what, name);
    return STATUS_DEPENDENT_OBJECTS;
}

static Status
check_texts(const TypeRename *rename, const TableInfo *table, Error *error)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        const char *text = table->columns[i].default_text;
        if (text != NULL && strstr(text, rename->from) != NULL)
            return refuse_text(rename, "the default of column", table->columns[i].name, error);
    }
    return STATUS_OK;
}

static Status
rename_columns(TypeRename *rename, const TableInfo *table, Error *error)
{
    TableAlteration *alteration = ARENA_NEW(rename->arena, TableAlteration);
    ColumnInfo *columns = ARENA_ARRAY(rename->arena, ColumnInfo, table->column_count);
    bool found = false;

    TRY(check_texts(rename, table, error));
    for (uint32_t i = 0; i < table->column_count; i++) {
        columns[i] = table->columns[i];
        columns[i].type = renamed(rename->arena, rename, table->columns[i].type);
        found |= catalog_type_mentions(table->columns[i].type, rename->from);
    }
    if (!found)
        return STATUS_OK;
    *alteration = (TableAlteration){.table_id = table->id,
                                    .shape = table->shape,
                                    .name = table->name,
                                    .column_count = table->column_count,
                                    .columns = columns};
    return catalog_begin_alteration(rename->catalog, rename->arena, alteration,
                                    &rename->alters[rename->alter_count++], error);
}

static Status
rename_in_tables(TypeRename *rename, Error *error)
{
    const TableInfo **tables;
    Status status = STATUS_OK;
    size_t count;

    TRY(catalog_list_tables(rename->catalog, &tables, &count, error));
    rename->alters = ARENA_ARRAY(rename->arena, Alter *, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (status == STATUS_OK)
            status = rename_columns(rename, tables[i], error);
        table_info_release(&tables[i]);
    }
    free(tables);
    return status;
}

static Status
rename_in_types(TypeRename *rename, Error *error)
{
    Catalog *catalog = rename->catalog;

    rename->types = ARENA_ARRAY(rename->arena, StoredType, catalog->type_count + 1);
    for (size_t i = 0; i < catalog->type_count; i++) {
        StoredType *type = &rename->types[i];
        *type = (StoredType){.id = catalog->types[i].id};
        if (!catalog_type_mentions(catalog->types[i].type, rename->from))
            continue;
        type->arena = arena_new(NULL);
        type->type = renamed(type->arena, rename, catalog->types[i].type);
        TRY(catalog_write_type(catalog, type->type, &type->id, error));
    }
    return STATUS_OK;
}

static Status
rename_recorded(TypeRename *rename, const char *query_id, uint64_t id, Error *error)
{
    DependentViews views;

    if (catalog_check_free_type(rename->catalog, rename->to, NULL) != STATUS_OK)
        return error_set(error, STATUS_DUPLICATE_TABLE, "relation \"%s\" already exists", rename->to);
    TRY(catalog_find_dependents(rename->catalog, rename->arena, OBJECT_TYPE, id, &views, error));
    if (views.count > 0)
        return refuse_text(rename, "view", views.names[0], error);
    TRY(rename_in_tables(rename, error));
    TRY(rename_in_types(rename, error));
    return catalog_record_change(rename->catalog, query_id, &(FormerChange){.table_id = 0}, error);
}

/* The types in memory as they have become, or what was made of them forgotten. */
static void
end_types(TypeRename *rename, bool durable)
{
    Catalog *catalog = rename->catalog;

    pthread_mutex_lock(&catalog->view_lock);
    for (size_t i = 0; rename->types != NULL && i < catalog->type_count; i++) {
        StoredType *made = &rename->types[i];
        if (made->arena == NULL)
            continue;
        if (durable) {
            const StoredType former = catalog->types[i];
            catalog->types[i] = *made;
            *made = former;
        }
        arena_destroy(&made->arena);
    }
    pthread_mutex_unlock(&catalog->view_lock);
}

static Status
rename_locked(TypeRename *rename, const char *query_id, const char *schema, Error *error)
{
    Catalog *catalog = rename->catalog;
    FormerChange former;

    TRY(catalog_read_former(catalog, query_id, NULL, &former, error));
    if (former.found)
        return STATUS_OK;
    const StoredType *stored = catalog_find_stored_type(catalog, schema, rename->from);
    if (stored == NULL)
        return error_set(error, STATUS_UNDEFINED_OBJECT, "type \"%s\" does not exist", rename->from);
    TRY(database_begin(&catalog->database, error));
    Status status = rename_recorded(rename, query_id, stored->id, error);
    if (status == STATUS_OK)
        status = database_commit(&catalog->database, error);
    else
        database_rollback(&catalog->database);
    for (uint32_t i = 0; i < rename->alter_count; i++)
        catalog_end_alteration(rename->alters[i], status == STATUS_OK);
    end_types(rename, status == STATUS_OK);
    return status;
}

Status
catalog_rename_type(Catalog *catalog, const char *query_id, const char *schema, const char *name,
                    const char *new_name, Error *error)
{
    TypeRename rename = {.catalog = catalog, .arena = arena_new(NULL), .from = name, .to = new_name};

    pthread_mutex_lock(&catalog->write_lock);
    const Status status = rename_locked(&rename, query_id, schema, error);
    pthread_mutex_unlock(&catalog->write_lock);
    arena_destroy(&rename.arena);
    return status;
}
