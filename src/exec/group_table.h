/* exec/group_table.h: from keys to dense group numbers, by hash.
 *
 * Linear probing over slots of a 32-bit tag and a group number; keys and hashes of the groups are kept in
 * columns of their own, in the order of the groups' first rows. A batch is probed in passes (prefetch, walk,
 * compare keys column by column), so that cache misses of many rows are under way at once. Slots come from
 * the low bits of a hash: the high half is left for partitioning. NULL is a key value like any other.
 *
 * Inserting belongs to one thread; finding in a table that does not change is thread-safe. */
#ifndef RUNNEL_EXEC_GROUP_TABLE_H
#define RUNNEL_EXEC_GROUP_TABLE_H

#include "base/budget.h"
#include "column/batch.h"

typedef struct GroupTable GroupTable;

enum { GROUP_NONE = UINT32_MAX };

/* Key rows to look up: `count` rows of the vectors `keys` (row numbers `selection`, or 0..count-1), at most
 * BATCH_ROWS, with their hashes (of vector_hash). */
typedef struct GroupRows {
    const Vector *keys;
    uint32_t rows; /* physical */
    const uint32_t *selection;
    uint32_t count;
    const uint64_t *hashes;
} GroupRows;

/* NULL where the budget refuses. */
GroupTable *group_table_new(Budget *budget, uint32_t key_count, const Type *types);
void group_table_destroy(GroupTable **self);

/* groups[i] becomes the group of the i-th row, made where it is new. OUT_OF_MEMORY may leave some of the
 * groups made. */
Status group_table_insert(GroupTable *table, const GroupRows *rows, uint32_t *groups, Error *error);

/* groups[i] becomes the group of the i-th row, or GROUP_NONE. */
void group_table_find(const GroupTable *table, const GroupRows *rows, uint32_t *groups);

uint32_t group_table_count(const GroupTable *table);
Vector group_table_key(const GroupTable *table,
                       uint32_t key); /* FLAT, a row a group; until the next insert */
const uint64_t *group_table_hashes(const GroupTable *table);
size_t group_table_bytes(const GroupTable *table);
/* Give back the memory of the slots: groups can still be read, but no more be looked up or made. */
void group_table_seal(GroupTable *table);

/* Hashes of key rows as the table and exchanges want them: of the first key, the others combined. */
void group_hash(const Vector *keys, uint32_t key_count, const uint32_t *selection, uint32_t count,
                uint64_t *hashes);

#endif
