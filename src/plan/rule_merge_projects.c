/* A projection of a projection becomes one, where nothing is computed twice by that; one that changes nothing
 * goes. */
#include "plan/rule.h"

#include <string.h>

static void
count_use(Expr *column, void *context)
{
    ((uint32_t *)context)[column->column]++;
}

static bool
is_plain(const Expr *expr)
{
    return expr->kind == EXPR_COLUMN || expr->kind == EXPR_CONSTANT;
}

static bool
can_merge(Rewrite *rewrite, const PlanNode *outer, const PlanNode *inner)
{
    uint32_t *uses = ARENA_ARRAY(rewrite->arena, uint32_t, inner->column_count);

    for (uint32_t i = 0; i < outer->column_count; i++)
        expr_visit_columns(outer->project.expressions[i], count_use, uses);
    for (uint32_t i = 0; i < inner->column_count; i++) {
        const Expr *expr = inner->project.expressions[i];
        if (expr_is_volatile(expr) || (!is_plain(expr) && uses[i] > 1))
            return false;
    }
    return true;
}

static bool
changes_nothing(const PlanNode *project)
{
    const PlanNode *input = project->children[0];

    if (project->column_count != input->column_count)
        return false;
    for (uint32_t i = 0; i < project->column_count; i++) {
        const Expr *expr = project->project.expressions[i];
        if (expr->kind != EXPR_COLUMN || expr->column != i ||
            !type_equal(project->columns[i].type, input->columns[i].type) ||
            strcmp(project->columns[i].name, input->columns[i].name) != 0)
            return false;
    }
    return true;
}

static Status
merge(Rewrite *rewrite, PlanNode **slot)
{
    PlanNode *outer = *slot;

    if (outer->kind != PLAN_PROJECT)
        return STATUS_OK;
    PlanNode *inner = outer->children[0];
    if (inner->kind == PLAN_PROJECT && can_merge(rewrite, outer, inner)) {
        for (uint32_t i = 0; i < outer->column_count; i++)
            outer->project.expressions[i] =
                expr_substitute(rewrite->arena, outer->project.expressions[i], inner->project.expressions);
        outer->children[0] = inner->children[0];
        rewrite->changed = true;
    }
    if (changes_nothing(outer)) {
        *slot = outer->children[0];
        rewrite->changed = true;
    }
    return STATUS_OK;
}

Status
rule_merge_projects(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, merge);
}
