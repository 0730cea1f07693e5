/* coordinator/planning.h: from a submitted document to a plan that can run, or to a statement that is done already. */
#ifndef RUNNEL_COORDINATOR_PLANNING_H
#define RUNNEL_COORDINATOR_PLANNING_H

#include "coordinator/session.h"

/* Called in a job of the pool; the session is the job's. Fills plan, graph and encoded (or kind SESSION_DONE), or error. */
Status planning_plan(QuerySession *session, Catalog *catalog, Store *store);

/* The second half of EXPLAIN ANALYZE: the text of the plan as it ran becomes the rows of a plan of its own. */
Status planning_explain_analyzed(QuerySession *session, Error *error);

/* Optimise, distribute, encode: `rows` becomes the session's plan. */
Status planning_stage(QuerySession *session, PlanNode *rows, Error *error);

#endif
