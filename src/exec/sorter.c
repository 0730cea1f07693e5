/* Rows are kept whole; items of key prefix and row number are sorted, and the rows gathered in their order.
 *
 * The end runs in steps: short runs are sorted one by one, then merged pairwise, some tens of thousand items
 * a step. Where memory is out before the end, what is held is sorted and written as a run, and memory starts
 * anew; the runs are merged at the end, in passes where they are many. */
#include "exec/sorter.h"

#include "column/builder.h"
#include "exec/gather.h"
#include "exec/run_merge.h"

#include <stdlib.h>

enum { RUN_ITEMS = 1 << 13, STEP_ITEMS = 1 << 15, ROW_ITEMS_BYTES = 2 * sizeof(SortItem) };

typedef enum SorterPhase { SORTER_START, SORTER_RUNS, SORTER_MERGE, SORTER_SORTED } SorterPhase;

struct Sorter {
    Operator *owner;
    Budget budget; /* of the rows: part of the task's */
    uint32_t column_count;
    Type *types;
    SortOrder *order;
    RowBuilder *rows;
    Vector *whole; /* the builder's columns, once complete */
    Vector *gathered;
    Arena *arena; /* of the batch that is given */
    uint64_t to_skip;
    size_t charged; /* for two items a row */

    SorterPhase phase; /* of what is in memory */
    size_t count;
    SortItem *items;
    SortItem *other;
    size_t next;       /* run or output row to do next */
    size_t run_length; /* of the runs being merged */
    SortMerge merge;   /* in progress where merge.count > 0 */

    Spill **runs; /* on disk */
    uint32_t run_count;
    uint32_t run_room;
    RunMerge *run_merge; /* of the last pass, or of one that makes `merged` */
    Spill *merged;
};

/* ---- what is in memory ---- */

static Status
start(Sorter *self, Error *error)
{
    const size_t bytes = row_builder_rows(self->rows) * sizeof(SortItem);

    self->count = row_builder_rows(self->rows);
    self->items = malloc(bytes + 1);
    self->other = malloc(bytes + 1);
    if (self->items == NULL || self->other == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < self->column_count; i++)
        self->whole[i] = row_builder_column(self->rows, i);
    self->next = 0;
    self->phase = SORTER_RUNS;
    return STATUS_OK;
}

static void
sort_run(Sorter *self)
{
    const size_t left = self->count - self->next;
    const size_t count = left < RUN_ITEMS ? left : RUN_ITEMS;
    SortItem *items = self->items + self->next;

    for (size_t i = 0; i < count; i += BATCH_ROWS) {
        uint32_t rows[BATCH_ROWS];
        const uint32_t some = count - i < BATCH_ROWS ? (uint32_t)(count - i) : BATCH_ROWS;
        for (uint32_t k = 0; k < some; k++)
            rows[k] = (uint32_t)(self->next + i + k);
        sort_order_encode(self->order, self->whole, rows, some, 0, items + i);
    }
    sort_items(self->order, self->whole, items, self->other + self->next, count);
    self->next += count;
    if (self->next < self->count)
        return;
    self->next = 0;
    self->run_length = RUN_ITEMS;
    self->phase = SORTER_MERGE;
}

/* Begin with the pair of runs at `next`; a run without a partner is merged with nothing, that is copied. */
static void
merge_begin(Sorter *self)
{
    const size_t left = self->count - self->next;
    const size_t middle = left < self->run_length ? left : self->run_length;
    const size_t count = left < 2 * self->run_length ? left : 2 * self->run_length;

    self->merge = (SortMerge){.from = self->items + self->next,
                              .to = self->other + self->next,
                              .middle = middle,
                              .count = count,
                              .right = middle};
}

static void
merge_some(Sorter *self)
{
    if (self->run_length >= self->count) {
        self->phase = SORTER_SORTED;
        self->next = 0;
        return;
    }
    if (self->merge.count == 0)
        merge_begin(self);
    if (!sort_merge_step(self->order, self->whole, &self->merge, STEP_ITEMS))
        return;
    self->next += self->merge.count;
    self->merge.count = 0;
    if (self->next < self->count)
        return;
    SortItem *merged = self->other;
    self->other = self->items;
    self->items = merged;
    self->next = 0;
    self->run_length *= 2;
}

static Status
sort_some(Sorter *self, Error *error)
{
    switch (self->phase) {
    case SORTER_START: return start(self, error);
    case SORTER_RUNS: sort_run(self); return STATUS_OK;
    case SORTER_MERGE: merge_some(self); return STATUS_OK;
    default: return STATUS_OK;
    }
}

static Status
give_sorted(Sorter *self, Batch *batch, bool *end, Error *error)
{
    uint32_t rows[BATCH_ROWS];
    const size_t left = self->next < self->count ? self->count - self->next : 0;
    const uint32_t most = self->owner->context->batch_rows;
    const uint32_t count = left < most ? (uint32_t)left : most;

    for (uint32_t i = 0; i < count; i++)
        rows[i] = self->items[self->next + i].row;
    arena_reset(self->arena);
    TRY(gather_columns(self->whole, self->column_count, rows, count, self->arena, self->gathered, error));
    *batch =
        (Batch){.rows = count, .count = count, .column_count = self->column_count, .columns = self->gathered};
    self->next += count;
    *end = count == 0;
    return STATUS_OK;
}

/* ---- runs on disk ---- */

static Status
clear_memory(Sorter *self, Error *error)
{
    Budget *budget = &self->budget;

    free(self->items);
    free(self->other);
    self->items = self->other = NULL;
    budget_release(budget, self->charged);
    self->charged = 0;
    self->phase = SORTER_START;
    row_builder_destroy(&self->rows);
    self->rows = row_builder_new(budget, self->column_count, self->types);
    return self->rows != NULL ? STATUS_OK : error_set_memory(error);
}

static Status
add_run(Sorter *self, Spill *run, Error *error)
{
    if (self->run_count == self->run_room) {
        const uint32_t room = self->run_room == 0 ? MERGE_RUNS_MAX : 2 * self->run_room;
        Spill **grown = realloc(self->runs, room * sizeof *grown);
        if (grown == NULL)
            return error_set_memory(error);
        self->runs = grown;
        self->run_room = room;
    }
    self->runs[self->run_count++] = run;
    return STATUS_OK;
}

static Status
new_run(Sorter *self, Spill **run, Error *error)
{
    *run = spill_new(self->owner, self->column_count, self->types);
    if (*run == NULL)
        return error_set_memory(error);
    const Status status = add_run(self, *run, error);
    if (status != STATUS_OK)
        spill_destroy(run);
    return status;
}

/* What is held, sorted, becomes a run. */
static Status
write_run(Sorter *self, Error *error)
{
    Spill *run;
    bool end = false;

    while (self->phase != SORTER_SORTED) {
        TRY(operator_check_cancelled(self->owner, error));
        TRY(sort_some(self, error));
    }
    TRY(new_run(self, &run, error));
    for (;;) {
        Batch batch;
        TRY(operator_check_cancelled(self->owner, error));
        TRY(give_sorted(self, &batch, &end, error));
        if (end)
            break;
        TRY(spill_append(run, &batch, NULL, 0, error));
    }
    TRY(spill_close(run, error));
    return clear_memory(self, error);
}

/* Begin to merge the last runs: all of them, or as many as one pass takes. */
static Status
begin_pass(Sorter *self, Error *error)
{
    const uint32_t count = self->run_count < MERGE_RUNS_MAX ? self->run_count : MERGE_RUNS_MAX;
    const bool last = count == self->run_count;

    self->run_count -= count;
    TRY(run_merge_new(self->owner, self->order, self->runs + self->run_count, count, &self->run_merge,
                      error));
    if (last)
        return STATUS_OK;
    self->merged = spill_new(self->owner, self->column_count, self->types);
    return self->merged != NULL ? STATUS_OK : error_set_memory(error);
}

static Status
merge_runs(Sorter *self, Error *error)
{
    Batch batch;
    bool end;

    TRY(run_merge_next(self->run_merge, &batch, &end, error));
    if (!end)
        return batch.count > 0 ? spill_append(self->merged, &batch, NULL, 0, error) : STATUS_OK;
    run_merge_destroy(&self->run_merge);
    TRY(spill_close(self->merged, error));
    TRY(add_run(self, self->merged, error));
    /* the longest run stands last in line: the next pass takes the others */
    memmove(self->runs + 1, self->runs, (self->run_count - 1) * sizeof *self->runs);
    self->runs[0] = self->merged;
    self->merged = NULL;
    return STATUS_OK;
}

static Status
finish_runs(Sorter *self, bool *done, Error *error)
{
    if (row_builder_rows(self->rows) > 0)
        return write_run(self, error);
    if (self->merged != NULL)
        return merge_runs(self, error);
    TRY(begin_pass(self, error));
    *done = self->merged == NULL;
    return STATUS_OK;
}

/* ---- the interface ---- */

static size_t
held_bytes(const Sorter *self)
{
    return row_builder_bytes(self->rows) + self->charged;
}

static Status
append(Sorter *self, const Batch *batch, Error *error)
{
    Budget *budget = &self->budget;
    const size_t bytes = batch->count * (size_t)ROW_ITEMS_BYTES;

    if (!budget_charge(budget, bytes))
        return error_set_memory(error);
    const Status status = row_builder_append(self->rows, batch, NULL, 0, error);
    if (status == STATUS_OK)
        self->charged += bytes;
    else
        budget_release(budget, bytes);
    return status;
}

Status
sorter_add(Sorter *self, const Batch *batch, Error *error)
{
    const bool spills = self->owner->context->environment->scratch != NULL;
    Error first = {0};

    if (row_builder_rows(self->rows) + batch->count >= UINT32_MAX) {
        if (!spills)
            return error_set(error, STATUS_LIMIT_EXCEEDED, "a task cannot sort more than %u rows",
                             UINT32_MAX);
        TRY(write_run(self, error));
    }
    const Status status = append(self, batch, &first);
    operator_note_memory(self->owner, held_bytes(self));
    if (status == STATUS_OK)
        return spills && spill_is_due(self->owner, held_bytes(self)) ? write_run(self, error) : STATUS_OK;
    if (status != STATUS_OUT_OF_MEMORY || !spills || row_builder_rows(self->rows) == 0)
        return error_copy(error, &first);
    TRY(write_run(self, error));
    return append(self, batch, error);
}

Status
sorter_finish(Sorter *self, bool *done, Error *error)
{
    if (self->run_count > 0 || self->merged != NULL)
        return finish_runs(self, done, error);
    TRY(sort_some(self, error));
    *done = self->phase == SORTER_SORTED;
    return STATUS_OK;
}

void
sorter_skip(Sorter *self, uint64_t rows)
{
    if (self->run_merge != NULL)
        self->to_skip = rows;
    else
        self->next = rows < self->count ? (size_t)rows : self->count;
}

Status
sorter_next(Sorter *self, Batch *batch, bool *end, Error *error)
{
    if (self->run_merge == NULL)
        return give_sorted(self, batch, end, error);
    if (self->to_skip == 0)
        return run_merge_next(self->run_merge, batch, end, error);
    *batch = (Batch){.column_count = self->column_count, .columns = self->gathered};
    *end = false;
    return run_merge_skip(self->run_merge, &self->to_skip, error);
}

void
sorter_destroy(Sorter **self)
{
    Sorter *sorter = *self;

    if (sorter == NULL)
        return;
    budget_release(&sorter->budget, sorter->charged);
    free(sorter->items);
    free(sorter->other);
    run_merge_destroy(&sorter->run_merge);
    spill_destroy(&sorter->merged);
    for (uint32_t i = 0; i < sorter->run_count; i++)
        spill_destroy(&sorter->runs[i]);
    free(sorter->runs);
    row_builder_destroy(&sorter->rows);
    sort_order_destroy(&sorter->order);
    arena_destroy(&sorter->arena);
    free(sorter->types);
    free(sorter->whole);
    free(sorter->gathered);
    free(sorter);
    *self = NULL;
}

Status
sorter_new(Operator *owner, uint32_t column_count, const PlanColumn *columns, uint32_t key_count,
           const SortKey *keys, Sorter **made, Error *error)
{
    Sorter *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    self->owner = owner;
    budget_init_floor(&self->budget, owner->context->budget, SPILL_FLOOR_BYTES);
    self->column_count = column_count;
    self->types = calloc(column_count + 1, sizeof(Type));
    self->whole = calloc(column_count + 1, sizeof(Vector));
    self->gathered = calloc(column_count + 1, sizeof(Vector));
    self->order = sort_order_new(key_count, keys, column_count, columns);
    self->arena = arena_new(owner->context->in_hand);
    for (uint32_t i = 0; self->types != NULL && i < column_count; i++)
        self->types[i] = columns[i].type;
    if (self->types != NULL)
        self->rows = row_builder_new(&self->budget, column_count, self->types);
    if (self->rows == NULL || self->whole == NULL || self->gathered == NULL || self->order == NULL ||
        self->arena == NULL) {
        sorter_destroy(&self);
        return error_set_memory(error);
    }
    *made = self;
    return STATUS_OK;
}
