/* Constant subexpressions become constants, conditions that are known disappear. An expression that fails is
 * left as it is: it may stand where no row comes by. */
#include "plan/rule.h"

#include "expr/function.h"
#include "expr/program.h"

static bool
all_constant(const Expr *expr)
{
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (!expr_is_constant(expr->arguments[i]))
            return false;
    }
    return true;
}

static bool
is_nested(Type type)
{
    return type.id == TYPE_LIST;
}

/* What stands in the place of another keeps its type: an arm of a CASE of integers may be a smallint. */
static void
replace(Rewrite *rewrite, Expr **slot, Expr *with)
{
    *slot = expr_seen_as(rewrite->arena, with, (*slot)->type);
    rewrite->changed = true;
}

static void
evaluate(Rewrite *rewrite, Expr **slot)
{
    Error failure = {0};
    Expr *constant;

    if (is_nested((*slot)->type))
        return;
    const bool late = (*slot)->kind == EXPR_CALL && rewrite_settles_late(*slot);
    if (program_fold(rewrite->arena, *slot, rewrite->session, &constant, &failure) != STATUS_OK)
        return;
    replace(rewrite, slot, constant);
    (*slot)->settled_late = late;
}

static void
fold_call(Rewrite *rewrite, Expr **slot)
{
    const Expr *call = *slot;
    const uint32_t flags = call->function->flags;

    if ((flags & (FUNCTION_VOLATILE | FUNCTION_STABLE)) != 0)
        return;
    if (all_constant(call)) {
        evaluate(rewrite, slot);
        return;
    }
    for (uint32_t i = 0; i < call->argument_count && (flags & FUNCTION_NOT_STRICT) == 0; i++) {
        if (expr_is_null_constant(call->arguments[i])) {
            replace(rewrite, slot, expr_null(rewrite->arena, call->type));
            return;
        }
    }
}

static bool
is_true(const Expr *expr)
{
    return expr_is_constant(expr) && expr->value != NULL && *(const uint8_t *)expr->value != 0;
}

static bool
is_false(const Expr *expr)
{
    return expr_is_constant(expr) && expr->value != NULL && *(const uint8_t *)expr->value == 0;
}

/* The arms of an AND or OR, those of a nested one of the same kind among them, without those that decide
 * nothing. */
static uint32_t
collect_arms(const Expr *expr, ExprKind kind, Expr **arms, uint32_t count)
{
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        Expr *arm = expr->arguments[i];
        if (arm->kind == kind)
            count = collect_arms(arm, kind, arms, count);
        else if (kind == EXPR_AND ? !is_true(arm) : !is_false(arm))
            arms[count++] = arm;
    }
    return count;
}

static uint32_t
count_arms(const Expr *expr, ExprKind kind)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < expr->argument_count; i++)
        count += expr->arguments[i]->kind == kind ? count_arms(expr->arguments[i], kind) : 1;
    return count;
}

static bool
refers_to_nothing(const Expr *expr)
{
    if (expr->kind == EXPR_COLUMN || expr->kind == EXPR_OUTER)
        return false;
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (!refers_to_nothing(expr->arguments[i]))
            return false;
    }
    return true;
}

/* A constant that could not be computed. Arms are taken from the left: it fails before a later one decides.
 */
static bool
is_failing(const Expr *expr)
{
    return !expr_is_constant(expr) && expr_can_fail(expr) && !expr_is_volatile(expr) &&
           refers_to_nothing(expr);
}

static void
fold_logic(Rewrite *rewrite, Expr **slot)
{
    const Expr *expr = *slot;
    const bool is_and = expr->kind == EXPR_AND;
    const uint32_t most = count_arms(expr, expr->kind);
    Expr **arms = ARENA_ARRAY(rewrite->arena, Expr *, most);
    const uint32_t count = collect_arms(expr, expr->kind, arms, 0);

    for (uint32_t i = 0; i < count && !is_failing(arms[i]); i++) {
        if (is_and ? is_false(arms[i]) : is_true(arms[i])) {
            replace(rewrite, slot, arms[i]);
            return;
        }
    }
    if (count == 0)
        replace(rewrite, slot, expr_bool(rewrite->arena, is_and));
    else if (count == 1)
        replace(rewrite, slot, arms[0]);
    else if (count != expr->argument_count)
        replace(rewrite, slot, expr_form(rewrite->arena, expr->kind, expr->type, count, arms));
}

/* Arms whose condition can never hold go; one that always holds is the last. */
static void
fold_case(Rewrite *rewrite, Expr **slot)
{
    const Expr *expr = *slot;
    Expr **kept = ARENA_ARRAY(rewrite->arena, Expr *, expr->argument_count);
    Expr *otherwise = expr->arguments[expr->argument_count - 1];
    uint32_t count = 0;

    for (uint32_t i = 0; i + 1 < expr->argument_count; i += 2) {
        Expr *when = expr->arguments[i];
        if (is_true(when)) {
            otherwise = expr->arguments[i + 1];
            break;
        }
        if (expr_is_constant(when))
            continue;
        kept[count++] = when;
        kept[count++] = expr->arguments[i + 1];
    }
    kept[count++] = otherwise;
    if (count == 1)
        replace(rewrite, slot, otherwise);
    else if (count != expr->argument_count)
        replace(rewrite, slot, expr_form(rewrite->arena, EXPR_CASE, expr->type, count, kept));
}

static void
fold_coalesce(Rewrite *rewrite, Expr **slot)
{
    const Expr *expr = *slot;
    Expr **kept = ARENA_ARRAY(rewrite->arena, Expr *, expr->argument_count);
    uint32_t count = 0;

    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (expr_is_null_constant(expr->arguments[i]))
            continue;
        kept[count++] = expr->arguments[i];
        if (expr_is_constant(expr->arguments[i]))
            break;
    }
    if (count == 0)
        replace(rewrite, slot, expr_null(rewrite->arena, expr->type));
    else if (count == 1)
        replace(rewrite, slot, kept[0]);
    else if (count != expr->argument_count)
        replace(rewrite, slot, expr_form(rewrite->arena, EXPR_COALESCE, expr->type, count, kept));
}

static Status
fold(Rewrite *rewrite, Expr **slot)
{
    Expr *expr = *slot;

    if (expr->argument_count == 0 && expr->kind != EXPR_CALL)
        return STATUS_OK;
    if (expr->argument_count > 0) {
        /* Expressions are shared with the plan as bound: change a copy of this level only. */
        Expr *copy = ARENA_NEW(rewrite->arena, Expr);
        *copy = *expr;
        copy->arguments = ARENA_ARRAY(rewrite->arena, Expr *, expr->argument_count);
        for (uint32_t i = 0; i < expr->argument_count; i++) {
            copy->arguments[i] = expr->arguments[i];
            TRY(fold(rewrite, &copy->arguments[i]));
        }
        *slot = copy;
    }
    switch ((*slot)->kind) {
    case EXPR_CALL: fold_call(rewrite, slot); break;
    case EXPR_AND:
    case EXPR_OR: fold_logic(rewrite, slot); break;
    case EXPR_CASE: fold_case(rewrite, slot); break;
    case EXPR_COALESCE: fold_coalesce(rewrite, slot); break;
    case EXPR_IN:
        if (all_constant(*slot))
            evaluate(rewrite, slot);
        break;
    default: break;
    }
    return STATUS_OK;
}

static Status
fold_node(Rewrite *rewrite, PlanNode **node)
{
    return rewrite_expressions(rewrite, *node, fold);
}

Status
rule_constant_folding(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, fold_node);
}
