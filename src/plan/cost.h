/* plan/cost.h: what work costs, in nanoseconds of one core: for choosing between plans that mean the same,
 * never for more. Figures are of one machine of 2025; only their ratios matter. */
#ifndef RUNNEL_PLAN_COST_H
#define RUNNEL_PLAN_COST_H

#include "plan/plan.h"

/* Bytes of a row in memory and on the wire, about. */
double cost_row_bytes(const PlanNode *node);

/* Put rows into the build side of a join. */
double cost_build(double rows, double row_bytes);
/* Look rows up in a build of so many bytes. */
double cost_probe(double rows, double build_bytes);
/* Compare all pairs. */
double cost_pairs(double left_rows, double right_rows);
/* Make the rows that a join gives. */
double cost_output(double rows);
/* Partition, encode, send and decode. */
double cost_move(double bytes);
/* Begin and end the tasks that an exchange leads to. */
double cost_stage(double tasks);

#endif
