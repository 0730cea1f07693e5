/* What the sweep may remove from the store. */
#include "store/catalog_state.h"

#include <stdio.h>

/* A row of LIST_GARBAGE that may go now: whole loads have ended, and a file must be out of every live
 * snapshot. */
static bool
is_removable(Catalog *catalog, sqlite3_stmt *row)
{
    if (sqlite3_column_type(row, 2) == SQLITE_NULL)
        return true;
    return !snapshots_any_before(&catalog->snapshots, (uint64_t)sqlite3_column_int64(row, 4),
                                 (uint64_t)sqlite3_column_int64(row, 5));
}

static void
fill(sqlite3_stmt *row, CatalogGarbage *garbage)
{
    const char *path = (const char *)sqlite3_column_text(row, 2);

    garbage->id = (uint64_t)sqlite3_column_int64(row, 0);
    garbage->load = (uint64_t)sqlite3_column_int64(row, 1);
    garbage->tablet = (uint64_t)sqlite3_column_int64(row, 3);
    snprintf(garbage->path, sizeof garbage->path, "%s", path != NULL ? path : "");
}

Status
catalog_next_garbage(Catalog *catalog, uint64_t after, CatalogGarbage *garbage, bool *found, Error *error)
{
    Database *database = &catalog->database;
    Status status;
    bool row;

    *found = false;
    pthread_mutex_lock(&catalog->write_lock);
    sqlite3_stmt *statement = database_statement(database, CATALOG_LIST_GARBAGE);
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)after);
    do {
        status = database_step(database, statement, &row, error);
        if (status == STATUS_OK && row && is_removable(catalog, statement)) {
            fill(statement, garbage);
            *found = true;
        }
    } while (status == STATUS_OK && row && !*found);
    sqlite3_reset(statement);
    pthread_mutex_unlock(&catalog->write_lock);
    return status;
}

static Status
drop_garbage(Database *database, const uint64_t *ids, size_t count, Error *error)
{
    for (size_t i = 0; i < count; i++) {
        sqlite3_stmt *statement = database_statement(database, CATALOG_DROP_GARBAGE);
        sqlite3_bind_int64(statement, 1, (sqlite3_int64)ids[i]);
        TRY(database_run(database, statement, error));
    }
    return STATUS_OK;
}

Status
catalog_forget_garbage(Catalog *catalog, const uint64_t *ids, size_t count, Error *error)
{
    Database *database = &catalog->database;

    pthread_mutex_lock(&catalog->write_lock);
    Status status = database_begin(database, error);
    if (status == STATUS_OK) {
        status = drop_garbage(database, ids, count, error);
        if (status == STATUS_OK)
            status = database_commit(database, error);
        else
            database_rollback(database);
    }
    pthread_mutex_unlock(&catalog->write_lock);
    return status;
}

Status
catalog_owns_file(Catalog *catalog, const char *path, bool *owned, Error *error)
{
    pthread_mutex_lock(&catalog->write_lock);
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_FIND_PATH);
    sqlite3_bind_text(statement, 1, path, -1, SQLITE_TRANSIENT);
    const Status status = database_step(&catalog->database, statement, owned, error);
    sqlite3_reset(statement);
    pthread_mutex_unlock(&catalog->write_lock);
    return status;
}

Status
catalog_load_has_ended(Catalog *catalog, uint64_t load, bool *ended, Error *error)
{
    Database *database = &catalog->database;
    bool row;

    pthread_mutex_lock(&catalog->write_lock);
    sqlite3_stmt *statement = database_statement(database, CATALOG_GET_LOAD);
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)load);
    const Status status = database_step(database, statement, &row, error);
    *ended = status == STATUS_OK && row && sqlite3_column_int(statement, 0) != LOAD_OPEN;
    sqlite3_reset(statement);
    pthread_mutex_unlock(&catalog->write_lock);
    return status;
}
