/* Documents of the REST interface: from the coordinator itself, or over HTTP. */
#include "api/api.h"

#include "base/memory.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_TIMEOUT_US = 10000000 };

static Status
get_http(runnel_connection *connection, const char *path, int64_t timeout_us, uint32_t *http, char **body,
         size_t *size, Error *error)
{
    Buffer url = {0};
    Buffer out = {0};
    HttpExchange *exchange;
    bool end = false;

    buffer_append_format(&url, "%s%s", connection->url, path);
    const HttpCall call = {
        .method = "GET", .url = buffer_text(&url), .timeout_ms = (long)(timeout_us / 1000)};
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
get_embedded(runnel_connection *connection, const char *path, int64_t timeout_us, uint32_t *http, char **body,
             size_t *size, Error *error)
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
    const Status status = front_ask(connection->engine->front, text, timeout_us, http, body, size, error);
    free(text);
    free(plain);
    cJSON_Delete(ask);
    return status;
}

Status
connection_get(runnel_connection *connection, const char *path, int64_t timeout_us, uint32_t *http,
               char **body, size_t *size, Error *error)
{
    *body = NULL;
    return connection->engine != NULL ? get_embedded(connection, path, timeout_us, http, body, size, error)
                                      : get_http(connection, path, timeout_us, http, body, size, error);
}

runnel_status
runnel_get(runnel_connection *connection, const char *path, char **body, size_t *size)
{
    Error error = {0};
    uint32_t http = 0;

    if (connection == NULL || path == NULL || body == NULL || size == NULL)
        return RUNNEL_USAGE;
    const Status status = connection_get(connection, path, ASK_TIMEOUT_US, &http, body, size, &error);
    if (status != STATUS_OK)
        return connection_fail(connection, &error);
    if (http >= 400 && strcmp(path, "/health") != 0) {
        cJSON *problem = cJSON_Parse(*body);
        const char *detail = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(problem, "detail"));
        error_set(&error, STATUS_UNDEFINED_OBJECT, "%s", detail != NULL ? detail : "the request failed");
        cJSON_Delete(problem);
        free(*body);
        *body = NULL;
        return connection_fail(connection, &error);
    }
    return RUNNEL_OK;
}
