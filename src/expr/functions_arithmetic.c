/* Rows of the arithmetic and bit operators, and the digits of their numeric results. */
#include "expr/kernels_arithmetic.h"
#include "expr/registry_topics.h"

static int
integer_digits(Type type)
{
    return type.precision - type.scale;
}

static int
larger(int a, int b)
{
    return a > b ? a : b;
}

static Type
capped(int precision, int scale)
{
    const int most = precision > NUMERIC_DIGITS_MAX ? NUMERIC_DIGITS_MAX : precision;

    return type_numeric((uint8_t)larger(most, 1), (uint8_t)scale);
}

/* Sums: one digit more than the wider side; both sides at the result's scale and in its layout. */
static bool
rule_sum(uint32_t argument_count, Type *arguments, Type *result)
{
    const int scale = larger(arguments[0].scale, arguments[1].scale);
    const int digits = larger(integer_digits(arguments[0]), integer_digits(arguments[1]));

    (void)argument_count;
    *result = capped(digits + scale + 1, scale);
    arguments[0] = arguments[1] = *result;
    return true;
}

/* Products: the digits and the scales add up. A scale that no numeric can have is out of reach. */
static bool
rule_product(uint32_t argument_count, Type *arguments, Type *result)
{
    const int scale = arguments[0].scale + arguments[1].scale;

    (void)argument_count;
    if (scale > NUMERIC_DIGITS_MAX)
        return false;
    *result = capped(arguments[0].precision + arguments[1].precision, scale);
    return true;
}

enum { QUOTIENT_SCALE = 16 };

static bool
rule_quotient(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    *result = type_numeric(NUMERIC_DIGITS_MAX,
                           (uint8_t)larger(QUOTIENT_SCALE, larger(arguments[0].scale, arguments[1].scale)));
    return true;
}

/* Remainders: both sides at one scale; no larger than either. */
static bool
rule_remainder(uint32_t argument_count, Type *arguments, Type *result)
{
    const int scale = larger(arguments[0].scale, arguments[1].scale);
    const int digits = larger(integer_digits(arguments[0]), integer_digits(arguments[1]));

    (void)argument_count;
    *result = capped(digits + scale, scale);
    arguments[0] = arguments[1] = *result;
    return true;
}

static bool
rule_same(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    *result = arguments[0];
    return true;
}

#define FAILS FUNCTION_CAN_FAIL

#define BINARY(name, left, right, result, rule, flags, kernel, description)                                  \
    {                                                                                                        \
        name, 2, {left, right}, result, rule, flags, kernel, description                                     \
    }
#define UNARY(name, argument, rule, flags, kernel, description)                                              \
    {                                                                                                        \
        name, 1, {argument}, argument, rule, flags, kernel, description                                      \
    }

#define FOUR(left, right, type, suffix)                                                                      \
    BINARY("+", left, right, type, NULL, FAILS, kernel_add_##suffix, "addition"),                            \
        BINARY("-", left, right, type, NULL, FAILS, kernel_sub_##suffix, "subtraction"),                     \
        BINARY("*", left, right, type, NULL, FAILS, kernel_mul_##suffix, "multiplication"),                  \
        BINARY("/", left, right, type, NULL, FAILS, kernel_div_##suffix, "division")

#define SIGNS(type, suffix, rule, flags)                                                                     \
    UNARY("+", type, rule, 0, kernel_identity, "the value itself"),                                          \
        UNARY("-", type, rule, flags, kernel_neg_##suffix, "negation"),                                      \
        UNARY("@", type, rule, flags, kernel_abs_##suffix, "absolute value"),                                \
        UNARY("abs", type, rule, flags, kernel_abs_##suffix, "absolute value")

#define REMAINDER(type, suffix)                                                                              \
    BINARY("%", type, type, type, NULL, FAILS, kernel_mod_##suffix, "remainder, with the dividend's sign"),  \
        BINARY("mod", type, type, type, NULL, FAILS, kernel_mod_##suffix,                                    \
               "remainder, with the dividend's sign")

#define BITS(type, suffix, shifts)                                                                           \
    BINARY("&", type, type, type, NULL, 0, kernel_bit_and_##suffix, "bitwise and"),                          \
        BINARY("|", type, type, type, NULL, 0, kernel_bit_or_##suffix, "bitwise or"),                        \
        BINARY("#", type, type, type, NULL, 0, kernel_bit_xor_##suffix, "bitwise exclusive or"),             \
        UNARY("~", type, NULL, 0, kernel_bit_not_##suffix, "bitwise not"),                                   \
        BINARY("<<", type, TYPE_INT4, type, NULL, 0, kernel_shift_left_##shifts, "shift left"),              \
        BINARY(">>", type, TYPE_INT4, type, NULL, 0, kernel_shift_right_##shifts, "shift right")

#define NUMERIC(name, rule, kernel, description)                                                             \
    BINARY(name, TYPE_NUMERIC, TYPE_NUMERIC, TYPE_NUMERIC, rule, FAILS, kernel, description)

const Function functions_arithmetic[] = {
    FOUR(TYPE_INT2, TYPE_INT2, TYPE_INT2, i16),
    FOUR(TYPE_INT4, TYPE_INT4, TYPE_INT4, i32),
    FOUR(TYPE_INT8, TYPE_INT8, TYPE_INT8, i64),
    FOUR(TYPE_FLOAT4, TYPE_FLOAT4, TYPE_FLOAT4, f32),
    FOUR(TYPE_FLOAT8, TYPE_FLOAT8, TYPE_FLOAT8, f64),
    FOUR(TYPE_FLOAT4, TYPE_FLOAT8, TYPE_FLOAT8, f64),
    FOUR(TYPE_FLOAT8, TYPE_FLOAT4, TYPE_FLOAT8, f64),
    NUMERIC("+", rule_sum, kernel_add_numeric, "addition"),
    NUMERIC("-", rule_sum, kernel_sub_numeric, "subtraction"),
    NUMERIC("*", rule_product, kernel_mul_numeric, "multiplication"),
    NUMERIC("/", rule_quotient, kernel_div_numeric, "division, rounded half away from zero"),
    NUMERIC("%", rule_remainder, kernel_mod_numeric, "remainder, with the dividend's sign"),
    NUMERIC("mod", rule_remainder, kernel_mod_numeric, "remainder, with the dividend's sign"),
    REMAINDER(TYPE_INT2, i32),
    REMAINDER(TYPE_INT4, i32),
    REMAINDER(TYPE_INT8, i64),
    SIGNS(TYPE_INT2, i16, NULL, FAILS),
    SIGNS(TYPE_INT4, i32, NULL, FAILS),
    SIGNS(TYPE_INT8, i64, NULL, FAILS),
    SIGNS(TYPE_FLOAT4, f64, NULL, 0),
    SIGNS(TYPE_FLOAT8, f64, NULL, 0),
    SIGNS(TYPE_NUMERIC, numeric, rule_same, 0),
    BITS(TYPE_INT2, i32, i16),
    BITS(TYPE_INT4, i32, i32),
    BITS(TYPE_INT8, i64, i64),
};
const uint32_t functions_arithmetic_count = sizeof functions_arithmetic / sizeof functions_arithmetic[0];
