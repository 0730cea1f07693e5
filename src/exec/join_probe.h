/* exec/join_probe.h: the probe side of a join; private to join.c and join_*.c. */
#ifndef RUNNEL_EXEC_JOIN_PROBE_H
#define RUNNEL_EXEC_JOIN_PROBE_H

#include "exec/join_build.h"
#include "exec/operators.h"
#include "expr/program.h"

typedef struct JoinSpill JoinSpill;
typedef struct JoinPasses JoinPasses;

typedef struct Join {
    Operator base;
    const PlanNode *node;
    const PlanJoin *plan;
    const JoinInput *input;       /* what is probed: the whole, or the part of it that is loaded */
    const JoinInput *whole_input; /* of all right rows */
    JoinSpill *spill;             /* NULL: the build is in memory */
    JoinPasses *passes;           /* of the part that is loaded; NULL: `input` has all of its rows */
    uint32_t left_count;
    uint32_t right_count;
    Program *residual; /* NULL: none */
    bool *needed;      /* by output or residual: left columns, then right ones */
    Vector *keys;
    Vector *joined; /* left columns, then right ones, then the mark */
    Vector *output;
    Vector *nulls; /* a constant NULL for each column of both sides */
    Arena *constants;
    Arena *arena; /* of the batch that is emitted */

    uint64_t *seen; /* RIGHT, FULL: a bit a build row that matched; NULL until it is needed */
    size_t seen_bytes;
    uint32_t next_unseen; /* while finishing: the first row not looked at */

    uint32_t groups[BATCH_ROWS];
    bool matched[BATCH_ROWS]; /* of the i-th row that counts */
    bool unknown[BATCH_ROWS]; /* MARK: whether some right row gives NULL */
    uint32_t pair_count;
    uint32_t pair_index[BATCH_ROWS]; /* i of the pair's left row */
    uint32_t left_rows[BATCH_ROWS];
    uint32_t right_rows[BATCH_ROWS];
    uint32_t selection[BATCH_ROWS];
} Join;

/* join.c: join a batch with what `input` has. */
Status join_probe_batch(Join *self, const Batch *batch, bool *enough, Error *error);
/* join.c: emit `joined` columns as the node's. */
Status join_emit(Join *self, uint32_t rows, const uint32_t *selection, uint32_t count, bool *enough,
                 Error *error);

/* join_pairs.c: all pairs with equal keys that the residual leaves: their left rows are marked as matched,
 * and the kinds of join that give pairs emit them. */
Status join_push_pairs(Join *self, const Batch *batch, bool *enough, Error *error);
/* One more candidate for the i-th row; gives the pairs to `flush` where as many as a batch holds are there.
 */
Status join_add_pair(Join *self, const Batch *batch, uint32_t i, uint32_t right_row,
                     Status (*flush)(Join *self, const Batch *batch, bool *enough, Error *error),
                     bool *enough, Error *error);
/* The range of candidates for the i-th row: positions in build->rows, or row numbers where that is NULL. */
void join_candidates(const Join *self, uint32_t i, uint32_t *from, uint32_t *to);
/* The columns that are needed of the pairs, into `joined`. */
Status join_gather_pairs(Join *self, const Batch *batch, Error *error);

/* join_mark.c: set `matched` and `unknown` where the build's rows make them so; emit the batch's rows, each
 * with its mark. */
Status join_mark_rows(Join *self, const Batch *batch, Error *error);
Status join_emit_marks(Join *self, const Batch *batch, bool *enough, Error *error);

/* join_unmatched.c: what RIGHT and FULL know of the build's rows. */
Status join_see(Join *self, const uint32_t *rows, uint32_t count, Error *error); /* GROUP_NONE: none */
Status join_emit_unmatched(Join *self, bool *done, bool *enough, Error *error);
void join_forget_seen(Join *self);

#endif
