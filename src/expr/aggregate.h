/* expr/aggregate.h: the registry of aggregates and how their states are kept.
 *
 * A state is `state_size` bytes of plain memory, zero-initialised, at states + group * stride. Zero bytes are
 * the empty state. An aggregate is a function of the multiset of its inputs alone: neither the order of
 * updates nor how they were split over tasks changes the result by a bit. Sums and moments of doubles are
 * exact, rounded once (fixed point in 128 bits where values fit, a superaccumulator on demand: Neal 2015,
 * "Fast exact summation using small and large superaccumulators"). */
#ifndef RUNNEL_EXPR_AGGREGATE_H
#define RUNNEL_EXPR_AGGREGATE_H

#include "base/arena.h"
#include "base/error.h"
#include "column/batch.h"

enum { AGGREGATE_ARGUMENTS_MAX = 3, AGGREGATE_PARTIALS_MAX = 4 };

/* Rows to take into states. */
typedef struct AggregateUpdate {
    const struct Aggregate *aggregate;
    const Type *argument_types;
    char *states;
    size_t stride;
    const uint32_t *groups; /* groups[i]: the state of the i-th selected row; NULL: all rows go to state 0 */
    const uint32_t *selection; /* `count` row numbers, or NULL for rows 0..count-1 */
    uint32_t count;
    const Vector *arguments; /* any form; NULLs are skipped by the kernel (strict aggregates) */
    Arena *arena;            /* for what outgrows the state: string bytes, accumulators */
    Error *error;
} AggregateUpdate;

typedef struct AggregateOutput {
    const struct Aggregate *aggregate;
    const Type *argument_types;
    Type type; /* of the result (finish) */
    const char *states;
    size_t stride;
    const uint32_t *groups; /* states to write, or NULL: 0..count-1 */
    uint32_t count;
    Arena *arena;
    Vector *columns; /* to fill: partial_count of them (emit) or one (finish), memory in `arena` */
    Error *error;
} AggregateOutput;

/* Whether partials are integers whose sums and differences are those of the rows: then any range of rows is
 * the difference of two prefixes. */
typedef enum AggregateAdds {
    AGGREGATE_ADDS_NOT,
    AGGREGATE_ADDS_COUNTS, /* all partial columns are int8 */
    AGGREGATE_ADDS_SUM     /* the low and high words of a signed 128-bit sum and a count, all int8; rows that
                              these do not hold have more: an int8 that is not 0, or bytes */
} AggregateAdds;

typedef struct Aggregate {
    const char *name;
    uint32_t argument_count;
    TypeId arguments[AGGREGATE_ARGUMENTS_MAX]; /* TYPE_UNKNOWN: any */
    bool order_dependent;                      /* array_agg, string_agg: makes its stage indeterminate */
    bool ignores_duplicates;                   /* DISTINCT changes nothing: min, max */
    AggregateAdds adds;
    bool large_state;   /* much may hang off a state: few tasks have less to merge */
    size_t state_size;  /* a multiple of 8, or of 16 where state_aligned */
    bool state_aligned; /* needs 16-byte alignment */

    /* The result's type, and the types of the partial columns that travel between tasks. */
    bool (*result_type)(const Type *arguments, Type *result);
    uint32_t (*partial_types)(const Type *arguments, Type *partials);

    Status (*update)(AggregateUpdate *update);
    Status (*merge)(AggregateUpdate *update);  /* arguments are the partial columns */
    Status (*emit)(AggregateOutput *output);   /* states → partial columns */
    Status (*finish)(AggregateOutput *output); /* states → the result */
    const struct CollectionClass *collection;  /* keeps all values, in an expr/collection.h; else NULL */
    const char *description;
} Aggregate;

uint32_t aggregate_count(void);
const Aggregate *aggregate_at(uint32_t index);
uint32_t aggregate_index(const Aggregate *aggregate);

/* As function_resolve(): arguments[] become the types to cast to. count(*) is "count" with no arguments. */
Status aggregate_resolve(const char *name, uint32_t argument_count, Type *arguments,
                         const Aggregate **aggregate, Type *result, Error *error);
bool aggregate_name_exists(const char *name);

#endif
