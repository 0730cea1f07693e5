#include "front/http.h"

#include "base/clock.h"
#include "base/memory.h"
#include "front/http_request.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 4096 };

/* --- answers
 * ---------------------------------------------------------------------------------------------------------
 */

enum MHD_Result
http_respond(HttpRequest *request, unsigned status, struct MHD_Response *response)
{
    const HttpLibrary *library = request->server->library;
    const enum MHD_Result result = library->MHD_queue_response(request->connection, status, response);

    atomic_fetch_add(&request->server->answers[status < HTTP_CODES ? status : 0], 1);
    library->MHD_destroy_response(response);
    return result;
}

enum MHD_Result
http_answer(HttpRequest *request, unsigned status, const char *content_type, const char *body, size_t size)
{
    const HttpLibrary *library = request->server->library;
    struct MHD_Response *response =
        library->MHD_create_response_from_buffer(size, (void *)(size > 0 ? body : ""), MHD_RESPMEM_MUST_COPY);

    request->step = REQUEST_ANSWERED;
    if (response == NULL)
        return MHD_NO;
    library->MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    if (request->allow != NULL)
        library->MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, request->allow);
    if (request->location[0] != '\0')
        library->MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, request->location);
    if (request->close)
        library->MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    return http_respond(request, status, response);
}

enum MHD_Result
http_answer_problem(HttpRequest *request, const Error *error, unsigned status)
{
    cJSON *problem = cJSON_CreateObject();
    const unsigned code = status != 0 ? status : (unsigned)status_http(error->code);

    cJSON_AddStringToObject(problem, "type", "about:blank");
    cJSON_AddStringToObject(problem, "title", status_text(error->code));
    cJSON_AddNumberToObject(problem, "status", code);
    cJSON_AddStringToObject(problem, "detail", error->message);
    cJSON_AddStringToObject(problem, "sqlstate", status_sqlstate(error->code));
    if (error->sql_position > 0)
        cJSON_AddNumberToObject(problem, "position", error->sql_position);
    if (error->hint[0] != '\0')
        cJSON_AddStringToObject(problem, "hint", error->hint);
    char *text = cJSON_PrintUnformatted(problem);
    const enum MHD_Result result = http_answer(request, code, "application/problem+json", text, strlen(text));
    free(text);
    cJSON_Delete(problem);
    return result;
}

static enum MHD_Result
answer_error(HttpRequest *request, unsigned http_status, Status code, const char *text)
{
    Error error = {0};

    error_set(&error, code, "%s", text);
    return http_answer_problem(request, &error, http_status);
}

/* --- requests
 * ----------------------------------------------------------------------------------------------------------
 */

static HttpRequest *
request_new(HttpServer *server, struct MHD_Connection *connection)
{
    HttpRequest *request = MEMORY_NEW(HttpRequest);
    const union MHD_ConnectionInfo *info =
        server->library->MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    request->server = server;
    request->connection = connection;
    request->socket = info != NULL ? info->connect_fd : -1;
    request->body.limit = HTTP_BODY_MAX + 1;
    pthread_mutex_init(&request->lock, NULL);
    pthread_mutex_lock(&server->lock);
    request->number = ++server->request_count;
    request->gone = server->stopping;
    request->next = server->requests;
    if (request->next != NULL)
        request->next->previous = request;
    server->requests = request;
    pthread_mutex_unlock(&server->lock);
    return request;
}

static void
request_completed(void *context, struct MHD_Connection *connection, void **state,
                  enum MHD_RequestTerminationCode code)
{
    HttpServer *server = context;
    HttpRequest *request = *state;

    (void)connection;
    (void)code;
    *state = NULL;
    if (request == NULL)
        return;
    pthread_mutex_lock(&server->lock);
    if (request->previous != NULL)
        request->previous->next = request->next;
    else
        server->requests = request->next;
    if (request->next != NULL)
        request->next->previous = request->previous;
    pthread_mutex_unlock(&server->lock);
    http_unwatch(request);
    http_upload_discard(request);
    front_question_close(&request->question); /* no wake-up comes after this */
    if (request->query != NULL) {
        front_query_detach(request->query); /* no wake-up comes after this */
        front_query_close(&request->query);
        result_body_destroy(&request->result);
    }
    buffer_destroy(&request->body);
    buffer_destroy(&request->out);
    pthread_mutex_destroy(&request->lock);
    free(request);
}

const char *
http_header(HttpRequest *request, const char *name)
{
    return request->server->library->MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *
http_argument(HttpRequest *request, const char *name)
{
    return request->server->library->MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND,
                                                                 name);
}

/* Whether the body's media type is this one, whatever its parameters are. */
static bool
is_content(HttpRequest *request, const char *wanted)
{
    const char *type = http_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
    const size_t size = strlen(wanted);

    return type != NULL && strncasecmp(type, wanted, size) == 0 && strcspn(type + size, "; \t") == 0;
}

static bool
is_json_content(HttpRequest *request)
{
    return http_header(request, MHD_HTTP_HEADER_CONTENT_TYPE) == NULL ||
           is_content(request, "application/json") ||
           is_content(request, "application/x-www-form-urlencoded"); /* curl -d says so */
}

/* A body that is not JSON where JSON is wanted, or a form where a file is. Text is let pass: browsers say so
 * of strings. */
static enum MHD_Result
refuse_content(HttpRequest *request, const char *path, bool *refused)
{
    const bool load = strcmp(path, "/data/load") == 0;
    Error error = {0};

    *refused =
        load ? is_content(request, "multipart/form-data")
             : strcmp(path, "/query") == 0 && !is_json_content(request) && !is_content(request, "text/plain");
    if (!*refused)
        return MHD_YES;
    error_set(&error, STATUS_NOT_SUPPORTED, load ? "a form is not taken as a file" : "the body must be JSON");
    error_hint(&error, load
                           ? "send the file as the body: curl -H 'Content-Type: text/csv' --data-binary @FILE"
                           : "Content-Type: application/json");
    return http_answer_problem(request, &error, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE);
}

/* RFC 9112, 3.2 and 6.3: no host is named; or two lengths are, and whoever stands between may believe the
 * other. */
static const char *
ambiguity_of(HttpRequest *request, const char *version)
{
    if (strcmp(version, MHD_HTTP_VERSION_1_1) == 0 && http_header(request, MHD_HTTP_HEADER_HOST) == NULL)
        return "the header \"Host\" is missing";
    if (http_header(request, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL &&
        http_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH) != NULL)
        return "\"Content-Length\" and \"Transfer-Encoding\" exclude each other";
    return NULL;
}

/* What cannot be read, or codings of the body that nobody here undoes. The answer goes out before the body is
 * read: the connection closes. */
static enum MHD_Result
refuse_head(HttpRequest *request, const char *version, bool *refused)
{
    const char *transfer = http_header(request, MHD_HTTP_HEADER_TRANSFER_ENCODING);
    const char *content = http_header(request, MHD_HTTP_HEADER_CONTENT_ENCODING);
    const char *ambiguity = ambiguity_of(request, version);

    *refused = true;
    if (ambiguity != NULL) {
        request->close = true;
        return answer_error(request, MHD_HTTP_BAD_REQUEST, STATUS_PROTOCOL, ambiguity);
    }
    if (transfer != NULL && strcasecmp(transfer, "chunked") != 0) {
        request->close = true;
        return answer_error(request, MHD_HTTP_BAD_REQUEST, STATUS_NOT_SUPPORTED,
                            "the only transfer coding is \"chunked\"");
    }
    if (content != NULL && strcasecmp(content, "identity") != 0)
        return answer_error(
            request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, STATUS_NOT_SUPPORTED,
            "a body with a Content-Encoding is not taken: name the data \"….gz\" or \"….zst\"");
    *refused = false;
    return MHD_YES;
}

static enum MHD_Result
answer_too_large(HttpRequest *request)
{
    Error error = {0};

    error_set(&error, STATUS_LIMIT_EXCEEDED, "the body is larger than %llu bytes",
              (unsigned long long)request->body_max);
    return http_answer_problem(request, &error, MHD_HTTP_CONTENT_TOO_LARGE);
}

/* Before the body: an upload is opened, a body that is announced as too large is refused. */
static enum MHD_Result
begin(HttpServer *server, struct MHD_Connection *connection, const char *path, const char *method,
      const char *version, void **state)
{
    HttpRequest *request = request_new(server, connection);
    const char *length = http_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
    const bool post = strcmp(method, "POST") == 0;
    const bool upload = post && strcmp(path, "/data/load") == 0 && !is_json_content(request);
    Error error = {0};
    bool refused;

    *state = request;
    request->body_max = upload ? server->config.upload_max : HTTP_BODY_MAX;
    enum MHD_Result refusal = refuse_head(request, version, &refused);
    if (!refused && post)
        refusal = refuse_content(request, path, &refused);
    if (refused)
        return refusal;
    if (length != NULL && strtoull(length, NULL, 10) > request->body_max)
        return answer_too_large(request);
    if (upload && !http_upload_begin(request, &error))
        return http_answer_problem(request, &error, 0);
    return MHD_YES;
}

static void
take_body(HttpRequest *request, const char *bytes, size_t size)
{
    request->body_size += size;
    if (request->body_size > request->body_max)
        request->too_large = true;
    else if (request->upload != NULL)
        http_upload_write(request, bytes, size);
    else
        buffer_append(&request->body, bytes, size);
}

/* The method is none of the resource's: OPTIONS asks which are. */
static enum MHD_Result
answer_methods(HttpRequest *request, const char *path, const char *method)
{
    request->allow = http_resource_methods(path);
    if (request->allow == NULL)
        return answer_error(request, MHD_HTTP_NOT_FOUND, STATUS_UNDEFINED_OBJECT, "no such resource");
    if (strcmp(method, "OPTIONS") == 0)
        return http_answer(request, MHD_HTTP_NO_CONTENT, "application/json", "", 0);
    return answer_error(request, MHD_HTTP_METHOD_NOT_ALLOWED, STATUS_INVALID_PARAMETER,
                        "this method is not allowed here");
}

static enum MHD_Result
route(HttpRequest *request, const char *path, const char *method)
{
    if (request->too_large)
        return answer_too_large(request);
    if (request->upload != NULL)
        return http_upload_end(request);
    if (!http_resource_allows(path, method))
        return answer_methods(request, path, method);
    if (strcmp(method, "POST") == 0)
        return strcmp(path, "/query") == 0 ? http_query_start(request) : http_load_start(request);
    if (strcmp(method, "DELETE") == 0)
        return http_delete(request, path);
    return http_get(request, path);
}

/* Proxies name the whole URL (RFC 9112, 3.2.2). */
static const char *
path_of(const char *target)
{
    const char *host = strncasecmp(target, "http://", 7) == 0    ? target + 7
                       : strncasecmp(target, "https://", 8) == 0 ? target + 8
                                                                 : NULL;

    if (host == NULL)
        return target;
    return strchr(host, '/') != NULL ? strchr(host, '/') : "/";
}

static enum MHD_Result
handle(void *context, struct MHD_Connection *connection, const char *target, const char *method,
       const char *version, const char *upload, size_t *upload_size, void **state)
{
    HttpRequest *request = *state;
    const char *path = path_of(target);

    if (request == NULL)
        return begin(context, connection, path, method, version, state);
    if (*upload_size > 0) {
        take_body(request, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    switch (atomic_load(&request->step)) {
    case REQUEST_BODY: return route(request, path, method);
    case REQUEST_QUERY: return http_query_continue(request);
    case REQUEST_QUESTION: return http_ask_continue(request, path);
    default: return MHD_YES;
    }
}

/* --- start and stop
 * ------------------------------------------------------------------------------------------------------ */

Status
http_start(Front *front, const HttpConfig *config, HttpServer **made, Error *error)
{
    HttpServer *server = MEMORY_NEW(HttpServer);
    Status status;
    int listener = -1;

    server->front = front;
    server->config = *config;
    pthread_mutex_init(&server->lock, NULL);
    TRY_GOTO(http_library_load(&server->library, error), failed);
    TRY_GOTO(http_listen(server, &listener, error), failed);
    TRY_GOTO(http_watcher_start(server, error), failed);
    server->daemon = server->library->MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL, handle, server,
        MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_COMPLETED, request_completed, server,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        config->client_timeout_s, MHD_OPTION_UNESCAPE_CALLBACK, http_unescape, NULL, MHD_OPTION_END);
    if (server->daemon == NULL) {
        pthread_mutex_lock(&server->lock);
        server->stopping = true;
        pthread_mutex_unlock(&server->lock);
        http_watcher_stop(server);
        status = error_set(error, STATUS_IO, "cannot serve HTTP on %s", config->listen);
        goto failed;
    }
    *made = server;
    return STATUS_OK;

failed:
    if (listener >= 0)
        close(listener);
    pthread_mutex_destroy(&server->lock);
    free(server);
    return status;
}

const char *
http_url(const HttpServer *server)
{
    return server->url;
}

/* Suspended requests must be resumed before the daemon stops. */
static void
cancel_requests(HttpServer *server)
{
    pthread_mutex_lock(&server->lock);
    for (HttpRequest *request = server->requests; request != NULL; request = request->next)
        if (request->step != REQUEST_BODY && request->query != NULL)
            front_query_cancel(request->query);
    pthread_mutex_unlock(&server->lock);
}

static bool
has_requests(HttpServer *server)
{
    pthread_mutex_lock(&server->lock);
    const bool some = server->requests != NULL;
    pthread_mutex_unlock(&server->lock);
    return some;
}

void
http_stop(HttpServer **self)
{
    HttpServer *server = *self;

    if (server == NULL)
        return;
    const int listener = server->library->MHD_quiesce_daemon(server->daemon);
    cancel_requests(server);
    const int64_t until = clock_monotonic_us() + 2000000;
    while (has_requests(server) && clock_monotonic_us() < until)
        poll(NULL, 0, 10);
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    for (HttpRequest *request = server->requests; request != NULL; request = request->next)
        http_let_go(request);
    pthread_mutex_unlock(&server->lock);
    server->library->MHD_stop_daemon(server->daemon);
    http_watcher_stop(server); /* after the daemon, whose thread adds to what is watched */
    if (listener >= 0)
        close(listener);
    pthread_mutex_destroy(&server->lock);
    free(server);
    *self = NULL;
}
