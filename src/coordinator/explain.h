/* coordinator/explain.h: EXPLAIN [ANALYZE] of queries, and of statements that write. */
#ifndef RUNNEL_COORDINATOR_EXPLAIN_H
#define RUNNEL_COORDINATOR_EXPLAIN_H

#include "coordinator/session.h"

/* Without ANALYZE the session's plan gives the text. With it the session first runs as a SESSION_ANALYZE, or
 * as the write that it explains (`analyzes` is set): then document_explain() makes the text. */
Status explain_plan(QuerySession *session, Catalog *catalog, const BoundExplain *explain, Error *error);

#endif
