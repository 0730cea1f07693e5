/* Which side of a join is built: a RIGHT join becomes a LEFT one, an inner join builds from its smaller side.
 */
#include "plan/estimate.h"
#include "plan/rule.h"
#include "plan/walk.h"

#include <string.h>

static void
renumber_outputs(PlanNode *join, uint32_t *output, const uint32_t *map)
{
    for (uint32_t i = 0; i < join->join.output_count; i++)
        output[i] = map[join->join.output[i]];
    join->join.output = output;
}

/* Exchange the children of a join; columns keep their order. */
static void
turn(Rewrite *rewrite, PlanNode *join)
{
    PlanNode *left = join->children[0];
    PlanNode *right = join->children[1];
    const uint32_t total = left->column_count + right->column_count;
    uint32_t *map = ARENA_ARRAY(rewrite->arena, uint32_t, total);
    const uint32_t *left_keys = join->join.left_keys;

    for (uint32_t i = 0; i < total; i++)
        map[i] = i < left->column_count ? i + right->column_count : i - left->column_count;
    renumber_outputs(join, ARENA_ARRAY(rewrite->arena, uint32_t, join->join.output_count), map);
    if (join->join.residual != NULL)
        join->join.residual = columns_renumbered(rewrite, join->join.residual, map);
    join->join.left_keys = join->join.right_keys;
    join->join.right_keys = left_keys;
    join->children[0] = right;
    join->children[1] = left;
    rewrite->changed = true;
}

static Status
turn_right(Rewrite *rewrite, PlanNode **slot)
{
    if (plan_is_join(*slot) && (*slot)->join.kind == JOIN_RIGHT) {
        turn(rewrite, *slot);
        (*slot)->join.kind = JOIN_LEFT;
    }
    return STATUS_OK;
}

Status
rule_right_join(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, turn_right);
}

/* The build side of an inner join is the one with fewer rows. */
static Status
turn_larger(Rewrite *rewrite, PlanNode **slot)
{
    PlanNode *join = *slot;

    if (!plan_is_join(join) || (join->join.kind != JOIN_INNER && join->join.kind != JOIN_CROSS))
        return STATUS_OK;
    if (join->children[0]->estimated_rows < join->children[1]->estimated_rows)
        turn(rewrite, join);
    return STATUS_OK;
}

Status
rule_build_side(Rewrite *rewrite, PlanNode **root)
{
    estimate_plan(rewrite->arena, *root);
    return rewrite_nodes(rewrite, root, turn_larger);
}
