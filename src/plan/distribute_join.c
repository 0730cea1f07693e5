/* Joins: the build side is sent whole to every process that probes. */
#include "plan/distribute.h"

/* Rows of the build side that match nothing come out once only where one task sees all probes. */
static bool
needs_all_probes(JoinKind kind)
{
    return kind == JOIN_RIGHT || kind == JOIN_FULL;
}

static void
put_join(Distribution *d, const PlanNode *node, Piece *probe, const Piece *build)
{
    PlanNode *join = distribute_copy(d, node, NULL);

    join->child_count = 2;
    join->children = ARENA_ARRAY(d->arena, PlanNode *, 2);
    join->children[0] = probe->node;
    join->children[1] = build->node;
    probe->node = join;
}

static Status
join_broadcast(Distribution *d, const PlanNode *node, Piece *probe, Piece *build)
{
    const PlanExchange broadcast = {.form = EXCHANGE_FORM_BROADCAST, .hash_column = -1, .partition_count = 1};

    if (needs_all_probes(node->join.kind) && !distribute_is_single(probe))
        TRY(distribute_gather(d, probe, NULL));
    TRY(distribute_cut(d, build, &broadcast));
    put_join(d, node, probe, build);
    return STATUS_OK;
}

Status
distribute_join(Distribution *d, const PlanNode *node, Piece *piece)
{
    Piece build;

    TRY(distribute_node(d, node->children[0], false, piece));
    TRY(distribute_node(d, node->children[1], false, &build));
    return join_broadcast(d, node, piece, &build);
}
