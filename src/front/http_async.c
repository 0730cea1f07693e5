/* Statements that nobody waits for: taken on with 202, asked for later. */
#include "base/memory.h"
#include "front/http_request.h"
#include "wire/transport.h"

#include <stdlib.h>
#include <string.h>

/* Once it is taken on an upload is not ours to remove. */
static void
hand_over(HttpRequest *request)
{
    request->upload_path[0] = '\0';
    snprintf(request->location, sizeof request->location, "/query/%s", request->started);
}

static enum MHD_Result
answer_started(HttpRequest *request, const HttpAnswer *answer)
{
    const bool taken_on = answer->status > 0 && answer->status < 400;

    if (answer->status == 0)
        return http_answer_problem(request, answer->error, 0);
    if (taken_on)
        hand_over(request);
    return http_answer(request, answer->status, taken_on ? "application/json" : "application/problem+json",
                       answer->body, answer->size);
}

enum MHD_Result
http_async_start(HttpRequest *request, const char *path, FrontOperation operation, const char *document)
{
    cJSON *start = cJSON_CreateObject();

    incarnation_format(transport_draw_incarnation(), request->started);
    cJSON_AddStringToObject(start, "start", request->started);
    cJSON_AddNumberToObject(start, "operation", operation);
    cJSON_AddStringToObject(start, "document", document);
    return http_ask(request, path, start, answer_started);
}

/* A number of rows; false: it is none. */
static bool
add_count(HttpRequest *request, const char *name, cJSON *document)
{
    const char *text = http_argument(request, name);

    if (text == NULL)
        return true;
    if (*text == '\0' || strlen(text) > 18 || strspn(text, "0123456789") != strlen(text))
        return false;
    cJSON_AddItemToObject(document, name, cJSON_CreateRaw(text));
    return true;
}

static Status
choose_format(HttpRequest *request, BodyFormat *format, Error *error)
{
    const char *name = http_argument(request, "format");

    *format = http_accepted_format(request);
    if (name == NULL)
        return STATUS_OK;
    if (strcmp(name, "json") == 0)
        *format = BODY_JSON;
    else if (strcmp(name, "csv") == 0)
        *format = BODY_CSV;
    else if (strcmp(name, "ndjson") == 0)
        *format = BODY_NDJSON;
    else
        return error_set(error, STATUS_INVALID_PARAMETER, "\"format\" must be json, csv or ndjson");
    return STATUS_OK;
}

enum MHD_Result
http_result_start(HttpRequest *request, const char *path)
{
    const char *id = path + strlen("/query/");
    const size_t size = strcspn(id, "/");
    cJSON *document = cJSON_CreateObject();
    BodyFormat format;
    Error error = {0};

    snprintf(request->result_of, sizeof request->result_of, "%.*s", (int)size, id);
    if (size != ID_TEXT_SIZE - 1)
        error_set(&error, STATUS_NO_SUCH_QUERY, "no such query");
    cJSON_AddStringToObject(document, "result", request->result_of);
    if (!add_count(request, "offset", document) || !add_count(request, "limit", document))
        error_set(&error, STATUS_INVALID_PARAMETER, "\"offset\" and \"limit\" must be numbers of rows");
    if (error.code == STATUS_OK && choose_format(request, &format, &error) == STATUS_OK) {
        char *text = cJSON_PrintUnformatted(document);
        http_submit(request, FRONT_RESULT, format, text, strlen(text));
        free(text);
    }
    cJSON_Delete(document);
    return error.code == STATUS_OK ? http_query_continue(request) : http_answer_problem(request, &error, 0);
}
