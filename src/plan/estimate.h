/* plan/estimate.h: how many rows and groups a plan's nodes will have, from the tables' statistics. */
#ifndef RUNNEL_PLAN_ESTIMATE_H
#define RUNNEL_PLAN_ESTIMATE_H

#include "column/statistics.h"
#include "plan/plan.h"

/* Statistics of a node's column, followed down to the table it comes from; NULL where it is computed. They
 * are of the table: bounds hold for the node's values, counts need not. */
const ColumnStatistics *estimate_column(const PlanNode *node, uint32_t column);

/* The same for a column that the node's expressions refer to (plan_input_columns). */
const ColumnStatistics *estimate_input(const PlanNode *node, uint32_t column);

/* Distinct values of a column, at most `rows`. */
double estimate_distinct(const PlanNode *node, uint32_t column, double rows);

/* Distinct values that a column can have when it is a key of a join: those of its table where they are known,
 * whatever filters left of its rows (a key that was filtered away finds nothing). */
double estimate_key_distinct(const PlanNode *node, uint32_t column);

/* Rows of the table that the node's rows are some of; the node's own where it is not one table's. */
double estimate_table_rows(const PlanNode *node);

/* Set estimated_rows of every node, groups and key bounds of aggregates, build bounds of joins. */
void estimate_plan(Arena *arena, PlanNode *root);

#endif
