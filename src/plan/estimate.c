#include "plan/estimate.h"

#include "expr/function.h"
#include "plan/join_order.h"
#include "plan/prune.h"
#include "plan/walk.h"
#include "store/catalog.h"

#include <math.h>

/* What is assumed where statistics say nothing (the usual ones since Selinger et al., SIGMOD 1979, section
 * 4). */
static const double SHARE_RANGE = 1.0 / 3;
static const double SHARE_LIKE = 0.1;
static const double SHARE_PREFIX = 0.05;
static const double SHARE_OTHER = 0.33;
static const double SHARE_DISTINCT = 0.1;
static const double SHARE_SEMI = 0.5;
static const double RECURSION_ROUNDS = 100;
static const double SHARE_ANTI_LEAST = 0.05;

enum { KEYS_MAX = 16 };

static const ColumnStatistics *
scan_statistics(const PlanNode *scan, uint32_t read_column)
{
    const TableInfo *table = scan->scan.table;

    if (table == NULL || table->statistics == NULL || read_column >= scan->scan.read_count)
        return NULL;
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].id == scan->scan.read_ids[read_column])
            return &table->statistics[i];
    }
    return NULL;
}

const ColumnStatistics *
estimate_input(const PlanNode *node, uint32_t column)
{
    if (node->kind == PLAN_SCAN)
        return scan_statistics(node, column);
    if (node->child_count == 0)
        return NULL;
    if (plan_is_join(node) && column >= node->children[0]->column_count)
        return estimate_column(node->children[1], column - node->children[0]->column_count);
    return estimate_column(node->children[0], column);
}

const ColumnStatistics *
estimate_column(const PlanNode *node, uint32_t column)
{
    if (column >= node->column_count)
        return NULL;
    switch (node->kind) {
    case PLAN_SCAN: return scan_statistics(node, node->scan.output[column]);
    case PLAN_SHARED: return estimate_column(node->shared->input, column);
    case PLAN_PROJECT: {
        const Expr *expr = node->project.expressions[column];
        return expr->kind == EXPR_COLUMN ? estimate_input(node, expr->column) : NULL;
    }
    case PLAN_AGGREGATE:
        return column < node->aggregate.key_count ? estimate_input(node, node->aggregate.keys[column]) : NULL;
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_LOOP_JOIN: return estimate_input(node, node->join.output[column]);
    case PLAN_WINDOW:
        return column < node->children[0]->column_count ? estimate_column(node->children[0], column) : NULL;
    case PLAN_FILTER:
    case PLAN_SORT:
    case PLAN_TOP_N:
    case PLAN_PARTITION_TOP:
    case PLAN_LIMIT:
    case PLAN_DISTINCT:
    case PLAN_EXCHANGE:
    case PLAN_RESULT: return estimate_input(node, column);
    default: return NULL;
    }
}

static bool
is_call_of(const Expr *expr, const char *name)
{
    return expr->kind == EXPR_CALL && strcmp(expr->function->name, name) == 0;
}

/* The column under an expression of one column and casts. */
static const Expr *
column_of(const Expr *expr)
{
    while (is_call_of(expr, "cast"))
        expr = expr->arguments[0];
    return expr->kind == EXPR_COLUMN ? expr : NULL;
}

static double
distinct_of(const PlanNode *node, const Expr *operand)
{
    const Expr *column = column_of(operand);
    const ColumnStatistics *statistics = column == NULL ? NULL : estimate_input(node, column->column);

    return statistics != NULL && statistics->distinct > 0 ? (double)statistics->distinct : 1 / SHARE_DISTINCT;
}

/* The share of a column's range that lies below a constant. */
static double
share_below(const PlanNode *node, const Expr *operand, const Expr *constant)
{
    const Expr *column = column_of(operand);
    const ColumnStatistics *statistics = column == NULL ? NULL : estimate_input(node, column->column);
    double low;
    double high;
    double at;

    if (statistics == NULL || !expr_is_constant(constant))
        return SHARE_RANGE;
    const PruneValue min = prune_value_of_bound(column->type, &statistics->min);
    const PruneValue max = prune_value_of_bound(column->type, &statistics->max);
    const PruneValue value = prune_value_of_constant(constant);
    if (!prune_position(&min, &low) || !prune_position(&max, &high) || !prune_position(&value, &at) ||
        high <= low)
        return SHARE_RANGE;
    return fmin(1, fmax(0, (at - low) / (high - low)));
}

static double
comparison_share(const PlanNode *node, const Expr *call)
{
    const bool turned = expr_is_constant(call->arguments[0]);
    const Expr *operand = call->arguments[turned ? 1 : 0];
    const Expr *constant = call->arguments[turned ? 0 : 1];
    const char *name = call->function->name;

    if (strcmp(name, "=") == 0)
        return 1 / fmax(1, distinct_of(node, operand));
    if (strcmp(name, "<>") == 0)
        return 1 - 1 / fmax(1, distinct_of(node, operand));
    const double below = share_below(node, operand, constant);
    if (column_of(operand) == NULL || !expr_is_constant(constant))
        return SHARE_RANGE;
    return (name[0] == '<') != turned ? below : 1 - below;
}

static double
null_share(const PlanNode *node, const Expr *operand)
{
    const Expr *column = column_of(operand);
    const ColumnStatistics *statistics = column == NULL ? NULL : estimate_input(node, column->column);

    if (statistics == NULL || statistics->rows == 0)
        return SHARE_DISTINCT;
    return (double)statistics->nulls / (double)statistics->rows;
}

static double
call_share(const PlanNode *node, const Expr *call)
{
    static const char *const comparisons[] = {"=", "<>", "<", "<=", ">", ">="};

    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
        if (is_call_of(call, comparisons[i]) && call->argument_count == 2)
            return comparison_share(node, call);
    }
    if (is_call_of(call, "~~") && expr_is_constant(call->arguments[1]) && call->arguments[1]->value != NULL)
        return prune_like_prefix(call->arguments[1]->value).size > 0 ? SHARE_PREFIX : SHARE_LIKE;
    if (is_call_of(call, "not"))
        return 1 - estimate_selectivity(node, call->arguments[0]);
    if (is_call_of(call, "is_null"))
        return null_share(node, call->arguments[0]);
    if (is_call_of(call, "is_not_null"))
        return 1 - null_share(node, call->arguments[0]);
    return SHARE_OTHER;
}

double
estimate_selectivity(const PlanNode *node, const Expr *condition)
{
    double share = 1;

    switch (condition->kind) {
    case EXPR_CONSTANT: return condition->value != NULL && *(const uint8_t *)condition->value ? 1 : 0;
    case EXPR_AND:
        for (uint32_t i = 0; i < condition->argument_count; i++)
            share *= estimate_selectivity(node, condition->arguments[i]);
        return share;
    case EXPR_OR:
        for (uint32_t i = 0; i < condition->argument_count; i++)
            share *= 1 - estimate_selectivity(node, condition->arguments[i]);
        return 1 - share;
    case EXPR_IN:
        return fmin(1, (condition->argument_count - 1) / fmax(1, distinct_of(node, condition->arguments[0])));
    case EXPR_CALL: return call_share(node, condition);
    default: return SHARE_OTHER;
    }
}

static double
range_of(const PlanNode *node, uint32_t column, const ColumnStatistics *statistics)
{
    const Type type = node->columns[column].type;
    const Layout layout = type_layout(type);

    if (layout == LAYOUT_BOOL)
        return 2;
    if (statistics == NULL || !statistics->min.known || !statistics->max.known || layout > LAYOUT_I128)
        return INFINITY;
    return (double)statistics->max.integer - (double)statistics->min.integer + 1;
}

/* The first column of an expression, and another one where it has several. */
static void
note_column(Expr *column, void *context)
{
    const Expr **single = context;

    if (single[0] == NULL)
        single[0] = column;
    else if (single[0]->column != column->column)
        single[1] = column;
}

/* NULLs stand in for the values in some sets. */
static double
expanded_distinct(const PlanNode *node, uint32_t column, double rows)
{
    const Expr *constant = NULL;
    double distinct = 1;

    for (uint32_t i = 0; i < node->expand.set_count; i++) {
        const Expr *expr = node->expand.sets[i][column];
        if (expr->kind == EXPR_COLUMN)
            return 1 + estimate_distinct(node->children[0], expr->column, rows);
        distinct += constant != NULL && !expr_equal(constant, expr);
        constant = expr;
    }
    return distinct;
}

static double
united_distinct(const PlanNode *node, uint32_t column, double rows)
{
    double distinct = 0;

    for (uint32_t i = 0; i < node->child_count; i++)
        distinct += estimate_distinct(node->children[i], column, fmax(1, node->children[i]->estimated_rows));
    return fmin(distinct, rows);
}

/* A computed column has at most the distinct values of what it is computed from. */
static double
computed_distinct(const PlanNode *node, uint32_t column, double rows)
{
    const Expr *columns[2] = {NULL, NULL};

    if (node->kind == PLAN_FILTER || node->kind == PLAN_SORT || node->kind == PLAN_LIMIT)
        return estimate_distinct(node->children[0], column, rows);
    if (node->kind == PLAN_SHARED)
        return estimate_distinct(node->shared->input, column, rows);
    if (node->kind == PLAN_EXPAND)
        return expanded_distinct(node, column, rows);
    if (node->kind == PLAN_SET_OPERATION)
        return united_distinct(node, column, rows);
    if (node->kind != PLAN_PROJECT)
        return fmax(1, rows * SHARE_DISTINCT);
    expr_visit_columns(node->project.expressions[column], note_column, columns);
    if (columns[0] == NULL)
        return 1;
    if (columns[1] != NULL)
        return fmax(1, rows * SHARE_DISTINCT);
    return estimate_distinct(node->children[0], columns[0]->column, rows);
}

double
estimate_distinct(const PlanNode *node, uint32_t column, double rows)
{
    const ColumnStatistics *statistics = estimate_column(node, column);
    double distinct = range_of(node, column, statistics);

    if (statistics != NULL && statistics->distinct > 0)
        distinct = fmin(distinct, (double)statistics->distinct + (statistics->nulls > 0));
    else if (statistics != NULL)
        distinct = fmin(distinct, fmax(1, (double)statistics->rows * SHARE_DISTINCT));
    else
        distinct = fmin(distinct, computed_distinct(node, column, rows));
    return fmax(1, fmin(distinct, rows));
}

static double
filtered(const PlanNode *node, double rows, Expr *const *conjuncts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        rows *= estimate_selectivity(node, conjuncts[i]);
    return rows;
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

double
estimate_key_distinct(const PlanNode *node, uint32_t column)
{
    const ColumnStatistics *statistics = estimate_column(node, column);

    if (statistics != NULL && statistics->distinct > 0)
        return (double)statistics->distinct;
    return estimate_distinct(node, column, fmax(1, node->estimated_rows));
}

double
estimate_table_rows(const PlanNode *node)
{
    while (node->kind == PLAN_FILTER || node->kind == PLAN_PROJECT)
        node = node->children[0];
    if (node->kind == PLAN_SCAN && node->scan.table != NULL)
        return (double)node->scan.table->rows;
    return node->estimated_rows;
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

    for (uint32_t side = 0; side < 2; side++)
        relations[side].table_rows = fmax(1, estimate_table_rows(node->children[side]));
    for (uint32_t i = 0; i < count; i++) {
        distinct[i][0] = estimate_key_distinct(node->children[0], join->left_keys[i]);
        distinct[i][1] = estimate_key_distinct(node->children[1], join->right_keys[i]);
        classes[i] = (JoinClass){.relations = 3, .distinct = distinct[i]};
    }
    const JoinGraph graph = {
        .relation_count = 2, .relations = relations, .class_count = count, .classes = classes};
    return join_order_share(&graph, 1, 2, (UINT64_C(1) << count) - 1);
}

/* The share of left rows that find a match: their keys are spread over those of both sides. */
static double
matched_share(const PlanNode *node, double right)
{
    const PlanJoin *join = &node->join;
    double share = join->key_count == 0 || join->residual != NULL ? SHARE_SEMI : 1;

    for (uint32_t i = 0; i < join->key_count; i++) {
        const double in_left = estimate_key_distinct(node->children[0], join->left_keys[i]);
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
