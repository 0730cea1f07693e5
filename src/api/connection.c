#include "api/api.h"

#include "base/memory.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ASK_TIMEOUT_US = 10000000 };

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

static runnel_status
fail(runnel_connection *connection, const Error *error)
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
    return status == STATUS_OK ? RUNNEL_OK : fail(connection, &error);
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

/* Embedded: submit, and let runnel_cancel() know. */
static runnel_result *
submit(runnel_connection *connection, FrontOperation operation, const char *document)
{
    pthread_mutex_lock(&connection->lock);
    runnel_result *result = result_of_query(
        front_submit(connection->engine->front, operation, document, strlen(document), NULL, NULL, NULL));
    result->connection = connection;
    result->next_open = connection->open;
    connection->open = result;
    pthread_mutex_unlock(&connection->lock);
    return result;
}

static Status
send_http(runnel_connection *connection, HttpCall *call, runnel_result **result, Error *error)
{
    HttpExchange *exchange;

    call->cancels = &connection->cancels;
    Status status = http_open(call, &exchange, error);
    if (status == STATUS_CONNECTION)
        error_hint(error, "is a front running at %s? Start one with: runnel local", connection->url);
    if (status != STATUS_OK)
        return status;
    return result_of_exchange(exchange, result, error);
}

static Status
send_query(runnel_connection *connection, const char *document, runnel_result **result, Error *error)
{
    Buffer url = {0};

    if (connection->engine != NULL) {
        *result = submit(connection, FRONT_QUERY, document);
        return STATUS_OK;
    }
    if (connection->url == NULL)
        return error_set(error, STATUS_CONNECTION, "the connection is not open");
    buffer_append_format(&url, "%s/query", connection->url);
    HttpCall call = {.method = "POST",
                     .url = buffer_text(&url),
                     .accept = "application/vnd.runnel.frames",
                     .content_type = "application/json",
                     .body = document,
                     .body_size = strlen(document)};
    const Status status = send_http(connection, &call, result, error);
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
    Status status = send_query(connection, document, result, &error);
    free(document);
    if (status == STATUS_OK && !result_next_chunk(*result) && (*result)->error.error.code != STATUS_OK) {
        error = (*result)->error.error;
        status = error.code;
        runnel_result_close(*result);
        *result = NULL;
    }
    return status == STATUS_OK ? RUNNEL_OK : fail(connection, &error);
}

runnel_status
runnel_query(runnel_connection *connection, const char *sql, runnel_result **result)
{
    return runnel_query_with(connection, sql, NULL, result);
}

/* --- loads
 * -----------------------------------------------------------------------------------------------------------------
 */

static void
add_argument(Buffer *url, const char *name, const char *value)
{
    if (value == NULL)
        return;
    buffer_append_format(url, "&%s=", name);
    for (const unsigned char *c = (const unsigned char *)value; *c != '\0'; c++) {
        if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
            strchr("-._~", *c))
            buffer_append_char(url, (char)*c);
        else
            buffer_append_format(url, "%%%02X", *c);
    }
}

static const char *
text_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* The request's members as parameters of an upload's URL. */
static void
upload_url(const char *base, const cJSON *request, Buffer *url)
{
    const cJSON *options = cJSON_GetObjectItemCaseSensitive(request, "options");
    const cJSON *partition = cJSON_GetObjectItemCaseSensitive(request, "partition");
    const cJSON *header = cJSON_GetObjectItemCaseSensitive(options, "header");
    const cJSON *rejects = cJSON_GetObjectItemCaseSensitive(options, "reject_limit");
    const cJSON *partitions = cJSON_GetObjectItemCaseSensitive(partition, "partitions");
    char number[32];

    buffer_append_format(url, "%s/data/load?", base);
    add_argument(url, "table", text_of(request, "table"));
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(request, "create")))
        add_argument(url, "create", "true");
    if (cJSON_IsBool(header))
        add_argument(url, "header", cJSON_IsTrue(header) ? "true" : "false");
    add_argument(url, "delimiter", text_of(options, "delimiter"));
    add_argument(url, "null", text_of(options, "null"));
    if (cJSON_IsNumber(rejects)) {
        snprintf(number, sizeof number, "%.0f", rejects->valuedouble);
        add_argument(url, "reject_limit", number);
    }
    add_argument(url, "partition_by", text_of(partition, "by"));
    add_argument(url, "partition_column", text_of(partition, "column"));
    if (cJSON_IsNumber(partitions)) {
        snprintf(number, sizeof number, "%.0f", partitions->valuedouble);
        add_argument(url, "partitions", number);
    }
    const cJSON *bound;
    cJSON_ArrayForEach(bound, cJSON_GetObjectItemCaseSensitive(partition, "bounds"))
    {
        add_argument(url, "bound", cJSON_GetStringValue(bound));
    }
    add_argument(url, "format", text_of(request, "format"));
    const char *source = text_of(request, "source");
    const char *slash = source != NULL ? strrchr(source, '/') : NULL;
    add_argument(url, "name", slash != NULL ? slash + 1 : source); /* tells format and compression, too */
}

static Status
upload(runnel_connection *connection, const cJSON *request, runnel_result **result, Error *error)
{
    Buffer url = {0};
    const char *source = text_of(request, "source");

    if (source == NULL)
        return error_set(error, STATUS_INVALID_PARAMETER, "\"source\" is missing");
    upload_url(connection->url, request, &url);
    HttpCall call = {.method = "POST", .url = buffer_text(&url), .content_type = "text/csv", .file = source};
    const Status status = send_http(connection, &call, result, error);
    buffer_destroy(&url);
    return status;
}

/* Rows that the workers make: there is no file to send. */
static bool
is_generated(const cJSON *request)
{
    const char *format = text_of(request, "format");

    return format != NULL && strcmp(format, "generated") == 0;
}

static Status
ask_load(runnel_connection *connection, const char *request, runnel_result **result, Error *error)
{
    Buffer url = {0};

    buffer_append_format(&url, "%s/data/load", connection->url);
    HttpCall call = {.method = "POST",
                     .url = buffer_text(&url),
                     .content_type = "application/json",
                     .body = request,
                     .body_size = strlen(request)};
    const Status status = send_http(connection, &call, result, error);
    buffer_destroy(&url);
    return status;
}

runnel_status
runnel_load(runnel_connection *connection, const char *request, runnel_result **result)
{
    Error error = {0};
    Status status;

    if (connection == NULL || request == NULL || result == NULL)
        return RUNNEL_USAGE;
    *result = NULL;
    error_clear(&connection->error.error);
    cJSON *document = cJSON_Parse(request);
    if (!cJSON_IsObject(document)) {
        status = error_set(&error, STATUS_INVALID_PARAMETER, "the request is not a JSON object");
    } else if (connection->engine != NULL) {
        cJSON_AddTrueToObject(document, "local_files");
        char *text = cJSON_PrintUnformatted(document);
        *result = submit(connection, FRONT_LOAD, text);
        free(text);
        status = STATUS_OK;
    } else {
        status = is_generated(document) ? ask_load(connection, request, result, &error)
                                        : upload(connection, document, result, &error);
    }
    cJSON_Delete(document);
    if (status == STATUS_OK && !result_next_chunk(*result) && (*result)->error.error.code != STATUS_OK) {
        error = (*result)->error.error;
        status = error.code;
        runnel_result_close(*result);
        *result = NULL;
    }
    return status == STATUS_OK ? RUNNEL_OK : fail(connection, &error);
}

/* --- documents
 * ------------------------------------------------------------------------------------------------------------
 */

static Status
get_http(runnel_connection *connection, const char *path, uint32_t *http, char **body, size_t *size,
         Error *error)
{
    Buffer url = {0};
    Buffer out = {0};
    HttpExchange *exchange;
    bool end = false;

    buffer_append_format(&url, "%s%s", connection->url, path);
    const HttpCall call = {.method = "GET", .url = buffer_text(&url)};
    Status status = http_open(&call, &exchange, error);
    buffer_destroy(&url);
    if (status != STATUS_OK)
        return status;
    while (status == STATUS_OK && !end)
        status = http_read(exchange, &out, &end, error);
    *http = (uint32_t)http_status(exchange);
    http_close(&exchange);
    buffer_append_char(&out, '\0');
    *body = buffer_take(&out, size);
    *size -= 1;
    return status;
}

/* "/query/ID/tree?format=dot" as the coordinator's document wants it. */
static Status
get_embedded(runnel_connection *connection, const char *path, uint32_t *http, char **body, size_t *size,
             Error *error)
{
    cJSON *ask = cJSON_CreateObject();
    const size_t length = strcspn(path, "?");
    char *plain = memory_alloc_zero(1, length + 1);
    const char *format = strstr(path, "format=");

    memcpy(plain, path, length);
    cJSON_AddStringToObject(ask, "get", plain);
    if (format != NULL)
        cJSON_AddStringToObject(ask, "format", format + strlen("format="));
    char *text = cJSON_PrintUnformatted(ask);
    const Status status = front_ask(connection->engine->front, text, ASK_TIMEOUT_US, http, body, size, error);
    free(text);
    free(plain);
    cJSON_Delete(ask);
    return status;
}

runnel_status
runnel_get(runnel_connection *connection, const char *path, char **body, size_t *size)
{
    Error error = {0};
    uint32_t http = 0;

    if (connection == NULL || path == NULL || body == NULL || size == NULL)
        return RUNNEL_USAGE;
    *body = NULL;
    const Status status = connection->engine != NULL
                              ? get_embedded(connection, path, &http, body, size, &error)
                              : get_http(connection, path, &http, body, size, &error);
    if (status != STATUS_OK)
        return fail(connection, &error);
    if (http >= 400 && strcmp(path, "/health") != 0) {
        cJSON *problem = cJSON_Parse(*body);
        const char *detail = text_of(problem, "detail");
        error_set(&error, STATUS_UNDEFINED_OBJECT, "%s", detail != NULL ? detail : "the request failed");
        cJSON_Delete(problem);
        free(*body);
        *body = NULL;
        return fail(connection, &error);
    }
    return RUNNEL_OK;
}
