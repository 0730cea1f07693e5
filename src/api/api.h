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

struct runnel_connection {
    Engine *engine; /* embedded, or a front that has joined a cluster; NULL: over HTTP */
    char *url;      /* HTTP */
    runnel_error error;
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
    FrontQuery *query;
    runnel_connection *connection; /* embedded: whose list of open results this is in */
    runnel_result *next_open;
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

/* The next chunk's columns into vectors; false at the end or on error. */
bool result_next_chunk(runnel_result *result);
runnel_result *result_of_query(FrontQuery *query);
/* Reads up to the head frame. */
Status result_of_exchange(HttpExchange *exchange, runnel_result **result, Error *error);

#endif
