/* wire/socket.h: ZeroMQ sockets with the options that Runnel always sets, and multipart messages sent whole
 * or not. */
#ifndef RUNNEL_WIRE_SOCKET_H
#define RUNNEL_WIRE_SOCKET_H

#include "base/error.h"
#include "base/slab.h"

#include <stdbool.h>
#include <zmq.h>

/* LINGER 0, bounded messages, high-water marks in messages, a handshake timeout; ROUTER_MANDATORY; IMMEDIATE
 * for PUSH, so that nothing is queued into a connection that is not there. */
Status socket_new(void *context, int type, void **socket, Error *error);
Status socket_bind(void *socket, const char *endpoint, char *actual, size_t actual_size, Error *error);
Status socket_connect(void *socket, const char *endpoint, Error *error);

/* Send the frames (1 to 3) DONTWAIT; sizes 0 are empty frames. False: refused, nothing was sent. `slab`,
 * where not NULL, is a last frame sent by reference. */
typedef struct Frame {
    const void *bytes;
    size_t size;
} Frame;

bool socket_send(void *socket, const Frame *frames, size_t count, Slab *slab);

/* Around libzmq's own hand-over of memory from thread to thread, which the thread sanitizer cannot see:
 * before a send, after a receive. Nothing in other builds. */
void socket_hand_over(void);
void socket_take_over(void);

/* The events that wait now: ZMQ_POLLIN, ZMQ_POLLOUT. */
int socket_events(void *socket);

#endif
