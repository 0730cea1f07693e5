/* What a query has changed, by its id: a statement that is submitted again, because the coordinator or an
 * answer was lost, finds itself done. */
#include "store/catalog_state.h"

Status
catalog_read_former(Catalog *catalog, const char *query_id, Arena *arena, FormerChange *former, Error *error)
{
    Database *database = &catalog->database;

    *former = (FormerChange){0};
    if (query_id == NULL)
        return STATUS_OK;
    sqlite3_stmt *statement = database_statement(database, CATALOG_GET_COMMIT);
    sqlite3_bind_text(statement, 1, query_id, -1, SQLITE_TRANSIENT);
    TRY(database_step(database, statement, &former->found, error));
    if (former->found) {
        former->load = (uint64_t)sqlite3_column_int64(statement, 0);
        former->table_id = (uint64_t)sqlite3_column_int64(statement, 1);
        former->rows = (uint64_t)sqlite3_column_int64(statement, 2);
        if (arena != NULL)
            former->answer = arena_copy_string(arena, (const char *)sqlite3_column_text(statement, 3));
    }
    sqlite3_reset(statement);
    return STATUS_OK;
}

Status
catalog_record_change(Catalog *catalog, const char *query_id, const FormerChange *change, Error *error)
{
    Database *database = &catalog->database;

    if (query_id == NULL)
        return STATUS_OK;
    sqlite3_stmt *statement = database_statement(database, CATALOG_ADD_COMMIT);
    sqlite3_bind_text(statement, 1, query_id, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)change->load);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)change->table_id);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)change->rows);
    sqlite3_bind_text(statement, 5, change->answer != NULL ? change->answer : "", -1, SQLITE_TRANSIENT);
    return database_run(database, statement, error);
}

Status
catalog_find_commit(Catalog *catalog, const char *query_id, Arena *arena, bool *found, uint64_t *rows,
                    const char **answer, Error *error)
{
    FormerChange former;

    pthread_mutex_lock(&catalog->write_lock);
    const Status status = catalog_read_former(catalog, query_id, arena, &former, error);
    pthread_mutex_unlock(&catalog->write_lock);
    *found = former.found;
    *rows = former.rows;
    *answer = former.answer;
    return status;
}
