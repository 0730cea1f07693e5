#include "plan/prune.h"

#include "expr/function.h"

#include <string.h>

/* What is known of an operand over the rows: the bounds of its values that are not NULL. */
typedef struct Operand {
    bool all_null;
    bool may_be_null;
    bool may_be_nan;
    PruneValue min; /* class NONE: unknown */
    PruneValue max;
} Operand;

typedef struct Pruning {
    PruneStatistics statistics;
    void *context;
} Pruning;

static const Operand unknown_operand = {.may_be_null = true, .may_be_nan = true};

static bool
is_function(const Expr *expr, const char *name)
{
    return expr->kind == EXPR_CALL && strcmp(expr->function->name, name) == 0;
}

static Operand
column_operand(const Pruning *pruning, const Expr *column)
{
    const ColumnStatistics *statistics = pruning->statistics(pruning->context, column->column);

    if (statistics == NULL || statistics->rows == 0)
        return unknown_operand;
    const Operand operand = {
        .all_null = statistics->nulls >= statistics->rows,
        .may_be_null = statistics->nulls > 0,
        .may_be_nan = statistics->has_nan,
        .min = prune_value_of_bound(column->type, &statistics->min),
        .max = prune_value_of_bound(column->type, &statistics->max),
    };
    return operand;
}

/* Casts that keep order and lose nothing leave a bound what it is, but for its representation. */
static bool
cast_keeps_values(Type from, Type to)
{
    if (type_is_string(from.id) && from.id != TYPE_BPCHAR)
        return (to.id == TYPE_TEXT || to.id == TYPE_VARCHAR) && to.length == TYPE_NO_LENGTH;
    if (from.id == TYPE_FLOAT4)
        return to.id == TYPE_FLOAT8;
    if (type_is_integer(from.id))
        return to.id == TYPE_INT8 || (to.id == TYPE_INT4 && from.id != TYPE_INT8) || to.id == TYPE_NUMERIC;
    return from.id == TYPE_NUMERIC && to.id == TYPE_NUMERIC && to.scale >= from.scale;
}

static void
date_to_timestamp(PruneValue *value)
{
    if (value->class != PRUNE_INTEGER)
        return;
    if (value->integer == INT32_MAX)
        value->integer = INT64_MAX;
    else if (value->integer == INT32_MIN)
        value->integer = INT64_MIN;
    else
        value->integer *= INT64_C(86400000000);
}

static Operand operand_of(const Pruning *pruning, const Expr *expr);

static Operand
cast_operand(const Pruning *pruning, const Expr *cast)
{
    const Type from = cast->arguments[0]->type;
    Operand operand = operand_of(pruning, cast->arguments[0]);

    if (cast_keeps_values(from, cast->type))
        return operand;
    if (from.id == TYPE_DATE && cast->type.id == TYPE_TIMESTAMP) {
        date_to_timestamp(&operand.min);
        date_to_timestamp(&operand.max);
        return operand;
    }
    operand.min.class = PRUNE_NONE;
    operand.max.class = PRUNE_NONE;
    operand.may_be_null = true; /* infinity as a time */
    return operand;
}

static Operand
operand_of(const Pruning *pruning, const Expr *expr)
{
    if (expr->kind == EXPR_COLUMN)
        return column_operand(pruning, expr);
    if (is_function(expr, "cast") && expr->argument_count >= 1 &&
        (expr->function->flags & FUNCTION_NOT_STRICT) == 0)
        return cast_operand(pruning, expr);
    return unknown_operand;
}

/* Some value of the operand may be below (or equal to) the constant. */
static bool
may_be_below(const Operand *operand, const PruneValue *constant, bool or_equal)
{
    int order;

    if (!prune_compare(&operand->min, constant, &order))
        return true;
    return or_equal ? order <= 0 : order < 0;
}

static bool
may_be_above(const Operand *operand, const PruneValue *constant, bool or_equal)
{
    int order;

    if (operand->may_be_nan && constant->class == PRUNE_REAL)
        return true; /* NaN is above all, and equal to itself */
    if (!prune_compare(&operand->max, constant, &order))
        return true;
    return or_equal ? order >= 0 : order > 0;
}

static bool
may_be_equal(const Operand *operand, const PruneValue *constant)
{
    return may_be_below(operand, constant, true) && may_be_above(operand, constant, true);
}

static bool
may_differ(const Operand *operand, const PruneValue *constant)
{
    int below;
    int above;

    if (operand->may_be_nan || !operand->min.exact || !operand->max.exact)
        return true;
    return !prune_compare(&operand->min, constant, &below) ||
           !prune_compare(&operand->max, constant, &above) || below != 0 || above != 0;
}

typedef enum Comparison {
    EQUAL,
    DIFFERENT,
    LESS,
    LESS_EQUAL,
    GREATER,
    GREATER_EQUAL,
    NO_COMPARISON
} Comparison;

static Comparison
comparison_of(const Expr *call)
{
    static const char *const names[] = {"=", "<>", "<", "<=", ">", ">="};

    for (int i = 0; i < NO_COMPARISON; i++) {
        if (call->argument_count == 2 && is_function(call, names[i]))
            return (Comparison)i;
    }
    return NO_COMPARISON;
}

static Comparison
turned(Comparison comparison)
{
    static const Comparison other_way[] = {EQUAL, DIFFERENT, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL};

    return other_way[comparison];
}

static bool
comparison_may_hold(Comparison comparison, const Operand *operand, const PruneValue *constant)
{
    switch (comparison) {
    case EQUAL: return may_be_equal(operand, constant);
    case DIFFERENT: return may_differ(operand, constant);
    case LESS: return may_be_below(operand, constant, false);
    case LESS_EQUAL: return may_be_below(operand, constant, true);
    case GREATER: return may_be_above(operand, constant, false);
    default: return may_be_above(operand, constant, true);
    }
}

static bool
comparison_may_match(const Pruning *pruning, const Expr *call, Comparison comparison)
{
    const bool constant_first = expr_is_constant(call->arguments[0]);
    const Expr *constant = call->arguments[constant_first ? 0 : 1];

    if (!expr_is_constant(constant))
        return true;
    if (expr_is_null_constant(constant))
        return false;
    const Operand operand = operand_of(pruning, call->arguments[constant_first ? 1 : 0]);
    const PruneValue value = prune_value_of_constant(constant);
    if (operand.all_null)
        return false;
    return comparison_may_hold(constant_first ? turned(comparison) : comparison, &operand, &value);
}

static bool
in_may_match(const Pruning *pruning, const Expr *in)
{
    const Operand operand = operand_of(pruning, in->arguments[0]);

    if (operand.all_null)
        return false;
    for (uint32_t i = 1; i < in->argument_count; i++) {
        if (!expr_is_constant(in->arguments[i]))
            return true;
        if (expr_is_null_constant(in->arguments[i]))
            continue;
        const PruneValue value = prune_value_of_constant(in->arguments[i]);
        if (may_be_equal(&operand, &value))
            return true;
    }
    return false;
}

/* The values that start with a prefix lie from the prefix itself up to, not including, its successor. */
static bool
like_may_match(const Pruning *pruning, const Expr *like)
{
    const Expr *pattern = like->arguments[1];
    const Operand operand = operand_of(pruning, like->arguments[0]);
    int order;

    if (operand.all_null || expr_is_null_constant(pattern))
        return false;
    if (!expr_is_constant(pattern) || type_layout(pattern->type) != LAYOUT_VIEW ||
        like->arguments[0]->type.id == TYPE_BPCHAR)
        return true;
    const StringView prefix = prune_like_prefix(pattern->value);
    const PruneValue least = {.class = PRUNE_TEXT, .data = string_view_data(&prefix), .size = prefix.size};
    if (prune_compare(&operand.max, &least, &order) && order < 0)
        return false;
    PruneValue start = operand.min;
    if (start.size > least.size)
        start.size = least.size;
    return !prune_compare(&start, &least, &order) || order <= 0;
}

static bool
truth_may_match(const Pruning *pruning, const Expr *expr, bool wanted)
{
    const Operand operand = operand_of(pruning, expr);
    const PruneValue value = {.class = PRUNE_INTEGER, .integer = wanted};

    return !operand.all_null && may_be_equal(&operand, &value);
}

static bool may_match(const Pruning *pruning, const Expr *expr);

static bool
any_may_match(const Pruning *pruning, const Expr *expr)
{
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (may_match(pruning, expr->arguments[i]))
            return true;
    }
    return false;
}

static bool
call_may_match(const Pruning *pruning, const Expr *call)
{
    const Comparison comparison = comparison_of(call);

    if (comparison != NO_COMPARISON)
        return comparison_may_match(pruning, call, comparison);
    if (is_function(call, "~~") && call->argument_count == 2)
        return like_may_match(pruning, call);
    if (is_function(call, "not"))
        return call->arguments[0]->kind != EXPR_COLUMN || truth_may_match(pruning, call->arguments[0], false);
    if (is_function(call, "is_null"))
        return operand_of(pruning, call->arguments[0]).may_be_null;
    if (is_function(call, "is_not_null"))
        return !operand_of(pruning, call->arguments[0]).all_null;
    return true;
}

static bool
may_match(const Pruning *pruning, const Expr *expr)
{
    switch (expr->kind) {
    case EXPR_CONSTANT: return expr->value != NULL && *(const uint8_t *)expr->value != 0;
    case EXPR_COLUMN: return truth_may_match(pruning, expr, true);
    case EXPR_AND:
        return prune_may_match_all(expr->arguments, expr->argument_count, pruning->statistics,
                                   pruning->context);
    case EXPR_OR: return any_may_match(pruning, expr);
    case EXPR_IN: return in_may_match(pruning, expr);
    case EXPR_CALL: return call_may_match(pruning, expr);
    default: return true;
    }
}

bool
prune_may_match(const Expr *condition, PruneStatistics statistics, void *context)
{
    const Pruning pruning = {statistics, context};

    return may_match(&pruning, condition);
}

bool
prune_may_match_all(Expr *const *conjuncts, uint32_t count, PruneStatistics statistics, void *context)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!prune_may_match(conjuncts[i], statistics, context))
            return false;
    }
    return true;
}
