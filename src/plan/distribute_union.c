/* UNION ALL: branches that read tablets, files or values are one leaf stage, of which each task reads for one
 * branch. Branches that come from exchanges are one reduce stage, whose tasks take a partition of each; what
 * has other partitions is spread over as many. */
#include "plan/distribute.h"
#include "plan/walk.h"

#include <string.h>

/* Branches that stand side by side in one stage. */
typedef struct Branches {
    uint32_t count;
    Piece *items;
} Branches;

static PlanNode *
join_branches(Distribution *d, const PlanNode *node, const Branches *branches)
{
    PlanNode **children = ARENA_ARRAY(d->arena, PlanNode *, branches->count);

    if (branches->count == 1)
        return branches->items[0].node;
    for (uint32_t i = 0; i < branches->count; i++)
        children[i] = branches->items[i].node;
    PlanNode *all = plan_node_new(d->arena, PLAN_SET_OPERATION, node->column_count, node->columns,
                                  branches->count, children);
    all->estimated_rows = node->estimated_rows;
    return all;
}

/* One leaf piece that has the sources of all. */
static Piece
join_leaves(Distribution *d, const PlanNode *node, const Branches *leaves)
{
    Piece all = {.node = join_branches(d, node, leaves), .source = leaves->items[0].source};
    uint32_t count = 0;

    for (uint32_t i = 0; i < leaves->count; i++)
        count += 1 + leaves->items[i].more_count;
    all.more = ARENA_ARRAY(d->arena, PlanNode *, count);
    for (uint32_t i = 0; i < leaves->count; i++) {
        const Piece *leaf = &leaves->items[i];
        if (i > 0)
            all.more[all.more_count++] = leaf->source;
        for (uint32_t j = 0; j < leaf->more_count; j++)
            all.more[all.more_count++] = leaf->more[j];
    }
    return all;
}

/* As many partitions as the widest branch has; more than one where many rows come from a leaf stage. */
static uint32_t
common_partitions(Distribution *d, const Branches *reduced, Piece *leaf)
{
    uint32_t partitions = 1;

    for (uint32_t i = 0; i < reduced->count; i++) {
        if (reduced->items[i].task_count > partitions)
            partitions = reduced->items[i].task_count;
    }
    if (leaf != NULL)
        distribute_make_tasks(d, leaf);
    if (partitions == 1 && leaf != NULL && leaf->task_count > 1)
        partitions = distribute_merge_partitions(d->shape, 0);
    return partitions;
}

static Status
spread(Distribution *d, Piece *piece, uint32_t partitions)
{
    const PlanExchange by_task = {
        .form = EXCHANGE_FORM_BY_TASK, .hash_column = -1, .partition_count = partitions};

    if (piece->source == NULL && piece->task_count == partitions)
        return STATUS_OK;
    return partitions == 1 ? distribute_gather(d, piece, NULL) : distribute_cut(d, piece, &by_task);
}

static Status
join_reduced(Distribution *d, const PlanNode *node, Branches *reduced, Piece *leaf, Piece *piece)
{
    const uint32_t partitions = common_partitions(d, reduced, leaf);

    if (leaf != NULL)
        reduced->items[reduced->count++] = *leaf;
    for (uint32_t i = 0; i < reduced->count; i++)
        TRY(spread(d, &reduced->items[i], partitions));
    *piece = (Piece){.node = join_branches(d, node, reduced), .has_tasks = true, .task_count = partitions};
    return STATUS_OK;
}

/* Whether what stands above the sources may run for each of them apart. */
static bool
is_apart(const PlanNode *node)
{
    if (plan_source_count(node) <= 1)
        return true;
    if (node->kind != PLAN_SET_OPERATION && node->kind != PLAN_PROJECT && node->kind != PLAN_FILTER)
        return false;
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (!is_apart(node->children[i]))
            return false;
    }
    return true;
}

/* Of several VALUES, which one task reads alone, a piece may hold what needs all of their rows (an aggregate,
 * a FULL JOIN). Beside tablets its sources have a task each: then it is a stage of its own. */
static Status
keep_together(Distribution *d, Branches *leaves, Branches *reduced)
{
    bool single = true;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < leaves->count; i++)
        single = single && distribute_is_single(&leaves->items[i]);
    for (uint32_t i = 0; i < leaves->count; i++) {
        Piece leaf = leaves->items[i];
        if (single || is_apart(leaf.node)) {
            leaves->items[kept++] = leaf;
            continue;
        }
        TRY(distribute_gather(d, &leaf, NULL));
        reduced->items[reduced->count++] = leaf;
    }
    leaves->count = kept;
    return STATUS_OK;
}

Status
distribute_union(Distribution *d, const PlanNode *node, Piece *piece)
{
    Branches leaves = {.items = ARENA_ARRAY(d->arena, Piece, node->child_count)};
    Branches reduced = {.items = ARENA_ARRAY(d->arena, Piece, node->child_count + 1)};
    Piece branch;
    Piece leaf;

    for (uint32_t i = 0; i < node->child_count; i++) {
        TRY(distribute_node(d, node->children[i], false, &branch));
        Branches *side = branch.source != NULL ? &leaves : &reduced;
        side->items[side->count++] = branch;
    }
    TRY(keep_together(d, &leaves, &reduced));
    if (leaves.count > 0)
        leaf = join_leaves(d, node, &leaves);
    if (reduced.count == 0) {
        *piece = leaf;
        return STATUS_OK;
    }
    return join_reduced(d, node, &reduced, leaves.count > 0 ? &leaf : NULL, piece);
}
