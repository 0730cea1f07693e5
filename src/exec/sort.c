/* SORT: keeps all rows, sorts items of key prefix and row number, and gathers the rows in their order.
 *
 * The end runs in steps: runs are sorted one by one, then merged pairwise, some tens of thousand items a
 * step. */
#include "exec/sort.h"
#include "exec/operators.h"

#include "column/builder.h"
#include "exec/gather.h"
#include "exec/sort_key.h"

#include <stdlib.h>

enum { RUN_ITEMS = 1 << 13, STEP_ITEMS = 1 << 15 };

typedef enum SortPhase { SORT_START, SORT_RUNS, SORT_MERGE, SORT_EMIT } SortPhase;

typedef struct Sort {
    Operator base;
    uint32_t column_count;
    uint64_t to_skip;
    uint64_t to_pass;
    SortOrder *order;
    RowBuilder *rows;
    Vector *whole; /* the builder's columns, once complete */
    Vector *gathered;
    Arena *arena; /* of the batch that is emitted */
    SortPhase phase;
    size_t count;
    size_t charged;
    SortItem *items;
    SortItem *other;
    size_t next;       /* run or output row to do next */
    size_t run_length; /* of the runs being merged */
    SortMerge merge;   /* in progress where merge.count > 0 */
} Sort;

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Sort *self = (Sort *)base;

    (void)enough;
    if (row_builder_rows(self->rows) + batch->count >= UINT32_MAX)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "a task cannot sort more than %u rows", UINT32_MAX);
    TRY(row_builder_append(self->rows, batch, NULL, 0, error));
    operator_note_memory(base, row_builder_bytes(self->rows));
    return STATUS_OK;
}

static Status
start(Sort *self, Error *error)
{
    self->count = row_builder_rows(self->rows);
    const size_t bytes = 2 * self->count * sizeof(SortItem);
    if (!budget_charge(self->base.context->budget, bytes))
        return error_set_memory(error);
    self->charged = bytes;
    self->items = malloc(bytes / 2 + 1);
    self->other = malloc(bytes / 2 + 1);
    if (self->items == NULL || self->other == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < self->column_count; i++)
        self->whole[i] = row_builder_column(self->rows, i);
    operator_note_memory(&self->base, row_builder_bytes(self->rows) + bytes);
    self->phase = SORT_RUNS;
    return STATUS_OK;
}

static void
sort_run(Sort *self)
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
    self->phase = SORT_MERGE;
}

/* Begin with the pair of runs at `next`; a run without a partner is merged with nothing, that is copied. */
static void
merge_begin(Sort *self)
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
merge_some(Sort *self)
{
    if (self->run_length >= self->count) {
        self->phase = SORT_EMIT;
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
emit_some(Sort *self, bool *done, Error *error)
{
    uint32_t rows[BATCH_ROWS];
    uint64_t left = self->next < self->count ? self->count - self->next : 0;
    const uint32_t most = self->base.context->batch_rows;
    bool enough = false;

    if (left > self->to_pass)
        left = self->to_pass;
    const uint32_t count = left < most ? (uint32_t)left : most;
    for (uint32_t i = 0; i < count; i++)
        rows[i] = self->items[self->next + i].row;
    arena_reset(self->arena);
    TRY(gather_columns(self->whole, self->column_count, rows, count, self->arena, self->gathered, error));
    const Batch batch = {
        .rows = count, .count = count, .column_count = self->column_count, .columns = self->gathered};
    TRY(operator_emit(&self->base, &batch, &enough, error));
    self->next += count;
    self->to_pass -= count;
    *done = enough || count == left;
    return STATUS_OK;
}

static Status
finish(Operator *base, bool *done, Error *error)
{
    Sort *self = (Sort *)base;

    switch (self->phase) {
    case SORT_START: return start(self, error);
    case SORT_RUNS: sort_run(self); return STATUS_OK;
    case SORT_MERGE:
        merge_some(self);
        if (self->phase == SORT_EMIT)
            self->next = self->to_skip < self->count ? (size_t)self->to_skip : self->count;
        return STATUS_OK;
    default: return emit_some(self, done, error);
    }
}

static void
destroy(Operator *base)
{
    Sort *self = (Sort *)base;

    budget_release(base->context->budget, self->charged);
    free(self->items);
    free(self->other);
    row_builder_destroy(&self->rows);
    sort_order_destroy(&self->order);
    arena_destroy(&self->arena);
    free(self->whole);
    free(self->gathered);
    free(self);
}

static const OperatorClass sort_class = {.name = "sort", .push = push, .finish = finish, .destroy = destroy};

static bool
allocate(Sort *self, const PlanNode *node)
{
    Type *types = calloc(node->column_count + 1, sizeof *types);

    if (types == NULL)
        return false;
    for (uint32_t i = 0; i < node->column_count; i++)
        types[i] = node->columns[i].type;
    self->rows = row_builder_new(self->base.context->budget, node->column_count, types);
    free(types);
    self->order = sort_order_new(node->sort.key_count, node->sort.keys, node->column_count, node->columns);
    self->whole = calloc(node->column_count + 1, sizeof(Vector));
    self->gathered = calloc(node->column_count + 1, sizeof(Vector));
    self->arena = arena_new(self->base.context->budget);
    return self->rows != NULL && self->order != NULL && self->whole != NULL && self->gathered != NULL &&
           self->arena != NULL;
}

Status
sort_limited_new(OperatorContext *context, const PlanNode *node, uint64_t offset, uint64_t limit,
                 Operator **made, Error *error)
{
    Sort *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &sort_class, context, node->id);
    self->column_count = node->column_count;
    self->to_skip = offset;
    self->to_pass = limit;
    if (!allocate(self, node)) {
        destroy(&self->base);
        return error_set_memory(error);
    }
    *made = &self->base;
    return STATUS_OK;
}

Status
sort_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error)
{
    return sort_limited_new(context, node, 0, UINT64_MAX, made, error);
}
