/* Rows of boolean operators, IS … predicates and the choosing forms that see NULLs. */
#include "expr/kernels_logic.h"
#include "expr/registry_topics.h"

/* All arguments become their common type, which is the result's. Nested values cannot be built by kernels. */
static bool
rule_common(uint32_t argument_count, Type *arguments, Type *result)
{
    if (!function_common_type(argument_count, arguments, result) || result->id == TYPE_LIST ||
        result->id == TYPE_JSON)
        return false;
    for (uint32_t i = 0; i < argument_count; i++)
        arguments[i] = *result;
    return true;
}

#define PREDICATE(name, argument, kernel, description)                                                       \
    {                                                                                                        \
        name, 1, {argument}, TYPE_BOOL, NULL, FUNCTION_NOT_STRICT, kernel, description                       \
    }

const Function functions_logic[] = {
    {"not", 1, {TYPE_BOOL}, TYPE_BOOL, NULL, 0, kernel_not, "logical negation"},
    PREDICATE("is_null", TYPE_UNKNOWN, kernel_is_null, "IS NULL"),
    PREDICATE("is_not_null", TYPE_UNKNOWN, kernel_is_not_null, "IS NOT NULL"),
    PREDICATE("is_true", TYPE_BOOL, kernel_is_true, "IS TRUE"),
    PREDICATE("is_not_true", TYPE_BOOL, kernel_is_not_true, "IS NOT TRUE"),
    PREDICATE("is_false", TYPE_BOOL, kernel_is_false, "IS FALSE"),
    PREDICATE("is_not_false", TYPE_BOOL, kernel_is_not_false, "IS NOT FALSE"),
    PREDICATE("is_unknown", TYPE_BOOL, kernel_is_null, "IS UNKNOWN"),
    PREDICATE("is_not_unknown", TYPE_BOOL, kernel_is_not_null, "IS NOT UNKNOWN"),
    {"greatest",
     1,
     {TYPE_UNKNOWN},
     TYPE_UNKNOWN,
     rule_common,
     FUNCTION_NOT_STRICT | FUNCTION_VARIADIC,
     kernel_greatest,
     "the largest of the values that are not NULL"},
    {"least",
     1,
     {TYPE_UNKNOWN},
     TYPE_UNKNOWN,
     rule_common,
     FUNCTION_NOT_STRICT | FUNCTION_VARIADIC,
     kernel_least,
     "the smallest of the values that are not NULL"},
    {"nullif",
     2,
     {TYPE_UNKNOWN, TYPE_UNKNOWN},
     TYPE_UNKNOWN,
     rule_common,
     FUNCTION_NOT_STRICT,
     kernel_nullif,
     "NULL where the two are equal, else the first"},
};
const uint32_t functions_logic_count = sizeof functions_logic / sizeof functions_logic[0];
