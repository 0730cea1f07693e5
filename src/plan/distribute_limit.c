/* SORT, TOP_N and LIMIT before and after exchanges. */
#include "plan/distribute.h"

#include <math.h>

Status
distribute_sort(Distribution *d, const PlanNode *node, Piece *piece)
{
    if (!distribute_is_single(piece))
        TRY(distribute_gather(d, piece, NULL));
    piece->node = distribute_copy(d, node, piece->node);
    return STATUS_OK;
}

/* Each task keeps what could be among the first; only the last one drops the offset. */
static PlanNode *
partial_top_n(Distribution *d, const PlanNode *node, PlanNode *child)
{
    PlanNode *partial = distribute_copy(d, node, child);
    PlanSort *sort = &partial->sort;

    if (__builtin_add_overflow(sort->limit, sort->offset, &sort->limit))
        sort->limit = UINT64_MAX;
    sort->offset = 0;
    partial->estimated_rows = fmin(child->estimated_rows, (double)sort->limit);
    return partial;
}

Status
distribute_top_n(Distribution *d, const PlanNode *node, Piece *piece)
{
    if (!distribute_is_single(piece)) {
        piece->node = partial_top_n(d, node, piece->node);
        TRY(distribute_gather(d, piece, piece->node));
    }
    piece->node = distribute_copy(d, node, piece->node);
    return STATUS_OK;
}

static PlanNode *
partial_limit(Distribution *d, const PlanNode *node, PlanNode *child)
{
    PlanNode *partial = distribute_copy(d, node, child);

    if (__builtin_add_overflow(partial->limit.limit, partial->limit.offset, &partial->limit.limit))
        partial->limit.limit = INT64_MAX;
    partial->limit.offset = 0;
    partial->estimated_rows = fmin(child->estimated_rows, (double)partial->limit.limit);
    return partial;
}

/* Straight to the root, which stops after so many rows: no task has to gather them. */
static void
limit_at_root(Distribution *d, const PlanNode *node, Piece *piece)
{
    piece->node = partial_limit(d, node, piece->node);
    d->plan->root_limit = node->limit.limit;
}

Status
distribute_limit(Distribution *d, const PlanNode *node, bool at_root, Piece *piece)
{
    const bool bounded = node->limit.limit != PLAN_NO_LIMIT;

    if (!bounded && node->limit.offset == 0)
        return STATUS_OK;
    if (!distribute_is_single(piece)) {
        if (at_root && bounded && node->limit.offset == 0) {
            limit_at_root(d, node, piece);
            return STATUS_OK;
        }
        PlanNode *partial = bounded ? partial_limit(d, node, piece->node) : NULL;
        if (bounded)
            piece->node = partial;
        TRY(distribute_gather(d, piece, partial));
    }
    piece->node = distribute_copy(d, node, piece->node);
    return STATUS_OK;
}
