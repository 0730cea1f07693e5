/* coordinator/sweep.h: removing files that no snapshot names and no reader pins. */
#ifndef RUNNEL_COORDINATOR_SWEEP_H
#define RUNNEL_COORDINATOR_SWEEP_H

#include "store/catalog.h"
#include "store/store.h"

/* Remove what the catalog lists as garbage. Failures are logged and tried again at the next call. */
void sweep_garbage(Catalog *catalog, Store *store, BlockCache *cache);

/* Files of loads that have ended which came after their garbage was swept: of a process that was stopped
 * meanwhile. Looks at every file's name. */
void sweep_strays(Catalog *catalog, Store *store);

#endif
