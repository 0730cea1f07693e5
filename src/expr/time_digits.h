/* expr/time_digits.h: the modifiers of times, timestamps and intervals: so many digits of a second, and of
 * intervals which fields count. */
#ifndef RUNNEL_EXPR_TIME_DIGITS_H
#define RUNNEL_EXPR_TIME_DIGITS_H

#include "column/type.h"
#include "column/value.h"

/* To so many digits behind the seconds, halves away from zero. An infinite timestamp is no matter for this.
 */
int64_t time_digits_round(int64_t microseconds, int32_t digits);

/* An interval without the fields below the least one that its type names, and with the type's digits. */
void time_digits_cut_interval(Type type, Interval *interval);

/* The value at `value` (of the type's layout) with the type's modifiers; other types are left alone. */
void time_digits_fit(Type type, void *value);

#endif
