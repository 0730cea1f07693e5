/* approx_quantile(x, fraction): counts of values in buckets whose width is 1/128 of their power of two. The
 * result is the middle of the bucket that holds the quantile, within the least and the greatest value: at
 * most 1/256 (0.4 %) of it away. Counts are integers, so neither order nor grouping shows. */
#include "expr/aggregate_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKET_SHIFT = 52 - 7, TABLE_LEAST = 16, TABLE_MOST = 1 << 22 };

typedef struct Bucket {
    int64_t number; /* the double's order, without its last bits */
    uint64_t count; /* 0: free */
} Bucket;

typedef struct Quantile {
    Bucket *buckets; /* open addressing, a power of two of them */
    uint64_t capacity;
    uint64_t used;
    uint64_t count;
    int64_t least; /* orders of the least and the greatest value */
    int64_t greatest;
    double fraction;
} Quantile;

/* An integer that orders as PostgreSQL orders doubles: NaN above all, -0 as 0. */
static int64_t
double_order(double value)
{
    int64_t bits;

    if (value != value)
        return INT64_MAX;
    value += 0.0;
    memcpy(&bits, &value, sizeof bits);
    return bits ^ ((bits >> 63) & INT64_MAX);
}

static double
order_double(int64_t order)
{
    double value;

    if (order == INT64_MAX)
        return NAN;
    order ^= (order >> 63) & INT64_MAX;
    memcpy(&value, &order, sizeof value);
    return value;
}

static Bucket *
find(Bucket *buckets, uint64_t capacity, int64_t number)
{
    uint64_t at = (uint64_t)number * UINT64_C(0x9E3779B97F4A7C15) >> 20;

    for (;; at++) {
        Bucket *bucket = &buckets[at & (capacity - 1)];
        if (bucket->count == 0 || bucket->number == number)
            return bucket;
    }
}

static Status
grow(Quantile *quantile, Arena *arena, Error *error)
{
    const uint64_t capacity = quantile->capacity == 0 ? TABLE_LEAST : quantile->capacity * 2;
    Bucket *buckets = arena_alloc_zero(arena, capacity * sizeof *buckets);

    if (buckets == NULL)
        return error_set_memory(error);
    for (uint64_t i = 0; i < quantile->capacity; i++) {
        if (quantile->buckets[i].count > 0)
            *find(buckets, capacity, quantile->buckets[i].number) = quantile->buckets[i];
    }
    quantile->buckets = buckets;
    quantile->capacity = capacity;
    return STATUS_OK;
}

static Status
add(Quantile *quantile, int64_t number, uint64_t count, Arena *arena, Error *error)
{
    if (quantile->used * 2 >= quantile->capacity)
        TRY(grow(quantile, arena, error));
    Bucket *bucket = find(quantile->buckets, quantile->capacity, number);
    quantile->used += bucket->count == 0;
    bucket->number = number;
    bucket->count += count;
    return STATUS_OK;
}

static void
widen(Quantile *quantile, int64_t least, int64_t greatest)
{
    if (quantile->count == 0 || least < quantile->least)
        quantile->least = least;
    if (quantile->count == 0 || greatest > quantile->greatest)
        quantile->greatest = greatest;
}

static double
double_at(const Vector *vector, uint32_t row)
{
    return ((const double *)vector_values(vector))[vector_index(vector, row)];
}

static Status
quantile_update(AggregateUpdate *update)
{
    for (uint32_t i = 0; i < update->count; i++) {
        const uint32_t row = update_row(update, i);
        Quantile *quantile = update_state(update, i);
        if (vector_is_null(&update->arguments[0], row) || vector_is_null(&update->arguments[1], row))
            continue;
        const int64_t order = double_order(double_at(&update->arguments[0], row));
        quantile->fraction = double_at(&update->arguments[1], row);
        if (!(quantile->fraction >= 0 && quantile->fraction <= 1))
            return error_set(update->error, STATUS_NUMERIC_RANGE, "quantile %g is not between 0 and 1",
                             quantile->fraction);
        widen(quantile, order, order);
        quantile->count++;
        TRY(add(quantile, order >> BUCKET_SHIFT, 1, update->arena, update->error));
    }
    return STATUS_OK;
}

/* A partial: fraction, count, least, greatest, then the buckets in use. */
enum { PARTIAL_HEAD = 32 };

static Status
quantile_emit(AggregateOutput *output)
{
    void *data;

    TRY(output_column(output, 0, type_of(TYPE_BYTEA), &data, NULL));
    for (uint32_t i = 0; i < output->count; i++) {
        const Quantile *quantile = output_state(output, i);
        const size_t size = PARTIAL_HEAD + quantile->used * sizeof(Bucket);
        char *bytes = arena_alloc_zero(output->arena, size);
        char *end = bytes + PARTIAL_HEAD;
        if (bytes == NULL)
            return error_set_memory(output->error);
        memcpy(bytes, &quantile->fraction, 8);
        memcpy(bytes + 8, &quantile->count, 8);
        memcpy(bytes + 16, &quantile->least, 8);
        memcpy(bytes + 24, &quantile->greatest, 8);
        for (uint64_t b = 0; b < quantile->capacity; b++) {
            if (quantile->buckets[b].count == 0)
                continue;
            memcpy(end, &quantile->buckets[b], sizeof(Bucket));
            end += sizeof(Bucket);
        }
        ((StringView *)data)[i] = string_view(bytes, size);
    }
    return STATUS_OK;
}

static Status
merge_one(Quantile *quantile, const StringView *view, Arena *arena, Error *error)
{
    const char *bytes = string_view_data(view);
    Quantile other = {.count = 0};
    uint64_t total = 0;

    if (view->size < PARTIAL_HEAD || (view->size - PARTIAL_HEAD) % sizeof(Bucket) != 0 ||
        (view->size - PARTIAL_HEAD) / sizeof(Bucket) > TABLE_MOST)
        return error_set(error, STATUS_PROTOCOL, "a partial quantile has %u bytes", view->size);
    memcpy(&other.fraction, bytes, 8);
    memcpy(&other.count, bytes + 8, 8);
    memcpy(&other.least, bytes + 16, 8);
    memcpy(&other.greatest, bytes + 24, 8);
    if (other.count == 0)
        return STATUS_OK;
    quantile->fraction = other.fraction;
    widen(quantile, other.least, other.greatest);
    for (size_t at = PARTIAL_HEAD; at < view->size; at += sizeof(Bucket)) {
        Bucket bucket;
        memcpy(&bucket, bytes + at, sizeof bucket);
        total += bucket.count;
        if (bucket.count > 0)
            TRY(add(quantile, bucket.number, bucket.count, arena, error));
    }
    quantile->count += other.count;
    return total == other.count ? STATUS_OK
                                : error_set(error, STATUS_PROTOCOL, "a partial quantile is damaged");
}

static Status
quantile_merge(AggregateUpdate *update)
{
    for (uint32_t i = 0; i < update->count; i++)
        TRY(merge_one(update_state(update, i), partial_view(&update->arguments[0], update_row(update, i)),
                      update->arena, update->error));
    return STATUS_OK;
}

static int
compare_buckets(const void *left, const void *right)
{
    const Bucket *a = left;
    const Bucket *b = right;

    return (a->number > b->number) - (a->number < b->number);
}

/* The value of the bucket that holds the quantile: as percentile_disc() counts. */
static double
quantile_value(const Quantile *quantile, const Bucket *sorted)
{
    const double place = ceil(quantile->fraction * (double)quantile->count);
    uint64_t left = place < 1 ? 1 : (uint64_t)place;
    uint64_t at = 0;

    while (at + 1 < quantile->used && left > sorted[at].count)
        left -= sorted[at++].count;
    int64_t order =
        (int64_t)((uint64_t)sorted[at].number << BUCKET_SHIFT) + (INT64_C(1) << (BUCKET_SHIFT - 1));
    if (sorted[at].number == 0) /* zero and what is next to it */
        order = 0;
    if (sorted[at].number == double_order(INFINITY) >> BUCKET_SHIFT)
        order = double_order(INFINITY);
    order = order < quantile->least ? quantile->least : order;
    order = order > quantile->greatest ? quantile->greatest : order;
    return order_double(order);
}

static Status
quantile_finish(AggregateOutput *output)
{
    uint64_t *validity;
    void *data;

    TRY(output_column(output, 0, output->type, &data, &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        const Quantile *quantile = output_state(output, i);
        uint64_t used = 0;
        bits_put(validity, i, quantile->count > 0);
        if (quantile->count == 0)
            continue;
        Bucket *sorted = arena_alloc(output->arena, quantile->used * sizeof *sorted);
        if (sorted == NULL)
            return error_set_memory(output->error);
        for (uint64_t b = 0; b < quantile->capacity; b++) {
            if (quantile->buckets[b].count > 0)
                sorted[used++] = quantile->buckets[b];
        }
        qsort(sorted, used, sizeof *sorted, compare_buckets);
        ((double *)data)[i] = quantile_value(quantile, sorted);
    }
    return STATUS_OK;
}

static bool
quantile_result(const Type *arguments, Type *result)
{
    (void)arguments;
    *result = type_of(TYPE_FLOAT8);
    return true;
}

static uint32_t
quantile_partials(const Type *arguments, Type *partials)
{
    (void)arguments;
    partials[0] = type_of(TYPE_BYTEA);
    return 1;
}

const Aggregate aggregates_quantile[] = {
    {.name = "approx_quantile",
     .argument_count = 2,
     .arguments = {TYPE_FLOAT8, TYPE_FLOAT8},
     .large_state = true,
     .state_size = sizeof(Quantile),
     .result_type = quantile_result,
     .partial_types = quantile_partials,
     .update = quantile_update,
     .merge = quantile_merge,
     .emit = quantile_emit,
     .finish = quantile_finish,
     .description = "the value at a fraction of the order, at most 0.4 % of it away"},
};
const uint32_t aggregates_quantile_count = sizeof aggregates_quantile / sizeof aggregates_quantile[0];
