/* Arithmetic of numerics. Resolution (functions_arithmetic.c) chose the result's digits, and for sums and
 * remainders brought the arguments to its scale and layout. Where the digits are below 38, sums and products
 * cannot overflow; at 38 they may have been capped, and every result is looked at. */
#include "expr/kernel.h"
#include "expr/kernels_arithmetic.h"
#include "expr/numeric.h"

#include <string.h>

static Status
raise_numeric_range(Error *error)
{
    return error_set(error, STATUS_NUMERIC_RANGE, "value overflows numeric format");
}

static inline bool
is_out_of_range(Int128 value)
{
    const Int128 limit = (Int128)INT64_C(1000000000000000000) * INT64_C(1000000000000000000) * 100;

    return value >= limit || value <= -limit;
}

/* One row of an operation; false where it overflows. A sum of two numerics of 38 digits may leave 128 bits,
 * but what it then wraps to is out of range, too. */
typedef bool (*WideOperation)(Int128 a, Int128 b, Int128 *result);

static inline bool
wide_add(Int128 a, Int128 b, Int128 *result)
{
    *result = (Int128)((UInt128)a + (UInt128)b);
    return !is_out_of_range(*result);
}

static inline bool
wide_sub(Int128 a, Int128 b, Int128 *result)
{
    *result = (Int128)((UInt128)a - (UInt128)b);
    return !is_out_of_range(*result);
}

static inline bool
wide_mul(Int128 a, Int128 b, Int128 *result)
{
    if (a == (int64_t)a && b == (int64_t)b) {
        *result = (Int128)(int64_t)a * (int64_t)b;
        return !is_out_of_range(*result);
    }
    return !__builtin_mul_overflow(a, b, result) && !is_out_of_range(*result);
}

/* Selected rows only: what others hold may overflow 128 bits. */
KERNEL_INLINE Status
run_wide(KernelCall *call, WideOperation operation)
{
    const Vector *a = &call->arguments[0];
    const Vector *b = &call->arguments[1];
    Int128 *result = call->result;

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const Int128 x = numeric_load(a->layout, a->data, kernel_index(a, row));
        const Int128 y = numeric_load(b->layout, b->data, kernel_index(b, row));
        if (!operation(x, y, &result[row]))
            return raise_numeric_range(call->error);
    }
    return STATUS_OK;
}

/* Below 38 digits: nothing to check, and rows that are NULL may hold anything. */
typedef UInt128 (*FreeOperation)(UInt128 a, UInt128 b);

static inline UInt128
free_add(UInt128 a, UInt128 b)
{
    return a + b;
}

static inline UInt128
free_sub(UInt128 a, UInt128 b)
{
    return a - b;
}

static inline UInt128
free_mul(UInt128 a, UInt128 b)
{
    return a * b;
}

KERNEL_INLINE Status
run_free(KernelCall *call, FreeOperation operation)
{
    const Vector *a = &call->arguments[0];
    const Vector *b = &call->arguments[1];
    Int128 *result = call->result;

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const Int128 x = numeric_load(a->layout, a->data, kernel_index(a, row));
        const Int128 y = numeric_load(b->layout, b->data, kernel_index(b, row));
        result[row] = (Int128)operation((UInt128)x, (UInt128)y);
    }
    return STATUS_OK;
}

#define NARROW_OPERATION(name, operator)                                                                     \
    KERNEL_CLONES static void name##_narrow(const int64_t *a, uint32_t step_a, const int64_t *b,             \
                                            uint32_t step_b, int64_t *restrict result, uint32_t n)           \
    {                                                                                                        \
        if (step_a == 1 && step_b == 1) {                                                                    \
            for (uint32_t i = 0; i < n; i++)                                                                 \
                result[i] = (int64_t)((uint64_t)a[i] operator(uint64_t) b[i]);                               \
        } else if (step_a == 1) {                                                                            \
            const uint64_t y = (uint64_t)*b;                                                                 \
            for (uint32_t i = 0; i < n; i++)                                                                 \
                result[i] = (int64_t)((uint64_t)a[i] operator y);                                            \
        } else {                                                                                             \
            const uint64_t x = (uint64_t)*a;                                                                 \
            for (uint32_t i = 0; i < n; i++)                                                                 \
                result[i] = (int64_t)(x operator(uint64_t) b[i * step_b]);                                   \
        }                                                                                                    \
    }

NARROW_OPERATION(add, +)
NARROW_OPERATION(sub, -)
NARROW_OPERATION(mul, *)

/* Products of two 64-bit numerics into 128 bits, the common one (price times discount): 18 + 18 digits fit.
 */
KERNEL_CLONES static void
mul_widening(const int64_t *a, uint32_t step_a, const int64_t *b, uint32_t step_b, Int128 *restrict result,
             uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        result[i] = (Int128)a[i * step_a] * b[i * step_b];
}

static uint32_t
step_of(const Vector *vector)
{
    return vector->form == VECTOR_CONSTANT ? 0 : 1;
}

#define NUMERIC_KERNEL(name)                                                                                 \
    Status kernel_##name##_numeric(KernelCall *call)                                                         \
    {                                                                                                        \
        const Vector *a = &call->arguments[0];                                                               \
        const Vector *b = &call->arguments[1];                                                               \
                                                                                                             \
        if (type_layout(call->type) != LAYOUT_I64)                                                           \
            return call->type.precision < NUMERIC_DIGITS_MAX ? run_free(call, free_##name)                   \
                                                             : run_wide(call, wide_##name);                  \
        name##_narrow(a->data, step_of(a), b->data, step_of(b), call->result, call->rows);                   \
        return STATUS_OK;                                                                                    \
    }

NUMERIC_KERNEL(add)
NUMERIC_KERNEL(sub)

Status
kernel_mul_numeric(KernelCall *call)
{
    const Vector *a = &call->arguments[0];
    const Vector *b = &call->arguments[1];

    if (type_layout(call->type) == LAYOUT_I64) {
        mul_narrow(a->data, step_of(a), b->data, step_of(b), call->result, call->rows);
        return STATUS_OK;
    }
    if (a->layout == LAYOUT_I64 && b->layout == LAYOUT_I64) {
        mul_widening(a->data, step_of(a), b->data, step_of(b), call->result, call->rows);
        return STATUS_OK;
    }
    return call->type.precision < NUMERIC_DIGITS_MAX ? run_free(call, free_mul) : run_wide(call, wide_mul);
}

static Status
raise_zero(Error *error)
{
    return error_set(error, STATUS_DIVISION_BY_ZERO, "division by zero");
}

Status
kernel_div_numeric(KernelCall *call)
{
    const Vector *a = &call->arguments[0];
    const Vector *b = &call->arguments[1];
    const int shift = call->type.scale + b->type.scale - a->type.scale;
    Int128 *result = call->result;

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const Int128 y = numeric_load(b->layout, b->data, kernel_index(b, row));
        if (y == 0)
            return raise_zero(call->error);
        if (!numeric_divide(numeric_load(a->layout, a->data, kernel_index(a, row)), shift, y, &result[row]))
            return raise_numeric_range(call->error);
    }
    return STATUS_OK;
}

Status
kernel_mod_numeric(KernelCall *call)
{
    const Vector *a = &call->arguments[0];
    const Vector *b = &call->arguments[1];
    const Layout layout = type_layout(call->type);

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const Int128 y = numeric_load(b->layout, b->data, kernel_index(b, row));
        if (y == 0)
            return raise_zero(call->error);
        numeric_store(layout, call->result, row, numeric_load(a->layout, a->data, kernel_index(a, row)) % y);
    }
    return STATUS_OK;
}

/* A numeric's negative and magnitude have as many digits as it has. */
static Status
run_sign(KernelCall *call, bool magnitude)
{
    const Vector *a = &call->arguments[0];
    const Layout layout = type_layout(call->type);

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const Int128 x = numeric_load(a->layout, a->data, kernel_index(a, row));
        numeric_store(layout, call->result, row, magnitude && x >= 0 ? x : (Int128)(0 - (UInt128)x));
    }
    return STATUS_OK;
}

Status
kernel_neg_numeric(KernelCall *call)
{
    return run_sign(call, false);
}

Status
kernel_abs_numeric(KernelCall *call)
{
    return run_sign(call, true);
}

Status
kernel_identity(KernelCall *call)
{
    const Vector *argument = &call->arguments[0];
    const size_t width = layout_width(argument->layout);

    memcpy(call->result, argument->data, width * (argument->form == VECTOR_CONSTANT ? 1 : call->rows));
    return STATUS_OK;
}
