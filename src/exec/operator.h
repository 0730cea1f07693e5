/* exec/operator.h: the one interface of operators: sinks that batches are pushed into.
 *
 * push() lends the batch for the call. It may set *enough: no more input is needed (travels upstream: LIMIT).
 * finish() is called after the last push, again and again until it sets *done, so that long ends (merging,
 * sorting) run in bounded steps; it pushes what is left downstream, and its caller then finishes the
 * downstream operator. */
#ifndef RUNNEL_EXEC_OPERATOR_H
#define RUNNEL_EXEC_OPERATOR_H

#include "column/batch.h"
#include "exec/task.h"

typedef struct Operator Operator;

typedef struct OperatorClass {
    const char *name;
    Status (*push)(Operator *self, const Batch *batch, bool *enough, Error *error); /* NULL for feeds */
    Status (*finish)(Operator *self, bool *done, Error *error); /* NULL: nothing is left to push */
    void (*destroy)(Operator *self);                            /* frees the operator itself, too */
} OperatorClass;

/* What operators of a task share. */
typedef struct OperatorContext {
    const StagedPlan *plan;
    const Session *session;
    const TaskEnvironment *environment;
    Budget *budget;  /* the task's, for what grows with its input: refused where memory is out */
    Budget *in_hand; /* the task's, for a batch or a chunk in hand: bounded, and never refused */
    Budget *values;  /* the task's, for what expressions make of a batch: refused only where it is large */
    uint32_t stage;
    uint32_t task;
    uint32_t attempt;
    const struct WorkingRows *working; /* of a recursion's round (exec/task_round.h), or NULL */
    uint32_t batch_rows;               /* the most rows of a batch that an operator makes */
    int64_t time_mark;                 /* time up to here is on some node's account */
    bool complete;                     /* the task is done: everything is sent */
} OperatorContext;

struct Operator {
    const OperatorClass *class;
    OperatorContext *context;
    Operator *downstream; /* NULL for the last one (exchange sinks, builds) */
    NodeCounters *counters;
};

/* The start of a pipeline: makes a batch or so a step and emits it. */
typedef struct Feed {
    Operator base;
    /* *exhausted: there is no more, or downstream has enough. */
    Status (*step)(struct Feed *self, bool *exhausted, Error *error);
} Feed;

void operator_init(Operator *self, const OperatorClass *class, OperatorContext *context, uint32_t node_id);

/* Pushes to the downstream operator, counting rows and time. A batch of no rows is not passed on. CANCELLED
 * where the task was cancelled: whoever emits in a loop is checked often enough. */
Status operator_emit(Operator *self, const Batch *batch, bool *enough, Error *error);

/* The same of an aligned slice of rows, which may be larger than a batch where tests make batches small: it
 * is emitted in parts, for which its selection is set. */
Status operator_emit_slice(Operator *self, Batch *slice, bool *enough, Error *error);

/* For loops that do not emit: CANCELLED where the task was cancelled. */
Status operator_check_cancelled(const Operator *self, Error *error);

/* Charge the time since the last mark to `counters`. */
void operator_charge_time(OperatorContext *context, NodeCounters *counters);

/* The operator holds so many bytes now: the counter keeps the peak. */
void operator_note_memory(Operator *self, size_t bytes);

#endif
