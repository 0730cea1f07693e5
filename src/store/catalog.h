/* store/catalog.h: tables, snapshots and tablets, in SQLite on the coordinator's local disk.
 *
 * One process owns a catalog directory, by lock. Reads come from an in-memory image; each change is one
 * SQLite transaction, durable before it is visible. Thread-safe. */
#ifndef RUNNEL_STORE_CATALOG_H
#define RUNNEL_STORE_CATALOG_H

#include "base/arena.h"
#include "base/error.h"
#include "column/statistics.h"
#include "column/type.h"

typedef struct Catalog Catalog;

typedef enum PartitionKind { PARTITION_NONE, PARTITION_HASH, PARTITION_RANGE } PartitionKind;

typedef struct ColumnInfo {
    uint32_t id; /* never reused in a table */
    const char *name;
    Type type;
    bool not_null;
    bool in_primary_key;      /* recorded, and not enforced */
    const char *default_text; /* an expression of SQL; NULL: none */
} ColumnInfo;

typedef struct PartitionSpec {
    PartitionKind kind;
    uint32_t column; /* ordinal */
    uint32_t count;
    /* RANGE: count - 1 ascending upper bounds (exclusive) as the column's values (of its layout) in one
     * array; NULL until the first load has set them. Partition i holds bounds[i-1] <= value < bounds[i];
     * NULLs are in the last. */
    const void *bounds;
} PartitionSpec;

typedef struct TabletInfo {
    uint64_t id;
    const char *path; /* relative to the store's root */
    uint64_t rows;
    uint64_t bytes;
    int32_t partition;               /* -1: none */
    const ColumnStatistics *columns; /* one a table column, by ordinal; rows == 0 where the tablet lacks it */
    uint64_t deleted;                /* of its rows; 0: there are no deletions */
    const void *deletions;           /* which (tablet/deletions.h) */
    size_t deletions_size;
} TabletInfo;

/* One snapshot of one table. Immutable and reference-counted: a query pins what it reads. */
typedef struct TableInfo {
    uint64_t id;
    uint64_t version; /* of the snapshot; increases with each commit to the table */
    uint64_t shape; /* tells which columns it has, which of them are NOT NULL, and their defaults; never 0 */
    const char *schema; /* "public" */
    const char *name;
    uint32_t column_count;
    const ColumnInfo *columns;
    PartitionSpec partition;
    uint32_t order_count; /* WITH (order_by = …): ordinals */
    const uint32_t *order_columns;
    uint64_t rows;    /* that are not deleted */
    uint64_t deleted; /* rows in tablets that are */
    uint64_t bytes;
    uint32_t tablet_count;
    const TabletInfo *tablets;
    const ColumnStatistics *statistics; /* of the whole table, merged, one a column; deleted rows, too */
} TableInfo;

/* Definition for CREATE; column ids are assigned by the catalog. */
typedef struct TableDefinition {
    const char *schema; /* NULL: "public" */
    const char *name;
    uint32_t column_count;
    ColumnInfo *columns;
    PartitionSpec partition;
    uint32_t order_count;
    const uint32_t *order_columns;
} TableDefinition;

/* `directory` is made where it is missing. UNAVAILABLE, naming the owner's process, where another process
 * holds it. Increments the epoch, durably, and abandons the loads that a former owner left unfinished. A
 * damaged database is CORRUPT. All tables must be released before closing. */
Status catalog_open(const char *directory, Catalog **catalog, Error *error);
/* As catalog_open(), where the directory cannot be written (a full disk, a file system that is mounted to be
 * read): nothing is recorded, and changes fail. FILE_ACCESS where what a former owner left must be put right
 * first. */
Status catalog_open_to_read(const char *directory, Catalog **catalog, Error *error);
void catalog_close(Catalog **self);
uint64_t catalog_epoch(const Catalog *catalog);

/* Where other processes can join the owner (an endpoint, one line); shown to those that catalog_open()
 * refuses. */
Status catalog_set_contact(Catalog *catalog, const char *contact, Error *error);

/* Whether a process owns the directory, and its contact ("" while it has set none), in `contact` of `size`
 * bytes. A directory that does not exist is not owned. */
Status catalog_read_contact(const char *directory, char *contact, size_t size, bool *owned, Error *error);

/* A pinned snapshot; UNDEFINED_TABLE ("relation \"x\" does not exist"). `schema` NULL: "public". */
Status catalog_find_table(Catalog *catalog, const char *schema, const char *name, const TableInfo **table,
                          Error *error);
/* The same by its id; false: it is there no more. */
bool catalog_find_table_id(Catalog *catalog, uint64_t id, const TableInfo **table);
const TableInfo *table_info_reference(const TableInfo *table);
void table_info_release(const TableInfo **self);

/* All tables, pinned, ordered by name: `*tables` is malloc memory of `*count` references, the caller's. */
Status catalog_list_tables(Catalog *catalog, const TableInfo ***tables, size_t *count, Error *error);

/* `query_id` (or NULL) is recorded with the change; one that is recorded already has made it before: OK, and
 * nothing happens. */
Status catalog_create_table(Catalog *catalog, const char *query_id, const TableDefinition *definition,
                            bool if_not_exists, bool *created, Error *error);
Status catalog_drop_table(Catalog *catalog, const char *query_id, const char *schema, const char *name,
                          bool if_exists, Error *error);

/* ALTER TABLE: what the table is to be, of what it was when that was decided. */
typedef struct TableAlteration {
    uint64_t table_id;
    uint64_t shape;   /* before; SERIALIZATION where it is another now */
    const char *name; /* after */
    uint32_t column_count;
    const ColumnInfo
        *columns; /* after: id 0 is a new one, without values; ids that are missing are dropped */
} TableAlteration;

/* NOT_NULL_VIOLATION where a column that is NOT NULL afterwards has NULLs; DUPLICATE_TABLE; DEPENDENT_OBJECTS
 * where views refer to the table, and more changes than columns that are added; UNDEFINED_TABLE. Tablets stay
 * as they are. */
Status catalog_alter_table(Catalog *catalog, const char *query_id, const TableAlteration *alteration,
                           Error *error);

/* A view: a name for a query, kept as the text of the CREATE VIEW. */
typedef struct ViewInfo {
    uint64_t id;
    const char *schema; /* "public" */
    const char *name;
    const char *sql;
} ViewInfo;

/* What a statement names; the numbers stand in the database. */
typedef enum ObjectKind { OBJECT_TABLE, OBJECT_VIEW, OBJECT_TYPE } ObjectKind;

typedef struct ViewUse { /* what a view refers to */
    ObjectKind kind;
    uint64_t id;
} ViewUse;

typedef struct ViewDefinition {
    const char *name;
    const char *sql;
    bool replace;
    uint32_t use_count;
    const ViewUse *uses;
} ViewDefinition;

/* What is found is copied to `arena`. UNDEFINED_TABLE where there is none. */
Status catalog_find_view(Catalog *catalog, const char *schema, const char *name, Arena *arena, ViewInfo *info,
                         Error *error);
size_t catalog_list_views(Catalog *catalog, Arena *arena, const ViewInfo **infos);

/* DUPLICATE_TABLE; SERIALIZATION where something that the view refers to has gone. */
Status catalog_create_view(Catalog *catalog, const char *query_id, const ViewDefinition *definition,
                           Error *error);

typedef struct DropRequest {
    const char *schema; /* NULL: "public" */
    const char *name;
    ObjectKind kind;
    bool cascade; /* what refers to it as well; else that is DEPENDENT_OBJECTS */
} DropRequest;

/* Views that went with what was dropped. */
typedef struct DependentViews {
    uint32_t count;
    const uint64_t *ids;
    const char *const *names;
} DependentViews;

/* UNDEFINED_TABLE, WRONG_OBJECT_TYPE (the other kind has that name), DEPENDENT_OBJECTS. `*gone` is in
 * `arena`. */
Status catalog_drop_view(Catalog *catalog, const char *query_id, const DropRequest *request, Arena *arena,
                         DependentViews *gone, Error *error);
Status catalog_drop_table_and_views(Catalog *catalog, const char *query_id, const DropRequest *request,
                                    Arena *arena, DependentViews *gone, Error *error);

/* A composite type: a name for the type of records, which carries it. */
typedef struct CompositeInfo {
    uint64_t id;
    Type type;
} CompositeInfo;

/* What is found is copied to `arena`. UNDEFINED_OBJECT where there is none. */
Status catalog_find_type(Catalog *catalog, const char *schema, const char *name, Arena *arena,
                         CompositeInfo *info, Error *error);
size_t catalog_list_types(Catalog *catalog, Arena *arena, const CompositeInfo **infos);

/* DUPLICATE_OBJECT: a table, view or type has the name. */
Status catalog_create_type(Catalog *catalog, const char *query_id, Type type, Error *error);

/* Columns and types that are made of it have it under the new name. UNDEFINED_OBJECT, DUPLICATE_TABLE;
 * DEPENDENT_OBJECTS where the text of a view, or of a column's default, may name it. */
Status catalog_rename_type(Catalog *catalog, const char *query_id, const char *schema, const char *name,
                           const char *new_name, Error *error);

/* What went with what was dropped: "column c of table t". */
typedef struct DependentObjects {
    uint32_t count;
    const char *const *texts;
} DependentObjects;

/* UNDEFINED_OBJECT, DEPENDENT_OBJECTS; with `cascade` columns of the type and views that refer to it go, all
 * in one transaction; NOT_SUPPORTED where another type is made of it. */
Status catalog_drop_type(Catalog *catalog, const char *query_id, const DropRequest *request, Arena *arena,
                         DependentObjects *gone, Error *error);

/* A write. `load` ids are unique for ever and stand in the names of the files that its tasks write. */
Status catalog_begin_load(Catalog *catalog, uint64_t *load, Error *error);

typedef struct NewTablet {
    const char *path;
    uint64_t rows;
    uint64_t bytes;
    int32_t partition;
    const ColumnStatistics *columns; /* by table ordinal */
} NewTablet;

/* One of the tablets that a compaction has put together, as it has read it. */
typedef struct MergedTablet {
    uint64_t id;
    uint64_t deleted;
} MergedTablet;

/* Where a write goes. With `create` the table is made in the same transaction (CTAS, load --create); with
 * `replace` the table's former tablets are dropped (TRUNCATE, rewrite). `range_bounds`: for a RANGE table
 * without bounds yet. */
typedef struct CommitRequest {
    uint64_t load;
    uint64_t epoch;                /* refused as SERIALIZATION where it is not the catalog's */
    const char *query_id;          /* a second commit of the same query id answers what the first did */
    const char *answer;            /* recorded with it, for catalog_find_commit(); or NULL */
    const TableDefinition *create; /* or NULL */
    uint64_t table_id;             /* where create is NULL */
    uint64_t shape; /* that the rows were made for; SERIALIZATION where it is another now. 0: any */
    bool replace;
    const void *range_bounds;
    uint32_t tablet_count;
    const NewTablet *tablets;
    const struct DeletionSet
        *deletions; /* rows to delete, or NULL: SERIALIZATION where one is gone already */
    /* Tablets that the new ones take the place of, in the order of their snapshot: SERIALIZATION where one of
     * them is gone, or has lost rows since. */
    uint32_t merged_count;
    const MergedTablet *merged;
} CommitRequest;

typedef struct CommitResult {
    uint64_t table_id;
    uint64_t rows; /* deleted, where the request has deletions; else written */
    bool repeated; /* the query id had committed before */
} CommitResult;

Status catalog_commit(Catalog *catalog, const CommitRequest *request, CommitResult *result, Error *error);

/* Whether a query id has committed (a write, CREATE, DROP), its rows, and the `answer` that was recorded, in
 * `arena`: "" where there is none. */
Status catalog_find_commit(Catalog *catalog, const char *query_id, Arena *arena, bool *found, uint64_t *rows,
                           const char **answer, Error *error);

/* The load failed or was given up: its files may be swept. */
Status catalog_abandon_load(Catalog *catalog, uint64_t load, Error *error);

/* Committed or given up; false for a load that is open, and for one that never was. */
Status catalog_load_has_ended(Catalog *catalog, uint64_t load, bool *ended, Error *error);

/* Something to remove from the store: one file of a table that was dropped or replaced, or whatever a load
 * that has ended left behind (attempts that were not chosen; everything, where it was abandoned). */
typedef struct CatalogGarbage {
    uint64_t id;
    uint64_t load;
    uint64_t tablet; /* the catalog id of the tablet that the file was, for caches; 0: none */
    char path[512]; /* relative to the store's root; "" for a load: list its files, ask catalog_owns_file() of
                       each */
} CatalogGarbage;

/* The next piece after number `after` (0: the first) that no pinned snapshot can still read. */
Status catalog_next_garbage(Catalog *catalog, uint64_t after, CatalogGarbage *garbage, bool *found,
                            Error *error);

/* They have been removed from the store. */
Status catalog_forget_garbage(Catalog *catalog, const uint64_t *ids, size_t count, Error *error);

/* Whether a file is a tablet of a table, or garbage in its own right: then the sweep of its load leaves it
 * alone. */
Status catalog_owns_file(Catalog *catalog, const char *path, bool *owned, Error *error);

#endif
