#include "expr/kernels_arithmetic.h"

#include "expr/kernel.h"

/* Operations of smallint and integer are computed in 64 bits, where they cannot overflow, and compared with
 * what the type holds; those of bigint wrap, and the signs tell. */
#define FITS_I16(r) ((r) == (int16_t)(r))
#define FITS_I32(r) ((r) == (int32_t)(r))

static Status
raise_range(Error *error, const char *type)
{
    return error_set(error, STATUS_NUMERIC_RANGE, "%s out of range", type);
}

static Status
raise_zero(Error *error)
{
    return error_set(error, STATUS_DIVISION_BY_ZERO, "division by zero");
}

/* A divisor that cannot trap. */
#define SAFE_DIVISOR(b) ((b) == 0 || (b) == -1 ? 1 : (b))

static inline Status
check_add_i16(int32_t a, int32_t b, Error *error)
{
    const int64_t r = (int64_t)a + b;

    return FITS_I16(r) ? STATUS_OK : raise_range(error, "smallint");
}

#define K_NAME   add_i16
#define K_LEFT   int32_t
#define K_RIGHT  int32_t
#define K_RESULT int32_t
#define K_BAD    uint32_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    const int64_t wide = (int64_t)(a) + (b);                                                                 \
    r = (int32_t)wide;                                                                                       \
    bad |= !FITS_I16(wide)
#define K_CHECK check_add_i16
#include "expr/binary_tmpl.h"

static inline Status
check_sub_i16(int32_t a, int32_t b, Error *error)
{
    const int64_t r = (int64_t)a - b;

    return FITS_I16(r) ? STATUS_OK : raise_range(error, "smallint");
}

#define K_NAME   sub_i16
#define K_LEFT   int32_t
#define K_RIGHT  int32_t
#define K_RESULT int32_t
#define K_BAD    uint32_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    const int64_t wide = (int64_t)(a) - (b);                                                                 \
    r = (int32_t)wide;                                                                                       \
    bad |= !FITS_I16(wide)
#define K_CHECK check_sub_i16
#include "expr/binary_tmpl.h"

static inline Status
check_mul_i16(int32_t a, int32_t b, Error *error)
{
    const int64_t r = (int64_t)a * b;

    return FITS_I16(r) ? STATUS_OK : raise_range(error, "smallint");
}

#define K_NAME   mul_i16
#define K_LEFT   int32_t
#define K_RIGHT  int32_t
#define K_RESULT int32_t
#define K_BAD    uint32_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    const int64_t wide = (int64_t)(a) * (b);                                                                 \
    r = (int32_t)wide;                                                                                       \
    bad |= !FITS_I16(wide)
#define K_CHECK check_mul_i16
#include "expr/binary_tmpl.h"

static inline Status
check_div_i16(int32_t a, int32_t b, Error *error)
{
    if (b == 0)
        return raise_zero(error);
    return b != -1 || a != INT16_MIN ? STATUS_OK : raise_range(error, "smallint");
}

#define K_NAME   div_i16
#define K_LEFT   int32_t
#define K_RIGHT  int32_t
#define K_RESULT int32_t
#define K_BAD    uint32_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (b) == -1 ? (int32_t)(0 - (uint32_t)(a)) : (a) / SAFE_DIVISOR(b);                                    \
    bad |= (uint32_t)((b) == 0) | (uint32_t)(((b) == -1) & ((a) == INT16_MIN))
#define K_CHECK check_div_i16
#include "expr/binary_tmpl.h"

static inline Status
check_neg_i16(int32_t a, Error *error)
{
    return a != INT16_MIN ? STATUS_OK : raise_range(error, "smallint");
}

#define K_NAME     neg_i16
#define K_ARGUMENT int32_t
#define K_RESULT   int32_t
#define K_BAD      uint32_t
#define K_COMPUTE(a, r, bad)                                                                                 \
    r = (int32_t)(0 - (uint32_t)(a));                                                                        \
    bad |= (a) == INT16_MIN
#define K_CHECK check_neg_i16
#include "expr/unary_tmpl.h"

#define K_NAME     abs_i16
#define K_ARGUMENT int32_t
#define K_RESULT   int32_t
#define K_BAD      uint32_t
#define K_COMPUTE(a, r, bad)                                                                                 \
    r = (a) < 0 ? (int32_t)(0 - (uint32_t)(a)) : (a);                                                        \
    bad |= (a) == INT16_MIN
#define K_CHECK check_neg_i16
#include "expr/unary_tmpl.h"

static inline Status
check_add_i32(int32_t a, int32_t b, Error *error)
{
    const int64_t r = (int64_t)a + b;

    return FITS_I32(r) ? STATUS_OK : raise_range(error, "integer");
}

#define K_NAME   add_i32
#define K_LEFT   int32_t
#define K_RIGHT  int32_t
#define K_RESULT int32_t
#define K_BAD    uint32_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    const int64_t wide = (int64_t)(a) + (b);                                                                 \
    r = (int32_t)wide;                                                                                       \
    bad |= !FITS_I32(wide)
#define K_CHECK check_add_i32
#include "expr/binary_tmpl.h"

static inline Status
check_sub_i32(int32_t a, int32_t b, Error *error)
{
    const int64_t r = (int64_t)a - b;

    return FITS_I32(r) ? STATUS_OK : raise_range(error, "integer");
}

#define K_NAME   sub_i32
#define K_LEFT   int32_t
#define K_RIGHT  int32_t
#define K_RESULT int32_t
#define K_BAD    uint32_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    const int64_t wide = (int64_t)(a) - (b);                                                                 \
    r = (int32_t)wide;                                                                                       \
    bad |= !FITS_I32(wide)
#define K_CHECK check_sub_i32
#include "expr/binary_tmpl.h"

static inline Status
check_mul_i32(int32_t a, int32_t b, Error *error)
{
    const int64_t r = (int64_t)a * b;

    return FITS_I32(r) ? STATUS_OK : raise_range(error, "integer");
}

#define K_NAME   mul_i32
#define K_LEFT   int32_t
#define K_RIGHT  int32_t
#define K_RESULT int32_t
#define K_BAD    uint32_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    const int64_t wide = (int64_t)(a) * (b);                                                                 \
    r = (int32_t)wide;                                                                                       \
    bad |= !FITS_I32(wide)
#define K_CHECK check_mul_i32
#include "expr/binary_tmpl.h"

static inline Status
check_div_i32(int32_t a, int32_t b, Error *error)
{
    if (b == 0)
        return raise_zero(error);
    return b != -1 || a != INT32_MIN ? STATUS_OK : raise_range(error, "integer");
}

#define K_NAME   div_i32
#define K_LEFT   int32_t
#define K_RIGHT  int32_t
#define K_RESULT int32_t
#define K_BAD    uint32_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (b) == -1 ? (int32_t)(0 - (uint32_t)(a)) : (a) / SAFE_DIVISOR(b);                                    \
    bad |= (uint32_t)((b) == 0) | (uint32_t)(((b) == -1) & ((a) == INT32_MIN))
#define K_CHECK check_div_i32
#include "expr/binary_tmpl.h"

static inline Status
check_neg_i32(int32_t a, Error *error)
{
    return a != INT32_MIN ? STATUS_OK : raise_range(error, "integer");
}

#define K_NAME     neg_i32
#define K_ARGUMENT int32_t
#define K_RESULT   int32_t
#define K_BAD      uint32_t
#define K_COMPUTE(a, r, bad)                                                                                 \
    r = (int32_t)(0 - (uint32_t)(a));                                                                        \
    bad |= (a) == INT32_MIN
#define K_CHECK check_neg_i32
#include "expr/unary_tmpl.h"

#define K_NAME     abs_i32
#define K_ARGUMENT int32_t
#define K_RESULT   int32_t
#define K_BAD      uint32_t
#define K_COMPUTE(a, r, bad)                                                                                 \
    r = (a) < 0 ? (int32_t)(0 - (uint32_t)(a)) : (a);                                                        \
    bad |= (a) == INT32_MIN
#define K_CHECK check_neg_i32
#include "expr/unary_tmpl.h"

static inline Status
check_mod_i32(int32_t a, int32_t b, Error *error)
{
    (void)a;
    return b != 0 ? STATUS_OK : raise_zero(error);
}

#define K_NAME   mod_i32
#define K_LEFT   int32_t
#define K_RIGHT  int32_t
#define K_RESULT int32_t
#define K_BAD    uint32_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (a) % SAFE_DIVISOR(b);                                                                               \
    bad |= (b) == 0
#define K_CHECK check_mod_i32
#include "expr/binary_tmpl.h"

static inline Status
check_mod_i64(int64_t a, int64_t b, Error *error)
{
    (void)a;
    return b != 0 ? STATUS_OK : raise_zero(error);
}

#define K_NAME   mod_i64
#define K_LEFT   int64_t
#define K_RIGHT  int64_t
#define K_RESULT int64_t
#define K_BAD    uint64_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (a) % SAFE_DIVISOR(b);                                                                               \
    bad |= (b) == 0
#define K_CHECK check_mod_i64
#include "expr/binary_tmpl.h"

/* The sign bit of the flag: both operands differ in sign from the result (Warren, "Hacker's Delight", 2-13).
 */
#define SIGN(x) ((uint64_t)(x) >> 63)

static inline Status
check_add_i64(int64_t a, int64_t b, Error *error)
{
    int64_t r;

    return !__builtin_add_overflow(a, b, &r) ? STATUS_OK : raise_range(error, "bigint");
}

#define K_NAME   add_i64
#define K_LEFT   int64_t
#define K_RIGHT  int64_t
#define K_RESULT int64_t
#define K_BAD    uint64_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (int64_t)((uint64_t)(a) + (uint64_t)(b));                                                            \
    bad |= SIGN(((a) ^ (r)) & ((b) ^ (r)))
#define K_CHECK check_add_i64
#include "expr/binary_tmpl.h"

static inline Status
check_sub_i64(int64_t a, int64_t b, Error *error)
{
    int64_t r;

    return !__builtin_sub_overflow(a, b, &r) ? STATUS_OK : raise_range(error, "bigint");
}

#define K_NAME   sub_i64
#define K_LEFT   int64_t
#define K_RIGHT  int64_t
#define K_RESULT int64_t
#define K_BAD    uint64_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (int64_t)((uint64_t)(a) - (uint64_t)(b));                                                            \
    bad |= SIGN(((a) ^ (b)) & ((a) ^ (r)))
#define K_CHECK check_sub_i64
#include "expr/binary_tmpl.h"

static inline Status
check_mul_i64(int64_t a, int64_t b, Error *error)
{
    int64_t r;

    return !__builtin_mul_overflow(a, b, &r) ? STATUS_OK : raise_range(error, "bigint");
}

#define K_NAME   mul_i64
#define K_LEFT   int64_t
#define K_RIGHT  int64_t
#define K_RESULT int64_t
#define K_BAD    uint64_t
/* A product of numbers of 31 bits fits; wider ones are looked at one by one. */
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (int64_t)((uint64_t)(a) * (uint64_t)(b));                                                            \
    bad |= (uint64_t)(((a) ^ ((a) >> 63)) | ((b) ^ ((b) >> 63))) >> 31
#define K_CHECK check_mul_i64
#include "expr/binary_tmpl.h"

static inline Status
check_div_i64(int64_t a, int64_t b, Error *error)
{
    if (b == 0)
        return raise_zero(error);
    return b != -1 || a != INT64_MIN ? STATUS_OK : raise_range(error, "bigint");
}

#define K_NAME   div_i64
#define K_LEFT   int64_t
#define K_RIGHT  int64_t
#define K_RESULT int64_t
#define K_BAD    uint64_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (b) == -1 ? (int64_t)(0 - (uint64_t)(a)) : (a) / SAFE_DIVISOR(b);                                    \
    bad |= (uint64_t)((b) == 0) | (uint64_t)(((b) == -1) & ((a) == INT64_MIN))
#define K_CHECK check_div_i64
#include "expr/binary_tmpl.h"

static inline Status
check_neg_i64(int64_t a, Error *error)
{
    return a != INT64_MIN ? STATUS_OK : raise_range(error, "bigint");
}

#define K_NAME     neg_i64
#define K_ARGUMENT int64_t
#define K_RESULT   int64_t
#define K_BAD      uint64_t
#define K_COMPUTE(a, r, bad)                                                                                 \
    r = (int64_t)(0 - (uint64_t)(a));                                                                        \
    bad |= (a) == INT64_MIN
#define K_CHECK check_neg_i64
#include "expr/unary_tmpl.h"

#define K_NAME     abs_i64
#define K_ARGUMENT int64_t
#define K_RESULT   int64_t
#define K_BAD      uint64_t
#define K_COMPUTE(a, r, bad)                                                                                 \
    r = (a) < 0 ? (int64_t)(0 - (uint64_t)(a)) : (a);                                                        \
    bad |= (a) == INT64_MIN
#define K_CHECK check_neg_i64
#include "expr/unary_tmpl.h"
