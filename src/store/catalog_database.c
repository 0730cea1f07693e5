#include "store/catalog_database.h"

#include "base/buffer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Each brings the schema from version i to i + 1. Only ever add to the end. */
static const char *const migrations[] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE tables (id INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL, schema TEXT NOT "
    "NULL,"
    "  name TEXT NOT NULL, partition_kind INTEGER NOT NULL, partition_column INTEGER NOT NULL,"
    "  partition_count INTEGER NOT NULL, bounds BLOB, order_columns BLOB NOT NULL, UNIQUE (schema, name));"
    "CREATE TABLE columns (table_id INTEGER NOT NULL, ordinal INTEGER NOT NULL, id INTEGER NOT NULL,"
    "  name TEXT NOT NULL, type BLOB NOT NULL, not_null INTEGER NOT NULL, PRIMARY KEY (table_id, ordinal))"
    "  WITHOUT ROWID;"
    "CREATE TABLE tablets (id INTEGER PRIMARY KEY AUTOINCREMENT, table_id INTEGER NOT NULL, load INTEGER NOT "
    "NULL,"
    "  path TEXT NOT NULL UNIQUE, rows INTEGER NOT NULL, bytes INTEGER NOT NULL, partition INTEGER NOT NULL,"
    "  statistics BLOB NOT NULL);"
    "CREATE INDEX tablets_of_table ON tablets (table_id);"
    "CREATE TABLE loads (id INTEGER PRIMARY KEY AUTOINCREMENT, epoch INTEGER NOT NULL, state INTEGER NOT "
    "NULL);"
    "CREATE INDEX loads_unfinished ON loads (state) WHERE state = 0;"
    "CREATE TABLE commits (query_id TEXT PRIMARY KEY, load INTEGER NOT NULL, table_id INTEGER NOT NULL,"
    "  rows INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE garbage (id INTEGER PRIMARY KEY AUTOINCREMENT, load INTEGER NOT NULL, path TEXT,"
    "  tablet INTEGER NOT NULL, table_id INTEGER NOT NULL, version INTEGER NOT NULL);"
    "CREATE INDEX garbage_path ON garbage (path) WHERE path IS NOT NULL;",

    "ALTER TABLE commits ADD COLUMN answer TEXT NOT NULL DEFAULT '';",

    "CREATE TABLE views (id INTEGER PRIMARY KEY AUTOINCREMENT, schema TEXT NOT NULL, name TEXT NOT NULL,"
    "  sql TEXT NOT NULL, UNIQUE (schema, name));"
    "CREATE TABLE view_uses (view_id INTEGER NOT NULL, kind INTEGER NOT NULL, used_id INTEGER NOT NULL);"
    "CREATE INDEX view_uses_of ON view_uses (kind, used_id);",

    "/* statistics of tablets may carry sketches, which earlier versions do not know */",

    "CREATE TABLE queries (id TEXT PRIMARY KEY, submitted INTEGER NOT NULL, operation INTEGER NOT NULL,"
    "  document TEXT, record TEXT, trees TEXT, expires INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX queries_by_time ON queries (submitted);",

    "ALTER TABLE tablets ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE tablets ADD COLUMN deletions BLOB;",

    "ALTER TABLE tables ADD COLUMN next_column INTEGER NOT NULL DEFAULT 0;",

    "ALTER TABLE columns ADD COLUMN default_text TEXT;",

    "/* where a tablet stands among its table's; NULL: as its id says */"
    "ALTER TABLE tablets ADD COLUMN place INTEGER;",

    "CREATE TABLE types (id INTEGER PRIMARY KEY AUTOINCREMENT, schema TEXT NOT NULL, name TEXT NOT NULL,"
    "  type BLOB NOT NULL, UNIQUE (schema, name));",

    "ALTER TABLE columns ADD COLUMN in_primary_key INTEGER NOT NULL DEFAULT 0;",
};

enum { SCHEMA_VERSION = sizeof migrations / sizeof migrations[0] };

static const char *const statement_texts[CATALOG_STATEMENT_COUNT] = {
#define X(name, sql) sql,
    CATALOG_STATEMENTS(X)
#undef X
};

static bool
is_out_of_space(int errno_value)
{
    return errno_value == ENOSPC || errno_value == EDQUOT || errno_value == EFBIG;
}

static Status
fail(Database *database, int code, Error *error)
{
    /* Not every path in SQLite keeps the system's error, but it lies in errno until the next failing call. */
    const int errno_now = errno;
    const int errno_kept = database->handle != NULL ? sqlite3_system_errno(database->handle) : 0;
    const int errno_value = errno_kept != 0 ? errno_kept : errno_now;

    switch (code & 0xff) {
    case SQLITE_FULL: return error_set(error, STATUS_DISK_FULL, "no space left to write %s", database->path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: break;
    case SQLITE_NOMEM: return error_set_memory(error);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(error, STATUS_UNAVAILABLE, "%s is in use by another program", database->path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return error_set(error, STATUS_FILE_ACCESS, "cannot open %s for writing: %s", database->path,
                         errno_value != 0 ? strerror(errno_value) : sqlite3_errstr(code));
    default:
        if ((code & 0xff) == SQLITE_IOERR && is_out_of_space(errno_value))
            return error_set(error, STATUS_DISK_FULL, "no space left to write %s", database->path);
        return error_set(error, STATUS_IO, "%s: %s", database->path, sqlite3_errmsg(database->handle));
    }
    error_set(error, STATUS_CORRUPT, "the catalog %s is damaged: %s", database->path, sqlite3_errstr(code));
    error_hint(error, "restore the file from a copy; tablets in the store are not touched");
    return STATUS_CORRUPT;
}

static Status
execute(Database *database, const char *sql, Error *error)
{
    const int code = sqlite3_exec(database->handle, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? STATUS_OK : fail(database, code, error);
}

/* The first column of the first row of a query, as text in `out`. */
static Status
query_text(Database *database, const char *sql, char *out, size_t size, Error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL);

    out[0] = '\0';
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW) {
            const unsigned char *text = sqlite3_column_text(statement, 0);
            snprintf(out, size, "%s", text != NULL ? (const char *)text : "");
        }
        const int ended = sqlite3_finalize(statement);
        code = ended != SQLITE_OK ? ended : SQLITE_OK;
    }
    return code == SQLITE_OK ? STATUS_OK : fail(database, code, error);
}

/* All that is read now anyway. The history of queries, which can be many times as large, is read when it is
 * asked for: looking through it took most of the time that a process needs to start. */
static Status
check_integrity(Database *database, Error *error)
{
    static const char find_damage[] =
        "SELECT damage.quick_check FROM sqlite_schema AS part, pragma_quick_check(part.name) AS damage"
        " WHERE part.type = 'table' AND part.name <> 'queries' AND damage.quick_check <> 'ok' LIMIT 1";
    char found[256];

    TRY(query_text(database, find_damage, found, sizeof found, error));
    if (found[0] != '\0')
        return error_set(error, STATUS_CORRUPT, "the catalog %s is damaged: %s", database->path, found);
    return STATUS_OK;
}

static Status
migrate(Database *database, Error *error)
{
    char text[64];

    TRY(query_text(database, "PRAGMA user_version", text, sizeof text, error));
    const long version = strtol(text, NULL, 10);
    if (version < 0 || version > SCHEMA_VERSION)
        return error_set(error, STATUS_NOT_SUPPORTED,
                         "the catalog %s was written by a newer version (schema %ld)", database->path,
                         version);
    for (long i = version; i < SCHEMA_VERSION; i++) {
        char set_version[64];
        snprintf(set_version, sizeof set_version, "PRAGMA user_version = %ld", i + 1);
        Status status = execute(database, "BEGIN IMMEDIATE", error);
        if (status == STATUS_OK)
            status = execute(database, migrations[i], error);
        if (status == STATUS_OK)
            status = execute(database, set_version, error);
        if (status == STATUS_OK)
            status = execute(database, "COMMIT", error);
        TRY(status);
    }
    return STATUS_OK;
}

static Status
prepare_statements(Database *database, Error *error)
{
    for (int i = 0; i < CATALOG_STATEMENT_COUNT; i++) {
        const int code = sqlite3_prepare_v3(database->handle, statement_texts[i], -1,
                                            SQLITE_PREPARE_PERSISTENT, &database->statements[i], NULL);
        if (code != SQLITE_OK)
            return fail(database, code, error);
    }
    return STATUS_OK;
}

Status
database_open(const char *path, Database *database, Error *error)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    Status status;

    memset(database, 0, sizeof *database);
    database->path = strdup(path);
    if (database->path == NULL)
        return error_set_memory(error);
    const int code = sqlite3_open_v2(path, &database->handle, flags, NULL);
    if (code != SQLITE_OK) {
        status = fail(database, code, error);
        goto failed;
    }
    sqlite3_extended_result_codes(database->handle, 1);
    sqlite3_busy_timeout(database->handle, 2000);
    TRY_GOTO(execute(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", error), failed);
    TRY_GOTO(check_integrity(database, error), failed);
    TRY_GOTO(migrate(database, error), failed);
    TRY_GOTO(prepare_statements(database, error), failed);
    return STATUS_OK;

failed:
    database_close(database);
    return status;
}

/* "file:PATH?immutable=1", PATH with what has a meaning in URIs escaped. */
static char *
immutable_uri(const char *path)
{
    Buffer uri = {0};

    buffer_append_string(&uri, "file:");
    for (const char *c = path; *c != '\0'; c++) {
        if (strchr("%?#", *c) != NULL)
            buffer_append_format(&uri, "%%%02X", (unsigned)*c);
        else
            buffer_append_char(&uri, *c);
    }
    buffer_append_string(&uri, "?immutable=1");
    char *text = strdup(buffer_text(&uri));
    buffer_destroy(&uri);
    return text;
}

/* Changes that wait in the write-ahead log would be passed over. */
static Status
check_log(const char *path, Error *error)
{
    char log[4096];
    struct stat found;

    snprintf(log, sizeof log, "%s-wal", path);
    if (stat(log, &found) == 0 && found.st_size > 0)
        return error_set(error, STATUS_FILE_ACCESS, "%s must be taken up first, which needs writing", log);
    return STATUS_OK;
}

static Status
check_version(Database *database, Error *error)
{
    char text[64];

    TRY(query_text(database, "PRAGMA user_version", text, sizeof text, error));
    if (strtol(text, NULL, 10) == SCHEMA_VERSION)
        return STATUS_OK;
    return error_set(error, STATUS_FILE_ACCESS, "the catalog %s has another version, and cannot be written",
                     database->path);
}

Status
database_open_to_read(const char *path, Database *database, Error *error)
{
    char *uri = immutable_uri(path);
    Status status;

    memset(database, 0, sizeof *database);
    database->path = strdup(path);
    if (database->path == NULL || uri == NULL)
        TRY_GOTO(error_set_memory(error), failed);
    TRY_GOTO(check_log(path, error), failed);
    const int code = sqlite3_open_v2(uri, &database->handle,
                                     SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        status = fail(database, code, error);
        goto failed;
    }
    sqlite3_extended_result_codes(database->handle, 1);
    TRY_GOTO(check_integrity(database, error), failed);
    TRY_GOTO(check_version(database, error), failed);
    TRY_GOTO(prepare_statements(database, error), failed);
    free(uri);
    return STATUS_OK;

failed:
    free(uri);
    database_close(database);
    return status;
}

void
database_close(Database *database)
{
    for (int i = 0; i < CATALOG_STATEMENT_COUNT; i++)
        sqlite3_finalize(database->statements[i]);
    sqlite3_close(database->handle);
    free(database->path);
    memset(database, 0, sizeof *database);
}

sqlite3_stmt *
database_statement(Database *database, CatalogStatement id)
{
    sqlite3_stmt *statement = database->statements[id];

    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return statement;
}

Status
database_step(Database *database, sqlite3_stmt *statement, bool *row, Error *error)
{
    errno = 0;
    const int code = sqlite3_step(statement);

    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW)
        return STATUS_OK;
    const Status status = code == SQLITE_DONE ? STATUS_OK : fail(database, code, error);
    sqlite3_reset(statement);
    return status;
}

Status
database_run(Database *database, sqlite3_stmt *statement, Error *error)
{
    bool row;

    return database_step(database, statement, &row, error);
}

Status
database_begin(Database *database, Error *error)
{
    return database_run(database, database_statement(database, CATALOG_BEGIN), error);
}

void
database_rollback(Database *database)
{
    /* Statements that are still in the middle of their rows would keep the transaction open. */
    for (int i = 0; i < CATALOG_STATEMENT_COUNT; i++)
        sqlite3_reset(database->statements[i]);
    if (sqlite3_get_autocommit(database->handle) == 0)
        sqlite3_step(database_statement(database, CATALOG_ROLLBACK));
    sqlite3_reset(database->statements[CATALOG_ROLLBACK]);
}

Status
database_commit(Database *database, Error *error)
{
    const Status status = database_run(database, database_statement(database, CATALOG_COMMIT), error);

    if (status != STATUS_OK)
        database_rollback(database);
    return status;
}
