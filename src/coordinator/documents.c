#include "coordinator/documents.h"

#include "base/clock.h"
#include "base/memory.h"
#include "coordinator/counts.h"
#include "coordinator/planning.h"
#include "plan/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *
take_text(Buffer *buffer)
{
    size_t size;

    buffer_append_char(buffer, '\0');
    return buffer_take(buffer, &size);
}

const char *
document_state_name(const QuerySession *session)
{
    switch (session->state) {
    case SESSION_QUEUED: return "queued";
    case SESSION_PLANNING: return "planning";
    case SESSION_ENDED:
        if (session->error.code == STATUS_OK)
            return "done";
        return session->cancelled ? "cancelled" : "failed";
    default: return "running";
    }
}

cJSON *
document_problem(const Error *error)
{
    cJSON *problem = cJSON_CreateObject();

    cJSON_AddStringToObject(problem, "type", "about:blank");
    cJSON_AddStringToObject(problem, "title", status_text(error->code));
    cJSON_AddNumberToObject(problem, "status", status_http(error->code));
    cJSON_AddStringToObject(problem, "detail", error->message);
    cJSON_AddStringToObject(problem, "sqlstate", status_sqlstate(error->code));
    if (error->sql_position > 0)
        cJSON_AddNumberToObject(problem, "position", error->sql_position);
    if (error->hint[0] != '\0')
        cJSON_AddStringToObject(problem, "hint", error->hint);
    return problem;
}

static cJSON *
stats_object(const QuerySession *session)
{
    cJSON *stats = cJSON_CreateObject();
    const StagedPlan *plan = session->state > SESSION_PLANNING ? session->plan : NULL; /* else a job's */
    const uint64_t total = plan != NULL ? plan->tablets_total : 0;
    const uint64_t pruned = plan != NULL ? plan->tablets_pruned : 0;

    cJSON_AddNumberToObject(stats, "elapsed_ms", (double)session->elapsed_us / 1000);
    cJSON_AddNumberToObject(stats, "rows_scanned", (double)counts_rows_scanned(session));
    cJSON_AddNumberToObject(stats, "bytes_scanned", (double)counts_bytes_scanned(session));
    cJSON_AddNumberToObject(stats, "tablets_total", (double)total);
    cJSON_AddNumberToObject(stats, "tablets_scanned", (double)(total - pruned));
    cJSON_AddNumberToObject(stats, "tablets_pruned", (double)pruned);
    cJSON_AddNumberToObject(stats, "tasks", session->progress.tasks_total);
    cJSON_AddNumberToObject(stats, "retries", session->progress.retries);
    cJSON_AddNumberToObject(stats, "workers", session->progress.workers);
    cJSON_AddNumberToObject(stats, "reducers", session->progress.reducers);
    return stats;
}

/* --- the tree
 * ------------------------------------------------------------------------------------------------------ */

static const char *
node_name(const Membership *membership, Incarnation incarnation)
{
    const NodeInfo *info = membership_find(membership, incarnation, NULL);

    return info != NULL ? info->name : "?";
}

static TreeCounters *
tree_counters(Arena *arena, const QuerySession *session, const Membership *membership)
{
    TreeCounters *counters = tree_counters_new(arena, session->plan);

    for (size_t i = 0; i < counts_total(session); i++) {
        const SessionInstance *instance = counts_at(session, i);
        const TreeInstance item = {.node =
                                       arena_copy_string(arena, node_name(membership, instance->executor)),
                                   .task = instance->ref.task,
                                   .attempt = instance->ref.attempt,
                                   .rows_in = instance->count.rows_in,
                                   .rows_out = instance->count.rows_out,
                                   .bytes = instance->count.bytes,
                                   .time_ns = instance->count.time_ns,
                                   .memory_bytes = instance->count.memory_bytes,
                                   .blocks_read = instance->count.blocks_read,
                                   .blocks_pruned = instance->count.blocks_pruned,
                                   .spilled_bytes = instance->count.spilled_bytes};
        tree_counters_add(arena, counters, instance->count.node, &item);
    }
    return counters;
}

/* Pictures are made when they are asked for. */
static char *
draw_tree(QuerySession *session, const Membership *membership)
{
    char *json = document_tree(session, membership, "json");
    Buffer out = {0};
    const bool drawn = json != NULL && tree_render_svg(json, &out);

    free(json);
    return drawn ? take_text(&out) : NULL;
}

char *
document_tree(QuerySession *session, const Membership *membership, const char *format)
{
    Buffer out = {0};
    char id[ID_TEXT_SIZE];

    if (strcmp(format, "svg") == 0)
        return draw_tree(session, membership);
    for (size_t i = 0; session->plan == NULL && i < SESSION_TREE_FORMATS; i++)
        if (strcmp(format, session_tree_format(i)) == 0 && session->trees[i] != NULL)
            return memory_copy(session->trees[i], strlen(session->trees[i]) + 1, 1);
    if (session->plan == NULL)
        return NULL;
    Arena *arena = arena_new(NULL);
    TreeCounters *counters = tree_counters(arena, session, membership);
    query_id_format(session->id, id);
    const TreeQuery query = {
        .id = id, .state = document_state_name(session), .plan = session->plan, .counters = counters};
    bool known = true;
    if (strcmp(format, "json") == 0)
        tree_render_json(&query, &out);
    else if (strcmp(format, "dot") == 0)
        tree_render_dot(&query, &out);
    else if (strcmp(format, "text") == 0)
        tree_render_text(&query, &out);
    else
        known = false;
    arena_destroy(&arena);
    return known ? take_text(&out) : NULL;
}

Status
document_explain(QuerySession *session, const Membership *membership, Catalog *catalog, Error *error)
{
    const BoundExplain *explain = &session->statement->explain;
    const TreeCounters *counters = tree_counters(session->arena, session, membership);
    Buffer text = {0};

    if (explain->json)
        plan_explain_json(session->plan, counters, &text);
    else
        plan_explain_text(session->plan, counters, explain->verbose, &text);
    if (explain->verbose && !explain->json)
        buffer_append_format(&text, "Rules:\n%s", buffer_text(&session->rules));
    counts_drop(session);
    const Status status =
        planning_text(session, catalog, "QUERY PLAN", buffer_text(&text), !explain->json, error);
    buffer_destroy(&text);
    return status;
}

static cJSON *
column_object(const char *name, Type type)
{
    cJSON *column = cJSON_CreateObject();
    Buffer text = {0};

    type_format(type, &text);
    cJSON_AddStringToObject(column, "name", name);
    cJSON_AddStringToObject(column, "type", buffer_text(&text));
    buffer_destroy(&text);
    return column;
}

/* Of rows that are kept: what their columns are called, whatever the table's are. */
static void
add_kept_columns(const QuerySession *session, cJSON *summary)
{
    if (!session->keeps_rows || session->kept_columns == NULL)
        return;
    cJSON *columns = cJSON_AddArrayToObject(summary, "columns");
    for (uint32_t i = 0; i < session->kept_column_count; i++)
        cJSON_AddItemToArray(columns,
                             column_object(session->kept_columns[i].name, session->kept_columns[i].type));
}

char *
document_summary(QuerySession *session, const Membership *membership)
{
    cJSON *summary = cJSON_CreateObject();

    cJSON_AddStringToObject(summary, "command", session->command);
    if (session->loaded_table != NULL)
        cJSON_AddStringToObject(summary, "table", session->loaded_table);
    if (session->first_id[0] != '\0')
        cJSON_AddStringToObject(summary, "id", session->first_id);
    if (session->row_count >= 0)
        cJSON_AddNumberToObject(summary, "row_count", (double)session->row_count);
    if (session->kind == SESSION_WRITE || session->written_before) {
        cJSON_AddNumberToObject(summary, "tablets", session->written_tablets);
        cJSON_AddNumberToObject(summary, "bytes", (double)session->written_bytes);
        cJSON_AddNumberToObject(summary, "rejected", (double)session->rejected);
    }
    if (session->notice_count > 0) {
        cJSON *notices = cJSON_AddArrayToObject(summary, "notices");
        for (uint32_t i = 0; i < session->notice_count; i++)
            cJSON_AddItemToArray(notices, cJSON_CreateString(session->notices[i]));
    }
    cJSON_AddItemToObject(summary, "stats", stats_object(session));
    add_kept_columns(session, summary);
    for (size_t i = 0; i < SESSION_TREE_FORMATS; i++)
        session->trees[i] = document_tree(session, membership, session_tree_format(i));
    char *text = cJSON_PrintUnformatted(summary);
    cJSON_Delete(summary);
    return text;
}

static void
append_member(Buffer *text, const char *name, const char *json)
{
    if (json != NULL)
        buffer_append_format(text, ",\"%s\":", name);
    if (json != NULL)
        buffer_append_string(text, json);
}

char *
document_answer(const QuerySession *session)
{
    const size_t size = session->summary != NULL ? strlen(session->summary) : 0;
    Buffer text = {0};

    if (size > 2) {
        buffer_append(&text, session->summary, size - 1); /* up to the closing brace */
        append_member(&text, "tree", session->trees[0]);
        append_member(&text, "rejects", session->rejects);
        buffer_append_char(&text, '}');
    }
    return take_text(&text);
}

/* --- queries, nodes, tables
 * ---------------------------------------------------------------------------------------- */

/* RFC 3339. */
static void
add_submitted_at(const QuerySession *session, cJSON *query)
{
    const time_t seconds = (time_t)(session->started_wall_us / 1000000);
    struct tm parts;
    char date[32];
    char text[48];

    gmtime_r(&seconds, &parts);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text, sizeof text, "%s.%06dZ", date, (int)(session->started_wall_us % 1000000));
    cJSON_AddStringToObject(query, "submitted_at", text);
}

static cJSON *
progress_object(const QuerySession *session)
{
    cJSON *progress = cJSON_CreateObject();
    const bool over = session->state == SESSION_ENDED && session->error.code == STATUS_OK;
    const double tasks = session->progress.tasks_total;
    const double tasks_done = session->progress.tasks_done;

    cJSON_AddNumberToObject(progress, "tasks_done", tasks_done);
    cJSON_AddNumberToObject(progress, "tasks_total", tasks);
    cJSON_AddNumberToObject(progress, "tablets_done", (double)counts_tablets_done(session));
    cJSON_AddNumberToObject(progress, "tablets_total", (double)counts_tablets_total(session));
    cJSON_AddNumberToObject(progress, "rows_scanned", (double)counts_rows_scanned(session));
    cJSON_AddNumberToObject(progress, "fraction",
                            over        ? 1
                            : tasks > 0 ? (tasks_done + counts_running_part(session)) / tasks
                                        : 0);
    return progress;
}

cJSON *
document_query(const QuerySession *session)
{
    if (session->record != NULL)
        return cJSON_Parse(session->record);
    cJSON *query = cJSON_CreateObject();
    char id[ID_TEXT_SIZE];

    query_id_format(session->id, id);
    cJSON_AddStringToObject(query, "id", id);
    cJSON_AddStringToObject(query, "sql", session->sql != NULL ? session->sql : "");
    cJSON_AddStringToObject(query, "state", document_state_name(session));
    add_submitted_at(session, query);
    cJSON_AddItemToObject(query, "progress", progress_object(session));
    const cJSON *kept = NULL;
    cJSON *summary = session->summary != NULL ? cJSON_Parse(session->summary) : NULL;
    if (summary != NULL)
        kept = cJSON_GetObjectItemCaseSensitive(summary, "stats");
    cJSON_AddItemToObject(query, "stats", kept != NULL ? cJSON_Duplicate(kept, true) : stats_object(session));
    cJSON_Delete(summary);
    if (session->state == SESSION_ENDED && session->error.code != STATUS_OK)
        cJSON_AddItemToObject(query, "error", document_problem(&session->error));
    else
        cJSON_AddNullToObject(query, "error");
    return query;
}

static const char *
node_state_name(NodeState state)
{
    static const char *const names[] = {"joining", "probing", "ready", "suspect", "draining", "lost", "left"};

    return names[state];
}

static cJSON *
node_object(const NodeInfo *info, NodeState state, uint32_t busy, int64_t age_us)
{
    cJSON *node = cJSON_CreateObject();
    char id[ID_TEXT_SIZE];

    incarnation_format(info->incarnation, id);
    cJSON_AddStringToObject(node, "id", info->name);
    cJSON_AddStringToObject(node, "incarnation", id);
    cJSON_AddStringToObject(node, "endpoint", info->endpoint);
    cJSON_AddStringToObject(node, "state", node_state_name(state));
    cJSON_AddNumberToObject(node, "slots", info->slots);
    cJSON_AddNumberToObject(node, "busy", busy);
    cJSON_AddNumberToObject(node, "last_seen_ms", (double)(age_us / 1000));
    return node;
}

cJSON *
document_health(const Membership *membership, const Scheduler *scheduler, uint64_t epoch, int64_t now,
                uint32_t *http_status)
{
    cJSON *health = cJSON_CreateObject();
    cJSON *coordinator = cJSON_CreateObject();
    cJSON *workers = cJSON_CreateArray();
    cJSON *reducers = cJSON_CreateArray();
    uint32_t ready_workers = 0;
    uint32_t ready_reducers = 0;
    uint32_t missing = 0;

    for (size_t i = 0; i < membership_count(membership); i++) {
        NodeState state;
        int64_t seen;
        const NodeInfo *info = membership_at(membership, i, &state, &seen);
        const uint32_t busy = scheduler_node_busy(scheduler, info->incarnation);
        if ((info->roles & (NODE_WORKER | NODE_REDUCER)) == 0)
            continue;
        missing += state == NODE_LOST || state == NODE_SUSPECT;
        if ((info->roles & NODE_WORKER) != 0) {
            ready_workers += state == NODE_READY;
            cJSON_AddItemToArray(workers, node_object(info, state, busy, now - seen));
        }
        if ((info->roles & NODE_REDUCER) != 0) {
            ready_reducers += state == NODE_READY;
            cJSON_AddItemToArray(reducers, node_object(info, state, busy, now - seen));
        }
    }
    const bool usable = ready_workers > 0 && ready_reducers > 0;
    *http_status = usable ? 200 : 503;
    cJSON_AddStringToObject(health, "status", !usable ? "unavailable" : missing > 0 ? "degraded" : "ok");
    cJSON_AddNumberToObject(coordinator, "epoch", (double)epoch);
    cJSON_AddNumberToObject(coordinator, "running_queries", (double)scheduler_running_count(scheduler));
    cJSON_AddStringToObject(coordinator, "version", RUNNEL_VERSION);
    cJSON_AddItemToObject(health, "coordinator", coordinator);
    cJSON_AddItemToObject(health, "workers", workers);
    cJSON_AddItemToObject(health, "reducers", reducers);
    return health;
}

cJSON *
document_table(const TableInfo *table)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *columns = cJSON_CreateArray();

    cJSON_AddStringToObject(object, "name", table->name);
    for (uint32_t i = 0; i < table->column_count; i++) {
        cJSON *column = column_object(table->columns[i].name, table->columns[i].type);
        cJSON_AddBoolToObject(column, "not_null", table->columns[i].not_null);
        if (table->columns[i].default_text != NULL)
            cJSON_AddStringToObject(column, "default", table->columns[i].default_text);
        cJSON_AddItemToArray(columns, column);
    }
    cJSON_AddItemToObject(object, "columns", columns);
    cJSON_AddNumberToObject(object, "rows", (double)table->rows);
    cJSON_AddNumberToObject(object, "bytes", (double)table->bytes);
    cJSON_AddNumberToObject(object, "partitions",
                            table->partition.kind == PARTITION_NONE ? 1 : table->partition.count);
    if (table->partition.kind != PARTITION_NONE) {
        cJSON *partition = cJSON_AddObjectToObject(object, "partition");
        cJSON_AddStringToObject(partition, "by", table->partition.kind == PARTITION_HASH ? "hash" : "range");
        cJSON_AddStringToObject(partition, "column", table->columns[table->partition.column].name);
    }
    cJSON_AddNumberToObject(object, "tablets", table->tablet_count);
    return object;
}
