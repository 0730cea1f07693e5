/* front/front.h: the way into a cluster: submits queries, receives their rows, asks for documents. HTTP, the
 * embedded API and the command line are all clients of it.
 *
 * A Front is a stateless actor with one I/O thread; all functions here are thread-safe. */
#ifndef RUNNEL_FRONT_FRONT_H
#define RUNNEL_FRONT_FRONT_H

#include "flow/ids.h"
#include "plan/stage.h"
#include "runtime/process.h"
#include "wire/chunk.h"

typedef struct Front Front;

typedef struct FrontConfig {
    const char *name;      /* NULL: host and process id */
    const char *join;      /* the coordinator's control endpoint */
    const char *bind;      /* inbox endpoints, separated by blanks */
    const char *advertise; /* NULL: what was bound */
} FrontConfig;

Status front_start(Process *process, const FrontConfig *config, Front **front, Error *error);
Status front_wait_joined(Front *front, int64_t timeout_us, Error *error);
void front_stop(Front **self); /* no FrontQuery may be left */

/* What is submitted: the JSON body of the REST call. */
typedef enum FrontOperation {
    FRONT_QUERY, /* {"sql", "params", "settings", "timeout_ms"} */
    FRONT_LOAD,  /* {"table", "source", "format", "options", "create", "partition"} */
    FRONT_RESULT /* {"result": ID, "offset", "limit"}: the kept rows of another statement */
} FrontOperation;

/* One submitted query. Made by front_submit(), ended by front_query_close(), which cancels it where it still
 * runs. */
typedef struct FrontQuery FrontQuery;

/* `wake` (may be NULL) is called, from the front's thread, whenever front_query_next() may have something
 * new; it must not block nor call the front. `id` NULL: a new one is drawn. */
FrontQuery *front_submit(Front *front, FrontOperation operation, const char *document, size_t size,
                         const QueryId *id, void (*wake)(void *context), void *context);
/* Changes where the query had to start over under another name, which FRONT_AGAIN tells. */
QueryId front_query_id(FrontQuery *query);

/* Receive the rows of a query that someone else submits with this front as its root's consumer (the
 * coordinator's own writes): FRONT_DONE comes with the last row, without a summary. */
FrontQuery *front_expect(Front *front, QueryId id, void (*wake)(void *context), void *context);
Incarnation front_incarnation(Front *front); /* as of now; changes where the front had to join anew */

typedef enum FrontNext {
    FRONT_WAIT, /* nothing new; `wake` will be called */
    FRONT_ROWS, /* `chunk` holds rows, by reference: chunk_release() it when they are used, which gives credit
                   back */
    FRONT_AGAIN, /* only while held: the query starts over, what was given out before is void */
    FRONT_DONE,  /* all rows were given out, the query ended well: front_query_summary() is there */
    FRONT_FAILED /* front_query_error(); rows given out before were right, but are not all */
} FrontNext;

/* What comes next. `wait` true: sleep until it is not FRONT_WAIT. */
FrontNext front_query_next(FrontQuery *query, bool wait, Chunk **chunk);

/* Sleep until front_query_next() would not say FRONT_WAIT, `timeout_us` at most; false: the time has passed.
 */
bool front_query_wait(FrontQuery *query, int64_t timeout_us);

/* While held, the client passes on nothing of what it is given, and can forget it: so the loss of the
 * coordinator stays invisible. Without, a query of which rows were given out fails then, unless they were
 * all. let_go(): from here on rows count; false: they are void already, FRONT_AGAIN comes next. */
void front_query_hold(FrontQuery *query);
bool front_query_let_go(FrontQuery *query);

/* The result's columns, from the first FRONT_ROWS or FRONT_DONE on; *count 0 for statements without rows.
 * Live as long as the query. */
const PlanColumn *front_query_columns(FrontQuery *query, uint32_t *count);
/* Rows beyond this are not part of the result, though chunks may hold some; UINT64_MAX: none. */
uint64_t front_query_row_limit(FrontQuery *query);
const Session *front_query_session(FrontQuery *query); /* time zone of timestamptz columns */
bool front_query_has_rows(FrontQuery *query);          /* a statement that gives rows, be it none */

/* After FRONT_DONE or FRONT_FAILED: the coordinator's JSON document
 * {"command","row_count","stats","tree","notices"}. Lives as long as the query; "{}" where there is none:
 * the coordinator was lost when all rows had been given out. */
const char *front_query_summary(FrontQuery *query);
const Error *front_query_error(FrontQuery *query);
void front_query_cancel(FrontQuery *query);
/* No `wake` is called, or still running, after this. */
void front_query_detach(FrontQuery *query);
void front_query_close(FrontQuery **self);

/* What the process that the front lives in holds; process_usage(). */
void front_process_usage(const Front *front, NodeUsage *usage);

/* Ask the coordinator for a document: `document` is {"get": "/health" | "/tables" | "/query/ID" | …, …}
 * (README.md lists them). `wake` as with front_submit(): an answer is there, or `timeout_us` have passed.
 * Made by front_question_new(), ended by front_question_close(), after which no `wake` is called or still
 * running.
 */
typedef struct FrontQuestion FrontQuestion;
FrontQuestion *front_question_new(Front *front, const char *document, int64_t timeout_us,
                                  void (*wake)(void *context), void *context);
/* False: there is no answer yet. Else *http_status is as HTTP would have it, `*body` malloc memory; or 0 and
 * NULL where none came in time, with UNAVAILABLE as the error. Once a question. */
bool front_question_take(FrontQuestion *question, uint32_t *http_status, char **body, size_t *size,
                         Error *error);
void front_question_close(FrontQuestion **self);

/* The same for a thread that may wait. */
Status front_ask(Front *front, const char *document, int64_t timeout_us, uint32_t *http_status, char **body,
                 size_t *size, Error *error);

#endif
