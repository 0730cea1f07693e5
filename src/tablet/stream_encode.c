#include "base/kernels.h"
#include "tablet/stream.h"

#include <stdlib.h>
#include <string.h>

enum { CODES_MAX = 2048, CODES_SLOTS = 8192 };

/* What the choice depends on. Bounds are of the values as signed ones. */
typedef struct Range {
    int64_t min;
    int64_t max;
} Range;

typedef struct Shape {
    Range values;
    uint32_t runs;
    size_t bytes_size; /* of the stream in each simple kind, head included */
    size_t packed_size;
    size_t groups_size;
    size_t delta_size;
    unsigned bytes_width;
    unsigned packed_width;
} Shape;

static unsigned
range_width(Range range)
{
    return bitpack_width((uint64_t)range.max - (uint64_t)range.min);
}

KERNEL static Range
value_range(const uint64_t *values, size_t count)
{
    Range range = {(int64_t)values[0], (int64_t)values[0]};

    for (size_t i = 1; i < count; i++) {
        const int64_t value = (int64_t)values[i];
        range.min = value < range.min ? value : range.min;
        range.max = value > range.max ? value : range.max;
    }
    return range;
}

/* Of the differences values[i] - values[i - 1] for 1 <= i < count; {0, 0} of none. */
KERNEL static Range
delta_range(const uint64_t *values, size_t count)
{
    Range range = {0, 0};

    if (count < 2)
        return range;
    range.min = INT64_MAX;
    range.max = INT64_MIN;
    for (size_t i = 1; i < count; i++) {
        const int64_t delta = (int64_t)(values[i] - values[i - 1]);
        range.min = delta < range.min ? delta : range.min;
        range.max = delta > range.max ? delta : range.max;
    }
    return range;
}

KERNEL static uint32_t
count_runs(const uint64_t *values, size_t count)
{
    uint32_t runs = 1;

    for (size_t i = 1; i < count; i++)
        runs += values[i] != values[i - 1];
    return runs;
}

static size_t
group_size(uint32_t count, uint32_t first)
{
    return count - first < BITPACK_GROUP ? count - first : BITPACK_GROUP;
}

static Shape
measure(const uint64_t *values, uint32_t count)
{
    const size_t groups = count / BITPACK_GROUP + (count % BITPACK_GROUP != 0);
    Shape shape = {.values = value_range(values, count), .runs = count_runs(values, count)};

    shape.packed_width = range_width(shape.values);
    shape.bytes_width = shape.packed_width <= 8    ? 1
                        : shape.packed_width <= 16 ? 2
                        : shape.packed_width <= 32 ? 4
                                                   : 8;
    shape.bytes_size = sizeof(StreamHead) + (((size_t)count * shape.bytes_width + 7) & ~(size_t)7);
    shape.packed_size = sizeof(StreamHead) + groups * bitpack_bytes(shape.packed_width);
    shape.groups_size = sizeof(StreamHead) + groups * sizeof(StreamGroup);
    shape.delta_size = shape.groups_size;
    for (uint32_t first = 0; first < count; first += BITPACK_GROUP) {
        const size_t size = group_size(count, first);
        shape.groups_size += bitpack_bytes(range_width(value_range(values + first, size)));
        shape.delta_size += bitpack_bytes(range_width(delta_range(values + first, size)));
    }
    return shape;
}

static void
append_head(Buffer *out, StreamKind kind, unsigned width, uint32_t count, uint64_t base)
{
    const StreamHead head = {.kind = (uint8_t)kind, .width = (uint8_t)width, .count = count, .base = base};

    buffer_append(out, &head, sizeof head);
}

static void
append_padding(Buffer *out)
{
    static const char zeroes[8];

    buffer_append(out, zeroes, -out->size % 8);
}

/* Values that differ from the rest by nothing stay readable as plain arrays: no base where none is needed. */
static uint64_t
plain_base(const Shape *shape)
{
    const unsigned bits = shape->bytes_width * 8;
    const bool fits_unsigned = shape->values.min >= 0 && bitpack_width((uint64_t)shape->values.max) <= bits;

    return bits == 64 || fits_unsigned ? 0 : (uint64_t)shape->values.min;
}

static void
encode_bytes(const uint64_t *values, uint32_t count, const Shape *shape, Buffer *out)
{
    const uint64_t base = plain_base(shape);

    append_head(out, STREAM_BYTES, shape->bytes_width, count, base);
    if (!buffer_reserve(out, (size_t)count * shape->bytes_width + 8))
        return;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t value = values[i] - base;
        memcpy(out->data + out->size, &value, shape->bytes_width);
        out->size += shape->bytes_width;
    }
    append_padding(out);
}

/* One group of packed values: in[i] - base. */
static void
append_packed(const uint64_t *in, size_t count, uint64_t base, unsigned width, Buffer *out)
{
    uint64_t group[BITPACK_GROUP] = {0};

    if (!buffer_reserve(out, bitpack_bytes(width)))
        return;
    for (size_t i = 0; i < count; i++)
        group[i] = in[i] - base;
    bitpack_pack(group, width, out->data + out->size);
    out->size += bitpack_bytes(width);
}

static void
encode_packed(const uint64_t *values, uint32_t count, const Shape *shape, Buffer *out)
{
    const uint64_t base = (uint64_t)shape->values.min;

    append_head(out, STREAM_PACKED, shape->packed_width, count, base);
    for (uint32_t first = 0; first < count; first += BITPACK_GROUP)
        append_packed(values + first, group_size(count, first), base, shape->packed_width, out);
}

static void
encode_grouped(const uint64_t *values, uint32_t count, StreamKind kind, Buffer *out)
{
    uint32_t unit = 0;

    append_head(out, kind, 0, count, 0);
    for (uint32_t first = 0; first < count; first += BITPACK_GROUP) {
        const size_t size = group_size(count, first);
        const Range range =
            kind == STREAM_DELTA ? delta_range(values + first, size) : value_range(values + first, size);
        const StreamGroup group = {.first = kind == STREAM_DELTA ? values[first] - (uint64_t)range.min : 0,
                                   .base = (uint64_t)range.min,
                                   .unit = unit,
                                   .width = range_width(range)};
        buffer_append(out, &group, sizeof group);
        unit += group.width;
    }
    for (uint32_t first = 0; first < count; first += BITPACK_GROUP) {
        const size_t size = group_size(count, first);
        uint64_t deltas[BITPACK_GROUP];
        const uint64_t *in = values + first;
        Range range = value_range(in, size);
        if (kind == STREAM_DELTA) {
            range = delta_range(in, size);
            deltas[0] = (uint64_t)range.min;
            for (size_t i = 1; i < size; i++)
                deltas[i] = in[i] - in[i - 1];
            in = deltas;
        }
        append_packed(in, size, (uint64_t)range.min, range_width(range), out);
    }
}

/* The simple kinds, those that hold no other stream. */
static StreamKind
encode_simple(const uint64_t *values, uint32_t count, const Shape *shape, bool byte_aligned, Buffer *out)
{
    /* A delta must be summed up from its group's start: it must be worth that. */
    const size_t delta_cost = shape->delta_size + shape->delta_size / 32;

    if (shape->runs == 1) {
        append_head(out, STREAM_CONSTANT, 0, count, values[0]);
        return STREAM_CONSTANT;
    }
    if (byte_aligned || (shape->bytes_size <= shape->packed_size && shape->bytes_size <= shape->groups_size &&
                         shape->bytes_size <= delta_cost)) {
        encode_bytes(values, count, shape, out);
        return STREAM_BYTES;
    }
    if (shape->packed_size <= shape->groups_size && shape->packed_size <= delta_cost) {
        encode_packed(values, count, shape, out);
        return STREAM_PACKED;
    }
    const StreamKind kind = shape->groups_size <= delta_cost ? STREAM_GROUPS : STREAM_DELTA;
    encode_grouped(values, count, kind, out);
    return kind;
}

static void
encode_inner(const uint64_t *values, uint32_t count, bool byte_aligned, Buffer *out)
{
    const Shape shape = measure(values, count);

    encode_simple(values, count, &shape, byte_aligned, out);
}

static void
encode_runs(const uint64_t *values, uint32_t count, uint32_t runs, bool byte_aligned, Buffer *out)
{
    uint64_t *run_values = malloc(2 * (size_t)runs * sizeof *run_values);
    uint64_t *lengths = run_values + runs;
    uint32_t run = 0;

    if (run_values == NULL) {
        out->failed = true;
        return;
    }
    run_values[0] = values[0];
    lengths[0] = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (values[i] != run_values[run]) {
            run_values[++run] = values[i];
            lengths[run] = 0;
        }
        lengths[run]++;
    }
    append_head(out, STREAM_RUNS, 0, count, runs);
    encode_inner(run_values, runs, byte_aligned, out);
    encode_inner(lengths, runs, byte_aligned, out);
    free(run_values);
}

/* A set of few values, by open addressing. */
typedef struct LocalDictionary {
    uint32_t count;
    uint64_t values[CODES_MAX];
    uint16_t slots[CODES_SLOTS]; /* index + 1 */
} LocalDictionary;

static uint16_t *
find_slot(LocalDictionary *dictionary, uint64_t value)
{
    uint64_t slot = (value * UINT64_C(0x9E3779B97F4A7C15)) >> 51;

    while (dictionary->slots[slot] != 0 && dictionary->values[dictionary->slots[slot] - 1] != value)
        slot = (slot + 1) % CODES_SLOTS;
    return &dictionary->slots[slot];
}

static bool
collect_values(LocalDictionary *dictionary, const uint64_t *values, uint32_t count, uint32_t limit)
{
    memset(dictionary->slots, 0, sizeof dictionary->slots);
    dictionary->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint16_t *slot = find_slot(dictionary, values[i]);
        if (*slot != 0)
            continue;
        if (dictionary->count == limit)
            return false;
        dictionary->values[dictionary->count++] = values[i];
        *slot = (uint16_t)dictionary->count;
    }
    return true;
}

static int
compare_values(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void
encode_codes(LocalDictionary *dictionary, const uint64_t *values, uint32_t count, bool byte_aligned,
             Buffer *out)
{
    uint64_t *codes = malloc(count * sizeof *codes);

    if (codes == NULL) {
        out->failed = true;
        return;
    }
    qsort(dictionary->values, dictionary->count, sizeof *dictionary->values, compare_values);
    memset(dictionary->slots, 0, sizeof dictionary->slots);
    for (uint32_t i = 0; i < dictionary->count; i++)
        *find_slot(dictionary, dictionary->values[i]) = (uint16_t)(i + 1);
    for (uint32_t i = 0; i < count; i++)
        codes[i] = (uint64_t)*find_slot(dictionary, values[i]) - 1;
    append_head(out, STREAM_CODES, 0, count, dictionary->count);
    encode_inner(dictionary->values, dictionary->count, byte_aligned, out);
    encode_inner(codes, count, byte_aligned, out);
    free(codes);
}

/* As many distinct values as a dictionary may have to be smaller than `best`. */
static uint32_t
dictionary_limit(uint32_t count, size_t best)
{
    uint32_t limit = 0;

    for (uint32_t entries = 2; entries <= CODES_MAX && entries < count / 4; entries *= 2) {
        if (entries * sizeof(uint64_t) + (size_t)count * bitpack_width(entries - 1) / 8 < best - best / 8)
            limit = entries;
    }
    return limit;
}

/* Keep what stands in `out` from `start` on, or replace it by `other` where that is clearly smaller. */
static bool
replace_if_smaller(Buffer *out, size_t start, const Buffer *other)
{
    const size_t size = out->size - start;

    if (out->failed || other->failed || other->size >= size - size / 32)
        return false;
    out->size = start;
    buffer_append(out, other->data, other->size);
    return true;
}

StreamKind
stream_encode(const uint64_t *values, uint32_t count, StreamChoice choice, Buffer *out)
{
    const Shape shape = measure(values, count);
    const size_t start = out->size;
    Buffer other = {0};
    StreamKind kind = encode_simple(values, count, &shape, choice.byte_aligned, out);

    if (kind == STREAM_CONSTANT)
        return kind;
    if (shape.runs <= count / 4) {
        encode_runs(values, count, shape.runs, choice.byte_aligned, &other);
        if (replace_if_smaller(out, start, &other))
            kind = STREAM_RUNS;
    }
    const uint32_t limit = choice.allow_codes ? dictionary_limit(count, out->size - start) : 0;
    LocalDictionary *dictionary = limit > 0 ? malloc(sizeof *dictionary) : NULL;
    if (dictionary != NULL && collect_values(dictionary, values, count, limit)) {
        buffer_clear(&other);
        encode_codes(dictionary, values, count, choice.byte_aligned, &other);
        if (replace_if_smaller(out, start, &other))
            kind = STREAM_CODES;
    }
    free(dictionary);
    buffer_destroy(&other);
    return kind;
}
