/* RECURSIVE: rounds of a task within the task. The first one runs the first child, each further one the
 * second child over the rows that the round before gave; rows are passed on as they come. */
#include "column/slice.h"
#include "exec/group_table.h"
#include "exec/operators.h"
#include "exec/task_round.h"

#include <stdlib.h>
#include <string.h>

enum { ROUND_SLICE_US = 1000 };

typedef struct Recursive Recursive;

/* Where a round's rows end. */
typedef struct RoundSink {
    Operator base;
    Recursive *owner;
} RoundSink;

struct Recursive {
    Feed feed;
    const PlanNode *node;
    WorkingRows working; /* of the round before, and of recursions around this one */
    Type *types;
    RowBuilder *next;
    Spill *spilled;   /* those of `next` that memory does not hold, or NULL */
    GroupTable *seen; /* NULL: rows may repeat */
    Task *round;
    bool began;
    bool enough; /* downstream */
    uint32_t groups[BATCH_ROWS];
    uint64_t hashes[BATCH_ROWS];
    uint32_t selection[BATCH_ROWS];
};

/* Narrow the batch to the first of each row that was not seen before. */
static Status
keep_new(Recursive *self, Batch *batch, Error *error)
{
    uint32_t next = group_table_count(self->seen);
    uint32_t count = 0;

    group_hash(batch->columns, batch->column_count, batch->selection, batch->count, self->hashes);
    const GroupRows rows = {.keys = batch->columns,
                            .rows = batch->rows,
                            .selection = batch->selection,
                            .count = batch->count,
                            .hashes = self->hashes};
    TRY(group_table_insert(self->seen, &rows, self->groups, error));
    for (uint32_t i = 0; i < batch->count; i++) {
        if (self->groups[i] != next)
            continue;
        self->selection[count++] = batch_row(batch, i);
        next++;
    }
    batch->selection = self->selection;
    batch->count = count;
    return STATUS_OK;
}

/* The rows of this round go to the disk, and so will those that come. */
static Status
spill_next(Recursive *self, Error *error)
{
    Operator *base = &self->feed.base;
    const uint64_t rows = row_builder_rows(self->next);
    const uint32_t columns = self->node->column_count;
    Vector *slice = calloc(columns + 1, sizeof *slice);
    Status status = STATUS_OK;

    self->spilled = slice == NULL ? NULL : spill_new(base, columns, self->types);
    if (self->spilled == NULL)
        status = error_set_memory(error);
    for (uint64_t first = 0; first < rows && status == STATUS_OK; first += BATCH_ROWS) {
        Batch batch;
        const uint64_t left = rows - first;
        row_builder_batch(self->next, first, left < BATCH_ROWS ? (uint32_t)left : BATCH_ROWS, slice, &batch);
        status = spill_append(self->spilled, &batch, NULL, 0, error);
    }
    free(slice);
    TRY(status);
    row_builder_destroy(&self->next);
    self->next = row_builder_new(base->context->budget, columns, self->types);
    return self->next != NULL ? STATUS_OK : error_set_memory(error);
}

/* Keep the rows for the next round: in memory, as long as there is some. */
static Status
keep_rows(Recursive *self, const Batch *batch, Error *error)
{
    Operator *base = &self->feed.base;
    const bool spills = base->context->environment->scratch != NULL;
    Error refused = {0};

    if (self->spilled != NULL)
        return spill_append(self->spilled, batch, NULL, 0, error);
    const Status status = row_builder_append(self->next, batch, NULL, 0, &refused);
    operator_note_memory(base, row_builder_bytes(self->next) + row_builder_bytes(self->working.rows));
    if (status == STATUS_OK)
        return spills && spill_is_due(base, row_builder_bytes(self->next)) ? spill_next(self, error)
                                                                           : STATUS_OK;
    if (status != STATUS_OUT_OF_MEMORY || !spills)
        return error_copy(error, &refused);
    TRY(spill_next(self, error));
    return spill_append(self->spilled, batch, NULL, 0, error);
}

static Status
sink_push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Recursive *self = ((RoundSink *)base)->owner;
    Batch kept = *batch;

    if (self->seen != NULL)
        TRY(keep_new(self, &kept, error));
    if (kept.count == 0)
        return STATUS_OK;
    TRY(keep_rows(self, &kept, error));
    TRY(operator_emit(&self->feed.base, &kept, &self->enough, error));
    *enough = self->enough;
    return STATUS_OK;
}

static void
sink_destroy(Operator *base)
{
    free(base);
}

static const OperatorClass sink_class = {.name = "round_sink", .push = sink_push, .destroy = sink_destroy};

static Status
begin_round(Recursive *self, Error *error)
{
    RoundSink *sink = calloc(1, sizeof *sink);

    if (sink == NULL)
        return error_set_memory(error);
    operator_init(&sink->base, &sink_class, self->feed.base.context, self->node->id);
    sink->owner = self;
    const PlanNode *plan = self->node->children[self->began ? 1 : 0];
    return task_round_new(self->feed.base.context, plan, self->began ? &self->working : self->working.outer,
                          &sink->base, &self->round, error);
}

/* What the round gave is what the next one works on. */
static Status
end_round(Recursive *self, Error *error)
{
    RowBuilder *rows = self->working.rows;

    task_destroy(&self->round);
    spill_destroy(&self->working.spilled);
    if (self->spilled != NULL)
        TRY(spill_close(self->spilled, error));
    self->working.spilled = self->spilled;
    self->spilled = NULL;
    self->working.rows = self->next;
    self->next = rows;
    row_builder_clear(self->next);
    self->began = true;
    return STATUS_OK;
}

static bool
has_rows(const WorkingRows *working)
{
    return row_builder_rows(working->rows) > 0 ||
           (working->spilled != NULL && working->spilled->row_count > 0);
}

static Status
step(Feed *feed, bool *exhausted, Error *error)
{
    Recursive *self = (Recursive *)feed;
    bool done = false;

    if (self->round == NULL) {
        *exhausted = self->enough || (self->began && !has_rows(&self->working));
        return *exhausted ? STATUS_OK : begin_round(self, error);
    }
    TRY(task_step(self->round, ROUND_SLICE_US, &done, error));
    return done || self->enough ? end_round(self, error) : STATUS_OK;
}

static void
destroy(Operator *base)
{
    Recursive *self = (Recursive *)base;

    task_destroy(&self->round);
    row_builder_destroy(&self->working.rows);
    row_builder_destroy(&self->next);
    spill_destroy(&self->working.spilled);
    spill_destroy(&self->spilled);
    group_table_destroy(&self->seen);
    free(self->types);
    free(self);
}

static const OperatorClass recursive_class = {.name = "recursive", .destroy = destroy};

Status
recursive_feed_new(OperatorContext *context, const PlanNode *node, Feed **made, Error *error)
{
    Recursive *self = calloc(1, sizeof *self);
    Type *types = calloc(node->column_count + 1, sizeof *types);

    if (self == NULL || types == NULL) {
        free(types);
        goto memory;
    }
    self->types = types;
    for (uint32_t i = 0; i < node->column_count; i++)
        types[i] = node->columns[i].type;
    operator_init(&self->feed.base, &recursive_class, context, node->id);
    self->feed.step = step;
    self->node = node;
    self->working.number = node->recursive.number;
    self->working.outer = context->working;
    self->working.rows = row_builder_new(context->budget, node->column_count, types);
    self->next = row_builder_new(context->budget, node->column_count, types);
    if (node->recursive.distinct)
        self->seen = group_table_new(context->budget, node->column_count, types);
    if (self->working.rows == NULL || self->next == NULL || (node->recursive.distinct && self->seen == NULL))
        goto memory;
    *made = &self->feed;
    return STATUS_OK;
memory:
    if (self != NULL)
        destroy(&self->feed.base);
    return error_set_memory(error);
}

/* ---- WORKING ---- */

typedef struct WorkingFeed {
    Feed feed;
    const WorkingRows *working;
    uint64_t next;
    Vector *columns;
    SpillReader *reader; /* of rows on disk */
} WorkingFeed;

static Status
read_spilled(WorkingFeed *self, bool *exhausted, Error *error)
{
    bool enough = false;
    Batch batch;

    if (self->reader == NULL)
        TRY(spill_reader_new(&self->feed.base, self->working->spilled, false, &self->reader, error));
    TRY(spill_read_batch(self->reader, &batch, exhausted, error));
    if (!*exhausted)
        TRY(operator_emit(&self->feed.base, &batch, &enough, error));
    *exhausted |= enough;
    return STATUS_OK;
}

static Status
working_step(Feed *feed, bool *exhausted, Error *error)
{
    WorkingFeed *self = (WorkingFeed *)feed;
    const uint64_t most = slice_rows(feed->base.context->batch_rows);
    const uint64_t left = row_builder_rows(self->working->rows) - self->next;
    bool enough = false;
    Batch slice;

    if (self->working->spilled != NULL)
        return read_spilled(self, exhausted, error);
    if (left > 0) {
        const uint32_t count = (uint32_t)(left < most ? left : most);
        row_builder_batch(self->working->rows, self->next, count, self->columns, &slice);
        self->next += count;
        TRY(operator_emit_slice(&self->feed.base, &slice, &enough, error));
    }
    *exhausted = enough || self->next == row_builder_rows(self->working->rows);
    return STATUS_OK;
}

static void
working_destroy(Operator *base)
{
    spill_reader_destroy(&((WorkingFeed *)base)->reader);
    free(((WorkingFeed *)base)->columns);
    free(base);
}

static const OperatorClass working_class = {.name = "working", .destroy = working_destroy};

Status
working_feed_new(OperatorContext *context, const PlanNode *node, Feed **made, Error *error)
{
    const WorkingRows *working = context->working;

    while (working != NULL && working->number != node->working.number)
        working = working->outer;
    if (working == NULL || row_builder_columns(working->rows) != node->column_count)
        return error_set(error, STATUS_PROTOCOL, "a plan's recursion has no rows to work on");
    WorkingFeed *self = calloc(1, sizeof *self);
    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->feed.base, &working_class, context, node->id);
    self->feed.step = working_step;
    self->working = working;
    self->columns = calloc(node->column_count + 1, sizeof(Vector));
    if (self->columns == NULL) {
        working_destroy(&self->feed.base);
        return error_set_memory(error);
    }
    *made = &self->feed;
    return STATUS_OK;
}
