/* expr/kernels_format.h: kernels of to_char and of what reads by a template. */
#ifndef RUNNEL_EXPR_KERNELS_FORMAT_H
#define RUNNEL_EXPR_KERNELS_FORMAT_H

#include "expr/function.h"

#define FORMAT_KERNELS(X) X(to_char_datetime) X(to_char_number) X(to_date) X(to_timestamp_text) X(to_number)

#define X(name) Status kernel_##name(KernelCall *call);
FORMAT_KERNELS(X)
#undef X

#endif
