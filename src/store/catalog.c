#include "store/catalog.h"

#include "store/catalog_lock.h"
#include "store/catalog_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* `mkdir -p`. */
static Status
make_directory(const char *directory, Error *error)
{
    char path[4096];

    if ((size_t)snprintf(path, sizeof path, "%s", directory) >= sizeof path)
        return error_set(error, STATUS_NAME_TOO_LONG, "the catalog's path is too long");
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return error_set_errno(error, STATUS_IO, errno, "cannot make directory %s", path);
        *slash = '/';
    }
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return error_set_errno(error, STATUS_IO, errno, "cannot make directory %s", path);
    return STATUS_OK;
}

/* One transaction takes over from the former owner: a new epoch, and its unfinished loads are garbage. */
static Status
begin_epoch(Catalog *catalog, Error *error)
{
    Database *database = &catalog->database;
    sqlite3_stmt *statement;
    bool row;
    Status status;

    TRY(database_begin(database, error));
    statement = database_statement(database, CATALOG_GET_EPOCH);
    TRY_GOTO(database_step(database, statement, &row, error), failed);
    catalog->epoch = row ? (uint64_t)sqlite3_column_int64(statement, 0) + 1 : 1;

    statement = database_statement(database, CATALOG_SET_EPOCH);
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)catalog->epoch);
    sqlite3_reset(database->statements[CATALOG_GET_EPOCH]);
    TRY_GOTO(database_run(database, statement, error), failed);
    TRY_GOTO(database_run(database, database_statement(database, CATALOG_SWEEP_UNFINISHED), error), failed);
    TRY_GOTO(database_run(database, database_statement(database, CATALOG_ABANDON_UNFINISHED), error), failed);
    return database_commit(database, error);

failed:
    database_rollback(database);
    return status;
}

/* An epoch for this process alone: it changes nothing, and nobody hears of it. */
static Status
assume_epoch(Catalog *catalog, Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_GET_EPOCH);
    bool row;

    TRY(database_step(&catalog->database, statement, &row, error));
    catalog->epoch = row ? (uint64_t)sqlite3_column_int64(statement, 0) + 1 : 1;
    sqlite3_reset(statement);
    return STATUS_OK;
}

static Status
open_database(Catalog *catalog, bool to_read, Error *error)
{
    char path[4096];

    if ((size_t)snprintf(path, sizeof path, "%s/catalog.db", catalog->directory) >= sizeof path)
        return error_set(error, STATUS_NAME_TOO_LONG, "the catalog's path is too long");
    return to_read ? database_open_to_read(path, &catalog->database, error)
                   : database_open(path, &catalog->database, error);
}

static Status
take_over(Catalog *catalog, bool to_read, Error *error)
{
    if (to_read) {
        TRY(catalog_lock_take_to_read(catalog->directory, &catalog->lock, error));
    } else {
        TRY(make_directory(catalog->directory, error));
        TRY(catalog_lock_take(catalog->directory, &catalog->lock, error));
    }
    TRY(open_database(catalog, to_read, error));
    TRY(to_read ? assume_epoch(catalog, error) : begin_epoch(catalog, error));
    TRY(catalog_read_image(catalog, error));
    TRY(catalog_read_types(catalog, error));
    return catalog_read_views(catalog, error);
}

static Status
open_catalog(const char *directory, bool to_read, Catalog **made, Error *error)
{
    Catalog *catalog = calloc(1, sizeof *catalog);
    Status status;

    if (catalog == NULL)
        return error_set_memory(error);
    catalog->lock = -1;
    pthread_mutex_init(&catalog->write_lock, NULL);
    pthread_mutex_init(&catalog->view_lock, NULL);
    snapshots_init(&catalog->snapshots);
    catalog->directory = strdup(directory);
    if (catalog->directory == NULL)
        TRY_GOTO(error_set_memory(error), failed);
    TRY_GOTO(take_over(catalog, to_read, error), failed);
    *made = catalog;
    return STATUS_OK;

failed:
    catalog_close(&catalog);
    return status;
}

Status
catalog_open(const char *directory, Catalog **made, Error *error)
{
    const Status status = open_catalog(directory, false, made, error);

    if (status == STATUS_DISK_FULL || status == STATUS_FILE_ACCESS)
        error_hint(
            error,
            "who opens a data directory to change it writes that down in \"%s\": it needs some free space "
            "and the right to write",
            directory);
    return status;
}

Status
catalog_open_to_read(const char *directory, Catalog **made, Error *error)
{
    return open_catalog(directory, true, made, error);
}

void
catalog_close(Catalog **self)
{
    Catalog *catalog = *self;

    *self = NULL;
    if (catalog == NULL)
        return;
    snapshots_destroy(&catalog->snapshots);
    catalog_types_destroy(catalog);
    catalog_views_destroy(catalog);
    if (catalog->database.handle != NULL) {
        catalog_return_loads(catalog);
        database_close(&catalog->database);
    }
    catalog_lock_release(&catalog->lock);
    pthread_mutex_destroy(&catalog->write_lock);
    free(catalog->directory);
    free(catalog);
}

uint64_t
catalog_epoch(const Catalog *catalog)
{
    return catalog->epoch;
}

Status
catalog_set_contact(Catalog *catalog, const char *contact, Error *error)
{
    pthread_mutex_lock(&catalog->write_lock);
    const Status status = catalog_lock_set_contact(catalog->lock, contact, error);
    pthread_mutex_unlock(&catalog->write_lock);
    return status;
}

Status
catalog_find_table(Catalog *catalog, const char *schema, const char *name, const TableInfo **table,
                   Error *error)
{
    const TableImage *image = snapshots_find(&catalog->snapshots, schema != NULL ? schema : "public", name);

    *table = image != NULL ? &image->info : NULL;
    if (image != NULL)
        return STATUS_OK;
    return error_set(error, STATUS_UNDEFINED_TABLE, "relation \"%s%s%s\" does not exist",
                     schema != NULL ? schema : "", schema != NULL ? "." : "", name);
}

bool
catalog_find_table_id(Catalog *catalog, uint64_t id, const TableInfo **table)
{
    const TableImage *image = snapshots_find_id(&catalog->snapshots, id);

    *table = image != NULL ? &image->info : NULL;
    return image != NULL;
}

Status
catalog_list_tables(Catalog *catalog, const TableInfo ***tables, size_t *count, Error *error)
{
    Snapshots *snapshots = &catalog->snapshots;

    pthread_mutex_lock(&snapshots->lock);
    const TableInfo **list = malloc((snapshots->count + 1) * sizeof *list);
    *count = list != NULL ? snapshots->count : 0;
    for (size_t i = 0; i < *count; i++)
        list[i] = table_info_reference(&snapshots->current[i]->info);
    pthread_mutex_unlock(&snapshots->lock);
    *tables = list;
    return list != NULL ? STATUS_OK : error_set_memory(error);
}
