/* FILTER: narrows the selection to rows where all conjuncts are true. */
#include "exec/operators.h"

#include "expr/program.h"

#include <stdlib.h>

typedef struct Filter {
    Operator base;
    Program *program;
    uint32_t selection[BATCH_ROWS];
} Filter;

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Filter *self = (Filter *)base;
    Batch passed = *batch;
    uint32_t count;

    TRY(program_filter(self->program, batch, self->selection, &count, error));
    passed.selection = self->selection;
    passed.count = count;
    return operator_emit(base, &passed, enough, error);
}

static void
destroy(Operator *base)
{
    Filter *self = (Filter *)base;

    program_destroy(&self->program);
    free(self);
}

static const OperatorClass filter_class = {.name = "filter", .push = push, .destroy = destroy};

Status
filter_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error)
{
    Filter *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &filter_class, context, node->id);
    const Status status =
        program_new((const Expr *const *)node->filter.conjuncts, node->filter.conjunct_count,
                    context->session, context->values, &self->program, error);
    if (status != STATUS_OK) {
        destroy(&self->base);
        return status;
    }
    *made = &self->base;
    return STATUS_OK;
}
