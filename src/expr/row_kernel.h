/* expr/row_kernel.h: kernels written as what happens to one row.
 *
 * `static inline Status name_row(KernelCall *call, uint32_t row)` and ROW_KERNEL(name) give kernel_name(): a
 * loop over the selected rows that are not NULL. For work where the row itself, not the loop, is what costs.
 */
#ifndef RUNNEL_EXPR_ROW_KERNEL_H
#define RUNNEL_EXPR_ROW_KERNEL_H

#include "expr/kernel.h"

#define ROW_ARGUMENT(call, number, CType, row)                                                               \
    (((const CType *)(call)->arguments[number].data)[kernel_index(&(call)->arguments[number], row)])
#define ROW_RESULT(call, CType, row) (((CType *)(call)->result)[row])

#define ROW_KERNEL(name)                                                                                     \
    Status kernel_##name(KernelCall *call)                                                                   \
    {                                                                                                        \
        for (uint32_t i = 0; i < call->count; i++) {                                                         \
            const uint32_t row = kernel_row(call, i);                                                        \
            if (bits_get(call->validity, row))                                                               \
                TRY(name##_row(call, row));                                                                  \
            else                                                                                             \
                row_clear(call, row);                                                                        \
        }                                                                                                    \
        return STATUS_OK;                                                                                    \
    }

/* The value of a NULL row: an empty string where strings are. */
static inline void
row_clear(KernelCall *call, uint32_t row)
{
    if (type_layout(call->type) == LAYOUT_VIEW)
        ((StringView *)call->result)[row] = (StringView){.size = 0};
}

static inline void
row_set_null(KernelCall *call, uint32_t row)
{
    bits_clear(call->validity, row);
    row_clear(call, row);
}

/* Make a result string of bytes that outlive the batch already, or of a copy of them. */
static inline Status
row_set_view(KernelCall *call, uint32_t row, const char *bytes, size_t size)
{
    ((StringView *)call->result)[row] = string_view(bytes, size);
    return STATUS_OK;
}

static inline Status
row_copy_view(KernelCall *call, uint32_t row, const char *bytes, size_t size)
{
    const char *copy = bytes;

    if (size > STRING_VIEW_INLINE) {
        copy = arena_copy_bytes(call->arena, bytes, size);
        if (copy == NULL)
            return error_set_memory(call->error);
    }
    return row_set_view(call, row, copy, size);
}

#endif
