/* runtime/pool.h: the threads that do the work of all roles in a process.
 *
 * Threads start when there is work for them. A job runs until it returns; a job that has more to do than a
 * time slice re-submits itself, so that queries take turns. Not every step can be cut into slices: where jobs
 * wait, and the threads have taken none for 20 ms, threads of a reserve take some, up to 64 at a time, so
 * that long steps of some queries hold up no other. */
#ifndef RUNNEL_RUNTIME_POOL_H
#define RUNNEL_RUNTIME_POOL_H

#include <stdint.h>

typedef struct Pool Pool;

/* Embed in what runs. `run` is called on a pool thread; the job may be freed or submitted again in it. */
typedef struct PoolJob {
    struct PoolJob *next;
    void (*run)(struct PoolJob *job);
} PoolJob;

Pool *pool_new(uint32_t threads);
/* Runs what was submitted to its end, then joins the threads. */
void pool_destroy(Pool **self);
uint32_t pool_threads(const Pool *pool);
void pool_submit(Pool *pool, PoolJob *job); /* any thread; never blocks */

#endif
