/* pg_size_pretty(): bytes as people write them. */
#include "expr/kernels_string.h"
#include "expr/numeric.h"
#include "expr/string_kernel.h"
#include "expr/text.h"

#include <stdio.h>

typedef struct SizeUnit {
    const char *name;
    int32_t limit; /* from here on the next unit is used */
    int32_t bits;  /* by which what counts halves of this unit is shifted for halves of the next one */
} SizeUnit;

/* From kB on a size counts halves of its unit until it is shown. */
static const SizeUnit units[] = {
    {"bytes", 10 * 1024, 9},   {"kB", 20 * 1024 - 1, 10}, {"MB", 20 * 1024 - 1, 10},
    {"GB", 20 * 1024 - 1, 10}, {"TB", 20 * 1024 - 1, 10}, {"PB", 0, 0},
};

static Int128
magnitude(Int128 value)
{
    return value < 0 ? -value : value;
}

/* A size that is too long for bytes, which it counts in units of 10^-scale. */
static Status
set_size(KernelCall *call, uint32_t row, Int128 bytes, Int128 power)
{
    const SizeUnit *unit = &units[1];
    char text[64];

    Int128 halves = bytes / (power << units[0].bits);
    for (; unit->bits > 0 && magnitude(halves) >= unit->limit; unit++)
        halves /= (Int128)1 << unit->bits;
    const size_t length = text_format_int64((int64_t)((halves + (halves < 0 ? -1 : 1)) / 2), text);
    const int added = snprintf(text + length, sizeof text - length, " %s", unit->name);
    return row_copy_view(call, row, text, length + (size_t)added);
}

ROW(size_pretty)
{
    const Vector *argument = &call->arguments[0];
    const bool exact = argument->type.id == TYPE_NUMERIC;
    const Int128 bytes = exact ? numeric_load(argument->layout, argument->data, kernel_index(argument, row))
                               : ROW_ARGUMENT(call, 0, int64_t, row);
    const Int128 power = exact ? numeric_power10(argument->type.scale) : 1;
    Buffer text = {0};

    if (magnitude(bytes) / power >= units[0].limit)
        return set_size(call, row, bytes, power);
    text_format_value(argument, row, call->session, &text);
    buffer_append_string(&text, " bytes");
    const Status status =
        text.failed ? error_set_memory(call->error) : row_copy_view(call, row, text.data, text.size);
    buffer_destroy(&text);
    return status;
}
ROW_KERNEL(size_pretty)
