/* variance and stddev, of the sample and of the population: from exact sums of x and of x squared.
 *
 * Integers and numerics: exact to the last of at least 16 decimal places, half rounded away from zero.
 * Doubles: the squares are exact too (two-product: Dekker 1971), and n * sum(x^2) - sum(x)^2 is rounded once.
 */
#include "expr/aggregate_parts.h"
#include "expr/exact_sum.h"
#include "expr/natural.h"

#include <math.h>

typedef struct Moments {
    uint64_t sum[4];    /* two's complement */
    uint64_t square[6]; /* of numbers below 2^127: at most 2^254 each */
    int64_t count;
} Moments;

typedef struct DoubleMoments {
    ExactSum sum;
    ExactSum square; /* its count counts the two halves of each product: not used */
} DoubleMoments;

static void
add_words(uint64_t *words, int count, const uint64_t *other)
{
    unsigned carry = 0;

    for (int i = 0; i < count; i++) {
        const UInt128 total = (UInt128)words[i] + other[i] + carry;
        words[i] = (uint64_t)total;
        carry = (unsigned)(total >> 64);
    }
}

static inline bool
add_moment(Moments *moments, Int128 value)
{
    const uint64_t sign = value < 0 ? UINT64_MAX : 0;
    const uint64_t terms[4] = {(uint64_t)value, (uint64_t)(value >> 64), sign, sign};
    const UInt128 magnitude = value < 0 ? -(UInt128)value : (UInt128)value;
    const UInt128 low = (uint64_t)magnitude;
    const UInt128 high = magnitude >> 64;
    const UInt128 cross = low * high; /* counted twice; below 2^127 */
    const UInt128 bottom = low * low + (cross << 65);
    const UInt128 top = high * high + (cross >> 63) + (bottom < (cross << 65));
    const uint64_t squares[6] = {(uint64_t)bottom, (uint64_t)(bottom >> 64), (uint64_t)top,
                                 (uint64_t)(top >> 64)};

    add_words(moments->sum, 4, terms);
    add_words(moments->square, 6, squares);
    moments->count++;
    return true;
}

static inline bool
add_double_moment(DoubleMoments *moments, double value, Arena *arena)
{
    const double product = value * value;
    const double error = isfinite(product) ? fma(value, value, -product) : 0;

    return exact_add(&moments->sum, value, arena) && exact_add(&moments->square, product, arena) &&
           exact_add(&moments->square, error, arena);
}

#define A_NAME                      update_i32
#define A_CTYPE                     int32_t
#define A_STATE                     Moments
#define A_ADD(state, value, update) add_moment(state, value)
#include "expr/aggregate_update_tmpl.h"

#define A_NAME                      update_i64
#define A_CTYPE                     int64_t
#define A_STATE                     Moments
#define A_ADD(state, value, update) add_moment(state, value)
#include "expr/aggregate_update_tmpl.h"

#define A_NAME                      update_i128
#define A_CTYPE                     Int128
#define A_STATE                     Moments
#define A_ADD(state, value, update) add_moment(state, value)
#include "expr/aggregate_update_tmpl.h"

#define A_NAME                      update_double
#define A_CTYPE                     double
#define A_STATE                     DoubleMoments
#define A_ADD(state, value, update) add_double_moment(state, value, (update)->arena)
#include "expr/aggregate_update_tmpl.h"

static Status
update_exact(AggregateUpdate *update)
{
    switch (update->arguments[0].layout) {
    case LAYOUT_I32: return update_i32(update);
    case LAYOUT_I64: return update_i64(update);
    default: return update_i128(update);
    }
}

/* The state travels as bytes. */
static uint32_t
moment_partials(const Type *arguments, Type *partials)
{
    (void)arguments;
    partials[0] = type_of(TYPE_BYTEA);
    return 1;
}

static Status
merge_exact(AggregateUpdate *update)
{
    for (uint32_t i = 0; i < update->count; i++) {
        const StringView *bytes = partial_view(&update->arguments[0], update_row(update, i));
        Moments *moments = update_state(update, i);
        Moments other;
        if (bytes->size != sizeof other)
            return error_set(update->error, STATUS_PROTOCOL, "a partial moment has %u bytes", bytes->size);
        memcpy(&other, string_view_data(bytes), sizeof other);
        add_words(moments->sum, 4, other.sum);
        add_words(moments->square, 6, other.square);
        moments->count += other.count;
    }
    return STATUS_OK;
}

static Status
emit_exact(AggregateOutput *output)
{
    void *data;

    TRY(output_column(output, 0, type_of(TYPE_BYTEA), &data, NULL));
    for (uint32_t i = 0; i < output->count; i++) {
        char *bytes = arena_copy_bytes(output->arena, output_state(output, i), sizeof(Moments));
        if (bytes == NULL)
            return error_set_memory(output->error);
        ((StringView *)data)[i] = string_view(bytes, sizeof(Moments));
    }
    return STATUS_OK;
}

enum { DOUBLE_BYTES = 2 * EXACT_PACKED_MOST };

static Status
emit_double(AggregateOutput *output)
{
    void *data;

    TRY(output_column(output, 0, type_of(TYPE_BYTEA), &data, NULL));
    for (uint32_t i = 0; i < output->count; i++) {
        const DoubleMoments *moments = output_state(output, i);
        char bytes[DOUBLE_BYTES];
        size_t size = exact_pack(&moments->sum, bytes);
        size += exact_pack(&moments->square, bytes + size);
        const char *copy = arena_copy_bytes(output->arena, bytes, size);
        if (copy == NULL)
            return error_set_memory(output->error);
        ((StringView *)data)[i] = string_view(copy, size);
    }
    return STATUS_OK;
}

static Status
merge_double(AggregateUpdate *update)
{
    for (uint32_t i = 0; i < update->count; i++) {
        const StringView *view = partial_view(&update->arguments[0], update_row(update, i));
        DoubleMoments *moments = update_state(update, i);
        const char *at = string_view_data(view);
        const char *end = at + view->size;
        TRY(exact_unpack(&moments->sum, &at, end, update->arena, update->error));
        TRY(exact_unpack(&moments->square, &at, end, update->arena, update->error));
        if (at != end)
            return error_set(update->error, STATUS_PROTOCOL, "a partial moment has %u bytes", view->size);
    }
    return STATUS_OK;
}

typedef struct Kind {
    bool sample;
    bool root;
} Kind;

/* n * sum(x^2) - sum(x)^2, which is not negative. */
static void
exact_spread(const Moments *moments, Natural *spread)
{
    const bool negative = moments->sum[3] >> 63 != 0;
    Natural sum;
    Natural square;
    Natural factor;
    uint64_t magnitude[4];
    unsigned carry = negative;

    for (int i = 0; i < 4; i++) {
        const UInt128 word = (UInt128)(negative ? ~moments->sum[i] : moments->sum[i]) + carry;
        magnitude[i] = (uint64_t)word;
        carry = (unsigned)(word >> 64);
    }
    natural_set_digits(&sum, (const uint32_t *)(const void *)magnitude, 8);
    natural_set_digits(&square, (const uint32_t *)(const void *)moments->square, 12);
    natural_set(&factor, (uint64_t)moments->count);
    natural_multiply(&square, &factor, spread);
    natural_multiply(&sum, &sum, &square);
    natural_subtract(spread, &square);
}

/* spread / (n * divisor), times 10^places, as an integer; half rounded up. */
static bool
exact_moment(const Moments *moments, Kind kind, unsigned scale, unsigned places, Int128 *value)
{
    const uint64_t divisor = (uint64_t)moments->count - kind.sample;
    unsigned power = kind.root ? 2 * places : places;
    unsigned drop = 0;
    Natural spread;
    UInt128 root;

    exact_spread(moments, &spread);
    if (power < 2 * scale) {
        drop = 2 * scale - power;
        power = 2 * scale;
    }
    for (unsigned i = 0; i < power - 2 * scale; i++)
        natural_multiply_by(&spread, 10);
    natural_multiply_by(&spread, kind.root ? 4 : 2); /* one more bit: for the half */
    natural_divide_by(&spread, (uint64_t)moments->count);
    natural_divide_by(&spread, divisor);
    for (unsigned i = 0; i < drop; i++)
        natural_divide_by(&spread, 10);
    if (kind.root) {
        if (!natural_square_root(&spread, &root))
            return false;
        *value = (Int128)((root >> 1) + (root & 1));
        return true;
    }
    if (!natural_to_i128(&spread, value))
        return false;
    *value = (*value >> 1) + (*value & 1);
    return true;
}

static Status
finish_exact(AggregateOutput *output, Kind kind)
{
    const Type argument = output->argument_types[0];
    const unsigned scale = argument.id == TYPE_NUMERIC ? argument.scale : 0;
    const Int128 half = (Int128)UINT64_C(10000000000000000000);
    void *data;
    uint64_t *validity;

    TRY(output_column(output, 0, output->type, &data, &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        const Moments *moments = output_state(output, i);
        Int128 *value = &((Int128 *)data)[i];
        bits_put(validity, i, moments->count > kind.sample);
        if (moments->count <= kind.sample)
            continue;
        if (!exact_moment(moments, kind, scale, output->type.scale, value) || *value >= half * half)
            return error_set(output->error, STATUS_NUMERIC_RANGE,
                             "numeric value out of range: more than 38 digits");
    }
    return STATUS_OK;
}

static bool
double_moment(const DoubleMoments *moments, Kind kind, double *value)
{
    const double count = (double)moments->sum.count;
    uint32_t digits[EXACT_DIGITS];
    Natural sum;
    Natural spread;
    Natural factor;
    Natural square;

    if (exact_flags(&moments->sum) != 0) {
        *value = NAN;
        return true;
    }
    if (exact_flags(&moments->square) != 0)
        return false;
    exact_digits(&moments->sum, digits);
    natural_set_digits(&sum, digits, EXACT_DIGITS);
    natural_multiply(&sum, &sum, &square); /* in units of 2^-2148 */
    if (exact_digits(&moments->square, digits))
        memset(digits, 0, sizeof digits); /* products of the tiniest numbers, whose errors were lost */
    natural_set_digits(&spread, digits, EXACT_DIGITS);
    natural_set(&factor, (uint64_t)moments->sum.count);
    natural_multiply(&spread, &factor, &sum);
    natural_shift_left(&sum, EXACT_LOWEST_BIT);
    if (natural_compare(&sum, &square) <= 0) {
        *value = 0;
        return true;
    }
    natural_subtract(&sum, &square);
    const double numerator = natural_to_double(&sum, -2 * EXACT_LOWEST_BIT);
    *value = numerator / count / (count - kind.sample);
    if (kind.root)
        *value = sqrt(*value);
    return isfinite(*value) != 0;
}

static Status
finish_double(AggregateOutput *output, Kind kind)
{
    void *data;
    uint64_t *validity;

    TRY(output_column(output, 0, output->type, &data, &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        const DoubleMoments *moments = output_state(output, i);
        bits_put(validity, i, moments->sum.count > kind.sample);
        if (moments->sum.count <= kind.sample)
            continue;
        if (!double_moment(moments, kind, &((double *)data)[i]))
            return error_set(output->error, STATUS_NUMERIC_RANGE, "value out of range: overflow");
    }
    return STATUS_OK;
}

static bool
result_exact(const Type *arguments, Type *result)
{
    const uint8_t scale = arguments[0].id == TYPE_NUMERIC ? arguments[0].scale : 0;

    *result = type_numeric(NUMERIC_DIGITS_MAX, scale > 16 ? scale : 16);
    return true;
}

static bool
result_double(const Type *arguments, Type *result)
{
    (void)arguments;
    *result = type_of(TYPE_FLOAT8);
    return true;
}

#define FINISHER(name, sample, root)                                                                         \
    static Status name##_exact(AggregateOutput *output)                                                      \
    {                                                                                                        \
        return finish_exact(output, (Kind){sample, root});                                                   \
    }                                                                                                        \
    static Status name##_double(AggregateOutput *output)                                                     \
    {                                                                                                        \
        return finish_double(output, (Kind){sample, root});                                                  \
    }

FINISHER(var_pop, false, false)
FINISHER(var_samp, true, false)
FINISHER(stddev_pop, false, true)
FINISHER(stddev_samp, true, true)

#define ROW(name_, type_, state_, kind_, finish_, description_)                                              \
    {                                                                                                        \
        .name = name_, .argument_count = 1, .arguments = {type_}, .state_size = sizeof(state_),              \
        .result_type = result_##kind_, .partial_types = moment_partials, .update = update_##kind_,           \
        .merge = merge_##kind_, .emit = emit_##kind_, .finish = finish_##_##kind_,                           \
        .description = description_                                                                          \
    }
#define MOMENT(name, finish, description)                                                                    \
    ROW(name, TYPE_INT2, Moments, exact, finish, description),                                               \
        ROW(name, TYPE_INT4, Moments, exact, finish, description),                                           \
        ROW(name, TYPE_INT8, Moments, exact, finish, description),                                           \
        ROW(name, TYPE_NUMERIC, Moments, exact, finish, description),                                        \
        ROW(name, TYPE_FLOAT4, DoubleMoments, double, finish, description),                                  \
        ROW(name, TYPE_FLOAT8, DoubleMoments, double, finish, description)

const Aggregate aggregates_moments[] = {
    MOMENT("var_pop", var_pop, "the variance of the population"),
    MOMENT("var_samp", var_samp, "the variance of the sample"),
    MOMENT("variance", var_samp, "the variance of the sample"),
    MOMENT("stddev_pop", stddev_pop, "the standard deviation of the population"),
    MOMENT("stddev_samp", stddev_samp, "the standard deviation of the sample"),
    MOMENT("stddev", stddev_samp, "the standard deviation of the sample"),
};
const uint32_t aggregates_moments_count = sizeof aggregates_moments / sizeof aggregates_moments[0];
