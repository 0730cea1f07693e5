/* coordinator/results.h: rows that are kept for later: as tables of the schema "results", named by the id of
 * the statement that gave them. */
#ifndef RUNNEL_COORDINATOR_RESULTS_H
#define RUNNEL_COORDINATOR_RESULTS_H

#include "coordinator/session.h"

#include <cjson/cJSON.h>

struct Coordinator;

/* In a job of the pool. The session's rows are to be kept: its plan becomes one that writes them. */
Status results_plan_write(QuerySession *session, Catalog *catalog, PlanNode *rows, Error *error);

/* The actor's thread. A statement that was submitted to read a result (FRONT_RESULT: {"result": ID, "offset",
 * "limit"}): is there one? RESULT_PENDING, RESULT_GONE, NO_SUCH_QUERY, or what the statement ended with. */
Status results_check(struct Coordinator *coordinator, QuerySession *reader, Error *error);

/* In a job of the pool: the reader's plan. */
Status results_plan_read(QuerySession *reader, Catalog *catalog, Error *error);

/* The statement whose result a session reads; NULL where that is forgotten, or it reads none. */
QuerySession *results_original(struct Coordinator *coordinator, const QuerySession *reader);

#endif
