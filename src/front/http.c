#include "front/http.h"

#include "base/clock.h"
#include "base/memory.h"
#include "front/http_request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WATCH_MS = 50, CONNECTIONS_MAX = 4096, WATCHED_MAX = 4096 };

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

/* --- sleeping
 * ----------------------------------------------------------------------------------------------------------
 */

bool
http_suspend(HttpRequest *request)
{
    pthread_mutex_lock(&request->lock);
    const bool sleep = !request->woken && !request->gone;
    request->woken = false;
    request->suspended = sleep;
    if (sleep)
        request->server->library->MHD_suspend_connection(request->connection);
    pthread_mutex_unlock(&request->lock);
    return sleep;
}

bool
http_is_gone(HttpRequest *request)
{
    pthread_mutex_lock(&request->lock);
    const bool gone = request->gone;
    pthread_mutex_unlock(&request->lock);
    return gone;
}

void
http_wake(void *context)
{
    HttpRequest *request = context;

    pthread_mutex_lock(&request->lock);
    if (request->suspended) {
        request->suspended = false;
        request->server->library->MHD_resume_connection(request->connection);
    } else {
        request->woken = true;
    }
    pthread_mutex_unlock(&request->lock);
}

/* libmicrohttpd does not look at suspended connections: this thread sees when their clients go. */
static void
wake_gone(HttpServer *server)
{
    static struct pollfd polled[WATCHED_MAX];
    static HttpRequest *watched[WATCHED_MAX];
    nfds_t count = 0;

    pthread_mutex_lock(&server->lock);
    for (HttpRequest *request = server->requests; request != NULL && count < WATCHED_MAX;
         request = request->next) {
        if (request->step != REQUEST_QUERY && request->step != REQUEST_ANSWERED)
            continue;
        watched[count] = request;
        polled[count++] = (struct pollfd){.fd = request->socket, .events = POLLRDHUP};
    }
    if (count > 0 && poll(polled, count, 0) > 0)
        for (nfds_t i = 0; i < count; i++) {
            HttpRequest *request = watched[i];
            if ((polled[i].revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0)
                continue;
            pthread_mutex_lock(&request->lock);
            const bool known = request->gone;
            request->gone = true;
            pthread_mutex_unlock(&request->lock);
            if (known)
                continue;
            if (request->query != NULL)
                front_query_cancel(request->query);
            http_wake(request);
        }
    pthread_mutex_unlock(&server->lock);
}

static void *
run_watcher(void *argument)
{
    HttpServer *server = argument;

    for (;;) {
        pthread_mutex_lock(&server->lock);
        const bool stopping = server->stopping;
        pthread_mutex_unlock(&server->lock);
        if (stopping)
            return NULL;
        wake_gone(server);
        poll(NULL, 0, WATCH_MS);
    }
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
    http_upload_discard(request);
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

static bool
is_json_content(HttpRequest *request)
{
    const char *type = http_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);

    return type == NULL || strncasecmp(type, "application/json", 16) == 0 ||
           strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0; /* curl -d says so */
}

/* Codings of the body that nobody here undoes. The answer goes out before the body is read: the connection
 * closes. */
static enum MHD_Result
refuse_coding(HttpRequest *request, bool *refused)
{
    const char *transfer = http_header(request, MHD_HTTP_HEADER_TRANSFER_ENCODING);
    const char *content = http_header(request, MHD_HTTP_HEADER_CONTENT_ENCODING);

    *refused = true;
    if (transfer != NULL && strcasecmp(transfer, "chunked") != 0) {
        request->close = true;
        return answer_error(request, MHD_HTTP_NOT_IMPLEMENTED, STATUS_NOT_SUPPORTED,
                            "the only transfer coding is \"chunked\"");
    }
    if (content != NULL && strcasecmp(content, "identity") != 0)
        return answer_error(
            request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, STATUS_NOT_SUPPORTED,
            "a body with a Content-Encoding is not taken: name the data \"….gz\" or \"….zst\"");
    *refused = false;
    return MHD_YES;
}

/* Before the body: an upload is opened, a body that is announced as too large is refused. */
static enum MHD_Result
begin(HttpServer *server, struct MHD_Connection *connection, const char *path, const char *method,
      void **state)
{
    HttpRequest *request = request_new(server, connection);
    const char *length = http_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
    bool refused;

    *state = request;
    const enum MHD_Result refusal = refuse_coding(request, &refused);
    if (refused)
        return refusal;
    if (strcmp(method, "POST") == 0 && strcmp(path, "/data/load") == 0 && !is_json_content(request)) {
        Error error = {0};
        if (!http_upload_begin(request, &error))
            return http_answer_problem(request, &error, 0);
        return MHD_YES;
    }
    if (length != NULL && strtoull(length, NULL, 10) > HTTP_BODY_MAX)
        return answer_error(request, MHD_HTTP_CONTENT_TOO_LARGE, STATUS_LIMIT_EXCEEDED,
                            "the body is larger than 8 MiB");
    return MHD_YES;
}

static void
take_body(HttpRequest *request, const char *bytes, size_t size)
{
    if (request->upload != NULL)
        http_upload_write(request, bytes, size);
    else if (request->body.size + size > HTTP_BODY_MAX)
        request->too_large = true;
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
        return answer_error(request, MHD_HTTP_CONTENT_TOO_LARGE, STATUS_LIMIT_EXCEEDED,
                            "the body is larger than 8 MiB");
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

    (void)version;
    if (request == NULL)
        return begin(context, connection, path, method, state);
    if (*upload_size > 0) {
        take_body(request, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    switch (atomic_load(&request->step)) {
    case REQUEST_BODY: return route(request, path, method);
    case REQUEST_QUERY: return http_query_continue(request);
    default: return MHD_YES;
    }
}

/* --- start and stop
 * ------------------------------------------------------------------------------------------------------ */

static Status
parse_listen(const HttpConfig *config, struct sockaddr_storage *address, socklen_t *size, Error *error)
{
    char host[256];
    const char *colon = strrchr(config->listen, ':');
    const char *name = config->listen;
    size_t length = colon != NULL ? (size_t)(colon - config->listen) : 0;

    if (colon == NULL || length >= sizeof host || colon[1] == '\0' ||
        strspn(colon + 1, "0123456789") != strlen(colon + 1) || strlen(colon + 1) > 5 ||
        atoi(colon + 1) > UINT16_MAX)
        return error_set(error, STATUS_CONFIGURATION,
                         "--http takes HOST:PORT with a port up to 65535, not \"%s\"", config->listen);
    if (length >= 2 && name[0] == '[' && name[length - 1] == ']') {
        name++;
        length -= 2;
    }
    memcpy(host, name, length);
    host[length] = '\0';
    if (strcmp(host, "*") == 0)
        snprintf(host, sizeof host, "0.0.0.0");

    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found;
    const int result = getaddrinfo(length > 0 ? host : "127.0.0.1", colon + 1, &hints, &found);
    if (result != 0)
        return error_set(error, STATUS_CONFIGURATION, "cannot resolve \"%s\": %s", config->listen,
                         gai_strerror(result));
    memcpy(address, found->ai_addr, found->ai_addrlen);
    *size = found->ai_addrlen;
    freeaddrinfo(found);
    return STATUS_OK;
}

static bool
is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    return address->ss_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static Status
find_address(const HttpConfig *config, struct sockaddr_storage *address, socklen_t *size, Error *error)
{
    TRY(parse_listen(config, address, size, error));
    if (config->insecure || is_loopback(address))
        return STATUS_OK;
    error_set(error, STATUS_CONFIGURATION, "%s is not a loopback address, and no security is configured",
              config->listen);
    return error_hint(error, "pass --insecure where the network can be trusted");
}

Status
http_check(const HttpConfig *config, Error *error)
{
    struct sockaddr_storage address;
    socklen_t size;

    return find_address(config, &address, &size, error);
}

/* A listening socket of our own: so that the port is known, and an address in use is a clear error. */
static Status
open_socket(HttpServer *server, int *made, Error *error)
{
    struct sockaddr_storage address;
    socklen_t size;
    const int yes = 1;
    char host[INET6_ADDRSTRLEN];
    char port[16];

    TRY(find_address(&server->config, &address, &size, error));
    const int listener = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open a socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 511) != 0) {
        const int failure = errno;
        close(listener);
        return error_set_errno(error, failure == EADDRNOTAVAIL ? STATUS_CONFIGURATION : STATUS_IO, failure,
                               "cannot listen on %s", server->config.listen);
    }
    size = sizeof address;
    getsockname(listener, (struct sockaddr *)&address, &size);
    getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(server->url, sizeof server->url, strchr(host, ':') != NULL ? "http://[%s]:%s" : "http://%s:%s",
             host, port);
    *made = listener;
    return STATUS_OK;
}

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
    TRY_GOTO(open_socket(server, &listener, error), failed);
    server->daemon = server->library->MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL, handle, server,
        MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_COMPLETED, request_completed, server,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, 120u,
        MHD_OPTION_END);
    if (server->daemon == NULL) {
        close(listener);
        status = error_set(error, STATUS_IO, "cannot serve HTTP on %s", config->listen);
        goto failed;
    }
    if (pthread_create(&server->watcher, NULL, run_watcher, server) != 0) {
        server->library->MHD_stop_daemon(server->daemon);
        status = error_set(error, STATUS_IO, "cannot start a thread");
        goto failed;
    }
    *made = server;
    return STATUS_OK;

failed:
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
        http_wake(request);
    pthread_mutex_unlock(&server->lock);
    pthread_join(server->watcher, NULL);
    server->library->MHD_stop_daemon(server->daemon);
    if (listener >= 0)
        close(listener);
    pthread_mutex_destroy(&server->lock);
    free(server);
    *self = NULL;
}
