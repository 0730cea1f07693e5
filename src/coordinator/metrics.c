#include "coordinator/metrics.h"

#include "base/memory.h"
#include "coordinator/counts.h"

#include <stdlib.h>

void
metrics_init(Metrics *metrics)
{
    *metrics = (Metrics){0};
    map_init(&metrics->usages, sizeof(Incarnation));
}

void
metrics_destroy(Metrics *metrics)
{
    for (size_t i = 0; i < metrics->usages.count; i++)
        free(map_value_at(&metrics->usages, i));
    map_destroy(&metrics->usages);
}

static size_t
bucket_of(double seconds)
{
    static const double bounds[] = {
#define X(bound) bound,
        METRICS_BOUND_LIST(X)
#undef X
    };
    size_t at = 0;

    while (at < METRICS_BOUNDS && seconds > bounds[at])
        at++;
    return at;
}

static void
note_advance(uint64_t now, uint64_t *before, uint64_t *sum)
{
    if (now <= *before)
        return;
    *sum += now - *before;
    *before = now;
}

void
metrics_note_scanned(Metrics *metrics, QuerySession *session)
{
    note_advance(counts_rows_scanned(session), &session->metered_rows, &metrics->rows_scanned);
    note_advance(counts_bytes_scanned(session), &session->metered_bytes, &metrics->bytes_scanned);
}

void
metrics_note_end(Metrics *metrics, QuerySession *session)
{
    const double seconds = (double)session->elapsed_us / 1e6;

    if (session->error.code == STATUS_OK)
        metrics->done++;
    else if (session->cancelled)
        metrics->cancelled++;
    else
        metrics->failed++;
    metrics->durations[bucket_of(seconds)]++;
    metrics->duration_sum += seconds;
    metrics_note_scanned(metrics, session);
    for (size_t i = 0; i < counts_total(session); i++)
        metrics->spilled_bytes += counts_at(session, i)->count.spilled_bytes;
    metrics->tasks += session->progress.tasks_total;
    metrics->retries += session->progress.retries;
}

void
metrics_note_usage(Metrics *metrics, Incarnation node, const NodeUsage *usage)
{
    NodeUsage *known = map_get(&metrics->usages, &node);

    if (known == NULL) {
        known = MEMORY_NEW(NodeUsage);
        map_put(&metrics->usages, &node, known);
    }
    *known = *usage;
}

void
metrics_forget(Metrics *metrics, Incarnation node)
{
    free(map_remove(&metrics->usages, &node));
}

const NodeUsage *
metrics_usage(const Metrics *metrics, Incarnation node)
{
    return map_get(&metrics->usages, &node);
}
