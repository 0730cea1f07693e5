/* expr/kernel.h: what kernels need again and again: arguments by row, the rows to compute, several machines'
 * code.
 *
 * Kernels must give the same results whichever clone the machine picks: integer and IEEE arithmetic only. */
#ifndef RUNNEL_EXPR_KERNEL_H
#define RUNNEL_EXPR_KERNEL_H

#include "expr/function.h"

/* Compile a function for several levels of x86-64; the loader picks. gcc only; the sanitizers cannot run it.
 */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&     \
    !defined(__SANITIZE_THREAD__)
#define KERNEL_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KERNEL_CLONES
#endif

#define KERNEL_INLINE static inline __attribute__((always_inline))

/* The i-th row to compute. */
static inline uint32_t
kernel_row(const KernelCall *call, uint32_t i)
{
    return call->selection != NULL ? call->selection[i] : i;
}

/* Where few rows are selected, computing only them is cheaper than a plain loop over all. */
static inline bool
kernel_is_sparse(const KernelCall *call)
{
    return call->selection != NULL && call->count < call->rows / 4;
}

/* The index of a FLAT or CONSTANT argument's value. */
static inline uint32_t
kernel_index(const Vector *argument, uint32_t row)
{
    return argument->form == VECTOR_CONSTANT ? 0 : row;
}

static inline bool
kernel_argument_is_null(const Vector *argument, uint32_t row)
{
    return argument->validity != NULL && !bits_get(argument->validity, kernel_index(argument, row));
}

#endif
