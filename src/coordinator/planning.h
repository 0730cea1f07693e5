/* coordinator/planning.h: from a submitted document to a plan that can run, or to a statement that is done
 * already. */
#ifndef RUNNEL_COORDINATOR_PLANNING_H
#define RUNNEL_COORDINATOR_PLANNING_H

#include "coordinator/session.h"

/* Called in a job of the pool; the session is the job's. Fills plan, graph and encoded (or kind
 * SESSION_DONE), or error. */
Status planning_plan(QuerySession *session, Catalog *catalog, Store *store);

/* The session's plan becomes one that gives a column of text: a row a line where `split`, else one row. */
Status planning_text(QuerySession *session, Catalog *catalog, const char *column, const char *text,
                     bool split, Error *error);

/* Optimised rows become the session's answer: its plan gives them, or keeps them where nobody waits. */
Status planning_rows(QuerySession *session, Catalog *catalog, PlanNode *rows, Error *error);

/* INSERT, CREATE TABLE AS, UPDATE, DELETE. The session becomes a SESSION_WRITE, a SESSION_SAMPLE that comes
 * first, or a SESSION_DONE where there is nothing to write. */
Status planning_write(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error);

/* The session reads a table: it is released when the session has ended. */
void planning_pin(QuerySession *session, const TableInfo *table);

/* A composite type, or that of a table's rows; UNDEFINED_OBJECT. */
Status planning_find_type(QuerySession *session, Catalog *catalog, const char *schema, const char *name,
                          FoundType *found, Error *error);

/* Distribute, encode: `rows` becomes the session's plan. */
Status planning_stage(QuerySession *session, PlanNode *rows, Error *error);

#endif
