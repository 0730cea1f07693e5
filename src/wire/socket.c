#include "wire/socket.h"

#include "wire/message.h"

#include <errno.h>
#include <string.h>

enum { HIGH_WATER = 1000, HANDSHAKE_MS = 2000, BACKLOG = 512, RECONNECT_MS = 20, RECONNECT_MAX_MS = 500 };

static void
set_int(void *socket, int option, int value)
{
    zmq_setsockopt(socket, option, &value, sizeof value);
}

Status
socket_new(void *context, int type, void **made, Error *error)
{
    void *socket = zmq_socket(context, type);

    if (socket == NULL)
        return error_set(error, STATUS_IO, "cannot open a socket: %s", zmq_strerror(errno));
    const int64_t largest = MESSAGE_PAYLOAD_MAX;
    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &largest, sizeof largest);
    set_int(socket, ZMQ_LINGER, 0);
    set_int(socket, ZMQ_SNDHWM, type == ZMQ_PUSH ? 64 : HIGH_WATER);
    set_int(socket, ZMQ_RCVHWM, type == ZMQ_PULL ? 64 : HIGH_WATER);
    set_int(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
    set_int(socket, ZMQ_BACKLOG, BACKLOG);
    set_int(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS);
    set_int(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
    if (type == ZMQ_ROUTER)
        set_int(socket, ZMQ_ROUTER_MANDATORY, 1);
    if (type == ZMQ_PUSH)
        set_int(socket, ZMQ_IMMEDIATE, 1);
    *made = socket;
    return STATUS_OK;
}

Status
socket_bind(void *socket, const char *endpoint, char *actual, size_t actual_size, Error *error)
{
    if (zmq_bind(socket, endpoint) != 0)
        return error_set(error, errno == EADDRINUSE ? STATUS_IO : STATUS_CONFIGURATION, "cannot bind %s: %s",
                         endpoint, zmq_strerror(errno));
    size_t size = actual_size;
    if (zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, actual, &size) != 0)
        return error_set(error, STATUS_INTERNAL, "endpoint %s is too long", endpoint);
    return STATUS_OK;
}

Status
socket_connect(void *socket, const char *endpoint, Error *error)
{
    if (zmq_connect(socket, endpoint) != 0)
        return error_set(error, STATUS_CONNECTION, "cannot connect to %s: %s", endpoint, zmq_strerror(errno));
    return STATUS_OK;
}

#ifdef __SANITIZE_THREAD__
void __tsan_acquire(void *address);
void __tsan_release(void *address);

static char handed_over;

void
socket_hand_over(void)
{
    __tsan_release(&handed_over);
}

void
socket_take_over(void)
{
    __tsan_acquire(&handed_over);
}
#else
void
socket_hand_over(void)
{
}

void
socket_take_over(void)
{
}
#endif

static void
release_slab(void *data, void *hint)
{
    Slab *slab = hint;

    (void)data;
    slab_release(&slab);
}

static bool
send_slab(void *socket, Slab *slab)
{
    zmq_msg_t message;

    if (zmq_msg_init_data(&message, slab->data, slab->size, release_slab, slab_reference(slab)) != 0) {
        slab_release(&slab);
        return false;
    }
    if (zmq_msg_send(&message, socket, ZMQ_DONTWAIT) >= 0)
        return true;
    zmq_msg_close(&message);
    return false;
}

/* A first frame that is accepted commits the socket to the whole message: the later ones are accepted, too.
 */
bool
socket_send(void *socket, const Frame *frames, size_t count, Slab *slab)
{
    socket_hand_over();
    for (size_t i = 0; i < count; i++) {
        const int more = i + 1 < count || slab != NULL ? ZMQ_SNDMORE : 0;
        int sent;
        do
            sent = zmq_send(socket, frames[i].bytes, frames[i].size, ZMQ_DONTWAIT | more);
        while (sent < 0 && errno == EINTR);
        if (sent < 0)
            return false;
    }
    return slab == NULL || send_slab(socket, slab);
}

int
socket_events(void *socket)
{
    int events = 0;
    size_t size = sizeof events;

    zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size);
    return events;
}
