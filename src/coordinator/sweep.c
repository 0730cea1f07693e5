#include "coordinator/sweep.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where loads write: each in a folder below these. */
static const char *const folders[] = {"tables", "results", "rejects", "exports"};

enum { FOLDER_COUNT = sizeof folders / sizeof *folders };

/* The file, and its folder where that is empty now: nobody writes there any more. */
static Status
remove_file(Store *store, const char *path, Error *error)
{
    const Status status = store_remove(store, path, error);

    if (status == STATUS_OK)
        store_remove_folder_of(store, path);
    return status;
}

/* Files of a load that has ended, wherever its tasks put them: their folder's name ends in the load's number.
 */
typedef struct LoadSweep {
    Catalog *catalog;
    Store *store;
    char folder_end[32];
} LoadSweep;

static Status
sweep_file(void *context, const char *path, uint64_t bytes, Error *error)
{
    LoadSweep *sweep = context;
    bool owned;

    (void)bytes;
    if (strstr(path, sweep->folder_end) == NULL)
        return STATUS_OK;
    TRY(catalog_owns_file(sweep->catalog, path, &owned, error));
    return owned ? STATUS_OK : remove_file(sweep->store, path, error);
}

static Status
remove_piece(Catalog *catalog, Store *store, BlockCache *cache, const CatalogGarbage *garbage, Error *error)
{
    if (garbage->path[0] != '\0') {
        if (garbage->tablet != 0)
            block_cache_forget(cache, garbage->tablet);
        const Status status = remove_file(store, garbage->path, error);
        if (status != STATUS_OK && status != STATUS_UNDEFINED_FILE)
            return status;
        error_clear(error);
    } else {
        LoadSweep sweep = {.catalog = catalog, .store = store};
        snprintf(sweep.folder_end, sizeof sweep.folder_end, "-%llu/", (unsigned long long)garbage->load);
        for (size_t i = 0; i < FOLDER_COUNT; i++)
            TRY(store_list(store, folders[i], sweep_file, &sweep, error));
    }
    return catalog_forget_garbage(catalog, garbage->id, error);
}

/* --- strays
 * -------------------------------------------------------------------------------------------------------- */

typedef struct StraySweep {
    Catalog *catalog;
    Store *store;
    uint64_t load; /* of the file before */
    bool ended;
} StraySweep;

/* "tables/NAME-LOAD/FILE": the load's number; 0: not a path of ours. */
static uint64_t
load_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dash = slash;

    while (dash != NULL && dash > path && *dash != '-')
        dash--;
    if (dash == NULL || dash == path)
        return 0;
    char *end;
    const uint64_t load = strtoull(dash + 1, &end, 10);
    return end == slash ? load : 0;
}

static Status
sweep_stray(void *context, const char *path, uint64_t bytes, Error *error)
{
    StraySweep *sweep = context;
    const uint64_t load = load_of(path);
    bool owned;

    (void)bytes;
    if (load == 0)
        return STATUS_OK;
    if (load != sweep->load)
        TRY(catalog_load_has_ended(sweep->catalog, load, &sweep->ended, error));
    sweep->load = load;
    if (!sweep->ended)
        return STATUS_OK;
    TRY(catalog_owns_file(sweep->catalog, path, &owned, error));
    const Status status = owned ? STATUS_OK : remove_file(sweep->store, path, error);
    if (status != STATUS_UNDEFINED_FILE)
        return status;
    error_clear(error); /* its writer was faster */
    return STATUS_OK;
}

void
sweep_strays(Catalog *catalog, Store *store)
{
    StraySweep sweep = {.catalog = catalog, .store = store};
    Error error = {0};

    for (size_t i = 0; i < FOLDER_COUNT && error.code == STATUS_OK; i++)
        store_list(store, folders[i], sweep_stray, &sweep, &error);
    if (error.code != STATUS_OK)
        log_line(LOG_WARNING, "coordinator", "sweep: %s", error.message);
}

/* --- garbage
 * -------------------------------------------------------------------------------------------------------- */

void
sweep_garbage(Catalog *catalog, Store *store, BlockCache *cache)
{
    CatalogGarbage garbage = {0};
    bool found = true;

    for (uint64_t after = 0; found; after = garbage.id) {
        Error error = {0};
        if (catalog_next_garbage(catalog, after, &garbage, &found, &error) == STATUS_OK && found)
            remove_piece(catalog, store, cache, &garbage, &error);
        if (error.code != STATUS_OK) {
            log_line(LOG_WARNING, "coordinator", "sweep: %s", error.message);
            if (garbage.id == after)
                return;
        }
    }
}
