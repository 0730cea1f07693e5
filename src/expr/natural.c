#include "expr/natural.h"

#include <assert.h>
#include <math.h>

static void
normalise(Natural *number)
{
    while (number->size > 0 && number->digits[number->size - 1] == 0)
        number->size--;
}

void
natural_set_digits(Natural *number, const uint32_t *digits, uint32_t size)
{
    assert(size <= NATURAL_DIGITS);
    memcpy(number->digits, digits, size * sizeof *digits);
    number->size = size;
    normalise(number);
}

void
natural_set(Natural *number, UInt128 value)
{
    number->size = 0;
    for (; value != 0; value >>= 32)
        number->digits[number->size++] = (uint32_t)value;
}

void
natural_multiply(const Natural *a, const Natural *b, Natural *out)
{
    assert(a->size + b->size <= NATURAL_DIGITS);
    out->size = a->size + b->size;
    memset(out->digits, 0, out->size * sizeof *out->digits);
    for (uint32_t i = 0; i < a->size; i++) {
        uint64_t carry = 0;
        for (uint32_t j = 0; j < b->size; j++) {
            carry += (uint64_t)a->digits[i] * b->digits[j] + out->digits[i + j];
            out->digits[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        out->digits[i + b->size] = (uint32_t)carry;
    }
    normalise(out);
}

void
natural_multiply_by(Natural *number, uint32_t factor)
{
    uint64_t carry = 0;

    for (uint32_t i = 0; i < number->size; i++) {
        carry += (uint64_t)number->digits[i] * factor;
        number->digits[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0) {
        assert(number->size < NATURAL_DIGITS);
        number->digits[number->size++] = (uint32_t)carry;
    }
    normalise(number);
}

void
natural_shift_left(Natural *number, uint32_t bits)
{
    const uint32_t whole = bits / 32;

    if (number->size == 0)
        return;
    natural_multiply_by(number, 1U << bits % 32);
    assert(number->size + whole <= NATURAL_DIGITS);
    memmove(number->digits + whole, number->digits, number->size * sizeof *number->digits);
    memset(number->digits, 0, whole * sizeof *number->digits);
    number->size += whole;
}

void
natural_add(Natural *number, const Natural *other)
{
    uint64_t carry = 0;

    for (uint32_t i = 0; i < other->size || carry != 0; i++) {
        assert(i < NATURAL_DIGITS);
        if (i >= number->size) {
            number->digits[i] = 0;
            number->size = i + 1;
        }
        carry += (uint64_t)number->digits[i] + (i < other->size ? other->digits[i] : 0);
        number->digits[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

void
natural_subtract(Natural *number, const Natural *other)
{
    int64_t borrow = 0;

    assert(natural_compare(number, other) >= 0);
    for (uint32_t i = 0; i < number->size; i++) {
        borrow += (int64_t)number->digits[i] - (i < other->size ? other->digits[i] : 0);
        number->digits[i] = (uint32_t)borrow;
        borrow >>= 32;
    }
    normalise(number);
}

int
natural_compare(const Natural *a, const Natural *b)
{
    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    for (uint32_t i = a->size; i-- > 0;) {
        if (a->digits[i] != b->digits[i])
            return a->digits[i] < b->digits[i] ? -1 : 1;
    }
    return 0;
}

uint32_t
natural_bits(const Natural *number)
{
    return number->size == 0 ? 0
                             : number->size * 32 - (uint32_t)__builtin_clz(number->digits[number->size - 1]);
}

void
natural_divide_by(Natural *number, uint64_t divisor)
{
    UInt128 rest = 0;

    for (uint32_t i = number->size; i-- > 0;) {
        rest = rest << 32 | number->digits[i];
        number->digits[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    normalise(number);
}

/* Bit by bit from the top. */
bool
natural_square_root(const Natural *number, UInt128 *root)
{
    Natural candidate;
    Natural square;
    UInt128 found = 0;

    if (natural_bits(number) > 254)
        return false;
    for (int bit = 127; bit >= 0; bit--) {
        const UInt128 next = found | (UInt128)1 << bit;
        natural_set(&candidate, next);
        natural_multiply(&candidate, &candidate, &square);
        if (natural_compare(&square, number) <= 0)
            found = next;
    }
    *root = found;
    return true;
}

bool
natural_to_i128(const Natural *number, Int128 *value)
{
    *value = 0;
    if (natural_bits(number) > 127)
        return false;
    for (uint32_t i = number->size; i-- > 0;)
        *value = *value << 32 | number->digits[i];
    return true;
}

double
natural_to_double(const Natural *number, int exponent)
{
    const uint32_t bits = natural_bits(number);
    uint64_t window = 0;
    bool sticky = false;

    /* The highest 63 bits, with all below folded into the lowest. */
    const uint32_t below = bits > 63 ? bits - 63 : 0;
    for (uint32_t i = 0; i < number->size; i++) {
        const uint32_t first = i * 32;
        if (first + 32 <= below) {
            sticky |= number->digits[i] != 0;
        } else if (first < below) {
            const uint32_t cut = below - first;
            sticky |= (number->digits[i] & ((1U << cut) - 1)) != 0;
            window |= number->digits[i] >> cut;
        } else {
            window |= (uint64_t)number->digits[i] << (first - below);
        }
    }
    return ldexp((double)(window | sticky), exponent + (int)below);
}
