#include "runtime/pool.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

/* Queries whose every step is long and that are met at a time, with some room. */
enum { STALL_US = 20000, RESERVE_MAX = 64 };

typedef struct Crew {
    pthread_t *threads;
    uint32_t limit;
    uint32_t started;
    uint32_t idle;   /* threads without a job */
    uint32_t joined; /* at the end */
} Crew;

struct Pool {
    pthread_mutex_t lock;
    pthread_cond_t work;  /* there are jobs */
    pthread_cond_t stall; /* there are more jobs than regular threads that wait for some */
    PoolJob *first;
    PoolJob **last;
    Crew regular;
    Crew reserve;
    uint32_t queued;  /* jobs in the list */
    int64_t taken_at; /* when a regular thread last took one */
    bool closing;
};

Pool *
pool_new(uint32_t threads)
{
    Pool *pool = calloc(1, sizeof *pool);
    pthread_condattr_t monotonic;

    if (pool == NULL)
        return NULL;
    pool->regular.limit = threads == 0 ? 1 : threads;
    pool->reserve.limit = RESERVE_MAX;
    pool->regular.threads = calloc(pool->regular.limit, sizeof(pthread_t));
    pool->reserve.threads = calloc(pool->reserve.limit, sizeof(pthread_t));
    if (pool->regular.threads == NULL || pool->reserve.threads == NULL) {
        free(pool->regular.threads);
        free(pool->reserve.threads);
        free(pool);
        return NULL;
    }
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->stall, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pool->last = &pool->first;
    return pool;
}

uint32_t
pool_threads(const Pool *pool)
{
    return pool->regular.limit;
}

/* The first job; NULL: the pool is closing, and there is none. */
static PoolJob *
take_first(Pool *pool)
{
    PoolJob *job = pool->first;

    if (job == NULL)
        return NULL;
    pool->first = job->next;
    pool->queued--;
    if (pool->first == NULL)
        pool->last = &pool->first;
    return job;
}

static void
run_job(Pool *pool, Crew *crew, PoolJob *job)
{
    crew->idle--;
    pthread_mutex_unlock(&pool->lock);
    job->run(job);
    pthread_mutex_lock(&pool->lock);
    crew->idle++;
}

static void *
run_regular(void *argument)
{
    Pool *pool = argument;
    PoolJob *job;

    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->first == NULL && !pool->closing)
            pthread_cond_wait(&pool->work, &pool->lock);
        job = take_first(pool);
        if (job == NULL)
            break;
        pool->taken_at = clock_monotonic_us();
        run_job(pool, &pool->regular, job);
    }
    pool->regular.idle--;
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static bool
is_crowded(const Pool *pool)
{
    return pool->queued > pool->regular.idle;
}

static void
wait_until(Pool *pool, int64_t at_us)
{
    const struct timespec until = {.tv_sec = at_us / 1000000, .tv_nsec = at_us % 1000000 * 1000};

    pthread_cond_timedwait(&pool->stall, &pool->lock, &until);
}

static void
start_thread(Pool *pool, Crew *crew, void *(*run)(void *pool))
{
    if (crew->started == crew->limit || pthread_create(&crew->threads[crew->started], NULL, run, pool) != 0)
        return;
    crew->started++;
    crew->idle++;
}

static void *
run_reserve(void *argument)
{
    Pool *pool = argument;
    PoolJob *job;

    pthread_mutex_lock(&pool->lock);
    while (is_crowded(pool) || !pool->closing) {
        if (!is_crowded(pool)) {
            pthread_cond_wait(&pool->stall, &pool->lock);
        } else if (clock_monotonic_us() < pool->taken_at + STALL_US) {
            wait_until(pool, pool->taken_at + STALL_US);
        } else {
            job = take_first(pool);
            if (is_crowded(pool) && pool->reserve.idle == 1)
                start_thread(pool, &pool->reserve, run_reserve);
            run_job(pool, &pool->reserve, job);
        }
    }
    pool->reserve.idle--;
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

void
pool_submit(Pool *pool, PoolJob *job)
{
    job->next = NULL;
    pthread_mutex_lock(&pool->lock);
    *pool->last = job;
    pool->last = &job->next;
    pool->queued++;
    if (is_crowded(pool) && pool->regular.started < pool->regular.limit) {
        start_thread(pool, &pool->regular, run_regular);
    } else if (is_crowded(pool)) {
        if (pool->reserve.idle == 0)
            start_thread(pool, &pool->reserve, run_reserve);
        else
            pthread_cond_signal(&pool->stall);
    }
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

/* With the lock, which is given back meanwhile: threads may start others until they end. */
static void
join_crew(Pool *pool, Crew *crew)
{
    while (crew->joined < crew->started) {
        const pthread_t thread = crew->threads[crew->joined++];
        pthread_mutex_unlock(&pool->lock);
        pthread_join(thread, NULL);
        pthread_mutex_lock(&pool->lock);
    }
}

void
pool_destroy(Pool **self)
{
    Pool *pool = *self;

    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->work);
    pthread_cond_broadcast(&pool->stall);
    while (pool->regular.joined < pool->regular.started || pool->reserve.joined < pool->reserve.started) {
        join_crew(pool, &pool->regular);
        join_crew(pool, &pool->reserve);
    }
    pthread_mutex_unlock(&pool->lock);
    free(pool->regular.threads);
    free(pool->reserve.threads);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->stall);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
    *self = NULL;
}
