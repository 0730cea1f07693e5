/* VALUES: rows of constant expressions, or rows counted from 0. Only the first task of a stage gives them,
 * unless every task needs them all. */
#include "exec/operators.h"

#include "column/builder.h"
#include "expr/program.h"

#include <stdlib.h>

typedef struct Values {
    Feed feed;
    const PlanNode *node;
    uint32_t row_count; /* that this task gives */
    uint32_t next_row;
    RowBuilder *rows;
    Vector *columns;
    uint64_t next_number; /* of counted rows */
    uint64_t counted;     /* that this task gives */
    int64_t *numbers;     /* a batch of them */
} Values;

/* One row of the node as a batch of constants, appended to the builder. */
static Status
append_row(Values *self, uint32_t row, Error *error)
{
    const OperatorContext *context = self->feed.base.context;
    const uint32_t column_count = self->node->column_count;
    const Batch nothing = {.rows = 1, .count = 1};
    Program *program = NULL;
    Status status;

    TRY(program_new((const Expr *const *)self->node->values.rows[row], column_count, context->session,
                    context->values, &program, error));
    TRY_GOTO(program_evaluate(program, &nothing, self->columns, error), out);
    const Batch made = {.rows = 1, .count = 1, .column_count = column_count, .columns = self->columns};
    TRY_GOTO(row_builder_append(self->rows, &made, NULL, 0, error), out);
out:
    program_destroy(&program);
    return status;
}

static Status
emit_rows(Values *self, bool *enough, Error *error)
{
    Batch batch;
    const uint32_t count = (uint32_t)row_builder_rows(self->rows);

    if (count == 0)
        return STATUS_OK;
    row_builder_batch(self->rows, 0, count, self->columns, &batch);
    TRY(operator_emit(&self->feed.base, &batch, enough, error));
    row_builder_clear(self->rows);
    return STATUS_OK;
}

static Status
step_counted(Feed *feed, bool *exhausted, Error *error)
{
    Values *self = (Values *)feed;
    const uint64_t left = self->counted - self->next_number;
    const uint32_t most = feed->base.context->batch_rows;
    const uint32_t count = left < most ? (uint32_t)left : most;
    const Batch batch = {
        .rows = count, .count = count, .column_count = self->node->column_count, .columns = self->columns};
    bool enough = false;

    for (uint32_t i = 0; i < count; i++)
        self->numbers[i] = (int64_t)self->next_number + i;
    if (self->node->column_count > 0)
        self->columns[0] = vector_flat(type_of(TYPE_INT8), self->numbers, NULL);
    self->next_number += count;
    if (count > 0)
        TRY(operator_emit(&self->feed.base, &batch, &enough, error));
    *exhausted = enough || self->next_number == self->counted;
    return STATUS_OK;
}

static Status
step(Feed *feed, bool *exhausted, Error *error)
{
    Values *self = (Values *)feed;
    const OperatorContext *context = feed->base.context;
    bool enough = false;

    for (uint32_t i = 0; i < context->batch_rows && self->next_row < self->row_count; i++)
        TRY(append_row(self, self->next_row++, error));
    TRY(emit_rows(self, &enough, error));
    *exhausted = enough || self->next_row >= self->row_count;
    return STATUS_OK;
}

static void
destroy(Operator *base)
{
    Values *self = (Values *)base;

    row_builder_destroy(&self->rows);
    free(self->columns);
    free(self->numbers);
    free(self);
}

static const OperatorClass values_class = {.name = "values", .destroy = destroy};

static Type *
column_types(const PlanNode *node)
{
    Type *types = calloc(node->column_count + 1, sizeof *types);

    for (uint32_t i = 0; types != NULL && i < node->column_count; i++)
        types[i] = node->columns[i].type;
    return types;
}

Status
values_feed_new(OperatorContext *context, const PlanNode *node, bool replicated, Feed **made, Error *error)
{
    Values *self = calloc(1, sizeof *self);
    Type *types = column_types(node);

    if (self == NULL || types == NULL)
        goto memory;
    operator_init(&self->feed.base, &values_class, context, node->id);
    self->feed.step = step;
    self->node = node;
    self->row_count = replicated || context->task == 0 ? node->values.row_count : 0;
    self->rows = row_builder_new(context->budget, node->column_count, types);
    self->columns = calloc(node->column_count + 1, sizeof(Vector));
    if (node->values.counted > 0) {
        self->feed.step = step_counted;
        self->counted = self->row_count > 0 ? node->values.counted : 0;
        self->numbers = calloc(BATCH_ROWS, sizeof *self->numbers);
    }
    if (self->rows == NULL || self->columns == NULL || (node->values.counted > 0 && self->numbers == NULL))
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
