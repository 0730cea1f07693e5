/* exec/operator.h: the one interface of operators: sinks that batches are pushed into.
 *
 * push() lends the batch for the call. It may set *enough: no more input is needed (travels upstream: LIMIT). finish() is
 * called after the last push, again and again until it sets *done, so that long ends (merging, sorting) run in bounded
 * steps; it pushes what is left downstream, and its caller then finishes the downstream operator. */
#ifndef RUNNEL_EXEC_OPERATOR_H
#define RUNNEL_EXEC_OPERATOR_H

#include "column/batch.h"
#include "exec/task.h"

typedef struct Operator Operator;

typedef struct OperatorClass {
    const char *name;
    Status (*push)(Operator *self, const Batch *batch, bool *enough, Error *error);
    Status (*finish)(Operator *self, bool *done, Error *error);
    void (*destroy)(Operator *self);
} OperatorClass;

struct Operator {
    const OperatorClass *class;
    Operator            *downstream; /* NULL for the last one (exchange sinks, builds) */
    NodeCounters        *counters;
};

/* What operators of a task share. */
typedef struct OperatorContext {
    const StagedPlan      *plan;
    const Session         *session;
    const TaskEnvironment *environment;
    Budget                *budget; /* the task's */
    uint32_t               stage;
    uint32_t               task;
    uint32_t               attempt;
} OperatorContext;

/* Pushes to the downstream operator, counting rows. */
Status operator_emit(Operator *self, const Batch *batch, bool *enough, Error *error);

#endif
