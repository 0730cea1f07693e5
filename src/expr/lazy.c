/* AND, OR, CASE and COALESCE: each arm runs only for the rows that the ones before it left open. */
#include "column/list_builder.h"
#include "expr/instruction.h"

#include "expr/selection.h"
#include "expr/truth.h"

#include <string.h>

static Status
allocate_rows(Program *program, uint32_t count, uint32_t **rows, Error *error)
{
    *rows = arena_alloc(program->scratch, count * sizeof **rows);
    return *rows == NULL ? error_set_memory(error) : STATUS_OK;
}

static const Vector *
arm_value(const Program *program, const Block *arm)
{
    return &program->registers[arm->result].value;
}

static void
set_value(Program *program, Instruction *instruction, bool has_nulls)
{
    program->registers[instruction->out].value =
        vector_flat(instruction->expr->type, instruction->data, has_nulls ? instruction->validity : NULL);
    if (instruction->expr->type.id == TYPE_LIST)
        program->registers[instruction->out].value.children = list_builder_vector(instruction->lists);
}

/* The states of an AND or OR, a truth value a row, into data and validity of the register. */
static void
finish_truth(Program *program, Instruction *instruction, uint32_t rows)
{
    uint8_t *truth = instruction->data;
    uint8_t seen = 0;

    for (uint32_t row = 0; row < rows; row++)
        seen |= truth[row];
    if (seen & TRUTH_NULL) {
        for (uint32_t row = 0; row < rows; row++) {
            bits_put(instruction->validity, row, truth[row] != TRUTH_NULL);
            truth[row] &= TRUTH_TRUE;
        }
    }
    set_value(program, instruction, (seen & TRUTH_NULL) != 0);
}

/* All arms are computed already, cheaply and for all rows: combine whole vectors. */
static void
run_eager_connective(Program *program, Instruction *instruction)
{
    uint8_t ranks[BATCH_ROWS];
    uint8_t others[BATCH_ROWS];

    truth_load_ranks(arm_value(program, &instruction->arms[0]), program->rows, ranks);
    for (uint32_t a = 1; a < instruction->argument_count; a++) {
        truth_load_ranks(arm_value(program, &instruction->arms[a]), program->rows, others);
        if (instruction->kind == EXPR_AND)
            truth_and(ranks, others, program->rows);
        else
            truth_or(ranks, others, program->rows);
    }
    set_value(program, instruction,
              truth_store_ranks(ranks, program->rows, instruction->data, instruction->validity));
}

/* AND is decided by a false arm, OR by a true one; a NULL arm leaves the row open, but no longer its neutral
 * value. */
static Status
run_connective(Program *program, Instruction *instruction, Selection selection, Error *error)
{
    if (instruction->eager) {
        run_eager_connective(program, instruction);
        return STATUS_OK;
    }
    const uint8_t decisive = instruction->kind == EXPR_AND ? TRUTH_FALSE : TRUTH_TRUE;
    uint8_t *state = instruction->data;
    uint8_t truth[BATCH_ROWS];
    uint32_t *open;
    Selection left = selection;

    TRY(allocate_rows(program, selection.count, &open, error));
    memset(state, !decisive, program->rows);
    for (uint32_t a = 0; a < instruction->argument_count && left.count > 0; a++) {
        TRY(block_run(program, &instruction->arms[a], left, error));
        selection_load_truth(arm_value(program, &instruction->arms[a]), left.rows, left.count, truth);
        for (uint32_t i = 0; i < left.count; i++) {
            const uint32_t row = left.rows != NULL ? left.rows[i] : i;
            state[row] = truth[i] == !decisive ? state[row] : truth[i];
        }
        left.count = selection_by_truth(truth, decisive, false, left.rows, left.count, open);
        left.rows = open;
    }
    finish_truth(program, instruction, program->rows);
    return STATUS_OK;
}

#define MERGE(CType)                                                                                         \
    for (uint32_t i = 0; i < selection.count; i++) {                                                         \
        const uint32_t row = selection.rows != NULL ? selection.rows[i] : i;                                 \
        ((CType *)data)[row] = ((const CType *)values)[vector_index(from, row)];                             \
    }

/* 16 bytes that need not be aligned to more than 8: views of strings are not. */
typedef struct Wide {
    uint64_t words[2];
} Wide;

/* Copy the selected rows of an arm's value into the register. */
static void
merge_rows(Instruction *instruction, const Vector *from, Selection selection)
{
    void *data = instruction->data;
    const void *values = vector_values(from);

    switch (layout_width(from->layout)) {
    case 1: MERGE(uint8_t) break;
    case 4: MERGE(uint32_t) break;
    case 8: MERGE(uint64_t) break;
    default: MERGE(Wide) break;
    }
    if (vector_has_no_nulls(from))
        return;
    for (uint32_t i = 0; i < selection.count; i++) {
        const uint32_t row = selection.rows != NULL ? selection.rows[i] : i;
        if (vector_is_null(from, row))
            bits_clear(instruction->validity, row);
    }
}

/* Arrays are copied with their elements: the register has its own. */
static Status
merge_lists(Instruction *instruction, const Vector *from, Selection selection, Error *error)
{
    ListEntry *entries = instruction->data;

    for (uint32_t i = 0; i < selection.count; i++) {
        const uint32_t row = selection.rows != NULL ? selection.rows[i] : i;
        if (vector_is_null(from, row))
            bits_clear(instruction->validity, row);
        else
            TRY(list_builder_copy(instruction->lists, from, row, &entries[row], error));
    }
    return STATUS_OK;
}

static Status
clear_register(Program *program, Instruction *instruction, uint32_t rows, Error *error)
{
    const Layout layout = type_layout(instruction->expr->type);

    memset(instruction->validity, 0xFF, bits_words(rows) * sizeof(uint64_t));
    if (layout == LAYOUT_VIEW || layout == LAYOUT_LIST)
        memset(instruction->data, 0, rows * layout_width(layout));
    if (layout != LAYOUT_LIST)
        return STATUS_OK;
    instruction->lists = arena_alloc(program->scratch, sizeof *instruction->lists);
    if (instruction->lists == NULL)
        return error_set_memory(error);
    return list_builder_init(instruction->lists, program->scratch, instruction->expr->type.nested->types[0],
                             error);
}

static bool
has_null(const uint64_t *validity, uint32_t rows)
{
    return bits_count(validity, rows) != rows;
}

static Status
run_arm(Program *program, Instruction *instruction, uint32_t arm, Selection selection, Error *error)
{
    if (selection.count == 0)
        return STATUS_OK;
    TRY(block_run(program, &instruction->arms[arm], selection, error));
    if (instruction->expr->type.id == TYPE_LIST)
        return merge_lists(instruction, arm_value(program, &instruction->arms[arm]), selection, error);
    merge_rows(instruction, arm_value(program, &instruction->arms[arm]), selection);
    return STATUS_OK;
}

static void
set_null_rows(Instruction *instruction, Selection selection)
{
    for (uint32_t i = 0; i < selection.count; i++)
        bits_clear(instruction->validity, selection.rows != NULL ? selection.rows[i] : i);
}

/* CASE of one condition whose arms are computed already. */
static bool
run_eager_case(Program *program, Instruction *instruction)
{
    uint8_t ranks[BATCH_ROWS];

    truth_load_ranks(arm_value(program, &instruction->arms[0]), program->rows, ranks);
    if (!truth_choose(ranks, arm_value(program, &instruction->arms[1]),
                      arm_value(program, &instruction->arms[2]), program->rows, instruction->data))
        return false;
    set_value(program, instruction, false);
    return true;
}

static Status
run_case(Program *program, Instruction *instruction, Selection selection, Error *error)
{
    const uint32_t count = instruction->argument_count;
    uint8_t truth[BATCH_ROWS];
    uint32_t *taken;
    uint32_t *open;
    Selection left = selection;

    if (instruction->eager && run_eager_case(program, instruction))
        return STATUS_OK;
    TRY(allocate_rows(program, selection.count, &taken, error));
    TRY(allocate_rows(program, selection.count, &open, error));
    TRY(clear_register(program, instruction, program->rows, error));
    for (uint32_t a = 0; a + 1 < count && left.count > 0; a += 2) {
        TRY(block_run(program, &instruction->arms[a], left, error));
        selection_load_truth(arm_value(program, &instruction->arms[a]), left.rows, left.count, truth);

        const Selection then = {taken,
                                selection_by_truth(truth, TRUTH_TRUE, true, left.rows, left.count, taken)};
        left.count = selection_by_truth(truth, TRUTH_TRUE, false, left.rows, left.count, open);
        left.rows = open;
        TRY(run_arm(program, instruction, a + 1, then, error));
    }
    if (count % 2 == 1)
        TRY(run_arm(program, instruction, count - 1, left, error));
    else
        set_null_rows(instruction, left);
    set_value(program, instruction, has_null(instruction->validity, program->rows));
    return STATUS_OK;
}

static void
set_valid_rows(Instruction *instruction, Selection selection)
{
    for (uint32_t i = 0; i < selection.count; i++)
        bits_set(instruction->validity, selection.rows != NULL ? selection.rows[i] : i);
}

static Status
run_coalesce(Program *program, Instruction *instruction, Selection selection, Error *error)
{
    uint32_t *open;
    Selection left = selection;

    TRY(block_run(program, &instruction->arms[0], left, error));
    if (vector_has_no_nulls(arm_value(program, &instruction->arms[0]))) {
        program->registers[instruction->out].value = *arm_value(program, &instruction->arms[0]);
        program->registers[instruction->out].value.type = instruction->expr->type;
        return STATUS_OK;
    }
    TRY(allocate_rows(program, selection.count, &open, error));
    TRY(clear_register(program, instruction, program->rows, error));
    for (uint32_t a = 0; a < instruction->argument_count && left.count > 0; a++) {
        const uint32_t count = left.count;
        set_valid_rows(instruction, left);
        TRY(run_arm(program, instruction, a, left, error));
        left.count = 0;
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t row = left.rows != NULL ? left.rows[i] : i;
            open[left.count] = row;
            left.count += !bits_get(instruction->validity, row);
        }
        left.rows = open;
    }
    set_value(program, instruction, has_null(instruction->validity, program->rows));
    return STATUS_OK;
}

Status
lazy_run(Program *program, Instruction *instruction, Selection selection, Error *error)
{
    TRY(instruction_make_register(program, instruction, error));
    switch (instruction->kind) {
    case EXPR_CASE: return run_case(program, instruction, selection, error);
    case EXPR_COALESCE: return run_coalesce(program, instruction, selection, error);
    default: return run_connective(program, instruction, selection, error);
    }
}
