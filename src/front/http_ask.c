/* Requests that are answered with what the coordinator says: asked, slept over, answered. */
#include "front/http_request.h"

#include <stdlib.h>

enum MHD_Result
http_ask(HttpRequest *request, const char *path, cJSON *question,
         enum MHD_Result (*answered)(HttpRequest *request, const HttpAnswer *answer))
{
    char *text = cJSON_PrintUnformatted(question);

    cJSON_Delete(question);
    request->answered = answered;
    request->question =
        front_question_new(request->server->front, text, HTTP_ASK_TIMEOUT_US, http_wake, request);
    free(text);
    request->step = REQUEST_QUESTION;
    http_watch(request);
    return http_ask_continue(request, path);
}

enum MHD_Result
http_ask_continue(HttpRequest *request, const char *path)
{
    HttpAnswer answer = {.path = path};
    Error error = {0};
    char *body = NULL;

    while (!front_question_take(request->question, &answer.status, &body, &answer.size, &error)) {
        if (http_suspend(request))
            return MHD_YES;
        if (http_is_gone(request))
            return MHD_NO;
    }
    answer.body = body;
    answer.error = &error;
    const enum MHD_Result result = request->answered(request, &answer);
    free(body);
    return result;
}
