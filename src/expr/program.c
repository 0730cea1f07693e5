#include "expr/instruction.h"

#include "expr/selection.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static Status
check_supported(const Expr *expr, Error *error)
{
    if (expr->kind == EXPR_IN && expr->arguments[0]->type.id == TYPE_LIST)
        return error_set_at(error, STATUS_NOT_SUPPORTED, expr->position, "IN does not take arrays yet");
    for (uint32_t i = 0; i < expr->argument_count; i++)
        TRY(check_supported(expr->arguments[i], error));
    return STATUS_OK;
}

Status
program_new(const Expr *const *expressions, uint32_t count, const Session *session, Budget *budget,
            Program **program, Error *error)
{
    *program = NULL;
    for (uint32_t i = 0; i < count; i++)
        TRY(check_supported(expressions[i], error));

    Program *self = calloc(1, sizeof *self);
    if (self == NULL)
        return error_set_memory(error);
    self->budget = budget;
    self->session = session;
    self->code = arena_new(NULL);
    self->memory = arena_new(budget);
    self->scratch = arena_new(budget);
    self->expression_count = count;
    self->sources = expressions;
    if (self->memory == NULL || self->scratch == NULL) {
        program_destroy(&self);
        return error_set_memory(error);
    }
    program_compile(self);
    self->sources = NULL;
    *program = self;
    return STATUS_OK;
}

void
program_destroy(Program **self)
{
    Program *program = *self;

    if (program == NULL)
        return;
    for (Instruction *i = program->instructions; i != NULL; i = i->next_of_all)
        arena_destroy(&i->cache.arena);
    arena_destroy(&program->scratch);
    arena_destroy(&program->memory);
    arena_destroy(&program->code);
    free(program->registers);
    free(program->columns);
    free(program);
    *self = NULL;
}

static void
load_batch(Program *program, const Batch *batch)
{
    assert(batch->rows <= BATCH_ROWS);
    arena_reset(program->scratch);
    program->batch++;
    program->rows = batch->rows;
    for (uint32_t i = 0; i < program->column_count; i++) {
        assert(program->columns[i].column < batch->column_count);
        program->registers[program->columns[i].target].value = batch->columns[program->columns[i].column];
    }
}

static Status
take_result(Program *program, const Block *block, Vector *result, Error *error)
{
    const Vector *value = &program->registers[block->result].value;

    /* Others may look at any entry. */
    if (dictionary_call_is_partial(program, value))
        return vector_flatten(value, program->rows, program->scratch, result, error);
    *result = *value;
    return STATUS_OK;
}

Status
program_evaluate(Program *program, const Batch *batch, Vector *results, Error *error)
{
    const Selection selection = {batch->selection, batch->count};

    load_batch(program, batch);
    for (uint32_t i = 0; i < program->expression_count; i++) {
        const Block *block = &program->expressions[i];
        TRY(block_run(program, block, selection, error));
        TRY(take_result(program, block, &results[i], error));
    }
    return STATUS_OK;
}

/* Narrow the selection to the rows where the block's result is true. An AND at its end is filtered arm by
 * arm, which needs no truth values of the whole. */
static Status
filter_block(Program *program, const Block *block, Selection *selection, uint32_t *rows, Error *error)
{
    Instruction *last = block->last;
    const bool conjunction = last != NULL && last->kind == EXPR_AND && last->out == block->result;

    for (Instruction *i = block->first; i != NULL && selection->count > 0; i = i->next) {
        if (conjunction && i == last)
            break;
        TRY(instruction_run(program, i, *selection, error));
    }
    if (conjunction) {
        for (uint32_t a = 0; a < last->argument_count && selection->count > 0; a++)
            TRY(filter_block(program, &last->arms[a], selection, rows, error));
        return STATUS_OK;
    }
    if (selection->count == 0)
        return STATUS_OK;
    selection->count =
        selection_of_true(&program->registers[block->result].value, selection->rows, selection->count, rows);
    selection->rows = rows;
    return STATUS_OK;
}

Status
program_filter(Program *program, const Batch *batch, uint32_t *selection, uint32_t *count, Error *error)
{
    Selection left = {batch->selection, batch->count};

    load_batch(program, batch);
    for (uint32_t i = 0; i < program->expression_count && left.count > 0; i++)
        TRY(filter_block(program, &program->expressions[i], &left, selection, error));
    *count = left.count;
    if (left.rows == selection || left.count == 0)
        return STATUS_OK;
    for (uint32_t i = 0; i < left.count; i++)
        selection[i] = left.rows != NULL ? left.rows[i] : i;
    return STATUS_OK;
}

Status
program_fold(Arena *arena, const Expr *expr, const Session *session, Expr **constant, Error *error)
{
    const Batch batch = {.rows = 1, .count = 1};
    Program *program;
    Vector result;

    TRY(program_new(&expr, 1, session, NULL, &program, error));
    const Status status = program_evaluate(program, &batch, &result, error);
    if (status == STATUS_OK) {
        const bool null = vector_is_null(&result, 0);
        const size_t place = vector_index(&result, 0) * layout_width(result.layout);
        *constant =
            expr_constant(arena, expr->type, null ? NULL : (const char *)vector_values(&result) + place);
        (*constant)->position = expr->position;
    }
    program_destroy(&program);
    return status;
}
