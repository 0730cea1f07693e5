/* WITH queries that are computed once: a stage with an output for each reference; and recursive ones: one
 * task. */
#include "plan/distribute.h"
#include "plan/walk.h"

struct SharedStage {
    const PlanShared *shared;
    uint32_t stage;
    PlanNode *root;
    PlanExchange exchange; /* to each reference */
    SharedStage *next;
};

static SharedStage *
find_stage(const Distribution *d, const PlanShared *shared)
{
    SharedStage *entry = d->shared;

    while (entry != NULL && entry->shared != shared)
        entry = entry->next;
    return entry;
}

/* The first reference: cut the stage. */
static Status
cut_shared(Distribution *d, const PlanShared *shared, Piece *piece)
{
    SharedStage *entry = ARENA_NEW(d->arena, SharedStage);
    PlanExchange exchange = {.form = EXCHANGE_FORM_GATHER, .hash_column = -1, .partition_count = 1};

    TRY(distribute_node(d, shared->input, false, piece));
    distribute_make_tasks(d, piece);
    if (piece->task_count > 1) {
        exchange.form = EXCHANGE_FORM_BY_TASK;
        exchange.partition_count = distribute_merge_partitions(d->shape, 0);
    }
    *entry = (SharedStage){.shared = shared, .root = piece->node, .exchange = exchange, .next = d->shared};
    TRY(distribute_cut(d, piece, &exchange));
    entry->stage = d->plan->stage_count - 1;
    d->shared = entry;
    return STATUS_OK;
}

Status
distribute_shared(Distribution *d, const PlanNode *node, Piece *piece)
{
    SharedStage *entry = find_stage(d, node->shared);

    if (entry == NULL)
        return cut_shared(d, node->shared, piece);
    return distribute_add_output(d, entry->stage, entry->root, &entry->exchange, piece);
}

/* ---- recursion ---- */

static bool
reads_working(const PlanNode *node)
{
    if (node->kind == PLAN_WORKING)
        return true;
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (reads_working(node->children[i]))
            return true;
    }
    return false;
}

/* The subplan for the one task: what does not depend on the rounds is computed outside and sent whole. */
static Status
make_local(Distribution *d, const PlanNode *node, PlanNode **local)
{
    const PlanExchange broadcast = {.form = EXCHANGE_FORM_BROADCAST, .hash_column = -1, .partition_count = 1};
    Piece piece;

    if (!reads_working(node) && node->kind != PLAN_VALUES) {
        TRY(distribute_node(d, node, false, &piece));
        TRY(distribute_cut(d, &piece, &broadcast));
        *local = piece.node;
        return STATUS_OK;
    }
    *local = ARENA_NEW(d->arena, PlanNode);
    **local = *node;
    (*local)->children = ARENA_ARRAY(d->arena, PlanNode *, node->child_count);
    for (uint32_t i = 0; i < node->child_count; i++)
        TRY(make_local(d, node->children[i], &(*local)->children[i]));
    return STATUS_OK;
}

Status
distribute_recursive(Distribution *d, const PlanNode *node, Piece *piece)
{
    PlanNode *recursive = distribute_copy(d, node, NULL);

    TRY(distribute_node(d, node->children[0], false, piece));
    if (!distribute_is_single(piece))
        TRY(distribute_gather(d, piece, NULL));
    recursive->child_count = 2;
    recursive->children = ARENA_ARRAY(d->arena, PlanNode *, 2);
    recursive->children[0] = piece->node;
    TRY(make_local(d, node->children[1], &recursive->children[1]));
    piece->node = recursive;
    return STATUS_OK;
}
