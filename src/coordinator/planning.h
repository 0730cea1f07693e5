/* coordinator/planning.h: from a submitted document to a plan that can run, or to a statement that is done
 * already. */
#ifndef RUNNEL_COORDINATOR_PLANNING_H
#define RUNNEL_COORDINATOR_PLANNING_H

#include "coordinator/session.h"

/* Called in a job of the pool; the session is the job's. Fills plan, graph and encoded (or kind
 * SESSION_DONE), or error. */
Status planning_plan(QuerySession *session, Catalog *catalog, Store *store);

/* The session's plan becomes one that gives a column of text: a row a line where `split`, else one row. */
Status planning_text(QuerySession *session, const char *column, const char *text, bool split, Error *error);

/* Optimise, distribute, encode: `rows` becomes the session's plan. */
Status planning_stage(QuerySession *session, PlanNode *rows, Error *error);

#endif
