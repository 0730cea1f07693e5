/* Mathematical functions. */
#include "expr/kernels_math.h"

#include "base/hash.h"
#include "base/random.h"
#include "expr/numeric.h"
#include "expr/numeric_inexact.h"
#include "expr/row_kernel.h"

#include <errno.h>
#include <math.h>
#include <sys/random.h>

#define ROW(name) static inline Status name##_row(KernelCall *call, uint32_t row)

static Status
numeric_overflow(Error *error)
{
    return error_set(error, STATUS_NUMERIC_RANGE, "value overflows numeric format");
}

/* A finite argument must not give an infinite result, nor a nonzero one zero. */
static inline Status
set_double(KernelCall *call, uint32_t row, double argument, double result, bool can_vanish)
{
    if (isinf(result) && isfinite(argument))
        return numeric_overflow(call->error);
    if (result == 0 && argument != 0 && !can_vanish && isfinite(argument))
        return error_set(call->error, STATUS_NUMERIC_RANGE, "value out of range: underflow");
    ROW_RESULT(call, double, row) = result;
    return STATUS_OK;
}

static Status
out_of_domain(Error *error)
{
    return error_set(error, STATUS_NUMERIC_RANGE, "input is out of range");
}

#define DOUBLE_FUNCTION(name, expression, bad, raise, can_vanish)                                            \
    ROW(name)                                                                                                \
    {                                                                                                        \
        const double x = ROW_ARGUMENT(call, 0, double, row);                                                 \
        if (bad)                                                                                             \
            return raise;                                                                                    \
        return set_double(call, row, x, expression, can_vanish);                                             \
    }                                                                                                        \
    ROW_KERNEL(name)

static Status
negative_root(Error *error)
{
    return error_set(error, STATUS_INVALID_POWER, "cannot take square root of a negative number");
}

static Status
bad_logarithm(double x, Error *error)
{
    return error_set(error, STATUS_INVALID_LOGARITHM, "cannot take logarithm of %s",
                     x == 0 ? "zero" : "a negative number");
}

DOUBLE_FUNCTION(round_double, rint(x), false, STATUS_OK, true)
DOUBLE_FUNCTION(trunc_double, trunc(x), false, STATUS_OK, true)
DOUBLE_FUNCTION(ceil_double, ceil(x), false, STATUS_OK, true)
DOUBLE_FUNCTION(floor_double, floor(x), false, STATUS_OK, true)
DOUBLE_FUNCTION(sign_double, (double)((x > 0) - (x < 0)), false, STATUS_OK, true)
DOUBLE_FUNCTION(sqrt, sqrt(x), x < 0, negative_root(call->error), false)
DOUBLE_FUNCTION(cbrt, cbrt(x), false, STATUS_OK, false)
DOUBLE_FUNCTION(exp, exp(x), false, STATUS_OK, false)
DOUBLE_FUNCTION(ln, log(x), x <= 0, bad_logarithm(x, call->error), true)
DOUBLE_FUNCTION(log10, log10(x), x <= 0, bad_logarithm(x, call->error), true)
DOUBLE_FUNCTION(sin, sin(x), isinf(x), out_of_domain(call->error), true)
DOUBLE_FUNCTION(cos, cos(x), isinf(x), out_of_domain(call->error), true)
DOUBLE_FUNCTION(tan, tan(x), isinf(x), out_of_domain(call->error), true)
DOUBLE_FUNCTION(asin, asin(x), x<-1 || x> 1, out_of_domain(call->error), true)
DOUBLE_FUNCTION(acos, acos(x), x<-1 || x> 1, out_of_domain(call->error), true)
DOUBLE_FUNCTION(atan, atan(x), false, STATUS_OK, true)
DOUBLE_FUNCTION(tanh, tanh(x), false, STATUS_OK, true)
DOUBLE_FUNCTION(degrees, x *(180 / M_PI), false, STATUS_OK, true)
DOUBLE_FUNCTION(radians, x *(M_PI / 180), false, STATUS_OK, true)

/* These two may overflow to infinity, as PostgreSQL's. */
ROW(sinh)
{
    ROW_RESULT(call, double, row) = sinh(ROW_ARGUMENT(call, 0, double, row));
    return STATUS_OK;
}
ROW_KERNEL(sinh)

ROW(cosh)
{
    ROW_RESULT(call, double, row) = cosh(ROW_ARGUMENT(call, 0, double, row));
    return STATUS_OK;
}
ROW_KERNEL(cosh)

ROW(cot)
{
    const double x = ROW_ARGUMENT(call, 0, double, row);

    if (isinf(x))
        return out_of_domain(call->error);
    ROW_RESULT(call, double, row) = 1 / tan(x); /* infinite at 0, as PostgreSQL's */
    return STATUS_OK;
}
ROW_KERNEL(cot)

ROW(atan2)
{
    ROW_RESULT(call, double, row) =
        atan2(ROW_ARGUMENT(call, 0, double, row), ROW_ARGUMENT(call, 1, double, row));
    return STATUS_OK;
}
ROW_KERNEL(atan2)

static Status
raise_power(double x, double y, double *result, Error *error)
{
    if (x == 0 && y < 0)
        return error_set(error, STATUS_INVALID_POWER, "zero raised to a negative power is undefined");
    if (x < 0 && isfinite(y) && floor(y) != y)
        return error_set(error, STATUS_INVALID_POWER,
                         "a negative number raised to a non-integer power yields a complex result");
    *result = pow(x, y);
    if (isinf(*result) && isfinite(x) && isfinite(y))
        return numeric_overflow(error);
    if (*result == 0 && x != 0 && isfinite(x) && isfinite(y))
        return error_set(error, STATUS_NUMERIC_RANGE, "value out of range: underflow");
    return STATUS_OK;
}

ROW(power)
{
    return raise_power(ROW_ARGUMENT(call, 0, double, row), ROW_ARGUMENT(call, 1, double, row),
                       &ROW_RESULT(call, double, row), call->error);
}
ROW_KERNEL(power)

static Int128
load(const KernelCall *call, uint32_t number, uint32_t row)
{
    const Vector *argument = &call->arguments[number];

    return numeric_load(argument->layout, argument->data, kernel_index(argument, row));
}

static void
store(KernelCall *call, uint32_t row, Int128 value)
{
    numeric_store(type_layout(call->type), call->result, row, value);
}

typedef enum Rounding { ROUND_NEAREST, ROUND_TOWARD_ZERO, ROUND_UP, ROUND_DOWN } Rounding;

/* The value with `drop` digits made zero, the rest a multiple of 10^drop. */
static Int128
round_at(Int128 value, int drop, Rounding rounding)
{
    if (drop <= 0)
        return value;
    if (drop > 38)
        return 0;
    const Int128 unit = numeric_power10(drop);
    const Int128 rest = value % unit;
    const Int128 magnitude = rest < 0 ? -rest : rest;
    Int128 result = value - rest;
    if (rounding == ROUND_NEAREST && magnitude >= unit - magnitude)
        result += rest < 0 ? -unit : unit;
    else if (rounding == ROUND_UP && rest > 0)
        result += unit;
    else if (rounding == ROUND_DOWN && rest < 0)
        result -= unit;
    return result;
}

/* round(x) and its like have scale 0; round(x, digits) keeps the argument's scale, which is what a column
 * has. */
static Status
round_row(KernelCall *call, uint32_t row, Rounding rounding)
{
    const int scale = call->arguments[0].type.scale;
    const int digits = call->argument_count > 1 ? ROW_ARGUMENT(call, 1, int32_t, row) : 0;
    Int128 value = round_at(load(call, 0, row), scale - (digits < -39 ? -39 : digits), rounding);

    if (call->type.scale < scale)
        value /= numeric_power10(scale - call->type.scale);
    else if (call->type.scale > scale && !numeric_rescale(value, scale, call->type.scale, &value))
        return numeric_overflow(call->error);
    if (value >= numeric_power10(38) || value <= -numeric_power10(38))
        return numeric_overflow(call->error);
    store(call, row, value);
    return STATUS_OK;
}

ROW(round_numeric)
{
    return round_row(call, row, ROUND_NEAREST);
}
ROW_KERNEL(round_numeric)

ROW(trunc_numeric)
{
    return round_row(call, row, ROUND_TOWARD_ZERO);
}
ROW_KERNEL(trunc_numeric)

ROW(ceil_numeric)
{
    return round_row(call, row, ROUND_UP);
}
ROW_KERNEL(ceil_numeric)

ROW(floor_numeric)
{
    return round_row(call, row, ROUND_DOWN);
}
ROW_KERNEL(floor_numeric)

ROW(sign_numeric)
{
    const Int128 value = load(call, 0, row);

    store(call, row, (value > 0) - (value < 0));
    return STATUS_OK;
}
ROW_KERNEL(sign_numeric)

/* Functions without an exact result have PostgreSQL's digits, brought to the result's scale. */
static Status
inexact_row(KernelCall *call, uint32_t row, InexactFunction function)
{
    const Decimal x = {load(call, 0, row), call->arguments[0].type.scale};
    Decimal y = {0, 0};
    Decimal result;
    Int128 value;

    if (call->argument_count > 1)
        y = (Decimal){load(call, 1, row), call->arguments[1].type.scale};
    TRY(inexact_compute(function, x, y, &result, call->error));
    if (!numeric_rescale(result.value, result.scale, call->type.scale, &value))
        return numeric_overflow(call->error);
    store(call, row, value);
    return STATUS_OK;
}

#define INEXACT(name, function)                                                                              \
    ROW(name)                                                                                                \
    {                                                                                                        \
        return inexact_row(call, row, function);                                                             \
    }                                                                                                        \
    ROW_KERNEL(name)

INEXACT(sqrt_numeric, INEXACT_SQRT)
INEXACT(exp_numeric, INEXACT_EXP)
INEXACT(ln_numeric, INEXACT_LN)
INEXACT(log_numeric, INEXACT_LOG)
INEXACT(power_numeric, INEXACT_POWER)

ROW(log10_numeric)
{
    const Decimal ten = {10, 0};
    const Decimal x = {load(call, 0, row), call->arguments[0].type.scale};
    Decimal result;
    Int128 value;

    TRY(inexact_compute(INEXACT_LOG, ten, x, &result, call->error));
    if (!numeric_rescale(result.value, result.scale, call->type.scale, &value))
        return numeric_overflow(call->error);
    store(call, row, value);
    return STATUS_OK;
}
ROW_KERNEL(log10_numeric)

ROW(pi)
{
    ROW_RESULT(call, double, row) = M_PI;
    return STATUS_OK;
}
ROW_KERNEL(pi)

/* A stream of its own for each call site, from the statement's seed. */
Status
kernel_random(KernelCall *call)
{
    if (*call->state == NULL) {
        Random *fresh = arena_alloc(call->state_arena, sizeof *fresh);
        if (fresh == NULL)
            return error_set_memory(call->error);
        fresh->state = hash_combine(call->session->seed, hash_u64((uint64_t)(uintptr_t)fresh));
        *call->state = fresh;
    }
    for (uint32_t i = 0; i < call->count; i++)
        ROW_RESULT(call, double, kernel_row(call, i)) = random_unit(*call->state);
    return STATUS_OK;
}

/* Version 4: 122 random bits of the system's. */
Status
kernel_gen_random_uuid(KernelCall *call)
{
    for (uint32_t i = 0; i < call->count; i++) {
        UInt128 bits;
        if (getrandom(&bits, sizeof bits, 0) != (ssize_t)sizeof bits)
            return error_set_errno(call->error, STATUS_IO, errno, "cannot draw random bits");
        bits = (bits & ~((UInt128)0xF << 76)) | (UInt128)4 << 76; /* the version, then the variant */
        bits = (bits & ~((UInt128)3 << 62)) | (UInt128)2 << 62;
        ROW_RESULT(call, Int128, kernel_row(call, i)) = (Int128)(bits ^ (UInt128)1 << 127);
    }
    return STATUS_OK;
}

/* The whole part of the quotient; both sides have one scale. */
ROW(quotient_numeric)
{
    const Int128 divisor = load(call, 1, row);

    if (divisor == 0)
        return error_set(call->error, STATUS_DIVISION_BY_ZERO, "division by zero");
    store(call, row, load(call, 0, row) / divisor);
    return STATUS_OK;
}
ROW_KERNEL(quotient_numeric)

static uint64_t
magnitude_of(int64_t value)
{
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

static uint64_t
greatest_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

ROW(gcd)
{
    const uint64_t result = greatest_divisor(magnitude_of(ROW_ARGUMENT(call, 0, int64_t, row)),
                                             magnitude_of(ROW_ARGUMENT(call, 1, int64_t, row)));

    if (result > INT64_MAX)
        return error_set(call->error, STATUS_NUMERIC_RANGE, "bigint out of range");
    ROW_RESULT(call, int64_t, row) = (int64_t)result;
    return STATUS_OK;
}
ROW_KERNEL(gcd)

ROW(lcm)
{
    const uint64_t a = magnitude_of(ROW_ARGUMENT(call, 0, int64_t, row));
    const uint64_t b = magnitude_of(ROW_ARGUMENT(call, 1, int64_t, row));
    uint64_t result = 0;

    if (a != 0 && b != 0 &&
        (__builtin_mul_overflow(a / greatest_divisor(a, b), b, &result) || result > INT64_MAX))
        return error_set(call->error, STATUS_NUMERIC_RANGE, "bigint out of range");
    ROW_RESULT(call, int64_t, row) = (int64_t)result;
    return STATUS_OK;
}
ROW_KERNEL(lcm)

/* Whether a result of gcd or lcm has left integer's range, where the arguments are integers. */
static Status
store_divisor(KernelCall *call, uint32_t row, uint64_t value)
{
    if (call->type.id == TYPE_INT4) {
        if (value > INT32_MAX)
            return error_set(call->error, STATUS_NUMERIC_RANGE, "integer out of range");
        ROW_RESULT(call, int32_t, row) = (int32_t)value;
        return STATUS_OK;
    }
    if (value > INT64_MAX)
        return error_set(call->error, STATUS_NUMERIC_RANGE, "bigint out of range");
    ROW_RESULT(call, int64_t, row) = (int64_t)value;
    return STATUS_OK;
}

ROW(gcd_i32)
{
    return store_divisor(call, row,
                         greatest_divisor(magnitude_of(ROW_ARGUMENT(call, 0, int32_t, row)),
                                          magnitude_of(ROW_ARGUMENT(call, 1, int32_t, row))));
}
ROW_KERNEL(gcd_i32)

ROW(lcm_i32)
{
    const uint64_t a = magnitude_of(ROW_ARGUMENT(call, 0, int32_t, row));
    const uint64_t b = magnitude_of(ROW_ARGUMENT(call, 1, int32_t, row));

    return store_divisor(call, row, a == 0 || b == 0 ? 0 : a / greatest_divisor(a, b) * b);
}
ROW_KERNEL(lcm_i32)

/* Of numerics at one scale: of their digits. */
static UInt128
wide_divisor(UInt128 a, UInt128 b)
{
    while (b != 0) {
        const UInt128 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static UInt128
wide_magnitude(Int128 value)
{
    return value < 0 ? -(UInt128)value : (UInt128)value;
}

ROW(gcd_numeric)
{
    store(call, row,
          (Int128)wide_divisor(wide_magnitude(load(call, 0, row)), wide_magnitude(load(call, 1, row))));
    return STATUS_OK;
}
ROW_KERNEL(gcd_numeric)

ROW(lcm_numeric)
{
    const UInt128 a = wide_magnitude(load(call, 0, row));
    const UInt128 b = wide_magnitude(load(call, 1, row));
    UInt128 result = 0;

    if (a != 0 && b != 0 &&
        (__builtin_mul_overflow(a / wide_divisor(a, b), b, &result) ||
         result >= (UInt128)numeric_power10(38)))
        return numeric_overflow(call->error);
    store(call, row, (Int128)result);
    return STATUS_OK;
}
ROW_KERNEL(lcm_numeric)

ROW(factorial)
{
    const int64_t count = ROW_ARGUMENT(call, 0, int64_t, row);
    Int128 result = 1;

    if (count < 0)
        return error_set(call->error, STATUS_NUMERIC_RANGE, "factorial of a negative number is undefined");
    if (count > 33) /* 34! has 39 digits */
        return numeric_overflow(call->error);
    for (int64_t i = 2; i <= count; i++)
        result *= i;
    store(call, row, result);
    return STATUS_OK;
}
ROW_KERNEL(factorial)

ROW(scale)
{
    ROW_RESULT(call, int32_t, row) = call->arguments[0].type.scale;
    return STATUS_OK;
}
ROW_KERNEL(scale)

ROW(min_scale)
{
    Int128 value = load(call, 0, row);
    int32_t scale = call->arguments[0].type.scale;

    for (; scale > 0 && value % 10 == 0; scale--)
        value /= 10;
    ROW_RESULT(call, int32_t, row) = scale;
    return STATUS_OK;
}
ROW_KERNEL(min_scale)

/* A column's values have one scale: only a constant's can be cut, which the binder does. */
ROW(trim_scale)
{
    Int128 value;

    if (!numeric_rescale(load(call, 0, row), call->arguments[0].type.scale, call->type.scale, &value))
        return numeric_overflow(call->error);
    store(call, row, value);
    return STATUS_OK;
}
ROW_KERNEL(trim_scale)

static Status
count_nulls(KernelCall *call, bool nulls)
{
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        int32_t count = 0;
        for (uint32_t a = 0; a < call->argument_count; a++)
            count += kernel_argument_is_null(&call->arguments[a], row) == nulls;
        ROW_RESULT(call, int32_t, row) = count;
        bits_set(call->validity, row);
    }
    return STATUS_OK;
}

Status
kernel_num_nulls(KernelCall *call)
{
    return count_nulls(call, true);
}

Status
kernel_num_nonnulls(KernelCall *call)
{
    return count_nulls(call, false);
}

/* Numerics at one scale; the quotient is taken exactly. */
ROW(width_bucket_numeric)
{
    const Int128 x = load(call, 0, row);
    const Int128 low = load(call, 1, row);
    const Int128 high = load(call, 2, row);
    const int32_t count = ROW_ARGUMENT(call, 3, int32_t, row);
    const bool ascending = low < high;
    Int128 product;

    if (count <= 0)
        return error_set(call->error, STATUS_INVALID_BUCKETS, "count must be greater than zero");
    if (low == high)
        return error_set(call->error, STATUS_INVALID_BUCKETS, "lower bound cannot equal upper bound");
    if (ascending ? x < low : x > low) {
        ROW_RESULT(call, int32_t, row) = 0;
    } else if (ascending ? x >= high : x <= high) {
        if (count == INT32_MAX)
            return error_set(call->error, STATUS_NUMERIC_RANGE, "integer out of range");
        ROW_RESULT(call, int32_t, row) = count + 1;
    } else {
        if (__builtin_mul_overflow(ascending ? x - low : low - x, (Int128)count, &product))
            return numeric_overflow(call->error);
        ROW_RESULT(call, int32_t, row) = (int32_t)(product / (ascending ? high - low : low - high)) + 1;
    }
    return STATUS_OK;
}
ROW_KERNEL(width_bucket_numeric)

/* True, or the error that percentiles of such a fraction are. */
ROW(is_fraction)
{
    const double fraction = ROW_ARGUMENT(call, 0, double, row);

    if (!(fraction >= 0 && fraction <= 1))
        return error_set(call->error, STATUS_NUMERIC_RANGE, "percentile value %g is not between 0 and 1",
                         fraction);
    ROW_RESULT(call, uint8_t, row) = 1;
    return STATUS_OK;
}
ROW_KERNEL(is_fraction)

ROW(checked_limit)
{
    const int64_t count = ROW_ARGUMENT(call, 0, int64_t, row);

    if (count < 0)
        return error_set(call->error, STATUS_INVALID_ROW_COUNT, "LIMIT must not be negative");
    ROW_RESULT(call, int64_t, row) = count;
    return STATUS_OK;
}
ROW_KERNEL(checked_limit)

ROW(checked_offset)
{
    const int64_t count = ROW_ARGUMENT(call, 0, int64_t, row);

    if (count < 0)
        return error_set(call->error, STATUS_INVALID_ROW_OFFSET, "OFFSET must not be negative");
    ROW_RESULT(call, int64_t, row) = count;
    return STATUS_OK;
}
ROW_KERNEL(checked_offset)

ROW(width_bucket)
{
    const double x = ROW_ARGUMENT(call, 0, double, row);
    const double low = ROW_ARGUMENT(call, 1, double, row);
    const double high = ROW_ARGUMENT(call, 2, double, row);
    const int32_t count = ROW_ARGUMENT(call, 3, int32_t, row);
    const bool ascending = low < high;

    if (count <= 0)
        return error_set(call->error, STATUS_INVALID_BUCKETS, "count must be greater than zero");
    if (isnan(x) || isnan(low) || isnan(high))
        return error_set(call->error, STATUS_INVALID_BUCKETS,
                         "operand, lower bound, and upper bound cannot be NaN");
    if (!isfinite(low) || !isfinite(high))
        return error_set(call->error, STATUS_INVALID_BUCKETS, "lower and upper bounds must be finite");
    if (low == high)
        return error_set(call->error, STATUS_INVALID_BUCKETS, "lower bound cannot equal upper bound");
    if (ascending ? x < low : x > low) {
        ROW_RESULT(call, int32_t, row) = 0;
    } else if (ascending ? x >= high : x <= high) {
        if (count == INT32_MAX)
            return error_set(call->error, STATUS_NUMERIC_RANGE, "integer out of range");
        ROW_RESULT(call, int32_t, row) = count + 1;
    } else {
        const int32_t bucket = (int32_t)(count * ((x - low) / (high - low)));
        ROW_RESULT(call, int32_t, row) = (bucket >= count ? count - 1 : bucket) + 1;
    }
    return STATUS_OK;
}
ROW_KERNEL(width_bucket)
