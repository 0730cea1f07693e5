/* expr/kernels_array.h: kernels of arrays; what they share is in array_kernel.h. */
#ifndef RUNNEL_EXPR_KERNELS_ARRAY_H
#define RUNNEL_EXPR_KERNELS_ARRAY_H

#include "expr/function.h"

Status kernel_array(KernelCall *call);
Status kernel_array_cast(KernelCall *call);
Status kernel_array_from_string(KernelCall *call);
Status kernel_array_subscript(KernelCall *call);
Status kernel_array_slice(KernelCall *call);
Status kernel_array_trim(KernelCall *call);
Status kernel_array_set(KernelCall *call);
Status kernel_array_append(KernelCall *call);
Status kernel_array_prepend(KernelCall *call);
Status kernel_array_cat(KernelCall *call);
Status kernel_array_greatest(KernelCall *call);
Status kernel_array_least(KernelCall *call);
Status kernel_array_nullif(KernelCall *call);
Status kernel_array_remove(KernelCall *call);
Status kernel_array_replace(KernelCall *call);
Status kernel_array_fill(KernelCall *call);
Status kernel_array_of_arrays(KernelCall *call);
Status kernel_percentiles_cont(KernelCall *call);
Status kernel_percentiles_disc(KernelCall *call);
Status kernel_parse_ident(KernelCall *call);
Status kernel_array_length(KernelCall *call);
Status kernel_array_lower(KernelCall *call);
Status kernel_array_upper(KernelCall *call);
Status kernel_array_ndims(KernelCall *call);
Status kernel_array_dims(KernelCall *call);
Status kernel_cardinality(KernelCall *call);
Status kernel_array_position(KernelCall *call);
Status kernel_array_bucket(KernelCall *call);
Status kernel_array_positions(KernelCall *call);
Status kernel_array_contains(KernelCall *call);
Status kernel_array_is_contained(KernelCall *call);
Status kernel_array_overlaps(KernelCall *call);
Status kernel_array_to_string(KernelCall *call);
Status kernel_string_to_array(KernelCall *call);
Status kernel_regexp_match(KernelCall *call);
Status kernel_regexp_matches(KernelCall *call);
Status kernel_regexp_split_to_array(KernelCall *call);
Status kernel_set_row(KernelCall *call);
Status kernel_array_flatten(KernelCall *call);
Status kernel_array_subscripts(KernelCall *call);
Status kernel_series_i32(KernelCall *call);
Status kernel_series_i64(KernelCall *call);
Status kernel_series_numeric(KernelCall *call);
Status kernel_series_time(KernelCall *call);
Status kernel_eq_any(KernelCall *call);
Status kernel_ne_any(KernelCall *call);
Status kernel_lt_any(KernelCall *call);
Status kernel_le_any(KernelCall *call);
Status kernel_gt_any(KernelCall *call);
Status kernel_ge_any(KernelCall *call);
Status kernel_eq_all(KernelCall *call);
Status kernel_ne_all(KernelCall *call);
Status kernel_lt_all(KernelCall *call);
Status kernel_le_all(KernelCall *call);
Status kernel_gt_all(KernelCall *call);
Status kernel_ge_all(KernelCall *call);

#endif
