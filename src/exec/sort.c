/* SORT: all rows in order (exec/sorter.h), or those after an offset, up to a limit. */
#include "exec/sort.h"
#include "exec/operators.h"

#include "exec/sorter.h"

#include <stdlib.h>

typedef struct Sort {
    Operator base;
    uint64_t to_skip;
    uint64_t to_pass;
    Sorter *sorter;
    bool sorted;
} Sort;

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    (void)enough;
    return sorter_add(((Sort *)base)->sorter, batch, error);
}

static Status
emit_some(Sort *self, bool *done, Error *error)
{
    Batch batch;
    bool enough = false;

    TRY(sorter_next(self->sorter, &batch, done, error));
    if (batch.count > self->to_pass)
        batch.count = (uint32_t)self->to_pass; /* rows of it are without a selection */
    batch.rows = batch.count;
    TRY(operator_emit(&self->base, &batch, &enough, error));
    self->to_pass -= batch.count;
    *done |= enough || self->to_pass == 0;
    return STATUS_OK;
}

static Status
finish(Operator *base, bool *done, Error *error)
{
    Sort *self = (Sort *)base;

    if (self->sorted)
        return emit_some(self, done, error);
    TRY(sorter_finish(self->sorter, &self->sorted, error));
    if (self->sorted)
        sorter_skip(self->sorter, self->to_skip);
    return STATUS_OK;
}

static void
destroy(Operator *base)
{
    Sort *self = (Sort *)base;

    sorter_destroy(&self->sorter);
    free(self);
}

static const OperatorClass sort_class = {.name = "sort", .push = push, .finish = finish, .destroy = destroy};

Status
sort_limited_new(OperatorContext *context, const PlanNode *node, uint64_t offset, uint64_t limit,
                 Operator **made, Error *error)
{
    Sort *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &sort_class, context, node->id);
    self->to_skip = offset;
    self->to_pass = limit;
    const Status status = sorter_new(&self->base, node->column_count, node->columns, node->sort.key_count,
                                     node->sort.keys, &self->sorter, error);
    if (status != STATUS_OK) {
        destroy(&self->base);
        return status;
    }
    *made = &self->base;
    return STATUS_OK;
}

Status
sort_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error)
{
    return sort_limited_new(context, node, 0, UINT64_MAX, made, error);
}
