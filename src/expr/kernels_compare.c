#include "expr/kernels_compare.h"

#include "expr/kernel.h"

#include <string.h>

#define PLAIN_EQ(x, y) ((x) == (y))
#define PLAIN_LT(x, y) ((x) < (y))
#define PLAIN_LE(x, y) ((x) <= (y))

#define K_SUFFIX u8
#define K_CTYPE  uint8_t
#define K_EQ     PLAIN_EQ
#define K_LT     PLAIN_LT
#define K_LE     PLAIN_LE
#include "expr/compare_tmpl.h"

#define K_SUFFIX i32
#define K_CTYPE  int32_t
#define K_EQ     PLAIN_EQ
#define K_LT     PLAIN_LT
#define K_LE     PLAIN_LE
#include "expr/compare_tmpl.h"

#define K_SUFFIX i64
#define K_CTYPE  int64_t
#define K_EQ     PLAIN_EQ
#define K_LT     PLAIN_LT
#define K_LE     PLAIN_LE
#include "expr/compare_tmpl.h"

#define K_SUFFIX i128
#define K_CTYPE  Int128
#define K_EQ     PLAIN_EQ
#define K_LT     PLAIN_LT
#define K_LE     PLAIN_LE
#include "expr/compare_tmpl.h"

/* Without branches, so that they vectorise; x != x is true for NaN alone. */
#define K_SUFFIX   f64
#define K_CTYPE    double
#define K_EQ(x, y) (((x) == (y)) | (((x) != (x)) & ((y) != (y))))
#define K_LT(x, y) (((x) < (y)) | (((y) != (y)) & ((x) == (x))))
#define K_LE(x, y) (((x) <= (y)) | ((y) != (y)))
#include "expr/compare_tmpl.h"

/* The first four bytes as a number that orders like them; what is past the end counts as 0. */
static inline uint32_t
prefix_order(const StringView *view)
{
    uint32_t prefix;

    memcpy(&prefix, view->prefix, sizeof prefix);
    return __builtin_bswap32(prefix);
}

static inline int
order_views(const StringView *a, const StringView *b)
{
    const uint32_t x = prefix_order(a);
    const uint32_t y = prefix_order(b);

    if (x != y)
        return x < y ? -1 : 1;
    return string_view_compare(a, b);
}

#define K_SUFFIX   view
#define K_CTYPE    StringView
#define K_EQ(x, y) string_view_equal(&(x), &(y))
#define K_LT(x, y) (order_views(&(x), &(y)) < 0)
#define K_LE(x, y) (order_views(&(x), &(y)) <= 0)
#include "expr/compare_tmpl.h"

#define K_SUFFIX   interval
#define K_CTYPE    Interval
#define K_EQ(x, y) (interval_order(&(x)) == interval_order(&(y)))
#define K_LT(x, y) (interval_order(&(x)) < interval_order(&(y)))
#define K_LE(x, y) (interval_order(&(x)) <= interval_order(&(y)))
#include "expr/compare_tmpl.h"

/* Fix the answer where a side is NULL: distinct just where the other is not. */
static void
decide_nulls(KernelCall *call, bool distinct)
{
    uint8_t *result = call->result;

    if (call->arguments[0].validity == NULL && call->arguments[1].validity == NULL)
        return;
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const bool left = kernel_argument_is_null(&call->arguments[0], row);
        const bool right = kernel_argument_is_null(&call->arguments[1], row);
        if (left || right)
            result[row] = (left != right) == distinct;
    }
}

static Status
compare_equal(KernelCall *call, bool negate)
{
    if (call->arguments[0].type.id == TYPE_NUMERIC)
        return negate ? kernel_ne_numeric(call) : kernel_eq_numeric(call);
    switch (call->arguments[0].layout) {
#define X(suffix, layout)                                                                                    \
    case LAYOUT_##layout: return negate ? kernel_ne_##suffix(call) : kernel_eq_##suffix(call);
        COMPARE_LAYOUTS(X)
#undef X
    default: return negate ? kernel_ne_nested(call) : kernel_eq_nested(call);
    }
}

Status
kernel_is_distinct(KernelCall *call)
{
    TRY(compare_equal(call, true));
    decide_nulls(call, true);
    return STATUS_OK;
}

Status
kernel_is_not_distinct(KernelCall *call)
{
    TRY(compare_equal(call, false));
    decide_nulls(call, false);
    return STATUS_OK;
}
