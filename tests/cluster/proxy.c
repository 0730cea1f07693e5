/* proxy: a TCP proxy on loopback that drops connections on command.
 *
 *     proxy TARGET-HOST:PORT
 *
 * Prints its own port on the first line. Commands on standard input, a line each: `target HOST:PORT`; `cut`
 * closes one connection at random, both ends at once and with whatever is on its way; `cut all`; each one is
 * a line `cut`. The end of standard input ends it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 256, BLOCK = 65536 };

/* One direction: what was read and not written yet. */
typedef struct Way {
    size_t start;
    size_t end;
    bool closed; /* nothing more will be read */
    char bytes[BLOCK];
} Way;

typedef struct Connection {
    int ends[2];
    Way ways[2]; /* ways[i]: from ends[i] to the other */
} Connection;

static Connection *connections[CONNECTIONS];
static size_t connection_count;
static struct sockaddr_in target;

static bool
parse_target(const char *text)
{
    char host[64];
    const char *colon = strrchr(text, ':');

    if (colon == NULL || (size_t)(colon - text) >= sizeof host)
        return false;
    snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
    target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(colon + 1))};
    return inet_pton(AF_INET, host[0] == '\0' ? "127.0.0.1" : host, &target.sin_addr) == 1;
}

static int
listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    const int listener = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        perror("proxy");
        exit(1);
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static void
make_ready(int socket)
{
    const int on = 1;

    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(socket, F_SETFL, O_NONBLOCK);
}

static void
accept_connection(int listener)
{
    const int near = accept(listener, NULL, NULL);
    const int far = socket(AF_INET, SOCK_STREAM, 0);

    if (near < 0 || far < 0 || connection_count == CONNECTIONS ||
        connect(far, (struct sockaddr *)&target, sizeof target) != 0) {
        close(near);
        close(far);
        return;
    }
    make_ready(near);
    make_ready(far);
    Connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        abort();
    connection->ends[0] = near;
    connection->ends[1] = far;
    connections[connection_count++] = connection;
}

static void
drop_connection(size_t index)
{
    const struct linger at_once = {.l_onoff = 1}; /* a reset: what is on its way is lost */

    for (int i = 0; i < 2; i++) {
        setsockopt(connections[index]->ends[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(connections[index]->ends[i]);
    }
    free(connections[index]);
    connections[index] = connections[--connection_count];
}

/* False: the connection is over. */
static bool
pump(Connection *connection, int from)
{
    Way *way = &connection->ways[from];
    const int source = connection->ends[from];
    const int sink = connection->ends[1 - from];

    if (way->start == way->end && !way->closed) {
        const ssize_t got = read(source, way->bytes, sizeof way->bytes);
        if (got < 0 && errno != EAGAIN)
            return false;
        way->start = 0;
        way->end = got > 0 ? (size_t)got : 0;
        if (got == 0) {
            way->closed = true;
            shutdown(sink, SHUT_WR);
        }
    }
    while (way->start < way->end) {
        const ssize_t put = write(sink, way->bytes + way->start, way->end - way->start);
        if (put < 0)
            return errno == EAGAIN;
        way->start += (size_t)put;
    }
    return !(connection->ways[0].closed && connection->ways[1].closed);
}

static void
cut_connection(size_t index)
{
    puts("cut");
    fflush(stdout);
    drop_connection(index);
}

static void
obey(char *line)
{
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "target ", 7) == 0 && !parse_target(line + 7))
        fprintf(stderr, "proxy: what target is %s?\n", line + 7);
    if (strcmp(line, "cut") == 0 && connection_count > 0)
        cut_connection((size_t)random() % connection_count);
    while (strcmp(line, "cut all") == 0 && connection_count > 0)
        cut_connection(0);
}

static size_t
watch(struct pollfd *polled, int listener)
{
    size_t count = 0;

    polled[count++] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    polled[count++] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (size_t i = 0; i < connection_count; i++) {
        for (int end = 0; end < 2; end++) {
            const Way *in = &connections[i]->ways[end], *out = &connections[i]->ways[1 - end];
            const short events = (short)((in->start == in->end && !in->closed ? POLLIN : 0) |
                                         (out->start < out->end ? POLLOUT : 0));
            polled[count++] =
                (struct pollfd){.fd = events != 0 ? connections[i]->ends[end] : -1, .events = events};
        }
    }
    return count;
}

int
main(int argc, char **argv)
{
    static struct pollfd polled[2 + 2 * CONNECTIONS];
    char line[256];

    if (argc != 2 || !parse_target(argv[1])) {
        fputs("Usage: proxy TARGET-HOST:PORT\n", stderr);
        return 2;
    }
    srandom((unsigned)getpid());
    setvbuf(stdin, NULL, _IONBF, 0);
    const int listener = listen_somewhere();
    for (;;) {
        const size_t count = watch(polled, listener);
        if (poll(polled, count, -1) < 0 && errno != EINTR)
            return 1;
        for (size_t i = connection_count; i-- > 0;)
            if (((polled[2 + 2 * i].revents | polled[3 + 2 * i].revents) != 0) &&
                (!pump(connections[i], 0) || !pump(connections[i], 1)))
                drop_connection(i);
        if (polled[1].revents != 0)
            accept_connection(listener);
        if (polled[0].revents != 0) {
            if (fgets(line, sizeof line, stdin) == NULL)
                return 0;
            obey(line);
        }
    }
}
