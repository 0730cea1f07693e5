#include "coordinator/export.h"

#include "coordinator/load.h"
#include "coordinator/planning.h"
#include "coordinator/write.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Below the store's root: plain names, and not in its own folders. */
static Status
check_relative(const char *path, Error *error)
{
    static const char *const folders[] = {"tables", "results", "rejects", "exports", "uploads"};

    for (const char *step = path; step != NULL; step = strchr(step, '/')) {
        step += step != path;
        const size_t size = strcspn(step, "/");
        if (size == 0 || (size <= 2 && strncmp(step, "..", size) == 0))
            return error_set(error, STATUS_INVALID_NAME, "\"%s\" is no path below the store's root", path);
    }
    const size_t size = strcspn(path, "/");
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (strlen(folders[i]) == size && strncmp(path, folders[i], size) == 0)
            return error_set(error, STATUS_FILE_ACCESS, "\"%s/\" is a folder of the store's own", folders[i]);
    }
    return STATUS_OK;
}

/* What would only fail when all is computed. */
static Status
check_target(QuerySession *session, const char *path, Error *error)
{
    const char *slash = strrchr(path, '/');
    struct stat status;

    if (path[0] != '/')
        return check_relative(path, error);
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return error_set(error, STATUS_WRONG_OBJECT_TYPE, "\"%s\" is a directory", path);
    const char *folder = arena_copy_bytes(session->arena, path, slash == path ? 1 : (size_t)(slash - path));
    if (access(folder, W_OK | X_OK) != 0)
        return error_set_errno(error, STATUS_IO, errno, "could not open file \"%s\" for writing", path);
    return STATUS_OK;
}

/* All rows to one task. */
static PlanNode *
gathered(QuerySession *session, PlanNode *rows)
{
    PlanNode *exchange =
        plan_node_new(session->arena, PLAN_EXCHANGE, rows->column_count, rows->columns, 1, &rows);

    exchange->exchange.form = EXCHANGE_FORM_GATHER;
    exchange->exchange.hash_column = -1;
    exchange->exchange.partition_count = 1;
    return exchange;
}

Status
export_plan(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error)
{
    const BoundCopy *copy = &statement->copy;
    PlanNode *rows;

    TRY(load_check_place(session, copy->path, error));
    TRY(check_target(session, copy->path, error));
    TRY(plan_optimize(session->arena, statement->plan, &session->session, &rows, &session->rules, error));
    session->export_path = arena_copy_string(session->arena, copy->path);
    return write_plan_file(session, catalog, gathered(session, rows), &copy->options, error);
}

Status
export_commit(QuerySession *session, Catalog *catalog, Store *store, const char *written, Error *error)
{
    TRY(store_take_out(store, written, session->export_path, error));
    store_remove_folder_of(store, written);
    session->row_count = (int64_t)session->written_rows;
    /* What other attempts left may go. */
    return catalog_abandon_load(catalog, session->load, error);
}
