/* expr/exact_sum.h: sums of doubles that are exact until they are read, so that neither order nor grouping
 * shows.
 *
 * Most values are multiples of 2^-76 below 2^50: they add up in 128-bit fixed point. What does not fit goes
 * to a superaccumulator over the whole range of doubles, made on demand (Neal 2015, "Fast exact summation
 * using small and large superaccumulators", section 3: 32-bit digits in 64-bit words). Zero bytes are the
 * empty sum. */
#ifndef RUNNEL_EXPR_EXACT_SUM_H
#define RUNNEL_EXPR_EXACT_SUM_H

#include "base/arena.h"
#include "column/value.h"

enum {
    EXACT_FRACTION_BITS = 76,
    EXACT_DIGITS = 70, /* of 32 bits, the lowest bit being 2^-1074: up to 2^1166 */
    EXACT_LOWEST_BIT = 1074,
    EXACT_WIDE_BYTES = EXACT_DIGITS * 8 + 8
};

/* What was among the values beside finite ones. */
typedef enum ExactFlag { EXACT_NAN = 1, EXACT_INFINITY = 2, EXACT_MINUS_INFINITY = 4 } ExactFlag;

typedef struct ExactWide {
    int64_t digits[EXACT_DIGITS];
    uint32_t additions; /* since carries were propagated */
    uint32_t flags;
} ExactWide;

typedef struct ExactSum {
    uint64_t low; /* the signed 128-bit (high, low) times 2^-76 */
    int64_t high;
    int64_t count;
    ExactWide *wide; /* NULL until something does not fit */
} ExactSum;

/* Add a value that the quick way refused. False: memory is out. Does not count. */
bool exact_add_slowly(ExactSum *sum, double value, Arena *arena);

/* Add `count` values; counts them. */
bool exact_add_block(ExactSum *sum, const double *values, uint32_t count, Arena *arena);

/* Add another sum's parts. `wide` may be NULL. Does not count. */
bool exact_add_fixed(ExactSum *sum, Int128 fixed, Arena *arena);
bool exact_add_wide(ExactSum *sum, const void *wide, size_t size, Arena *arena);

/* The wide part as EXACT_WIDE_BYTES bytes. */
void exact_write_wide(const ExactWide *wide, char *out);

/* The sum rounded once, to double or float precision. False: overflow (no infinity was among the values). */
bool exact_round(const ExactSum *sum, bool single, double *value);

uint32_t exact_flags(const ExactSum *sum);

/* The magnitude's digits, lowest first, in units of 2^-1074; true where the sum is negative. */
bool exact_digits(const ExactSum *sum, uint32_t digits[EXACT_DIGITS]);

/* Count and add one value. */
static inline bool
exact_add(ExactSum *sum, double value, Arena *arena)
{
    uint64_t bits;

    sum->count++;
    memcpy(&bits, &value, sizeof bits);
    const unsigned shift = (unsigned)(bits >> 52 & 0x7FF) - (1075 - EXACT_FRACTION_BITS);
    if (__builtin_expect(shift > 126 - 53, 0))
        return bits << 1 == 0 || exact_add_slowly(sum, value, arena);

    const uint64_t mantissa = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
    const UInt128 magnitude = (UInt128)mantissa << shift;
    const uint64_t sign = -(bits >> 63); /* all ones where negative */
    const UInt128 term = (magnitude ^ ((UInt128)sign << 64 | sign)) + (sign & 1);
    const Int128 old = (Int128)((UInt128)(uint64_t)sum->high << 64 | sum->low);
    Int128 fresh;
    if (__builtin_expect(__builtin_add_overflow(old, (Int128)term, &fresh), 0))
        return exact_add_slowly(sum, value, arena);
    sum->low = (uint64_t)fresh;
    sum->high = (int64_t)(fresh >> 64);
    return true;
}

#endif
