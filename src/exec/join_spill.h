/* exec/join_spill.h: joins whose build does not fit in memory; private to join.c, join_build.c, join_spill.c.
 *
 * Rows of the build leave for SPILL_FANOUT parts by the hash of their keys, and so do the probe's; at the end
 * part after part of the build is loaded and probed by its part of the probe. A part that does not fit is
 * parted again, both sides alike; one that cannot be parted is probed in passes (exec/join_passes.h). Where
 * more than equal keys decides which rows meet, all rows are of one part. A shared build is parted once, by
 * the task that fills it, and its parts are read by every task for itself. */
#ifndef RUNNEL_EXEC_JOIN_SPILL_H
#define RUNNEL_EXEC_JOIN_SPILL_H

#include "exec/join_build.h"
#include "exec/join_probe.h"

/* Whether there is a place for it. */
bool join_can_spill(const Operator *operator);

/* join_build.c's sink: the rows that the build holds leave for its parts; it is not complete yet. */
Status join_build_spill(const Operator *sink, JoinBuild *build, Error *error);
Status join_build_append_spilled(const Operator *sink, JoinBuild *build, const Batch *batch, Error *error);

/* join.c: a batch of the probe, keys set, whose build is spilled; and the end. */
Status join_push_spilled(Join *self, const Batch *batch, Error *error);
Status join_finish_spilled(Join *self, bool *done, Error *error);
void join_spill_destroy(JoinSpill **self, Budget *in_hand);

#endif
