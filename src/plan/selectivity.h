/* plan/selectivity.h: the share of rows for which conditions are true. */
#ifndef RUNNEL_PLAN_SELECTIVITY_H
#define RUNNEL_PLAN_SELECTIVITY_H

#include "plan/plan.h"

/* The share of the node's input rows for which the condition is true. */
double estimate_selectivity(const PlanNode *node, const Expr *condition);

/* The same of all conjuncts together: those that bound one column from both sides are one range, equal
 * columns aside they count as independent. */
double estimate_conjuncts(const PlanNode *node, Expr *const *conjuncts, uint32_t count);

#endif
