/* approx_count_distinct: exact up to 64 distinct hashes, then a HyperLogLog of 4,096 registers, made on
 * demand. Estimator: Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017),
 * section 2.4; the standard error is 1.6 %. Both forms are sets: neither order nor merging shows. */
#include "expr/aggregate_parts.h"

#include "base/hash.h"

#include <math.h>
#include <string.h>

enum { REGISTER_BITS = 12, REGISTERS = 1 << REGISTER_BITS, RANKS = 64 - REGISTER_BITS + 1, HASHES_MAX = 64 };

typedef struct Sketch {
    uint64_t *hashes; /* distinct ones, while `registers` is NULL */
    uint8_t *registers;
    uint32_t count;
    uint32_t capacity;
} Sketch;

static void
set_register(uint8_t *registers, uint64_t hash)
{
    const uint64_t rest = hash << REGISTER_BITS | UINT64_C(1) << (REGISTER_BITS - 1);
    const uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1);
    uint8_t *slot = &registers[hash >> (64 - REGISTER_BITS)];

    if (rank > *slot)
        *slot = rank;
}

static bool
make_registers(Sketch *sketch, Arena *arena)
{
    uint8_t *registers = arena_alloc_zero(arena, REGISTERS);

    if (registers == NULL)
        return false;
    for (uint32_t i = 0; i < sketch->count; i++)
        set_register(registers, sketch->hashes[i]);
    sketch->registers = registers;
    return true;
}

static bool
grow(Sketch *sketch, Arena *arena)
{
    const uint32_t capacity = sketch->capacity == 0 ? 4 : sketch->capacity * 4;
    uint64_t *hashes = arena_alloc(arena, capacity * sizeof *hashes);

    if (hashes == NULL)
        return false;
    if (sketch->count > 0)
        memcpy(hashes, sketch->hashes, sketch->count * sizeof *hashes);
    sketch->hashes = hashes;
    sketch->capacity = capacity;
    return true;
}

static bool
add_hash(Sketch *sketch, uint64_t hash, Arena *arena)
{
    if (sketch->registers != NULL) {
        set_register(sketch->registers, hash);
        return true;
    }
    for (uint32_t i = 0; i < sketch->count; i++) {
        if (sketch->hashes[i] == hash)
            return true;
    }
    if (sketch->count == HASHES_MAX) {
        if (!make_registers(sketch, arena))
            return false;
        set_register(sketch->registers, hash);
        return true;
    }
    if (sketch->count == sketch->capacity && !grow(sketch, arena))
        return false;
    sketch->hashes[sketch->count++] = hash;
    return true;
}

static Status
distinct_update(AggregateUpdate *update)
{
    const Vector *argument = &update->arguments[0];
    uint64_t hashes[256];

    for (uint32_t first = 0; first < update->count; first += 256) {
        const uint32_t count = update->count - first < 256 ? update->count - first : 256;
        uint32_t rows[256];
        for (uint32_t i = 0; i < count; i++)
            rows[i] = update_row(update, first + i);
        vector_hash(argument, rows, count, false, hashes);
        for (uint32_t i = 0; i < count; i++) {
            /* Mixed once more: what hashed alike for grouping stays so, and the high bits are good. */
            if (!vector_is_null(argument, rows[i]) &&
                !add_hash(update_state(update, first + i), hash_u64(hashes[i]), update->arena))
                return error_set_memory(update->error);
        }
    }
    return STATUS_OK;
}

static bool
merge_sketch(Sketch *sketch, const char *bytes, size_t size, Arena *arena)
{
    if (size == REGISTERS) {
        if (sketch->registers == NULL && !make_registers(sketch, arena))
            return false;
        for (uint32_t i = 0; i < REGISTERS; i++) {
            const uint8_t rank = (uint8_t)bytes[i];
            if (rank > sketch->registers[i])
                sketch->registers[i] = rank <= RANKS ? rank : RANKS;
        }
        return true;
    }
    for (size_t at = 0; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
        uint64_t hash;
        memcpy(&hash, bytes + at, sizeof hash);
        if (!add_hash(sketch, hash, arena))
            return false;
    }
    return true;
}

static Status
distinct_merge(AggregateUpdate *update)
{
    for (uint32_t i = 0; i < update->count; i++) {
        const StringView *bytes = partial_view(&update->arguments[0], update_row(update, i));
        if (!merge_sketch(update_state(update, i), string_view_data(bytes), bytes->size, update->arena))
            return error_set_memory(update->error);
    }
    return STATUS_OK;
}

static Status
distinct_emit(AggregateOutput *output)
{
    void *data;

    TRY(output_column(output, 0, type_of(TYPE_BYTEA), &data, NULL));
    for (uint32_t i = 0; i < output->count; i++) {
        const Sketch *sketch = output_state(output, i);
        const void *bytes = sketch->registers != NULL ? (const void *)sketch->registers : sketch->hashes;
        const size_t size = sketch->registers != NULL ? REGISTERS : sketch->count * sizeof(uint64_t);
        const char *copy = size == 0 ? "" : arena_copy_bytes(output->arena, bytes, size);
        if (copy == NULL)
            return error_set_memory(output->error);
        ((StringView *)data)[i] = string_view(copy, size);
    }
    return STATUS_OK;
}

static double
sigma(double x)
{
    double y = 1;
    double z = x;
    double before;

    if (x == 1)
        return INFINITY;
    do {
        x *= x;
        before = z;
        z += x * y;
        y += y;
    } while (z != before);
    return z;
}

static double
tau(double x)
{
    double y = 1;
    double z = 1 - x;
    double before;

    if (x == 0 || x == 1)
        return 0;
    do {
        x = sqrt(x);
        before = z;
        y *= 0.5;
        z -= (1 - x) * (1 - x) * y;
    } while (z != before);
    return z / 3;
}

static int64_t
estimate(const uint8_t *registers)
{
    uint32_t counts[RANKS + 1] = {0};
    const double m = REGISTERS;

    for (uint32_t i = 0; i < REGISTERS; i++)
        counts[registers[i]]++;
    double z = m * tau(1 - counts[RANKS] / m);
    for (int rank = RANKS - 1; rank >= 1; rank--)
        z = 0.5 * (z + counts[rank]);
    z += m * sigma(counts[0] / m);
    return llround(m * m / (2 * 0.69314718055994530942 * z));
}

static Status
distinct_finish(AggregateOutput *output)
{
    void *data;

    TRY(output_column(output, 0, type_of(TYPE_INT8), &data, NULL));
    for (uint32_t i = 0; i < output->count; i++) {
        const Sketch *sketch = output_state(output, i);
        ((int64_t *)data)[i] = sketch->registers != NULL ? estimate(sketch->registers) : sketch->count;
    }
    return STATUS_OK;
}

static bool
distinct_result(const Type *arguments, Type *result)
{
    (void)arguments;
    *result = type_of(TYPE_INT8);
    return true;
}

static uint32_t
distinct_partials(const Type *arguments, Type *partials)
{
    (void)arguments;
    partials[0] = type_of(TYPE_BYTEA);
    return 1;
}

const Aggregate aggregates_distinct[] = {
    {.name = "approx_count_distinct",
     .argument_count = 1,
     .arguments = {TYPE_UNKNOWN},
     .ignores_duplicates = true,
     .state_size = sizeof(Sketch),
     .result_type = distinct_result,
     .partial_types = distinct_partials,
     .update = distinct_update,
     .merge = distinct_merge,
     .emit = distinct_emit,
     .finish = distinct_finish,
     .description = "the number of distinct values, within 1.6 % typically; exact up to 64"},
};
const uint32_t aggregates_distinct_count = sizeof aggregates_distinct / sizeof aggregates_distinct[0];
