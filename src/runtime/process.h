/* runtime/process.h: what the roles of one process share: the ZeroMQ context, the pool of threads, the memory
 * budget, the block cache and the store. Made by the engine before any actor, destroyed after the last one.
 */
#ifndef RUNNEL_RUNTIME_PROCESS_H
#define RUNNEL_RUNTIME_PROCESS_H

#include "base/budget.h"
#include "base/scratch.h"
#include "flow/membership.h"
#include "runtime/pool.h"
#include "store/store.h"

typedef struct ProcessConfig {
    const char *store;      /* the store's root as this process sees it; NULL: none (a front) */
    uint32_t threads;       /* of the pool; 0: as many as cores */
    size_t memory_limit;    /* bytes for queries; 0: 60 % of the machine's (or its cgroup's) */
    size_t cache_limit;     /* bytes of the block cache; 0: 25 % */
    const char *scratch;    /* a directory on a local disk for what memory does not hold; NULL: none */
    uint64_t scratch_limit; /* bytes there; 0: as many as the disk has */
} ProcessConfig;

typedef struct Process {
    void *context; /* ZeroMQ's */
    Pool *pool;
    Budget memory;   /* of all queries here */
    Budget outgoing; /* of chunks on their way or kept: part of `memory` */
    Budget transit;  /* of chunks between sockets and disk: part of it, and never refused */
    Scratch *scratch;
    Store *store;
    BlockCache *cache;
    TabletPool *tablets;
    uint32_t threads;
    uint64_t number; /* random: tells it from others */
    int64_t started_us;
} Process;

Status process_open(Process *process, const ProcessConfig *config, Error *error);

/* Whether chunks hold so much of the memory, or of what the query that one is of may use, or the memory is so
 * full, that more of them belong on the disk. `query` may be NULL. */
bool process_is_pressed(const Process *process, const Budget *query);
/* What it holds now, for the coordinator's metrics. Any thread. */
void process_usage(const Process *process, NodeUsage *usage);
void process_close(Process *process); /* every actor has ended */

#endif
