#include "coordinator/rejects.h"

#include "base/memory.h"
#include "ingest/reject_file.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct RejectList {
    QuerySession *session;
    char **paths; /* of all attempts, relative to the store's root */
    size_t path_count, path_capacity;
    cJSON **items;
    size_t count, capacity;
    size_t bytes;
} RejectList;

static Status
note_path(void *context, const char *path, uint64_t bytes, Error *error)
{
    RejectList *list = context;

    (void)bytes;
    (void)error;
    MEMORY_GROW(list->paths, list->path_count, list->path_capacity);
    list->paths[list->path_count++] = memory_copy(path, strlen(path) + 1, 1);
    return STATUS_OK;
}

static Status
add_reject(RejectList *list, const char *line, size_t size, Error *error)
{
    list->bytes += size;
    if (list->count >= REJECTS_MAX || list->bytes > REJECTS_BYTES_MAX) {
        error_set(error, STATUS_LIMIT_EXCEEDED,
                  "more malformed rows were set aside than a load gives back (%d rows, %d MiB)", REJECTS_MAX,
                  REJECTS_BYTES_MAX >> 20);
        return error_hint(error, "nothing was loaded; correct the file, or load it in parts");
    }
    cJSON *item = cJSON_ParseWithLength(line, size);
    if (cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "file")) == NULL ||
        !cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(item, "line"))) {
        cJSON_Delete(item);
        return error_set(error, STATUS_CORRUPT, "the rejected rows in the store cannot be read");
    }
    MEMORY_GROW(list->items, list->count, list->capacity);
    list->items[list->count++] = item;
    return STATUS_OK;
}

static Status
read_file(RejectList *list, const char *absolute, Error *error)
{
    FILE *file = fopen(absolute, "re");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    Status status = STATUS_OK;

    if (file == NULL)
        return error_set_errno(error, STATUS_IO, errno, "cannot read the rejected rows in %s", absolute);
    while (status == STATUS_OK && (size = getline(&line, &capacity, file)) > 0)
        status = add_reject(list, line, (size_t)size, error);
    if (status == STATUS_OK && ferror(file))
        status = error_set_errno(error, STATUS_IO, errno, "cannot read the rejected rows in %s", absolute);
    free(line);
    fclose(file);
    return status;
}

/* Of the attempts at one task that have a whole file, the first. */
static const char *
find_attempt(const RejectList *list, uint32_t stage, uint32_t task)
{
    const char *found = NULL;
    uint32_t least = UINT32_MAX;

    for (size_t i = 0; i < list->path_count; i++) {
        const char *name = strrchr(list->paths[i], '/');
        uint32_t of_stage, of_task, attempt;
        int length = 0;
        if (name == NULL || sscanf(name, "/%u-%u-%u.ndjson%n", &of_stage, &of_task, &attempt, &length) != 3 ||
            length == 0 || name[length] != '\0' || of_stage != stage || of_task != task || attempt >= least)
            continue;
        found = list->paths[i];
        least = attempt;
    }
    return found;
}

static Status
read_tasks(RejectList *list, Store *store, Error *error)
{
    const StagedPlan *plan = list->session->plan;

    for (uint32_t s = 0; s < plan->stage_count; s++)
        for (uint32_t t = 0; plan->stages[s].leaf && t < plan->stages[s].task_count; t++) {
            if (plan->stages[s].tasks[t].file_count == 0)
                continue;
            const char *path = find_attempt(list, s, t);
            if (path == NULL)
                return error_set(error, STATUS_IO,
                                 "the rejected rows of task %u of stage %u are not in the store", t, s);
            TRY(read_file(list, arena_format(list->session->arena, "%s/%s", store_root(store), path), error));
        }
    return STATUS_OK;
}

static int
compare_rejects(const void *a, const void *b)
{
    const cJSON *x = *(cJSON *const *)a;
    const cJSON *y = *(cJSON *const *)b;
    const int order = strcmp(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(x, "file")),
                             cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(y, "file")));
    const double left = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(x, "line"));
    const double right = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(y, "line"));

    return order != 0 ? order : (left > right) - (left < right);
}

static Status
check_limit(const RejectList *list, Error *error)
{
    const uint64_t limit = list->session->reject_limit;

    if (list->count <= limit)
        return STATUS_OK;
    const cJSON *item = list->items[limit];
    const char *column = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "column"));
    const char *reason = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "reason"));
    error_set(error, STATUS_BAD_COPY_FORMAT, "%s, line %.0f%s%s: %s",
              cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "file")),
              cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(item, "line")),
              column != NULL ? ", column " : "", column != NULL ? column : "",
              reason != NULL ? reason : "malformed row");
    return error_hint(error,
                      "%llu malformed rows were set aside before this one, as many as the limit allows",
                      (unsigned long long)limit);
}

static void
keep_rejects(RejectList *list)
{
    QuerySession *session = list->session;
    cJSON *array = cJSON_CreateArray();

    for (size_t i = 0; i < list->count; i++) {
        cJSON_AddItemToArray(array, list->items[i]);
        list->items[i] = NULL;
    }
    session->rejected = list->count;
    if (list->count > 0)
        session->rejects = cJSON_PrintUnformatted(array);
    cJSON_Delete(array);
}

static void
destroy_list(RejectList *list)
{
    for (size_t i = 0; i < list->path_count; i++)
        free(list->paths[i]);
    for (size_t i = 0; i < list->count; i++)
        cJSON_Delete(list->items[i]);
    free(list->paths);
    free(list->items);
}

Status
rejects_collect(QuerySession *session, Store *store, Error *error)
{
    RejectList list = {.session = session};
    char folder[64];

    if (session->reject_limit == 0)
        return STATUS_OK;
    reject_folder_format(folder, sizeof folder, session->load);
    Status status = store_list(store, folder, note_path, &list, error);
    if (status == STATUS_OK)
        status = read_tasks(&list, store, error);
    if (status == STATUS_OK && list.count > 0) {
        qsort(list.items, list.count, sizeof *list.items, compare_rejects);
        status = check_limit(&list, error);
    }
    if (status == STATUS_OK)
        keep_rejects(&list);
    /* Whatever stays here goes with the sweep of the load. */
    for (size_t i = 0; i < list.path_count; i++)
        if (store_remove(store, list.paths[i], NULL) == STATUS_OK)
            store_remove_folder_of(store, list.paths[i]);
    destroy_list(&list);
    return status;
}
