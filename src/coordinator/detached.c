#include "coordinator/detached.h"

#include "coordinator/documents.h"
#include "coordinator/history.h"

#include <stdlib.h>
#include <string.h>

static void
reply(Coordinator *coordinator, Incarnation asker, uint64_t number, uint32_t status, cJSON *object)
{
    char *text = cJSON_PrintUnformatted(object);
    Message message = {.type = MESSAGE_ANSWER,
                       .number = number,
                       .status = status,
                       .payload = text,
                       .payload_size = strlen(text)};

    transport_reply(coordinator->transport, asker, &message);
    free(text);
    cJSON_Delete(object);
}

static void
add_link(cJSON *links, const char *name, const char *id, const char *below)
{
    char path[64];

    snprintf(path, sizeof path, "/query/%s%s", id, below);
    cJSON_AddStringToObject(links, name, path);
}

static cJSON *
accepted(const QuerySession *session)
{
    cJSON *object = cJSON_CreateObject();
    char id[ID_TEXT_SIZE];

    query_id_format(session->id, id);
    cJSON_AddStringToObject(object, "id", id);
    cJSON_AddStringToObject(object, "state", document_state_name(session));
    cJSON *links = cJSON_AddObjectToObject(object, "links");
    add_link(links, "status", id, "");
    add_link(links, "result", id, "/result");
    add_link(links, "tree", id, "/tree");
    return object;
}

static void
answer_asker(Coordinator *coordinator, QuerySession *session)
{
    const Error *error = &session->error;

    if (incarnation_is_none(session->asker))
        return;
    if (error->code != STATUS_OK)
        reply(coordinator, session->asker, session->asked, (uint32_t)status_http(error->code),
              document_problem(error));
    else
        reply(coordinator, session->asker, session->asked, 202, accepted(session));
    session->asker = (Incarnation){0, 0};
}

static void
run_record(PoolJob *job)
{
    QuerySession *session = (QuerySession *)((char *)job - offsetof(QuerySession, job));
    Coordinator *coordinator = session->coordinator;
    char id[ID_TEXT_SIZE];
    HistoryEntry entry;

    history_entry_of_document(session, id, &entry);
    if (coordinator->config.keep_history)
        catalog_history_add(coordinator->catalog, &entry, &session->error);
    coordinator_post(coordinator, SESSION_RECORDED, session->id);
}

static void
start_new(Coordinator *coordinator, const Message *message, QueryId id, uint32_t operation,
          const char *document)
{
    const Incarnation nobody = {0, 0};
    QuerySession *session = session_new(id, nobody, operation == FRONT_LOAD ? FRONT_LOAD : FRONT_QUERY,
                                        document, strlen(document));

    session->coordinator = coordinator;
    session->detached = true;
    session->state = SESSION_QUEUED;
    session->asker = message->sender;
    session->asked = message->number;
    session_read_sql(session);
    map_put(&coordinator->sessions, &session->id, session);
    coordinator->jobs++;
    session->job.run = run_record;
    pool_submit(coordinator->process->pool, &session->job);
}

void
detached_start(Coordinator *coordinator, const Message *message, const cJSON *ask)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(ask, "start"));
    const char *document = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(ask, "document"));
    const cJSON *operation = cJSON_GetObjectItemCaseSensitive(ask, "operation");
    Error error = {0};
    QueryId id;

    if (name == NULL || !query_id_parse(name, &id) || document == NULL || !cJSON_IsNumber(operation)) {
        error_set(&error, STATUS_PROTOCOL, "the message to start a statement is malformed");
        reply(coordinator, message->sender, message->number, (uint32_t)status_http(error.code),
              document_problem(&error));
        return;
    }
    QuerySession *session = map_get(&coordinator->sessions, &id);
    if (session == NULL) {
        start_new(coordinator, message, id, (uint32_t)operation->valuedouble, document);
        return;
    }
    const bool recording = session->state == SESSION_QUEUED && !incarnation_is_none(session->asker);
    session->asker = message->sender;
    session->asked = message->number;
    if (!recording)
        answer_asker(coordinator, session);
}

void
detached_recorded(Coordinator *coordinator, QuerySession *session)
{
    answer_asker(coordinator, session);
    statement_recorded(coordinator, session);
}
