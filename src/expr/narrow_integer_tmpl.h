/* expr/narrow_integer_tmpl.h: kernels of the integer types narrower than bigint, which are kept in 32 bits.
 *
 * Parameters, defined by the includer, undefined at the end:
 *   N_SUFFIX  of the kernels' names: i16 gives kernel_add_i16
 *   N_TYPE    the type's name for messages
 *   N_MIN     its smallest value
 *   N_FITS(r) whether a result in 64 bits is one of its values
 * The includer also gives raise_range, raise_zero and SAFE_DIVISOR. Operations are computed in 64 bits, where
 * they cannot overflow, and compared with what the type holds. */

#define N_JOIN2(a, b) a##_##b
#define N_JOIN(a, b)  N_JOIN2(a, b)
#define N_NAME(name)  N_JOIN(name, N_SUFFIX)

static inline Status
N_NAME(check_add)(int32_t a, int32_t b, Error *error)
{
    const int64_t r = (int64_t)a + b;

    return N_FITS(r) ? STATUS_OK : raise_range(error, N_TYPE);
}

#define K_NAME   N_NAME(add)
#define K_LEFT   int32_t
#define K_RIGHT  int32_t
#define K_RESULT int32_t
#define K_BAD    uint32_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    const int64_t wide = (int64_t)(a) + (b);                                                                 \
    r = (int32_t)wide;                                                                                       \
    bad |= !N_FITS(wide)
#define K_CHECK N_NAME(check_add)
#include "expr/binary_tmpl.h"

static inline Status
N_NAME(check_sub)(int32_t a, int32_t b, Error *error)
{
    const int64_t r = (int64_t)a - b;

    return N_FITS(r) ? STATUS_OK : raise_range(error, N_TYPE);
}

#define K_NAME   N_NAME(sub)
#define K_LEFT   int32_t
#define K_RIGHT  int32_t
#define K_RESULT int32_t
#define K_BAD    uint32_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    const int64_t wide = (int64_t)(a) - (b);                                                                 \
    r = (int32_t)wide;                                                                                       \
    bad |= !N_FITS(wide)
#define K_CHECK N_NAME(check_sub)
#include "expr/binary_tmpl.h"

static inline Status
N_NAME(check_mul)(int32_t a, int32_t b, Error *error)
{
    const int64_t r = (int64_t)a * b;

    return N_FITS(r) ? STATUS_OK : raise_range(error, N_TYPE);
}

#define K_NAME   N_NAME(mul)
#define K_LEFT   int32_t
#define K_RIGHT  int32_t
#define K_RESULT int32_t
#define K_BAD    uint32_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    const int64_t wide = (int64_t)(a) * (b);                                                                 \
    r = (int32_t)wide;                                                                                       \
    bad |= !N_FITS(wide)
#define K_CHECK N_NAME(check_mul)
#include "expr/binary_tmpl.h"

static inline Status
N_NAME(check_div)(int32_t a, int32_t b, Error *error)
{
    if (b == 0)
        return raise_zero(error);
    return b != -1 || a != N_MIN ? STATUS_OK : raise_range(error, N_TYPE);
}

#define K_NAME   N_NAME(div)
#define K_LEFT   int32_t
#define K_RIGHT  int32_t
#define K_RESULT int32_t
#define K_BAD    uint32_t
#define K_COMPUTE(a, b, r, bad)                                                                              \
    r = (b) == -1 ? (int32_t)(0 - (uint32_t)(a)) : (a) / SAFE_DIVISOR(b);                                    \
    bad |= (uint32_t)((b) == 0) | (uint32_t)(((b) == -1) & ((a) == N_MIN))
#define K_CHECK N_NAME(check_div)
#include "expr/binary_tmpl.h"

static inline Status
N_NAME(check_neg)(int32_t a, Error *error)
{
    return a != N_MIN ? STATUS_OK : raise_range(error, N_TYPE);
}

#define K_NAME     N_NAME(neg)
#define K_ARGUMENT int32_t
#define K_RESULT   int32_t
#define K_BAD      uint32_t
#define K_COMPUTE(a, r, bad)                                                                                 \
    r = (int32_t)(0 - (uint32_t)(a));                                                                        \
    bad |= (a) == N_MIN
#define K_CHECK N_NAME(check_neg)
#include "expr/unary_tmpl.h"

#define K_NAME     N_NAME(abs)
#define K_ARGUMENT int32_t
#define K_RESULT   int32_t
#define K_BAD      uint32_t
#define K_COMPUTE(a, r, bad)                                                                                 \
    r = (a) < 0 ? (int32_t)(0 - (uint32_t)(a)) : (a);                                                        \
    bad |= (a) == N_MIN
#define K_CHECK N_NAME(check_neg)
#include "expr/unary_tmpl.h"

#undef N_JOIN2
#undef N_JOIN
#undef N_NAME
#undef N_SUFFIX
#undef N_TYPE
#undef N_MIN
#undef N_FITS
