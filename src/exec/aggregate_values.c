/* Groups and the items of their collections on their way to external sorts, where memory is out. */
#include "exec/aggregate_values.h"

#include "exec/gather.h"
#include "exec/spill.h"
#include "expr/collection.h"

#include <stdlib.h>

static void
destroy_rows(SortedRows *rows)
{
    sorter_destroy(&rows->sorter);
    free(rows->columns);
    free(rows->keys);
    free(rows->filling);
}

void
aggregate_values_destroy(AggregateValues **self)
{
    AggregateValues *values = *self;

    if (values == NULL)
        return;
    destroy_rows(&values->groups);
    destroy_rows(&values->items);
    arena_destroy(&values->arena);
    row_builder_destroy(&values->keys);
    row_builder_destroy(&values->results);
    arena_destroy(&values->result_arena);
    free(values->open_keys);
    free(values->result_types);
    free(values->result);
    free(values);
    *self = NULL;
}

/* ---- making ---- */

static Status
allocate_rows(const Aggregation *self, SortedRows *rows, uint32_t column_count, uint32_t key_count,
              Error *error)
{
    rows->column_count = column_count;
    rows->columns = calloc(column_count + 1, sizeof(PlanColumn));
    rows->keys = calloc(key_count + 1, sizeof(SortKey));
    rows->filling = calloc(column_count + 1, sizeof(Vector));
    if (rows->columns == NULL || rows->keys == NULL || rows->filling == NULL)
        return error_set_memory(error);
    for (uint32_t k = 0; k < self->key_count; k++)
        rows->columns[k] = (PlanColumn){.name = "key", .type = self->key_types[k]};
    for (uint32_t k = 0; k < key_count; k++)
        rows->keys[k] = (SortKey){.column = k};
    return STATUS_OK;
}

static Status
make_groups(Aggregation *self, SortedRows *groups, Error *error)
{
    uint32_t at = self->key_count;
    Type types[AGGREGATE_PARTIALS_MAX];

    TRY(allocate_rows(self, groups, self->key_count + self->states.partial_count, self->key_count, error));
    for (uint32_t i = 0; i < self->plan.call_count; i++) {
        const PlanAggregateCall *call = &self->plan.calls[i];
        const uint32_t count = call->aggregate->partial_types(call->argument_types, types);
        for (uint32_t j = 0; j < count; j++)
            groups->columns[at++] = (PlanColumn){.name = "partial", .type = types[j]};
    }
    return sorter_new(&self->base, groups->column_count, groups->columns, self->key_count, groups->keys,
                      &groups->sorter, error);
}

static Status
make_items(Aggregation *self, SortedRows *items, Error *error)
{
    const uint32_t count = self->key_count + ITEM_COLUMNS;
    PlanColumn *columns;

    TRY(allocate_rows(self, items, count, count, error));
    columns = items->columns + self->key_count;
    columns[ITEM_CALL] = (PlanColumn){.name = "call", .type = type_of(TYPE_INT4)};
    for (uint32_t i = ITEM_KEY; i < ITEM_COLUMNS; i++)
        columns[i] = (PlanColumn){.name = "item", .type = type_of(TYPE_BYTEA)};
    return sorter_new(&self->base, count, columns - self->key_count, count, items->keys, &items->sorter,
                      error);
}

static Status
make_results(Aggregation *self, AggregateValues *values, Error *error)
{
    Budget *in_hand = self->base.context->in_hand;
    const uint32_t count = self->key_count + self->plan.call_count;

    values->open_keys = calloc(self->key_count + 1, sizeof(Vector));
    values->result = calloc(count + 1, sizeof(Vector));
    values->result_types = calloc(count + 1, sizeof(Type));
    if (values->open_keys == NULL || values->result == NULL || values->result_types == NULL)
        return error_set_memory(error);
    memcpy(values->result_types, self->key_types, self->key_count * sizeof(Type));
    for (uint32_t i = 0; i < self->plan.call_count; i++)
        values->result_types[self->key_count + i] = self->plan.calls[i].type;
    values->arena = arena_new(in_hand);
    values->result_arena = arena_new(&self->budget);
    values->keys = row_builder_new(in_hand, self->key_count, self->key_types);
    values->results = row_builder_new(&self->budget, count, values->result_types);
    return values->arena != NULL && values->result_arena != NULL && values->keys != NULL &&
                   values->results != NULL
               ? STATUS_OK
               : error_set_memory(error);
}

static Status
prepare(Aggregation *self, Error *error)
{
    AggregateValues *values = calloc(1, sizeof *values);

    if (values == NULL)
        return error_set_memory(error);
    self->values = values;
    TRY(make_groups(self, &values->groups, error));
    TRY(make_items(self, &values->items, error));
    return make_results(self, values, error);
}

/* ---- leaving ---- */

/* Items of one call that wait for the sorter. */
typedef struct ItemBatch {
    uint32_t call;
    uint32_t count;
    uint32_t rows[BATCH_ROWS]; /* of the listed groups */
    StringView views[ITEM_COLUMNS][BATCH_ROWS];
} ItemBatch;

static Status
send_items(Aggregation *self, ItemBatch *items, Error *error)
{
    AggregateValues *values = self->values;
    Vector *columns = values->items.filling;
    const int32_t call = (int32_t)items->call;

    if (items->count == 0)
        return STATUS_OK;
    TRY(operator_check_cancelled(&self->base, error));
    arena_reset(values->arena);
    for (uint32_t k = 0; k < self->key_count; k++)
        TRY(gather_vector(&self->keys[k], items->rows, items->count, false, values->arena, &columns[k],
                          error));
    columns += self->key_count;
    columns[ITEM_CALL] = vector_constant(values->arena, type_of(TYPE_INT4), &call);
    for (uint32_t i = ITEM_KEY; i < ITEM_COLUMNS; i++)
        columns[i] = vector_flat(type_of(TYPE_BYTEA), items->views[i], NULL);
    const Batch batch = {.rows = items->count,
                         .count = items->count,
                         .column_count = values->items.column_count,
                         .columns = values->items.filling};
    items->count = 0;
    return sorter_add(values->items.sorter, &batch, error);
}

/* The items of the call's collections of listed groups leave. */
static Status
spill_call(Aggregation *self, ItemBatch *items, uint32_t count, Error *error)
{
    const AggregateStates *states = &self->states;

    for (uint32_t i = 0; i < count; i++) {
        const size_t group = self->key_count > 0 ? self->groups[i] : 0;
        char *state = states->memory + group * states->stride + states->offsets[items->call];
        CollectionCursor cursor = {0};
        CollectionItem item;
        while (collection_next((const Collection *)(void *)state, &cursor, &item)) {
            const uint32_t row = items->count++;
            items->rows[row] = i;
            items->views[ITEM_KEY][row] = string_view(item.key, item.key_size);
            items->views[ITEM_VALUE][row] = string_view(item.value, item.value_size);
            items->views[ITEM_SEPARATOR][row] = string_view(item.separator, item.separator_size);
            if (items->count == BATCH_ROWS)
                TRY(send_items(self, items, error));
        }
    }
    TRY(send_items(self, items, error));
    for (uint32_t i = 0; i < count; i++) {
        const size_t group = self->key_count > 0 ? self->groups[i] : 0;
        collection_forget(
            (Collection *)(void *)(states->memory + group * states->stride + states->offsets[items->call]));
    }
    return STATUS_OK;
}

static Status
spill_listed(Aggregation *self, ItemBatch *items, uint32_t count, Error *error)
{
    SortedRows *groups = &self->values->groups;

    for (uint32_t i = 0; i < self->plan.call_count; i++) {
        if (self->plan.calls[i].aggregate->collection == NULL || self->states.shared[i])
            continue;
        items->call = i;
        TRY(spill_call(self, items, count, error));
    }
    memcpy(groups->filling, self->keys, self->key_count * sizeof(Vector));
    TRY(aggregate_states_emit(&self->states, self->key_count > 0 ? self->groups : NULL, count, self->arena,
                              groups->filling + self->key_count, error));
    const Batch batch = {
        .rows = count, .count = count, .column_count = groups->column_count, .columns = groups->filling};
    return sorter_add(groups->sorter, &batch, error);
}

static Status
spill_all(Aggregation *self, ItemBatch *items, Error *error)
{
    uint32_t count = 1;

    if (self->key_count == 0) {
        arena_reset(self->arena);
        return spill_listed(self, items, 1, error);
    }
    if (self->table != NULL)
        group_table_seal(self->table);
    self->next = 0;
    while (count > 0) {
        TRY(operator_check_cancelled(&self->base, error));
        arena_reset(self->arena);
        TRY(aggregation_list_groups(self, &count, error));
        if (count > 0)
            TRY(spill_listed(self, items, count, error));
    }
    return STATUS_OK;
}

Status
aggregation_spill_values(Aggregation *self, Error *error)
{
    if (self->values == NULL)
        TRY(prepare(self, error));
    ItemBatch *items = malloc(sizeof *items);
    if (items == NULL)
        return error_set_memory(error);
    items->count = 0;
    const Status status = spill_all(self, items, error);
    free(items);
    return status == STATUS_OK ? aggregation_start_anew(self, error) : status;
}

/* ---- the end ---- */

static Status
sort_some(SortedRows *rows, Error *error)
{
    return sorter_finish(rows->sorter, &rows->sorted, error);
}

Status
aggregation_finish_values(Aggregation *self, bool *done, Error *error)
{
    AggregateValues *values = self->values;

    if (values->ready)
        return aggregate_values_read(self, done, error);
    if (self->rows > 0)
        return aggregation_spill_values(self, error);
    if (!values->items.sorted)
        return sort_some(&values->items, error);
    if (!values->groups.sorted)
        return sort_some(&values->groups, error);
    values->ready = true;
    aggregate_states_release(&self->states);
    return aggregate_states_reserve(&self->states, 1, error);
}
