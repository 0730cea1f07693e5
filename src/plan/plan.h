/* plan/plan.h: the one plan that is bound, optimised, printed, cut into stages, shipped and drawn.
 *
 * A plan is a DAG of tagged nodes, immutable once made; run-time state is elsewhere (exec). Each planning
 * step is a function from one plan to the next. Nodes live in the arena of whoever made the plan. Expressions
 * in a node refer to the columns of its input (children[0]; for joins the left columns, then the right ones).
 */
#ifndef RUNNEL_PLAN_PLAN_H
#define RUNNEL_PLAN_PLAN_H

#include "base/arena.h"
#include "column/statistics.h"
#include "column/type.h"
#include "expr/aggregate.h"
#include "expr/expr.h"
#include "expr/session.h"
#include "plan/window.h"

/* kind, the tree's `type` (aggregates print their phase, joins their kind) */
#define PLAN_NODE_LIST(X)                                                                                    \
    X(SCAN, "scan")                                                                                          \
    X(READ_FILE, "scan")                                                                                     \
    X(VALUES, "values")                                                                                      \
    X(FILTER, "filter")                                                                                      \
    X(PROJECT, "project")                                                                                    \
    X(EXPAND, "project")                                                                                     \
    X(REPEAT, "project")                                                                                     \
    X(AGGREGATE, "final_aggregate")                                                                          \
    X(HASH_JOIN, "hash_join")                                                                                \
    X(NESTED_LOOP_JOIN, "nested_loop_join")                                                                  \
    X(DEPENDENT_JOIN, "nested_loop_join")                                                                    \
    X(SORT, "sort")                                                                                          \
    X(TOP_N, "top_n")                                                                                        \
    X(PARTITION_TOP, "top_n")                                                                                \
    X(LIMIT, "limit")                                                                                        \
    X(DISTINCT, "distinct")                                                                                  \
    X(SET_OPERATION, "set_operation")                                                                        \
    X(WINDOW, "window")                                                                                      \
    X(SHARED, "values")                                                                                      \
    X(RECURSIVE, "set_operation")                                                                            \
    X(WORKING, "values")                                                                                     \
    X(EXCHANGE, "exchange")                                                                                  \
    X(WRITE, "write")                                                                                        \
    X(RESULT, "result")

typedef enum PlanKind {
#define X(kind, tree) PLAN_##kind,
    PLAN_NODE_LIST(X)
#undef X
        PLAN_KIND_COUNT
} PlanKind;

typedef struct PlanColumn {
    const char *name;
    Type type;
} PlanColumn;

struct TableInfo; /* store/catalog.h: pinned while planning; what tasks need of it is copied into the stage */

/* Reads columns of a table's tablets. The node's columns are `output`, indices into the read columns; the
 * filter's conjuncts refer to the read columns. */
typedef struct PlanScan {
    const struct TableInfo *table; /* NULL once decoded on another node */
    const char *table_name;
    bool in_order; /* its rows come in the order that they were written: for one task. Not sent */
    uint32_t read_count;
    const PlanColumn *read_columns;
    const uint32_t *read_ids; /* table column ids */
    uint32_t filter_count;
    Expr **filters; /* conjuncts, cheapest and most selective first */
    uint32_t output_count;
    const uint32_t *output;

    /* What pruning found, for people: set when tasks are made. */
    uint64_t tablets_total;
    uint64_t tablets_pruned;
    uint32_t partition_count; /* partitions that have tablets */
    uint32_t pruned_partition_count;
    const int32_t *pruned_partitions; /* none of whose tablets is read */
} PlanScan;

typedef struct FileOptions {
    const char *format;    /* "csv"; "ndjson", which is only written so far */
    char delimiter;        /* 0: ',' */
    char quote;            /* 0: '"' */
    int header;            /* 1: the first row names columns, 0: it does not; -1: csv_infer() finds out */
    const char *null_text; /* NULL: an unquoted empty field is NULL */
    uint64_t reject_limit; /* malformed rows to set aside; 0: the first one is an error */
} FileOptions;

/* Bytes [offset, offset + length) of a file: the rows that start in it. `first_row` is 1 for the file's first
 * range. */
typedef struct FileRange {
    const char *path; /* relative to the store's root, or absolute */
    uint64_t offset;
    uint64_t length;     /* UINT64_MAX: to the end (compressed files are one range) */
    bool quoted;         /* the range starts inside a quoted field (never, where the splitter could tell) */
    uint64_t first_line; /* 1-based line number of the range's start in the file */
} FileRange;

/* Parses files; the tasks carry the byte ranges. */
typedef struct PlanReadFile {
    FileOptions options;
    uint32_t field_count;   /* fields in a row of the file */
    const uint32_t *fields; /* for each of the node's columns: the field it comes from */
    uint64_t load;          /* whose rejected rows it sets aside (ingest/reject_file.h) */
    uint32_t range_count;   /* what to read, for plan_distribute(): a range becomes a task. 0 once decoded */
    const FileRange *ranges;
} PlanReadFile;

typedef struct PlanValues {
    uint32_t row_count;
    Expr ***rows; /* rows[r][c]: expressions without column references */
    /* Not 0: so many rows 0, 1, 2 … of one bigint (or of none, where it is not needed); `rows` has the first.
     */
    uint64_t counted;
} PlanValues;

static inline uint64_t
plan_values_count(const PlanValues *values)
{
    return values->counted != 0 ? values->counted : values->row_count;
}

typedef struct PlanFilter {
    uint32_t conjunct_count;
    Expr **conjuncts;
} PlanFilter;

typedef struct PlanProject {
    Expr **expressions; /* one a column */
} PlanProject;

/* Each input row gives `set_count` rows, one a set of expressions: grouping sets and several DISTINCT
 * aggregates. */
typedef struct PlanExpand {
    uint32_t set_count;
    Expr ***sets; /* sets[s][c] */
} PlanExpand;

/* REPEAT has nothing of its own: the input's last column (int8) says how often a row of the others comes out;
 * not at all where it is less than one. Where the node has as many columns as its input, the last one numbers
 * the repetitions, from 1.
 *
 * SET_OPERATION is UNION ALL: the rows of all children, whose columns have the node's types. In a leaf stage
 * each task reads one of the leaves below it (StageTask.source). */

typedef enum AggregatePhase {
    AGGREGATE_SINGLE,  /* rows in, results out */
    AGGREGATE_PARTIAL, /* rows in; keys, hash (int8, where there are keys), partial columns of each aggregate
                          out */
    AGGREGATE_COMBINE, /* the columns of PARTIAL in and out */
    AGGREGATE_FINAL    /* the columns of PARTIAL in; keys, results out */
} AggregatePhase;

typedef struct PlanAggregateCall {
    const Aggregate *aggregate;
    uint32_t argument_count;
    uint32_t arguments[AGGREGATE_ARGUMENTS_MAX];  /* columns of the rows (SINGLE, PARTIAL) */
    Type argument_types[AGGREGATE_ARGUMENTS_MAX]; /* in every phase */
    int32_t filter;                               /* a bool column of the rows: only where true; -1: none */
    bool distinct;                                /* only in bound plans; the optimiser rewrites it away */
    Type type;                                    /* of the result */
} PlanAggregateCall;

/* Keys and arguments are columns (the planner puts a PROJECT below where they are computed). Without keys
 * there is one group, even without rows. In COMBINE and FINAL keys are columns 0..key_count-1, then the hash,
 * then the partials. */
typedef struct PlanAggregate {
    AggregatePhase phase;
    uint32_t key_count;
    uint32_t *keys;
    /* What statistics bound each key to, for direct addressing; known == false where they do not. */
    ColumnBound *key_min;
    ColumnBound *key_max;
    uint32_t call_count;
    PlanAggregateCall *calls;
    double estimated_groups;
} PlanAggregate;

typedef enum JoinKind {
    JOIN_INNER,
    JOIN_LEFT,
    JOIN_RIGHT,
    JOIN_FULL,
    JOIN_SEMI, /* left rows with a match; `output` has left columns only */
    JOIN_ANTI, /* left rows without one */
    JOIN_CROSS,
    JOIN_MARK,  /* each left row once, with a mark beside it: true where the condition (keys and residual, in
                   three values) is true for some right row, else NULL where it is NULL for some, else false.
                   `output` has left columns and the mark, whose index is left columns + right columns */
    JOIN_SINGLE /* LEFT; a second match of a left row is the error CARDINALITY */
} JoinKind;

/* children[0] is the probe side (left), children[1] the build side.
 *
 * In bound plans a DEPENDENT_JOIN has a right side that refers to its left rows: EXPR_OUTER of level 1 is a
 * column of the left child, of level 2 one of the left child of the next DEPENDENT_JOIN around, and so on. It
 * has no keys. The right side is asked only for rows for which the residual's conjuncts on left columns alone
 * are true. The optimiser turns it into other joins. */
typedef struct PlanJoin {
    JoinKind kind;
    uint32_t key_count;
    const uint32_t *left_keys;  /* columns of the left child */
    const uint32_t *right_keys; /* columns of the right child, of the same types */
    const bool *null_safe;      /* for each key, whether it compares IS NOT DISTINCT FROM; NULL: none does */
    Expr *residual;             /* further condition over left columns, then right columns; or NULL */
    uint32_t output_count;
    const uint32_t *output;           /* the node's columns, as indices into left columns ++ right columns */
    ColumnBound build_min, build_max; /* of a single integer key on the build side, where known */
} PlanJoin;

typedef struct SortKey {
    uint32_t column;
    bool descending;
    bool nulls_first;
} SortKey;

/* SORT and TOP_N. Ties are broken by the remaining columns, ascending, so that the order is total. */
typedef struct PlanSort {
    uint32_t key_count;
    SortKey *keys;
    uint64_t limit;  /* TOP_N */
    uint64_t offset; /* TOP_N: rows dropped from the front, at the root only */
} PlanSort;

typedef enum TopTies {
    TOP_ROWS,  /* `limit` rows */
    TOP_PEERS, /* rows before which there are less than `limit`: peers of the last one, too */
    TOP_GROUPS /* `limit` groups of peers */
} TopTies;

/* The first rows of each partition, in order of the keys, ties broken as in SORT. */
typedef struct PlanPartitionTop {
    uint32_t partition_count;
    uint32_t *partition; /* columns */
    uint32_t order_count;
    SortKey *order;
    uint64_t limit;
    TopTies ties;
    bool partial; /* others may pass, too: another one follows */
} PlanPartitionTop;

enum { WINDOW_NO_COLUMN = -1 };

typedef struct PlanWindowCall {
    WindowFunction function;
    PlanAggregateCall aggregate; /* AGGREGATE */
    int32_t value;               /* a column: what LAG, LEAD and FIRST_, LAST_ and NTH_VALUE look up */
    int32_t number;    /* an int4 column: rows of LAG and LEAD, which of NTH_VALUE, how many of NTILE */
    int64_t constant;  /* the same where `number` is WINDOW_NO_COLUMN */
    int32_t fallback;  /* a column: what LAG and LEAD give beyond the partition; WINDOW_NO_COLUMN: NULL */
    WindowFrame frame; /* of aggregates, FIRST_, LAST_ and NTH_VALUE */
    Type type;
} PlanWindowCall;

/* The columns of the input, then one a call. All calls share partitions and order. */
typedef struct PlanWindow {
    uint32_t partition_count;
    uint32_t *partition; /* columns */
    uint32_t order_count;
    SortKey *order;
    uint32_t call_count;
    PlanWindowCall *calls;
} PlanWindow;

enum { PLAN_NO_LIMIT = -1 };

typedef struct PlanLimit {
    int64_t limit; /* PLAN_NO_LIMIT: all */
    int64_t offset;
} PlanLimit;

typedef enum ExchangeForm {
    EXCHANGE_FORM_HASH,
    EXCHANGE_FORM_GATHER,
    EXCHANGE_FORM_BY_TASK,
    EXCHANGE_FORM_BROADCAST,
    EXCHANGE_FORM_RANGE
} ExchangeForm;

/* A subplan that several SHARED nodes, which are leaves, stand for: WITH queries. The optimiser puts it in
 * their place where there is but one of them or it is cheap to do again; else it becomes a stage with an
 * output for each. */
typedef struct PlanShared {
    struct PlanNode *input;
    uint32_t references;
    bool materialized; /* asked for: never in the place of references */
    bool inlined;      /* asked for: always */
    bool optimized;    /* of the optimiser's own copy */
    enum {
        SHARED_UNKNOWN,
        SHARED_CLOSED,
        SHARED_OPEN
    } reach;       /* the optimiser's note: OPEN refers to rows around it */
    int64_t round; /* likewise: the number of the recursion around it whose WORKING rows it reads; -1: none */
} PlanShared;

/* RECURSIVE: the rows of the first child; then those of the second one again and again, whose WORKING leaf of
 * the same number is what the round before gave, until a round gives none. One task does all of it. */
typedef struct PlanRecursive {
    uint32_t number;
    bool distinct; /* each different row once */
} PlanRecursive;

typedef struct PlanWorking {
    uint32_t number;
} PlanWorking;

/* Where the plan is cut: the child is the root of the producing stage, the node itself a leaf of the
 * consuming one. */
typedef struct PlanExchange {
    uint32_t id; /* index in the staged plan */
    ExchangeForm form;
    uint32_t key_count;
    uint32_t *keys;      /* HASH: columns to hash; RANGE: one column */
    int32_t hash_column; /* HASH: the column that holds the hash already; -1: none */
    uint32_t partition_count;
    const void *bounds; /* RANGE: partition_count - 1 values, as PartitionSpec.bounds */
    /* HASH, for joins: rows whose keys hash to one of these do not all go to one partition: each goes to
     * every partition (build sides), or to the one that a hash of the whole row names (probe sides). */
    uint32_t heavy_count;
    const uint64_t *heavy_hashes;
    bool heavy_everywhere;
} PlanExchange;

enum { EXCHANGE_HEAVY_MAX = 32 };

/* Writes tablets; gives a row a tablet: path text, rows int8, bytes int8, partition int4, statistics bytea.
 * DELETE and UPDATE have the number of the row that goes (tablet/deletions.h) as the input's last column, and
 * also give a row a tablet with such rows: path "", rows the tablet's id, bytes how many, statistics which.
 */
/* A row of a WRITE with this path is no tablet: its last column is a chunk of the rows that RETURNING gives.
 */
#define WRITE_RETURNED_PATH "returned"

enum { WRITE_RETURNED_MAX = 4 << 20 }; /* bytes of such rows that a statement may give */

typedef struct PlanWrite {
    uint64_t load;
    const char *prefix;         /* "tables/<name>-<id>" */
    const char *table_name;     /* for messages */
    const uint32_t *column_ids; /* one an input column */
    const bool *not_null;
    uint32_t order_count; /* WITH (order_by): input columns to sort by */
    const uint32_t *order_columns;
    uint32_t tablet_rows; /* 0: the default */
    bool partitioned;     /* the task's number is the partition */
    uint64_t bytes_max;   /* of a task's tablets: LIMIT_EXCEEDED beyond; 0: no limit */
    bool deletes;         /* the last column is no data: rows to delete. A DELETE has no other one */
    uint32_t returned;    /* RETURNING: so many columns behind those of the table, for the coordinator */
    FileOptions file;     /* COPY TO: the rows become one file of this format. Format NULL: tablets */
} PlanWrite;

typedef struct PlanNode {
    PlanKind kind;
    uint32_t id; /* unique in the plan, from 1: names the node in tree, counters and EXPLAIN */
    uint32_t column_count;
    const PlanColumn *columns;
    uint32_t child_count;
    struct PlanNode **children;
    double estimated_rows; /* < 0: unknown */
    union {
        PlanScan scan;
        PlanReadFile read_file;
        PlanValues values;
        PlanFilter filter;
        PlanProject project;
        PlanExpand expand;
        PlanAggregate aggregate;
        PlanJoin join;
        PlanSort sort;
        PlanPartitionTop partition_top;
        PlanWindow window;
        PlanLimit limit;
        PlanShared *shared;
        PlanRecursive recursive;
        PlanWorking working;
        PlanExchange exchange;
        PlanWrite write;
    };
} PlanNode;

/* A node with its columns copied by reference and children set; `estimated_rows` unknown, id 0 (numbered at
 * the end). */
PlanNode *plan_node_new(Arena *arena, PlanKind kind, uint32_t column_count, const PlanColumn *columns,
                        uint32_t child_count, PlanNode *const *children);

/* The tree's type name: phases and join kinds told apart as the REST contract lists them. */
const char *plan_node_type(const PlanNode *node);

/* One line for people: "scan events", "count(*), sum(value) by user_id". */
void plan_node_label(const PlanNode *node, Buffer *out);
/* The node's condition as SQL text; nothing where it has none. */
void plan_node_predicate(const PlanNode *node, Buffer *out);

/* An indented text of a plan, a node a line: for EXPLAIN, tests and debugging. */
void plan_format(const PlanNode *root, Buffer *out);

#endif
