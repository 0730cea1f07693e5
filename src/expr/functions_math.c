/* Rows of mathematical functions. abs and mod are with the operators. */
#include "expr/kernels_math.h"
#include "expr/registry_topics.h"

#define FAILS FUNCTION_CAN_FAIL

/* The argument's digits before the point and one more, which rounding may need. */
static bool
rule_whole(uint32_t argument_count, Type *arguments, Type *result)
{
    const int digits = arguments[0].precision - arguments[0].scale + 1;

    (void)argument_count;
    *result = type_numeric((uint8_t)(digits > NUMERIC_DIGITS_MAX ? NUMERIC_DIGITS_MAX : digits), 0);
    return true;
}

static bool
rule_rounded(uint32_t argument_count, Type *arguments, Type *result)
{
    const int digits = arguments[0].precision + 1;

    (void)argument_count;
    *result = type_numeric((uint8_t)(digits > NUMERIC_DIGITS_MAX ? NUMERIC_DIGITS_MAX : digits),
                           arguments[0].scale);
    return true;
}

static bool
rule_sign(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    (void)arguments;
    *result = type_numeric(1, 0);
    return true;
}

static bool
rule_inexact(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    (void)arguments;
    *result = type_numeric(NUMERIC_DIGITS_MAX, 16);
    return true;
}

/* Both arguments at one scale. */
static bool
rule_quotient(uint32_t argument_count, Type *arguments, Type *result)
{
    const uint8_t scale = arguments[0].scale > arguments[1].scale ? arguments[0].scale : arguments[1].scale;

    (void)argument_count;
    arguments[0] = arguments[1] = type_numeric(NUMERIC_DIGITS_MAX, scale);
    *result = type_numeric(NUMERIC_DIGITS_MAX, 0);
    return true;
}

static bool
rule_same(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    *result = arguments[0];
    return true;
}

static bool
rule_factorial(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    (void)arguments;
    *result = type_numeric(NUMERIC_DIGITS_MAX, 0);
    return true;
}

static bool
rule_one_scale(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    *result = type_numeric(NUMERIC_DIGITS_MAX,
                           arguments[0].scale > arguments[1].scale ? arguments[0].scale : arguments[1].scale);
    arguments[0] = arguments[1] = *result;
    return true;
}

static bool
rule_bucket(uint32_t argument_count, Type *arguments, Type *result)
{
    uint8_t scale = 0;

    (void)argument_count;
    for (int i = 0; i < 3; i++)
        scale = arguments[i].scale > scale ? arguments[i].scale : scale;
    for (int i = 0; i < 3; i++)
        arguments[i] = type_numeric(NUMERIC_DIGITS_MAX, scale);
    *result = type_of(TYPE_INT4);
    return true;
}

#define ON_DOUBLE(name, kernel, description)                                                                 \
    {                                                                                                        \
        name, 1, {TYPE_FLOAT8}, TYPE_FLOAT8, NULL, FAILS, kernel_##kernel, description                       \
    }
#define ON_NUMERIC(name, rule, kernel, description)                                                          \
    {                                                                                                        \
        name, 1, {TYPE_NUMERIC}, TYPE_NUMERIC, rule, FAILS, kernel_##kernel, description                     \
    }
#define ON_BOTH(name, rule, kernel, description)                                                             \
    ON_DOUBLE(name, kernel##_double, description), ON_NUMERIC(name, rule, kernel##_numeric, description)
#define TO_DIGITS(name, kernel, description)                                                                 \
    {                                                                                                        \
        name, 2, {TYPE_NUMERIC, TYPE_INT4}, TYPE_NUMERIC, rule_rounded, FAILS, kernel_##kernel, description  \
    }
#define TWO(name, type, result, rule, kernel, description)                                                   \
    {                                                                                                        \
        name, 2, {type, type}, result, rule, FAILS, kernel_##kernel, description                             \
    }

const Function functions_math[] = {
    ON_BOTH("round", rule_whole, round, "to the nearest whole number"),
    ON_BOTH("trunc", rule_whole, trunc, "toward zero"),
    ON_BOTH("ceil", rule_whole, ceil, "up"),
    ON_BOTH("ceiling", rule_whole, ceil, "up"),
    ON_BOTH("floor", rule_whole, floor, "down"),
    ON_BOTH("sign", rule_sign, sign, "-1, 0 or 1"),
    TO_DIGITS("round", round_numeric, "to so many decimal places"),
    TO_DIGITS("trunc", trunc_numeric, "toward zero, to so many decimal places"),
    ON_DOUBLE("sqrt", sqrt, "square root"),
    ON_NUMERIC("sqrt", rule_inexact, sqrt_numeric, "square root"),
    ON_DOUBLE("|/", sqrt, "square root"),
    ON_DOUBLE("cbrt", cbrt, "cube root"),
    ON_DOUBLE("||/", cbrt, "cube root"),
    ON_DOUBLE("exp", exp, "exponential"),
    ON_NUMERIC("exp", rule_inexact, exp_numeric, "exponential"),
    ON_DOUBLE("ln", ln, "natural logarithm"),
    ON_NUMERIC("ln", rule_inexact, ln_numeric, "natural logarithm"),
    ON_DOUBLE("log", log10, "logarithm to base 10"),
    ON_NUMERIC("log", rule_inexact, log10_numeric, "logarithm to base 10"),
    ON_DOUBLE("log10", log10, "logarithm to base 10"),
    ON_NUMERIC("log10", rule_inexact, log10_numeric, "logarithm to base 10"),
    TWO("log", TYPE_NUMERIC, TYPE_NUMERIC, rule_inexact, log_numeric,
        "logarithm of the second to the base of the first"),
    TWO("power", TYPE_FLOAT8, TYPE_FLOAT8, NULL, power, "power"),
    TWO("power", TYPE_NUMERIC, TYPE_NUMERIC, rule_inexact, power_numeric, "power"),
    TWO("pow", TYPE_FLOAT8, TYPE_FLOAT8, NULL, power, "power"),
    TWO("pow", TYPE_NUMERIC, TYPE_NUMERIC, rule_inexact, power_numeric, "power"),
    TWO("^", TYPE_FLOAT8, TYPE_FLOAT8, NULL, power, "power"),
    TWO("^", TYPE_NUMERIC, TYPE_NUMERIC, rule_inexact, power_numeric, "power"),
    ON_DOUBLE("sin", sin, "sine"),
    ON_DOUBLE("cos", cos, "cosine"),
    ON_DOUBLE("tan", tan, "tangent"),
    ON_DOUBLE("cot", cot, "cotangent"),
    ON_DOUBLE("asin", asin, "arc sine"),
    ON_DOUBLE("acos", acos, "arc cosine"),
    ON_DOUBLE("atan", atan, "arc tangent"),
    TWO("atan2", TYPE_FLOAT8, TYPE_FLOAT8, NULL, atan2, "angle of a point (y, x)"),
    ON_DOUBLE("sinh", sinh, "hyperbolic sine"),
    ON_DOUBLE("cosh", cosh, "hyperbolic cosine"),
    ON_DOUBLE("tanh", tanh, "hyperbolic tangent"),
    ON_DOUBLE("asinh", asinh, "inverse hyperbolic sine"),
    ON_DOUBLE("acosh", acosh, "inverse hyperbolic cosine"),
    ON_DOUBLE("atanh", atanh, "inverse hyperbolic tangent"),
    ON_DOUBLE("sind", sind, "sine of degrees"),
    ON_DOUBLE("cosd", cosd, "cosine of degrees"),
    ON_DOUBLE("tand", tand, "tangent of degrees"),
    ON_DOUBLE("cotd", cotd, "cotangent of degrees"),
    ON_DOUBLE("asind", asind, "arc sine in degrees"),
    ON_DOUBLE("acosd", acosd, "arc cosine in degrees"),
    ON_DOUBLE("atand", atand, "arc tangent in degrees"),
    TWO("atan2d", TYPE_FLOAT8, TYPE_FLOAT8, NULL, atan2d, "angle of a point (y, x) in degrees"),
    ON_DOUBLE("degrees", degrees, "radians as degrees"),
    ON_DOUBLE("radians", radians, "degrees as radians"),
    {"pi", 0, {TYPE_UNKNOWN}, TYPE_FLOAT8, NULL, 0, kernel_pi, "the number pi"},
    {"random", 0, {TYPE_UNKNOWN}, TYPE_FLOAT8, NULL, FUNCTION_VOLATILE, kernel_random, "uniform in [0, 1)"},
    {"gen_random_uuid",
     0,
     {TYPE_UNKNOWN},
     TYPE_UUID,
     NULL,
     FUNCTION_VOLATILE | FAILS,
     kernel_gen_random_uuid,
     "a random UUID (version 4)"},
    TWO("div", TYPE_NUMERIC, TYPE_NUMERIC, rule_quotient, quotient_numeric, "the quotient's whole part"),
    TWO("gcd", TYPE_INT4, TYPE_INT4, NULL, gcd_i32, "greatest common divisor"),
    TWO("lcm", TYPE_INT4, TYPE_INT4, NULL, lcm_i32, "least common multiple"),
    TWO("gcd", TYPE_NUMERIC, TYPE_NUMERIC, rule_one_scale, gcd_numeric, "greatest common divisor"),
    TWO("lcm", TYPE_NUMERIC, TYPE_NUMERIC, rule_one_scale, lcm_numeric, "least common multiple"),
    {"factorial", 1, {TYPE_INT8}, TYPE_NUMERIC, rule_factorial, FAILS, kernel_factorial, "factorial"},
    {"scale", 1, {TYPE_NUMERIC}, TYPE_INT4, NULL, 0, kernel_scale, "decimal places"},
    {"min_scale",
     1,
     {TYPE_NUMERIC},
     TYPE_INT4,
     NULL,
     0,
     kernel_min_scale,
     "decimal places without trailing zeros"},
    ON_NUMERIC("trim_scale", rule_same, trim_scale, "a constant without trailing zeros"),
    {"num_nulls",
     1,
     {TYPE_UNKNOWN},
     TYPE_INT4,
     NULL,
     FUNCTION_NOT_STRICT | FUNCTION_VARIADIC,
     kernel_num_nulls,
     "how many arguments are NULL"},
    {"num_nonnulls",
     1,
     {TYPE_UNKNOWN},
     TYPE_INT4,
     NULL,
     FUNCTION_NOT_STRICT | FUNCTION_VARIADIC,
     kernel_num_nonnulls,
     "how many arguments are not NULL"},
    {"is_fraction",
     1,
     {TYPE_FLOAT8},
     TYPE_BOOL,
     NULL,
     FAILS,
     kernel_is_fraction,
     "true; the error that percentiles of another number are"},
    {"checked_limit",
     1,
     {TYPE_INT8},
     TYPE_INT8,
     NULL,
     FAILS,
     kernel_checked_limit,
     "the number; the error that a negative LIMIT is"},
    {"checked_offset",
     1,
     {TYPE_INT8},
     TYPE_INT8,
     NULL,
     FAILS,
     kernel_checked_offset,
     "the number; the error that a negative OFFSET is"},
    {"width_bucket",
     4,
     {TYPE_NUMERIC, TYPE_NUMERIC, TYPE_NUMERIC, TYPE_INT4},
     TYPE_INT4,
     rule_bucket,
     FAILS,
     kernel_width_bucket_numeric,
     "the number of the bucket in a histogram of equal widths"},
    TWO("gcd", TYPE_INT8, TYPE_INT8, NULL, gcd, "greatest common divisor"),
    TWO("lcm", TYPE_INT8, TYPE_INT8, NULL, lcm, "least common multiple"),
    {"width_bucket",
     4,
     {TYPE_FLOAT8, TYPE_FLOAT8, TYPE_FLOAT8, TYPE_INT4},
     TYPE_INT4,
     NULL,
     FAILS,
     kernel_width_bucket,
     "the number of the bucket in a histogram of equal widths"},
};
const uint32_t functions_math_count = sizeof functions_math / sizeof functions_math[0];
