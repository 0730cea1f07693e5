#include "coordinator/state.h"

#include "base/clock.h"
#include "base/memory.h"
#include "coordinator/detached.h"
#include "coordinator/documents.h"
#include "coordinator/history.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static cJSON *
not_found(uint32_t *status, Status code, const char *what)
{
    Error error = {0};

    *status = 404;
    error_set(&error, code, "no such %s", what);
    cJSON *problem = document_problem(&error);
    cJSON_ReplaceItemInObjectCaseSensitive(problem, "status", cJSON_CreateNumber(404));
    return problem;
}

static cJSON *
list_tables(Coordinator *coordinator)
{
    cJSON *tables = cJSON_CreateArray();
    const TableInfo **infos;
    size_t count;

    if (catalog_list_tables(coordinator->catalog, &infos, &count, NULL) != STATUS_OK)
        return tables;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(infos[i]->schema, HISTORY_RESULTS_SCHEMA) != 0)
            cJSON_AddItemToArray(tables, document_table(infos[i]));
        table_info_release(&infos[i]);
    }
    free(infos);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToObject(object, "tables", tables);
    return object;
}

static cJSON *
answer_table(Coordinator *coordinator, const char *name, uint32_t *status)
{
    const TableInfo *table;

    if (catalog_find_table(coordinator->catalog, NULL, name, &table, NULL) != STATUS_OK)
        return not_found(status, STATUS_UNDEFINED_TABLE, "table");
    cJSON *object = document_table(table);
    table_info_release(&table);
    return object;
}

/* How far a running one is. */
static void
refresh(Coordinator *coordinator, QuerySession *session)
{
    if (session->state == SESSION_RUNNING)
        scheduler_progress(coordinator->scheduler, session->run, &session->progress);
    if (session->state != SESSION_ENDED)
        session->elapsed_us = clock_monotonic_us() - session->submitted_us;
}

/* Reading a result is a part of the statement that made it. */
static bool
is_listed(const QuerySession *session)
{
    return session->operation != FRONT_RESULT;
}

static int
compare_newest_first(const void *a, const void *b)
{
    const QuerySession *first = *(QuerySession *const *)a;
    const QuerySession *second = *(QuerySession *const *)b;

    if (first->started_wall_us != second->started_wall_us)
        return first->started_wall_us > second->started_wall_us ? -1 : 1;
    return memcmp(&first->id, &second->id, sizeof first->id);
}

/* Those that run and those that have ended, by when they were submitted. malloc memory. */
static QuerySession **
sorted_sessions(Coordinator *coordinator, size_t *count)
{
    QuerySession **sorted = MEMORY_ARRAY(QuerySession *, coordinator->sessions.count + 1);

    *count = 0;
    for (size_t i = 0; i < coordinator->sessions.count; i++) {
        QuerySession *session = map_value_at(&coordinator->sessions, i);
        if (is_listed(session))
            sorted[(*count)++] = session;
    }
    qsort(sorted, *count, sizeof(QuerySession *), compare_newest_first);
    return sorted;
}

static cJSON *
list_queries(Coordinator *coordinator, const cJSON *ask)
{
    const cJSON *limit_item = cJSON_GetObjectItemCaseSensitive(ask, "limit");
    const char *state = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(ask, "state"));
    double left = cJSON_IsNumber(limit_item) ? limit_item->valuedouble : 100;
    cJSON *list = cJSON_CreateArray();
    size_t count;
    QuerySession **sorted = sorted_sessions(coordinator, &count);

    for (size_t i = 0; i < count && left >= 1; i++) {
        if (state != NULL && strcmp(state, document_state_name(sorted[i])) != 0)
            continue;
        refresh(coordinator, sorted[i]);
        cJSON_AddItemToArray(list, document_query(sorted[i]));
        left--;
    }
    free(sorted);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToObject(object, "queries", list);
    return object;
}

static QuerySession *
find_session(Coordinator *coordinator, const char *text)
{
    QueryId id;

    return query_id_parse(text, &id) ? map_get(&coordinator->sessions, &id) : NULL;
}

/* "/query/ID" or "/query/ID/tree". */
static char *
answer_query(Coordinator *coordinator, const char *path, const cJSON *ask, uint32_t *status)
{
    char id[ID_TEXT_SIZE];
    const size_t length = strcspn(path, "/");
    QuerySession *session = NULL;
    cJSON *object = NULL;

    if (length == ID_TEXT_SIZE - 1) {
        memcpy(id, path, length);
        id[length] = '\0';
        session = find_session(coordinator, id);
    }
    if (session != NULL)
        refresh(coordinator, session);
    if (session == NULL) {
        object = not_found(status, STATUS_UNDEFINED_OBJECT, "query");
    } else if (strcmp(path + length, "/tree") == 0) {
        const char *format = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(ask, "format"));
        char *tree = session->state <= SESSION_PLANNING
                         ? NULL
                         : document_tree(session, coordinator->membership, format != NULL ? format : "json");
        if (tree != NULL)
            return tree;
        object = not_found(status, STATUS_UNDEFINED_OBJECT, "tree");
    } else {
        object = document_query(session);
    }
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

static char *
answer(Coordinator *coordinator, const cJSON *ask, int64_t now, uint32_t *status)
{
    const char *path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(ask, "get"));
    cJSON *object = NULL;
    char *text = NULL;

    *status = 200;
    if (path == NULL)
        object = not_found(status, STATUS_UNDEFINED_OBJECT, "document");
    else if (strcmp(path, "/health") == 0)
        object = document_health(coordinator->membership, coordinator->scheduler,
                                 catalog_epoch(coordinator->catalog), now, status);
    else if (strcmp(path, "/tables") == 0)
        object = list_tables(coordinator);
    else if (strncmp(path, "/tables/", 8) == 0)
        object = answer_table(coordinator, path + 8, status);
    else if (strcmp(path, "/query") == 0)
        object = list_queries(coordinator, ask);
    else if (strcmp(path, "/metrics") == 0)
        text = exposition_render(coordinator);
    else if (strncmp(path, "/query/", 7) == 0)
        text = answer_query(coordinator, path + 7, ask, status);
    else
        object = not_found(status, STATUS_UNDEFINED_OBJECT, "document");
    if (text == NULL)
        text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

/* Owns `text`. */
static void
reply_text(Coordinator *coordinator, Incarnation asker, uint64_t number, uint32_t status, char *text)
{
    Message reply = {.type = MESSAGE_ANSWER,
                     .number = number,
                     .status = status,
                     .payload = text,
                     .payload_size = strlen(text)};

    transport_reply(coordinator->transport, asker, &reply);
    free(text);
}

void
answer_about(Coordinator *coordinator, Incarnation asker, uint64_t number, QueryId query)
{
    char id[ID_TEXT_SIZE];
    uint32_t status = 200;

    query_id_format(query, id);
    char *text = answer_query(coordinator, id, NULL, &status);
    reply_text(coordinator, asker, number, status, text);
}

/* Answered when it has ended: a job may have it still. One that would run again after a restart is cancelled
 * when that is written. */
static void
cancel(Coordinator *coordinator, const Message *message, const char *id, int64_t now)
{
    QuerySession *session = find_session(coordinator, id);
    const bool goes_on = session != NULL && session->state != SESSION_ENDED;
    uint32_t status = 200;

    if (goes_on)
        history_await_end(coordinator, message->sender, message->number, session->id,
                          session->detached && coordinator->config.keep_history, now);
    statement_cancel(coordinator, session, now);
    nodes_settle(coordinator, now);
    if (!goes_on) {
        char *text = answer_query(coordinator, id, NULL, &status);
        reply_text(coordinator, message->sender, message->number, status, text);
    }
}

void
answer_ask(Coordinator *coordinator, const Message *message, int64_t now)
{
    cJSON *ask = cJSON_ParseWithLength(message->payload, message->payload_size);
    const char *cancelled = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(ask, "cancel"));

    if (cJSON_GetObjectItemCaseSensitive(ask, "start") != NULL) {
        detached_start(coordinator, message, ask);
    } else if (cancelled != NULL && strncmp(cancelled, "/query/", 7) == 0) {
        cancel(coordinator, message, cancelled + 7, now);
    } else {
        uint32_t status;
        char *text = answer(coordinator, ask, now, &status);
        reply_text(coordinator, message->sender, message->number, status, text);
    }
    cJSON_Delete(ask);
}
