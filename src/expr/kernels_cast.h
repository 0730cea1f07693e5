/* expr/kernels_cast.h: kernels of casts. Numbers are named by their types (i16: smallint, f32: real, both in
 * the wider layout); those of strings and numerics read the modifiers of the wanted type from the call. */
#ifndef RUNNEL_EXPR_KERNELS_CAST_H
#define RUNNEL_EXPR_KERNELS_CAST_H

#include "expr/function.h"

#define CAST_KERNELS(X)                                                                                      \
    X(same)                                                                                                  \
    X(i32_to_i64)                                                                                            \
    X(i32_to_i16)                                                                                            \
    X(i64_to_i16)                                                                                            \
    X(i64_to_i32)                                                                                            \
    X(i32_to_f64)                                                                                            \
    X(i32_to_f32)                                                                                            \
    X(i64_to_f64)                                                                                            \
    X(i64_to_f32)                                                                                            \
    X(f64_to_i16)                                                                                            \
    X(f64_to_i32)                                                                                            \
    X(f64_to_i64)                                                                                            \
    X(f64_to_f32)                                                                                            \
    X(bool_to_i32)                                                                                           \
    X(i32_to_bool)                                                                                           \
    X(integer_to_numeric)                                                                                    \
    X(numeric_to_numeric)                                                                                    \
    X(numeric_to_integer)                                                                                    \
    X(numeric_to_f64)                                                                                        \
    X(numeric_to_f32)                                                                                        \
    X(f64_to_numeric)                                                                                        \
    X(f32_to_numeric)                                                                                        \
    X(date_to_timestamp)                                                                                     \
    X(date_to_timestamptz)                                                                                   \
    X(timestamp_to_timestamptz)                                                                              \
    X(timestamptz_to_timestamp)                                                                              \
    X(timestamp_to_date)                                                                                     \
    X(timestamptz_to_date)                                                                                   \
    X(timestamp_to_time)                                                                                     \
    X(timestamptz_to_time)                                                                                   \
    X(time_to_digits)                                                                                        \
    X(interval_to_fields)                                                                                    \
    X(time_to_interval)                                                                                      \
    X(interval_to_time)                                                                                      \
    X(to_string)                                                                                             \
    X(to_string_strictly)                                                                                    \
    X(from_string)

#define X(name) Status kernel_cast_##name(KernelCall *call);
CAST_KERNELS(X)
#undef X

#endif
