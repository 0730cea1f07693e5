/* Alternatives in a simpler form: what all arms of an OR ask for is asked once, beside it (so that it can go
 * down, and become a join's key), and equalities of one operand with constants become an IN. */
#include "plan/rule.h"
#include "plan/walk.h"

#include "expr/function.h"

#include <string.h>

static bool
contains(const Conjuncts *list, const Expr *expr)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (expr_equal(list->items[i], expr))
            return true;
    }
    return false;
}

static bool
is_in_all(const Conjuncts *arms, uint32_t count, const Expr *conjunct)
{
    if (expr_can_fail(conjunct) || expr_is_volatile(conjunct))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!contains(&arms[i], conjunct))
            return false;
    }
    return true;
}

static Conjuncts
without(Rewrite *rewrite, const Conjuncts *list, const Conjuncts *common)
{
    Conjuncts rest = {0};

    for (uint32_t i = 0; i < list->count; i++) {
        if (!contains(common, list->items[i]))
            conjuncts_add(rewrite, &rest, list->items[i]);
    }
    return rest;
}

/* (a AND b) OR (a AND c) is a AND (b OR c); where an arm is a alone, it is a. */
static void
factor_out(Rewrite *rewrite, Expr **slot)
{
    Expr *expr = *slot;
    const uint32_t count = expr->argument_count;
    Conjuncts *arms = ARENA_ARRAY(rewrite->arena, Conjuncts, count);
    Expr **rests = ARENA_ARRAY(rewrite->arena, Expr *, count);
    Conjuncts common = {0};
    bool one_is_all = false;

    for (uint32_t i = 0; i < count; i++)
        conjuncts_add(rewrite, &arms[i], expr->arguments[i]);
    for (uint32_t i = 0; i < arms[0].count; i++) {
        if (is_in_all(arms, count, arms[0].items[i]) && !contains(&common, arms[0].items[i]))
            conjuncts_add(rewrite, &common, arms[0].items[i]);
    }
    if (common.count == 0)
        return;
    for (uint32_t i = 0; i < count; i++) {
        const Conjuncts rest = without(rewrite, &arms[i], &common);
        rests[i] = expr_conjunction(rewrite->arena, rest.count, rest.items);
        one_is_all = one_is_all || rest.count == 0;
    }
    if (!one_is_all)
        conjuncts_add(rewrite, &common, expr_form(rewrite->arena, EXPR_OR, expr->type, count, rests));
    *slot = expr_conjunction(rewrite->arena, common.count, common.items);
    rewrite->changed = true;
}

/* The operand of operand = constant, with the constant's type that of the operand. */
static Expr *
compared_operand(const Expr *arm, Expr **constant)
{
    if (arm->kind != EXPR_CALL || arm->argument_count != 2 || strcmp(arm->function->name, "=") != 0)
        return NULL;
    const uint32_t at = expr_is_constant(arm->arguments[0]) ? 0 : 1;
    Expr *operand = arm->arguments[1 - at];
    *constant = arm->arguments[at];
    if (!expr_is_constant(*constant) || expr_is_constant(operand) || expr_is_volatile(operand) ||
        !type_equal(operand->type, (*constant)->type))
        return NULL;
    return operand;
}

/* The constants that later arms, too, compare the operand with; those arms are cleared. */
static Expr *
membership(Rewrite *rewrite, Expr **arms, uint32_t first, uint32_t count)
{
    Expr **members = ARENA_ARRAY(rewrite->arena, Expr *, count + 1);
    uint32_t member_count = 1;

    members[0] = compared_operand(arms[first], &members[1]);
    if (members[0] == NULL)
        return arms[first];
    for (uint32_t i = first; i < count; i++) {
        Expr *constant;
        const Expr *operand = arms[i] == NULL ? NULL : compared_operand(arms[i], &constant);
        if (operand == NULL || !expr_equal(operand, members[0]))
            continue;
        members[member_count++] = constant;
        if (i > first)
            arms[i] = NULL;
    }
    if (member_count == 2)
        return arms[first];
    rewrite->changed = true;
    return expr_form(rewrite->arena, EXPR_IN, type_of(TYPE_BOOL), member_count, members);
}

static void
gather_equalities(Rewrite *rewrite, Expr **slot)
{
    const Expr *expr = *slot;
    const uint32_t count = expr->argument_count;
    Expr **arms = ARENA_ARRAY(rewrite->arena, Expr *, count);
    uint32_t kept = 0;

    memcpy(arms, expr->arguments, count * sizeof *arms);
    for (uint32_t i = 0; i < count; i++) {
        if (arms[i] != NULL)
            arms[kept++] = membership(rewrite, arms, i, count);
    }
    if (kept < count)
        *slot = kept == 1 ? arms[0] : expr_form(rewrite->arena, EXPR_OR, expr->type, kept, arms);
}

static Status
simplify(Rewrite *rewrite, Expr **slot)
{
    Expr *expr = *slot;

    if (expr->kind == EXPR_AND || expr->kind == EXPR_OR) {
        *slot = expr_form(rewrite->arena, expr->kind, expr->type, expr->argument_count, expr->arguments);
        for (uint32_t i = 0; i < expr->argument_count; i++)
            TRY(simplify(rewrite, &(*slot)->arguments[i]));
    }
    if ((*slot)->kind == EXPR_OR)
        factor_out(rewrite, slot);
    if ((*slot)->kind == EXPR_OR)
        gather_equalities(rewrite, slot);
    return STATUS_OK;
}

/* Conditions only: elsewhere an OR is a value like any other. */
static Status
simplify_conditions(Rewrite *rewrite, PlanNode **slot)
{
    const PlanKind kind = (*slot)->kind;

    if (kind != PLAN_FILTER && kind != PLAN_SCAN && !plan_has_sides(*slot))
        return STATUS_OK;
    return rewrite_expressions(rewrite, *slot, simplify);
}

Status
rule_or(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, simplify_conditions);
}
