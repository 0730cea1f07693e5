#include "exec/query_shared.h"

#include "exec/spill.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

typedef struct SharedBuild {
    struct SharedBuild *next;
    uint32_t node_id;
    Budget budget; /* each can count on its floor, however much the others hold */
    bool ready;
    JoinBuild *build; /* NULL: nobody is at it */
} SharedBuild;

struct QueryShared {
    Budget *budget;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    SharedBuild *builds;
    TopBound *bounds;
};

QueryShared *
query_shared_new(Budget *budget)
{
    QueryShared *self = calloc(1, sizeof *self);
    pthread_condattr_t attributes;

    if (self == NULL)
        return NULL;
    self->budget = budget;
    pthread_mutex_init(&self->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&self->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return self;
}

void
query_shared_destroy(QueryShared **self)
{
    QueryShared *shared = *self;

    if (shared == NULL)
        return;
    for (SharedBuild *entry = shared->builds, *next; entry != NULL; entry = next) {
        next = entry->next;
        join_build_destroy(&entry->build);
        free(entry);
    }
    for (TopBound *bound = shared->bounds, *next; bound != NULL; bound = next) {
        next = bound->next;
        free(bound);
    }
    pthread_cond_destroy(&shared->changed);
    pthread_mutex_destroy(&shared->mutex);
    free(shared);
    *self = NULL;
}

/* The entry of a node, made where it is missing; NULL where memory is out. */
static SharedBuild *
find_entry(QueryShared *shared, uint32_t node_id)
{
    SharedBuild *entry = shared->builds;

    while (entry != NULL && entry->node_id != node_id)
        entry = entry->next;
    if (entry != NULL)
        return entry;
    entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        return NULL;
    budget_init_floor(&entry->budget, shared->budget, SPILL_FLOOR_BYTES);
    entry->node_id = node_id;
    entry->next = shared->builds;
    shared->builds = entry;
    return entry;
}

static void
wait_for_change(QueryShared *shared, int64_t wait_us)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_us / 1000000;
    until.tv_nsec += wait_us % 1000000 * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&shared->changed, &shared->mutex, &until);
}

Status
query_shared_claim(QueryShared *shared, const PlanNode *node, int64_t wait_us, SharedState *state,
                   JoinBuild **build, Error *error)
{
    Status status = STATUS_OK;

    pthread_mutex_lock(&shared->mutex);
    SharedBuild *entry = find_entry(shared, node->id);
    if (entry != NULL && entry->build != NULL && !entry->ready && wait_us > 0)
        wait_for_change(shared, wait_us);
    if (entry == NULL) {
        status = error_set_memory(error);
    } else if (entry->ready) {
        *state = SHARED_READY;
        *build = entry->build;
    } else if (entry->build != NULL) {
        *state = SHARED_BUSY;
    } else {
        entry->build = join_build_new(node, &entry->budget);
        *state = SHARED_CLAIMED;
        *build = entry->build;
        if (entry->build == NULL)
            status = error_set_memory(error);
    }
    pthread_mutex_unlock(&shared->mutex);
    return status;
}

static SharedBuild *
entry_of(QueryShared *shared, const JoinBuild *build)
{
    SharedBuild *entry = shared->builds;

    while (entry->build != build)
        entry = entry->next;
    return entry;
}

void
query_shared_publish(QueryShared *shared, const JoinBuild *build)
{
    pthread_mutex_lock(&shared->mutex);
    entry_of(shared, build)->ready = true;
    pthread_cond_broadcast(&shared->changed);
    pthread_mutex_unlock(&shared->mutex);
}

void
query_shared_abandon(QueryShared *shared, const JoinBuild *build)
{
    pthread_mutex_lock(&shared->mutex);
    join_build_destroy(&entry_of(shared, build)->build);
    pthread_cond_broadcast(&shared->changed);
    pthread_mutex_unlock(&shared->mutex);
}

static TopBound *
new_bound(QueryShared *shared, uint32_t node_id)
{
    TopBound *bound = malloc(sizeof *bound);

    if (bound == NULL)
        return NULL;
    *bound = (TopBound){.next = shared->bounds, .node_id = node_id, .key = TOP_BOUND_NONE};
    shared->bounds = bound;
    return bound;
}

TopBound *
query_shared_bound(QueryShared *shared, uint32_t node_id)
{
    pthread_mutex_lock(&shared->mutex);
    TopBound *bound = shared->bounds;
    while (bound != NULL && bound->node_id != node_id)
        bound = bound->next;
    if (bound == NULL)
        bound = new_bound(shared, node_id);
    pthread_mutex_unlock(&shared->mutex);
    return bound;
}
