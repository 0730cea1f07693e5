#include "front/http_request.h"

#include <stdlib.h>
#include <string.h>

static const char *
content_type_of(const char *path, const char *format, unsigned status)
{
    if (status >= 400)
        return "application/problem+json";
    if (strstr(path, "/tree") == NULL || format == NULL || strcmp(format, "json") == 0)
        return "application/json";
    return strcmp(format, "dot") == 0   ? "text/vnd.graphviz; charset=utf-8"
           : strcmp(format, "svg") == 0 ? "image/svg+xml"
                                        : "text/plain; charset=utf-8";
}

static Status
check_arguments(HttpRequest *request, const char *path, Error *error)
{
    static const char *const formats[] = {"json", "dot", "text", "svg"};
    static const char *const states[] = {"queued", "planning", "running", "done", "failed", "cancelled"};
    const char *format = http_argument(request, "format");
    const char *state = http_argument(request, "state");
    const char *limit = http_argument(request, "limit");
    bool ok = format == NULL || strstr(path, "/tree") == NULL;

    for (size_t i = 0; !ok && i < sizeof formats / sizeof *formats; i++)
        ok = strcmp(format, formats[i]) == 0;
    if (!ok)
        return error_set(error, STATUS_INVALID_PARAMETER, "\"format\" must be json, dot, text or svg");
    ok = state == NULL;
    for (size_t i = 0; !ok && i < sizeof states / sizeof *states; i++)
        ok = strcmp(state, states[i]) == 0;
    if (!ok)
        return error_set(error, STATUS_INVALID_PARAMETER, "\"state\" is not a state of queries");
    if (limit != NULL && (*limit == '\0' || strspn(limit, "0123456789") != strlen(limit)))
        return error_set(error, STATUS_INVALID_PARAMETER, "\"limit\" must be a number");
    return STATUS_OK;
}

static enum MHD_Result
ask(HttpRequest *request, const char *verb, const char *path)
{
    cJSON *document = cJSON_CreateObject();
    const char *format = http_argument(request, "format");
    const char *state = http_argument(request, "state");
    const char *limit = http_argument(request, "limit");
    uint32_t http_status = 0;
    char *body = NULL;
    size_t size = 0;
    Error error = {0};

    cJSON_AddStringToObject(document, verb, path);
    if (format != NULL)
        cJSON_AddStringToObject(document, "format", format);
    if (state != NULL)
        cJSON_AddStringToObject(document, "state", state);
    if (limit != NULL)
        cJSON_AddNumberToObject(document, "limit", strtod(limit, NULL));
    char *text = cJSON_PrintUnformatted(document);
    const Status status =
        front_ask(request->server->front, text, HTTP_ASK_TIMEOUT_US, &http_status, &body, &size, &error);
    free(text);
    cJSON_Delete(document);
    if (status != STATUS_OK && strcmp(path, "/health") == 0) {
        static const char unavailable[] =
            "{\"status\":\"unavailable\",\"coordinator\":null,\"workers\":[],\"reducers\":[]}";
        return http_answer(request, 503, "application/json", unavailable, sizeof unavailable - 1);
    }
    if (status != STATUS_OK)
        return http_answer_problem(request, &error, 0);
    const char *type = content_type_of(path, format, strcmp(path, "/health") == 0 ? 200 : http_status);
    const enum MHD_Result result = http_answer(request, http_status, type, body, size);
    free(body);
    return result;
}

enum MHD_Result
http_get(HttpRequest *request, const char *path)
{
    Error error = {0};

    if (check_arguments(request, path, &error) != STATUS_OK)
        return http_answer_problem(request, &error, 0);
    if (strncmp(path, "/query/", 7) == 0 && strcmp(path + 7 + strcspn(path + 7, "/"), "/result") == 0)
        return http_result_start(request, path);
    if (http_page_has(path))
        return http_page(request, path);
    if (strcmp(path, "/metrics") == 0)
        return http_metrics(request);
    return ask(request, "get", path);
}

enum MHD_Result
http_delete(HttpRequest *request, const char *path)
{
    return ask(request, "cancel", path);
}
