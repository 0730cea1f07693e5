/* Rows of to_char, to_date, to_timestamp and to_number: values shown and read by templates. */
#include "expr/kernels_format.h"
#include "expr/registry_topics.h"

/* What any template fits; the binder gives the result the digits of one that is known. */
static bool
rule_number(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    (void)arguments;
    *result = type_numeric(NUMERIC_DIGITS_MAX, 16);
    return true;
}

#define TEMPLATE(name, argument, result, rule, kernel, description)                                          \
    {                                                                                                        \
        name, 2, {TYPE_##argument, TYPE_TEXT}, TYPE_##result, rule, FUNCTION_CAN_FAIL, kernel_##kernel,      \
            description                                                                                      \
    }

const Function functions_format[] = {
    TEMPLATE("to_char", TIMESTAMP, TEXT, NULL, to_char_datetime, "a date and time by a template"),
    TEMPLATE("to_char", TIMESTAMPTZ, TEXT, NULL, to_char_datetime, "a date and time by a template"),
    TEMPLATE("to_char", INTERVAL, TEXT, NULL, to_char_datetime, "an interval by a template"),
    TEMPLATE("to_char", INT4, TEXT, NULL, to_char_number, "a number by a template"),
    TEMPLATE("to_char", INT8, TEXT, NULL, to_char_number, "a number by a template"),
    TEMPLATE("to_char", NUMERIC, TEXT, NULL, to_char_number, "a number by a template"),
    TEMPLATE("to_char", FLOAT4, TEXT, NULL, to_char_number, "a number by a template"),
    TEMPLATE("to_char", FLOAT8, TEXT, NULL, to_char_number, "a number by a template"),
    TEMPLATE("to_date", TEXT, DATE, NULL, to_date, "a date read by a template"),
    TEMPLATE("to_timestamp", TEXT, TIMESTAMPTZ, NULL, to_timestamp_text,
             "a date and time read by a template"),
    TEMPLATE("to_number", TEXT, NUMERIC, rule_number, to_number, "a number read by a template"),
};
const uint32_t functions_format_count = sizeof functions_format / sizeof functions_format[0];
