/* A SEMI or ANTI join without further conditions goes below the joins on its left side, onto the one relation
 * that its keys come from, where that has no more rows than they give: the joins then meet only the rows that
 * stay. A key may be replaced by its equal of an inner join's other side. */
#include "plan/estimate.h"
#include "plan/rule.h"
#include "plan/walk.h"

#include <math.h>

/* A place below the join that has all its keys. */
typedef struct Place {
    PlanNode **slot;
    uint32_t *keys; /* columns of the node there */
} Place;

/* The column of the child that the column of an inner join's output is, or is equal to; UINT32_MAX: none. */
static uint32_t
column_of_side(const PlanNode *join, uint32_t column, uint32_t side)
{
    const uint32_t left_count = join->children[0]->column_count;
    const uint32_t at = join->join.output[column];
    const bool of_left = at < left_count;
    const uint32_t own = of_left ? at : at - left_count;
    const uint32_t *from = of_left ? join->join.left_keys : join->join.right_keys;
    const uint32_t *to = of_left ? join->join.right_keys : join->join.left_keys;

    if (of_left == (side == 0))
        return own;
    for (uint32_t k = 0; join->join.kind == JOIN_INNER && k < join->join.key_count; k++)
        if (from[k] == own)
            return to[k];
    return UINT32_MAX;
}

static uint32_t
column_of_child(const PlanNode *node, uint32_t column, uint32_t child)
{
    if (node->kind == PLAN_FILTER)
        return column;
    if (node->kind == PLAN_PROJECT) {
        const Expr *expr = node->project.expressions[column];
        return expr->kind == EXPR_COLUMN ? expr->column : UINT32_MAX;
    }
    return column_of_side(node, column, child);
}

/* How many children, from the first, give rows that the join may choose from before the node does. */
static uint32_t
open_children(const PlanNode *node)
{
    if (node->kind == PLAN_FILTER || node->kind == PLAN_PROJECT)
        return rewrite_is_repeatable(node) ? 1 : 0;
    if (!plan_is_join(node) || plan_keeps_right(node->join.kind))
        return 0;
    return node->join.kind == JOIN_INNER || node->join.kind == JOIN_CROSS ? 2 : 1;
}

static uint32_t *
keys_of_child(Rewrite *rewrite, const PlanNode *node, const uint32_t *keys, uint32_t count, uint32_t child)
{
    uint32_t *below = ARENA_ARRAY(rewrite->arena, uint32_t, count);

    for (uint32_t i = 0; i < count; i++) {
        below[i] = column_of_child(node, keys[i], child);
        if (below[i] == UINT32_MAX)
            return NULL;
    }
    return below;
}

/* Of all places at or below this one, the one with the fewest rows; the upper one of equals. */
static void
find_place(Rewrite *rewrite, PlanNode **slot, uint32_t *keys, uint32_t count, Place *best)
{
    const uint32_t children = open_children(*slot);

    const double rows = (*slot)->estimated_rows;

    if (best->slot == NULL || (rows >= 0 && rows < (*best->slot)->estimated_rows))
        *best = (Place){.slot = slot, .keys = keys};
    for (uint32_t i = 0; i < children; i++) {
        uint32_t *below = keys_of_child(rewrite, *slot, keys, count, i);
        if (below != NULL)
            find_place(rewrite, &(*slot)->children[i], below, count, best);
    }
}

static uint32_t *
all_columns(Rewrite *rewrite, uint32_t count)
{
    uint32_t *columns = ARENA_ARRAY(rewrite->arena, uint32_t, count);

    for (uint32_t i = 0; i < count; i++)
        columns[i] = i;
    return columns;
}

/* The columns that the join gave, of what was its left side. */
static PlanNode *
without_join(Rewrite *rewrite, PlanNode *join)
{
    PlanNode *project =
        plan_node_new(rewrite->arena, PLAN_PROJECT, join->column_count, join->columns, 1, &join->children[0]);

    project->project.expressions = ARENA_ARRAY(rewrite->arena, Expr *, join->column_count);
    for (uint32_t i = 0; i < join->column_count; i++)
        project->project.expressions[i] =
            expr_column(rewrite->arena, join->columns[i].type, join->join.output[i]);
    project->estimated_rows = join->estimated_rows;
    return project;
}

static void
put_join_at(Rewrite *rewrite, const PlanNode *join, const Place *place)
{
    PlanNode *left = *place->slot;
    PlanNode *const sides[] = {left, join->children[1]};
    PlanNode *below =
        plan_node_new(rewrite->arena, PLAN_HASH_JOIN, left->column_count, left->columns, 2, sides);

    below->join = join->join;
    below->join.left_keys = place->keys;
    below->join.output_count = left->column_count;
    below->join.output = all_columns(rewrite, left->column_count);
    below->estimated_rows =
        left->estimated_rows * join->estimated_rows / fmax(1, join->children[0]->estimated_rows);
    *place->slot = below;
}

static Status
push_join(Rewrite *rewrite, PlanNode **slot)
{
    PlanNode *join = *slot;
    Place place = {0};

    if (join->kind != PLAN_HASH_JOIN || join->join.residual != NULL ||
        (join->join.kind != JOIN_SEMI && join->join.kind != JOIN_ANTI))
        return STATUS_OK;
    find_place(rewrite, &join->children[0], (uint32_t *)join->join.left_keys, join->join.key_count, &place);
    if (place.slot == &join->children[0])
        return STATUS_OK;
    PlanNode *above = without_join(rewrite, join);
    put_join_at(rewrite, join, &place);
    *slot = above;
    rewrite->changed = true;
    return STATUS_OK;
}

Status
rule_semi_join_pushdown(Rewrite *rewrite, PlanNode **root)
{
    estimate_plan(rewrite->arena, *root);
    return rewrite_nodes(rewrite, root, push_join);
}
