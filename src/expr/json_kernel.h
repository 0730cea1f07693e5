/* expr/json_kernel.h: kernels whose result is JSON, written as what happens to one row.
 *
 * `static Status make_name(KernelCall *call, uint32_t row, Buffer *out)` appends JSON, with whatever blanks,
 * and MAKER_KERNEL(name) gives kernel_name(). Where the call's type is jsonb, what was made becomes
 * canonical. */
#ifndef RUNNEL_EXPR_JSON_KERNEL_H
#define RUNNEL_EXPR_JSON_KERNEL_H

#include "expr/kernels_json.h"
#include "expr/string_kernel.h"

typedef Status (*JsonMaker)(KernelCall *call, uint32_t row, Buffer *out);

Status json_make_rows(KernelCall *call, JsonMaker make);

#define MAKER_KERNEL(name)                                                                                   \
    Status kernel_##name(KernelCall *call)                                                                   \
    {                                                                                                        \
        return json_make_rows(call, make_##name);                                                            \
    }

#endif
