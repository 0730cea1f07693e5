/* expr/program.h: expressions compiled to a flat program over vector registers, one kernel call an
 * instruction.
 *
 * Common subexpressions run once. Constants stay constants; a call whose only varying argument is a
 * dictionary vector runs once per entry in use and gives a dictionary vector (remembered by dictionary id);
 * runs of AND, OR, CASE and COALESCE evaluate their arms under the selection that is left. A Program belongs
 * to one task: not thread-safe. */
#ifndef RUNNEL_EXPR_PROGRAM_H
#define RUNNEL_EXPR_PROGRAM_H

#include "column/batch.h"
#include "expr/expr.h"
#include "expr/session.h"

typedef struct Program Program;

/* `budget` bounds registers and scratch. Expressions and session must outlive the program. */
Status program_new(const Expr *const *expressions, uint32_t count, const Session *session, Budget *budget,
                   Program **program, Error *error);
void program_destroy(Program **self);

/* Evaluate all expressions over the batch's selected rows into results[]: vectors of batch->rows physical
 * rows, whose rows outside the selection are arbitrary. Valid until the next call on this program. An error
 * carries the SQL position of the call that failed. */
Status program_evaluate(Program *program, const Batch *batch, Vector *results, Error *error);

/* Evaluate the expressions as conjuncts, each under what the ones before left: the rows where all are true.
 * `selection` has room for batch->rows numbers. */
Status program_filter(Program *program, const Batch *batch, uint32_t *selection, uint32_t *count,
                      Error *error);

/* The value of an expression without column references, as a constant (what folding uses). */
Status program_fold(Arena *arena, const Expr *expr, const Session *session, Expr **constant, Error *error);

#endif
