/* expr/aggregate_parts.h: what the aggregates' files share: rows of an update, columns of an output, the list
 * of topics that make up the registry. */
#ifndef RUNNEL_EXPR_AGGREGATE_PARTS_H
#define RUNNEL_EXPR_AGGREGATE_PARTS_H

#include "expr/aggregate.h"

/* Each topic is a file aggregate_<topic>.c with aggregates_<topic>[]; the order fixes the indices on the
 * wire. */
#define AGGREGATE_TOPICS(X)                                                                                  \
    X(count)                                                                                                 \
    X(sum)                                                                                                   \
    X(float)                                                                                                 \
    X(interval)                                                                                              \
    X(extreme) X(moments) X(distinct) X(set) X(bits) X(regression) X(collect) X(quantile) X(array_extreme)

#define X(topic)                                                                                             \
    extern const Aggregate aggregates_##topic[];                                                             \
    extern const uint32_t aggregates_##topic##_count;
AGGREGATE_TOPICS(X)
#undef X

static inline uint32_t
update_row(const AggregateUpdate *update, uint32_t i)
{
    return update->selection != NULL ? update->selection[i] : i;
}

static inline void *
update_state(const AggregateUpdate *update, uint32_t i)
{
    return update->states + (update->groups != NULL ? update->groups[i] * update->stride : 0);
}

static inline const void *
output_state(const AggregateOutput *output, uint32_t i)
{
    return output->states + (size_t)(output->groups != NULL ? output->groups[i] : i) * output->stride;
}

/* One value of a partial column of bigints. */
static inline int64_t
partial_i64(const Vector *vector, uint32_t row)
{
    return ((const int64_t *)vector_values(vector))[vector_index(vector, row)];
}

static inline const StringView *
partial_view(const Vector *vector, uint32_t row)
{
    return &((const StringView *)vector_values(vector))[vector_index(vector, row)];
}

/* A flat column of `count` values of `type` to fill; all of them valid where `validity` is NULL, else
 * *validity is a bitmap of ones. */
Status output_column(AggregateOutput *output, uint32_t column, Type type, void **data, uint64_t **validity);

#endif
