#include "coordinator/sweep.h"

#include "base/log.h"
#include "base/memory.h"

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

/* --- strays
 * -------------------------------------------------------------------------------------------------------- */

typedef struct StraySweep {
    Catalog *catalog;
    Store *store;
    uint64_t load; /* of the file before */
    bool ended;
} StraySweep;

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

/* What is found to go, and what of it has gone: forgotten in one transaction. */
typedef struct Sweep {
    Catalog *catalog;
    Store *store;
    uint64_t *loads; /* that have ended: ascending while their files are looked for */
    uint64_t *load_garbage;
    uint64_t *gone;
    size_t load_count, load_capacity, load_garbage_capacity, gone_count, gone_capacity;
} Sweep;

static Status
remove_tablet(Sweep *sweep, BlockCache *cache, const CatalogGarbage *garbage, Error *error)
{
    if (garbage->tablet != 0)
        block_cache_forget(cache, garbage->tablet);
    const Status status = remove_file(sweep->store, garbage->path, error);
    if (status != STATUS_OK && status != STATUS_UNDEFINED_FILE)
        return status;
    error_clear(error);
    MEMORY_GROW(sweep->gone, sweep->gone_count, sweep->gone_capacity);
    sweep->gone[sweep->gone_count++] = garbage->id;
    return STATUS_OK;
}

static void
add_load(Sweep *sweep, const CatalogGarbage *garbage)
{
    MEMORY_GROW(sweep->loads, sweep->load_count, sweep->load_capacity);
    MEMORY_GROW(sweep->load_garbage, sweep->load_count, sweep->load_garbage_capacity);
    sweep->loads[sweep->load_count] = garbage->load;
    sweep->load_garbage[sweep->load_count++] = garbage->id;
}

static int
compare_numbers(const void *a, const void *b)
{
    const uint64_t first = *(const uint64_t *)a;
    const uint64_t second = *(const uint64_t *)b;

    return first < second ? -1 : first > second;
}

/* Files of loads that have ended, wherever their tasks put them: the folder's name ends in the load's number.
 */
static Status
sweep_file(void *context, const char *path, uint64_t bytes, Error *error)
{
    Sweep *sweep = context;
    const uint64_t load = load_of(path);
    bool owned;

    (void)bytes;
    if (bsearch(&load, sweep->loads, sweep->load_count, sizeof load, compare_numbers) == NULL)
        return STATUS_OK;
    TRY(catalog_owns_file(sweep->catalog, path, &owned, error));
    return owned ? STATUS_OK : remove_file(sweep->store, path, error);
}

/* One look through the store for all of them. */
static Status
remove_loads(Sweep *sweep, Error *error)
{
    if (sweep->load_count == 0)
        return STATUS_OK;
    qsort(sweep->loads, sweep->load_count, sizeof *sweep->loads, compare_numbers);
    for (size_t i = 0; i < FOLDER_COUNT; i++)
        TRY(store_list(sweep->store, folders[i], sweep_file, sweep, error));
    return catalog_forget_garbage(sweep->catalog, sweep->load_garbage, sweep->load_count, error);
}

static void
finish(Sweep *sweep)
{
    Error error = {0};

    if (sweep->gone_count > 0)
        catalog_forget_garbage(sweep->catalog, sweep->gone, sweep->gone_count, &error);
    if (error.code == STATUS_OK)
        remove_loads(sweep, &error);
    if (error.code != STATUS_OK)
        log_line(LOG_WARNING, "coordinator", "sweep: %s", error.message);
    free(sweep->loads);
    free(sweep->load_garbage);
    free(sweep->gone);
}

void
sweep_garbage(Catalog *catalog, Store *store, BlockCache *cache)
{
    Sweep sweep = {.catalog = catalog, .store = store};
    CatalogGarbage garbage = {0};
    bool found = true;

    for (uint64_t after = 0; found; after = garbage.id) {
        Error error = {0};
        Status status = catalog_next_garbage(catalog, after, &garbage, &found, &error);
        if (status == STATUS_OK && found && garbage.path[0] == '\0')
            add_load(&sweep, &garbage);
        else if (status == STATUS_OK && found)
            status = remove_tablet(&sweep, cache, &garbage, &error);
        if (status != STATUS_OK) {
            log_line(LOG_WARNING, "coordinator", "sweep: %s", error.message);
            if (garbage.id == after)
                break;
        }
    }
    finish(&sweep);
}
