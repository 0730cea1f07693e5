/* Running blocks: each instruction finds the cheapest form in which its arguments let it compute. */
#include "expr/instruction.h"

#include "expr/selection.h"

#include <string.h>

Status
instruction_make_register(Program *program, Instruction *instruction, Error *error)
{
    if (instruction->data != NULL)
        return STATUS_OK;

    const size_t width = layout_width(type_layout(instruction->expr->type));
    instruction->data = arena_alloc_aligned(program->memory, BATCH_ROWS * width, 64);
    instruction->validity = arena_alloc_zero(program->memory, BATCH_ROWS / 8);
    if (instruction->data == NULL || instruction->validity == NULL)
        return error_set_memory(error);
    memset(instruction->data, 0, BATCH_ROWS * width);
    return STATUS_OK;
}

static bool
is_strict(const Function *function)
{
    return (function->flags & FUNCTION_NOT_STRICT) == 0;
}

/* The AND of the flat arguments' validity; true where some argument may be NULL. */
static bool
intersect_validity(const CallFrame *frame)
{
    const size_t words = bits_words(frame->rows);
    bool nullable = false;

    memset(frame->validity, 0xFF, words * sizeof(uint64_t));
    if (!is_strict(frame->instruction->function))
        return false;
    for (uint32_t a = 0; a < frame->instruction->argument_count; a++) {
        const Vector *argument = &frame->arguments[a];
        if (argument->validity == NULL || argument->form == VECTOR_CONSTANT)
            continue;
        nullable = true;
        for (size_t i = 0; i < words; i++)
            frame->validity[i] &= argument->validity[i];
    }
    return nullable;
}

static bool
has_clear_bit(const uint64_t *validity, uint32_t rows)
{
    uint64_t all = UINT64_MAX;

    for (uint32_t i = 0; i < rows / 64; i++)
        all &= validity[i];
    if (rows % 64 != 0)
        all &= validity[rows / 64] | ~((UINT64_C(1) << (rows % 64)) - 1);
    return all != UINT64_MAX;
}

/* Rows outside the selection must stay readable for kernels that compute all rows: no stale pointers. */
static void
clear_references(const CallFrame *frame)
{
    const Layout layout = type_layout(frame->instruction->expr->type);

    if (layout == LAYOUT_VIEW || layout == LAYOUT_LIST)
        memset(frame->data, 0, frame->rows * layout_width(layout));
}

/* What a kernel makes of its constants lasts as long as they do: a column that is the same in all rows of a
 * batch is a constant there, and may be another one in the next. */
static bool
keeps_state(const Program *program, const CallFrame *frame)
{
    const Instruction *instruction = frame->instruction;

    for (uint32_t i = 0; i < instruction->argument_count; i++)
        if (frame->arguments[i].form == VECTOR_CONSTANT &&
            !program->registers[instruction->arguments[i]].fixed)
            return instruction->expr->kind == EXPR_IN; /* whose state is of its list alone */
    return true;
}

static Status
call_kernel(Program *program, CallFrame *frame, Selection selection, Error *error)
{
    Instruction *instruction = frame->instruction;
    const bool kept = keeps_state(program, frame);
    void *state_of_batch = NULL;
    KernelCall call = {
        .function = instruction->function,
        .argument_count = instruction->argument_count,
        .arguments = frame->arguments,
        .rows = frame->rows,
        .selection = selection.rows,
        .count = selection.count,
        .type = instruction->expr->type,
        .result = frame->data,
        .validity = frame->validity,
        .arena = frame->strings,
        .state = kept ? &instruction->state : &state_of_batch,
        .state_arena = kept ? program->memory : frame->strings,
        .session = program->session,
        .error = error,
    };
    const Status status = instruction->function->kernel(&call);

    if (status != STATUS_OK && error != NULL && error->sql_position == 0)
        error->sql_position = instruction->expr->position;
    frame->children = call.children;
    return status;
}

Status
frame_run(Program *program, CallFrame *frame, bool *has_nulls, Error *error)
{
    Selection selection = frame->selection;

    if (intersect_validity(frame) && frame->instruction->can_fail) {
        uint32_t *valid = arena_alloc(program->scratch, selection.count * sizeof *valid);
        if (valid == NULL)
            return error_set_memory(error);
        selection.count = selection_of_bits(frame->validity, selection.rows, selection.count, valid);
        selection.rows = valid;
    }
    clear_references(frame);
    if (selection.count > 0)
        TRY(call_kernel(program, frame, selection, error));
    if (frame->children == NULL && frame->instruction->expr->type.id == TYPE_LIST) {
        frame->children = vector_constant(frame->strings, frame->instruction->expr->type, NULL).children;
        if (frame->children == NULL)
            return error_set_memory(error);
    }
    *has_nulls = has_clear_bit(frame->validity, frame->rows);
    return STATUS_OK;
}

/* A strict function of a constant NULL is NULL. */
static bool
has_null_constant(const Program *program, const Instruction *instruction)
{
    if (!is_strict(instruction->function))
        return false;
    for (uint32_t a = 0; a < instruction->argument_count; a++) {
        const Vector *value = &program->registers[instruction->arguments[a]].value;
        if (value->form == VECTOR_CONSTANT && vector_is_null(value, 0))
            return true;
    }
    return false;
}

static Vector
null_vector(Program *program, Instruction *instruction)
{
    Vector vector = vector_flat(instruction->expr->type, instruction->data, instruction->validity);

    vector.form = VECTOR_CONSTANT;
    vector.children = vector_constant(program->scratch, vector.type, NULL).children;
    instruction->validity[0] = 0;
    memset(instruction->data, 0, layout_width(vector.layout));
    return vector;
}

static Status
run_frame(Program *program, Instruction *instruction, const Vector *arguments, bool constant,
          Selection selection, Error *error)
{
    const Selection one = {NULL, selection.count > 0};
    CallFrame frame = {
        .instruction = instruction,
        .arguments = arguments,
        .rows = constant ? 1 : program->rows,
        .selection = constant ? one : selection,
        .data = instruction->data,
        .validity = instruction->validity,
        .strings = program->scratch,
    };
    bool has_nulls;

    TRY(frame_run(program, &frame, &has_nulls, error));
    Vector *value = &program->registers[instruction->out].value;
    *value =
        vector_flat(instruction->expr->type, instruction->data, has_nulls ? instruction->validity : NULL);
    value->form = constant ? VECTOR_CONSTANT : VECTOR_FLAT;
    value->children = frame.children;
    return STATUS_OK;
}

/* The register's value as FLAT or CONSTANT; a dictionary is flattened once a batch. */
static Status
load_argument(Program *program, uint32_t index, Vector *argument, Error *error)
{
    Register *source = &program->registers[index];

    *argument = source->value;
    if (source->value.form != VECTOR_DICTIONARY)
        return STATUS_OK;
    if (source->flattened != program->batch) {
        TRY(vector_flatten(&source->value, program->rows, program->scratch, &source->flat, error));
        source->flattened = program->batch;
    }
    *argument = source->flat;
    return STATUS_OK;
}

static Status
run_call(Program *program, Instruction *instruction, Selection selection, Error *error)
{
    Vector few[FUNCTION_ARGUMENTS_MAX];
    Vector *arguments = few;
    bool constant = (instruction->function->flags & FUNCTION_VOLATILE) == 0;
    uint32_t varying;

    TRY(instruction_make_register(program, instruction, error));
    if (has_null_constant(program, instruction)) {
        program->registers[instruction->out].value = null_vector(program, instruction);
        return STATUS_OK;
    }
    if (dictionary_call_applies(program, instruction, &varying))
        return dictionary_call_run(program, instruction, varying, selection, error);
    if (instruction->argument_count > FUNCTION_ARGUMENTS_MAX) {
        arguments = arena_alloc(program->scratch, instruction->argument_count * sizeof *arguments);
        if (arguments == NULL)
            return error_set_memory(error);
    }
    for (uint32_t a = 0; a < instruction->argument_count; a++) {
        TRY(load_argument(program, instruction->arguments[a], &arguments[a], error));
        constant = constant && arguments[a].form == VECTOR_CONSTANT;
    }
    return run_frame(program, instruction, arguments, constant, selection, error);
}

Status
instruction_run(Program *program, Instruction *instruction, Selection selection, Error *error)
{
    if (instruction->kind == EXPR_CALL)
        return run_call(program, instruction, selection, error);
    return lazy_run(program, instruction, selection, error);
}

Status
block_run(Program *program, const Block *block, Selection selection, Error *error)
{
    for (Instruction *i = block->first; i != NULL; i = i->next)
        TRY(instruction_run(program, i, selection, error));
    return STATUS_OK;
}
