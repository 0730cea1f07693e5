/* coordinator/compaction.h: small tablets of one partition that follow each other become one.
 *
 * A compaction is a session of the coordinator's own: a scan of the tablets in their order, a WRITE, a commit
 * in which the new tablet takes their place. Sizes are tiers, each `compact_at` times the one before, so that
 * a row is written again as often as there are tiers. Statements that delete rows by number and a
 * compaction exclude each other: those that come while one is due or runs wait for its end. */
#ifndef RUNNEL_COORDINATOR_COMPACTION_H
#define RUNNEL_COORDINATOR_COMPACTION_H

#include "coordinator/session.h"

enum { COMPACT_AT = 16, COMPACT_NEVER = 1 };

/* Tablets that are to become one, in the arena of their session. */
typedef struct MergedGroup {
    uint64_t table_id;
    int32_t partition;
    uint32_t first; /* ordinal of the first one in the snapshot; others of the partition may lie between */
    uint32_t count;
    uint32_t of_tier; /* of those: the others are smaller */
    uint64_t rows;    /* that are not deleted */
} MergedGroup;

/* What compaction is about in a coordinator; the actor's thread's. */
enum { COMPACTION_TABLES_MAX = 64 };

typedef struct Compaction {
    uint64_t tables[COMPACTION_TABLES_MAX]; /* that have tablets to put together */
    uint32_t table_count;
    QuerySession *running;
    bool holds;         /* changes that come now wait for it to begin, or to end */
    int64_t hold_until; /* while it has not begun */
    int64_t next_try;
    uint64_t done, failed, tablets; /* over this process's life; tablets: those that were replaced */
} Compaction;

/* The next group of a table's snapshot; false where there is none. Any thread. */
bool compaction_find_group(const TableInfo *table, uint32_t compact_at, MergedGroup *group);

/* (pool) Fills plan and graph, or makes the session a SESSION_DONE where nothing is left to do. */
Status compaction_plan(QuerySession *session, Catalog *catalog, uint32_t compact_at, Error *error);

/* (pool) What the commit is to replace, and the partition of what it brings. */
void compaction_complete_request(const QuerySession *session, CommitRequest *request, NewTablet *tablets);

/* (pool) Ids of tables that have groups, at most `capacity`. */
uint32_t compaction_find_tables(Catalog *catalog, uint32_t compact_at, uint64_t *tables, uint32_t capacity);
bool compaction_is_due(Catalog *catalog, uint64_t table_id, uint32_t compact_at);

#endif
