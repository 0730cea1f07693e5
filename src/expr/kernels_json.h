/* expr/kernels_json.h: kernels of JSON. Their documents are json and jsonb, which are whole, or text, which
 * is checked. */
#ifndef RUNNEL_EXPR_KERNELS_JSON_H
#define RUNNEL_EXPR_KERNELS_JSON_H

#include "expr/function.h"

Status kernel_json_member(KernelCall *call);
Status kernel_json_member_text(KernelCall *call);
Status kernel_json_element(KernelCall *call);
Status kernel_json_element_text(KernelCall *call);
Status kernel_jsonb_element(KernelCall *call);
Status kernel_jsonb_element_text(KernelCall *call);
Status kernel_json_path(KernelCall *call);
Status kernel_json_path_text(KernelCall *call);
Status kernel_json_extract(KernelCall *call);
Status kernel_json_extract_text(KernelCall *call);
Status kernel_json_typeof(KernelCall *call);
Status kernel_json_array_length(KernelCall *call);
Status kernel_json_elements(KernelCall *call);
Status kernel_json_elements_text(KernelCall *call);
Status kernel_json_keys(KernelCall *call);
Status kernel_json_values(KernelCall *call);
Status kernel_json_values_text(KernelCall *call);
Status kernel_json_has_key(KernelCall *call);
Status kernel_json_has_any_key(KernelCall *call);
Status kernel_json_has_all_keys(KernelCall *call);
Status kernel_jsonb_contains(KernelCall *call);
Status kernel_jsonb_is_contained(KernelCall *call);
Status kernel_jsonb_equal(KernelCall *call);
Status kernel_jsonb_not_equal(KernelCall *call);
Status kernel_jsonb_is_distinct(KernelCall *call);
Status kernel_jsonb_is_not_distinct(KernelCall *call);

/* kernels_json_build.c: JSON made of values; jsonb where the call's type says so. */
Status kernel_to_json(KernelCall *call);
Status kernel_json_populate_record(KernelCall *call);
Status kernel_json_populate_array(KernelCall *call);
Status kernel_row_to_json(KernelCall *call);
Status kernel_array_to_json(KernelCall *call);
Status kernel_json_build_array(KernelCall *call);
Status kernel_json_build_object(KernelCall *call);
Status kernel_json_pair(KernelCall *call);
Status kernel_json_object(KernelCall *call);
Status kernel_json_object_of_two(KernelCall *call);
Status kernel_json_of_elements(KernelCall *call);
Status kernel_json_of_pairs(KernelCall *call);
Status kernel_cast_json_to_jsonb(KernelCall *call);
Status kernel_cast_jsonb_to_scalar(KernelCall *call);

/* kernels_json_edit.c: JSON made of JSON. */
Status kernel_jsonb_concat(KernelCall *call);
Status kernel_jsonb_without(KernelCall *call);
Status kernel_jsonb_without_element(KernelCall *call);
Status kernel_json_strip_nulls(KernelCall *call);
Status kernel_jsonb_pretty(KernelCall *call);
Status kernel_jsonb_key(KernelCall *call);

/* kernels_json_path.c */
Status kernel_jsonb_set(KernelCall *call);
Status kernel_jsonb_insert(KernelCall *call);
Status kernel_jsonb_without_path(KernelCall *call);

/* kernels_json_order.c */
Status kernel_jsonb_order(KernelCall *call);
Status kernel_jsonb_less(KernelCall *call);
Status kernel_jsonb_less_equal(KernelCall *call);
Status kernel_jsonb_greater(KernelCall *call);
Status kernel_jsonb_greater_equal(KernelCall *call);

#endif
