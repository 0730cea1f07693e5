/* What is known of a node's columns: statistics of the table that they come from, distinct values. */
#include "plan/estimate.h"

#include "plan/spread.h"
#include "plan/walk.h"
#include "store/catalog.h"

#include <math.h>

static const double SHARE_DISTINCT = 0.1; /* of rows, where nothing is known */

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
    double tried;

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
    const ColumnStatistics *statistics = estimate_input(node, columns[0]->column);
    if (statistics != NULL && spread_distinct(columns[0]->type, statistics, node->project.expressions[column],
                                              columns[0]->column, &tried))
        return tried;
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
