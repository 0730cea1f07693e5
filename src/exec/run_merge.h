/* exec/run_merge.h: sorted runs on disk, merged into one sequence. */
#ifndef RUNNEL_EXEC_RUN_MERGE_H
#define RUNNEL_EXEC_RUN_MERGE_H

#include "exec/sort_key.h"
#include "exec/spill.h"

enum { MERGE_RUNS_MAX = 16 };

typedef struct RunMerge RunMerge;

/* Takes the runs (closed, at most MERGE_RUNS_MAX), which leave the disk as they are read; on failure, too. */
Status run_merge_new(const Operator *operator, const SortOrder * order, Spill **runs, uint32_t run_count,
                     RunMerge **made, Error *error);
void run_merge_destroy(RunMerge **self);

/* Drop up to *rows of the first rows, in a bounded step; what is left to drop in *rows. */
Status run_merge_skip(RunMerge *merge, uint64_t *rows, Error *error);
/* The next rows, valid until the next call; they may be none before *end. */
Status run_merge_next(RunMerge *merge, Batch *batch, bool *end, Error *error);

#endif
