/* sum and avg of integers and numerics: exact in integers.
 *
 * The sum is top * 2^128 + the signed 128-bit (high, low). Integers up to 64 bits never touch `top`: their
 * states leave it out. */
#include "expr/aggregate_parts.h"
#include "expr/kernel.h"

typedef struct Sum {
    uint64_t low;
    int64_t high;
    int64_t count;
    int64_t top; /* numerics only */
} Sum;

enum { SUM_NARROW = offsetof(Sum, top) };

static inline bool
add_i64(Sum *sum, int64_t value)
{
    const uint64_t low = sum->low + (uint64_t)value;

    sum->high += (value >> 63) + (low < (uint64_t)value);
    sum->low = low;
    sum->count++;
    return true;
}

static inline void
add_wide(Sum *sum, Int128 value)
{
    const Int128 old = (Int128)((UInt128)(uint64_t)sum->high << 64 | sum->low);
    Int128 fresh;

    if (__builtin_add_overflow(old, value, &fresh))
        sum->top += value < 0 ? -1 : 1;
    sum->low = (uint64_t)fresh;
    sum->high = (int64_t)(fresh >> 64);
}

static inline bool
add_i128(Sum *sum, Int128 value)
{
    add_wide(sum, value);
    sum->count++;
    return true;
}

/* Eight rows at a time fit 64 bits only as halves: low 32 bits unsigned, high 32 bits signed. */
KERNEL_CLONES static void
halves_of(const int64_t *values, uint32_t count, uint64_t *low, int64_t *high)
{
    uint64_t lows = 0;
    int64_t highs = 0;

    for (uint32_t i = 0; i < count; i++) {
        lows += (uint32_t)values[i];
        highs += values[i] >> 32;
    }
    *low = lows;
    *high = highs;
}

static bool
block_i64(Sum *sum, const int64_t *values, uint32_t count)
{
    while (count > 0) {
        const uint32_t part = count < 1U << 20 ? count : 1U << 20;
        uint64_t low;
        int64_t high;
        halves_of(values, part, &low, &high);
        add_wide(sum, (Int128)high * ((Int128)1 << 32) + low);
        sum->count += part;
        values += part;
        count -= part;
    }
    return true;
}

KERNEL_CLONES static int64_t
sum_of_i32(const int32_t *values, uint32_t count)
{
    int64_t total = 0;

    for (uint32_t i = 0; i < count; i++)
        total += values[i];
    return total;
}

static bool
block_i32(Sum *sum, const int32_t *values, uint32_t count)
{
    add_i64(sum, sum_of_i32(values, count));
    sum->count += (int64_t)count - 1;
    return true;
}

#define A_NAME                       update_i32
#define A_CTYPE                      int32_t
#define A_STATE                      Sum
#define A_ADD(state, value, update)  add_i64(state, value)
#define A_BLOCK(state, v, n, update) block_i32(state, v, n)
#include "expr/aggregate_update_tmpl.h"

#define A_NAME                       update_i64
#define A_CTYPE                      int64_t
#define A_STATE                      Sum
#define A_ADD(state, value, update)  add_i64(state, value)
#define A_BLOCK(state, v, n, update) block_i64(state, v, n)
#include "expr/aggregate_update_tmpl.h"

#define A_NAME                      update_i128
#define A_CTYPE                     Int128
#define A_STATE                     Sum
#define A_ADD(state, value, update) add_i128(state, value)
#include "expr/aggregate_update_tmpl.h"

static Status
update_numeric(AggregateUpdate *update)
{
    return update->arguments[0].layout == LAYOUT_I64 ? update_i64(update) : update_i128(update);
}

static uint32_t
partials_narrow(const Type *arguments, Type *partials)
{
    (void)arguments;
    for (int i = 0; i < 3; i++)
        partials[i] = type_of(TYPE_INT8);
    return 3;
}

static uint32_t
partials_wide(const Type *arguments, Type *partials)
{
    partials_narrow(arguments, partials);
    partials[3] = type_of(TYPE_INT8);
    return 4;
}

static Status
merge_sums(AggregateUpdate *update, bool wide)
{
    const Vector *columns = update->arguments;

    for (uint32_t i = 0; i < update->count; i++) {
        Sum *sum = update_state(update, i);
        const uint32_t row = update_row(update, i);
        const UInt128 bits =
            (UInt128)(uint64_t)partial_i64(&columns[1], row) << 64 | (uint64_t)partial_i64(&columns[0], row);
        if (wide) {
            sum->top += partial_i64(&columns[3], row);
            add_wide(sum, (Int128)bits);
        } else { /* cannot overflow: 2^64 rows would be needed */
            const UInt128 old = (UInt128)(uint64_t)sum->high << 64 | sum->low;
            const UInt128 fresh = old + bits;
            sum->low = (uint64_t)fresh;
            sum->high = (int64_t)(fresh >> 64);
        }
        sum->count += partial_i64(&columns[2], row);
    }
    return STATUS_OK;
}

static Status
merge_narrow(AggregateUpdate *update)
{
    return merge_sums(update, false);
}

static Status
merge_wide(AggregateUpdate *update)
{
    return merge_sums(update, true);
}

static Status
emit_sums(AggregateOutput *output, bool wide)
{
    void *columns[4];

    for (uint32_t c = 0; c < (wide ? 4U : 3U); c++)
        TRY(output_column(output, c, type_of(TYPE_INT8), &columns[c], NULL));
    for (uint32_t i = 0; i < output->count; i++) {
        const Sum *sum = output_state(output, i);
        ((int64_t *)columns[0])[i] = (int64_t)sum->low;
        ((int64_t *)columns[1])[i] = sum->high;
        ((int64_t *)columns[2])[i] = sum->count;
        if (wide)
            ((int64_t *)columns[3])[i] = sum->top;
    }
    return STATUS_OK;
}

static Status
emit_narrow(AggregateOutput *output)
{
    return emit_sums(output, false);
}

static Status
emit_wide(AggregateOutput *output)
{
    return emit_sums(output, true);
}

/* 10^38, the first magnitude that no numeric has. */
static Int128
numeric_end(void)
{
    const Int128 half = (Int128)UINT64_C(10000000000000000000);

    return half * half;
}

static bool
sum_value(const Sum *sum, bool wide, Int128 *value)
{
    *value = (Int128)((UInt128)(uint64_t)sum->high << 64 | sum->low);
    return (!wide || sum->top == 0) && *value < numeric_end() && *value > -numeric_end();
}

static Status
sum_overflow(AggregateOutput *output)
{
    if (output->type.id == TYPE_INT8)
        return error_set(output->error, STATUS_NUMERIC_RANGE, "bigint out of range");
    return error_set(output->error, STATUS_NUMERIC_RANGE, "numeric value out of range: more than 38 digits");
}

static Status
finish_bigint(AggregateOutput *output)
{
    void *data;
    uint64_t *validity;

    TRY(output_column(output, 0, type_of(TYPE_INT8), &data, &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        const Sum *sum = output_state(output, i);
        Int128 value;
        if (!sum_value(sum, false, &value) || value != (int64_t)value)
            return sum_overflow(output);
        ((int64_t *)data)[i] = (int64_t)value;
        bits_put(validity, i, sum->count > 0);
    }
    return STATUS_OK;
}

/* sum (divided = false) or avg as numeric(38, output scale). */
static Status
finish_numeric(AggregateOutput *output, bool wide, bool divided)
{
    const unsigned more =
        output->type.scale -
        (output->argument_types[0].id == TYPE_NUMERIC ? output->argument_types[0].scale : 0U);
    Int128 factor = 1;
    void *data;
    uint64_t *validity;

    for (unsigned i = 0; i < more; i++)
        factor *= 10;
    TRY(output_column(output, 0, output->type, &data, &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        const Sum *sum = output_state(output, i);
        Int128 value;
        if (sum->count == 0) {
            bits_clear(validity, i);
            continue;
        }
        if (!sum_value(sum, wide, &value))
            return sum_overflow(output);
        if (divided) {
            const Int128 rest = value % sum->count * factor;
            const Int128 fraction = rest / sum->count;
            const Int128 left = rest % sum->count;
            const Int128 twice = (left < 0 ? -left : left) * 2;
            value /= sum->count;
            if (value >= numeric_end() / factor || value <= -numeric_end() / factor)
                return sum_overflow(output);
            value = value * factor + fraction + (twice >= sum->count ? (left < 0 ? -1 : 1) : 0);
        }
        ((Int128 *)data)[i] = value;
    }
    return STATUS_OK;
}

static Status
finish_sum_narrow(AggregateOutput *output)
{
    return finish_numeric(output, false, false);
}

static Status
finish_sum_wide(AggregateOutput *output)
{
    return finish_numeric(output, true, false);
}

static Status
finish_avg_narrow(AggregateOutput *output)
{
    return finish_numeric(output, false, true);
}

static Status
finish_avg_wide(AggregateOutput *output)
{
    return finish_numeric(output, true, true);
}

static bool
result_bigint(const Type *arguments, Type *result)
{
    (void)arguments;
    *result = type_of(TYPE_INT8);
    return true;
}

static bool
result_sum(const Type *arguments, Type *result)
{
    *result = type_numeric(NUMERIC_DIGITS_MAX, arguments[0].id == TYPE_NUMERIC ? arguments[0].scale : 0);
    return true;
}

static bool
result_avg(const Type *arguments, Type *result)
{
    const uint8_t scale = arguments[0].id == TYPE_NUMERIC ? arguments[0].scale : 0;

    *result = type_numeric(NUMERIC_DIGITS_MAX, scale > 16 ? scale : 16);
    return true;
}

#define SUM(name_, type_, size_, result_, update_, kind_, finish_, description_)                             \
    {                                                                                                        \
        .name = name_, .argument_count = 1, .arguments = {type_}, .state_size = size_,                       \
        .adds = AGGREGATE_ADDS_SUM, .result_type = result_, .partial_types = partials_##kind_,               \
        .update = update_, .merge = merge_##kind_, .emit = emit_##kind_, .finish = finish_,                  \
        .description = description_                                                                          \
    }

static const char sum_text[] = "the sum";
static const char avg_text[] = "the average";

const Aggregate aggregates_sum[] = {
    SUM("sum", TYPE_INT2, SUM_NARROW, result_bigint, update_i32, narrow, finish_bigint, sum_text),
    SUM("sum", TYPE_INT4, SUM_NARROW, result_bigint, update_i32, narrow, finish_bigint, sum_text),
    SUM("sum", TYPE_INT8, SUM_NARROW, result_sum, update_i64, narrow, finish_sum_narrow, sum_text),
    SUM("sum", TYPE_NUMERIC, sizeof(Sum), result_sum, update_numeric, wide, finish_sum_wide, sum_text),
    SUM("avg", TYPE_INT2, SUM_NARROW, result_avg, update_i32, narrow, finish_avg_narrow, avg_text),
    SUM("avg", TYPE_INT4, SUM_NARROW, result_avg, update_i32, narrow, finish_avg_narrow, avg_text),
    SUM("avg", TYPE_INT8, SUM_NARROW, result_avg, update_i64, narrow, finish_avg_narrow, avg_text),
    SUM("avg", TYPE_NUMERIC, sizeof(Sum), result_avg, update_numeric, wide, finish_avg_wide, avg_text),
};
const uint32_t aggregates_sum_count = sizeof aggregates_sum / sizeof aggregates_sum[0];
