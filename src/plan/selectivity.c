#include "plan/selectivity.h"

#include "expr/function.h"
#include "plan/estimate.h"
#include "plan/spread.h"

#include <math.h>

/* What is assumed where statistics say nothing (the usual ones since Selinger et al., SIGMOD 1979, section
 * 4). */
static const double SHARE_RANGE = 1.0 / 3;
static const double SHARE_LIKE = 0.1;
static const double SHARE_PREFIX = 0.05;
static const double SHARE_OTHER = 0.33;
static const double SHARE_EQUAL = 0.1;
static const double SHARE_NULL = 0.1;

enum { RANGES_MAX = 32 };

/* ---- operands ---- */

static bool
is_call_of(const Expr *expr, const char *name)
{
    return expr->kind == EXPR_CALL && strcmp(expr->function->name, name) == 0;
}

/* The column under an expression of one column and casts that keep what a number stands for. */
static const Expr *
column_of(const Expr *expr)
{
    while (is_call_of(expr, "cast")) {
        const TypeCategory to = type_category(expr->type.id);
        const TypeCategory from = type_category(expr->arguments[0]->type.id);
        if (from != to || (to != CATEGORY_NUMBER && to != CATEGORY_STRING))
            return NULL;
        expr = expr->arguments[0];
    }
    return expr->kind == EXPR_COLUMN ? expr : NULL;
}

static const ColumnStatistics *
statistics_of(const PlanNode *node, const Expr *operand)
{
    const Expr *column = column_of(operand);

    return column == NULL ? NULL : estimate_input(node, column->column);
}

static double
present_share(const ColumnStatistics *statistics)
{
    if (statistics == NULL || statistics->rows == 0)
        return 1;
    return 1 - (double)statistics->nulls / (double)statistics->rows;
}

static double
null_share(const PlanNode *node, const Expr *operand)
{
    const ColumnStatistics *statistics = statistics_of(node, operand);

    return statistics == NULL || statistics->rows == 0 ? SHARE_NULL : 1 - present_share(statistics);
}

/* ---- conditions on one column ---- */

typedef struct OneColumn {
    const Expr *column;
    bool several;
} OneColumn;

static void
note_column(Expr *column, void *context)
{
    OneColumn *one = context;

    if (one->column == NULL)
        one->column = column;
    else if (one->column->column != column->column)
        one->several = true;
}

/* A condition on nothing but one column, tried on values of it. */
static bool
tried_share(const PlanNode *node, const Expr *condition, double *share)
{
    OneColumn one = {0};

    expr_visit_columns((Expr *)condition, note_column, &one);
    if (one.column == NULL || one.several)
        return false;
    const ColumnStatistics *statistics = estimate_input(node, one.column->column);
    if (statistics == NULL ||
        !spread_tried(one.column->type, statistics, condition, one.column->column, share))
        return false;
    *share *= present_share(statistics);
    return true;
}

static double
equal_share(const PlanNode *node, const Expr *operand, const Expr *other)
{
    const Expr *column = column_of(operand);
    const ColumnStatistics *statistics = statistics_of(node, operand);
    double share;

    if (statistics == NULL)
        return SHARE_EQUAL;
    if (expr_is_constant(other)) {
        const PruneValue value = prune_value_of_constant(other);
        if (spread_equal(column->type, statistics, &value, &share))
            return share * present_share(statistics);
    }
    return statistics->distinct > 0 ? present_share(statistics) / (double)statistics->distinct : SHARE_EQUAL;
}

/* Two columns: the values of the one that has fewer are among the other's. */
static double
equal_columns_share(const PlanNode *node, const Expr *left, const Expr *right)
{
    return fmin(equal_share(node, left, right), equal_share(node, right, left));
}

/* A comparison of a column with a constant, the column on the left. */
typedef struct Comparison {
    const Expr *column;
    const ColumnStatistics *statistics;
    const Expr *constant;
    char sign; /* '<', '>', '=' */
    bool inclusive;
} Comparison;

static bool
read_comparison(const PlanNode *node, const Expr *call, Comparison *comparison)
{
    static const char *const names[] = {"<", "<=", ">", ">="};

    if (call->kind != EXPR_CALL || call->argument_count != 2)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!is_call_of(call, names[i]))
            continue;
        const bool turned = expr_is_constant(call->arguments[0]);
        comparison->column = column_of(call->arguments[turned]);
        comparison->constant = call->arguments[!turned];
        comparison->sign = (names[i][0] == '<') != turned ? '<' : '>';
        comparison->inclusive = names[i][1] == '=';
        comparison->statistics = statistics_of(node, call->arguments[turned]);
        return comparison->statistics != NULL && expr_is_constant(comparison->constant);
    }
    return false;
}

/* The share of the column's values below the constant's place: for '>' those that are not wanted. */
static bool
below_constant(const Comparison *comparison, double *below)
{
    const PruneValue value = prune_value_of_constant(comparison->constant);
    const bool inclusive = comparison->sign == '<' ? comparison->inclusive : !comparison->inclusive;

    return value.class != PRUNE_NONE &&
           spread_below(comparison->column->type, comparison->statistics, &value, inclusive, below);
}

static double
range_share(const PlanNode *node, const Expr *call)
{
    Comparison comparison;
    double share;

    if (read_comparison(node, call, &comparison) && below_constant(&comparison, &share))
        return (comparison.sign == '<' ? share : 1 - share) * present_share(comparison.statistics);
    return tried_share(node, call, &share) ? share : SHARE_RANGE;
}

static double
equality_share(const PlanNode *node, const Expr *call)
{
    const bool turned = expr_is_constant(call->arguments[0]);
    const Expr *operand = call->arguments[turned];
    const Expr *other = call->arguments[!turned];
    double share;

    if (column_of(operand) != NULL)
        return column_of(other) != NULL ? equal_columns_share(node, operand, other)
                                        : equal_share(node, operand, other);
    return tried_share(node, call, &share) ? share : SHARE_EQUAL;
}

/* ---- patterns ---- */

/* Values from the prefix to the last with it; words that many begin with lie closer than their bytes tell, so
 * no fewer than trying it gives. */
static bool
prefix_share(const PlanNode *node, const Expr *call, double *share)
{
    const Expr *column = column_of(call->arguments[0]);
    const ColumnStatistics *statistics = statistics_of(node, call->arguments[0]);
    const StringView prefix = prune_like_prefix(call->arguments[1]->value);
    char next[256];
    double from;
    double to;
    double tried;

    if (statistics == NULL || prefix.size == 0 || prefix.size > sizeof next)
        return false;
    memcpy(next, string_view_data(&prefix), prefix.size);
    if ((uint8_t)next[prefix.size - 1] == UINT8_MAX)
        return false;
    next[prefix.size - 1]++;
    const PruneValue low = {
        .class = PRUNE_TEXT, .exact = true, .data = string_view_data(&prefix), .size = prefix.size};
    const PruneValue high = {.class = PRUNE_TEXT, .exact = true, .data = next, .size = prefix.size};
    if (!spread_below(column->type, statistics, &low, false, &from) ||
        !spread_below(column->type, statistics, &high, false, &to))
        return false;
    *share = fmax(to - from, 1 / fmax(1, (double)statistics->rows)) * present_share(statistics);
    if (tried_share(node, call, &tried))
        *share = fmax(*share, tried);
    return true;
}

static double
like_share(const PlanNode *node, const Expr *call)
{
    double prefix;
    double share;

    if (!expr_is_constant(call->arguments[1]) || call->arguments[1]->value == NULL)
        return SHARE_LIKE;
    const bool has_prefix = prune_like_prefix(call->arguments[1]->value).size > 0;
    if (has_prefix && prefix_share(node, call, &prefix))
        return prefix;
    if (tried_share(node, call, &share))
        return share;
    return has_prefix ? SHARE_PREFIX : SHARE_LIKE;
}

/* ---- all kinds ---- */

static double
call_share(const PlanNode *node, const Expr *call)
{
    double share;

    if (is_call_of(call, "=") && call->argument_count == 2)
        return equality_share(node, call);
    if (is_call_of(call, "<>") && call->argument_count == 2)
        return fmax(0, 1 - equality_share(node, call) -
                           null_share(node, call->arguments[0]) *
                               (statistics_of(node, call->arguments[0]) != NULL));
    if (is_call_of(call, "<") || is_call_of(call, "<=") || is_call_of(call, ">") || is_call_of(call, ">="))
        return range_share(node, call);
    if (is_call_of(call, "~~"))
        return like_share(node, call);
    if (is_call_of(call, "not"))
        return 1 - estimate_selectivity(node, call->arguments[0]);
    if (is_call_of(call, "is_null"))
        return null_share(node, call->arguments[0]);
    if (is_call_of(call, "is_not_null"))
        return 1 - null_share(node, call->arguments[0]);
    return tried_share(node, call, &share) ? share : SHARE_OTHER;
}

static double
in_share(const PlanNode *node, const Expr *in)
{
    double share = 0;

    if (column_of(in->arguments[0]) == NULL && tried_share(node, in, &share))
        return share;
    for (uint32_t i = 1; i < in->argument_count; i++)
        share += equal_share(node, in->arguments[0], in->arguments[i]);
    return fmin(1, share);
}

double
estimate_selectivity(const PlanNode *node, const Expr *condition)
{
    double share = 1;

    switch (condition->kind) {
    case EXPR_CONSTANT: return condition->value != NULL && *(const uint8_t *)condition->value ? 1 : 0;
    case EXPR_COLUMN:
        return condition->type.id == TYPE_BOOL && tried_share(node, condition, &share) ? share : SHARE_OTHER;
    case EXPR_AND: return estimate_conjuncts(node, condition->arguments, condition->argument_count);
    case EXPR_OR:
        for (uint32_t i = 0; i < condition->argument_count; i++)
            share *= 1 - estimate_selectivity(node, condition->arguments[i]);
        return 1 - share;
    case EXPR_IN: return in_share(node, condition);
    case EXPR_CALL: return call_share(node, condition);
    default: return SHARE_OTHER;
    }
}

/* ---- several at once ---- */

/* What conjuncts leave of a column's values. */
typedef struct Range {
    uint32_t column;
    const ColumnStatistics *statistics;
    double low;  /* share of the values below */
    double high; /* share of the values up to its end */
} Range;

static bool
narrow_range(const PlanNode *node, const Expr *conjunct, Range *ranges, uint32_t *count)
{
    Comparison comparison;
    double below;
    uint32_t i = 0;

    if (!read_comparison(node, conjunct, &comparison) || !below_constant(&comparison, &below))
        return false;
    while (i < *count && ranges[i].column != comparison.column->column)
        i++;
    if (i == RANGES_MAX)
        return false;
    if (i == *count)
        ranges[(*count)++] = (Range){comparison.column->column, comparison.statistics, 0, 1};
    if (comparison.sign == '<')
        ranges[i].high = fmin(ranges[i].high, below);
    else
        ranges[i].low = fmax(ranges[i].low, below);
    return true;
}

double
estimate_conjuncts(const PlanNode *node, Expr *const *conjuncts, uint32_t count)
{
    Range ranges[RANGES_MAX];
    uint32_t range_count = 0;
    double share = 1;

    for (uint32_t i = 0; i < count; i++)
        if (!narrow_range(node, conjuncts[i], ranges, &range_count))
            share *= estimate_selectivity(node, conjuncts[i]);
    for (uint32_t i = 0; i < range_count; i++) {
        const ColumnStatistics *statistics = ranges[i].statistics;
        const double least = fmin(1, 1 / fmax(1, (double)statistics->distinct));
        const double between = ranges[i].high - ranges[i].low;
        const bool ends = ranges[i].high <= 0 || ranges[i].low >= 1;
        share *= fmax(between, ends ? 0 : least) * present_share(statistics);
    }
    return share;
}
