/* garbage: talks nonsense to ZeroMQ sockets.
 *
 *     garbage COUNT PORT…
 *
 * Opens COUNT connections to each port of 127.0.0.1 in turn and sends, by turns: random bytes, an HTTP
 * request, half a handshake of ZMTP 3, a whole one followed by random frames, by frames that look like
 * messages, by a frame of 2^62 bytes, by a message of thousands of frames. Prints how many connections were
 * served; 1 where a port accepts none. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

typedef enum Nonsense {
    BYTES,
    HTTP,
    HALF,
    FRAMES,
    MESSAGES,
    HUGE_FRAME,
    MANY_FRAMES,
    NONSENSE_COUNT
} Nonsense;

static size_t handshakes;

static int
open_connection(int port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct timeval patience = {.tv_usec = 200000};
    const int made = socket(AF_INET, SOCK_STREAM, 0);

    setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(made, (const struct sockaddr *)&address, sizeof address) == 0)
        return made;
    close(made);
    return -1;
}

static void
put(int connection, const void *bytes, size_t size)
{
    const ssize_t ignored =
        send(connection, bytes, size, MSG_NOSIGNAL); /* the other end may have had enough */
    (void)ignored;
}

static void
put_random(int connection, size_t size)
{
    uint8_t bytes[4096];

    for (size_t i = 0; i < size && i < sizeof bytes; i++)
        bytes[i] = (uint8_t)random();
    put(connection, bytes, size < sizeof bytes ? size : sizeof bytes);
}

/* The greeting of ZMTP 3.0 with NULL security, then READY. */
static void
shake_hands(int connection, const char *type)
{
    uint8_t greeting[64] = {0xff, [9] = 0x7f, 3, 0, 'N', 'U', 'L', 'L'};
    uint8_t ready[64] = {4,   0,   5,   'R', 'E', 'A', 'D', 'Y', 11,  'S',
                         'o', 'c', 'k', 'e', 't', '-', 'T', 'y', 'p', 'e'};
    uint8_t answer[256];
    size_t at = 20;
    const int length = (int)strlen(type);

    put(connection, greeting, sizeof greeting);
    ready[at + 3] = (uint8_t)length;
    memcpy(ready + at + 4, type, (size_t)length);
    at += 4 + (size_t)length;
    ready[1] = (uint8_t)(at - 2);
    put(connection, ready, at);
    for (size_t got = 0; got < sizeof answer;) {
        const ssize_t more = recv(connection, answer + got, sizeof answer - got, 0);
        if (more <= 0)
            return;
        got += (size_t)more;
        if (memmem(answer, got, "READY", 5) != NULL) {
            handshakes++;
            return;
        }
    }
}

static void
put_frame(int connection, int more, size_t size)
{
    const uint8_t head[2] = {(uint8_t)(more != 0), (uint8_t)size};

    put(connection, head, sizeof head);
    put_random(connection, size);
}

/* The beginning of a header as Runnel's are: an array of a type, incarnations and an epoch, then nothing
 * right. */
static void
put_message(int connection)
{
    uint8_t body[64] = {0x9f, (uint8_t)(random() % 40), 0xc4, 16};

    for (size_t i = 4; i < sizeof body; i++)
        body[i] = (uint8_t)(random() % 3 == 0 ? 0xdd : random());
    const uint8_t head[2] = {(uint8_t)(random() % 2), sizeof body};
    put(connection, head, sizeof head);
    put(connection, body, sizeof body);
}

static void
talk(int connection, Nonsense nonsense)
{
    static const char request[] = "POST /query HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{\"sql\": 1}";
    static const uint8_t half[] = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3};
    static const uint8_t huge[] = {2, 0x40, 0, 0, 0, 0, 0, 0, 0, 'x'};

    if (nonsense >= FRAMES)
        shake_hands(connection, random() % 2 == 0 ? "DEALER" : "PUSH");
    switch (nonsense) {
    case BYTES: put_random(connection, 1 + (size_t)random() % 4096); break;
    case HTTP: put(connection, request, sizeof request - 1); break;
    case HALF: put(connection, half, sizeof half); break;
    case FRAMES:
        for (int i = 0; i < 20; i++)
            put_frame(connection, i % 3, (size_t)random() % 200);
        break;
    case MESSAGES:
        for (int i = 0; i < 20; i++)
            put_message(connection);
        break;
    case HUGE_FRAME: put(connection, huge, sizeof huge); break;
    default:
        for (int i = 0; i < 5000; i++)
            put_frame(connection, 1, 1);
    }
}

int
main(int argc, char **argv)
{
    size_t served = 0;

    if (argc < 3) {
        fputs("Usage: garbage COUNT PORT...\n", stderr);
        return 2;
    }
    for (int i = 0; i < atoi(argv[1]); i++) {
        for (int j = 2; j < argc; j++) {
            const int connection = open_connection(atoi(argv[j]));
            if (connection < 0) {
                fprintf(stderr, "garbage: port %s does not accept\n", argv[j]);
                return 1;
            }
            talk(connection, (Nonsense)(i % NONSENSE_COUNT));
            close(connection);
            served++;
        }
    }
    printf("%zu %zu\n", served, handshakes);
    return 0;
}
