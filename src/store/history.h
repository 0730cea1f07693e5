/* store/history.h: statements that outlive the coordinator that ran them. A part of the catalog: thread-safe,
 * durable when a function returns. */
#ifndef RUNNEL_STORE_HISTORY_H
#define RUNNEL_STORE_HISTORY_H

#include "store/catalog.h"

/* Tables of kept rows: named by the id of the statement that gave them. */
#define HISTORY_RESULTS_SCHEMA "results"

/* A statement, as texts that the coordinator alone understands. */
typedef struct HistoryEntry {
    const char *id;
    int64_t submitted_us; /* wall clock */
    uint32_t operation;
    const char *document; /* of one that has not ended: what to run again; else NULL */
    const char *record;   /* of one that has: what is told of it; NULL for a kept document alone */
    const char *trees;    /* its tree in all forms; NULL: none */
    int64_t expires_us;   /* wall clock: when its rows go; 0: it keeps none */
} HistoryEntry;

/* Add a statement that has not ended. One that is there already is left as it is. */
Status catalog_history_add(Catalog *catalog, const HistoryEntry *entry, Error *error);

/* Write ended statements, in one transaction. */
Status catalog_history_end(Catalog *catalog, const HistoryEntry *entries, size_t count, Error *error);

/* All of them, oldest first: texts and array are in `arena`. */
Status catalog_history_read(Catalog *catalog, Arena *arena, const HistoryEntry **entries, size_t *count,
                            Error *error);

/* Forget all but the newest `keep` statements that have ended, the trees of all but the newest `keep_trees`;
 * drop the tables of rows whose statement is forgotten, or that have expired by `now_us`. */
Status catalog_history_trim(Catalog *catalog, uint32_t keep, uint32_t keep_trees, int64_t now_us,
                            Error *error);

#endif
