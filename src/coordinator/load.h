/* coordinator/load.h: files into tables: a query over byte ranges whose last step is a commit. */
#ifndef RUNNEL_COORDINATOR_LOAD_H
#define RUNNEL_COORDINATOR_LOAD_H

#include "coordinator/session.h"

#include <cjson/cJSON.h>

typedef struct LoadRequest {
    const char *table;
    const char *source; /* a path or glob: absolute, or under the store's root */
    FileOptions options;
    bool header_given;
    bool create;
    uint32_t column_count; /* COPY t (a, b): ordinals of the table; 0: all */
    const uint32_t *columns;
    bool columns_may_miss; /* a file of fewer, with a header, has those that the header names */
    PartitionKind partition;
    const char *partition_column;
    uint32_t partitions;
    uint32_t bound_count; /* of range partitions, as texts; NULL: taken from the data */
    const char **bounds;
    const char *order_by;
} LoadRequest;

/* The REST document as a request, in the session's arena. INVALID_PARAMETER names what is wrong in it. */
Status load_read_request(QuerySession *session, const cJSON *document, LoadRequest *request, Error *error);

/* Over the network only what is below the store's root is anybody's business: FILE_ACCESS. */
Status load_check_place(const QuerySession *session, const char *path, Error *error);

/* Infer, split and plan; the session becomes a SESSION_WRITE. */
Status load_plan(QuerySession *session, Catalog *catalog, Store *store, const LoadRequest *request,
                 Error *error);

#endif
