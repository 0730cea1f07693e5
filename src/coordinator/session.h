/* coordinator/session.h: one submitted statement, from SUBMIT to its place in the history.
 *
 *   (QUEUED →) PLANNING → RUNNING → (COMMITTING) → ENDED
 *
 * While a job of the pool has a session (PLANNING, COMMITTING) only the job touches what it works on; all
 * else belongs to the coordinator's thread. */
#ifndef RUNNEL_COORDINATOR_SESSION_H
#define RUNNEL_COORDINATOR_SESSION_H

#include "flow/scheduler.h"
#include "front/front.h"
#include "plan/stage.h"
#include "runtime/mailbox.h"
#include "runtime/pool.h"
#include "sql/statement.h"
#include "store/catalog.h"
#include "wire/message.h"

typedef enum SessionState {
    SESSION_QUEUED, /* taken on, but nothing of it is done yet */
    SESSION_PLANNING,
    SESSION_RUNNING,
    SESSION_COMMITTING,
    SESSION_ENDED
} SessionState;

typedef enum SessionKind {
    SESSION_READ,    /* rows go to the front */
    SESSION_WRITE,   /* rows say which tablets were written: committed here */
    SESSION_ANALYZE, /* EXPLAIN ANALYZE, first half: rows are dropped here, counters kept */
    SESSION_SAMPLE,  /* of what is to be written, first half: its rows tell bounds (range_bounds.h) */
    SESSION_DONE     /* nothing to run: DDL, settings */
} SessionKind;

typedef enum SessionWait {
    SESSION_WAITS_NOT,
    SESSION_WAITS_FOR_NODES,      /* submitted again: to be planned when they are back */
    SESSION_WAITS_FOR_ROOT,       /* planned: who takes its rows is joining */
    SESSION_WAITS_FOR_COMPACTION, /* to be planned when tablets do not merge */
    SESSION_WAITS_FOR_COUNTS      /* run: what tasks have done is on its way */
} SessionWait;

enum { SESSION_TREE_FORMATS = 3 };

/* What one attempt did in one plan node; what the tree calls an instance. */
typedef struct SessionInstance {
    NodeCount count;
    TaskRef ref;
    uint32_t generation;
    Incarnation executor;
} SessionInstance;

typedef struct InstanceList {
    size_t count, capacity;
    SessionInstance *items;
} InstanceList;

typedef struct QuerySession {
    QueryId id;
    Incarnation front;
    SessionState state;
    SessionKind kind;
    FrontOperation operation;
    char *document;      /* as submitted */
    _Atomic(char *) sql; /* for people; of loads a description. The job of planning may set it */
    bool cancelled;
    bool front_lost;   /* cancelled because its front was: one that comes back submits it anew */
    bool local_files;  /* the client is this machine's user: files anywhere may be read */
    bool detached;     /* nobody waits for it */
    Incarnation asker; /* who is told that it was taken on, and as the answer to what; or none */
    uint64_t asked;
    bool changes; /* its text may be that of a DELETE or an UPDATE: it is never planned while tablets merge */
    uint64_t compacts; /* a compaction (compaction.h): the table; 0: it is a statement */
    uint32_t merged_count;
    const MergedTablet *merged;
    int32_t merged_partition;
    bool compaction_due; /* of a write: its table has tablets to put together now. The job of the commit sets
                            it */
    bool keeps_rows;     /* in a table of the schema "results" */
    uint32_t kept_column_count;
    const PlanColumn *kept_columns; /* as they were named */
    QueryId result_of;              /* FRONT_RESULT: whose rows it reads, and which of them */
    uint64_t result_offset, result_limit;
    uint64_t result_bytes_max;
    const char *loaded_table; /* FRONT_LOAD */
    const char *staged;       /* an upload that goes when it has been loaded; or NULL */
    char *record;             /* of a former life of the coordinator: what is told of it */
    SessionWait waits_for;
    int64_t waits_until;
    QueryId run; /* what the machines call it: `id`, but for the first half of EXPLAIN ANALYZE */

    /* Made by planning. */
    PoolJob job;
    struct SessionLetter *letter;
    struct Coordinator *coordinator;
    ClusterShape shape;
    struct cJSON *overview; /* nodes and queries, for statements that name system.*; or NULL */
    Arena *arena;
    Session session;
    BoundStatement *statement;
    const TableInfo **pinned;
    size_t pinned_count;
    PlanNode *bound; /* the plan before distribution: EXPLAIN */
    StagedPlan *plan;
    StageGraph *graph;
    Buffer encoded;
    Buffer rules;
    int64_t timeout_us; /* 0: none */
    uint64_t memory_limit;
    const char *command;
    int64_t row_count; /* affected or returned; -1: unknown */
    uint32_t notice_count;
    const char *const *notices;
    Error error;

    /* A write's commit. */
    const char *key;             /* what it is recorded as; NULL: the query's id */
    const char *request;         /* with a key: tells what was asked for under it */
    char first_id[ID_TEXT_SIZE]; /* found done: the query that did it; "" where that is this one */
    int64_t told_us;             /* with a key: the time that is told, and told again; 0: elapsed_us */
    FrontQuery *receiver;
    uint64_t load;
    const TableDefinition *create;
    uint64_t table_id;
    uint64_t table_shape;
    const void *range_bounds;
    bool replace;
    const char *export_path;   /* COPY TO: the file's name; else NULL */
    struct Returned *returned; /* RETURNING (coordinator/returned.h); or NULL. In the arena */
    bool only_explains;        /* the plan of a write is made for its text alone */
    bool analyzes;             /* EXPLAIN ANALYZE of a write: its plan's text is the answer */
    bool deletes;              /* DELETE, UPDATE */
    bool written_before;       /* found done: what follows is what the catalog remembers of it */
    uint64_t written_rows, written_bytes, rejected;
    uint32_t written_tablets;
    uint64_t reject_limit; /* of a load: so many malformed rows may be set aside */
    char *rejects;         /* those rows as a JSON array; NULL: none, or told and forgotten */

    /* Execution. */
    int64_t submitted_us; /* monotonic */
    int64_t started_wall_us;
    int64_t elapsed_us;
    QueryProgress progress;
    InstanceList done;                    /* counts.h: of tasks that are done */
    InstanceList running;                 /* and of those that run, so far */
    uint8_t **task_done;                  /* [stage][task] */
    uint64_t done_count;                  /* of those */
    uint64_t rows_scanned, bytes_scanned; /* of a session that is settled */
    uint64_t tablets_done, tablets_total; /* so are these */
    uint64_t metered_rows, metered_bytes; /* metrics.h: what was counted already */
    uint64_t noted;                       /* its number in the history, when it has ended */
    char *summary;                        /* the JSON that ENDED carries */
    char *trees[SESSION_TREE_FORMATS];    /* rendered at the end, in the order of session_tree_format() */
} QuerySession;

typedef enum SessionLetterKind {
    SESSION_RECORDED,
    SESSION_PLANNED,
    SESSION_COMMITTED,
    COORDINATOR_SWEPT,
    COORDINATOR_HISTORY_WRITTEN,
    COORDINATOR_STOP
} SessionLetterKind;

typedef struct SessionLetter {
    Letter letter;
    SessionLetterKind kind;
    QueryId query;
} SessionLetter;

QuerySession *session_new(QueryId id, Incarnation front, FrontOperation operation, const char *document,
                          size_t size);
/* Give back what only a running statement needs: plan, arena, pins. The history keeps the rest. */
void session_settle(QuerySession *session);
void session_destroy(QuerySession *session);

/* Take the statement's text from the document, where it has one, before planning does. */
void session_read_sql(QuerySession *session);

/* "json", "dot", "text"; NULL beyond. */
const char *session_tree_format(size_t index);
void session_forget_trees(QuerySession *session);

#endif
