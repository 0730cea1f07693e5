/* expr/kernels_record.h: kernels of records. */
#ifndef RUNNEL_EXPR_KERNELS_RECORD_H
#define RUNNEL_EXPR_KERNELS_RECORD_H

#include "expr/function.h"

Status kernel_make_row(KernelCall *call);
Status kernel_make_row_of_match(KernelCall *call);
Status kernel_record_field(KernelCall *call);
Status kernel_row_is_null(KernelCall *call);
Status kernel_row_is_not_null(KernelCall *call);

#endif
