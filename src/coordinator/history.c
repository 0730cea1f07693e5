#include "coordinator/history.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "coordinator/documents.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { WRITE_US = 500000, SQL_KEPT = 64 << 10, COMING_BACK_US = 3000000, AWAIT_END_US = 4000000 };

/* ---- what is written ---- */

/* Nobody reads megabytes of statement in a list; cut between characters. */
static void
shorten_sql(cJSON *query)
{
    cJSON *sql = cJSON_GetObjectItemCaseSensitive(query, "sql");
    const char *text = cJSON_GetStringValue(sql);

    if (text == NULL || strlen(text) <= SQL_KEPT)
        return;
    size_t size = SQL_KEPT;
    while (size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80)
        size--;
    char *cut = memory_alloc_zero(1, size + sizeof "…");
    memcpy(cut, text, size);
    strcpy(cut + size, "…");
    cJSON_ReplaceItemInObjectCaseSensitive(query, "sql", cJSON_CreateString(cut));
    free(cut);
}

static const char *
print_into(Arena *arena, cJSON *object)
{
    char *text = cJSON_PrintUnformatted(object);
    const char *copy = arena_copy_string(arena, text);

    free(text);
    cJSON_Delete(object);
    return copy;
}

static const char *
record_of(Arena *arena, const QuerySession *session)
{
    cJSON *record = cJSON_CreateObject();
    cJSON *query = document_query(session);

    shorten_sql(query);
    cJSON_AddItemToObject(record, "query", query);
    cJSON_AddBoolToObject(record, "detached", session->detached);
    cJSON_AddItemToObject(record, "summary", cJSON_CreateRaw(session->summary));
    return print_into(arena, record);
}

static const char *
trees_of(Arena *arena, const QuerySession *session)
{
    cJSON *trees = cJSON_CreateObject();

    for (size_t i = 0; i < SESSION_TREE_FORMATS; i++)
        if (session->trees[i] != NULL)
            cJSON_AddStringToObject(trees, session_tree_format(i), session->trees[i]);
    return print_into(arena, trees);
}

void
history_entry_of_document(const QuerySession *session, char id[ID_TEXT_SIZE], HistoryEntry *entry)
{
    query_id_format(session->id, id);
    *entry = (HistoryEntry){.id = id,
                            .submitted_us = session->started_wall_us,
                            .operation = (uint32_t)session->operation,
                            .document = session->document};
}

void
history_note(Coordinator *coordinator, QuerySession *session)
{
    History *history = &coordinator->history;
    char id[ID_TEXT_SIZE];
    HistoryEntry entry;

    if (!coordinator->config.keep_history || session->operation == FRONT_RESULT)
        return;
    if (history->arena == NULL)
        history->arena = arena_new(NULL);
    history_entry_of_document(session, id, &entry);
    entry.id = arena_copy_string(history->arena, id);
    entry.document = NULL;
    entry.record = record_of(history->arena, session);
    entry.trees = trees_of(history->arena, session);
    entry.expires_us = session->keeps_rows ? clock_wall_us() + coordinator->config.result_expiry_us : 0;
    MEMORY_GROW(history->entries, history->count, history->capacity);
    history->entries[history->count++] = entry;
    session->noted = ++history->noted;
}

void
history_await_end(Coordinator *coordinator, Incarnation asker, uint64_t number, QueryId query, bool durable,
                  int64_t now)
{
    History *history = &coordinator->history;

    MEMORY_GROW(history->asks, history->ask_count, history->ask_capacity);
    history->asks[history->ask_count++] = (HistoryAsk){asker, number, query, durable, now + AWAIT_END_US};
    history->durable_asks += durable;
    if (durable)
        history->next_write = 0;
}

static bool
is_settled(const Coordinator *coordinator, const HistoryAsk *ask)
{
    const QuerySession *session = map_get(&coordinator->sessions, &ask->query);

    if (session == NULL)
        return true;
    return ask->durable ? session->noted > 0 && session->noted <= coordinator->history.written
                        : session->state == SESSION_ENDED;
}

void
history_settle_asks(Coordinator *coordinator, int64_t now)
{
    History *history = &coordinator->history;
    size_t left = 0;

    for (size_t i = 0; i < history->ask_count; i++) {
        const HistoryAsk ask = history->asks[i];
        if (now < ask.until && !is_settled(coordinator, &ask)) {
            history->asks[left++] = ask;
            continue;
        }
        history->durable_asks -= ask.durable;
        answer_about(coordinator, ask.asker, ask.number, ask.query);
    }
    history->ask_count = left;
}

int64_t
history_ask_deadline(const Coordinator *coordinator)
{
    int64_t deadline = INT64_MAX;

    for (size_t i = 0; i < coordinator->history.ask_count; i++)
        if (coordinator->history.asks[i].until < deadline)
            deadline = coordinator->history.asks[i].until;
    return deadline;
}

/* ---- writing ---- */

static void
write_batch(Coordinator *coordinator, HistoryBatch *batch)
{
    Error error = {0};

    if (catalog_history_end(coordinator->catalog, batch->entries, batch->count, &error) != STATUS_OK)
        log_line(LOG_WARNING, "coordinator", "history: %s", error.message);
    arena_destroy(&batch->arena);
    free(batch->entries);
    batch->entries = NULL;
    batch->count = 0;
}

static HistoryBatch
take_batch(Coordinator *coordinator)
{
    History *history = &coordinator->history;
    const HistoryBatch batch = {history->arena, history->entries, history->count};

    history->arena = NULL;
    history->entries = NULL;
    history->count = history->capacity = 0;
    return batch;
}

static void
run_write(PoolJob *job)
{
    Coordinator *coordinator = (Coordinator *)((char *)job - offsetof(Coordinator, history.job));
    const QueryId none = {0, 0};

    write_batch(coordinator, &coordinator->history.batch);
    coordinator_post(coordinator, COORDINATOR_HISTORY_WRITTEN, none);
}

void
history_write(Coordinator *coordinator, int64_t now)
{
    History *history = &coordinator->history;

    if (history->count == 0 || history->writing || (now < history->next_write && history->durable_asks == 0))
        return;
    history->next_write = now + WRITE_US;
    history->writing = true;
    history->batch = take_batch(coordinator);
    coordinator->jobs++;
    history->job.run = run_write;
    pool_submit(coordinator->process->pool, &history->job);
}

void
history_written(Coordinator *coordinator)
{
    History *history = &coordinator->history;

    history->writing = false;
    history->written = history->noted - history->count;
}

void
history_finish(Coordinator *coordinator)
{
    HistoryBatch batch = take_batch(coordinator);

    if (batch.count > 0)
        write_batch(coordinator, &batch);
    coordinator->history.written = coordinator->history.noted;
    history_settle_asks(coordinator, INT64_MAX);
    free(coordinator->history.asks);
}

void
history_trim(Coordinator *coordinator)
{
    Error error = {0};

    if (coordinator->config.keep_history &&
        catalog_history_trim(coordinator->catalog, coordinator->config.history, HISTORY_TREES_KEPT,
                             clock_wall_us(), &error) != STATUS_OK)
        log_line(LOG_WARNING, "coordinator", "history: %s", error.message);
}

/* ---- reading ---- */

static void
restore_error(QuerySession *session, const cJSON *query)
{
    const cJSON *problem = cJSON_GetObjectItemCaseSensitive(query, "error");
    const char *state = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(query, "state"));
    const char *sqlstate = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(problem, "sqlstate"));
    const char *detail = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(problem, "detail"));
    const char *hint = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(problem, "hint"));
    const cJSON *position = cJSON_GetObjectItemCaseSensitive(problem, "position");

    session->cancelled = state != NULL && strcmp(state, "cancelled") == 0;
    if (!cJSON_IsObject(problem))
        return;
    error_set_at(&session->error, status_of_sqlstate(sqlstate != NULL ? sqlstate : ""),
                 cJSON_IsNumber(position) ? (int32_t)position->valuedouble : 0, "%s",
                 detail != NULL ? detail : "");
    if (hint != NULL)
        error_hint(&session->error, "%s", hint);
}

static void
restore_trees(QuerySession *session, const char *text)
{
    cJSON *trees = text != NULL ? cJSON_Parse(text) : NULL;

    for (size_t i = 0; i < SESSION_TREE_FORMATS; i++) {
        const char *tree =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(trees, session_tree_format(i)));
        if (tree != NULL)
            session->trees[i] = memory_copy(tree, strlen(tree) + 1, 1);
    }
    cJSON_Delete(trees);
}

static void
restore_ended(Coordinator *coordinator, QuerySession *session, const HistoryEntry *entry)
{
    cJSON *record = cJSON_Parse(entry->record);
    cJSON *query = cJSON_GetObjectItemCaseSensitive(record, "query");
    const cJSON *summary = cJSON_GetObjectItemCaseSensitive(record, "summary");

    session->state = SESSION_ENDED;
    /* That rows were kept is known after they have expired, too. */
    session->keeps_rows = entry->expires_us > 0 || cJSON_HasObjectItem(summary, "columns");
    session->detached = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(record, "detached"));
    restore_error(session, query);
    restore_trees(session, entry->trees);
    session->record = cJSON_PrintUnformatted(query);
    session->summary = cJSON_PrintUnformatted(summary);
    cJSON_Delete(record);
    session_settle(session);
    statement_remember(coordinator, session->id);
}

static void
restore(Coordinator *coordinator, const HistoryEntry *entry, int64_t now)
{
    const Incarnation nobody = {0, 0};
    const char *document = entry->document != NULL ? entry->document : "";
    QueryId id;

    if (!query_id_parse(entry->id, &id) || (entry->document == NULL && entry->record == NULL))
        return;
    QuerySession *session =
        session_new(id, nobody, (FrontOperation)entry->operation, document, strlen(document));
    session->coordinator = coordinator;
    session->started_wall_us = entry->submitted_us;
    session->detached = true;
    map_put(&coordinator->sessions, &session->id, session);
    if (entry->document == NULL) {
        restore_ended(coordinator, session, entry);
        return;
    }
    session->state = SESSION_QUEUED;
    session_read_sql(session);
    statement_wait_for_nodes(coordinator, session, now + COMING_BACK_US);
}

Status
history_restore(Coordinator *coordinator, Error *error)
{
    const int64_t now = clock_monotonic_us();
    const HistoryEntry *entries;
    size_t count;

    if (!coordinator->config.keep_history)
        return STATUS_OK;
    Arena *arena = arena_new(NULL);
    const Status status = catalog_history_read(coordinator->catalog, arena, &entries, &count, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        restore(coordinator, &entries[i], now);
    arena_destroy(&arena);
    return status;
}
