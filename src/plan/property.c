#include "plan/property.h"

#include "expr/function.h"
#include "plan/walk.h"

#include <string.h>

bool
plan_has_one_row(const PlanNode *node)
{
    switch (node->kind) {
    case PLAN_AGGREGATE: return node->aggregate.key_count == 0;
    case PLAN_VALUES: return node->values.row_count == 1;
    case PLAN_SHARED: return plan_has_one_row(node->shared->input);
    case PLAN_PROJECT:
    case PLAN_SORT: return plan_has_one_row(node->children[0]);
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_LOOP_JOIN:
    case PLAN_DEPENDENT_JOIN:
        if (node->join.kind == JOIN_SINGLE || node->join.kind == JOIN_MARK)
            return plan_has_one_row(node->children[0]);
        return node->join.kind == JOIN_CROSS && node->join.residual == NULL &&
               plan_has_one_row(node->children[0]) && plan_has_one_row(node->children[1]);
    default: return false;
    }
}

static bool
join_has_at_most_one_row(const PlanNode *node)
{
    const bool left = plan_has_at_most_one_row(node->children[0]);

    switch (node->join.kind) {
    case JOIN_SEMI:
    case JOIN_ANTI:
    case JOIN_MARK:
    case JOIN_SINGLE: return left;
    case JOIN_INNER:
    case JOIN_CROSS:
    case JOIN_LEFT: return left && plan_has_at_most_one_row(node->children[1]);
    default: return false;
    }
}

bool
plan_has_at_most_one_row(const PlanNode *node)
{
    switch (node->kind) {
    case PLAN_LIMIT:
        return (node->limit.limit >= 0 && node->limit.limit <= 1) ||
               plan_has_at_most_one_row(node->children[0]);
    case PLAN_TOP_N: return node->sort.limit <= 1 || plan_has_at_most_one_row(node->children[0]);
    case PLAN_VALUES: return node->values.row_count <= 1;
    case PLAN_SHARED: return plan_has_at_most_one_row(node->shared->input);
    case PLAN_AGGREGATE: return node->aggregate.key_count == 0 || plan_has_at_most_one_row(node->children[0]);
    case PLAN_PROJECT:
    case PLAN_FILTER:
    case PLAN_SORT:
    case PLAN_DISTINCT:
    case PLAN_WINDOW: return plan_has_at_most_one_row(node->children[0]);
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_LOOP_JOIN:
    case PLAN_DEPENDENT_JOIN: return join_has_at_most_one_row(node);
    default: return false;
    }
}

/* Arithmetic whose only error is that the result has no room. */
static bool
only_overflows(const Expr *call)
{
    static const char *const names[] = {"+", "-", "*"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(call->function->name, names[i]) == 0)
            return true;
    }
    return false;
}

static bool
fails_otherwise(const Expr *expr)
{
    if (expr->kind == EXPR_CALL && expr_call_can_fail(expr) && !only_overflows(expr))
        return true;
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (fails_otherwise(expr->arguments[i]))
            return true;
    }
    return false;
}

typedef struct FailureSearch {
    bool (*fails)(const Expr *expr);
    bool found;
} FailureSearch;

static Status
look_for_failure(void *context, Expr **expr)
{
    FailureSearch *search = context;

    search->found = search->found || search->fails(*expr);
    return STATUS_OK;
}

static bool
can_fail(const PlanNode *node, bool (*fails)(const Expr *expr))
{
    FailureSearch search = {.fails = fails};

    plan_visit_expressions((PlanNode *)node, look_for_failure, &search);
    if (search.found)
        return true;
    if (plan_has_sides(node) && node->join.kind == JOIN_SINGLE &&
        !plan_has_at_most_one_row(node->children[1]))
        return true;
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (can_fail(node->children[i], fails))
            return true;
    }
    return false;
}

bool
plan_can_fail(const PlanNode *node)
{
    return can_fail(node, expr_can_fail);
}

bool
plan_can_fail_otherwise(const PlanNode *node)
{
    return can_fail(node, fails_otherwise);
}
