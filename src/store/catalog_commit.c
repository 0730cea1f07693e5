/* Loads, and their commit: one transaction that makes a load's tablets part of a table. */
#include "store/catalog_bounds.h"
#include "store/catalog_change.h"
#include "store/catalog_state.h"
#include "tablet/deletions.h"

#include <stdlib.h>
#include <string.h>

/* A number must be durable before files are named by it: a process that writes often takes several at a time,
 * so that not every write waits for the disk twice. What it does not use it gives back at its end, or the
 * next owner abandons it. */
enum { LOADS_RESERVED_MAX = 64 };

static Status
add_loads(Catalog *catalog, uint32_t count, Error *error)
{
    for (uint32_t i = 0; i < count; i++) {
        sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_ADD_LOAD);
        sqlite3_bind_int64(statement, 1, (sqlite3_int64)catalog->epoch);
        TRY(database_run(&catalog->database, statement, error));
    }
    return STATUS_OK;
}

/* As many as were taken so far. */
static Status
reserve_loads(Catalog *catalog, Error *error)
{
    Database *database = &catalog->database;
    const uint64_t taken = catalog->loads_taken;
    const uint32_t count = taken == 0 ? 1 : taken < LOADS_RESERVED_MAX ? (uint32_t)taken : LOADS_RESERVED_MAX;

    TRY(database_begin(database, error));
    const Status status = add_loads(catalog, count, error);
    if (status != STATUS_OK) {
        database_rollback(database);
        return status;
    }
    const uint64_t last = (uint64_t)sqlite3_last_insert_rowid(database->handle);
    TRY(database_commit(database, error));
    catalog->next_load = last - count + 1;
    catalog->loads_left = count;
    return STATUS_OK;
}

void
catalog_return_loads(Catalog *catalog)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_DROP_LOADS);

    if (catalog->loads_left == 0)
        return;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)catalog->next_load);
    sqlite3_bind_int64(statement, 2, catalog->loads_left);
    database_run(&catalog->database, statement, NULL);
    catalog->loads_left = 0;
}

Status
catalog_begin_load(Catalog *catalog, uint64_t *load, Error *error)
{
    Status status = STATUS_OK;

    pthread_mutex_lock(&catalog->write_lock);
    if (catalog->loads_left == 0)
        status = reserve_loads(catalog, error);
    if (status == STATUS_OK) {
        *load = catalog->next_load++;
        catalog->loads_left--;
        catalog->loads_taken++;
    }
    pthread_mutex_unlock(&catalog->write_lock);
    return status;
}

/* The load's state; INVALID_PARAMETER where there is no such load. */
static Status
read_load(Catalog *catalog, uint64_t load, int *state, Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_GET_LOAD);
    bool row;

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)load);
    TRY(database_step(&catalog->database, statement, &row, error));
    if (!row)
        return error_set(error, STATUS_INVALID_PARAMETER, "there is no load %llu", (unsigned long long)load);
    *state = sqlite3_column_int(statement, 0);
    sqlite3_reset(statement);
    return STATUS_OK;
}

/* The load has ended: whatever it left behind may be swept. */
static Status
end_load(Catalog *catalog, uint64_t load, int state, Error *error)
{
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_SET_LOAD);

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)load);
    sqlite3_bind_int(statement, 2, state);
    TRY(database_run(&catalog->database, statement, error));
    statement = database_statement(&catalog->database, CATALOG_SWEEP_LOAD);
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)load);
    return database_run(&catalog->database, statement, error);
}

static Status
abandon_in_transaction(Catalog *catalog, uint64_t load, Error *error)
{
    int state = LOAD_ABANDONED;

    TRY(read_load(catalog, load, &state, error));
    if (state == LOAD_COMMITTED)
        return error_set(error, STATUS_SERIALIZATION, "load %llu is committed", (unsigned long long)load);
    return state == LOAD_OPEN ? end_load(catalog, load, LOAD_ABANDONED, error) : STATUS_OK;
}

Status
catalog_abandon_load(Catalog *catalog, uint64_t load, Error *error)
{
    pthread_mutex_lock(&catalog->write_lock);
    Status status = database_begin(&catalog->database, error);
    if (status == STATUS_OK) {
        status = abandon_in_transaction(catalog, load, error);
        if (status == STATUS_OK)
            status = database_commit(&catalog->database, error);
        else
            database_rollback(&catalog->database);
    }
    pthread_mutex_unlock(&catalog->write_lock);
    return status;
}

/* A commit under way. */
typedef struct Commit {
    Catalog *catalog;
    const CommitRequest *request;
    Arena *arena;
    TableImage *base; /* the table's snapshot before, or NULL for a new table */
    TableInfo shape;  /* of the snapshot to come */
    TabletImage **tablets;
    uint32_t tablet_count;
    uint64_t rows;
} Commit;

/* *repeated: the query id has committed before, and result says what. */
static Status
find_former(Commit *commit, CommitResult *result, Error *error)
{
    FormerChange former;

    TRY(catalog_read_former(commit->catalog, commit->request->query_id, NULL, &former, error));
    result->repeated = former.found;
    result->table_id = former.table_id;
    result->rows = former.rows;
    return STATUS_OK;
}

/* The epoch of the request against ours, and ours against the one on disk. */
static Status
check_epoch(Commit *commit, Error *error)
{
    Catalog *catalog = commit->catalog;
    sqlite3_stmt *statement = database_statement(&catalog->database, CATALOG_GET_EPOCH);
    bool row;

    TRY(database_step(&catalog->database, statement, &row, error));
    const uint64_t stored = row ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    if (commit->request->epoch == catalog->epoch && stored == catalog->epoch)
        return STATUS_OK;
    return error_set(error, STATUS_SERIALIZATION,
                     "the write belongs to epoch %llu, the catalog is in epoch %llu",
                     (unsigned long long)commit->request->epoch, (unsigned long long)stored);
}

static Status
check_load(Commit *commit, Error *error)
{
    int state = LOAD_ABANDONED;

    TRY(read_load(commit->catalog, commit->request->load, &state, error));
    if (state == LOAD_OPEN)
        return STATUS_OK;
    return error_set(error, STATUS_SERIALIZATION, "load %llu has %s",
                     (unsigned long long)commit->request->load,
                     state == LOAD_COMMITTED ? "committed before" : "been given up");
}

/* Bounds are set by the first load of a table; another load that was planned before may not set others. */
static Status
settle_bounds(Commit *commit, Error *error)
{
    PartitionSpec *spec = &commit->shape.partition;
    const void *bounds = commit->request->range_bounds;

    if (spec->kind != PARTITION_RANGE || bounds == NULL)
        return STATUS_OK;
    if (spec->bounds == NULL || commit->request->replace) {
        spec->bounds = bounds;
        return STATUS_OK;
    }
    if (bounds_equal(commit->shape.columns[spec->column].type, spec->bounds, bounds, spec->count - 1))
        return STATUS_OK;
    error_set(error, STATUS_SERIALIZATION, "another load has set the partition bounds of \"%s\" meanwhile",
              commit->shape.name);
    error_hint(error, "repeat the load");
    return STATUS_SERIALIZATION;
}

/* Sets commit->shape: of a new table, or of the next snapshot of the one that is there. */
static Status
settle_table(Commit *commit, Error *error)
{
    const CommitRequest *request = commit->request;

    if (request->create != NULL)
        return catalog_insert_table(commit->catalog, commit->arena, request->create, request->range_bounds,
                                    &commit->shape, error);
    commit->base = snapshots_find_id(&commit->catalog->snapshots, request->table_id);
    if (commit->base == NULL)
        return error_set(error, STATUS_UNDEFINED_TABLE, "the table was dropped before the write to it ended");
    commit->shape = commit->base->info;
    commit->shape.version++;
    if (request->shape != 0 && request->shape != commit->shape.shape) {
        error_set(error, STATUS_SERIALIZATION, "table \"%s\" was altered before the write to it ended",
                  commit->shape.name);
        error_hint(error, "repeat the statement");
        return STATUS_SERIALIZATION;
    }
    return settle_bounds(commit, error);
}

static Status
retire_tablets(Commit *commit, Error *error)
{
    Database *database = &commit->catalog->database;
    sqlite3_stmt *statement = database_statement(database, CATALOG_RETIRE_TABLETS);

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)commit->shape.id);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)commit->shape.version);
    TRY(database_run(database, statement, error));
    statement = database_statement(database, CATALOG_DROP_TABLETS);
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)commit->shape.id);
    return database_run(database, statement, error);
}

static Status
update_table(Commit *commit, Error *error)
{
    Database *database = &commit->catalog->database;
    sqlite3_stmt *statement = database_statement(database, CATALOG_SET_TABLE);
    Buffer bounds = {0};

    if (commit->request->create != NULL)
        return STATUS_OK;
    Status status = catalog_encode_bounds(&commit->shape, &bounds, error);
    if (status == STATUS_OK) {
        sqlite3_bind_int64(statement, 1, (sqlite3_int64)commit->shape.id);
        sqlite3_bind_int64(statement, 2, (sqlite3_int64)commit->shape.version);
        if (bounds.size > 0)
            sqlite3_bind_blob(statement, 3, bounds.data, (int)bounds.size, SQLITE_TRANSIENT);
        status = database_run(database, statement, error);
    }
    buffer_destroy(&bounds);
    if (status == STATUS_OK && commit->request->replace)
        status = retire_tablets(commit, error);
    return status;
}

static Status
insert_tablet(Commit *commit, const NewTablet *tablet, uint64_t *id, Error *error)
{
    Database *database = &commit->catalog->database;
    sqlite3_stmt *statement = database_statement(database, CATALOG_ADD_TABLET);
    Buffer statistics = {0};

    statistics_encode(tablet->columns, commit->shape.column_count, &statistics);
    if (statistics.failed) {
        buffer_destroy(&statistics);
        return error_set_memory(error);
    }
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)commit->shape.id);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)commit->request->load);
    sqlite3_bind_text(statement, 3, tablet->path, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)tablet->rows);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64)tablet->bytes);
    sqlite3_bind_int64(statement, 6, tablet->partition);
    sqlite3_bind_blob(statement, 7, statistics.data, (int)statistics.size, SQLITE_TRANSIENT);
    const Status status = database_run(database, statement, error);
    buffer_destroy(&statistics);
    *id = (uint64_t)sqlite3_last_insert_rowid(database->handle);
    return status;
}

static Status
add_tablets(Commit *commit, Error *error)
{
    const CommitRequest *request = commit->request;

    for (uint32_t i = 0; i < request->tablet_count; i++) {
        const NewTablet *tablet = &request->tablets[i];
        TabletInfo info = {.path = tablet->path,
                           .rows = tablet->rows,
                           .bytes = tablet->bytes,
                           .partition = tablet->partition,
                           .columns = tablet->columns};
        TRY(insert_tablet(commit, tablet, &info.id, error));
        commit->tablets[commit->tablet_count++] = tablet_image_new(&info, commit->shape.column_count);
        commit->rows += tablet->rows;
    }
    return STATUS_OK;
}

/* The new tablets stand where the first of the merged ones stood, after a restart, too. */
static Status
add_in_place(Commit *commit, uint64_t place, Error *error)
{
    Database *database = &commit->catalog->database;
    const uint32_t first = commit->tablet_count;

    TRY(add_tablets(commit, error));
    for (uint32_t i = first; i < commit->tablet_count; i++) {
        sqlite3_stmt *statement = database_statement(database, CATALOG_PLACE_TABLET);
        sqlite3_bind_int64(statement, 1, (sqlite3_int64)commit->tablets[i]->info.id);
        sqlite3_bind_int64(statement, 2, (sqlite3_int64)place);
        TRY(database_run(database, statement, error));
    }
    return STATUS_OK;
}

/* Rows that were deleted meanwhile would come back. */
static Status
merge_tablets(Commit *commit, Error *error)
{
    const CommitRequest *request = commit->request;
    const TableInfo *base = &commit->base->info;
    uint32_t found = 0;

    for (uint32_t i = 0; i < base->tablet_count; i++) {
        const TabletInfo *info = &base->tablets[i];
        const MergedTablet *next = found < request->merged_count ? &request->merged[found] : NULL;
        if (next == NULL || next->id != info->id) {
            commit->tablets[commit->tablet_count++] = tablet_image_reference(commit->base->tablets[i]);
            continue;
        }
        if (next->deleted != info->deleted)
            break;
        if (found++ == 0)
            TRY(add_in_place(commit, info->id, error));
        TRY(catalog_retire_tablet(&commit->catalog->database, info->id, commit->shape.version, error));
    }
    if (found == request->merged_count)
        return STATUS_OK;
    return error_set(error, STATUS_SERIALIZATION, "tablets of \"%s\" have changed while they were compacted",
                     base->name);
}

/* Former tablets first (shared with the snapshot before, where no row of them goes), then the new ones. */
static Status
list_tablets(Commit *commit, Error *error)
{
    const CommitRequest *request = commit->request;
    const uint32_t kept = commit->base != NULL && !request->replace ? commit->base->info.tablet_count : 0;

    commit->tablets = ARENA_ARRAY(commit->arena, TabletImage *, (size_t)kept + request->tablet_count);
    if (request->merged_count > 0)
        return merge_tablets(commit, error);
    if (kept > 0 || request->deletions != NULL)
        TRY(catalog_keep_tablets(&commit->catalog->database, commit->base, &commit->shape, request->deletions,
                                 commit->tablets, &commit->tablet_count, error));
    TRY(add_tablets(commit, error));
    if (request->deletions != NULL)
        commit->rows = deletion_set_rows(request->deletions);
    return STATUS_OK;
}

static Status
record_commit(Commit *commit, Error *error)
{
    const FormerChange change = {.table_id = commit->shape.id,
                                 .rows = commit->rows,
                                 .load = commit->request->load,
                                 .answer = commit->request->answer};

    TRY(end_load(commit->catalog, commit->request->load, LOAD_COMMITTED, error));
    return catalog_record_change(commit->catalog, commit->request->query_id, &change, error);
}

/* Publishes what has become durable, or lets go of it. */
static void
publish(Commit *commit, bool durable)
{
    Snapshots *snapshots = &commit->catalog->snapshots;

    if (durable)
        snapshots_publish(snapshots,
                          table_image_new(snapshots, &commit->shape, commit->tablets, commit->tablet_count));
    for (uint32_t i = 0; i < commit->tablet_count && !durable; i++)
        tablet_image_release(commit->tablets[i]);
    if (commit->base != NULL) {
        const TableInfo *base = &commit->base->info;
        table_info_release(&base);
    }
}

/* A repeated commit that found its former one: its own load's files are of no use. */
static Status
answer_repeated(Commit *commit, Error *error)
{
    int state = LOAD_ABANDONED;

    TRY(read_load(commit->catalog, commit->request->load, &state, error));
    return state == LOAD_OPEN ? end_load(commit->catalog, commit->request->load, LOAD_ABANDONED, error)
                              : STATUS_OK;
}

static Status
write_commit(Commit *commit, CommitResult *result, Error *error)
{
    TRY(check_epoch(commit, error));
    TRY(find_former(commit, result, error));
    if (result->repeated)
        return answer_repeated(commit, error);
    TRY(check_load(commit, error));
    TRY(settle_table(commit, error));
    TRY(update_table(commit, error));
    TRY(list_tablets(commit, error));
    TRY(record_commit(commit, error));
    result->table_id = commit->shape.id;
    result->rows = commit->rows;
    return STATUS_OK;
}

static Status
commit_locked(Commit *commit, CommitResult *result, Error *error)
{
    Database *database = &commit->catalog->database;

    TRY(database_begin(database, error));
    Status status = write_commit(commit, result, error);
    if (status == STATUS_OK)
        status = database_commit(database, error);
    else
        database_rollback(database);
    publish(commit, status == STATUS_OK && !result->repeated);
    return status;
}

Status
catalog_commit(Catalog *catalog, const CommitRequest *request, CommitResult *result, Error *error)
{
    Commit commit = {.catalog = catalog, .request = request, .arena = arena_new(NULL)};

    memset(result, 0, sizeof *result);
    pthread_mutex_lock(&catalog->write_lock);
    const Status status = commit_locked(&commit, result, error);
    pthread_mutex_unlock(&catalog->write_lock);
    arena_destroy(&commit.arena);
    return status;
}
