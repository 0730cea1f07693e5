/* LIMIT and OFFSET; and the operators that only hand batches on. */
#include "exec/operators.h"

#include <stdlib.h>

typedef struct Limit {
    Operator base;
    uint64_t to_skip;
    uint64_t to_pass;
    uint32_t selection[BATCH_ROWS];
} Limit;

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Limit *self = (Limit *)base;
    Batch passed = *batch;
    const uint32_t skipped = self->to_skip < batch->count ? (uint32_t)self->to_skip : batch->count;
    const uint32_t left = batch->count - skipped;

    self->to_skip -= skipped;
    passed.count = self->to_pass < left ? (uint32_t)self->to_pass : left;
    self->to_pass -= passed.count;
    if (passed.count < batch->count) {
        for (uint32_t i = 0; i < passed.count; i++)
            self->selection[i] = batch_row(batch, skipped + i);
        passed.selection = self->selection;
    }
    TRY(operator_emit(base, &passed, enough, error));
    *enough |= self->to_pass == 0;
    return STATUS_OK;
}

static void
destroy(Operator *base)
{
    free(base);
}

static const OperatorClass limit_class = {.name = "limit", .push = push, .destroy = destroy};

Status
limit_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error)
{
    Limit *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &limit_class, context, node->id);
    self->to_skip = node->limit.offset > 0 ? (uint64_t)node->limit.offset : 0;
    self->to_pass = node->limit.limit < 0 ? UINT64_MAX : (uint64_t)node->limit.limit;
    *made = &self->base;
    return STATUS_OK;
}

static Status
pass_push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    return operator_emit(base, batch, enough, error);
}

static const OperatorClass pass_class = {.name = "pass", .push = pass_push, .destroy = destroy};

Status
pass_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error)
{
    Operator *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(self, &pass_class, context, node->id);
    *made = self;
    return STATUS_OK;
}

typedef struct Tee {
    Operator base;
    uint32_t sink_count;
    uint32_t finished;
    Operator **sinks;
} Tee;

static Status
tee_push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Tee *self = (Tee *)base;
    bool all = true;

    for (uint32_t i = 0; i < self->sink_count; i++) {
        bool one = false;
        TRY(self->sinks[i]->class->push(self->sinks[i], batch, &one, error));
        all &= one;
    }
    *enough |= all;
    return STATUS_OK;
}

static Status
tee_finish(Operator *base, bool *done, Error *error)
{
    Tee *self = (Tee *)base;
    bool one = false;

    TRY(self->sinks[self->finished]->class->finish(self->sinks[self->finished], &one, error));
    self->finished += one;
    *done = self->finished == self->sink_count;
    return STATUS_OK;
}

static void
tee_destroy(Operator *base)
{
    Tee *self = (Tee *)base;

    for (uint32_t i = 0; i < self->sink_count; i++)
        self->sinks[i]->class->destroy(self->sinks[i]);
    free(self->sinks);
    free(self);
}

static const OperatorClass tee_class = {
    .name = "tee", .push = tee_push, .finish = tee_finish, .destroy = tee_destroy};

Status
tee_new(OperatorContext *context, uint32_t node_id, uint32_t sink_count, Operator **sinks, Operator **made,
        Error *error)
{
    Tee *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &tee_class, context, node_id);
    self->sinks = calloc(sink_count, sizeof(Operator *));
    if (self->sinks == NULL) {
        free(self);
        return error_set_memory(error);
    }
    self->sink_count = sink_count;
    for (uint32_t i = 0; i < sink_count; i++)
        self->sinks[i] = sinks[i];
    *made = &self->base;
    return STATUS_OK;
}
