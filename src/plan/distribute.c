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

void
distribute_carry_partitions(Distribution *d, Piece *piece, uint32_t column_count,
                            uint32_t (*source)(const PlanNode *node, uint32_t column), const PlanNode *node)
{
    uint32_t *columns = ARENA_ARRAY(d->arena, uint32_t, piece->hash_count);
    uint32_t found = 0;

    for (uint32_t i = 0; i < piece->hash_count; i++) {
        for (uint32_t j = 0; j < column_count && found == i; j++) {
            if (source(node, j) == piece->hash_columns[i])
                columns[found++] = j;
        }
    }
    piece->hash_count = found == piece->hash_count ? found : 0;
    piece->hash_columns = columns;
}

static uint32_t
project_source(const PlanNode *node, uint32_t column)
{
    const Expr *expr = node->project.expressions[column];

    return expr->kind == EXPR_COLUMN ? expr->column : UINT32_MAX;
}

/* An operator that treats rows one by one. */
static Status
add_operator(Distribution *d, const PlanNode *node, Piece *piece)
{
    piece->node = distribute_copy(d, node, piece->node);
    if (node->kind == PLAN_PROJECT)
        distribute_carry_partitions(d, piece, node->column_count, project_source, node);
    else if (node->kind != PLAN_FILTER)
        piece->hash_count = 0;
    return STATUS_OK;
}

static bool
keeps_rows(const PlanNode *node)
{
    return node->kind == PLAN_PROJECT || node->kind == PLAN_RESULT;
}

Status
distribute_node(Distribution *d, const PlanNode *node, bool at_root, Piece *piece)
{
    if (node->kind == PLAN_SHARED)
        return distribute_shared(d, node, piece);
    if (node->kind == PLAN_RECURSIVE)
        return distribute_recursive(d, node, piece);
    if (node->child_count == 0) {
        open_leaf(d, node, piece);
        return STATUS_OK;
    }
    if (node->kind == PLAN_HASH_JOIN || node->kind == PLAN_NESTED_LOOP_JOIN)
        return distribute_join(d, node, piece);
    if (node->kind == PLAN_SET_OPERATION)
        return distribute_union(d, node, piece);

    if (node->kind == PLAN_WINDOW)
        return distribute_windows(d, node, piece);

    TRY(distribute_node(d, node->children[0], at_root && keeps_rows(node), piece));
    switch (node->kind) {
    case PLAN_RESULT: return STATUS_OK;
    case PLAN_FILTER:
    case PLAN_PROJECT:
    case PLAN_EXPAND:
    case PLAN_REPEAT:
    case PLAN_WRITE: return add_operator(d, node, piece);
    case PLAN_AGGREGATE: return distribute_aggregate(d, node, piece);
    case PLAN_SORT: return distribute_sort(d, node, piece);
    case PLAN_TOP_N: return distribute_top_n(d, node, piece);
    case PLAN_PARTITION_TOP: return distribute_partition_top(d, node, piece);
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
