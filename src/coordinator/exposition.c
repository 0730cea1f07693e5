/* The coordinator's part of GET /metrics, in Prometheus' text format 0.0.4: each family once, with its help
 * and type, then its samples. A front adds its own. */
#include "coordinator/state.h"

#include "coordinator/documents.h"

#include <string.h>

static void
begin_family(const char *name, const char *type, const char *help, Buffer *out)
{
    buffer_append_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
append_single(const char *name, const char *type, const char *help, uint64_t value, Buffer *out)
{
    begin_family(name, type, help, out);
    buffer_append_format(out, "%s %llu\n", name, (unsigned long long)value);
}

/* A label's value: backslash, quote and line feed are escaped. */
static void
append_label(const char *text, Buffer *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '"')
            buffer_append_char(out, '\\');
        if (*text == '\n')
            buffer_append_string(out, "\\n");
        else
            buffer_append_char(out, *text);
    }
}

/* --- statements
 * ----------------------------------------------------------------------------------------------------- */

static void
append_running(Coordinator *coordinator, Buffer *out)
{
    static const char *const states[] = {"queued", "planning", "running"};
    uint64_t counts[sizeof states / sizeof *states] = {0};

    for (size_t i = 0; i < coordinator->sessions.count; i++) {
        QuerySession *session = map_value_at(&coordinator->sessions, i);
        if (session->state == SESSION_ENDED)
            continue;
        if (session->state == SESSION_RUNNING)
            metrics_note_scanned(&coordinator->metrics, session);
        for (size_t j = 0; j < sizeof states / sizeof *states; j++)
            counts[j] += strcmp(document_state_name(session), states[j]) == 0;
    }
    begin_family("runnel_queries", "gauge", "Statements that have not ended, by state.", out);
    for (size_t j = 0; j < sizeof states / sizeof *states; j++)
        buffer_append_format(out, "runnel_queries{state=\"%s\"} %llu\n", states[j],
                             (unsigned long long)counts[j]);
}

static void
append_durations(const Metrics *metrics, Buffer *out)
{
    static const char *const bounds[] = {
#define X(bound) #bound,
        METRICS_BOUND_LIST(X)
#undef X
    };
    const char *name = "runnel_query_duration_seconds";
    uint64_t sum = 0;

    begin_family(name, "histogram", "From a statement's arrival at the coordinator to its end.", out);
    for (size_t i = 0; i < METRICS_BOUNDS; i++) {
        sum += metrics->durations[i];
        buffer_append_format(out, "%s_bucket{le=\"%s\"} %llu\n", name, bounds[i], (unsigned long long)sum);
    }
    sum += metrics->durations[METRICS_BOUNDS];
    buffer_append_format(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.6f\n%s_count %llu\n", name,
                         (unsigned long long)sum, name, metrics->duration_sum, name, (unsigned long long)sum);
}

static void
append_compactions(const Compaction *compaction, Buffer *out)
{
    begin_family("runnel_compactions_total", "counter",
                 "Times that small tablets were put together, by how it ended.", out);
    buffer_append_format(out,
                         "runnel_compactions_total{state=\"done\"} %llu\n"
                         "runnel_compactions_total{state=\"failed\"} %llu\n",
                         (unsigned long long)compaction->done, (unsigned long long)compaction->failed);
    append_single("runnel_compacted_tablets_total", "counter", "Tablets that larger ones have replaced.",
                  compaction->tablets, out);
}

static void
append_statements(Coordinator *coordinator, Buffer *out)
{
    const Metrics *metrics = &coordinator->metrics;

    append_running(coordinator, out);
    begin_family("runnel_queries_total", "counter", "Statements that have ended, by how.", out);
    buffer_append_format(out,
                         "runnel_queries_total{state=\"done\"} %llu\n"
                         "runnel_queries_total{state=\"failed\"} %llu\n"
                         "runnel_queries_total{state=\"cancelled\"} %llu\n",
                         (unsigned long long)metrics->done, (unsigned long long)metrics->failed,
                         (unsigned long long)metrics->cancelled);
    append_durations(metrics, out);
    append_single("runnel_rows_scanned_total", "counter", "Rows that scans took from tablets and files.",
                  metrics->rows_scanned, out);
    append_single("runnel_bytes_scanned_total", "counter", "Bytes that scans took from tablets and files.",
                  metrics->bytes_scanned, out);
    append_single("runnel_spilled_bytes_total", "counter",
                  "Bytes that operators of ended statements wrote to scratch directories.",
                  metrics->spilled_bytes, out);
    append_single("runnel_tasks_total", "counter", "Tasks of ended statements.", metrics->tasks, out);
    append_single("runnel_task_retries_total", "counter",
                  "Attempts of ended statements' tasks beyond the first, backups included.", metrics->retries,
                  out);
    append_compactions(&coordinator->compaction, out);
}

/* --- nodes
 * ----------------------------------------------------------------------------------------------------------
 */

static const NodeInfo *
executor_at(const Coordinator *coordinator, size_t index, NodeState *state)
{
    const NodeInfo *info = membership_at(coordinator->membership, index, state, NULL);

    return (info->roles & (NODE_WORKER | NODE_REDUCER)) != 0 ? info : NULL;
}

static const char *
role_of(const NodeInfo *info)
{
    return (info->roles & NODE_WORKER) != 0 ? "worker" : "reducer";
}

static void
append_node_sample(const char *family, const NodeInfo *info, uint64_t value, Buffer *out)
{
    buffer_append_format(out, "%s{node=\"", family);
    append_label(info->name, out);
    buffer_append_format(out, "\",role=\"%s\"} %llu\n", role_of(info), (unsigned long long)value);
}

/* What a family tells of a node. */
typedef uint64_t (*NodeValue)(const Coordinator *coordinator, const NodeInfo *info, NodeState state);

static uint64_t
is_up(const Coordinator *coordinator, const NodeInfo *info, NodeState state)
{
    (void)coordinator;
    (void)info;
    return state == NODE_READY;
}

static uint64_t
slots_of(const Coordinator *coordinator, const NodeInfo *info, NodeState state)
{
    (void)coordinator;
    return state == NODE_LOST ? 0 : info->slots;
}

static uint64_t
busy_of(const Coordinator *coordinator, const NodeInfo *info, NodeState state)
{
    return state == NODE_LOST ? 0 : scheduler_node_busy(coordinator->scheduler, info->incarnation);
}

/* A name that a node had before, too, stands for the one that is there now. */
static bool
is_replaced(const Coordinator *coordinator, const NodeInfo *info, size_t index)
{
    NodeState state;
    NodeState other;

    membership_at(coordinator->membership, index, &state, NULL);
    for (size_t i = 0; i < membership_count(coordinator->membership); i++) {
        const NodeInfo *node = executor_at(coordinator, i, &other);
        if (i == index || node == NULL || strcmp(node->name, info->name) != 0 ||
            strcmp(role_of(node), role_of(info)) != 0)
            continue;
        if (other != NODE_LOST ? state == NODE_LOST || i < index : state == NODE_LOST && i < index)
            return true;
    }
    return false;
}

static void
append_node_family(const Coordinator *coordinator, const char *name, const char *help, NodeValue value,
                   Buffer *out)
{
    begin_family(name, "gauge", help, out);
    for (size_t i = 0; i < membership_count(coordinator->membership); i++) {
        NodeState state;
        const NodeInfo *info = executor_at(coordinator, i, &state);
        if (info != NULL && !is_replaced(coordinator, info, i))
            append_node_sample(name, info, value(coordinator, info, state), out);
    }
}

/* --- processes
 * ------------------------------------------------------------------------------------------------------ */

typedef struct ProcessSample {
    const char *name; /* of the first of its nodes */
    const NodeUsage *usage;
} ProcessSample;

static bool
is_known(const ProcessSample *samples, size_t count, const NodeUsage *usage, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (samples[i].usage->process == usage->process || strcmp(samples[i].name, name) == 0)
            return true;
    return false;
}

/* Every process once, whatever it does; `own` is this one. */
static size_t
collect_processes(const Coordinator *coordinator, const NodeUsage *own, Arena *arena,
                  ProcessSample **collected)
{
    ProcessSample *samples = ARENA_ARRAY(arena, ProcessSample, membership_count(coordinator->membership) + 1);
    size_t count = 0;

    samples[count++] = (ProcessSample){"coordinator", own};
    for (size_t i = 0; i < membership_count(coordinator->membership); i++) {
        const NodeInfo *info = membership_at(coordinator->membership, i, NULL, NULL);
        const NodeUsage *usage = metrics_usage(&coordinator->metrics, info->incarnation);
        if (usage != NULL && usage->process != 0 && !is_known(samples, count, usage, info->name))
            samples[count++] = (ProcessSample){info->name, usage};
    }
    *collected = samples;
    return count;
}

static void
append_process_family(const ProcessSample *samples, size_t count, const char *name, const char *type,
                      const char *help, size_t offset, Buffer *out)
{
    begin_family(name, type, help, out);
    for (size_t i = 0; i < count; i++) {
        uint64_t value;
        memcpy(&value, (const char *)samples[i].usage + offset, sizeof value);
        buffer_append_format(out, "%s{process=\"", name);
        append_label(samples[i].name, out);
        buffer_append_format(out, "\"} %llu\n", (unsigned long long)value);
    }
}

static void
append_starts(const ProcessSample *samples, size_t count, Buffer *out)
{
    const char *name = "runnel_process_start_time_seconds";

    begin_family(name, "gauge", "When the process started, in seconds since 1970.", out);
    for (size_t i = 0; i < count; i++) {
        buffer_append_format(out, "%s{process=\"", name);
        append_label(samples[i].name, out);
        buffer_append_format(out, "\"} %.3f\n", (double)samples[i].usage->started_us / 1e6);
    }
}

static void
append_processes(const Coordinator *coordinator, Buffer *out)
{
    static const struct {
        const char *name, *type, *help;
        size_t offset;
    } families[] = {
        {"runnel_process_resident_bytes", "gauge", "Resident memory.", offsetof(NodeUsage, resident_bytes)},
        {"runnel_memory_used_bytes", "gauge", "Memory that queries hold.", offsetof(NodeUsage, memory_used)},
        {"runnel_memory_limit_bytes", "gauge", "Memory that queries may hold.",
         offsetof(NodeUsage, memory_limit)},
        {"runnel_cache_bytes", "gauge", "Size of the block cache.", offsetof(NodeUsage, cache_bytes)},
        {"runnel_cache_hits_total", "counter", "Blocks found in the cache.", offsetof(NodeUsage, cache_hits)},
        {"runnel_cache_misses_total", "counter", "Blocks read from the store.",
         offsetof(NodeUsage, cache_misses)},
        {"runnel_cache_evictions_total", "counter", "Blocks dropped from the cache for others.",
         offsetof(NodeUsage, cache_evictions)},
        {"runnel_scratch_bytes", "gauge", "Room taken in the scratch directory.",
         offsetof(NodeUsage, scratch_used)},
        {"runnel_scratch_written_bytes_total", "counter", "Bytes written to the scratch directory.",
         offsetof(NodeUsage, scratch_written)},
    };
    Arena *arena = arena_new(NULL);
    ProcessSample *samples;
    NodeUsage own;

    process_usage(coordinator->process, &own);
    const size_t count = collect_processes(coordinator, &own, arena, &samples);
    append_starts(samples, count, out);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        append_process_family(samples, count, families[i].name, families[i].type, families[i].help,
                              families[i].offset, out);
    arena_destroy(&arena);
}

char *
exposition_render(Coordinator *coordinator)
{
    Buffer out = {0};
    size_t size;

    begin_family("runnel_build_info", "gauge", "The coordinator's version.", &out);
    buffer_append_format(&out, "runnel_build_info{version=\"%s\"} 1\n", RUNNEL_VERSION);
    append_single("runnel_coordinator_epoch", "gauge", "Counts the coordinator's starts.",
                  catalog_epoch(coordinator->catalog), &out);
    append_statements(coordinator, &out);
    append_node_family(coordinator, "runnel_node_up", "1: the node is given work.", is_up, &out);
    append_node_family(coordinator, "runnel_slots", "Slots of the node.", slots_of, &out);
    append_node_family(coordinator, "runnel_slots_busy", "Slots that run a task.", busy_of, &out);
    append_processes(coordinator, &out);
    buffer_append_char(&out, '\0');
    return buffer_take(&out, &size);
}
