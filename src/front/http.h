/* front/http.h: the REST interface over a Front. One thread of libmicrohttpd serves all connections; requests
 * that wait for rows are suspended, so that a slow query or client blocks nobody. */
#ifndef RUNNEL_FRONT_HTTP_H
#define RUNNEL_FRONT_HTTP_H

#include "front/front.h"

typedef struct HttpServer HttpServer;

typedef struct HttpConfig {
    const char *listen;        /* "HOST:PORT"; port 0: a free one */
    Store *store;              /* where uploads are staged; NULL: uploads are refused */
    bool insecure;             /* allow addresses that are not loopback */
    uint64_t upload_max;       /* bytes of one upload */
    uint32_t client_timeout_s; /* a client that neither sends nor takes anything for so long is let go */
} HttpConfig;

/* CONFIGURATION for what http_start() would not take as an address: to know before anything is started. */
Status http_check(const HttpConfig *config, Error *error);

/* CONFIGURATION for a bad or refused address. `front` must outlive the server. */
Status http_start(Front *front, const HttpConfig *config, HttpServer **server, Error *error);
const char *http_url(const HttpServer *server); /* "http://127.0.0.1:8080" */
/* Running requests are answered as failed; returns when all are done. */
void http_stop(HttpServer **self);

#endif
