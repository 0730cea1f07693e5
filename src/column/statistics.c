#include "column/statistics.h"

#include "base/pack.h"
#include "base/unpack.h"

#include <math.h>

enum { STATISTICS_FIELDS = 6, BOUND_FIELDS = 5 }; /* and the sketch, where there is one */

/* nil, or [exact, high half, low half, real, text]. */
static void
pack_bound(msgpack_packer *packer, const ColumnBound *bound)
{
    if (!bound->known) {
        msgpack_pack_nil(packer);
        return;
    }
    msgpack_pack_array(packer, BOUND_FIELDS);
    if (bound->exact)
        msgpack_pack_true(packer);
    else
        msgpack_pack_false(packer);
    msgpack_pack_int64(packer, (int64_t)(bound->integer >> 64));
    msgpack_pack_uint64(packer, (uint64_t)bound->integer);
    msgpack_pack_double(packer, bound->real);
    pack_binary(packer, bound->text.data != NULL ? bound->text.data : "", bound->text.size);
}

void
statistics_encode(const ColumnStatistics *columns, uint32_t count, Buffer *out)
{
    msgpack_packer packer = pack_into(out);

    msgpack_pack_array(&packer, count);
    for (uint32_t i = 0; i < count; i++) {
        msgpack_pack_array(&packer, STATISTICS_FIELDS + (columns[i].sketch != NULL));
        msgpack_pack_uint64(&packer, columns[i].rows);
        msgpack_pack_uint64(&packer, columns[i].nulls);
        msgpack_pack_uint64(&packer, columns[i].distinct);
        if (columns[i].has_nan)
            msgpack_pack_true(&packer);
        else
            msgpack_pack_false(&packer);
        pack_bound(&packer, &columns[i].min);
        pack_bound(&packer, &columns[i].max);
        if (columns[i].sketch != NULL)
            pack_binary(&packer, columns[i].sketch, columns[i].sketch_size);
    }
}

static ColumnBound
unpack_bound(Unpack *unpack, Arena *arena, bool *out_of_memory)
{
    ColumnBound bound = {0};
    size_t size;

    if (unpack_nil(unpack))
        return bound;
    if (unpack_array(unpack) != BOUND_FIELDS)
        unpack->failed = true;
    bound.known = true;
    bound.exact = unpack_bool(unpack);
    const int64_t high = unpack_int(unpack);
    const uint64_t low = unpack_uint(unpack);
    bound.integer = (Int128)((UInt128)(uint64_t)high << 64 | low);
    bound.real = unpack_double(unpack);
    const void *text = unpack_binary(unpack, &size);
    bound.text.data = arena_copy_bytes(arena, text, size);
    bound.text.size = (uint32_t)size;
    *out_of_memory |= bound.text.data == NULL;
    return bound;
}

static void
unpack_sketch(Unpack *unpack, Arena *arena, ColumnStatistics *column, bool *out_of_memory)
{
    size_t size;
    const void *bytes = unpack_binary(unpack, &size);

    column->sketch = arena_copy_bytes(arena, bytes, size);
    column->sketch_size = (uint32_t)size;
    *out_of_memory |= column->sketch == NULL;
}

Status
statistics_decode(Arena *arena, const void *bytes, size_t size, uint32_t count, ColumnStatistics *columns,
                  Error *error)
{
    Unpack unpack = unpack_from(bytes, size);
    bool out_of_memory = false;

    if (unpack_array(&unpack) != count)
        return error_set(error, STATUS_CORRUPT, "statistics are damaged: not of %u columns", count);
    for (uint32_t i = 0; i < count && !unpack.failed && !out_of_memory; i++) {
        const uint32_t fields = unpack_array(&unpack);
        if (fields != STATISTICS_FIELDS && fields != STATISTICS_FIELDS + 1)
            unpack.failed = true;
        columns[i] = (ColumnStatistics){.rows = unpack_uint(&unpack)};
        columns[i].nulls = unpack_uint(&unpack);
        columns[i].distinct = unpack_uint(&unpack);
        columns[i].has_nan = unpack_bool(&unpack);
        columns[i].min = unpack_bound(&unpack, arena, &out_of_memory);
        columns[i].max = unpack_bound(&unpack, arena, &out_of_memory);
        if (fields > STATISTICS_FIELDS)
            unpack_sketch(&unpack, arena, &columns[i], &out_of_memory);
    }
    if (out_of_memory)
        return error_set_memory(error);
    if (!unpack_is_done(&unpack))
        return error_set(error, STATUS_CORRUPT, "statistics are damaged");
    return STATUS_OK;
}

int
column_bound_compare(Layout layout, const ColumnBound *a, const ColumnBound *b)
{
    if (layout == LAYOUT_F64)
        return (a->real > b->real) - (a->real < b->real);
    if (layout == LAYOUT_VIEW) {
        const size_t common = a->text.size < b->text.size ? a->text.size : b->text.size;
        const int order = common == 0 ? 0 : memcmp(a->text.data, b->text.data, common);
        return order != 0 ? order : (a->text.size > b->text.size) - (a->text.size < b->text.size);
    }
    return (a->integer > b->integer) - (a->integer < b->integer);
}

/* Keeps in `best` the lesser (sign 1) or greater (sign -1) bound; unknown once one part's is. */
static void
merge_bound(Layout layout, ColumnBound *best, const ColumnBound *bound, int sign, bool first)
{
    if (first) {
        *best = *bound;
        return;
    }
    if (!best->known || !bound->known) {
        best->known = false;
        return;
    }
    const int order = column_bound_compare(layout, bound, best) * sign;
    if (order < 0)
        *best = *bound;
    else if (order == 0)
        best->exact |= bound->exact;
}

/* Drawing n values from a uniform domain of D gives D(1 - exp(-n/D)) distinct ones in expectation: find D
 * such that the parts' counts add up, by bisection, and say how many all rows together would show. */
static double
expected_distinct(double domain, double rows)
{
    return domain * -expm1(-rows / domain);
}

/* Of all parts. Many small tablets have the same number of rows: for those that follow one another it is
 * computed once. */
static double
expected_in_parts(const ColumnStatistics *const *parts, size_t count, double domain)
{
    uint64_t former = 0;
    double term = 0;
    double expected = 0;

    for (size_t i = 0; i < count; i++) {
        const uint64_t present = parts[i]->rows - parts[i]->nulls;
        if (present != former)
            term = expected_distinct(domain, (double)present);
        former = present;
        expected += term;
    }
    return expected;
}

static double
estimate_distinct(const ColumnStatistics *const *parts, size_t count, double largest, double sum, double rows)
{
    double low = largest;
    double high = 1e18;

    for (int step = 0; step < 100 && high / low > 1.0001; step++) {
        const double domain = sqrt(low) * sqrt(high);
        if (expected_in_parts(parts, count, domain) < sum)
            low = domain;
        else
            high = domain;
    }
    const double estimate = expected_distinct(low, rows);
    return fmin(fmax(estimate, largest), sum);
}

/* Whether the parts' ranges hardly overlap, as those of a key that rows come in the order of: then no value
 * is in two parts. */
static bool
are_apart(Layout layout, const ColumnStatistics *merged, const ColumnStatistics *const *parts, size_t count)
{
    static const double OVERLAP = 1.05;
    double widths = 0;

    if (layout > LAYOUT_I128 || !merged->min.known || !merged->max.known)
        return false;
    for (size_t i = 0; i < count; i++)
        if (parts[i]->rows > parts[i]->nulls)
            widths += (double)parts[i]->max.integer - (double)parts[i]->min.integer + 1;
    return widths <= OVERLAP * ((double)merged->max.integer - (double)merged->min.integer + 1);
}

static uint64_t
merge_distinct(Layout layout, ColumnStatistics *merged, const ColumnStatistics *const *parts, size_t count)
{
    double largest = 0;
    double sum = 0;
    double rows = 0;

    for (size_t i = 0; i < count; i++) {
        const uint64_t present = parts[i]->rows - parts[i]->nulls;
        if (present == 0)
            continue;
        if (parts[i]->distinct == 0)
            return 0;
        largest = fmax(largest, (double)parts[i]->distinct);
        sum += (double)parts[i]->distinct;
        rows += (double)present;
    }
    if (sum == 0)
        return 0;
    merged->distinct_adds_up = are_apart(layout, merged, parts, count);
    double estimate = merged->distinct_adds_up ? sum : estimate_distinct(parts, count, largest, sum, rows);
    if (layout <= LAYOUT_I128 && merged->min.known && merged->max.known)
        estimate = fmin(estimate, (double)merged->max.integer - (double)merged->min.integer + 1);
    return (uint64_t)llround(estimate);
}

ColumnStatistics
statistics_merge(Layout layout, const ColumnStatistics *const *parts, size_t count)
{
    ColumnStatistics merged = {0};
    bool first = true;

    for (size_t i = 0; i < count; i++) {
        merged.rows += parts[i]->rows;
        merged.nulls += parts[i]->nulls;
        merged.has_nan |= parts[i]->has_nan;
        if (parts[i]->rows == parts[i]->nulls)
            continue;
        merge_bound(layout, &merged.min, &parts[i]->min, 1, first);
        merge_bound(layout, &merged.max, &parts[i]->max, -1, first);
        first = false;
    }
    merged.distinct = merge_distinct(layout, &merged, parts, count);
    return merged;
}
