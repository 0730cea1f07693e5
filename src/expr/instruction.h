/* expr/instruction.h: a compiled program as its parts see it.
 *
 * Every instruction has a register of its own, written once a batch. A block is a run of instructions under
 * one selection: each expression of the program is one, and so is each arm of AND, OR, CASE and COALESCE
 * after the first (the first runs wherever the form does, so it is part of the block around it). A value
 * computed in a block may be used later in it and in the blocks within, never outside: there it would lack
 * rows. */
#ifndef RUNNEL_EXPR_INSTRUCTION_H
#define RUNNEL_EXPR_INSTRUCTION_H

#include "expr/function.h"
#include "expr/program.h"

/* Rows to compute, of a batch. */
typedef struct Selection {
    const uint32_t *rows; /* `count` ascending row numbers, or NULL for rows 0..count-1 */
    uint32_t count;
} Selection;

typedef struct Block {
    struct Instruction *first;
    struct Instruction *last;
    uint32_t result; /* register */
} Block;

/* What a call gave for the entries of one dictionary. */
typedef struct DictionaryCache {
    uint64_t source; /* the dictionary's id, 0: none */
    bool complete;   /* all entries are evaluated */
    uint64_t *evaluated;
    uint64_t *validity;
    Dictionary result;
    Arena *arena; /* of all this, and of the results' string bytes */
} DictionaryCache;

typedef struct Instruction {
    ExprKind kind; /* CALL, or one of the lazy forms; IN is a call of the membership function */
    const Expr *expr;
    const Function *function; /* CALL */
    uint32_t out;             /* register */
    uint32_t argument_count;
    uint32_t *arguments; /* CALL: registers */
    Block *arms;         /* lazy forms */
    bool eager;          /* lazy forms: all arms are part of the block around */
    bool can_fail;       /* CALL: as expr_call_can_fail() */
    void *state;         /* the kernel's own */
    void *data;          /* memory of the register: BATCH_ROWS values and bits, made when first used */
    uint64_t *validity;
    struct ListBuilder *lists; /* lazy forms of arrays: the elements of the rows that are done */
    DictionaryCache cache;
    struct Instruction *next; /* of its block */
    struct Instruction *next_of_all;
} Instruction;

typedef struct Register {
    Vector value;
    Vector flat; /* of a dictionary's value, where `flattened` is the program's batch number */
    uint64_t flattened;
    bool fixed; /* a constant, or computed from constants alone: the same in every batch */
} Register;

typedef struct ColumnUse {
    uint32_t column;
    uint32_t target; /* register */
} ColumnUse;

struct Program {
    Budget *budget;
    const Session *session;
    Arena *code;    /* instructions and constants; no budget: bounded by the plan */
    Arena *memory;  /* registers and kernels' states: lives as long as the program */
    Arena *scratch; /* of one batch */
    uint32_t expression_count;
    Block *expressions;
    const Expr *const *sources;
    Instruction *instructions; /* all of them */
    uint32_t register_count;
    Register *registers;
    uint32_t column_count;
    ColumnUse *columns;
    uint64_t batch; /* a number, to know what belongs to it */
    uint32_t rows;  /* of the batch */
};

/* compile.c */
void program_compile(Program *program);

/* evaluate.c: compute a block's instructions; its result is then in its register. */
Status block_run(Program *program, const Block *block, Selection selection, Error *error);
Status instruction_run(Program *program, Instruction *instruction, Selection selection, Error *error);

/* One kernel call over vectors of `rows` rows into `data` and `validity`. */
typedef struct CallFrame {
    Instruction *instruction;
    const Vector *arguments; /* FLAT or CONSTANT */
    uint32_t rows;
    Selection selection;
    void *data;
    uint64_t *validity;     /* bits_words(rows) words */
    const Vector *children; /* of an array result, set by frame_run() */
    Arena *strings;
} CallFrame;

/* *has_nulls: some row of the result is NULL (by its validity bits). */
Status frame_run(Program *program, CallFrame *frame, bool *has_nulls, Error *error);

/* Make data and validity of the instruction's register. */
Status instruction_make_register(Program *program, Instruction *instruction, Error *error);

/* dictionary_call.c: the call over a dictionary's entries that the selected rows use. */
bool dictionary_call_applies(const Program *program, const Instruction *instruction, uint32_t *argument);
Status dictionary_call_run(Program *program, Instruction *instruction, uint32_t argument, Selection selection,
                           Error *error);
/* Whether it is a call's dictionary of which entries are not computed: only those of selected rows may be
 * looked at. */
bool dictionary_call_is_partial(const Program *program, const Vector *value);

/* lazy.c */
Status lazy_run(Program *program, Instruction *instruction, Selection selection, Error *error);

#endif
