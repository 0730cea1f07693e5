/* store/catalog_state.h: the catalog's insides, shared by catalog*.c. */
#ifndef RUNNEL_STORE_CATALOG_STATE_H
#define RUNNEL_STORE_CATALOG_STATE_H

#include "store/catalog.h"
#include "store/catalog_database.h"
#include "store/catalog_image.h"

typedef struct StoredView StoredView;
typedef struct StoredType StoredType;

struct Catalog {
    pthread_mutex_t write_lock; /* the database, and the order of changes */
    Database database;
    Snapshots snapshots; /* has its own lock, so that readers never wait for a disk */
    uint64_t epoch;
    uint64_t next_load; /* of `loads_left` that are open and not begun; under the write lock */
    uint64_t loads_taken;
    uint32_t loads_left;
    int lock;
    char *directory;
    pthread_mutex_t view_lock; /* of the views and types in memory, which change under the write lock only */
    StoredView *views;
    size_t view_count;
    size_t view_capacity;
    StoredType *types;
    size_t type_count;
    size_t type_capacity;
};

/* Numbers of loads that were not used are given back, where that can be written. */
void catalog_return_loads(Catalog *catalog);

/* Read all tables into snapshots, at open. */
Status catalog_read_image(Catalog *catalog, Error *error);

/* Within a transaction: write a new table and give its first snapshot's shape (in `arena`). `bounds` as in
 * CommitRequest, NULL: those of the definition. DUPLICATE_TABLE, INVALID_TABLE_DEFINITION, DUPLICATE_COLUMN.
 */
Status catalog_insert_table(Catalog *catalog, Arena *arena, const TableDefinition *definition,
                            const void *bounds, TableInfo *shape, Error *error);

/* Within a transaction: one row of `columns`. */
Status catalog_insert_column(Catalog *catalog, const TableInfo *shape, uint32_t ordinal, Error *error);

/* What a query id has changed: recorded in the transaction of the change, found by a repetition. */
typedef struct FormerChange {
    bool found;
    uint64_t load; /* 0: no load */
    uint64_t table_id;
    uint64_t rows;
    const char *answer; /* NULL is as good as "" */
} FormerChange;

/* With the write lock held; the answer is copied to `arena` where there is one. `query_id` NULL: nothing is
 * found, nothing recorded. */
Status catalog_read_former(Catalog *catalog, const char *query_id, Arena *arena, FormerChange *former,
                           Error *error);
Status catalog_record_change(Catalog *catalog, const char *query_id, const FormerChange *change,
                             Error *error);

/* The bounds of a table's partitions as a blob in `out`; nothing where there are none. */
Status catalog_encode_bounds(const TableInfo *shape, Buffer *out, Error *error);

/* catalog_view.c */
Status catalog_read_views(Catalog *catalog, Error *error);
void catalog_views_destroy(Catalog *catalog);
bool catalog_has_view(Catalog *catalog, const char *schema, const char *name);
/* All views that refer to it, and those that refer to them; in `arena`. With the write lock held. */
Status catalog_find_dependents(Catalog *catalog, Arena *arena, ObjectKind kind, uint64_t id,
                               DependentViews *list, Error *error);
/* DEPENDENT_OBJECTS where there are some and they are not to go with it. */
Status catalog_check_dependents(const DropRequest *request, const DependentViews *list, Error *error);
Status catalog_delete_views(Catalog *catalog, const DependentViews *list,
                            Error *error);                                 /* within a transaction */
void catalog_withdraw_views(Catalog *catalog, const DependentViews *list); /* once it is durable */

/* catalog_type.c */
Status catalog_read_types(Catalog *catalog, Error *error);
void catalog_types_destroy(Catalog *catalog);
/* With the write lock held. */
struct StoredType {
    uint64_t id;
    Arena *arena; /* of the type, whose name is its own */
    Type type;
};
const StoredType *catalog_find_stored_type(const Catalog *catalog, const char *schema, const char *name);
Status catalog_check_free_type(Catalog *catalog, const char *name, Error *error);
bool catalog_type_mentions(Type type, const char *name);
Status catalog_write_type(Catalog *catalog, Type type, uint64_t *id, Error *error); /* id 0: a new one */
bool catalog_has_type(Catalog *catalog, const char *schema, const char *name);
bool catalog_has_type_id(const Catalog *catalog, uint64_t id); /* with the write lock held */

/* catalog_alter.c: an alteration in somebody's transaction, who ends it once that has ended. *alter is in
 * `arena`, and is to be ended where the beginning failed, too. */
typedef struct Alter Alter;
Status catalog_begin_alteration(Catalog *catalog, Arena *arena, const TableAlteration *wanted, Alter **alter,
                                Error *error);
void catalog_end_alteration(Alter *alter, bool durable);

#endif
