/* expr/in_set.h: x IN (constants) as a set that is asked once a row.
 *
 * Integers in a narrow range are a bitmap; other integers and doubles an open hash table of 64-bit keys; wide
 * numbers and strings tables of 16-byte ones. */
#ifndef RUNNEL_EXPR_IN_SET_H
#define RUNNEL_EXPR_IN_SET_H

#include "expr/expr.h"
#include "expr/function.h"

/* The function that an IN instruction calls: one argument, its state being the set. */
extern const Function in_set_function;

/* The set of an EXPR_IN's constants, in `arena`; NULL where the type cannot be in a set (nested). */
void *in_set_new(Arena *arena, const Expr *expr);

#endif
