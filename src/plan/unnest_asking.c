/* Who asks: a copy of the left rows of a join, for their distinct values of some columns. What only adds
 * other columns to each row is left out: else each subquery of a SELECT list would hold all those before it,
 * twice as much every time. */
#include "plan/unnest.h"

static void
note_column(Expr *column, void *needed)
{
    ((bool *)needed)[column->column] = true;
}

static bool *
no_columns(Rewrite *rewrite, const PlanNode *node)
{
    return ARENA_ARRAY(rewrite->arena, bool, node->column_count + 1);
}

/* The node itself, over another input. */
static Status
copy_node(Rewrite *rewrite, const PlanNode *node, PlanNode *input, PlanNode **copy)
{
    PlanNode alone = *node;

    alone.child_count = 0;
    TRY(rewrite_copy(rewrite, &alone, copy));
    (*copy)->child_count = 1;
    (*copy)->children = ARENA_ARRAY(rewrite->arena, PlanNode *, 1);
    (*copy)->children[0] = input;
    return STATUS_OK;
}

static Status
through_filter(Rewrite *rewrite, const PlanNode *filter, const bool *needed, PlanNode **copy)
{
    bool *below = no_columns(rewrite, filter);
    PlanNode *input;

    for (uint32_t i = 0; i < filter->column_count; i++)
        below[i] = needed[i];
    for (uint32_t i = 0; i < filter->filter.conjunct_count; i++)
        expr_visit_columns(filter->filter.conjuncts[i], note_column, below);
    TRY(unnest_asking(rewrite, filter->children[0], below, &input));
    return copy_node(rewrite, filter, input, copy);
}

static Status
through_project(Rewrite *rewrite, const PlanNode *project, const bool *needed, PlanNode **copy)
{
    bool *below = no_columns(rewrite, project->children[0]);
    PlanNode *input;

    for (uint32_t i = 0; i < project->column_count; i++)
        if (needed[i])
            expr_visit_columns(project->project.expressions[i], note_column, below);
    TRY(unnest_asking(rewrite, project->children[0], below, &input));
    TRY(copy_node(rewrite, project, input, copy));
    for (uint32_t i = 0; i < project->column_count; i++)
        if (!needed[i])
            (*copy)->project.expressions[i] = expr_null(rewrite->arena, project->columns[i].type);
    return STATUS_OK;
}

/* Each left row comes out once or more, and only its own columns are needed. */
static bool
adds_nothing(const PlanNode *node, const bool *needed)
{
    if ((node->kind != PLAN_HASH_JOIN && node->kind != PLAN_NESTED_LOOP_JOIN) ||
        (node->join.kind != JOIN_LEFT && node->join.kind != JOIN_MARK && node->join.kind != JOIN_SINGLE))
        return false;
    for (uint32_t i = 0; i < node->column_count; i++)
        if (needed[i] && node->join.output[i] >= node->children[0]->column_count)
            return false;
    return true;
}

/* The left rows, with NULLs where the join's other columns were. */
static Status
past_join(Rewrite *rewrite, const PlanNode *join, const bool *needed, PlanNode **copy)
{
    const PlanNode *left = join->children[0];
    bool *below = no_columns(rewrite, left);
    PlanNode *input;

    for (uint32_t i = 0; i < join->column_count; i++)
        if (needed[i])
            below[join->join.output[i]] = true;
    TRY(unnest_asking(rewrite, left, below, &input));
    PlanNode *project =
        plan_node_new(rewrite->arena, PLAN_PROJECT, join->column_count, join->columns, 1, &input);
    project->project.expressions = ARENA_ARRAY(rewrite->arena, Expr *, join->column_count);
    for (uint32_t i = 0; i < join->column_count; i++) {
        const Type type = join->columns[i].type;
        project->project.expressions[i] = needed[i] ? expr_column(rewrite->arena, type, join->join.output[i])
                                                    : expr_null(rewrite->arena, type);
    }
    *copy = project;
    return STATUS_OK;
}

Status
unnest_asking(Rewrite *rewrite, const PlanNode *node, const bool *needed, PlanNode **copy)
{
    if (adds_nothing(node, needed))
        return past_join(rewrite, node, needed, copy);
    switch (node->kind) {
    case PLAN_FILTER: return through_filter(rewrite, node, needed, copy);
    case PLAN_PROJECT: return through_project(rewrite, node, needed, copy);
    default: return rewrite_copy(rewrite, node, copy);
    }
}
