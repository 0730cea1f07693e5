/* Trigonometric functions of degrees and inverse hyperbolic ones. In degrees the well-known angles give exact
 * results: each function is scaled so that it is right at 30, 45 and 60 degrees, as PostgreSQL's are. */
#include "expr/kernels_math.h"
#include "expr/row_kernel.h"

#include <math.h>

#define ROW(name) static inline Status name##_row(KernelCall *call, uint32_t row)

static const double radians_per_degree = 0.0174532925199432957692;

static Status
out_of_domain(KernelCall *call)
{
    return error_set(call->error, STATUS_NUMERIC_RANGE, "input is out of range");
}

static double
sine_to_30(double x)
{
    return sin(x * radians_per_degree) / sin(30 * radians_per_degree) / 2;
}

static double
cosine_to_60(double x)
{
    const double rest = 1 - cos(x * radians_per_degree);

    return 1 - rest / (1 - cos(60 * radians_per_degree)) / 2;
}

/* From 0 to 90 degrees. */
static double
first_sine(double x)
{
    return x <= 30 ? sine_to_30(x) : cosine_to_60(90 - x);
}

static double
first_cosine(double x)
{
    return x <= 60 ? cosine_to_60(x) : sine_to_30(90 - x);
}

/* The angle in the first quadrant, and the signs that sine and cosine have at the given one. */
static double
reduce(double x, double *sine, double *cosine)
{
    x = fmod(x, 360);
    *sine = *cosine = 1;
    if (x < 0) {
        x = -x;
        *sine = -1;
    }
    if (x > 180) {
        x = 360 - x;
        *sine = -*sine;
    }
    if (x > 90) {
        x = 180 - x;
        *cosine = -1;
    }
    return x;
}

static double
sine(double x)
{
    double s;
    double c;

    x = reduce(x, &s, &c);
    return s * first_sine(x);
}

static double
cosine(double x)
{
    double s;
    double c;

    x = reduce(x, &s, &c);
    return c * first_cosine(x);
}

static double
tangent(double x)
{
    double s;
    double c;

    x = reduce(x, &s, &c);
    return s * c * (first_sine(x) / first_cosine(x) / (first_sine(45) / first_cosine(45))) + 0.0;
}

static double
cotangent(double x)
{
    double s;
    double c;

    x = reduce(x, &s, &c);
    return s * c * (first_cosine(x) / first_sine(x) / (first_cosine(45) / first_sine(45))) + 0.0;
}

static double
arc_sine(double x)
{
    return x <= 0.5 ? asin(x) / asin(0.5) * 30 : 90 - acos(x) / acos(0.5) * 60;
}

static double
arc_cosine(double x)
{
    return x <= 0.5 ? 90 - asin(x) / asin(0.5) * 30 : acos(x) / acos(0.5) * 60;
}

#define FUNCTION(name, expression, bad)                                                                      \
    ROW(name)                                                                                                \
    {                                                                                                        \
        const double x = ROW_ARGUMENT(call, 0, double, row);                                                 \
        if (bad)                                                                                             \
            return out_of_domain(call);                                                                      \
        ROW_RESULT(call, double, row) = isnan(x) ? x : (expression);                                         \
        return STATUS_OK;                                                                                    \
    }                                                                                                        \
    ROW_KERNEL(name)

FUNCTION(sind, sine(x), isinf(x))
FUNCTION(cosd, cosine(x), isinf(x))
FUNCTION(tand, tangent(x), isinf(x))
FUNCTION(cotd, cotangent(x), isinf(x))
FUNCTION(asind, x >= 0 ? arc_sine(x) : -arc_sine(-x), x<-1 || x> 1)
FUNCTION(acosd, x >= 0 ? arc_cosine(x) : 90 + arc_sine(-x), x<-1 || x> 1)
FUNCTION(atand, atan(x) / atan(1.0) * 45, false)
FUNCTION(asinh, asinh(x), false)
FUNCTION(acosh, acosh(x), x < 1)
FUNCTION(atanh, x == 1 ? INFINITY : x == -1 ? -INFINITY : atanh(x), x<-1 || x> 1)

ROW(atan2d)
{
    ROW_RESULT(call, double, row) =
        atan2(ROW_ARGUMENT(call, 0, double, row), ROW_ARGUMENT(call, 1, double, row)) / atan(1.0) * 45;
    return STATUS_OK;
}
ROW_KERNEL(atan2d)
