/* bit_and, bit_or, bit_xor of integers. */
#include "expr/aggregate_parts.h"

typedef struct Bits {
    int64_t value;
    int64_t seen;
} Bits;

typedef enum BitRule { BIT_AND, BIT_OR, BIT_XOR } BitRule;

static inline int64_t
integer_at(const Vector *vector, uint32_t row)
{
    const uint32_t index = vector_index(vector, row);

    return vector->layout == LAYOUT_I64 ? ((const int64_t *)vector_values(vector))[index]
                                        : ((const int32_t *)vector_values(vector))[index];
}

/* Partials are values of the argument's type: merging is updating. */
static Status
take(AggregateUpdate *update, const BitRule rule)
{
    for (uint32_t i = 0; i < update->count; i++) {
        const uint32_t row = update_row(update, i);
        Bits *bits = update_state(update, i);
        if (vector_is_null(&update->arguments[0], row))
            continue;
        const int64_t value = integer_at(&update->arguments[0], row);
        if (bits->seen == 0)
            bits->value = value;
        else
            bits->value = rule == BIT_AND  ? bits->value & value
                          : rule == BIT_OR ? bits->value | value
                                           : bits->value ^ value;
        bits->seen = 1;
    }
    return STATUS_OK;
}

static Status
bits_and(AggregateUpdate *update)
{
    return take(update, BIT_AND);
}

static Status
bits_or(AggregateUpdate *update)
{
    return take(update, BIT_OR);
}

static Status
bits_xor(AggregateUpdate *update)
{
    return take(update, BIT_XOR);
}

static Status
bits_output(AggregateOutput *output)
{
    const bool wide = type_layout(output->argument_types[0]) == LAYOUT_I64;
    uint64_t *validity;
    void *data;

    TRY(output_column(output, 0, output->argument_types[0], &data, &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        const Bits *bits = output_state(output, i);
        bits_put(validity, i, bits->seen != 0);
        if (wide)
            ((int64_t *)data)[i] = bits->value;
        else
            ((int32_t *)data)[i] = (int32_t)bits->value;
    }
    return STATUS_OK;
}

static bool
bits_result(const Type *arguments, Type *result)
{
    *result = arguments[0];
    return true;
}

static uint32_t
bits_partials(const Type *arguments, Type *partials)
{
    partials[0] = arguments[0];
    return 1;
}

#define ROW(name_, type_, take_, duplicates_, description_)                                                  \
    {                                                                                                        \
        .name = name_, .argument_count = 1, .arguments = {type_}, .ignores_duplicates = duplicates_,         \
        .state_size = sizeof(Bits), .result_type = bits_result, .partial_types = bits_partials,              \
        .update = take_, .merge = take_, .emit = bits_output, .finish = bits_output,                         \
        .description = description_                                                                          \
    }
#define ROWS(name, take, duplicates, description)                                                            \
    ROW(name, TYPE_INT2, take, duplicates, description),                                                     \
        ROW(name, TYPE_INT4, take, duplicates, description),                                                 \
        ROW(name, TYPE_INT8, take, duplicates, description)

const Aggregate aggregates_bits[] = {
    ROWS("bit_and", bits_and, true, "the bits that all values have"),
    ROWS("bit_or", bits_or, true, "the bits that some value has"),
    ROWS("bit_xor", bits_xor, false, "the bits that an odd number of values has"),
};
const uint32_t aggregates_bits_count = sizeof aggregates_bits / sizeof aggregates_bits[0];
