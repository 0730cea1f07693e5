/* expr/numeric_inexact.h: functions of numerics that have no exact result: how many digits PostgreSQL gives
 * it, and its digits, rounded half away from zero.
 *
 * Values are computed in fixed point with 256 bits behind the point, some 38 digits more than any result
 * shows. */
#ifndef RUNNEL_EXPR_NUMERIC_INEXACT_H
#define RUNNEL_EXPR_NUMERIC_INEXACT_H

#include "base/error.h"
#include "column/type.h"
#include "column/value.h"

#include <stdbool.h>

typedef enum InexactFunction {
    INEXACT_SQRT,
    INEXACT_EXP,
    INEXACT_LN,
    INEXACT_LOG,
    INEXACT_POWER,
    INEXACT_DIVIDE
} InexactFunction;

typedef struct Decimal {
    Int128 value;
    int scale;
} Decimal;

/* Digits behind the point (PostgreSQL 15's numeric.c: 16 significant ones at least, none less than the
 * arguments have). LOG: x is the base, y the number. `y` is not read for functions of one argument. */
int inexact_scale(InexactFunction function, Decimal x, Decimal y);

/* The result at inexact_scale()'s digits, but at most as many as 38 leave room for. INVALID_POWER,
 * INVALID_LOGARITHM, DIVISION_BY_ZERO; NUMERIC_RANGE beyond 38 digits. DIVIDE is not computed here. */
Status inexact_compute(InexactFunction function, Decimal x, Decimal y, Decimal *result, Error *error);

#endif
