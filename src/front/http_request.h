/* front/http_request.h: one HTTP request from its head to its answer. Private to the HTTP files of this
 * folder. */
#ifndef RUNNEL_FRONT_HTTP_REQUEST_H
#define RUNNEL_FRONT_HTTP_REQUEST_H

#include "front/http.h"
#include "front/http_library.h"
#include "front/result_body.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdio.h>

enum {
    HTTP_BODY_MAX = 8 << 20,      /* of a JSON request */
    HTTP_WHOLE_MAX = 1 << 20,     /* an answer up to this size waits for the query's end */
    HTTP_STREAM_STEP = 256 << 10, /* gathered before it is handed to a connection */
    HTTP_ASK_TIMEOUT_US = 5000000,
    HTTP_CODES = 600
};

struct HttpServer {
    const HttpLibrary *library;
    struct MHD_Daemon *daemon;
    Front *front;
    HttpConfig config;
    char url[128];
    _Atomic(uint64_t) answers[HTTP_CODES]; /* given, by status */

    pthread_mutex_t lock; /* of the list of live requests */
    struct HttpRequest *requests;
    uint64_t request_count; /* so far */
    bool stopping;

    pthread_t watcher; /* sees clients that go while their request sleeps */
    int watched;       /* epoll of their sockets */
};

typedef enum RequestStep { REQUEST_BODY, REQUEST_QUERY, REQUEST_QUESTION, REQUEST_ANSWERED } RequestStep;

/* What the coordinator has answered to what it was asked for a request, by http_ask(). `status` 0: nothing,
 * which `error` says. */
typedef struct HttpAnswer {
    const char *path; /* of the request */
    uint32_t status;
    const char *body;
    size_t size;
    const Error *error;
} HttpAnswer;

typedef struct HttpRequest {
    struct HttpRequest *next, *previous;
    uint64_t number; /* of all of this server's */
    HttpServer *server;
    struct MHD_Connection *connection;
    int socket;
    _Atomic(RequestStep) step; /* other threads look at it: `query` is there before it says so */
    Buffer body;               /* of the request, but for uploads */
    uint64_t body_size, body_max;
    bool too_large; /* more came than is allowed */
    bool watched;
    bool close;        /* nothing can follow on this connection */
    const char *allow; /* for the answer: the resource's methods */
    char location[64]; /* for the answer: where what was made is; "" for others */

    /* An upload. */
    FILE *upload;
    char upload_name[160]; /* what its sender calls it */
    char upload_path[512]; /* relative to the store; "" for other requests */
    char upload_absolute[1024];
    uint64_t upload_hash; /* of its content so far, where the request has an Idempotency-Key */
    bool upload_failed;
    Error upload_error;

    /* What the coordinator is asked. */
    FrontQuestion *question;
    enum MHD_Result (*answered)(struct HttpRequest *request, const HttpAnswer *answer);
    char started[ID_TEXT_SIZE]; /* the statement that is to be taken on */

    /* The query. */
    bool load;
    char result_of[ID_TEXT_SIZE]; /* its rows are kept ones of this query; "" for others */
    FrontQuery *query;
    bool identify; /* first of all the answer tells the query's id, before anything of its result is known */
    ResultBody result;
    Buffer out; /* made, not sent yet */
    size_t out_sent;
    bool held;    /* `out` may be void yet, and stays here */
    bool ended;   /* the whole body is in `out` */
    bool aborted; /* after `out` the connection is cut */

    pthread_mutex_t lock; /* of what follows: shared with the front's thread */
    bool suspended;
    bool woken;
    bool gone; /* the client is */
} HttpRequest;

/* Answer with a body that is copied. */
enum MHD_Result http_answer(HttpRequest *request, unsigned status, const char *content_type, const char *body,
                            size_t size);
enum MHD_Result http_answer_problem(HttpRequest *request, const Error *error,
                                    unsigned status); /* 0: the error's own */
enum MHD_Result http_answer_json(HttpRequest *request, unsigned status, cJSON *object); /* takes the object */

/* The last step of every answer: the response is given up to libmicrohttpd, and counted. */
enum MHD_Result http_respond(HttpRequest *request, unsigned status, struct MHD_Response *response);

/* A header, an argument behind the "?"; NULL where there is none. */
const char *http_header(HttpRequest *request, const char *name);
const char *http_argument(HttpRequest *request, const char *name);

/* http_sleep.c. Sleep until woken; false where that has happened already, or the client has gone, and the
 * caller goes on. */
bool http_suspend(HttpRequest *request);
void http_wake(void *request);           /* any thread */
bool http_is_gone(HttpRequest *request); /* the client is: nothing more will be sent */
void http_let_go(HttpRequest *request);  /* as if it were; with the server's lock */
/* From here to the end of the request, see when its client goes. */
void http_watch(HttpRequest *request);
void http_unwatch(HttpRequest *request);
Status http_watcher_start(HttpServer *server, Error *error);
void http_watcher_stop(HttpServer *server); /* `stopping` is set */

/* http_listen.c. A listening socket of our own: so that the port is known, and an address in use is a clear
 * error. */
Status http_listen(HttpServer *server, int *made, Error *error);

/* http_ask.c. Ask the coordinator (takes `question`) and sleep; `answered` answers the request then. */
enum MHD_Result http_ask(HttpRequest *request, const char *path, cJSON *question,
                         enum MHD_Result (*answered)(HttpRequest *request, const HttpAnswer *answer));
enum MHD_Result http_ask_continue(HttpRequest *request, const char *path);

/* POST /query, /data/load with a JSON body. */
enum MHD_Result http_query_start(HttpRequest *request);
enum MHD_Result http_load_start(HttpRequest *request);
enum MHD_Result http_query_continue(HttpRequest *request);
enum MHD_Result http_load_submit(HttpRequest *request, const cJSON *document);

/* http_async.c: "async": true. Ask the coordinator to take the statement on, and answer 202. */
enum MHD_Result http_async_start(HttpRequest *request, const char *path, FrontOperation operation,
                                 const char *document);
/* GET /query/ID/result. */
enum MHD_Result http_result_start(HttpRequest *request, const char *path);
/* Submit what `request` is answered by. */
void http_submit(HttpRequest *request, FrontOperation operation, BodyFormat format, const char *document,
                 size_t size);
/* The form of rows that "Accept" asks for. */
BodyFormat http_accepted_format(HttpRequest *request);

/* http_key.c. Where the request names an Idempotency-Key, add to a load's document what tells it from others:
 * {"key": …, "request": …}, hashes of the key and of all that the load depends on. */
Status http_key_add(HttpRequest *request, cJSON *document, Error *error);

/* http_resource.c: which methods does the resource have ("GET, POST")? */
const char *http_resource_methods(const char *path); /* NULL: no such resource */
bool http_resource_allows(const char *path, const char *method);

/* For libmicrohttpd: decode %XX in place, but for %00, which would hide what follows it. The new length. */
size_t http_unescape(void *context, struct MHD_Connection *connection, char *text);

/* POST /data/load with the data as body. */
bool http_upload_begin(HttpRequest *request, Error *error);
void http_upload_write(HttpRequest *request, const char *bytes, size_t size);
enum MHD_Result http_upload_end(HttpRequest *request);
/* Speak of an upload by its sender's name for it, not by where it is staged. */
void http_upload_rename(const HttpRequest *request, Error *error);
void http_upload_discard(HttpRequest *request);

/* http_metrics.c: GET /metrics. */
enum MHD_Result http_metrics(HttpRequest *request, const char *path);

/* http_page.c: the page's files. */
bool http_page_has(const char *path);
enum MHD_Result http_page(HttpRequest *request, const char *path);

/* GET and DELETE. */
enum MHD_Result http_get(HttpRequest *request, const char *path);
enum MHD_Result http_delete(HttpRequest *request, const char *path);

#endif
