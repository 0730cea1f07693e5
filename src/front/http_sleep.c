/* Requests that wait sleep: their connections are suspended, and whoever has something for them wakes them.
 * libmicrohttpd does not look at a suspended connection, so a thread of its own sees when its client goes. */
#include "front/http_request.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS_MAX = 64, LOOK_MS = 100 };

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

void
http_let_go(HttpRequest *request)
{
    pthread_mutex_lock(&request->lock);
    const bool known = request->gone;
    request->gone = true;
    pthread_mutex_unlock(&request->lock);
    if (known)
        return;
    if (request->step != REQUEST_BODY && request->query != NULL)
        front_query_cancel(request->query);
    http_wake(request);
}

/* --- clients that go
 * ---------------------------------------------------------------------------------------------------- */

void
http_watch(HttpRequest *request)
{
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET, .data.u64 = request->number};

    /* One that has gone already is told at once. */
    request->watched = true;
    epoll_ctl(request->server->watched, EPOLL_CTL_ADD, request->socket, &event);
}

void
http_unwatch(HttpRequest *request)
{
    struct epoll_event ignored = {0};

    if (request->watched)
        epoll_ctl(request->server->watched, EPOLL_CTL_DEL, request->socket, &ignored);
}

/* An event may come after its request has ended: numbers are never used again. */
static void
let_go_of(HttpServer *server, uint64_t number)
{
    pthread_mutex_lock(&server->lock);
    for (HttpRequest *request = server->requests; request != NULL; request = request->next) {
        if (request->number != number)
            continue;
        http_let_go(request);
        break;
    }
    pthread_mutex_unlock(&server->lock);
}

static bool
is_stopping(HttpServer *server)
{
    pthread_mutex_lock(&server->lock);
    const bool stopping = server->stopping;
    pthread_mutex_unlock(&server->lock);
    return stopping;
}

static void *
run_watcher(void *argument)
{
    HttpServer *server = argument;
    struct epoll_event events[EVENTS_MAX];

    while (!is_stopping(server)) {
        const int count = epoll_wait(server->watched, events, EVENTS_MAX, LOOK_MS);
        for (int i = 0; i < count; i++)
            let_go_of(server, events[i].data.u64);
    }
    return NULL;
}

Status
http_watcher_start(HttpServer *server, Error *error)
{
    server->watched = epoll_create1(EPOLL_CLOEXEC);
    if (server->watched < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot watch connections");
    if (pthread_create(&server->watcher, NULL, run_watcher, server) == 0)
        return STATUS_OK;
    close(server->watched);
    return error_set(error, STATUS_IO, "cannot start a thread");
}

void
http_watcher_stop(HttpServer *server)
{
    pthread_join(server->watcher, NULL);
    close(server->watched);
}
