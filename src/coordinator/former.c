#include "coordinator/former.h"

#include "base/memory.h"
#include "coordinator/returned.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A repeated load is told its rejected rows where they are no more than this; their number always. */
enum { REJECTS_REMEMBERED = 64 << 10 };

const char *
former_name(const QuerySession *session, char id[ID_TEXT_SIZE])
{
    if (session->key != NULL)
        return session->key;
    query_id_format(session->id, id);
    return id;
}

char *
former_describe(const QuerySession *session, uint32_t tablets)
{
    cJSON *answer = cJSON_CreateObject();
    char id[ID_TEXT_SIZE];

    cJSON_AddStringToObject(answer, "command", session->command);
    cJSON_AddNumberToObject(answer, "tablets", tablets);
    cJSON_AddNumberToObject(answer, "bytes", (double)session->written_bytes);
    cJSON_AddNumberToObject(answer, "rejected", (double)session->rejected);
    if (session->key != NULL) {
        query_id_format(session->id, id);
        cJSON_AddStringToObject(answer, "id", id);
        cJSON_AddStringToObject(answer, "request", session->request);
        cJSON_AddNumberToObject(answer, "elapsed_us", (double)session->told_us);
    }
    if (session->returned != NULL) {
        char *rows = returned_describe(session->returned);
        cJSON_AddStringToObject(answer, "returned", rows);
        free(rows);
    }
    if (session->rejects != NULL && strlen(session->rejects) <= REJECTS_REMEMBERED)
        cJSON_AddItemToObject(answer, "rejects", cJSON_CreateRaw(session->rejects));
    char *text = cJSON_PrintUnformatted(answer);
    cJSON_Delete(answer);
    return text;
}

static uint64_t
number_of(const cJSON *answer, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(answer, name);

    return cJSON_IsNumber(item) ? (uint64_t)item->valuedouble : 0;
}

/* The session answers what its former self did. */
static Status
take_answer(QuerySession *session, uint64_t rows, const char *text, Error *error)
{
    Status status = STATUS_OK;
    cJSON *answer = cJSON_Parse(text);
    const char *command = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "command"));
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "id"));
    const cJSON *rejects = cJSON_GetObjectItemCaseSensitive(answer, "rejects");

    session->kind = SESSION_DONE;
    session->command = "CREATE TABLE"; /* the one that records no answer */
    if (command != NULL) {
        session->written_before = true;
        session->command = arena_copy_string(session->arena, command);
        session->row_count = (int64_t)rows;
        session->written_tablets = (uint32_t)number_of(answer, "tablets");
        session->written_bytes = number_of(answer, "bytes");
        session->rejected = number_of(answer, "rejected");
    }
    session->told_us = (int64_t)number_of(answer, "elapsed_us");
    if (id != NULL)
        snprintf(session->first_id, sizeof session->first_id, "%s", id);
    if (rejects != NULL)
        session->rejects = cJSON_PrintUnformatted(rejects);
    const char *returned = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "returned"));
    if (returned != NULL)
        status = returned_read(session, returned, error);
    cJSON_Delete(answer);
    return status == STATUS_OK && returned != NULL ? returned_plan(session, error) : status;
}

static Status
check_request(const QuerySession *session, const char *text, Error *error)
{
    cJSON *answer = cJSON_Parse(text);
    const char *request = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "request"));
    const bool same = request != NULL && strcmp(request, session->request) == 0;

    cJSON_Delete(answer);
    if (same)
        return STATUS_OK;
    error_set(error, STATUS_OTHER_REQUEST, "another load was done under this Idempotency-Key");
    return error_hint(error, "choose a new key for every load; repeat a load exactly as it was");
}

/* Writes of one commit: the coordinator, or its answer, was lost after it; or the client says it again. */
Status
former_find(QuerySession *session, Catalog *catalog, bool *found, Error *error)
{
    char id[ID_TEXT_SIZE];
    const char *answer;
    uint64_t rows;

    TRY(catalog_find_commit(catalog, former_name(session, id), session->arena, found, &rows, &answer, error));
    if (*found && session->key != NULL)
        TRY(check_request(session, answer, error));
    return *found ? take_answer(session, rows, answer, error) : STATUS_OK;
}
