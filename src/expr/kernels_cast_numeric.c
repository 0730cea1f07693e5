/* Casts from and to numeric. */
#include "expr/kernel.h"
#include "expr/kernels_cast.h"
#include "expr/numeric.h"

#include <math.h>

static Status
raise_field_overflow(Type type, Error *error)
{
    const int digits = type.precision - type.scale;

    error_set(error, STATUS_NUMERIC_RANGE, "numeric field overflow");
    return error_hint(error,
                      "A field with precision %d, scale %d must round to an absolute value less than %s%d.",
                      type.precision, type.scale, digits == 0 ? "" : "10^", digits == 0 ? 1 : digits);
}

static Status
store_checked(KernelCall *call, Layout layout, uint32_t row, bool scaled, Int128 value)
{
    const Int128 limit = numeric_power10(call->type.precision);

    if (!scaled || value >= limit || value <= -limit)
        return raise_field_overflow(call->type, call->error);
    numeric_store(layout, call->result, row, value);
    return STATUS_OK;
}

static Int128
load_integer(const Vector *vector, uint32_t index)
{
    if (vector->layout == LAYOUT_I32)
        return ((const int32_t *)vector->data)[index];
    return numeric_load(vector->layout, vector->data, index);
}

/* Each row on its own, with every check: `from` is the scale that the argument has. */
static Status
rescale_rows(KernelCall *call, int from)
{
    const Vector *argument = &call->arguments[0];
    const Layout layout = type_layout(call->type);

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        Int128 value;
        const bool scaled = numeric_rescale(load_integer(argument, kernel_index(argument, row)), from,
                                            call->type.scale, &value);
        TRY(store_checked(call, layout, row, scaled, value));
    }
    return STATUS_OK;
}

/* Loops for arguments that have no more digits before the point than the result: nothing to check. Unsigned,
 * since rows that are not selected may hold anything. */
KERNEL_CLONES static void
scale_i32_to_i64(const int32_t *values, uint64_t factor, int64_t *restrict result, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        result[i] = (int64_t)((uint64_t)(int64_t)values[i] * factor);
}

KERNEL_CLONES static void
scale_i64_to_i64(const int64_t *values, uint64_t factor, int64_t *restrict result, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        result[i] = (int64_t)((uint64_t)values[i] * factor);
}

KERNEL_CLONES static void
scale_i64_to_i128(const int64_t *values, int64_t factor, Int128 *restrict result, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        result[i] = (Int128)values[i] * factor;
}

/* Scaling up by at most 10^18 in one of these loops; false where another way is needed. */
static bool
scale_up(KernelCall *call, int from)
{
    const Vector *argument = &call->arguments[0];
    const Layout layout = type_layout(call->type);
    const uint32_t rows = argument->form == VECTOR_CONSTANT ? 1 : call->rows;
    const int shift = call->type.scale - from;

    if (shift < 0 || shift > NUMERIC_DIGITS_I64)
        return false;
    const int64_t factor = (int64_t)numeric_power10(shift);
    if (argument->layout == LAYOUT_I32 && layout == LAYOUT_I64)
        scale_i32_to_i64(argument->data, (uint64_t)factor, call->result, rows);
    else if (argument->layout == LAYOUT_I64 && layout == LAYOUT_I64)
        scale_i64_to_i64(argument->data, (uint64_t)factor, call->result, rows);
    else if (argument->layout == LAYOUT_I64 && layout == LAYOUT_I128)
        scale_i64_to_i128(argument->data, factor, call->result, rows);
    else
        return false;
    return true;
}

Status
kernel_cast_integer_to_numeric(KernelCall *call)
{
    static const int digits_of[TYPE_COUNT] = {[TYPE_INT2] = 5, [TYPE_INT4] = 10, [TYPE_INT8] = 19};
    const int digits = digits_of[call->arguments[0].type.id];

    if (digits <= call->type.precision - call->type.scale && scale_up(call, 0))
        return STATUS_OK;
    return rescale_rows(call, 0);
}

Status
kernel_cast_numeric_to_numeric(KernelCall *call)
{
    const Type from = call->arguments[0].type;

    if (from.precision - from.scale <= call->type.precision - call->type.scale && scale_up(call, from.scale))
        return STATUS_OK;
    return rescale_rows(call, from.scale);
}

static Status
store_integer(KernelCall *call, uint32_t row, Int128 value)
{
    const TypeId id = call->type.id;
    const bool fits = id == TYPE_INT2   ? value == (int16_t)value
                      : id == TYPE_INT4 ? value == (int32_t)value
                                        : value == (int64_t)value;

    if (!fits)
        return error_set(call->error, STATUS_NUMERIC_RANGE, "%s out of range", type_name(id));
    if (id == TYPE_INT8)
        ((int64_t *)call->result)[row] = (int64_t)value;
    else
        ((int32_t *)call->result)[row] = (int32_t)value;
    return STATUS_OK;
}

Status
kernel_cast_numeric_to_integer(KernelCall *call)
{
    const Vector *argument = &call->arguments[0];

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const Int128 value = numeric_load(argument->layout, argument->data, kernel_index(argument, row));
        TRY(store_integer(call, row, numeric_round_digits(value, argument->type.scale)));
    }
    return STATUS_OK;
}

Status
kernel_cast_numeric_to_f64(KernelCall *call)
{
    const Vector *argument = &call->arguments[0];
    double *result = call->result;

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        result[row] =
            numeric_to_double(numeric_load(argument->layout, argument->data, kernel_index(argument, row)),
                              argument->type.scale);
    }
    return STATUS_OK;
}

Status
kernel_cast_numeric_to_f32(KernelCall *call)
{
    double *result = call->result;

    TRY(kernel_cast_numeric_to_f64(call));
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        result[row] = (double)(float)result[row];
    }
    return STATUS_OK;
}

static Status
double_to_numeric(KernelCall *call, int digits)
{
    const Vector *argument = &call->arguments[0];
    const Layout layout = type_layout(call->type);

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const double value = ((const double *)argument->data)[kernel_index(argument, row)];
        Int128 scaled;
        if (!isfinite(value))
            return error_set(call->error, STATUS_NUMERIC_RANGE, "cannot convert %s to numeric",
                             isnan(value) ? "NaN" : "infinity");
        const bool fits = numeric_from_double(value, digits, call->type.scale, &scaled);
        TRY(store_checked(call, layout, row, fits, scaled));
    }
    return STATUS_OK;
}

enum { DOUBLE_DIGITS = 15, FLOAT_DIGITS = 6 }; /* DBL_DIG, FLT_DIG: what PostgreSQL keeps */

Status
kernel_cast_f64_to_numeric(KernelCall *call)
{
    return double_to_numeric(call, DOUBLE_DIGITS);
}

Status
kernel_cast_f32_to_numeric(KernelCall *call)
{
    return double_to_numeric(call, FLOAT_DIGITS);
}
