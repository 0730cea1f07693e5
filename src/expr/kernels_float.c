/* Floating point as PostgreSQL has it: an infinite result of finite operands and a zero of a product or
 * quotient that is not zero are errors. A real is computed in single precision and kept in a double. */
#include "expr/kernel.h"
#include "expr/kernels_arithmetic.h"

#include <math.h>

#define IS_INFINITE(x) (__builtin_fabs(x) == HUGE_VAL)

static Status
raise_overflow(Error *error)
{
    return error_set(error, STATUS_NUMERIC_RANGE, "value out of range: overflow");
}

static Status
raise_underflow(Error *error)
{
    return error_set(error, STATUS_NUMERIC_RANGE, "value out of range: underflow");
}

static inline Status
check_sum(double a, double b, double r, Error *error)
{
    return IS_INFINITE(r) && !IS_INFINITE(a) && !IS_INFINITE(b) ? raise_overflow(error) : STATUS_OK;
}

static inline Status
check_product(double a, double b, double r, Error *error)
{
    TRY(check_sum(a, b, r, error));
    return r == 0 && a != 0 && b != 0 ? raise_underflow(error) : STATUS_OK;
}

static inline Status
check_quotient(double a, double b, double r, Error *error)
{
    if (b == 0 && a == a)
        return error_set(error, STATUS_DIVISION_BY_ZERO, "division by zero");
    if (IS_INFINITE(r) && !IS_INFINITE(a))
        return raise_overflow(error);
    return r == 0 && a != 0 && !IS_INFINITE(b) ? raise_underflow(error) : STATUS_OK;
}

static inline Status
check_add_f32(double a, double b, Error *error)
{
    return check_sum(a, b, (double)((float)(a) + (float)(b)), error);
}

#define K_NAME   add_f32
#define K_LEFT   double
#define K_RIGHT  double
#define K_RESULT double
#define K_BAD    uint64_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (double)((float)(a) + (float)(b));                                                                   \
    bad |= (uint64_t)IS_INFINITE(r)
#define K_CHECK check_add_f32
#include "expr/binary_tmpl.h"

static inline Status
check_sub_f32(double a, double b, Error *error)
{
    return check_sum(a, b, (double)((float)(a) - (float)(b)), error);
}

#define K_NAME   sub_f32
#define K_LEFT   double
#define K_RIGHT  double
#define K_RESULT double
#define K_BAD    uint64_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (double)((float)(a) - (float)(b));                                                                   \
    bad |= (uint64_t)IS_INFINITE(r)
#define K_CHECK check_sub_f32
#include "expr/binary_tmpl.h"

static inline Status
check_mul_f32(double a, double b, Error *error)
{
    return check_product(a, b, (double)((float)(a) * (float)(b)), error);
}

#define K_NAME   mul_f32
#define K_LEFT   double
#define K_RIGHT  double
#define K_RESULT double
#define K_BAD    uint64_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (double)((float)(a) * (float)(b));                                                                   \
    bad |= (uint64_t)IS_INFINITE(r) | (uint64_t)(((r) == 0) & ((a) != 0) & ((b) != 0))
#define K_CHECK check_mul_f32
#include "expr/binary_tmpl.h"

static inline Status
check_div_f32(double a, double b, Error *error)
{
    return check_quotient(a, b, (double)((float)(a) / (float)(b)), error);
}

#define K_NAME   div_f32
#define K_LEFT   double
#define K_RIGHT  double
#define K_RESULT double
#define K_BAD    uint64_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (double)((float)(a) / (float)(b));                                                                   \
    bad |= (uint64_t)IS_INFINITE(r) | (uint64_t)((b) == 0) | (uint64_t)(((r) == 0) & ((a) != 0))
#define K_CHECK check_div_f32
#include "expr/binary_tmpl.h"

static inline Status
check_add_f64(double a, double b, Error *error)
{
    return check_sum(a, b, (a) + (b), error);
}

#define K_NAME   add_f64
#define K_LEFT   double
#define K_RIGHT  double
#define K_RESULT double
#define K_BAD    uint64_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (a) + (b);                                                                                           \
    bad |= (uint64_t)IS_INFINITE(r)
#define K_CHECK check_add_f64
#include "expr/binary_tmpl.h"

static inline Status
check_sub_f64(double a, double b, Error *error)
{
    return check_sum(a, b, (a) - (b), error);
}

#define K_NAME   sub_f64
#define K_LEFT   double
#define K_RIGHT  double
#define K_RESULT double
#define K_BAD    uint64_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (a) - (b);                                                                                           \
    bad |= (uint64_t)IS_INFINITE(r)
#define K_CHECK check_sub_f64
#include "expr/binary_tmpl.h"

static inline Status
check_mul_f64(double a, double b, Error *error)
{
    return check_product(a, b, (a) * (b), error);
}

#define K_NAME   mul_f64
#define K_LEFT   double
#define K_RIGHT  double
#define K_RESULT double
#define K_BAD    uint64_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (a) * (b);                                                                                           \
    bad |= (uint64_t)IS_INFINITE(r) | (uint64_t)(((r) == 0) & ((a) != 0) & ((b) != 0))
#define K_CHECK check_mul_f64
#include "expr/binary_tmpl.h"

static inline Status
check_div_f64(double a, double b, Error *error)
{
    return check_quotient(a, b, (a) / (b), error);
}

#define K_NAME   div_f64
#define K_LEFT   double
#define K_RIGHT  double
#define K_RESULT double
#define K_BAD    uint64_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (a) / (b);                                                                                           \
    bad |= (uint64_t)IS_INFINITE(r) | (uint64_t)((b) == 0) | (uint64_t)(((r) == 0) & ((a) != 0))
#define K_CHECK check_div_f64
#include "expr/binary_tmpl.h"

#define K_NAME               neg_f64
#define K_ARGUMENT           double
#define K_RESULT             double
#define K_BAD                uint64_t
#define K_COMPUTE(a, r, bad) r = -(a)
#include "expr/unary_tmpl.h"

#define K_NAME               abs_f64
#define K_ARGUMENT           double
#define K_RESULT             double
#define K_BAD                uint64_t
#define K_COMPUTE(a, r, bad) r = __builtin_fabs(a)
#include "expr/unary_tmpl.h"
