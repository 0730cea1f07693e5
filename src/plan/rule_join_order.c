/* Inner joins in the order that costs least. Columns that are equal by way of others are joined directly
 * where that helps: one equality a class connects two parts of a tree.
 *
 * A condition that can fail is asked last, at the top, as those beside it may keep rows from it. */
#include "plan/cost.h"
#include "plan/estimate.h"
#include "plan/join_order.h"
#include "plan/join_tree.h"
#include "plan/walk.h"

#include "expr/function.h"

#include <math.h>
#include <string.h>

enum { CLASSES_MAX = 64 };

static const double SHARE_EQUAL = 0.001; /* of pairs, where expressions are equal */
static const double SHARE_OTHER = 0.3;

typedef struct Ordering {
    Rewrite *rewrite;
    JoinTree tree;
    uint32_t class_count;
    ColumnClass *classes;
    bool *is_class;  /* of each condition of the tree */
    bool *is_placed; /* likewise */
    JoinGraph graph;
    uint32_t *graph_conditions; /* of the graph's conditions, the tree's */
} Ordering;

/* A part of the new tree. */
typedef struct Part {
    PlanNode *node;
    uint64_t leaves;
    uint32_t *numbers; /* of its columns */
} Part;

static double
known(double rows)
{
    return rows >= 0 && isfinite(rows) ? rows : 1000;
}

/* ---- the graph ---- */

static JoinRelation *
list_relations(Ordering *order)
{
    JoinRelation *relations = ARENA_ARRAY(order->rewrite->arena, JoinRelation, order->tree.leaf_count);

    for (uint32_t i = 0; i < order->tree.leaf_count; i++) {
        const PlanNode *leaf = *order->tree.leaves[i];
        relations[i] = (JoinRelation){.rows = known(leaf->estimated_rows),
                                      .table_rows = known(estimate_table_rows(leaf)),
                                      .row_bytes = cost_row_bytes(leaf)};
    }
    return relations;
}

static JoinClass *
list_classes(Ordering *order)
{
    const JoinTree *tree = &order->tree;
    JoinClass *classes = ARENA_ARRAY(order->rewrite->arena, JoinClass, order->class_count);

    for (uint32_t i = 0; i < order->class_count; i++) {
        classes[i].distinct = ARENA_ARRAY(order->rewrite->arena, double, tree->leaf_count);
        for (uint32_t j = 0; j < order->classes[i].count; j++) {
            const uint32_t column = order->classes[i].columns[j];
            const uint32_t leaf = join_tree_leaf_of(tree, column);
            classes[i].relations |= UINT64_C(1) << leaf;
            classes[i].distinct[leaf] =
                estimate_key_distinct(*tree->leaves[leaf], column - tree->first[leaf]);
        }
    }
    return classes;
}

static bool
is_equality(const Expr *expr)
{
    return expr->kind == EXPR_CALL && expr->argument_count == 2 && strcmp(expr->function->name, "=") == 0;
}

static void
list_conditions(Ordering *order)
{
    const Conjuncts *list = &order->tree.conditions;
    JoinCondition *conditions = ARENA_ARRAY(order->rewrite->arena, JoinCondition, list->count);
    uint32_t count = 0;

    order->graph_conditions = ARENA_ARRAY(order->rewrite->arena, uint32_t, list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        const uint64_t leaves = join_tree_leaves_of(&order->tree, list->items[i]);
        if (order->is_class[i] || expr_can_fail(list->items[i]) || (leaves & (leaves - 1)) == 0)
            continue;
        const bool equality = is_equality(list->items[i]);
        conditions[count] = (JoinCondition){
            .relations = leaves, .equality = equality, .share = equality ? SHARE_EQUAL : SHARE_OTHER};
        order->graph_conditions[count++] = i;
    }
    order->graph.conditions = conditions;
    order->graph.condition_count = count;
}

static bool
any_volatile(const Conjuncts *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (expr_is_volatile(list->items[i]))
            return true;
    return false;
}

static bool
any_can_fail(const Conjuncts *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (expr_can_fail(list->items[i]))
            return true;
    return false;
}

/* Whether classes and conditions connect all relations. */
static bool
is_connected(const JoinGraph *graph)
{
    const uint64_t all =
        graph->relation_count == 64 ? UINT64_MAX : (UINT64_C(1) << graph->relation_count) - 1;
    uint64_t reached = 1;

    for (uint64_t before = 0; before != reached;) {
        before = reached;
        for (uint32_t i = 0; i < graph->class_count; i++)
            if ((graph->classes[i].relations & reached) != 0)
                reached |= graph->classes[i].relations;
        for (uint32_t i = 0; i < graph->condition_count; i++)
            if ((graph->conditions[i].relations & reached) != 0)
                reached |= graph->conditions[i].relations;
    }
    return reached == all;
}

static bool
make_graph(Ordering *order)
{
    const Conjuncts *list = &order->tree.conditions;

    order->is_class = ARENA_ARRAY(order->rewrite->arena, bool, list->count);
    order->is_placed = ARENA_ARRAY(order->rewrite->arena, bool, list->count);
    order->class_count = join_tree_classes(order->rewrite, &order->tree, &order->classes, order->is_class);
    if (order->class_count > CLASSES_MAX || any_volatile(list))
        return false;
    order->graph.relation_count = order->tree.leaf_count;
    order->graph.relations = list_relations(order);
    order->graph.class_count = order->class_count;
    order->graph.classes = list_classes(order);
    list_conditions(order);
    return !any_can_fail(list) || is_connected(&order->graph);
}

/* ---- the new tree ---- */

/* A column of the class in the part; UINT32_MAX where there is none. */
static uint32_t
member_in(const Ordering *order, const ColumnClass *class, uint64_t leaves)
{
    for (uint32_t i = 0; i < class->count; i++)
        if (leaves >> join_tree_leaf_of(&order->tree, class->columns[i]) & 1)
            return class->columns[i];
    return UINT32_MAX;
}

static void
add_equalities(Ordering *order, const Part *left, const Part *right, Conjuncts *list)
{
    Arena *arena = order->rewrite->arena;

    for (uint32_t i = 0; i < order->class_count; i++) {
        const ColumnClass *class = &order->classes[i];
        const uint32_t a = member_in(order, class, left->leaves);
        const uint32_t b = member_in(order, class, right->leaves);
        if (a == UINT32_MAX || b == UINT32_MAX)
            continue;
        Expr *sides[] = {expr_column(arena, class->type, a), expr_column(arena, class->type, b)};
        conjuncts_add(order->rewrite, list, expr_call(arena, class->equal, type_of(TYPE_BOOL), 2, sides));
    }
}

/* The conditions that can be asked of these leaves; all that are left, in the order as written, where `all`.
 */
static void
add_conditions(Ordering *order, uint64_t leaves, bool all, Conjuncts *list)
{
    const Conjuncts *conditions = &order->tree.conditions;

    for (uint32_t i = 0; i < conditions->count; i++) {
        Expr *condition = conditions->items[i];
        const bool ready =
            !expr_can_fail(condition) && (join_tree_leaves_of(&order->tree, condition) & ~leaves) == 0;
        if (order->is_class[i] || order->is_placed[i] || !(ready || all))
            continue;
        order->is_placed[i] = true;
        conjuncts_add(order->rewrite, list, condition);
    }
}

static PlanNode *
join_parts(Ordering *order, const Part *left, const Part *right, uint32_t *numbers)
{
    Arena *arena = order->rewrite->arena;
    const uint32_t left_count = left->node->column_count;
    const uint32_t count = left_count + right->node->column_count;
    PlanColumn *columns = ARENA_ARRAY(arena, PlanColumn, count);
    uint32_t *output = ARENA_ARRAY(arena, uint32_t, count);
    PlanNode *children[] = {left->node, right->node};

    for (uint32_t i = 0; i < count; i++) {
        const bool of_left = i < left_count;
        columns[i] = of_left ? left->node->columns[i] : right->node->columns[i - left_count];
        numbers[i] = of_left ? left->numbers[i] : right->numbers[i - left_count];
        output[i] = i;
    }
    PlanNode *join = plan_node_new(arena, PLAN_NESTED_LOOP_JOIN, count, columns, 2, children);
    join->join = (PlanJoin){.kind = JOIN_CROSS, .output_count = count, .output = output};
    return join;
}

static Part
join_step(Ordering *order, const Part *left, const Part *right)
{
    Rewrite *rewrite = order->rewrite;
    Part part = {.leaves = left->leaves | right->leaves};
    Conjuncts list = {0};
    uint32_t *where = ARENA_ARRAY(rewrite->arena, uint32_t, order->tree.column_count);

    part.numbers =
        ARENA_ARRAY(rewrite->arena, uint32_t, left->node->column_count + right->node->column_count);
    part.node = join_parts(order, left, right, part.numbers);
    for (uint32_t i = 0; i < part.node->column_count; i++)
        where[part.numbers[i]] = i;
    add_equalities(order, left, right, &list);
    add_conditions(order, part.leaves, false, &list);
    if ((uint32_t)__builtin_popcountll(part.leaves) == order->tree.leaf_count)
        add_conditions(order, part.leaves, true, &list);
    for (uint32_t i = 0; i < list.count; i++)
        list.items[i] = columns_renumbered(rewrite, list.items[i], where);
    part.node->join.residual = expr_conjunction(rewrite->arena, list.count, list.items);
    if (list.count > 0)
        part.node->join.kind = JOIN_INNER;
    return part;
}

/* Columns of a class that the leaf has several of are equal by way of other leaves, which a join asks for one
 * of them only. */
static PlanNode *
filter_leaf(Ordering *order, uint32_t leaf)
{
    Arena *arena = order->rewrite->arena;
    const uint32_t first = order->tree.first[leaf];
    Conjuncts list = {0};

    for (uint32_t i = 0; i < order->class_count; i++) {
        const ColumnClass *class = &order->classes[i];
        const uint32_t a = member_in(order, class, UINT64_C(1) << leaf);
        for (uint32_t j = 0; j < class->count; j++) {
            const uint32_t b = class->columns[j];
            if (b == a || join_tree_leaf_of(&order->tree, b) != leaf)
                continue;
            Expr *sides[] = {expr_column(arena, class->type, a - first),
                             expr_column(arena, class->type, b - first)};
            conjuncts_add(order->rewrite, &list,
                          expr_call(arena, class->equal, type_of(TYPE_BOOL), 2, sides));
        }
    }
    return conjuncts_filter(order->rewrite, &list, *order->tree.leaves[leaf]);
}

static Part
leaf_part(Ordering *order, uint32_t leaf)
{
    PlanNode *node = filter_leaf(order, leaf);
    Part part = {.node = node, .leaves = UINT64_C(1) << leaf};

    part.numbers = ARENA_ARRAY(order->rewrite->arena, uint32_t, node->column_count);
    for (uint32_t i = 0; i < node->column_count; i++)
        part.numbers[i] = order->tree.first[leaf] + i;
    return part;
}

/* The last join gives what the tree gave. */
static void
give_output(Ordering *order, const PlanNode *root, Part *part)
{
    uint32_t *where = ARENA_ARRAY(order->rewrite->arena, uint32_t, order->tree.column_count);
    uint32_t *output = ARENA_ARRAY(order->rewrite->arena, uint32_t, root->column_count);

    for (uint32_t i = 0; i < part->node->column_count; i++)
        where[part->numbers[i]] = i;
    for (uint32_t i = 0; i < root->column_count; i++)
        output[i] = where[order->tree.output[i]];
    part->node->columns = root->columns;
    part->node->column_count = root->column_count;
    part->node->join.output = output;
    part->node->join.output_count = root->column_count;
}

static void
rebuild(Ordering *order, const JoinStep *steps, PlanNode **root)
{
    const uint32_t leaves = order->tree.leaf_count;
    Part *parts = ARENA_ARRAY(order->rewrite->arena, Part, 2 * leaves);

    for (uint32_t i = 0; i < leaves; i++)
        parts[i] = leaf_part(order, i);
    for (uint32_t i = 0; i + 1 < leaves; i++)
        parts[leaves + i] = join_step(order, &parts[steps[i].left], &parts[steps[i].right]);
    give_output(order, *root, &parts[2 * leaves - 2]);
    *root = parts[2 * leaves - 2].node;
}

static void
reorder(Rewrite *rewrite, PlanNode **slot)
{
    Ordering order = {.rewrite = rewrite};

    if (!join_tree_flatten(rewrite, slot, JOIN_ORDER_MAX, &order.tree) || order.tree.leaf_count < 3 ||
        !make_graph(&order))
        return;
    rebuild(&order, join_order_search(rewrite->arena, &order.graph), slot);
    rewrite->changed = true;
}

/* From the leaves up, each tree of inner joins as a whole. */
static void
visit_tree(Rewrite *rewrite, PlanNode **slot, bool inside)
{
    const bool inner = join_tree_is_inner(*slot);

    for (uint32_t i = 0; i < (*slot)->child_count; i++)
        visit_tree(rewrite, &(*slot)->children[i], inner);
    if (inner && !inside)
        reorder(rewrite, slot);
}

Status
rule_join_order(Rewrite *rewrite, PlanNode **root)
{
    estimate_plan(rewrite->arena, *root);
    visit_tree(rewrite, root, false);
    return STATUS_OK;
}
