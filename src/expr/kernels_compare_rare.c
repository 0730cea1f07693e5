/* Comparisons that look at more than one C value: numerics of two scales, arrays and records. */
#include "expr/kernel.h"
#include "expr/kernels_compare.h"
#include "expr/numeric.h"

typedef enum Comparison { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE } Comparison;

static bool
holds(Comparison comparison, int order)
{
    switch (comparison) {
    case COMPARE_EQ: return order == 0;
    case COMPARE_NE: return order != 0;
    case COMPARE_LT: return order < 0;
    case COMPARE_LE: return order <= 0;
    case COMPARE_GT: return order > 0;
    default: return order >= 0;
    }
}

static int
order_numerics(const Vector *a, const Vector *b, uint32_t row)
{
    return numeric_compare(numeric_load(a->layout, a->data, kernel_index(a, row)), a->type.scale,
                           numeric_load(b->layout, b->data, kernel_index(b, row)), b->type.scale);
}

static int
order_nested(const Vector *a, const Vector *b, uint32_t row)
{
    if (kernel_argument_is_null(a, row) || kernel_argument_is_null(b, row))
        return 0;
    return vector_compare(a, row, b, row);
}

static Status
compare_rows(KernelCall *call, Comparison comparison, int (*order)(const Vector *, const Vector *, uint32_t))
{
    uint8_t *result = call->result;

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        result[row] = holds(comparison, order(&call->arguments[0], &call->arguments[1], row));
    }
    return STATUS_OK;
}

/* Resolution has brought both sides to one scale and layout wherever that fits 38 digits. */
static Status
compare_numerics(KernelCall *call, Comparison comparison, Kernel narrow, Kernel wide)
{
    const Vector *a = &call->arguments[0];
    const Vector *b = &call->arguments[1];

    if (a->type.scale != b->type.scale || a->layout != b->layout)
        return compare_rows(call, comparison, order_numerics);
    return a->layout == LAYOUT_I64 ? narrow(call) : wide(call);
}

#define DEFINE(name, comparison)                                                                             \
    Status kernel_##name##_numeric(KernelCall *call)                                                         \
    {                                                                                                        \
        return compare_numerics(call, comparison, kernel_##name##_i64, kernel_##name##_i128);                \
    }                                                                                                        \
    Status kernel_##name##_nested(KernelCall *call)                                                          \
    {                                                                                                        \
        return compare_rows(call, comparison, order_nested);                                                 \
    }

DEFINE(eq, COMPARE_EQ)
DEFINE(ne, COMPARE_NE)
DEFINE(lt, COMPARE_LT)
DEFINE(le, COMPARE_LE)
DEFINE(gt, COMPARE_GT)
DEFINE(ge, COMPARE_GE)
