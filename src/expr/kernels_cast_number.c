/* Casts among integers, floating point and booleans. */
#include "expr/kernel.h"
#include "expr/kernels_cast.h"

#include <math.h>
#include <string.h>

static Status
raise_range(Error *error, const char *type)
{
    return error_set(error, STATUS_NUMERIC_RANGE, "%s out of range", type);
}

/* smallint to integer, real to double precision: the bytes are the same. */
Status
kernel_cast_same(KernelCall *call)
{
    const Vector *argument = &call->arguments[0];
    const size_t width = layout_width(argument->layout);

    memcpy(call->result, argument->data, width * (argument->form == VECTOR_CONSTANT ? 1 : call->rows));
    return STATUS_OK;
}

#define K_NAME               cast_i32_to_i64
#define K_ARGUMENT           int32_t
#define K_RESULT             int64_t
#define K_BAD                uint64_t
#define K_COMPUTE(a, r, bad) r = (a)
#include "expr/unary_tmpl.h"

#define K_NAME               cast_i32_to_f64
#define K_ARGUMENT           int32_t
#define K_RESULT             double
#define K_BAD                uint64_t
#define K_COMPUTE(a, r, bad) r = (double)(a)
#include "expr/unary_tmpl.h"

#define K_NAME               cast_i32_to_f32
#define K_ARGUMENT           int32_t
#define K_RESULT             double
#define K_BAD                uint64_t
#define K_COMPUTE(a, r, bad) r = (double)(float)(a)
#include "expr/unary_tmpl.h"

#define K_NAME               cast_i64_to_f64
#define K_ARGUMENT           int64_t
#define K_RESULT             double
#define K_BAD                uint64_t
#define K_COMPUTE(a, r, bad) r = (double)(a)
#include "expr/unary_tmpl.h"

#define K_NAME               cast_i64_to_f32
#define K_ARGUMENT           int64_t
#define K_RESULT             double
#define K_BAD                uint64_t
#define K_COMPUTE(a, r, bad) r = (double)(float)(a)
#include "expr/unary_tmpl.h"

#define K_NAME               cast_bool_to_i32
#define K_ARGUMENT           uint8_t
#define K_RESULT             int32_t
#define K_BAD                uint32_t
#define K_COMPUTE(a, r, bad) r = (a)
#include "expr/unary_tmpl.h"

#define K_NAME               cast_i32_to_bool
#define K_ARGUMENT           int32_t
#define K_RESULT             uint8_t
#define K_BAD                uint32_t
#define K_COMPUTE(a, r, bad) r = (a) != 0
#include "expr/unary_tmpl.h"

static inline Status
check_to_i16(int64_t a, Error *error)
{
    return a == (int16_t)a ? STATUS_OK : raise_range(error, "smallint");
}

static inline Status
check_to_i32(int64_t a, Error *error)
{
    return a == (int32_t)a ? STATUS_OK : raise_range(error, "integer");
}

#define K_NAME     cast_i32_to_i16
#define K_ARGUMENT int32_t
#define K_RESULT   int32_t
#define K_BAD      uint32_t
#define K_COMPUTE(a, r, bad)                                                                                 \
    r = (a);                                                                                                 \
    bad |= (a) != (int16_t)(a)
#define K_CHECK check_to_i16
#include "expr/unary_tmpl.h"

#define K_NAME     cast_i64_to_i16
#define K_ARGUMENT int64_t
#define K_RESULT   int32_t
#define K_BAD      uint64_t
#define K_COMPUTE(a, r, bad)                                                                                 \
    r = (int32_t)(a);                                                                                        \
    bad |= (a) != (int16_t)(a)
#define K_CHECK check_to_i16
#include "expr/unary_tmpl.h"

#define K_NAME     cast_i64_to_i32
#define K_ARGUMENT int64_t
#define K_RESULT   int32_t
#define K_BAD      uint64_t
#define K_COMPUTE(a, r, bad)                                                                                 \
    r = (int32_t)(a);                                                                                        \
    bad |= (a) != (int32_t)(a)
#define K_CHECK check_to_i32
#include "expr/unary_tmpl.h"

/* Rounded to even as PostgreSQL's rint(), then within [low, high): NaN is in no range. */
static inline bool
rounds_within(double a, double low, double high)
{
    const double rounded = rint(a);

    return rounded >= low && rounded < high;
}

#define FLOAT_TO_INTEGER(a, r, bad, CType, low, high)                                                        \
    const double rounded = rint(a);                                                                          \
    const bool inside = rounded >= (low) && rounded < (high);                                                \
    r = (CType)(inside ? rounded : 0);                                                                       \
    bad |= !inside

static inline Status
check_f64_to_i16(double a, Error *error)
{
    return rounds_within(a, -0x1p15, 0x1p15) ? STATUS_OK : raise_range(error, "smallint");
}

static inline Status
check_f64_to_i32(double a, Error *error)
{
    return rounds_within(a, -0x1p31, 0x1p31) ? STATUS_OK : raise_range(error, "integer");
}

static inline Status
check_f64_to_i64(double a, Error *error)
{
    return rounds_within(a, -0x1p63, 0x1p63) ? STATUS_OK : raise_range(error, "bigint");
}

#define K_NAME               cast_f64_to_i16
#define K_ARGUMENT           double
#define K_RESULT             int32_t
#define K_BAD                uint64_t
#define K_COMPUTE(a, r, bad) FLOAT_TO_INTEGER(a, r, bad, int32_t, -0x1p15, 0x1p15)
#define K_CHECK              check_f64_to_i16
#include "expr/unary_tmpl.h"

#define K_NAME               cast_f64_to_i32
#define K_ARGUMENT           double
#define K_RESULT             int32_t
#define K_BAD                uint64_t
#define K_COMPUTE(a, r, bad) FLOAT_TO_INTEGER(a, r, bad, int32_t, -0x1p31, 0x1p31)
#define K_CHECK              check_f64_to_i32
#include "expr/unary_tmpl.h"

#define K_NAME               cast_f64_to_i64
#define K_ARGUMENT           double
#define K_RESULT             int64_t
#define K_BAD                uint64_t
#define K_COMPUTE(a, r, bad) FLOAT_TO_INTEGER(a, r, bad, int64_t, -0x1p63, 0x1p63)
#define K_CHECK              check_f64_to_i64
#include "expr/unary_tmpl.h"

static inline Status
check_f64_to_f32(double a, Error *error)
{
    const float narrow = (float)a;

    if (isinf(narrow) && !isinf(a))
        return error_set(error, STATUS_NUMERIC_RANGE, "value out of range: overflow");
    if (narrow == 0 && a != 0)
        return error_set(error, STATUS_NUMERIC_RANGE, "value out of range: underflow");
    return STATUS_OK;
}

#define K_NAME     cast_f64_to_f32
#define K_ARGUMENT double
#define K_RESULT   double
#define K_BAD      uint64_t
#define K_COMPUTE(a, r, bad)                                                                                 \
    r = (double)(float)(a);                                                                                  \
    bad |= (uint64_t)(__builtin_fabs(r) == HUGE_VAL) | (uint64_t)(((r) == 0) & ((a) != 0))
#define K_CHECK check_f64_to_f32
#include "expr/unary_tmpl.h"
