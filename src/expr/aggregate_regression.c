/* corr, covar_pop, covar_samp and regr_*: of pairs (y, x) of doubles neither of which is NULL.
 *
 * Sums of x, y, x², y² and xy are exact (products by two-product: Dekker 1971). The spreads n·Σab − Σa·Σb are
 * exact too and rounded once, so neither order nor grouping shows; PostgreSQL's own figures carry rounding
 * errors. */
#include "expr/aggregate_parts.h"
#include "expr/exact_sum.h"
#include "expr/natural.h"

#include <math.h>

enum { SUM_X, SUM_Y, SUM_XX, SUM_YY, SUM_XY, SUM_COUNT };

typedef struct Pairs {
    ExactSum sums[SUM_COUNT]; /* the number of pairs is the count of SUM_X */
} Pairs;

static bool
add_product(ExactSum *sum, double a, double b, Arena *arena)
{
    const double product = a * b;
    const double error = isfinite(product) ? fma(a, b, -product) : 0;

    return exact_add(sum, product, arena) && exact_add(sum, error, arena);
}

static bool
add_pair(Pairs *pairs, double y, double x, Arena *arena)
{
    return exact_add(&pairs->sums[SUM_X], x, arena) && exact_add(&pairs->sums[SUM_Y], y, arena) &&
           add_product(&pairs->sums[SUM_XX], x, x, arena) && add_product(&pairs->sums[SUM_YY], y, y, arena) &&
           add_product(&pairs->sums[SUM_XY], x, y, arena);
}

static double
double_at(const Vector *vector, uint32_t row)
{
    return ((const double *)vector_values(vector))[vector_index(vector, row)];
}

static Status
pairs_update(AggregateUpdate *update)
{
    for (uint32_t i = 0; i < update->count; i++) {
        const uint32_t row = update_row(update, i);
        if (vector_is_null(&update->arguments[0], row) || vector_is_null(&update->arguments[1], row))
            continue;
        if (!add_pair(update_state(update, i), double_at(&update->arguments[0], row),
                      double_at(&update->arguments[1], row), update->arena))
            return error_set_memory(update->error);
    }
    return STATUS_OK;
}

static Status
pairs_merge(AggregateUpdate *update)
{
    for (uint32_t i = 0; i < update->count; i++) {
        const StringView *view = partial_view(&update->arguments[0], update_row(update, i));
        Pairs *pairs = update_state(update, i);
        const char *at = string_view_data(view);
        const char *end = at + view->size;
        for (int sum = 0; sum < SUM_COUNT; sum++)
            TRY(exact_unpack(&pairs->sums[sum], &at, end, update->arena, update->error));
        if (at != end)
            return error_set(update->error, STATUS_PROTOCOL, "a partial regression has %u bytes", view->size);
    }
    return STATUS_OK;
}

static Status
pairs_emit(AggregateOutput *output)
{
    void *data;

    TRY(output_column(output, 0, type_of(TYPE_BYTEA), &data, NULL));
    for (uint32_t i = 0; i < output->count; i++) {
        const Pairs *pairs = output_state(output, i);
        char bytes[SUM_COUNT * EXACT_PACKED_MOST];
        size_t size = 0;
        for (int sum = 0; sum < SUM_COUNT; sum++)
            size += exact_pack(&pairs->sums[sum], bytes + size);
        const char *copy = arena_copy_bytes(output->arena, bytes, size);
        if (copy == NULL)
            return error_set_memory(output->error);
        ((StringView *)data)[i] = string_view(copy, size);
    }
    return STATUS_OK;
}

/* a with its sign plus b with its own, in a. */
static void
add_signed(Natural *a, bool *negative, const Natural *b, bool b_negative)
{
    if (*negative == b_negative) {
        natural_add(a, b);
    } else if (natural_compare(a, b) >= 0) {
        natural_subtract(a, b);
    } else {
        Natural larger = *b;
        natural_subtract(&larger, a);
        *a = larger;
        *negative = b_negative;
    }
}

/* n·Σab − Σa·Σb, rounded once. False where a product was too large. */
static bool
spread(const Pairs *pairs, int a, int b, int product, double *value)
{
    uint32_t digits[EXACT_DIGITS];
    Natural first;
    Natural second;
    Natural sums;
    Natural scaled;

    if (exact_flags(&pairs->sums[a]) != 0 || exact_flags(&pairs->sums[b]) != 0) {
        *value = NAN;
        return true;
    }
    if (exact_flags(&pairs->sums[product]) != 0)
        return false;
    const bool a_negative = exact_digits(&pairs->sums[a], digits);
    natural_set_digits(&first, digits, EXACT_DIGITS);
    const bool b_negative = exact_digits(&pairs->sums[b], digits);
    natural_set_digits(&second, digits, EXACT_DIGITS);
    natural_multiply(&first, &second, &sums); /* in units of 2^-2148 */
    bool negative = exact_digits(&pairs->sums[product], digits);
    natural_set_digits(&first, digits, EXACT_DIGITS);
    natural_set(&second, (uint64_t)pairs->sums[SUM_X].count);
    natural_multiply(&first, &second, &scaled);
    natural_shift_left(&scaled, EXACT_LOWEST_BIT);
    add_signed(&scaled, &negative, &sums, a_negative == b_negative);
    *value = natural_to_double(&scaled, -2 * EXACT_LOWEST_BIT);
    if (a == b && negative)
        *value = 0; /* errors of the tiniest products */
    else if (negative)
        *value = -*value;
    return isfinite(*value) != 0;
}

typedef enum Figure {
    FIGURE_SXX,
    FIGURE_SYY,
    FIGURE_SXY,
    FIGURE_AVGX,
    FIGURE_AVGY,
    FIGURE_SLOPE,
    FIGURE_INTERCEPT,
    FIGURE_R2,
    FIGURE_CORR,
    FIGURE_COVAR_POP,
    FIGURE_COVAR_SAMP
} Figure;

typedef struct Spreads {
    double n, xx, yy, xy, average_x, average_y;
} Spreads;

static bool
measure(const Pairs *pairs, Spreads *spreads)
{
    spreads->n = (double)pairs->sums[SUM_X].count;
    if (!spread(pairs, SUM_X, SUM_X, SUM_XX, &spreads->xx) ||
        !spread(pairs, SUM_Y, SUM_Y, SUM_YY, &spreads->yy) ||
        !spread(pairs, SUM_X, SUM_Y, SUM_XY, &spreads->xy) ||
        !exact_round(&pairs->sums[SUM_X], false, &spreads->average_x) ||
        !exact_round(&pairs->sums[SUM_Y], false, &spreads->average_y))
        return false;
    spreads->average_x /= spreads->n;
    spreads->average_y /= spreads->n;
    return true;
}

/* The figure of at least one pair; false where it has none. */
static bool
compute(const Spreads *s, Figure figure, double *value)
{
    switch (figure) {
    case FIGURE_SXX: *value = s->xx / s->n; return true;
    case FIGURE_SYY: *value = s->yy / s->n; return true;
    case FIGURE_SXY: *value = s->xy / s->n; return true;
    case FIGURE_AVGX: *value = s->average_x; return true;
    case FIGURE_AVGY: *value = s->average_y; return true;
    case FIGURE_SLOPE: *value = s->xy / s->xx; return s->xx != 0;
    case FIGURE_INTERCEPT: *value = s->average_y - s->average_x * (s->xy / s->xx); return s->xx != 0;
    case FIGURE_R2: *value = s->yy == 0 ? 1 : s->xy / s->xx * (s->xy / s->yy); return s->xx != 0;
    case FIGURE_CORR: *value = s->xy / (sqrt(s->xx) * sqrt(s->yy)); return s->xx != 0 && s->yy != 0;
    case FIGURE_COVAR_POP: *value = s->xy / s->n / s->n; return true;
    default: *value = s->xy / s->n / (s->n - 1); return s->n > 1;
    }
}

static Status
finish(AggregateOutput *output, Figure figure)
{
    uint64_t *validity;
    void *data;

    TRY(output_column(output, 0, output->type, &data, &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        const Pairs *pairs = output_state(output, i);
        Spreads spreads;
        bits_clear(validity, i);
        if (pairs->sums[SUM_X].count == 0)
            continue;
        if (!measure(pairs, &spreads))
            return error_set(output->error, STATUS_NUMERIC_RANGE, "value out of range: overflow");
        bits_put(validity, i, compute(&spreads, figure, &((double *)data)[i]));
    }
    return STATUS_OK;
}

static Status
finish_count(AggregateOutput *output)
{
    void *data;

    TRY(output_column(output, 0, output->type, &data, NULL));
    for (uint32_t i = 0; i < output->count; i++)
        ((int64_t *)data)[i] = ((const Pairs *)output_state(output, i))->sums[SUM_X].count;
    return STATUS_OK;
}

static bool
result_double(const Type *arguments, Type *result)
{
    (void)arguments;
    *result = type_of(TYPE_FLOAT8);
    return true;
}

static bool
result_count(const Type *arguments, Type *result)
{
    (void)arguments;
    *result = type_of(TYPE_INT8);
    return true;
}

static uint32_t
pairs_partials(const Type *arguments, Type *partials)
{
    (void)arguments;
    partials[0] = type_of(TYPE_BYTEA);
    return 1;
}

#define FINISHER(name, figure)                                                                               \
    static Status finish_##name(AggregateOutput *output)                                                     \
    {                                                                                                        \
        return finish(output, figure);                                                                       \
    }

FINISHER(sxx, FIGURE_SXX)
FINISHER(syy, FIGURE_SYY)
FINISHER(sxy, FIGURE_SXY)
FINISHER(avgx, FIGURE_AVGX)
FINISHER(avgy, FIGURE_AVGY)
FINISHER(slope, FIGURE_SLOPE)
FINISHER(intercept, FIGURE_INTERCEPT)
FINISHER(r2, FIGURE_R2)
FINISHER(corr, FIGURE_CORR)
FINISHER(covar_pop, FIGURE_COVAR_POP)
FINISHER(covar_samp, FIGURE_COVAR_SAMP)

#define PAIRS(name_, result_, finish_, description_)                                                         \
    {                                                                                                        \
        .name = name_, .argument_count = 2, .arguments = {TYPE_FLOAT8, TYPE_FLOAT8},                         \
        .state_size = sizeof(Pairs), .result_type = result_, .partial_types = pairs_partials,                \
        .update = pairs_update, .merge = pairs_merge, .emit = pairs_emit, .finish = finish_,                 \
        .description = description_                                                                          \
    }

const Aggregate aggregates_regression[] = {
    PAIRS("corr", result_double, finish_corr, "the correlation coefficient"),
    PAIRS("covar_pop", result_double, finish_covar_pop, "the covariance of the population"),
    PAIRS("covar_samp", result_double, finish_covar_samp, "the covariance of the sample"),
    PAIRS("regr_count", result_count, finish_count, "the number of pairs without NULL"),
    PAIRS("regr_avgx", result_double, finish_avgx, "the average of x, of pairs (y, x)"),
    PAIRS("regr_avgy", result_double, finish_avgy, "the average of y, of pairs (y, x)"),
    PAIRS("regr_sxx", result_double, finish_sxx, "the sum of squares of x about their average"),
    PAIRS("regr_syy", result_double, finish_syy, "the sum of squares of y about their average"),
    PAIRS("regr_sxy", result_double, finish_sxy, "the sum of products about the averages"),
    PAIRS("regr_slope", result_double, finish_slope, "the slope of the line of least squares"),
    PAIRS("regr_intercept", result_double, finish_intercept, "where the line of least squares meets x = 0"),
    PAIRS("regr_r2", result_double, finish_r2, "the square of the correlation coefficient"),
};
const uint32_t aggregates_regression_count = sizeof aggregates_regression / sizeof aggregates_regression[0];
