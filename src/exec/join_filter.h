/* exec/join_filter.h: what a join's build tells the scan below its probe side: rows whose key no build row
 * has are not needed, and no block without such keys.
 *
 * For joins of one key that drop rows without a match. The build is complete before its probes begin, so the
 * scan asks it directly: the array of a dense key, else a Bloom filter (Bloom 1970; of one word a key, as in
 * Putze, Sanders and Singler 2007), and the bounds of integers. It is a help only: the join looks each row up
 * again. */
#ifndef RUNNEL_EXEC_JOIN_FILTER_H
#define RUNNEL_EXEC_JOIN_FILTER_H

#include "column/batch.h"
#include "column/statistics.h"
#include "exec/join_build.h"

enum { JOIN_FILTERS_MAX = 8 };

/* One scan's use of a build. */
typedef struct JoinFilter {
    const JoinInput *input;
    uint32_t column; /* of whoever holds the filter */
    uint64_t seen;   /* rows */
    uint64_t passed;
    bool idle; /* it passed nearly all rows so far: no longer asked */
} JoinFilter;

/* Filters for the child of a node: those that the node passes on, and of a join its own. Returns their
 * number. */
uint32_t join_filters_below(const PlanNode *node, const JoinInput *input, const JoinFilter *above,
                            uint32_t count, JoinFilter *below);

/* The Bloom filter of a complete build; nothing where memory is short or the join has no use for it. */
void join_filter_prepare(JoinBuild *build);

/* Whether a block whose key has these statistics (NULL: unknown) can hold rows that match. */
bool join_filter_may_match(const JoinFilter *filter, const ColumnStatistics *statistics);

/* The rows of the window that may match; `selection` may be the window's own. */
uint32_t join_filter_select(JoinFilter *filter, const Vector *key, const Batch *window, uint32_t *selection);

#endif
