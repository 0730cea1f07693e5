/* min, max and any_value. Equal values that look different (-0 and 0, '1 mon' and '30 days') have an order
 * here, too, so that the result does not depend on which came first; any_value is the least value. */
#include "expr/aggregate_parts.h"
#include "expr/kernel.h"

#include <math.h>

/* Integers as they are, doubles as integers of the same order. */
typedef struct Narrow {
    int64_t value;
    int64_t seen;
} Narrow;

typedef struct Wide {
    uint64_t low;
    int64_t high;
    int64_t seen;
} Wide;

typedef struct Span {
    Interval value;
    int64_t seen;
} Span;

/* Bytes beyond the view's own are copied to `bytes`, reused while they fit. */
typedef struct Bytes {
    StringView view;
    char *bytes;
    uint32_t capacity;
    uint32_t seen;
} Bytes;

/* An int64 that orders as PostgreSQL orders doubles: NaN is one value, above all. */
static inline int64_t
double_key(double value)
{
    int64_t bits;

    memcpy(&bits, &value, sizeof bits);
    bits ^= (bits >> 63) & INT64_MAX;
    return value != value ? INT64_MAX : bits;
}

static double
key_double(int64_t key)
{
    double value;

    if (key == INT64_MAX)
        return NAN;
    key ^= (key >> 63) & INT64_MAX;
    memcpy(&value, &key, sizeof value);
    return value;
}

static inline bool
keep_narrow(Narrow *state, int64_t value, bool greatest)
{
    const bool better = greatest ? value > state->value : value < state->value;

    state->value = (state->seen == 0) | better ? value : state->value;
    state->seen = 1;
    return true;
}

static inline bool
keep_wide(Wide *state, Int128 value, bool greatest)
{
    const Int128 old = (Int128)((UInt128)(uint64_t)state->high << 64 | state->low);

    if (state->seen == 0 || (greatest ? value > old : value < old)) {
        state->low = (uint64_t)value;
        state->high = (int64_t)(value >> 64);
    }
    state->seen = 1;
    return true;
}

static int
compare_spans(const Interval *a, const Interval *b)
{
    const Int128 x = interval_order(a);
    const Int128 y = interval_order(b);

    if (x != y)
        return x < y ? -1 : 1;
    if (a->months != b->months)
        return a->months < b->months ? -1 : 1;
    return (a->days > b->days) - (a->days < b->days);
}

static inline bool
keep_span(Span *state, Interval value, bool greatest)
{
    const int order = compare_spans(&value, &state->value);

    if (state->seen == 0 || (greatest ? order > 0 : order < 0))
        state->value = value;
    state->seen = 1;
    return true;
}

static bool
copy_bytes(Bytes *state, StringView value, Arena *arena)
{
    if (value.size <= STRING_VIEW_INLINE) {
        state->view = value;
        return true;
    }
    if (value.size > state->capacity) {
        const uint32_t capacity = value.size < UINT32_MAX / 2 ? value.size * 2 : value.size;
        char *bytes = arena_alloc_aligned(arena, capacity, 1);
        if (bytes == NULL)
            return false;
        state->bytes = bytes;
        state->capacity = capacity;
    }
    memmove(state->bytes, value.data, value.size);
    state->view = string_view(state->bytes, value.size);
    return true;
}

static inline bool
keep_bytes(Bytes *state, StringView value, bool greatest, Arena *arena)
{
    if (state->seen != 0) {
        const int order = string_view_compare(&value, &state->view);
        if (greatest ? order <= 0 : order >= 0)
            return true;
    }
    state->seen = 1;
    return copy_bytes(state, value, arena);
}

#define E_BASE       i32
#define E_CTYPE      int32_t
#define E_KEY(value) (value)
#include "expr/aggregate_extreme_tmpl.h"

#define E_BASE       i64
#define E_CTYPE      int64_t
#define E_KEY(value) (value)
#include "expr/aggregate_extreme_tmpl.h"

#define E_BASE       f64
#define E_CTYPE      double
#define E_KEY(value) double_key(value)
#include "expr/aggregate_extreme_tmpl.h"

#define E_BASE       u8
#define E_CTYPE      uint8_t
#define E_KEY(value) (value)
#include "expr/aggregate_extreme_tmpl.h"

#define A_NAME                      min_i128
#define A_CTYPE                     Int128
#define A_STATE                     Wide
#define A_ADD(state, value, update) keep_wide(state, value, false)
#include "expr/aggregate_update_tmpl.h"

#define A_NAME                      max_i128
#define A_CTYPE                     Int128
#define A_STATE                     Wide
#define A_ADD(state, value, update) keep_wide(state, value, true)
#include "expr/aggregate_update_tmpl.h"

#define A_NAME                      min_interval
#define A_CTYPE                     Interval
#define A_STATE                     Span
#define A_ADD(state, value, update) keep_span(state, value, false)
#include "expr/aggregate_update_tmpl.h"

#define A_NAME                      max_interval
#define A_CTYPE                     Interval
#define A_STATE                     Span
#define A_ADD(state, value, update) keep_span(state, value, true)
#include "expr/aggregate_update_tmpl.h"

#define A_NAME                      min_view
#define A_CTYPE                     StringView
#define A_STATE                     Bytes
#define A_ADD(state, value, update) keep_bytes(state, value, false, (update)->arena)
#include "expr/aggregate_update_tmpl.h"

#define A_NAME                      max_view
#define A_CTYPE                     StringView
#define A_STATE                     Bytes
#define A_ADD(state, value, update) keep_bytes(state, value, true, (update)->arena)
#include "expr/aggregate_update_tmpl.h"

static Status
unsupported(AggregateUpdate *update)
{
    return error_set(update->error, STATUS_NOT_SUPPORTED, "%s over %s is not supported",
                     update->aggregate->name, type_name(update->arguments[0].type.id));
}

/* Partials are values of the argument's type: merging is updating. */
static Status
min_update(AggregateUpdate *update)
{
    switch (update->arguments[0].layout) {
    case LAYOUT_BOOL: return min_u8(update);
    case LAYOUT_I32: return min_i32(update);
    case LAYOUT_I64: return min_i64(update);
    case LAYOUT_F64: return min_f64(update);
    case LAYOUT_I128: return min_i128(update);
    case LAYOUT_INTERVAL: return min_interval(update);
    case LAYOUT_VIEW: return min_view(update);
    default: return unsupported(update);
    }
}

static Status
max_update(AggregateUpdate *update)
{
    switch (update->arguments[0].layout) {
    case LAYOUT_BOOL: return max_u8(update);
    case LAYOUT_I32: return max_i32(update);
    case LAYOUT_I64: return max_i64(update);
    case LAYOUT_F64: return max_f64(update);
    case LAYOUT_I128: return max_i128(update);
    case LAYOUT_INTERVAL: return max_interval(update);
    case LAYOUT_VIEW: return max_view(update);
    default: return unsupported(update);
    }
}

static bool
write_view(StringView *out, const Bytes *state, Arena *arena)
{
    *out = state->view;
    if (state->view.size <= STRING_VIEW_INLINE)
        return true;
    out->data = arena_copy_bytes(arena, state->view.data, state->view.size);
    return out->data != NULL;
}

/* Write one state's value; *seen is false where it had none. */
static bool
write_value(const AggregateOutput *output, Layout layout, const void *state, void *data, uint32_t i,
            bool *seen)
{
    const Narrow *narrow = state;

    *seen = narrow->seen != 0;
    switch (layout) {
    case LAYOUT_BOOL: ((uint8_t *)data)[i] = narrow->value != 0; return true;
    case LAYOUT_I32: ((int32_t *)data)[i] = (int32_t)narrow->value; return true;
    case LAYOUT_I64: ((int64_t *)data)[i] = narrow->value; return true;
    case LAYOUT_F64: ((double *)data)[i] = key_double(narrow->value); return true;
    case LAYOUT_I128: {
        const Wide *wide = state;
        *seen = wide->seen != 0;
        ((Int128 *)data)[i] = (Int128)((UInt128)(uint64_t)wide->high << 64 | wide->low);
        return true;
    }
    case LAYOUT_INTERVAL:
        *seen = ((const Span *)state)->seen != 0;
        ((Interval *)data)[i] = ((const Span *)state)->value;
        return true;
    default:
        *seen = ((const Bytes *)state)->seen != 0;
        return !*seen || write_view(&((StringView *)data)[i], state, output->arena);
    }
}

static Status
extreme_output(AggregateOutput *output)
{
    const Type type = output->argument_types[0];
    void *data;
    uint64_t *validity;

    TRY(output_column(output, 0, type, &data, &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        bool seen;
        if (!write_value(output, type_layout(type), output_state(output, i), data, i, &seen))
            return error_set_memory(output->error);
        bits_put(validity, i, seen);
    }
    return STATUS_OK;
}

static bool
extreme_result(const Type *arguments, Type *result)
{
    *result = arguments[0];
    return type_layout(arguments[0]) != LAYOUT_LIST;
}

static uint32_t
extreme_partials(const Type *arguments, Type *partials)
{
    partials[0] = arguments[0];
    return 1;
}

#define EXTREME(name_, type_, size_, update_, description_)                                                  \
    {                                                                                                        \
        .name = name_, .argument_count = 1, .arguments = {type_}, .ignores_duplicates = true,                \
        .state_size = size_, .result_type = extreme_result, .partial_types = extreme_partials,               \
        .update = update_, .merge = update_, .emit = extreme_output, .finish = extreme_output,               \
        .description = description_                                                                          \
    }
#define ORDERED(type_, size_)                                                                                \
    EXTREME("min", type_, size_, min_update, "the least value"),                                             \
        EXTREME("max", type_, size_, max_update, "the greatest value")

const Aggregate aggregates_extreme[] = {
    ORDERED(TYPE_INT2, sizeof(Narrow)),
    ORDERED(TYPE_INT4, sizeof(Narrow)),
    ORDERED(TYPE_INT8, sizeof(Narrow)),
    ORDERED(TYPE_FLOAT4, sizeof(Narrow)),
    ORDERED(TYPE_FLOAT8, sizeof(Narrow)),
    ORDERED(TYPE_NUMERIC, sizeof(Wide)),
    ORDERED(TYPE_TEXT, sizeof(Bytes)),
    ORDERED(TYPE_BPCHAR, sizeof(Bytes)),
    ORDERED(TYPE_DATE, sizeof(Narrow)),
    ORDERED(TYPE_TIME, sizeof(Narrow)),
    ORDERED(TYPE_TIMESTAMP, sizeof(Narrow)),
    ORDERED(TYPE_TIMESTAMPTZ, sizeof(Narrow)),
    ORDERED(TYPE_INTERVAL, sizeof(Span)),
    EXTREME("any_value", TYPE_UNKNOWN, sizeof(Bytes), min_update, "one of the values: the least"),
};
const uint32_t aggregates_extreme_count = sizeof aggregates_extreme / sizeof aggregates_extreme[0];
