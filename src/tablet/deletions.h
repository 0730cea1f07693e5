/* tablet/deletions.h: which rows of tablets are deleted: bitmaps in memory, and their bytes. */
#ifndef RUNNEL_TABLET_DELETIONS_H
#define RUNNEL_TABLET_DELETIONS_H

#include "base/budget.h"
#include "base/buffer.h"
#include "base/error.h"

enum { DELETIONS_ROWS_MAX = 1 << 26 };

/* The deleted rows of one tablet: bit i of words[i / 64] is row i. */
typedef struct Deletions {
    uint64_t tablet;
    uint64_t count; /* bits that are set */
    uint32_t word_count;
    uint64_t *words;
} Deletions;

static inline bool
deletions_has(const Deletions *deletions, uint64_t row)
{
    return row / 64 < deletions->word_count && (deletions->words[row / 64] >> (row % 64) & 1) != 0;
}

/* The rows in [first, end) as bytes: a checksum, then gaps or a bitmap, whichever is shorter. */
void deletions_encode(const Deletions *deletions, uint64_t first, uint64_t end, Buffer *out);

/* Several tablets, in order of their ids. All zeroes is an empty one. Memory is charged to `budget` (or
 * NULL).
 */
typedef struct DeletionSet {
    uint32_t count;
    uint32_t capacity;
    Deletions *items;
    Budget *budget;
    size_t charged;
} DeletionSet;

void deletion_set_destroy(DeletionSet *set);

/* A row that is there already changes nothing. OUT_OF_MEMORY; CORRUPT for a row number that no tablet has. */
Status deletion_set_add(DeletionSet *set, uint64_t tablet, uint64_t row, Error *error);

/* Add all of them; *added: those that were not there. */
Status deletion_set_merge(DeletionSet *set, const Deletions *deletions, uint64_t *added, Error *error);

/* Add what bytes of deletions_encode() say. CORRUPT where they are damaged, or name a row from `rows` on. */
Status deletion_set_decode(DeletionSet *set, uint64_t tablet, const void *bytes, size_t size, uint64_t rows,
                           Error *error);

const Deletions *deletion_set_find(const DeletionSet *set, uint64_t tablet); /* NULL: no row of it */

/* Rows in all tablets. */
uint64_t deletion_set_rows(const DeletionSet *set);

#endif
