/* coordinator/coordinator.h: the actor that knows: catalog, membership, plans, schedules, history. No row
 * passes through it, but the few that say which tablets a write has made.
 *
 * One I/O thread owns the sockets and the state machines (membership, scheduler); statements are planned, and
 * writes committed, by jobs of the process's pool. README.md has the tables of messages and states. */
#ifndef RUNNEL_COORDINATOR_COORDINATOR_H
#define RUNNEL_COORDINATOR_COORDINATOR_H

#include "plan/stage.h"
#include "runtime/process.h"
#include "store/catalog.h"

typedef struct Coordinator Coordinator;

typedef struct CoordinatorConfig {
    const char *catalog;       /* its directory */
    const char *bind;          /* control endpoints, separated by blanks */
    uint32_t fan_in;           /* the most producers a merging task has; 0: 64 */
    JoinDistribution joins;    /* other than by cost: for tests, and for estimates that mislead */
    int64_t forget_after_us;   /* 0: 5 minutes */
    int64_t lost_after_us;     /* 0: 1 s */
    uint32_t history;          /* ended queries remembered; 0: 1000 */
    bool keep_history;         /* beyond this process's life */
    int64_t result_expiry_us;  /* of kept rows; 0: a day */
    uint64_t result_bytes_max; /* of one result; 0: 1 GiB */
    uint32_t compact_at;       /* so many small tablets of a partition become one; 0: 16, 1: never */
} CoordinatorConfig;

/* Opens the catalog (UNAVAILABLE, naming the owner, where another process has it), binds, starts the thread.
 */
Status coordinator_start(Process *process, const CoordinatorConfig *config, Coordinator **coordinator,
                         Error *error);
const char *coordinator_endpoint(const Coordinator *coordinator); /* what was bound, separated by blanks */
/* The endpoint for actors of the same process. */
const char *coordinator_inproc_endpoint(const Coordinator *coordinator);
/* Where another process that wants the same directory can reach this one: "http://…" or an endpoint. */
Status coordinator_set_contact(Coordinator *coordinator, const char *contact, Error *error);
/* Wait until so many workers and reducers are ready. */
Status coordinator_wait_ready(Coordinator *coordinator, uint32_t workers, uint32_t reducers,
                              int64_t timeout_us, Error *error);
/* Wait, so long at most, until tablets that are to be put together are. */
void coordinator_settle(Coordinator *coordinator, int64_t timeout_us);
void coordinator_stop(Coordinator **self);

#endif
