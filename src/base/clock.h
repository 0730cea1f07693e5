/* base/clock.h: time. State machines never call it: they are told the time. */
#ifndef RUNNEL_BASE_CLOCK_H
#define RUNNEL_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_monotonic_us(void);
int64_t clock_monotonic_ns(void);
int64_t clock_wall_us(void); /* microseconds since 1970-01-01 UTC */

#endif
