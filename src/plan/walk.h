/* plan/walk.h: going over a plan's nodes, and what a node's expressions refer to. */
#ifndef RUNNEL_PLAN_WALK_H
#define RUNNEL_PLAN_WALK_H

#include "base/error.h"
#include "plan/plan.h"

static inline bool
plan_is_join(const PlanNode *node)
{
    return node->kind == PLAN_HASH_JOIN || node->kind == PLAN_NESTED_LOOP_JOIN;
}

/* A join, also one whose right side depends on the left. */
static inline bool
plan_has_sides(const PlanNode *node)
{
    return plan_is_join(node) || node->kind == PLAN_DEPENDENT_JOIN;
}

static inline bool
plan_key_is_null_safe(const PlanJoin *join, uint32_t key)
{
    return join->null_safe != NULL && join->null_safe[key];
}

/* Whether rows of the left child come out without a match, right columns NULL. */
static inline bool
plan_keeps_left(JoinKind kind)
{
    return kind == JOIN_LEFT || kind == JOIN_FULL || kind == JOIN_SINGLE;
}

/* Whether rows of the right child come out without a match, left columns NULL: once, by whoever sees all
 * left rows that could match. */
static inline bool
plan_keeps_right(JoinKind kind)
{
    return kind == JOIN_RIGHT || kind == JOIN_FULL;
}

/* The columns that the node's expressions refer to: the read columns of a scan, left then right ones of a
 * join, else the first child's. `*columns` is memory of `arena` where it had to be put together. */
uint32_t plan_input_columns(Arena *arena, const PlanNode *node, const PlanColumn **columns);

/* Leaves below a node that a leaf stage's tasks read: not what exchanges bring, nor the build sides of joins.
 */
uint32_t plan_source_count(const PlanNode *node);

/* Type and label without saying a word twice: "hash_join: left join on a = b", but "scan events". */
void plan_format_title(const PlanNode *node, const char *separator, Buffer *out);

/* Append an expression of the node as SQL text with the names of its input. */
void plan_format_expr(const Expr *expr, const PlanNode *node, Buffer *out);

/* "?" where there is no such column (or no node). */
const char *plan_column_name(const PlanNode *node, uint32_t column);

/* Call `visit` for every expression of the node, until it fails; it may put another one in the slot. */
Status plan_visit_expressions(PlanNode *node, Status (*visit)(void *context, Expr **expr), void *context);

/* The plan's nodes, each once, children before parents; `*nodes` is memory of `arena`. */
uint32_t plan_collect(Arena *arena, PlanNode *root, PlanNode ***nodes);

/* Number the nodes 1.. in the order of the tree from the root down; shared ones once. Returns the count. */
uint32_t plan_number(Arena *arena, PlanNode *root);

#endif
