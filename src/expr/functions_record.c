/* Rows of records. What a row or a field is, the binder knows: it writes the calls' types itself. */
#include "expr/kernels_logic.h"
#include "expr/kernels_record.h"
#include "expr/registry_topics.h"

/* A record whose fields the caller describes. */
static bool
rule_row(uint32_t argument_count, Type *arguments, Type *result)
{
    for (uint32_t i = 0; i < argument_count; i++) {
        if (arguments[i].id == TYPE_UNKNOWN)
            arguments[i] = type_of(TYPE_TEXT);
    }
    *result = type_of(TYPE_STRUCT);
    return true;
}

static bool
rule_field(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    if (arguments[0].nested == NULL || arguments[0].nested->count == 0)
        return false;
    *result = arguments[0].nested->types[0];
    return true;
}

#define ROW(name, count, flags, kernel, description)                                                         \
    {                                                                                                        \
        name, count, {TYPE_UNKNOWN}, TYPE_STRUCT, rule_row, FUNCTION_NOT_STRICT | (flags), kernel,           \
            description                                                                                      \
    }
#define TEST(name, kernel, description)                                                                      \
    {                                                                                                        \
        name, 1, {TYPE_STRUCT}, TYPE_BOOL, NULL, FUNCTION_NOT_STRICT, kernel, description                    \
    }

const Function functions_record[] = {
    ROW("row", 0, 0, kernel_make_row, "ROW()"),
    ROW("row", 1, FUNCTION_VARIADIC, kernel_make_row, "ROW(…)"),
    ROW("row_of_match", 1, FUNCTION_VARIADIC, kernel_make_row_of_match,
        "a row of the values behind the first, NULL where that is: only within a plan"),
    {"record_field",
     2,
     {TYPE_STRUCT, TYPE_INT4},
     TYPE_UNKNOWN,
     rule_field,
     FUNCTION_CAN_FAIL,
     kernel_record_field,
     "(record).field: only within a plan"},
    TEST("row_is_null", kernel_row_is_null, "record IS NULL: all its fields are"),
    TEST("row_is_not_null", kernel_row_is_not_null, "record IS NOT NULL: none of its fields is"),
    TEST("record_exists", kernel_is_not_null, "there is a record, whatever its fields are"),
};
const uint32_t functions_record_count = sizeof functions_record / sizeof functions_record[0];
