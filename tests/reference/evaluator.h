/* tests/reference/evaluator.h: a bound plan, run a row at a time as its definition reads.
 *
 * No rule of the optimiser, no hashing, no batches, no stages: joins are loops, dependent subqueries run for
 * each row, groups and frames are found by looking at every row. What it shares with the engine is the
 * binder, and the kernels of functions and aggregates, which it calls for one row. */
#ifndef RUNNEL_TESTS_REFERENCE_EVALUATOR_H
#define RUNNEL_TESTS_REFERENCE_EVALUATOR_H

#include "expr/program.h"
#include "plan/plan.h"
#include "rows.h"
#include "store/catalog.h"

/* The rows that EXPR_OUTER means: level 1 is `row`, level 2 that of `outer`. */
typedef struct Around {
    const Value *row;
    uint32_t width;
    const struct Around *outer;
} Around;

typedef struct Evaluator {
    Arena *arena;
    const Session *session;
    const char *root; /* folder of the tablets */
    uint64_t steps;   /* that are left before it is too slow: CANCELLED */
    Error *error;
    struct Compiled *compiled; /* expressions that were met */
    struct SharedRows *shared;
    struct WorkingRows *working;
} Evaluator;

/* The node's rows. `around` is NULL at the top. */
Status evaluator_rows(Evaluator *evaluator, const PlanNode *node, const Around *around, Rows *rows);
void evaluator_destroy(Evaluator *evaluator); /* but not the arena */

/* ---- what the parts share ---- */

/* One of the steps. */
Status evaluator_step(Evaluator *evaluator);

/* An expression of `node` over a row. */
Status evaluator_value(Evaluator *evaluator, const PlanNode *node, const Expr *expr, const Value *row,
                       uint32_t width, const Around *around, Value *value);

Status evaluator_scan(Evaluator *evaluator, const PlanNode *node, const Around *around, Rows *rows);
Status evaluator_join(Evaluator *evaluator, const PlanNode *node, const Around *around, Rows *rows);
Status evaluator_aggregate(Evaluator *evaluator, const PlanNode *node, const Around *around, Rows *rows);
Status evaluator_window(Evaluator *evaluator, const PlanNode *node, const Around *around, Rows *rows);

/* In order of the keys, ties by the remaining columns, ascending. */
void evaluator_sort(Evaluator *evaluator, Rows *rows, const SortKey *keys, uint32_t key_count);

/* The call over these rows of its input. */
Status evaluator_call(Evaluator *evaluator, const PlanAggregateCall *call, const Rows *rows, Value *value);

#endif
