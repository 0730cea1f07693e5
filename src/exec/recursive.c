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
    RowBuilder *next;
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

static Status
sink_push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Recursive *self = ((RoundSink *)base)->owner;
    Batch kept = *batch;

    if (self->seen != NULL)
        TRY(keep_new(self, &kept, error));
    if (kept.count == 0)
        return STATUS_OK;
    TRY(row_builder_append(self->next, &kept, NULL, 0, error));
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
static void
end_round(Recursive *self)
{
    RowBuilder *rows = self->working.rows;

    task_destroy(&self->round);
    self->working.rows = self->next;
    self->next = rows;
    row_builder_clear(self->next);
    self->began = true;
}

static Status
step(Feed *feed, bool *exhausted, Error *error)
{
    Recursive *self = (Recursive *)feed;
    bool done = false;

    if (self->round == NULL) {
        *exhausted = self->enough || (self->began && row_builder_rows(self->working.rows) == 0);
        return *exhausted ? STATUS_OK : begin_round(self, error);
    }
    TRY(task_step(self->round, ROUND_SLICE_US, &done, error));
    if (done || self->enough)
        end_round(self);
    return STATUS_OK;
}

static void
destroy(Operator *base)
{
    Recursive *self = (Recursive *)base;

    task_destroy(&self->round);
    row_builder_destroy(&self->working.rows);
    row_builder_destroy(&self->next);
    group_table_destroy(&self->seen);
    free(self);
}

static const OperatorClass recursive_class = {.name = "recursive", .destroy = destroy};

Status
recursive_feed_new(OperatorContext *context, const PlanNode *node, Feed **made, Error *error)
{
    Recursive *self = calloc(1, sizeof *self);
    Type *types = calloc(node->column_count + 1, sizeof *types);

    if (self == NULL || types == NULL)
        goto memory;
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
    free(types);
    *made = &self->feed;
    return STATUS_OK;
memory:
    if (self != NULL)
        destroy(&self->feed.base);
    free(types);
    return error_set_memory(error);
}

/* ---- WORKING ---- */

typedef struct WorkingFeed {
    Feed feed;
    const WorkingRows *working;
    uint64_t next;
    Vector *columns;
} WorkingFeed;

static Status
working_step(Feed *feed, bool *exhausted, Error *error)
{
    WorkingFeed *self = (WorkingFeed *)feed;
    const uint64_t most = slice_rows(feed->base.context->batch_rows);
    const uint64_t left = row_builder_rows(self->working->rows) - self->next;
    bool enough = false;
    Batch slice;

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
