/* PROJECT and EXPAND: columns computed from the input's; EXPAND does so several times over for each batch. */
#include "exec/operators.h"

#include "expr/program.h"

#include <stdlib.h>

typedef struct Project {
    Operator base;
    uint32_t set_count;
    uint32_t column_count;
    Program **programs; /* one a set */
    Vector *columns;
} Project;

static Status
push_set(Project *self, Program *program, const Batch *batch, bool *enough, Error *error)
{
    Batch made = *batch;

    TRY(program_evaluate(program, batch, self->columns, error));
    made.column_count = self->column_count;
    made.columns = self->columns;
    return operator_emit(&self->base, &made, enough, error);
}

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Project *self = (Project *)base;

    for (uint32_t i = 0; i < self->set_count && !*enough; i++)
        TRY(push_set(self, self->programs[i], batch, enough, error));
    return STATUS_OK;
}

static void
destroy(Operator *base)
{
    Project *self = (Project *)base;

    for (uint32_t i = 0; self->programs != NULL && i < self->set_count; i++)
        program_destroy(&self->programs[i]);
    free(self->programs);
    free(self->columns);
    free(self);
}

static const OperatorClass project_class = {.name = "project", .push = push, .destroy = destroy};

static Status
compile(Project *self, Expr ***sets, Error *error)
{
    const OperatorContext *context = self->base.context;

    self->programs = calloc(self->set_count, sizeof(Program *));
    self->columns = calloc(self->column_count + 1, sizeof(Vector));
    if (self->programs == NULL || self->columns == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < self->set_count; i++)
        TRY(program_new((const Expr *const *)sets[i], self->column_count, context->session, context->values,
                        &self->programs[i], error));
    return STATUS_OK;
}

static Status
make(OperatorContext *context, const PlanNode *node, uint32_t set_count, Expr ***sets, Operator **made,
     Error *error)
{
    Project *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &project_class, context, node->id);
    self->set_count = set_count;
    self->column_count = node->column_count;
    const Status status = compile(self, sets, error);
    if (status != STATUS_OK) {
        destroy(&self->base);
        return status;
    }
    *made = &self->base;
    return STATUS_OK;
}

Status
project_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error)
{
    Expr **expressions = node->project.expressions;

    return make(context, node, 1, &expressions, made, error);
}

Status
expand_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error)
{
    if (node->expand.set_count == 0)
        return error_set(error, STATUS_INTERNAL, "an expand node has no sets");
    return make(context, node, node->expand.set_count, node->expand.sets, made, error);
}
