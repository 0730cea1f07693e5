/* Expressions into blocks of instructions: every distinct value is computed once where it can be seen. */
#include "expr/instruction.h"

#include "base/array.h"
#include "base/hash.h"
#include "expr/in_set.h"

#include <stdlib.h>
#include <string.h>

enum { CHAINS = 1024 };

/* A value that the block being compiled, or one around it, has computed. */
typedef struct Known {
    const Expr *expr;
    uint64_t hash;
    uint32_t target;
    uint32_t next; /* in its chain: index + 1 */
} Known;

typedef struct Compiler {
    Program *program;
    Block *block; /* that instructions are added to */
    Known *known; /* a stack: leaving a block forgets what it added */
    size_t known_count;
    size_t known_capacity;
    uint32_t chains[CHAINS];
    size_t registers_capacity;
    size_t columns_capacity;
} Compiler;

static uint64_t
hash_constant(const Expr *expr)
{
    const Layout layout = type_layout(expr->type);

    if (expr->value == NULL)
        return HASH_NULL;
    if (layout == LAYOUT_VIEW) {
        const StringView *view = expr->value;
        return hash_bytes(string_view_data(view), view->size);
    }
    return hash_bytes(expr->value, layout_width(layout));
}

static uint64_t
hash_expr(const Expr *expr)
{
    uint64_t hash = hash_u64((uint64_t)expr->kind * 64 + (uint64_t)expr->type.id);

    if (expr->kind == EXPR_CONSTANT)
        return hash_combine(hash, hash_constant(expr));
    hash = hash_combine(hash, hash_u64(expr->column));
    hash = hash_combine(hash, hash_u64((uint64_t)(uintptr_t)expr->function));
    for (uint32_t i = 0; i < expr->argument_count; i++)
        hash = hash_combine(hash, hash_expr(expr->arguments[i]));
    return hash;
}

static void
reserve(void **items, size_t *capacity, size_t needed, size_t item_size)
{
    if (!array_reserve(items, capacity, needed, item_size))
        abort(); /* as an arena without a budget does: what is compiled is bounded by the plan */
}

static bool
find_known(const Compiler *compiler, const Expr *expr, uint64_t hash, uint32_t *target)
{
    for (uint32_t i = compiler->chains[hash % CHAINS]; i != 0; i = compiler->known[i - 1].next) {
        const Known *known = &compiler->known[i - 1];
        if (known->hash == hash && expr_equal(known->expr, expr)) {
            *target = known->target;
            return true;
        }
    }
    return false;
}

static void
remember(Compiler *compiler, const Expr *expr, uint64_t hash, uint32_t target)
{
    reserve((void **)&compiler->known, &compiler->known_capacity, compiler->known_count + 1, sizeof(Known));
    compiler->known[compiler->known_count++] = (Known){expr, hash, target, compiler->chains[hash % CHAINS]};
    compiler->chains[hash % CHAINS] = (uint32_t)compiler->known_count;
}

static void
forget_after(Compiler *compiler, size_t count)
{
    while (compiler->known_count > count) {
        const Known *known = &compiler->known[--compiler->known_count];
        compiler->chains[known->hash % CHAINS] = known->next;
    }
}

static uint32_t
new_register(Compiler *compiler, bool fixed)
{
    Program *program = compiler->program;

    reserve((void **)&program->registers, &compiler->registers_capacity, program->register_count + 1,
            sizeof(Register));
    program->registers[program->register_count] = (Register){.fixed = fixed};
    return program->register_count++;
}

static uint32_t
compile_constant(Compiler *compiler, const Expr *expr)
{
    const uint32_t target = new_register(compiler, true);

    compiler->program->registers[target].value =
        vector_constant(compiler->program->code, expr->type, expr->value);
    return target;
}

static uint32_t
compile_column(Compiler *compiler, const Expr *expr)
{
    Program *program = compiler->program;
    const uint32_t target = new_register(compiler, false);

    reserve((void **)&program->columns, &compiler->columns_capacity, program->column_count + 1,
            sizeof(ColumnUse));
    program->columns[program->column_count++] = (ColumnUse){expr->column, target};
    return target;
}

static Instruction *
new_instruction(Compiler *compiler, const Expr *expr, bool fixed)
{
    Instruction *instruction = ARENA_NEW(compiler->program->code, Instruction);

    instruction->kind = expr->kind;
    instruction->expr = expr;
    instruction->out = new_register(compiler, fixed);
    return instruction;
}

static void
append(Compiler *compiler, Instruction *instruction)
{
    Block *block = compiler->block;

    if (block->last == NULL)
        block->first = instruction;
    else
        block->last->next = instruction;
    block->last = instruction;
    instruction->next_of_all = compiler->program->instructions;
    compiler->program->instructions = instruction;
}

static uint32_t compile(Compiler *compiler, const Expr *expr);

/* `count` arguments become registers; whether all of them are fixed. */
static uint32_t *
compile_arguments(Compiler *compiler, const Expr *expr, uint32_t count, bool *fixed)
{
    uint32_t *registers = ARENA_ARRAY(compiler->program->code, uint32_t, count);

    for (uint32_t i = 0; i < count; i++) {
        registers[i] = compile(compiler, expr->arguments[i]);
        *fixed = *fixed && compiler->program->registers[registers[i]].fixed;
    }
    return registers;
}

static uint32_t
compile_call(Compiler *compiler, const Expr *expr)
{
    const bool in = expr->kind == EXPR_IN;
    const Function *function = in ? &in_set_function : expr->function;
    const uint32_t count = in ? 1 : expr->argument_count;
    bool fixed = (function->flags & FUNCTION_VOLATILE) == 0;
    uint32_t *arguments = compile_arguments(compiler, expr, count, &fixed);
    Instruction *instruction = new_instruction(compiler, expr, fixed);

    instruction->kind = EXPR_CALL;
    instruction->function = function;
    instruction->argument_count = count;
    instruction->arguments = arguments;
    instruction->can_fail = !in && expr_call_can_fail(expr);
    if (in)
        instruction->state = in_set_new(compiler->program->code, expr);
    append(compiler, instruction);
    return instruction->out;
}

/* An arm in a block of its own, whose values nobody outside sees. */
static void
compile_arm(Compiler *compiler, const Expr *expr, Block *arm)
{
    Block *around = compiler->block;
    const size_t known = compiler->known_count;

    compiler->block = arm;
    arm->result = compile(compiler, expr);
    forget_after(compiler, known);
    compiler->block = around;
}

/* Numbers that are computed faster for all rows than for a part of them, and never fail. */
static bool
is_cheap(const Expr *expr)
{
    const Layout layout = type_layout(expr->type);

    if (layout == LAYOUT_VIEW || layout == LAYOUT_INTERVAL || layout == LAYOUT_LIST)
        return false;
    if (expr->kind == EXPR_CALL && (expr_call_can_fail(expr) || (expr->function->flags & FUNCTION_VOLATILE)))
        return false;
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (!is_cheap(expr->arguments[i]))
            return false;
    }
    return true;
}

/* Whether a lazy form had better compute all its arms for all rows. */
static bool
is_eager(const Expr *expr)
{
    const bool choice = expr->kind == EXPR_CASE && expr->argument_count == 3;

    return (choice || expr->kind == EXPR_AND || expr->kind == EXPR_OR) && is_cheap(expr);
}

static uint32_t
compile_lazy(Compiler *compiler, const Expr *expr, bool eager)
{
    Block *arms = ARENA_ARRAY(compiler->program->code, Block, expr->argument_count);

    arms[0].result = compile(compiler, expr->arguments[0]);
    for (uint32_t i = 1; i < expr->argument_count; i++) {
        if (eager)
            arms[i].result = compile(compiler, expr->arguments[i]);
        else
            compile_arm(compiler, expr->arguments[i], &arms[i]);
    }

    Instruction *instruction = new_instruction(compiler, expr, false);
    instruction->argument_count = expr->argument_count;
    instruction->arms = arms;
    instruction->eager = eager;
    append(compiler, instruction);
    return instruction->out;
}

static uint32_t
compile_kind(Compiler *compiler, const Expr *expr)
{
    switch (expr->kind) {
    case EXPR_CONSTANT: return compile_constant(compiler, expr);
    case EXPR_COLUMN: return compile_column(compiler, expr);
    case EXPR_CALL:
    case EXPR_IN: return compile_call(compiler, expr);
    default: return compile_lazy(compiler, expr, is_eager(expr));
    }
}

static uint32_t
compile(Compiler *compiler, const Expr *expr)
{
    const uint64_t hash = hash_expr(expr);
    const bool shared = !expr_is_volatile(expr);
    uint32_t target;

    if (shared && find_known(compiler, expr, hash, &target))
        return target;
    target = compile_kind(compiler, expr);
    if (shared)
        remember(compiler, expr, hash, target);
    return target;
}

void
program_compile(Program *program)
{
    Compiler compiler = {.program = program};

    program->expressions = ARENA_ARRAY(program->code, Block, program->expression_count);
    for (uint32_t i = 0; i < program->expression_count; i++) {
        const Expr *expr = program->sources[i];
        compiler.block = &program->expressions[i];
        /* A filter never computes the value of an AND that is a whole expression, so nothing may refer to it.
         */
        program->expressions[i].result =
            expr->kind == EXPR_AND ? compile_lazy(&compiler, expr, false) : compile(&compiler, expr);
    }
    free(compiler.known);
}
