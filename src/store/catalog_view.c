/* Views: names for queries, which are kept as the text of their CREATE VIEW, with what each refers to. */
#include "base/array.h"
#include "store/catalog_state.h"

#include <stdlib.h>
#include <string.h>

struct StoredView {
    uint64_t id;
    char *schema;
    char *name;
    char *sql;
};

static void
release_view(StoredView *view)
{
    free(view->schema);
    free(view->name);
    free(view->sql);
    *view = (StoredView){0};
}

void
catalog_views_destroy(Catalog *catalog)
{
    for (size_t i = 0; i < catalog->view_count; i++)
        release_view(&catalog->views[i]);
    free(catalog->views);
    pthread_mutex_destroy(&catalog->view_lock);
}

static bool
copy_view(StoredView *view, uint64_t id, const char *schema, const char *name, const char *sql)
{
    *view = (StoredView){.id = id, .schema = strdup(schema), .name = strdup(name), .sql = strdup(sql)};
    if (view->schema != NULL && view->name != NULL && view->sql != NULL)
        return true;
    release_view(view);
    return false;
}

/* The view of that name, or NULL; with the lock of the views held. */
static StoredView *
find_view(const Catalog *catalog, const char *schema, const char *name)
{
    for (size_t i = 0; i < catalog->view_count; i++) {
        if (strcmp(catalog->views[i].schema, schema) == 0 && strcmp(catalog->views[i].name, name) == 0)
            return &catalog->views[i];
    }
    return NULL;
}

static Status
add_view(Catalog *catalog, const StoredView *view, Error *error)
{
    if (!array_reserve((void **)&catalog->views, &catalog->view_capacity, catalog->view_count + 1,
                       sizeof *catalog->views))
        return error_set_memory(error);
    catalog->views[catalog->view_count++] = *view;
    return STATUS_OK;
}

static const char *
text_of(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);

    return text != NULL ? (const char *)text : "";
}

Status
catalog_read_views(Catalog *catalog, Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_LIST_VIEWS);
    StoredView view;
    Status status;
    bool row;

    for (;;) {
        status = database_step(&catalog->database, statement, &row, error);
        if (status != STATUS_OK || !row)
            break;
        if (!copy_view(&view, (uint64_t)sqlite3_column_int64(statement, 0), text_of(statement, 1),
                       text_of(statement, 2), text_of(statement, 3)))
            status = error_set_memory(error);
        else
            status = add_view(catalog, &view, error);
        if (status != STATUS_OK)
            break;
    }
    sqlite3_reset(statement);
    return status;
}

static ViewInfo
describe(Arena *arena, const StoredView *view)
{
    return (ViewInfo){.id = view->id,
                      .schema = arena_copy_string(arena, view->schema),
                      .name = arena_copy_string(arena, view->name),
                      .sql = arena_copy_string(arena, view->sql)};
}

Status
catalog_find_view(Catalog *catalog, const char *schema, const char *name, Arena *arena, ViewInfo *info,
                  Error *error)
{
    pthread_mutex_lock(&catalog->view_lock);
    const StoredView *view = find_view(catalog, schema != NULL ? schema : "public", name);
    if (view != NULL)
        *info = describe(arena, view);
    pthread_mutex_unlock(&catalog->view_lock);
    if (view != NULL)
        return STATUS_OK;
    return error_set(error, STATUS_UNDEFINED_TABLE, "view \"%s\" does not exist", name);
}

size_t
catalog_list_views(Catalog *catalog, Arena *arena, const ViewInfo **infos)
{
    pthread_mutex_lock(&catalog->view_lock);
    const size_t count = catalog->view_count;
    ViewInfo *list = ARENA_ARRAY(arena, ViewInfo, count);
    for (size_t i = 0; i < count; i++)
        list[i] = describe(arena, &catalog->views[i]);
    pthread_mutex_unlock(&catalog->view_lock);
    *infos = list;
    return count;
}

/* ---- CREATE ---- */

static Status
run_with_id(Catalog *catalog, CatalogStatement statement_id, uint64_t id, Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, statement_id);

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)id);
    return database_run(&catalog->database, statement, error);
}

static Status
write_view(Catalog *catalog, const ViewDefinition *definition, uint64_t *id, Error *error)
{
    sqlite3_stmt *statement =
        database_statement(&catalog->database, *id != 0 ? CATALOG_SET_VIEW : CATALOG_ADD_VIEW);

    sqlite3_bind_text(statement, 1, definition->sql, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(statement, 2, definition->name, -1, SQLITE_TRANSIENT);
    if (*id != 0)
        sqlite3_bind_int64(statement, 3, (sqlite3_int64)*id);
    TRY(database_run(&catalog->database, statement, error));
    if (*id == 0)
        *id = (uint64_t)sqlite3_last_insert_rowid(catalog->database.handle);
    TRY(run_with_id(catalog, CATALOG_DROP_USES, *id, error));
    for (uint32_t i = 0; i < definition->use_count; i++) {
        statement = database_statement(&catalog->database, CATALOG_ADD_USE);
        sqlite3_bind_int64(statement, 1, (sqlite3_int64)*id);
        sqlite3_bind_int(statement, 2, (int)definition->uses[i].kind);
        sqlite3_bind_int64(statement, 3, (sqlite3_int64)definition->uses[i].id);
        TRY(database_run(&catalog->database, statement, error));
    }
    return STATUS_OK;
}

static Status
check_free(Catalog *catalog, const ViewDefinition *definition, uint64_t *id, Error *error)
{
    const TableInfo *table;
    const StoredView *view = find_view(catalog, "public", definition->name);

    *id = view != NULL ? view->id : 0;
    if (catalog_find_table(catalog, NULL, definition->name, &table, NULL) == STATUS_OK) {
        table_info_release(&table);
        return error_set(error, STATUS_DUPLICATE_TABLE, "relation \"%s\" already exists", definition->name);
    }
    if ((view != NULL && !definition->replace) || catalog_has_type(catalog, "public", definition->name))
        return error_set(error, STATUS_DUPLICATE_TABLE, "relation \"%s\" already exists", definition->name);
    return STATUS_OK;
}

/* What the view refers to may have gone since it was bound. */
static Status
check_uses(Catalog *catalog, const ViewDefinition *definition, Error *error)
{
    for (uint32_t i = 0; i < definition->use_count; i++) {
        bool found = false;
        if (definition->uses[i].kind == OBJECT_TYPE) {
            found = catalog_has_type_id(catalog, definition->uses[i].id);
        } else if (definition->uses[i].kind == OBJECT_VIEW) {
            for (size_t j = 0; j < catalog->view_count; j++)
                found = found || catalog->views[j].id == definition->uses[i].id;
        } else {
            TableImage *image = snapshots_find_id(&catalog->snapshots, definition->uses[i].id);
            found = image != NULL;
            if (found) {
                const TableInfo *info = &image->info;
                table_info_release(&info);
            }
        }
        if (!found)
            return error_set(error, STATUS_SERIALIZATION, "what view \"%s\" refers to was dropped meanwhile",
                             definition->name);
    }
    return STATUS_OK;
}

static Status
create_recorded(Catalog *catalog, const char *query_id, const ViewDefinition *definition, uint64_t *id,
                bool *done, Error *error)
{
    FormerChange former;

    TRY(catalog_read_former(catalog, query_id, NULL, &former, error));
    *done = former.found;
    if (former.found)
        return STATUS_OK;
    TRY(check_free(catalog, definition, id, error));
    TRY(check_uses(catalog, definition, error));
    TRY(write_view(catalog, definition, id, error));
    return catalog_record_change(catalog, query_id, &(FormerChange){.table_id = 0}, error);
}

static Status
publish_view(Catalog *catalog, StoredView *view, Error *error)
{
    Status status = STATUS_OK;

    pthread_mutex_lock(&catalog->view_lock);
    StoredView *former = find_view(catalog, view->schema, view->name);
    if (former != NULL) {
        release_view(former);
        *former = *view;
    } else {
        status = add_view(catalog, view, error);
    }
    pthread_mutex_unlock(&catalog->view_lock);
    return status;
}

static Status
create_locked(Catalog *catalog, const char *query_id, const ViewDefinition *definition, Error *error)
{
    uint64_t id = 0;
    bool done = false;
    StoredView view;

    TRY(database_begin(&catalog->database, error));
    Status status = create_recorded(catalog, query_id, definition, &id, &done, error);
    if (status == STATUS_OK && !done && !copy_view(&view, id, "public", definition->name, definition->sql))
        status = error_set_memory(error);
    if (status != STATUS_OK || done) {
        database_rollback(&catalog->database);
        return status;
    }
    status = database_commit(&catalog->database, error);
    if (status != STATUS_OK) {
        release_view(&view);
        return status;
    }
    return publish_view(catalog, &view, error);
}

Status
catalog_create_view(Catalog *catalog, const char *query_id, const ViewDefinition *definition, Error *error)
{
    pthread_mutex_lock(&catalog->write_lock);
    const Status status = create_locked(catalog, query_id, definition, error);
    pthread_mutex_unlock(&catalog->write_lock);
    return status;
}

/* ---- DROP ---- */

bool
catalog_has_view(Catalog *catalog, const char *schema, const char *name)
{
    pthread_mutex_lock(&catalog->view_lock);
    const bool found = find_view(catalog, schema, name) != NULL;
    pthread_mutex_unlock(&catalog->view_lock);
    return found;
}

static bool
is_listed(const DependentViews *list, uint64_t id)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->ids[i] == id)
            return true;
    }
    return false;
}

/* The views that refer to it, then those that refer to them. */
static Status
add_dependents(Catalog *catalog, Arena *arena, ObjectKind kind, uint64_t id, DependentViews *list,
               Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_LIST_DEPENDENTS);
    Status status;
    bool row;

    sqlite3_bind_int(statement, 1, (int)kind);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)id);
    while ((status = database_step(&catalog->database, statement, &row, error)) == STATUS_OK && row) {
        const uint64_t dependent = (uint64_t)sqlite3_column_int64(statement, 0);
        if (is_listed(list, dependent))
            continue;
        uint64_t *ids = ARENA_ARRAY(arena, uint64_t, list->count + 1);
        const char **names = ARENA_ARRAY(arena, const char *, list->count + 1);
        for (uint32_t i = 0; i < list->count; i++) {
            ids[i] = list->ids[i];
            names[i] = list->names[i];
        }
        ids[list->count] = dependent;
        names[list->count++] = arena_copy_string(arena, text_of(statement, 1));
        list->ids = ids;
        list->names = names;
    }
    sqlite3_reset(statement);
    return status;
}

Status
catalog_find_dependents(Catalog *catalog, Arena *arena, ObjectKind kind, uint64_t id, DependentViews *list,
                        Error *error)
{
    *list = (DependentViews){0};
    TRY(add_dependents(catalog, arena, kind, id, list, error));
    for (uint32_t i = 0; i < list->count; i++)
        TRY(add_dependents(catalog, arena, OBJECT_VIEW, list->ids[i], list, error));
    return STATUS_OK;
}

Status
catalog_delete_views(Catalog *catalog, const DependentViews *list, Error *error)
{
    for (uint32_t i = 0; i < list->count; i++) {
        TRY(run_with_id(catalog, CATALOG_DROP_USES, list->ids[i], error));
        TRY(run_with_id(catalog, CATALOG_DROP_VIEW, list->ids[i], error));
    }
    return STATUS_OK;
}

void
catalog_withdraw_views(Catalog *catalog, const DependentViews *list)
{
    size_t kept = 0;

    pthread_mutex_lock(&catalog->view_lock);
    for (size_t i = 0; i < catalog->view_count; i++) {
        if (is_listed(list, catalog->views[i].id))
            release_view(&catalog->views[i]);
        else
            catalog->views[kept++] = catalog->views[i];
    }
    catalog->view_count = kept;
    pthread_mutex_unlock(&catalog->view_lock);
}

Status
catalog_check_dependents(const DropRequest *request, const DependentViews *list, Error *error)
{
    const char *kind = request->kind == OBJECT_VIEW ? "view" : "table";

    if (list->count == 0 || request->cascade)
        return STATUS_OK;
    error_set(error, STATUS_DEPENDENT_OBJECTS, "cannot drop %s %s because other objects depend on it", kind,
              request->name);
    error_hint(error, "view %s depends on %s %s. Use DROP ... CASCADE to drop the dependent objects too.",
               list->names[0], kind, request->name);
    return STATUS_DEPENDENT_OBJECTS;
}

static Status
drop_view_recorded(Catalog *catalog, const char *query_id, const DropRequest *request, uint64_t id,
                   Arena *arena, DependentViews *gone, Error *error)
{
    DependentViews self = {.count = 1, .ids = &id, .names = (const char *const *)&request->name};

    TRY(catalog_find_dependents(catalog, arena, OBJECT_VIEW, id, gone, error));
    TRY(catalog_check_dependents(request, gone, error));
    TRY(catalog_delete_views(catalog, gone, error));
    TRY(catalog_delete_views(catalog, &self, error));
    return catalog_record_change(catalog, query_id, &(FormerChange){.table_id = 0}, error);
}

static Status
drop_view_locked(Catalog *catalog, const char *query_id, const DropRequest *request, Arena *arena,
                 DependentViews *gone, Error *error)
{
    const char *schema = request->schema != NULL ? request->schema : "public";
    FormerChange former;

    TRY(catalog_read_former(catalog, query_id, NULL, &former, error));
    if (former.found)
        return STATUS_OK;
    const StoredView *view = find_view(catalog, schema, request->name); /* nobody else changes the list */
    if (view == NULL)
        return error_set(error, STATUS_UNDEFINED_TABLE, "view \"%s\" does not exist", request->name);
    uint64_t id = view->id;
    const DependentViews self = {.count = 1, .ids = &id};
    TRY(database_begin(&catalog->database, error));
    const Status status = drop_view_recorded(catalog, query_id, request, id, arena, gone, error);
    if (status != STATUS_OK) {
        database_rollback(&catalog->database);
        return status;
    }
    TRY(database_commit(&catalog->database, error));
    catalog_withdraw_views(catalog, gone);
    catalog_withdraw_views(catalog, &self);
    return STATUS_OK;
}

Status
catalog_drop_view(Catalog *catalog, const char *query_id, const DropRequest *request, Arena *arena,
                  DependentViews *gone, Error *error)
{
    const TableInfo *table;

    *gone = (DependentViews){0};
    if (catalog_find_table(catalog, request->schema, request->name, &table, NULL) == STATUS_OK) {
        table_info_release(&table);
        error_set(error, STATUS_WRONG_OBJECT_TYPE, "\"%s\" is not a view", request->name);
        error_hint(error, "Use DROP TABLE to remove a table.");
        return STATUS_WRONG_OBJECT_TYPE;
    }
    pthread_mutex_lock(&catalog->write_lock);
    const Status status = drop_view_locked(catalog, query_id, request, arena, gone, error);
    pthread_mutex_unlock(&catalog->write_lock);
    return status;
}
