/* Groups and their items in the order of the groups: states merged, items gathered, results emitted. */
#include "exec/aggregate_values.h"
#include "exec/window_chunk.h"
#include "expr/collection.h"

#include <stdlib.h>

enum { RESULT_BYTES = 256 << 10 };

/* The next row, in rows->batch at *row; *end: there is none. */
static Status
next_row(const Aggregation *self, SortedRows *rows, uint32_t *row, bool *end, Error *error)
{
    *end = false;
    while (!*end && rows->next == rows->batch.count) {
        TRY(operator_check_cancelled(&self->base, error));
        rows->next = 0;
        TRY(sorter_next(rows->sorter, &rows->batch, end, error));
    }
    if (!*end)
        *row = batch_row(&rows->batch, rows->next++);
    return STATUS_OK;
}

/* ---- items ---- */

/* The results of all calls that share a state. */
typedef struct Sharers {
    uint32_t count;
    uint64_t end; /* of the items that one of them needs */
    Gathering *gatherings;
    AggregateOutput *outputs;
} Sharers;

static bool
shares_state(const AggregateStates *states, uint32_t owner, uint32_t index)
{
    return index == owner || (states->shared[index] && states->offsets[index] == states->offsets[owner]);
}

static Status
begin_sharers(Aggregation *self, uint32_t owner, Sharers *sharers, Error *error)
{
    AggregateValues *values = self->values;

    for (uint32_t i = owner; i < self->plan.call_count; i++) {
        if (!shares_state(&self->states, owner, i))
            continue;
        const uint32_t at = sharers->count++;
        sharers->outputs[at] = aggregate_states_output(&self->states, i, NULL, 1, values->result_arena,
                                                       &values->result[self->key_count + i], error);
        TRY(gathering_begin(&sharers->gatherings[at], &sharers->outputs[at]));
        if (sharers->gatherings[at].end > sharers->end)
            sharers->end = sharers->gatherings[at].end;
    }
    return STATUS_OK;
}

static CollectionItem
read_item(const SortedRows *rows, uint32_t key_count, uint32_t row)
{
    const StringView *views[ITEM_COLUMNS];

    for (uint32_t i = ITEM_KEY; i < ITEM_COLUMNS; i++) {
        const Vector *column = &rows->batch.columns[key_count + i];
        views[i] = &((const StringView *)vector_values(column))[vector_index(column, row)];
    }
    return (CollectionItem){.key = string_view_data(views[ITEM_KEY]),
                            .key_size = views[ITEM_KEY]->size,
                            .value = string_view_data(views[ITEM_VALUE]),
                            .value_size = views[ITEM_VALUE]->size,
                            .separator = string_view_data(views[ITEM_SEPARATOR]),
                            .separator_size = views[ITEM_SEPARATOR]->size};
}

/* The group's items of a call are the next ones: all of them are read, those that are needed are given. */
static Status
gather_items(Aggregation *self, const Collection *collection, Sharers *sharers, Error *error)
{
    SortedRows *items = &self->values->items;

    for (uint64_t i = 0; i < collection->count; i++) {
        uint32_t row;
        bool end;
        TRY(next_row(self, items, &row, &end, error));
        if (end)
            return error_set(error, STATUS_INTERNAL, "values of a group are missing");
        if (i >= sharers->end)
            continue;
        const CollectionItem item = read_item(items, self->key_count, row);
        for (uint32_t j = 0; j < sharers->count; j++) {
            Gathering *gathering = &sharers->gatherings[j];
            if (i >= gathering->first && i < gathering->end)
                TRY(gathering_take(gathering, &item));
        }
    }
    for (uint32_t j = 0; j < sharers->count; j++)
        TRY(gathering_end(&sharers->gatherings[j]));
    return STATUS_OK;
}

static Status
finish_collection(Aggregation *self, uint32_t owner, Error *error)
{
    const Collection *collection =
        (const Collection *)(const void *)(self->states.memory + self->states.offsets[owner]);
    Sharers sharers = {.gatherings = calloc(self->plan.call_count, sizeof(Gathering)),
                       .outputs = calloc(self->plan.call_count, sizeof(AggregateOutput))};
    Status status = sharers.gatherings == NULL || sharers.outputs == NULL
                        ? error_set_memory(error)
                        : begin_sharers(self, owner, &sharers, error);

    if (status == STATUS_OK)
        status = gather_items(self, collection, &sharers, error);
    for (uint32_t i = 0; i < sharers.count; i++)
        gathering_destroy(&sharers.gatherings[i]);
    free(sharers.gatherings);
    free(sharers.outputs);
    return status;
}

/* ---- groups ---- */

static Status
emit_results(Aggregation *self, bool *enough, Error *error)
{
    AggregateValues *values = self->values;
    Batch batch;

    if (row_builder_rows(values->results) == 0)
        return STATUS_OK;
    row_builder_batch(values->results, 0, (uint32_t)row_builder_rows(values->results), self->output, &batch);
    TRY(operator_emit(&self->base, &batch, enough, error));
    row_builder_clear(values->results);
    return STATUS_OK;
}

/* The open group is whole: its results become a row. */
static Status
close_group(Aggregation *self, bool *enough, Error *error)
{
    AggregateValues *values = self->values;
    const uint32_t columns = self->key_count + self->plan.call_count;

    arena_reset(values->result_arena);
    memcpy(values->result, values->open_keys, self->key_count * sizeof(Vector));
    for (uint32_t i = 0; i < self->plan.call_count; i++) {
        AggregateOutput output = aggregate_states_output(&self->states, i, NULL, 1, values->result_arena,
                                                         &values->result[self->key_count + i], error);
        if (output.aggregate->collection == NULL)
            TRY(output.aggregate->finish(&output));
        else if (!self->states.shared[i])
            TRY(finish_collection(self, i, error));
    }
    const Batch batch = {.rows = 1, .count = 1, .column_count = columns, .columns = values->result};
    TRY(row_builder_append(values->results, &batch, NULL, 0, error));
    aggregate_states_clear(&self->states, 1);
    values->open = false;
    if (row_builder_rows(values->results) < self->base.context->batch_rows &&
        row_builder_size(values->results) < RESULT_BYTES)
        return STATUS_OK;
    return emit_results(self, enough, error);
}

static bool
is_of_open_group(const Aggregation *self, uint32_t row)
{
    const AggregateValues *values = self->values;

    for (uint32_t k = 0; k < self->key_count; k++)
        if (window_rows_differ(&values->groups.batch.columns[k], row, &values->open_keys[k], 0))
            return false;
    return true;
}

static Status
open_group(Aggregation *self, uint32_t row, Error *error)
{
    AggregateValues *values = self->values;
    Batch keys = values->groups.batch;

    values->open = true;
    keys.column_count = self->key_count;
    row_builder_clear(values->keys);
    if (self->key_count > 0)
        TRY(row_builder_append(values->keys, &keys, &row, 1, error));
    for (uint32_t k = 0; k < self->key_count; k++)
        values->open_keys[k] = row_builder_column(values->keys, k);
    return STATUS_OK;
}

static Status
merge_row(Aggregation *self, uint32_t row, Error *error)
{
    const Batch *rows = &self->values->groups.batch;
    const Batch batch = {.rows = rows->rows,
                         .count = 1,
                         .selection = &row,
                         .column_count = rows->column_count,
                         .columns = rows->columns};

    return aggregate_states_merge(&self->states, &batch, self->key_count, NULL, error);
}

Status
aggregate_values_read(Aggregation *self, bool *done, Error *error)
{
    AggregateValues *values = self->values;
    bool enough = false;
    bool end;
    uint32_t row;

    TRY(next_row(self, &values->groups, &row, &end, error));
    if (values->open && (end || !is_of_open_group(self, row)))
        TRY(close_group(self, &enough, error));
    if (end && !enough)
        TRY(emit_results(self, &enough, error));
    *done = end || enough;
    if (*done)
        return STATUS_OK;
    if (!values->open)
        TRY(open_group(self, row, error));
    return merge_row(self, row, error);
}
