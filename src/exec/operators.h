/* exec/operators.h: the constructors of operators, one a plan node kind, and of the feeds that pipelines
 * begin with.
 *
 * Each makes an operator without a downstream; the task links it. On failure nothing is left to free. Nodes,
 * context and environment must outlive what is made. */
#ifndef RUNNEL_EXEC_OPERATORS_H
#define RUNNEL_EXEC_OPERATORS_H

#include "exec/operator.h"

typedef struct JoinBuild JoinBuild;
typedef struct JoinInput JoinInput;
typedef struct JoinFilter JoinFilter;

Status filter_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error);
Status project_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error);
Status expand_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error);
Status repeat_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error);
Status limit_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error);
Status sort_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error);
Status top_n_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error);
Status aggregate_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error);
Status partition_top_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error);
Status window_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error);
Status distinct_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error);
Status write_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error);
Status export_new(OperatorContext *context, const PlanNode *node, Operator **made,
                  Error *error); /* WRITE with a file */

/* Passes batches on: RESULT, and SET_OPERATION, which is UNION ALL here. */
Status pass_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error);

/* Joins read a build (exec/join_build.h), which a build sink has filled before the first probe. */
Status hash_join_new(OperatorContext *context, const PlanNode *node, const JoinInput *input, Operator **made,
                     Error *error);
Status nested_loop_join_new(OperatorContext *context, const PlanNode *node, const JoinInput *input,
                            Operator **made, Error *error);
Status join_build_sink_new(OperatorContext *context, const PlanNode *node, JoinInput *input, Operator **made,
                           Error *error);

/* Where a stage ends: the exchange that it feeds. */
Status exchange_sink_new(OperatorContext *context, const Exchange *exchange, Operator **made, Error *error);
/* Pushes to several sinks, which it owns; has enough when all of them have. */
Status tee_new(OperatorContext *context, uint32_t node_id, uint32_t sink_count, Operator **sinks,
               Operator **made, Error *error);

/* `replicated`: every task gives the rows (the build side of a join); else only the stage's first task does.
 */
Status values_feed_new(OperatorContext *context, const PlanNode *node, bool replicated, Feed **made,
                       Error *error);
Status exchange_feed_new(OperatorContext *context, const PlanNode *node, Feed **made, Error *error);
/* `top`: the TOP_N that takes the scan's rows, its first key being their column `top_column`, or NULL: its
 * bound is applied. */
Status scan_feed_new(OperatorContext *context, const PlanNode *node, const StageTask *task,
                     const PlanNode *top, uint32_t top_column, Feed **made, Error *error);
/* Rows that the filters (of columns of the node, copied) rule out are left out; their builds must be complete
 * before the first step. */
void scan_feed_set_filters(Feed *feed, const JoinFilter *filters, uint32_t count);
Status file_feed_new(OperatorContext *context, const PlanNode *node, const StageTask *task, Feed **made,
                     Error *error);

/* A recursion's rounds (exec/task_round.h), and within them the rows of the round before. */
Status recursive_feed_new(OperatorContext *context, const PlanNode *node, Feed **made, Error *error);
Status working_feed_new(OperatorContext *context, const PlanNode *node, Feed **made, Error *error);

#endif
