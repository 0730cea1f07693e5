/* sql/statement.h: SQL text → parse tree → bound statement. The module's public contract.
 *
 *     Arena *arena = arena_new(NULL);
 *     TRY(sql_parse(arena, text, size, &tree, error));
 *     TRY(sql_bind(&context, tree, &statement, error));
 *
 * Everything returned lives in the arena. Both functions are thread-safe as long as arenas are not shared.
 * Errors carry PostgreSQL's SQLSTATE, its message and the position (1-based characters). */
#ifndef RUNNEL_SQL_STATEMENT_H
#define RUNNEL_SQL_STATEMENT_H

#include "expr/session.h"
#include "plan/plan.h"
#include "store/catalog.h"

enum {
    SQL_TEXT_MAX = 1 << 20, /* bytes of a statement */
    SQL_DEPTH_MAX = 1000,   /* nesting of expressions, joins and subqueries; AND, OR and IN lists are flat */
    SQL_COLUMNS_MAX = 1600  /* of a table, as in PostgreSQL; a SELECT list may have 1664 */
};

typedef struct ParseTree ParseTree;

/* Parse one statement (a closing semicolon is allowed); `sql` need not end in NUL, and is not kept.
 *   INVALID_ENCODING  not UTF-8, or a NUL in it
 *   LIMIT_EXCEEDED    longer than SQL_TEXT_MAX
 *   TOO_COMPLEX       nested deeper than SQL_DEPTH_MAX
 *   SYNTAX            PostgreSQL's message; no statement; several statements (with a hint)
 * May be called from many threads: one thread with a large stack parses for all of them, in turn. */
Status sql_parse(Arena *arena, const char *sql, size_t size, ParseTree **tree, Error *error);

/* What a name in FROM or of a target stands for: one of the three. */
typedef struct Relation {
    const TableInfo *table;
    const char *view_sql; /* a view: its CREATE VIEW */
    uint64_t view_id;
    PlanNode *rows; /* a relation made on the spot (information_schema, system): its columns are the node's */
} Relation;

/* What a name of a type stands for that is none of the language's own. */
typedef struct FoundType {
    Type type;
    ObjectKind kind; /* OBJECT_TYPE, or OBJECT_TABLE: the type of its rows */
    uint64_t id;
} FoundType;

typedef struct BindContext {
    Arena *arena;
    const Session
        *session; /* stable functions are folded from it: it must be the one that the query runs with */

    /* UNDEFINED_TABLE where there is none (the binder adds position and hint). `schema` is NULL where the
     * name has none. What is returned must stay until the caller is done with the statement: the callback's
     * owner keeps the pins. */
    Status (*find_relation)(void *lookup, const char *schema, const char *name, Relation *relation,
                            Error *error);
    /* Names for "did you mean" hints, called only on the way to an error; may be NULL. */
    size_t (*relation_names)(void *lookup, Arena *arena, const char *const **names);
    /* UNDEFINED_OBJECT where there is none; what is found is in the context's arena. NULL: there are none. */
    Status (*find_type)(void *lookup, const char *schema, const char *name, FoundType *found, Error *error);
    void *lookup;

    uint32_t parameter_count;
    const char *const
        *parameters; /* $1…: texts, typed by where they stand, as string literals; NULL entries are NULL */
} BindContext;

typedef enum StatementKind {
    STATEMENT_SELECT, /* SELECT, VALUES, TABLE */
    STATEMENT_INSERT,
    STATEMENT_DELETE,
    STATEMENT_UPDATE,
    STATEMENT_CREATE_TABLE,
    STATEMENT_CREATE_TABLE_AS,
    STATEMENT_CREATE_VIEW,
    STATEMENT_CREATE_TYPE,
    STATEMENT_RENAME_TYPE, /* names[0] becomes new_name */
    STATEMENT_DROP,        /* tables, views, types */
    STATEMENT_ALTER_TABLE,
    STATEMENT_UPKEEP, /* CREATE INDEX, DROP INDEX, REINDEX, ANALYZE, VACUUM: checked, and nothing to do */
    STATEMENT_TRUNCATE,
    STATEMENT_COPY_FROM,
    STATEMENT_COPY_TO,
    STATEMENT_EXPLAIN,
    STATEMENT_SET,
    STATEMENT_SHOW
} StatementKind;

StatementKind sql_statement_kind(const ParseTree *tree);

typedef struct QualifiedName {
    const char *schema; /* NULL: none given */
    const char *name;
    int32_t position;
} QualifiedName;

struct BoundStatement;

typedef struct BoundExplain {
    bool analyze;
    bool verbose;
    bool json; /* FORMAT JSON; else TEXT */
    struct BoundStatement *statement;
} BoundExplain;

/* COPY table FROM 'path', a load; COPY … TO 'path': the statement's plan gives the rows. */
typedef struct BoundCopy {
    const char *path;
    bool header_given;     /* options.header says what was written; else FROM guesses, and TO writes none */
    FileOptions options;   /* format NULL: guess from the path */
    uint32_t column_count; /* COPY t (a, b) FROM: the file's fields, as ordinals of the table */
    const uint32_t *columns;
    bool listed; /* the statement names its columns; else they are all of the table's */
} BoundCopy;

typedef struct BoundSetting {
    const char *name;  /* in lower case; "all" for SHOW ALL */
    const char *value; /* NULL: DEFAULT, RESET */
} BoundSetting;

typedef struct BoundStatement {
    StatementKind kind;
    const char *command; /* "SELECT", "INSERT", "CREATE TABLE", "CREATE TABLE AS", … */

    /* SELECT, COPY TO: the result's rows; the root's columns are the result's columns.
     * INSERT, CREATE TABLE AS: the rows to write, of the target's columns in table order and of their types
     * exactly; NOT NULL is left to the writer (or to whoever evaluates the rows).
     * UPDATE: the same rows as they are to be, and the number of the row that each takes the place of beside
     * them; DELETE: that number alone. */
    PlanNode *plan;

    /* INSERT, UPDATE, DELETE … RETURNING: so many columns of the plan, behind those of the table and before
     * the row's number, are given back; 0: none. */
    uint32_t returning_count;

    const TableInfo *target;           /* INSERT, DELETE, UPDATE, COPY */
    const TableDefinition *definition; /* CREATE TABLE [AS]; column ids are 0 */
    const char *target_schema;         /* as written for CREATE TABLE [AS]; NULL: none */
    bool if_not_exists;                /* CREATE TABLE [AS] */
    bool exists; /* CREATE TABLE [AS] IF NOT EXISTS of a relation that is there: nothing to do */
    const ViewDefinition *view;        /* CREATE VIEW */
    const TableAlteration *alteration; /* ALTER TABLE; NULL: nothing to do */
    Type composite;                    /* CREATE TYPE: a record with a name */
    ObjectKind object;                 /* DROP: of what kind */
    bool cascade;                      /* DROP */
    bool if_exists;                    /* DROP */
    uint32_t name_count; /* DROP, TRUNCATE: TRUNCATE's relations exist, DROP's are not looked up */
    const QualifiedName *names;
    const char *new_name;
    BoundExplain explain;
    BoundCopy copy;
    BoundSetting setting;

    uint32_t notice_count; /* sentences for the user that are no errors */
    const char *const *notices;
    uint32_t table_count; /* every table that the statement reads or writes, once each */
    const TableInfo *const *tables;
} BoundStatement;

/* The columns of a view, from the text of its CREATE VIEW. */
Status sql_bind_view(const BindContext *context, const char *sql, uint32_t *column_count,
                     const PlanColumn **columns, Error *error);

/* What a column is where nothing is given for it: its default, of its type. Only the context's arena and
 * session are looked at. */
Status sql_bind_default(const BindContext *context, const ColumnInfo *column, Expr **value, Error *error);

/* What SHOW and current_setting() tell of a setting, whose name is in lower case; NULL where there is none of
 * that name. Lives as long as the session. */
const char *sql_setting(const Session *session, const char *name);

Status sql_bind(const BindContext *context, const ParseTree *tree, BoundStatement **statement, Error *error);

#endif
