/* plan/property.h: what can be told of a plan's rows without running it. */
#ifndef RUNNEL_PLAN_PROPERTY_H
#define RUNNEL_PLAN_PROPERTY_H

#include "plan/plan.h"

bool plan_has_one_row(const PlanNode *node);         /* always exactly one */
bool plan_has_at_most_one_row(const PlanNode *node); /* never two */

/* Whether asking for its rows can be an error, by an expression or by a second row of a scalar subquery. */
bool plan_can_fail(const PlanNode *node);
/* The same, but for sums and products that outgrow their type. */
bool plan_can_fail_otherwise(const PlanNode *node);

#endif
