#include "runtime/actor.h"

#include "base/bits.h"
#include "base/clock.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void
choose_name(Actor *actor, const ActorConfig *config)
{
    char host[40] = "node";

    if (config->name != NULL) {
        snprintf(actor->name, sizeof actor->name, "%s", config->name);
        return;
    }
    gethostname(host, sizeof host - 1);
    snprintf(actor->name, sizeof actor->name, "%s%s%s-%d", config->role != NULL ? config->role : "",
             config->role != NULL ? "-" : "", host, (int)getpid());
}

/* The address of this machine that the coordinator's machine would see: the source of the route there. False
 * where the endpoint has no host. */
static bool
route_source(const char *join, char *address, size_t size)
{
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *found;
    struct sockaddr_storage own;
    socklen_t own_size = sizeof own;
    char host[NODE_ENDPOINT_SIZE];
    const char *colon = strrchr(join, ':');

    if (strncmp(join, "tcp://", 6) != 0 || colon <= join + 6)
        return false;
    snprintf(host, sizeof host, "%.*s", (int)(colon - join - 6), join + 6);
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
        return false;
    const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool known = probe >= 0 && connect(probe, found->ai_addr, found->ai_addrlen) == 0 &&
                       getsockname(probe, (struct sockaddr *)&own, &own_size) == 0 &&
                       getnameinfo((struct sockaddr *)&own, own_size, address, (socklen_t)size, NULL, 0,
                                   NI_NUMERICHOST) == 0;
    if (probe >= 0)
        close(probe);
    freeaddrinfo(found);
    return known;
}

/* Without a route to ask for: the first address that is not loopback. */
static void
first_address(char *address, size_t size)
{
    struct ifaddrs *interfaces;

    snprintf(address, size, "127.0.0.1");
    if (getifaddrs(&interfaces) != 0)
        return;
    for (const struct ifaddrs *i = interfaces; i != NULL; i = i->ifa_next) {
        if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET || (i->ifa_flags & IFF_LOOPBACK) != 0)
            continue;
        getnameinfo(i->ifa_addr, sizeof(struct sockaddr_in), address, (socklen_t)size, NULL, 0,
                    NI_NUMERICHOST);
        break;
    }
    freeifaddrs(interfaces);
}

/* An inbox bound to every address is announced with one that others can connect to. */
static void
name_wildcard(const char *join, char *endpoint, size_t size)
{
    static const char wildcard[] = "tcp://0.0.0.0:";
    char address[64];
    char named[NODE_ENDPOINT_SIZE];
    char *const at = strstr(endpoint, wildcard);

    if (at == NULL)
        return;
    if (!route_source(join, address, sizeof address))
        first_address(address, sizeof address);
    snprintf(named, sizeof named, "%.*stcp://%s:%s", (int)(at - endpoint), endpoint, address,
             at + strlen(wildcard));
    snprintf(endpoint, size, "%s", named);
}

Status
actor_open(Actor *actor, Process *process, const ActorConfig *config, Error *error)
{
    NodeInfo info = {.roles = config->roles, .slots = config->slots};

    actor->process = process;
    actor->join = config->join;
    choose_name(actor, config);
    actor->scratch = arena_new(NULL);
    pthread_mutex_init(&actor->lock, NULL);
    pthread_cond_init(&actor->changed, NULL);
    actor->mailbox = mailbox_new();
    if (actor->mailbox == NULL)
        return error_set(error, STATUS_IO, "no file descriptor left");

    actor->transport = transport_new(process->context, transport_draw_incarnation());
    TRY(transport_bind_inboxes(actor->transport, config->bind, actor->endpoint, sizeof actor->endpoint,
                               error));
    if (config->advertise != NULL)
        snprintf(actor->endpoint, sizeof actor->endpoint, "%s", config->advertise);
    else
        name_wildcard(config->join, actor->endpoint, sizeof actor->endpoint);
    TRY(transport_connect_control(actor->transport, config->join, error));
    memcpy(info.name, actor->name, sizeof info.name);
    memcpy(info.endpoint, actor->endpoint, sizeof info.endpoint);
    member_init(&actor->member, actor->transport, &info);
    return STATUS_OK;
}

void
actor_close(Actor *actor)
{
    transport_destroy(&actor->transport);
    mailbox_destroy(&actor->mailbox);
    arena_destroy(&actor->scratch);
    pthread_cond_destroy(&actor->changed);
    pthread_mutex_destroy(&actor->lock);
}

void
actor_tell_joined(Actor *actor, bool refused)
{
    pthread_mutex_lock(&actor->lock);
    actor->joined = !refused;
    actor->refused = refused;
    if (refused)
        actor->refusal = actor->member.error;
    pthread_cond_broadcast(&actor->changed);
    pthread_mutex_unlock(&actor->lock);
}

struct timespec
actor_deadline(int64_t timeout_us)
{
    const int64_t wall = clock_wall_us() + timeout_us;

    return (struct timespec){.tv_sec = wall / 1000000, .tv_nsec = wall % 1000000 * 1000};
}

Status
actor_wait_joined(Actor *actor, int64_t timeout_us, Error *error)
{
    const struct timespec until = actor_deadline(timeout_us);
    Status status = STATUS_OK;

    pthread_mutex_lock(&actor->lock);
    while (!actor->joined && !actor->refused &&
           pthread_cond_timedwait(&actor->changed, &actor->lock, &until) == 0)
        ;
    if (actor->refused)
        status = error_copy(error, &actor->refusal);
    else if (!actor->joined)
        status = error_set(error, STATUS_CONNECTION, "no answer from the coordinator at %s", actor->join);
    pthread_mutex_unlock(&actor->lock);
    return status;
}

void
actor_report_consumer(Arena *arena, const ConsumerReport *consumer, QueryReport *report)
{
    MissingTasks *missing = ARENA_ARRAY(arena, MissingTasks, consumer->missing_count);

    for (size_t i = 0; i < consumer->missing_count; i++) {
        const size_t words = bits_words(consumer->missing[i].task_count);
        uint64_t *tasks = ARENA_ARRAY(arena, uint64_t, words);
        if (words > 0)
            memcpy(tasks, consumer->missing[i].tasks, words * sizeof *tasks);
        missing[i] = consumer->missing[i];
        missing[i].tasks = tasks;
    }
    report->generation = consumer->generation;
    report->routes_version = consumer->routes_version;
    report->elections = consumer->elections;
    report->root = consumer->root;
    report->root_complete = consumer->root_complete;
    report->root_failed = consumer->root_failed;
    report->missing = missing;
    report->missing_count = consumer->missing_count;
}
