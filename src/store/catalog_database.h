/* store/catalog_database.h: the catalog's SQLite file: opening, migrations, prepared statements,
 * transactions, and SQLite's results as our errors. Not thread-safe: the catalog's write lock covers it. */
#ifndef RUNNEL_STORE_CATALOG_DATABASE_H
#define RUNNEL_STORE_CATALOG_DATABASE_H

#include "base/error.h"

#include <sqlite3.h>
#include <stdbool.h>

#define CATALOG_STATEMENTS(X)                                                                                \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                              \
    X(COMMIT, "COMMIT")                                                                                      \
    X(ROLLBACK, "ROLLBACK")                                                                                  \
    X(GET_EPOCH, "SELECT value FROM meta WHERE key = 'epoch'")                                               \
    X(SET_EPOCH, "INSERT OR REPLACE INTO meta (key, value) VALUES ('epoch', ?1)")                            \
    X(LIST_TABLES, "SELECT id, version, schema, name, partition_kind, partition_column, partition_count, "   \
                   "bounds, order_columns FROM tables ORDER BY schema, name")                                \
    X(LIST_COLUMNS, "SELECT id, name, type, not_null, default_text, in_primary_key FROM columns "            \
                    "WHERE table_id = ?1 ORDER BY ordinal")                                                  \
    X(LIST_TABLETS, "SELECT id, path, rows, bytes, partition, statistics, deleted, deletions FROM tablets "  \
                    "WHERE table_id = ?1 ORDER BY coalesce(place, id), id")                                  \
    X(ADD_TABLE, "INSERT INTO tables (version, schema, name, partition_kind, partition_column, "             \
                 "partition_count, bounds, order_columns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")          \
    X(ADD_COLUMN, "INSERT INTO columns (table_id, ordinal, id, name, type, not_null, default_text, "         \
                  "in_primary_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")                                 \
    X(SET_TABLE, "UPDATE tables SET version = ?2, bounds = ?3 WHERE id = ?1")                                \
    X(ALTER_TABLE, "UPDATE tables SET version = ?2, name = ?3, partition_column = ?4, order_columns = ?5, "  \
                   "next_column = ?6 WHERE id = ?1")                                                         \
    X(GET_NEXT_COLUMN, "SELECT max(next_column, (SELECT max(id) + 1 FROM columns WHERE table_id = ?1)) "     \
                       "FROM tables WHERE id = ?1")                                                          \
    X(SET_STATISTICS, "UPDATE tablets SET statistics = ?2 WHERE id = ?1")                                    \
    X(DROP_TABLE, "DELETE FROM tables WHERE id = ?1")                                                        \
    X(DROP_COLUMNS, "DELETE FROM columns WHERE table_id = ?1")                                               \
    X(RETIRE_TABLETS, "INSERT INTO garbage (load, path, tablet, table_id, version) "                         \
                      "SELECT load, path, id, table_id, ?2 FROM tablets WHERE table_id = ?1")                \
    X(DROP_TABLETS, "DELETE FROM tablets WHERE table_id = ?1")                                               \
    X(SET_DELETIONS, "UPDATE tablets SET deleted = ?2, deletions = ?3 WHERE id = ?1")                        \
    X(RETIRE_TABLET, "INSERT INTO garbage (load, path, tablet, table_id, version) "                          \
                     "SELECT load, path, id, table_id, ?2 FROM tablets WHERE id = ?1")                       \
    X(DROP_TABLET, "DELETE FROM tablets WHERE id = ?1")                                                      \
    X(ADD_TABLET, "INSERT INTO tablets (table_id, load, path, rows, bytes, partition, statistics) "          \
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                                     \
    X(PLACE_TABLET, "UPDATE tablets SET place = (SELECT coalesce(place, id) FROM tablets WHERE id = ?2) "    \
                    "WHERE id = ?1")                                                                         \
    X(ADD_LOAD, "INSERT INTO loads (epoch, state) VALUES (?1, 0)")                                           \
    X(DROP_LOADS, "DELETE FROM loads WHERE id >= ?1 AND id < ?1 + ?2")                                       \
    X(GET_LOAD, "SELECT state FROM loads WHERE id = ?1")                                                     \
    X(SET_LOAD, "UPDATE loads SET state = ?2 WHERE id = ?1")                                                 \
    X(SWEEP_LOAD, "INSERT INTO garbage (load, path, tablet, table_id, version) VALUES (?1, NULL, 0, 0, 0)")  \
    X(SWEEP_UNFINISHED, "INSERT INTO garbage (load, path, tablet, table_id, version) "                       \
                        "SELECT id, NULL, 0, 0, 0 FROM loads WHERE state = 0")                               \
    X(ABANDON_UNFINISHED, "UPDATE loads SET state = 2 WHERE state = 0")                                      \
    X(GET_COMMIT, "SELECT load, table_id, rows, answer FROM commits WHERE query_id = ?1")                    \
    X(ADD_COMMIT,                                                                                            \
      "INSERT INTO commits (query_id, load, table_id, rows, answer) VALUES (?1, ?2, ?3, ?4, ?5)")            \
    X(LIST_VIEWS, "SELECT id, schema, name, sql FROM views ORDER BY schema, name")                           \
    X(ADD_VIEW, "INSERT INTO views (schema, sql, name) VALUES ('public', ?1, ?2)")                           \
    X(SET_VIEW, "UPDATE views SET sql = ?1, name = ?2 WHERE id = ?3")                                        \
    X(DROP_VIEW, "DELETE FROM views WHERE id = ?1")                                                          \
    X(ADD_USE, "INSERT INTO view_uses (view_id, kind, used_id) VALUES (?1, ?2, ?3)")                         \
    X(DROP_USES, "DELETE FROM view_uses WHERE view_id = ?1")                                                 \
    X(LIST_DEPENDENTS,                                                                                       \
      "SELECT DISTINCT views.id, views.name FROM view_uses JOIN views ON views.id = view_id "                \
      "WHERE kind = ?1 AND used_id = ?2 ORDER BY views.id")                                                  \
    X(LIST_TYPES, "SELECT id, type FROM types ORDER BY name")                                                \
    X(ADD_TYPE, "INSERT INTO types (schema, name, type) VALUES ('public', ?1, ?2)")                          \
    X(SET_TYPE, "UPDATE types SET name = ?1, type = ?2 WHERE id = ?3")                                       \
    X(DROP_TYPE, "DELETE FROM types WHERE id = ?1")                                                          \
    X(LIST_GARBAGE,                                                                                          \
      "SELECT id, load, path, tablet, table_id, version FROM garbage WHERE id > ?1 ORDER BY id")             \
    X(DROP_GARBAGE, "DELETE FROM garbage WHERE id = ?1")                                                     \
    X(ADD_QUERY,                                                                                             \
      "INSERT OR IGNORE INTO queries (id, submitted, operation, document, record, trees, expires) "          \
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                                                 \
    X(SET_QUERY,                                                                                             \
      "INSERT OR REPLACE INTO queries (id, submitted, operation, document, record, trees, expires) "         \
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                                                 \
    X(LIST_QUERIES, "SELECT id, submitted, operation, document, record, trees, expires FROM queries "        \
                    "ORDER BY submitted, id")                                                                \
    X(COUNT_QUERIES, "SELECT count(*) FROM queries")                                                         \
    X(FORGET_QUERIES, "DELETE FROM queries WHERE document IS NULL AND id NOT IN (SELECT id FROM queries "    \
                      "WHERE document IS NULL ORDER BY submitted DESC LIMIT ?1)")                            \
    X(FORGET_TREES, "UPDATE queries SET trees = NULL WHERE trees IS NOT NULL AND id NOT IN (SELECT id FROM " \
                    "queries WHERE document IS NULL ORDER BY submitted DESC LIMIT ?1)")                      \
    X(EXPIRE_QUERIES, "UPDATE queries SET expires = 0 WHERE expires > 0 AND expires <= ?1")                  \
    X(KEEPS_ROWS, "SELECT 1 FROM queries WHERE id = ?1 AND (expires > 0 OR document IS NOT NULL)")           \
    X(FIND_PATH, "SELECT 1 FROM tablets WHERE path = ?1 UNION ALL SELECT 1 FROM garbage WHERE path = ?1")

typedef enum CatalogStatement {
#define X(name, sql) CATALOG_##name,
    CATALOG_STATEMENTS(X)
#undef X
        CATALOG_STATEMENT_COUNT
} CatalogStatement;

enum { LOAD_OPEN = 0, LOAD_COMMITTED = 1, LOAD_ABANDONED = 2 }; /* loads.state */

typedef struct Database {
    sqlite3 *handle;
    sqlite3_stmt *statements[CATALOG_STATEMENT_COUNT];
    char *path;
} Database;

/* Opens or makes the file, checks it and brings its schema up to date. CORRUPT, NOT_SUPPORTED (written by a
 * newer version), DISK_FULL, FILE_ACCESS, IO. On error there is nothing to close. */
Status database_open(const char *path, Database *database, Error *error);
/* Of a file that nobody writes meanwhile, without writing beside it. */
Status database_open_to_read(const char *path, Database *database, Error *error);
void database_close(Database *database);

/* A statement ready to be bound (parameters are NULL). */
sqlite3_stmt *database_statement(Database *database, CatalogStatement id);

/* Run until the next row (*row) or the end, which resets the statement. */
Status database_step(Database *database, sqlite3_stmt *statement, bool *row, Error *error);

/* Run a statement that gives no rows. */
Status database_run(Database *database, sqlite3_stmt *statement, Error *error);

Status database_begin(Database *database, Error *error);
Status database_commit(Database *database, Error *error); /* rolls back where it fails */
void database_rollback(Database *database);

#endif
