/* expr/kernels_datetime.h: kernels of dates, times, timestamps and intervals. */
#ifndef RUNNEL_EXPR_KERNELS_DATETIME_H
#define RUNNEL_EXPR_KERNELS_DATETIME_H

#include "expr/function.h"

/* clang-format off */
#define DATETIME_KERNELS(X)                                                                                  \
    X(date_plus_days) X(days_plus_date) X(date_minus_days) X(date_minus_date) X(date_plus_interval)          \
    X(interval_plus_date) X(date_minus_interval) X(date_plus_time) X(time_plus_date)                         \
    X(timestamp_plus_interval) X(interval_plus_timestamp) X(timestamp_minus_interval)                        \
    X(timestamp_minus_timestamp) X(timestamptz_plus_interval)                                                \
    X(interval_plus_timestamptz) X(timestamptz_minus_interval)                                               \
    X(time_plus_interval) X(interval_plus_time) X(time_minus_interval) X(time_minus_time)                    \
    X(interval_plus_interval) X(interval_minus_interval) X(interval_negate)                                  \
    X(interval_times) X(times_interval) X(interval_divide) X(date_to_timestamp) X(timestamp_to_date)         \
    X(date_to_timestamptz) X(timestamptz_to_date)                                                            \
    X(timestamp_to_timestamptz) X(timestamptz_to_timestamp) X(timestamp_to_time)                             \
    X(timestamptz_to_time) X(time_to_interval) X(interval_to_time) X(date_is_finite)                         \
    X(timestamp_is_finite) X(interval_is_finite) X(make_date) X(make_time) X(make_timestamp)                 \
    X(make_interval) X(age) X(age_today) X(justify_days) X(justify_hours) X(justify_interval)                \
    X(to_timestamp) X(timezone_timestamp) X(timezone_timestamptz) X(date_bin) X(now) X(current_date)         \
    X(local_timestamp) X(date_part_timestamp) X(date_part_timestamptz) X(date_part_date)                     \
    X(date_part_time) X(date_part_interval) X(extract_timestamp) X(extract_timestamptz)                      \
    X(extract_date) X(extract_time) X(extract_interval) X(trunc_timestamp) X(trunc_timestamptz)              \
    X(trunc_timestamptz_zone) X(trunc_interval) X(overlaps) X(timezone_interval) X(clock_timestamp)             \
    X(timeofday) X(age_zoned) X(make_timestamptz)
/* clang-format on */

#define X(name) Status kernel_##name(KernelCall *call);
DATETIME_KERNELS(X)
#undef X

#endif
