/* coordinator/rejects.h: the malformed rows that a load has set aside, from the files of its reading tasks.
 */
#ifndef RUNNEL_COORDINATOR_REJECTS_H
#define RUNNEL_COORDINATOR_REJECTS_H

#include "coordinator/session.h"
#include "store/store.h"

/* What one load gives back; more is an error, and nothing is loaded. */
enum { REJECTS_MAX = 100000, REJECTS_BYTES_MAX = 16 << 20 };

/* Called in a job of the pool, before the commit, where the load has a reject limit: sets session->rejected
 * and session->rejects (a JSON array, in the order of files and lines) from one attempt of each reading task,
 * and removes the files. Attempts are equivalent, so any whole file of a task will do. More than the limit in
 * all is an error that names the first row beyond it. */
Status rejects_collect(QuerySession *session, Store *store, Error *error);

#endif
