/* coordinator/metrics.h: what is counted over the life of this process, for GET /metrics: statements, their
 * durations and work, and what the processes of the cluster say of themselves in heartbeats. */
#ifndef RUNNEL_COORDINATOR_METRICS_H
#define RUNNEL_COORDINATOR_METRICS_H

#include "base/map.h"
#include "coordinator/session.h"
#include "flow/membership.h"

/* Upper bounds of the histogram of durations, in seconds; above the last one is +Inf. */
#define METRICS_BOUND_LIST(X)                                                                                \
    X(0.001)                                                                                                 \
    X(0.005)                                                                                                 \
    X(0.01)                                                                                                  \
    X(0.025)                                                                                                 \
    X(0.05)                                                                                                  \
    X(0.1)                                                                                                   \
    X(0.25)                                                                                                  \
    X(0.5)                                                                                                   \
    X(1)                                                                                                     \
    X(2.5)                                                                                                   \
    X(5)                                                                                                     \
    X(10)                                                                                                    \
    X(30)                                                                                                    \
    X(60)                                                                                                    \
    X(300)

enum {
#define X(bound) +1
    METRICS_BOUNDS = 0 METRICS_BOUND_LIST(X)
#undef X
};

typedef struct Metrics {
    uint64_t done, failed, cancelled;       /* statements that have ended */
    uint64_t durations[METRICS_BOUNDS + 1]; /* of each bucket alone */
    double duration_sum;                    /* seconds */
    uint64_t rows_scanned, bytes_scanned;
    uint64_t spilled_bytes;
    uint64_t tasks, retries; /* of statements that have ended */
    Map usages;              /* Incarnation → NodeUsage, malloc memory */
} Metrics;

void metrics_init(Metrics *metrics);
void metrics_destroy(Metrics *metrics);

/* The session has ended, its counters are still there. */
void metrics_note_end(Metrics *metrics, QuerySession *session);
/* What a session has scanned since this was called last: never less than before, though an attempt that is
 * run again may start from nothing. */
void metrics_note_scanned(Metrics *metrics, QuerySession *session);

void metrics_note_usage(Metrics *metrics, Incarnation node, const NodeUsage *usage);
void metrics_forget(Metrics *metrics, Incarnation node);
const NodeUsage *metrics_usage(const Metrics *metrics, Incarnation node); /* NULL: it has told nothing */

#endif
