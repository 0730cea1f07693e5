#include "expr/kernels_logic.h"

#include "expr/kernel.h"

#include <string.h>

Status
kernel_not(KernelCall *call)
{
    const Vector *argument = &call->arguments[0];
    const uint8_t *values = argument->data;
    uint8_t *result = call->result;

    if (argument->form == VECTOR_CONSTANT) {
        memset(result, values[0] == 0, call->rows);
        return STATUS_OK;
    }
    for (uint32_t row = 0; row < call->rows; row++)
        result[row] = values[row] == 0;
    return STATUS_OK;
}

static Status
null_test(KernelCall *call, uint8_t if_null)
{
    const Vector *argument = &call->arguments[0];
    uint8_t *result = call->result;
    const uint8_t if_value = !if_null;

    if (argument->validity == NULL) {
        memset(result, if_value, call->rows);
        return STATUS_OK;
    }
    for (uint32_t row = 0; row < call->rows; row++)
        result[row] = kernel_argument_is_null(argument, row) ? if_null : if_value;
    return STATUS_OK;
}

Status
kernel_is_null(KernelCall *call)
{
    return null_test(call, 1);
}

Status
kernel_is_not_null(KernelCall *call)
{
    return null_test(call, 0);
}

/* Whether the argument is the wanted truth value, NULL being neither; `negate` turns the answer around. */
static Status
truth_test(KernelCall *call, bool wanted, bool negate)
{
    const Vector *argument = &call->arguments[0];
    const uint8_t *values = argument->data;
    uint8_t *result = call->result;

    for (uint32_t row = 0; row < call->rows; row++) {
        const bool is_value = !kernel_argument_is_null(argument, row);
        const bool same = (values[kernel_index(argument, row)] != 0) == wanted;
        result[row] = (is_value & same) != negate;
    }
    return STATUS_OK;
}

Status
kernel_is_true(KernelCall *call)
{
    return truth_test(call, true, false);
}

Status
kernel_is_not_true(KernelCall *call)
{
    return truth_test(call, true, true);
}

Status
kernel_is_false(KernelCall *call)
{
    return truth_test(call, false, false);
}

Status
kernel_is_not_false(KernelCall *call)
{
    return truth_test(call, false, true);
}

static void
copy_value(KernelCall *call, uint32_t row, const Vector *from)
{
    const size_t width = layout_width(from->layout);

    memcpy((char *)call->result + row * width, (const char *)from->data + kernel_index(from, row) * width,
           width);
}

/* The best argument of each row, NULLs left out; NULL where all are. */
static Status
extreme(KernelCall *call, int sign)
{
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const Vector *best = NULL;
        for (uint32_t a = 0; a < call->argument_count; a++) {
            const Vector *argument = &call->arguments[a];
            if (kernel_argument_is_null(argument, row))
                continue;
            if (best == NULL || vector_compare(argument, row, best, row) * sign > 0)
                best = argument;
        }
        bits_put(call->validity, row, best != NULL);
        if (best != NULL)
            copy_value(call, row, best);
    }
    return STATUS_OK;
}

Status
kernel_greatest(KernelCall *call)
{
    return extreme(call, 1);
}

Status
kernel_least(KernelCall *call)
{
    return extreme(call, -1);
}

Status
kernel_nullif(KernelCall *call)
{
    const Vector *value = &call->arguments[0];
    const Vector *other = &call->arguments[1];

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const bool both = !kernel_argument_is_null(value, row) && !kernel_argument_is_null(other, row);
        const bool equal = both && vector_compare(value, row, other, row) == 0;
        bits_put(call->validity, row, !equal && !kernel_argument_is_null(value, row));
        copy_value(call, row, value);
    }
    return STATUS_OK;
}
