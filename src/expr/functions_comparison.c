/* Rows of =, <>, <, <=, >, >= and IS [NOT] DISTINCT FROM. */
#include "expr/kernels_compare.h"
#include "expr/registry_topics.h"

/* Both sides get one scale, where the digits of both fit it. */
static bool
rule_numeric(uint32_t argument_count, Type *arguments, Type *result)
{
    const int scale = arguments[0].scale > arguments[1].scale ? arguments[0].scale : arguments[1].scale;
    const int left = arguments[0].precision - arguments[0].scale;
    const int right = arguments[1].precision - arguments[1].scale;
    const int precision = (left > right ? left : right) + scale;

    (void)argument_count;
    *result = type_of(TYPE_BOOL);
    if (precision <= NUMERIC_DIGITS_MAX)
        arguments[0] = arguments[1] = type_numeric((uint8_t)(precision == 0 ? 1 : precision), (uint8_t)scale);
    return true;
}

/* Both have come to fields that are kept alike (the binder sees to it), or one is a literal of the other's
 * type. */
static bool
rule_record(uint32_t argument_count, Type *arguments, Type *result)
{
    const Type known = arguments[arguments[0].nested == NULL];

    (void)argument_count;
    *result = type_of(TYPE_BOOL);
    for (int i = 0; i < 2; i++) {
        if (arguments[i].nested == NULL)
            arguments[i] = known;
    }
    return known.nested != NULL && arguments[0].nested->count == arguments[1].nested->count;
}

/* Arrays of one type that may differ in modifiers; a literal becomes what the other side is. */
static bool
rule_list(uint32_t argument_count, Type *arguments, Type *result)
{
    Type common = arguments[arguments[0].nested == NULL];

    (void)argument_count;
    *result = type_of(TYPE_BOOL);
    if (common.nested == NULL)
        return false;
    if (arguments[0].nested != NULL && arguments[1].nested != NULL &&
        (arguments[0].nested->types[0].id != arguments[1].nested->types[0].id ||
         !function_common_type(2, arguments, &common)))
        return false;
    arguments[0] = arguments[1] = common;
    return true;
}

#define ROW(name, type, rule, flags, kernel, description)                                                    \
    {                                                                                                        \
        name, 2, {type, type}, TYPE_BOOL, rule, flags, kernel, description                                   \
    }

#define COMPARISONS(type, suffix, rule)                                                                      \
    ROW("=", type, rule, 0, kernel_eq_##suffix, "equal"),                                                    \
        ROW("<>", type, rule, 0, kernel_ne_##suffix, "not equal"),                                           \
        ROW("<", type, rule, 0, kernel_lt_##suffix, "less than"),                                            \
        ROW("<=", type, rule, 0, kernel_le_##suffix, "less than or equal"),                                  \
        ROW(">", type, rule, 0, kernel_gt_##suffix, "greater than"),                                         \
        ROW(">=", type, rule, 0, kernel_ge_##suffix, "greater than or equal"),                               \
        ROW("is_distinct_from", type, rule, FUNCTION_NOT_STRICT, kernel_is_distinct, "IS DISTINCT FROM"),    \
        ROW("is_not_distinct_from", type, rule, FUNCTION_NOT_STRICT, kernel_is_not_distinct,                 \
            "IS NOT DISTINCT FROM")

/* Layouts do not tell real from double precision: one kernel compares them mixed. */
#define MIXED(name, left, right, kernel, description)                                                        \
    {                                                                                                        \
        name, 2, {left, right}, TYPE_BOOL, NULL, 0, kernel, description                                      \
    }

#define MIXED_COMPARISONS(left, right)                                                                       \
    MIXED("=", left, right, kernel_eq_f64, "equal"), MIXED("<>", left, right, kernel_ne_f64, "not equal"),   \
        MIXED("<", left, right, kernel_lt_f64, "less than"),                                                 \
        MIXED("<=", left, right, kernel_le_f64, "less than or equal"),                                       \
        MIXED(">", left, right, kernel_gt_f64, "greater than"),                                              \
        MIXED(">=", left, right, kernel_ge_f64, "greater than or equal")

const Function functions_comparison[] = {
    COMPARISONS(TYPE_BOOL, u8, NULL),
    COMPARISONS(TYPE_INT2, i32, NULL),
    COMPARISONS(TYPE_INT4, i32, NULL),
    COMPARISONS(TYPE_INT8, i64, NULL),
    COMPARISONS(TYPE_FLOAT4, f64, NULL),
    COMPARISONS(TYPE_FLOAT8, f64, NULL),
    COMPARISONS(TYPE_NUMERIC, numeric, rule_numeric),
    COMPARISONS(TYPE_TEXT, view, NULL),
    COMPARISONS(TYPE_BPCHAR, view, NULL),
    COMPARISONS(TYPE_BYTEA, view, NULL),
    COMPARISONS(TYPE_DATE, i32, NULL),
    COMPARISONS(TYPE_TIME, i64, NULL),
    COMPARISONS(TYPE_TIMESTAMP, i64, NULL),
    COMPARISONS(TYPE_TIMESTAMPTZ, i64, NULL),
    COMPARISONS(TYPE_INTERVAL, interval, NULL),
    COMPARISONS(TYPE_UUID, i128, NULL),
    COMPARISONS(TYPE_LIST, nested, rule_list),
    COMPARISONS(TYPE_STRUCT, view, rule_record),
    MIXED_COMPARISONS(TYPE_FLOAT4, TYPE_FLOAT8),
    MIXED_COMPARISONS(TYPE_FLOAT8, TYPE_FLOAT4),
};
const uint32_t functions_comparison_count = sizeof functions_comparison / sizeof functions_comparison[0];
