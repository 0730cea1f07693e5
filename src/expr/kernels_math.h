/* expr/kernels_math.h: kernels of mathematical functions. */
#ifndef RUNNEL_EXPR_KERNELS_MATH_H
#define RUNNEL_EXPR_KERNELS_MATH_H

#include "expr/function.h"

/* clang-format off */
#define MATH_KERNELS(X)                                                                                      \
    X(round_double) X(trunc_double) X(ceil_double) X(floor_double) X(round_numeric) X(trunc_numeric)         \
    X(ceil_numeric) X(floor_numeric) X(sign_double) X(sign_numeric) X(sqrt) X(cbrt) X(exp) X(ln)             \
    X(log10) X(log_numeric) X(power) X(ln_numeric) X(exp_numeric) X(sqrt_numeric) X(power_numeric)           \
    X(log10_numeric) X(sin) X(cos) X(tan) X(cot) X(asin) X(acos) X(atan) X(atan2) X(sinh) X(cosh)            \
    X(tanh) X(degrees) X(radians) X(pi) X(random) X(quotient_numeric) X(gcd) X(lcm) X(width_bucket)      \
    X(gen_random_uuid) X(gcd_i32) X(lcm_i32) X(gcd_numeric) X(lcm_numeric) X(factorial) X(scale)             \
    X(min_scale) X(trim_scale) X(num_nulls) X(num_nonnulls) X(width_bucket_numeric) X(is_fraction) X(checked_limit)          \
    X(checked_offset) X(asinh) X(acosh)                                                                    \
    X(atanh) X(sind) X(cosd) X(tand) X(cotd) X(asind) X(acosd) X(atand) X(atan2d)
/* clang-format on */

#define X(name) Status kernel_##name(KernelCall *call);
MATH_KERNELS(X)
#undef X

#endif
