/* TOP_N: the first rows of the total order, without keeping the others.
 *
 * Candidates are gathered until there are a few times more than asked for; then they are sorted, the best are
 * kept, and the prefix of the last one is the threshold: rows whose prefix is above it are dropped before
 * they are copied. */
#include "exec/operators.h"

#include "column/builder.h"
#include "exec/gather.h"
#include "exec/query_shared.h"
#include "exec/sort.h"
#include "exec/sort_key.h"

#include <stdlib.h>

enum {
    TOP_ROWS_MAX = 1 << 15,
    CANDIDATES_LEAST = 1 << 9,
    MEMORY_SHARE = 8,
    KEPT_TIMES = 4,
    FLOOR_BYTES = 1 << 20 /* what a batch and the least candidates need, with texts of ordinary length */
};

typedef struct TopN {
    Operator base;
    Budget budget; /* part of the task's, which what stands below may have used up */
    uint32_t column_count;
    uint32_t offset;
    uint32_t keep; /* offset + limit */
    SortOrder *order;
    RowBuilder *rows;
    RowBuilder *spare;
    Vector *whole;
    Vector *gathered;
    Arena *arena;
    SortKey first_key;
    TopBound *bound; /* for the scan below, or NULL */
    bool bounded;    /* `threshold` holds */
    SortItem threshold;
    size_t item_room;
    SortItem *items;
    SortItem *scratch;
    uint32_t next; /* row to emit */
    bool sorted;
} TopN;

/* Sort the candidates: self->items are their rows in order. */
static void
sort_candidates(TopN *self)
{
    const uint32_t count = (uint32_t)row_builder_rows(self->rows);

    for (uint32_t i = 0; i < self->column_count; i++)
        self->whole[i] = row_builder_column(self->rows, i);
    sort_order_encode(self->order, self->whole, NULL, count, 0, self->items);
    sort_items(self->order, self->whole, self->items, self->scratch, count);
}

/* Append the rows of the best items [first, first + count) to the spare builder. */
static Status
keep_some(TopN *self, uint32_t first, uint32_t count, Error *error)
{
    uint32_t rows[BATCH_ROWS];

    for (uint32_t i = 0; i < count; i++)
        rows[i] = self->items[first + i].row;
    arena_reset(self->arena);
    TRY(gather_columns(self->whole, self->column_count, rows, count, self->arena, self->gathered, error));
    const Batch batch = {
        .rows = count, .count = count, .column_count = self->column_count, .columns = self->gathered};
    return row_builder_append(self->spare, &batch, NULL, 0, error);
}

static Status
keep_best(TopN *self, Error *error)
{
    sort_candidates(self);
    for (uint32_t first = 0; first < self->keep; first += BATCH_ROWS)
        TRY(keep_some(self, first, self->keep - first < BATCH_ROWS ? self->keep - first : BATCH_ROWS, error));
    self->threshold = self->items[self->keep - 1];
    self->bounded = true;
    if (self->bound != NULL)
        top_bound_lower(self->bound, &self->first_key, &self->whole[self->first_key.column],
                        self->threshold.row);

    RowBuilder *kept = self->spare;
    self->spare = self->rows;
    self->rows = kept;
    row_builder_clear(self->spare);
    return STATUS_OK;
}

/* The batch's rows that may be among the best. */
static uint32_t
pick_rows(const TopN *self, const Batch *batch, uint32_t *picks)
{
    SortItem items[BATCH_ROWS];
    uint32_t count = 0;

    sort_order_encode(self->order, batch->columns, batch->selection, batch->count, 0, items);
    for (uint32_t i = 0; i < batch->count; i++) {
        picks[count] = items[i].row;
        count += !sort_prefix_above(&items[i], &self->threshold);
    }
    return count;
}

/* Whether it is time to look which candidates are the best. The first bound is worth having as soon as there
 * can be one: with it the scan reads less. */
static bool
has_enough(const TopN *self)
{
    const uint64_t rows = row_builder_rows(self->rows);

    return self->bounded ? rows > self->item_room - BATCH_ROWS ||
                               (self->bound != NULL && rows >= KEPT_TIMES * (uint64_t)self->keep)
                         : rows >= self->keep;
}

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    TopN *self = (TopN *)base;
    uint32_t picks[BATCH_ROWS];

    if (self->keep == 0) {
        *enough = true;
        return STATUS_OK;
    }
    if (self->bounded) {
        const uint32_t count = pick_rows(self, batch, picks);
        if (count == 0)
            return STATUS_OK;
        TRY(row_builder_append(self->rows, batch, picks, count, error));
    } else {
        TRY(row_builder_append(self->rows, batch, NULL, 0, error));
    }
    operator_note_memory(base, row_builder_bytes(self->rows) + row_builder_bytes(self->spare));
    return has_enough(self) ? keep_best(self, error) : STATUS_OK;
}

static Status
finish(Operator *base, bool *done, Error *error)
{
    TopN *self = (TopN *)base;
    uint32_t rows[BATCH_ROWS];
    bool enough = false;

    if (!self->sorted) {
        sort_candidates(self);
        self->sorted = true;
        self->next = self->offset;
        return STATUS_OK;
    }
    const uint32_t held = (uint32_t)row_builder_rows(self->rows);
    const uint32_t end = held < self->keep ? held : self->keep;
    const uint32_t left = self->next < end ? end - self->next : 0;
    const uint32_t count = left < base->context->batch_rows ? left : base->context->batch_rows;
    for (uint32_t i = 0; i < count; i++)
        rows[i] = self->items[self->next + i].row;
    arena_reset(self->arena);
    TRY(gather_columns(self->whole, self->column_count, rows, count, self->arena, self->gathered, error));
    const Batch batch = {
        .rows = count, .count = count, .column_count = self->column_count, .columns = self->gathered};
    TRY(operator_emit(base, &batch, &enough, error));
    self->next += count;
    *done = enough || count == left;
    return STATUS_OK;
}

static void
destroy(Operator *base)
{
    TopN *self = (TopN *)base;

    row_builder_destroy(&self->rows);
    row_builder_destroy(&self->spare);
    sort_order_destroy(&self->order);
    free(self->whole);
    free(self->gathered);
    arena_destroy(&self->arena);
    if (self->items != NULL)
        budget_release(&self->budget, 2 * self->item_room * sizeof(SortItem));
    free(self->items);
    free(self);
}

static const OperatorClass top_n_class = {
    .name = "top_n", .push = push, .finish = finish, .destroy = destroy};

static bool
allocate_items(TopN *self)
{
    const size_t most = KEPT_TIMES * (size_t)self->keep;
    const size_t room = (most < CANDIDATES_LEAST ? CANDIDATES_LEAST : most) + BATCH_ROWS;
    const size_t bytes = 2 * room * sizeof(SortItem);

    if (!budget_charge(&self->budget, bytes))
        return false;
    self->items = malloc(bytes);
    if (self->items == NULL) {
        budget_release(&self->budget, bytes);
        return false;
    }
    self->scratch = self->items + room;
    self->item_room = room;
    return true;
}

static bool
allocate(TopN *self, const PlanNode *node)
{
    Budget *budget = &self->budget;
    Type *types = calloc(node->column_count + 1, sizeof *types);

    if (types == NULL)
        return false;
    for (uint32_t i = 0; i < node->column_count; i++)
        types[i] = node->columns[i].type;
    self->rows = row_builder_new(budget, node->column_count, types);
    self->spare = row_builder_new(budget, node->column_count, types);
    free(types);
    self->order = sort_order_new(node->sort.key_count, node->sort.keys, node->column_count, node->columns);
    self->whole = calloc(node->column_count + 1, sizeof(Vector));
    self->gathered = calloc(node->column_count + 1, sizeof(Vector));
    self->arena = arena_new(self->base.context->in_hand);
    return self->rows != NULL && self->spare != NULL && self->order != NULL && self->whole != NULL &&
           self->gathered != NULL && self->arena != NULL && allocate_items(self);
}

/* Whether the candidates, in columns of 16 bytes a value, are a small part of the query's memory; if not,
 * SORT is better at it, which can spill. */
static bool
fits(const OperatorContext *context, uint64_t keep, uint32_t column_count)
{
    const Budget *budget = context->environment->budget;
    const uint64_t row_bytes = 2 * (sizeof(SortItem) + column_count * sizeof(StringView));

    return budget == NULL || keep * 4 * row_bytes <= budget->limit / MEMORY_SHARE;
}

Status
top_n_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error)
{
    const uint64_t offset = node->sort.offset;
    const uint64_t limit = node->sort.limit;

    if (limit > TOP_ROWS_MAX || offset > TOP_ROWS_MAX - limit ||
        !fits(context, limit + offset, node->column_count))
        return sort_limited_new(context, node, offset, limit, made, error);
    TopN *self = calloc(1, sizeof *self);
    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &top_n_class, context, node->id);
    budget_init_floor(&self->budget, context->budget, FLOOR_BYTES);
    self->column_count = node->column_count;
    self->offset = (uint32_t)offset;
    self->keep = (uint32_t)(offset + limit);
    if (!allocate(self, node)) {
        destroy(&self->base);
        return error_set_memory(error);
    }
    if (context->environment->shared != NULL && node->sort.key_count > 0) {
        self->first_key = node->sort.keys[0];
        if (top_bound_takes(type_layout(node->columns[self->first_key.column].type)))
            self->bound = query_shared_bound(context->environment->shared, node->id);
    }
    *made = &self->base;
    return STATUS_OK;
}
