/* coordinator/former.h: what a statement that is submitted again, because the coordinator or its answer was
 * lost, has changed already, and is told. */
#ifndef RUNNEL_COORDINATOR_FORMER_H
#define RUNNEL_COORDINATOR_FORMER_H

#include "coordinator/session.h"

/* What to record with the commit of a session's tablets; malloc memory. */
char *former_describe(const QuerySession *session, uint32_t tablets);

/* Has the session's query id committed? Then the session has nothing to run (SESSION_DONE), and answers what
 * its former self did. In a job of the pool. */
Status former_find(QuerySession *session, Catalog *catalog, bool *found, Error *error);

#endif
