/* expr/expr.h: bound, typed scalar expressions. Immutable once the plan is made; they live in the plan's
 * arena.
 *
 * A column reference names a column of the batch that the expression is evaluated over (the node's input; for
 * a join residual the left columns, then the right ones). */
#ifndef RUNNEL_EXPR_EXPR_H
#define RUNNEL_EXPR_EXPR_H

#include "base/arena.h"
#include "base/buffer.h"
#include "column/type.h"
#include "column/vector.h"

struct Function;

typedef enum ExprKind {
    EXPR_CONSTANT, /* a literal, or what folding made of an expression */
    EXPR_COLUMN,   /* the input's column `column` */
    EXPR_CALL,     /* function(arguments): operators and casts too are functions of the registry */
    EXPR_AND,      /* three-valued, n-ary; later arms run only for rows that the earlier ones left open */
    EXPR_OR,
    EXPR_CASE,     /* arguments: when, then, when, then, …, else; arms run under their condition only */
    EXPR_COALESCE, /* the first argument that is not NULL; later ones run only where needed */
    EXPR_IN,       /* arguments[0] among the constants arguments[1..], all of one type; NULLs as in SQL */
    EXPR_OUTER,    /* column `column` of the rows that the `level`-th DEPENDENT_JOIN around has on its left;
                      never    evaluated: the optimiser leaves none */
    EXPR_COUNT
} ExprKind;

typedef struct Expr {
    ExprKind kind;
    Type type;
    int32_t position; /* 1-based character in the SQL, 0 if none: for errors at run time */
    uint32_t argument_count;
    struct Expr **arguments;
    const struct Function *function; /* CALL */
    uint32_t column;                 /* COLUMN, OUTER */
    uint32_t level;                  /* OUTER: 1 for the nearest */
    bool settled_late; /* CONSTANT that the optimiser made of what PostgreSQL leaves to the rows' time */
    const void *value; /* CONSTANT: one value of the type's layout; NULL for the NULL value. Nested
                          constants are calls of array and row constructors. */
} Expr;

Expr *expr_constant(Arena *arena, Type type, const void *value); /* the value is copied, string bytes too */
Expr *expr_null(Arena *arena, Type type);
Expr *expr_bool(Arena *arena, bool value);
Expr *expr_text(Arena *arena, const char *text);
Expr *expr_column(Arena *arena, Type type, uint32_t column);
Expr *expr_outer(Arena *arena, Type type, uint32_t level, uint32_t column);
Expr *expr_call(Arena *arena, const struct Function *function, Type type, uint32_t argument_count,
                Expr *const *arguments);
/* CASE, COALESCE, IN, AND, OR over copies of the array (not of the arguments). */
Expr *expr_form(Arena *arena, ExprKind kind, Type type, uint32_t argument_count, Expr *const *arguments);
/* AND of conjuncts; NULL for none, the one itself for one. */
Expr *expr_conjunction(Arena *arena, uint32_t count, Expr *const *conjuncts);

bool expr_equal(const Expr *a, const Expr *b); /* structure; positions do not count */
bool expr_is_constant(const Expr *expr);       /* EXPR_CONSTANT */
bool expr_is_null_constant(const Expr *expr);
bool expr_can_fail(const Expr *expr);      /* some kernel in it can raise an error */
bool expr_call_can_fail(const Expr *expr); /* a call's own kernel, with the digits that its numerics have */
bool expr_is_volatile(const Expr *expr);   /* random() and its like */

/* Call `visit` for each column reference; it may change `column` (renumbering a private copy). */
void expr_visit_columns(Expr *expr, void (*visit)(Expr *column, void *context), void *context);
Expr *expr_copy(Arena *arena, const Expr *expr);

/* `expr` seen as `type`, for which function_find_cast() needs no cast: `expr` itself where it has that type,
 * a copy, or a cast where what it computes depends on its own type. */
Expr *expr_seen_as(Arena *arena, Expr *expr, Type type);

/* A copy with column i replaced by (a copy of) replacements[i], seen as the column was. */
Expr *expr_substitute(Arena *arena, const Expr *expr, Expr *const *replacements);

/* As SQL for people (EXPLAIN, the tree): names[i] is column i's name. */
void expr_format(const Expr *expr, const char *const *names, Buffer *out);

#endif
