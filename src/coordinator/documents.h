/* coordinator/documents.h: what the coordinator tells about itself, as JSON: the bodies of the REST calls. */
#ifndef RUNNEL_COORDINATOR_DOCUMENTS_H
#define RUNNEL_COORDINATOR_DOCUMENTS_H

#include "coordinator/session.h"
#include "flow/membership.h"

#include <cjson/cJSON.h>

/* At a statement's end: {"command","row_count","stats","notices"}; its trees are rendered. malloc memory. */
char *document_summary(QuerySession *session, const Membership *membership);
/* What ENDED carries: the summary with the tree, and the rows that a load has set aside, while they are kept,
 * as "tree" and "rejects". malloc memory. */
char *document_answer(const QuerySession *session);
/* The tree in "json", "dot", "text" or "svg"; malloc memory. NULL for an unknown format. */
char *document_tree(QuerySession *session, const Membership *membership, const char *format);
/* EXPLAIN ANALYZE after its run: the session's plan becomes one that gives the text. */
Status document_explain(QuerySession *session, const Membership *membership, Catalog *catalog, Error *error);
cJSON *document_query(const QuerySession *session);
cJSON *document_health(const Membership *membership, const Scheduler *scheduler, uint64_t epoch, int64_t now,
                       uint32_t *http_status);
cJSON *document_table(const TableInfo *table);
/* RFC 9457. */
cJSON *document_problem(const Error *error);
const char *document_state_name(const QuerySession *session);

#endif
