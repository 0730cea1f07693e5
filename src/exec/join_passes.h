/* exec/join_passes.h: a build that does not fit and cannot be parted by keys (there are none, all are equal,
 * or it is a MARK's) is probed in passes: as many of its rows as fit are loaded and probed by all rows of the
 * probe, then the next ones. Private to join_*.c.
 *
 * What is known of a probe's row after a pass, two bits, is kept for the next: only the last one can say that
 * a row has no match. */
#ifndef RUNNEL_EXEC_JOIN_PASSES_H
#define RUNNEL_EXEC_JOIN_PASSES_H

#include "exec/join_probe.h"

/* Batches are those of the reader of the build's rows: the same in every reading. */
typedef struct JoinPasses {
    uint64_t first;  /* batch of the build that this pass begins with */
    uint64_t loaded; /* batches of this pass */
    uint64_t most;   /* batches of a pass; 0: as many as fit */
    bool last;       /* this pass has the last rows of the build */
    uint64_t probe_rows;
    uint64_t next_probe_row;
    uint64_t *matched; /* a bit a row of the probe; NULL while there was no pass before this one */
    uint64_t *unknown;
    size_t bytes;
} JoinPasses;

void join_passes_begin(JoinPasses *passes, uint64_t probe_rows);
void join_passes_end(JoinPasses *passes, Budget *in_hand);

/* Rows of the build follow in another pass: room for what this one finds. Refused as memory is. */
Status join_passes_expect_more(JoinPasses *passes, JoinKind kind, Budget *in_hand, Error *error);

/* Memory was out after so many batches, that of the refusal included: fewer a pass from now on, beginning
 * with this one's first. False where it cannot be less. */
bool join_passes_narrow(JoinPasses *passes, uint64_t batches);

/* Into `matched` and `unknown` of the next `count` rows of the probe: what is known from passes before. */
void join_passes_recall(const JoinPasses *passes, Join *join, uint32_t count);
void join_passes_note(JoinPasses *passes, const Join *join, uint32_t count);

#endif
