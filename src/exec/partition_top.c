/* PARTITION_TOP: the first rows of each partition.
 *
 * Rows are kept until there are many more than the last cut left; then they are sorted by partition and
 * order, and what comes too late in its partition is let go of. So memory is bounded by what is wanted, and a
 * row is sorted with its like a few times. A partial one that finds nearly every row wanted passes on all. */
#include "exec/gather.h"
#include "exec/operators.h"
#include "exec/sort_key.h"
#include "exec/window_chunk.h"

#include <stdlib.h>

enum { CUT_ROWS = 1 << 15, STEP_ROWS = 1 << 13 };

typedef struct PartitionTop {
    Operator base;
    const PlanPartitionTop *plan;
    uint32_t column_count;
    const PlanColumn *columns;
    Type *types;
    SortOrder *order;
    RowBuilder *rows;
    Vector *whole;
    Vector *output;
    Arena *arena;     /* of a batch */
    Arena *cut_arena; /* of a cut */
    uint64_t cut_at;  /* so many rows are cut */
    bool passing;
    bool sorted; /* finish: the rows kept are in order, and what is wanted */
    uint64_t next;
} PartitionTop;

/* ---- cutting ---- */

/* What the place of a row in its partition is counted by. */
typedef struct Place {
    uint64_t rows; /* before it in its partition */
    uint64_t peers_before;
    uint64_t groups_before;
} Place;

static bool
differ_in_partition(const PartitionTop *self, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < self->plan->partition_count; i++) {
        const Vector *column = &self->whole[self->plan->partition[i]];
        if (window_rows_differ(column, a, column, b))
            return true;
    }
    return false;
}

static bool
differ_in_order(const PartitionTop *self, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < self->plan->order_count; i++) {
        const Vector *column = &self->whole[self->plan->order[i].column];
        if (window_rows_differ(column, a, column, b))
            return true;
    }
    return false;
}

static void
move_on(const PartitionTop *self, uint32_t row, uint32_t before, Place *place)
{
    if (differ_in_partition(self, row, before)) {
        *place = (Place){0};
        return;
    }
    place->rows++;
    if (self->plan->ties != TOP_ROWS && differ_in_order(self, row, before)) {
        place->peers_before = place->rows;
        place->groups_before++;
    }
}

static bool
is_wanted(const PlanPartitionTop *plan, const Place *place)
{
    switch (plan->ties) {
    case TOP_ROWS: return place->rows < plan->limit;
    case TOP_PEERS: return place->peers_before < plan->limit;
    default: return place->groups_before < plan->limit;
    }
}

/* Sort all rows in `items`, a part at a time so that a cancellation is noticed. */
static Status
sort_rows(PartitionTop *self, SortItem *items, SortItem *scratch, uint32_t count, Error *error)
{
    uint32_t rows[BATCH_ROWS];

    for (uint32_t first = 0; first < count; first += BATCH_ROWS) {
        const uint32_t some = count - first < BATCH_ROWS ? count - first : BATCH_ROWS;
        for (uint32_t i = 0; i < some; i++)
            rows[i] = first + i;
        sort_order_encode(self->order, self->whole, rows, some, 0, items + first);
    }
    for (uint32_t first = 0; first < count; first += STEP_ROWS) {
        const uint32_t some = count - first < STEP_ROWS ? count - first : STEP_ROWS;
        sort_items(self->order, self->whole, items + first, scratch + first, some);
        TRY(operator_check_cancelled(&self->base, error));
    }
    for (uint64_t run = STEP_ROWS; run < count; run *= 2) {
        for (uint64_t first = 0; first < count; first += 2 * run) {
            const uint64_t left = count - first;
            const size_t middle = left < run ? left : run;
            SortMerge merge = {.from = items + first,
                               .to = scratch + first,
                               .middle = middle,
                               .count = left < 2 * run ? left : 2 * run,
                               .right = middle};
            while (!sort_merge_step(self->order, self->whole, &merge, STEP_ROWS))
                TRY(operator_check_cancelled(&self->base, error));
        }
        memcpy(items, scratch, count * sizeof *items);
    }
    return STATUS_OK;
}

/* The rows wanted, in order. */
static uint32_t
list_wanted(const PartitionTop *self, const SortItem *items, uint32_t count, uint32_t *wanted)
{
    Place place = {0};
    uint32_t found = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            move_on(self, items[i].row, items[i - 1].row, &place);
        wanted[found] = items[i].row;
        found += is_wanted(self->plan, &place);
    }
    return found;
}

static Status
keep_only(PartitionTop *self, const uint32_t *wanted, uint32_t count, Error *error)
{
    RowBuilder *kept = row_builder_new(self->base.context->budget, self->column_count, self->types);
    Status status = STATUS_OK;

    if (kept == NULL)
        return error_set_memory(error);
    for (uint32_t first = 0; first < count; first += BATCH_ROWS) {
        const uint32_t some = count - first < BATCH_ROWS ? count - first : BATCH_ROWS;
        const Batch batch = {
            .rows = some, .count = some, .column_count = self->column_count, .columns = self->output};
        arena_reset(self->arena);
        TRY_GOTO(gather_columns(self->whole, self->column_count, wanted + first, some, self->arena,
                                self->output, error),
                 done);
        TRY_GOTO(row_builder_append(kept, &batch, NULL, 0, error), done);
    }
    row_builder_destroy(&self->rows);
    self->rows = kept;
    return STATUS_OK;
done:
    row_builder_destroy(&kept);
    return status;
}

static Status
cut(PartitionTop *self, Error *error)
{
    const uint32_t count = (uint32_t)row_builder_rows(self->rows);

    arena_reset(self->cut_arena);
    SortItem *items = arena_alloc(self->cut_arena, count * sizeof *items);
    SortItem *scratch = arena_alloc(self->cut_arena, count * sizeof *items);
    uint32_t *wanted = arena_alloc(self->cut_arena, ((size_t)count + 1) * sizeof *wanted);
    if (items == NULL || scratch == NULL || wanted == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < self->column_count; i++)
        self->whole[i] = row_builder_column(self->rows, i);
    TRY(sort_rows(self, items, scratch, count, error));
    const uint32_t found = list_wanted(self, items, count, wanted);
    TRY(keep_only(self, wanted, found, error));
    operator_note_memory(&self->base, row_builder_bytes(self->rows) + arena_bytes(self->cut_arena));
    self->cut_at = 2 * (uint64_t)found < CUT_ROWS ? CUT_ROWS : 2 * (uint64_t)found;
    self->passing = self->plan->partial && found > count / 10 * 9;
    return STATUS_OK;
}

/* ---- the operator ---- */

static Status
emit_some(PartitionTop *self, bool *done, bool *enough, Error *error)
{
    const uint64_t left = row_builder_rows(self->rows) - self->next;
    const uint32_t most = self->base.context->batch_rows;
    const uint32_t count = left < most ? (uint32_t)left : most;
    uint32_t rows[BATCH_ROWS];

    *done = count == 0;
    if (*done)
        return STATUS_OK;
    arena_reset(self->arena);
    for (uint32_t i = 0; i < self->column_count; i++)
        self->whole[i] = row_builder_column(self->rows, i);
    for (uint32_t i = 0; i < count; i++)
        rows[i] = (uint32_t)self->next + i;
    TRY(gather_columns(self->whole, self->column_count, rows, count, self->arena, self->output, error));
    const Batch batch = {
        .rows = count, .count = count, .column_count = self->column_count, .columns = self->output};
    TRY(operator_emit(&self->base, &batch, enough, error));
    self->next += count;
    *done = *enough;
    return STATUS_OK;
}

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    PartitionTop *self = (PartitionTop *)base;
    bool done = false;

    if (self->passing)
        return operator_emit(base, batch, enough, error);
    if (row_builder_rows(self->rows) + batch->count >= UINT32_MAX)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "a task cannot keep more than %u rows", UINT32_MAX);
    TRY(row_builder_append(self->rows, batch, NULL, 0, error));
    operator_note_memory(base, row_builder_bytes(self->rows));
    if (row_builder_rows(self->rows) < self->cut_at)
        return STATUS_OK;
    TRY(cut(self, error));
    while (self->passing && !done)
        TRY(emit_some(self, &done, enough, error));
    if (self->passing)
        row_builder_clear(self->rows);
    return STATUS_OK;
}

static Status
finish(Operator *base, bool *done, Error *error)
{
    PartitionTop *self = (PartitionTop *)base;
    bool enough = false;

    if (self->passing || row_builder_rows(self->rows) == 0) {
        *done = true;
        return STATUS_OK;
    }
    if (!self->sorted) {
        TRY(cut(self, error));
        self->sorted = true;
        self->passing = false;
        return STATUS_OK;
    }
    return emit_some(self, done, &enough, error);
}

static void
destroy(Operator *base)
{
    PartitionTop *self = (PartitionTop *)base;

    row_builder_destroy(&self->rows);
    sort_order_destroy(&self->order);
    arena_destroy(&self->arena);
    arena_destroy(&self->cut_arena);
    free(self->types);
    free(self->whole);
    free(self->output);
    free(self);
}

static const OperatorClass partition_top_class = {
    .name = "partition_top", .push = push, .finish = finish, .destroy = destroy};

/* ---- making ---- */

static bool
is_partition_key(const PlanPartitionTop *plan, uint32_t column)
{
    for (uint32_t i = 0; i < plan->partition_count; i++) {
        if (plan->partition[i] == column)
            return true;
    }
    return false;
}

static SortOrder *
make_order(const PartitionTop *self)
{
    const PlanPartitionTop *plan = self->plan;
    uint32_t count = plan->partition_count;
    SortKey *keys = calloc(plan->partition_count + plan->order_count + 1, sizeof *keys);

    if (keys == NULL)
        return NULL;
    for (uint32_t i = 0; i < plan->partition_count; i++)
        keys[i].column = plan->partition[i];
    for (uint32_t i = 0; i < plan->order_count; i++) {
        if (!is_partition_key(plan, plan->order[i].column))
            keys[count++] = plan->order[i];
    }
    SortOrder *order = sort_order_new(count, keys, self->column_count, self->columns);
    free(keys);
    return order;
}

static bool
allocate(PartitionTop *self)
{
    Budget *budget = self->base.context->budget;

    self->types = calloc(self->column_count + 1, sizeof *self->types);
    self->whole = calloc(self->column_count + 1, sizeof(Vector));
    self->output = calloc(self->column_count + 1, sizeof(Vector));
    self->arena = arena_new(budget);
    self->cut_arena = arena_new(budget);
    self->order = make_order(self);
    if (self->types == NULL || self->whole == NULL || self->output == NULL || self->arena == NULL ||
        self->cut_arena == NULL || self->order == NULL)
        return false;
    for (uint32_t i = 0; i < self->column_count; i++)
        self->types[i] = self->columns[i].type;
    self->rows = row_builder_new(budget, self->column_count, self->types);
    return self->rows != NULL;
}

Status
partition_top_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error)
{
    PartitionTop *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &partition_top_class, context, node->id);
    self->plan = &node->partition_top;
    self->column_count = node->column_count;
    self->columns = node->columns;
    self->cut_at = CUT_ROWS;
    if (!allocate(self)) {
        destroy(&self->base);
        return error_set_memory(error);
    }
    *made = &self->base;
    return STATUS_OK;
}
