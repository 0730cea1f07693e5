/* expr/kernels_compare.h: kernels of comparisons, by layout; numerics of different scales and nested values
 * apart.
 *
 * The order is PostgreSQL's: NaN equals NaN and is above all numbers, text by bytes, intervals as if a month
 * had 30 days. */
#ifndef RUNNEL_EXPR_KERNELS_COMPARE_H
#define RUNNEL_EXPR_KERNELS_COMPARE_H

#include "expr/function.h"

/* suffix, LAYOUT_ */
#define COMPARE_LAYOUTS(X)                                                                                   \
    X(u8, BOOL)                                                                                              \
    X(i32, I32)                                                                                              \
    X(i64, I64)                                                                                              \
    X(i128, I128)                                                                                            \
    X(f64, F64)                                                                                              \
    X(view, VIEW)                                                                                            \
    X(interval, INTERVAL)

#define COMPARE_DECLARE(suffix)                                                                              \
    Status kernel_eq_##suffix(KernelCall *call);                                                             \
    Status kernel_ne_##suffix(KernelCall *call);                                                             \
    Status kernel_lt_##suffix(KernelCall *call);                                                             \
    Status kernel_le_##suffix(KernelCall *call);                                                             \
    Status kernel_gt_##suffix(KernelCall *call);                                                             \
    Status kernel_ge_##suffix(KernelCall *call);

#define X(suffix, layout) COMPARE_DECLARE(suffix)
COMPARE_LAYOUTS(X)
#undef X
COMPARE_DECLARE(numeric)
COMPARE_DECLARE(nested)

/* IS [NOT] DISTINCT FROM, of any type. */
Status kernel_is_distinct(KernelCall *call);
Status kernel_is_not_distinct(KernelCall *call);

#endif
