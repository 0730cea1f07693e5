#include "coordinator/session.h"

#include "base/clock.h"
#include "base/memory.h"
#include "coordinator/counts.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

QuerySession *
session_new(QueryId id, Incarnation front, FrontOperation operation, const char *document, size_t size)
{
    QuerySession *session = MEMORY_NEW(QuerySession);

    session->id = id;
    session->run = id;
    session->front = front;
    session->operation = operation;
    session->document = memory_alloc_zero(1, size + 1);
    memcpy(session->document, document, size);
    session->row_count = -1;
    session->command = "";
    session->submitted_us = clock_monotonic_us();
    session->started_wall_us = clock_wall_us();
    session->arena = arena_new(NULL);
    return session;
}

void
session_read_sql(QuerySession *session)
{
    cJSON *document = cJSON_Parse(session->document);
    const char *sql = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(document, "sql"));

    if (sql != NULL)
        session->sql = memory_copy(sql, strlen(sql) + 1, 1);
    cJSON_Delete(document);
}

void
session_settle(QuerySession *session)
{
    if (session->arena == NULL)
        return;
    counts_settle(session);
    for (size_t i = 0; i < session->pinned_count; i++)
        table_info_release(&session->pinned[i]);
    free(session->pinned);
    session->pinned = NULL;
    session->pinned_count = 0;
    front_query_close(&session->receiver);
    buffer_destroy(&session->encoded);
    buffer_destroy(&session->rules);
    session->statement = NULL;
    session->plan = NULL;
    session->graph = NULL;
    session->bound = NULL;
    session->kept_columns = NULL;
    session->kept_column_count = 0;
    session->loaded_table = NULL;
    session->staged = NULL;
    arena_destroy(&session->arena);
    cJSON_Delete(session->overview);
    session->overview = NULL;
    free(session->document);
    session->document = NULL;
}

const char *
session_tree_format(size_t index)
{
    static const char *const formats[SESSION_TREE_FORMATS] = {"json", "dot", "text"};

    return index < SESSION_TREE_FORMATS ? formats[index] : NULL;
}

void
session_forget_trees(QuerySession *session)
{
    for (size_t i = 0; i < SESSION_TREE_FORMATS; i++) {
        free(session->trees[i]);
        session->trees[i] = NULL;
    }
}

void
session_destroy(QuerySession *session)
{
    session_settle(session);
    free(session->sql);
    free(session->summary);
    free(session->record);
    free(session->rejects);
    session_forget_trees(session);
    free(session);
}
