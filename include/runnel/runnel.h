/* runnel/runnel.h: Runnel's public C API: embed the engine, or talk to a cluster over HTTP.
 *
 *     runnel_connection *connection;
 *     runnel_result     *result;
 *     if (runnel_open("data", NULL, &connection) != RUNNEL_OK) …          (embedded: this process is the
 * engine) if (runnel_connect("http://127.0.0.1:8080", &connection) != RUNNEL_OK) …     (a cluster) if
 * (runnel_query(connection, "SELECT 1 AS one", &result) == RUNNEL_OK) while (runnel_result_next(result))
 *             puts(runnel_result_text(result, 0, NULL));
 *     else
 *         fputs(runnel_error_message(runnel_connection_error(connection)), stderr);
 *     runnel_result_close(result);
 *     runnel_close(connection);
 *
 * Threads: a connection may be shared; a result belongs to one thread at a time. Strings that are returned
 * belong to the object they came from, and live until its next call or its end, as said at each function. All
 * sizes are bytes, all text is UTF-8. */
#ifndef RUNNEL_RUNNEL_H
#define RUNNEL_RUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RUNNEL_API __attribute__((visibility("default")))

typedef struct runnel_connection runnel_connection;
typedef struct runnel_result runnel_result;

typedef enum runnel_status {
    RUNNEL_OK = 0,
    RUNNEL_ERROR = 1,      /* the statement failed: see the error */
    RUNNEL_USAGE = 2,      /* a call that cannot be right: a NULL, a column that is not there */
    RUNNEL_UNREACHABLE = 3 /* no cluster reached, or the directory belongs to another process */
} runnel_status;

/* What failed. Lives as long as what it came from, until that is used again. */
typedef struct runnel_error runnel_error;
RUNNEL_API const char *
runnel_error_message(const runnel_error *error); /* one sentence; "" where nothing failed */
RUNNEL_API const char *runnel_error_sqlstate(const runnel_error *error); /* five characters */
RUNNEL_API int runnel_error_position(const runnel_error *error); /* 1-based character in the SQL; 0: none */
RUNNEL_API const char *runnel_error_hint(const runnel_error *error); /* "" where there is none */

typedef struct runnel_options {
    uint32_t threads;      /* 0: as many as cores */
    uint64_t memory_limit; /* bytes for queries; 0: 60 % of the machine's */
    uint64_t cache_limit;  /* bytes of the block cache; 0: 25 % */
} runnel_options;

/* Open a data directory in this process; it is made where it is missing. `options` may be NULL. Where another
 * process owns the directory the connection joins that one (a running `runnel local`), else
 * RUNNEL_UNREACHABLE, the error naming the owner. *connection is set in every case but lack of memory, so
 * that the error can be read; close it. */
RUNNEL_API runnel_status runnel_open(const char *directory, const runnel_options *options,
                                     runnel_connection **connection);

/* Talk to a front over HTTP ("http://HOST:PORT"). Nothing is sent before the first query. */
RUNNEL_API runnel_status runnel_connect(const char *url, runnel_connection **connection);
RUNNEL_API void runnel_close(runnel_connection *connection); /* NULL-safe; closes no results: do that first */
RUNNEL_API const runnel_error *
runnel_connection_error(const runnel_connection *connection); /* of the last failed call */

/* Run one statement. *result is NULL where it fails before its first row; an error after that ends
 * runnel_result_next(). */
RUNNEL_API runnel_status runnel_query(runnel_connection *connection, const char *sql, runnel_result **result);

/* From any thread: statements and loads of this connection that run now end with 57014, also those for whose
 * first row a thread still waits; later ones are untouched. */
RUNNEL_API void runnel_cancel(runnel_connection *connection);

/* With parameters $1…: texts, NULL entries being NULL; and settings, both optional. */
typedef struct runnel_query_options {
    size_t parameter_count;
    const char *const *parameters;
    const char *time_zone; /* NULL: UTC */
    int64_t timeout_ms;    /* 0: none */
    uint64_t memory_limit; /* 0: the server's */
} runnel_query_options;
RUNNEL_API runnel_status runnel_query_with(runnel_connection *connection, const char *sql,
                                           const runnel_query_options *options, runnel_result **result);

/* How far a running statement is. While the file of a load is sent over HTTP only the bytes are known; they
 * are 0 otherwise. */
typedef struct runnel_progress {
    int64_t elapsed_ms;
    double fraction; /* 0 to 1, of the work that is planned so far */
    uint64_t tasks_done, tasks_total;
    uint64_t tablets_done, tablets_total; /* that it reads */
    uint64_t rows_scanned;
    uint64_t bytes_sent, bytes_total;
} runnel_progress;
/* Have `tell` called, about ten times a second, by each thread that waits for a statement or load of this
 * connection, from 0.3 s after its beginning; NULL: not any more. `tell` must not use the connection. Set it
 * while no statement runs. */
RUNNEL_API void runnel_on_progress(runnel_connection *connection,
                                   void (*tell)(const runnel_progress *progress, void *context),
                                   void *context);

/* Load a file. `request` is the JSON body of POST /data/load; embedded, "source" may be any path of this
 * machine; over HTTP the file is read here and sent as the body. */
RUNNEL_API runnel_status runnel_load(runnel_connection *connection, const char *request,
                                     runnel_result **result);

RUNNEL_API size_t runnel_result_column_count(const runnel_result *result);
RUNNEL_API const char *runnel_result_column_name(const runnel_result *result,
                                                 size_t column); /* the result's life */
RUNNEL_API const char *runnel_result_column_type(const runnel_result *result,
                                                 size_t column); /* PostgreSQL's name */

/* Go to the next row; false after the last, or where the query failed midway: runnel_result_error() tells. */
RUNNEL_API bool runnel_result_next(runnel_result *result);
RUNNEL_API const runnel_error *runnel_result_error(const runnel_result *result); /* NULL: none */

/* The current row's values; valid until the next row. Text is PostgreSQL's ("t"/"f" are "true"/"false"). */
RUNNEL_API bool runnel_result_is_null(const runnel_result *result, size_t column);
RUNNEL_API const char *runnel_result_text(runnel_result *result, size_t column,
                                          size_t *size); /* NULL for NULL */
RUNNEL_API const char *runnel_result_json(runnel_result *result, size_t column,
                                          size_t *size); /* as REST has it */
RUNNEL_API int64_t runnel_result_int64(runnel_result *result,
                                       size_t column); /* 0 for NULL and what is no integer */
RUNNEL_API double runnel_result_double(runnel_result *result,
                                       size_t column); /* NaN for NULL and what is no number */

/* A run of rows as plain columns (embedded and HTTP alike): for callers that copy many values. The values of
 * a column are int32_t, int64_t, double, uint8_t (booleans) or offsets into text, by `kind`. */
typedef enum runnel_kind { RUNNEL_BOOL, RUNNEL_INT32, RUNNEL_INT64, RUNNEL_DOUBLE, RUNNEL_TEXT } runnel_kind;
typedef struct runnel_column {
    runnel_kind kind;
    const void *values;    /* TEXT: int64_t offsets, rows + 1 of them */
    const char *text;      /* TEXT: the bytes that offsets refer to */
    const uint64_t *valid; /* a bit a row; NULL: no NULLs */
} runnel_column;
/* The next rows after the current one, at most 65536, at least 1; 0 at the end or on error. `columns` is the
 * caller's array of column_count; what it points to lives until the next call on the result. */
RUNNEL_API size_t runnel_result_fetch(runnel_result *result, runnel_column *columns);

/* After the last row: rows returned or affected; the command ("SELECT", "INSERT"); statistics and tree as
 * JSON. */
RUNNEL_API int64_t runnel_result_row_count(const runnel_result *result);
RUNNEL_API const char *runnel_result_command(const runnel_result *result);
RUNNEL_API const char *runnel_result_stats(const runnel_result *result);
RUNNEL_API const char *runnel_result_tree(const runnel_result *result);
/* Of a load: the rows that were set aside, as a JSON array of {"file", "line", "column", "reason", "text"};
 * "" for none. */
RUNNEL_API const char *runnel_result_rejects(const runnel_result *result);
RUNNEL_API void runnel_result_cancel(runnel_result *result); /* from any thread */
RUNNEL_API void runnel_result_close(runnel_result *result);  /* NULL-safe; cancels what still runs */

/* GET a document of the REST interface ("/health", "/tables", "/query/ID/tree?format=dot"). *body is malloc
 * memory. */
RUNNEL_API runnel_status runnel_get(runnel_connection *connection, const char *path, char **body,
                                    size_t *size);

RUNNEL_API const char *runnel_version(void);

#ifdef __cplusplus
}
#endif

#endif
