/* How far a statement is, for who waits for it: asked of the coordinator now and then. */
#include "api/api.h"

#include "base/clock.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_US = 300000, EVERY_US = 100000, ANSWER_US = 1000000 };

void
runnel_on_progress(runnel_connection *connection,
                   void (*tell)(const runnel_progress *progress, void *context), void *context)
{
    if (connection != NULL)
        connection->progress = (ProgressListener){tell, context};
}

static double
number_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

/* False: the statement is not known, or is over. */
static bool
ask(runnel_result *result, runnel_progress *progress)
{
    char path[sizeof "/query/" + ID_TEXT_SIZE];
    char *body = NULL;
    size_t size = 0;
    uint32_t http = 0;
    Error error = {0};

    if (result->query != NULL)
        query_id_format(front_query_id(result->query), result->id);
    snprintf(path, sizeof path, "/query/%s", result->id);
    const Status status = connection_get(result->connection, path, ANSWER_US, &http, &body, &size, &error);
    cJSON *document = status == STATUS_OK && http == 200 ? cJSON_ParseWithLength(body, size) : NULL;
    const cJSON *told = cJSON_GetObjectItemCaseSensitive(document, "progress");
    const bool known = cJSON_IsObject(told);
    progress->fraction = number_of(told, "fraction");
    progress->tasks_done = (uint64_t)number_of(told, "tasks_done");
    progress->tasks_total = (uint64_t)number_of(told, "tasks_total");
    progress->tablets_done = (uint64_t)number_of(told, "tablets_done");
    progress->tablets_total = (uint64_t)number_of(told, "tablets_total");
    progress->rows_scanned = (uint64_t)number_of(told, "rows_scanned");
    cJSON_Delete(document);
    free(body);
    return known;
}

void
progress_tell(runnel_result *result, uint64_t sent, uint64_t total)
{
    const ProgressListener *listener = &result->connection->progress;
    const int64_t now = clock_monotonic_us();
    runnel_progress progress = {.elapsed_ms = (now - result->started_us) / 1000};

    if (result->next_tell_us == 0)
        result->next_tell_us = result->started_us + FIRST_US;
    if (listener->tell == NULL || now < result->next_tell_us)
        return;
    const bool sending = result->query == NULL && result->id[0] == '\0' && total > 0;
    if (sending) {
        progress.bytes_sent = sent;
        progress.bytes_total = total;
    }
    if (sending || ((result->query != NULL || result->id[0] != '\0') && ask(result, &progress)))
        listener->tell(&progress, listener->context);
    result->next_tell_us = clock_monotonic_us() + EVERY_US;
}
