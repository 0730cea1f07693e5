/* plan/join_order.h: in which order relations are joined: a search over the graph of what connects them.
 *
 * Knows nothing of plan nodes. All trees, bushy ones too, are weighed for up to JOIN_ORDER_EXACT relations,
 * by dynamic programming over subsets (Moerkotte and Neumann, "Analysis of Two Existing and One New Dynamic
 * Programming Algorithm", VLDB 2006: DPsub); more are joined greedily, smallest result first. Relations that
 * nothing connects are joined last. */
#ifndef RUNNEL_PLAN_JOIN_ORDER_H
#define RUNNEL_PLAN_JOIN_ORDER_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

enum { JOIN_ORDER_EXACT = 12, JOIN_ORDER_MAX = 64 };

typedef struct JoinRelation {
    double rows;       /* that are joined */
    double table_rows; /* before any filter */
    double row_bytes;
} JoinRelation;

/* Columns that are all equal. */
typedef struct JoinClass {
    uint64_t relations; /* bits */
    double *distinct;   /* one a relation: values of its column */
} JoinClass;

/* Another condition over several relations. */
typedef struct JoinCondition {
    uint64_t relations;
    bool equality; /* between expressions: can be a key */
    double share;  /* of the rows for which it is true */
} JoinCondition;

typedef struct JoinGraph {
    uint32_t relation_count;
    const JoinRelation *relations;
    uint32_t class_count;
    const JoinClass *classes; /* at most 64 */
    uint32_t condition_count;
    const JoinCondition *conditions;
} JoinGraph;

/* A join of two of: relations 0..relation_count-1, then the results of earlier steps. The right one is the
 * smaller. */
typedef struct JoinStep {
    uint32_t left;
    uint32_t right;
} JoinStep;

/* relation_count - 1 steps. */
const JoinStep *join_order_search(Arena *arena, const JoinGraph *graph);

/* The share of pairs of rows that agree in all of the classes. */
double join_order_share(const JoinGraph *graph, uint64_t left, uint64_t right, uint64_t classes);

#endif
