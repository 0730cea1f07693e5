/* sum and avg of real and double precision: exact, rounded once. */
#include "expr/aggregate_parts.h"
#include "expr/exact_sum.h"

#define A_NAME                       float_update
#define A_CTYPE                      double
#define A_STATE                      ExactSum
#define A_ADD(state, value, update)  exact_add(state, value, (update)->arena)
#define A_BLOCK(state, v, n, update) exact_add_block(state, v, n, (update)->arena)
#include "expr/aggregate_update_tmpl.h"

static uint32_t
float_partials(const Type *arguments, Type *partials)
{
    (void)arguments;
    for (int i = 0; i < 3; i++)
        partials[i] = type_of(TYPE_INT8);
    partials[3] = type_of(TYPE_BYTEA);
    return 4;
}

static Status
float_merge(AggregateUpdate *update)
{
    const Vector *columns = update->arguments;

    for (uint32_t i = 0; i < update->count; i++) {
        ExactSum *sum = update_state(update, i);
        const uint32_t row = update_row(update, i);
        const UInt128 fixed =
            (UInt128)(uint64_t)partial_i64(&columns[1], row) << 64 | (uint64_t)partial_i64(&columns[0], row);
        bool ok = exact_add_fixed(sum, (Int128)fixed, update->arena);
        sum->count += partial_i64(&columns[2], row);
        if (ok && !vector_is_null(&columns[3], row)) {
            const StringView *wide = partial_view(&columns[3], row);
            ok = exact_add_wide(sum, string_view_data(wide), wide->size, update->arena);
        }
        if (!ok)
            return error_set_memory(update->error);
    }
    return STATUS_OK;
}

static Status
float_emit(AggregateOutput *output)
{
    void *columns[4];
    uint64_t *validity;

    for (uint32_t c = 0; c < 3; c++)
        TRY(output_column(output, c, type_of(TYPE_INT8), &columns[c], NULL));
    TRY(output_column(output, 3, type_of(TYPE_BYTEA), &columns[3], &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        const ExactSum *sum = output_state(output, i);
        ((int64_t *)columns[0])[i] = (int64_t)sum->low;
        ((int64_t *)columns[1])[i] = sum->high;
        ((int64_t *)columns[2])[i] = sum->count;
        bits_put(validity, i, sum->wide != NULL);
        if (sum->wide == NULL)
            continue;
        char *bytes = arena_alloc(output->arena, EXACT_WIDE_BYTES);
        if (bytes == NULL)
            return error_set_memory(output->error);
        exact_write_wide(sum->wide, bytes);
        ((StringView *)columns[3])[i] = string_view(bytes, EXACT_WIDE_BYTES);
    }
    return STATUS_OK;
}

static Status
float_finish(AggregateOutput *output, bool single, bool divided)
{
    void *data;
    uint64_t *validity;

    TRY(output_column(output, 0, output->type, &data, &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        const ExactSum *sum = output_state(output, i);
        double *value = &((double *)data)[i];
        bits_put(validity, i, sum->count > 0);
        if (sum->count == 0)
            continue;
        if (!exact_round(sum, single, value))
            return error_set(output->error, STATUS_NUMERIC_RANGE, "value out of range: overflow");
        if (divided)
            *value /= (double)sum->count;
    }
    return STATUS_OK;
}

static Status
finish_sum_single(AggregateOutput *output)
{
    return float_finish(output, true, false);
}

static Status
finish_sum_double(AggregateOutput *output)
{
    return float_finish(output, false, false);
}

static Status
finish_avg(AggregateOutput *output)
{
    return float_finish(output, false, true);
}

static bool
result_same(const Type *arguments, Type *result)
{
    *result = type_of(arguments[0].id);
    return true;
}

static bool
result_double(const Type *arguments, Type *result)
{
    (void)arguments;
    *result = type_of(TYPE_FLOAT8);
    return true;
}

#define FLOAT(name_, type_, result_, finish_, description_)                                                  \
    {                                                                                                        \
        .name = name_, .argument_count = 1, .arguments = {type_}, .state_size = sizeof(ExactSum),            \
        .adds = AGGREGATE_ADDS_SUM, .result_type = result_, .partial_types = float_partials,                 \
        .update = float_update, .merge = float_merge, .emit = float_emit, .finish = finish_,                 \
        .description = description_                                                                          \
    }

const Aggregate aggregates_float[] = {
    FLOAT("sum", TYPE_FLOAT8, result_same, finish_sum_double, "the exact sum, rounded once"),
    FLOAT("sum", TYPE_FLOAT4, result_same, finish_sum_single, "the exact sum, rounded once"),
    FLOAT("avg", TYPE_FLOAT8, result_double, finish_avg, "the average: the exact sum, rounded, divided"),
    FLOAT("avg", TYPE_FLOAT4, result_double, finish_avg, "the average: the exact sum, rounded, divided"),
};
const uint32_t aggregates_float_count = sizeof aggregates_float / sizeof aggregates_float[0];
