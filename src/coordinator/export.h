/* coordinator/export.h: COPY TO: a query whose rows become a file. */
#ifndef RUNNEL_COORDINATOR_EXPORT_H
#define RUNNEL_COORDINATOR_EXPORT_H

#include "coordinator/session.h"
#include "store/store.h"

/* One task writes the rows of a COPY TO to a file below "exports/", in their order where they have one. The
 * session becomes a SESSION_WRITE. FILE_ACCESS, UNDEFINED_FILE, WRONG_OBJECT_TYPE: nothing can be written
 * there. */
Status export_plan(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error);

/* The file that the chosen attempt wrote gets the name that was asked for. Nothing is recorded: a statement
 * that comes again writes the file again. */
Status export_commit(QuerySession *session, Catalog *catalog, Store *store, const char *written,
                     Error *error);

#endif
