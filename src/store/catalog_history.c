#include "store/history.h"

#include "store/catalog_state.h"

#include <stdlib.h>
#include <string.h>

static void
bind_text(sqlite3_stmt *statement, int parameter, const char *text)
{
    if (text != NULL)
        sqlite3_bind_text(statement, parameter, text, -1, SQLITE_TRANSIENT);
}

/* In a transaction of its own. */
static Status
run_alone(Catalog *catalog, Status (*run)(Catalog *catalog, const void *context, Error *error),
          const void *context, Error *error)
{
    pthread_mutex_lock(&catalog->write_lock);
    Status status = database_begin(&catalog->database, error);
    if (status == STATUS_OK) {
        status = run(catalog, context, error);
        if (status == STATUS_OK)
            status = database_commit(&catalog->database, error);
        else
            database_rollback(&catalog->database);
    }
    pthread_mutex_unlock(&catalog->write_lock);
    return status;
}

/* ---- writing ---- */

static Status
write_entry(Catalog *catalog, CatalogStatement id, const HistoryEntry *entry, Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, id);

    bind_text(statement, 1, entry->id);
    sqlite3_bind_int64(statement, 2, entry->submitted_us);
    sqlite3_bind_int64(statement, 3, entry->operation);
    bind_text(statement, 4, entry->document);
    bind_text(statement, 5, entry->record);
    bind_text(statement, 6, entry->trees);
    sqlite3_bind_int64(statement, 7, entry->expires_us);
    return database_run(&catalog->database, statement, error);
}

static Status
add(Catalog *catalog, const void *entry, Error *error)
{
    return write_entry(catalog, CATALOG_ADD_QUERY, entry, error);
}

Status
catalog_history_add(Catalog *catalog, const HistoryEntry *entry, Error *error)
{
    return run_alone(catalog, add, entry, error);
}

typedef struct Ended {
    const HistoryEntry *entries;
    size_t count;
} Ended;

static Status
end(Catalog *catalog, const void *context, Error *error)
{
    const Ended *ended = context;

    for (size_t i = 0; i < ended->count; i++)
        TRY(write_entry(catalog, CATALOG_SET_QUERY, &ended->entries[i], error));
    return STATUS_OK;
}

Status
catalog_history_end(Catalog *catalog, const HistoryEntry *entries, size_t count, Error *error)
{
    const Ended ended = {entries, count};

    return run_alone(catalog, end, &ended, error);
}

/* ---- reading ---- */

static const char *
column_text(Arena *arena, sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);

    return text != NULL ? arena_copy_string(arena, text) : NULL;
}

static Status
read_entries(Catalog *catalog, Arena *arena, HistoryEntry *entries, size_t *count, Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_LIST_QUERIES);
    const size_t most = *count;
    bool row;

    *count = 0;
    for (;;) {
        TRY(database_step(&catalog->database, statement, &row, error));
        if (!row)
            return STATUS_OK;
        if (*count == most) {
            sqlite3_reset(statement);
            return STATUS_OK;
        }
        entries[(*count)++] = (HistoryEntry){.id = column_text(arena, statement, 0),
                                             .submitted_us = sqlite3_column_int64(statement, 1),
                                             .operation = (uint32_t)sqlite3_column_int64(statement, 2),
                                             .document = column_text(arena, statement, 3),
                                             .record = column_text(arena, statement, 4),
                                             .trees = column_text(arena, statement, 5),
                                             .expires_us = sqlite3_column_int64(statement, 6)};
    }
}

static Status
count_entries(Catalog *catalog, size_t *count, Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_COUNT_QUERIES);
    bool row;

    TRY(database_step(&catalog->database, statement, &row, error));
    *count = row ? (size_t)sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return STATUS_OK;
}

Status
catalog_history_read(Catalog *catalog, Arena *arena, const HistoryEntry **entries, size_t *count,
                     Error *error)
{
    HistoryEntry *list = NULL;

    pthread_mutex_lock(&catalog->write_lock);
    Status status = count_entries(catalog, count, error);
    if (status == STATUS_OK) {
        list = ARENA_ARRAY(arena, HistoryEntry, *count);
        status = read_entries(catalog, arena, list, count, error);
    }
    pthread_mutex_unlock(&catalog->write_lock);
    *entries = list;
    return status;
}

/* ---- forgetting ---- */

typedef struct Trim {
    uint32_t keep;
    uint32_t keep_trees;
    int64_t now_us;
} Trim;

static Status
run_with_number(Catalog *catalog, CatalogStatement id, int64_t number, Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, id);

    sqlite3_bind_int64(statement, 1, number);
    return database_run(&catalog->database, statement, error);
}

static Status
trim(Catalog *catalog, const void *context, Error *error)
{
    const Trim *how = context;

    TRY(run_with_number(catalog, CATALOG_FORGET_QUERIES, how->keep, error));
    TRY(run_with_number(catalog, CATALOG_FORGET_TREES, how->keep_trees, error));
    return run_with_number(catalog, CATALOG_EXPIRE_QUERIES, how->now_us, error);
}

/* The statement of a table of kept rows: is it there, and not expired? */
static Status
is_kept(Catalog *catalog, const char *id, bool *kept, Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_KEEPS_ROWS);

    bind_text(statement, 1, id);
    TRY(database_step(&catalog->database, statement, kept, error));
    sqlite3_reset(statement);
    return STATUS_OK;
}

static Status
drop_unless_kept(Catalog *catalog, const TableInfo *table, Error *error)
{
    bool kept;

    pthread_mutex_lock(&catalog->write_lock);
    const Status status = is_kept(catalog, table->name, &kept, error);
    pthread_mutex_unlock(&catalog->write_lock);
    if (status != STATUS_OK || kept)
        return status;
    return catalog_drop_table(catalog, NULL, HISTORY_RESULTS_SCHEMA, table->name, true, error);
}

Status
catalog_history_trim(Catalog *catalog, uint32_t keep, uint32_t keep_trees, int64_t now_us, Error *error)
{
    const Trim how = {keep, keep_trees, now_us};
    const TableInfo **tables;
    size_t count;

    TRY(run_alone(catalog, trim, &how, error));
    TRY(catalog_list_tables(catalog, &tables, &count, error));
    Status status = STATUS_OK;
    for (size_t i = 0; i < count; i++) {
        if (status == STATUS_OK && strcmp(tables[i]->schema, HISTORY_RESULTS_SCHEMA) == 0)
            status = drop_unless_kept(catalog, tables[i], error);
        table_info_release(&tables[i]);
    }
    free(tables);
    return status;
}
