/* count, bool_and, bool_or, every: counters. */
#include "expr/aggregate_parts.h"
#include "expr/kernel.h"

typedef struct Counts {
    int64_t rows;
    int64_t trues;
} Counts;

static bool
count_result(const Type *arguments, Type *result)
{
    (void)arguments;
    *result = type_of(TYPE_INT8);
    return true;
}

static uint32_t
count_partials(const Type *arguments, Type *partials)
{
    (void)arguments;
    partials[0] = type_of(TYPE_INT8);
    return 1;
}

static Status
count_rows(AggregateUpdate *update)
{
    if (update->groups == NULL) {
        *(int64_t *)update->states += update->count;
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < update->count; i++)
        ++*(int64_t *)(update->states + update->groups[i] * update->stride);
    return STATUS_OK;
}

static Status
count_values(AggregateUpdate *update)
{
    const Vector *argument = &update->arguments[0];

    if (argument->validity == NULL && vector_has_no_nulls(argument))
        return count_rows(update);
    if (update->groups == NULL && update->selection == NULL && argument->form == VECTOR_FLAT) {
        *(int64_t *)update->states += (int64_t)bits_count(argument->validity, update->count);
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < update->count; i++)
        *(int64_t *)update_state(update, i) += !vector_is_null(argument, update_row(update, i));
    return STATUS_OK;
}

static Status
count_merge(AggregateUpdate *update)
{
    for (uint32_t i = 0; i < update->count; i++)
        *(int64_t *)update_state(update, i) += partial_i64(&update->arguments[0], update_row(update, i));
    return STATUS_OK;
}

static Status
count_output(AggregateOutput *output)
{
    void *data;

    TRY(output_column(output, 0, type_of(TYPE_INT8), &data, NULL));
    for (uint32_t i = 0; i < output->count; i++)
        ((int64_t *)data)[i] = *(const int64_t *)output_state(output, i);
    return STATUS_OK;
}

static bool
bool_result(const Type *arguments, Type *result)
{
    (void)arguments;
    *result = type_of(TYPE_BOOL);
    return true;
}

static uint32_t
bool_partials(const Type *arguments, Type *partials)
{
    (void)arguments;
    partials[0] = type_of(TYPE_INT8);
    partials[1] = type_of(TYPE_INT8);
    return 2;
}

static inline bool
add_truth(Counts *counts, uint8_t value)
{
    counts->rows++;
    counts->trues += value != 0;
    return true;
}

#define A_NAME                      bool_update
#define A_CTYPE                     uint8_t
#define A_STATE                     Counts
#define A_ADD(state, value, update) add_truth(state, value)
#include "expr/aggregate_update_tmpl.h"

static Status
bool_merge(AggregateUpdate *update)
{
    for (uint32_t i = 0; i < update->count; i++) {
        Counts *counts = update_state(update, i);
        const uint32_t row = update_row(update, i);
        counts->rows += partial_i64(&update->arguments[0], row);
        counts->trues += partial_i64(&update->arguments[1], row);
    }
    return STATUS_OK;
}

static Status
bool_emit(AggregateOutput *output)
{
    void *rows;
    void *trues;

    TRY(output_column(output, 0, type_of(TYPE_INT8), &rows, NULL));
    TRY(output_column(output, 1, type_of(TYPE_INT8), &trues, NULL));
    for (uint32_t i = 0; i < output->count; i++) {
        const Counts *counts = output_state(output, i);
        ((int64_t *)rows)[i] = counts->rows;
        ((int64_t *)trues)[i] = counts->trues;
    }
    return STATUS_OK;
}

static Status
bool_finish(AggregateOutput *output, bool all)
{
    void *data;
    uint64_t *validity;

    TRY(output_column(output, 0, type_of(TYPE_BOOL), &data, &validity));
    for (uint32_t i = 0; i < output->count; i++) {
        const Counts *counts = output_state(output, i);
        ((uint8_t *)data)[i] = all ? counts->trues == counts->rows : counts->trues > 0;
        bits_put(validity, i, counts->rows > 0);
    }
    return STATUS_OK;
}

static Status
bool_and_finish(AggregateOutput *output)
{
    return bool_finish(output, true);
}

static Status
bool_or_finish(AggregateOutput *output)
{
    return bool_finish(output, false);
}

#define BOOLEAN(name_, finish_, description_)                                                                \
    {                                                                                                        \
        .name = name_, .argument_count = 1, .arguments = {TYPE_BOOL}, .ignores_duplicates = true,            \
        .adds = AGGREGATE_ADDS_COUNTS, .state_size = sizeof(Counts), .result_type = bool_result,             \
        .partial_types = bool_partials, .update = bool_update, .merge = bool_merge, .emit = bool_emit,       \
        .finish = finish_, .description = description_                                                       \
    }

const Aggregate aggregates_count[] = {
    {.name = "count",
     .state_size = sizeof(int64_t),
     .result_type = count_result,
     .partial_types = count_partials,
     .adds = AGGREGATE_ADDS_COUNTS,
     .update = count_rows,
     .merge = count_merge,
     .emit = count_output,
     .finish = count_output,
     .description = "the number of rows"},
    {.name = "count",
     .argument_count = 1,
     .arguments = {TYPE_UNKNOWN},
     .state_size = sizeof(int64_t),
     .result_type = count_result,
     .partial_types = count_partials,
     .adds = AGGREGATE_ADDS_COUNTS,
     .update = count_values,
     .merge = count_merge,
     .emit = count_output,
     .finish = count_output,
     .description = "the number of values that are not NULL"},
    BOOLEAN("bool_and", bool_and_finish, "whether all are true"),
    BOOLEAN("every", bool_and_finish, "whether all are true"),
    BOOLEAN("bool_or", bool_or_finish, "whether one is true"),
};
const uint32_t aggregates_count_count = sizeof aggregates_count / sizeof aggregates_count[0];
