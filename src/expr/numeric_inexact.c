#include "expr/numeric_inexact.h"

#include "expr/natural.h"
#include "expr/numeric.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

enum {
    SIGNIFICANT = 16,
    BASE_DIGITS = 4,
    FRACTION_WORDS = 4,
    WHOLE_WORDS = 3,
    WORDS = FRACTION_WORDS + WHOLE_WORDS
};

/* A number's leading digits as PostgreSQL keeps them: base 10,000, the first one at 10,000^weight. */
typedef struct Leading {
    int weight;
    int first;     /* 1..9999; 0 for zero */
    double digits; /* the first two, as one number, at 10^exponent */
    int exponent;
    bool many; /* more than one digit of the base that is not a trailing zero */
} Leading;

static UInt128
magnitude_of(Int128 value)
{
    return value < 0 ? -(UInt128)value : (UInt128)value;
}

static int
count_digits(UInt128 value)
{
    int digits = 0;

    for (; value > 0; value /= 10)
        digits++;
    return digits;
}

static int
floor_quotient(int a, int b)
{
    return a >= 0 ? a / b : -((b - 1 - a) / b);
}

static Leading
leading(Decimal x)
{
    const UInt128 magnitude = magnitude_of(x.value);
    const int digits = count_digits(magnitude);
    Leading result = {0};

    if (digits == 0)
        return result;
    result.weight = floor_quotient(digits - 1 - x.scale, BASE_DIGITS);
    /* The digit begins at 10^(4 * weight): x.scale + 4 * weight decimal digits of the value are below it. */
    const int below = x.scale + BASE_DIGITS * result.weight;
    UInt128 rest = 0;
    if (below >= 0) {
        result.first = (int)(magnitude / (UInt128)numeric_power10(below));
        rest = magnitude % (UInt128)numeric_power10(below);
    } else {
        result.first = (int)(magnitude * (UInt128)numeric_power10(-below));
    }
    result.many = rest != 0;
    result.exponent = BASE_DIGITS * result.weight;
    result.digits = result.first;
    if (result.many) {
        const int second = below - BASE_DIGITS;
        result.exponent -= BASE_DIGITS;
        result.digits =
            result.first * 10000.0 + (second >= 0 ? (double)(rest / (UInt128)numeric_power10(second))
                                                  : (double)(rest * (UInt128)numeric_power10(-second)));
    }
    return result;
}

static double
as_double(Decimal x)
{
    return numeric_to_double(x.value, x.scale);
}

/* The decimal weight that ln(x) has, about. */
static int
logarithm_weight(Decimal x)
{
    const double about = as_double(x);

    if (x.value <= 0)
        return 0;
    if (about >= 0.9 && about <= 1.1) {
        const Int128 one = numeric_power10(x.scale);
        const Leading rest = leading((Decimal){x.value - one, x.scale});
        return rest.first == 0 ? 0 : rest.weight * BASE_DIGITS + (int)log10(rest.first);
    }
    const Leading front = leading(x);
    if (front.first == 0)
        return 0;
    return (int)log10(fabs(log(front.digits) + front.exponent * 2.302585092994046));
}

static int
larger(int a, int b)
{
    return a > b ? a : b;
}

/* Toward zero, within what any scale can have. */
static int
bounded(double weight)
{
    const double most = 2000;

    return (int)(weight > most ? most : weight < -most ? -most : weight);
}

static bool
is_whole(Decimal x)
{
    return x.scale == 0 || x.value % numeric_power10(x.scale) == 0;
}

static bool
is_int32(Decimal x)
{
    const Int128 whole = x.value / numeric_power10(x.scale);

    return is_whole(x) && whole >= INT32_MIN && whole <= INT32_MAX;
}

static int
quotient_scale(Decimal x, Decimal y)
{
    const Leading a = leading(x);
    const Leading b = leading(y);
    const int weight = a.weight - b.weight - (a.first <= b.first);

    return SIGNIFICANT - weight * BASE_DIGITS;
}

static int
power_scale(Decimal x, Decimal y)
{
    if (is_int32(y))
        return larger(SIGNIFICANT, x.scale);
    if (x.value == 0)
        return SIGNIFICANT;
    const double weight = as_double(y) * log10(fabs(as_double(x)));
    return larger(larger(SIGNIFICANT - bounded(weight), x.scale), y.scale);
}

int
inexact_scale(InexactFunction function, Decimal x, Decimal y)
{
    int scale = 0;

    switch (function) {
    case INEXACT_SQRT: scale = larger(SIGNIFICANT - (2 * (leading(x).weight + 1) - 1), x.scale); break;
    case INEXACT_EXP: scale = larger(SIGNIFICANT - bounded(as_double(x) * 0.434294481903252), x.scale); break;
    case INEXACT_LN: scale = larger(SIGNIFICANT - logarithm_weight(x), x.scale); break;
    case INEXACT_LOG:
        scale = larger(larger(SIGNIFICANT - logarithm_weight(y) + logarithm_weight(x), x.scale), y.scale);
        break;
    case INEXACT_POWER: scale = power_scale(x, y); break;
    case INEXACT_DIVIDE: scale = larger(larger(quotient_scale(x, y), x.scale), y.scale); break;
    }
    return larger(scale, 0);
}

/* Fixed point, lowest word first; `negative` apart. */
typedef struct Fixed {
    uint64_t words[WORDS];
    bool negative;
} Fixed;

static int
compare(const Fixed *a, const Fixed *b)
{
    for (int i = WORDS - 1; i >= 0; i--) {
        if (a->words[i] != b->words[i])
            return a->words[i] < b->words[i] ? -1 : 1;
    }
    return 0;
}

static bool
is_zero(const Fixed *a)
{
    uint64_t any = 0;

    for (int i = 0; i < WORDS; i++)
        any |= a->words[i];
    return any == 0;
}

static void
add_magnitude(Fixed *a, const Fixed *b)
{
    unsigned carry = 0;

    for (int i = 0; i < WORDS; i++) {
        const UInt128 sum = (UInt128)a->words[i] + b->words[i] + carry;
        a->words[i] = (uint64_t)sum;
        carry = (unsigned)(sum >> 64);
    }
}

/* a -= b, which is not greater. */
static void
subtract_magnitude(Fixed *a, const Fixed *b)
{
    unsigned borrow = 0;

    for (int i = 0; i < WORDS; i++) {
        const UInt128 difference = (UInt128)a->words[i] - b->words[i] - borrow;
        a->words[i] = (uint64_t)difference;
        borrow = (unsigned)(difference >> 64) & 1;
    }
}

static void
add(Fixed *a, const Fixed *b)
{
    if (a->negative == b->negative) {
        add_magnitude(a, b);
    } else if (compare(a, b) >= 0) {
        subtract_magnitude(a, b);
    } else {
        Fixed larger_one = *b;
        subtract_magnitude(&larger_one, a);
        *a = larger_one;
    }
}

/* The product's low words are cut, its high ones must be 0. */
static Fixed
multiply(const Fixed *a, const Fixed *b)
{
    uint64_t product[2 * WORDS] = {0};
    Fixed result = {.negative = a->negative != b->negative};

    for (int i = 0; i < WORDS; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < WORDS; j++) {
            const UInt128 sum = (UInt128)a->words[i] * b->words[j] + product[i + j] + carry;
            product[i + j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
        product[i + WORDS] = carry;
    }
    memcpy(result.words, product + FRACTION_WORDS, sizeof result.words);
    return result;
}

static void
multiply_by(Fixed *a, uint64_t factor)
{
    uint64_t carry = 0;

    for (int i = 0; i < WORDS; i++) {
        const UInt128 product = (UInt128)a->words[i] * factor + carry;
        a->words[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
}

static void
divide_by(Fixed *a, uint64_t divisor)
{
    uint64_t rest = 0;

    for (int i = WORDS - 1; i >= 0; i--) {
        const UInt128 dividend = (UInt128)rest << 64 | a->words[i];
        a->words[i] = (uint64_t)(dividend / divisor);
        rest = (uint64_t)(dividend % divisor);
    }
}

static void
shift_left(Fixed *a, int bits)
{
    Fixed result = {.negative = a->negative};

    for (int i = WORDS - 1; i >= bits / 64; i--) {
        result.words[i] = a->words[i - bits / 64] << (bits % 64);
        if (bits % 64 != 0 && i > bits / 64)
            result.words[i] |= a->words[i - bits / 64 - 1] >> (64 - bits % 64);
    }
    *a = result;
}

static void
shift_right(Fixed *a, int bits)
{
    Fixed result = {.negative = a->negative};

    for (int i = 0; i + bits / 64 < WORDS; i++) {
        result.words[i] = a->words[i + bits / 64] >> (bits % 64);
        if (bits % 64 != 0 && i + bits / 64 + 1 < WORDS)
            result.words[i] |= a->words[i + bits / 64 + 1] << (64 - bits % 64);
    }
    *a = result;
}

/* Bit by bit; both positive. A quotient of 2^128 or more is the largest number there is. */
static Fixed
divide(const Fixed *dividend, const Fixed *divisor)
{
    Fixed rest = *dividend;
    Fixed result = {.negative = dividend->negative != divisor->negative};

    for (int bit = 127; bit >= -64 * FRACTION_WORDS; bit--) {
        Fixed step = *divisor;
        if (bit >= 0) {
            shift_left(&step, bit);
            Fixed back = step;
            shift_right(&back, bit);
            if (compare(&back, divisor) != 0)
                continue; /* too large by far */
        } else if (bit < 0) {
            shift_left(&rest, 1);
        }
        if (compare(&rest, &step) < 0)
            continue;
        subtract_magnitude(&rest, &step);
        if (bit == 127 && compare(&rest, &step) >= 0) {
            memset(result.words, 0xFF, sizeof result.words);
            return result;
        }
        const int at = bit + 64 * FRACTION_WORDS;
        result.words[at / 64] |= UINT64_C(1) << (at % 64);
    }
    return result;
}

static Fixed
from_integer(UInt128 value)
{
    Fixed result = {0};

    result.words[FRACTION_WORDS] = (uint64_t)value;
    result.words[FRACTION_WORDS + 1] = (uint64_t)(value >> 64);
    return result;
}

static Fixed
from_decimal(Decimal x)
{
    Fixed result = from_integer(magnitude_of(x.value));

    for (int left = x.scale; left > 0; left -= 18)
        divide_by(&result, (uint64_t)numeric_power10(left < 18 ? left : 18));
    result.negative = x.value < 0;
    return result;
}

/* ln(m) for 1 <= m < 2, as 2 artanh((m - 1) / (m + 1)). */
static Fixed
logarithm_near_one(const Fixed *m)
{
    const Fixed one = from_integer(1);
    Fixed numerator = *m;
    Fixed denominator = *m;
    subtract_magnitude(&numerator, &one);
    add_magnitude(&denominator, &one);
    Fixed power = divide(&numerator, &denominator);
    const Fixed square = multiply(&power, &power);
    Fixed sum = power;

    for (uint64_t odd = 3; !is_zero(&power); odd += 2) {
        power = multiply(&power, &square);
        Fixed term = power;
        divide_by(&term, odd);
        add_magnitude(&sum, &term);
    }
    shift_left(&sum, 1);
    return sum;
}

static Fixed ln2;
static Fixed ln10;

/* ln of a whole number from 1 on. */
static Fixed
logarithm_of_integer(UInt128 value)
{
    Fixed m = from_integer(value);
    Fixed bits = ln2;
    int shift = 0;

    while (value > 1) {
        value >>= 1;
        shift++;
    }
    shift_right(&m, shift);
    Fixed result = logarithm_near_one(&m);
    multiply_by(&bits, (uint64_t)shift);
    add_magnitude(&result, &bits);
    return result;
}

static void
make_constants(void)
{
    Fixed ratio = from_integer(4);

    divide_by(&ratio, 3); /* ln 2 = 2 ln(4/3) + ln(9/8) */
    Fixed rest = from_integer(9);
    divide_by(&rest, 8);
    ln2 = logarithm_near_one(&ratio);
    shift_left(&ln2, 1);
    const Fixed small = logarithm_near_one(&rest);
    add_magnitude(&ln2, &small);
    ln10 = logarithm_of_integer(10);
}

static void
need_constants(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_constants);
}

/* x > 0 */
static Fixed
logarithm(Decimal x)
{
    Fixed result = logarithm_of_integer((UInt128)x.value);
    Fixed scale = ln10;

    multiply_by(&scale, (uint64_t)x.scale);
    scale.negative = true;
    add(&result, &scale);
    return result;
}

/* False where the result has more than 38 digits before the point. */
static bool
exponential(const Fixed *x, Fixed *result)
{
    const uint64_t most = 90; /* e^90 > 10^39 */
    Fixed rest = *x;
    int shift = 0;

    rest.negative = false;
    if (rest.words[FRACTION_WORDS + 1] != 0 || rest.words[FRACTION_WORDS + 2] != 0 ||
        rest.words[FRACTION_WORDS] > most) {
        *result = from_integer(0);
        return x->negative;
    }
    while (compare(&rest, &ln2) >= 0) {
        subtract_magnitude(&rest, &ln2);
        shift++;
    }
    if (x->negative) { /* e^-r = e^(ln 2 - r) / 2 */
        Fixed turned = ln2;
        subtract_magnitude(&turned, &rest);
        rest = turned;
        shift++;
    }
    Fixed term = from_integer(1);
    Fixed sum = term;
    for (uint64_t i = 1; !is_zero(&term); i++) {
        term = multiply(&term, &rest);
        divide_by(&term, i);
        add_magnitude(&sum, &term);
    }
    if (x->negative)
        shift_right(&sum, shift);
    else
        shift_left(&sum, shift);
    *result = sum;
    return true;
}

/* The nearest number with so many decimal places, fewer where 38 digits do not suffice for them. */
static Status
round_fixed(const Fixed *x, int scale, Decimal *result, Error *error)
{
    Fixed scaled = *x;
    Fixed half = from_integer(1);
    const UInt128 whole = (UInt128)x->words[FRACTION_WORDS + 1] << 64 | x->words[FRACTION_WORDS];
    const int digits = count_digits(whole);

    if (digits > NUMERIC_DIGITS_MAX || x->words[WORDS - 1] != 0)
        return error_set(error, STATUS_NUMERIC_RANGE, "value overflows numeric format");
    scale = scale > NUMERIC_DIGITS_MAX - digits ? NUMERIC_DIGITS_MAX - digits : scale;
    for (int left = scale; left > 0; left -= 18)
        multiply_by(&scaled, (uint64_t)numeric_power10(left < 18 ? left : 18));
    shift_right(&half, 1);
    half.words[2] |= UINT64_C(1) << 28; /* what is exactly a half may have come out a little less */
    add_magnitude(&scaled, &half);
    const UInt128 value = (UInt128)scaled.words[FRACTION_WORDS + 1] << 64 | scaled.words[FRACTION_WORDS];
    if (value >= (UInt128)numeric_power10(NUMERIC_DIGITS_MAX))
        return error_set(error, STATUS_NUMERIC_RANGE, "value overflows numeric format");
    *result = (Decimal){x->negative ? -(Int128)value : (Int128)value, scale};
    return STATUS_OK;
}

static Status
square_root(Decimal x, int scale, Decimal *result, Error *error)
{
    Natural radicand;
    UInt128 root;

    if (x.value < 0)
        return error_set(error, STATUS_INVALID_POWER, "cannot take square root of a negative number");
    scale = scale > NUMERIC_DIGITS_MAX - 1 ? NUMERIC_DIGITS_MAX - 1 : scale;
    natural_set(&radicand, (UInt128)x.value);
    for (int i = 0; i < 2 * scale - x.scale; i++)
        natural_multiply_by(&radicand, 10);
    for (int i = 0; i < x.scale - 2 * scale; i++)
        natural_divide_by(&radicand, 10);
    natural_multiply_by(&radicand, 4); /* one more bit, for the half */
    if (!natural_square_root(&radicand, &root) ||
        ((root + 1) >> 1) >= (UInt128)numeric_power10(NUMERIC_DIGITS_MAX)) {
        if (scale > SIGNIFICANT / 2)
            return square_root(x, scale - 1, result, error);
        return error_set(error, STATUS_NUMERIC_RANGE, "value overflows numeric format");
    }
    *result = (Decimal){(Int128)((root + 1) >> 1), scale};
    return STATUS_OK;
}

static Status
check_logarithm(Decimal x, Error *error)
{
    if (x.value > 0)
        return STATUS_OK;
    return error_set(error, STATUS_INVALID_LOGARITHM, "cannot take logarithm of %s",
                     x.value == 0 ? "zero" : "a negative number");
}

static Status
logarithm_to_base(Decimal base, Decimal x, int scale, Decimal *result, Error *error)
{
    TRY(check_logarithm(base, error));
    TRY(check_logarithm(x, error));
    Fixed divisor = logarithm(base);
    Fixed dividend = logarithm(x);
    if (is_zero(&divisor))
        return error_set(error, STATUS_DIVISION_BY_ZERO, "division by zero");
    /* Both are small: the quotient of bases next to 1 stays far below 2^64. */
    const bool negative = divisor.negative != dividend.negative;
    divisor.negative = dividend.negative = false;
    Fixed quotient = divide(&dividend, &divisor);
    quotient.negative = negative;
    return round_fixed(&quotient, scale, result, error);
}

static Status
power(Decimal x, Decimal y, int scale, Decimal *result, Error *error)
{
    const bool whole = is_whole(y);
    Fixed value;

    if (x.value == 0 && y.value < 0)
        return error_set(error, STATUS_INVALID_POWER, "zero raised to a negative power is undefined");
    if (x.value < 0 && !whole)
        return error_set(error, STATUS_INVALID_POWER,
                         "a negative number raised to a non-integer power yields a complex result");
    if (x.value == 0 || y.value == 0) {
        value = from_integer(y.value == 0);
        return round_fixed(&value, scale, result, error);
    }
    const bool negative = x.value < 0 && whole && y.value / numeric_power10(y.scale) % 2 != 0;
    Fixed exponent = logarithm((Decimal){x.value < 0 ? -x.value : x.value, x.scale});
    if (fabs(as_double(y)) * fabs(log(fabs(as_double(x)))) > 1e6) {
        if ((as_double(y) > 0) != exponent.negative)
            return error_set(error, STATUS_NUMERIC_RANGE, "value overflows numeric format");
        value = from_integer(0);
        return round_fixed(&value, scale, result, error);
    }
    const Fixed factor = from_decimal(y);
    exponent = multiply(&exponent, &factor);
    if (!exponential(&exponent, &value))
        return error_set(error, STATUS_NUMERIC_RANGE, "value overflows numeric format");
    value.negative = negative;
    return round_fixed(&value, scale, result, error);
}

Status
inexact_compute(InexactFunction function, Decimal x, Decimal y, Decimal *result, Error *error)
{
    const bool logarithmic = function == INEXACT_LN || function == INEXACT_LOG;
    Fixed value;

    need_constants();
    if (logarithmic)
        TRY(check_logarithm(x, error));
    if (function == INEXACT_LOG)
        TRY(check_logarithm(y, error));
    const int scale = inexact_scale(function, x, y);
    switch (function) {
    case INEXACT_SQRT: return square_root(x, scale, result, error);
    case INEXACT_LN: value = logarithm(x); return round_fixed(&value, scale, result, error);
    case INEXACT_LOG: return logarithm_to_base(x, y, scale, result, error);
    case INEXACT_POWER: return power(x, y, scale, result, error);
    case INEXACT_EXP: {
        const Fixed exponent = from_decimal(x);
        if (!exponential(&exponent, &value))
            return error_set(error, STATUS_NUMERIC_RANGE, "value overflows numeric format");
        return round_fixed(&value, scale, result, error);
    }
    default: return error_set(error, STATUS_INTERNAL, "this function is not computed here");
    }
}
