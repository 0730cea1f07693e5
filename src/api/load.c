/* Loads: the engine in this process reads the file; a front over HTTP gets it as the body. */
#include "api/api.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A load is answered with a document, or after its id, where its progress is wanted. */
static const char *
accepted(const runnel_connection *connection)
{
    return connection->progress.tell != NULL ? "application/vnd.runnel.frames; progress=yes" : NULL;
}

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
    HttpCall call = {.method = "POST",
                     .url = buffer_text(&url),
                     .accept = accepted(connection),
                     .content_type = "text/csv",
                     .file = source};
    const Status status = connection_send(connection, &call, result, error);
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
                     .accept = accepted(connection),
                     .content_type = "application/json",
                     .body = request,
                     .body_size = strlen(request)};
    const Status status = connection_send(connection, &call, result, error);
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
        *result = connection_submit(connection, FRONT_LOAD, text);
        free(text);
        status = STATUS_OK;
    } else {
        status = is_generated(document) ? ask_load(connection, request, result, &error)
                                        : upload(connection, document, result, &error);
    }
    cJSON_Delete(document);
    return connection_begin(connection, status, &error, result);
}
