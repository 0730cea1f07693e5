/* expr/kernels_logic.h: kernels of NOT, the IS … predicates, GREATEST, LEAST and NULLIF. */
#ifndef RUNNEL_EXPR_KERNELS_LOGIC_H
#define RUNNEL_EXPR_KERNELS_LOGIC_H

#include "expr/function.h"

Status kernel_not(KernelCall *call);
Status kernel_is_null(KernelCall *call);
Status kernel_is_not_null(KernelCall *call);
Status kernel_is_true(KernelCall *call);
Status kernel_is_not_true(KernelCall *call);
Status kernel_is_false(KernelCall *call);
Status kernel_is_not_false(KernelCall *call);
Status kernel_greatest(KernelCall *call);
Status kernel_least(KernelCall *call);
Status kernel_nullif(KernelCall *call);

#endif
