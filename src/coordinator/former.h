/* coordinator/former.h: what a statement that is submitted again, because the coordinator or its answer was
 * lost, has changed already, and is told. */
#ifndef RUNNEL_COORDINATOR_FORMER_H
#define RUNNEL_COORDINATOR_FORMER_H

#include "coordinator/session.h"

/* What a session's change is recorded as: its key, or its query's id (in `id`). */
const char *former_name(const QuerySession *session, char id[ID_TEXT_SIZE]);

/* What to record with the commit of a session's tablets; malloc memory. */
char *former_describe(const QuerySession *session, uint32_t tablets);

/* Has what the session is recorded as committed? Where that is a key, for the same request
 * (OTHER_REQUEST)? Then the session has nothing to run (SESSION_DONE), and answers what
 * its former self did. In a job of the pool. */
Status former_find(QuerySession *session, Catalog *catalog, bool *found, Error *error);

#endif
