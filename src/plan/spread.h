/* plan/spread.h: how a column's values are spread, as its statistics tell: shares of its non-NULL rows. */
#ifndef RUNNEL_PLAN_SPREAD_H
#define RUNNEL_PLAN_SPREAD_H

#include "plan/prune.h"

/* False where statistics do not tell. */
bool spread_equal(Type type, const ColumnStatistics *statistics, const PruneValue *value, double *share);

/* Of values less than `value`, or, with `inclusive`, at most it. */
bool spread_below(Type type, const ColumnStatistics *statistics, const PruneValue *value, bool inclusive,
                  double *share);

/* Of values for which a condition on nothing but the column is true, by trying it on the common values and on
 * those that bound the others. Fails where the condition does, and for what the session decides. */
bool spread_tried(Type type, const ColumnStatistics *statistics, const Expr *condition, uint32_t column,
                  double *share);

/* How many different values an expression of nothing but the column has, by computing it for those same
 * values: only where they are so few that others are unlikely. */
bool spread_distinct(Type type, const ColumnStatistics *statistics, const Expr *expr, uint32_t column,
                     double *distinct);

#endif
