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
answer_document(HttpRequest *request, const HttpAnswer *answer)
{
    static const char unavailable[] =
        "{\"status\":\"unavailable\",\"coordinator\":null,\"workers\":[],\"reducers\":[]}";
    const bool health = strcmp(answer->path, "/health") == 0;

    if (answer->status == 0 && health)
        return http_answer(request, MHD_HTTP_SERVICE_UNAVAILABLE, "application/json", unavailable,
                           sizeof unavailable - 1);
    if (answer->status == 0)
        return http_answer_problem(request, answer->error, 0);
    const char *type = content_type_of(answer->path, http_argument(request, "format"),
                                       health ? MHD_HTTP_OK : answer->status);
    return http_answer(request, answer->status, type, answer->body, answer->size);
}

static enum MHD_Result
ask(HttpRequest *request, const char *verb, const char *path)
{
    cJSON *question = cJSON_CreateObject();
    const char *format = http_argument(request, "format");
    const char *state = http_argument(request, "state");
    const char *limit = http_argument(request, "limit");

    cJSON_AddStringToObject(question, verb, path);
    if (format != NULL)
        cJSON_AddStringToObject(question, "format", format);
    if (state != NULL)
        cJSON_AddStringToObject(question, "state", state);
    if (limit != NULL)
        cJSON_AddNumberToObject(question, "limit", strtod(limit, NULL));
    return http_ask(request, path, question, answer_document);
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
        return http_metrics(request, path);
    return ask(request, "get", path);
}

enum MHD_Result
http_delete(HttpRequest *request, const char *path)
{
    return ask(request, "cancel", path);
}
