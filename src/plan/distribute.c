#include "plan/distribute.h"

PlanNode *
distribute_copy(Distribution *d, const PlanNode *node, PlanNode *child)
{
    PlanNode *copy = ARENA_NEW(d->arena, PlanNode);

    *copy = *node;
    copy->children = NULL;
    copy->child_count = child == NULL ? 0 : 1;
    if (child != NULL) {
        copy->children = ARENA_ARRAY(d->arena, PlanNode *, 1);
        copy->children[0] = child;
    }
    return copy;
}

static void
open_leaf(Distribution *d, const PlanNode *node, Piece *piece)
{
    PlanNode *source = distribute_copy(d, node, NULL);

    *piece = (Piece){.node = source, .source = source};
}

/* An exchange that the plan asks for: rows to the partitions that a table is written in. */
static Status
distribute_exchange(Distribution *d, const PlanNode *node, Piece *piece)
{
    if (node->exchange.form == EXCHANGE_FORM_GATHER)
        return distribute_is_single(piece) ? STATUS_OK : distribute_gather(d, piece, NULL);
    return distribute_cut(d, piece, &node->exchange);
}

static bool
keeps_rows(const PlanNode *node)
{
    return node->kind == PLAN_PROJECT || node->kind == PLAN_RESULT;
}

Status
distribute_node(Distribution *d, const PlanNode *node, bool at_root, Piece *piece)
{
    if (node->child_count == 0) {
        open_leaf(d, node, piece);
        return STATUS_OK;
    }
    if (node->kind == PLAN_HASH_JOIN || node->kind == PLAN_NESTED_LOOP_JOIN)
        return distribute_join(d, node, piece);
    if (node->kind == PLAN_SET_OPERATION)
        return distribute_union(d, node, piece);

    TRY(distribute_node(d, node->children[0], at_root && keeps_rows(node), piece));
    switch (node->kind) {
    case PLAN_RESULT: return STATUS_OK;
    case PLAN_FILTER:
    case PLAN_PROJECT:
    case PLAN_EXPAND:
    case PLAN_REPEAT:
    case PLAN_WRITE: piece->node = distribute_copy(d, node, piece->node); return STATUS_OK;
    case PLAN_AGGREGATE: return distribute_aggregate(d, node, piece);
    case PLAN_SORT: return distribute_sort(d, node, piece);
    case PLAN_TOP_N: return distribute_top_n(d, node, piece);
    case PLAN_LIMIT: return distribute_limit(d, node, at_root, piece);
    case PLAN_EXCHANGE: return distribute_exchange(d, node, piece);
    default:
        return error_set(d->error, STATUS_NOT_SUPPORTED, "%s is not supported yet", plan_node_type(node));
    }
}

Status
plan_distribute(Arena *arena, PlanNode *optimized, const Session *session, const ClusterShape *shape,
                StagedPlan **staged, Error *error)
{
    StagedPlan *plan = ARENA_NEW(arena, StagedPlan);
    Distribution distribution = {
        .arena = arena, .session = session, .shape = shape, .plan = plan, .error = error};
    Piece piece;

    plan->session = *session;
    plan->root_limit = PLAN_NO_LIMIT;
    TRY(distribute_node(&distribution, optimized, true, &piece));
    TRY(distribute_finish(&distribution, &piece));
    *staged = plan;
    return STATUS_OK;
}
