#include "plan/estimate.h"

#include "plan/join_order.h"
#include "plan/selectivity.h"
#include "plan/walk.h"
#include "store/catalog.h"

#include <math.h>

/* What is assumed where statistics say nothing. */
static const double SHARE_SEMI = 0.5;
static const double RECURSION_ROUNDS = 100;
static const double SHARE_ANTI_LEAST = 0.05;

enum { KEYS_MAX = 16 };

static double
filtered(const PlanNode *node, double rows, Expr *const *conjuncts, uint32_t count)
{
    return rows * estimate_conjuncts(node, conjuncts, count);
}

/* Distinct combinations among `rows` rows, values spread evenly (Cardenas, CACM 18(5), 1975). */
static double
groups_of(const PlanNode *node, uint32_t key_count, const uint32_t *keys, double rows)
{
    double combinations = 1;

    if (key_count == 0)
        return 1;
    for (uint32_t i = 0; i < key_count; i++)
        combinations *= estimate_distinct(node->children[0], keys[i], rows);
    return fmax(1, fmin(rows, combinations * -expm1(-rows / combinations)));
}

/* Rows among which a side's keys have their combinations: of the greatest table that one comes from,
 * whatever joins and filters left of it. */
static double
key_rows(const PlanNode *node, const uint32_t *keys, uint32_t count)
{
    double rows = 0;

    for (uint32_t i = 0; i < count; i++) {
        const ColumnStatistics *statistics = estimate_column(node, keys[i]);
        if (statistics == NULL)
            return estimate_table_rows(node);
        rows = fmax(rows, (double)statistics->rows);
    }
    return rows;
}

/* The share of pairs that agree in the keys. */
static double
key_share(const PlanNode *node)
{
    const PlanJoin *join = &node->join;
    const uint32_t count = join->key_count < KEYS_MAX ? join->key_count : KEYS_MAX;
    JoinRelation relations[2];
    JoinClass classes[KEYS_MAX];
    double distinct[KEYS_MAX][2];

    relations[0].table_rows = fmax(1, key_rows(node->children[0], join->left_keys, count));
    relations[1].table_rows = fmax(1, key_rows(node->children[1], join->right_keys, count));
    for (uint32_t i = 0; i < count; i++) {
        distinct[i][0] = estimate_key_distinct(node->children[0], join->left_keys[i]);
        distinct[i][1] = estimate_key_distinct(node->children[1], join->right_keys[i]);
        classes[i] = (JoinClass){.relations = 3, .distinct = distinct[i]};
    }
    const JoinGraph graph = {
        .relation_count = 2, .relations = relations, .class_count = count, .classes = classes};
    return join_order_share(&graph, 1, 2, (UINT64_C(1) << count) - 1);
}

/* The share of left rows that find a match: the keys of the side that has fewer are among the other's, and
 * what filters left of the right ones is found. */
static double
matched_share(const PlanNode *node, double right)
{
    const PlanJoin *join = &node->join;
    double share = join->key_count == 0 || join->residual != NULL ? SHARE_SEMI : 1;

    for (uint32_t i = 0; i < join->key_count; i++) {
        const double in_left = fmax(estimate_key_distinct(node->children[0], join->left_keys[i]),
                                    estimate_key_distinct(node->children[1], join->right_keys[i]));
        const double in_right = estimate_distinct(node->children[1], join->right_keys[i], fmax(1, right));
        share = fmin(share, in_right / fmax(1, in_left));
    }
    return share;
}

static double
joined_rows(const PlanNode *node, double left, double right)
{
    const PlanJoin *join = &node->join;
    double rows = left * right;

    if (join->key_count > 0)
        rows *= key_share(node);
    if (join->residual != NULL)
        rows *= estimate_selectivity(node, join->residual);
    switch (join->kind) {
    case JOIN_LEFT: return fmax(rows, left);
    case JOIN_RIGHT: return fmax(rows, right);
    case JOIN_FULL: return fmax(rows, left + right);
    case JOIN_SEMI: return left * matched_share(node, right);
    case JOIN_ANTI: return left * (1 - fmin(matched_share(node, right), 1 - SHARE_ANTI_LEAST));
    case JOIN_MARK:
    case JOIN_SINGLE: return left;
    default: return rows;
    }
}

static double
rows_of_all(const PlanNode *node)
{
    double rows = 0;

    for (uint32_t i = 0; i < node->child_count; i++)
        rows += fmax(0, node->children[i]->estimated_rows);
    return rows;
}

static double
rows_of(const PlanNode *node)
{
    const double child = node->child_count > 0 ? node->children[0]->estimated_rows : 0;

    switch (node->kind) {
    case PLAN_SCAN:
        if (node->scan.table == NULL)
            return node->estimated_rows;
        return filtered(node, (double)node->scan.table->rows, node->scan.filters, node->scan.filter_count);
    case PLAN_READ_FILE: return node->estimated_rows;
    case PLAN_VALUES: return (double)plan_values_count(&node->values);
    case PLAN_FILTER: return filtered(node, child, node->filter.conjuncts, node->filter.conjunct_count);
    case PLAN_EXPAND: return child * node->expand.set_count;
    case PLAN_SET_OPERATION: return rows_of_all(node);
    case PLAN_SHARED: return node->shared->input->estimated_rows;
    case PLAN_RECURSIVE: return fmax(1, child) * RECURSION_ROUNDS;
    case PLAN_WORKING: return RECURSION_ROUNDS;
    case PLAN_AGGREGATE: return node->aggregate.estimated_groups;
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_LOOP_JOIN: return joined_rows(node, child, node->children[1]->estimated_rows);
    case PLAN_PARTITION_TOP:
        return fmin(child, (double)node->partition_top.limit *
                               groups_of(node, node->partition_top.partition_count,
                                         node->partition_top.partition, fmax(0, child)));
    case PLAN_TOP_N: return fmin(child, (double)node->sort.limit);
    case PLAN_LIMIT:
        return node->limit.limit == PLAN_NO_LIMIT ? child : fmin(child, (double)node->limit.limit);
    default: return child;
    }
}

static bool
is_integer_layout(Type type)
{
    const Layout layout = type_layout(type);

    return layout == LAYOUT_I32 || layout == LAYOUT_I64 || layout == LAYOUT_BOOL;
}

static void
bound_keys(Arena *arena, PlanNode *node)
{
    PlanAggregate *aggregate = &node->aggregate;

    aggregate->key_min = ARENA_ARRAY(arena, ColumnBound, aggregate->key_count);
    aggregate->key_max = ARENA_ARRAY(arena, ColumnBound, aggregate->key_count);
    for (uint32_t i = 0; i < aggregate->key_count; i++) {
        const ColumnStatistics *statistics = estimate_column(node->children[0], aggregate->keys[i]);
        if (statistics == NULL)
            continue;
        aggregate->key_min[i] = statistics->min;
        aggregate->key_max[i] = statistics->max;
    }
}

static void
bound_build(PlanNode *node)
{
    PlanJoin *join = &node->join;

    if (join->key_count != 1 || !is_integer_layout(node->children[1]->columns[join->right_keys[0]].type))
        return;
    const ColumnStatistics *statistics = estimate_column(node->children[1], join->right_keys[0]);
    if (statistics == NULL)
        return;
    join->build_min = statistics->min;
    join->build_max = statistics->max;
}

void
estimate_plan(Arena *arena, PlanNode *root)
{
    PlanNode **nodes;
    const uint32_t count = plan_collect(arena, root, &nodes);

    for (uint32_t i = 0; i < count; i++) {
        PlanNode *node = nodes[i];
        if (node->kind == PLAN_AGGREGATE) {
            node->aggregate.estimated_groups =
                groups_of(node, node->aggregate.key_count, node->aggregate.keys,
                          fmax(0, node->children[0]->estimated_rows));
            bound_keys(arena, node);
        } else if (plan_is_join(node)) {
            bound_build(node);
        }
        node->estimated_rows = rows_of(node);
    }
}
