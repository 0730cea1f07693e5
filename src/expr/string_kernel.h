/* expr/string_kernel.h: what kernels of strings share: an argument's bytes, room for a result's. */
#ifndef RUNNEL_EXPR_STRING_KERNEL_H
#define RUNNEL_EXPR_STRING_KERNEL_H

#include "expr/row_kernel.h"

enum { STRING_MAX = 1 << 30 };

typedef struct Text {
    const char *data;
    size_t size;
} Text;

#define ROW(name) static inline Status name##_row(KernelCall *call, uint32_t row)

/* The argument's bytes; short ones lie in the argument's own vector, which outlives the call. */
static inline Text
text_argument(const KernelCall *call, uint32_t number, uint32_t row)
{
    const StringView *view = &ROW_ARGUMENT(call, number, StringView, row);

    return (Text){string_view_data(view), view->size};
}

static inline char *
new_bytes(KernelCall *call, size_t size, Status *status)
{
    char *bytes = NULL;

    if (size > STRING_MAX) {
        *status = error_set(call->error, STATUS_LIMIT_EXCEEDED, "requested length too large");
        return NULL;
    }
    bytes = arena_alloc_aligned(call->arena, size, 1);
    *status = bytes == NULL ? error_set_memory(call->error) : STATUS_OK;
    return bytes;
}

#define NEW_BYTES(bytes, size)                                                                               \
    Status status_of_##bytes;                                                                                \
    char *bytes = new_bytes(call, size, &status_of_##bytes);                                                 \
    if (bytes == NULL)                                                                                       \
    return status_of_##bytes

#endif
