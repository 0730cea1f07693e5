#include "wire/transport.h"

#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "wire/socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { QUEUE_LIMIT = 65536, POLL_MAX = 4096 };

/* A message that a socket refused, kept until it is writable. */
typedef struct Queued {
    struct Queued *next;
    size_t header_size;
    size_t payload_size;
    bool has_payload;
    char bytes[];
} Queued;

typedef struct SendQueue {
    Queued *first;
    Queued **last;
    size_t count;
} SendQueue;

typedef struct Peer {
    Incarnation incarnation;
    char endpoint[NODE_ENDPOINT_SIZE];
    void *socket;
    SendQueue queue;
    bool refused; /* a record was: tell when writable */
} Peer;

/* What a ROUTER knows a member by. */
typedef struct Member {
    Incarnation incarnation;
    size_t identity_size;
    char identity[256];
} Member;

struct Transport {
    void *context;
    Incarnation self;
    uint64_t epoch;
    void *inbox;
    void *control;
    bool router;
    SendQueue control_queue;
    Map peers;    /* Incarnation → Peer */
    Map members;  /* Incarnation → Member */
    Arena *arena; /* of the received message */
    Buffer header;
    zmq_pollitem_t *poll;
    Peer **poll_peers;
    size_t poll_capacity;
    TransportCounters counters;
    zmq_msg_t header_frame;
    bool holding; /* frames of the last received message */
    Received *held;
};

static void
queue_init(SendQueue *queue)
{
    queue->first = NULL;
    queue->last = &queue->first;
    queue->count = 0;
}

static void
queue_clear(SendQueue *queue)
{
    for (Queued *queued = queue->first, *next; queued != NULL; queued = next) {
        next = queued->next;
        free(queued);
    }
    queue_init(queue);
}

static bool
queue_add(SendQueue *queue, const Buffer *header, const Message *message)
{
    if (queue->count >= QUEUE_LIMIT)
        return false;

    const bool has_payload = message_has_payload(message->type);
    Queued *queued = memory_alloc_zero(1, sizeof *queued + header->size + message->payload_size);
    queued->header_size = header->size;
    queued->payload_size = message->payload_size;
    queued->has_payload = has_payload;
    memcpy(queued->bytes, header->data, header->size);
    if (message->payload_size > 0)
        memcpy(queued->bytes + header->size, message->payload, message->payload_size);
    *queue->last = queued;
    queue->last = &queued->next;
    queue->count++;
    return true;
}

/* Send what waits, oldest first, while the socket takes it. */
static void
queue_flush(SendQueue *queue, void *socket)
{
    while (queue->first != NULL) {
        Queued *queued = queue->first;
        const Frame frames[2] = {{queued->bytes, queued->header_size},
                                 {queued->bytes + queued->header_size, queued->payload_size}};
        if (!socket_send(socket, frames, queued->has_payload ? 2 : 1, NULL))
            return;
        queue->first = queued->next;
        if (queue->first == NULL)
            queue->last = &queue->first;
        queue->count--;
        free(queued);
    }
}

Incarnation
transport_draw_incarnation(void)
{
    Incarnation incarnation = {0, 0};

    while (incarnation_is_none(incarnation))
        if (getrandom(&incarnation, sizeof incarnation, 0) != (ssize_t)sizeof incarnation) {
            perror("runnel: getrandom");
            abort();
        }
    return incarnation;
}

const char *
transport_process_token(void)
{
    static char token[48];
    static int owner;

    if (owner != (int)getpid()) {
        char text[ID_TEXT_SIZE];
        incarnation_format(transport_draw_incarnation(), text);
        snprintf(token, sizeof token, "%s", text);
        owner = (int)getpid();
    }
    return token;
}

Transport *
transport_new(void *context, Incarnation self)
{
    Transport *transport = MEMORY_NEW(Transport);

    transport->context = context;
    transport->self = self;
    queue_init(&transport->control_queue);
    map_init(&transport->peers, sizeof(Incarnation));
    map_init(&transport->members, sizeof(Incarnation));
    transport->arena = arena_new(NULL);
    return transport;
}

static void
peer_free(Peer *peer)
{
    if (peer->socket != NULL)
        zmq_close(peer->socket);
    queue_clear(&peer->queue);
    free(peer);
}

static void
release_received(Transport *transport)
{
    if (!transport->holding)
        return;
    zmq_msg_close(&transport->header_frame);
    zmq_msg_close(&transport->held->payload_frame);
    transport->holding = false;
}

void
transport_destroy(Transport **self)
{
    Transport *transport = *self;

    if (transport == NULL)
        return;
    release_received(transport);
    for (size_t i = 0; i < transport->peers.count; i++)
        peer_free(map_value_at(&transport->peers, i));
    for (size_t i = 0; i < transport->members.count; i++)
        free(map_value_at(&transport->members, i));
    map_destroy(&transport->peers);
    map_destroy(&transport->members);
    if (transport->control != NULL) {
        queue_flush(&transport->control_queue, transport->control);
        const int linger = 200; /* a BYE or an answer that was just sent shall leave */
        zmq_setsockopt(transport->control, ZMQ_LINGER, &linger, sizeof linger);
        zmq_close(transport->control);
    }
    queue_clear(&transport->control_queue);
    if (transport->inbox != NULL)
        zmq_close(transport->inbox);
    arena_destroy(&transport->arena);
    buffer_destroy(&transport->header);
    free(transport->poll);
    free(transport->poll_peers);
    free(transport);
    *self = NULL;
}

Incarnation
transport_self(const Transport *transport)
{
    return transport->self;
}

void
transport_set_self(Transport *transport, Incarnation self)
{
    transport->self = self;
}

void
transport_set_epoch(Transport *transport, uint64_t epoch)
{
    transport->epoch = epoch;
}

Status
transport_bind_inbox(Transport *transport, const char *endpoint, char *actual, size_t actual_size,
                     Error *error)
{
    if (transport->inbox == NULL)
        TRY(socket_new(transport->context, ZMQ_PULL, &transport->inbox, error));
    return socket_bind(transport->inbox, endpoint, actual, actual_size, error);
}

Status
transport_bind_inboxes(Transport *transport, const char *list, char *all, size_t size, Error *error)
{
    char one[NODE_ENDPOINT_SIZE];
    size_t used = 0;

    all[0] = '\0';
    for (const char *at = list; *at != '\0';) {
        const size_t length = strcspn(at, " ");
        char actual[NODE_ENDPOINT_SIZE];
        if (length >= sizeof one)
            return error_set(error, STATUS_CONFIGURATION, "endpoint too long: %s", at);
        memcpy(one, at, length);
        one[length] = '\0';
        TRY(transport_bind_inbox(transport, one, actual, sizeof actual, error));
        const int written = snprintf(all + used, size - used, "%s%s", used > 0 ? " " : "", actual);
        if (written < 0 || (size_t)written >= size - used)
            return error_set(error, STATUS_CONFIGURATION, "endpoints too long: %s", list);
        used += (size_t)written;
        at += length + (at[length] == ' ');
    }
    return STATUS_OK;
}

Status
transport_bind_control(Transport *transport, const char *endpoint, char *actual, size_t actual_size,
                       Error *error)
{
    if (transport->control == NULL)
        TRY(socket_new(transport->context, ZMQ_ROUTER, &transport->control, error));
    transport->router = true;
    return socket_bind(transport->control, endpoint, actual, actual_size, error);
}

Status
transport_connect_control(Transport *transport, const char *endpoint, Error *error)
{
    if (transport->control != NULL)
        zmq_close(transport->control);
    transport->control = NULL;
    TRY(socket_new(transport->context, ZMQ_DEALER, &transport->control, error));
    return socket_connect(transport->control, endpoint, error);
}

/* The first alternative that this process can reach. */
static void
choose_endpoint(const char *alternatives, char *chosen, size_t size)
{
    char mine[64];

    snprintf(mine, sizeof mine, "inproc://%s/", transport_process_token());
    chosen[0] = '\0';
    for (const char *at = alternatives; *at != '\0';) {
        const size_t length = strcspn(at, " ");
        const bool reachable = strncmp(at, "inproc://", 9) != 0 || strncmp(at, mine, strlen(mine)) == 0;
        if (length > 0 && length < size && reachable) {
            memcpy(chosen, at, length);
            chosen[length] = '\0';
            return;
        }
        at += length + (at[length] == ' ');
    }
}

void
transport_set_peer(Transport *transport, Incarnation incarnation, const char *endpoint)
{
    if (map_get(&transport->peers, &incarnation) != NULL)
        return;
    Peer *peer = MEMORY_NEW(Peer);
    peer->incarnation = incarnation;
    queue_init(&peer->queue);
    choose_endpoint(endpoint, peer->endpoint, sizeof peer->endpoint);
    map_put(&transport->peers, &incarnation, peer);
}

void
transport_drop_peer(Transport *transport, Incarnation incarnation)
{
    Peer *peer = map_remove(&transport->peers, &incarnation);
    Member *member = map_remove(&transport->members, &incarnation);

    if (peer != NULL)
        peer_free(peer);
    free(member);
}

static bool
peer_open(Transport *transport, Peer *peer)
{
    if (peer->socket != NULL)
        return true;
    Error error = {0};
    if (peer->endpoint[0] == '\0' ||
        socket_new(transport->context, ZMQ_PUSH, &peer->socket, &error) != STATUS_OK)
        return false;
    if (socket_connect(peer->socket, peer->endpoint, &error) != STATUS_OK) {
        log_line(LOG_WARNING, "wire", "%s", error.message);
        zmq_close(peer->socket);
        peer->socket = NULL;
        return false;
    }
    return true;
}

static void
encode(Transport *transport, Message *message, Incarnation destination)
{
    message->sender = transport->self;
    message->destination = destination;
    message->epoch = transport->epoch;
    buffer_clear(&transport->header);
    message_encode(message, &transport->header);
}

SendResult
transport_send(Transport *transport, Incarnation incarnation, Message *message, Slab *chunk)
{
    Peer *peer = map_get(&transport->peers, &incarnation);

    if (peer == NULL || !peer_open(transport, peer))
        return SEND_UNKNOWN;
    queue_flush(&peer->queue, peer->socket);
    const bool record = message->type == MESSAGE_RECORD;
    if (record && peer->queue.first != NULL) {
        peer->refused = true;
        return SEND_REFUSED;
    }

    encode(transport, message, incarnation);
    const Frame frames[2] = {{transport->header.data, transport->header.size},
                             {message->payload, message->payload_size}};
    const size_t count = message_has_payload(message->type) && chunk == NULL ? 2 : 1;
    if (peer->queue.first == NULL && socket_send(peer->socket, frames, count, chunk))
        return SEND_DONE;
    if (record) {
        peer->refused = true;
        return SEND_REFUSED;
    }
    if (!queue_add(&peer->queue, &transport->header, message)) {
        transport->counters.overflowed++;
        return SEND_REFUSED;
    }
    return SEND_DONE;
}

void
transport_send_control(Transport *transport, Message *message)
{
    const Incarnation anyone = {0, 0};

    if (transport->control == NULL)
        return;
    queue_flush(&transport->control_queue, transport->control);
    encode(transport, message, anyone);
    const Frame frames[2] = {{transport->header.data, transport->header.size},
                             {message->payload, message->payload_size}};
    if (transport->control_queue.first == NULL &&
        socket_send(transport->control, frames, message_has_payload(message->type) ? 2 : 1, NULL))
        return;
    if (!queue_add(&transport->control_queue, &transport->header, message))
        transport->counters.overflowed++;
}

SendResult
transport_reply(Transport *transport, Incarnation incarnation, Message *message)
{
    const Member *member = map_get(&transport->members, &incarnation);

    if (member == NULL)
        return SEND_UNKNOWN;
    encode(transport, message, incarnation);
    const Frame frames[3] = {{member->identity, member->identity_size},
                             {transport->header.data, transport->header.size},
                             {message->payload, message->payload_size}};
    if (socket_send(transport->control, frames, message_has_payload(message->type) ? 3 : 2, NULL))
        return SEND_DONE;
    transport->counters.overflowed++;
    return SEND_REFUSED;
}

static void
remember_member(Transport *transport, Incarnation incarnation, zmq_msg_t *identity)
{
    Member *member = map_get(&transport->members, &incarnation);
    const size_t size = zmq_msg_size(identity);

    if (incarnation_is_none(incarnation) || size > sizeof member->identity)
        return;
    if (member == NULL) {
        member = MEMORY_NEW(Member);
        member->incarnation = incarnation;
        map_put(&transport->members, &incarnation, member);
    }
    member->identity_size = size;
    memcpy(member->identity, zmq_msg_data(identity), size);
}

/* Read one frame; false where none waits (only for the first of a message). */
static bool
take_frame(void *socket, zmq_msg_t *frame)
{
    zmq_msg_init(frame);
    while (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) < 0) {
        if (errno == EINTR)
            continue;
        zmq_msg_close(frame);
        zmq_msg_init(frame);
        return false;
    }
    socket_take_over();
    return true;
}

static void
drop_rest(void *socket, zmq_msg_t *last)
{
    bool more = zmq_msg_more(last) != 0;

    while (more) {
        zmq_msg_t frame;
        if (!take_frame(socket, &frame))
            return;
        more = zmq_msg_more(&frame) != 0;
        zmq_msg_close(&frame);
    }
}

static bool
is_for_us(const Transport *transport, const Message *message)
{
    return incarnation_is_none(message->destination) ||
           incarnation_equal(message->destination, transport->self);
}

/* Frames of one message from `socket` into `received`. 1: taken, 0: none waited, -1: dropped. */
static int
take_message(Transport *transport, void *socket, bool router, Received *received)
{
    zmq_msg_t identity;

    zmq_msg_init(&identity);
    if (router) {
        if (!take_frame(socket, &identity))
            return 0;
        if (!zmq_msg_more(&identity)) {
            zmq_msg_close(&identity);
            transport->counters.malformed++;
            return -1;
        }
    }
    if (!take_frame(socket, &transport->header_frame)) {
        zmq_msg_close(&identity);
        return 0;
    }

    zmq_msg_t *last = &transport->header_frame;
    zmq_msg_init(&received->payload_frame);
    if (zmq_msg_more(last) && take_frame(socket, &received->payload_frame))
        last = &received->payload_frame;
    const bool too_many = zmq_msg_more(last) != 0;
    drop_rest(socket, last);
    transport->holding = true;
    transport->held = received;

    const size_t size = zmq_msg_size(&transport->header_frame);
    Message *message = &received->message;
    arena_reset(transport->arena);
    const bool whole = !too_many && size <= MESSAGE_HEADER_MAX &&
                       message_decode(zmq_msg_data(&transport->header_frame), size, transport->arena, message,
                                      NULL) == STATUS_OK &&
                       message_has_payload(message->type) == (last == &received->payload_frame);
    int result = 1;
    if (!whole) {
        transport->counters.malformed++;
        result = -1;
    } else if (!is_for_us(transport, message)) {
        transport->counters.misdirected++;
        result = -1;
    } else {
        message->payload = zmq_msg_data(&received->payload_frame);
        message->payload_size = zmq_msg_size(&received->payload_frame);
        received->control = socket == transport->control;
        transport->counters.received++;
        if (router)
            remember_member(transport, message->sender, &identity);
    }
    zmq_msg_close(&identity);
    if (result < 0)
        release_received(transport);
    return result;
}

bool
transport_receive(Transport *transport, Received *received)
{
    void *const sockets[2] = {transport->control, transport->inbox};

    release_received(transport);
    for (int i = 0; i < 2; i++) {
        if (sockets[i] == NULL)
            continue;
        int result;
        do
            result = take_message(transport, sockets[i], i == 0 && transport->router, received);
        while (result < 0);
        if (result > 0)
            return true;
    }
    return false;
}

static size_t
poll_add(Transport *transport, size_t count, void *socket, int descriptor, short events, Peer *peer)
{
    if (count == transport->poll_capacity) {
        transport->poll_capacity = count == 0 ? 16 : count * 2;
        transport->poll = memory_resize(transport->poll, transport->poll_capacity, sizeof *transport->poll);
        transport->poll_peers =
            memory_resize(transport->poll_peers, transport->poll_capacity, sizeof *transport->poll_peers);
    }
    transport->poll[count] = (zmq_pollitem_t){.socket = socket, .fd = descriptor, .events = events};
    transport->poll_peers[count] = peer;
    return count + 1;
}

void
transport_wait(Transport *transport, int descriptor, int64_t timeout_us)
{
    size_t count = poll_add(transport, 0, NULL, descriptor, ZMQ_POLLIN, NULL);

    if (transport->inbox != NULL)
        count = poll_add(transport, count, transport->inbox, 0, ZMQ_POLLIN, NULL);
    if (transport->control != NULL) {
        const short out = transport->control_queue.first != NULL ? ZMQ_POLLOUT : 0;
        count = poll_add(transport, count, transport->control, 0, (short)(ZMQ_POLLIN | out), NULL);
    }
    for (size_t i = 0; i < transport->peers.count && count < POLL_MAX; i++) {
        Peer *peer = map_value_at(&transport->peers, i);
        if (peer->socket != NULL && (peer->refused || peer->queue.first != NULL))
            count = poll_add(transport, count, peer->socket, 0, ZMQ_POLLOUT, peer);
    }

    const long timeout_ms = timeout_us < 0 ? -1 : (long)((timeout_us + 999) / 1000);
    zmq_poll(transport->poll, (int)count, timeout_ms);
    for (size_t i = 0; i < count; i++) {
        Peer *peer = transport->poll_peers[i];
        if (peer != NULL && (transport->poll[i].revents & ZMQ_POLLOUT) != 0)
            queue_flush(&peer->queue, peer->socket);
    }
    if (transport->control != NULL)
        queue_flush(&transport->control_queue, transport->control);
}

bool
transport_next_writable(Transport *transport, Incarnation *incarnation)
{
    for (size_t i = 0; i < transport->peers.count; i++) {
        Peer *peer = map_value_at(&transport->peers, i);
        if (!peer->refused || peer->queue.first != NULL || peer->socket == NULL)
            continue;
        if ((socket_events(peer->socket) & ZMQ_POLLOUT) == 0)
            continue;
        peer->refused = false;
        *incarnation = peer->incarnation;
        return true;
    }
    return false;
}

const TransportCounters *
transport_counters(const Transport *transport)
{
    return &transport->counters;
}
