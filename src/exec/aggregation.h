/* exec/aggregation.h: the state of an AGGREGATE; private to aggregate.c and what spills of it. */
#ifndef RUNNEL_EXEC_AGGREGATION_H
#define RUNNEL_EXEC_AGGREGATION_H

#include "exec/aggregate_states.h"
#include "exec/dictionary_groups.h"
#include "exec/direct_keys.h"
#include "exec/group_table.h"
#include "exec/operator.h"

typedef struct AggregateSpill AggregateSpill;
typedef struct AggregateValues AggregateValues;

typedef struct Aggregation {
    Operator base;
    Budget budget; /* of the groups: part of the task's */
    PlanAggregate plan;
    bool merging;  /* rows in are partials */
    bool partials; /* rows out are partials */
    uint32_t key_count;
    uint32_t *key_columns;
    Type *key_types;
    Vector *keys; /* of the batch in hand */
    uint32_t output_count;
    Vector *output;
    Arena *arena; /* of the batch that is emitted */
    AggregateStates states;
    bool direct_on;
    DirectKeys direct;
    uint8_t *seen; /* by slot: whether it has rows */
    GroupTable *table;
    DictionaryGroups dictionaries;
    uint64_t rows; /* taken since the table was empty */
    bool passing;
    AggregateStates single;  /* states of single rows, where passing */
    uint64_t next;           /* group or slot to emit */
    AggregateSpill *spill;   /* NULL until memory did not suffice */
    bool collects;           /* a call keeps all values: not `spill`, but this: */
    AggregateValues *values; /* NULL until memory did not suffice */
    size_t sorting;          /* charged for the sort of a group's values */
    uint32_t groups[BATCH_ROWS];
    uint64_t hashes[BATCH_ROWS];
} Aggregation;

/* aggregate.c: the next groups, with their keys, hashes and numbers, in memory of `arena`; none: 0. */
Status aggregation_list_groups(Aggregation *self, uint32_t *count, Error *error);
/* No groups any more; those to come are hashed. */
Status aggregation_start_anew(Aggregation *self, Error *error);
/* Take a batch: find or make its groups, spilling others where memory is out, and update their states. */
Status aggregation_take(Aggregation *self, const Batch *batch, Error *error);
/* Push the next groups downstream; *done where there are none. */
Status aggregation_emit_some(Aggregation *self, bool *done, bool *enough, Error *error);
size_t aggregation_bytes(const Aggregation *self);

/* aggregate_spill.c: groups leave as partials, apart by hash; at the end the parts are merged one by one, and
 * one that does not fit is parted again. */
bool aggregation_can_spill(const Aggregation *self);
Status aggregation_spill(Aggregation *self, Error *error);
/* A step of the end, where something was spilled. */
Status aggregation_finish_spilled(Aggregation *self, bool *done, Error *error);
void aggregate_spill_destroy(AggregateSpill **self);

/* aggregate_values.c: the same where calls keep all values, of which those of one group may not fit: they are
 * sorted outside of memory. */
Status aggregation_spill_values(Aggregation *self, Error *error);
Status aggregation_finish_values(Aggregation *self, bool *done, Error *error);
void aggregate_values_destroy(AggregateValues **self);

#endif
