/* plan/join_tree.h: a tree of inner joins taken apart: its relations, and all of its conditions over their
 * columns, numbered through. Private to the rules about joins. */
#ifndef RUNNEL_PLAN_JOIN_TREE_H
#define RUNNEL_PLAN_JOIN_TREE_H

#include "plan/rule.h"

struct Function;

typedef struct JoinTree {
    uint32_t leaf_count;
    PlanNode ***leaves;     /* the slots where they stand: whatever is not an inner join */
    uint32_t *first;        /* the number of each leaf's first column */
    uint32_t column_count;  /* of all leaves */
    const uint32_t *output; /* the tree's columns, by number */
    Conjuncts conditions;
} JoinTree;

/* Columns that some `=` makes equal, by way of others too. */
typedef struct ColumnClass {
    Type type; /* that they are compared as */
    const struct Function *equal;
    uint32_t count;
    uint32_t *columns;
} ColumnClass;

/* An inner or cross join whose rows depend on its conditions alone: part of a tree. */
bool join_tree_is_inner(const PlanNode *node);

/* False where there are more leaves than `most`. */
bool join_tree_flatten(Rewrite *rewrite, PlanNode **root, uint32_t most, JoinTree *tree);

uint32_t join_tree_leaf_of(const JoinTree *tree, uint32_t column);

/* Bits of the leaves that the expression refers to. */
uint64_t join_tree_leaves_of(const JoinTree *tree, const Expr *expr);

/* The classes that the conditions make; is_class[i] tells of each condition whether it is one of their
 * equalities. */
uint32_t join_tree_classes(Rewrite *rewrite, const JoinTree *tree, ColumnClass **classes, bool *is_class);

#endif
