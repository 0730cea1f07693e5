/* expr/kernels_arithmetic.h: kernels of the arithmetic operators. The suffix is the type: i16 (smallint, kept
 * in 32 bits), i32, i64, f32 (real, kept in a double), f64, numeric. Overflow and division by zero are
 * errors. */
#ifndef RUNNEL_EXPR_KERNELS_ARITHMETIC_H
#define RUNNEL_EXPR_KERNELS_ARITHMETIC_H

#include "expr/function.h"

#define ARITHMETIC_OPERATIONS(X, suffix)                                                                     \
    X(add, suffix)                                                                                           \
    X(sub, suffix)                                                                                           \
    X(mul, suffix)                                                                                           \
    X(div, suffix)

#define X(operation, suffix) Status kernel_##operation##_##suffix(KernelCall *call);
ARITHMETIC_OPERATIONS(X, i16)
ARITHMETIC_OPERATIONS(X, i32)
ARITHMETIC_OPERATIONS(X, i64)
ARITHMETIC_OPERATIONS(X, f32)
ARITHMETIC_OPERATIONS(X, f64)
ARITHMETIC_OPERATIONS(X, numeric)

X(mod, i32)
X(mod, i64)
X(mod, numeric)

X(neg, i16)
X(neg, i32)
X(neg, i64)
X(neg, f64)
X(neg, numeric)

X(abs, i16)
X(abs, i32)
X(abs, i64)
X(abs, f64)
X(abs, numeric)

X(bit_and, i32)
X(bit_and, i64)
X(bit_or, i32)
X(bit_or, i64)
X(bit_xor, i32)
X(bit_xor, i64)
X(bit_not, i32)
X(bit_not, i64)
X(shift_left, i16)
X(shift_left, i32)
X(shift_left, i64)
X(shift_right, i16)
X(shift_right, i32)
X(shift_right, i64)
#undef X

/* Unary plus: the argument as it is. */
Status kernel_identity(KernelCall *call);

#endif
