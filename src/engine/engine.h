/* engine/engine.h: roles put together in one process: embedded, `runnel local`, or one role of a cluster. */
#ifndef RUNNEL_ENGINE_ENGINE_H
#define RUNNEL_ENGINE_ENGINE_H

#include "coordinator/coordinator.h"
#include "executor/executor.h"
#include "front/front.h"

typedef struct EngineConfig {
    const char *store;   /* the store's root; NULL: none */
    const char *catalog; /* the catalog's directory; not NULL: this process is the coordinator */
    const char *control; /* the coordinator's control endpoints beside the process's own; NULL: none */
    const char *join;    /* not the coordinator: its control endpoint */
    uint32_t workers;    /* executors with the role of a worker */
    uint32_t reducers; /* executors with the role of a reducer; 0 where workers reduce as well (`combined`) */
    bool combined;     /* one executor does both */
    bool front;
    uint32_t slots; /* of each executor; 0: the pool's threads */
    const char *
        bind; /* inbox endpoints of executors and front beside inproc; NULL: none; "tcp://HOST:0" fits many */
    const char *advertise; /* for one executor or front only */
    const char *name;    /* of a single executor or front; NULL: by role and number, or host and process id */
    const char *scratch; /* a folder for what memory does not hold; NULL: none */
    uint64_t scratch_limit; /* bytes in it; 0: as many as its disk has */
    uint32_t threads;
    size_t memory_limit;
    size_t cache_limit;
    uint32_t fan_in;
    JoinDistribution joins;
    uint32_t batch_rows;
    size_t chunk_bytes;
    int64_t forget_after_us;
    bool keep_history;         /* the coordinator's: beyond this process */
    int64_t result_expiry_us;  /* of kept results; 0: a day */
    uint64_t result_bytes_max; /* 0: 1 GiB */
    uint32_t compact_at;       /* small tablets of a partition that become one; 0: 16, 1: never */
    int64_t drain_timeout_us;  /* 0: one minute */
} EngineConfig;

typedef struct Engine {
    Process process;
    Coordinator *coordinator;
    uint32_t executor_count;
    Executor **executors;
    Front *front;
    int64_t drain_timeout_us;
} Engine;

/* Starts what the config names and waits until it has joined. UNAVAILABLE, naming the owner, where another
 * process has the catalog; CONNECTION where no coordinator answers in time. */
Status engine_open(const EngineConfig *config, Engine **engine, Error *error);

/* Ends everything; with `drain`, executors finish first what others need of them. */
void engine_close(Engine **self, bool drain);

/* For threads that only wait: true where a DIR has an owner; `contact` gets where it can be reached, or "".
 */
Status engine_read_owner(const char *catalog, char *contact, size_t size, bool *owned, Error *error);

#endif
