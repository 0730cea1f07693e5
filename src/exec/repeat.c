/* REPEAT: rows come out as often as their last column says. */
#include "exec/gather.h"
#include "exec/operators.h"

#include <stdlib.h>

typedef struct Repeat {
    Operator base;
    uint32_t column_count; /* without the count */
    bool numbered;         /* the count's place is taken by the number of the repetition */
    Arena *arena;          /* of the batch that is emitted */
    Vector *columns;
    uint32_t rows[BATCH_ROWS]; /* gathered so far */
    int64_t numbers[BATCH_ROWS];
    uint32_t row_count;
} Repeat;

static Status
emit_rows(Repeat *self, const Batch *batch, bool *enough, Error *error)
{
    Batch made = {.rows = self->row_count,
                  .count = self->row_count,
                  .column_count = self->column_count + self->numbered,
                  .columns = self->columns};

    if (self->row_count == 0)
        return STATUS_OK;
    arena_reset(self->arena);
    TRY(gather_columns(batch->columns, self->column_count, self->rows, self->row_count, self->arena,
                       self->columns, error));
    if (self->numbered)
        self->columns[self->column_count] = vector_flat(type_of(TYPE_INT8), self->numbers, NULL);
    self->row_count = 0;
    return operator_emit(&self->base, &made, enough, error);
}

static int64_t
times_of(const Vector *times, uint32_t row)
{
    if (vector_is_null(times, row))
        return 0;
    return ((const int64_t *)vector_values(times))[vector_index(times, row)];
}

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Repeat *self = (Repeat *)base;
    const Vector *times = &batch->columns[self->column_count];

    for (uint32_t i = 0; i < batch->count && !*enough; i++) {
        const uint32_t row = batch_row(batch, i);
        const int64_t most = times_of(times, row);
        for (int64_t number = 1; number <= most && !*enough; number++) {
            self->numbers[self->row_count] = number;
            self->rows[self->row_count++] = row;
            if (self->row_count == base->context->batch_rows)
                TRY(emit_rows(self, batch, enough, error));
        }
    }
    if (*enough)
        self->row_count = 0;
    return emit_rows(self, batch, enough, error);
}

static void
destroy(Operator *base)
{
    Repeat *self = (Repeat *)base;

    arena_destroy(&self->arena);
    free(self->columns);
    free(self);
}

static const OperatorClass repeat_class = {.name = "repeat", .push = push, .destroy = destroy};

Status
repeat_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error)
{
    Repeat *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &repeat_class, context, node->id);
    self->column_count = node->children[0]->column_count - 1;
    self->numbered = node->column_count > self->column_count;
    self->arena = arena_new(context->budget);
    self->columns = calloc(node->column_count + 1, sizeof(Vector));
    if (self->arena == NULL || self->columns == NULL) {
        destroy(&self->base);
        return error_set_memory(error);
    }
    *made = &self->base;
    return STATUS_OK;
}
