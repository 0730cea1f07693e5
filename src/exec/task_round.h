/* exec/task_round.h: a subplan run within a task, as one round of a recursion. */
#ifndef RUNNEL_EXEC_TASK_ROUND_H
#define RUNNEL_EXEC_TASK_ROUND_H

#include "column/builder.h"
#include "exec/spill.h"

/* The rows that WORKING leaves of that number give. */
typedef struct WorkingRows {
    uint32_t number;
    RowBuilder *rows;
    Spill *spilled; /* closed: all of them are here, none in `rows`; NULL: memory held them */
    const struct WorkingRows *outer;
} WorkingRows;

/* Runs `root` into `sink`, which is the round's from now on, also where making it fails. The round is driven
 * by task_step() and shares budget, environment and cancellation with the task around it. */
Status task_round_new(const OperatorContext *context, const PlanNode *root, const WorkingRows *working,
                      Operator *sink, Task **made, Error *error);

#endif
