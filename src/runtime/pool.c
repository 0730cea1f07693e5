#include "runtime/pool.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

enum { STALL_US = 20000 };

typedef struct Crew {
    pthread_t *threads;
    uint32_t started;
    uint32_t idle; /* threads that wait for jobs */
} Crew;

struct Pool {
    pthread_mutex_t lock;
    pthread_cond_t work;  /* there are jobs */
    pthread_cond_t stall; /* there are more jobs than regular threads that wait for some */
    PoolJob *first;
    PoolJob **last;
    uint32_t limit; /* of each crew */
    Crew regular;
    Crew reserve;
    uint32_t queued;  /* jobs in the list */
    int64_t taken_at; /* when the last job was taken from it */
    bool closing;
};

Pool *
pool_new(uint32_t threads)
{
    Pool *pool = calloc(1, sizeof *pool);
    pthread_condattr_t monotonic;

    if (pool == NULL)
        return NULL;
    pool->limit = threads == 0 ? 1 : threads;
    pool->regular.threads = calloc(pool->limit, sizeof(pthread_t));
    pool->reserve.threads = calloc(pool->limit, sizeof(pthread_t));
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
    return pool->limit;
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
    pool->taken_at = clock_monotonic_us();
    return job;
}

static void *
run_regular(void *argument)
{
    Pool *pool = argument;
    PoolJob *job;

    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->first == NULL && !pool->closing) {
            pool->regular.idle++;
            pthread_cond_wait(&pool->work, &pool->lock);
            pool->regular.idle--;
        }
        job = take_first(pool);
        if (job == NULL)
            break;
        pthread_mutex_unlock(&pool->lock);
        job->run(job);
        pthread_mutex_lock(&pool->lock);
    }
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

static void *
run_reserve(void *argument)
{
    Pool *pool = argument;

    pthread_mutex_lock(&pool->lock);
    while (is_crowded(pool) || !pool->closing) {
        if (!is_crowded(pool)) {
            pool->reserve.idle++;
            pthread_cond_wait(&pool->stall, &pool->lock);
            pool->reserve.idle--;
        } else if (clock_monotonic_us() < pool->taken_at + STALL_US) {
            wait_until(pool, pool->taken_at + STALL_US);
        } else {
            PoolJob *job = take_first(pool);
            pthread_mutex_unlock(&pool->lock);
            job->run(job);
            pthread_mutex_lock(&pool->lock);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void
start_thread(Pool *pool, Crew *crew, void *(*run)(void *pool))
{
    if (!pool->closing && crew->started < pool->limit &&
        pthread_create(&crew->threads[crew->started], NULL, run, pool) == 0)
        crew->started++;
}

void
pool_submit(Pool *pool, PoolJob *job)
{
    job->next = NULL;
    pthread_mutex_lock(&pool->lock);
    *pool->last = job;
    pool->last = &job->next;
    pool->queued++;
    if (is_crowded(pool) && pool->regular.started < pool->limit) {
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

static void
join_crew(const Crew *crew, uint32_t started)
{
    for (uint32_t i = 0; i < started; i++)
        pthread_join(crew->threads[i], NULL);
    free(crew->threads);
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
    const uint32_t regular = pool->regular.started;
    const uint32_t reserve = pool->reserve.started;
    pthread_mutex_unlock(&pool->lock);
    join_crew(&pool->regular, regular);
    join_crew(&pool->reserve, reserve);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->stall);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
    *self = NULL;
}
