#include "plan/join_tree.h"

#include "plan/walk.h"

#include "expr/function.h"

#include <string.h>

bool
join_tree_is_inner(const PlanNode *node)
{
    if (!plan_is_join(node) || (node->join.kind != JOIN_INNER && node->join.kind != JOIN_CROSS))
        return false;
    return node->join.null_safe == NULL;
}

static uint32_t
count_leaves(const PlanNode *node, uint32_t *columns)
{
    if (join_tree_is_inner(node))
        return count_leaves(node->children[0], columns) + count_leaves(node->children[1], columns);
    *columns += node->column_count;
    return 1;
}

static Expr *
key_equality(Rewrite *rewrite, Type left, uint32_t left_number, Type right, uint32_t right_number)
{
    Expr *sides[] = {expr_column(rewrite->arena, left, left_number),
                     expr_column(rewrite->arena, right, right_number)};
    Type types[] = {left, right};
    const Function *function;
    Type result;

    if (function_resolve("=", 2, types, &function, &result, NULL) != STATUS_OK)
        return NULL;
    return expr_call(rewrite->arena, function, result, 2, sides);
}

/* Keys as the equalities that they were; false where there is no such operator. */
static bool
list_keys(Rewrite *rewrite, const PlanNode *node, const uint32_t *numbers, JoinTree *tree)
{
    const PlanJoin *join = &node->join;
    const uint32_t left = node->children[0]->column_count;

    for (uint32_t i = 0; i < join->key_count; i++) {
        Expr *equality = key_equality(
            rewrite, node->children[0]->columns[join->left_keys[i]].type, numbers[join->left_keys[i]],
            node->children[1]->columns[join->right_keys[i]].type, numbers[left + join->right_keys[i]]);
        if (equality == NULL)
            return false;
        conjuncts_add(rewrite, &tree->conditions, equality);
    }
    return true;
}

/* numbers[i]: of the node's column i. */
static bool
flatten(Rewrite *rewrite, PlanNode **slot, JoinTree *tree, uint32_t *numbers)
{
    PlanNode *node = *slot;

    if (!join_tree_is_inner(node)) {
        for (uint32_t i = 0; i < node->column_count; i++)
            numbers[i] = tree->column_count + i;
        tree->leaves[tree->leaf_count] = slot;
        tree->first[tree->leaf_count++] = tree->column_count;
        tree->column_count += node->column_count;
        return true;
    }
    const uint32_t left = node->children[0]->column_count;
    uint32_t *both = ARENA_ARRAY(rewrite->arena, uint32_t, left + node->children[1]->column_count);
    if (!flatten(rewrite, &node->children[0], tree, both) ||
        !flatten(rewrite, &node->children[1], tree, both + left) || !list_keys(rewrite, node, both, tree))
        return false;
    if (node->join.residual != NULL)
        conjuncts_add(rewrite, &tree->conditions, columns_renumbered(rewrite, node->join.residual, both));
    for (uint32_t i = 0; i < node->column_count; i++)
        numbers[i] = both[node->join.output[i]];
    return true;
}

bool
join_tree_flatten(Rewrite *rewrite, PlanNode **root, uint32_t most, JoinTree *tree)
{
    uint32_t columns = 0;
    const uint32_t leaves = count_leaves(*root, &columns);
    uint32_t *output = ARENA_ARRAY(rewrite->arena, uint32_t, (*root)->column_count);

    *tree = (JoinTree){.output = output};
    if (leaves > most)
        return false;
    tree->leaves = ARENA_ARRAY(rewrite->arena, PlanNode **, leaves);
    tree->first = ARENA_ARRAY(rewrite->arena, uint32_t, leaves);
    return flatten(rewrite, root, tree, output);
}

uint32_t
join_tree_leaf_of(const JoinTree *tree, uint32_t column)
{
    uint32_t leaf = tree->leaf_count - 1;

    while (tree->first[leaf] > column)
        leaf--;
    return leaf;
}

uint64_t
join_tree_leaves_of(const JoinTree *tree, const Expr *expr)
{
    uint64_t leaves = 0;

    if (expr->kind == EXPR_COLUMN)
        return UINT64_C(1) << join_tree_leaf_of(tree, expr->column);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        leaves |= join_tree_leaves_of(tree, expr->arguments[i]);
    return leaves;
}

/* ---- classes ---- */

static bool
is_column_equality(const JoinTree *tree, const Expr *expr)
{
    if (expr->kind != EXPR_CALL || expr->argument_count != 2 || strcmp(expr->function->name, "=") != 0)
        return false;
    const Expr *a = expr->arguments[0];
    const Expr *b = expr->arguments[1];
    return a->kind == EXPR_COLUMN && b->kind == EXPR_COLUMN && type_equal(a->type, b->type) &&
           join_tree_leaf_of(tree, a->column) != join_tree_leaf_of(tree, b->column);
}

static ColumnClass *
class_of(ColumnClass *classes, uint32_t count, uint32_t column)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < classes[i].count; j++)
            if (classes[i].columns[j] == column)
                return &classes[i];
    return NULL;
}

/* Put the equality's columns into a class, perhaps making one of two; false where they are compared as
 * something else than the class's. */
static bool
class_add(Rewrite *rewrite, const JoinTree *tree, ColumnClass *classes, uint32_t *count, const Expr *equality)
{
    const uint32_t columns[] = {equality->arguments[0]->column, equality->arguments[1]->column};
    const Type type = equality->arguments[0]->type;
    ColumnClass *a = class_of(classes, *count, columns[0]);
    ColumnClass *b = class_of(classes, *count, columns[1]);

    if ((a != NULL && !type_equal(a->type, type)) || (b != NULL && !type_equal(b->type, type)))
        return false;
    if (a == NULL && b == NULL) {
        a = &classes[(*count)++];
        *a = (ColumnClass){.type = type,
                           .equal = equality->function,
                           .columns = ARENA_ARRAY(rewrite->arena, uint32_t, tree->column_count)};
        a->columns[a->count++] = columns[0];
    }
    if (a == NULL) {
        b->columns[b->count++] = columns[0];
    } else if (b == NULL) {
        a->columns[a->count++] = columns[1];
    } else if (a != b) {
        memcpy(a->columns + a->count, b->columns, b->count * sizeof *b->columns);
        a->count += b->count;
        *b = classes[--*count];
    }
    return true;
}

uint32_t
join_tree_classes(Rewrite *rewrite, const JoinTree *tree, ColumnClass **classes, bool *is_class)
{
    uint32_t count = 0;

    *classes = ARENA_ARRAY(rewrite->arena, ColumnClass, tree->conditions.count + 1);
    for (uint32_t i = 0; i < tree->conditions.count; i++)
        is_class[i] = is_column_equality(tree, tree->conditions.items[i]) &&
                      class_add(rewrite, tree, *classes, &count, tree->conditions.items[i]);
    return count;
}
