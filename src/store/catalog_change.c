/* Rows that a commit deletes: of the snapshot that the change has read, in the one that is current. */
#include "store/catalog_change.h"

#include "tablet/deletions.h"

/* First committer wins: a row that the change has read is there no more. */
static Status
lost_to_another(const TableInfo *table, Error *error)
{
    error_set(error, STATUS_SERIALIZATION, "could not serialize access due to concurrent update of \"%s\"",
              table->name);
    error_hint(error, "another statement has changed rows that this one would change: repeat it");
    return STATUS_SERIALIZATION;
}

static Status
store_deletions(Database *database, const TabletInfo *info, Error *error)
{
    sqlite3_stmt *statement = database_statement(database, CATALOG_SET_DELETIONS);

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)info->id);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)info->deleted);
    sqlite3_bind_blob64(statement, 3, info->deletions, info->deletions_size, SQLITE_TRANSIENT);
    return database_run(database, statement, error);
}

Status
catalog_retire_tablet(Database *database, uint64_t tablet, uint64_t version, Error *error)
{
    sqlite3_stmt *statement = database_statement(database, CATALOG_RETIRE_TABLET);

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)tablet);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)version);
    TRY(database_run(database, statement, error));
    statement = database_statement(database, CATALOG_DROP_TABLET);
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)tablet);
    return database_run(database, statement, error);
}

/* The tablet with the rows added to those that are deleted already; NULL in *image where none is left. */
static Status
change_tablet(Database *database, const TableInfo *shape, const Deletions *added, const TabletInfo *former,
              TabletImage **image, Error *error)
{
    TabletInfo info = *former;
    DeletionSet set = {0};
    Buffer bytes = {0};
    Status status = STATUS_OK;
    uint64_t live = 0;

    *image = NULL;
    if (former->deleted > 0)
        status = deletion_set_decode(&set, former->id, former->deletions, former->deletions_size,
                                     former->rows, error);
    if (status == STATUS_OK)
        status = deletion_set_merge(&set, added, &live, error);
    if (status == STATUS_OK && live != added->count)
        status = lost_to_another(shape, error);
    info.deleted = deletion_set_rows(&set);
    if (status == STATUS_OK && info.deleted == info.rows) {
        status = catalog_retire_tablet(database, info.id, shape->version, error);
    } else if (status == STATUS_OK) {
        deletions_encode(&set.items[0], 0, info.rows, &bytes);
        info.deletions = bytes.data;
        info.deletions_size = bytes.size;
        status = bytes.failed ? error_set_memory(error) : store_deletions(database, &info, error);
        if (status == STATUS_OK)
            *image = tablet_image_new(&info, shape->column_count);
    }
    buffer_destroy(&bytes);
    deletion_set_destroy(&set);
    return status;
}

Status
catalog_keep_tablets(Database *database, const TableImage *base, const TableInfo *shape,
                     const DeletionSet *deletions, TabletImage **kept, uint32_t *count, Error *error)
{
    uint32_t changed = 0;

    for (uint32_t i = 0; i < base->info.tablet_count; i++) {
        const TabletInfo *info = &base->info.tablets[i];
        const Deletions *added = deletions != NULL ? deletion_set_find(deletions, info->id) : NULL;
        TabletImage *image = NULL;
        if (added == NULL) {
            kept[(*count)++] = tablet_image_reference(base->tablets[i]);
            continue;
        }
        changed++;
        TRY(change_tablet(database, shape, added, info, &image, error));
        if (image != NULL)
            kept[(*count)++] = image;
    }
    return deletions == NULL || changed == deletions->count ? STATUS_OK : lost_to_another(shape, error);
}
