/* A constant subexpression that fails fails the query, be there rows for it or not: PostgreSQL computes what
 * is immutable when it plans (eval_const_expressions()), so that 1 / 0 is an error above an empty table and
 * in an arm of CASE that is never taken. What no plan holds any more, as columns that nobody asks for, fails
 * nothing. */
#include "plan/rule.h"

#include "expr/function.h"
#include "expr/program.h"

#include <string.h>

/* What text is read as depends on DateStyle and TimeZone there, or is the input function of a container. */
static bool
is_read_as_written(TypeId id)
{
    return id == TYPE_DATE || id == TYPE_TIME || id == TYPE_TIMESTAMP || id == TYPE_TIMESTAMPTZ ||
           id == TYPE_INTERVAL || id == TYPE_LIST || id == TYPE_STRUCT;
}

/* Volatility "stable" in PostgreSQL's pg_proc, be it for settings that are not here. */
static bool
is_stable_there(const Expr *call)
{
    static const char *const names[] = {"to_char",
                                        "to_date",
                                        "to_number",
                                        "to_timestamp",
                                        "convert_from",
                                        "convert_to",
                                        "format",
                                        "concat",
                                        "concat_ws",
                                        "to_json",
                                        "to_jsonb",
                                        "array_to_json",
                                        "array_to_string",
                                        "row_to_json",
                                        "json_build_object",
                                        "json_build_array",
                                        "jsonb_build_object",
                                        "jsonb_build_array"};
    const char *name = call->function->name;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    if (strcmp(name, "is_fraction") == 0) /* the binder's own, for groups that there are */
        return true;
    if (strcmp(name, "timezone") == 0)
        return false;
    for (uint32_t i = 0; i < call->argument_count; i++)
        if (call->arguments[i]->type.id == TYPE_TIMESTAMPTZ)
            return true;
    return call->type.id == TYPE_TIMESTAMPTZ ||
           (strcmp(name, "cast") == 0 && type_is_string(call->arguments[0]->type.id) &&
            is_read_as_written(call->type.id));
}

static bool
is_computed_early(const Expr *expr)
{
    const uint32_t refused = FUNCTION_VOLATILE | FUNCTION_STABLE;

    if (expr->kind != EXPR_CALL || (expr->function->flags & refused) != 0 || !expr_call_can_fail(expr) ||
        is_stable_there(expr))
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
