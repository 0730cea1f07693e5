/* exec/window_tree.h: aggregates of any ranges of rows, from aggregates of blocks of rows, of blocks of
 * blocks, and so on (Leis, Kundhikanjana, Kemper and Neumann, "Efficient Processing of Window Functions in
 * Analytical SQL Queries", VLDB 2015, section 4.3). For every aggregate whose states can be merged; a range
 * costs the logarithm of its rows. */
#ifndef RUNNEL_EXEC_WINDOW_TREE_H
#define RUNNEL_EXEC_WINDOW_TREE_H

#include "exec/aggregate_states.h"
#include "exec/operator.h"
#include "exec/window_frame.h"

enum { WINDOW_TREE_LEVELS = 8 }; /* of blocks of 16: 2^32 rows */

typedef struct WindowTree {
    const Operator *operator;
    const PlanAggregate *plan; /* one call */
    uint32_t level_count;
    AggregateStates levels[WINDOW_TREE_LEVELS];
    Arena *arena; /* of partials on their way from state to state */
} WindowTree;

Status window_tree_init(WindowTree *tree, const Operator *operator, const PlanAggregate * plan, Error *error);
void window_tree_destroy(WindowTree *tree);

Status window_tree_build(WindowTree *tree, const WindowChunk *chunk, Error *error);
void window_tree_clear(WindowTree *tree);

/* Take the rows of ranges into states: range i into state slots[i]. */
Status window_tree_query(WindowTree *tree, const WindowChunk *chunk, const RowRange *ranges,
                         const uint32_t *slots, uint32_t count, AggregateStates *states, Error *error);

#endif
