/* Aggregations that outgrow their memory. Whenever it is out, all groups leave as partials (keys, hash,
 * partial columns: what a COMBINE gives) for SPILL_FANOUT parts by hash, and the table starts anew. At the
 * end what is left follows, and part by part is merged and emitted. A part that does not fit leaves again,
 * for parts of the next level. States are functions of the multiset of their inputs, so nothing of this
 * shows. */
#include "exec/aggregation.h"
#include "exec/spill.h"

#include <stdlib.h>

typedef struct PendingPart {
    Spill *spill;
    uint32_t level; /* that what does not fit of it is parted by */
} PendingPart;

struct AggregateSpill {
    uint32_t column_count;
    Type *types;
    Vector *columns;
    SpillPartitions *parts; /* of what is being taken; NULL: all of it is in memory */
    uint32_t level;         /* of them, or of those that would be made */
    SpillReader *reader;    /* of the part that is being merged */
    Spill *current;
    bool emitting;
    uint32_t pending_count;
    PendingPart pending[SPILL_FANOUT * SPILL_LEVELS];
};

void
aggregate_spill_destroy(AggregateSpill **self)
{
    AggregateSpill *spill = *self;

    if (spill == NULL)
        return;
    for (uint32_t i = 0; i < spill->pending_count; i++)
        spill_destroy(&spill->pending[i].spill);
    spill_reader_destroy(&spill->reader);
    spill_destroy(&spill->current);
    spill_partitions_destroy(&spill->parts);
    free(spill->types);
    free(spill->columns);
    free(spill);
    *self = NULL;
}

bool
aggregation_can_spill(const Aggregation *self)
{
    if (self->partials || self->rows == 0 || self->base.context->environment->scratch == NULL)
        return false;
    return self->spill == NULL || self->spill->level < SPILL_LEVELS;
}

static Status
prepare(Aggregation *self, Error *error)
{
    AggregateSpill *spill = calloc(1, sizeof *spill);
    uint32_t at = self->key_count;

    if (spill == NULL)
        return error_set_memory(error);
    self->spill = spill;
    spill->column_count = self->key_count + 1 + self->states.partial_count;
    spill->types = calloc(spill->column_count, sizeof(Type));
    spill->columns = calloc(spill->column_count, sizeof(Vector));
    if (spill->types == NULL || spill->columns == NULL)
        return error_set_memory(error);
    memcpy(spill->types, self->key_types, self->key_count * sizeof(Type));
    spill->types[at++] = type_of(TYPE_INT8);
    for (uint32_t i = 0; i < self->plan.call_count; i++) {
        const PlanAggregateCall *call = &self->plan.calls[i];
        at += call->aggregate->partial_types(call->argument_types, &spill->types[at]);
    }
    return STATUS_OK;
}

static Status
spill_listed(Aggregation *self, uint32_t count, Error *error)
{
    AggregateSpill *spill = self->spill;
    uint32_t at = self->key_count;

    memcpy(spill->columns, self->keys, self->key_count * sizeof(Vector));
    spill->columns[at++] = vector_flat(type_of(TYPE_INT8), self->hashes, NULL);
    TRY(aggregate_states_emit(&self->states, self->groups, count, self->arena, &spill->columns[at], error));
    const Batch batch = {
        .rows = count, .count = count, .column_count = spill->column_count, .columns = spill->columns};
    return spill_partitions_append(spill->parts, &batch, self->hashes, error);
}

Status
aggregation_spill(Aggregation *self, Error *error)
{
    uint32_t count = 0;

    if (self->spill == NULL)
        TRY(prepare(self, error));
    AggregateSpill *spill = self->spill;
    if (spill->parts == NULL)
        spill->parts = spill_partitions_new(&self->base, spill->column_count, spill->types, spill->level);
    if (spill->parts == NULL)
        return error_set_memory(error);
    if (self->table != NULL)
        group_table_seal(self->table);
    self->next = 0;
    do {
        TRY(operator_check_cancelled(&self->base, error));
        arena_reset(self->arena);
        TRY(aggregation_list_groups(self, &count, error));
        if (count > 0)
            TRY(spill_listed(self, count, error));
    } while (count > 0);
    return aggregation_start_anew(self, error);
}

/* All that was to be taken at this level has been: the parts wait for their turns. */
static Status
close_parts(Aggregation *self, Error *error)
{
    AggregateSpill *spill = self->spill;

    TRY(aggregation_spill(self, error));
    TRY(spill_partitions_close(spill->parts, error));
    for (uint32_t p = 0; p < SPILL_FANOUT; p++) {
        if (spill->parts->parts[p]->row_count == 0)
            continue;
        spill->pending[spill->pending_count++] = (PendingPart){spill->parts->parts[p], spill->level + 1};
        spill->parts->parts[p] = NULL;
    }
    spill_partitions_destroy(&spill->parts);
    return STATUS_OK;
}

static Status
open_part(Aggregation *self, Error *error)
{
    AggregateSpill *spill = self->spill;
    const PendingPart part = spill->pending[--spill->pending_count];

    spill->current = part.spill;
    spill->level = part.level;
    self->merging = true; /* whatever the phase: from here on rows are partials */
    for (uint32_t k = 0; k < self->key_count; k++)
        self->key_columns[k] = k;
    return spill_reader_new(&self->base, spill->current, true, &spill->reader, error);
}

static Status
merge_some(Aggregation *self, Error *error)
{
    AggregateSpill *spill = self->spill;
    Batch batch;
    bool end;

    TRY(spill_read_batch(spill->reader, &batch, &end, error));
    if (!end)
        return aggregation_take(self, &batch, error);
    spill_reader_destroy(&spill->reader);
    spill_destroy(&spill->current);
    if (spill->parts != NULL)
        return close_parts(self, error);
    spill->emitting = true;
    self->next = 0;
    return STATUS_OK;
}

static Status
emit_some(Aggregation *self, bool *done, Error *error)
{
    bool emitted = false;
    bool enough = false;

    TRY(aggregation_emit_some(self, &emitted, &enough, error));
    *done = enough;
    if (!emitted)
        return STATUS_OK;
    self->spill->emitting = false;
    return aggregation_start_anew(self, error);
}

Status
aggregation_finish_spilled(Aggregation *self, bool *done, Error *error)
{
    AggregateSpill *spill = self->spill;

    if (spill->parts != NULL && spill->reader == NULL)
        return close_parts(self, error);
    if (spill->reader != NULL)
        return merge_some(self, error);
    if (spill->emitting)
        return emit_some(self, done, error);
    if (spill->pending_count > 0)
        return open_part(self, error);
    *done = true;
    return STATUS_OK;
}
