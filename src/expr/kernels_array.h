/* expr/kernels_array.h: kernels of arrays; what they share is in array_kernel.h. */
#ifndef RUNNEL_EXPR_KERNELS_ARRAY_H
#define RUNNEL_EXPR_KERNELS_ARRAY_H

#include "expr/function.h"

#define ARRAY_KERNELS(X)                                                                                     \
    X(array)                                                                                                 \
    X(array_cast) X(array_from_string) X(array_subscript) X(array_slice) X(array_trim) X(array_append)       \
        X(array_prepend) X(array_cat) X(array_remove) X(array_replace) X(array_fill) X(array_length)         \
            X(array_lower) X(array_upper) X(array_ndims) X(array_dims) X(cardinality) X(array_position)      \
                X(array_positions) X(array_contains) X(array_is_contained) X(array_overlaps)                 \
                    X(array_to_string) X(string_to_array) X(regexp_match) X(regexp_matches)                  \
                        X(regexp_split_to_array) X(set_row) X(array_flatten) X(array_subscripts)             \
                            X(series_i32) X(series_i64) X(eq_any) X(ne_any) X(lt_any) X(le_any) X(gt_any)    \
                                X(ge_any) X(eq_all) X(ne_all) X(lt_all) X(le_all) X(gt_all) X(ge_all)

#define X(name) Status kernel_##name(KernelCall *call);
ARRAY_KERNELS(X)
#undef X

#endif
