#include "expr/time_digits.h"

#include "expr/calendar.h"

int64_t
time_digits_round(int64_t microseconds, int32_t digits)
{
    int64_t unit = 1;

    for (int32_t i = digits; i < TIME_DIGITS_MAX; i++)
        unit *= 10;
    const int64_t rest = microseconds % unit;
    const int64_t down = microseconds - rest;
    if (rest * 2 >= unit && unit > 1)
        return down + unit;
    return rest * 2 <= -unit && unit > 1 ? down - unit : down;
}

void
time_digits_cut_interval(Type type, Interval *interval)
{
    enum { MONTHS_A_YEAR = 12 };
    const int32_t fields = type_interval_fields(type);
    const int64_t unit = fields & INTERVAL_SECOND   ? 1
                         : fields & INTERVAL_MINUTE ? MICROSECONDS_MINUTE
                         : fields & INTERVAL_HOUR   ? MICROSECONDS_HOUR
                                                    : 0;

    interval->microseconds = unit == 0 ? 0 : interval->microseconds / unit * unit;
    if (unit == 0 && (fields & INTERVAL_DAY) == 0)
        interval->days = 0;
    if (unit == 0 && (fields & (INTERVAL_DAY | INTERVAL_MONTH)) == 0)
        interval->months = interval->months / MONTHS_A_YEAR * MONTHS_A_YEAR;
    interval->microseconds = time_digits_round(interval->microseconds, type_time_digits(type));
}

void
time_digits_fit(Type type, void *value)
{
    if (type.length == TYPE_NO_LENGTH)
        return;
    if (type.id == TYPE_INTERVAL)
        time_digits_cut_interval(type, value);
    else if (type_has_time_digits(type.id) && timestamp_is_finite(*(const int64_t *)value))
        *(int64_t *)value = time_digits_round(*(const int64_t *)value, type.length);
}
