/* A constant subexpression that fails fails the query, be there rows for it or not: PostgreSQL computes what
 * is immutable when it plans (eval_const_expressions()), so that 1 / 0 is an error above an empty table and
 * in an arm of CASE that is never taken. What no plan holds any more, as columns that nobody asks for, fails
 * nothing. */
#include "plan/rule.h"

#include "expr/function.h"
#include "expr/program.h"

#include <string.h>

static bool
is_computed_early(const Expr *expr)
{
    const uint32_t refused = FUNCTION_VOLATILE | FUNCTION_STABLE;

    if (expr->kind != EXPR_CALL || (expr->function->flags & refused) != 0 || !expr_call_can_fail(expr) ||
        rewrite_settles_late(expr))
        return false;
    for (uint32_t i = 0; i < expr->argument_count; i++)
        if (!expr_is_constant(expr->arguments[i]))
            return false;
    return true;
}

static Status
compute(Rewrite *rewrite, const Expr *expr)
{
    Expr *constant;

    for (uint32_t i = 0; i < expr->argument_count; i++)
        TRY(compute(rewrite, expr->arguments[i]));
    return is_computed_early(expr)
               ? program_fold(rewrite->arena, (Expr *)expr, rewrite->session, &constant, rewrite->error)
               : STATUS_OK;
}

static Status
compute_expression(Rewrite *rewrite, Expr **expr)
{
    return compute(rewrite, *expr);
}

/* What is put out first, as PostgreSQL comes by it. */
Status
rule_failing_constants(Rewrite *rewrite, PlanNode **root)
{
    TRY(rewrite_expressions(rewrite, *root, compute_expression));
    for (uint32_t i = 0; i < (*root)->child_count; i++)
        TRY(rule_failing_constants(rewrite, &(*root)->children[i]));
    return STATUS_OK;
}
