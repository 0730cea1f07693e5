/* expr/unary_tmpl.h: a kernel of one number over a FLAT or CONSTANT argument.
 *
 * Parameters, defined by the includer, undefined at the end:
 *   K_NAME       the kernel: neg_i64 gives kernel_neg_i64
 *   K_ARGUMENT   element type of the argument
 *   K_RESULT     element type of the result
 *   K_BAD        type of the failure flag: as wide as the elements, so that the loop vectorises
 *   K_COMPUTE(a, r, bad)  statements: set r; OR something not zero into bad where the row may have failed
 *   K_CHECK(a, error)     a Status: the exact answer for a row; leave it undefined where nothing can fail
 * As binary_tmpl.h. A constant argument is one row. */

#define K_JOIN2(a, b) a##b
#define K_JOIN(a, b)  K_JOIN2(a, b)

KERNEL_CLONES static K_BAD
K_JOIN(rows_, K_NAME)(const K_ARGUMENT *a, K_RESULT *restrict out, uint32_t n)
{
    K_BAD bad = 0;

    for (uint32_t i = 0; i < n; i++) {
        const K_ARGUMENT x = a[i];
        K_RESULT r;
        K_COMPUTE(x, r, bad);
        out[i] = r;
    }
    return bad;
}

static K_BAD
K_JOIN(selected_, K_NAME)(const KernelCall *call)
{
    const K_ARGUMENT *a = call->arguments[0].data;
    K_RESULT *out = call->result;
    K_BAD bad = 0;

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const K_ARGUMENT x = a[kernel_index(&call->arguments[0], row)];
        K_RESULT r;
        K_COMPUTE(x, r, bad);
        out[row] = r;
    }
    return bad;
}

Status
K_JOIN(kernel_, K_NAME)(KernelCall *call)
{
    const Vector *argument = &call->arguments[0];
    const bool selected = argument->form == VECTOR_CONSTANT || kernel_is_sparse(call);
    const K_BAD bad = selected ? K_JOIN(selected_, K_NAME)(call)
                               : K_JOIN(rows_, K_NAME)(argument->data, call->result, call->rows);

#ifdef K_CHECK
    for (uint32_t i = 0; bad != 0 && i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        TRY(K_CHECK(((const K_ARGUMENT *)argument->data)[kernel_index(argument, row)], call->error));
    }
#else
    (void)bad;
#endif
    return STATUS_OK;
}

#undef K_NAME
#undef K_ARGUMENT
#undef K_RESULT
#undef K_BAD
#undef K_COMPUTE
#undef K_CHECK
#undef K_JOIN
#undef K_JOIN2
