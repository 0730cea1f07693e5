/* expr/natural.h: natural numbers of up to some 7,000 bits, for results that are rounded once from an exact
 * value. Schoolbook arithmetic: it runs once a group, not once a row. */
#ifndef RUNNEL_EXPR_NATURAL_H
#define RUNNEL_EXPR_NATURAL_H

#include "column/value.h"

enum { NATURAL_DIGITS = 224 };

/* digits[0..size), lowest first, 32 bits each; no zero on top; 0 has size 0. */
typedef struct Natural {
    uint32_t size;
    uint32_t digits[NATURAL_DIGITS];
} Natural;

void natural_set_digits(Natural *number, const uint32_t *digits, uint32_t size);
void natural_set(Natural *number, UInt128 value);

/* The product; the caller sees to it that the digits suffice (asserted). `out` is none of the others. */
void natural_multiply(const Natural *a, const Natural *b, Natural *out);
void natural_multiply_by(Natural *number, uint32_t factor);
void natural_shift_left(Natural *number, uint32_t bits);
void natural_add(Natural *number, const Natural *other);
/* number -= other, which is not greater. */
void natural_subtract(Natural *number, const Natural *other);
int natural_compare(const Natural *a, const Natural *b);
uint32_t natural_bits(const Natural *number);

/* Rounded down; `divisor` is not 0. */
void natural_divide_by(Natural *number, uint64_t divisor);

/* Rounded down; false where it exceeds 127 bits. */
bool natural_square_root(const Natural *number, UInt128 *root);

/* False where it exceeds 127 bits. */
bool natural_to_i128(const Natural *number, Int128 *value);

/* number * 2^exponent, rounded once (infinite where it is too large). */
double natural_to_double(const Natural *number, int exponent);

#endif
