/* Rows of arrays. What is "any" here is settled by rules: an array's elements and the values beside it become
 * one type. */
#include "expr/kernels_array.h"
#include "expr/registry_topics.h"

#define FAILS FUNCTION_CAN_FAIL
#define NULLS FUNCTION_NOT_STRICT
#define ANY   TYPE_UNKNOWN

/* The elements' type that all settle on: arrays count by their elements where `is_array` has their bit. */
static bool
settle(uint32_t count, Type *arguments, unsigned arrays, Type *element)
{
    Type types[FUNCTION_ARGUMENTS_MAX];
    bool known = false;

    for (uint32_t i = 0; i < count; i++) {
        const bool array = (arrays >> i & 1) != 0;
        types[i] = !array                        ? arguments[i]
                   : arguments[i].nested == NULL ? type_of(TYPE_UNKNOWN)
                                                 : arguments[i].nested->types[0];
        known |= types[i].id != TYPE_UNKNOWN;
    }
    if (!known || !function_common_type(count, types, element) || !type_can_be_element(*element))
        return false;
    for (uint32_t i = 0; i < count; i++)
        arguments[i] = (arrays >> i & 1) != 0 ? type_list(*element) : *element;
    return true;
}

/* ARRAY[…] */
static bool
rule_array(uint32_t argument_count, Type *arguments, Type *result)
{
    Type element;

    if (!function_common_type(argument_count, arguments, &element) || !type_can_be_element(element))
        return false;
    for (uint32_t i = 0; i < argument_count; i++)
        arguments[i] = element;
    *result = type_list(element);
    return true;
}

/* The first of several array rules: arguments by number, the result an array. */
#define RULE(name, count, arrays)                                                                            \
    static bool name(uint32_t argument_count, Type *arguments, Type *result)                                 \
    {                                                                                                        \
        Type element;                                                                                        \
        (void)argument_count;                                                                                \
        if (!settle(count, arguments, arrays, &element))                                                     \
            return false;                                                                                    \
        *result = type_list(element);                                                                        \
        return true;                                                                                         \
    }

RULE(rule_append, 2, 1)
RULE(rule_prepend, 2, 2)
RULE(rule_cat, 2, 3)
RULE(rule_replace, 3, 1)
RULE(rule_same_array, 1, 1)

/* Arrays of one type, which is the result's, or literals of it. */
static bool
rule_choice(uint32_t argument_count, Type *arguments, Type *result)
{
    const Type *known = NULL;

    for (uint32_t i = 0; i < argument_count; i++) {
        if (arguments[i].nested != NULL)
            known = &arguments[i];
    }
    if (known == NULL)
        return false;
    *result = *known;
    for (uint32_t i = 0; i < argument_count; i++)
        arguments[i] = *result;
    return true;
}

static bool
rule_element(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    if (arguments[0].nested == NULL)
        return false;
    *result = arguments[0].nested->types[0];
    return true;
}

static bool
rule_fill(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    if (arguments[0].id == TYPE_UNKNOWN)
        arguments[0] = type_of(TYPE_TEXT);
    if (!type_can_be_element(arguments[0]))
        return false;
    arguments[1] = type_list(type_of(TYPE_INT4));
    *result = type_list(arguments[0]);
    return true;
}

static bool
rule_bucket(uint32_t argument_count, Type *arguments, Type *result)
{
    Type element;

    (void)argument_count;
    *result = type_of(TYPE_INT4);
    return settle(2, arguments, 2, &element);
}

static bool
rule_positions(uint32_t argument_count, Type *arguments, Type *result)
{
    Type element;

    (void)argument_count;
    *result = type_list(type_of(TYPE_INT4));
    return settle(2, arguments, 1, &element);
}

static bool
rule_position(uint32_t argument_count, Type *arguments, Type *result)
{
    Type element;

    (void)argument_count;
    *result = type_of(TYPE_INT4);
    return settle(2, arguments, 1, &element);
}

static bool
rule_quantified(uint32_t argument_count, Type *arguments, Type *result)
{
    Type element;

    (void)argument_count;
    *result = type_of(TYPE_BOOL);
    return settle(2, arguments, 2, &element);
}

/* @>, <@ and &&, like =, take arrays of one type. */
static bool
rule_sets(uint32_t argument_count, Type *arguments, Type *result)
{
    Type element;

    (void)argument_count;
    *result = type_of(TYPE_BOOL);
    if (arguments[0].nested != NULL && arguments[1].nested != NULL &&
        arguments[0].nested->types[0].id != arguments[1].nested->types[0].id)
        return false;
    return settle(2, arguments, 3, &element) && element.id != TYPE_LIST;
}

#define RULE_OF(name, type)                                                                                  \
    static bool name(uint32_t argument_count, Type *arguments, Type *result)                                 \
    {                                                                                                        \
        (void)argument_count;                                                                                \
        (void)arguments;                                                                                     \
        *result = type;                                                                                      \
        return true;                                                                                         \
    }

static bool
rule_flatten(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    if (arguments[0].nested == NULL)
        return false;
    *result = arguments[0];
    while (result->nested->types[0].id == TYPE_LIST)
        *result = result->nested->types[0];
    return true;
}

RULE_OF(rule_texts, type_list(type_of(TYPE_TEXT)))
RULE_OF(rule_matches, type_list(type_list(type_of(TYPE_TEXT))))
RULE_OF(rule_int4s, type_list(type_of(TYPE_INT4)))
RULE_OF(rule_int8s, type_list(type_of(TYPE_INT8)))
RULE_OF(rule_timestamps, type_list(type_of(TYPE_TIMESTAMP)))
RULE_OF(rule_timestamptzs, type_list(type_of(TYPE_TIMESTAMPTZ)))

/* All of one scale. */
static bool
rule_numerics(uint32_t argument_count, Type *arguments, Type *result)
{
    Type common;

    if (!function_common_type(argument_count, arguments, &common) || common.id != TYPE_NUMERIC)
        return false;
    common = type_numeric(NUMERIC_DIGITS_MAX, common.scale);
    for (uint32_t i = 0; i < argument_count; i++)
        arguments[i] = common;
    *result = type_list(common);
    return true;
}

#define QUANTIFIED(name, kernel, description)                                                                \
    {                                                                                                        \
        name, 2, {ANY, TYPE_LIST}, TYPE_BOOL, rule_quantified, NULLS, kernel, description                    \
    }

const Function functions_array[] = {
    {"array", 1, {ANY}, TYPE_LIST, rule_array, NULLS | FAILS | FUNCTION_VARIADIC, kernel_array, "ARRAY[…]"},
    {"array_subscript", 2, {TYPE_LIST, TYPE_INT4}, ANY, rule_element, 0, kernel_array_subscript, "array[n]"},
    {"array_slice",
     3,
     {TYPE_LIST, TYPE_INT4, TYPE_INT4},
     TYPE_LIST,
     rule_same_array,
     FAILS,
     kernel_array_slice,
     "array[from:to]"},
    {"array_of_arrays",
     1,
     {TYPE_LIST},
     TYPE_LIST,
     rule_same_array,
     FAILS,
     kernel_array_of_arrays,
     "what array_agg(array) makes of its values"},
    {"percentiles_cont",
     3,
     {TYPE_LIST, TYPE_LIST, TYPE_BOOL},
     TYPE_LIST,
     rule_same_array,
     FAILS,
     kernel_percentiles_cont,
     "what percentile_cont(array) makes of the ordered values"},
    {"percentiles_disc",
     3,
     {TYPE_LIST, TYPE_LIST, TYPE_BOOL},
     TYPE_LIST,
     rule_same_array,
     FAILS,
     kernel_percentiles_disc,
     "what percentile_disc(array) makes of the ordered values"},
    {"trim_array",
     2,
     {TYPE_LIST, TYPE_INT4},
     TYPE_LIST,
     rule_same_array,
     FAILS,
     kernel_array_trim,
     "without the last n elements"},
    {"array_set",
     3,
     {TYPE_LIST, ANY, TYPE_INT4},
     TYPE_LIST,
     rule_append,
     NULLS | FAILS,
     kernel_array_set,
     "with another element of that number: SET a[n] = value"},
    {"array_append",
     2,
     {TYPE_LIST, ANY},
     TYPE_LIST,
     rule_append,
     NULLS | FAILS,
     kernel_array_append,
     "an element more at the end"},
    {"array_prepend",
     2,
     {ANY, TYPE_LIST},
     TYPE_LIST,
     rule_prepend,
     NULLS | FAILS,
     kernel_array_prepend,
     "an element more at the beginning"},
    {"greatest",
     1,
     {TYPE_LIST},
     TYPE_LIST,
     rule_choice,
     NULLS | FUNCTION_VARIADIC,
     kernel_array_greatest,
     "the largest of the arrays that are not NULL"},
    {"least",
     1,
     {TYPE_LIST},
     TYPE_LIST,
     rule_choice,
     NULLS | FUNCTION_VARIADIC,
     kernel_array_least,
     "the smallest of the arrays that are not NULL"},
    {"nullif",
     2,
     {TYPE_LIST, TYPE_LIST},
     TYPE_LIST,
     rule_choice,
     NULLS,
     kernel_array_nullif,
     "NULL where the two are equal, else the first"},
    {"array_cat",
     2,
     {TYPE_LIST, TYPE_LIST},
     TYPE_LIST,
     rule_cat,
     NULLS | FAILS,
     kernel_array_cat,
     "one array after the other"},
    {"array_remove",
     2,
     {TYPE_LIST, ANY},
     TYPE_LIST,
     rule_append,
     NULLS | FAILS,
     kernel_array_remove,
     "without the elements that equal a value"},
    {"array_replace",
     3,
     {TYPE_LIST, ANY, ANY},
     TYPE_LIST,
     rule_replace,
     NULLS | FAILS,
     kernel_array_replace,
     "another value for the elements that equal one"},
    {"array_fill",
     2,
     {ANY, TYPE_LIST},
     TYPE_LIST,
     rule_fill,
     NULLS | FAILS,
     kernel_array_fill,
     "an array of one value, as long as the second array's element says"},
    {"array_length",
     2,
     {TYPE_LIST, TYPE_INT4},
     TYPE_INT4,
     NULL,
     0,
     kernel_array_length,
     "the size of a dimension"},
    {"array_lower",
     2,
     {TYPE_LIST, TYPE_INT4},
     TYPE_INT4,
     NULL,
     0,
     kernel_array_lower,
     "the first subscript of a dimension: 1"},
    {"array_upper",
     2,
     {TYPE_LIST, TYPE_INT4},
     TYPE_INT4,
     NULL,
     0,
     kernel_array_upper,
     "the last subscript of a dimension"},
    {"array_ndims", 1, {TYPE_LIST}, TYPE_INT4, NULL, 0, kernel_array_ndims, "the number of dimensions"},
    {"array_dims", 1, {TYPE_LIST}, TYPE_TEXT, NULL, FAILS, kernel_array_dims, "the dimensions as text"},
    {"cardinality", 1, {TYPE_LIST}, TYPE_INT4, NULL, 0, kernel_cardinality, "the number of elements"},
    {"array_position",
     2,
     {TYPE_LIST, ANY},
     TYPE_INT4,
     rule_position,
     NULLS | FAILS,
     kernel_array_position,
     "the first subscript of a value"},
    {"array_position",
     3,
     {TYPE_LIST, ANY, TYPE_INT4},
     TYPE_INT4,
     rule_position,
     NULLS | FAILS,
     kernel_array_position,
     "the first subscript of a value from one on"},
    {"width_bucket",
     2,
     {ANY, TYPE_LIST},
     TYPE_INT4,
     rule_bucket,
     FAILS,
     kernel_array_bucket,
     "how many of the ascending thresholds are not above the value"},
    {"array_positions",
     2,
     {TYPE_LIST, ANY},
     TYPE_LIST,
     rule_positions,
     NULLS | FAILS,
     kernel_array_positions,
     "all subscripts of a value"},
    {"@>",
     2,
     {TYPE_LIST, TYPE_LIST},
     TYPE_BOOL,
     rule_sets,
     0,
     kernel_array_contains,
     "has all elements of the other"},
    {"<@",
     2,
     {TYPE_LIST, TYPE_LIST},
     TYPE_BOOL,
     rule_sets,
     0,
     kernel_array_is_contained,
     "its elements are all in the other"},
    {"&&",
     2,
     {TYPE_LIST, TYPE_LIST},
     TYPE_BOOL,
     rule_sets,
     0,
     kernel_array_overlaps,
     "has an element of the other"},
    {"array_to_string",
     2,
     {TYPE_LIST, TYPE_TEXT},
     TYPE_TEXT,
     NULL,
     NULLS | FAILS,
     kernel_array_to_string,
     "the elements that are not NULL, with separators"},
    {"array_to_string",
     3,
     {TYPE_LIST, TYPE_TEXT, TYPE_TEXT},
     TYPE_TEXT,
     NULL,
     NULLS | FAILS,
     kernel_array_to_string,
     "the elements, with separators and a text for NULLs"},
    {"string_to_array",
     2,
     {TYPE_TEXT, TYPE_TEXT},
     TYPE_LIST,
     rule_texts,
     NULLS | FAILS,
     kernel_string_to_array,
     "the parts between separators"},
    {"string_to_array",
     3,
     {TYPE_TEXT, TYPE_TEXT, TYPE_TEXT},
     TYPE_LIST,
     rule_texts,
     NULLS | FAILS,
     kernel_string_to_array,
     "the parts between separators, one of them meaning NULL"},
    {"parse_ident",
     1,
     {TYPE_TEXT},
     TYPE_LIST,
     rule_texts,
     FAILS,
     kernel_parse_ident,
     "the parts of a name as SQL writes it"},
    {"parse_ident",
     2,
     {TYPE_TEXT, TYPE_BOOL},
     TYPE_LIST,
     rule_texts,
     FAILS,
     kernel_parse_ident,
     "the parts of a name, and (where the last argument is false) perhaps more behind it"},
    {"regexp_match",
     2,
     {TYPE_TEXT, TYPE_TEXT},
     TYPE_LIST,
     rule_texts,
     FAILS,
     kernel_regexp_match,
     "the groups of the first match"},
    {"regexp_match",
     3,
     {TYPE_TEXT, TYPE_TEXT, TYPE_TEXT},
     TYPE_LIST,
     rule_texts,
     FAILS,
     kernel_regexp_match,
     "the groups of the first match, with flags"},
    {"regexp_split_to_array",
     2,
     {TYPE_TEXT, TYPE_TEXT},
     TYPE_LIST,
     rule_texts,
     FAILS,
     kernel_regexp_split_to_array,
     "the parts between matches"},
    {"regexp_split_to_array",
     3,
     {TYPE_TEXT, TYPE_TEXT, TYPE_TEXT},
     TYPE_LIST,
     rule_texts,
     FAILS,
     kernel_regexp_split_to_array,
     "the parts between matches, with flags"},
    {"set_row",
     0,
     {ANY},
     TYPE_INT4,
     NULL,
     FAILS | FUNCTION_VOLATILE,
     kernel_set_row,
     "the number of the row that a set-returning function gives: only within a plan"},
    {"array_flatten",
     1,
     {TYPE_LIST},
     TYPE_LIST,
     rule_flatten,
     FAILS,
     kernel_array_flatten,
     "the elements of all dimensions in one"},
    {"series_array",
     2,
     {TYPE_INT4, TYPE_INT4},
     TYPE_LIST,
     rule_int4s,
     FAILS,
     kernel_series_i32,
     "what generate_series(from, to) gives, as an array"},
    {"series_array",
     3,
     {TYPE_INT4, TYPE_INT4, TYPE_INT4},
     TYPE_LIST,
     rule_int4s,
     FAILS,
     kernel_series_i32,
     "what generate_series(from, to, step) gives, as an array"},
    {"series_array",
     2,
     {TYPE_INT8, TYPE_INT8},
     TYPE_LIST,
     rule_int8s,
     FAILS,
     kernel_series_i64,
     "what generate_series(from, to) gives, as an array"},
    {"series_array",
     3,
     {TYPE_INT8, TYPE_INT8, TYPE_INT8},
     TYPE_LIST,
     rule_int8s,
     FAILS,
     kernel_series_i64,
     "what generate_series(from, to, step) gives, as an array"},
    {"series_array",
     2,
     {TYPE_NUMERIC, TYPE_NUMERIC},
     TYPE_LIST,
     rule_numerics,
     FAILS,
     kernel_series_numeric,
     "what generate_series(from, to) gives, as an array"},
    {"series_array",
     3,
     {TYPE_NUMERIC, TYPE_NUMERIC, TYPE_NUMERIC},
     TYPE_LIST,
     rule_numerics,
     FAILS,
     kernel_series_numeric,
     "what generate_series(from, to, step) gives, as an array"},
    {"series_array",
     3,
     {TYPE_TIMESTAMP, TYPE_TIMESTAMP, TYPE_INTERVAL},
     TYPE_LIST,
     rule_timestamps,
     FAILS,
     kernel_series_time,
     "what generate_series(from, to, step) gives, as an array"},
    {"series_array",
     3,
     {TYPE_TIMESTAMPTZ, TYPE_TIMESTAMPTZ, TYPE_INTERVAL},
     TYPE_LIST,
     rule_timestamptzs,
     FAILS,
     kernel_series_time,
     "what generate_series(from, to, step) gives, as an array"},
    {"subscripts_array",
     2,
     {TYPE_LIST, TYPE_INT4},
     TYPE_LIST,
     rule_int4s,
     FAILS,
     kernel_array_subscripts,
     "what generate_subscripts(array, dimension) gives, as an array"},
    {"subscripts_array",
     3,
     {TYPE_LIST, TYPE_INT4, TYPE_BOOL},
     TYPE_LIST,
     rule_int4s,
     FAILS,
     kernel_array_subscripts,
     "what generate_subscripts(array, dimension, reverse) gives, as an array"},
    {"regexp_matches_array",
     2,
     {TYPE_TEXT, TYPE_TEXT},
     TYPE_LIST,
     rule_matches,
     FAILS,
     kernel_regexp_matches,
     "what regexp_matches(text, pattern) gives, as an array"},
    {"regexp_matches_array",
     3,
     {TYPE_TEXT, TYPE_TEXT, TYPE_TEXT},
     TYPE_LIST,
     rule_matches,
     FAILS,
     kernel_regexp_matches,
     "what regexp_matches(text, pattern, flags) gives, as an array"},
    QUANTIFIED("eq_any", kernel_eq_any, "= ANY (array)"),
    QUANTIFIED("ne_any", kernel_ne_any, "<> ANY (array)"),
    QUANTIFIED("lt_any", kernel_lt_any, "< ANY (array)"),
    QUANTIFIED("le_any", kernel_le_any, "<= ANY (array)"),
    QUANTIFIED("gt_any", kernel_gt_any, "> ANY (array)"),
    QUANTIFIED("ge_any", kernel_ge_any, ">= ANY (array)"),
    QUANTIFIED("eq_all", kernel_eq_all, "= ALL (array)"),
    QUANTIFIED("ne_all", kernel_ne_all, "<> ALL (array)"),
    QUANTIFIED("lt_all", kernel_lt_all, "< ALL (array)"),
    QUANTIFIED("le_all", kernel_le_all, "<= ALL (array)"),
    QUANTIFIED("gt_all", kernel_gt_all, "> ALL (array)"),
    QUANTIFIED("ge_all", kernel_ge_all, ">= ALL (array)"),
};
const uint32_t functions_array_count = sizeof functions_array / sizeof functions_array[0];
