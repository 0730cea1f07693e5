/* plan/outer.h: what a plan refers to outside of itself.
 *
 * An EXPR_OUTER that stands below `depth` right sides of DEPENDENT_JOINs of a plan refers outside of it where
 * its level is more than `depth`: by `level - depth` levels. */
#ifndef RUNNEL_PLAN_OUTER_H
#define RUNNEL_PLAN_OUTER_H

#include "plan/plan.h"

/* The outer reference again, or what stands in its place; new expressions are the map's own. */
typedef Expr *(*OuterMap)(void *context, Expr *outer, uint32_t depth);

/* The expression with each reference beyond `depth` replaced; itself where it has none. */
Expr *outer_map_expr(Arena *arena, Expr *expr, uint32_t depth, OuterMap map, void *context);
/* The same for all expressions of a plan, in place: nodes are changed, expressions are not. The plan must be
 * a tree as far as it has such references. */
void outer_map_plan(Arena *arena, PlanNode *plan, OuterMap map, void *context);

/* Whether something refers outside by exactly `level` levels; 0: by any. */
bool outer_expr_refers(const Expr *expr, uint32_t level);
bool outer_plan_refers(const PlanNode *plan, uint32_t level);

/* References by one level more or less: what moving a plan into the right side of
 * a DEPENDENT_JOIN, or out of one, does to it. */
void outer_raise_plan(Arena *arena, PlanNode *plan);
void outer_lower_plan(Arena *arena, PlanNode *plan); /* nothing refers by one level */
Expr *outer_lower_expr(Arena *arena, Expr *expr);

#endif
