/* executor/executor.h: the actor that runs tasks: a worker (leaf tasks), a reducer (reduce tasks), or both.
 *
 * One I/O thread owns the sockets and the state machines (attempts, producer, consumer); operators run in the
 * process's pool. README.md has the tables of messages and states. */
#ifndef RUNNEL_EXECUTOR_EXECUTOR_H
#define RUNNEL_EXECUTOR_EXECUTOR_H

#include "runtime/process.h"

typedef struct Executor Executor;

typedef struct ExecutorConfig {
    const char *name;      /* for people: "worker-1"; NULL: host and process id */
    uint32_t roles;        /* NODE_WORKER, NODE_REDUCER */
    uint32_t slots;        /* tasks at a time; 0: the pool's threads */
    const char *join;      /* the coordinator's control endpoint */
    const char *bind;      /* inbox endpoints, separated by blanks */
    const char *advertise; /* what peers are told instead of what was bound; NULL: that */
    uint32_t batch_rows;   /* 0: the default; tests make them small */
    size_t chunk_bytes;    /* 0: the default */
    int64_t drain_timeout_us;
} ExecutorConfig;

/* Binds, then starts the thread; joining goes on in the background. */
Status executor_start(Process *process, const ExecutorConfig *config, Executor **executor, Error *error);

/* Wait until the coordinator has accepted the node, up to `timeout_us`; the reason of a refusal in `error`.
 */
Status executor_wait_joined(Executor *executor, int64_t timeout_us, Error *error);

const char *executor_endpoint(const Executor *executor); /* as advertised */

/* With `drain`: finish what it has and keep outputs until nobody needs them or drain_timeout has passed. Ends
 * the thread. */
void executor_stop(Executor **self, bool drain);

#endif
