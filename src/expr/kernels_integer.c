#include "expr/kernels_arithmetic.h"

#include "expr/kernel.h"

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

#define N_SUFFIX  i16
#define N_TYPE    "smallint"
#define N_MIN     INT16_MIN
#define N_FITS(r) ((r) == (int16_t)(r))
#include "expr/narrow_integer_tmpl.h"

#define N_SUFFIX  i32
#define N_TYPE    "integer"
#define N_MIN     INT32_MIN
#define N_FITS(r) ((r) == (int32_t)(r))
#include "expr/narrow_integer_tmpl.h"

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

/* Operations of bigint wrap, and the signs tell: the sign bit of the flag, where both operands differ in sign
 * from the result (Warren, "Hacker's Delight", 2-13).
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
