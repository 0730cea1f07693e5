/* expr/function.h: the registry of scalar functions, operators and casts. Adding one is one row and one
 * kernel.
 *
 * Operators are functions under the operator's text ("+", "<=", "~~" for LIKE, "!~~", "||"); casts are under
 * "cast". The table is static and immutable; a function is named across the wire by its index, which nodes of
 * one version share. */
#ifndef RUNNEL_EXPR_FUNCTION_H
#define RUNNEL_EXPR_FUNCTION_H

#include "base/arena.h"
#include "base/error.h"
#include "column/batch.h"
#include "expr/session.h"

enum { FUNCTION_ARGUMENTS_MAX = 8 };

typedef enum FunctionFlag {
    FUNCTION_CAN_FAIL = 1 << 0,   /* the kernel can raise an error: runs only over rows that are selected */
    FUNCTION_NOT_STRICT = 1 << 1, /* sees NULL arguments and sets the result's validity itself */
    FUNCTION_VOLATILE = 1 << 2,   /* differs from row to row: never folded, makes its stage indeterminate */
    FUNCTION_STABLE = 1 << 3,     /* fixed for a statement (now()): folded by the binder from the session */
    FUNCTION_VARIADIC = 1 << 4,   /* the last argument type repeats, one or more times */
    FUNCTION_IMPLICIT = 1 << 5,   /* casts: applied without being asked for */
    FUNCTION_ASSIGNMENT = 1 << 6  /* casts: applied on INSERT */
} FunctionFlag;

/* One evaluation over a batch. Arguments are FLAT or CONSTANT. */
typedef struct KernelCall {
    const struct Function *function;
    uint32_t argument_count;
    const Vector *arguments;
    uint32_t rows;             /* physical rows; flat arguments and the result have as many */
    const uint32_t *selection; /* rows to compute, or NULL: 0..rows-1. Kernels without CAN_FAIL may compute
                                  all; strict ones with it are given no row that has a NULL argument */
    uint32_t count;            /* of selection, or rows */
    Type type;                 /* of the result */
    void *result;              /* `rows` values of its layout: the kernel writes the rows it computes */
    uint64_t *validity;        /* of the result, preset by the caller (strict: to the arguments' AND; all ones
                                  else); a kernel may clear bits of computed rows */
    const Vector *children;    /* of an array result: its elements, which the kernel sets, in `arena` */
    Arena *arena;              /* for string bytes of the result; lives as long as the batch */
    void **state; /* starts NULL, may point into `state_arena`: the call site's own, for as long as
                     its CONSTANT arguments stay the same */
    Arena *state_arena;
    const Session *session;
    Error *error;
} KernelCall;

typedef Status (*Kernel)(KernelCall *call);

/* The result type from the argument types where it depends on them (numeric scales, polymorphic functions).
 * May change `arguments` to what they must be cast to. False: not applicable. */
typedef bool (*ResultTypeRule)(uint32_t argument_count, Type *arguments, Type *result);

typedef struct Function {
    const char *name;
    uint32_t argument_count;                  /* least count for VARIADIC */
    TypeId arguments[FUNCTION_ARGUMENTS_MAX]; /* TYPE_UNKNOWN: any type */
    TypeId result;
    ResultTypeRule rule; /* NULL: type_of(result) */
    uint32_t flags;
    Kernel kernel;
    const char *description; /* one line for the manual */
} Function;

uint32_t function_count(void);
const Function *function_at(uint32_t index); /* NULL where out of range */
uint32_t function_index(const Function *function);

/* PostgreSQL's resolution (manual, chapter 10.2 and 10.3): exact match, else the best by implicit casts;
 * UNKNOWN literals take the type that fits. On return arguments[] holds the types that each argument must be
 * cast to. UNDEFINED_FUNCTION names the signature tried; AMBIGUOUS_FUNCTION where several fit equally.
 *
 * An UNKNOWN literal that is to become numeric takes the other side's digits, or numeric(38,0): who has its
 * text gives it the numeric type of its own digits and resolves again. A rule sees UNKNOWN where the row
 * takes any type. */
Status function_resolve(const char *name, uint32_t argument_count, Type *arguments, const Function **function,
                        Type *result, Error *error);
bool function_name_exists(const char *name);

typedef enum CastContext { CAST_IMPLICIT, CAST_ASSIGNMENT, CAST_EXPLICIT } CastContext;

/* The function that turns `from` into `to` (modifiers included); NULL where there is none in that context.
 * *needed is false where the value is right as it is: of the very type or, in an implicit cast, of one that
 * reads the same (int2 for int4, varchar for text, numeric(5,2) for numeric(9,2)); look at it first, for the
 * function then means nothing. An explicit cast to varchar(n) or bpchar(n) truncates, one in assignment
 * raises STRING_TRUNCATION: they are two functions. */
const Function *function_find_cast(Type from, Type to, CastContext context, bool *needed);

/* The type that UNION, CASE, COALESCE, VALUES, IN settle on (manual, chapter 10.5); false where there is
 * none. */
bool function_common_type(uint32_t count, const Type *types, Type *common);
/* Whether a value of one of the types may not fit their common type: numeric ends at 38 digits. */
bool function_common_overflows(uint32_t count, const Type *types, Type common);

#endif
