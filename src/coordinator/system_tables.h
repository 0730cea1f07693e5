/* coordinator/system_tables.h: information_schema and system: relations made when a statement is bound, of
 * what the catalog and the coordinator know then. */
#ifndef RUNNEL_COORDINATOR_SYSTEM_TABLES_H
#define RUNNEL_COORDINATOR_SYSTEM_TABLES_H

#include "sql/statement.h"
#include "store/catalog.h"

#include <cjson/cJSON.h>

typedef struct SystemTables {
    Arena *arena;
    Catalog *catalog;
    const BindContext *context; /* to bind views for their columns */
    const cJSON *overview; /* {"health", "queries"} as the REST interface has them; NULL: none was made */
} SystemTables;

/* Whether a statement's text may name them, so that it needs an overview. */
bool system_may_be_named(const char *text);

/* *found is false where the name is none of these; a schema that is, without such a relation, is
 * UNDEFINED_TABLE. */
Status system_relation(const SystemTables *system, const char *schema, const char *name, PlanNode **rows,
                       bool *found, Error *error);

#endif
