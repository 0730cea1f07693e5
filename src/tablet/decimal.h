/* tablet/decimal.h: doubles that are decimal numbers, as integers.
 *
 * A double that came from text with few digits is the closest one to digits / 10^e for a small integer
 * `digits`; dividing gives it back to the bit, since both are exact and division rounds correctly. Values
 * that are not (and -0, NaN, infinities) are exceptions, kept apart. (After Afroozeh, Kuffó and Boncz, "ALP:
 * Adaptive Lossless floating-Point Compression", SIGMOD 2023, section 3; that multiplies where this divides.)
 */
#ifndef RUNNEL_TABLET_DECIMAL_H
#define RUNNEL_TABLET_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DECIMAL_EXPONENT_MAX = 18 };

/* The exponent under which a sample of the values takes the fewest bits; -1 where too many would be
 * exceptions. */
int decimal_choose(const double *values, size_t count);

/* Digits of each value; exceptions get those of the value before them, and their numbers are put, ascending,
 * into exceptions[count]. Returns how many there are. */
size_t decimal_encode(const double *values, size_t count, int exponent, int64_t *digits,
                      uint32_t *exceptions);

/* values[i] = digits[i] / 10^exponent. */
void decimal_decode(const uint64_t *digits, size_t count, int exponent, double *values);

#endif
