#include "runtime/actor.h"

#include "base/bits.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
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
    TRY(transport_bind_inboxes(actor->transport, config->bind, actor->endpoint, sizeof actor->endpoint, error));
    if (config->advertise != NULL)
        snprintf(actor->endpoint, sizeof actor->endpoint, "%s", config->advertise);
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
    Status                status = STATUS_OK;

    pthread_mutex_lock(&actor->lock);
    while (!actor->joined && !actor->refused && pthread_cond_timedwait(&actor->changed, &actor->lock, &until) == 0)
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
        uint64_t    *tasks = ARENA_ARRAY(arena, uint64_t, words);
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
