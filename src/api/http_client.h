/* api/http_client.h: HTTP requests through libcurl, loaded on use: linking it would cost every start 9 ms. */
#ifndef RUNNEL_API_HTTP_CLIENT_H
#define RUNNEL_API_HTTP_CLIENT_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdatomic.h>

typedef struct HttpExchange HttpExchange;

typedef struct HttpCall {
    const char *method; /* "GET", "POST", "DELETE" */
    const char *url;
    const char *accept;       /* NULL: any */
    const char *content_type; /* of the body */
    const char *body;         /* or NULL */
    size_t body_size;
    const char *file; /* the body is this file's content; NULL: none */
    void (*idle)(void *context, uint64_t sent, uint64_t total); /* often while waiting: bytes of `file` that
                                                                   are sent, of how many; NULL: none */
    void *idle_context;
    long timeout_ms;      /* for the whole exchange; 0: none */
    atomic_uint *cancels; /* when it changes the exchange ends, with CANCELLED; outlives it; NULL: none */
} HttpCall;

/* Send the request and wait for the answer's head. CONNECTION where nobody answers; UNDEFINED_FILE … for the
 * file. */
Status http_open(const HttpCall *call, HttpExchange **exchange, Error *error);
long http_status(const HttpExchange *exchange);
/* Wait for more of the body: appended to `out`. *end after the last. PEER_LOST where the connection breaks.
 */
Status http_read(HttpExchange *exchange, Buffer *out, bool *end, Error *error);
void http_close(HttpExchange **self); /* an answer that is still coming is cut off */

#endif
