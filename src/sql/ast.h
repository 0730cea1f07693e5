/* sql/ast.h: the statement as written. Made from libpg_query's tree by ast_read(), which alone knows that
 * tree; read by the binder. Names are folded as PostgreSQL folds them; positions are 1-based characters, 0
 * where unknown. */
#ifndef RUNNEL_SQL_AST_H
#define RUNNEL_SQL_AST_H

#include "sql/source.h"
#include "sql/statement.h"

typedef enum AstExprKind {
    AST_INTEGER, /* integer: fits int4 */
    AST_DECIMAL, /* text: larger integers, too */
    AST_STRING,  /* text */
    AST_BOOLEAN, /* flag */
    AST_NULL,
    AST_PARAMETER, /* integer: its number */
    AST_COLUMN,    /* names: [[schema.]table.]column */
    AST_STAR,      /* names: the qualifiers of t.*; none for * */
    AST_OPERATOR,  /* text; one (prefix) or two arguments */
    AST_AND,
    AST_OR,
    AST_NOT,
    AST_IS,       /* text: the registry's predicate, "is_null"; one argument */
    AST_DISTINCT, /* IS DISTINCT FROM; flag: NOT */
    AST_NULLIF,
    AST_IN,      /* arguments[0] in the others; flag: NOT */
    AST_BETWEEN, /* three arguments; flag: NOT */
    AST_BETWEEN_SYMMETRIC,
    AST_CASE, /* arguments: operand or NULL, then when, then, …, else or NULL */
    AST_COALESCE,
    AST_GREATEST,
    AST_LEAST,
    AST_CAST,          /* type; one argument */
    AST_NAMED,         /* text: the parameter's name; one argument */
    AST_COLLATE,       /* text: the collation; one argument */
    AST_FUNCTION,      /* call; flag: array_agg() of what is no array afterwards */
    AST_SESSION_VALUE, /* text: "current_date", …; integer: precision or -1 */
    AST_SUBQUERY,      /* select, quantifier; ANY and ALL: text is the operator, one argument */
    AST_ROW,           /* the arguments */
    AST_FIELD,         /* text: the field's name; NULL: (record).*; one argument */
    AST_ARRAY,         /* ARRAY[…]: the elements */
    AST_SUBSCRIPT,     /* the array, then a subscript; or the two bounds of a slice (flag), NULL where open;
                          integer: the place behind one array, from 0 */
    AST_QUANTIFIED,    /* text: the operator; ANY, or ALL (flag) of an array; two arguments */
    AST_DEFAULT,       /* DEFAULT in INSERT */
    AST_GROUPING,      /* GROUPING(…) */
    AST_DIRECT,        /* a direct argument of an ordered-set aggregate: one argument; made by the binder */
    AST_GROUPING_SET,  /* in GROUP BY only: text: "empty", "rollup", "cube", "sets", or "row" for (a, b) */
    AST_UNSUPPORTED    /* text: the construct's name, for the message */
} AstExprKind;

typedef enum AstQuantifier {
    AST_SCALAR,      /* (SELECT …) as a value */
    AST_ARRAY_QUERY, /* ARRAY(SELECT …) */
    AST_EXISTS,
    AST_ANY, /* IN, too */
    AST_ALL
} AstQuantifier;

typedef struct AstType {
    int32_t position;
    const char *name;   /* the last part: "int4", "varchar", "string" */
    const char *schema; /* NULL: none, or pg_catalog */
    uint32_t modifier_count;
    const struct AstExpr *const *modifiers;
    uint32_t dimensions; /* of an array */
    bool set_of;
} AstType;

typedef struct AstSort AstSort;

typedef struct AstWindow AstWindow;

typedef struct AstCall {
    const char *schema; /* NULL: none, or pg_catalog */
    bool sql_syntax;    /* EXTRACT(… FROM …) and its like */
    bool star;
    bool distinct;
    const char *unsupported; /* ORDER BY with OVER: what it has; else NULL */
    bool variadic;           /* the last argument is an array of arguments */
    bool within_group;
    uint32_t sort_count; /* ORDER BY in an aggregate, also of WITHIN GROUP */
    const AstSort *sorts;
    const struct AstExpr *filter;
    const AstWindow *over; /* NULL: no window function */
} AstCall;

typedef struct AstExpr {
    AstExprKind kind;
    int32_t position;
    bool flag;
    int64_t integer;
    const char *text; /* also the function's name */
    uint32_t count;
    const struct AstExpr *const *arguments;
    uint32_t name_count;
    const char *const *names;
    const AstType *type;
    const AstCall *call;
    AstQuantifier quantifier;
    const struct AstSelect *select;
} AstExpr;

struct AstSort {
    const AstExpr *expr;
    uint32_t argument; /* in a DISTINCT aggregate, which of its arguments is written alike, from 1; 0: none */
    bool descending;
    bool nulls_first;    /* PostgreSQL's default where not written */
    const char *misused; /* USING an operator that does not sort: its name; else NULL */
};

typedef struct AstFrameBound {
    FrameBoundKind kind;
    const AstExpr *offset; /* PRECEDING, FOLLOWING */
} AstFrameBound;

/* OVER name, OVER (…), or a definition of the WINDOW clause. */
struct AstWindow {
    const char *name;      /* of a definition; OVER name: the window's */
    const char *reference; /* OVER (reference …), AS (reference …) */
    int32_t position;
    uint32_t partition_count;
    const AstExpr *const *partition;
    uint32_t sort_count;
    const AstSort *sorts;
    bool framed; /* a frame is written */
    FrameMode mode;
    AstFrameBound start;
    AstFrameBound end;
    FrameExclusion exclusion;
};

typedef struct AstTarget {
    const AstExpr *expr;
    const char *name; /* AS name, or NULL */
    int32_t position;
    uint32_t part; /* SET (a, b) = (SELECT …): which of the subquery's `part_count` columns, from 1; else 0 */
    uint32_t part_count;
    bool indirect;            /* SET a[1]: a part of the column */
    const AstExpr *subscript; /* of one element; NULL where `indirect` is something else */
    uint32_t field_count;     /* SET a.b: the fields on the way to what is set */
    const char *const *fields;
} AstTarget;

struct AstSelect;

typedef enum AstFromKind {
    AST_FROM_RELATION,
    AST_FROM_SUBQUERY,
    AST_FROM_JOIN,
    AST_FROM_FUNCTION,
    AST_FROM_UNSUPPORTED
} AstFromKind;

typedef struct AstFrom {
    AstFromKind kind;
    int32_t position;
    const char *schema; /* RELATION */
    const char *name;  /* RELATION, FUNCTION (NULL: COALESCE and its like); the construct where unsupported */
    const char *alias; /* NULL: none */
    uint32_t column_alias_count;
    const char *const *column_aliases;
    const struct AstSelect *select; /* SUBQUERY */
    const AstExpr *call;            /* FUNCTION; NULL: several of them, ROWS FROM (…) */
    bool ordinality;                /* FUNCTION: WITH ORDINALITY */
    uint32_t definition_count;      /* FUNCTION: AS t (a int, b text) */
    const struct AstColumn *definitions;
    bool lateral;
    JoinKind join; /* JOIN */
    bool natural;
    const struct AstFrom *left;
    const struct AstFrom *right;
    uint32_t using_count;
    const char *const *using_names;
    const char *using_alias; /* USING (…) AS name: the joined columns as a table; or NULL */
    const AstExpr *condition;
} AstFrom;

typedef enum AstMaterialization {
    AST_MATERIALIZED_DEFAULT,
    AST_MATERIALIZED,
    AST_NOT_MATERIALIZED
} AstMaterialization;

/* SEARCH DEPTH FIRST BY columns SET sequence */
typedef struct AstSearch {
    int32_t position;
    bool breadth_first;
    uint32_t column_count;
    const char *const *columns;
    const char *sequence;
} AstSearch;

/* CYCLE columns SET mark TO value DEFAULT otherwise USING path */
typedef struct AstCycle {
    int32_t position;
    uint32_t column_count;
    const char *const *columns;
    const char *mark;
    const AstExpr *value;
    const AstExpr *otherwise;
    const char *path;
} AstCycle;

typedef struct AstCte {
    const char *name;
    int32_t position;
    uint32_t column_alias_count;
    const char *const *column_aliases;
    AstMaterialization materialized;
    const struct AstSelect *select;
    const AstSearch *search; /* or NULL */
    const AstCycle *cycle;   /* likewise */
} AstCte;

typedef enum AstSetOperation {
    AST_SET_NONE,
    AST_SET_UNION,
    AST_SET_INTERSECT,
    AST_SET_EXCEPT
} AstSetOperation;

/* A SELECT, VALUES (row_count > 0), or a set operation of two queries; WITH, ORDER BY and LIMIT with any. */
typedef struct AstSelect {
    const char *unsupported; /* FOR UPDATE, …: what it has; else NULL */
    int32_t unsupported_position;
    AstSetOperation set_operation;
    bool all;
    const struct AstSelect *left;
    const struct AstSelect *right;
    bool recursive;
    uint32_t cte_count;
    const AstCte *ctes;
    bool distinct;
    uint32_t distinct_on_count; /* DISTINCT ON (…); 0: plain */
    const AstExpr *const *distinct_on;
    uint32_t window_count; /* WINDOW name AS (…), … */
    const AstWindow *windows;
    uint32_t target_count;
    const AstTarget *targets;
    uint32_t from_count;
    const AstFrom *const *from;
    const AstExpr *where;
    uint32_t group_count;
    const AstExpr *const *groups;
    bool group_distinct; /* GROUP BY DISTINCT */
    const AstExpr *having;
    uint32_t row_count;
    uint32_t row_width; /* all rows have as many, or binding has refused them */
    const AstExpr *const *const *rows;
    const uint32_t *row_widths;
    uint32_t sort_count;
    const AstSort *sorts;
    const AstExpr *limit;
    const AstExpr *offset;
    bool with_ties;
} AstSelect;

typedef struct AstRelation {
    const char *schema;
    const char *name;
    int32_t position;
    bool temporary;
} AstRelation;

typedef struct AstConstraint {
    const char *kind; /* the grammar's name without CONSTR_: "NOTNULL", "PRIMARY", "UNIQUE", "DEFAULT", … */
    int32_t position;
    const AstExpr *expr; /* DEFAULT, and its text */
    const char *text;
    uint32_t key_count; /* of a table constraint */
    const char *const *keys;
} AstConstraint;

typedef struct AstColumn {
    const char *name;
    int32_t position;
    const AstType *type;
    uint32_t constraint_count;
    const AstConstraint *constraints;
    const char *unsupported;
    const AstRelation *like; /* LIKE t: the columns of that table stand here; else NULL */
    bool like_defaults;      /* INCLUDING DEFAULTS */
} AstColumn;

/* name [= value] in WITH (…), EXPLAIN (…), COPY … WITH (…). */
typedef struct AstOption {
    const char *name;
    int32_t position;
    const char *value; /* as text; NULL: none */
    bool is_number;
    uint32_t list_count; /* force_null (a, b) */
    const char *const *list;
} AstOption;

typedef struct AstPartition {
    const char *strategy; /* "hash", "range", "list"; NULL: not partitioned */
    int32_t position;
    uint32_t column_count;
    const char *column; /* the first one's name; NULL: an expression */
    int32_t column_position;
} AstPartition;

typedef enum AlterKind {
    ALTER_ADD_COLUMN,
    ALTER_DROP_COLUMN,
    ALTER_RENAME_COLUMN,
    ALTER_SET_NOT_NULL,
    ALTER_DROP_NOT_NULL,
    ALTER_DEFAULT,
    ALTER_RENAME_TABLE
} AlterKind;

/* One of the changes of an ALTER TABLE. */
typedef struct AstAlter {
    AlterKind kind;
    const char *name;     /* of the column; NULL: RENAME TO */
    const char *new_name; /* RENAME */
    AstColumn column;     /* ADD COLUMN */
    const AstExpr *expr;  /* SET DEFAULT, and its text; NULL: DROP DEFAULT */
    const char *text;
    bool lenient; /* IF [NOT] EXISTS */
} AstAlter;

typedef struct AstStatement {
    StatementKind kind;
    AstRelation relation;
    bool if_exists;        /* or IF NOT EXISTS */
    ObjectKind object;     /* DROP */
    const char *command;   /* of upkeep: CREATE INDEX, ANALYZE, … */
    bool unique;           /* CREATE UNIQUE INDEX */
    bool cascade;          /* DROP … CASCADE */
    bool replace;          /* CREATE OR REPLACE */
    const char *text;      /* CREATE VIEW: the statement as written */
    bool no_data;          /* CREATE TABLE AS … WITH NO DATA */
    const AstSelect *with; /* WITH before INSERT, DELETE, UPDATE: only its queries; or NULL */
    const AstSelect
        *select; /* SELECT, INSERT, CREATE TABLE AS, CREATE VIEW, COPY (…) TO; NULL: INSERT DEFAULT VALUES;
                    DELETE, UPDATE: from[0] is the table, then USING or FROM; WHERE; targets: SET */
    uint32_t name_count; /* DROP, TRUNCATE, ANALYZE, VACUUM: relations; */
    const QualifiedName *names;
    uint32_t target_count; /* INSERT, COPY, CREATE TABLE AS, CREATE VIEW, CREATE INDEX: column names */
    const QualifiedName *targets;
    const AstFrom *target;    /* INSERT: the relation with its alias */
    uint32_t returning_count; /* INSERT, DELETE, UPDATE: RETURNING; 0: none */
    const AstTarget *returning;
    uint32_t column_count; /* CREATE TABLE */
    const AstColumn *columns;
    uint32_t alter_count; /* ALTER TABLE */
    const AstAlter *alters;
    uint32_t constraint_count;
    const AstConstraint *constraints;
    AstPartition partition;
    uint32_t option_count;
    const AstOption *options;
    const struct AstStatement *inner; /* EXPLAIN */
    const char *path;                 /* COPY */
    const char *setting;              /* SET, SHOW */
    const char *value;
} AstStatement;

/* Where an expression begins: `a + b` stands at its operator, and begins at `a`. */
int32_t ast_start(const AstExpr *ast);

/* Whether a column is named anywhere in an expression (or NULL); *position: where the first one is. */
bool ast_refers_to_column(const AstExpr *ast, int32_t *position);
/* Whether it has a subquery, which may refer to anything. */
bool ast_asks_query(const AstExpr *ast);

struct ParseTree {
    const AstStatement *statement;
};

/* Turn the parser's JSON into a statement. NOT_SUPPORTED for statements that the language lacks, SYNTAX for
 * none or several, TOO_COMPLEX for nesting beyond SQL_DEPTH_MAX. */
Status ast_read(Arena *arena, const Source *source, const char *json, const AstStatement **statement,
                Error *error);

#endif
