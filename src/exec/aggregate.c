/* AGGREGATE in all its phases, and DISTINCT, which is an aggregation without calls.
 *
 * Rows get group numbers in one of three ways: none (no keys: one group), by direct addressing
 * (exec/direct_keys.h), or by hash (exec/group_table.h, with exec/dictionary_groups.h before it); the states
 * of the groups are updated a call at a time. A key outside the bounds that statistics gave turns direct
 * addressing into hashing. A partial aggregation that does not reduce passes rows on as partials of one row
 * each; one that runs out of memory sends what it has and starts anew. Others spill (aggregate_spill.c,
 * aggregate_values.c). */
#include "exec/aggregation.h"
#include "exec/operators.h"

#include "base/pages.h"
#include "exec/gather.h"
#include "exec/spill.h"
#include "expr/collection.h"

#include <stdlib.h>

enum {
    DIRECT_SLOTS_MOST = 16 << 20,
    DIRECT_SLOTS_SMALL = 64 << 10, /* so many are always worth it */
    DIRECT_SLOTS_PER_GROUP = 16,   /* sparser domains are hashed */
    ADAPT_BATCHES = 32,            /* of rows before a partial aggregation may be given up */
    ADAPT_BATCHES_MORE = 512,
    VALUES_BYTES = 4 << 20, /* kept by partial aggregations before they leave, where groups have many */
    VALUES_BYTES_A_GROUP = 16 << 10
};

/* ---- output ---- */

/* Push rows of `keys`, hashes and states. */
static Status
emit_states(Aggregation *self, AggregateStates *states, const Vector *keys, const uint64_t *hashes,
            const uint32_t *groups, uint32_t count, bool *enough, Error *error)
{
    uint32_t at = self->key_count;

    for (uint32_t k = 0; k < self->key_count; k++)
        self->output[k] = keys[k];
    if (self->partials) {
        if (self->key_count > 0)
            self->output[at++] = vector_flat(type_of(TYPE_INT8), hashes, NULL);
        TRY(aggregate_states_emit(states, groups, count, self->arena, &self->output[at], error));
    } else {
        TRY(aggregate_states_finish(states, groups, count, self->arena, &self->output[at], error));
    }
    const Batch batch = {
        .rows = count, .count = count, .column_count = self->output_count, .columns = self->output};
    return operator_emit(&self->base, &batch, enough, error);
}

/* The next slots that have rows. */
static uint32_t
list_slots(Aggregation *self, uint32_t *slots, uint32_t most)
{
    uint32_t count = 0;

    for (; self->next < self->direct.slot_count && count < most; self->next++) {
        slots[count] = (uint32_t)self->next;
        count += self->seen[self->next];
    }
    return count;
}

/* The next groups, with their keys and (for partials) hashes. */
Status
aggregation_list_groups(Aggregation *self, uint32_t *count, Error *error)
{
    const uint32_t most = self->base.context->batch_rows;

    if (self->direct_on) {
        *count = list_slots(self, self->groups, most);
        TRY(direct_keys_restore(&self->direct, self->groups, *count, self->arena, self->keys, error));
        group_hash(self->keys, self->key_count, NULL, *count, self->hashes);
        return STATUS_OK;
    }
    /* where memory was refused, groups may have been made that have no states, and no rows */
    const uint64_t made = group_table_count(self->table);
    const uint64_t listed =
        self->states.stride == 0 || made < self->states.capacity ? made : self->states.capacity;
    const uint64_t left = listed - self->next;
    *count = left < most ? (uint32_t)left : most;
    for (uint32_t i = 0; i < *count; i++)
        self->groups[i] = (uint32_t)self->next + i;
    for (uint32_t k = 0; k < self->key_count; k++) {
        const Vector whole = group_table_key(self->table, k);
        TRY(gather_vector(&whole, self->groups, *count, false, self->arena, &self->keys[k], error));
    }
    memcpy(self->hashes, group_table_hashes(self->table) + self->next, *count * sizeof(uint64_t));
    self->next += *count;
    return STATUS_OK;
}

Status
aggregation_emit_some(Aggregation *self, bool *done, bool *enough, Error *error)
{
    uint32_t count = 1;

    arena_reset(self->arena);
    if (self->key_count == 0) {
        TRY(aggregate_states_reserve(&self->states, 1, error));
        *done = true;
        return emit_states(self, &self->states, NULL, NULL, NULL, 1, enough, error);
    }
    TRY(aggregation_list_groups(self, &count, error));
    *done = count == 0;
    if (count == 0)
        return STATUS_OK;
    return emit_states(self, &self->states, self->keys, self->hashes, self->groups, count, enough, error);
}

static void
drop_direct(Aggregation *self)
{
    budget_release(&self->budget, self->direct.slot_count);
    free(self->seen);
    self->seen = NULL;
    self->direct_on = false;
}

Status
aggregation_start_anew(Aggregation *self, Error *error)
{
    self->next = 0;
    self->rows = 0;
    if (self->direct_on)
        drop_direct(self);
    dictionary_groups_forget(&self->dictionaries);
    aggregate_states_release(&self->states);
    group_table_destroy(&self->table);
    if (self->key_count == 0)
        return STATUS_OK;
    self->table = group_table_new(&self->budget, self->key_count, self->key_types);
    return self->table != NULL ? STATUS_OK : error_set_memory(error);
}

/* Send all groups and start anew: partials may come in several parts. */
static Status
flush(Aggregation *self, Error *error)
{
    bool done = false;
    bool enough = false;

    if (self->table != NULL)
        group_table_seal(self->table); /* what sending needs must fit into what that gives back */
    self->next = 0;
    while (!done && !enough)
        TRY(aggregation_emit_some(self, &done, &enough, error));
    return aggregation_start_anew(self, error);
}

/* ---- groups of rows ---- */

static void
find_hashes(Aggregation *self, const Batch *batch)
{
    if (!self->merging) {
        group_hash(self->keys, self->key_count, batch->selection, batch->count, self->hashes);
        return;
    }
    const Vector *column = &batch->columns[self->key_count];
    const int64_t *values = vector_values(column);
    for (uint32_t i = 0; i < batch->count; i++)
        self->hashes[i] = (uint64_t)values[vector_index(column, batch_row(batch, i))];
}

static Status
hash_groups(Aggregation *self, const Batch *batch, Error *error)
{
    const GroupRows rows = {.keys = self->keys,
                            .rows = batch->rows,
                            .selection = batch->selection,
                            .count = batch->count,
                            .hashes = self->hashes};
    bool served;

    TRY(dictionary_groups_insert(&self->dictionaries, self->table, &rows, self->key_count, self->groups,
                                 &served, error));
    if (!served) {
        find_hashes(self, batch);
        TRY(group_table_insert(self->table, &rows, self->groups, error));
    }
    TRY(aggregate_states_reserve(&self->states, group_table_count(self->table), error));
    aggregate_states_prefetch(&self->states, self->groups, batch->count);
    return STATUS_OK;
}

/* Move `count` listed slots with their keys into the table, and their states into `states`. */
static Status
move_slots(Aggregation *self, AggregateStates *states, uint32_t count, Error *error)
{
    uint32_t groups[BATCH_ROWS];
    const GroupRows rows = {.keys = self->keys, .rows = count, .count = count, .hashes = self->hashes};

    TRY(group_table_insert(self->table, &rows, groups, error));
    TRY(aggregate_states_reserve(states, group_table_count(self->table), error));
    for (uint32_t i = 0; i < count; i++)
        memcpy(states->memory + groups[i] * states->stride,
               self->states.memory + self->groups[i] * states->stride, states->stride);
    return STATUS_OK;
}

/* A key came that is outside of its bounds: go on by hash. States can be moved, since they are plain memory.
 */
static Status
leave_direct(Aggregation *self, Error *error)
{
    AggregateStates moved = self->states;
    Vector keys[DIRECT_KEYS_MAX];
    uint32_t count = 0;
    Status status = STATUS_OK;

    memcpy(keys, self->keys, self->key_count * sizeof(Vector)); /* of the batch in hand */
    moved.memory = NULL;
    moved.capacity = 0;
    self->table = group_table_new(&self->budget, self->key_count, self->key_types);
    if (self->table == NULL)
        return error_set_memory(error);
    self->next = 0;
    do {
        arena_reset(self->arena);
        TRY_GOTO(aggregation_list_groups(self, &count, error), fail);
        TRY_GOTO(move_slots(self, &moved, count, error), fail);
    } while (count > 0);
    self->next = 0;
    memcpy(self->keys, keys, self->key_count * sizeof(Vector));
    drop_direct(self);
    budget_release(self->states.budget, self->states.capacity * self->states.stride);
    free(self->states.memory);
    self->states = moved;
    return STATUS_OK;
fail:
    budget_release(moved.budget, moved.capacity * moved.stride);
    free(moved.memory);
    return status;
}

static Status
find_groups(Aggregation *self, const Batch *batch, Error *error)
{
    if (self->direct_on) {
        if (direct_keys_find(&self->direct, self->keys, batch->selection, batch->count, self->groups)) {
            aggregate_states_prefetch(&self->states, self->groups, batch->count);
            for (uint32_t i = 0; i < batch->count; i++)
                self->seen[self->groups[i]] = 1;
            return STATUS_OK;
        }
        TRY(leave_direct(self, error));
    }
    return hash_groups(self, batch, error);
}

/* ---- input ---- */

static Status
take_rows(Aggregation *self, AggregateStates *states, const Batch *batch, const uint32_t *groups,
          Error *error)
{
    if (!self->merging)
        return aggregate_states_update(states, batch, groups, error);
    return aggregate_states_merge(states, batch, self->key_count + (self->key_count > 0), groups, error);
}

/* Each row becomes a partial of its own. */
static Status
pass_rows(Aggregation *self, const Batch *batch, bool *enough, Error *error)
{
    uint32_t rows[BATCH_ROWS];

    arena_reset(self->arena);
    TRY(aggregate_states_reserve(&self->single, BATCH_ROWS, error));
    aggregate_states_clear(&self->single, batch->count);
    for (uint32_t i = 0; i < batch->count; i++) {
        self->groups[i] = i;
        rows[i] = batch_row(batch, i);
    }
    find_hashes(self, batch);
    TRY(take_rows(self, &self->single, batch, self->groups, error));
    for (uint32_t k = 0; k < self->key_count; k++)
        TRY(gather_vector(&self->keys[k], rows, batch->count, false, self->arena, &self->keys[k], error));
    return emit_states(self, &self->single, self->keys, self->hashes, self->groups, batch->count, enough,
                       error);
}

/* Whether nearly every row is a group of its own, as far as the rows so far can tell. The groups among n rows
 * of a uniform domain of D values are about n(1 - n/2D): early on only a domain many times larger than the
 * rows shows. */
static bool
does_not_reduce(const Aggregation *self)
{
    const uint64_t groups = self->table != NULL ? group_table_count(self->table) : 0;
    const uint64_t batches = self->rows / self->base.context->batch_rows;

    return (batches >= ADAPT_BATCHES && groups > self->rows / 1000 * 995) ||
           (batches >= ADAPT_BATCHES_MORE && groups > self->rows / 10 * 9);
}

size_t
aggregation_bytes(const Aggregation *self)
{
    return aggregate_states_bytes(&self->states) + (self->direct_on ? self->direct.slot_count : 0) +
           (self->table != NULL ? group_table_bytes(self->table) : 0);
}

static bool
can_flush(const Aggregation *self)
{
    return self->partials && self->table != NULL && !self->direct_on && self->rows > 0;
}

static void
set_batch_keys(Aggregation *self, const Batch *batch)
{
    for (uint32_t k = 0; k < self->key_count; k++)
        self->keys[k] = batch->columns[self->key_columns[k]];
}

/* Once values are sorted outside, the memory is the sort's. */
static bool
is_due(const Aggregation *self)
{
    const size_t held = aggregation_bytes(self);

    return spill_is_due(&self->base, held) || (self->values != NULL && held > VALUES_BYTES);
}

static Status
relieve(Aggregation *self, Error *error)
{
    if (self->partials)
        return flush(self, error);
    return self->collects ? aggregation_spill_values(self, error) : aggregation_spill(self, error);
}

/* Where memory is out, or nearly so, what is held goes downstream as partials, or to the disk. */
static Status
find_groups_or_relieve(Aggregation *self, const Batch *batch, Error *error)
{
    Error first = {0};
    const Status status = find_groups(self, batch, &first);
    const bool relievable = can_flush(self) || aggregation_can_spill(self);

    if (status == STATUS_OK && !(relievable && is_due(self)))
        return STATUS_OK;
    if (status != STATUS_OK && (status != STATUS_OUT_OF_MEMORY || !relievable))
        return error_copy(error, &first);
    /* groups without rows may have been made: they carry empty states, which change nothing */
    TRY(aggregate_states_reserve(&self->states, 1, error));
    TRY(relieve(self, error));
    set_batch_keys(self, batch);
    return find_groups(self, batch, error);
}

Status
aggregation_take(Aggregation *self, const Batch *batch, Error *error)
{
    set_batch_keys(self, batch);
    TRY(find_groups_or_relieve(self, batch, error));
    TRY(take_rows(self, &self->states, batch, self->groups, error));
    self->rows += batch->count;
    operator_note_memory(&self->base, aggregation_bytes(self));
    return STATUS_OK;
}

/* Values of few groups leave while they are few: merging them costs nothing, whatever parts they come in. */
static bool
holds_many_values(const Aggregation *self)
{
    const size_t bytes = arena_bytes(self->states.arena);
    const uint64_t groups = self->table != NULL ? group_table_count(self->table) : 1;

    return self->collects && self->partials && !self->direct_on && bytes > VALUES_BYTES &&
           bytes / VALUES_BYTES_A_GROUP > groups;
}

/* Rows of the only group. */
static Status
take_single(Aggregation *self, const Batch *batch, Error *error)
{
    if (self->collects && self->rows > 0 && is_due(self) && (self->partials || aggregation_can_spill(self)))
        TRY(relieve(self, error));
    TRY(aggregate_states_reserve(&self->states, 1, error));
    TRY(take_rows(self, &self->states, batch, NULL, error));
    self->rows += batch->count;
    return STATUS_OK;
}

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Aggregation *self = (Aggregation *)base;

    if (self->key_count == 0) {
        TRY(take_single(self, batch, error));
        return holds_many_values(self) ? flush(self, error) : STATUS_OK;
    }
    if (self->passing) {
        set_batch_keys(self, batch);
        return pass_rows(self, batch, enough, error);
    }
    TRY(aggregation_take(self, batch, error));
    if (holds_many_values(self))
        return flush(self, error);
    self->passing = self->partials && does_not_reduce(self);
    return STATUS_OK;
}

/* What sorting the values of the largest group takes; where that does not fit, they are sorted on disk. */
static Status
make_room_to_sort(Aggregation *self, Error *error)
{
    const AggregateStates *states = &self->states;
    uint64_t most = 0;

    if (self->sorting > 0)
        return STATUS_OK;
    for (uint32_t i = 0; i < states->call_count; i++) {
        if (states->calls[i].aggregate->collection == NULL)
            continue;
        for (uint64_t group = 0; group < states->capacity; group++) {
            const char *state = states->memory + group * states->stride + states->offsets[i];
            const uint64_t bytes = collection_sort_bytes((const Collection *)(const void *)state);
            most = bytes > most ? bytes : most;
        }
    }
    if (budget_charge(&self->budget, most))
        self->sorting = most;
    else if (aggregation_can_spill(self))
        return aggregation_spill_values(self, error);
    else
        return error_set_memory(error);
    return STATUS_OK;
}

static Status
finish(Operator *base, bool *done, Error *error)
{
    Aggregation *self = (Aggregation *)base;

    bool enough = false;

    if (self->values == NULL && self->collects && !self->partials && self->next == 0)
        TRY(make_room_to_sort(self, error));
    if (self->values != NULL)
        return aggregation_finish_values(self, done, error);
    if (self->spill != NULL)
        return aggregation_finish_spilled(self, done, error);
    TRY(aggregation_emit_some(self, done, &enough, error));
    *done |= enough;
    return STATUS_OK;
}

static void
destroy(Operator *base)
{
    Aggregation *self = (Aggregation *)base;

    if (self->seen != NULL)
        drop_direct(self);
    group_table_destroy(&self->table);
    dictionary_groups_destroy(&self->dictionaries);
    aggregate_states_destroy(&self->states);
    aggregate_states_destroy(&self->single);
    aggregate_spill_destroy(&self->spill);
    aggregate_values_destroy(&self->values);
    budget_release(&self->budget, self->sorting);
    arena_destroy(&self->arena);
    free(self->key_columns);
    free(self->key_types);
    free(self->keys);
    free(self->output);
    free(self);
}

static const OperatorClass aggregate_class = {
    .name = "aggregate", .push = push, .finish = finish, .destroy = destroy};

/* ---- making ---- */

static uint64_t
most_slots(const Aggregation *self, uint32_t partition_count)
{
    const double groups = self->plan.estimated_groups / partition_count;
    const size_t bytes = self->states.stride + 1;
    const Budget *budget = self->base.context->environment->budget;
    const uint64_t affordable =
        budget == NULL || budget->limit == SIZE_MAX ? DIRECT_SLOTS_MOST : budget->limit / 8 / bytes;
    uint64_t most = affordable < DIRECT_SLOTS_MOST ? affordable : DIRECT_SLOTS_MOST;

    if (groups > 0 && groups * DIRECT_SLOTS_PER_GROUP < (double)most)
        most = (uint64_t)(groups * DIRECT_SLOTS_PER_GROUP);
    if (most < DIRECT_SLOTS_SMALL && affordable >= DIRECT_SLOTS_SMALL)
        most = DIRECT_SLOTS_SMALL;
    return most;
}

/* Address directly where that fits; where memory is refused, hashing begins smaller. */
static void
choose_direct(Aggregation *self, const PlanNode *node)
{
    const OperatorContext *context = self->base.context;
    Budget *budget = &self->budget;
    const uint32_t tasks = context->plan->stages[context->stage].task_count;
    ColumnBound min[DIRECT_KEYS_MAX];
    ColumnBound max[DIRECT_KEYS_MAX];

    if (node->kind != PLAN_AGGREGATE || self->key_count > DIRECT_KEYS_MAX)
        return;
    for (uint32_t k = 0; k < self->key_count; k++)
        plan_task_key_bounds(node, k, context->task, &min[k], &max[k]);
    if (!direct_keys_plan(self->key_count, self->key_types, min, max,
                          most_slots(self, self->merging ? tasks : 1), &self->direct) ||
        !budget_charge(budget, self->direct.slot_count))
        return;
    self->seen = calloc(self->direct.slot_count, 1);
    pages_advise_huge(self->seen, self->direct.slot_count);
    if (self->seen == NULL) {
        budget_release(budget, self->direct.slot_count);
        return;
    }
    self->direct_on = true;
    if (aggregate_states_reserve(&self->states, self->direct.slot_count, NULL) != STATUS_OK)
        drop_direct(self);
}

static Status
set_keys(Aggregation *self, const PlanNode *node, Error *error)
{
    const PlanNode *input = node->children[0];

    self->key_columns = calloc(self->key_count + 1, sizeof(uint32_t));
    self->key_types = calloc(self->key_count + 1, sizeof(Type));
    self->keys = calloc(self->key_count + 1, sizeof(Vector));
    if (self->key_columns == NULL || self->key_types == NULL || self->keys == NULL)
        return error_set_memory(error);
    for (uint32_t k = 0; k < self->key_count; k++) {
        self->key_columns[k] = self->merging || self->plan.keys == NULL ? k : self->plan.keys[k];
        self->key_types[k] = input->columns[self->key_columns[k]].type;
    }
    return STATUS_OK;
}

static Status
prepare(Aggregation *self, const PlanNode *node, Error *error)
{
    Budget *budget = &self->budget;

    TRY(set_keys(self, node, error));
    Budget *in_hand = self->base.context->in_hand;
    TRY(aggregate_states_init(&self->states, &self->plan, budget, error));
    TRY(aggregate_states_init(&self->single, &self->plan, budget, error));
    /* What hangs off the states grows by a batch before it is looked at. Of one group nothing but values
     * could be spilled. */
    if (self->key_count > 0 || self->collects) {
        TRY(aggregate_states_charge(&self->states, in_hand, error));
        TRY(aggregate_states_charge(&self->single, in_hand, error));
    }
    self->dictionaries.budget = budget;
    self->arena = arena_new(in_hand);
    const bool hash = self->partials && self->key_count > 0;
    self->output_count =
        self->key_count + hash + (self->partials ? self->states.partial_count : self->plan.call_count);
    self->output = calloc(self->output_count + 1, sizeof(Vector));
    if (self->arena == NULL || self->output == NULL)
        return error_set_memory(error);
    if (self->key_count == 0)
        return STATUS_OK;
    choose_direct(self, node);
    if (!self->direct_on)
        self->table = group_table_new(budget, self->key_count, self->key_types);
    return self->direct_on || self->table != NULL ? STATUS_OK : error_set_memory(error);
}

static Status
make(OperatorContext *context, const PlanNode *node, const PlanAggregate *plan, Operator **made, Error *error)
{
    Aggregation *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &aggregate_class, context, node->id);
    budget_init_floor(&self->budget, context->budget, SPILL_FLOOR_BYTES);
    self->plan = *plan;
    self->merging = plan->phase == AGGREGATE_COMBINE || plan->phase == AGGREGATE_FINAL;
    self->partials = plan->phase == AGGREGATE_COMBINE || plan->phase == AGGREGATE_PARTIAL;
    self->key_count = plan->key_count;
    for (uint32_t i = 0; i < plan->call_count; i++)
        self->collects = self->collects || plan->calls[i].aggregate->collection != NULL;
    const Status status = prepare(self, node, error);
    if (status != STATUS_OK) {
        destroy(&self->base);
        return status;
    }
    *made = &self->base;
    return STATUS_OK;
}

Status
aggregate_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error)
{
    return make(context, node, &node->aggregate, made, error);
}

Status
distinct_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error)
{
    /* `keys` NULL: all columns in their order */
    const PlanAggregate plan = {
        .phase = AGGREGATE_SINGLE, .key_count = node->column_count, .estimated_groups = node->estimated_rows};

    return make(context, node, &plan, made, error);
}
