/* store/catalog_change.h: the tablets of a snapshot that the next one keeps, less the rows that a commit
 * deletes. */
#ifndef RUNNEL_STORE_CATALOG_CHANGE_H
#define RUNNEL_STORE_CATALOG_CHANGE_H

#include "store/catalog_database.h"
#include "store/catalog_image.h"

struct DeletionSet;

/* Within a transaction: `kept` (room for all of them) gets references, of new images where rows are deleted;
 * a tablet of which no row is left becomes garbage. *count is counted up, also where this fails.
 * SERIALIZATION where a row, or its tablet, is gone already. */
Status catalog_keep_tablets(Database *database, const TableImage *base, const TableInfo *shape,
                            const struct DeletionSet *deletions, TabletImage **kept, uint32_t *count,
                            Error *error);

/* Within a transaction: the tablet is no part of its table from `version` on, and garbage. */
Status catalog_retire_tablet(Database *database, uint64_t tablet, uint64_t version, Error *error);

#endif
