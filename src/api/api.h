/* api/api.h: what is behind the opaque types of runnel/runnel.h. Private to this folder. */
#ifndef RUNNEL_API_API_H
#define RUNNEL_API_API_H

#include "api/http_client.h"
#include "engine/engine.h"
#include "runnel/runnel.h"

#include <pthread.h>
#include <stdatomic.h>

struct runnel_error {
    Error error;
};

/* Who is told of statements' progress: runnel_on_progress(). */
typedef struct ProgressListener {
    void (*tell)(const runnel_progress *progress, void *context); /* NULL: nobody */
    void *context;
} ProgressListener;

struct runnel_connection {
    Engine *engine; /* embedded, or a front that has joined a cluster; NULL: over HTTP */
    char *url;      /* HTTP */
    runnel_error error;
    ProgressListener progress;
    atomic_uint cancels;  /* counts runnel_cancel() */
    pthread_mutex_t lock; /* of `open` */
    runnel_result *open;  /* embedded: what runnel_cancel() reaches, linked by next_open */
};

typedef struct ResultColumn {
    char *name;
    char *type;
} ResultColumn;

/* Rows come as chunks, from a front in this process or as frames over HTTP. */
struct runnel_result {
    runnel_connection *connection;
    FrontQuery *query;        /* embedded; NULL over HTTP */
    runnel_result *next_open; /* embedded: in the connection's list */
    char id[ID_TEXT_SIZE];    /* HTTP: "" where the server has not told */
    int64_t started_us;
    int64_t next_tell_us;
    HttpExchange *exchange;
    Buffer incoming; /* HTTP: bytes not framed yet */
    size_t incoming_at;
    bool incoming_end;
    bool plain_json; /* HTTP: the answer is a JSON document (a load) */

    size_t column_count;
    ResultColumn *columns;
    Session session;
    runnel_error error;
    char *summary;
    bool ended;
    int64_t rows_seen;
    uint64_t row_limit;

    Chunk *chunk; /* what the current columns point into */
    char *copy;   /* the same over HTTP, aligned */
    Arena *arena;
    Vector *vectors;
    uint64_t rows;
    uint64_t row;  /* the current one + 1; 0: before the first */
    Buffer *cells; /* a text buffer a column */
    char *command, *stats, *tree, *rejects;
};

runnel_status api_status(const Error *error);

/* connection.c. Keep the error for runnel_connection_error(). */
runnel_status connection_fail(runnel_connection *connection, const Error *error);
/* Embedded: submit, within runnel_cancel()'s reach. */
runnel_result *connection_submit(runnel_connection *connection, FrontOperation operation,
                                 const char *document);
/* HTTP: send, and read the answer up to where its rows begin. */
Status connection_send(runnel_connection *connection, HttpCall *call, runnel_result **result, Error *error);
/* The end of every call that makes a result: fails where that fails before its first row. */
runnel_status connection_begin(runnel_connection *connection, Status status, Error *error,
                               runnel_result **result);

/* document.c. GET; *body is malloc memory or NULL. */
Status connection_get(runnel_connection *connection, const char *path, int64_t timeout_us, uint32_t *http,
                      char **body, size_t *size, Error *error);

/* progress.c. To be called often while the result's statement runs: tells the connection's listener, now and
 * then. `sent` of `total` bytes: of a file, where one is sent. */
void progress_tell(runnel_result *result, uint64_t sent, uint64_t total);

/* The next chunk's columns into vectors; false at the end or on error. */
bool result_next_chunk(runnel_result *result);
runnel_result *result_of_query(runnel_connection *connection, FrontQuery *query);
/* Sends, and reads up to the head frame. */
Status result_of_call(runnel_connection *connection, HttpCall *call, runnel_result **result, Error *error);

#endif
