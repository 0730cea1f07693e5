#include "runtime/pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct Pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    PoolJob *first;
    PoolJob **last;
    pthread_t *threads;
    uint32_t limit;
    uint32_t started;
    uint32_t idle;   /* threads in the wait below */
    uint32_t queued; /* jobs in the list */
    bool closing;
};

Pool *
pool_new(uint32_t threads)
{
    Pool *pool = calloc(1, sizeof *pool);

    if (pool == NULL)
        return NULL;
    pool->limit = threads == 0 ? 1 : threads;
    pool->threads = calloc(pool->limit, sizeof *pool->threads);
    if (pool->threads == NULL) {
        free(pool);
        return NULL;
    }
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pool->last = &pool->first;
    return pool;
}

uint32_t
pool_threads(const Pool *pool)
{
    return pool->limit;
}

static PoolJob *
take_job(Pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->first == NULL && !pool->closing) {
        pool->idle++;
        pthread_cond_wait(&pool->work, &pool->lock);
        pool->idle--;
    }
    PoolJob *job = pool->first;
    if (job != NULL) {
        pool->first = job->next;
        pool->queued--;
        if (pool->first == NULL)
            pool->last = &pool->first;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void *
pool_thread(void *argument)
{
    Pool *pool = argument;

    for (PoolJob *job; (job = take_job(pool)) != NULL;)
        job->run(job);
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
    if (pool->idle < pool->queued && pool->started < pool->limit &&
        pthread_create(&pool->threads[pool->started], NULL, pool_thread, pool) == 0)
        pool->started++;
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
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
    const uint32_t started = pool->started;
    pthread_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool);
    *self = NULL;
}
