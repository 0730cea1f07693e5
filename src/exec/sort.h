/* exec/sort.h: a sort that passes on only some of the sorted rows: what TOP_N is where its bound is high. */
#ifndef RUNNEL_EXEC_SORT_H
#define RUNNEL_EXEC_SORT_H

#include "exec/operator.h"

Status sort_limited_new(OperatorContext *context, const PlanNode *node, uint64_t offset, uint64_t limit,
                        Operator **made, Error *error);

#endif
