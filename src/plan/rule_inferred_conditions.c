/* Conditions that follow from others, asked where they drop rows early: what is asked of a column holds for
 * all that equal it across joins; what each arm of an OR asks of one relation is asked of that relation. */
#include "plan/join_tree.h"
#include "plan/rule.h"
#include "plan/walk.h"

#include "expr/function.h"

#include <string.h>

/* The scan that a column comes from unchanged, and which of its read columns it is. */
static const PlanNode *
find_scan(const PlanNode *node, uint32_t column, uint32_t *read_column)
{
    while (node->kind == PLAN_FILTER || node->kind == PLAN_PROJECT) {
        if (node->kind == PLAN_PROJECT) {
            const Expr *expr = node->project.expressions[column];
            if (expr->kind != EXPR_COLUMN)
                return NULL;
            column = expr->column;
        }
        node = node->children[0];
    }
    if (node->kind != PLAN_SCAN)
        return NULL;
    *read_column = node->scan.output[column];
    return node;
}

/* A comparison of the column, seen as the type, with constants. */
static bool
compares_column(const Expr *expr, uint32_t column, Type type)
{
    static const char *const names[] = {"=", "<>", "<", "<=", ">", ">="};
    bool known = expr->kind == EXPR_IN;
    uint32_t found = 0;

    for (size_t i = 0; expr->kind == EXPR_CALL && i < sizeof names / sizeof *names; i++)
        known = known || (expr->argument_count == 2 && strcmp(expr->function->name, names[i]) == 0);
    for (uint32_t i = 0; known && i < expr->argument_count; i++) {
        const Expr *argument = expr->arguments[i];
        if (argument->kind == EXPR_COLUMN && argument->column == column && type_equal(argument->type, type))
            found++;
        else if (!expr_is_constant(argument))
            return false;
    }
    return known && found == 1 && !expr_can_fail(expr);
}

static void
set_column(Expr *column, void *number)
{
    column->column = *(const uint32_t *)number;
}

static Expr *
with_column(Rewrite *rewrite, const Expr *expr, uint32_t column)
{
    Expr *copy = expr_copy(rewrite->arena, expr);

    expr_visit_columns(copy, set_column, &column);
    return copy;
}

static bool
holds(Expr *const *list, uint32_t count, const Expr *expr)
{
    for (uint32_t i = 0; i < count; i++)
        if (expr_equal(list[i], expr))
            return true;
    return false;
}

/* Ask of column `to` of a node what the scan below column `from` of another asks of that. */
static void
copy_conditions(Rewrite *rewrite, const PlanNode *source, uint32_t from, const PlanNode *target, uint32_t to,
                Type type, Conjuncts *list)
{
    uint32_t read_column = 0;
    uint32_t target_column = 0;
    const PlanNode *scan = find_scan(source, from, &read_column);
    const PlanNode *target_scan = find_scan(target, to, &target_column);

    for (uint32_t i = 0; scan != NULL && i < scan->scan.filter_count; i++) {
        const Expr *filter = scan->scan.filters[i];
        if (!compares_column(filter, read_column, type))
            continue;
        Expr *inferred = with_column(rewrite, filter, to);
        const bool asked =
            target_scan != NULL && holds(target_scan->scan.filters, target_scan->scan.filter_count,
                                         with_column(rewrite, filter, target_column));
        if (!asked && !holds(list->items, list->count, inferred))
            conjuncts_add(rewrite, list, inferred);
    }
}

/* ---- trees of inner joins ---- */

static void
infer_from_class(Rewrite *rewrite, const JoinTree *tree, const ColumnClass *class, Conjuncts *lists)
{
    for (uint32_t i = 0; i < class->count; i++) {
        const uint32_t source = join_tree_leaf_of(tree, class->columns[i]);
        for (uint32_t j = 0; j < class->count; j++) {
            const uint32_t target = join_tree_leaf_of(tree, class->columns[j]);
            if (target != source)
                copy_conditions(rewrite, *tree->leaves[source], class->columns[i] - tree->first[source],
                                *tree->leaves[target], class->columns[j] - tree->first[target], class->type,
                                &lists[target]);
        }
    }
}

/* What an arm of an OR asks of a leaf; NULL where it asks nothing. */
static Expr *
arm_of_leaf(Rewrite *rewrite, const JoinTree *tree, Expr *arm, uint32_t leaf)
{
    Conjuncts all = {0};
    Conjuncts own = {0};

    conjuncts_add(rewrite, &all, arm);
    for (uint32_t i = 0; i < all.count; i++) {
        Expr *conjunct = all.items[i];
        if (join_tree_leaves_of(tree, conjunct) == UINT64_C(1) << leaf && !expr_can_fail(conjunct) &&
            !expr_is_volatile(conjunct))
            conjuncts_add(rewrite, &own, columns_lowered(rewrite, conjunct, tree->first[leaf]));
    }
    return expr_conjunction(rewrite->arena, own.count, own.items);
}

static void
infer_from_or(Rewrite *rewrite, const JoinTree *tree, const Expr *condition, Conjuncts *lists)
{
    const uint64_t leaves = join_tree_leaves_of(tree, condition);
    Expr **arms = ARENA_ARRAY(rewrite->arena, Expr *, condition->argument_count);

    for (uint64_t rest = leaves; rest != 0 && (leaves & (leaves - 1)) != 0; rest &= rest - 1) {
        const uint32_t leaf = (uint32_t)__builtin_ctzll(rest);
        uint32_t count = 0;
        while (count < condition->argument_count) {
            arms[count] = arm_of_leaf(rewrite, tree, condition->arguments[count], leaf);
            if (arms[count] == NULL)
                break;
            count++;
        }
        if (count == condition->argument_count)
            conjuncts_add(rewrite, &lists[leaf],
                          expr_form(rewrite->arena, EXPR_OR, type_of(TYPE_BOOL), count, arms));
    }
}

static void
infer_in_tree(Rewrite *rewrite, PlanNode **slot)
{
    JoinTree tree;
    ColumnClass *classes;

    if (!join_tree_flatten(rewrite, slot, 64, &tree))
        return;
    Conjuncts *lists = ARENA_ARRAY(rewrite->arena, Conjuncts, tree.leaf_count);
    bool *is_class = ARENA_ARRAY(rewrite->arena, bool, tree.conditions.count);
    const uint32_t class_count = join_tree_classes(rewrite, &tree, &classes, is_class);
    for (uint32_t i = 0; i < class_count; i++)
        infer_from_class(rewrite, &tree, &classes[i], lists);
    for (uint32_t i = 0; i < tree.conditions.count; i++)
        if (tree.conditions.items[i]->kind == EXPR_OR)
            infer_from_or(rewrite, &tree, tree.conditions.items[i], lists);
    for (uint32_t i = 0; i < tree.leaf_count; i++) {
        *tree.leaves[i] = conjuncts_filter(rewrite, &lists[i], *tree.leaves[i]);
        rewrite->changed = rewrite->changed || lists[i].count > 0;
    }
}

/* ---- other joins: what is asked of the left side's key is asked of the right side's ---- */

static void
infer_across(Rewrite *rewrite, PlanNode *node, uint32_t left, uint32_t right, Type type, Conjuncts *to_left,
             Conjuncts *to_right)
{
    copy_conditions(rewrite, node->children[0], left, node->children[1], right, type, to_right);
    if (node->join.kind == JOIN_SEMI)
        copy_conditions(rewrite, node->children[1], right, node->children[0], left, type, to_left);
}

static void
infer_from_residual(Rewrite *rewrite, PlanNode *node, Conjuncts *to_left, Conjuncts *to_right)
{
    const uint32_t left_count = node->children[0]->column_count;
    Conjuncts on = {0};

    if (node->join.residual != NULL)
        conjuncts_add(rewrite, &on, node->join.residual);
    for (uint32_t i = 0; i < on.count; i++) {
        const Expr *equality = on.items[i];
        if (equality->kind != EXPR_CALL || equality->argument_count != 2 ||
            strcmp(equality->function->name, "=") != 0 || equality->arguments[0]->kind != EXPR_COLUMN ||
            equality->arguments[1]->kind != EXPR_COLUMN ||
            !type_equal(equality->arguments[0]->type, equality->arguments[1]->type))
            continue;
        const uint32_t a = equality->arguments[0]->column;
        const uint32_t b = equality->arguments[1]->column;
        if ((a < left_count) != (b < left_count))
            infer_across(rewrite, node, a < b ? a : b, (a < b ? b : a) - left_count,
                         equality->arguments[0]->type, to_left, to_right);
    }
}

static void
infer_in_join(Rewrite *rewrite, PlanNode *node)
{
    const PlanJoin *join = &node->join;
    Conjuncts to_left = {0};
    Conjuncts to_right = {0};

    if (join->kind != JOIN_LEFT && join->kind != JOIN_SEMI && join->kind != JOIN_ANTI &&
        join->kind != JOIN_SINGLE)
        return;
    for (uint32_t k = 0; k < join->key_count; k++)
        if (!plan_key_is_null_safe(join, k))
            infer_across(rewrite, node, join->left_keys[k], join->right_keys[k],
                         node->children[0]->columns[join->left_keys[k]].type, &to_left, &to_right);
    infer_from_residual(rewrite, node, &to_left, &to_right);
    node->children[0] = conjuncts_filter(rewrite, &to_left, node->children[0]);
    node->children[1] = conjuncts_filter(rewrite, &to_right, node->children[1]);
    rewrite->changed = rewrite->changed || to_left.count + to_right.count > 0;
}

static void
visit_tree(Rewrite *rewrite, PlanNode **slot, bool inside)
{
    const bool inner = join_tree_is_inner(*slot);

    if (inner && !inside)
        infer_in_tree(rewrite, slot);
    else if (plan_is_join(*slot))
        infer_in_join(rewrite, *slot);
    for (uint32_t i = 0; i < (*slot)->child_count; i++)
        visit_tree(rewrite, &(*slot)->children[i], inner);
}

Status
rule_inferred_conditions(Rewrite *rewrite, PlanNode **root)
{
    visit_tree(rewrite, root, false);
    if (!rewrite->changed)
        return STATUS_OK;
    TRY(rule_or(rewrite, root));
    return rule_filter_pushdown(rewrite, root);
}
