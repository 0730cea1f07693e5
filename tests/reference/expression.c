/* Expressions over one row: what they refer to outside of it becomes further columns of the row. */
#include "evaluator.h"
#include "plan/outer.h"

#include <string.h>

typedef struct Compiled {
    const PlanNode *node;
    const Expr *expr;
    Program *program;
    struct Compiled *next;
} Compiled;

typedef struct Levels {
    Arena *arena;
    uint32_t width;
    const Around *around;
} Levels;

static Expr *
column_of(void *context, Expr *outer, uint32_t depth)
{
    const Levels *levels = context;
    const Around *around = levels->around;
    uint32_t column = levels->width + outer->column;

    (void)depth;
    for (uint32_t level = 1; level < outer->level; level++) {
        column += around->width;
        around = around->outer;
    }
    return expr_column(levels->arena, outer->type, column);
}

static Status
compile(Evaluator *evaluator, const PlanNode *node, const Expr *expr, uint32_t width, const Around *around,
        Program **program)
{
    Levels levels = {evaluator->arena, width, around};
    Compiled *compiled = evaluator->compiled;

    while (compiled != NULL && (compiled->node != node || compiled->expr != expr))
        compiled = compiled->next;
    if (compiled == NULL) {
        compiled = ARENA_NEW(evaluator->arena, Compiled);
        const Expr *flat =
            outer_map_expr(evaluator->arena, expr_copy(evaluator->arena, expr), 0, column_of, &levels);
        *compiled = (Compiled){node, expr, NULL, evaluator->compiled};
        evaluator->compiled = compiled;
        TRY(program_new(&flat, 1, evaluator->session, NULL, &compiled->program, evaluator->error));
    }
    *program = compiled->program;
    return STATUS_OK;
}

Status
evaluator_value(Evaluator *evaluator, const PlanNode *node, const Expr *expr, const Value *row,
                uint32_t width, const Around *around, Value *value)
{
    uint32_t columns = width;
    Program *program;
    Vector result;

    TRY(evaluator_step(evaluator));
    TRY(compile(evaluator, node, expr, width, around, &program));
    for (const Around *level = around; level != NULL; level = level->outer)
        columns += level->width;
    Vector *all = ARENA_ARRAY(evaluator->arena, Vector, columns + 1);
    if (width > 0)
        memcpy(all, row, width * sizeof *all);
    columns = width;
    for (const Around *level = around; level != NULL; columns += level->width, level = level->outer)
        if (level->width > 0)
            memcpy(all + columns, level->row, level->width * sizeof *all);
    const Batch batch = {.rows = 1, .count = 1, .column_count = columns, .columns = all};
    TRY(program_evaluate(program, &batch, &result, evaluator->error));
    *value = value_copy(evaluator->arena, &result, 0);
    return STATUS_OK;
}

Status
evaluator_step(Evaluator *evaluator)
{
    if (evaluator->steps == 0)
        return error_set(evaluator->error, STATUS_CANCELLED, "too many steps for a row at a time");
    evaluator->steps--;
    return STATUS_OK;
}

void
evaluator_destroy(Evaluator *evaluator)
{
    for (Compiled *compiled = evaluator->compiled; compiled != NULL; compiled = compiled->next)
        program_destroy(&compiled->program);
}
