/* A FILTER on the mark of a subquery is a SEMI join; on its absence, where the mark is not NULL, an ANTI
 * join. */
#include "plan/rule.h"
#include "plan/walk.h"

#include "expr/function.h"

#include <string.h>

static bool
is_call_of(const Expr *expr, const char *name)
{
    return expr->kind == EXPR_CALL && expr->argument_count == 1 && strcmp(expr->function->name, name) == 0;
}

static bool
is_column(const Expr *expr, uint32_t column)
{
    return expr->kind == EXPR_COLUMN && expr->column == column;
}

/* The kind of join that keeps the rows for which the condition is true; MARK: none does. */
static JoinKind
kind_for(const Expr *condition, uint32_t mark)
{
    if (is_call_of(condition, "not")) {
        const Expr *inner = condition->arguments[0];
        return is_call_of(inner, "is_true") && is_column(inner->arguments[0], mark) ? JOIN_ANTI : JOIN_MARK;
    }
    if (is_column(condition, mark) ||
        (is_call_of(condition, "is_true") && is_column(condition->arguments[0], mark)))
        return JOIN_SEMI;
    return is_call_of(condition, "is_not_true") && is_column(condition->arguments[0], mark) ? JOIN_ANTI
                                                                                            : JOIN_MARK;
}

/* The join without the mark, and the column again, whose value is known. */
static PlanNode *
without_mark(Rewrite *rewrite, PlanNode *join, uint32_t mark, JoinKind kind)
{
    const uint32_t count = join->column_count;
    uint32_t *output = ARENA_ARRAY(rewrite->arena, uint32_t, count);
    PlanColumn *columns = ARENA_ARRAY(rewrite->arena, PlanColumn, count);
    Expr **expressions = ARENA_ARRAY(rewrite->arena, Expr *, count);
    const PlanColumn *before = join->columns;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (i == mark) {
            expressions[i] = expr_bool(rewrite->arena, kind == JOIN_SEMI);
            continue;
        }
        expressions[i] = expr_column(rewrite->arena, before[i].type, kept);
        columns[kept] = before[i];
        output[kept++] = join->join.output[i];
    }
    join->join.kind = kind;
    join->join.output = output;
    join->join.output_count = kept;
    join->columns = columns;
    join->column_count = kept;
    PlanNode *project = plan_node_new(rewrite->arena, PLAN_PROJECT, count, before, 1, &join);
    project->project.expressions = expressions;
    return project;
}

static bool
find_mark(const PlanNode *join, uint32_t *mark)
{
    const uint32_t index = join->children[0]->column_count + join->children[1]->column_count;

    for (uint32_t i = 0; i < join->column_count; i++) {
        *mark = i;
        if (join->join.output[i] == index)
            return true;
    }
    return false;
}

static Status
filter_by_mark(Rewrite *rewrite, PlanNode **slot)
{
    PlanNode *filter = *slot;
    uint32_t mark;

    if (filter->kind != PLAN_FILTER || filter->filter.conjunct_count != 1)
        return STATUS_OK;
    PlanNode *join = filter->children[0];
    if (!plan_has_sides(join) || join->join.kind != JOIN_MARK || !find_mark(join, &mark))
        return STATUS_OK;
    const JoinKind kind = kind_for(filter->filter.conjuncts[0], mark);
    if (kind == JOIN_MARK)
        return STATUS_OK;
    *slot = without_mark(rewrite, join, mark, kind);
    rewrite->changed = true;
    return STATUS_OK;
}

Status
rule_semi_joins(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, filter_by_mark);
}
