/* base/name.h: names that were nearly right: columns, functions, options. */
#ifndef RUNNEL_BASE_NAME_H
#define RUNNEL_BASE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NAME_DISTANCE_MAX = 3 };

/* Characters to insert, remove or replace; where it is more than limit: limit + 1. */
uint32_t name_distance(const char *a, const char *b, uint32_t limit);

/* As PostgreSQL: at most NAME_DISTANCE_MAX changes, and not more than half of the name. */
bool name_is_near(const char *wanted, const char *name, uint32_t *distance);

/* The one name that is close enough to be meant; NULL for none or several. */
const char *name_nearest(const char *wanted, size_t count, const char *const *names);

#endif
