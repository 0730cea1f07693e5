/* Where the server listens: which address, and whether it may. */
#include "front/http_request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

Status
http_listen(HttpServer *server, int *made, Error *error)
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
