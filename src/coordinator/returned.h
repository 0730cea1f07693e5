/* coordinator/returned.h: what RETURNING gives: few rows, which tasks send along with the names of their
 * tablets, which the commit records, and which are the statement's answer once it is done. */
#ifndef RUNNEL_COORDINATOR_RETURNED_H
#define RUNNEL_COORDINATOR_RETURNED_H

#include "coordinator/session.h"

typedef struct Returned Returned;

/* In the session's arena; `columns` are copied. */
Returned *returned_new(QuerySession *session, const PlanColumn *columns, uint32_t count);

/* A chunk of rows that a task gives. LIMIT_EXCEEDED beyond WRITE_RETURNED_MAX bytes in all. */
Status returned_add(Returned *self, const void *bytes, size_t size, Error *error);

/* As text for the answer that the commit records, malloc memory; and back, CORRUPT where it is none. */
char *returned_describe(const Returned *self);
Status returned_read(QuerySession *session, const char *text, Error *error);

/* The session's plan becomes one that gives the rows. */
Status returned_plan(QuerySession *session, Error *error);

#endif
