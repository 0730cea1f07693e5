/* expr/binary_tmpl.h: a kernel of two numbers over FLAT and CONSTANT arguments.
 *
 * Parameters, defined by the includer, undefined at the end:
 *   K_NAME           the kernel: add_i64 gives kernel_add_i64
 *   K_LEFT, K_RIGHT  element types of the arguments
 *   K_RESULT         element type of the result
 *   K_BAD            type of the failure flag: as wide as the elements, so that the loop vectorises
 *   K_COMPUTE(a, b, r, bad)  statements: set r; OR something not zero into bad where the row may have failed
 *   K_CHECK(a, b, error)     a Status: the exact answer for a row, asked only when some row may have failed;
 * leave it undefined where nothing can fail All rows are computed unless few are selected, without a branch a
 * row; then, if the flag is up, the selected rows are looked through for the one that failed. */

#define K_JOIN2(a, b) a##b
#define K_JOIN(a, b)  K_JOIN2(a, b)

KERNEL_CLONES static K_BAD
K_JOIN(rows_, K_NAME)(const K_LEFT *a, const K_RIGHT *b, K_RESULT *restrict out, uint32_t n)
{
    K_BAD bad = 0;

    for (uint32_t i = 0; i < n; i++) {
        const K_LEFT x = a[i];
        const K_RIGHT y = b[i];
        K_RESULT r;
        K_COMPUTE(x, y, r, bad);
        out[i] = r;
    }
    return bad;
}

KERNEL_CLONES static K_BAD
K_JOIN(right_, K_NAME)(const K_LEFT *a, const K_RIGHT *b, K_RESULT *restrict out, uint32_t n)
{
    const K_RIGHT y = *b;
    K_BAD bad = 0;

    for (uint32_t i = 0; i < n; i++) {
        const K_LEFT x = a[i];
        K_RESULT r;
        K_COMPUTE(x, y, r, bad);
        out[i] = r;
    }
    return bad;
}

KERNEL_CLONES static K_BAD
K_JOIN(left_, K_NAME)(const K_LEFT *a, const K_RIGHT *b, K_RESULT *restrict out, uint32_t n)
{
    const K_LEFT x = *a;
    K_BAD bad = 0;

    for (uint32_t i = 0; i < n; i++) {
        const K_RIGHT y = b[i];
        K_RESULT r;
        K_COMPUTE(x, y, r, bad);
        out[i] = r;
    }
    return bad;
}

static K_BAD
K_JOIN(selected_, K_NAME)(const KernelCall *call)
{
    const Vector *left = &call->arguments[0];
    const Vector *right = &call->arguments[1];
    const K_LEFT *a = left->data;
    const K_RIGHT *b = right->data;
    K_RESULT *out = call->result;
    K_BAD bad = 0;

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const K_LEFT x = a[kernel_index(left, row)];
        const K_RIGHT y = b[kernel_index(right, row)];
        K_RESULT r;
        K_COMPUTE(x, y, r, bad);
        out[row] = r;
    }
    return bad;
}

Status
K_JOIN(kernel_, K_NAME)(KernelCall *call)
{
    const Vector *left = &call->arguments[0];
    const Vector *right = &call->arguments[1];
    K_BAD bad;

    if (kernel_is_sparse(call))
        bad = K_JOIN(selected_, K_NAME)(call);
    else if (left->form == VECTOR_CONSTANT)
        bad = K_JOIN(left_, K_NAME)(left->data, right->data, call->result,
                                    right->form == VECTOR_CONSTANT ? 1 : call->rows);
    else if (right->form == VECTOR_CONSTANT)
        bad = K_JOIN(right_, K_NAME)(left->data, right->data, call->result, call->rows);
    else
        bad = K_JOIN(rows_, K_NAME)(left->data, right->data, call->result, call->rows);
#ifdef K_CHECK
    for (uint32_t i = 0; bad != 0 && i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        TRY(K_CHECK(((const K_LEFT *)left->data)[kernel_index(left, row)],
                    ((const K_RIGHT *)right->data)[kernel_index(right, row)], call->error));
    }
#else
    (void)bad;
#endif
    return STATUS_OK;
}

#undef K_NAME
#undef K_LEFT
#undef K_RIGHT
#undef K_RESULT
#undef K_BAD
#undef K_COMPUTE
#undef K_CHECK
#undef K_JOIN
#undef K_JOIN2
