/* Where a stage ends: rows gathered a partition until they make a chunk, encoded and sent. */
#include "exec/operators.h"

#include "base/hash.h"
#include "column/builder.h"
#include "column/codec.h"

#include <stdlib.h>

enum {
    CHUNK_BYTES = 512 << 10,
    CHUNK_LEAST = 16 << 10,
    ALL_PARTITIONS_BYTES = 16 << 20,
    MEMORY_SHARE = 16 /* or this part of the query's memory, where that is less */
};

typedef struct ExchangeSink {
    Operator base;
    const Exchange *exchange;
    const PlanExchange *plan;
    size_t chunk_bytes;
    uint32_t partition_count;
    RowBuilder **partitions;
    uint32_t *starts; /* of each partition's rows in `picks`, then of those that go to all */
    uint32_t picks[BATCH_ROWS];
    uint32_t targets[BATCH_ROWS]; /* partition of the i-th row that counts */
    uint32_t to_flush;            /* in finish */
} ExchangeSink;

static Status
send_rows(ExchangeSink *self, uint32_t partition, Error *error)
{
    const TaskEnvironment *environment = self->base.context->environment;
    RowBuilder *rows = self->partitions[partition];
    const uint64_t count = row_builder_rows(rows);
    Slab *chunk = NULL;

    if (count == 0)
        return STATUS_OK;
    TRY(chunk_encode(rows, 0, count, environment->sending, &chunk, error));
    atomic_fetch_add_explicit(&self->base.counters->bytes, chunk->size, memory_order_relaxed);
    row_builder_clear(rows);
    return environment->send(environment->context, self->exchange->id, partition, chunk, count, error);
}

static Status
append(ExchangeSink *self, uint32_t partition, const Batch *batch, const uint32_t *picks, uint32_t count,
       Error *error)
{
    TRY(row_builder_append(self->partitions[partition], batch, picks, count, error));
    if (row_builder_size(self->partitions[partition]) >= self->chunk_bytes)
        return send_rows(self, partition, error);
    return STATUS_OK;
}

/* Hashes to partitions by their high half, so that the low half is left for tables. */
static void
targets_of_hashes(ExchangeSink *self, const uint64_t *hashes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        self->targets[i] = (uint32_t)((hashes[i] >> 32) * self->partition_count >> 32);
}

/* The i-th rows whose hash is a heavy one. */
static uint32_t
list_heavy(const ExchangeSink *self, const uint64_t *hashes, uint32_t count, uint32_t *heavy)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < count; i++) {
        bool is_heavy = false;
        for (uint32_t h = 0; h < self->plan->heavy_count; h++)
            is_heavy |= hashes[i] == self->plan->heavy_hashes[h];
        heavy[found] = i;
        found += is_heavy;
    }
    return found;
}

/* Rows of heavy keys go everywhere, or where all of their columns say: a function of the row alone, so that
 * every attempt of a task sends it to the same partition. */
static void
place_heavy(ExchangeSink *self, const Batch *batch, uint64_t *hashes)
{
    uint32_t heavy[BATCH_ROWS];
    uint32_t rows[BATCH_ROWS];
    const uint32_t count = list_heavy(self, hashes, batch->count, heavy);

    for (uint32_t i = 0; i < count; i++) {
        self->targets[heavy[i]] = self->partition_count;
        rows[i] = batch_row(batch, heavy[i]);
    }
    if (self->plan->heavy_everywhere || count == 0)
        return;
    for (uint32_t c = 0; c < batch->column_count; c++)
        vector_hash(&batch->columns[c], rows, count, c > 0, hashes);
    for (uint32_t i = 0; i < count; i++)
        self->targets[heavy[i]] = (uint32_t)((hash_u64(hashes[i]) >> 32) * self->partition_count >> 32);
}

static void
find_hash_targets(ExchangeSink *self, const Batch *batch)
{
    uint64_t hashes[BATCH_ROWS];

    if (self->plan->hash_column >= 0) {
        const Vector *column = &batch->columns[self->plan->hash_column];
        const int64_t *values = vector_values(column);
        for (uint32_t i = 0; i < batch->count; i++)
            hashes[i] = (uint64_t)values[vector_index(column, batch_row(batch, i))];
    } else {
        for (uint32_t k = 0; k < self->plan->key_count; k++)
            vector_hash(&batch->columns[self->plan->keys[k]], batch->selection, batch->count, k > 0, hashes);
    }
    targets_of_hashes(self, hashes, batch->count);
    if (self->plan->heavy_count > 0)
        place_heavy(self, batch, hashes);
}

/* The number of bounds that are not above the row's value: bounds are exclusive upper ends. */
static uint32_t
find_range(const Vector *bounds, uint32_t count, const Vector *column, uint32_t row)
{
    uint32_t low = 0;
    uint32_t high = count;

    if (vector_is_null(column, row))
        return count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (vector_compare(bounds, middle, column, row) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The same for values that need no comparison of their type's. */
static uint32_t
find_integer_range(const int64_t *bounds, uint32_t count, int64_t value)
{
    uint32_t low = 0;

    while (count > 0) {
        const uint32_t half = (count + 1) / 2;
        low += bounds[low + half - 1] <= value ? half : 0;
        count -= half;
    }
    return low;
}

static void
find_range_targets(ExchangeSink *self, const Batch *batch)
{
    const Vector *column = &batch->columns[self->plan->keys[0]];
    const Vector bounds = vector_flat(column->type, self->plan->bounds, NULL);

    if (column->layout == LAYOUT_I64 && vector_has_no_nulls(column)) {
        const int64_t *values = vector_values(column);
        for (uint32_t i = 0; i < batch->count; i++)
            self->targets[i] = find_integer_range(self->plan->bounds, self->partition_count - 1,
                                                  values[vector_index(column, batch_row(batch, i))]);
        return;
    }
    for (uint32_t i = 0; i < batch->count; i++)
        self->targets[i] = find_range(&bounds, self->partition_count - 1, column, batch_row(batch, i));
}

/* Picks sorted by partition (a counting sort); partition p's are [starts[p], starts[p + 1]). */
static void
sort_by_target(ExchangeSink *self, const Batch *batch)
{
    uint32_t *starts = self->starts;

    memset(starts, 0, (self->partition_count + 3) * sizeof *starts);
    for (uint32_t i = 0; i < batch->count; i++)
        starts[self->targets[i] + 2]++;
    for (uint32_t p = 2; p < self->partition_count + 3; p++)
        starts[p] += starts[p - 1];
    for (uint32_t i = 0; i < batch->count; i++)
        self->picks[starts[self->targets[i] + 1]++] = batch_row(batch, i);
}

static Status
scatter(ExchangeSink *self, const Batch *batch, Error *error)
{
    if (self->plan->form == EXCHANGE_FORM_HASH)
        find_hash_targets(self, batch);
    else
        find_range_targets(self, batch);
    sort_by_target(self, batch);
    const uint32_t all = self->partition_count; /* the list of rows that every partition gets */
    const uint32_t all_count = self->starts[all + 1] - self->starts[all];
    for (uint32_t p = 0; p < all; p++) {
        const uint32_t count = self->starts[p + 1] - self->starts[p];
        if (count > 0)
            TRY(append(self, p, batch, self->picks + self->starts[p], count, error));
        if (all_count > 0)
            TRY(append(self, p, batch, self->picks + self->starts[all], all_count, error));
    }
    return STATUS_OK;
}

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    ExchangeSink *self = (ExchangeSink *)base;

    (void)enough;
    if (self->partition_count == 1)
        return append(self, 0, batch, batch->selection, batch->selection != NULL ? batch->count : 0, error);
    if (self->plan->form == EXCHANGE_FORM_BY_TASK)
        return append(self, base->context->task % self->partition_count, batch, batch->selection,
                      batch->selection != NULL ? batch->count : 0, error);
    return scatter(self, batch, error);
}

static Status
finish(Operator *base, bool *done, Error *error)
{
    ExchangeSink *self = (ExchangeSink *)base;

    TRY(send_rows(self, self->to_flush, error));
    *done = ++self->to_flush == self->partition_count;
    return STATUS_OK;
}

static void
destroy(Operator *base)
{
    ExchangeSink *self = (ExchangeSink *)base;

    for (uint32_t i = 0; self->partitions != NULL && i < self->partition_count; i++)
        row_builder_destroy(&self->partitions[i]);
    free(self->partitions);
    free(self->starts);
    free(self);
}

static const OperatorClass sink_class = {
    .name = "exchange_sink", .push = push, .finish = finish, .destroy = destroy};

static bool
allocate(ExchangeSink *self, const PlanNode *node)
{
    Type *types = calloc(node->column_count + 1, sizeof *types);

    self->partitions = calloc(self->partition_count, sizeof(RowBuilder *));
    self->starts = calloc(self->partition_count + 3, sizeof(uint32_t));
    bool whole = types != NULL && self->partitions != NULL && self->starts != NULL;
    for (uint32_t i = 0; whole && i < node->column_count; i++)
        types[i] = node->columns[i].type;
    for (uint32_t p = 0; whole && p < self->partition_count; p++) {
        self->partitions[p] = row_builder_new(self->base.context->in_hand, node->column_count, types);
        whole = self->partitions[p] != NULL;
    }
    free(types);
    return whole;
}

static size_t
chunk_size(const TaskEnvironment *environment, uint32_t partition_count)
{
    const Budget *budget = environment->budget;
    const size_t most = budget != NULL && budget->limit / MEMORY_SHARE < ALL_PARTITIONS_BYTES
                            ? budget->limit / MEMORY_SHARE
                            : ALL_PARTITIONS_BYTES;
    const size_t share = most / partition_count;

    if (environment->chunk_bytes != 0)
        return environment->chunk_bytes;
    if (share < CHUNK_LEAST)
        return CHUNK_LEAST;
    return share < CHUNK_BYTES ? share : CHUNK_BYTES;
}

static Status
check_plan(const PlanNode *node, Error *error)
{
    const PlanExchange *plan = &node->exchange;

    if (plan->form == EXCHANGE_FORM_HASH && plan->hash_column >= 0 &&
        type_layout(node->columns[plan->hash_column].type) != LAYOUT_I64)
        return error_set(error, STATUS_PROTOCOL, "the hash column of an exchange is not a bigint");
    if (plan->form == EXCHANGE_FORM_HASH && plan->hash_column < 0 && plan->key_count == 0)
        return error_set(error, STATUS_PROTOCOL, "a hash exchange has nothing to hash");
    if (plan->form == EXCHANGE_FORM_RANGE && plan->partition_count > 1 &&
        (plan->bounds == NULL || plan->key_count != 1))
        return error_set(error, STATUS_PROTOCOL, "a range exchange has no bounds");
    return STATUS_OK;
}

Status
exchange_sink_new(OperatorContext *context, const Exchange *exchange, Operator **made, Error *error)
{
    const PlanNode *node = exchange->node;
    const bool scatters =
        node->exchange.form != EXCHANGE_FORM_GATHER && node->exchange.form != EXCHANGE_FORM_BROADCAST;

    TRY(check_plan(node, error));
    ExchangeSink *self = calloc(1, sizeof *self);
    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &sink_class, context, node->id);
    self->exchange = exchange;
    self->plan = &node->exchange;
    self->partition_count =
        scatters && node->exchange.partition_count > 1 ? node->exchange.partition_count : 1;
    self->chunk_bytes = chunk_size(context->environment, self->partition_count);
    if (!allocate(self, node)) {
        destroy(&self->base);
        return error_set_memory(error);
    }
    *made = &self->base;
    return STATUS_OK;
}
