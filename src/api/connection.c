#include "api/api.h"

#include "base/memory.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *
runnel_version(void)
{
    return RUNNEL_VERSION;
}

const char *
runnel_error_message(const runnel_error *error)
{
    return error == NULL ? "" : error->error.message;
}

const char *
runnel_error_sqlstate(const runnel_error *error)
{
    return status_sqlstate(error == NULL ? STATUS_OK : error->error.code);
}

int
runnel_error_position(const runnel_error *error)
{
    return error == NULL ? 0 : error->error.sql_position;
}

const char *
runnel_error_hint(const runnel_error *error)
{
    return error == NULL ? "" : error->error.hint;
}

const runnel_error *
runnel_connection_error(const runnel_connection *connection)
{
    return &connection->error;
}

runnel_status
api_status(const Error *error)
{
    switch (error->code) {
    case STATUS_OK: return RUNNEL_OK;
    case STATUS_CONNECTION:
    case STATUS_UNAVAILABLE: return RUNNEL_UNREACHABLE;
    default: return RUNNEL_ERROR;
    }
}

runnel_status
connection_fail(runnel_connection *connection, const Error *error)
{
    connection->error.error = *error;
    return api_status(error);
}

/* --- opening
 * -------------------------------------------------------------------------------------------------------------
 */

static runnel_connection *
connection_new(void)
{
    runnel_connection *connection = MEMORY_NEW(runnel_connection);

    pthread_mutex_init(&connection->lock, NULL);
    return connection;
}

static Status
open_engine(runnel_connection *connection, const char *directory, const runnel_options *options, Error *error)
{
    const runnel_options none = {0};
    const runnel_options given = options != NULL ? *options : none;
    Arena *arena = arena_new(NULL);
    const EngineConfig config = {.store = arena_format(arena, "%s/store", directory),
                                 .catalog = arena_format(arena, "%s/catalog", directory),
                                 .scratch = arena_format(arena, "%s/scratch", directory),
                                 .workers = 1,
                                 .combined = true,
                                 .front = true,
                                 .threads = given.threads,
                                 .memory_limit = given.memory_limit,
                                 .cache_limit = given.cache_limit};
    const Status status = engine_open(&config, &connection->engine, error);

    arena_destroy(&arena);
    return status;
}

static Status
join_cluster(runnel_connection *connection, const char *endpoint, Error *error)
{
    const bool local = strncmp(endpoint, "ipc:", 4) == 0 || strstr(endpoint, "//127.") != NULL;
    const EngineConfig config = {
        .front = true, .join = endpoint, .bind = local ? "tcp://127.0.0.1:*" : "tcp://*:*"};

    return engine_open(&config, &connection->engine, error);
}

/* The directory is another process's: go through it, where it can be reached. */
static Status
join_owner(runnel_connection *connection, const char *directory, const char *contact, Error *error)
{
    if (strncmp(contact, "http://", 7) == 0) {
        connection->url = memory_copy(contact, strlen(contact) + 1, 1);
        return STATUS_OK;
    }
    if (strncmp(contact, "tcp://", 6) == 0 || strncmp(contact, "ipc://", 6) == 0)
        return join_cluster(connection, contact, error);
    return error_set(error, STATUS_UNAVAILABLE, "\"%s\" is in use by another process", directory);
}

runnel_status
runnel_open(const char *directory, const runnel_options *options, runnel_connection **made)
{
    char contact[512];
    bool owned = false;
    Error error = {0};

    if (directory == NULL || made == NULL)
        return RUNNEL_USAGE;
    runnel_connection *connection = connection_new();
    *made = connection;
    char *catalog = memory_alloc_zero(1, strlen(directory) + sizeof "/catalog");
    sprintf(catalog, "%s/catalog", directory);
    Status status = engine_read_owner(catalog, contact, sizeof contact, &owned, NULL);
    free(catalog);
    if (status == STATUS_OK && owned && contact[0] != '\0')
        status = join_owner(connection, directory, contact, &error);
    else
        status = open_engine(connection, directory, options, &error);
    return status == STATUS_OK ? RUNNEL_OK : connection_fail(connection, &error);
}

runnel_status
runnel_connect(const char *url, runnel_connection **made)
{
    if (url == NULL || made == NULL)
        return RUNNEL_USAGE;
    runnel_connection *connection = connection_new();
    size_t size = strlen(url);
    while (size > 0 && url[size - 1] == '/')
        size--;
    connection->url = memory_alloc_zero(1, size + 1);
    memcpy(connection->url, url, size);
    *made = connection;
    return RUNNEL_OK;
}

void
runnel_close(runnel_connection *connection)
{
    if (connection == NULL)
        return;
    engine_close(&connection->engine, false);
    pthread_mutex_destroy(&connection->lock);
    free(connection->url);
    free(connection);
}

/* --- statements
 * ----------------------------------------------------------------------------------------------------------
 */

/* `embedded`: this process's user may read files anywhere. */
static char *
query_document(const char *sql, const runnel_query_options *options, bool embedded)
{
    cJSON *document = cJSON_CreateObject();

    cJSON_AddStringToObject(document, "sql", sql);
    if (embedded)
        cJSON_AddTrueToObject(document, "local_files");
    if (options != NULL && options->parameter_count > 0) {
        cJSON *parameters = cJSON_AddArrayToObject(document, "params");
        for (size_t i = 0; i < options->parameter_count; i++)
            cJSON_AddItemToArray(parameters, options->parameters[i] != NULL
                                                 ? cJSON_CreateString(options->parameters[i])
                                                 : cJSON_CreateNull());
    }
    if (options != NULL && options->timeout_ms > 0)
        cJSON_AddNumberToObject(document, "timeout_ms", (double)options->timeout_ms);
    if (options != NULL && (options->time_zone != NULL || options->memory_limit > 0)) {
        cJSON *settings = cJSON_AddObjectToObject(document, "settings");
        if (options->time_zone != NULL)
            cJSON_AddStringToObject(settings, "timezone", options->time_zone);
        if (options->memory_limit > 0)
            cJSON_AddNumberToObject(settings, "memory_limit", (double)options->memory_limit);
    }
    char *text = cJSON_PrintUnformatted(document);
    cJSON_Delete(document);
    return text;
}

void
runnel_cancel(runnel_connection *connection)
{
    if (connection == NULL)
        return;
    pthread_mutex_lock(&connection->lock);
    atomic_fetch_add(&connection->cancels, 1);
    for (runnel_result *result = connection->open; result != NULL; result = result->next_open)
        front_query_cancel(result->query);
    pthread_mutex_unlock(&connection->lock);
}

runnel_result *
connection_submit(runnel_connection *connection, FrontOperation operation, const char *document)
{
    pthread_mutex_lock(&connection->lock);
    runnel_result *result =
        result_of_query(connection, front_submit(connection->engine->front, operation, document,
                                                 strlen(document), NULL, NULL, NULL));
    result->next_open = connection->open;
    connection->open = result;
    pthread_mutex_unlock(&connection->lock);
    return result;
}

Status
connection_send(runnel_connection *connection, HttpCall *call, runnel_result **result, Error *error)
{
    call->cancels = &connection->cancels;
    const Status status = result_of_call(connection, call, result, error);
    if (status == STATUS_CONNECTION)
        error_hint(error, "is a front running at %s? Start one with: runnel local", connection->url);
    return status;
}

runnel_status
connection_begin(runnel_connection *connection, Status status, Error *error, runnel_result **result)
{
    if (status == STATUS_OK && !result_next_chunk(*result) && (*result)->error.error.code != STATUS_OK) {
        *error = (*result)->error.error;
        status = error->code;
        runnel_result_close(*result);
        *result = NULL;
    }
    return status == STATUS_OK ? RUNNEL_OK : connection_fail(connection, error);
}

static Status
send_query(runnel_connection *connection, const char *document, runnel_result **result, Error *error)
{
    Buffer url = {0};

    if (connection->engine != NULL) {
        *result = connection_submit(connection, FRONT_QUERY, document);
        return STATUS_OK;
    }
    if (connection->url == NULL)
        return error_set(error, STATUS_CONNECTION, "the connection is not open");
    buffer_append_format(&url, "%s/query", connection->url);
    HttpCall call = {.method = "POST",
                     .url = buffer_text(&url),
                     .accept = connection->progress.tell != NULL
                                   ? "application/vnd.runnel.frames; progress=yes"
                                   : "application/vnd.runnel.frames",
                     .content_type = "application/json",
                     .body = document,
                     .body_size = strlen(document)};
    const Status status = connection_send(connection, &call, result, error);
    buffer_destroy(&url);
    return status;
}

runnel_status
runnel_query_with(runnel_connection *connection, const char *sql, const runnel_query_options *options,
                  runnel_result **result)
{
    Error error = {0};

    if (connection == NULL || sql == NULL || result == NULL)
        return RUNNEL_USAGE;
    *result = NULL;
    error_clear(&connection->error.error);
    char *document = query_document(sql, options, connection->engine != NULL);
    const Status status = send_query(connection, document, result, &error);
    free(document);
    return connection_begin(connection, status, &error, result);
}

runnel_status
runnel_query(runnel_connection *connection, const char *sql, runnel_result **result)
{
    return runnel_query_with(connection, sql, NULL, result);
}
