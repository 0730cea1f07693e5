/* expr/json_path.h: the steps of a path through JSON, which are names in objects and numbers in arrays. */
#ifndef RUNNEL_EXPR_JSON_PATH_H
#define RUNNEL_EXPR_JSON_PATH_H

#include "expr/string_kernel.h"

#include <string.h>

/* The number that a step says: blanks, a sign, then digits, all within int4. */
static inline bool
json_path_number(Text step, int64_t *number)
{
    while (step.size > 0 && strchr(" \t\n\v\f\r", step.data[0]) != NULL && step.data[0] != '\0')
        step = (Text){step.data + 1, step.size - 1};
    const size_t sign = step.size > 0 && (step.data[0] == '-' || step.data[0] == '+');

    *number = 0;
    if (step.size == sign || step.size > 11)
        return false;
    for (size_t i = sign; i < step.size; i++) {
        if (step.data[i] < '0' || step.data[i] > '9')
            return false;
        *number = *number * 10 + (step.data[i] - '0');
    }
    if (step.data[0] == '-')
        *number = -*number;
    return *number >= INT32_MIN && *number <= INT32_MAX;
}

#endif
