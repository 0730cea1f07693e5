/* jsonb below and above jsonb. */
#include "expr/json_order.h"
#include "expr/kernels_json.h"
#include "expr/string_kernel.h"

#include <string.h>

static void
append_argument(const KernelCall *call, uint32_t number, uint32_t row, Buffer *out)
{
    const Text text = text_argument(call, number, row);

    json_append_order(json_value(text.data, text.size), out);
}

/* Bytes that sort as the values do. */
Status
kernel_jsonb_order(KernelCall *call)
{
    Buffer key = {0};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < call->count && status == STATUS_OK; i++) {
        const uint32_t row = kernel_row(call, i);
        row_clear(call, row);
        if (!bits_get(call->validity, row))
            continue;
        buffer_clear(&key);
        append_argument(call, 0, row, &key);
        status = key.failed ? error_set_memory(call->error) : row_copy_view(call, row, key.data, key.size);
    }
    buffer_destroy(&key);
    return status;
}

static int
compare_keys(const Buffer *a, const Buffer *b)
{
    const size_t shared = a->size < b->size ? a->size : b->size;
    const int order = memcmp(a->data, b->data, shared);

    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

/* `wanted`: a bit for each of less, equal, greater. */
static Status
compare_rows(KernelCall *call, unsigned wanted)
{
    Buffer keys[2] = {{0}};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < call->count && status == STATUS_OK; i++) {
        const uint32_t row = kernel_row(call, i);
        if (!bits_get(call->validity, row))
            continue;
        for (uint32_t side = 0; side < 2; side++) {
            buffer_clear(&keys[side]);
            append_argument(call, side, row, &keys[side]);
        }
        if (keys[0].failed || keys[1].failed) {
            status = error_set_memory(call->error);
            break;
        }
        const int order = compare_keys(&keys[0], &keys[1]);
        ROW_RESULT(call, uint8_t, row) = wanted >> (order < 0 ? 0 : order == 0 ? 1 : 2) & 1;
    }
    buffer_destroy(&keys[0]);
    buffer_destroy(&keys[1]);
    return status;
}

#define COMPARE_KERNEL(name, wanted)                                                                         \
    Status kernel_##name(KernelCall *call)                                                                   \
    {                                                                                                        \
        return compare_rows(call, wanted);                                                                   \
    }

COMPARE_KERNEL(jsonb_less, 1)
COMPARE_KERNEL(jsonb_less_equal, 3)
COMPARE_KERNEL(jsonb_greater, 4)
COMPARE_KERNEL(jsonb_greater_equal, 6)
